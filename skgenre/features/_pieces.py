"""Pieces of windows, as long as a network wants them, at the rate that it wants.

::

    a window     ├────────────────────────────┤
    its pieces   ├───────────┤
                       ├───────────┤
                             ├───────────┤
                                  ├───────────┤   the last one ends with the window
"""

from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view
from numpy.typing import NDArray

# What a window is longer than a piece by rounding is not worth a second piece.
_ROUNDING = 1e-3


class Pieces(NamedTuple):
    """Pieces of windows, each different one once.

    Parameters
    ----------
    values : float32 array of shape (n_positions, n_samples)
        A view on the samples: a piece at each position.
    positions : int array of shape (n_pieces,)
        Where the pieces are, each once.
    of_window : int array of shape (n_windows, n_pieces_of_window)
        Which of them make a window.
    """

    values: NDArray[np.float32]
    positions: NDArray[np.intp]
    of_window: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.positions)

    def batch(self, first: int, stop: int) -> NDArray[np.float32]:
        """Copy some of the pieces.

        Parameters
        ----------
        first, stop : int
            From where to where.

        Returns
        -------
        float32 array of shape (stop - first, n_samples)
            Contiguous.
        """
        return np.ascontiguousarray(self.values[self.positions[first:stop]])

    def mean(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Average over the pieces of each window.

        Parameters
        ----------
        rows : float32 array of shape (n_pieces, n_features)
            What was made of each piece.

        Returns
        -------
        float32 array of shape (n_windows, n_features)
            A row for each window.
        """
        if self.of_window.shape[1] == 1:
            return rows[self.of_window[:, 0]]
        return rows[self.of_window].mean(axis=1)


def cut_pieces(windows: NDArray[np.floating], n_samples: int | None) -> Pieces:
    """Cut windows into pieces, which windows that overlap may share.

    Parameters
    ----------
    windows : float array of shape (n_windows, n_window_samples)
        Not changed. Views on one song, as lazy windows are, need no copy, and what
        lies in two of them is one piece.
    n_samples : int or None
        Length of a piece: windows that are shorter are repeated, of those that are
        longer pieces overlap by half, and the last one ends with the window. None for
        windows as they are.

    Returns
    -------
    Pieces
        Each different one once.
    """
    if n_samples is not None and windows.shape[1] < n_samples:
        windows = windows[:, np.arange(n_samples) % windows.shape[1]]
    starts = piece_starts(windows.shape[1], n_samples)
    samples, hop = _side_by_side(windows)
    at = hop * np.arange(len(windows))[:, None] + starts  # (n_windows, n_of_window)
    positions, of_window = np.unique(at, return_inverse=True)
    size = windows.shape[1] if n_samples is None else n_samples
    values = sliding_window_view(samples, size) if len(samples) else windows
    return Pieces(
        values.astype(np.float32, copy=False), positions, of_window.reshape(at.shape)
    )


def piece_starts(n_window_samples: int, n_samples: int | None) -> NDArray[np.intp]:
    """Where the pieces of a window start.

    Parameters
    ----------
    n_window_samples : int
        Length of the window.
    n_samples : int or None
        Length of a piece, None for that of the window.

    Returns
    -------
    int array of shape (n_pieces,)
        Samples, half a piece apart; the last one is where a piece ends with the window.
    """
    if n_samples is None or n_window_samples - n_samples <= _ROUNDING * n_samples:
        return np.zeros(1, np.intp)
    last = n_window_samples - n_samples
    return np.append(np.arange(0, last, max(1, n_samples // 2)), last)


def _side_by_side(windows: NDArray[np.floating]) -> tuple[NDArray[np.float32], int]:
    """Samples in which windows lie, and how far apart they are."""
    step = windows.itemsize
    n_windows, size = windows.shape
    if n_windows == 0:
        return np.zeros(0, np.float32), 0
    apart = size * step if n_windows == 1 else windows.strides[0]
    if windows.strides[1] != step or apart <= 0 or apart % step:
        windows = np.ascontiguousarray(windows)
        apart = size * step
    hop = apart // step
    length = (n_windows - 1) * hop + size
    samples = as_strided(windows, shape=(length,), strides=(step,), writeable=False)
    return samples.astype(np.float32, copy=False), hop


def resampled(
    windows: NDArray[np.floating], rate: float, to_rate: float
) -> NDArray[np.floating]:
    """Bring each window alone to another rate.

    Parameters
    ----------
    windows : float array of shape (n_windows, n_samples)
        At `rate`.
    rate, to_rate : float
        Samples per second.

    Returns
    -------
    float array of shape (n_windows, n_new_samples)
        The windows themselves if the rates are the same.
    """
    if rate == to_rate:
        return windows
    import soxr

    n_new = max(1, round(windows.shape[1] * to_rate / rate))
    new = np.zeros((len(windows), n_new), np.float32)
    for row, window in zip(new, windows, strict=True):
        samples = np.ascontiguousarray(window, np.float32)
        found = soxr.resample(samples, rate, to_rate, quality="HQ")[:n_new]
        row[: len(found)] = found
    return new
