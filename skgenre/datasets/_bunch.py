"""What every loader gives: songs, labels, groups, folds and faults, in one form."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.utils import Bunch

from skgenre.audio._song import shown
from skgenre.datasets._unit import Unit, plural


def make_bunch(
    *,
    title: str,
    data: list,
    names: list[str],
    target: np.ndarray | None,
    artists: Sequence[str | None],
    unit: Unit,
    groups: np.ndarray | None = None,
    folds: np.ndarray | None = None,
    split: np.ndarray | None = None,
    faults: dict[str, str] | None = None,
    notes: Sequence[str] = (),
) -> Bunch:
    """Put together what a loader has found.

    Parameters
    ----------
    title : str
        The first line of the description.
    data : list of (str or Excerpt) of length n_songs
        What stands for each song.
    names : list of str of length n_songs
        What each is called.
    target : array of str of shape (n_songs,) or None
        Labels.
    artists : sequence of (str or None) of length n_songs
        Groups as far as they are known.
    unit : Unit
        What songs, groups and labels are called.
    groups : array of str of shape (n_songs,) or None, default=None
        Groups for splitters.
    folds : int array of shape (n_songs,) or None, default=None
        Official folds.
    split : array of str of shape (n_songs,) or None, default=None
        Official parts.
    faults : dict or None, default=None
        Known faults, by name.
    notes : sequence of str, default=()
        More lines of the description.

    Returns
    -------
    Bunch
        One form for all loaders.
    """
    if target is None:
        target_names: list[str] = []
    else:
        target_names = sorted(set(target.tolist()))
    return Bunch(
        data=data,
        target=target,
        target_names=target_names,
        groups=groups,
        artists=list(artists),
        folds=folds,
        split=split,
        faults=faults or None,
        names=names,
        unit=unit,
        DESCR="\n".join([title, *_counted(target, artists, len(data), unit), *notes]),
    )


def groups_of(artists: Sequence[str | None], names: Sequence[str]) -> np.ndarray | None:
    """Give each song whose artist is unknown a group of its own.

    Parameters
    ----------
    artists : sequence of (str or None) of length n_songs
        Artists.
    names : sequence of str of length n_songs
        What unknown ones are told apart by.

    Returns
    -------
    array of str of shape (n_songs,) or None
        Groups for splitters; None if no artist is known.
    """
    if all(artist is None for artist in artists):
        return None
    return np.array(
        [
            f"unknown: {shown(name)}" if artist is None else artist
            for artist, name in zip(artists, names, strict=True)
        ]
    )


def _counted(
    target: np.ndarray | None, artists: Sequence[str | None], n_songs: int, unit: Unit
) -> list[str]:
    songs, groups = plural(unit.song), plural(unit.group)
    n_known = len(set(artists) - {None})
    known = (
        f"{n_known} known {groups}, "
        f"{sum(artist is None for artist in artists)} {songs} of unknown {groups}"
    )
    if target is None:
        return [f"{n_songs} {songs}, {known}"]
    labels = sorted(set(target.tolist()))
    lines = [f"{n_songs} {songs}, {len(labels)} {plural(unit.label)}, {known}"]
    here: dict[str, list[Any]] = {label: [] for label in labels}
    for artist, label in zip(artists, target.tolist(), strict=True):
        here[label].append(artist)
    lines += [
        f"- {label}: {len(found)} {songs}, {len(set(found) - {None})} known {groups}"
        for label, found in here.items()
    ]
    return lines
