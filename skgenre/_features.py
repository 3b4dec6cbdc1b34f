"""Featurizers: windows of audio in, features of each window out."""

import os
from functools import partial
from numbers import Integral, Real
from typing import Any, ClassVar

import joblib
import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from skgenre import _spectral
from skgenre._extract import map_windows
from skgenre._sklearn import (
    Interval,
    StrOptions,
    check_feature_names_in,
    fit_context,
)
from skgenre._songs import SongWindows
from skgenre._windower import SAMPLE_RATE


class _WindowFeaturizer(TransformerMixin, BaseEstimator):
    """What featurizers share: audio windows or an array in, the same form out.

    A subclass gives `_recipe`, a picklable function from (n_windows, n_samples) and
    the sample rate to an array with a row per window, and `_feature_names`.
    """

    _parameter_constraints: ClassVar[dict] = {
        "sample_rate": [Interval(Real, 0, None, closed="neither"), None],
        "memory": [str, os.PathLike, joblib.Memory, None],
        "output": [str, os.PathLike, None],
        "n_jobs": [Integral, None],
        "verbose": ["verbose"],
    }

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Check the parameters against the windows; nothing is learned from them.

        Parameters
        ----------
        X : SongWindows of audio, or float array of shape (n_windows, n_samples)
            The windows.
        y : ignored
            Not used.

        Returns
        -------
        self : object
            Fitted.
        """
        del y
        sample_rate = self._sample_rate_of(X)
        if isinstance(X, SongWindows):
            _check_audio(X, self)
            self.n_features_in_ = X.window_shape[0]
        else:
            X = validate_data(self, X, dtype=[np.float32, np.float64])
        self.sample_rate_ = sample_rate
        self._check_window(self.n_features_in_, sample_rate)
        self.errors_ = {}
        return self

    def transform(self, X):
        """Compute the features of every window.

        Parameters
        ----------
        X : SongWindows of audio, or float array of shape (n_windows, n_samples)
            The windows.

        Returns
        -------
        SongWindows or array
            The form of `X`, one row of features per window.
        """
        check_is_fitted(self)
        if not isinstance(X, SongWindows):
            X = validate_data(self, X, dtype=[np.float32, np.float64], reset=False)
            return self._recipe()(X, self._sample_rate_of(X))
        _check_audio(X, self)
        if X.window_shape[0] != self.n_features_in_:
            raise ValueError(
                f"{type(self).__name__} was fitted on windows of "
                f"{self.n_features_in_} samples. Got windows of {X.window_shape[0]}; "
                "use the FrameWindower that it was fitted with."
            )
        self._sample_rate_of(X)
        features = map_windows(
            X,
            self._recipe(),
            finish=self._finish(),
            feature_names=self.get_feature_names_out(),
            memory=self.memory,
            output=self.output,
            n_jobs=self.n_jobs,
            prefer=self._prefer(),
            verbose=self.verbose,
        )
        self.errors_ = dict(features.errors)
        return features

    def _finish(self):
        """Make something of all features of a song; nothing by default."""
        return None

    def _prefer(self):
        """What jobs are: numpy between short calls keeps threads from working."""
        return "processes"

    def get_feature_names_out(self, input_features=None):
        """Names of the features of a window.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Checked against the samples that were seen in fit; not used else.

        Returns
        -------
        array of str of shape (n_features,)
            One name per row of a window's features, or per column of a summary.
        """
        check_is_fitted(self)
        if input_features is not None:
            check_feature_names_in(self, input_features)
        return np.asarray(self._feature_names(), dtype=object)

    def _sample_rate_of(self, X):
        rate = X.sample_rate if isinstance(X, SongWindows) else None
        if rate is None:
            return SAMPLE_RATE if self.sample_rate is None else self.sample_rate
        if self.sample_rate is not None and self.sample_rate != rate:
            raise ValueError(
                f"Got sample_rate={self.sample_rate}, but the windows are at {rate}. "
                "Leave it None: windows know their own."
            )
        return rate

    def __sklearn_tags__(self):
        """Windows of silence and of noise alike give finite features."""
        tags = super().__sklearn_tags__()
        tags.requires_fit = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags


def _check_audio(windows: SongWindows, featurizer: Any) -> None:
    if len(windows.window_shape) != 1 or windows.feature_names is not None:
        raise ValueError(
            f"{type(featurizer).__name__} expects windows of audio, (n_samples,) each. "
            f"Got windows of shape {windows.window_shape}; put it behind FrameWindower."
        )


class MelSpectrogramFeaturizer(_WindowFeaturizer):
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
        **_WindowFeaturizer._parameter_constraints,
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
        unknown = sorted(set(self.summary or ()) - set(_spectral.STATISTICS))
        if unknown:
            raise ValueError(
                f"Got summary={self.summary!r}, but expected a sequence of "
                f"{sorted(_spectral.STATISTICS)}."
            )
        if self.summary is not None and len(self.summary) == 0:
            raise ValueError("Got an empty summary; expected a statistic, or None.")
        if self.summary is not None and self.channel_axis:
            raise ValueError(
                "channel_axis=True is for windows that are matrices; a summary makes "
                "them vectors. Drop one of the two."
            )
        n_fft = self._kernel_parameters()["n_fft"]
        n_frames = _spectral.count_frames(n_samples, n_fft, self.hop_length)
        if self.deltas and n_frames < _spectral.DELTA_WIDTH:
            raise ValueError(
                f"Got deltas={self.deltas} with windows of {n_frames} STFT frames, but "
                f"expected at least {_spectral.DELTA_WIDTH}. Take longer windows or a "
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

    _parameter_constraints: ClassVar[dict] = {
        **MelSpectrogramFeaturizer._parameter_constraints,
        "n_mfcc": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        n_mfcc=13,
        *,
        n_fft=None,
        hop_length=512,
        n_mels=128,
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

    def _kernel_parameters(self):
        return {**super()._kernel_parameters(), "n_mfcc": int(self.n_mfcc)}

    def _check_window(self, n_samples, sample_rate):
        if self.n_mfcc > self.n_mels:
            raise ValueError(
                f"Got n_mfcc={self.n_mfcc} with n_mels={self.n_mels}, but expected "
                "n_mfcc <= n_mels: there are no more coefficients than mel bands."
            )
        super()._check_window(n_samples, sample_rate)

    def _rows(self):
        return [f"mfcc_{i}" for i in range(self.n_mfcc)]


def _mel_features(
    windows, sample_rate, *, n_mfcc=None, deltas, summary, channel_axis, **mel
):
    if n_mfcc is None:
        features = _spectral.log_mel(windows, sample_rate, **mel)
    else:
        features = _spectral.mfcc(windows, sample_rate, n_mfcc=n_mfcc, **mel)
    features = _spectral.append_deltas(features, deltas)
    if summary is not None:
        return _spectral.summarize(features, summary)
    return np.ascontiguousarray(features[..., None] if channel_axis else features)
