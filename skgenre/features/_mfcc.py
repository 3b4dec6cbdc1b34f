"""MFCCFeaturizer: mel-frequency cepstral coefficients of each window."""

import dataclasses
import os
from collections.abc import Sequence
from numbers import Integral
from typing import Any, ClassVar, Literal, Self

import joblib

from skgenre._sklearn import Interval
from skgenre.features._kernels.checks import check_coefficients
from skgenre.features._kernels.mel_settings import MelSettings
from skgenre.features._mel import MelSpectrogramFeaturizer


class MFCCFeaturizer(MelSpectrogramFeaturizer):
    """Mel-frequency cepstral coefficients of each window.

    Equal to ``librosa.feature.mfcc(y=window, ...)`` of each window alone (within
    1e-3, and 3e-4 with ``precision="float64"``), at a fraction of the cost. librosa
    called on a batch of windows is not: its `top_db` clips under the peak of the whole
    batch.

    Parameters
    ----------
    n_mfcc : int, default=13
        Number of coefficients, at most `n_mels`.
    n_fft : int, default=None
        Length of an STFT frame in samples; twice `hop_length` if None.
    hop_length : int, default=512
        Distance between STFT frames in samples.
    n_mels : int, default=128
        Number of mel bands.
    fmin : float, default=0.0
        Lowest frequency in hertz.
    fmax : float, default=None
        Highest frequency in hertz; half the sample rate if None.
    top_db : float, default=80.0
        Clip this far under the window's peak; not at all if None.
    precision : {"float32", "float64"}, default="float32"
        Of the FFT and the sums of power; decibels and features are float32 either
        way. "float64" is librosa's own and takes about half as long again.
    deltas : {0, 1, 2}, default=0
        Append slopes (1), and curvatures (2), over nine frames.
    summary : sequence of str, default=None
        Statistics over the frames: "mean", "std", "min", "max", "median", "p10",
        "p25", "p75", "p90", "skew", "kurtosis". A window then is a vector, for
        classical classifiers; else a matrix (n_mfcc, n_frames), for networks.
    channel_axis : bool, default=False
        Add a last axis of length one, as convolutional networks want.
    sample_rate : float, default=None
        Samples per second, where `X` is a plain array: 22,050 if None.
        `SongWindows` know their own.
    memory : str, Path or joblib.Memory, default=None
        Cache of each song's features, keyed by the file (path, size, time of
        change) and all parameters. An interrupted run goes on where it was.
    output : str or Path, default=None
        A ``.npy`` file for the features of `SongWindows`, which then stay there;
        `SongWindows.open` finds them again. In memory if None.
    n_jobs : int, default=None
        Songs at a time, as in joblib.
    verbose : int, default=0
        Above 0 shows a progress bar.

    Attributes
    ----------
    errors_ : dict
        Why songs of the last `transform` have no features: ``{song_id: reason}``.
    sample_rate_ : float
        Samples per second of the windows seen in fit.
    n_features_in_ : int
        Samples per window.

    See Also
    --------
    MelSpectrogramFeaturizer : Without the cosine transform.

    References
    ----------
    .. [1] S. Davis and P. Mermelstein, "Comparison of parametric representations for
       monosyllabic word recognition", IEEE TASSP 28(4), 1980.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre import FrameWindower, MFCCFeaturizer
    >>> minute = np.random.default_rng(0).normal(size=22050 * 60)
    >>> windows = FrameWindower().fit_transform([minute])
    >>> MFCCFeaturizer().fit_transform(windows)
    SongWindows(n_songs=1, n_windows=23, window_shape=(13, 216), dtype=float32)
    >>> MFCCFeaturizer(summary=("mean", "std")).fit_transform(windows)
    SongWindows(n_songs=1, n_windows=23, window_shape=(26,), dtype=float32)
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **MelSpectrogramFeaturizer._parameter_constraints,
        "n_mfcc": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        n_mfcc: int = 13,
        *,
        n_fft: int | None = None,
        hop_length: int = 512,
        n_mels: int = 128,
        fmin: float = 0.0,
        fmax: float | None = None,
        top_db: float | None = 80.0,
        precision: Literal["float32", "float64"] = "float32",
        deltas: Literal[0, 1, 2] = 0,
        summary: Sequence[str] | None = None,
        channel_axis: bool = False,
        sample_rate: float | None = None,
        memory: str | os.PathLike[str] | joblib.Memory | None = None,
        output: str | os.PathLike[str] | None = None,
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> None:
        super().__init__(
            n_mels,
            n_fft=n_fft,
            hop_length=hop_length,
            fmin=fmin,
            fmax=fmax,
            top_db=top_db,
            precision=precision,
            deltas=deltas,
            summary=summary,
            channel_axis=channel_axis,
            sample_rate=sample_rate,
            memory=memory,
            output=output,
            n_jobs=n_jobs,
            verbose=verbose,
        )
        self.n_mfcc = n_mfcc

    def _settings(self) -> MelSettings:
        # What makes a log mel spectrum into coefficients, all the way down.
        return dataclasses.replace(super()._settings(), n_mfcc=int(self.n_mfcc))

    def _check_window(self, n_samples: int, sample_rate: float) -> None:
        check_coefficients(self.n_mfcc, self.n_mels)
        super()._check_window(n_samples, sample_rate)

    def _row_names(self) -> list[str]:
        return [f"mfcc_{i}" for i in range(self.n_mfcc)]

    @classmethod
    def _examples(cls) -> list[Self]:
        """Instances that the common tests run."""
        return [cls(), cls(summary=("mean", "std"))]
