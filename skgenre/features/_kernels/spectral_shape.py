"""Array kernels of spectral shape: one number, or a few, per STFT frame."""

import itertools

import numpy as np

CONTRAST_FMIN = 200.0
CONTRAST_TOP_DB = 80.0
ROLL_PERCENT = 0.85
_AMIN = np.float32(1e-10)
_CONTRAST_QUANTILE = 0.02
_SILENT_SAMPLE = 1e-10


def _shares(magnitude: np.ndarray) -> np.ndarray:
    """Magnitudes of each frame scaled to add up to 1; zeros where it is silent."""
    total = magnitude.sum(axis=1, keepdims=True)
    total[total < np.finfo(magnitude.dtype).tiny] = 1
    return magnitude / total


def centroid_and_bandwidth(
    magnitude: np.ndarray, hz: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of frequency, weighted by magnitude.

    Equal to ``librosa.feature.spectral_centroid`` and ``spectral_bandwidth``.

    Parameters
    ----------
    magnitude : float32 array of shape (n_frames, n_bins)
        Magnitudes.
    hz : float32 array of shape (n_bins,)
        Frequency of each bin.

    Returns
    -------
    centroid, bandwidth : float array of shape (n_frames,)
        Hertz; zero where the frame is silent.
    """
    shares = _shares(magnitude)
    centroid = shares @ hz  # (n_frames,)
    deviation = hz - centroid[:, None]
    np.square(deviation, out=deviation)
    deviation *= shares
    return centroid, np.sqrt(deviation.sum(axis=1))


def rolloff(magnitude: np.ndarray, hz: np.ndarray) -> np.ndarray:
    """Frequency under which 85 percent of the magnitude lies.

    Equal to ``librosa.feature.spectral_rolloff``.

    Parameters
    ----------
    magnitude : float32 array of shape (n_frames, n_bins)
        Magnitudes.
    hz : float32 array of shape (n_bins,)
        Frequency of each bin.

    Returns
    -------
    float array of shape (n_frames,)
        Hertz; zero where the frame is silent.
    """
    total = np.cumsum(magnitude, axis=1)
    threshold = np.float32(ROLL_PERCENT) * total[:, -1:]
    return hz[(total >= threshold).argmax(axis=1)]


def flatness(power: np.ndarray) -> np.ndarray:
    """Geometric over arithmetic mean of the power spectrum: 1 for white noise.

    Equal to ``librosa.feature.spectral_flatness``.

    Parameters
    ----------
    power : float32 array of shape (n_frames, n_bins)
        Squared magnitudes.

    Returns
    -------
    float array of shape (n_frames,)
        From 0 to 1; 1 where the frame is silent.
    """
    power = np.maximum(power, _AMIN)
    return np.exp(np.log(power).mean(axis=1)) / power.mean(axis=1)


def contrast_bands(hz: np.ndarray, n_bands: int) -> list[tuple[int, int, int]]:
    """Bins of each octave band of `contrast`, and how many of them are outermost.

    Parameters
    ----------
    hz : array of shape (n_bins,)
        Frequency of each bin.
    n_bands : int
        Number of octaves above 200 Hz.

    Returns
    -------
    list of (first, stop, n_outer)
        Of each of the n_bands + 1 bands, lowest first.
    """
    edges = np.concatenate([[0.0], CONTRAST_FMIN * 2.0 ** np.arange(n_bands + 1)])
    bands = []
    for band, (low, high) in enumerate(itertools.pairwise(edges)):
        inside = np.flatnonzero((hz >= low) & (hz <= high))
        # Bands overlap by one bin below; the last one takes all that is above.
        first = int(inside[0]) - (band > 0)
        last = len(hz) if band == n_bands else int(inside[-1]) + 1
        n_outer = max(int(np.rint(_CONTRAST_QUANTILE * (last - first))), 1)
        bands.append((first, last - (band < n_bands), n_outer))
    return bands


def contrast(magnitude: np.ndarray, hz: np.ndarray, n_bands: int) -> np.ndarray:
    """Decibels between the peaks and the valleys of octave bands.

    Equal to ``librosa.feature.spectral_contrast(n_bands=n_bands)``: bands end at
    200 Hz and each octave above, peaks and valleys are the outer 2 percent of a
    band's magnitudes.

    Parameters
    ----------
    magnitude : float32 array of shape (n_frames, n_bins)
        Magnitudes.
    hz : array of shape (n_bins,)
        Frequency of each bin.
    n_bands : int
        Number of octaves above 200 Hz.

    Returns
    -------
    float array of shape (n_frames, n_bands + 1)
        Decibels, lowest band first; zeros where the frame is silent.

    References
    ----------
    .. [1] D.-N. Jiang et al., "Music type classification by spectral contrast
       feature", ICME 2002.
    """
    extremes = np.empty((2, len(magnitude), n_bands + 1), np.float32)
    for band, (first, stop, n_outer) in enumerate(contrast_bands(hz, n_bands)):
        bins = magnitude[:, first:stop]
        # Partition, not sort: only which values are outermost matters.
        split = np.partition(bins, (n_outer - 1, bins.shape[1] - n_outer), axis=1)
        extremes[0, :, band] = split[:, :n_outer].mean(axis=1)
        extremes[1, :, band] = split[:, -n_outer:].mean(axis=1)
    decibels = 10 * np.log10(np.maximum(extremes, _AMIN))  # (2, n_frames, n_bands + 1)
    # Valleys and peaks each are clipped under their own loudest, as librosa does.
    floor = decibels.max(axis=(1, 2), keepdims=True) - CONTRAST_TOP_DB
    np.maximum(decibels, floor, out=decibels)
    return decibels[1] - decibels[0]


def rms(frames: np.ndarray) -> np.ndarray:
    """Root of the mean square of each frame's samples, ``librosa.feature.rms``.

    Parameters
    ----------
    frames : float32 array of shape (n_frames, n_fft)
        Samples, zeros beyond the window's ends; may be a strided view.

    Returns
    -------
    float array of shape (n_frames,)
        In the unit of the samples.
    """
    return np.sqrt(np.einsum("ij,ij->i", frames, frames) / frames.shape[1])


def zero_crossing_rate(window: np.ndarray, n_fft: int, hop_length: int) -> np.ndarray:
    """Share of neighbouring samples of a frame between which the sign changes.

    Equal to ``librosa.feature.zero_crossing_rate``: the window is continued by its
    first and last sample, and samples under 1e-10 count as positive.

    Parameters
    ----------
    window : float array of shape (n_samples,)
        Samples.
    n_fft, hop_length : int
        Length of frames and the distance between them, in samples.

    Returns
    -------
    float array of shape (n_frames,)
        From 0 to 1.
    """
    padded = np.pad(window < -_SILENT_SAMPLE, n_fft // 2, mode="edge")
    # crossings[i]: how many lie before sample i + 1.
    crossings = np.zeros(len(padded), np.intp)
    np.cumsum(padded[1:] != padded[:-1], out=crossings[1:])
    ends = crossings[n_fft - 1 :: hop_length]
    return (ends - crossings[: len(crossings) - n_fft + 1 : hop_length]) / n_fft
