"""Settings of mel features: one object, from the featurizer down to the kernels."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class MelSettings:
    """How mel spectra, and cepstral coefficients, are made of a window.

    Travels as it is from a featurizer to its workers and is part of the cache's key:
    a change of names or of defaults makes every cache miss once.

    Parameters
    ----------
    n_fft : int
        Length of STFT frames in samples.
    hop_length : int
        Distance between STFT frames in samples.
    n_mels : int
        Number of mel bands.
    fmin : float
        Lowest frequency in hertz.
    fmax : float or None
        Highest frequency in hertz; half the sample rate if None.
    top_db : float or None
        Range kept under each window's peak, in decibels; everything if None.
    n_mfcc : int, default=None
        Number of cepstral coefficients, at most `n_mels`; log mel spectra if None.
    precision : {"float32", "float64"}, default="float32"
        Of the FFT and of the sums of power.
    """

    n_fft: int
    hop_length: int
    n_mels: int
    fmin: float
    fmax: float | None
    top_db: float | None
    n_mfcc: int | None = None
    precision: Literal["float32", "float64"] = "float32"

    @property
    def n_rows(self) -> int:
        """Rows of a window's features: coefficients, or else mel bands."""
        return self.n_mels if self.n_mfcc is None else self.n_mfcc

    def highest_hz(self, sample_rate: float) -> float:
        """Upper end of the highest mel band, in hertz.

        Parameters
        ----------
        sample_rate : float
            Samples per second.

        Returns
        -------
        float
            `fmax`, or half the sample rate.
        """
        return sample_rate / 2 if self.fmax is None else self.fmax

    def frame_rate(self, sample_rate: float) -> float:
        """STFT frames per second.

        Parameters
        ----------
        sample_rate : float
            Samples per second.

        Returns
        -------
        float
            Not rounded.
        """
        return sample_rate / self.hop_length

    def count_frames(self, n_samples: int) -> int:
        """Count the STFT frames of a window whose ends are padded by half a frame.

        Parameters
        ----------
        n_samples : int
            Length of the window.

        Returns
        -------
        int
            Number of frames.
        """
        # An odd n_fft is padded by a sample less than its own length.
        padded = n_samples + 2 * (self.n_fft // 2)
        return 1 + (padded - self.n_fft) // self.hop_length
