"""FunctionFeaturizer: features of each window from any function."""

import inspect
import os
import pickle
from collections.abc import Callable, Sequence
from functools import partial
from numbers import Integral
from typing import Any, ClassVar, Self

import joblib
import numpy as np
from numpy.typing import NDArray

from skgenre._content_hash import contents_of_files
from skgenre._sklearn import Interval
from skgenre.features._base import (
    WindowFeaturizer,
    WindowFunction,
    fingerprint_or_new,
)


class FunctionFeaturizer(WindowFeaturizer):
    """Features of each window from any function, such as a pretrained embedding.

    The function gets windows of audio as an array and gives an array with a row per
    window. Songs are read, cached and spread over jobs as by every featurizer.

    Parameters
    ----------
    func : callable
        ``func(windows) -> features``, from float32 (n_windows, n_samples) to numbers
        of shape (n_windows, n_features), each row of its own window alone. If it has
        a parameter called `sample_rate`, it gets that too. For `n_jobs`, `memory` and
        searches it must be picklable: what holds an open model should open it when it
        is first called, and leave it out of what is pickled (below). Parameters of an
        object with `get_params`, and keywords of a `functools.partial`, can be set and
        searched as ``func__NAME``.
    kw_args : dict, default=None
        More keyword arguments for `func`.
    batch_size : int, default=None
        Windows per call, to bound a network's memory; all of a song if None.
    feature_names : sequence of str, default=None
        Names of the features; if None those of ``func.get_feature_names_out()``, or
        "feature_0", "feature_1", ... if there is no such method.
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

    A model that is opened where it is needed, so that the function can be sent to other
    processes and copied by searches:

    >>> class Embedding:
    ...     def __init__(self, path):
    ...         self.path = path
    ...
    ...     def __call__(self, windows):
    ...         if not hasattr(self, "model"):
    ...             self.model = np.load(self.path)  # or whatever opens it
    ...         return windows @ self.model
    ...
    ...     def __getstate__(self):
    ...         return {"path": self.path}
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **WindowFeaturizer._parameter_constraints,
        "func": [callable],
        "kw_args": [dict, None],
        "batch_size": [Interval(Integral, 1, None, closed="left"), None],
        "feature_names": ["array-like", None],
    }

    def __init__(
        self,
        func: Callable[..., Any],
        *,
        kw_args: dict[str, Any] | None = None,
        batch_size: int | None = None,
        feature_names: Sequence[str] | None = None,
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
        self.func = func
        self.kw_args = kw_args
        self.batch_size = batch_size
        self.feature_names = feature_names

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Parameters of the featurizer, and those of the function as ``func__NAME``.

        Parameters
        ----------
        deep : bool, default=True
            Whether to give those of the function as well: an object with `get_params`,
            or the keywords of a `functools.partial`.

        Returns
        -------
        dict
            Values by name.
        """
        params = super().get_params(deep=deep)
        if deep and isinstance(self.func, partial):
            params |= {f"func__{name}": v for name, v in self.func.keywords.items()}
        return params

    def set_params(self, **params: Any) -> Self:
        """Set parameters of the featurizer or of the function.

        Parameters
        ----------
        **params
            ``batch_size=...``, ``func=...``, ``func__NAME=...``.

        Returns
        -------
        self : FunctionFeaturizer
            The featurizer.
        """
        func = params.get("func", self.func)
        if not isinstance(func, partial):
            return super().set_params(**params)
        keywords = {
            name.removeprefix("func__"): value
            for name, value in params.items()
            if name.startswith("func__")
        }
        own = {k: v for k, v in params.items() if not k.startswith("func__")}
        if unknown := sorted(set(keywords) - set(func.keywords)):
            raise ValueError(
                f"Got func__{unknown[0]}, but expected one of the keywords that func "
                f"was given: {sorted(func.keywords)}. Write partial(function, "
                f"{unknown[0]}=...)."
            )
        if keywords:
            # Another one: func itself may belong to somebody else, too.
            own["func"] = partial(func.func, *func.args, **func.keywords | keywords)
        return super().set_params(**own)

    def __sklearn_clone__(self) -> Self:
        """Copy it unfitted; of a function that cannot be copied, say what to do."""
        try:
            return super().__sklearn_clone__()
        except (TypeError, AttributeError, pickle.PicklingError) as error:
            raise _unsendable(self.func, error, "copied, as searches do") from error

    def _window_function(self) -> WindowFunction:
        return partial(
            _apply_function,
            func=self.func,
            kw_args={} if self.kw_args is None else dict(self.kw_args),
            batch_size=self.batch_size,
            n_features=self.n_features_out_,
            files=tuple(contents_of_files(self.func, self.kw_args)),
        )

    def _code(self) -> str:
        files = contents_of_files(self.func, self.kw_args)
        return fingerprint_or_new(type(self), self.func, files)

    def _check_window(self, n_samples: int, sample_rate: float) -> None:
        # A tone, since silence makes many a function divide by zero.
        phase = 2 * np.pi * 440.0 / sample_rate * np.arange(n_samples)
        tone = (0.1 * np.sin(phase)).astype(np.float32)
        probe = _apply_function(
            tone[None],  # (1, n_samples)
            sample_rate,
            func=self.func,
            kw_args={} if self.kw_args is None else dict(self.kw_args),
            batch_size=None,
            n_features=None,
        )
        self.n_features_out_ = probe.shape[1]
        names = self._given_names()
        if names is not None and len(names) != self.n_features_out_:
            raise ValueError(
                f"Got {len(names)} feature_names, but expected {self.n_features_out_}, "
                "as many as func gives features."
            )
        if self._is_sent():
            self._check_sendable()

    def _is_sent(self) -> bool:
        """Whether jobs are processes, unless `joblib.parallel_config` says threads."""
        parallel = joblib.Parallel(n_jobs=self.n_jobs, prefer=self._prefer())
        backend = parallel._backend
        is_thread = getattr(backend, "supports_sharedmem", False)
        return not is_thread and backend.effective_n_jobs(parallel.n_jobs) > 1

    def _check_sendable(self) -> None:
        """Complain before the work of a function that no other process can get."""
        try:
            pickle.dumps(joblib.wrap_non_picklable_objects(self.func))
        except Exception as error:
            raise _unsendable(
                self.func, error, f"sent to processes, as n_jobs={self.n_jobs} asks for"
            ) from error

    def _given_names(self) -> list[str] | None:
        """Names of the features that the user or the function says."""
        if self.feature_names is not None:
            return list(self.feature_names)
        func = self.func.func if isinstance(self.func, partial) else self.func
        names = getattr(func, "get_feature_names_out", None)
        return [str(name) for name in names()] if callable(names) else None

    def _feature_names(self) -> list[str]:
        names = self._given_names()
        if names is not None:
            return names
        return [f"feature_{i}" for i in range(self.n_features_out_)]

    @classmethod
    def _examples(cls) -> list[Self]:
        """Instances that the common tests run."""
        return [cls(_LevelAndSpread())]


def _unsendable(func: Any, error: Exception, purpose: str) -> TypeError:
    name = getattr(func, "__qualname__", type(func).__qualname__)
    told = f"{type(error).__name__}: {error}"
    return TypeError(
        f"Got func={name}, which cannot be {purpose} ({told}), but expected one that "
        "pickle can copy. Let it open its model when it is first called, and leave the "
        "open model out of __getstate__, as the last example of FunctionFeaturizer "
        "does; or take OnnxFeaturizer, KerasFeaturizer or TFLiteFeaturizer."
    )


class _LevelAndSpread:
    """An example of a function: two features of each window."""

    def __call__(self, windows: NDArray[np.floating]) -> NDArray[np.floating]:
        return np.stack([windows.mean(axis=1), windows.std(axis=1)], axis=1)

    def __repr__(self) -> str:
        # Without an address, by which tests would be called anew in each process.
        return "level_and_spread"


def _apply_function(
    windows: NDArray[np.floating],
    sample_rate: float,
    *,
    func: Callable[..., Any],
    kw_args: dict[str, Any],
    batch_size: int | None,
    n_features: int | None,
    files: tuple[str, ...] = (),
) -> NDArray[np.float32]:
    """Call `func` on batches of windows and check what it gives."""
    del files  # part of the cache's key: the content of models that `func` is given
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
        _check_shape(features, n_windows=len(batch), n_features=n_features)
        batches.append(features.astype(np.float32, copy=False))
    values = np.concatenate(batches)  # (n_windows, n_features)
    _check_finite(values)
    return values


def _check_shape(
    features: NDArray[Any], *, n_windows: int, n_features: int | None
) -> None:
    width = "n_features" if n_features is None else n_features
    is_table = features.ndim == 2 and len(features) == n_windows
    # The first call, in fit, says how many features there are.
    if not is_table or features.shape[1] != (n_features or features.shape[1]):
        raise ValueError(
            f"func gave an array of shape {features.shape}, but expected "
            f"({n_windows}, {width}): a row per window. Average over time or flatten "
            "what is more."
        )
    if features.dtype.kind not in "biuf":
        raise ValueError(
            f"func gave values of dtype {features.dtype}, but expected numbers."
        )


def _check_finite(values: NDArray[np.float32]) -> None:
    if not np.isfinite(values).all():
        n_bad = int((~np.isfinite(values)).any(axis=1).sum())
        raise ValueError(
            f"func gave NaN or infinite features for {n_bad} of {len(values)} windows. "
            "Mind windows of silence, or end func with np.nan_to_num."
        )


def _takes_sample_rate(func: Callable[..., Any]) -> bool:
    try:
        return "sample_rate" in inspect.signature(func).parameters
    except (TypeError, ValueError):
        # Some compiled functions do not tell their parameters.
        return False
