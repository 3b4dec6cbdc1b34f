"""NaiveBayesVoting: the product by hand, and what its discount is worth."""

import numpy as np
import pytest
from scipy.special import expit
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from voting_songs import make_proba, make_songs

from skgenre import GroupVotingClassifier, SongWindows
from skgenre.voting._naive_bayes import NaiveBayesVoting, covered_share


def test_naive_bayes_by_hand():
    proba = SongWindows(np.array([[0.8, 0.2], [0.6, 0.4], [0.3, 0.7]]), counts=[2, 1])
    fitted = NaiveBayesVoting(0.5).fit(proba, ["a", "b"], prior=[0.25, 0.75])
    # Two of three windows in fit are of a; each window says p / share.
    scores = [0.25 * np.sqrt(0.8 * 0.6) / (2 / 3), 0.75 * np.sqrt(0.2 * 0.4) / (1 / 3)]
    np.testing.assert_allclose(
        fitted.predict_proba(proba[[0]])[0], scores / sum(scores)
    )
    scores = [0.25 * np.sqrt(0.3 / (2 / 3)), 0.75 * np.sqrt(0.7 / (1 / 3))]
    np.testing.assert_allclose(
        fitted.predict_proba(proba[[1]])[0], scores / sum(scores)
    )


def test_naive_bayes_is_the_named_voting():
    songs, y = make_songs(zero=[3])
    weight = np.random.default_rng(0).uniform(1, 3, size=30)
    got = []
    for voting in ("naive_bayes", NaiveBayesVoting()):
        model = GroupVotingClassifier(GaussianNB(), voting=voting)
        with pytest.warns(UserWarning, match="no windows"):
            model.fit(songs, y, sample_weight=weight)
        got.append(model.predict_proba(songs[4:]))
    np.testing.assert_array_equal(*got)


def test_covered_share():
    def share(starts, counts, seconds=2.0):
        songs = SongWindows(
            np.zeros((len(starts), 2)), counts, starts=starts, window_seconds=seconds
        )
        return covered_share(songs)

    assert share([0, 2, 4], [3]).tolist() == [1]
    assert share([0, 2, 7], [3]).tolist() == [1]  # gaps add nothing
    assert share([0, 1, 2], [3]) == pytest.approx(4 / 6)
    assert share([0, 0, 0], [3]) == pytest.approx(1 / 3)
    # Any order within a song, and songs do not touch each other.
    assert share([2, 0, 1, 0, 0.5], [3, 2]) == pytest.approx([4 / 6, 2.5 / 4])


def test_overlap_makes_repeated_windows_count_once():
    once = SongWindows(
        [[0.9, 0.1], [0.2, 0.8]], [1, 1], starts=[0, 0], window_seconds=1
    )
    often = SongWindows(
        np.repeat(once.values, 5, axis=0),
        [5, 5],
        starts=np.zeros(10),
        window_seconds=1,
    )
    voting = NaiveBayesVoting("overlap").fit(once, ["a", "b"])
    np.testing.assert_allclose(voting.predict_proba(often), voting.predict_proba(once))


@pytest.mark.parametrize(("starts", "seconds"), [(None, 1.0), ([0.0, 1.0], None)])
def test_overlap_needs_starts(starts, seconds):
    songs = SongWindows(
        [[0.9, 0.1], [0.2, 0.8]], [1, 1], starts=starts, window_seconds=seconds
    )
    voting = NaiveBayesVoting("overlap").fit(songs, ["a", "b"])
    with pytest.raises(ValueError, match=r"start of each window.*discount='fit'"):
        voting.predict_proba(songs)


def test_fitted_discount_undoes_repetition():
    # Every window four times: the right discount is a quarter of that without.
    proba, y = make_proba(300, effect=0.5)
    repeated = SongWindows(np.repeat(proba.values, 4, axis=0), proba.counts * 4)
    once = NaiveBayesVoting("fit").fit(proba, y).discount_
    often = NaiveBayesVoting("fit").fit(repeated, y).discount_
    assert often == pytest.approx(once / 4, rel=1e-2)


def test_fitted_discount_has_the_least_loss():
    proba, y = make_proba(200, effect=0.5)
    codes = np.unique(y, return_inverse=True)[1]

    def loss(discount):
        song_proba = NaiveBayesVoting(discount).fit(proba, y).predict_proba(proba)
        return -np.log(song_proba[np.arange(200), codes]).mean()

    best = NaiveBayesVoting("fit").fit(proba, y).discount_
    assert loss(best) <= min(map(loss, np.linspace(0.05, 4, 60))) + 1e-6


@pytest.mark.parametrize("discount", [0, -1, "all", None])
def test_discount_is_checked(discount):
    proba, y = make_proba()
    with pytest.raises(ValueError, match="'discount' parameter of NaiveBayesVoting"):
        NaiveBayesVoting(discount).fit(proba, y)


def test_only_a_discount_that_is_fitted_needs_windows():
    assert NaiveBayesVoting("fit").needs_windows
    for discount in (1.0, 0.3, "overlap"):
        assert not NaiveBayesVoting(discount).needs_windows
    # Classes and their shares are all that the others learn.
    nothing = SongWindows(np.zeros((0, 2)), [0, 0, 0])
    voting = NaiveBayesVoting().fit(nothing, ["a", "b", "b"])
    np.testing.assert_allclose(voting.class_prior_, [1 / 3, 2 / 3])
    with pytest.raises(ValueError, match="None of the songs has a window"):
        NaiveBayesVoting("fit").fit(nothing, ["a", "b", "b"])


# -- by the book: found.md A2 ----------------------------------------------------------


@pytest.mark.parametrize("voting", ["naive_bayes", NaiveBayesVoting()])
def test_windows_that_say_nothing_leave_the_songs_prior(voting):
    """One song of 9 windows and one of 1: a classifier of shares alone is 9 : 1."""
    songs = SongWindows(np.zeros((10, 1)), [9, 1])
    model = GroupVotingClassifier(DummyClassifier(strategy="prior"), voting=voting)
    model.fit(songs, ["a", "b"])
    np.testing.assert_allclose(model.window_prior_, [0.9, 0.1])
    five = SongWindows(np.zeros((5, 1)), [5])
    np.testing.assert_allclose(model.predict_proba(five), [[0.5, 0.5]])


@pytest.mark.filterwarnings("ignore:Songs of class")
def test_the_windows_prior_is_that_of_their_weights():
    songs = SongWindows(np.zeros((10, 1)), [9, 1])
    y = ["a", "b"]
    model = GroupVotingClassifier(DummyClassifier(strategy="prior"))
    model.fit(songs, y, sample_weight=[1.0, 3.0])
    np.testing.assert_allclose(model.window_prior_, [9 / 12, 3 / 12])
    np.testing.assert_allclose(model.class_prior_, [1 / 4, 3 / 4])
    model.set_params(song_balanced=True).fit(songs, y)
    np.testing.assert_allclose(model.window_prior_, [0.5, 0.5])


def simulated(counts, y, seed):
    """Windows that are independent given the class: N(-0.4, 1) or N(0.4, 1)."""
    rng = np.random.default_rng(seed)
    mean = np.where(y == "b", 0.4, -0.4)
    values = rng.normal(np.repeat(mean, counts))
    return SongWindows(values[:, None], counts)


@pytest.mark.filterwarnings("ignore:Songs of class")  # of mean_log_proba
@pytest.mark.parametrize("balanced", [False, True])
@pytest.mark.parametrize("voting", ["naive_bayes", NaiveBayesVoting()])
def test_calibrated_where_the_truth_is_known(voting, balanced):
    """Songs of class a have 47 windows in fit, those of b 6; each class is half."""
    y = np.array(["a", "b"] * 400)
    long = simulated(np.where(y == "b", 6, 47), y, seed=0)
    model = GroupVotingClassifier(
        LogisticRegression(C=1e6), voting=voting, song_balanced=balanced
    ).fit(long, y)
    test_y = np.array(["a", "b"] * 4000)
    test = simulated(np.full(8000, 5), test_y, seed=1)
    proba = model.predict_proba(test)[:, 1]
    # The posterior by Bayes' rule: log-odds of 2 * 0.4 * x add up over windows.
    truth = expit(0.8 * test.values.reshape(8000, 5).sum(axis=1))
    np.testing.assert_allclose(proba, truth, atol=0.06)
    is_b = test_y == "b"
    for low in np.arange(0, 1, 0.2):
        chosen = (proba >= low) & (proba < low + 0.2)
        noise = np.sqrt(0.25 / chosen.sum())
        assert abs(is_b[chosen].mean() - proba[chosen].mean()) < 4 * noise + 0.02

    def log_loss(p):
        return -np.log(np.where(is_b, p, 1 - p)).mean()

    other = clone(model).set_params(voting="mean_log_proba").fit(long, y)
    assert log_loss(proba) < log_loss(other.predict_proba(test)[:, 1])


def test_long_songs_of_one_class_do_not_win_them_all():
    """found.md A2: balanced accuracy was 0.50 where 0.80 is possible."""
    y = np.array(["a", "b"] * 200)
    songs = simulated(np.where(y == "b", 6, 47), y, seed=2)
    test_y = np.array(["a", "b"] * 500)
    test = simulated(np.full(1000, 6), test_y, seed=3)
    model = GroupVotingClassifier(LogisticRegression(), voting="naive_bayes")
    verdicts = model.fit(songs, y).predict(test)
    best = np.where(test.values.reshape(1000, 6).sum(axis=1) > 0, "b", "a")
    assert np.mean(verdicts == test_y) > np.mean(best == test_y) - 0.02


def test_a_class_that_no_window_had_in_fit_gets_nothing():
    songs = SongWindows(np.arange(4.0)[:, None], [2, 2, 0])
    model = GroupVotingClassifier(GaussianNB(), voting="naive_bayes")
    with pytest.warns(UserWarning, match="cannot be learned"):
        model.fit(songs, ["a", "b", "c"])
    proba = model.predict_proba(songs[:2])
    np.testing.assert_array_equal(proba[:, 2], 0)
    np.testing.assert_allclose(proba.sum(axis=1), 1)


def test_weights_are_exponents():
    proba = np.array([[0.8, 0.2], [0.3, 0.7], [0.6, 0.4]])
    songs = SongWindows(proba, [2, 1], window_weight=[1, 0.5, 0.25])
    fair = {"prior": [0.5, 0.5], "window_prior": [0.6, 0.4]}
    found = NaiveBayesVoting(0.5).fit(songs, ["a", "b"], **fair).predict_proba(songs)
    first = ((0.8 / 0.2) / 1.5 * ((0.3 / 0.7) / 1.5) ** 0.5) ** 0.5
    second = ((0.6 / 0.4) / 1.5) ** (0.5 * 0.25)
    np.testing.assert_allclose(
        found[:, 0], [first / (1 + first), second / (1 + second)]
    )
