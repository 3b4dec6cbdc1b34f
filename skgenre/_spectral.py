"""Array kernels: mel spectra, MFCC and statistics of windows.

Every window stands alone: its STFT is padded at its own ends and its decibels are
clipped under its own peak, so a window's features never depend on its neighbours.
Equal to librosa's functions called on each window; `tests/test_spectral.py` holds
them to that.
"""

import math
from collections.abc import Iterator
from functools import lru_cache

import numpy as np

AMIN = np.float32(1e-10)
DB_PER_LOG = np.float32(10 / math.log(10))
DELTA_WIDTH = 9

_MEL_BREAK_HZ = 1000.0
_MEL_STEP_HZ = 200.0 / 3
_MEL_LOG_STEP = math.log(6.4) / 27.0


def hz_to_mel(hz: np.ndarray) -> np.ndarray:
    """Turn hertz into mel on Slaney's scale, linear below 1 kHz, logarithmic above.

    Parameters
    ----------
    hz : array
        Frequencies.

    Returns
    -------
    array
        Mels, of the same shape.
    """
    hz = np.asarray(hz, dtype=float)
    above = np.log(np.maximum(hz, _MEL_BREAK_HZ) / _MEL_BREAK_HZ) / _MEL_LOG_STEP
    return np.where(
        hz < _MEL_BREAK_HZ, hz / _MEL_STEP_HZ, _MEL_BREAK_HZ / _MEL_STEP_HZ + above
    )


def mel_to_hz(mel: np.ndarray) -> np.ndarray:
    """Turn mel into hertz, the inverse of `hz_to_mel`.

    Parameters
    ----------
    mel : array
        Mels.

    Returns
    -------
    array
        Frequencies, of the same shape.
    """
    mel = np.asarray(mel, dtype=float)
    mel_break = _MEL_BREAK_HZ / _MEL_STEP_HZ
    above = _MEL_BREAK_HZ * np.exp(_MEL_LOG_STEP * np.maximum(mel - mel_break, 0))
    return np.where(mel < mel_break, mel * _MEL_STEP_HZ, above)


@lru_cache(maxsize=16)
def mel_filterbank(
    sample_rate: float, n_fft: int, n_mels: int, fmin: float, fmax: float
) -> np.ndarray:
    """Triangular filters of unit area, equally spaced in mel.

    Parameters
    ----------
    sample_rate : float
        Samples per second.
    n_fft : int
        FFT length in samples.
    n_mels : int
        Number of filters.
    fmin, fmax : float
        Lowest and highest frequency in hertz.

    Returns
    -------
    float32 array of shape (n_mels, 1 + n_fft // 2)
        One filter a row, as ``librosa.filters.mel`` gives. Read-only.
    """
    bins = np.arange(1 + n_fft // 2) * sample_rate / n_fft
    low, high = hz_to_mel(np.array([fmin, fmax]))
    edges = mel_to_hz(np.linspace(low, high, n_mels + 2))
    ramps = edges[:, None] - bins
    width = np.diff(edges)
    rising = -ramps[:-2] / width[:-1, None]
    falling = ramps[2:] / width[1:, None]
    filters = np.maximum(0, np.minimum(rising, falling))
    filters *= (2.0 / (edges[2:] - edges[:-2]))[:, None]
    filters = filters.astype(np.float32)
    filters.flags.writeable = False
    return filters


@lru_cache(maxsize=16)
def _mel_bands(*args) -> tuple:
    """Filters in blocks of neighbours with only the FFT bins where they are not 0."""
    filters = mel_filterbank(*args)
    bands = []
    for first in range(0, len(filters), 16):
        block = filters[first : first + 16]
        used = np.flatnonzero(block.any(axis=0))
        if len(used):
            bins = slice(int(used[0]), int(used[-1]) + 1)
            rows = slice(first, first + len(block))
            bands.append((rows, bins, np.ascontiguousarray(block[:, bins].T)))
    return tuple(bands)


@lru_cache(maxsize=16)
def _hann(n_fft: int) -> np.ndarray:
    # The periodic window, as for spectra; np.hanning is the symmetric one.
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)).astype(np.float32)


@lru_cache(maxsize=16)
def _dct_matrix(n_mfcc: int, n_mels: int) -> np.ndarray:
    """Orthonormal DCT of type 2, its first rows."""
    k, n = np.arange(n_mfcc)[:, None], np.arange(n_mels)
    basis = np.cos(np.pi * k * (2 * n + 1) / (2 * n_mels)) * np.sqrt(2 / n_mels)
    basis[0] /= np.sqrt(2)
    return basis.astype(np.float32)


def count_frames(n_samples: int, hop_length: int) -> int:
    """Count the STFT frames of a window whose ends are padded by half a frame.

    Parameters
    ----------
    n_samples : int
        Length of the window.
    hop_length : int
        Distance between frames in samples.

    Returns
    -------
    int
        Number of frames.
    """
    return 1 + n_samples // hop_length


def spectra(
    windows: np.ndarray, n_fft: int, hop_length: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """STFT frames and power spectra, one window after the other.

    Parameters
    ----------
    windows : float array of shape (n_windows, n_samples)
        Samples; may be a strided view.
    n_fft, hop_length : int
        Length of STFT frames and the distance between them, in samples.

    Yields
    ------
    frames : float32 array of shape (n_frames, n_fft)
        Samples of each frame, zeros beyond the window's ends. A view that the
        next window overwrites.
    power : float32 array of shape (n_frames, 1 + n_fft // 2)
        Squared magnitudes of the tapered frames. The next window overwrites it too.
    """
    import scipy.fft

    n_samples = windows.shape[1]
    n_frames = 1 + (n_samples + 2 * (n_fft // 2) - n_fft) // hop_length
    taper = _hann(n_fft)
    padded = np.zeros(n_samples + 2 * (n_fft // 2), np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::hop_length]
    tapered = np.empty((n_frames, n_fft), np.float32)
    power = np.empty((n_frames, 1 + n_fft // 2), np.float32)
    # One window at a time keeps every array of the chain in the processor's cache.
    for window in windows:
        padded[n_fft // 2 : n_fft // 2 + n_samples] = window
        np.multiply(frames, taper, out=tapered)
        spectrum = scipy.fft.rfft(tapered, axis=1)
        parts = spectrum.view(np.float32)  # (n_frames, 2 * n_bins)
        np.square(parts, out=parts)
        np.add(parts[:, ::2], parts[:, 1::2], out=power)
        del spectrum, parts  # so that the next FFT gets the same, warm memory
        yield frames, power


def mel_bands(
    power: np.ndarray,
    sample_rate: float,
    *,
    n_fft: int,
    n_mels: int,
    fmin: float,
    fmax: float | None,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Sum the power spectra of frames into mel bands.

    Parameters
    ----------
    power : float32 array of shape (n_frames, 1 + n_fft // 2)
        Squared magnitudes.
    sample_rate : float
        Samples per second.
    n_fft : int
        Length of STFT frames in samples.
    n_mels : int
        Number of mel bands.
    fmin, fmax : float
        Lowest and highest frequency in hertz; half the sample rate if None.
    out : float32 array of shape (n_frames, n_mels), default=None
        Zeros, to be filled.

    Returns
    -------
    float32 array of shape (n_frames, n_mels)
        Power.
    """
    bands = _mel_bands(
        sample_rate, n_fft, n_mels, fmin, sample_rate / 2 if fmax is None else fmax
    )
    if out is None:
        out = np.zeros((len(power), n_mels), np.float32)
    for rows, bins, weights in bands:
        np.matmul(power[:, bins], weights, out=out[:, rows])
    return out


def mel_spectrogram(
    windows: np.ndarray,
    sample_rate: float,
    *,
    n_fft: int,
    hop_length: int,
    n_mels: int,
    fmin: float,
    fmax: float | None,
) -> np.ndarray:
    """Mel power spectrogram of each window, ``librosa.feature.melspectrogram``.

    Parameters
    ----------
    windows : float array of shape (n_windows, n_samples)
        Samples; may be a strided view.
    sample_rate : float
        Samples per second.
    n_fft, hop_length : int
        Length of STFT frames and the distance between them, in samples.
    n_mels : int
        Number of mel bands.
    fmin, fmax : float
        Lowest and highest frequency in hertz; half the sample rate if None.

    Returns
    -------
    float32 array of shape (n_windows, n_mels, n_frames)
        Power. A transposed view of frames-first memory.
    """
    n_windows, n_samples = windows.shape
    n_frames = 1 + (n_samples + 2 * (n_fft // 2) - n_fft) // hop_length
    mel = np.zeros((n_windows, n_frames, n_mels), np.float32)
    for (_, power), mel_window in zip(
        spectra(windows, n_fft, hop_length), mel, strict=True
    ):
        mel_bands(
            power,
            sample_rate,
            n_fft=n_fft,
            n_mels=n_mels,
            fmin=fmin,
            fmax=fmax,
            out=mel_window,
        )
    return mel.transpose(0, 2, 1)


def to_decibels(power: np.ndarray, top_db: float | None) -> np.ndarray:
    """Turn power into decibels, clipped `top_db` under each window's own peak.

    Parameters
    ----------
    power : float32 array of shape (n_windows, n_bands, n_frames)
        Power. Overwritten.
    top_db : float or None
        Range kept under the peak; everything if None.

    Returns
    -------
    float32 array of shape (n_windows, n_bands, n_frames)
        Decibels, in the memory of `power`.
    """
    np.maximum(power, AMIN, out=power)
    # np.log is vectorised for float32, np.log10 is not.
    np.log(power, out=power)
    power *= DB_PER_LOG
    if top_db is not None and power.size:
        floor = power.max(axis=(1, 2), keepdims=True) - np.float32(top_db)
        np.maximum(power, floor, out=power)
    return power


def cepstrum(decibels: np.ndarray, n_mfcc: int) -> np.ndarray:
    """First coefficients of the cosine transform over the mel bands.

    Parameters
    ----------
    decibels : float32 array of shape (n_windows, n_mels, n_frames)
        Log mel spectrogram.
    n_mfcc : int
        Number of coefficients.

    Returns
    -------
    float32 array of shape (n_windows, n_mfcc, n_frames)
        Mel-frequency cepstral coefficients.
    """
    return np.matmul(_dct_matrix(n_mfcc, decibels.shape[1]), decibels)


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
