"""FeatureStack: several featurizers side by side, each song read once."""

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar, Literal, Self

import joblib
import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from skgenre._sklearn import BaseComposition
from skgenre.features._base import WindowFeaturizer, WindowFunction
from skgenre.features._kernels.checks import check_names
from skgenre.features._kernels.statistics import STATISTICS, summarize
from skgenre.windows._song_windows import SongWindows


class FeatureStack(WindowFeaturizer, BaseComposition):
    """Join the features of several featurizers, reading each song once.

    What scikit-learn's FeatureUnion is to transformers, but every song is decoded
    and cut only once for all of them.

    Parameters
    ----------
    featurizers : list of (str, featurizer)
        Name and featurizer of vectors: MFCCFeaturizer and MelSpectrogramFeaturizer
        with a `summary`, any other `WindowFeaturizer` that gives vectors, or a
        FeatureStack.
        Parameters are set by name: ``stack.set_params(mfcc__n_mfcc=20)``. `memory`,
        `output`, `n_jobs` and `verbose` of the parts are not used, those of the stack
        are.
    song_summary : sequence of str, default=None
        Append to each window these statistics of all of its song's windows: "mean",
        "std", "min", "max", "median", "p10", "p25", "p75", "p90", "skew",
        "kurtosis". A window then knows its surroundings. Needs `SongWindows`.
    sample_rate : float, default=None
        Samples per second, where `X` is a plain array: 22,050 if None.
        `SongWindows` know their own.
    memory : str, Path or joblib.Memory, default=None
        Cache of each song's features, keyed by the file (path, size, time of
        change) and all parameters of all parts.
    output : str or Path, default=None
        A ``.npy`` file for the features of `SongWindows`, which then stay there;
        `SongWindows.open` finds them again. In memory if None.
    n_jobs : int, default=None
        Songs at a time, as in joblib.
    verbose : int, default=0
        Above 0 shows a progress bar.

    Attributes
    ----------
    featurizers_ : list of (str, featurizer)
        The fitted parts.
    errors_ : dict
        Why songs of the last `transform` have no features: ``{song_id: reason}``.
    sample_rate_ : float
        Samples per second of the windows seen in fit.
    n_features_in_ : int
        Samples per window.

    See Also
    --------
    sklearn.pipeline.FeatureUnion : The same for rows of one array.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre import (
    ...     FeatureStack, FrameWindower, FunctionFeaturizer, MFCCFeaturizer
    ... )
    >>> def peak(windows):
    ...     return np.abs(windows).max(axis=1, keepdims=True)
    >>> songs = [np.sin(np.arange(22050 * 4) / 50)]
    >>> windows = FrameWindower(1.0).fit_transform(songs)
    >>> stack = FeatureStack(
    ...     [("mfcc", MFCCFeaturizer(2, summary=("mean",))),
    ...      ("peak", FunctionFeaturizer(peak, feature_names=["peak"]))]
    ... )
    >>> stack.fit_transform(windows)
    SongWindows(n_songs=1, n_windows=7, window_shape=(3,), dtype=float32)
    >>> stack.get_feature_names_out().tolist()
    ['mfcc__mfcc_0_mean', 'mfcc__mfcc_1_mean', 'peak__peak']
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **WindowFeaturizer._parameter_constraints,
        "featurizers": [list, tuple],
        "song_summary": ["array-like", None],
    }

    def __init__(
        self,
        featurizers: Sequence[tuple[str, WindowFeaturizer]],
        *,
        song_summary: Sequence[str] | None = None,
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
        self.featurizers = featurizers
        self.song_summary = song_summary

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Parameters of the stack, of each featurizer, and the featurizers by name.

        Parameters
        ----------
        deep : bool, default=True
            Whether to give those of the featurizers as well, ``name__parameter``.

        Returns
        -------
        dict
            Values by name.
        """
        return self._get_params("featurizers", deep=deep)

    def set_params(self, **params: Any) -> Self:
        """Set parameters of the stack or of a featurizer, or replace one by name.

        Parameters
        ----------
        **params
            ``song_summary=...``, ``mfcc__n_mfcc=...``, ``mfcc=MFCCFeaturizer(...)``.

        Returns
        -------
        self : FeatureStack
            The stack.
        """
        self._set_params("featurizers", **params)
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
        if self.song_summary is not None and not isinstance(X, SongWindows):
            raise ValueError(
                f"Got song_summary={self.song_summary!r} with windows in a plain "
                "array, which does not say which windows make a song. Pass SongWindows "
                "(SongWindows.from_arrays(X, groups, sample_rate=...)), or "
                "song_summary=None."
            )
        return super().transform(X)

    def _check_window(self, n_samples: int, sample_rate: float) -> None:
        self._check_parts()
        check_names(
            "song_summary",
            self.song_summary,
            allowed=sorted(STATISTICS),
            optional=True,
        )
        # One window of zeros: fit learns nothing but the window's length.
        silence = np.zeros((1, n_samples), np.float32)
        self.featurizers_ = [
            (name, _at_rate(name, featurizer, sample_rate).fit(silence))
            for name, featurizer in self.featurizers
        ]

    def _check_parts(self) -> None:
        parts = list(self.featurizers)
        valid = all(
            isinstance(part, tuple) and len(part) == 2 and isinstance(part[0], str)
            for part in parts
        )
        if not parts or not valid:
            raise ValueError(
                f"Got featurizers={self.featurizers!r}, but expected a list of (name, "
                "featurizer) tuples, at least one."
            )
        self._validate_names([name for name, _ in parts])
        for name, featurizer in parts:
            if not isinstance(featurizer, WindowFeaturizer):
                raise ValueError(
                    f"Got {type(featurizer).__name__} as {name!r}, but expected a "
                    "featurizer of skgenre; wrap others in FunctionFeaturizer."
                )

    def _window_function(self) -> WindowFunction:
        functions = tuple(part._window_function() for _, part in self.featurizers_)
        return partial(_side_by_side, functions=functions)

    def _parts(self) -> list[tuple[WindowFunction, float | None]]:
        return [part for _, inner in self.featurizers_ for part in inner._parts()]

    def _finish(self) -> Callable[[NDArray[Any]], NDArray[Any]] | None:
        if self.song_summary is None:
            return None
        return partial(append_song_statistics, statistics=tuple(self.song_summary))

    def _prefer(self) -> Literal["processes", "threads"]:
        # One part that keeps threads from working keeps all from it.
        kinds = {part._prefer() for _, part in self.featurizers_}
        return "threads" if kinds == {"threads"} else "processes"

    def _feature_names(self) -> list[str]:
        names = [
            f"{name}__{feature}"
            for name, part in self.featurizers_
            for feature in part.get_feature_names_out()
        ]
        statistics = self.song_summary or ()
        return names + [f"song_{name}_{s}" for s in statistics for name in names]

    @classmethod
    def _examples(cls) -> list[Self]:
        """Instances that the common tests run."""
        # Imported here: a stack itself needs no other featurizer.
        from skgenre.features import FunctionFeaturizer, SpectralFeaturizer

        parts: list[tuple[str, WindowFeaturizer]] = [
            ("zcr", SpectralFeaturizer(["zcr"], summary=["mean"])),
            ("level", FunctionFeaturizer._examples()[0]),
        ]
        return [cls(parts)]


def _at_rate(
    name: str, featurizer: WindowFeaturizer, sample_rate: float
) -> WindowFeaturizer:
    """Copy a part, unfitted, for windows of the stack's sample rate."""
    part = clone(featurizer)
    if part.sample_rate is None:
        part.set_params(sample_rate=sample_rate)
    elif part.sample_rate != sample_rate:
        raise ValueError(
            f"Got sample_rate={part.sample_rate} in {name!r}, but the windows are at "
            f"{sample_rate}. Leave it None there."
        )
    if isinstance(part, FeatureStack) and part.song_summary is not None:
        raise ValueError(
            f"Got song_summary={part.song_summary!r} in {name!r}, but expected it at "
            "the outermost FeatureStack only."
        )
    if getattr(part, "summary", ()) is None:
        raise ValueError(
            f"Got summary=None in {name!r}, whose windows would be matrices, but "
            "expected vectors. Set its summary=('mean', 'std')."
        )
    return part


def _side_by_side(
    windows: NDArray[np.floating],
    sample_rate: float,
    *,
    functions: tuple[WindowFunction, ...],
) -> NDArray[np.float32]:
    """Features of windows by every function, side by side."""
    parts = [function(windows, sample_rate) for function in functions]
    # (n_windows, the sum of their features)
    return np.concatenate(parts, axis=1).astype(np.float32, copy=False)


def append_song_statistics(
    features: NDArray[np.float32], statistics: tuple[str, ...]
) -> NDArray[np.float32]:
    """Append to each window of one song the same statistics of all of them.

    Parameters
    ----------
    features : float32 array of shape (n_windows, n_features)
        The windows of one song.
    statistics : tuple of str
        Keys of `STATISTICS`.

    Returns
    -------
    float32 array of shape (n_windows, n_features * (1 + len(statistics)))
        Each window's features, then the song's.
    """
    n_windows, n_features = features.shape
    if n_windows == 0:
        return np.zeros((0, n_features * (1 + len(statistics))), np.float32)
    song = summarize(features.T[None], statistics)  # (1, n_statistics * n_features)
    return np.concatenate([features, np.repeat(song, n_windows, axis=0)], axis=1)
