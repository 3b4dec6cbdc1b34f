"""GroupVotingClassifier: any classifier of windows, one verdict per song.

::

    X, groups ─ read_songs ─► SongInput ─ label_songs ─► LabelledSongs (frozen, both)
        ─ WindowFit ─► model of windows, out-of-fold probabilities ─► fitted voting
"""

import warnings
from collections.abc import Callable
from numbers import Integral
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar, Self

import joblib
import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin
from sklearn.metrics import accuracy_score
from sklearn.utils import Tags
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping
from sklearn.utils.validation import check_is_fitted

from skgenre._sklearn import HasMethods, Interval, StrOptions, fit_context
from skgenre.voting._explain import Explained, Vote, explain_vote, rows_in_order
from skgenre.voting._fit_arguments import (
    asking_for_weights,
    groups_name,
    needs_numbers,
    songs_name,
    tags_of_windows,
    weight_name,
)
from skgenre.voting._folds import song_folds
from skgenre.voting._rules import VOTINGS, aggregate, describe_votings
from skgenre.voting._trained import fit_voting, is_trained
from skgenre.voting._window_fit import (
    WindowData,
    WindowFit,
    WindowModel,
    phase,
    remembered_proba,
)
from skgenre.voting._window_proba import align
from skgenre.windows._inputs import SeesWindows, SongInput, read_songs
from skgenre.windows._labels import (
    LabelledSongs,
    label_songs,
    read_labels,
    read_weight,
)
from skgenre.windows._song_windows import SongWindows
from skgenre.windows._timeline import timeline_table

if TYPE_CHECKING:
    import pandas as pd


class GroupVotingClassifier(
    SeesWindows, MetaEstimatorMixin, ClassifierMixin, BaseEstimator
):
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

    Where windows say how much they count, `SongWindows.window_weight`, as those of
    ``FrameWindower(window_weight="heard")`` do, they are weighed in the vote: a window
    of weight 2 counts as two that say the same, and one of weight 0 is left out. The
    fit on windows does not look at it; "max", functions and trained votings other than
    `NaiveBayesVoting` only leave windows of weight 0 out.

    Parameters
    ----------
    estimator : classifier
        Any classifier with `predict_proba`, or else `decision_function`, which is
        squashed by the logistic function (two classes) or softmax (more). Those are
        no calibrated probabilities; wrap it in CalibratedClassifierCV for that. If
        its fit takes `groups`, or it is a search whose `cv` does, it gets the song of
        each window, or the artist where `X` is a `SongWindows` and fit gets `groups`.
    voting : str, callable or estimator, default="mean"
        With p the probabilities of a song's n windows, clipped to the dtype's eps
        for logarithms, a song's probabilities are proportional to:

        %(votings)s
        - callable: ``f(window_proba, groups) -> song_proba``, with groups 0, 1, 2,
          ... in order and song_proba of shape (n_songs, n_classes).
        - estimator: `NaiveBayesVoting`, `StackedVoting`, `HMMVoting`, `RNNVoting`, or
          any with ``fit(window_proba, y)`` and ``predict_proba(window_proba)`` that
          take probabilities as a `SongWindows`. It is fitted on out-of-fold
          probabilities: those of each song by a classifier that saw no window of it.
    cv : int, splitter or iterable of (train, test), default=5
        The folds of songs for the out-of-fold probabilities that a trained voting
        learns from; not used by others. An int is a number of stratified folds, not
        shuffled, by song, or by artist where `X` is a `SongWindows` and fit gets
        `groups`; fewer if some class has fewer songs (artists). Anything else must
        test each song once.
    song_balanced : bool, default=False
        Weight windows so that each song counts the same in fit, however long it
        is. Needs an `estimator` whose fit takes `sample_weight`.
    memory : str, path, joblib.Memory or None, default=None
        Keeps the fitted classifier of windows, its out-of-fold probabilities and its
        predictions, so that a search over votings fits windows once per fold. A
        result is found again only if the estimator's parameters (functions by their
        code), its random_state, windows, labels, weights and folds are the same; one
        without a random_state is not drawn again. The code of classes is not looked
        at: empty the memory if it has changed.
    n_jobs : int, default=None
        Out-of-fold fits at a time, as in joblib.
    verbose : bool, default=False
        Print a line with the seconds of each phase of fit.

    Attributes
    ----------
    classes_ : array of shape (n_classes,)
        The labels, in the order of all columns.
    class_prior_ : array of shape (n_classes,)
        Share of each class among the training songs.
    window_prior_ : array of shape (n_classes,)
        Share of each class among the training windows, by their weights in fit: what
        probabilities of windows have built in, for "naive_bayes".
    estimator_ : classifier
        The fitted classifier of windows.
    voting_ : str, callable or estimator
        The voting in use, fitted if it is an estimator.
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
    skgenre.model_selection.compare_votings : Many votings from one set of fits.

    References
    ----------
    .. [1] "Keras: how to aggregate over frame-level predictions to song-level
       prediction", Stack Overflow: majority, mean and mean log-odds votings.
    .. [2] J. Kittler et al., "On combining classifiers", IEEE TPAMI 20(3), 1998.
    .. [3] D. H. Wolpert, "Stacked generalization", Neural Networks 5(2), 1992: why a
       trained voting must only see out-of-fold probabilities.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skgenre import GroupVotingClassifier, SongWindows
    >>> rng = np.random.default_rng(0)
    >>> y = np.array(["jazz", "rock"] * 10)
    >>> songs = SongWindows(rng.normal(size=(100, 3)), counts=[5] * 20)
    >>> songs.values[songs.expand(y) == "rock"] += 1.0
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
        "voting": [
            StrOptions(set(VOTINGS)),
            callable,
            HasMethods(["fit", "predict_proba"]),
        ],
        "cv": [
            Interval(Integral, 2, None, closed="left"),
            HasMethods(["split"]),
            "array-like",
        ],
        "song_balanced": ["boolean"],
        "memory": [str, HasMethods(["__fspath__"]), HasMethods(["cache"]), None],
        "n_jobs": [Integral, None],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        estimator: BaseEstimator,
        *,
        voting: str | Callable[[np.ndarray, np.ndarray], np.ndarray] | Any = "mean",
        cv: Any = 5,
        song_balanced: bool = False,
        memory: str | PathLike[str] | joblib.Memory | None = None,
        n_jobs: int | None = None,
        verbose: bool = False,
    ) -> None:
        self.estimator = estimator
        self.voting = voting
        self.cv = cv
        self.song_balanced = song_balanced
        self.memory = memory
        self.n_jobs = n_jobs
        self.verbose = verbose

    @fit_context(prefer_skip_nested_validation=False)
    def fit(
        self,
        X: SongWindows | ArrayLike,
        y: ArrayLike,
        groups: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        **fit_params: Any,
    ) -> Self:
        """Fit the classifier on windows.

        Parameters
        ----------
        X : SongWindows, or array-like of shape (n_windows, *window_shape)
            Songs, or windows.
        y : array-like of shape (n_rows,)
            The label of each row of `X`. All windows of a song must agree.
        groups : array-like of shape (n_rows,), default=None
            Where `X` is an array of windows: the song of each, of any dtype and in
            any order. Where `X` is a `SongWindows`: the artist of each song, whom
            neither the folds for a trained voting nor the estimator's own divide.
        sample_weight : array-like of shape (n_rows,), default=None
            Weight of each row. A song's weight holds for each of its windows.
        **fit_params
            More arguments of the estimator's fit, handed on as they are, such as
            ``eval_set=[(windows, labels)]`` of boosting; ``step__name`` for a step of a
            Pipeline.

        Returns
        -------
        self : GroupVotingClassifier
            Fitted.
        """
        name = type(self).__name__
        # What X, groups, y and weights hold: read once, frozen, and only then kept.
        given = read_songs(X, groups, caller=name)
        self._see(given, reset=True)
        songs = label_songs(
            given, y, sample_weight, caller=name, song_balanced=self.song_balanced
        )
        self.classes_, _, self.class_prior_ = songs.class_shares(caller=name)
        self.window_prior_ = songs.window_shares(self.classes_)
        self._warn_of_uneven_lengths(songs)
        data = self._window_data(songs, fit_params)
        folds = None
        if is_trained(self.voting) and getattr(self.voting, "needs_windows", True):
            # Before the long fits, so that a split that cannot be is said at once.
            folds = song_folds(
                self.cv, songs.song_y, artists=given.artists, heard=given.heard
            )
        estimator = self.estimator
        if songs.window_weight is not None:
            estimator = asking_for_weights(estimator)
        fits = WindowFit(estimator, data, memory=self.memory)
        counted = f"{len(given.codes)} windows of {given.n_songs} songs"
        with phase(self.verbose, f"fit on {counted}"):
            self._model = _fit_windows(fits)
        self._check_estimator_classes()
        # Names and functions learn nothing.
        self.voting_: Any = self.voting
        if is_trained(self.voting):
            self.voting_ = self._fit_voting(fits, songs, folds)
        return self

    @property
    def estimator_(self) -> Any:
        """The fitted classifier of windows."""
        check_is_fitted(self)
        return self._model.fitted

    @estimator_.setter
    def estimator_(self, fitted: Any) -> None:
        # Without a key: nothing in the memory is of this classifier.
        self._model = WindowModel(fitted, fitted.classes_)

    def predict_window_proba(
        self, X: SongWindows | ArrayLike, groups: ArrayLike | None = None
    ) -> np.ndarray:
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
        given = read_songs(X, caller=type(self).__name__)
        self._see(given, reset=False)
        return self._window_proba(given.windows)

    def predict_proba(
        self, X: SongWindows | ArrayLike, groups: ArrayLike | None = None
    ) -> np.ndarray:
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
            Rows add up to one. Songs without windows, or with windows of weight 0
            only, get the training songs' class shares, with a warning.
        """
        given, song_proba = self._song_proba(X, groups)
        return given.of_rows(song_proba)

    def predict_log_proba(
        self, X: SongWindows | ArrayLike, groups: ArrayLike | None = None
    ) -> np.ndarray:
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

    def predict(
        self, X: SongWindows | ArrayLike, groups: ArrayLike | None = None
    ) -> np.ndarray:
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

    def score(
        self,
        X: SongWindows | ArrayLike,
        y: ArrayLike,
        groups: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> float:
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

        Warns
        -----
        UserWarning
            If `y` holds a class that was not there in fit, which no verdict can
            get right: the split left a class out.
        """
        given, song_proba = self._song_proba(X, groups)
        song_y = given.of_songs(read_labels(given, y))
        unseen = sorted(set(song_y.tolist()) - set(self.classes_.tolist()), key=str)
        if unseen:
            warnings.warn(
                f"y holds the class(es) {unseen}, of which no song was there in fit "
                f"(fitted on {self.classes_.tolist()}), so each counts as wrong. "
                "If a split did this, take StratifiedGroupKFold.",
                UserWarning,
                stacklevel=2,
            )
        weight = read_weight(given, sample_weight)
        verdicts = self.classes_[song_proba.argmax(axis=1)]
        return accuracy_score(
            song_y,
            verdicts,
            sample_weight=None if weight is None else given.mean_of_songs(weight),
        )

    def timeline(
        self, X: SongWindows | ArrayLike, groups: ArrayLike | None = None
    ) -> "pd.DataFrame":
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
            one column of probabilities per class, and the song's verdict. A class
            that is called like another column has "class " put before its name.
        """
        given = self._read(X, groups)
        window_proba = self._window_proba(given.windows)
        song_proba = self._vote(window_proba, given)
        table = timeline_table(
            given.with_values(window_proba),
            self.classes_[song_proba.argmax(axis=1)],
            self.classes_,
            "timeline",
        )
        return rows_in_order(table, given.codes)

    def explain(
        self, X: SongWindows | ArrayLike, groups: ArrayLike | None = None
    ) -> "pd.DataFrame":
        """Table of what each window contributes to the verdict on its song.

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
            verdict, its probability for the song, second (the second choice),
            window_probability (of the verdict, for this window), contribution,
            baseline, score and kind; weight where windows have weights.

        See Also
        --------
        skgenre.voting.explain : The same for a Pipeline, from paths on.
        skgenre.voting.window_events : Merges windows that decided into events.

        Notes
        -----
        A song's contributions and its baseline add up to its score. By voting:

        - "mean" and "majority", kind "share": the score is the probability of the
          verdict, and a contribution is w p / n, or w / n of a window that the verdict
          won, with w the window's weight, 1 if not given, and n their sum.
        - "mean_log_proba" and "mean_log_odds", kind "log-odds": the score is the mean
          of log p, or of log(p / (1 - p)), of the verdict less that of the second
          choice: before probabilities are made to add up to one.
        - "naive_bayes" and `NaiveBayesVoting`, kind "log-odds": the score is the
          logarithm of the verdict's probability divided by that of the second choice;
          baseline is the part of the songs' shares in it.
        - All others, kind "leave one out": nothing adds up. A contribution is what the
          probability of the verdict, the score, loses without the window; of a song's
          only window, what it loses to the class shares. The cost grows with the
          square of a song's windows.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.naive_bayes import GaussianNB
        >>> from skgenre import GroupVotingClassifier, SongWindows
        >>> songs = SongWindows([[0.0], [0.1], [1.0], [0.9], [0.2]], [2, 3])
        >>> model = GroupVotingClassifier(GaussianNB()).fit(songs, ["jazz", "rock"])
        >>> table = model.explain(songs)
        >>> table[["song", "verdict", "contribution", "score"]].round(2)
           song verdict  contribution  score
        0     0    jazz          0.48   0.94
        1     0    jazz          0.46   0.94
        2     1    rock          0.33   0.96
        3     1    rock          0.33   0.96
        4     1    rock          0.29   0.96
        """
        given = self._read(X, groups)
        return rows_in_order(self._explained(given).to_frame(), given.codes)

    def explained(
        self, X: SongWindows | ArrayLike, groups: ArrayLike | None = None
    ) -> Explained:
        """What `explain` says, as arrays, with all probabilities.

        Parameters
        ----------
        X : SongWindows, or array-like of shape (n_windows, *window_shape)
            Songs, or windows.
        groups : array-like of shape (n_rows,), default=None
            The song of each window, where `X` is an array of windows.

        Returns
        -------
        Explained
            Songs in order, the windows of each together.
        """
        return self._explained(self._read(X, groups))

    @classmethod
    def _examples(cls) -> list[Self]:
        """Instances that the common tests run."""
        from sklearn.linear_model import LogisticRegression
        from sklearn.svm import LinearSVC

        from skgenre.voting._naive_bayes import NaiveBayesVoting

        return [
            cls(LogisticRegression()),
            cls(LogisticRegression(), voting="naive_bayes", song_balanced=True),
            cls(LinearSVC(), voting="majority"),
            cls(LogisticRegression(), voting=NaiveBayesVoting()),
        ]

    # -- fit --------------------------------------------------------------------------

    def _warn_of_uneven_lengths(self, songs: LabelledSongs) -> None:
        # Naive Bayes takes the windows' shares out, trained votings learn about them.
        if self.voting == "naive_bayes" or is_trained(self.voting):
            return
        uneven = songs.uneven_lengths(self.classes_)
        if uneven:
            warnings.warn(
                f"{uneven}Set song_balanced=True, so that each song counts the same in "
                "fit, or take voting='naive_bayes', which divides it out.",
                UserWarning,
                stacklevel=4,
            )

    def _window_data(self, songs: LabelledSongs, fit_params: dict) -> WindowData:
        """What the estimator's fit takes, by the names that it has for it."""
        arguments = {}
        if songs.window_weight is not None:
            arguments[weight_name(self.estimator)] = songs.window_weight
        groups = songs.songs.group_of_windows()
        name = groups_name(self.estimator)
        # A search or an early stop inside must not split a song, or an artist.
        if name is not None:
            arguments[name] = groups
        name = songs_name(self.estimator)
        if name is not None:
            arguments[name] = songs.songs.codes
        y, labels = songs.window_y, None
        if needs_numbers(self.estimator):
            labels, y = np.unique(y, return_inverse=True)
        return WindowData(
            songs.songs.windows,
            y,
            arguments,
            groups=groups if songs.songs.has_songs else None,
            labels=labels,
            further=fit_params,
        )

    def _check_estimator_classes(self) -> None:
        unknown = set(self._model.classes.tolist()) - set(self.classes_.tolist())
        if unknown:
            # An estimator fitted before (FrozenEstimator) may know more classes.
            union = np.union1d(self.classes_, self._model.classes)
            shares = np.vstack([self.class_prior_, self.window_prior_])
            self.class_prior_, self.window_prior_ = align(shares, self.classes_, union)
            self.classes_ = union

    def _fit_voting(
        self, fits: WindowFit, songs: LabelledSongs, folds: list | None
    ) -> Any:
        """Fit the voting on out-of-fold probabilities, or on none if it needs none."""
        given, song_y = songs.songs, songs.song_y
        learned = {
            "classes": self.classes_,
            "prior": self.class_prior_,
            "window_prior": self.window_prior_,
        }
        if folds is None:
            # Such a voting learns the classes and their shares alone.
            window_proba = given.without_windows((len(self.classes_),))
        else:
            with phase(self.verbose, f"{len(folds)} out-of-fold fits"):
                proba = fits.out_of_fold(
                    codes=given.codes,
                    folds=folds,
                    classes=self.classes_,
                    n_jobs=self.n_jobs,
                )
            # Not all: a class of one song cannot be both trained and tested.
            tested = np.zeros(given.n_songs, dtype=bool)
            tested[np.concatenate([test for _, test in folds])] = True
            window_proba = given.with_values(proba)[tested]
            song_y = song_y[tested]
            if given.artists is not None:
                learned["groups"] = given.artists[tested]
        with phase(self.verbose, f"fit of {type(self.voting).__name__}"):
            return fit_voting(self.voting, window_proba, song_y, **learned)

    # -- predict ----------------------------------------------------------------------

    def _read(self, X: Any, groups: Any) -> SongInput:
        check_is_fitted(self)
        name = type(self).__name__
        given = read_songs(X, groups, caller=name, needs_groups=self._has_songs)
        self._see(given, reset=False)
        return given

    def _explained(self, given: SongInput) -> Explained:
        window_proba = self._window_proba(given.windows)
        return explain_vote(
            Vote(
                windows=given.with_values(window_proba),
                song_proba=self._vote(window_proba, given),
                voting=self.voting_,
                classes=self.classes_,
                prior=self.class_prior_,
                window_prior=self.window_prior_,
            )
        )

    def _song_proba(self, X: Any, groups: Any) -> tuple[SongInput, np.ndarray]:
        given = self._read(X, groups)
        return given, self._vote(self._window_proba(given.windows), given)

    def _vote(self, window_proba: np.ndarray, given: SongInput) -> np.ndarray:
        given.warn_uncounted(stacklevel=5)
        if not is_trained(self.voting_):
            return aggregate(
                window_proba,
                given.codes,
                given.n_songs,
                voting=self.voting_,
                prior=self.class_prior_,
                window_prior=self.window_prior_,
                window_weight=given.marks.weight,
            )
        # Songs without windows keep the prior.
        song_proba = np.tile(self.class_prior_, (given.n_songs, 1))
        counted = given.counted
        if counted.any():
            songs = given.with_values(window_proba)[counted]
            voted = self.voting_.predict_proba(songs)
            song_proba[counted] = align(voted, self.voting_.classes_, self.classes_)
        return song_proba

    def _window_proba(self, windows: Any) -> np.ndarray:
        # Most classifiers refuse to predict for no rows.
        if windows.shape[0] == 0:
            return np.zeros((0, len(self.classes_)))
        proba = remembered_proba(self._model, windows, memory=self.memory)
        # There may be classes that only songs without windows have.
        return align(proba, self._model.classes, self.classes_)

    def get_metadata_routing(self) -> MetadataRouter:
        """What is asked for by this classifier, and by the estimator in its fit.

        Returns
        -------
        MetadataRouter
            As scikit-learn's metadata routing wants it.
        """
        router = MetadataRouter(owner=self).add_self_request(self)
        return router.add(
            estimator=self.estimator,
            method_mapping=MethodMapping().add(caller="fit", callee="fit"),
        )

    def __sklearn_tags__(self) -> Tags:
        """Accept what the window classifier accepts."""
        return tags_of_windows(super().__sklearn_tags__(), self.estimator)


def _fit_windows(fits: WindowFit) -> WindowModel:
    """Fit the classifier of windows; where it wants vectors, say how to get them."""
    try:
        return fits.model()
    except ValueError as error:
        window_shape = tuple(fits.data.windows.shape[1:])
        if len(window_shape) > 1 and "dim" in str(error):
            error.add_note(
                f"The windows have shape {window_shape}. A classifier of "
                "vectors needs the featurizer's summary=('mean', 'std')."
            )
        raise


# The table of votings is in _rules.py, and is not written down here again.
if GroupVotingClassifier.__doc__ is not None:  # as under python -OO
    GroupVotingClassifier.__doc__ = GroupVotingClassifier.__doc__.replace(
        f"{8 * ' '}%(votings)s", describe_votings(indent=8)
    )
