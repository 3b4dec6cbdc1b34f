"""Array kernels of statistics: slopes over frames, and what is left of frames."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from skgenre.features._kernels.checks import SLOPE_FRAMES, check_slopes
from skgenre.features._kernels.tables import read_only


def slope(features: np.ndarray, order: int, *, axis: int) -> np.ndarray:
    """Local slope or curvature over nine frames, ``librosa.feature.delta``.

    Parameters
    ----------
    features : float array
        Features over time, at least nine frames.
    order : int
        1 for the slope, 2 for the curvature.
    axis : int
        The axis of frames.

    Returns
    -------
    float array of the same shape
        Per frame, or per frame squared.
    """
    # Imported late: it costs more than all else here.
    from scipy.signal import savgol_filter

    return savgol_filter(
        features, SLOPE_FRAMES, polyorder=order, deriv=order, axis=axis, mode="interp"
    )


@lru_cache
def slope_weights(order: int) -> np.ndarray:
    """Weights of nine neighbouring frames that add up to their slope or curvature.

    Parameters
    ----------
    order : int
        1 for the slope of the line, 2 for the curvature of the parabola, that fits
        the frames with the least squares.

    Returns
    -------
    float32 array of shape (9,)
        What `slope` has in the middle of windows. Read-only.
    """
    half = SLOPE_FRAMES // 2
    powers = np.vander(np.arange(-half, half + 1.0), order + 1)
    # The factor that the derivative gives the highest power: 1 or 2.
    return read_only((np.linalg.pinv(powers)[0] * order).astype(np.float32))


def append_deltas(features: np.ndarray, order: int) -> np.ndarray:
    """Append the local slopes of each row over time.

    Parameters
    ----------
    features : array of shape (n_windows, n_rows, n_frames)
        At least nine frames, unless `order` is 0.
    order : int
        How many orders: 1 appends slopes, 2 also curvatures.

    Returns
    -------
    array of shape (n_windows, n_rows * (1 + order), n_frames)
        Features, then slopes, then curvatures.
    """
    if order == 0:
        return features
    check_slopes(f"deltas={order}", features.shape[2])
    slopes = [slope(features, i, axis=2) for i in range(1, order + 1)]
    # (n_windows, n_rows * (1 + order), n_frames)
    return np.concatenate([features, *slopes], axis=1).astype(features.dtype)


def _percentile(q: float) -> Callable[[np.ndarray], np.ndarray]:
    def percentile(features: np.ndarray) -> np.ndarray:
        return np.percentile(features, q, axis=2)

    return percentile


def _skew(features: np.ndarray) -> np.ndarray:
    return _standard_moment(features, 3)


def _kurtosis(features: np.ndarray) -> np.ndarray:
    # Of a normal distribution, and of one value, it is 0.
    return _standard_moment(features, 4) - 3 * (features.std(axis=2) > 0)


def _standard_moment(features: np.ndarray, power: int) -> np.ndarray:
    """Mean power of the standardised values; 0 where all values are equal."""
    centred = features - features.mean(axis=2, keepdims=True, dtype=float)
    std = centred.std(axis=2, keepdims=True)
    scaled = np.divide(centred, std, out=np.zeros_like(centred), where=std > 0)
    return (scaled**power).mean(axis=2)  # (n_windows, n_rows)


# (n_windows, n_rows, n_frames) to (n_windows, n_rows), by the name in `summary`.
STATISTICS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "mean": lambda features: features.mean(axis=2),
    "std": lambda features: features.std(axis=2),
    "min": lambda features: features.min(axis=2),
    "max": lambda features: features.max(axis=2),
    "median": lambda features: np.median(features, axis=2),
    "p10": _percentile(10),
    "p25": _percentile(25),
    "p75": _percentile(75),
    "p90": _percentile(90),
    "skew": _skew,
    "kurtosis": _kurtosis,
}


def summarize(features: np.ndarray, statistics: tuple[str, ...]) -> np.ndarray:
    """Statistics of each row over the frames of a window.

    Parameters
    ----------
    features : array of shape (n_windows, n_rows, n_frames)
        Features over time.
    statistics : tuple of str
        Keys of `STATISTICS`.

    Returns
    -------
    float32 array of shape (n_windows, len(statistics) * n_rows)
        All rows' first statistic, then all rows' second, and so on.
    """
    columns = [STATISTICS[name](features) for name in statistics]
    return np.concatenate(columns, axis=1).astype(np.float32)
