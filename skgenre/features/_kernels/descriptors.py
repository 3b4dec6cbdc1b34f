"""Array kernels that put the descriptors of a window together, from one STFT."""

from typing import Any

import numpy as np

from skgenre.features._kernels import chroma as pitches
from skgenre.features._kernels import mel_spectra, rhythm, spectral_shape, statistics

DESCRIPTORS = (
    "mfcc",
    "mfcc_delta",
    "mfcc_delta2",
    "mel",
    "mel_delta",
    "chroma",
    "contrast",
    "centroid",
    "bandwidth",
    "rolloff",
    "flatness",
    "zcr",
    "rms",
    "onset",
    "tempo",
    "modulation",
)
# One vector per window, without statistics over frames.
WHOLE_WINDOW = ("tempo", "modulation")


def describe_windows(
    windows: np.ndarray,
    sample_rate: float,
    *,
    features: tuple[str, ...],
    summary: tuple[str, ...],
    silence_db: float | None,
    n_fft: int,
    hop_length: int,
    **settings: Any,
) -> np.ndarray:
    """Vector of each window: statistics of its frames, and what needs all of them.

    Parameters
    ----------
    windows : float array of shape (n_windows, n_samples)
        Samples; may be a strided view.
    sample_rate : float
        Samples per second.
    features, summary : tuple of str
        Names from `DESCRIPTORS`, and keys of `statistics.STATISTICS`.
    silence_db : float or None
        Frames this far under the window's loudest are left out of the statistics.
    n_fft, hop_length : int
        Length of STFT frames and the distance between them, in samples.
    **settings
        Those of `describe_frames`.

    Returns
    -------
    float32 array of shape (n_windows, n_features)
        All rows' first statistic, then all rows' second, and so on; then the
        descriptors of `WHOLE_WINDOW` that are asked for.
    """
    vectors = []
    # Of no windows there still are columns: describe one of silence, and leave it.
    described = windows if len(windows) else np.zeros((1, windows.shape[1]), np.float32)
    stft = mel_spectra.spectra(described, n_fft, hop_length)
    for window, (frames, power) in zip(described, stft, strict=True):
        found = describe_frames(
            window,
            frames,
            power,
            sample_rate,
            features=features,
            n_fft=n_fft,
            hop_length=hop_length,
            **settings,
        )
        rows = [found[name] for name in features if name not in WHOLE_WINDOW]
        vector = [found[name] for name in features if name in WHOLE_WINDOW]
        if rows:
            matrix = np.concatenate(rows, axis=1)[_loud(frames, silence_db)]
            vector.insert(0, statistics.summarize(matrix.T[None], summary)[0])
        vectors.append(np.concatenate(vector))
    return np.array(vectors, np.float32)[: len(windows)]


def _loud(frames: np.ndarray, silence_db: float | None) -> Any:
    if silence_db is None:
        return slice(None)
    level = spectral_shape.rms(frames)
    # At least the loudest frame is left, all of them where all are silent.
    return level >= level.max() * 10 ** (-silence_db / 20)


def describe_frames(
    window: np.ndarray,
    frames: np.ndarray,
    power: np.ndarray,
    sample_rate: float,
    *,
    features: tuple[str, ...],
    n_fft: int,
    hop_length: int,
    n_mfcc: int,
    n_mels: int,
    fmin: float,
    fmax: float | None,
    top_db: float | None,
    n_contrast_bands: int,
    tuning: float,
) -> dict[str, np.ndarray]:
    """Descriptors of each frame of one window.

    Parameters
    ----------
    window : float array of shape (n_samples,)
        Samples.
    frames : float32 array of shape (n_frames, n_fft)
        Samples of each frame.
    power : float32 array of shape (n_frames, 1 + n_fft // 2)
        Squared magnitudes.
    sample_rate : float
        Samples per second.
    features : tuple of str
        Names from `DESCRIPTORS`.
    n_fft, hop_length, n_mfcc, n_mels, fmin, fmax, top_db, n_contrast_bands, tuning
        As in `SpectralFeaturizer`.

    Returns
    -------
    dict of str to array of shape (n_frames, n_rows)
        In the order of `features`; "tempo" has shape (2,), "modulation" is 1-D too.
    """
    wanted = set(features)
    families = {name.partition("_")[0] for name in features}
    found: dict[str, np.ndarray] = {}
    if families & {"mfcc", "mel", "onset", "tempo", "modulation"}:
        mel = mel_spectra.mel_bands(
            power, sample_rate, n_fft=n_fft, n_mels=n_mels, fmin=fmin, fmax=fmax
        )
        mel = mel_spectra.to_decibels(mel[None], top_db)[0]  # (n_frames, n_mels)
        found["mel"] = mel
        if "mel_delta" in wanted:
            found["mel_delta"] = _slope(mel, 1)
        if "mfcc" in families:
            found["mfcc"] = mfcc = mel_spectra.cepstrum(mel.T[None], n_mfcc)[0].T
            for order, name in enumerate(("mfcc_delta", "mfcc_delta2"), start=1):
                if name in wanted:
                    found[name] = _slope(mfcc, order)
        if families & {"onset", "tempo"}:
            onset = rhythm.onset_strength(mel, n_fft // (2 * hop_length))
            found["onset"] = onset
        frame_rate = sample_rate / hop_length
        if "tempo" in wanted:
            found["tempo"] = np.array(rhythm.tempo(onset, frame_rate))
        if "modulation" in wanted:
            found["modulation"] = rhythm.modulation(mel, frame_rate)
    if "chroma" in wanted:
        found["chroma"] = pitches.chroma(power, sample_rate, n_fft=n_fft, tuning=tuning)
    if wanted & {"contrast", "centroid", "bandwidth", "rolloff"}:
        magnitude = np.sqrt(power)
        hz = (np.arange(power.shape[1]) * sample_rate / n_fft).astype(np.float32)
        if wanted & {"centroid", "bandwidth"}:
            pair = spectral_shape.centroid_and_bandwidth(magnitude, hz)
            found["centroid"], found["bandwidth"] = pair
        if "rolloff" in wanted:
            found["rolloff"] = spectral_shape.rolloff(magnitude, hz)
        if "contrast" in wanted:
            found["contrast"] = spectral_shape.contrast(magnitude, hz, n_contrast_bands)
    if "flatness" in wanted:
        found["flatness"] = spectral_shape.flatness(power)
    if "zcr" in wanted:
        found["zcr"] = spectral_shape.zero_crossing_rate(window, n_fft, hop_length)
    if "rms" in wanted:
        found["rms"] = spectral_shape.rms(frames)
    columns = {}
    for name in features:
        rows = found[name]
        scalar = rows.ndim == 1 and name not in WHOLE_WINDOW
        columns[name] = rows[:, None] if scalar else rows
    return columns


def _slope(rows: np.ndarray, order: int) -> np.ndarray:
    """Local slope or curvature of each column, ``librosa.feature.delta``."""
    from scipy.signal import savgol_filter

    return savgol_filter(
        rows,
        statistics.DELTA_WIDTH,
        polyorder=order,
        deriv=order,
        axis=0,
        mode="interp",
    )
