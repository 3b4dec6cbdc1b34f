"""Constant tables of mel spectra: tapers, mel filters, cosines."""

import math
from functools import lru_cache

import numpy as np

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


def mel_edges(n_mels: int, fmin: float, fmax: float) -> np.ndarray:
    """Frequencies where the triangular filters start, peak and end.

    Parameters
    ----------
    n_mels : int
        Number of filters.
    fmin, fmax : float
        Lowest and highest frequency in hertz.

    Returns
    -------
    float array of shape (n_mels + 2,)
        Hertz; filter i starts at i, peaks at i + 1 and ends at i + 2.
    """
    low, high = hz_to_mel(np.array([fmin, fmax]))
    return mel_to_hz(np.linspace(low, high, n_mels + 2))


def fft_frequencies(sample_rate: float, n_fft: int) -> np.ndarray:
    """Frequency of each bin of a real Fourier transform.

    Parameters
    ----------
    sample_rate : float
        Samples per second.
    n_fft : int
        FFT length in samples.

    Returns
    -------
    float array of shape (1 + n_fft // 2,)
        Hertz.
    """
    return np.arange(1 + n_fft // 2) * sample_rate / n_fft


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
    edges = mel_edges(n_mels, fmin, fmax)
    ramps = edges[:, None] - fft_frequencies(sample_rate, n_fft)
    width = np.diff(edges)  # (n_mels + 1,)
    rising = -ramps[:-2] / width[:-1, None]
    falling = ramps[2:] / width[1:, None]
    filters = np.maximum(0, np.minimum(rising, falling))  # (n_mels, n_bins)
    filters *= (2.0 / (edges[2:] - edges[:-2]))[:, None]
    return read_only(filters.astype(np.float32))


@lru_cache(maxsize=16)
def hann(n_fft: int, dtype: str) -> np.ndarray:
    """Hann's taper, the periodic one, as for spectra (np.hanning is symmetric).

    Parameters
    ----------
    n_fft : int
        Length in samples.
    dtype : str
        Of the result.

    Returns
    -------
    array of shape (n_fft,)
        From 0 to 1. Read-only.
    """
    circle = 2 * np.pi * np.arange(n_fft) / n_fft
    return read_only((0.5 - 0.5 * np.cos(circle)).astype(dtype))


@lru_cache(maxsize=16)
def dct_matrix(n_mfcc: int, n_mels: int) -> np.ndarray:
    """First rows of the orthonormal cosine transform of type 2.

    Parameters
    ----------
    n_mfcc : int
        Number of rows.
    n_mels : int
        Length of the transform.

    Returns
    -------
    float32 array of shape (n_mfcc, n_mels)
        One cosine a row. Read-only.
    """
    k, n = np.arange(n_mfcc)[:, None], np.arange(n_mels)
    basis = np.cos(np.pi * k * (2 * n + 1) / (2 * n_mels)) * np.sqrt(2 / n_mels)
    basis[0] /= np.sqrt(2)
    return read_only(basis.astype(np.float32))


def read_only(table: np.ndarray) -> np.ndarray:
    """Forbid writing: everybody gets the same array from the cache.

    Parameters
    ----------
    table : array
        Changed in place.

    Returns
    -------
    array
        The same.
    """
    table.flags.writeable = False
    return table
