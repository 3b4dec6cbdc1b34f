"""Array kernels of rhythm: onsets, how regularly they come, and what pulsates."""

from functools import lru_cache

import numpy as np

MAX_BPM = 320.0
MODULATION_BANDS = 32
_START_BPM = 120.0
_STD_OCTAVES = 1.0
_MEMORY_SECONDS = 8.0
_MODULATION_EDGES_HZ = (0.5, 1, 2, 4, 8, 12, 18, 27, 40, 60, 90, 135, 200)
_MODULATION_FLOOR = 1e-2


def onset_strength(decibels: np.ndarray, lag_frames: int) -> np.ndarray:
    """Mean rise of the mel bands from frame to frame.

    Equal to ``librosa.onset.onset_strength(S=decibels.T, ...)``.

    Parameters
    ----------
    decibels : float32 array of shape (n_frames, n_mels)
        Log mel spectrogram.
    lag_frames : int
        Zeros to put before, for a frame is centred on its time and sees an onset
        half a frame early: ``n_fft // (2 * hop_length)``.

    Returns
    -------
    float32 array of shape (n_frames,)
        Decibels per frame, zero in the first frames.
    """
    n_frames = len(decibels)
    rise = np.diff(decibels, axis=0)
    envelope = np.zeros(n_frames, decibels.dtype)
    shift = 1 + lag_frames
    if shift < n_frames:
        envelope[shift:] = np.maximum(rise, 0).mean(axis=1)[: n_frames - shift]
    return envelope


@lru_cache(maxsize=16)
def _tempi(frame_rate: float) -> tuple[np.ndarray, np.ndarray]:
    """Beats per minute of each lag, and their log-normal prior."""
    n_lags = memory_frames(frame_rate)
    with np.errstate(divide="ignore"):
        bpm = 60.0 * frame_rate / np.arange(n_lags)
    prior = -0.5 * ((np.log2(bpm) - np.log2(_START_BPM)) / _STD_OCTAVES) ** 2
    prior[bpm >= MAX_BPM] = -np.inf
    return bpm, prior


def memory_frames(frame_rate: float) -> int:
    """Count the frames over which onsets are compared, eight seconds.

    Parameters
    ----------
    frame_rate : float
        STFT frames per second.

    Returns
    -------
    int
        Number of frames.
    """
    return int(_MEMORY_SECONDS * frame_rate)


def tempo(envelope: np.ndarray, frame_rate: float) -> tuple[float, float]:
    """Tempo of a window and how clear it is.

    The tempo equals ``librosa.feature.tempo(onset_envelope=envelope, ...)``: the
    lag at which the onsets' autocorrelation, weighted towards 120 beats per minute,
    is largest.

    Parameters
    ----------
    envelope : float array of shape (n_frames,)
        Onset strength.
    frame_rate : float
        STFT frames per second.

    Returns
    -------
    bpm : float
        Beats per minute, under 320.
    clarity : float
        Autocorrelation at that lag over that at lag 0; 0 for a window without
        onsets, 1 for perfect repetition.

    References
    ----------
    .. [1] P. Grosche, M. Mueller and F. Kurth, "Cyclic tempogram: a mid-level tempo
       representation for music signals", ICASSP 2010.
    """
    import scipy.fft

    n_frames, n_lags = len(envelope), memory_frames(frame_rate)
    half = n_lags // 2
    # Ramps down to zero on both sides, as librosa's tempogram pads.
    padded = np.pad(envelope.astype(float), half, mode="linear_ramp", end_values=(0, 0))
    pieces = np.lib.stride_tricks.sliding_window_view(padded, n_lags)[:n_frames]
    # pieces: (n_frames, n_lags), the onsets around each frame
    taper = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_lags) / n_lags)
    size = scipy.fft.next_fast_len(2 * n_lags - 1, real=True)
    spectrum = scipy.fft.rfft(pieces * taper, n=size, axis=1)
    power = spectrum.real**2 + spectrum.imag**2
    lags = scipy.fft.irfft(power, n=size, axis=1)[:, :n_lags]  # (n_frames, n_lags)
    peak = np.abs(lags).max(axis=1, keepdims=True)
    peak[peak < np.finfo(float).tiny] = 1
    mean = (lags / peak).mean(axis=0)  # (n_lags,)
    bpm, prior = _tempi(frame_rate)
    # Rounding may leave autocorrelations of noise a hair under -1e-6.
    best = int(np.argmax(np.log1p(1e6 * np.maximum(mean, 0)) + prior))
    return float(bpm[best]), float(mean[best])


def modulation_edges(frame_rate: float) -> tuple[float, ...]:
    """Edges of the modulation bands that a frame rate can show.

    Parameters
    ----------
    frame_rate : float
        STFT frames per second.

    Returns
    -------
    tuple of float
        Hertz, ascending, none above half the frame rate.
    """
    return tuple(hz for hz in _MODULATION_EDGES_HZ if hz <= frame_rate / 2)


def modulation(decibels: np.ndarray, frame_rate: float) -> np.ndarray:
    """Power of the level's fluctuation, by mel band and speed of fluctuation.

    The level of a band over time, less its mean, under a Hann window; its power
    spectrum per frame, averaged over bands of 0.5 to 200 Hz, in decibels. Rain,
    engines, ticking and speech fluctuate at different speeds.

    Parameters
    ----------
    decibels : float32 array of shape (n_frames, n_mels)
        Log mel spectrogram.
    frame_rate : float
        STFT frames per second.

    Returns
    -------
    float array of shape (n_bands * n_speeds,)
        Decibels, all speeds of the lowest band first. Neighbouring mel bands are
        averaged to at most 32.

    References
    ----------
    .. [1] J. McDermott and E. Simoncelli, "Sound texture perception via statistics of
       the auditory periphery", Neuron 71(5), 2011.
    """
    import scipy.fft

    n_frames, n_mels = decibels.shape
    starts = np.linspace(0, n_mels, min(n_mels, MODULATION_BANDS) + 1).astype(int)[:-1]
    widths = np.diff(np.append(starts, n_mels))
    levels = np.add.reduceat(decibels, starts, axis=1) / widths  # (n_frames, n_bands)
    levels = (levels - levels.mean(axis=0)) * np.hanning(n_frames)[:, None]
    edges = modulation_edges(frame_rate)
    # Long enough for a bin of the spectrum in the narrowest band.
    size = scipy.fft.next_fast_len(max(n_frames, int(2 * frame_rate / edges[0])))
    spectrum = scipy.fft.rfft(levels, n=size, axis=0)
    power = (spectrum.real**2 + spectrum.imag**2) / n_frames
    bins = np.searchsorted(np.arange(len(power)) * frame_rate / size, edges)
    means = np.add.reduceat(power[: bins[-1]], bins[:-1], axis=0)
    means /= np.diff(bins)[:, None]  # (n_speeds, n_bands)
    return 10 * np.log10(means + _MODULATION_FLOOR).T.ravel()
