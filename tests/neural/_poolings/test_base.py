import pickle

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from skgenre import SongWindows
from skgenre.neural import MILClassifier, WindowPooling, song_model, window_model
from skgenre.neural._poolings.table import BY_NAME


@keras.saving.register_keras_serializable(package="tests")
class SurePooling(WindowPooling):
    """Windows that are far from 0.5 count more: a pooling as users write them."""

    def __init__(self, sharpness=10.0, **kwargs):
        super().__init__(**kwargs)
        self.sharpness = sharpness

    def weights_of(self, window_values, mask=None, features=None):
        scores = self.sharpness * keras.ops.abs(window_values - 0.5)
        return self.softmax_over_windows(scores, mask)

    def get_config(self):
        return {**super().get_config(), "sharpness": self.sharpness}


def pooled_by_hand(proba, sharpness=10.0):
    weights = np.exp(sharpness * np.abs(proba - 0.5))
    return (weights * proba).sum(axis=0) / weights.sum(axis=0)


def test_the_sum_of_values_with_the_weights(proba, mask):
    pooled = np.asarray(SurePooling()(proba, mask=mask))
    np.testing.assert_allclose(pooled[0], pooled_by_hand(proba[0]), rtol=1e-5)
    np.testing.assert_allclose(pooled[1], pooled_by_hand(proba[1, :2]), rtol=1e-5)
    filled = np.where(mask[..., None], proba, np.nan)
    np.testing.assert_array_equal(SurePooling()(filled, mask=mask), pooled)


def test_a_mask_comes_from_the_layer_before(proba, mask):
    network = keras.Sequential(
        [keras.Input((4, 3)), keras.layers.Masking(), SurePooling()]
    )
    masked = np.where(mask[..., None], proba, 0)
    pooled = network.predict_on_batch(masked)
    np.testing.assert_allclose(pooled[1], pooled_by_hand(proba[1, :2]), rtol=1e-5)


def test_weights_have_to_be_written(proba):
    class Nothing(WindowPooling):
        pass

    with pytest.raises(NotImplementedError, match="Nothing has to write weights_of"):
        Nothing().weights_of(proba)


def test_names_are_not_inherited_and_not_taken_twice():
    class Named(WindowPooling):
        names = {"of_tests": {}}  # noqa: RUF012 - as users write it

    try:
        assert BY_NAME["of_tests"] == (Named, {})

        class Heir(Named):
            pass

        assert BY_NAME["of_tests"] == (Named, {})
        with pytest.raises(
            ValueError, match="Got the name 'of_tests' for Other, but it is that of Nam"
        ):

            class Other(WindowPooling):
                names = {"of_tests": {}}  # noqa: RUF012

        # The cell of a notebook that is run again.
        body = {"__qualname__": Named.__qualname__, "names": Named.names}
        again = type("Named", (WindowPooling,), {**body, "__module__": __name__})
        assert BY_NAME["of_tests"] == (again, {})
    finally:
        del BY_NAME["of_tests"]


# -- with estimators ------------------------------------------------------------------


FAST = {"epochs": 2, "learning_rate": 0.05, "random_state": 0}


@pytest.fixture(scope="module")
def songs():
    """12 songs of 1 to 3 windows of two features: X and y."""
    rng = np.random.default_rng(0)
    counts = rng.integers(1, 4, size=12)
    y = np.array(["jazz", "rock", "soul"] * 4)
    X = SongWindows(rng.normal(size=(counts.sum(), 2)), counts)
    X.values[X.expand(y) == "rock"] += 3
    return X, y


@pytest.mark.parametrize(
    "pooling", [SurePooling, SurePooling(), SurePooling(10.0, name="mine")]
)
def test_a_pooling_of_ones_own_is_trained(pooling, songs):
    X, y = songs
    model = clone(MILClassifier("linear", pooling=pooling, **FAST)).fit(X, y)
    proba = model.predict_proba(X)
    np.testing.assert_allclose(proba.sum(axis=1), 1, atol=1e-6)
    pooled = [
        pooled_by_hand(p)
        for p in X.from_arrays(model.predict_window_proba(X), X.groups)
    ]
    expected = np.array(pooled) / np.sum(pooled, axis=1, keepdims=True)
    np.testing.assert_allclose(proba, expected, rtol=1e-4)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict_proba(X), proba)
    np.testing.assert_array_equal(
        again.attention_weights(X), model.attention_weights(X)
    )
    # Fitted once more, it starts anew.
    np.testing.assert_array_equal(again.fit(X, y).predict_proba(X), proba)


def test_a_layer_that_is_given_is_copied_in_each_fit(songs):
    X, y = songs
    layer = SurePooling(3.0)
    model = MILClassifier("linear", pooling=layer, **FAST)
    assert clone(model).pooling is not layer
    model.fit(X, y)
    assert model.pooling is layer
    assert model.pooling_ is not layer
    assert model.pooling_.sharpness == 3
    assert not layer.built
    # A trained one brings its weights.
    trained = MILClassifier("linear", pooling="attention", **FAST).fit(X, y).pooling_
    still = MILClassifier("linear", pooling=trained, **{**FAST, "learning_rate": 1e-12})
    for one, other in zip(
        trained.get_weights(), still.fit(X, y).pooling_.get_weights(), strict=True
    ):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_arguments_of_its_class(songs):
    X, y = songs
    model = MILClassifier(
        "linear", pooling=SurePooling, pooling__sharpness=2.0, **FAST
    ).fit(X, y)
    assert model.pooling_.sharpness == 2
    assert model.pooling_.name == "sure_pooling" or model.pooling_.name[:4] == "sure"


@pytest.mark.slow
def test_a_search_over_poolings(songs):
    X, y = songs
    grid = {"pooling": ["mean", SurePooling, SurePooling(2.0)]}
    model = MILClassifier("linear", **FAST)
    search = GridSearchCV(model, grid, cv=2, error_score="raise").fit(X, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


@pytest.mark.parametrize("pooling", [SurePooling, SurePooling()])
def test_in_a_network_of_songs(pooling, matrices):
    network = window_model((12, 17), 3, hidden=4)
    model = song_model(network, pooling=pooling)
    proba = network.predict_on_batch(matrices)
    songs = model.predict_on_batch([matrices[None], np.ones((1, 6), bool)])
    expected = pooled_by_hand(proba)
    np.testing.assert_allclose(songs[0], expected / expected.sum(), rtol=1e-5)
