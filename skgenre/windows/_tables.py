"""Tables of windows, as people keep them in pandas: read and made."""

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

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
    starts: Any | None  # (n_windows,), seconds
    window_seconds: float | None
    feature_names: list[str]


def columns_of(
    frame: "pd.DataFrame",
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
    frame : pandas.DataFrame
        One row a window.
    song, label, start, end, features
        As in `SongWindows.from_frame`.

    Returns
    -------
    WindowColumns
        Columns, rows as in the table.
    """
    named = [name for name in (song, label, start, end) if isinstance(name, str)]
    for column in [*named, *(features or [])]:
        if column not in frame.columns:
            raise ValueError(
                f"The table has no column {column!r}. "
                f"Got the columns {list(frame.columns)}."
            )
    if features is None:
        features = [c for c in frame.columns if c not in named]
    text = [c for c in features if frame[c].dtype.kind not in "biuf"]
    if text:
        raise ValueError(
            f"The feature column(s) {text} do not hold numbers. Drop them from the "
            "table, or name the columns wanted with features=[...]."
        )
    starts, ends = (
        None if column is None else as_seconds(frame[column], name=repr(column))
        for column in (start, end)
    )
    return WindowColumns(
        values=frame[features].to_numpy(),
        songs=frame[song] if isinstance(song, str) else song,
        labels=None if label is None else frame[label],
        starts=starts,
        window_seconds=_one_length(starts, ends),
        feature_names=features,
    )


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
    window_seconds: float | None,
    values: np.ndarray | None,
    feature_names: np.ndarray | None,
    caller: str,
) -> "pd.DataFrame":
    """Make a table with a row per window: song, start, end, features.

    Parameters
    ----------
    songs : array of shape (n_windows,)
        The name of each window's song.
    starts : array of shape (n_windows,)
        Seconds.
    window_seconds : float or None
        Length of every window.
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
    seconds = np.nan if window_seconds is None else window_seconds
    table = pandas.DataFrame({"song": songs, "start": starts, "end": starts + seconds})
    if values is None:
        return table
    flat = values.reshape(len(values), math.prod(values.shape[1:]))
    names = [f"feature_{i}" for i in range(flat.shape[1])]
    if feature_names is not None:
        names = list(feature_names)
    features = pandas.DataFrame(flat, columns=names)
    return pandas.concat([table, features], axis=1)
