"""One window on its way to descriptors: its STFT, and what several of them need."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from skgenre.features._kernels import mel_spectra, rhythm, spectral_shape
from skgenre.features._kernels.mel_settings import MelSettings
from skgenre.features._kernels.tables import fft_frequencies


@dataclass(frozen=True, kw_only=True)
class DescriptorSettings:
    """How descriptors are computed; like `MelSettings`, part of the cache's key.

    Parameters
    ----------
    mel : MelSettings
        Of the STFT, which all descriptors share, and of the log mel spectrum.
    n_mfcc : int
        Number of cepstral coefficients.
    n_contrast_bands : int
        Octaves above 200 Hz of "contrast".
    tuning : float
        Deviation from A = 440 Hz in semitones, for "chroma".
    """

    mel: MelSettings
    n_mfcc: int
    n_contrast_bands: int
    tuning: float


@dataclass(frozen=True, kw_only=True)
class HeardWindow:
    """What descriptors of a window as a whole are made of, where it is known already.

    Has the names that `WindowAnalysis` has.

    Parameters
    ----------
    frame_rate : float
        STFT frames per second.
    mel : array of shape (n_frames, n_mels), default=None
        Log mel spectrum in decibels.
    onset : array of shape (n_frames,), default=None
        Onset strength in decibels per frame.
    """

    frame_rate: float
    mel: np.ndarray | None = None
    onset: np.ndarray | None = None


class WindowAnalysis:
    """One window, and what its descriptors share: computed once, when first asked for.

    Parameters
    ----------
    window : float array of shape (n_samples,)
        Samples.
    frames : float32 array of shape (n_frames, n_fft)
        Samples of each STFT frame, zeros beyond the window's ends.
    power : float32 array of shape (n_frames, 1 + n_fft // 2)
        Squared magnitudes of the frames' spectra.
    sample_rate : float
        Samples per second.
    settings : DescriptorSettings
        How descriptors are computed.
    """

    def __init__(
        self,
        window: np.ndarray,
        frames: np.ndarray,
        *,
        power: np.ndarray,
        sample_rate: float,
        settings: DescriptorSettings,
    ) -> None:
        self.window = window
        self.frames = frames
        self.power = power
        self.sample_rate = sample_rate
        self.settings = settings

    @property
    def frame_rate(self) -> float:
        """STFT frames per second."""
        return self.settings.mel.frame_rate(self.sample_rate)

    @cached_property
    def mel(self) -> np.ndarray:
        """Log mel spectrum in decibels, (n_frames, n_mels)."""
        settings = self.settings.mel
        # to_decibels overwrites what it gets, a new array here.
        power = mel_spectra.mel_bands(self.power, self.sample_rate, settings)
        return mel_spectra.to_decibels(power[None], settings.top_db)[0]

    @cached_property
    def mfcc(self) -> np.ndarray:
        """Cepstral coefficients, (n_frames, n_mfcc)."""
        # The kernel wants (n_windows, n_mels, n_frames).
        return mel_spectra.cepstrum(self.mel.T[None], self.settings.n_mfcc)[0].T

    @cached_property
    def onset(self) -> np.ndarray:
        """Onset strength in decibels per frame, (n_frames,)."""
        mel = self.settings.mel
        # A frame is centred on its time, so it sees an onset half a frame early.
        return rhythm.onset_strength(self.mel, mel.n_fft // (2 * mel.hop_length))

    @cached_property
    def magnitude(self) -> np.ndarray:
        """Magnitudes of the spectra, (n_frames, 1 + n_fft // 2)."""
        return np.sqrt(self.power)

    @cached_property
    def hz(self) -> np.ndarray:
        """Frequency of each bin in hertz, float32 (1 + n_fft // 2,)."""
        n_fft = self.settings.mel.n_fft
        # As precise as the magnitudes that it is multiplied with.
        return fft_frequencies(self.sample_rate, n_fft).astype(np.float32)

    @cached_property
    def centroid_and_bandwidth(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and deviation of frequency in hertz, (n_frames,) each."""
        return spectral_shape.centroid_and_bandwidth(self.magnitude, self.hz)

    @cached_property
    def rms(self) -> np.ndarray:
        """Root of the mean square of each frame's samples, (n_frames,)."""
        return spectral_shape.rms(self.frames)
