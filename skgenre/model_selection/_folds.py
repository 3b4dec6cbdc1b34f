"""Folds of songs that are checked before anything is fitted."""

import warnings
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, check_cv

from skgenre._by_song.numbering import number_groups
from skgenre._wording import listed

# Songs of one fold: those trained on, those tested.
Split = tuple[np.ndarray, np.ndarray]


def checked_splits(
    cv: Any,
    y: np.ndarray,
    *,
    artists: np.ndarray | None,
    seed: int,
    stacklevel: int = 2,
) -> list[Split]:
    """Make the folds, and check that each can be trained and tested.

    Parameters
    ----------
    cv : int, splitter or iterable of (train, test)
        An int is a number of shuffled folds with equal shares of the classes.
    y : array of shape (n_songs,)
        The label of each song.
    artists : array of shape (n_songs,) or None
        The artist of each song, who is not divided.
    seed : int
        Decides the folds, if `cv` is an int.
    stacklevel : int, default=2
        As of `warnings.warn`, from here.

    Returns
    -------
    list of (train, test)
        Positions of songs, int arrays of shape (n_train,) and (n_test,).

    Raises
    ------
    ValueError
        If a song is tested twice, or a fold cannot be trained or tested.

    Warns
    -----
    UserWarning
        If a fold tests no song of some class.
    """
    splits = _made_splits(cv, y, artists, seed)
    if not splits:
        raise ValueError(f"Got cv={cv!r}, which makes no split.")
    _check_tested_once(cv, splits, n_songs=len(y))
    for number, (train, test) in enumerate(splits):
        if len(test) == 0:
            raise ValueError(f"Fold {number} tests no song at all. Take fewer folds.")
        _check_trained(number, y, train=train, test=test, artists=artists)
    # One split leaves songs out on purpose.
    if len(splits) > 1:
        _warn_untested(splits, y, stacklevel=stacklevel + 1)
    return splits


def _made_splits(
    cv: Any, y: np.ndarray, artists: np.ndarray | None, seed: int
) -> list[Split]:
    if isinstance(cv, Integral):
        kind = StratifiedKFold if artists is None else StratifiedGroupKFold
        cv = kind(int(cv), shuffle=True, random_state=seed)
    splitter = check_cv(cv, y, classifier=True)
    songs = np.arange(len(y))
    if artists is not None and artists.dtype.kind == "O":
        # Splitters sort names, which those of several types cannot be.
        artists = number_groups(artists, len(y))
    with warnings.catch_warnings():
        # Said later, fold by fold, for every splitter.
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        # Masks, as some splitters give them, become positions of songs.
        return [
            (songs[train], songs[test])
            for train, test in splitter.split(np.zeros((len(y), 1)), y, artists)
        ]


def _check_tested_once(cv: Any, splits: list[Split], *, n_songs: int) -> None:
    tests = np.bincount(np.concatenate([t for _, t in splits]), minlength=n_songs)
    if tests.max() > 1:
        raise ValueError(
            f"Got cv={cv!r}, which tests song {tests.argmax()} {tests.max()} times, "
            "but expected each to be tested once at most: the intervals take songs for "
            "independent. Compare once per repetition instead."
        )


def _warn_untested(splits: list[Split], y: np.ndarray, *, stacklevel: int) -> None:
    untested: dict[Any, list[int]] = {}
    for number, (_, test) in enumerate(splits):
        for label in sorted(set(y.tolist()) - set(y[test].tolist())):
            untested.setdefault(label, []).append(number)
    if untested:
        lost = "; ".join(
            f"{label!r} in fold {listed(folds)}" for label, folds in untested.items()
        )
        warnings.warn(
            f"No song is tested of class {lost}. Balanced accuracy and macro F1 "
            "leave the class out there. Take fewer folds, or StratifiedGroupKFold.",
            UserWarning,
            stacklevel=stacklevel,
        )


def _check_trained(
    number: int,
    y: np.ndarray,
    *,
    train: np.ndarray,
    test: np.ndarray,
    artists: np.ndarray | None,
) -> None:
    """Check that each class that is tested is trained on; or say what to do."""
    lost = sorted(set(y[test].tolist()) - set(y[train].tolist()))
    if not lost:
        return
    label = lost[0]
    members = y == label
    fix = "Take StratifiedGroupKFold(shuffle=True), or fewer folds."
    if members.sum() == 1:
        fix = "There is one such song in all; add songs or leave the class out."
    elif artists is not None and len(set(artists[members].tolist())) == 1:
        only = artists[members].tolist()[0]
        fix = (
            f"All are of one group, {only!r}, so no split by groups can both train and "
            "test the class. Add songs of others, or leave groups out."
        )
    raise ValueError(
        f"Fold {number} would test songs of class {label!r}, of which none is in its "
        f"training side. {fix}"
    )
