"""MelSpectrogramFeaturizer: log mel spectrogram of each window."""

import os
from collections.abc import Sequence
from functools import partial
from numbers import Integral, Real
from typing import Any, ClassVar, Literal

import joblib
import numpy as np
from numpy.typing import NDArray

from skgenre._sklearn import Interval, StrOptions
from skgenre.features._base import WindowFeaturizer, WindowFunction
from skgenre.features._kernels.checks import (
    check_band,
    check_names,
    check_slopes,
    warn_of_empty_bands,
    warn_of_frames,
)
from skgenre.features._kernels.mel_settings import MelSettings
from skgenre.features._kernels.mel_spectra import mel_features
from skgenre.features._kernels.statistics import STATISTICS, append_deltas, summarize


class MelSpectrogramFeaturizer(WindowFeaturizer):
    """Log mel spectrogram of each window.

    Equal to ``librosa.power_to_db(librosa.feature.melspectrogram(y=window, ...))``
    of each window alone, at a fraction of the cost.

    Parameters
    ----------
    n_mels : int, default=128
        Number of mel bands.
    n_fft : int, default=None
        Length of an STFT frame in samples; twice `hop_length` if None.
    hop_length : int, default=512
        Distance between STFT frames in samples.
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
        "p25", "p75", "p90", "skew", "kurtosis". A window then is a vector.
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
    MFCCFeaturizer : The cosine transform of these.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre import FrameWindower, MelSpectrogramFeaturizer
    >>> songs = [np.random.default_rng(0).normal(size=22050 * 4)]
    >>> windows = FrameWindower(1.0).fit_transform(songs)
    >>> MelSpectrogramFeaturizer(n_mels=64).fit_transform(windows)
    SongWindows(n_songs=1, n_windows=7, window_shape=(64, 44), dtype=float32)
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **WindowFeaturizer._parameter_constraints,
        "n_mels": [Interval(Integral, 1, None, closed="left")],
        "n_fft": [Interval(Integral, 2, None, closed="left"), None],
        "hop_length": [Interval(Integral, 1, None, closed="left")],
        "fmin": [Interval(Real, 0, None, closed="left")],
        "fmax": [Interval(Real, 0, None, closed="neither"), None],
        "top_db": [Interval(Real, 0, None, closed="left"), None],
        "precision": [StrOptions({"float32", "float64"})],
        "deltas": [Interval(Integral, 0, 2, closed="both")],
        "summary": ["array-like", None],
        "channel_axis": ["boolean"],
    }

    def __init__(
        self,
        n_mels: int = 128,
        *,
        n_fft: int | None = None,
        hop_length: int = 512,
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
            sample_rate=sample_rate,
            memory=memory,
            output=output,
            n_jobs=n_jobs,
            verbose=verbose,
        )
        self.n_mels = n_mels
        self.n_fft = n_fft
        self.hop_length = hop_length
        self.fmin = fmin
        self.fmax = fmax
        self.top_db = top_db
        self.precision = precision
        self.deltas = deltas
        self.summary = summary
        self.channel_axis = channel_axis

    def _prefer(self) -> Literal["processes", "threads"]:
        # Decoding and the kernel let other threads run.
        return "threads"

    def _window_function(self) -> WindowFunction:
        return partial(
            _features_of_windows,
            settings=self._settings(),
            deltas=int(self.deltas),
            summary=None if self.summary is None else tuple(self.summary),
            channel_axis=bool(self.channel_axis),
        )

    def _settings(self) -> MelSettings:
        # Plain numbers: numpy's would give the same features another cache key.
        return MelSettings(
            n_fft=int(2 * self.hop_length if self.n_fft is None else self.n_fft),
            hop_length=int(self.hop_length),
            n_mels=int(self.n_mels),
            fmin=float(self.fmin),
            fmax=None if self.fmax is None else float(self.fmax),
            top_db=None if self.top_db is None else float(self.top_db),
            precision=self.precision,
        )

    def _check_window(self, n_samples: int, sample_rate: float) -> None:
        check_band(self.fmin, self.fmax, sample_rate=sample_rate)
        check_names("summary", self.summary, allowed=sorted(STATISTICS), optional=True)
        if self.summary is not None and self.channel_axis:
            raise ValueError(
                f"Got channel_axis=True with summary={self.summary!r}, but expected "
                "one of the two: channels are for windows that are matrices, and a "
                "summary makes them vectors. Drop one of the two."
            )
        settings = self._settings()
        warn_of_frames(settings, n_samples, stacklevel=4)
        warn_of_empty_bands(settings, sample_rate, stacklevel=4)
        if self.deltas:
            n_frames = settings.count_frames(n_samples)
            check_slopes(f"deltas={self.deltas}", n_frames)

    def _row_names(self) -> list[str]:
        return [f"mel_{i}" for i in range(self.n_mels)]

    def _feature_names(self) -> list[str]:
        orders = ["", "delta_", "delta2_"][: 1 + self.deltas]
        names = [order + row for order in orders for row in self._row_names()]
        if self.summary is None:
            return names
        return [f"{name}_{statistic}" for statistic in self.summary for name in names]


def _features_of_windows(
    windows: NDArray[np.floating],
    sample_rate: float,
    *,
    settings: MelSettings,
    deltas: int,
    summary: tuple[str, ...] | None,
    channel_axis: bool,
) -> NDArray[np.float32]:
    features = append_deltas(mel_features(windows, sample_rate, settings), deltas)
    # (n_windows, n_rows * (1 + deltas), n_frames)
    if summary is not None:
        return summarize(features, summary)  # (n_windows, n_features)
    return np.ascontiguousarray(features[..., None] if channel_axis else features)
