"""Array kernels: mel spectra, MFCC and statistics of windows.

Every window stands alone: its STFT is padded at its own ends and its decibels are
clipped under its own peak, so a window's features never depend on its neighbours.
Equal to librosa's functions called on each window; `tests/test_spectral.py` holds
them to that.

`log_mel` and `mfcc` run in the compiled kernel of `_mel_kernel`. The functions that
they are made of, `mel_spectrogram`, `to_decibels` and `cepstrum`, do the same in numpy:
they are for reading, for checking the kernel, and for where numba is not to be had.
"""

import math
from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from skgenre.features._kernels.tables import dct_matrix, hann, mel_filterbank

AMIN = np.float32(1e-10)
DB_PER_LOG = np.float32(10 / math.log(10))


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


def count_frames(n_samples: int, n_fft: int, hop_length: int) -> int:
    """Count the STFT frames of a window whose ends are padded by half a frame.

    Parameters
    ----------
    n_samples : int
        Length of the window.
    n_fft, hop_length : int
        Length of STFT frames and the distance between them, in samples.

    Returns
    -------
    int
        Number of frames.
    """
    return 1 + (n_samples + 2 * (n_fft // 2) - n_fft) // hop_length


def spectra(
    windows: np.ndarray, n_fft: int, hop_length: int, precision: str = "float32"
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """STFT frames and power spectra, one window after the other.

    Parameters
    ----------
    windows : float array of shape (n_windows, n_samples)
        Samples; may be a strided view.
    n_fft, hop_length : int
        Length of STFT frames and the distance between them, in samples.
    precision : {"float32", "float64"}, default="float32"
        Type of all that is calculated.

    Yields
    ------
    frames : array of shape (n_frames, n_fft)
        Samples of each frame, zeros beyond the window's ends. A view that the
        next window overwrites.
    power : array of shape (n_frames, 1 + n_fft // 2)
        Squared magnitudes of the tapered frames. The next window overwrites it too.
    """
    import scipy.fft

    n_samples = windows.shape[1]
    n_frames = count_frames(n_samples, n_fft, hop_length)
    taper = hann(n_fft, precision)
    padded = np.zeros(n_samples + 2 * (n_fft // 2), precision)
    frames = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::hop_length]
    tapered = np.empty((n_frames, n_fft), precision)
    power = np.empty((n_frames, 1 + n_fft // 2), precision)
    # One window at a time keeps every array of the chain in the processor's cache.
    for window in windows:
        padded[n_fft // 2 : n_fft // 2 + n_samples] = window
        np.multiply(frames, taper, out=tapered)
        spectrum = scipy.fft.rfft(tapered, axis=1)
        parts = spectrum.view(precision)  # (n_frames, 2 * n_bins)
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
    power : float32 or float64 array of shape (n_frames, 1 + n_fft // 2)
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
        np.matmul(power[:, bins], weights, out=out[:, rows], casting="same_kind")
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
    precision: str = "float32",
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
    precision : {"float32", "float64"}, default="float32"
        Of the FFT and of the sums of power.

    Returns
    -------
    float32 array of shape (n_windows, n_mels, n_frames)
        Power. A transposed view of frames-first memory.
    """
    n_windows, n_samples = windows.shape
    n_frames = count_frames(n_samples, n_fft, hop_length)
    mel = np.zeros((n_windows, n_frames, n_mels), np.float32)
    for (_, power), mel_window in zip(
        spectra(windows, n_fft, hop_length, precision), mel, strict=True
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
    # In float32 the sum of all bands, -500 or so, would be off by 5e-4.
    basis = dct_matrix(n_mfcc, decibels.shape[1])
    return np.matmul(basis, decibels, dtype=float).astype(np.float32)


def log_mel(
    windows: np.ndarray,
    sample_rate: float,
    *,
    n_fft: int,
    hop_length: int,
    n_mels: int,
    fmin: float,
    fmax: float | None,
    top_db: float | None,
    precision: str = "float32",
) -> np.ndarray:
    """Log mel spectrogram of each window.

    Equal to ``librosa.power_to_db(librosa.feature.melspectrogram(y=window, ...))``.

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
    top_db : float or None
        Range kept under each window's peak; everything if None.
    precision : {"float32", "float64"}, default="float32"
        Of the FFT and of the sums of power.

    Returns
    -------
    float32 array of shape (n_windows, n_mels, n_frames)
        Decibels.
    """
    return _mel_features(
        windows,
        sample_rate,
        n_fft=n_fft,
        hop_length=hop_length,
        n_mels=n_mels,
        fmin=fmin,
        fmax=fmax,
        top_db=top_db,
        n_mfcc=None,
        precision=precision,
    )


def mfcc(
    windows: np.ndarray,
    sample_rate: float,
    *,
    n_fft: int,
    hop_length: int,
    n_mels: int,
    fmin: float,
    fmax: float | None,
    top_db: float | None,
    n_mfcc: int,
    precision: str = "float32",
) -> np.ndarray:
    """Mel-frequency cepstral coefficients of each window, ``librosa.feature.mfcc``.

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
    top_db : float or None
        Range kept under each window's peak; everything if None.
    n_mfcc : int
        Number of coefficients, at most `n_mels`.
    precision : {"float32", "float64"}, default="float32"
        Of the FFT and of the sums of power.

    Returns
    -------
    float32 array of shape (n_windows, n_mfcc, n_frames)
        Coefficients.
    """
    return _mel_features(
        windows,
        sample_rate,
        n_fft=n_fft,
        hop_length=hop_length,
        n_mels=n_mels,
        fmin=fmin,
        fmax=fmax,
        top_db=top_db,
        n_mfcc=n_mfcc,
        precision=precision,
    )


def _mel_features(
    windows, sample_rate, *, n_fft, hop_length, top_db, n_mfcc, precision, **mel
):
    if not _has_numba():
        mel = {**mel, "n_fft": n_fft, "hop_length": hop_length, "precision": precision}
        decibels = to_decibels(mel_spectrogram(windows, sample_rate, **mel), top_db)
        features = decibels if n_mfcc is None else cepstrum(decibels, n_mfcc)
        return np.ascontiguousarray(features)
    from skgenre.features._kernels.compiled_fft import has_fft
    from skgenre.features._kernels.compiled_mel import (
        features_of_power,
        features_of_windows,
    )

    settings = {
        **mel,
        "n_fft": n_fft,
        "top_db": top_db,
        "n_mfcc": n_mfcc,
        "precision": precision,
    }
    if has_fft(n_fft):
        return features_of_windows(
            windows, sample_rate, hop_length=hop_length, **settings
        )
    n_windows, n_samples = windows.shape
    n_frames = count_frames(n_samples, n_fft, hop_length)
    n_rows = mel["n_mels"] if n_mfcc is None else n_mfcc
    out = np.empty((n_windows, n_rows, n_frames), np.float32)
    for (_, power), row in zip(
        spectra(windows, n_fft, hop_length, precision), out, strict=True
    ):
        features_of_power(power, sample_rate, out=row, **settings)
    return out


@lru_cache(maxsize=1)
def _has_numba() -> bool:
    """Say whether numba is there, and not told to leave Python uncompiled.

    The amount of work does not count: a window's features must not depend on how many
    windows came with it.
    """
    try:
        import numba
    except ImportError:
        return False
    return not getattr(numba.config, "DISABLE_JIT", False)
