import threading
from functools import partial

import joblib
import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.base import BaseEstimator, clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline

from skgenre import (
    FrameWindower,
    FunctionFeaturizer,
    GroupVotingClassifier,
    SongWindows,
)


def level(windows):
    return np.stack([windows.mean(axis=1), windows.std(axis=1)], axis=1)


def rate_and_scale(windows, sample_rate, scale=1.0):
    peak = np.abs(windows).max(axis=1)
    return np.stack([np.full(len(windows), sample_rate), scale * peak], axis=1)


def spoil(windows):
    windows *= 0
    return windows[:, :1]


def test_rows_are_those_of_the_function(windows):
    features = FunctionFeaturizer(level).fit_transform(windows)
    assert features.counts.tolist() == [3, 5, 1]
    np.testing.assert_allclose(features.values, level(windows.values), atol=1e-7)
    assert features.feature_names.tolist() == ["feature_0", "feature_1"]


def test_plain_array():
    X = np.random.default_rng(0).normal(size=(4, 100))
    values = FunctionFeaturizer(level).fit_transform(X)
    np.testing.assert_allclose(values, level(X), rtol=1e-5)


def test_sample_rate_and_keywords(waveforms):
    windows = FrameWindower(1.0, sample_rate=8000).fit_transform(waveforms)
    featurizer = FunctionFeaturizer(rate_and_scale, kw_args={"scale": 2.0})
    features = featurizer.fit_transform(windows)
    assert (features.values[:, 0] == 8000).all()
    half = FunctionFeaturizer(rate_and_scale).fit_transform(windows)
    np.testing.assert_allclose(features.values[:, 1], 2 * half.values[:, 1])


def test_batches_change_nothing(windows):
    sizes = []

    def spy(batch):
        sizes.append(len(batch))
        return level(batch)

    whole = FunctionFeaturizer(level).fit_transform(windows)
    batched = FunctionFeaturizer(spy, batch_size=2).fit_transform(windows)
    np.testing.assert_array_equal(whole.values, batched.values)
    assert max(sizes) == 2


def test_names(windows):
    featurizer = FunctionFeaturizer(level, feature_names=["mean", "std"])
    table = featurizer.fit_transform(windows).to_frame()
    assert table.columns[-2:].tolist() == ["mean", "std"]
    with pytest.raises(ValueError, match="Got 1 feature_names, but expected 2"):
        FunctionFeaturizer(level, feature_names=["mean"]).fit(windows)


def test_function_may_write_to_its_windows():
    X = np.random.default_rng(0).normal(size=(4, 100)).astype(np.float32)
    before = X.copy()
    FunctionFeaturizer(spoil).fit_transform(X)
    np.testing.assert_array_equal(X, before)


def test_song_without_windows():
    windows = SongWindows(np.ones((1, 100), np.float32), [0, 1], sample_rate=100)
    features = FunctionFeaturizer(level).fit_transform(windows)
    assert features.counts.tolist() == [0, 1]


def test_cache_and_jobs(windows, tmp_path):
    once = FunctionFeaturizer(level, memory=tmp_path).fit_transform(windows)
    again = FunctionFeaturizer(level, memory=tmp_path).fit_transform(windows)
    other = FunctionFeaturizer(level, n_jobs=2).fit_transform(windows)
    np.testing.assert_array_equal(once.values, again.values)
    np.testing.assert_array_equal(once.values, other.values)


@pytest.mark.parametrize(
    ("func", "message"),
    [
        (lambda w: w.mean(axis=1), r"shape \(1,\), but expected \(1, n_features\)"),
        (lambda w: w[None], "a row per window"),
        (lambda w: w[:0], "a row per window"),
        (lambda w: np.full((len(w), 1), "a"), "but expected numbers"),
        (lambda w: np.full((len(w), 1), np.nan), "NaN or infinite features for 1"),
    ],
)
def test_bad_functions(func, message):
    with pytest.raises(ValueError, match=message):
        FunctionFeaturizer(func).fit(np.ones((2, 50), np.float32))


def test_width_must_not_change():
    def widths(w):
        return w[:, : 1 + (len(w) > 1)]

    featurizer = FunctionFeaturizer(widths).fit(np.ones((2, 50), np.float32))
    with pytest.raises(ValueError, match=r"shape \(2, 2\), but expected \(2, 1\)"):
        featurizer.transform(np.ones((2, 50), np.float32))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_keras_embedding(windows):
    keras = pytest.importorskip("keras")

    keras.utils.set_random_seed(0)
    network = keras.Sequential(
        [
            keras.Input((22050, 1)),
            keras.layers.Conv1D(4, 64, strides=32, activation="relu"),
            keras.layers.GlobalAveragePooling1D(),
        ]
    )

    def embed(batch):
        return network(batch[..., None], training=False).numpy()

    features = FunctionFeaturizer(embed, batch_size=4).fit_transform(windows)
    assert features.values.shape == (9, 4)
    expected = network.predict(windows.values[..., None], verbose=0)
    np.testing.assert_allclose(features.values, expected, atol=1e-5)
    model = GroupVotingClassifier(LogisticRegression())
    assert model.fit(features, ["a", "b", "a"]).predict(features).shape == (3,)


# -- parameters, names and copies of the function -------------------------------------


class Scaled(BaseEstimator):
    """An object with parameters, and names for what it gives."""

    def __init__(self, alpha=1.0):
        self.alpha = alpha

    def __call__(self, windows):
        return self.alpha * level(windows)

    def get_feature_names_out(self):
        return np.array([f"{self.alpha:g} mean", f"{self.alpha:g} std"])


def scaled(windows, alpha, beta=0.0):
    return alpha * level(windows) + beta


@pytest.mark.parametrize("func", [Scaled(2.0), partial(scaled, alpha=2.0)])
def test_parameters_of_the_function_are_searched(windows, func):
    once = FunctionFeaturizer(level).fit_transform(windows).values
    featurizer = FunctionFeaturizer(func)
    assert featurizer.get_params()["func__alpha"] == 2.0
    assert "func__alpha" not in featurizer.get_params(deep=False)
    copy = clone(featurizer).set_params(func__alpha=3.0, batch_size=2)
    assert_allclose(copy.fit_transform(windows).values, 3 * once, rtol=1e-6)
    # The one that was copied, and its function, are as they were.
    assert featurizer.get_params()["func__alpha"] == 2.0
    assert featurizer.batch_size is None
    assert_allclose(featurizer.fit_transform(windows).values, 2 * once, rtol=1e-6)


def test_a_search_over_a_parameter_of_the_function(windows):
    model = make_pipeline(
        FunctionFeaturizer(partial(scaled, alpha=1.0, beta=0.0)),
        GroupVotingClassifier(GaussianNB()),
    )
    grid = {"functionfeaturizer__func__alpha": [1.0, 5.0]}
    search = GridSearchCV(model, grid, cv=[([0, 1], [2]), ([0, 1], [1])])
    search.fit(windows, ["a", "b", "a"])
    assert len(search.cv_results_["params"]) == 2
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_keywords_that_a_partial_does_not_have():
    featurizer = FunctionFeaturizer(partial(scaled, alpha=1.0))
    with pytest.raises(ValueError, match=r"Got func__gamma, .*keywords.*\['alpha'\]"):
        featurizer.set_params(func__gamma=1.0)
    changed = featurizer.set_params(func=partial(scaled, alpha=2.0), func__alpha=4.0)
    assert changed.func.keywords == {"alpha": 4.0}


def test_names_of_the_function(windows):
    for func in (Scaled(2.0), partial(Scaled(2.0))):
        features = FunctionFeaturizer(func).fit_transform(windows)
        assert features.feature_names.tolist() == ["2 mean", "2 std"]
    named = FunctionFeaturizer(Scaled(), feature_names=["a", "b"]).fit(windows)
    assert named.get_feature_names_out().tolist() == ["a", "b"]

    class Short(Scaled):
        def get_feature_names_out(self):
            return ["one"]

    with pytest.raises(ValueError, match="Got 1 feature_names, but expected 2"):
        FunctionFeaturizer(Short()).fit(windows)


class Locked:
    """Holds what can be neither pickled nor copied, as an opened model does."""

    def __init__(self):
        self.session = threading.Lock()

    def __call__(self, windows):
        return level(windows)


class Unlocked(Locked):
    def __getstate__(self):
        return {}


def test_an_open_model_is_refused_where_it_would_be_sent(windows):
    expected = FunctionFeaturizer(level).fit_transform(windows).values
    alone = FunctionFeaturizer(Locked()).fit_transform(windows)
    assert_allclose(alone.values, expected)
    remedy = r"Got func=Locked, which cannot be {}.*open its model when it is first"
    with pytest.raises(
        TypeError, match=remedy.format("sent to processes, as n_jobs=2")
    ):
        FunctionFeaturizer(Locked(), n_jobs=2).fit(windows)
    with pytest.raises(TypeError, match=remedy.format("copied, as searches do")):
        clone(FunctionFeaturizer(Locked()))
    with joblib.parallel_config("threading"):
        threads = FunctionFeaturizer(Locked(), n_jobs=2).fit_transform(windows)
    assert_allclose(threads.values, expected)
    assert clone(FunctionFeaturizer(Unlocked(), n_jobs=2)).fit(windows)
