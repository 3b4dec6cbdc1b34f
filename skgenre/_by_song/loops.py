"""Compiled loops over rows and their songs; `reductions` says what each is for.

Rows come in any order: `codes` (n_rows,) says which song each belongs to. A song's rows
are always taken in the order in which they stand, so that nothing depends on how they
are mixed with those of other songs.
"""

from collections.abc import Callable

import numpy as np

_AHEAD = 64  # rows whose songs are fetched from memory together
_NETWORK = 32  # windows of a song up to which sorting side by side is the faster way
_DIGIT = 11  # bits of a song's number in the first pass of the ordering


def compiled(function: Callable) -> Callable:
    """Compile a function of arrays with numba when it is first called.

    Parameters
    ----------
    function : callable
        Loops over arrays.

    Returns
    -------
    callable
        The same, compiled, free of the GIL. Kept on disk for later processes, unless
        numba finds no folder that it can write to: then each compiles for itself.
    """
    import numba

    try:
        return numba.njit(nogil=True, cache=True)(function)
    except RuntimeError:
        return numba.njit(nogil=True)(function)


@compiled
def add_rows(values, codes, scattered, sums):
    """Add each row to the sums of its song, (n_songs, n_columns)."""
    n_rows, n_columns = values.shape
    fetched = 0.0
    for first in range(0, n_rows, _AHEAD):
        last = min(first + _AHEAD, n_rows)
        if scattered:
            fetched += _fetch(sums, codes[first:last])
        for row in range(first, last):
            song = codes[row]
            for column in range(n_columns):
                sums[song, column] += values[row, column]
    return fetched


@compiled
def raise_to_rows(values, codes, scattered, maxima):
    """Raise the maxima of each row's song to the row, (n_songs, n_columns)."""
    n_rows, n_columns = values.shape
    fetched = 0.0
    for first in range(0, n_rows, _AHEAD):
        last = min(first + _AHEAD, n_rows)
        if scattered:
            fetched += _fetch(maxima, codes[first:last])
        for row in range(first, last):
            song = codes[row]
            for column in range(n_columns):
                value, most = values[row, column], maxima[song, column]
                # Without a branch; NaN stays.
                maxima[song, column] = most if most >= value or most != most else value
    return fetched


@compiled
def count_winners(values, codes, scattered, votes):
    """Give the largest column of each row one vote of its song."""
    n_rows, n_columns = values.shape
    fetched = 0.0
    for first in range(0, n_rows, _AHEAD):
        last = min(first + _AHEAD, n_rows)
        if scattered:
            fetched += _fetch(votes, codes[first:last])
        for row in range(first, last):
            best = 0
            for column in range(1, n_columns):
                best = column if values[row, column] > values[row, best] else best
            votes[codes[row], best] += 1
    return fetched


@compiled
def _fetch(table, songs):
    # These reads do not wait for one another, as those between writes would: the
    # memory serves many at a time. The sum keeps the compiler from leaving them out.
    total = 0.0
    for song in songs:
        total += table[song, 0] + table[song, -1]
    return total


@compiled
def medians_of_runs(values, offsets, medians):
    """Medians of rows that stand together by song, (n_songs, n_columns)."""
    n_columns = values.shape[1]
    longest = np.max(np.diff(offsets))
    rows = np.empty((min(longest, _NETWORK), n_columns), values.dtype)
    column_values = np.empty(longest, np.float64)
    for song in range(len(offsets) - 1):
        first, n = offsets[song], offsets[song + 1] - offsets[song]
        if n > _NETWORK:
            for column in range(n_columns):
                for row in range(n):
                    column_values[row] = values[first + row, column]
                medians[song, column] = np.median(column_values[:n])
            continue
        for row in range(n):
            for column in range(n_columns):
                rows[row, column] = values[first + row, column]
        _sort_columns(rows[:n])
        for column in range(n_columns):
            low, high = rows[(n - 1) // 2, column], rows[n // 2, column]
            medians[song, column] = 0.5 * (np.float64(low) + np.float64(high))


@compiled
def _sort_columns(rows):
    # Odd-even transposition: which rows are compared does not depend on the numbers,
    # so that all columns are sorted side by side, with SIMD instructions.
    n, n_columns = rows.shape
    for turn in range(n):
        for row in range(turn % 2, n - 1, 2):
            for column in range(n_columns):
                above, below = rows[row, column], rows[row + 1, column]
                rows[row, column] = above if above < below else below
                rows[row + 1, column] = below if above < below else above


@compiled
def order_of_songs(codes, n_songs, order):
    """Stable order that puts each song's rows together.

    Two passes of counting: first by the leading bits of a song's number, then by the
    number. Each writes to so few places that these stay in the processor's caches.
    """
    n_rows = len(codes)
    leading = np.zeros((n_songs >> _DIGIT) + 2, np.int64)
    for song in codes:
        leading[(song >> _DIGIT) + 1] += 1
    leading = np.cumsum(leading)
    rows, songs = np.empty_like(order), np.empty_like(order)
    for row in range(n_rows):
        place = leading[codes[row] >> _DIGIT]
        leading[codes[row] >> _DIGIT] += 1
        rows[place], songs[place] = row, codes[row]
    start = np.zeros(n_songs + 1, np.int64)
    for song in songs:
        start[song + 1] += 1
    start = np.cumsum(start)
    for place in range(n_rows):
        song = songs[place]
        order[start[song]] = rows[place]
        start[song] += 1


@compiled
def number_by_appearance(slots, table, codes, firsts):
    """Number integers in the order of their first appearance; return how many.

    `table` holds -1 for each integer that may occur; `firsts` gets the row of each
    first appearance.
    """
    found = 0
    for row in range(len(slots)):
        slot = slots[row]
        if table[slot] < 0:
            table[slot] = found
            firsts[found] = row
            found += 1
        codes[row] = table[slot]
    return found
