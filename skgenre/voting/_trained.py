"""What trained votings share: checks, classes, prior, songs without windows."""

from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logit
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils import Tags
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, has_fit_parameter

from skgenre._by_song.numbering import checked_length
from skgenre._sklearn import fit_context
from skgenre.voting._rules import check_window_proba
from skgenre.windows._checks import (
    GET_CLASS_SHARES,
    NOTHING_TO_FIT,
    one_class,
    warn_unheard,
    warn_weightless,
)
from skgenre.windows._song_windows import SongWindows

# Log-odds beyond that of this probability say more of the classifier than of the song.
FLOOR = 1e-3


def is_trained(voting: Any) -> bool:
    """Whether a voting is an estimator, not a name or function.

    Parameters
    ----------
    voting : object
        What GroupVotingClassifier got.

    Returns
    -------
    bool
        True if it has a `fit`.
    """
    return hasattr(voting, "fit") and not isinstance(voting, type)


def fit_voting(voting: Any, window_proba: SongWindows, y: Any, **extra: Any) -> Any:
    """Fit a clone of a voting with what its `fit` takes of groups, classes and prior.

    Parameters
    ----------
    voting : estimator
        Not changed.
    window_proba : SongWindows of windows of shape (n_classes,)
        Out-of-fold probabilities.
    y : array of shape (n_songs,)
        The label of each song.
    **extra
        `groups`, `classes` and `prior`.

    Returns
    -------
    estimator
        Fitted.
    """
    taken = {k: v for k, v in extra.items() if has_fit_parameter(voting, k)}
    return clone(voting).fit(window_proba, y, **taken)


class TrainedVoting(ClassifierMixin, BaseEstimator):
    """Base class of votings that learn: from windows' probabilities to the song's.

    It checks input, keeps the classes and their shares, and leaves songs without
    windows out. What is left to write, in a file of its own:

    - ``__init__`` with the parameters, which it only stores;
    - ``_fit(songs, class_index)``, which learns from out-of-fold probabilities and
      keeps what it learns in attributes that end in ``_``;
    - ``_predict(songs)``, which gives (n_songs, n_classes), rows that add up to one.

    Both get a `SongWindows` of songs with at least one window each, whose windows are
    probabilities, (n_classes,), in the order of `classes_`; `class_index` (n_songs,)
    is the column of each song's label. Windows of `SongWindows.window_weight` 0 are
    left out before; what other weights mean is up to the voting, and of those there
    are only `NaiveBayesVoting` looks at them.

    Attributes
    ----------
    classes_ : array of shape (n_classes,)
        The label of each column.
    class_prior_ : array of shape (n_classes,)
        Share of each class among songs.
    window_prior_ : array of shape (n_classes,)
        Share of each class among the windows of the classifier's fit.

    See Also
    --------
    GroupVotingClassifier : Fits it on out-of-fold probabilities.
    StackedVoting, NaiveBayesVoting, HMMVoting, RNNVoting : Those there are.

    Examples
    --------
    A voting of one's own: the mean, where a class that the classifier of windows is
    fond of counts less.

    >>> import numpy as np
    >>> from skgenre import SongWindows
    >>> from skgenre.voting import TrainedVoting
    >>> class UnbiasedMeanVoting(TrainedVoting):
    ...     def _fit(self, songs, class_index):
    ...         self.fondness_ = self._means(songs).mean(axis=0) / self.class_prior_
    ...     def _predict(self, songs):
    ...         scaled = self._means(songs) / self.fondness_
    ...         return scaled / scaled.sum(axis=1, keepdims=True)
    ...     def _means(self, songs):
    ...         return np.array([windows.mean(axis=0) for windows in songs])
    >>> proba = np.array([[0.9, 0.1], [0.7, 0.3], [0.6, 0.4], [0.6, 0.4]])
    >>> songs = SongWindows(proba, counts=[2, 2])
    >>> voting = UnbiasedMeanVoting().fit(songs, ["jazz", "rock"])
    >>> voting.predict(songs)
    array(['jazz', 'rock'], dtype='<U4')

    >>> from sklearn.linear_model import LogisticRegression
    >>> from skgenre import GroupVotingClassifier
    >>> model = GroupVotingClassifier(
    ...     LogisticRegression(), voting=UnbiasedMeanVoting()
    ... )
    """

    _parameter_constraints: ClassVar[dict] = {}

    @classmethod
    def _examples(cls) -> list[Self]:
        """Instances that the common tests run."""
        return [] if cls is TrainedVoting else [cls()]

    @property
    def needs_windows(self) -> bool:
        """Whether fit learns from windows, beyond the classes and their shares."""
        return True

    @fit_context(prefer_skip_nested_validation=False)
    def fit(
        self,
        window_proba: SongWindows,
        y: ArrayLike,
        groups: ArrayLike | None = None,
        classes: ArrayLike | None = None,
        prior: ArrayLike | None = None,
        window_prior: ArrayLike | None = None,
    ) -> Self:
        """Learn from songs whose windows' probabilities and labels are known.

        Parameters
        ----------
        window_proba : SongWindows of windows of shape (n_classes,)
            Probabilities that a classifier gave to windows it was not fitted on.
            Songs without windows are left out.
        y : array-like of shape (n_songs,)
            The label of each song.
        groups : array-like of shape (n_songs,), default=None
            The artist of each song; not used.
        classes : array-like of shape (n_classes,), default=None
            The label of each column; the sorted labels in `y` if None.
        prior : array-like of shape (n_classes,), default=None
            Share of each class; that among all songs in `y` if None.
        window_prior : array-like of shape (n_classes,), default=None
            (Weighted) share of each class among the windows that the classifier of
            windows was fitted on; that among the windows given if None.

        Returns
        -------
        self : object
            Fitted.
        """
        del groups
        y = checked_length(y, len(_songs(window_proba, self)), "y", "song")
        check_classification_targets(y)
        self.classes_: np.ndarray = np.unique(y if classes is None else classes)
        unknown = np.setdiff1d(y, self.classes_).tolist()
        if unknown:
            raise ValueError(
                f"Got songs of class {unknown[0]!r} in y, but expected only those in "
                f"classes={self.classes_.tolist()}."
            )
        songs = self._checked(window_proba)
        # (n_songs,): the column of each song's label
        class_index = np.searchsorted(self.classes_, y)
        n_classes = len(self.classes_)
        # Shares of all songs, those without windows too: they will ask for it.
        if prior is None:
            prior = np.bincount(class_index, minlength=n_classes) / len(class_index)
        self.class_prior_: np.ndarray = np.asarray(prior, dtype=float)
        if window_prior is None:
            window_prior = np.bincount(
                class_index, weights=songs.counts, minlength=n_classes
            )
            # Of no windows there are no shares.
            n_windows = window_prior.sum()
            window_prior = window_prior / n_windows if n_windows else prior
        self.window_prior_: np.ndarray = np.asarray(window_prior, dtype=float)
        songs, weightless = counted_windows(songs)
        heard = songs.counts > 0
        if self.needs_windows and not heard.any():
            raise ValueError(NOTHING_TO_FIT)
        if self.needs_windows and len(np.unique(class_index[heard])) < 2:
            only = self.classes_[class_index[heard][:1]]
            raise ValueError(one_class(type(self).__name__, "songs", only))
        if self.needs_windows:
            fate = "are left out of fit"
            unheard = ~heard & ~weightless
            warn_unheard(songs.song_ids, ~unheard, fate=fate, stacklevel=4)
            lost = songs.song_ids[weightless]
            warn_weightless(lost, len(songs), fate=fate, stacklevel=4)
        self._fit(songs[heard], class_index[heard])
        return self

    def predict_proba(self, window_proba: SongWindows) -> np.ndarray:
        """Probabilities of songs.

        Parameters
        ----------
        window_proba : SongWindows of windows of shape (n_classes,)
            Probabilities of the windows, columns as in `classes_`.

        Returns
        -------
        array of shape (n_songs, n_classes)
            Rows add up to one. Songs without windows get `class_prior_`.
        """
        check_is_fitted(self)
        songs, weightless = counted_windows(self._checked(window_proba))
        # Nothing is heard of songs without windows: they keep the prior.
        song_proba = np.tile(self.class_prior_, (len(songs), 1))
        heard = songs.counts > 0
        fate = GET_CLASS_SHARES
        warn_unheard(songs.song_ids, heard | weightless, fate=fate, stacklevel=3)
        warn_weightless(songs.song_ids[weightless], len(songs), fate=fate)
        if heard.any():
            song_proba[heard] = self._predict(songs[heard])
        return song_proba

    def predict(self, window_proba: SongWindows) -> np.ndarray:
        """Verdict on songs.

        Parameters
        ----------
        window_proba : SongWindows of windows of shape (n_classes,)
            Probabilities of the windows, columns as in `classes_`.

        Returns
        -------
        array of shape (n_songs,)
            Labels.
        """
        song_proba = self.predict_proba(window_proba)
        return self.classes_[song_proba.argmax(axis=1)]

    def _fit(self, songs: SongWindows, class_index: np.ndarray) -> None:
        raise NotImplementedError

    def _predict(self, songs: SongWindows) -> np.ndarray:
        raise NotImplementedError

    def _checked(self, window_proba: Any) -> SongWindows:
        songs = _songs(window_proba, self)
        proba = check_window_proba(songs.values)
        if proba.shape[1] != len(self.classes_):
            raise ValueError(
                f"Got window_proba with {proba.shape[1]} columns, but expected one for "
                f"each of the {len(self.classes_)} classes {self.classes_.tolist()}. "
                "Where songs of some class are missing, give fit classes=[...]."
            )
        return songs

    def __sklearn_tags__(self) -> Tags:
        """Not an array of vectors: a SongWindows of probabilities."""
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        return tags


def counted_windows(songs: SongWindows) -> tuple[SongWindows, np.ndarray]:
    """Leave windows of weight 0 out.

    Parameters
    ----------
    songs : SongWindows
        In memory.

    Returns
    -------
    counting : SongWindows
        The same songs without such windows.
    weightless : bool array of shape (n_songs,)
        Which songs had windows, and have none now.
    """
    weight = songs.window_weight
    if weight is None or (weight > 0).all():
        return songs, np.zeros(len(songs), dtype=bool)
    kept = weight > 0
    counts = np.bincount(songs.groups[kept], minlength=len(songs))
    marks = songs.marks.take(kept)
    counting = SongWindows(
        songs.values[kept],
        counts,
        song_ids=songs.song_ids,
        starts=songs.starts[kept],
        window_seconds=songs.window_seconds,
        ends=marks.ends,
        window_weight=marks.weight,
    )
    return counting, (counts == 0) & (songs.counts > 0)


def _songs(window_proba: Any, voting: Any) -> SongWindows:
    if not isinstance(window_proba, SongWindows):
        raise TypeError(
            f"{type(voting).__name__} got {type(window_proba).__name__}, but expected "
            "a SongWindows of the windows' probabilities. Make one with "
            "SongWindows.from_arrays(window_proba, groups)."
        )
    return window_proba.load()


def log_odds(songs: SongWindows) -> np.ndarray:
    """Log-odds of every window and class, clipped; one column where classes are two.

    Parameters
    ----------
    songs : SongWindows of windows of shape (n_classes,)
        Probabilities.

    Returns
    -------
    float array of shape (n_windows, n_classes), or (n_windows, 1) for two classes
        Between -6.9 and 6.9.
    """
    # The second of two columns says it all; both would only be collinear.
    proba = songs.values[:, 1:] if songs.window_shape == (2,) else songs.values
    return logit(np.clip(np.asarray(proba, dtype=float), FLOOR, 1 - FLOOR))
