"""NaiveBayesVoting: the product of the windows' evidence, tempered."""

from numbers import Real
from typing import Any, ClassVar, Literal, Self

import numpy as np
from scipy.optimize import minimize_scalar
from sklearn.utils.validation import check_is_fitted

from skgenre._sklearn import Interval, StrOptions
from skgenre.voting._rules import clipped_log, naive_bayes
from skgenre.voting._trained import TrainedVoting, counted_windows
from skgenre.windows._song_windows import SongWindows

# A discount this large or this small fits no better by more than its noise.
_DISCOUNTS = (1e-3, 4.0)


class NaiveBayesVoting(TrainedVoting):
    r"""Product of the windows' evidence, tempered because windows are not independent.

    With :math:`p_t` the probabilities of window t of n, and tau the discount,

    .. math:: P(c) \propto \pi_c \left(\prod_t p_{t,c} / \omega_c\right)^{\tau}

    where :math:`\pi` are the shares of the classes among songs, and :math:`\omega`
    those among the windows that the classifier was fitted on, which its probabilities
    have built in: where songs of one class are longer, the two differ.

    Where windows have weights, `SongWindows.window_weight`, the ratio of window t is
    raised to the power of its weight.

    At tau = 1 windows are independent given the class, which overlapping windows, and
    windows of one recording in general, are not: the product is then far too sure of
    itself. The verdict of a song depends little on tau, its probabilities much.

    Parameters
    ----------
    discount : float, "overlap" or "fit", default=1.0
        Tau. "overlap": seconds covered by a song's windows, divided by the sum of
        their lengths, so that each second counts once (1 without overlap, just over
        1/2 at half); `window_proba` must know its starts and window_seconds. "fit":
        the value between 0.001 and 4 with the least log-loss on the songs in fit,
        which must be probabilities of windows that the classifier has not seen.

    Attributes
    ----------
    classes_ : array of shape (n_classes,)
        The label of each column.
    class_prior_ : array of shape (n_classes,)
        Share of each class among songs.
    window_prior_ : array of shape (n_classes,)
        Share of each class among the windows of the classifier's fit.
    discount_ : float or "overlap"
        The discount in use.

    References
    ----------
    .. [1] J. Kittler et al., "On combining classifiers", IEEE TPAMI 20(3), 1998:
       the product rule.
    .. [2] C. Guo et al., "On calibration of modern neural networks", ICML 2017:
       one temper by maximum likelihood.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre import NaiveBayesVoting, SongWindows
    >>> proba = np.array([[0.8, 0.2], [0.8, 0.2], [0.8, 0.2], [0.3, 0.7]])
    >>> songs = SongWindows(
    ...     proba, counts=[3, 1], starts=[0, 1, 2, 0], window_seconds=2.0
    ... )
    >>> y = ["jazz", "rock"]
    >>> fair = {"window_prior": [0.5, 0.5]}  # of the windows in the classifier's fit
    >>> NaiveBayesVoting().fit(songs, y, **fair).predict_proba(songs).round(2)
    array([[0.98, 0.02],
           [0.3 , 0.7 ]])
    >>> NaiveBayesVoting("overlap").fit(songs, y, **fair).predict_proba(songs).round(2)
    array([[0.94, 0.06],
           [0.3 , 0.7 ]])
    """

    _parameter_constraints: ClassVar[dict] = {
        "discount": [
            StrOptions({"overlap", "fit"}),
            Interval(Real, 0, None, closed="neither"),
        ]
    }

    def __init__(self, discount: float | Literal["overlap", "fit"] = 1.0) -> None:
        self.discount = discount

    @classmethod
    def _examples(cls) -> list[Self]:
        """Instances that the common tests run."""
        return [cls(), cls("overlap"), cls("fit")]

    @property
    def needs_windows(self) -> bool:
        """Whether the discount is found by fit."""
        return isinstance(self.discount, str) and self.discount == "fit"

    def _fit(self, songs: SongWindows, class_index: np.ndarray) -> None:
        self.discount_ = self.discount
        if not self.needs_windows:
            return
        rows = np.arange(len(class_index))

        def loss(discount: float) -> float:
            truth = self._posterior(songs, discount)[rows, class_index]
            return -np.log(np.maximum(truth, np.finfo(float).tiny)).mean()

        # Log-sum-exp of what is linear in the discount: convex.
        found = minimize_scalar(loss, bounds=_DISCOUNTS, method="bounded")
        self.discount_ = float(found.x)

    def _predict(self, songs: SongWindows) -> np.ndarray:
        if isinstance(self.discount_, str):
            return self._posterior(songs, covered_share(songs))
        return self._posterior(songs, self.discount_)

    def window_evidence(self, songs: SongWindows) -> np.ndarray:
        """What each window adds to the logarithm of its song's probabilities.

        Parameters
        ----------
        songs : SongWindows of windows of shape (n_classes,)
            Probabilities of the windows, columns as in `classes_`. Each song has at
            least one window of a weight above 0.

        Returns
        -------
        float array of shape (n_windows, n_classes)
            Tau * log(p / omega), times the window's weight. With the logarithm of
            `class_prior_`, the sum over a song's windows is that of what its
            probabilities are proportional to.
        """
        check_is_fitted(self)
        discount: Any = self.discount_
        if isinstance(discount, str):
            discount = covered_share(counted_windows(songs)[0])[songs.groups, None]
        ratio = clipped_log(songs.values) - clipped_log(self.window_prior_)
        weight = songs.window_weight
        return discount * ratio * (1.0 if weight is None else weight[:, None])

    def _posterior(
        self, songs: SongWindows, discount: float | np.ndarray
    ) -> np.ndarray:
        return naive_bayes(
            songs.values,
            songs.groups,
            np.bincount(songs.groups, weights=songs.window_weight),
            weight=songs.window_weight,
            prior=self.class_prior_,
            window_prior=self.window_prior_,
            discount=discount,
        )


def covered_share(songs: SongWindows) -> np.ndarray:
    """Seconds that a song's windows cover, divided by the sum of their lengths.

    Parameters
    ----------
    songs : SongWindows
        Each with at least one window.

    Returns
    -------
    float array of shape (n_songs,)
        1 where windows do not overlap, 1 / n where all n are the same.
    """
    if songs.window_seconds is None or np.isnan(songs.starts).any():
        raise ValueError(
            "discount='overlap' needs to know the start of each window in its song and "
            "the window's length. Got a SongWindows without starts or window_seconds: "
            "take windows from FrameWindower, give SongWindows(..., starts=..., "
            "window_seconds=...), or use discount='fit'."
        )
    starts = songs.starts[np.lexsort((songs.starts, songs.groups))]
    fresh = np.full(len(starts), float(songs.window_seconds))
    later = np.ones(len(starts), dtype=bool)
    later[songs.offsets[:-1]] = False
    fresh[later] = np.minimum(fresh[later], np.diff(starts, prepend=0)[later])
    seconds = np.add.reduceat(fresh, songs.offsets[:-1])
    return seconds / (songs.counts * songs.window_seconds)
