"""FunctionFeaturizer: features of each window from any function."""

import inspect
from functools import partial
from numbers import Integral
from typing import Any, ClassVar

import numpy as np

from skgenre._sklearn import Interval
from skgenre.features._base import WindowFeaturizer


class FunctionFeaturizer(WindowFeaturizer):
    """Features of each window from any function, such as a pretrained embedding.

    The function gets windows of audio as an array and gives an array with a row per
    window. Songs are read, cached and spread over jobs as by every featurizer.

    Parameters
    ----------
    func : callable
        ``func(windows) -> features``, from float32 (n_windows, n_samples) to numbers
        of shape (n_windows, n_features), each row of its own window alone. If it has
        a parameter called `sample_rate`, it gets that too. For `n_jobs` and `memory`
        it must be picklable: a function of a module or an object, no lambda.
    kw_args : dict, default=None
        More keyword arguments for `func`.
    batch_size : int, default=None
        Windows per call, to bound a network's memory; all of a song if None.
    feature_names : sequence of str, default=None
        Names of the features; "feature_0", "feature_1", ... if None.
    sample_rate : float, default=None
        Samples per second, where `X` is a plain array: 22,050 if None.
        `SongWindows` know their own.
    memory : str, Path or joblib.Memory, default=None
        Cache of each song's features, keyed by the file (path, size, time of
        change), `func` as pickled, and all parameters.
    output : str or Path, default=None
        A ``.npy`` file for the features of `SongWindows`, which then stay there;
        `SongWindows.open` finds them again. In memory if None.
    n_jobs : int, default=None
        Songs at a time, as in joblib.
    verbose : int, default=0
        Above 0 shows a progress bar.

    Attributes
    ----------
    n_features_out_ : int
        Features per window. Learned in fit, where `func` is called once on one
        window of a quiet 440 Hz tone.
    errors_ : dict
        Why songs of the last `transform` have no features: ``{song_id: reason}``.
    sample_rate_ : float
        Samples per second of the windows seen in fit.
    n_features_in_ : int
        Samples per window.

    See Also
    --------
    FeatureStack : Joins these with other features.
    sklearn.preprocessing.FunctionTransformer : For features that are there already.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre import FrameWindower, FunctionFeaturizer
    >>> def loudness(windows, sample_rate):
    ...     size = int(sample_rate // 2)  # half a second
    ...     halves = windows[:, : 2 * size].reshape(-1, 2, size)
    ...     return np.sqrt((halves**2).mean(axis=2))
    >>> songs = [np.sin(np.arange(22050 * 4) / 50)]
    >>> windows = FrameWindower(1.0).fit_transform(songs)
    >>> FunctionFeaturizer(loudness).fit_transform(windows)
    SongWindows(n_songs=1, n_windows=7, window_shape=(2,), dtype=float32)
    """

    _parameter_constraints: ClassVar[dict] = {
        **WindowFeaturizer._parameter_constraints,
        "func": [callable],
        "kw_args": [dict, None],
        "batch_size": [Interval(Integral, 1, None, closed="left"), None],
        "feature_names": ["array-like", None],
    }

    def __init__(
        self,
        func,
        *,
        kw_args=None,
        batch_size=None,
        feature_names=None,
        sample_rate=None,
        memory=None,
        output=None,
        n_jobs=None,
        verbose=0,
    ):
        self.func = func
        self.kw_args = kw_args
        self.batch_size = batch_size
        self.feature_names = feature_names
        self.sample_rate = sample_rate
        self.memory = memory
        self.output = output
        self.n_jobs = n_jobs
        self.verbose = verbose

    def _recipe(self):
        return partial(
            _apply_function,
            func=self.func,
            kw_args={} if self.kw_args is None else dict(self.kw_args),
            batch_size=self.batch_size,
            n_features=self.n_features_out_,
        )

    def _check_window(self, n_samples, sample_rate):
        # A tone, since silence makes many a function divide by zero.
        phase = 2 * np.pi * 440.0 / sample_rate * np.arange(n_samples)
        tone = (0.1 * np.sin(phase)).astype(np.float32)
        probe = _apply_function(
            tone[None],
            sample_rate,
            func=self.func,
            kw_args={} if self.kw_args is None else dict(self.kw_args),
            batch_size=None,
            n_features=None,
        )
        self.n_features_out_ = probe.shape[1]
        names = self.feature_names
        if names is not None and len(names) != self.n_features_out_:
            raise ValueError(
                f"Got {len(names)} feature_names, but expected {self.n_features_out_}, "
                "as many as func gives features."
            )

    def _feature_names(self):
        if self.feature_names is not None:
            return list(self.feature_names)
        return [f"feature_{i}" for i in range(self.n_features_out_)]


def _apply_function(
    windows: np.ndarray,
    sample_rate: float,
    *,
    func: Any,
    kw_args: dict,
    batch_size: int | None,
    n_features: int | None,
) -> np.ndarray:
    """Call `func` on batches of windows and check what it gives."""
    if len(windows) == 0:
        return np.zeros((0, n_features or 0), np.float32)
    if _takes_sample_rate(func):
        kw_args = {"sample_rate": sample_rate, **kw_args}
    size = len(windows) if batch_size is None else batch_size
    batches = []
    for first in range(0, len(windows), size):
        # A copy of the batch: windows overlap in memory, and func may write.
        batch = np.array(windows[first : first + size], np.float32)
        features = np.asarray(func(batch, **kw_args))
        expected = (len(batch), "n_features" if n_features is None else n_features)
        if (
            features.ndim != 2
            or len(features) != len(batch)
            or features.shape[1] != (n_features or features.shape[1])
        ):
            raise ValueError(
                f"func gave an array of shape {features.shape}, but expected "
                f"({expected[0]}, {expected[1]}): a row per window. Average over "
                "time or flatten what is more."
            )
        if features.dtype.kind not in "biuf":
            raise ValueError(
                f"func gave values of dtype {features.dtype}, but expected numbers."
            )
        batches.append(features.astype(np.float32, copy=False))
    values = np.concatenate(batches)
    if not np.isfinite(values).all():
        n_bad = int((~np.isfinite(values)).any(axis=1).sum())
        raise ValueError(
            f"func gave NaN or infinite features for {n_bad} of {len(values)} windows. "
            "Mind windows of silence, or end func with np.nan_to_num."
        )
    return values


def _takes_sample_rate(func: Any) -> bool:
    try:
        return "sample_rate" in inspect.signature(func).parameters
    except (TypeError, ValueError):
        # Some compiled functions do not tell their parameters.
        return False
