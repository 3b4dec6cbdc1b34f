"""What holds of every pooling: all are found by name, and none is written down."""

import copy
import pickle

import keras
import numpy as np
import pytest

from skgenre.neural import WindowPooling
from skgenre.neural._poolings.table import BY_NAME, pooling_layer, takes_seed

NAMES = sorted(BY_NAME)


@pytest.fixture(params=NAMES)
def pooling(request):
    return request.param


@pytest.fixture
def values():
    """Probabilities, features and mask of 3 songs of 4, 2 and 0 windows."""
    rng = np.random.default_rng(0)
    proba = rng.uniform(size=(3, 4, 3)).astype(np.float32)
    features = rng.normal(size=(3, 4, 5)).astype(np.float32)
    return proba, features, np.arange(4) < np.array([4, 2, 0])[:, None]


def make(pooling):
    """A layer whose weights are all random, so that none is at a start of 0."""
    layer = pooling_layer(pooling, **({"seed": 0} if takes_seed(pooling) else {}))
    layer(np.zeros((1, 1, 3), np.float32), features=np.zeros((1, 1, 5), np.float32))
    rng = np.random.default_rng(1)
    layer.set_weights([rng.normal(size=w.shape) for w in layer.get_weights()])
    return layer


def run(layer, proba, features, mask):
    return np.asarray(layer(proba, mask=mask, features=features))


def test_every_public_pooling_has_a_name():
    from skgenre import neural

    public = {name for name in neural.__all__ if name.endswith("Pooling")}
    named = {cls.__name__ for cls, _ in BY_NAME.values()}
    assert public - {"WindowPooling"} <= named
    assert len(NAMES) >= 6
    assert all(issubclass(cls, WindowPooling) for cls, _ in BY_NAME.values())


@pytest.mark.parametrize("filling", [0.0, 1e30, np.nan])
def test_padding_changes_nothing_whatever_stands_in_it(pooling, filling, values):
    proba, features, mask = values
    layer = make(pooling)
    pooled = run(layer, proba, features, mask)
    padding = ((0, 0), (0, 7), (0, 0))
    wider = [np.pad(v, padding, constant_values=filling) for v in (proba, features)]
    again = run(layer, *wider, np.pad(mask, padding[:2]))
    np.testing.assert_allclose(again, pooled, atol=1e-6)
    alone = run(layer, proba[1:2, :2], features[1:2, :2], mask[1:2, :2])
    np.testing.assert_allclose(alone, pooled[1:2], atol=1e-6)


def test_a_song_without_windows_gets_zeros(pooling, values):
    assert (run(make(pooling), *values)[2] == 0).all()


def test_order_of_windows_is_irrelevant_and_weights_add_up(pooling, values):
    proba, features, mask = values
    layer = make(pooling)
    pooled = run(layer, proba, features, mask)
    order = [3, 1, 0, 2]
    shuffled = run(layer, proba[:, order], features[:, order], mask[:, order])
    np.testing.assert_allclose(shuffled, pooled, atol=1e-6)
    weights = np.asarray(layer.weights_of(proba, mask=mask, features=features))
    np.testing.assert_allclose(weights[:2].sum(axis=1), 1, atol=1e-6)
    assert (weights >= 0).all()
    assert (weights[~mask] == 0).all()


def test_one_window_is_the_identity(pooling, values):
    proba, features, _ = values
    pooled = run(make(pooling), proba[:, :1], features[:, :1], None)
    np.testing.assert_allclose(pooled, proba[:, 0], atol=1e-6)


def test_what_keeps_sums_keeps_them(pooling, values):
    proba, features, mask = values
    layer = make(pooling)
    sums = run(layer, proba / proba.sum(axis=2, keepdims=True), features, mask).sum(
        axis=1
    )
    kept = np.allclose(sums[:2], 1, atol=1e-6)
    assert kept == layer.keeps_sums


def test_what_does_not_look_at_features_needs_none(pooling, values):
    proba, features, mask = values
    layer = make(pooling)
    one, other = (run(layer, proba, f, mask) for f in (features, features**2))
    assert np.array_equal(one, other) == (not layer.looks_at_features)


@pytest.mark.parametrize("filling", [0.0, 1e30, np.nan])
def test_gradients_are_numbers(pooling, filling, values):
    tensorflow = pytest.importorskip("tensorflow")
    if keras.backend.backend() != "tensorflow":
        pytest.skip("another backend")
    *_, mask = values
    layer = make(pooling)
    given = [np.where(mask[..., None], v, np.float32(filling)) for v in values[:2]]
    given = [tensorflow.Variable(v) for v in given]
    with tensorflow.GradientTape() as tape:
        loss = tensorflow.reduce_sum(layer(given[0], mask=mask, features=given[1]) ** 2)
    gradients = tape.gradient(
        loss,
        [*given, *layer.trainable_variables],
        unconnected_gradients=tensorflow.UnconnectedGradients.ZERO,
    )
    for gradient in gradients:
        assert np.isfinite(gradient).all()
    # Nothing is to be learned from padding.
    assert (np.asarray(gradients[0])[~mask] == 0).all()
    assert (np.asarray(gradients[1])[~mask] == 0).all()
    assert np.abs(np.asarray(gradients[0])[mask]).max() > 0


def test_the_gradient_is_that_of_differences(pooling, values):
    tensorflow = pytest.importorskip("tensorflow")
    if keras.backend.backend() != "tensorflow":
        pytest.skip("another backend")
    proba, features, mask = values
    layer = make(pooling)
    given = tensorflow.Variable(proba)
    with tensorflow.GradientTape() as tape:
        loss = tensorflow.reduce_sum(layer(given, mask=mask, features=features))
    gradient = np.asarray(tape.gradient(loss, given))
    step = np.zeros_like(proba)
    step[0, 1, 2] = 1e-2
    difference = run(layer, proba + step, features, mask).sum() - (
        run(layer, proba - step, features, mask).sum()
    )
    np.testing.assert_allclose(gradient[0, 1, 2], difference / 2e-2, atol=1e-3)


def test_layers_are_saved_with_a_network(pooling, values):
    proba, features, mask = values
    inputs = [
        keras.Input((None, 3)),
        keras.Input((None,), dtype="bool"),
        keras.Input((None, 5)),
    ]
    layer = pooling_layer(pooling)
    network = keras.Model(inputs, layer(inputs[0], mask=inputs[1], features=inputs[2]))
    assert network.output_shape == (None, 3)
    again = keras.Model.from_config(network.get_config())
    again.set_weights(network.get_weights())
    batch = [proba, mask, features]
    np.testing.assert_array_equal(
        again.predict_on_batch(batch), network.predict_on_batch(batch)
    )


@pytest.mark.parametrize(
    "through",
    [copy.deepcopy, lambda layer: pickle.loads(pickle.dumps(layer)), pooling_layer],
    ids=["deepcopy", "pickle", "pooling_layer"],
)
def test_layers_are_copied_with_their_weights(pooling, through, values):
    layer = make(pooling)
    again = through(layer)
    assert again is not layer
    assert again.get_config() == layer.get_config()
    np.testing.assert_array_equal(run(again, *values), run(layer, *values))
    again.set_weights([w + 1 for w in again.get_weights()])
    for one, other in zip(layer.get_weights(), again.get_weights(), strict=True):
        assert (one != other).all()  # none is shared
