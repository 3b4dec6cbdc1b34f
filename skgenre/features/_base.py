"""WindowFeaturizer: what all featurizers share, and what a new one adds."""

import copy
import inspect
import os
from collections.abc import Callable
from functools import partial, wraps
from numbers import Integral, Real
from typing import Any, ClassVar, Literal, Self
from uuid import uuid4

import joblib
import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from skgenre._content_hash import (
    NoFingerprintError,
    contents_of_files,
    fingerprint,
)
from skgenre._sklearn import (
    OF_ONE_FIT,
    Interval,
    check_feature_names_in,
    fit_context,
    wrap_data_with_container,
)
from skgenre.features._at_rates import AtRates
from skgenre.features._extract import map_windows, warn_of_low_rate
from skgenre.windows._frame_windower import SAMPLE_RATE
from skgenre.windows._song_windows import SongWindows

WindowFunction = Callable[[NDArray[np.floating], float], NDArray[Any]]


class LeavesSongWindows:
    """Mixin of transformers whose output is a table only where it can be one.

    ``set_output(transform="pandas")`` wants a table of whatever a transformer gives.
    Windows of songs are none, nor are plain arrays of matrices; they pass as they are.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)  # scikit-learn's, which wraps transform
        if "transform" in vars(cls):
            cls.transform = _as_table_if_flat(cls.transform)  # type: ignore[attr-defined]

    def fit_transform(self, X: Any, y: Any = None, **fit_params: Any) -> Any:
        """As scikit-learn's, which would make a table of whatever comes out."""
        return self.fit(X, y, **fit_params).transform(X)  # type: ignore[attr-defined]


def _as_table_if_flat(transform: Callable[..., Any]) -> Callable[..., Any]:
    compute = getattr(transform, "__wrapped__", transform)

    @wraps(compute)
    def wrapped(self: Any, X: Any, *args: Any, **kwargs: Any) -> Any:
        found = compute(self, X, *args, **kwargs)
        if isinstance(found, SongWindows) or found.ndim != 2:
            return found
        return wrap_data_with_container("transform", found, X, self)

    return wrapped


class WindowFeaturizer(LeavesSongWindows, TransformerMixin, BaseEstimator):
    """Base class of featurizers: windows of audio in, features of each window out.

    A subclass says what the features of windows are. From here it has all else:
    songs are read one at a time where the work is done, in several jobs if asked for;
    features are cached by song, and may grow in a file; bad songs are reported together
    at the end; plain arrays of windows give plain arrays; parameters are checked,
    cloned and searched as scikit-learn does::

        SongWindows ─ a song at a time ─► _window_function ─► SongWindows of features
        (n_windows, n_samples) array ───► _window_function ─► array

    **What a subclass writes**, the first two always:

    ``_compute(self, windows, sample_rate)``
        Features of `windows`, a float array of shape (n_windows, n_samples) that must
        not be written to: an array with a row per window, (n_windows, n_features) or
        (n_windows, n_rows, n_frames), each row of its own window alone, since a long
        song comes in several calls. It becomes float32. Attributes that were learned
        in fit are there.
    ``_feature_names(self)``
        List of str: a name per feature, or per row of a window's matrix.
    ``_check_window(self, n_samples, sample_rate)``
        Called by fit. Raises ValueError if the parameters do not go with windows of
        so many samples; may set attributes that end in "_". Does nothing by default.
    ``_window_function(self)``
        What is sent to workers and is part of the cache's key: a picklable function
        of (windows, sample_rate), checks and all. By default it carries a copy of
        the fitted featurizer, without cache, output and jobs, and calls its
        `_compute`. Worth writing where the featurizer is large.
    ``_prefer(self)``
        "processes" (the default), or "threads" where `_compute` lets other threads
        run, as compiled code may.

    Parameters are those of ``__init__``, which only stores them, as always in
    scikit-learn. ``**shared`` at its end, passed on to ``super().__init__``, stands
    for the five below; a subclass without parameters needs no ``__init__``. Limits on
    their values go into ``_parameter_constraints``, with
    ``**WindowFeaturizer._parameter_constraints`` in front.

    Parameters
    ----------
    sample_rate : float, default=None
        Samples per second, where `X` is a plain array: 22,050 if None.
        `SongWindows` know their own.
    memory : str, Path or joblib.Memory, default=None
        Cache of each song's features, keyed by the file (path, size, time of
        change) and all other parameters. An interrupted run goes on where it was.
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
    FunctionFeaturizer : Features by a function, without a class.
    FeatureStack : Joins featurizers, own ones too.

    Examples
    --------
    Write your own:

    >>> import numpy as np
    >>> from skgenre.features import WindowFeaturizer
    >>> class LoudnessFeaturizer(WindowFeaturizer):
    ...     def __init__(self, floor_db=-60.0, **shared):
    ...         super().__init__(**shared)
    ...         self.floor_db = floor_db
    ...
    ...     def _compute(self, windows, sample_rate):
    ...         rms = np.sqrt((windows**2).mean(axis=1, keepdims=True))
    ...         return 20 * np.log10(np.maximum(rms, 10 ** (self.floor_db / 20)))
    ...
    ...     def _feature_names(self):
    ...         return ["loudness_db"]

    It works on windows of songs, with a cache, jobs and a name:

    >>> from skgenre import FrameWindower
    >>> tone = np.sin(np.arange(22050 * 4) / 50)
    >>> songs = [tone, 1e-6 * tone[: 22050 * 2]]
    >>> windows = FrameWindower(2.0).fit_transform(songs)
    >>> loudness = LoudnessFeaturizer(-80.0, n_jobs=1)
    >>> loudness.fit_transform(windows)
    SongWindows(n_songs=2, n_windows=4, window_shape=(1,), dtype=float32)
    >>> loudness.get_feature_names_out().tolist()
    ['loudness_db']
    >>> loudness.transform(windows).values.ravel().round(1).tolist()
    [-3.0, -3.0, -3.0, -80.0]
    >>> loudness
    LoudnessFeaturizer(floor_db=-80.0, n_jobs=1)
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "sample_rate": [Interval(Real, 0, None, closed="neither"), None],
        "memory": [str, os.PathLike, joblib.Memory, None],
        "output": [str, os.PathLike, None],
        "n_jobs": [Integral, None],
        "verbose": ["verbose"],
    }

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Spell out what a subclass takes as ``**shared``, for scikit-learn to see."""
        super().__init_subclass__(**kwargs)
        if "__init__" in vars(cls):
            _spell_out(vars(cls)["__init__"], inherited=super(cls, cls).__init__)

    def __init__(
        self,
        *,
        sample_rate: float | None = None,
        memory: str | os.PathLike[str] | joblib.Memory | None = None,
        output: str | os.PathLike[str] | None = None,
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> None:
        self.sample_rate = sample_rate
        self.memory = memory
        self.output = output
        self.n_jobs = n_jobs
        self.verbose = verbose

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: SongWindows | ArrayLike, y: Any = None) -> Self:
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
            # No sample is read: paths and lengths are all that is known here.
            _check_audio(X, self)
            self.n_features_in_ = X.window_shape[0]
        else:
            validate_data(self, X, dtype=[np.float32, np.float64])
        self.sample_rate_ = sample_rate
        self._check_window(self.n_features_in_, sample_rate)
        self.errors_: dict[Any, str] = {}
        return self

    def transform(self, X: SongWindows | ArrayLike) -> SongWindows | NDArray[Any]:
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
            values: NDArray[np.floating] = validate_data(
                self, X, dtype=[np.float32, np.float64], reset=False
            )
            compute, rate = self._function_at_rates(), self._sample_rate_of(X)
            warn_of_low_rate(compute, rate, stacklevel=4)
            return compute(values, rate)
        _check_audio(X, self)
        if X.window_shape[0] != self.n_features_in_:
            raise ValueError(
                f"Got windows of {X.window_shape[0]} samples, but expected "
                f"{self.n_features_in_}, which {type(self).__name__} was fitted on. "
                "Use the FrameWindower that it was fitted with."
            )
        self._sample_rate_of(X)  # raises if it is not the parameter's
        features = map_windows(
            X,
            self._function_at_rates(),
            finish=self._finish(),
            feature_names=self.get_feature_names_out(),
            memory=self.memory,
            output=self.output,
            n_jobs=self.n_jobs,
            prefer=self._prefer(),
            verbose=self.verbose,
        )
        # A copy, as the windows' own fills while others read them.
        self.errors_ = dict(features.errors)
        return features

    def __getstate__(self) -> dict[str, Any]:
        # What hashes a featurizer, such as the memory of a Pipeline, hashes this: it
        # would know code of the user by its name alone.
        return {**super().__getstate__(), "_code": self._code()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__({k: v for k, v in state.items() if k != "_code"})

    def _code(self) -> str:
        """Hash of the code that features depend on, where it is the user's."""
        return fingerprint_or_new(type(self))

    def get_feature_names_out(
        self, input_features: ArrayLike | None = None
    ) -> NDArray[np.object_]:
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

    def _compute(
        self, windows: NDArray[np.floating], sample_rate: float
    ) -> NDArray[Any]:
        raise NotImplementedError(f"{type(self).__name__} has to define _compute.")

    def _feature_names(self) -> list[str]:
        raise NotImplementedError(
            f"{type(self).__name__} has to define _feature_names."
        )

    def _check_window(self, n_samples: int, sample_rate: float) -> None:
        """Complain if parameters and windows do not go together."""

    def _window_function(self) -> WindowFunction:
        bare = copy.copy(self)
        # What features do not depend on is neither sent nor part of the cache's key.
        bare.memory = bare.output = bare.n_jobs = None
        bare.verbose = 0
        bare.errors_ = {}
        for name in OF_ONE_FIT:
            bare.__dict__.pop(name, None)
        files = contents_of_files(bare.get_params(deep=False))
        return partial(_computed_by, featurizer=bare, files=tuple(files))

    def _parts(self) -> list[tuple[WindowFunction, float | None]]:
        """Functions whose features stand side by side, and the rates they want."""
        return [(self._window_function(), None)]

    def _function_at_rates(self) -> WindowFunction:
        """The function of windows; of songs, one that hears them at several rates."""
        functions, rates = zip(*self._parts(), strict=True)
        if all(rate is None for rate in rates):
            return self._window_function()
        return AtRates(functions, rates)

    def _finish(self) -> Callable[[NDArray[Any]], NDArray[Any]] | None:
        """Make something of all features of a song; nothing by default."""
        return None

    def _prefer(self) -> Literal["processes", "threads"]:
        """What jobs are: numpy between short calls keeps threads from working."""
        return "processes"

    @classmethod
    def _examples(cls) -> list[Self]:
        """Instances that the common tests run."""
        # The base class itself computes nothing that could be tested.
        return [] if cls is WindowFeaturizer else [cls()]

    def _sample_rate_of(self, X: Any) -> float:
        rate = X.sample_rate if isinstance(X, SongWindows) else None
        if rate is None:
            return SAMPLE_RATE if self.sample_rate is None else self.sample_rate
        if self.sample_rate is not None and self.sample_rate != rate:
            raise ValueError(
                f"Got sample_rate={self.sample_rate}, but the windows are at {rate}. "
                "Leave it None: windows know their own."
            )
        return rate

    def __sklearn_tags__(self) -> Any:
        """Windows of silence and of noise alike give finite features."""
        tags = super().__sklearn_tags__()
        tags.requires_fit = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags


def fingerprint_or_new(*objects: Any) -> str:
    """Hash code and parameters; another each time if their content cannot be told.

    Parameters
    ----------
    *objects : object
        Classes, functions, parameters.

    Returns
    -------
    str
        The same for equal content, where that can be told.
    """
    try:
        return fingerprint(*objects)
    except NoFingerprintError:
        return uuid4().hex


def _spell_out(init: Callable, *, inherited: Callable) -> None:
    """Put the parameters that `init` passes on as ``**kwargs`` into its signature.

    scikit-learn reads parameters (for get_params, clone, grids, the repr) from there.
    """
    signature = inspect.signature(init)
    *own, last = signature.parameters.values()
    if last.kind is not inspect.Parameter.VAR_KEYWORD:
        return
    passed_on = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for parameter in list(inspect.signature(inherited).parameters.values())[1:]
        if parameter.name not in signature.parameters
    ]
    # setattr: functions have no __signature__ that a type checker knows of.
    setattr(  # noqa: B010
        init, "__signature__", signature.replace(parameters=[*own, *passed_on])
    )


def _computed_by(
    windows: NDArray[np.floating],
    sample_rate: float,
    *,
    featurizer: WindowFeaturizer,
    files: tuple[str, ...],
) -> NDArray[np.float32]:
    """Features by a featurizer's `_compute`, which must give a row per window."""
    del files  # part of the cache's key: the content of models that parameters name
    # Of no windows there still are columns: describe one of silence, and leave it.
    given = windows if len(windows) else np.zeros((1, windows.shape[1]), np.float32)
    features = np.asarray(featurizer._compute(given, sample_rate))
    if features.ndim < 2 or len(features) != len(given):
        raise ValueError(
            f"Got an array of shape {features.shape} from {type(featurizer).__name__}, "
            f"but expected ({len(given)}, n_features): a row per window. Mind the axis "
            "in _compute."
        )
    return features[: len(windows)].astype(np.float32, copy=False)


def _check_audio(windows: SongWindows, featurizer: WindowFeaturizer) -> None:
    # Vectors of features have names, windows of audio have none.
    if len(windows.window_shape) != 1 or windows.feature_names is not None:
        raise ValueError(
            f"Got windows of shape {windows.window_shape}, but "
            f"{type(featurizer).__name__} expected windows of audio, (n_samples,) "
            "each. Put it behind FrameWindower."
        )
