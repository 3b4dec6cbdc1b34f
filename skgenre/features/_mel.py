"""MelSpectrogramFeaturizer: log mel spectrogram of each window."""

from functools import partial
from numbers import Integral, Real
from typing import ClassVar

import numpy as np

from skgenre._sklearn import (
    Interval,
    StrOptions,
)
from skgenre.features._base import WindowFeaturizer
from skgenre.features._kernels.mel_spectra import count_frames, log_mel, mfcc
from skgenre.features._kernels.statistics import (
    DELTA_WIDTH,
    STATISTICS,
    append_deltas,
    summarize,
)


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

    _parameter_constraints: ClassVar[dict] = {
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
        n_mels=128,
        *,
        n_fft=None,
        hop_length=512,
        fmin=0.0,
        fmax=None,
        top_db=80.0,
        precision="float32",
        deltas=0,
        summary=None,
        channel_axis=False,
        sample_rate=None,
        memory=None,
        output=None,
        n_jobs=None,
        verbose=0,
    ):
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
        self.sample_rate = sample_rate
        self.memory = memory
        self.output = output
        self.n_jobs = n_jobs
        self.verbose = verbose

    def _prefer(self):
        # Decoding and the kernel let other threads run.
        return "threads"

    def _recipe(self):
        return partial(_mel_features, **self._kernel_parameters())

    def _kernel_parameters(self):
        return {
            "n_mels": int(self.n_mels),
            "n_fft": int(2 * self.hop_length if self.n_fft is None else self.n_fft),
            "hop_length": int(self.hop_length),
            "fmin": float(self.fmin),
            "fmax": None if self.fmax is None else float(self.fmax),
            "top_db": self.top_db,
            "precision": str(self.precision),
            "deltas": int(self.deltas),
            "summary": None if self.summary is None else tuple(self.summary),
            "channel_axis": bool(self.channel_axis),
        }

    def _check_window(self, n_samples, sample_rate):
        fmax = sample_rate / 2 if self.fmax is None else self.fmax
        if not self.fmin < fmax <= sample_rate / 2:
            raise ValueError(
                f"Got fmin={self.fmin} and fmax={self.fmax} at sample_rate="
                f"{sample_rate}, but expected fmin < fmax <= {sample_rate / 2}."
            )
        unknown = sorted(set(self.summary or ()) - set(STATISTICS))
        if unknown:
            raise ValueError(
                f"Got summary={self.summary!r}, but expected a sequence of "
                f"{sorted(STATISTICS)}."
            )
        if self.summary is not None and len(self.summary) == 0:
            raise ValueError("Got an empty summary; expected a statistic, or None.")
        if self.summary is not None and self.channel_axis:
            raise ValueError(
                "channel_axis=True is for windows that are matrices; a summary makes "
                "them vectors. Drop one of the two."
            )
        n_fft = self._kernel_parameters()["n_fft"]
        n_frames = count_frames(n_samples, n_fft, self.hop_length)
        if self.deltas and n_frames < DELTA_WIDTH:
            raise ValueError(
                f"Got deltas={self.deltas} with windows of {n_frames} STFT frames, but "
                f"expected at least {DELTA_WIDTH}. Take longer windows or a "
                "shorter hop_length."
            )

    def _rows(self):
        return [f"mel_{i}" for i in range(self.n_mels)]

    def _feature_names(self):
        orders = ["", "delta_", "delta2_"][: 1 + self.deltas]
        rows = [order + row for order in orders for row in self._rows()]
        if self.summary is None:
            return rows
        return [f"{row}_{statistic}" for statistic in self.summary for row in rows]


def _mel_features(
    windows, sample_rate, *, n_mfcc=None, deltas, summary, channel_axis, **mel
):
    if n_mfcc is None:
        features = log_mel(windows, sample_rate, **mel)
    else:
        features = mfcc(windows, sample_rate, n_mfcc=n_mfcc, **mel)
    features = append_deltas(features, deltas)
    if summary is not None:
        return summarize(features, summary)
    return np.ascontiguousarray(features[..., None] if channel_axis else features)
