"""What the folds say, put back in the order of the songs, with their names."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from skgenre.audio._song import is_file
from skgenre.windows._song_windows import SongWindows


def gather(
    parts: Sequence[np.ndarray], tests: list[np.ndarray], y: np.ndarray
) -> np.ndarray:
    """Put songs of the folds back in their order; -1 or NaN where no fold tests one.

    Parameters
    ----------
    parts : sequence of array of shape (n_test, ...)
        What each fold says of the songs that it tests.
    tests : list of int array of shape (n_test,)
        Their positions.
    y : array of shape (n_songs,)
        The label of each song of all.

    Returns
    -------
    array of shape (n_songs, ...)
        In the dtype of the parts.
    """
    first = parts[0]
    # Folds are numbered from 0, and probabilities are never NaN.
    empty = -1 if first.dtype.kind == "i" else np.nan
    gathered = np.full((len(y), *first.shape[1:]), empty, dtype=first.dtype)
    gathered[np.concatenate(tests)] = np.concatenate(parts)
    return gathered


def song_names(X: Any) -> np.ndarray | None:
    """Take the names of the songs, where X tells any.

    Parameters
    ----------
    X : SongWindows, sequence of paths or what else holds songs
        One row a song.

    Returns
    -------
    array of shape (n_songs,) or None
        Names.
    """
    if isinstance(X, SongWindows):
        return X.song_ids
    if isinstance(X, list | tuple | np.ndarray) and all(map(is_file, X)):
        return np.array([str(song) for song in X])
    # Waveforms have no names, positions will do.
    return None
