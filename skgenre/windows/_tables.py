"""Tables of windows, as people keep them in pandas: read and made."""

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from skgenre._by_song.numbering import as_names
from skgenre._optional import require
from skgenre.windows._seconds import as_seconds

if TYPE_CHECKING:
    import pandas as pd

# Ends minus starts may differ by so much and still be one length, in seconds.
_SAME_LENGTH = 1e-6


class WindowColumns(NamedTuple):
    """What a table says of windows, one row each."""

    values: np.ndarray  # (n_windows, n_features)
    songs: Any  # (n_windows,)
    labels: Any | None  # (n_windows,)
    starts: np.ndarray | None  # (n_windows,), seconds
    window_seconds: float | None
    feature_names: list[str]


def columns_of(
    frame: Any,
    *,
    song: str | ArrayLike,
    label: str | None,
    start: str | None,
    end: str | None,
    features: list[str] | None,
) -> WindowColumns:
    """Take the columns of windows out of a table.

    Parameters
    ----------
    frame : table of pandas, polars, pyarrow or another library that narwhals knows
        One row a window.
    song, label, start, end, features
        As in `SongWindows.from_frame`.

    Returns
    -------
    WindowColumns
        Columns, rows as in the table.
    """
    table = _table(frame)
    named = [name for name in (song, label, start, end) if isinstance(name, str)]
    for column in [*named, *(features or [])]:
        if column not in table.columns:
            raise ValueError(
                f"The table has no column {column!r}. "
                f"Got the columns {list(table.columns)}."
            )
    if features is None:
        features = [c for c in table.columns if c not in named]
    values, feature_names = _features(table, features)
    starts, ends = (
        None
        if column is None
        else as_seconds(table[column].to_list(), name=repr(column))
        for column in (start, end)
    )
    return WindowColumns(
        values=values,
        songs=table[song].to_list() if isinstance(song, str) else song,
        labels=None if label is None else as_names(table[label].to_list()),
        starts=starts,
        window_seconds=_one_length(starts, ends),
        feature_names=feature_names,
    )


def _table(frame: Any) -> Any:
    """Let narwhals speak for the table, whichever library it is of."""
    import narwhals as nw

    if hasattr(frame, "collect"):
        raise ValueError(
            f"Got a lazy table of type {type(frame).__name__}. Collect it first."
        )
    names = [str(name) for name in getattr(frame, "columns", [])]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(
            f"Got several columns named {twice}, but expected each name once. Rename "
            "them, or choose columns with features=[...] from a table without them."
        )
    try:
        return nw.from_native(frame, eager_only=True)
    except TypeError:
        raise ValueError(
            f"Got a table of type {type(frame).__name__}, but expected one of pandas, "
            "polars, pyarrow or the like."
        ) from None


def _features(table: Any, features: list[str]) -> tuple[np.ndarray, list[str]]:
    """Put the feature columns side by side; cells that are vectors take several."""
    columns, names, text = [], [], []
    for name in features:
        numbers = _numbers(table[name])
        if numbers is None:
            text.append(name)
        elif numbers.ndim == 1:
            columns.append(numbers[:, None])
            names.append(name)
        else:
            columns.append(numbers)
            names += [f"{name}_{i}" for i in range(numbers.shape[1])]
    if text:
        raise ValueError(
            f"The feature column(s) {text} do not hold numbers. Drop them from the "
            "table, or name the columns wanted with features=[...]."
        )
    if not columns:
        raise ValueError(
            "The table has no feature columns beside those of song, label, start and "
            "end."
        )
    return np.concatenate(columns, axis=1), names


def _numbers(column: Any) -> np.ndarray | None:
    """Numbers of a column, (n_rows,) or (n_rows, n); None if it holds none."""
    import narwhals as nw

    dtype = column.dtype
    if dtype.is_numeric():
        # What is missing in a nullable column becomes NaN.
        if column.null_count():
            column = column.cast(nw.Float64)
        return np.asarray(column.to_numpy())
    if dtype == nw.Boolean:
        missing = column.is_null().to_numpy()
        flags = column.fill_null(False).to_numpy().astype(float)
        flags[missing] = np.nan
        return flags
    cells = column.to_list()
    if all(cell is None or isinstance(cell, bool | int | float) for cell in cells):
        # Mixed with None, pandas calls them objects.
        return np.array([np.nan if cell is None else cell for cell in cells], float)
    if cells and all(isinstance(cell, str) and cell[:1] == "[" for cell in cells):
        # As pandas writes arrays to csv.
        cells = [np.array(cell.strip("[]").replace(",", " ").split()) for cell in cells]
    try:
        stacked = np.array([np.asarray(cell, dtype=float) for cell in cells])
    except (TypeError, ValueError):
        return None
    return stacked if stacked.ndim == 2 or not cells else None


def _one_length(starts: np.ndarray | None, ends: np.ndarray | None) -> float | None:
    """Length of the windows, None if they differ or it is not known."""
    if starts is None or ends is None:
        return None
    lengths = ends - starts
    if len(lengths) and np.allclose(lengths, lengths[0], rtol=0, atol=_SAME_LENGTH):
        return float(np.median(lengths))
    return None


def windows_table(
    *,
    songs: np.ndarray,
    starts: np.ndarray,
    ends: np.ndarray,
    values: np.ndarray | None,
    feature_names: np.ndarray | None,
    caller: str,
) -> "pd.DataFrame":
    """Make a table with a row per window: song, start, end, features.

    Parameters
    ----------
    songs : array of shape (n_windows,)
        The name of each window's song.
    starts, ends : array of shape (n_windows,)
        Seconds.
    values : array of shape (n_windows, *window_shape) or None
        The windows, flattened to columns; None for none.
    feature_names : array of str of shape (n_features,) or None
        Names of the columns; feature_0, feature_1, ... if None.
    caller : str
        What needs pandas.

    Returns
    -------
    pandas.DataFrame
        The table.
    """
    pandas = require("pandas", "plot", caller)
    table = pandas.DataFrame({"song": songs, "start": starts, "end": ends})
    if values is None:
        return table
    flat = values.reshape(len(values), math.prod(values.shape[1:]))
    names = [f"feature_{i}" for i in range(flat.shape[1])]
    if feature_names is not None:
        names = list(feature_names)
    features = pandas.DataFrame(flat, columns=names)
    return pandas.concat([table, features], axis=1)
