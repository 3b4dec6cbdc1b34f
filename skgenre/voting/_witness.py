"""WitnessClassifier: windows to probabilities; which of them show their song's class.

::

    windows, labels ─ _Fits.out_of_fold ─► probabilities ─ _Bags.shares ─► (n_windows,)
         ▲                                                                     │
         └──── own label by share, background by the rest ◄────────────────────┘
"""

import math
from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any, ClassVar, Self

import joblib
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.utils import Tags, column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from skgenre._by_song.numbering import number_groups
from skgenre._sklearn import HasMethods, Interval, check_sample_weight, fit_context
from skgenre.voting._fit_arguments import (
    asking_for_weights,
    tags_of_windows,
    takes_weights,
    weight_name,
)
from skgenre.voting._window_fit import WindowData, take_rows
from skgenre.voting._window_proba import align, window_proba

_LEAST = 1e-3  # share of a window below which it is left out of a fit


class WitnessClassifier(MetaEstimatorMixin, ClassifierMixin, BaseEstimator):
    """Learn which windows show their song's class, with any classifier of windows.

    A dog barks once in a minute of rain, and the whole minute is called "dog". A
    classifier of windows that takes that label for each of them learns that rain is
    dog. This one is a classifier of windows too, to be put into the vote, but learns
    the windows' labels instead of inheriting them: in turns, a classifier says out of
    fold how far each window shows its song's class, and is fitted again with each
    window in that class by this share, and in a class of background by the rest. This
    is multiple-instance learning as in mi-SVM [1]_ by expectation-maximisation, for
    any number of classes and any classifier::

        GroupVotingClassifier(WitnessClassifier(LogisticRegression()), voting="max")

    It is worth its time where few windows show the class and the classifier is a
    simple one; where all do, a plain vote is as good. Of votings, "max" suits few
    windows, "mean" suits many.

    Parameters
    ----------
    estimator : classifier
        Of windows. If its fit takes no `sample_weight`, each window gets the one label
        that is likelier.
    background : label, default=None
        A class whose songs hold nothing but background, such as "no bird": windows of
        others that do not show their class are as these. If None, background is a
        class of its own, which no song has.
    min_windows : float, default=1.0
        So many windows of each song, in sum, show its class at least.
    cv : int, splitter or iterable of (train, test), default=3
        Folds of windows; an int makes stratified folds of whole groups. Inside
        `GroupVotingClassifier` an int is a number of folds of songs, or of artists
        where these are known.
    max_turns : int, default=3
        The most turns.
    tol : float, default=0.01
        Labels have settled when a turn changes shares by less, in the mean.
    n_jobs : int, default=None
        Folds at a time, as in joblib.

    Attributes
    ----------
    classes_ : array of shape (n_classes,)
        The labels, in the order of all columns.
    window_prior_ : array of shape (n_classes,)
        Share of each class among windows, by weight.
    estimator_ : classifier
        Fitted on windows and numbers of classes, the last of which may be background.
    witness_share_ : dict of label to float
        Share of the windows of each class's songs that show it; too large where few
        do and the classifier is uncertain, or the class has most of all windows.
    n_turns_ : int
        Turns that were made.
    n_features_in_ : int
        Features per window, if the estimator knows.
    feature_names_in_ : array of str of shape (n_features_in_,)
        Their names, if the estimator knows.

    See Also
    --------
    GroupVotingClassifier : Makes verdicts on songs of what this says of windows.
    skgenre.neural.MILClassifier : Multiple-instance learning by a network of songs.

    Notes
    -----
    P(c), P(background) being out-of-fold probabilities, a window of a song of class c
    shows c by the share a / (a + P(background)), with a = P(c) B / B_c, where B is all
    that is background and B_c what of it is in songs of class c: background is in all
    songs, c in its own only. In the first turn, when nothing is known of background,
    it is (P(c) - p) / (1 - p), p the share of c among windows, or among those of c and
    `background`: what P(c) would be of a window that may be in any song.

    Background in `predict_proba` speaks for each class by its share among windows, as
    it would in what a classifier of inherited labels says of a window that may be in
    any song. So it is the voting, such as "naive_bayes", that takes it out.

    Without groups or songs each window is a song of its own, which has to show its
    class: then it is `estimator` that is fitted.

    References
    ----------
    .. [1] S. Andrews, I. Tsochantaridis and T. Hofmann, "Support vector machines for
       multiple-instance learning", NIPS 2002.

    Examples
    --------
    Songs of 20 windows, of which 2 are other than all the rest:

    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skgenre import GroupVotingClassifier, SongWindows
    >>> from skgenre.voting import WitnessClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.array(["dog", "cat"] * 30)
    >>> songs = SongWindows(rng.normal(size=(1200, 2)), counts=[20] * 60)
    >>> for first in range(0, 1200, 20):  # dogs are far out to the right
    ...     songs.values[first : first + 2, 0] += 6 if y[first // 20] == "dog" else -6
    >>> witness = WitnessClassifier(LogisticRegression())
    >>> model = GroupVotingClassifier(witness, voting="max").fit(songs[:40], y[:40])
    >>> model.score(songs[40:], y[40:])
    1.0
    >>> {k: round(v, 1) for k, v in model.estimator_.witness_share_.items()}
    {'cat': 0.1, 'dog': 0.1}
    """

    # What it fits, and that is many times, gets folds of whole songs from it.
    keeps_songs_whole: ClassVar[bool] = True

    # Inside the vote, under metadata routing too.
    __metadata_request__fit: ClassVar[dict] = {"groups": True, "songs": True}

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "estimator": [
            HasMethods(["fit", "predict_proba"]),
            HasMethods(["fit", "decision_function"]),
        ],
        "background": "no_validation",
        "min_windows": [Interval(Real, 0, None, closed="neither")],
        "cv": [
            Interval(Integral, 2, None, closed="left"),
            HasMethods(["split"]),
            "array-like",
        ],
        "max_turns": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        estimator: Any,
        *,
        background: Any = None,
        min_windows: float = 1.0,
        cv: Any = 3,
        max_turns: int = 3,
        tol: float = 0.01,
        n_jobs: int | None = None,
    ) -> None:
        self.estimator = estimator
        self.background = background
        self.min_windows = min_windows
        self.cv = cv
        self.max_turns = max_turns
        self.tol = tol
        self.n_jobs = n_jobs

    @classmethod
    def _examples(cls) -> list[Self]:
        """Instances that the common tests run."""
        from sklearn.linear_model import LogisticRegression

        return [cls(LogisticRegression())]

    @fit_context(prefer_skip_nested_validation=False)
    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        groups: ArrayLike | None = None,
        songs: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Fit on windows that carry their song's label.

        Parameters
        ----------
        X : array-like of shape (n_windows, *window_shape)
            Windows.
        y : array-like of shape (n_windows,)
            The label of each window's song.
        groups : array-like of shape (n_windows,), default=None
            What folds do not divide: the artist of each window, or the song. The song
            if None.
        songs : array-like of shape (n_windows,), default=None
            The song of each window; its group if None.
        sample_weight : array-like of shape (n_windows,), default=None
            Weight of each window.

        Returns
        -------
        self : WitnessClassifier
            Fitted.
        """
        y = np.asarray(column_or_1d(y, warn=True))
        check_consistent_length(X, y)
        check_classification_targets(y)
        windows = _with_rows(X)
        self.classes_, class_index = np.unique(y, return_inverse=True)
        every = np.arange(len(y))
        groups = songs if groups is None else groups
        songs = groups if songs is None else songs
        weight = (
            np.ones(len(y))
            if sample_weight is None
            else check_sample_weight(sample_weight, windows, ensure_non_negative=True)
        )
        bags = _Bags(
            class_index,
            weight,
            groups=every if groups is None else number_groups(groups, len(y)),
            songs=every if songs is None else number_groups(songs, len(y)),
            background=self._background_index(),
            least=self.min_windows,
        )
        self.window_prior_ = bags.class_shares
        # Without weights given, an estimator that takes none may do its part too.
        is_soft = sample_weight is not None or takes_weights(self.estimator)
        fits = _Fits(self.estimator, windows, bags, is_soft=is_soft)
        share = np.ones(len(y))  # of each window in its song's class
        self.n_turns_ = 0
        if not bags.all_are_witnesses:
            folds = self._folds(class_index, bags.groups)
            for turn in range(1, self.max_turns + 1):
                self.n_turns_ = turn
                proba = fits.out_of_fold(share, folds, n_jobs=self.n_jobs)
                before, share = share, bags.shares(proba, share)
                if np.abs(share - before).mean() < self.tol:
                    break
        self.estimator_, self._labels = fits.fit(share)
        self._background = bags.background
        self.witness_share_ = {
            label: float(np.average(share[class_index == i], weights=counted))
            for i, label in enumerate(self.classes_.tolist())
            if (counted := weight[class_index == i]).sum() > 0
        }
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(self.estimator_, name):
                setattr(self, name, getattr(self.estimator_, name))
        return self

    def _background_index(self) -> int:
        """Number of the class of background, one more than the last if it has none."""
        if self.background is None:
            return len(self.classes_)
        found = np.flatnonzero(self.classes_ == self.background)
        if len(found) != 1:
            raise ValueError(
                f"Got background={self.background!r}, but expected one of the classes "
                f"{self.classes_.tolist()}, or None."
            )
        return int(found[0])

    def _folds(
        self, class_index: NDArray[Any], groups: NDArray[Any]
    ) -> list[tuple[NDArray[Any], NDArray[Any]]]:
        cv = self.cv
        if isinstance(cv, Integral):
            fewest = min(
                len(np.unique(groups[class_index == i]))
                for i in range(len(self.classes_))
            )
            if fewest < 2:
                raise ValueError(
                    "WitnessClassifier learns from windows out of fold, and so needs 2 "
                    "songs (artists) or more of each class. Got a class of 1: add "
                    "songs, or leave it out."
                )
            cv = StratifiedGroupKFold(min(int(cv), fewest))
        pairs: Iterable[Any] = cv
        if hasattr(cv, "split"):
            pairs = cv.split(np.zeros((len(groups), 1)), class_index, groups)
        every = np.arange(len(groups))
        folds = [(every[train], every[test]) for train, test in pairs]
        tested = np.concatenate([test for _, test in folds] or [every[:0]])
        if not np.array_equal(np.sort(tested), every):
            raise ValueError(
                f"Got cv={self.cv!r}, but expected folds that test each of the "
                f"{len(every)} windows exactly once."
            )
        return folds

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Probabilities of windows.

        Parameters
        ----------
        X : array-like of shape (n_windows, *window_shape)
            Windows.

        Returns
        -------
        array of shape (n_windows, n_classes)
            Rows add up to one. Of a window that shows background, `window_prior_`.
        """
        check_is_fitted(self)
        windows = _with_rows(X)
        n_classes = len(self.classes_)
        found = window_proba(self.estimator_, windows)
        proba = align(found, self._labels, np.arange(n_classes + 1))
        return proba[:, :n_classes] + proba[:, n_classes:] * self.window_prior_

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Labels of windows.

        Parameters
        ----------
        X : array-like of shape (n_windows, *window_shape)
            Windows.

        Returns
        -------
        array of shape (n_windows,)
            The most probable label of each.
        """
        proba = self.predict_proba(X)
        return self.classes_[proba.argmax(axis=1)]

    def __sklearn_tags__(self) -> Tags:
        """Accept what the classifier of windows accepts."""
        return tags_of_windows(super().__sklearn_tags__(), self.estimator)


def _with_rows(X: Any) -> Any:
    """Windows that have a shape, and of which rows can be taken."""
    if issparse(X):
        return X.tocsr()
    return X if hasattr(X, "shape") else np.asarray(X)


class _Bags:
    """Which windows are of one song, and what is known of them for that.

    Parameters
    ----------
    class_index : int array of shape (n_windows,)
        The class of each window's song.
    weight : float array of shape (n_windows,)
        Of each window.
    groups, songs : int array of shape (n_windows,)
        Of each window.
    background : int
        Number of the class of background.
    least : float
        Windows of each song that show its class, in sum.
    """

    def __init__(
        self,
        class_index: NDArray[Any],
        weight: NDArray[Any],
        *,
        groups: NDArray[Any],
        songs: NDArray[Any],
        background: int,
        least: float,
    ) -> None:
        self.class_index = class_index
        self.weight = weight
        self.groups = groups
        self.songs = songs
        self.background = background
        self.least = least
        self.counts = np.bincount(songs)
        self.n_classes = int(class_index.max()) + 1
        sizes = np.bincount(class_index, weight)
        self.class_shares = sizes / sizes.sum()  # among windows, (n_classes,)
        song_class = np.zeros(len(self.counts), dtype=np.intp)
        song_class[songs] = class_index
        if (song_class[songs] != class_index).any():
            song = int(songs[song_class[songs] != class_index][0])
            raise ValueError(
                f"Got windows of song number {song} with different labels, but "
                "expected the same label for all windows of a song."
            )
        # Windows of background show it, all of them.
        self.is_open = class_index != background

    @property
    def all_are_witnesses(self) -> bool:
        """Whether no song has a window that need not show its class."""
        return not (self.counts[self.songs[self.is_open]] > self.least).any()

    def shares(self, proba: NDArray[Any], before: NDArray[Any]) -> NDArray[np.float64]:
        """By what share each window shows its song's class.

        Parameters
        ----------
        proba : float array of shape (n_windows, n_classes + 1)
            Out of fold; the last column is 0 where background is one of the classes.
        before : float array of shape (n_windows,)
            The shares that `proba` was learned with.

        Returns
        -------
        float array of shape (n_windows,)
            From 0 to 1.
        """
        own = proba[np.arange(len(proba)), self.class_index]
        if (before == 1).all():
            share = self._without_background(own)
        else:
            # Of songs of background, all of it.
            rest = self.weight * np.where(self.is_open, 1 - before, 1)
            within = np.bincount(self.class_index, rest)
            common = self._common(proba)
            own = own - common * self.class_shares[self.class_index]
            with np.errstate(divide="ignore"):
                of_own = own * rest.sum() / within[self.class_index]
            total = of_own + proba[:, self.background] + common
            with np.errstate(invalid="ignore"):
                share = np.where(np.isfinite(of_own), of_own / total, 1.0)
            share = np.nan_to_num(share, nan=0.0)  # neither: it shows nothing
        return np.where(self.is_open, self._at_least(share), 1.0)

    def _common(self, proba: NDArray[Any]) -> Any:
        """What is said for all classes alike, which is background in disguise."""
        if self.background < self.n_classes:
            return 0.0
        return (proba[:, : self.n_classes] / self.class_shares).min(axis=1)

    def _without_background(self, own: NDArray[Any]) -> NDArray[np.float64]:
        typical = self.class_shares
        if self.background < self.n_classes:
            typical = typical / (typical + typical[self.background])
        typical = typical[self.class_index]  # of what may be in any song
        with np.errstate(divide="ignore", invalid="ignore"):
            share = (own - typical) / (1 - typical)
        return np.clip(np.nan_to_num(share, nan=1.0), 0, 1)

    def _at_least(self, share: NDArray[Any]) -> NDArray[np.float64]:
        """Raise the shares of songs in which too little shows their class."""
        n_songs = len(self.counts)
        wanted = np.minimum(self.least, self.counts)
        # A share is 1 at the most: what that leaves is for others, in the next turn.
        for _ in range(math.ceil(self.least)):
            is_full = share >= 1
            full = np.bincount(self.songs[is_full], minlength=n_songs)
            rest = np.bincount(self.songs, np.where(is_full, 0, share), n_songs)
            missing = wanted - full  # (n_songs,)
            short = (missing > rest)[self.songs] & ~is_full
            with np.errstate(divide="ignore", invalid="ignore"):
                factor = (missing / rest)[self.songs]
                even = (missing / (self.counts - full))[self.songs]
                raised = np.where((rest > 0)[self.songs], share * factor, even)
            share = np.where(short, np.minimum(raised, 1), share)
        return share


class _Fits:
    """Fits the classifier with each window in its song's class and in background.

    Parameters
    ----------
    estimator : classifier
        Not changed.
    windows : array, sparse array or table of shape (n_windows, *window_shape)
        Windows.
    bags : _Bags
        What is known of them.
    is_soft : bool
        Whether a window may be in both, by weight; else it is in the likelier.
    """

    def __init__(
        self,
        estimator: Any,
        windows: Any,
        bags: _Bags,
        *,
        is_soft: bool,
    ) -> None:
        self.estimator = asking_for_weights(estimator) if is_soft else estimator
        self.windows = windows
        self.bags = bags
        self.is_soft = is_soft

    def fit(
        self, share: NDArray[Any], rows: NDArray[Any] | None = None
    ) -> tuple[Any, NDArray[Any]]:
        """Fit on some windows.

        Parameters
        ----------
        share : float array of shape (n_windows,)
            Of each window in its song's class.
        rows : int array, default=None
            Windows; all if None.

        Returns
        -------
        fitted : classifier
            Its classes are numbers 0, 1, 2 and so on.
        labels : int array of shape (n_known,)
            Which classes they are, `bags.n_classes` for a background of its own.
        """
        rows = np.arange(len(share)) if rows is None else rows
        share = share[rows]
        if not self.is_soft:
            share = self._decided(share, rows)
        twice = np.concatenate([rows, rows])
        labels = np.concatenate(
            [self.bags.class_index[rows], np.full(len(rows), self.bags.background)]
        )
        part = np.concatenate([share, 1 - share])
        used = part > _LEAST
        twice, labels, part = twice[used], labels[used], part[used]
        known, numbers = np.unique(labels, return_inverse=True)
        arguments = {}
        if self.is_soft:
            weight = part * self.bags.weight[twice]
            arguments[weight_name(self.estimator)] = weight
        data = WindowData(
            take_rows(self.windows, twice),
            numbers,
            arguments,
            groups=self.bags.groups[twice] if self.bags.counts.max() > 1 else None,
        )
        fitted = data.fit(self.estimator)
        return fitted, known[np.asarray(fitted.classes_)]

    def out_of_fold(
        self,
        share: NDArray[Any],
        folds: list[tuple[NDArray[Any], NDArray[Any]]],
        *,
        n_jobs: int | None,
    ) -> NDArray[np.float64]:
        """Probabilities of each window by a classifier that saw none of its group.

        Parameters
        ----------
        share : float array of shape (n_windows,)
            Of each window in its song's class.
        folds : list of (train, test)
            Numbers of windows.
        n_jobs : int or None
            Folds at a time.

        Returns
        -------
        float array of shape (n_windows, n_classes + 1)
            Columns of classes, and of a background of its own.
        """
        parts = joblib.Parallel(n_jobs=n_jobs)(
            joblib.delayed(self._judge)(share, train, test) for train, test in folds
        )
        proba = np.zeros((len(share), self.bags.n_classes + 1))
        for (_, test), part in zip(folds, parts, strict=True):
            proba[test] = part
        return proba

    def _judge(
        self, share: NDArray[Any], train: NDArray[Any], test: NDArray[Any]
    ) -> NDArray[Any]:
        fitted, labels = self.fit(share, train)
        found = window_proba(fitted, take_rows(self.windows, test))
        return align(found, labels, np.arange(self.bags.n_classes + 1))

    def _decided(self, share: NDArray[Any], rows: NDArray[Any]) -> NDArray[np.float64]:
        """1 for windows that rather show their class, and for each song's first."""
        songs = self.bags.songs[rows]
        order = np.lexsort((-share, songs))
        first = order[np.unique(songs[order], return_index=True)[1]]
        decided = (share > 0.5).astype(float)
        decided[first] = 1.0
        return decided
