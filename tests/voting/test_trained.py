"""What votings that learn have in common, and what it takes to write one."""

import importlib.util
import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.utils import estimator_checks
from voting_songs import Recorder, make_proba, make_songs

from skgenre import (
    GroupVotingClassifier,
    HMMVoting,
    NaiveBayesVoting,
    RNNVoting,
    SongWindows,
    StackedVoting,
)
from skgenre.voting import TrainedVoting
from skgenre.voting._trained import fit_voting, is_trained, log_odds

has_keras = importlib.util.find_spec("keras") is not None
needs_keras = pytest.mark.skipif(not has_keras, reason="Keras is not installed")

CHEAP = [
    NaiveBayesVoting(),
    NaiveBayesVoting("overlap"),
    NaiveBayesVoting("fit"),
    NaiveBayesVoting(0.3),
    StackedVoting(),
    HMMVoting(n_iter=3, random_state=0),
]
ALL = [
    *CHEAP,
    pytest.param(
        RNNVoting(units=3, epochs=2, random_state=0),
        marks=[needs_keras, pytest.mark.slow],
    ),
]


# -- every voting ---------------------------------------------------------------------


@pytest.mark.parametrize("voting", ALL)
def test_song_proba(voting):
    songs, y = make_proba()
    before = songs.values.copy()
    fitted = clone(voting).fit(songs, y)
    proba = fitted.predict_proba(songs)
    assert proba.shape == (30, 3)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    assert (proba >= 0).all()
    np.testing.assert_array_equal(songs.values, before)
    assert set(fitted.predict(songs)) <= set(y)
    again = pickle.loads(pickle.dumps(fitted)).predict_proba(songs)
    np.testing.assert_array_equal(proba, again)
    # The same seed gives the same voting.
    other = clone(fitted).fit(songs, y).predict_proba(songs)
    np.testing.assert_allclose(proba, other, atol=1e-5)
    # Songs do not depend on the songs beside them.
    np.testing.assert_allclose(fitted.predict_proba(songs[[5]]), proba[[5]])


@pytest.mark.parametrize("voting", CHEAP)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_alone_in_cross_validation_and_as_voting(voting, n_classes):
    songs, y = make_songs(40, n_classes=n_classes)
    proba, _ = make_proba(40, n_classes=n_classes)
    assert cross_val_score(voting, proba, y, cv=3).mean() > 0.6
    model = GroupVotingClassifier(GaussianNB(), voting=voting, cv=3)
    assert cross_val_score(model, songs, y, cv=3).mean() > 0.6
    assert not hasattr(voting, "classes_")
    assert model.fit(songs, y).voting_.classes_.tolist() == model.classes_.tolist()


@pytest.mark.parametrize("voting", CHEAP)
def test_songs_without_windows(voting):
    proba, y = make_proba(zero=[0, 4])
    with pytest.warns(UserWarning, match="2 of 30 songs have no windows"):
        got = clone(voting).fit(proba, y).predict_proba(proba)
    np.testing.assert_allclose(got[[0, 4]], 1 / 3)
    heard = proba.counts > 0
    np.testing.assert_allclose(
        clone(voting)
        .fit(proba[heard], y[heard], prior=np.full(3, 1 / 3))
        .predict_proba(proba[heard]),
        got[heard],
    )


@pytest.mark.parametrize("voting", CHEAP)
def test_songs_without_windows_are_said_once(voting):
    songs, y = make_songs(zero=[0, 4])
    model = GroupVotingClassifier(GaussianNB(), voting=voting, cv=3)
    with pytest.warns(UserWarning, match="left out of fit") as caught:
        model.fit(songs, y)
    assert len(caught) == 1
    with pytest.warns(UserWarning, match="no windows") as caught:
        proba = model.predict_proba(songs)
    assert len(caught) == 1
    np.testing.assert_allclose(proba[[0, 4]], 1 / 3)


@pytest.mark.parametrize("voting", CHEAP)
def test_class_that_no_song_has(voting):
    proba, y = make_proba()
    some = y != "jazz"
    with pytest.raises(ValueError, match=r"3 columns, but expected one for each of"):
        clone(voting).fit(proba[some], y[some])
    fitted = clone(voting).fit(proba[some], y[some], classes=["blues", "jazz", "rock"])
    assert fitted.predict_proba(proba).shape == (30, 3)
    assert "jazz" not in fitted.predict(proba[some])


@pytest.mark.parametrize("voting", ALL)
def test_one_window_per_song(voting):
    proba, y = make_proba()
    ones = SongWindows(
        np.array([song[0] for song in proba]),
        np.ones(30, int),
        starts=np.zeros(30),
        window_seconds=1.0,
    )
    got = clone(voting).fit(ones, y).predict_proba(ones)
    assert np.isfinite(got).all()
    if isinstance(voting, NaiveBayesVoting) and voting.discount in (1.0, "overlap"):
        # As many windows as songs of each class: evidence and prior are as they were.
        np.testing.assert_allclose(got, ones.values)


@pytest.mark.parametrize("voting", [*CHEAP, RNNVoting()])
def test_wrong_input(voting):
    proba, y = make_proba()
    with pytest.raises(TypeError, match=r"SongWindows.from_arrays"):
        clone(voting).fit(proba.values, y)
    with pytest.raises(ValueError, match="between 0 and 1"):
        clone(voting).fit(SongWindows(proba.values - 1, proba.counts), y)
    with pytest.raises(ValueError, match="add up to 1 over the classes"):
        clone(voting).fit(SongWindows(proba.values / 2, proba.counts), y)
    with pytest.raises(ValueError, match="one value per song"):
        clone(voting).fit(proba, y[:-1])
    with pytest.raises(ValueError, match="'rock' in y"):
        clone(voting).fit(proba, y, classes=["blues", "jazz", "ska"])


# scikit-learn's other checks give an estimator arrays of vectors. A voting takes a
# SongWindows of probabilities and nothing else, as its tags say (two_d_array=False).
@pytest.mark.parametrize("voting", [*CHEAP, RNNVoting()])
@pytest.mark.parametrize(
    "check",
    [
        estimator_checks.check_no_attributes_set_in_init,
        estimator_checks.check_parameters_default_constructible,
        estimator_checks.check_get_params_invariance,
        estimator_checks.check_set_params,
        estimator_checks.check_estimator_repr,
        estimator_checks.check_estimator_cloneable,
        estimator_checks.check_valid_tag_types,
    ],
)
def test_scikit_learn_conventions(voting, check):
    assert not voting.__sklearn_tags__().input_tags.two_d_array
    check(type(voting).__name__, clone(voting))


# -- a voting of one's own -------------------------------------------------------------


class UnbiasedMean(TrainedVoting):
    """The mean, where a class that the classifier is fond of counts less."""

    def __init__(self, power=1.0):
        self.power = power

    def _fit(self, songs, class_index):
        self.n_songs_ = len(class_index)
        fondness = self._means(songs).mean(axis=0) / self.class_prior_
        self.fondness_ = fondness**self.power

    def _predict(self, songs):
        scaled = self._means(songs) / self.fondness_
        return scaled / scaled.sum(axis=1, keepdims=True)

    def _means(self, songs):
        return np.array([windows.mean(axis=0) for windows in songs])


def test_own_voting_by_hand():
    proba = SongWindows(np.array([[0.9, 0.1], [0.7, 0.3], [0.6, 0.4]]), [2, 1])
    voting = UnbiasedMean().fit(proba, ["jazz", "rock"])
    # Means are (0.8, 0.2) and (0.6, 0.4); fondness (0.7, 0.3) / (0.5, 0.5).
    scaled = np.array([[0.8 / 1.4, 0.2 / 0.6], [0.6 / 1.4, 0.4 / 0.6]])
    expected = scaled / scaled.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(voting.predict_proba(proba), expected)
    assert voting.predict(proba).tolist() == ["jazz", "rock"]


def test_own_voting_gets_songs_that_have_windows():
    proba, y = make_proba(zero=[0, 4])
    voting = UnbiasedMean()
    with pytest.warns(UserWarning, match="2 of 30 songs have no windows and are left"):
        voting.fit(proba, y)
    assert voting.n_songs_ == 28
    np.testing.assert_allclose(voting.class_prior_, [1 / 3] * 3)  # of all 30


def test_own_voting_in_scikit_learn(tmp_path):
    songs, y = make_songs(60)
    voting = UnbiasedMean(0.5)
    model = GroupVotingClassifier(GaussianNB(), voting=voting, cv=3, memory=tmp_path)
    assert cross_val_score(model, songs, y, cv=3).mean() > 0.6
    assert not hasattr(voting, "fondness_")
    search = GridSearchCV(model, {"voting__power": [0.0, 1.0]}, cv=3).fit(songs, y)
    assert search.best_estimator_.voting_.power == search.best_params_["voting__power"]
    copy = clone(model).set_params(voting__power=0.0)
    assert voting.power == 0.5
    # Without its correction it is the mean.
    mean = clone(model).set_params(voting="mean").fit(songs, y).predict_proba(songs)
    np.testing.assert_allclose(copy.fit(songs, y).predict_proba(songs), mean)
    again = pickle.loads(pickle.dumps(model.fit(songs, y)))
    np.testing.assert_array_equal(
        again.predict_proba(songs), model.predict_proba(songs)
    )


# -- the base class --------------------------------------------------------------------


def test_the_base_class_has_nothing_to_say():
    proba, y = make_proba()
    with pytest.raises(NotImplementedError):
        TrainedVoting().fit(proba, y)
    assert TrainedVoting().needs_windows
    assert TrainedVoting._examples() == []
    assert [type(v) for v in UnbiasedMean._examples()] == [UnbiasedMean]


def test_one_class_is_too_few():
    proba, y = make_proba(n_classes=2)
    only = np.full_like(y, "jazz")
    with pytest.raises(
        ValueError, match="UnbiasedMean needs songs of at least 2 classes"
    ):
        UnbiasedMean().fit(proba, only, classes=["blues", "jazz"])
    nothing = SongWindows(np.zeros((0, 2)), [0, 0])
    with pytest.raises(ValueError, match="None of the songs has a window"):
        UnbiasedMean().fit(nothing, ["blues", "jazz"])


def test_not_fitted():
    with pytest.raises(NotFittedError):
        UnbiasedMean().predict_proba(make_proba()[0])


def test_no_verdict_if_not_fitted():
    with pytest.raises(NotFittedError):
        UnbiasedMean().predict(make_proba()[0])


def test_labels_of_any_kind():
    proba, y = make_proba()
    numbers = np.unique(y, return_inverse=True)[1] * 10
    voting = UnbiasedMean().fit(proba, numbers)
    assert voting.classes_.tolist() == [0, 10, 20]
    assert set(voting.predict(proba).tolist()) <= {0, 10, 20}
    with pytest.raises(ValueError, match="Unknown label type"):
        UnbiasedMean().fit(proba, np.linspace(0, 1, 30))


def test_what_is_trained():
    assert is_trained(UnbiasedMean())
    assert is_trained(LogisticRegression())
    for voting in ("mean", UnbiasedMean, len, lambda p, groups: p):
        assert not is_trained(voting)


def test_a_voting_gets_what_its_fit_takes():
    proba, y = make_proba()
    artists, learned = (
        np.arange(30),
        {"classes": np.unique(y), "prior": [0.2, 0.3, 0.5]},
    )
    recorder = Recorder()
    fitted = fit_voting(recorder, proba, y, groups=artists, **learned)
    assert fitted.groups_ is artists
    assert fitted is not recorder
    assert not hasattr(recorder, "classes_")
    fitted = fit_voting(UnbiasedMean(0.3), proba, y, groups=artists, **learned)
    assert fitted.power == 0.3
    assert fitted.class_prior_.tolist() == [0.2, 0.3, 0.5]


def test_log_odds_by_hand():
    three = SongWindows(np.array([[0.5, 0.3, 0.2], [1.0, 0.0, 0.0]]), [2])
    most = np.log(999)  # of 0.999
    expected = [
        [0, np.log(3 / 7), -np.log(4)],
        [most, -most, -most],
    ]
    np.testing.assert_allclose(log_odds(three), expected, atol=1e-12)
    # Of two classes one says it all: the second.
    two = SongWindows(np.array([[0.8, 0.2], [0.0, 1.0]], dtype=np.float32), [1, 1])
    np.testing.assert_allclose(log_odds(two), [[-np.log(4)], [most]], rtol=1e-6)
    assert log_odds(two).dtype == float


# -- weights --------------------------------------------------------------------------


def test_windows_of_weight_0_are_left_out():
    proba, y = make_proba(12)
    weight = np.ones(proba.n_windows)
    weight[proba.groups == 2] = 0  # a song of which nothing counts
    weight[proba.offsets[proba.counts.argmax()]] = 0
    weighed = SongWindows(proba.values, proba.counts, window_weight=weight)
    left = SongWindows(
        proba.values[weight > 0],
        np.bincount(proba.groups[weight > 0], minlength=12),
    )
    fit = {"prior": [0.5, 0.3, 0.2], "window_prior": [0.4, 0.4, 0.2]}
    with pytest.warns(UserWarning, match="1 of 12 songs have windows of weight 0 only"):
        voting = StackedVoting().fit(weighed, y, **fit)
    with pytest.warns(UserWarning, match="1 of 12 songs have no windows"):
        expected = StackedVoting().fit(left, y, **fit)
    with pytest.warns(UserWarning, match="weight 0 only and get the class shares"):
        found = voting.predict_proba(weighed)
    with pytest.warns(UserWarning, match="no windows and get the class shares"):
        assert_allclose(found, expected.predict_proba(left), rtol=1e-12)
    assert_allclose(found[2], fit["prior"])
