"""Windows to mean 0 and deviation 1: learned in chunks, applied to each batch."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

_CHUNK_VALUES = 4_000_000  # float64 values at a time: 32 MB


@dataclass
class WindowScaler:
    """Mean and deviation of each band, over windows and time.

    Windows of shape (n_bands, n_frames) or (n_bands, n_frames, n_channels) have one
    mean per band and channel, vectors one per feature.
    """

    mean: np.ndarray  # broadcasts with a window
    scale: np.ndarray

    def __call__(self, windows: np.ndarray) -> np.ndarray:
        """Standardise a batch.

        Parameters
        ----------
        windows : array of shape (n, *window_shape)
            Windows.

        Returns
        -------
        float32 array of shape (n, *window_shape)
            New; mean 0 and deviation 1 where the scaler was learned.
        """
        # In float64, as a mean may be far larger than the deviation.
        return ((windows - self.mean) / self.scale).astype(np.float32)

    @classmethod
    def learn(cls, values: Any, rows: np.ndarray, *, standardize: bool = True) -> Self:
        """Learn from some rows of windows, a chunk at a time.

        Parameters
        ----------
        values : array of shape (n_windows, *window_shape)
            Windows, all finite; may be a memory map, which is never loaded whole.
        rows : int array of shape (n_rows,)
            Rows to learn from, in increasing order.
        standardize : bool, default=True
            Mean 0 and deviation 1 are used if False.

        Returns
        -------
        WindowScaler
            Learned. A constant band has scale 1.
        """
        shape = tuple(values.shape[1:])
        # Bands and channels are kept: (1, n_bands, 1, n_channels), or (1, n_features).
        kept = (1, *(size if i in (0, 2) else 1 for i, size in enumerate(shape)))
        axes = tuple(i for i, size in enumerate((0, *shape)) if i not in (1, 3))
        length = max(1, _CHUNK_VALUES // max(1, int(np.prod(shape))))
        # A memory map is never read whole.
        chunks = [rows[i : i + length] for i in range(0, len(rows), length)]
        mean, spread, seen = np.zeros(kept), np.zeros(kept), 0.0
        for chunk in chunks:
            part = np.asarray(values[chunk], dtype=float)
            n = part.size / mean.size
            part_mean = part.mean(axis=axes, keepdims=True)
            part -= part_mean
            # Merged as by Chan, Golub and LeVeque: exact where means are large.
            delta = part_mean - mean
            spread += np.square(part).sum(axis=axes, keepdims=True)
            spread += delta**2 * (seen * n / (seen + n))
            mean += delta * (n / (seen + n))
            seen += n
        scale = np.sqrt(spread / seen)
        if not standardize:
            mean, scale = np.zeros(kept), np.ones(kept)
        # A constant's deviation may be some rounding error.
        tiny = 10 * np.finfo(float).eps * np.maximum(np.abs(mean), 1e-30)
        scale[scale <= tiny] = 1.0
        return cls(mean[0], scale[0])  # of the shape of one window, with ones
