"""NaiveBayesVoting: the product by hand, and what its discount is worth."""

import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB
from voting_songs import make_proba, make_songs

from skgenre import GroupVotingClassifier, SongWindows
from skgenre.voting._naive_bayes import NaiveBayesVoting, covered_share


def test_naive_bayes_by_hand():
    proba = SongWindows(np.array([[0.8, 0.2], [0.6, 0.4], [0.3, 0.7]]), counts=[2, 1])
    fitted = NaiveBayesVoting(0.5).fit(proba, ["a", "b"], prior=[0.25, 0.75])
    # prior^(1 - 2 * 0.5) = 1
    scores = np.sqrt([0.8 * 0.6, 0.2 * 0.4])
    np.testing.assert_allclose(
        fitted.predict_proba(proba[[0]])[0], scores / sum(scores)
    )
    scores = np.sqrt([0.25 * 0.3, 0.75 * 0.7])
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
