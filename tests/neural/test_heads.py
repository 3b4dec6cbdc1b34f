import keras
import numpy as np
import pytest
from keras_models import linear, run, softmax_network

from skgenre.neural import AttentionPooling, MaxPooling, MeanPooling
from skgenre.neural._heads import SongProba, song_network, to_proba, window_heads


@pytest.fixture
def windows():
    return np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32)


def softmax(logits):
    shares = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return shares / shares.sum(axis=-1, keepdims=True)


# -- of windows -----------------------------------------------------------------------


def test_probabilities_and_what_the_last_layer_sees(windows):
    model = softmax_network()
    values, features = window_heads(model, "proba")([windows])
    np.testing.assert_allclose(values, run(model, windows), rtol=1e-6)
    np.testing.assert_array_equal(features, windows)


def test_logits_are_taken_before_the_activation(windows):
    model = softmax_network()
    kernel, bias = model.get_weights()
    values, features = window_heads(model, "logit")([windows])
    np.testing.assert_allclose(values, windows @ kernel + bias, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(features, windows)
    np.testing.assert_allclose(to_proba(values), run(model, windows), rtol=1e-5)


def test_logits_without_bias(windows):
    dense = keras.layers.Dense(1, activation="sigmoid", use_bias=False)
    model = keras.Sequential([keras.Input((3,)), dense])
    values, _ = window_heads(model, "logit")([windows])
    (kernel,) = model.get_weights()
    np.testing.assert_allclose(values, windows @ kernel, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_logits_of_probabilities_where_the_last_layer_is_not_dense(n_classes, windows):
    if n_classes == 2:
        layers = [keras.layers.Dense(1), keras.layers.Activation("sigmoid")]
        model = keras.Sequential([keras.Input((3,)), *layers])
    else:
        model = softmax_network(activation=False)
    values, features = window_heads(model, "logit")([windows])
    proba = run(model, windows)
    np.testing.assert_allclose(features, proba, rtol=1e-6)
    expected = np.log(proba / (1 - proba)) if n_classes == 2 else np.log(proba)
    np.testing.assert_allclose(values, expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(to_proba(values), proba, rtol=1e-5)


def test_logits_of_certain_probabilities_are_finite():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Activation("linear")])
    values, _ = window_heads(model, "logit")([np.array([[0.0, 1.0]], np.float32)])
    np.testing.assert_allclose(values, [[np.log(1e-7), 0]], atol=1e-6)


def test_weights_are_shared(windows):
    model = softmax_network()
    heads = window_heads(model, "logit")
    model.set_weights([2 * w for w in model.get_weights()])
    np.testing.assert_allclose(
        to_proba(heads([windows])[0]), run(model, windows), rtol=1e-5
    )


def test_sigmoid_of_one_unit_and_softmax_of_several():
    np.testing.assert_allclose(
        to_proba(np.array([[0.0], [1.0]])).numpy(), [[0.5], [1 / (1 + np.exp(-1))]]
    )
    logits = np.array([[1.0, 2.0, 3.0]])
    np.testing.assert_allclose(to_proba(logits).numpy(), softmax(logits))


# -- of songs -------------------------------------------------------------------------

MASK = np.array([[True, True], [True, False], [False, False]])


def test_pooled_probabilities_add_up_to_one():
    proba = softmax(np.random.default_rng(0).normal(size=(3, 2, 3))).astype(np.float32)
    pooled = np.asarray(SongProba(MaxPooling(), "proba")(proba, mask=MASK))
    highest = proba[0].max(axis=0)
    np.testing.assert_allclose(pooled[0], highest / highest.sum(), rtol=1e-5)
    np.testing.assert_allclose(pooled[1], proba[1, 0], rtol=1e-5)
    # Its weight is 0, but its loss has to be a number.
    np.testing.assert_allclose(pooled[2], 1 / 3, rtol=1e-6)


def test_one_unit_is_left_as_it_is():
    proba = np.array([[[0.2], [0.9]]], np.float32)
    pooled = SongProba(MaxPooling(), "proba")(proba)
    np.testing.assert_allclose(pooled, [[0.9]])


def test_logits_become_probabilities_after_pooling():
    logits = np.random.default_rng(0).normal(size=(3, 2, 3)).astype(np.float32)
    pooled = np.asarray(SongProba(MeanPooling(), "logit")(logits, mask=MASK))
    np.testing.assert_allclose(pooled[0], softmax(logits[0].mean(axis=0)), rtol=1e-5)
    np.testing.assert_allclose(pooled[2], 1 / 3, rtol=1e-6)


@pytest.mark.parametrize("pooling", [MeanPooling(), AttentionPooling(units=2, seed=0)])
def test_songs_whose_windows_stand_one_behind_the_other(pooling, windows):
    model = linear([1.0, -1.0, 0.5], 0.2)
    heads = window_heads(model, "proba")
    head = SongProba(pooling, "proba")
    network = song_network(heads, head)
    index = np.array([[0, 1, 2, 0], [3, 4, 0, 0]], np.int32)
    mask = np.array([[True, True, True, False], [True, True, False, False]])
    songs = run(network, mask, index, windows)
    for song, rows in enumerate([[0, 1, 2], [3, 4]]):
        alone = head(
            run(model, windows[rows])[None], features=windows[rows][None], mask=None
        )
        np.testing.assert_allclose(songs[song], np.asarray(alone)[0], atol=1e-6)
