"""A search or calibration inside the vote keeps songs whole: found.md A18."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression, LogisticRegressionCV
from sklearn.metrics import log_loss
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    ShuffleSplit,
    StratifiedGroupKFold,
    StratifiedKFold,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre import GroupVotingClassifier, SongWindows
from skgenre.voting._inner_folds import whole_songs


@pytest.fixture
def alike():
    """Windows that are alike within a song, in what has little to do with its class."""
    rng = np.random.default_rng(0)
    y = np.array(["jazz", "rock"] * 30)
    X = SongWindows(rng.normal(size=(300, 4)), counts=[5] * 60)
    X.values[:] = 0.3 * X.values + rng.normal(size=(60, 4))[X.groups]
    X.values[X.expand(y) == "rock"] += 0.7
    return X, y


def seen_splits(monkeypatch):
    """Let calibration note which windows it fits on."""
    trained = []
    fit = GaussianNB.fit

    def spy(self, X, y, sample_weight=None):
        trained.append(np.asarray(X)[:, 0])
        return fit(self, X, y, sample_weight)

    monkeypatch.setattr(GaussianNB, "fit", spy)
    return trained


@pytest.mark.parametrize(
    "make",
    [
        lambda: CalibratedClassifierCV(GaussianNB()),
        lambda: CalibratedClassifierCV(GaussianNB(), cv=3),
        lambda: CalibratedClassifierCV(GaussianNB(), cv=StratifiedGroupKFold(3)),
        lambda: CalibratedClassifierCV(GaussianNB(), cv=GroupKFold(3)),
        lambda: GridSearchCV(GaussianNB(), {"var_smoothing": [1e-9, 1e-3]}, cv=3),
        lambda: GridSearchCV(GaussianNB(), {"var_smoothing": [1e-9]}, cv=GroupKFold(3)),
        lambda: make_pipeline(StandardScaler(), CalibratedClassifierCV(GaussianNB())),
        lambda: StackingClassifier([("nb", GaussianNB())], LogisticRegression(), cv=3),
        lambda: VotingClassifier(
            [("a", CalibratedClassifierCV(GaussianNB())), ("b", LogisticRegression())],
            voting="soft",
        ),
    ],
)
def test_no_song_is_divided(make, monkeypatch):
    y = np.array(["a", "b"] * 6)
    # The value of a window is its song.
    X = SongWindows(np.repeat(np.arange(12.0), 4)[:, None], [4] * 12)
    trained = seen_splits(monkeypatch)
    GroupVotingClassifier(make()).fit(X, y)
    parts = [fit for fit in trained if len(fit) < 48]
    assert len(parts) >= 3
    for part in parts:
        assert set(np.unique(part, return_counts=True)[1]) == {4}


def test_calibration_is_as_good_as_by_hand(alike):
    X, y = alike
    train, test = np.arange(60) < 40, np.arange(60) >= 40
    neighbour = KNeighborsClassifier(1)
    model = GroupVotingClassifier(CalibratedClassifierCV(neighbour, cv=4))
    got = model.fit(X[train], y[train]).predict_window_proba(X[test])
    windows, labels = X[train].values, X[train].expand(y[train])
    splits = list(StratifiedGroupKFold(4).split(windows, labels, X[train].groups))
    by_hand = CalibratedClassifierCV(neighbour, cv=splits).fit(windows, labels)
    assert_allclose(got, by_hand.predict_proba(X[test].values))
    leaky = CalibratedClassifierCV(neighbour, cv=4).fit(windows, labels)
    truth = X[test].expand(y[test])
    assert log_loss(truth, got) < log_loss(truth, leaky.predict_proba(X[test].values))


def test_the_estimator_shows_the_cv_that_it_was_given(alike):
    X, y = alike
    inner = GridSearchCV(GaussianNB(), {"var_smoothing": [1e-9, 1e-3]}, cv=3)
    model = GroupVotingClassifier(inner).fit(X, y)
    assert model.estimator_.cv == inner.cv == 3
    assert model.estimator_.n_splits_ == 3


def test_by_artist_where_artists_are_known(monkeypatch):
    y = np.array(["a", "b"] * 8)
    artists = np.repeat([f"artist {i}" for i in range(8)], 2)
    number = np.repeat(np.arange(8.0), 2)  # the value of a window is its artist
    X = SongWindows(np.repeat(number, 3)[:, None], [3] * 16)
    trained = seen_splits(monkeypatch)
    model = GroupVotingClassifier(CalibratedClassifierCV(GaussianNB(), cv=2))
    model.fit(X, y, groups=artists)
    for part in trained:
        assert set(np.unique(part, return_counts=True)[1]) == {6}


@pytest.mark.parametrize(
    "cv", [StratifiedKFold(3, shuffle=True, random_state=0), ShuffleSplit(3)]
)
def test_a_splitter_of_rows_is_warned_of(alike, cv):
    X, y = alike
    search = GridSearchCV(GaussianNB(), {"var_smoothing": [1e-9]}, cv=cv)
    with pytest.warns(UserWarning, match="windows of one song on both sides"):
        GroupVotingClassifier(search).fit(X, y)


def test_folds_of_the_users_own_stay(alike):
    X, y = alike
    folds = list(StratifiedGroupKFold(2).split(X.values, X.expand(y), X.groups))
    search = GridSearchCV(GaussianNB(), {"var_smoothing": [1e-9]}, cv=folds)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        GroupVotingClassifier(search).fit(X, y)


def test_a_cv_within_a_search_is_warned_of(alike):
    X, y = alike
    search = GridSearchCV(
        CalibratedClassifierCV(GaussianNB(), cv=2), {"method": ["sigmoid"]}, cv=2
    )
    with pytest.warns(UserWarning, match=r"parts that have a cv .*estimator__cv"):
        GroupVotingClassifier(search).fit(X, y)


def test_a_class_of_one_song_is_said():
    X = SongWindows(np.arange(12.0)[:, None], [4, 4, 4])
    model = GroupVotingClassifier(CalibratedClassifierCV(GaussianNB(), cv=2))
    with pytest.warns(UserWarning, match="a class has one song"):
        model.fit(X, ["a", "a", "b"])


def test_rows_that_are_songs_need_nothing():
    """Without songs of several windows it is scikit-learn's own affair."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 2)), np.array([0, 1] * 20)
    plain = LogisticRegressionCV(Cs=3, cv=StratifiedKFold(2), l1_ratios=(0,))
    with warnings.catch_warnings():
        # scikit-learn 1.7 and 1.8 each dislike one of the ways to say it.
        warnings.simplefilter("ignore")
        expected = plain.fit(X, y).C_
        got = GroupVotingClassifier(plain).fit(X, y).estimator_.C_
    assert_array_equal(got, expected)


def test_parameters_come_back_after_an_error():
    class Fails(GaussianNB):
        def fit(self, X, y, sample_weight=None):
            raise ValueError("no")

    search = GridSearchCV(Fails(), {"var_smoothing": [1e-9]}, cv=3)
    X, y = np.zeros((12, 1)), np.array([0, 0, 1, 1] * 3)
    changed = whole_songs(search, y, np.repeat(np.arange(6), 2))
    with pytest.raises(ValueError, match="All the 3 fits failed"):
        fit_within(changed, search, X, y)
    assert search.cv == 3


def fit_within(changed, search, X, y):
    with changed:
        assert len(search.cv) == 3
        search.fit(X, y)
