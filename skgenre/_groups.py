"""Which song each row belongs to: numbering, order and labels of groups."""

from typing import Any

import numpy as np


def factorize_groups(groups: Any, n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Number the songs in `groups` in the order of their first appearance.

    Parameters
    ----------
    groups : array-like of shape (n_rows,)
        The song of each row, of any dtype.
    n_rows : int
        Expected length.

    Returns
    -------
    codes : int array of shape (n_rows,)
        The song's number for each row.
    song_ids : array of shape (n_songs,)
        The songs; ``song_ids[codes]`` equals `groups`.
    """
    groups = checked_length(groups, n_rows, "groups", "window")
    missing = np.array(
        [g is None or g != g for g in groups] if groups.dtype.kind in "Of" else [],
        dtype=bool,
    )
    if missing.any():
        raise ValueError(
            f"The 'groups' of row {int(np.argmax(missing))} is missing (None or NaN). "
            "Every window needs the song it belongs to."
        )
    if len(groups) == 0:
        return np.zeros(0, np.intp), groups
    if groups.dtype.kind != "O":
        new = np.concatenate([[True], groups[1:] != groups[:-1]])
        firsts = groups[new]
        # Runs of distinct names: each song's windows stand together.
        if (firsts[1:] > firsts[:-1]).all():
            return np.cumsum(new) - 1, firsts
        names, first, codes = np.unique(groups, return_index=True, return_inverse=True)
        rank = np.empty(len(names), np.intp)
        rank[np.argsort(first, kind="stable")] = np.arange(len(names))
        return rank[codes], groups[np.sort(first)]
    numbers_of: dict[Any, int] = {}
    codes = np.array([numbers_of.setdefault(g, len(numbers_of)) for g in groups])
    return codes, as_ids(list(numbers_of), len(numbers_of))


def sorted_order(codes: np.ndarray) -> np.ndarray | None:
    """Stable order that puts each song's rows together; None if they are.

    Parameters
    ----------
    codes : int array of shape (n_rows,)
        The song's number for each row.

    Returns
    -------
    int array of shape (n_rows,) or None
        Rows in the order of their songs, or None where they already are.
    """
    if (codes[1:] >= codes[:-1]).all():
        return None
    return np.argsort(codes, kind="stable")


def collapse_labels(
    y_windows: np.ndarray, codes: np.ndarray, song_ids: np.ndarray
) -> np.ndarray:
    """Give each song the one label of its rows.

    Parameters
    ----------
    y_windows : array of shape (n_rows,)
        One label per row.
    codes : int array of shape (n_rows,)
        The song's number for each row; every number occurs.
    song_ids : array of shape (n_songs,)
        The songs' names, for the error.

    Returns
    -------
    array of shape (n_songs,)
        One label per song.
    """
    first = np.empty(len(song_ids), np.intp)
    # Of several values for one index the last is kept: from the back, the first.
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    y_songs = y_windows[first]
    wrong = np.flatnonzero(y_windows != y_songs[codes])
    if len(wrong):
        song, row = codes[wrong[0]], wrong[0]
        name, first_label, label = (
            np.asarray(value).item()
            for value in (song_ids[song], y_songs[song], y_windows[row])
        )
        raise ValueError(
            f"All windows of a song must carry its one label. Song {name!r} has "
            f"{first_label!r} (row {first[song]}) and {label!r} (row {row})."
        )
    return y_songs


def checked_length(values: Any, expected: int, name: str, unit: str) -> np.ndarray:
    """Check that there is one value per unit.

    Parameters
    ----------
    values : array-like of shape (expected,)
        The values.
    expected : int
        How many there must be.
    name, unit : str
        What they are called and what they belong to, for the error.

    Returns
    -------
    array of shape (expected,)
        The values.
    """
    values = np.asarray(values)
    if values.ndim != 1 or len(values) != expected:
        raise ValueError(
            f"The {name!r} parameter must have one value per {unit}: expected shape "
            f"({expected},). Got shape {values.shape} instead."
        )
    return values


def as_ids(song_ids: Any, n_songs: int) -> np.ndarray:
    """Make an array of song names, whatever their types.

    Parameters
    ----------
    song_ids : array-like of shape (n_songs,) or None
        The names; positions if None.
    n_songs : int
        How many there must be.

    Returns
    -------
    array of shape (n_songs,)
        The names.
    """
    if song_ids is None:
        return np.arange(n_songs)
    if isinstance(song_ids, np.ndarray):
        return checked_length(song_ids, n_songs, "song_ids", "song")
    song_ids = list(song_ids)
    kinds = {type(i) for i in song_ids}
    if len(kinds) == 1 and kinds <= {str, int}:
        return checked_length(np.array(song_ids), n_songs, "song_ids", "song")
    # Tuples and mixed names would become rows or strings under np.array.
    ids = np.empty(len(song_ids), dtype=object)
    ids[:] = song_ids
    return checked_length(ids, n_songs, "song_ids", "song")
