import numpy as np
import pytest

keras = pytest.importorskip("keras")

from skgenre.neural._pooling import POOLINGS, pooling_layer  # noqa: E402


@pytest.fixture
def values():
    """Probabilities, features and mask of 3 songs of 4, 2 and 0 windows."""
    rng = np.random.default_rng(0)
    proba = rng.uniform(size=(3, 4, 3)).astype(np.float32)
    features = rng.normal(size=(3, 4, 5)).astype(np.float32)
    return proba, features, np.arange(4) < np.array([4, 2, 0])[:, None]


def run(layer, proba, features, mask):
    return np.asarray(layer(proba, mask=mask, features=features))


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("filling", [0.0, 1e30, np.nan])
def test_padding_changes_nothing_whatever_stands_in_it(pooling, filling, values):
    proba, features, mask = values
    layer = pooling_layer(pooling, **({"seed": 0} if "attention" in pooling else {}))
    pooled = run(layer, proba, features, mask)
    padding = ((0, 0), (0, 7), (0, 0))
    wider = [np.pad(v, padding, constant_values=filling) for v in (proba, features)]
    again = run(layer, *wider, np.pad(mask, padding[:2]))
    np.testing.assert_allclose(again, pooled, atol=1e-6)
    alone = run(layer, proba[1:2, :2], features[1:2, :2], mask[1:2, :2])
    np.testing.assert_allclose(alone, pooled[1:2], atol=1e-6)
    assert (pooled[2] == 0).all()  # no window


@pytest.mark.parametrize("pooling", POOLINGS)
def test_order_of_windows_is_irrelevant_and_weights_add_up(pooling, values):
    proba, features, mask = values
    layer = pooling_layer(pooling)
    pooled = run(layer, proba, features, mask)
    order = [3, 1, 0, 2]
    shuffled = run(layer, proba[:, order], features[:, order], mask[:, order])
    np.testing.assert_allclose(shuffled, pooled, atol=1e-6)
    weights = np.asarray(layer.weights_of(proba, mask=mask, features=features))
    np.testing.assert_allclose(weights[:2].sum(axis=1), 1, atol=1e-6)
    assert (weights[~mask] == 0).all()


@pytest.mark.parametrize("pooling", POOLINGS)
def test_one_window_is_the_identity(pooling, values):
    proba, features, _ = values
    pooled = run(pooling_layer(pooling), proba[:, :1], features[:, :1], None)
    np.testing.assert_allclose(pooled, proba[:, 0], atol=1e-6)


def test_known_answers(values):
    proba, features, mask = values
    song, two = proba[0].astype(float), proba[1, :2].astype(float)

    def pooled(pooling, **options):
        return run(pooling_layer(pooling, **options), proba, features, mask)[:2]

    np.testing.assert_allclose(
        pooled("mean"), [song.mean(axis=0), two.mean(axis=0)], rtol=1e-5
    )
    np.testing.assert_allclose(
        pooled("max"), [song.max(axis=0), two.max(axis=0)], rtol=1e-5
    )
    smooth = [np.log(np.exp(2 * x).mean(axis=0)) / 2 for x in (song, two)]
    np.testing.assert_allclose(pooled("log_sum_exp", sharpness=2), smooth, rtol=1e-5)
    # Autopool starts as the mean.
    np.testing.assert_allclose(pooled("autopool"), pooled("mean"), rtol=1e-5)


def test_autopool_learns_its_sharpness(values):
    proba, _, mask = values
    layer = pooling_layer("autopool")
    run(layer, proba, None, mask)
    layer.set_weights([np.array([0.0, 3.0, 500.0], np.float32)])
    pooled = run(layer, proba, None, mask)[0]
    x = proba[0].astype(float)
    weights = np.exp(3 * x[:, 1]) / np.exp(3 * x[:, 1]).sum()
    expected = [x[:, 0].mean(), weights @ x[:, 1], x[:, 2].max()]
    np.testing.assert_allclose(pooled, expected, rtol=1e-4)


@pytest.mark.parametrize("gated", [False, True])
def test_attention_is_that_of_the_paper(gated, values):
    proba, features, _ = values
    layer = pooling_layer("gated_attention" if gated else "attention", units=6)
    pooled = run(layer, proba, features, None)
    arrays = {v.name: np.asarray(v, dtype=float) for v in layer.weights}
    h = features[0].astype(float)
    hidden = np.tanh(h @ arrays["hidden_kernel"] + arrays["hidden_bias"])
    if gated:
        hidden /= 1 + np.exp(-(h @ arrays["gate_kernel"] + arrays["gate_bias"]))
    scores = np.exp(hidden @ arrays["score_kernel"])
    expected = (scores / scores.sum() * proba[0]).sum(axis=0)
    np.testing.assert_allclose(pooled[0], expected, rtol=1e-5)


@pytest.mark.parametrize("pooling", POOLINGS)
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


def test_a_mask_comes_from_the_layer_before(values):
    proba, _, mask = values
    network = keras.Sequential(
        [keras.Input((4, 3)), keras.layers.Masking(), pooling_layer("mean")]
    )
    masked = np.where(mask[..., None], proba, 0)
    pooled = network.predict_on_batch(masked)
    np.testing.assert_allclose(pooled[1], proba[1, :2].mean(axis=0), rtol=1e-5)


def test_errors():
    with pytest.raises(ValueError, match=r"one of \['mean', 'max'.*Got 'median'"):
        pooling_layer("median")
    with pytest.raises(ValueError, match=r"sharpness=0.*positive"):
        pooling_layer("log_sum_exp", sharpness=0)
    layer = pooling_layer("mean")
    assert pooling_layer(layer) is layer
