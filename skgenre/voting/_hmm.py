"""HMMVoting: one hidden Markov model per class over the sequence of log-odds."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from numbers import Integral, Real
from typing import Any, ClassVar, Literal, Self

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import logsumexp, softmax
from sklearn.cluster import KMeans
from sklearn.utils import check_random_state

from skgenre._by_song.reductions import songs_by_length
from skgenre._optional import require
from skgenre._sklearn import Interval, StrOptions
from skgenre.voting._trained import TrainedVoting, log_odds
from skgenre.windows._song_windows import SongWindows

# A class's variances are drawn towards those of all windows, as if it had so many
# windows more; so is its mean, and no state's share or transition gets to 0.
_PRIOR_WINDOWS = 4.0
_PRIOR_MEANS = 0.1
_PRIOR_VISITS = 2.0


class HMMVoting(TrainedVoting):
    r"""One hidden Markov model per class over the sequence of the windows' log-odds.

    The order of windows counts: a class is known by the sections it goes through and
    by how it goes from one to the next. With :math:`x_{1..n}` the log-odds of a song's
    windows, clipped to those of 0.001 and 0.999,

    .. math:: P(c) \propto prior_c \, p(x_{1..n} | model_c)^{1/n}

    and without the root if ``length_normalized=False``, which is right only if windows
    are independent given the states.

    Parameters
    ----------
    n_states : int, default=2
        States per class, fewer where a class has fewer different windows.
    covariance_type : {"diag", "full", "tied"}, default="diag"
        Covariance of the log-odds within a state. "tied" is one for all states.
    length_normalized : bool, default=True
        Take the likelihood per window, so that long songs are no surer than short.
    n_iter : int, default=20
        Most iterations of expectation-maximisation.
    tol : float, default=0.01
        Stop where the log-likelihood gains less.
    random_state : int, RandomState or None, default=None
        Decides the first means (k-means).

    Attributes
    ----------
    classes_ : array of shape (n_classes,)
        The label of each column.
    class_prior_ : array of shape (n_classes,)
        Share of each class.
    models_ : list of length n_classes
        For each class ``(startprob, transmat, means, covars)``, arrays of shape
        (n_states,), (n_states, n_states), (n_states, n_features) and (n_states,
        n_features, n_features); None for a class without windows, which no song gets.

    Notes
    -----
    The estimates are maximum a posteriori: Dirichlet priors on starts and transitions
    and a prior on covariances, centred on those of all windows, keep one-window songs,
    constant windows and states that nothing visits from degenerating.

    References
    ----------
    .. [1] L. R. Rabiner, "A tutorial on hidden Markov models and selected applications
       in speech recognition", Proceedings of the IEEE 77(2), 1989.
    .. [2] hmmlearn, https://hmmlearn.readthedocs.io

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre import HMMVoting, SongWindows
    >>> up, down = [0.2, 0.3, 0.7, 0.9], [0.9, 0.7, 0.3, 0.2]
    >>> rock = np.array([up, down] * 10).ravel()
    >>> rock += np.random.default_rng(0).uniform(-0.1, 0.1, size=80)
    >>> songs = SongWindows(np.column_stack([1 - rock, rock]), counts=[4] * 20)
    >>> y = np.array(["rises", "falls"] * 10)
    >>> HMMVoting(random_state=0).fit(songs, y).predict(songs[:3])
    array(['rises', 'falls', 'rises'], dtype='<U5')
    """

    _parameter_constraints: ClassVar[dict] = {
        "n_states": [Interval(Integral, 1, None, closed="left")],
        "covariance_type": [StrOptions({"diag", "full", "tied"})],
        "length_normalized": ["boolean"],
        "n_iter": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        n_states: int = 2,
        *,
        covariance_type: Literal["diag", "full", "tied"] = "diag",
        length_normalized: bool = True,
        n_iter: int = 20,
        tol: float = 1e-2,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.n_states = n_states
        self.covariance_type = covariance_type
        self.length_normalized = length_normalized
        self.n_iter = n_iter
        self.tol = tol
        self.random_state = random_state

    @classmethod
    def _examples(cls) -> list[Self]:
        """Instances that the common tests run."""
        return [cls(random_state=0), cls(covariance_type="full", random_state=0)]

    def _fit(self, songs: SongWindows, class_index: np.ndarray) -> None:
        require("hmmlearn", "hmm", "HMMVoting")
        from hmmlearn import hmm

        random_state = check_random_state(self.random_state)
        values = log_odds(songs)  # (n_windows, n_features)
        spread = np.maximum(values.var(axis=0), 1e-2)
        index_of_window = songs.expand(class_index)
        self.models_: list[tuple[np.ndarray, ...] | None] = []
        for column in range(len(self.classes_)):
            own = values[index_of_window == column]
            if len(own) == 0:
                self.models_.append(None)
                continue
            model = self._model(hmm, own, spread, random_state)
            with _quiet():
                model.fit(own, songs.counts[class_index == column])
            self.models_.append(
                (model.startprob_, model.transmat_, model.means_, model.covars_)
            )

    def _model(self, hmm, own, spread, random_state):
        """Model with priors, and starting values that hmmlearn need not find."""
        n_states = min(self.n_states, len(np.unique(own, axis=0)))
        n_features = own.shape[1]
        square = self.covariance_type in ("full", "tied")
        seed = random_state.randint(2**31 - 1)
        model = _songs_at_once(hmm)(
            n_states,
            self.covariance_type,
            startprob_prior=_PRIOR_VISITS,
            transmat_prior=_PRIOR_VISITS,
            means_prior=own.mean(axis=0),
            means_weight=_PRIOR_MEANS,
            covars_prior=_PRIOR_WINDOWS * (np.diag(spread) if square else spread),
            # What hmmlearn takes off the weight differs with the type.
            covars_weight=_PRIOR_WINDOWS + (n_features if square else 1),
            n_iter=self.n_iter,
            tol=self.tol,
            init_params="",
            random_state=seed,
        )
        model.n_features = n_features
        model.startprob_ = np.full(n_states, 1 / n_states)
        model.transmat_ = np.full((n_states, n_states), 1 / n_states)
        means = KMeans(n_states, n_init=3, random_state=seed).fit(own)
        model.means_ = means.cluster_centers_
        model.covars_ = {
            "diag": np.tile(spread, (n_states, 1)),
            "full": np.tile(np.diag(spread), (n_states, 1, 1)),
            "tied": np.diag(spread),
        }[self.covariance_type]
        return model

    def _predict(self, songs: SongWindows) -> np.ndarray:
        values = log_odds(songs)
        evidence = np.full((len(songs), len(self.classes_)), -np.inf)
        for column, model in enumerate(self.models_):
            if model is not None:
                evidence[:, column] = log_likelihood(values, songs.offsets, *model)
        if self.length_normalized:
            evidence /= songs.counts[:, None]
        prior = np.maximum(self.class_prior_, np.finfo(float).eps)
        return softmax(evidence + np.log(prior), axis=1)


def log_likelihood(
    values: np.ndarray,
    offsets: np.ndarray,
    startprob: np.ndarray,
    transmat: np.ndarray,
    means: np.ndarray,
    covars: np.ndarray,
) -> np.ndarray:
    """Log-likelihood of each sequence under a hidden Markov model, all at once.

    Parameters
    ----------
    values : float array of shape (n_windows, n_features)
        Sequences, one behind the other.
    offsets : int array of shape (n_songs + 1,)
        First row of each, and the end.
    startprob : array of shape (n_states,)
        Probabilities of the first state.
    transmat : array of shape (n_states, n_states)
        Probabilities from a state (row) to the next (column).
    means : array of shape (n_states, n_features)
        Of the states.
    covars : array of shape (n_states, n_features, n_features)
        Of the states.

    Returns
    -------
    float array of shape (n_songs,)
        Natural logarithms, by the forward algorithm.
    """
    emission = np.empty((len(values), len(means)))
    for state, (mean, covar) in enumerate(zip(means, covars, strict=True)):
        root = np.linalg.cholesky(covar)
        white = solve_triangular(root, (values - mean).T, lower=True)
        volume = 2 * np.log(root.diagonal()).sum() + len(mean) * np.log(2 * np.pi)
        emission[:, state] = -0.5 * ((white**2).sum(axis=0) + volume)
    likelihood = np.empty(len(offsets) - 1)
    for songs, steps in songs_by_length(emission, offsets):
        forward = np.log(startprob) + steps[:, 0]  # (n, n_states)
        for t in range(1, steps.shape[1]):
            moved = logsumexp(forward[:, :, None] + np.log(transmat), axis=1)
            forward = moved + steps[:, t]
        likelihood[songs] = logsumexp(forward, axis=1)
    return likelihood


@lru_cache(maxsize=1)
def _songs_at_once(hmm: Any) -> Any:
    """GaussianHMM of hmmlearn, which goes through songs one by one, with all at once.

    Should a later hmmlearn call its step by another name, it takes its own: as right,
    and slow.
    """

    class SongsAtOnce(hmm.GaussianHMM):
        def _do_estep(self, X, lengths):
            stats = self._initialize_sufficient_statistics()
            emission = self._compute_log_likelihood(X)
            share, moves, log_likelihood = expected_visits(
                emission, lengths, self.startprob_, self.transmat_
            )
            first = np.cumsum(lengths) - lengths  # row of each song's first window
            stats["nobs"] = len(lengths)
            stats["start"] = share[first].sum(axis=0)
            stats["trans"] = moves
            stats["post"] = share.sum(axis=0)
            stats["obs"] = share.T @ X
            if "obs**2" in stats:
                stats["obs**2"] = share.T @ X**2
            if "obs*obs.T" in stats:
                stats["obs*obs.T"] = np.stack([(X.T * own) @ X for own in share.T])
            return stats, log_likelihood

    return SongsAtOnce


def expected_visits(
    emission: np.ndarray,
    counts: np.ndarray,
    startprob: np.ndarray,
    transmat: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, float]:
    """How often sequences are in each state, and go from each to each.

    Parameters
    ----------
    emission : float array of shape (n_windows, n_states)
        Log-density of each window in each state; sequences one behind the other.
    counts : int array of shape (n_songs,)
        Windows of each sequence, one at least.
    startprob : array of shape (n_states,)
        Probabilities of the first state.
    transmat : array of shape (n_states, n_states)
        Probabilities from a state (row) to the next (column), none of them 0.

    Returns
    -------
    share : float array of shape (n_windows, n_states)
        Probability of each state, given the whole sequence.
    moves : float array of shape (n_states, n_states)
        Expected number of moves, of all sequences.
    log_likelihood : float
        Of all sequences.

    Notes
    -----
    The forward-backward algorithm, each step scaled to add up to one, of all sequences
    at once: the longest come first, so that those which go on are always in front.
    """
    counts = np.asarray(counts)
    order = np.argsort(-counts, kind="stable")
    first = (np.cumsum(counts) - counts)[order]
    # How many sequences have a window of that number.
    n_on = len(counts) - np.searchsorted(
        np.sort(counts), np.arange(counts.max()), "right"
    )
    best = emission.max(axis=1)
    density = np.exp(emission - best[:, None])  # (n_windows, n_states), 1 at the most
    forward = np.empty_like(density)
    scale = np.empty(len(density))
    for step, n in enumerate(n_on):
        rows = first[:n] + step
        before = startprob if step == 0 else forward[rows - 1] @ transmat
        reached = before * density[rows]
        scale[rows] = reached.sum(axis=1)
        forward[rows] = reached / scale[rows, None]
    backward = np.ones_like(density)
    moves = np.zeros_like(transmat)
    for step in range(len(n_on) - 1, 0, -1):
        rows = first[: n_on[step]] + step
        behind = density[rows] * backward[rows] / scale[rows, None]
        backward[rows - 1] = behind @ transmat.T
        moves += forward[rows - 1].T @ behind
    return forward * backward, moves * transmat, float((np.log(scale) + best).sum())


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep hmmlearn from reporting that priors let the likelihood go down a little."""
    logger = logging.getLogger("hmmlearn")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="hmmlearn")
            yield
    finally:
        logger.setLevel(level)
