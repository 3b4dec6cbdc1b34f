"""Array kernels of statistics: slopes over frames, and what is left of frames."""

import numpy as np

DELTA_WIDTH = 9


def append_deltas(features: np.ndarray, order: int) -> np.ndarray:
    """Append the local slopes of each row over time, ``librosa.feature.delta``.

    Parameters
    ----------
    features : array of shape (n_windows, n_rows, n_frames)
        At least nine frames.
    order : int
        How many orders: 1 appends slopes, 2 also curvatures.

    Returns
    -------
    array of shape (n_windows, n_rows * (1 + order), n_frames)
        Features, then slopes, then curvatures.
    """
    if order == 0:
        return features
    from scipy.signal import savgol_filter

    if features.shape[2] < DELTA_WIDTH:
        raise ValueError(
            f"deltas={order} needs windows of at least {DELTA_WIDTH} STFT frames. Got "
            f"{features.shape[2]}; take longer windows, a shorter hop_length or "
            "deltas=0."
        )
    slopes = [
        savgol_filter(
            features, DELTA_WIDTH, polyorder=i, deriv=i, delta=1.0, mode="interp"
        )
        for i in range(1, order + 1)
    ]
    return np.concatenate([features, *slopes], axis=1).astype(features.dtype)


def _percentile(q: float):
    def percentile(features: np.ndarray) -> np.ndarray:
        return np.percentile(features, q, axis=2)

    return percentile


def _skew(features: np.ndarray) -> np.ndarray:
    return _standard_moment(features, 3)


def _kurtosis(features: np.ndarray) -> np.ndarray:
    return _standard_moment(features, 4) - 3 * (features.std(axis=2) > 0)


def _standard_moment(features: np.ndarray, power: int) -> np.ndarray:
    """Mean power of the standardised values; 0 where all values are equal."""
    centred = features - features.mean(axis=2, keepdims=True, dtype=float)
    std = centred.std(axis=2, keepdims=True)
    scaled = np.divide(centred, std, out=np.zeros_like(centred), where=std > 0)
    return (scaled**power).mean(axis=2)


STATISTICS = {
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
