"""Folds of songs from which a trained voting learns."""

import warnings
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold
from sklearn.utils.metadata_routing import get_routing_for_object

from skgenre._by_song.numbering import as_names, missing_names, number_groups
from skgenre._wording import listed


def song_folds(
    cv: Any, y: np.ndarray, *, artists: ArrayLike | None, heard: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Split songs so that each is tested once, and every class trained each time.

    Parameters
    ----------
    cv : int, splitter or iterable of (train, test)
        An int is a number of stratified folds, not shuffled, of songs or, where
        artists are known, of artists; fewer where a class has fewer of them.
    y : array of shape (n_songs,)
        The label of each song.
    artists : array-like of shape (n_songs,) or None
        The artist of each song.
    heard : bool array of shape (n_songs,)
        Which songs have windows.

    Returns
    -------
    list of (train, test)
        Numbers of songs with windows.
    """
    if artists is not None:
        artists = as_names(artists)
        # Unknown artists are each their own; else names stay, whose order decides.
        if missing_names(artists).any():
            artists = number_groups(artists, len(y))
    if isinstance(cv, Integral):
        folds = _stratified_folds(int(cv), y, artists, heard)
    else:
        folds = _given_folds(cv, y, artists, heard)
    classes = np.unique(y[heard])
    everyone = np.arange(len(y))
    for train, _ in folds:
        lost = np.setdiff1d(classes, y[train]).tolist()
        if lost:
            unit, units = "song", everyone
            fix = "Take fewer folds, or a shuffled splitter."
            if artists is not None:
                unit, units = "artist", artists
                fix = "Add artists, or take fewer folds or other ones, cv=..."
            n_units = len(set(units[heard & (y == lost[0])].tolist()))
            raise ValueError(
                f"The training side of a fold of cv={cv!r} has no song of class "
                f"{lost[0]!r}, which has {n_units} {unit}(s), so out-of-fold "
                f"probabilities would not know it. {fix}"
            )
    return folds


def _stratified_folds(
    n_splits: int, y: np.ndarray, artists: np.ndarray | None, heard: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Folds of songs with windows, fewer where a class has fewer songs (artists)."""
    songs = np.flatnonzero(heard)
    unit = "song" if artists is None else "artist"
    units = songs if artists is None else artists[songs]
    n_units = {
        label: len(set(units[y[songs] == label].tolist()))
        for label in np.unique(y[songs]).tolist()
    }
    lone = [label for label, n in n_units.items() if n < 2]
    if len(n_units) - len(lone) < 2:
        raise ValueError(
            f"A trained voting needs 2 {unit}s or more of 2 classes at least, to be "
            f"fitted on out-of-fold probabilities. Got 1 {unit} of {lone[0]!r}. "
            "Add some, or take a voting that is not trained, such as 'mean'."
        )
    if lone:
        warnings.warn(
            f"{len(lone)} of {len(n_units)} classes have 1 {unit} only, so that the "
            f"voting cannot learn from them: {listed(lone)}. They are in the training "
            "side of every fold. Take a voting that is not trained, such as 'mean', to "
            "treat all alike.",
            UserWarning,
            stacklevel=5,
        )
    kept = np.isin(y[songs], lone)
    always, songs = songs[kept], songs[~kept]
    n_splits = min([n_splits, *(n for n in n_units.values() if n > 1)])
    # Not shuffled: the same songs give the same folds, and a cache finds them again.
    if artists is None:
        splits = StratifiedKFold(n_splits).split(songs, y[songs])
    else:
        splits = StratifiedGroupKFold(n_splits).split(songs, y[songs], artists[songs])
    return [
        (np.sort(np.concatenate([songs[train], always])), songs[test])
        for train, test in splits
    ]


def _given_folds(
    cv: Any, y: np.ndarray, artists: np.ndarray | None, heard: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Folds of a user's own, of all songs, of which those with windows are taken."""
    everyone = np.arange(len(y))
    pairs = cv
    if hasattr(cv, "split"):
        by_artist = get_routing_for_object(cv).consumes("split", ["groups"])
        if by_artist and artists is None:
            raise ValueError(
                f"Got cv={cv!r}, which splits by artist, but fit got no groups. Pass "
                "groups=... to fit; a search hands them on under metadata routing "
                "only, sklearn.set_config(enable_metadata_routing=True). Or give the "
                "vote a number of folds, cv=5."
            )
        # Splitters look at the number of rows of X only.
        pairs = cv.split(np.zeros((len(y), 1)), y, artists)
    # Indexing turns boolean masks into numbers too.
    folds = [(everyone[train], everyone[test]) for train, test in pairs]
    tested = np.concatenate([test for _, test in folds] or [everyone[:0]])
    if not np.array_equal(np.sort(tested), everyone):
        raise ValueError(
            f"Got cv={cv!r}, but expected a splitter that tests each of the "
            f"{len(y)} songs exactly once, such as StratifiedKFold."
        )
    return [(train[heard[train]], test[heard[test]]) for train, test in folds]
