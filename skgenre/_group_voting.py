"""GroupVotingClassifier: any classifier of windows, one verdict per song."""

import inspect
import warnings
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from scipy.special import expit, softmax
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.metrics import accuracy_score
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    check_consistent_length,
    check_is_fitted,
    has_fit_parameter,
    validate_data,
)

from skgenre._groups import collapse_labels, factorize_groups
from skgenre._optional import require
from skgenre._sklearn import (
    HasMethods,
    StrOptions,
    check_sample_weight,
    fit_context,
    routing_enabled,
)
from skgenre._songs import SongWindows
from skgenre._voting import VOTINGS, aggregate


@dataclass
class _Rows:
    """What X holds: windows, the song of each, and what the rows of X are."""

    windows: Any  # what the window classifier gets, one row per window
    codes: np.ndarray  # (n_windows,), the song's number
    song_ids: np.ndarray  # (n_songs,)
    rows_are_songs: bool
    window_shape: tuple[int, ...]

    def spread(self, song_values: np.ndarray) -> np.ndarray:
        """One value per row of X."""
        return song_values if self.rows_are_songs else song_values[self.codes]

    @property
    def n_rows(self) -> int:
        return len(self.song_ids) if self.rows_are_songs else len(self.codes)


class GroupVotingClassifier(MetaEstimatorMixin, ClassifierMixin, BaseEstimator):
    """Classify songs by voting over a classifier of their windows.

    The classifier is fitted on windows, each with its song's label. Its
    probabilities for the windows of a song are then aggregated to one verdict.
    There is one prediction for each row of `X`:

    - `X` is a `SongWindows`: rows are songs. Everything of scikit-learn works at
      the level of songs, and `groups` may name the artist of each song.
    - `X` is an array of windows with ``groups=`` (the song of each): rows are
      windows, each gets its song's verdict, and `score` counts each song once.
      With metadata routing enabled `groups` is requested by default. A model
      fitted so raises if it is asked to predict without `groups`.
    - `X` is an array without `groups`: every row is its own song.

    Parameters
    ----------
    estimator : classifier
        Any classifier with `predict_proba`, or else `decision_function`, which is
        squashed by the logistic function (two classes) or softmax (more). Those are
        no calibrated probabilities; wrap it in CalibratedClassifierCV for that.
    voting : str or callable, default="mean"
        With p the probabilities of a song's n windows, clipped to the dtype's eps
        for logarithms, a song's probabilities are proportional to:

        - "majority": the share of windows whose largest p is the class; ties go to
          the class with the larger mean p.
        - "mean", "median", "max": that of p.
        - "mean_log_proba": exp(mean log p), the geometric mean.
        - "mean_log_odds": 1 / (1 + exp(-mean log(p / (1 - p)))).
        - "naive_bayes": prior^(1 - n) * product of p, as if windows were
          independent; overlapping windows make it overconfident.
        - callable: ``f(window_proba, groups) -> song_proba``, with groups 0, 1, 2,
          ... in order and song_proba of shape (n_songs, n_classes).
    song_balanced : bool, default=False
        Weight windows so that each song counts the same in fit, however long it
        is. Needs an `estimator` whose fit takes `sample_weight`.

    Attributes
    ----------
    classes_ : array of shape (n_classes,)
        The labels, in the order of all columns.
    class_prior_ : array of shape (n_classes,)
        Share of each class among the training songs.
    estimator_ : classifier
        The fitted classifier of windows.
    voting_ : str or callable
        The voting in use.
    window_shape_ : tuple of int
        Shape of one window.
    n_features_in_ : int
        Features per window, where windows are vectors.
    feature_names_in_ : array of str of shape (n_features_in_,)
        Names of the features, where `X` in fit was a table with names.

    See Also
    --------
    FrameWindower : Cuts songs into windows.
    MFCCFeaturizer : Features of windows.
    vote : The same votings on probabilities that are at hand.

    References
    ----------
    .. [1] "Keras: how to aggregate over frame-level predictions to song-level
       prediction", Stack Overflow: majority, mean and mean log-odds votings.
    .. [2] J. Kittler et al., "On combining classifiers", IEEE TPAMI 20(3), 1998.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skgenre import GroupVotingClassifier, SongWindows
    >>> rng = np.random.default_rng(0)
    >>> y = np.array(["jazz", "rock"] * 10)
    >>> songs = SongWindows(rng.normal(size=(100, 3)), counts=[5] * 20)
    >>> songs.values[songs.expand(y) == "rock"] += 0.5
    >>> model = GroupVotingClassifier(LogisticRegression(), voting="mean_log_odds")
    >>> model.fit(songs, y).predict(songs[:4])
    array(['jazz', 'rock', 'jazz', 'rock'], dtype='<U4')
    """

    # Under metadata routing `groups` reaches every method without further ado:
    # windows must never be scored as songs for want of a request.
    __metadata_request__fit: ClassVar[dict] = {"groups": True}
    __metadata_request__predict: ClassVar[dict] = {"groups": True}
    __metadata_request__predict_proba: ClassVar[dict] = {"groups": True}
    __metadata_request__predict_log_proba: ClassVar[dict] = {"groups": True}
    __metadata_request__score: ClassVar[dict] = {"groups": True}

    _parameter_constraints: ClassVar[dict] = {
        "estimator": [
            HasMethods(["fit", "predict_proba"]),
            HasMethods(["fit", "decision_function"]),
        ],
        "voting": [StrOptions(set(VOTINGS)), callable],
        "song_balanced": ["boolean"],
    }

    def __init__(self, estimator, *, voting="mean", song_balanced=False):
        self.estimator = estimator
        self.voting = voting
        self.song_balanced = song_balanced

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X, y, groups=None, sample_weight=None):
        """Fit the classifier on windows.

        Parameters
        ----------
        X : SongWindows, or array-like of shape (n_windows, *window_shape)
            Songs, or windows.
        y : array-like of shape (n_rows,)
            The label of each row of `X`. All windows of a song must agree.
        groups : array-like of shape (n_rows,), default=None
            Where `X` is an array of windows: the song of each, of any dtype and in
            any order. Where `X` is a `SongWindows`: the artist of each song, which
            this class does not use, but which may be routed here.
        sample_weight : array-like of shape (n_rows,), default=None
            Weight of each row. A song's weight holds for each of its windows.

        Returns
        -------
        self : GroupVotingClassifier
            Fitted.
        """
        rows = self._rows(X, groups, reset=True)
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is "
                "None."
            )
        y = self._check_y(X, y, rows)
        check_classification_targets(y)
        weight = None
        if sample_weight is not None:
            weight = check_sample_weight(sample_weight, np.empty((rows.n_rows, 1)))
        self._learn_classes(y, weight, rows)
        window_y = y[rows.codes] if rows.rows_are_songs else y
        fit_weight = self._window_weight(weight, rows)
        extra = {}
        if fit_weight is not None:
            extra = {self._weight_name(): fit_weight}
        self.estimator_ = clone(self.estimator)
        try:
            self.estimator_.fit(rows.windows, window_y, **extra)
        except ValueError as error:
            if len(rows.window_shape) > 1 and "dim" in str(error):
                error.add_note(
                    f"The windows have shape {rows.window_shape}. A classifier of "
                    "vectors needs the featurizer's summary=('mean', 'std')."
                )
            raise
        self._check_estimator_classes()
        self.voting_ = self.voting
        return self

    def predict_window_proba(self, X, groups=None):
        """Probabilities of each window by itself, before the voting.

        Parameters
        ----------
        X : SongWindows, or array-like of shape (n_windows, *window_shape)
            Songs, or windows.
        groups : array-like, default=None
            Not needed here; accepted as in `predict_proba`.

        Returns
        -------
        array of shape (n_windows, n_classes)
            One row per window, in the order of ``X.values`` or of `X`.
        """
        check_is_fitted(self)
        del groups
        if isinstance(X, SongWindows):
            X = X.load()
            self._check_window_shape(X.window_shape)
            return self._window_proba(X.values)
        return self._window_proba(self._check_array(X, reset=False))

    def predict_proba(self, X, groups=None):
        """Probabilities of the song of each row.

        Parameters
        ----------
        X : SongWindows, or array-like of shape (n_windows, *window_shape)
            Songs, or windows.
        groups : array-like of shape (n_rows,), default=None
            The song of each window, where `X` is an array of windows.

        Returns
        -------
        array of shape (n_rows, n_classes)
            Rows add up to one. Songs without windows get the training songs' class
            shares, with a warning.
        """
        rows, song_proba = self._song_proba(X, groups)
        return rows.spread(song_proba)

    def predict_log_proba(self, X, groups=None):
        """Logarithm of `predict_proba`.

        Parameters
        ----------
        X : SongWindows, or array-like of shape (n_windows, *window_shape)
            Songs, or windows.
        groups : array-like of shape (n_rows,), default=None
            The song of each window, where `X` is an array of windows.

        Returns
        -------
        array of shape (n_rows, n_classes)
            Natural logarithms.
        """
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X, groups=groups))

    def predict(self, X, groups=None):
        """Verdict on the song of each row.

        Parameters
        ----------
        X : SongWindows, or array-like of shape (n_windows, *window_shape)
            Songs, or windows.
        groups : array-like of shape (n_rows,), default=None
            The song of each window, where `X` is an array of windows.

        Returns
        -------
        array of shape (n_rows,)
            Labels.
        """
        song_proba = self.predict_proba(X, groups=groups)
        return self.classes_[song_proba.argmax(axis=1)]

    def score(self, X, y, groups=None, sample_weight=None):
        """Share of songs with the right verdict.

        Parameters
        ----------
        X : SongWindows, or array-like of shape (n_windows, *window_shape)
            Songs, or windows.
        y : array-like of shape (n_rows,)
            The true label of each row.
        groups : array-like of shape (n_rows,), default=None
            The song of each window, where `X` is an array of windows.
        sample_weight : array-like of shape (n_rows,), default=None
            Weight of each row; a song weighs the mean of its windows' weights.

        Returns
        -------
        float
            Accuracy over songs, each counted once.

        Raises
        ------
        ValueError
            If `y` holds a class that was not there in fit, which no verdict can
            get right: the split left a class out.
        """
        rows, song_proba = self._song_proba(X, groups)
        y = self._check_y(X, y, rows)
        if not rows.rows_are_songs:
            y = collapse_labels(y, rows.codes, rows.song_ids)
        unseen = sorted(set(y.tolist()) - set(self.classes_.tolist()), key=str)
        if unseen:
            raise ValueError(
                f"y holds the class(es) {unseen}, of which no song was there in fit "
                f"(fitted on {self.classes_.tolist()}), so each would count as wrong. "
                "If a split did this, take StratifiedGroupKFold."
            )
        if sample_weight is not None:
            weight = check_sample_weight(sample_weight, np.empty((rows.n_rows, 1)))
            if not rows.rows_are_songs:
                n_windows = np.bincount(rows.codes)
                weight = np.bincount(rows.codes, weights=weight) / n_windows
            sample_weight = weight
        verdicts = self.classes_[song_proba.argmax(axis=1)]
        return accuracy_score(y, verdicts, sample_weight=sample_weight)

    def timeline(self, X, groups=None):
        """Table of what each window says, beside the verdict on its song.

        Parameters
        ----------
        X : SongWindows, or array-like of shape (n_windows, *window_shape)
            Songs, or windows.
        groups : array-like of shape (n_rows,), default=None
            The song of each window, where `X` is an array of windows.

        Returns
        -------
        pandas.DataFrame
            One row per window: song, start and end (seconds, NaN if not known),
            one column of probabilities per class, and the song's verdict.
        """
        pandas = require("pandas", "plot", "timeline")

        check_is_fitted(self)
        start = end = np.nan
        if isinstance(X, SongWindows):
            X = X.load()
            seconds = np.nan if X.window_seconds is None else X.window_seconds
            start, end = X.starts, X.starts + seconds
        rows = self._rows(X, groups, reset=False)
        window_proba = self._window_proba(rows.windows)
        song_proba = self._vote(window_proba, rows)
        verdicts = self.classes_[song_proba.argmax(axis=1)]
        table = {"song": rows.song_ids[rows.codes], "start": start, "end": end}
        table |= dict(zip(self.classes_.tolist(), window_proba.T, strict=True))
        frame = pandas.DataFrame(table, index=range(len(rows.codes)))
        frame["verdict"] = verdicts[rows.codes]
        return frame

    # -- input ----------------------------------------------------------------------

    def _rows(self, X: Any, groups: Any, *, reset: bool) -> _Rows:
        if isinstance(X, SongWindows):
            X = X.load()
            if groups is not None:
                check_consistent_length(X, groups)
            if reset:
                # A fit on a table before this one may have left names behind.
                self.__dict__.pop("feature_names_in_", None)
                self.__dict__.pop("n_features_in_", None)
                if len(X.window_shape) == 1:
                    self.n_features_in_ = X.window_shape[0]
                self._has_songs = True
                self.window_shape_ = X.window_shape
            self._check_window_shape(X.window_shape)
            return _Rows(X.values, X.groups, X.song_ids, True, X.window_shape)
        windows = self._check_array(X, reset=reset)
        window_shape = tuple(windows.shape[1:])
        if reset:
            self._has_songs = groups is not None
        if groups is None:
            if self._has_songs:
                raise ValueError(
                    f"This {type(self).__name__} was fitted on songs of many windows, "
                    "so it needs groups to know which windows make a song: pass "
                    "groups=..., or a SongWindows (SongWindows.from_arrays(X, groups))."
                    " scikit-learn's named scorers cannot pass groups to predict: keep "
                    "the default scoring, or use SongWindows, with which all work."
                )
            songs = np.arange(windows.shape[0])
            return _Rows(windows, songs, songs, True, window_shape)
        codes, song_ids = factorize_groups(groups, windows.shape[0])
        return _Rows(windows, codes, song_ids, False, window_shape)

    def _check_array(self, X: Any, *, reset: bool) -> Any:
        if not hasattr(X, "shape"):
            X = np.asarray(X)
        if getattr(getattr(X, "dtype", None), "kind", "f") in "SU":
            raise ValueError(
                "X holds strings. If they are paths of songs, put FrameWindower and "
                "MFCCFeaturizer before this classifier in a Pipeline."
            )
        if len(X.shape) < 2:
            raise ValueError(
                "X must be a SongWindows or an array of windows, (n_windows, "
                f"n_features). Got {type(X).__name__} of shape {X.shape}. Reshape your "
                "data with X.reshape(-1, 1) if it has a single feature or "
                "X.reshape(1, -1) if it is a single window."
            )
        if X.shape[0] == 0:
            raise ValueError(
                f"Found array with 0 sample(s) (shape={X.shape}) while a minimum of 1 "
                "is required: X holds no window."
            )
        if len(X.shape) == 2:
            # Names and number of features are scikit-learn's to keep; the window
            # classifier checks the values.
            validate_data(self, X, skip_check_array=True, reset=reset)
        if reset:
            self.window_shape_ = tuple(X.shape[1:])
        elif len(X.shape) != 2:
            self._check_window_shape(tuple(X.shape[1:]))
        return X

    def _check_window_shape(self, window_shape: tuple[int, ...]) -> None:
        if window_shape != self.window_shape_:
            raise ValueError(
                f"{type(self).__name__} was fitted on windows of shape "
                f"{self.window_shape_}. Got windows of shape {window_shape}; use the "
                "windower and featurizer that it was fitted with."
            )

    def _check_y(self, X: Any, y: Any, rows: _Rows) -> np.ndarray:
        y = np.asarray(y)
        if y.ndim == 2 and y.shape[1] == 1:
            from sklearn.utils.validation import column_or_1d

            y = column_or_1d(y, warn=True)
        if y.ndim != 1 or len(y) != rows.n_rows:
            unit = "song" if isinstance(X, SongWindows) else "row of X"
            hint = ""
            if isinstance(X, SongWindows) and y.shape == (len(rows.codes),):
                hint = " It looks like one per window; use X.collapse(y)."
            raise ValueError(
                f"y must have one label per {unit}: expected shape ({rows.n_rows},). "
                f"Got shape {y.shape}.{hint}"
            )
        return y

    # -- fit --------------------------------------------------------------------------

    def _learn_classes(self, y: np.ndarray, weight: Any, rows: _Rows) -> None:
        counts = np.bincount(rows.codes, minlength=len(rows.song_ids))
        if rows.rows_are_songs:
            song_y, song_weight = y, weight
        else:
            song_y = collapse_labels(y, rows.codes, rows.song_ids)
            song_weight = None
            if weight is not None:
                song_weight = np.bincount(rows.codes, weights=weight) / counts
        self.classes_, codes = np.unique(song_y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"{type(self).__name__} needs songs of at least 2 classes. Got only "
                f"one class: {self.classes_[0]!r}."
            )
        share = np.bincount(codes, weights=song_weight, minlength=len(self.classes_))
        if share.sum() <= 0:
            raise ValueError("The sample weights add up to 0; expected more.")
        self.class_prior_ = share / share.sum()
        empty = np.flatnonzero(counts == 0)
        if len(empty) == len(counts):
            raise ValueError("None of the songs has a window; nothing can be fitted.")
        if len(empty):
            left = self.classes_[np.bincount(codes[counts > 0], minlength=0) > 0]
            lost = sorted(set(self.classes_.tolist()) - set(left.tolist()), key=str)
            warnings.warn(
                f"{len(empty)} of {len(counts)} songs have no windows and are left out "
                f"of fit: {_listed(rows.song_ids[empty])}."
                + (f" The class(es) {lost} cannot be learned." if lost else ""),
                UserWarning,
                stacklevel=3,
            )

    def _window_weight(self, weight: Any, rows: _Rows) -> np.ndarray | None:
        if weight is not None and rows.rows_are_songs:
            weight = weight[rows.codes]
        if not self.song_balanced:
            return weight
        counts = np.bincount(rows.codes, minlength=len(rows.song_ids))
        # Scaled so that the windows' mean weight is 1, as without balance.
        balance = len(rows.codes) / (counts > 0).sum() / counts[rows.codes]
        return balance if weight is None else balance * weight

    def _weight_name(self) -> str:
        """Name under which the estimator's fit takes the weights of its rows."""
        name, target = "sample_weight", self.estimator
        while isinstance(target, Pipeline):
            # Under metadata routing a Pipeline forwards sample_weight by itself.
            if not routing_enabled():
                prefix = name.removesuffix("sample_weight")
                name = f"{prefix}{target.steps[-1][0]}__sample_weight"
            target = target.steps[-1][1]
        parameters = inspect.signature(target.fit).parameters.values()
        if not has_fit_parameter(target, "sample_weight") and not any(
            p.kind is p.VAR_KEYWORD for p in parameters
        ):
            raise ValueError(
                "song_balanced=True and sample_weight need an estimator whose fit "
                f"takes sample_weight. Got {type(target).__name__}."
            )
        return name

    def _check_estimator_classes(self) -> None:
        unknown = set(self.estimator_.classes_.tolist()) - set(self.classes_.tolist())
        if unknown:
            # An estimator fitted before (FrozenEstimator) may know more classes.
            union = np.union1d(self.classes_, self.estimator_.classes_)
            prior = np.zeros(len(union))
            prior[np.searchsorted(union, self.classes_)] = self.class_prior_
            self.classes_, self.class_prior_ = union, prior

    # -- predict ----------------------------------------------------------------------

    def _song_proba(self, X: Any, groups: Any) -> tuple[_Rows, np.ndarray]:
        check_is_fitted(self)
        rows = self._rows(X, groups, reset=False)
        return rows, self._vote(self._window_proba(rows.windows), rows)

    def _vote(self, window_proba: np.ndarray, rows: _Rows) -> np.ndarray:
        n_songs = len(rows.song_ids)
        silent = np.bincount(rows.codes, minlength=n_songs) == 0
        if silent.any():
            warnings.warn(
                f"{silent.sum()} of {n_songs} songs have no windows and get the class "
                f"shares of the training songs: {_listed(rows.song_ids[silent])}.",
                UserWarning,
                stacklevel=4,
            )
        return aggregate(
            window_proba,
            rows.codes,
            n_songs,
            voting=self.voting_,
            prior=self.class_prior_,
        )

    def _window_proba(self, windows: Any) -> np.ndarray:
        if windows.shape[0] == 0:
            return np.zeros((0, len(self.classes_)))
        if hasattr(self.estimator_, "predict_proba"):
            proba = np.asarray(self.estimator_.predict_proba(windows))
        else:
            scores = np.asarray(self.estimator_.decision_function(windows))
            if scores.ndim == 1:
                proba = np.column_stack([expit(-scores), expit(scores)])
            else:
                proba = softmax(scores, axis=1)
        expected = (windows.shape[0], len(self.estimator_.classes_))
        if proba.shape != expected or not np.isfinite(proba).all():
            raise ValueError(
                f"{type(self.estimator_).__name__} must give finite probabilities of "
                f"shape {expected}. Got shape {proba.shape}, "
                f"{int(np.sum(~np.isfinite(proba)))} of them not finite."
            )
        if len(self.estimator_.classes_) == len(self.classes_):
            return proba
        # Classes that only songs without windows have.
        full = np.zeros((len(proba), len(self.classes_)), proba.dtype)
        full[:, np.searchsorted(self.classes_, self.estimator_.classes_)] = proba
        return full

    def __sklearn_tags__(self):
        """Accept what the window classifier accepts."""
        tags = super().__sklearn_tags__()
        inner = get_tags(self.estimator)
        tags.input_tags.sparse = inner.input_tags.sparse
        tags.input_tags.allow_nan = inner.input_tags.allow_nan
        tags.input_tags.three_d_array = inner.input_tags.three_d_array
        if inner.classifier_tags is not None:
            tags.classifier_tags.multi_class = inner.classifier_tags.multi_class
            tags.classifier_tags.poor_score = inner.classifier_tags.poor_score
        return tags


def _listed(song_ids: np.ndarray) -> str:
    shown = ", ".join(str(song_id) for song_id in song_ids[:5])
    return shown + (f" and {len(song_ids) - 5} more" if len(song_ids) > 5 else "")
