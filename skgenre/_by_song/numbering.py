"""Which song each row belongs to: numbering, order and labels of groups."""

import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from skgenre._by_song.dispatch import loops_for

# Names that are made Python objects at a time.
_CHUNK = 2**16
# Names from which on it matters who numbers them.
_MANY = 2**14


def as_names(names: Any) -> np.ndarray:
    """Make an array of names that keeps what each of them is.

    numpy turns lists of several types into strings: 1 and "1" become one, and a
    missing name becomes "nan". Such lists become arrays of objects here, as tables'
    columns with missing names do.

    Parameters
    ----------
    names : array-like of shape (n_rows,)
        Of songs, artists or the like: strings, numbers, times, tuples; None, NaN, NaT
        or NA where unknown.

    Returns
    -------
    array of shape (n_rows,)
        Names.
    """
    if isinstance(names, np.ndarray):
        return names
    if hasattr(names, "dtype") and hasattr(names, "to_numpy"):
        # A column of pandas or polars; types of their own have no like in numpy.
        return _of_column(names)
    if isinstance(names, str) or not hasattr(names, "__len__"):
        return np.asarray(names)
    values = list(names)
    kinds = {type(value) for value in values}
    if len(kinds) <= 1 and kinds <= {str, int, float, bool, bytes}:
        return np.asarray(values)
    if all(issubclass(kind, np.generic) for kind in kinds) and len(kinds) == 1:
        return np.asarray(values)
    if any(np.ndim(value) for value in values if not isinstance(value, tuple)):
        return np.asarray(values)  # of two dimensions: whoever asked will say so
    kept = np.empty(len(values), dtype=object)
    kept[:] = values
    return kept


def _of_column(column: Any) -> np.ndarray:
    if isinstance(column.dtype, np.dtype):
        return column.to_numpy()
    # Categories, nullable numbers, strings of Arrow and so on.
    return as_names(column.tolist() if hasattr(column, "tolist") else list(column))


def factorize_groups(groups: ArrayLike, n_rows: int) -> tuple[np.ndarray, np.ndarray]:
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
    groups = checked_length(as_names(groups), n_rows, "groups", "window")
    if len(groups) == 0:
        return np.zeros(0, np.intp), groups
    if groups.dtype.kind == "O":
        codes, firsts = _number_objects(groups)
        # One look at each name, not at each row.
        _refuse_missing(groups[firsts], firsts)
        return codes, as_ids(groups[firsts].tolist(), len(firsts))
    _refuse_missing(groups, range(len(groups)))
    new = np.empty(len(groups), dtype=bool)
    new[0] = True
    np.not_equal(groups[1:], groups[:-1], out=new[1:])
    # Rows of a song mostly stand together: only the first of each run is looked up.
    runs = groups if new.all() else groups[new]
    if (runs[1:] > runs[:-1]).all():
        run_codes, song_ids = np.arange(len(runs)), runs
    else:
        run_codes, firsts = _number(runs)
        song_ids = runs[firsts]
    if runs is groups:
        return run_codes, song_ids.copy()
    return np.repeat(run_codes, np.diff(np.flatnonzero(new), append=len(new))), song_ids


def _refuse_missing(names: np.ndarray, rows: Sequence[int] | np.ndarray) -> None:
    missing = missing_names(names)
    if missing.any():
        row = rows[int(np.argmax(missing))]
        raise ValueError(
            f"The 'groups' of row {row} is missing (None or NaN). "
            "Every window needs the song it belongs to."
        )


def missing_names(names: np.ndarray) -> np.ndarray:
    """Tell which names are missing: None, NaN, NaT or NA.

    Parameters
    ----------
    names : array of shape (n_rows,)
        From `as_names`.

    Returns
    -------
    bool array of shape (n_rows,)
        True where there is none.
    """
    if names.dtype.kind == "f":
        return np.isnan(names)
    if names.dtype.kind in "mM":
        return np.isnat(names)
    if names.dtype.kind == "O":
        return np.array([_is_missing(name) for name in names], dtype=bool)
    return np.zeros(len(names), dtype=bool)


def _is_missing(name: Any) -> bool:
    if name is None or type(name).__name__ == "NAType":  # pandas.NA
        return True
    # Only NaN and NaT differ from themselves.
    return not isinstance(name, str) and bool(np.any(name != name))


def _number(names: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number names by first appearance; the row of each first appearance."""
    if names.dtype.kind in "iu":
        lowest = names.min()
        if int(names.max()) - int(lowest) < 4 * len(names):
            return _number_integers(names, lowest)
    if names.dtype.kind in "SU":
        return _number_names(names)
    _, first, codes = np.unique(names, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.intp)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[codes], np.sort(first)


def _number_integers(
    names: np.ndarray, lowest: np.integer
) -> tuple[np.ndarray, np.ndarray]:
    """Number integers that lie close together: a table takes the place of a search."""
    if names.dtype.kind == "i":
        names, lowest = names.astype(np.int64, copy=False), np.int64(lowest)
    slots = names - lowest  # unsigned ones are 0 or more too
    table = np.full(int(slots.max()) + 1, -1, np.intp)
    loops = loops_for(8 * len(names))
    if loops is not None:
        codes, firsts = np.empty(len(names), np.intp), np.empty(len(table), np.intp)
        n_names = loops.number_by_appearance(slots, table, codes, firsts)
        return codes, firsts[:n_names].copy()
    # Of several values for one index the last is kept: from the back, the first.
    table[slots[::-1]] = np.arange(len(slots))[::-1]
    firsts = np.sort(table[table >= 0])
    table[slots[firsts]] = np.arange(len(firsts))
    return table[slots], firsts


def _number_objects(names: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number names that are objects, strings by pandas where it has been imported.

    Columns of names mostly come from there, and its table of strings is faster than a
    dictionary. What is equal to what, such as 1 and True, stays Python's affair.
    """
    pandas = sys.modules.get("pandas")
    if pandas is None or len(names) < _MANY or not _are_strings(names, pandas):
        return _number_names(names)
    codes, strings = pandas.factorize(names)
    codes = codes.astype(np.intp, copy=False)
    return codes, _first_rows(codes, len(strings))


def _are_strings(names: np.ndarray, pandas: ModuleType) -> bool:
    return pandas.api.types.infer_dtype(names, skipna=False) == "string"


def _first_rows(codes: np.ndarray, n_names: int) -> np.ndarray:
    """Row of the first appearance of each number."""
    firsts = np.empty(n_names, np.intp)
    # Of several values for one index the last is kept: from the back, the first.
    firsts[codes[::-1]] = np.arange(len(codes))[::-1]
    return firsts


def _number_names(names: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number anything that can be a key; faster than sorting strings."""
    number_of: dict[Any, int] = {}
    codes = np.empty(len(names), np.intp)
    # Some at a time: made Python objects, where they are none, they take more memory.
    n_part = max(1, len(names)) if names.dtype.kind == "O" else _CHUNK
    for start in range(0, len(names), n_part):
        part = names[start : start + n_part].tolist()
        for name in dict.fromkeys(part):
            number_of.setdefault(name, len(number_of))
        numbers = map(number_of.__getitem__, part)
        codes[start : start + len(part)] = np.fromiter(numbers, np.intp, len(part))
    return codes, _first_rows(codes, len(number_of))


def is_sorted(codes: np.ndarray) -> bool:
    """Tell whether each song's rows stand together, in the order of the songs.

    Parameters
    ----------
    codes : int array of shape (n_rows,)
        The song's number for each row.

    Returns
    -------
    bool
        Whether the numbers never fall.
    """
    return bool((codes[1:] >= codes[:-1]).all())


def sorted_order(codes: np.ndarray) -> np.ndarray | None:
    """Stable order that puts each song's rows together; None if they are.

    Parameters
    ----------
    codes : int array of shape (n_rows,)
        The song's number for each row, 0 or more.

    Returns
    -------
    int array of shape (n_rows,) or None
        Rows in the order of their songs, or None where they already are.
    """
    if is_sorted(codes):
        return None
    loops = loops_for(8 * len(codes))
    if loops is None:
        return np.argsort(codes, kind="stable")
    order = np.empty(len(codes), np.int32 if len(codes) < 2**31 else np.int64)
    loops.order_of_songs(codes, int(codes.max()) + 1, order)
    return order


def order_in_time(codes: np.ndarray, starts: np.ndarray | None) -> np.ndarray | None:
    """Order that puts each song's rows together, by time; None if they are.

    Parameters
    ----------
    codes : int array of shape (n_rows,)
        The song's number for each row, 0 or more.
    starts : float array of shape (n_rows,) or None
        When each row starts in its song. Rows of equal or unknown (NaN) time stay in
        the order in which they stand.

    Returns
    -------
    int array of shape (n_rows,) or None
        Rows in the order of their songs, then of time, or None where they already are.
    """
    if starts is None or not len(codes):
        return sorted_order(codes)
    # NaN counts as later than any time.
    late = np.where(np.isnan(starts), np.inf, starts)
    in_time = (late[1:] >= late[:-1]) | (codes[1:] > codes[:-1])
    if is_sorted(codes) and bool(in_time.all()):
        return None
    return np.lexsort((late, codes))


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


def checked_length(
    values: ArrayLike, expected: int, name: str, unit: str
) -> np.ndarray:
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


def rows_of_songs(offsets: np.ndarray, positions: np.ndarray) -> slice | np.ndarray:
    """Find the rows that hold the windows of songs.

    Parameters
    ----------
    offsets : int array of shape (n_songs + 1,)
        First row of each song, and the end.
    positions : int array of shape (n_taken,)
        The songs wanted.

    Returns
    -------
    slice or int array of shape (n_rows,)
        A slice where one does.
    """
    if len(positions) and (np.diff(positions) == 1).all():
        return slice(offsets[positions[0]], offsets[positions[-1] + 1])
    counts = np.diff(offsets)[positions]
    ends = np.cumsum(counts)
    first = np.repeat(offsets[positions] - (ends - counts), counts)
    return first + np.arange(len(first))


def is_unknown(group: Any) -> bool:
    """Whether a group is not known: None, NaN, NaT, NA or an empty string.

    Parameters
    ----------
    group : object
        The group of one row.

    Returns
    -------
    bool
        True if it is unknown.
    """
    return _is_missing(group) or (isinstance(group, str) and not group.strip())


def number_groups(groups: ArrayLike, n_rows: int) -> np.ndarray:
    """Number groups from 0; unknown ones are each a group of their own.

    Parameters
    ----------
    groups : array-like of shape (n_rows,)
        The group of each row, of any dtype.
    n_rows : int
        Expected length.

    Returns
    -------
    int array of shape (n_rows,)
        Numbers without a gap.
    """
    groups = checked_length(as_names(groups), n_rows, "groups", "row")
    unknown = np.zeros(n_rows, bool)
    if groups.dtype.kind not in "biu":
        unknown[:] = [is_unknown(group) for group in groups.tolist()]
    codes = np.zeros(n_rows, np.intp)
    n_known = 0
    if not unknown.all():
        codes[~unknown], names = factorize_groups(groups[~unknown], (~unknown).sum())
        n_known = len(names)
    codes[unknown] = n_known + np.arange(unknown.sum())
    return codes
