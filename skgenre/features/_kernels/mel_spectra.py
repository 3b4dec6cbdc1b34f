"""Array kernels: mel spectra and MFCC of windows, from samples to decibels.

Every window stands alone: its STFT is padded at its own ends and its decibels are
clipped under its own peak, so a window's features never depend on its neighbours.
Equal to librosa's functions called on each window, and tests hold them to that::

    windows ─ spectra ─► power ─ mel_bands ─► mel power ─ to_decibels ─► log mel
                                                            ─ cepstrum ─► MFCC

`mel_features` does it all in one compiled pass. The functions of the picture do the
same in numpy: they are for reading, for checking the compiled pass, and for where numba
is not to be had.
"""

import math
from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from skgenre._jobs import one_blas_thread
from skgenre.features._kernels.mel_settings import MelSettings
from skgenre.features._kernels.tables import dct_matrix, hann, mel_filterbank

_AMIN = np.float32(1e-10)
_DB_PER_LOG = np.float32(10 / math.log(10))
_NEIGHBOURS = 16  # mel bands that are summed together


@lru_cache(maxsize=16)
def _blocks_of_bands(
    sample_rate: float, n_fft: int, n_mels: int, fmin: float, fmax: float
) -> tuple[tuple[slice, slice, np.ndarray], ...]:
    """Filters in blocks of neighbours with only the FFT bins where they are not 0."""
    filters = mel_filterbank(sample_rate, n_fft, n_mels, fmin, fmax)
    blocks = []
    for first in range(0, len(filters), _NEIGHBOURS):
        block = filters[first : first + _NEIGHBOURS]
        used = np.flatnonzero(block.any(axis=0))
        # None is used where filters are narrower than the distance of bins.
        if len(used):
            bins = slice(int(used[0]), int(used[-1]) + 1)
            bands = slice(first, first + len(block))
            blocks.append((bands, bins, np.ascontiguousarray(block[:, bins].T)))
    return tuple(blocks)


def spectra(
    windows: np.ndarray, settings: MelSettings
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """STFT frames and power spectra, one window after the other.

    Parameters
    ----------
    windows : float array of shape (n_windows, n_samples)
        Samples; may be a strided view.
    settings : MelSettings
        Of these, `n_fft`, `hop_length`, and `precision`: the type of what is yielded.

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
    n_fft, precision = settings.n_fft, settings.precision
    n_frames = settings.count_frames(n_samples)
    taper = hann(n_fft, precision)
    padded = np.zeros(n_samples + 2 * (n_fft // 2), precision)
    # A view (n_frames, n_fft) of what is put into `padded`.
    frames = np.lib.stride_tricks.sliding_window_view(padded, n_fft)
    frames = frames[:: settings.hop_length]
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
    settings: MelSettings,
    *,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Sum the power spectra of frames into mel bands.

    Parameters
    ----------
    power : float32 or float64 array of shape (n_frames, 1 + n_fft // 2)
        Squared magnitudes.
    sample_rate : float
        Samples per second.
    settings : MelSettings
        Of these, `n_fft`, `n_mels`, `fmin` and `fmax`.
    out : float32 array of shape (n_frames, n_mels), default=None
        Zeros, to be filled.

    Returns
    -------
    float32 array of shape (n_frames, n_mels)
        Power.
    """
    blocks = _blocks_of_bands(
        sample_rate,
        settings.n_fft,
        settings.n_mels,
        settings.fmin,
        settings.highest_hz(sample_rate),
    )
    if out is None:
        out = np.zeros((len(power), settings.n_mels), np.float32)
    for bands, bins, weights in blocks:
        np.matmul(power[:, bins], weights, out=out[:, bands], casting="same_kind")
    return out


def mel_spectrogram(
    windows: np.ndarray, sample_rate: float, settings: MelSettings
) -> np.ndarray:
    """Mel power spectrogram of each window, ``librosa.feature.melspectrogram``.

    Parameters
    ----------
    windows : float array of shape (n_windows, n_samples)
        Samples; may be a strided view.
    sample_rate : float
        Samples per second.
    settings : MelSettings
        All but `top_db` and `n_mfcc`.

    Returns
    -------
    float32 array of shape (n_windows, n_mels, n_frames)
        Power. A transposed view of frames-first memory.
    """
    n_windows, n_samples = windows.shape
    n_frames = settings.count_frames(n_samples)
    mel = np.zeros((n_windows, n_frames, settings.n_mels), np.float32)
    stft = spectra(windows, settings)
    with one_blas_thread():
        for (_, power), mel_window in zip(stft, mel, strict=True):
            mel_bands(power, sample_rate, settings, out=mel_window)
    return mel.transpose(0, 2, 1)  # (n_windows, n_mels, n_frames)


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
    np.maximum(power, _AMIN, out=power)
    # np.log is vectorised for float32, np.log10 is not.
    np.log(power, out=power)
    power *= _DB_PER_LOG
    if top_db is not None and power.size:
        # (n_windows, 1, 1): each window's own
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


def mel_features(
    windows: np.ndarray, sample_rate: float, settings: MelSettings
) -> np.ndarray:
    """Log mel spectrogram, or mel-frequency cepstral coefficients, of each window.

    Equal to ``librosa.power_to_db(librosa.feature.melspectrogram(y=window, ...))``, or
    ``librosa.feature.mfcc(y=window, ...)`` where the settings have an `n_mfcc`.

    Parameters
    ----------
    windows : float array of shape (n_windows, n_samples)
        Samples; may be a strided view.
    sample_rate : float
        Samples per second.
    settings : MelSettings
        What is computed, and how.

    Returns
    -------
    float32 array of shape (n_windows, n_mfcc or n_mels, n_frames)
        Coefficients, or decibels.
    """
    if not has_numba():
        return _features_in_numpy(windows, sample_rate, settings)
    # numba takes half a second to import, which only this needs.
    from skgenre.features._kernels.compiled_fft import has_fft
    from skgenre.features._kernels.compiled_mel import (
        features_of_power,
        features_of_windows,
    )

    if has_fft(settings.n_fft):
        return features_of_windows(windows, sample_rate, settings)
    n_windows, n_samples = windows.shape
    n_frames = settings.count_frames(n_samples)
    out = np.empty((n_windows, settings.n_rows, n_frames), np.float32)
    for (_, power), features in zip(spectra(windows, settings), out, strict=True):
        features_of_power(power, sample_rate, settings, out=features)
    return out


def _features_in_numpy(
    windows: np.ndarray, sample_rate: float, settings: MelSettings
) -> np.ndarray:
    power = mel_spectrogram(windows, sample_rate, settings)
    features = to_decibels(power, settings.top_db)  # (n_windows, n_mels, n_frames)
    if settings.n_mfcc is not None:
        features = cepstrum(features, settings.n_mfcc)
    return np.ascontiguousarray(features)


@lru_cache(maxsize=1)
def has_numba() -> bool:
    """Say whether numba is there, and not told to leave Python uncompiled.

    The amount of work does not count: a window's features must not depend on how many
    windows came with it.

    Returns
    -------
    bool
        The same all the time.
    """
    try:
        import numba
    except ImportError:
        return False
    return not getattr(numba.config, "DISABLE_JIT", False)
