"""HMMVoting: likelihoods by hand and beside hmmlearn's, and what may degenerate."""

import itertools
import sys

import numpy as np
import pytest
from scipy.special import logsumexp, softmax
from scipy.stats import multivariate_normal, norm
from sklearn.model_selection import cross_val_score
from voting_songs import make_proba, make_sequences

from skgenre import SongWindows
from skgenre.voting import _hmm
from skgenre.voting._hmm import HMMVoting, log_likelihood
from skgenre.voting._stacked import StackedVoting

pytest.importorskip("hmmlearn")


def test_hmm_hears_the_order():
    songs, y = make_sequences()
    assert cross_val_score(HMMVoting(random_state=0), songs, y).mean() > 0.95
    # Statistics without order hear only noise.
    assert cross_val_score(StackedVoting(), songs, y).mean() < 0.8


def test_likelihood_of_one_state_is_that_of_gaussians():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(5, 2))
    covar = np.array([[2.0, 0.5], [0.5, 1.0]])
    logs = multivariate_normal([1, 2], covar).logpdf(values)
    got = log_likelihood(
        values,
        np.array([0, 2, 5]),
        startprob=np.ones(1),
        transmat=np.ones((1, 1)),
        means=np.array([[1.0, 2.0]]),
        covars=covar[None],
    )
    np.testing.assert_allclose(got, [logs[:2].sum(), logs[2:].sum()])


# hmmlearn 0.3.3 does so, which NumPy 2.5 has deprecated.
@pytest.mark.filterwarnings("ignore:Setting the shape on a NumPy:DeprecationWarning")
@pytest.mark.parametrize("covariance_type", ["diag", "full", "tied"])
def test_likelihood_is_that_of_hmmlearn(covariance_type):
    hmm = pytest.importorskip("hmmlearn.hmm")
    rng = np.random.default_rng(0)
    values, counts = rng.normal(size=(40, 3)), [7, 13, 20]
    model = hmm.GaussianHMM(2, covariance_type, random_state=0).fit(values, counts)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    got = log_likelihood(
        values,
        offsets,
        startprob=model.startprob_,
        transmat=model.transmat_,
        means=model.means_,
        covars=model.covars_,
    )
    songs = np.split(values, offsets[1:-1])
    np.testing.assert_allclose(got, [model.score(song) for song in songs])


@pytest.mark.parametrize("covariance_type", ["diag", "full", "tied"])
def test_fitted_as_by_hmmlearn_song_by_song(covariance_type, monkeypatch):
    rng = np.random.default_rng(0)
    counts = rng.integers(1, 9, size=60)
    proba = rng.dirichlet(np.ones(3), counts.sum())
    songs, y = SongWindows(proba, counts), rng.permutation(np.arange(60) % 3)
    voting = HMMVoting(3, covariance_type=covariance_type, tol=0.0, random_state=0)
    ours = voting.fit(songs, y).models_
    monkeypatch.setattr(_hmm, "_songs_at_once", lambda hmm: hmm.GaussianHMM)
    theirs = voting.fit(songs, y).models_
    for one, other in zip(ours, theirs, strict=True):
        for a, b in zip(one, other, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-7, atol=1e-9)


def test_visits_beside_the_sum_over_all_paths():
    rng = np.random.default_rng(0)
    start, moves = np.array([0.7, 0.3]), np.array([[0.8, 0.2], [0.4, 0.6]])
    # Densities far below what a float holds: only what they are to each other counts.
    emission = rng.normal(size=(8, 2)) * 3 - 900
    counts = np.array([1, 4, 3])
    share, moved, total = np.zeros((8, 2)), np.zeros((2, 2)), 0.0
    for rows in np.split(np.arange(8), [1, 5]):
        paths = list(itertools.product(range(2), repeat=len(rows)))
        logs = [
            np.log(start[path[0]])
            + sum(np.log(moves[a, b]) for a, b in itertools.pairwise(path))
            + emission[rows, list(path)].sum()
            for path in paths
        ]
        total += logsumexp(logs)
        for path, weight in zip(paths, softmax(logs), strict=True):
            share[rows, list(path)] += weight
            for a, b in itertools.pairwise(path):
                moved[a, b] += weight
    got = _hmm.expected_visits(emission, counts, start, moves)
    np.testing.assert_allclose(got[0], share)
    np.testing.assert_allclose(got[1], moved)
    np.testing.assert_allclose(got[2], total)


def test_likelihood_beside_the_sum_over_all_paths():
    rng = np.random.default_rng(0)
    start, means = np.array([0.7, 0.3]), np.array([[-1.0], [2.0]])
    moves = np.array([[0.8, 0.2], [0.4, 0.6]])
    values, offsets = rng.normal(size=(7, 1)), np.array([0, 1, 4, 7])

    def likelihood(song):
        total = 0.0
        for path in itertools.product(range(2), repeat=len(song)):
            steps = [moves[a, b] for a, b in itertools.pairwise(path)]
            emitted = norm(means[list(path), 0], 1.5).pdf(song[:, 0])
            total += start[path[0]] * np.prod(steps) * np.prod(emitted)
        return total

    got = log_likelihood(
        values,
        offsets,
        startprob=start,
        transmat=moves,
        means=means,
        covars=np.full((2, 1, 1), 1.5**2),
    )
    expected = [likelihood(song) for song in np.split(values, offsets[1:-1])]
    np.testing.assert_allclose(np.exp(got), expected)


@pytest.mark.parametrize("covariance_type", ["diag", "full", "tied"])
@pytest.mark.parametrize("counts", [[1, 1, 1, 1], [5, 1, 1, 2]])
def test_hmm_of_constant_windows(covariance_type, counts, caplog):
    proba = np.tile([0.7, 0.2, 0.1], (sum(counts), 1))
    songs = SongWindows(proba, counts)
    y = ["a", "a", "b", "c"]
    voting = HMMVoting(4, covariance_type=covariance_type, random_state=0)
    got = voting.fit(songs, y).predict_proba(songs)
    assert np.isfinite(got).all()
    assert all(len(model[0]) == 1 for model in voting.models_)
    assert not caplog.records


def test_hmm_certain_windows_and_length():
    songs = SongWindows(np.eye(2)[[0, 0, 1, 1, 0, 1]], [2, 2, 1, 1])
    y = ["a", "b", "a", "b"]
    normalized = HMMVoting(random_state=0).fit(songs, y).predict_proba(songs)
    total = HMMVoting(length_normalized=False, random_state=0).fit(songs, y)
    assert (normalized.argmax(axis=1) == [0, 1, 0, 1]).all()
    # More windows of the same, more evidence.
    assert total.predict_proba(songs)[0, 0] > normalized[0, 0]
    np.testing.assert_allclose(total.predict_proba(songs)[2], normalized[2])


def test_a_class_without_windows_is_never_the_verdict():
    proba, y = make_proba()
    some = y != "jazz"
    voting = HMMVoting(random_state=0)
    voting.fit(proba[some], y[some], classes=["blues", "jazz", "rock"])
    assert [model is None for model in voting.models_] == [False, True, False]
    np.testing.assert_array_equal(voting.predict_proba(proba)[:, 1], 0)


def test_missing_package(monkeypatch):
    proba, y = make_proba()
    monkeypatch.setitem(sys.modules, "hmmlearn", None)
    for name in [m for m in sys.modules if m.startswith("hmmlearn.")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(ModuleNotFoundError, match=r"skgenre\[hmm\]"):
        HMMVoting().fit(proba, y)
