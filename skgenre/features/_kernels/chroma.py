"""Array kernels of pitch class: how a window's energy lies over the octave."""

from functools import lru_cache

import numpy as np

N_CHROMA = 12
_A0_HZ = 27.5
_CENTRE_OCTAVE = 5.0
_OCTAVE_WIDTH = 2.0


@lru_cache(maxsize=16)
def chroma_filterbank(sample_rate: float, n_fft: int, tuning: float) -> np.ndarray:
    """Gaussian bumps around each pitch class, in every octave.

    Parameters
    ----------
    sample_rate : float
        Samples per second.
    n_fft : int
        FFT length in samples.
    tuning : float
        Deviation from A = 440 Hz in semitones.

    Returns
    -------
    float32 array of shape (12, 1 + n_fft // 2)
        One filter a row, C first, as ``librosa.filters.chroma`` gives. Read-only.
    """
    hz = np.arange(1, n_fft) * sample_rate / n_fft
    pitch = N_CHROMA * np.log2(hz / (_A0_HZ * 2.0 ** (tuning / N_CHROMA)))
    # The bin at 0 Hz has no pitch: one and a half octaves under the next bin.
    pitch = np.concatenate([[pitch[0] - 1.5 * N_CHROMA], pitch])
    width = np.concatenate([np.maximum(np.diff(pitch), 1.0), [1.0]])
    distance = pitch - np.arange(N_CHROMA)[:, None]  # (12, n_fft)
    half = N_CHROMA / 2
    distance = np.remainder(distance + half + 10 * N_CHROMA, N_CHROMA) - half
    filters = np.exp(-0.5 * (2 * distance / width) ** 2)
    filters /= np.sqrt((filters**2).sum(axis=0))
    octave = pitch / N_CHROMA
    filters *= np.exp(-0.5 * ((octave - _CENTRE_OCTAVE) / _OCTAVE_WIDTH) ** 2)
    # Pitches count from A; the rows shall count from C, three semitones above.
    filters = np.roll(filters, -3, axis=0)[:, : 1 + n_fft // 2]
    filters = np.ascontiguousarray(filters, dtype=np.float32)
    filters.flags.writeable = False
    return filters


def chroma(
    power: np.ndarray, sample_rate: float, *, n_fft: int, tuning: float
) -> np.ndarray:
    """Pitch classes of each frame, the strongest being 1.

    Equal to ``librosa.feature.chroma_stft`` with the same `tuning`.

    Parameters
    ----------
    power : float32 array of shape (n_frames, 1 + n_fft // 2)
        Squared magnitudes.
    sample_rate : float
        Samples per second.
    n_fft : int
        FFT length in samples.
    tuning : float
        Deviation from A = 440 Hz in semitones.

    Returns
    -------
    float32 array of shape (n_frames, 12)
        From 0 to 1, C first; zeros where the frame is silent.
    """
    raw = power @ chroma_filterbank(sample_rate, n_fft, tuning).T  # (n_frames, 12)
    peak = raw.max(axis=1, keepdims=True)
    peak[peak < np.finfo(raw.dtype).tiny] = 1
    return raw / peak
