"""WindowTransformer: any transformer of scikit-learn, fitted on windows of songs."""

from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, MetaEstimatorMixin, TransformerMixin, clone
from sklearn.feature_selection import SelectKBest
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

from skgenre._sklearn import HasMethods, check_feature_names_in, fit_context
from skgenre.features._base import LeavesSongWindows
from skgenre.windows._inputs import SeesWindows, read_songs
from skgenre.windows._song_windows import SongWindows


class WindowTransformer(
    LeavesSongWindows,
    SeesWindows,
    TransformerMixin,
    MetaEstimatorMixin,
    BaseEstimator,
):
    """Put any transformer in front of the vote: a scaler, PCA, a selector.

    scikit-learn's transformers want a matrix, which songs are not. In here one is
    fitted on the windows of all songs, each with its song's label, and what it gives
    for a window stays with that window's song::

        SongWindows ──► windows ──► transformer ──► SongWindows, same songs and starts
        array       ──────────────► transformer ──► what it gives

    Parameters
    ----------
    transformer : transformer
        Gives a row for each row. One that needs no ``y`` is not told any. One that
        splits its rows by a ``cv`` of its own is refused, as it would put windows of
        one song on both sides; inside `GroupVotingClassifier` such a one gets folds
        of whole songs.

    Attributes
    ----------
    transformer_ : transformer
        Fitted on windows.
    window_shape_ : tuple of int
        Shape of a window in fit, where `X` was a `SongWindows`.
    n_features_in_ : int
        Features per window, where windows are vectors.
    feature_names_in_ : array of str of shape (n_features_in_,)
        Their names, where `X` in fit had any. What `transform` gets must have the same.

    See Also
    --------
    FeatureStack : Several featurizers side by side.
    FunctionFeaturizer : Features by a function of windows of audio.

    Notes
    -----
    A transformer that belongs to the classifier, such as a scaler, is as well off
    inside the vote: ``GroupVotingClassifier(make_pipeline(StandardScaler(), ...))``.
    Out here it is fitted once for all votings of a search, serves `MILClassifier`, and
    is seen by what looks at windows. All windows are read into memory.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.preprocessing import MinMaxScaler
    >>> from skgenre import SongWindows
    >>> from skgenre.features import WindowTransformer
    >>> w = SongWindows([[0.0], [2.0], [4.0]], [2, 1], feature_names=["loudness"])
    >>> scaled = WindowTransformer(MinMaxScaler()).fit_transform(w)
    >>> scaled
    SongWindows(n_songs=2, n_windows=3, window_shape=(1,), dtype=float64)
    >>> scaled[0].ravel().tolist(), scaled.feature_names.tolist()
    ([0.0, 0.5], ['loudness'])
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "transformer": [HasMethods(["fit", "transform"])],
    }

    def __init__(self, transformer: Any) -> None:
        self.transformer = transformer

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: SongWindows | ArrayLike, y: ArrayLike | None = None) -> Self:
        """Fit the transformer on windows.

        Parameters
        ----------
        X : SongWindows, or array-like of shape (n_windows, n_features)
            Songs, or windows.
        y : array-like of shape (n_rows,), default=None
            The label of each song, or of each row of an array, for a transformer that
            asks for it.

        Returns
        -------
        self : object
            Fitted.
        """
        if not isinstance(X, SongWindows):
            self.transformer_ = clone(self.transformer).fit(X, y)
            self._forget(getattr(X, "shape", (0,))[1:])
            # What an array holds is the transformer's to check and to keep.
            for name in ("n_features_in_", "feature_names_in_"):
                if hasattr(self.transformer_, name):
                    setattr(self, name, getattr(self.transformer_, name))
            return self
        self._refuse_folds()
        given = read_songs(X, caller=type(self).__name__)
        self._see(given, reset=True)
        window_y = None if y is None else X.expand(y)
        self.transformer_ = clone(self.transformer).fit(given.windows, window_y)
        return self

    def transform(self, X: SongWindows | ArrayLike) -> SongWindows | NDArray[Any]:
        """Transform every window.

        Parameters
        ----------
        X : SongWindows, or array-like of shape (n_windows, n_features)
            Songs, or windows.

        Returns
        -------
        SongWindows or array
            The form of `X`: the same songs, their windows transformed.
        """
        check_is_fitted(self)
        if not isinstance(X, SongWindows):
            return self.transformer_.transform(X)
        songs = X.load()
        self._see(read_songs(songs, caller=type(self).__name__), reset=False)
        values = self._transformed(songs.values)
        # Samples that became as many samples are audio still.
        is_audio = songs.sample_rate is not None and values.shape == songs.values.shape
        is_named = values.ndim == 2 and not is_audio
        return SongWindows(
            values,
            songs.counts,
            song_ids=songs.song_ids,
            starts=songs.starts,
            rows=songs.rows,
            window_seconds=songs.window_seconds,
            sample_rate=songs.sample_rate if is_audio else None,
            feature_names=self._names(songs, values.shape[1]) if is_named else None,
            errors=songs.errors,
            ends=songs.marks.ends,
            window_weight=songs.window_weight,
        )

    def get_feature_names_out(
        self, input_features: ArrayLike | None = None
    ) -> NDArray[np.object_]:
        """Names of the transformed features.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the features that go in; those seen in fit if None.

        Returns
        -------
        array of str of shape (n_features_out,)
            As the transformer says them.
        """
        check_is_fitted(self)
        names = check_feature_names_in(self, input_features)
        return np.asarray(self.transformer_.get_feature_names_out(names), dtype=object)

    def _transformed(self, windows: NDArray[Any]) -> NDArray[Any]:
        if len(windows) == 0:
            # Most transformers refuse no rows, but there still are columns.
            blank = np.zeros((1, *windows.shape[1:]), windows.dtype)
            return self._transformed(blank)[:0]
        found = self.transformer_.transform(windows)
        name = type(self.transformer_).__name__
        if issparse(found):
            raise ValueError(
                f"Got a sparse array from {name}, but expected an array, which windows "
                "of songs are kept in. Set sparse_output=False, or put it inside the "
                "vote: GroupVotingClassifier(make_pipeline(...))."
            )
        values = np.asarray(found)  # a table where set_output asked for one
        if values.ndim < 2 or len(values) != len(windows):
            raise ValueError(
                f"Got an array of shape {values.shape} from {name}, but expected "
                f"{len(windows)} rows, one for each window. Leave out windows before: "
                "FrameWindower(silence_db=...)."
            )
        return values

    def _names(self, songs: SongWindows, n_features: int) -> NDArray[np.object_]:
        if hasattr(self.transformer_, "get_feature_names_out"):
            return self.get_feature_names_out(songs.feature_names)
        # Such as a FunctionTransformer, which only knows what it did.
        if songs.feature_names is not None and len(songs.feature_names) == n_features:
            return songs.feature_names
        return np.array([f"feature_{i}" for i in range(n_features)], dtype=object)

    def _refuse_folds(self) -> None:
        """Complain of a transformer that would split windows at random."""
        params = {}
        if hasattr(self.transformer, "get_params"):
            params = self.transformer.get_params(deep=True)
        for name, cv in params.items():
            splits = cv is None or isinstance(cv, int) or hasattr(cv, "split")
            if name.rpartition("__")[2] == "cv" and splits:
                raise ValueError(
                    f"Got {type(self.transformer).__name__} with {name}={cv!r}, which "
                    "would put windows of one song on both sides of a split, but "
                    "expected a transformer without folds of its own. Put it inside "
                    "the vote, where folds are of whole songs: "
                    "GroupVotingClassifier(make_pipeline(selector, classifier))."
                )

    @classmethod
    def _examples(cls) -> list[Self]:
        """Instances that the common tests run."""
        return [cls(StandardScaler()), cls(SelectKBest(k=1))]

    def __sklearn_tags__(self) -> Any:
        """Accept what the transformer accepts."""
        tags = super().__sklearn_tags__()
        inner = get_tags(self.transformer)
        tags.input_tags = inner.input_tags
        tags.target_tags = inner.target_tags
        tags.transformer_tags = inner.transformer_tags
        tags.requires_fit = inner.requires_fit
        tags.no_validation = inner.no_validation
        return tags
