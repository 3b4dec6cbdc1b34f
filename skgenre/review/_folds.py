"""Folds in which every song is judged by models that know neither it nor its artist."""

import warnings
from dataclasses import dataclass, field

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from skgenre._wording import listed
from skgenre.datasets._unit import Unit, plural

Split = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Folds:
    """Who judges whom.

    Parameters
    ----------
    splits : list of (train, test)
        Positions of songs.
    alone : int array of shape (n_alone,)
        Songs that nobody can judge, as no other of their class is known.
    torn : list of str, default=[]
        Classes whose only artist is on both sides.
    """

    splits: list[Split]
    alone: np.ndarray
    torn: list[str] = field(default_factory=list)

    def notes(self, words: Unit) -> list[str]:
        """Say what is not as it should be.

        Parameters
        ----------
        words : Unit
            What songs and artists are called.

        Returns
        -------
        list of str
            Sentences.
        """
        if not self.torn:
            return []
        return [
            f"{plural(words.song).capitalize()} of one {words.group} are on both sides "
            f"where a {words.label} has no other {words.group}: {listed(self.torn)}."
        ]


def review_folds(
    y: np.ndarray,
    *,
    groups: np.ndarray | None,
    recordings: np.ndarray,
    n_folds: int,
    seed: int,
) -> Folds:
    """Split songs so that all are tested of whose class others are left to learn from.

    Parameters
    ----------
    y : array of shape (n_songs,)
        The label of each song.
    groups : array of shape (n_songs,) or None
        The artist of each song, those of copies joined.
    recordings : int array of shape (n_songs,)
        The same for songs that are one recording.
    n_folds : int
        How many, at most.
    seed : int
        Decides them.

    Returns
    -------
    Folds
        Each song is tested once, or is alone. Copies are in one fold.
    """
    units, torn = _units(y, groups, recordings)
    lone = [label for label in np.unique(y) if len(np.unique(units[y == label])) < 2]
    alone = np.isin(y, lone)
    songs = np.flatnonzero(~alone)
    n_units = len(np.unique(units[songs]))
    if n_units < 2:
        return Folds([], np.arange(len(y)), torn)
    fold = _fold_of(y[songs], units[songs], min(n_folds, n_units), seed)
    _move(fold, y[songs], units[songs])
    splits = [
        _sides(songs[fold == number], units, everyone=np.arange(len(y)))
        for number in np.unique(fold)
    ]
    return Folds(*_learnable(splits, y, np.flatnonzero(alone)), torn)


def _sides(test: np.ndarray, units: np.ndarray, *, everyone: np.ndarray) -> Split:
    """Train on all others, songs that are never tested too, but no copies of these."""
    return everyone[~np.isin(units, units[test])], test


def _units(
    y: np.ndarray, groups: np.ndarray | None, recordings: np.ndarray
) -> tuple[np.ndarray, list[str]]:
    """What stays together: artists; recordings where a class has one artist only."""
    if groups is None:
        return recordings, []
    _, units = np.unique(groups, return_inverse=True)
    units, torn = units.copy(), []
    apart = recordings + units.max() + 1
    for label in np.unique(y):
        own = y == label
        if len(np.unique(units[own])) == 1 and len(np.unique(recordings[own])) > 1:
            torn.append(str(label))
            # Copies of these songs under other labels go with them.
            with_copies = np.isin(recordings, recordings[own])
            units[with_copies] = apart[with_copies]
    return units, torn


def _fold_of(y: np.ndarray, units: np.ndarray, n_folds: int, seed: int) -> np.ndarray:
    """The fold of each song (n_songs,): equal shares of the classes."""
    each_alone = len(np.unique(units)) == len(units)
    # The one by groups takes long where there are very many.
    kind = StratifiedKFold if each_alone else StratifiedGroupKFold
    n_folds = min(n_folds, int(np.unique(y, return_counts=True)[1].max()))
    splitter = kind(n_folds, shuffle=True, random_state=seed)
    together = None if each_alone else units
    fold = np.empty(len(y), dtype=int)
    with warnings.catch_warnings():
        # Small classes are in as many folds as they have songs.
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        splits = splitter.split(np.zeros((len(y), 1)), y, together)
        for number, (_, test) in enumerate(splits):
            fold[test] = number
    return fold


def _move(fold: np.ndarray, y: np.ndarray, units: np.ndarray) -> None:
    """Change folds, in place, where all songs of a class are in one."""
    numbers = np.unique(fold)
    for label in np.unique(y):
        folds = np.unique(fold[y == label])
        if len(folds) == 1 and len(numbers) > 1:
            unit = units[y == label][-1]
            fold[units == unit] = numbers[numbers != folds[0]][0]


def _learnable(
    splits: list[Split], y: np.ndarray, alone: np.ndarray
) -> tuple[list[Split], np.ndarray]:
    """Test no song of whose class the training side knows nothing."""
    kept, lost = [], [alone]
    for train, test in splits:
        known = np.isin(y[test], y[train])
        lost.append(test[~known])
        if known.any():
            kept.append((train, test[known]))
    return kept, np.sort(np.concatenate(lost))
