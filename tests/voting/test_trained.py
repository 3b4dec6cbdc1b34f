"""Votings that learn: rules by hand, limits, and what they are allowed to see."""

import importlib.util
import pickle
import sys

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GroupKFold,
    ShuffleSplit,
    StratifiedGroupKFold,
    StratifiedKFold,
    cross_val_predict,
    cross_val_score,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.utils import estimator_checks

from skgenre import GroupVotingClassifier, SongWindows
from skgenre.voting._hmm import HMMVoting, log_likelihood
from skgenre.voting._naive_bayes import NaiveBayesVoting, covered_share
from skgenre.voting._rnn import RNNVoting, last_states
from skgenre.voting._stacked import STATISTICS, StackedVoting

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


def make_songs(n_songs=30, *, n_classes=3, seed=0, effect=1.0, zero=()):
    """Windows of Gaussian features, 1 to 7 per song, half overlapping."""
    rng = np.random.default_rng(seed)
    labels = np.array(["blues", "jazz", "rock"][:n_classes])
    y = labels[np.arange(n_songs) % n_classes]
    counts = rng.integers(1, 8, size=n_songs)
    counts[list(zero)] = 0
    values = rng.normal(size=(counts.sum(), n_classes))
    values += effect * (np.repeat(y, counts)[:, None] == labels)
    starts = np.concatenate([np.arange(n) * 0.5 for n in counts])
    return SongWindows(values, counts, starts=starts, window_seconds=1.0), y


def make_proba(n_songs=30, **options):
    """Probabilities of windows, as a good classifier gives them."""
    songs, y = make_songs(n_songs, **options)
    scores = np.exp(songs.values)
    return SongWindows(
        scores / scores.sum(axis=1, keepdims=True),
        songs.counts,
        starts=songs.starts,
        window_seconds=songs.window_seconds,
    ), y


# -- every voting ----------------------------------------------------------------------


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
        np.testing.assert_allclose(got, ones.values)


@pytest.mark.parametrize("voting", [*CHEAP, RNNVoting()])
def test_wrong_input(voting):
    proba, y = make_proba()
    with pytest.raises(TypeError, match=r"SongWindows.from_arrays"):
        clone(voting).fit(proba.values, y)
    with pytest.raises(ValueError, match="between 0 and 1"):
        clone(voting).fit(SongWindows(proba.values - 1, proba.counts), y)
    with pytest.raises(ValueError, match=r"adds up to 0\.5, but"):
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


# -- naive Bayes -----------------------------------------------------------------------


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
            *(np.zeros((len(starts), 2)), counts), starts=starts, window_seconds=seconds
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


# -- statistics ------------------------------------------------------------------------


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


# -- sequences -------------------------------------------------------------------------


def make_sequences(n_songs=60, *, seed=0):
    """Two classes with the same windows in opposite order."""
    rng = np.random.default_rng(seed)
    y = np.array(["falls", "rises"])[np.arange(n_songs) % 2]
    counts = rng.integers(4, 9, size=n_songs)
    rock = np.concatenate(
        [np.linspace(0.1, 0.9, n)[:: 1 if i % 2 else -1] for i, n in enumerate(counts)]
    )
    rock = np.clip(rock + rng.normal(scale=0.05, size=len(rock)), 0.01, 0.99)
    return SongWindows(np.column_stack([1 - rock, rock]), counts), y


def test_hmm_hears_the_order():
    songs, y = make_sequences()
    assert cross_val_score(HMMVoting(random_state=0), songs, y).mean() > 0.95
    # Statistics without order hear only noise.
    assert cross_val_score(StackedVoting(), songs, y).mean() < 0.8


@pytest.mark.slow
@needs_keras
def test_rnn_hears_the_order():
    songs, y = make_sequences()
    voting = RNNVoting(units=8, epochs=60, random_state=0)
    assert cross_val_score(voting, songs, y, cv=2).mean() > 0.9


def test_likelihood_of_one_state_is_that_of_gaussians():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(5, 2))
    covar = np.array([[2.0, 0.5], [0.5, 1.0]])
    from scipy.stats import multivariate_normal

    logs = multivariate_normal([1, 2], covar).logpdf(values)
    got = log_likelihood(
        *(values, np.array([0, 2, 5]), np.ones(1), np.ones((1, 1))),
        *(np.array([[1.0, 2.0]]), covar[None]),
    )
    np.testing.assert_allclose(got, [logs[:2].sum(), logs[2:].sum()])


@pytest.mark.parametrize("covariance_type", ["diag", "full", "tied"])
def test_likelihood_is_that_of_hmmlearn(covariance_type):
    hmm = pytest.importorskip("hmmlearn.hmm")
    rng = np.random.default_rng(0)
    values, counts = rng.normal(size=(40, 3)), [7, 13, 20]
    model = hmm.GaussianHMM(2, covariance_type, random_state=0).fit(values, counts)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    got = log_likelihood(
        *(values, offsets, model.startprob_, model.transmat_),
        *(model.means_, model.covars_),
    )
    songs = np.split(values, offsets[1:-1])
    np.testing.assert_allclose(got, [model.score(song) for song in songs])


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


def test_missing_packages(monkeypatch):
    proba, y = make_proba()
    for voting, module, extra in [
        (HMMVoting(), "hmmlearn", "hmm"),
        (RNNVoting(), "keras", "keras"),
    ]:
        monkeypatch.setitem(sys.modules, module, None)
        for name in [m for m in sys.modules if m.startswith(f"{module}.")]:
            monkeypatch.delitem(sys.modules, name)
        with pytest.raises(ModuleNotFoundError, match=rf"skgenre\[{extra}\]"):
            voting.fit(proba, y)


@pytest.mark.slow
@needs_keras
def test_rnn_is_the_network_of_keras():
    import keras

    from skgenre.voting._rnn import _network

    model = _network(keras, 2, 3, 4, [1, 2, 3])
    rng = np.random.default_rng(0)
    for weight in model.weights:
        weight.assign(rng.normal(size=weight.shape))
    songs = SongWindows(rng.normal(size=(9, 2)), [4, 2, 3])
    values, mask = songs.to_padded()
    values[~mask] = 99  # padding changes nothing
    expected = model.predict_on_batch([values.astype("float32"), mask])
    *unit, kernel, bias = model.get_weights()
    scores = last_states(songs.values, songs.offsets, *unit) @ kernel + bias
    got = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(got, expected, atol=1e-5)


@pytest.mark.slow
@needs_keras
def test_rnn_learns_and_leaves_global_seeds_alone():
    songs, y = make_sequences(20)
    np.random.seed(7)  # noqa: NPY002 - the state that must not move
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    voting = RNNVoting(units=4, epochs=30, random_state=3).fit(songs, y)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002
    assert voting.loss_curve_[-1] < voting.loss_curve_[0]
    other = RNNVoting(units=4, epochs=30, random_state=4).fit(songs, y)
    assert not np.allclose(other.weights_[0], voting.weights_[0])


# -- out of fold -----------------------------------------------------------------------


class Recorder(ClassifierMixin, BaseEstimator):
    """A voting that keeps what it is given."""

    def fit(self, window_proba, y, groups=None):
        self.window_proba_, self.y_, self.groups_ = window_proba, y, groups
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, window_proba):
        return np.full((len(window_proba), len(self.classes_)), 1 / len(self.classes_))


def make_noise(n_songs=60):
    """Songs that have nothing to do with their labels."""
    songs, _ = make_songs(n_songs, effect=0)
    rng = np.random.default_rng(1)
    return songs, np.array(["a", "b"])[rng.permutation(n_songs) % 2]


def test_voting_never_sees_in_fold_probabilities():
    songs, y = make_noise(200)
    memoriser = KNeighborsClassifier(1)
    model = GroupVotingClassifier(memoriser, voting=Recorder()).fit(songs, y)
    right = model.predict_window_proba(songs).argmax(axis=1) == songs.expand(y == "b")
    assert right.all()  # in-fold, 1-NN knows all
    seen = model.voting_.window_proba_
    right = seen.values.argmax(axis=1) == seen.expand(model.voting_.y_ == "b")
    assert abs(right.mean() - 0.5) < 0.08
    np.testing.assert_array_equal(
        seen.values,
        cross_val_predict(
            *(memoriser, songs.values, songs.expand(y)),
            cv=[
                (
                    np.flatnonzero(np.isin(songs.groups, train)),
                    np.flatnonzero(np.isin(songs.groups, test)),
                )
                for train, test in StratifiedKFold(5).split(y, y)
            ],
            method="predict_proba",
        ),
    )


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


def test_artists_stay_in_one_fold():
    songs, y = make_songs(30)
    artists = np.array([f"{label} {i % 4}" for i, label in enumerate(y)])
    model = GroupVotingClassifier(GaussianNB(), voting=Recorder())
    by_artist = model.fit(songs, y, groups=artists).voting_
    np.testing.assert_array_equal(by_artist.groups_, artists)
    n_splits = min(len(set(artists[y == label])) for label in set(y))
    split = StratifiedGroupKFold(min(5, n_splits)).split(y, y, artists)
    for train, test in split:
        fitted = GaussianNB().fit(songs[train].values, songs[train].expand(y[train]))
        np.testing.assert_allclose(
            by_artist.window_proba_[test].values,
            fitted.predict_proba(songs[test].values),
        )


def test_flat_windows_with_groups():
    songs, y = make_songs()
    order = np.random.default_rng(0).permutation(songs.n_windows)
    X, window_y, groups = (
        songs.values[order],
        songs.expand(y)[order],
        songs.groups[order],
    )
    flat = GroupVotingClassifier(GaussianNB(), voting=StackedVoting(), cv=3)
    flat.fit(X, window_y, groups=groups)
    # The same songs in the same order, as a container.
    again, again_y = SongWindows.from_arrays(X, groups, y=window_y)
    other = clone(flat).fit(again, again_y)
    np.testing.assert_allclose(
        flat.predict_proba(X, groups=groups),
        _spread(other.predict_proba(again), again, groups),
    )
    overlap = GroupVotingClassifier(GaussianNB(), voting=NaiveBayesVoting("overlap"))
    with pytest.raises(ValueError, match="start of each window"):
        overlap.fit(X, window_y, groups=groups).predict(X, groups=groups)


def _spread(song_proba, songs, groups):
    position = {song: i for i, song in enumerate(songs.song_ids.tolist())}
    return song_proba[[position[g] for g in groups.tolist()]]


def test_rows_as_songs():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 2)), np.arange(40) % 2
    X[:, 0] += 2 * y
    model = GroupVotingClassifier(LogisticRegression(), voting=StackedVoting())
    assert cross_val_score(model, X, y).mean() > 0.7


def test_number_of_jobs_changes_nothing():
    songs, y = make_songs()
    one = GroupVotingClassifier(GaussianNB(), voting=Recorder()).fit(songs, y)
    import joblib

    with joblib.parallel_config("threading"):
        two = GroupVotingClassifier(GaussianNB(), voting=Recorder(), n_jobs=2)
        two.fit(songs, y)
    assert one.voting_.window_proba_ == two.voting_.window_proba_


def test_folds_adapt_to_the_smallest_class():
    songs, y = make_songs(12)
    y = np.where(np.arange(12) < 2, "rare", "usual")
    model = GroupVotingClassifier(GaussianNB(), voting=Recorder())
    assert len(model.fit(songs, y).voting_.y_) == 12
    y[1] = "usual"
    with pytest.raises(ValueError, match="Got 1 song of 'rare'"):
        model.fit(songs, y)
    artists = ["x", "x", *range(10)]
    y[1] = "rare"
    with pytest.raises(ValueError, match="Got 1 artist of 'rare'"):
        model.fit(songs, y, groups=artists)
    # Votings that learn nothing from windows need no folds.
    model.set_params(voting=NaiveBayesVoting()).fit(songs, y, groups=artists)


def test_splitters():
    songs, y = make_songs(30, zero=[2])
    model = GroupVotingClassifier(GaussianNB(), voting=Recorder())
    shuffled = StratifiedKFold(3, shuffle=True, random_state=0)
    pairs = list(shuffled.split(y, y))
    seen = []
    for cv in (shuffled, pairs):
        with pytest.warns(UserWarning, match="left out of fit"):
            model.set_params(cv=cv).fit(songs, y)
        seen.append(model.voting_.window_proba_)
    assert seen[0] == seen[1]
    songs, y = make_songs(30)
    with pytest.raises(ValueError, match="tests each of the 30 songs exactly once"):
        model.set_params(cv=ShuffleSplit(3, random_state=0)).fit(songs, y)
    by_class = GroupKFold(3)
    with pytest.raises(ValueError, match="has no song of class"):
        model.set_params(cv=by_class).fit(songs, y, groups=y)


class Counting(GaussianNB):
    """Counts its fits."""

    fits: list = []  # noqa: RUF012 - shared by clones on purpose

    def fit(self, X, y, sample_weight=None):
        self.fits.append(len(X))
        return super().fit(X, y, sample_weight)


@pytest.mark.parametrize(
    ("voting", "n_fits"),
    [
        ("mean", 1),
        (NaiveBayesVoting(), 1),
        (NaiveBayesVoting("overlap"), 1),
        (NaiveBayesVoting("fit"), 6),
        (StackedVoting(), 6),
    ],
)
def test_out_of_fold_fits_only_where_needed(voting, n_fits):
    songs, y = make_songs()
    Counting.fits.clear()
    GroupVotingClassifier(Counting(), voting=voting).fit(songs, y)
    assert len(Counting.fits) == n_fits


def test_sample_weights_reach_the_folds():
    songs, y = make_songs(40)
    heavy = np.random.default_rng(0).uniform(0.01, 5, size=40)
    model = GroupVotingClassifier(GaussianNB(), voting=Recorder(), song_balanced=True)
    even = model.fit(songs, y).voting_.window_proba_
    uneven = clone(model).fit(songs, y, sample_weight=heavy).voting_.window_proba_
    assert not np.allclose(even.values, uneven.values)


def test_verbose_says_what_takes_how_long(capsys):
    songs, y = make_songs()
    model = GroupVotingClassifier(GaussianNB(), voting=StackedVoting(), verbose=True)
    model.fit(songs, y)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert all(line.endswith(" s") for line in lines)
    assert "windows of 30 songs" in lines[0]
    clone(model).set_params(verbose=False).fit(songs, y)
    assert not capsys.readouterr().out


def test_timeline_of_classes_called_like_columns():
    pytest.importorskip("pandas")
    songs, y = make_songs()
    y = np.array([{"blues": "song", "jazz": "start", "rock": "verdict"}[v] for v in y])
    model = GroupVotingClassifier(GaussianNB()).fit(songs, y)
    table = model.timeline(songs)
    assert table.columns.tolist() == [
        *("song", "start", "end"),
        *("class song", "class start", "class verdict", "verdict"),
    ]
    np.testing.assert_array_equal(table["start"], songs.starts)
    from skgenre.model_selection import compare_votings

    table = compare_votings(model, songs, y, cv=3).timeline(4)
    assert "class start" in table.columns
