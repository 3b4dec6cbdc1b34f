"""StackedVoting: statistics by hand, and no trust in a memoriser."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from voting_songs import make_noise, make_proba

from skgenre import GroupVotingClassifier, SongWindows
from skgenre.voting._stacked import STATISTICS, StackedVoting


def test_statistics_by_hand():
    proba = np.array([[0.9, 0.1], [0.4, 0.6], [0.5, 0.5], [0.2, 0.8]])
    offsets = np.array([0, 3, 4])
    expected = {
        "mean": [[0.6, 0.4], [0.2, 0.8]],
        "std": [[0.216025, 0.216025], [0, 0]],
        "min": [[0.4, 0.1], [0.2, 0.8]],
        "max": [[0.9, 0.6], [0.2, 0.8]],
        "median": [[0.5, 0.5], [0.2, 0.8]],
        "win_share": [[2 / 3, 1 / 3], [0, 1]],
        "quartiles": [[0.45, 0.3, 0.7, 0.55], [0.2, 0.8, 0.2, 0.8]],
        "entropy": [[0.563748], [0.500402]],
    }
    for name, values in expected.items():
        got = STATISTICS[name](proba, offsets)
        np.testing.assert_allclose(got, values, atol=1e-6, err_msg=name)


def test_logarithmic_statistics_by_hand():
    proba = np.array([[0.8, 0.2], [0.5, 0.5], [1.0, 0.0]])
    offsets = np.array([0, 2, 3])
    # A probability of 0 counts as one of 0.001.
    expected = {
        "mean_log_proba": [
            [np.log(0.8 * 0.5) / 2, np.log(0.2 * 0.5) / 2],
            [0, np.log(0.001)],
        ],
        "mean_log_odds": [
            [np.log(4) / 2, -np.log(4) / 2],
            [np.log(999), -np.log(999)],
        ],
    }
    for name, values in expected.items():
        got = STATISTICS[name](proba, offsets)
        np.testing.assert_allclose(got, values, atol=1e-12, err_msg=name)


def test_deciles_of_eleven_windows():
    proba = np.linspace(0, 1, 11)[::-1, None]
    got = STATISTICS["deciles"](proba, np.array([0, 11]))
    np.testing.assert_allclose(got, [np.arange(1, 10) / 10])


@pytest.mark.parametrize("name", STATISTICS)
def test_statistics_ignore_order(name):
    proba, _ = make_proba()
    got = STATISTICS[name](proba.values, proba.offsets)
    shuffled = np.concatenate([song[::-1] for song in proba])
    np.testing.assert_allclose(
        STATISTICS[name](shuffled, proba.offsets), got, atol=1e-12
    )
    assert got.shape[0] == 30


def test_stacked_uses_its_final_estimator():
    proba, y = make_proba()
    stacked = StackedVoting(
        KNeighborsClassifier(1), statistics=["mean", "deciles"]
    ).fit(proba, y)
    assert stacked.final_estimator_.n_features_in_ == 3 + 27
    assert (stacked.predict(proba) == y).all()
    for wrong in (["mean", "mode"], []):
        with pytest.raises(ValueError, match="Got statistics="):
            StackedVoting(statistics=wrong).fit(proba, y)


def test_the_vector_of_a_song_by_hand():
    proba = SongWindows(np.array([[0.9, 0.1], [0.5, 0.5], [0.2, 0.8]]), [2, 1])

    class Sees(LogisticRegression):
        def fit(self, X, y):
            self.seen_ = X
            return super().fit(X, y)

    voting = StackedVoting(Sees(), statistics=("mean", "max", "win_share"))
    fitted = voting.fit(proba, ["a", "b"]).final_estimator_
    # The first of equal ones wins.
    expected = [[0.7, 0.3, 0.9, 0.5, 1, 0], [0.2, 0.8, 0.2, 0.8, 0, 1]]
    np.testing.assert_allclose(fitted.seen_, expected)


def test_stacked_on_a_memoriser_is_not_fooled():
    songs, y = make_noise(200)
    memoriser = KNeighborsClassifier(1)
    honest = GroupVotingClassifier(memoriser, voting=StackedVoting()).fit(songs, y)
    new, new_y = make_noise(200)
    in_fold = StackedVoting().fit(
        SongWindows(honest.predict_window_proba(songs), songs.counts), y
    )
    codes = (y == "b").astype(int)
    sure = in_fold.predict_proba(
        SongWindows(honest.predict_window_proba(songs), songs.counts)
    )
    assert -np.log(sure[np.arange(200), codes]).mean() < 0.1
    rng = np.random.default_rng(5)
    new = SongWindows(rng.normal(size=songs.values.shape), songs.counts)
    proba = honest.predict_proba(new)
    fooled = in_fold.predict_proba(
        SongWindows(honest.predict_window_proba(new), new.counts)
    )
    codes = (new_y == "b").astype(int)
    loss = [-np.log(p[np.arange(200), codes]).mean() for p in (proba, fooled)]
    assert loss[0] < 0.75 < 0.9 < loss[1]
