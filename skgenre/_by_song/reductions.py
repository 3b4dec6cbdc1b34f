"""Rows added up, compared and put in order by song.

All take rows in any order, with `codes` (n_rows,), the song's number for each row. A
song's rows are added up in the order in which they stand, in float64: the result is
the same to the last bit whether songs stand together or not, and whether the loops are
numpy's or, for large arrays, compiled by numba.
"""

from collections.abc import Callable, Iterator
from types import ModuleType

import numpy as np

from skgenre._by_song.dispatch import loops_for
from skgenre._by_song.numbering import is_sorted, sorted_order

# Numbers that are worked on at a time: what is made of them stays in the caches.
_BLOCK = 2**17
# What sums of weights may miss by, as a share of a song's weight.
_SLACK = 1e-9


def sum_by_song(
    values: np.ndarray,
    codes: np.ndarray,
    n_songs: int,
    transform: Callable | None = None,
) -> np.ndarray:
    """Add up the rows of each song.

    Parameters
    ----------
    values : float array of shape (n_rows, n_columns)
        Rows in any order.
    codes : int array of shape (n_rows,)
        The song's number for each row.
    n_songs : int
        How many songs there are.
    transform : callable, default=None
        Function of an array, number by number, that is applied before; none if None.

    Returns
    -------
    float64 array of shape (n_songs, n_columns)
        Sums.
    """
    loops = _loops(values)
    if loops is not None:
        sums = np.zeros((n_songs, values.shape[1]))
        return _over_rows(loops.add_rows, values, codes, sums, transform)
    sums = np.empty((n_songs, values.shape[1]))
    for column in range(values.shape[1]):
        weights = np.ascontiguousarray(values[:, column])
        if transform is not None:
            weights = transform(weights)
        sums[:, column] = np.bincount(codes, weights=weights, minlength=n_songs)
    return sums


def max_by_song(values: np.ndarray, codes: np.ndarray, n_songs: int) -> np.ndarray:
    """Find the largest number of each column in the rows of each song.

    Parameters
    ----------
    values : float array of shape (n_rows, n_columns)
        Rows in any order.
    codes : int array of shape (n_rows,)
        The song's number for each row; every number occurs.
    n_songs : int
        How many songs there are.

    Returns
    -------
    float64 array of shape (n_songs, n_columns)
        Maxima.
    """
    maxima = np.full((n_songs, values.shape[1]), -np.inf)
    loops = _loops(values)
    if loops is not None:
        return _over_rows(loops.raise_to_rows, values, codes, maxima)
    for songs, rows, offsets in runs_of_songs(values, codes, n_songs):
        np.maximum.reduceat(rows, offsets[:-1], out=maxima[songs], dtype=float)
    return maxima


def wins_by_song(values: np.ndarray, codes: np.ndarray, n_songs: int) -> np.ndarray:
    """Count in how many rows of each song each column is the (first) largest.

    Parameters
    ----------
    values : float array of shape (n_rows, n_columns)
        Rows in any order.
    codes : int array of shape (n_rows,)
        The song's number for each row.
    n_songs : int
        How many songs there are.

    Returns
    -------
    int array of shape (n_songs, n_columns)
        Counts.
    """
    n_columns = values.shape[1]
    loops = _loops(values)
    if loops is not None:
        wins = np.zeros((n_songs, n_columns), np.intp)
        return _over_rows(loops.count_winners, values, codes, wins)
    cells = codes * n_columns + values.argmax(axis=1)
    return np.bincount(cells, minlength=n_songs * n_columns).reshape(n_songs, n_columns)


def median_by_song(values: np.ndarray, codes: np.ndarray, n_songs: int) -> np.ndarray:
    """Find the median of each column in the rows of each song.

    Parameters
    ----------
    values : float array of shape (n_rows, n_columns)
        Rows in any order.
    codes : int array of shape (n_rows,)
        The song's number for each row; every number occurs.
    n_songs : int
        How many songs there are.

    Returns
    -------
    float64 array of shape (n_songs, n_columns)
        Medians.
    """
    loops = _loops(values)
    medians = np.empty((n_songs, values.shape[1]))
    for songs, rows, offsets in runs_of_songs(values, codes, n_songs):
        if loops is not None:
            loops.medians_of_runs(rows, offsets, medians[songs])
            continue
        for same_length, windows in songs_by_length(rows, offsets):
            # In float64, for the mean of the two in the middle.
            medians[songs][same_length] = np.median(windows.astype(float), axis=1)
    return medians


def weighted_sum_by_song(
    values: np.ndarray,
    codes: np.ndarray,
    n_songs: int,
    weight: np.ndarray | None,
    transform: Callable | None = None,
) -> np.ndarray:
    """Add up the rows of each song, each as often as it weighs.

    Parameters
    ----------
    values : float array of shape (n_rows, n_columns)
        Rows in any order.
    codes : int array of shape (n_rows,)
        The song's number for each row.
    n_songs : int
        How many songs there are.
    weight : float array of shape (n_rows,) or None
        0 or more; all 1 if None.
    transform : callable, default=None
        Function of an array, number by number, that is applied before; none if None.

    Returns
    -------
    float64 array of shape (n_songs, n_columns)
        Sums.
    """
    if weight is None:
        return sum_by_song(values, codes, n_songs, transform)
    rows = values if transform is None else transform(values)
    return sum_by_song(rows * weight[:, None], codes, n_songs)


def weighted_wins_by_song(
    values: np.ndarray, codes: np.ndarray, n_songs: int, weight: np.ndarray
) -> np.ndarray:
    """Add up what rows weigh in which each column is the (first) largest.

    Parameters
    ----------
    values : float array of shape (n_rows, n_columns)
        Rows in any order.
    codes : int array of shape (n_rows,)
        The song's number for each row.
    n_songs : int
        How many songs there are.
    weight : float array of shape (n_rows,)
        0 or more.

    Returns
    -------
    float64 array of shape (n_songs, n_columns)
        Sums of weights.
    """
    n_columns = values.shape[1]
    cells = codes * n_columns + values.argmax(axis=1)
    sums = np.bincount(cells, weights=weight, minlength=n_songs * n_columns)
    return sums.reshape(n_songs, n_columns)


def weighted_median_by_song(
    values: np.ndarray, codes: np.ndarray, n_songs: int, weight: np.ndarray
) -> np.ndarray:
    """Find where half of a song's weight lies on each side, column by column.

    Of whole weights it is the median of as many copies of each row: where half the
    weight ends exactly at a row, the mean of this row and the next.

    Parameters
    ----------
    values : float array of shape (n_rows, n_columns)
        Rows in any order.
    codes : int array of shape (n_rows,)
        The song's number for each row; every number occurs.
    n_songs : int
        How many songs there are.
    weight : float array of shape (n_rows,)
        Above 0.

    Returns
    -------
    float64 array of shape (n_songs, n_columns)
        Medians.
    """
    first = np.concatenate([[0], np.cumsum(np.bincount(codes, minlength=n_songs))[:-1]])
    half = np.bincount(codes, weights=weight, minlength=n_songs) / 2
    # Sums of fractions of which half is meant to be exact may miss it by a little.
    slack = _SLACK * half
    medians = np.empty((n_songs, values.shape[1]))
    for column in range(values.shape[1]):
        order = np.lexsort((values[:, column], codes))
        songs, ranked = codes[order], values[order, column].astype(float)
        reached = _running_sums(weight[order], first)  # within each song
        below, at = (
            first + np.bincount(songs[too_low], minlength=n_songs)
            for too_low in (
                reached < (half - slack)[songs],
                reached <= (half + slack)[songs],
            )
        )
        medians[:, column] = (ranked[below] + ranked[at]) / 2
    return medians


def _running_sums(weight: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Add up along the rows of each song, from its first row on."""
    sums = np.cumsum(weight)
    lengths = np.diff(first, append=len(weight))
    return sums - np.repeat(sums[first] - weight[first], lengths)


def mean_of_runs(values: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Mean of the rows of each song, where they stand together.

    Parameters
    ----------
    values : float array of shape (n_rows, n_columns)
        Rows, song by song.
    offsets : int array of shape (n_songs + 1,)
        Song i has the rows ``offsets[i]:offsets[i + 1]``, at least one.

    Returns
    -------
    float64 array of shape (n_songs, n_columns)
        Means.
    """
    counts = np.diff(offsets)
    codes = np.repeat(np.arange(len(counts)), counts)
    return sum_by_song(values, codes, len(counts)) / counts[:, None]


def songs_by_length(
    values: np.ndarray, offsets: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Take songs of equal length together.

    Parameters
    ----------
    values : array of shape (n_rows, ...)
        Rows, song by song.
    offsets : int array of shape (n_songs + 1,)
        Song i has the rows ``offsets[i]:offsets[i + 1]``.

    Yields
    ------
    songs : int array of shape (n,)
        Songs of one length.
    rows : array of shape (n, length, ...)
        Their rows.
    """
    counts = np.diff(offsets)
    for length in np.unique(counts):
        songs = np.flatnonzero(counts == length)
        yield songs, values[offsets[songs][:, None] + np.arange(length)]


def runs_of_songs(
    values: np.ndarray, codes: np.ndarray, n_songs: int
) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
    """Take some songs at a time, with their rows together.

    Parameters
    ----------
    values : array of shape (n_rows, n_columns)
        Rows in any order.
    codes : int array of shape (n_rows,)
        The song's number for each row.
    n_songs : int
        How many songs there are.

    Yields
    ------
    songs : slice
        Which songs.
    rows : array of shape (n, n_columns)
        Their rows, song by song; no more than fit the caches, but one song at least.
    offsets : int array
        The songs' offsets in these rows.
    """
    order = sorted_order(codes)
    ends = np.cumsum(np.bincount(codes, minlength=n_songs))
    first, start = 0, 0
    while first < n_songs:
        limit = start + _BLOCK // values.shape[1]
        last = max(first + 1, int(np.searchsorted(ends, limit, side="right")))
        stop = ends[last - 1]
        if order is None:
            rows = values[start:stop]
        else:
            rows = values.take(order[start:stop], axis=0)
        offsets = np.concatenate([[start], ends[first:last]]) - start
        yield slice(first, last), rows, offsets
        first, start = last, stop


def _over_rows(
    loop: Callable,
    values: np.ndarray,
    codes: np.ndarray,
    table: np.ndarray,
    transform: Callable | None = None,
) -> np.ndarray:
    """Let a compiled loop enter all rows, some at a time, in the table of songs."""
    scattered = not is_sorted(codes)
    step = max(_BLOCK // values.shape[1], 1)
    for start in range(0, len(values), step):
        rows = np.ascontiguousarray(values[start : start + step])
        if transform is not None:
            rows = transform(rows)
        loop(rows, codes[start : start + step], scattered, table)
    return table


def _loops(values: np.ndarray) -> ModuleType | None:
    native = values.dtype in (np.float32, np.float64)
    return loops_for(values.size) if native else None
