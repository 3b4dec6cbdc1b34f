import keras
import numpy as np
import pytest
from keras_models import reading, run, tiny_resnet

from skgenre import SongWindows
from skgenre.neural import (
    AttentionPooling,
    MaxPooling,
    MeanPooling,
    song_model,
    window_model,
)
from skgenre.neural._poolings.table import BY_NAME


def test_the_song_model_is_that_of_the_source():
    model = song_model(window_model((13, 216, 1), 3), n_windows=23)
    table = {
        type(layer).__name__: (tuple(layer.output.shape), layer.count_params())
        for layer in model.layers
        if not isinstance(layer, keras.layers.InputLayer)
    }
    assert table == {
        "EachWindow": ((None, 23, 3), 21075),
        "MeanPooling": ((None, 3), 0),
    }
    assert model.count_params() == 21075


def test_mean_is_the_mean_of_the_windows(small_network, matrices):
    X = SongWindows(matrices, counts=[4, 2])
    proba = run(small_network, matrices)
    expected = [proba[:4].mean(axis=0), proba[4:].mean(axis=0)]
    np.testing.assert_allclose(
        run(song_model(small_network), *X.to_padded()), expected, atol=1e-6
    )


@pytest.mark.parametrize("pooling", sorted(BY_NAME))
@pytest.mark.parametrize("n_classes", [2, 4])
def test_one_window_is_its_song(pooling, n_classes, matrices):
    network = window_model((12, 17), n_classes, hidden=5)
    model = song_model(network, pooling=pooling, seed=0)
    mask = np.ones((6, 1), dtype=bool)
    np.testing.assert_allclose(
        run(model, matrices[:, np.newaxis], mask), run(network, matrices), atol=1e-6
    )


@pytest.mark.parametrize("pooling", sorted(BY_NAME))
def test_padding_and_order_change_nothing(pooling, small_network, matrices):
    model = song_model(small_network, pooling=pooling, seed=0)
    songs, mask = SongWindows(matrices, counts=[4, 2]).to_padded()
    proba = run(model, songs, mask)
    np.testing.assert_allclose(proba.sum(axis=1), 1, atol=1e-6)
    more = np.pad(songs, ((0, 0), (0, 3), (0, 0), (0, 0)), constant_values=50.0)
    more_mask = np.pad(mask, ((0, 0), (0, 3)))
    np.testing.assert_allclose(run(model, more, more_mask), proba, atol=1e-6)
    order = np.array([5, 2, 0, 4, 6, 1, 3])
    shuffled = run(model, more[:, order], more_mask[:, order])
    np.testing.assert_allclose(shuffled, proba, atol=1e-6)


def test_a_song_without_windows_gets_zeros(small_network, matrices):
    model = song_model(small_network, pooling="max")
    mask = np.array([[True, False, True], [False] * 3])
    proba = run(model, matrices.reshape(2, 3, 12, 17), mask)
    assert proba[0].sum() == pytest.approx(1)
    assert (proba[1] == 0).all()


def test_attention_looks_at_the_last_hidden_layer(small_network):
    model = song_model(small_network, pooling="attention")
    # V (5, 64) and its bias, w (64, 1).
    assert model.count_params() == small_network.count_params() + 5 * 64 + 64 + 64


@pytest.mark.parametrize("pooling", ["mean", "attention"])
def test_training_songs_trains_the_network_of_windows(pooling, matrices):
    network = window_model((12, 17), 3, hidden=5)
    before = run(network, matrices)
    model = song_model(network, pooling=pooling)
    model.compile("sgd", loss="categorical_crossentropy")
    songs, mask = SongWindows(matrices, counts=[4, 2]).to_padded()
    model.train_on_batch([songs, mask], np.eye(3)[[0, 2]])
    assert not np.array_equal(run(network, matrices), before)


@reading
def test_a_song_model_is_saved_whole(matrices, tmp_path):
    network = tiny_resnet((12, 17), 3)
    model = song_model(network, pooling="gated_attention")
    songs, mask = SongWindows(matrices, counts=[4, 2]).to_padded()
    model.save(tmp_path / "song.keras")
    loaded = keras.models.load_model(tmp_path / "song.keras")
    np.testing.assert_array_equal(run(loaded, songs, mask), run(model, songs, mask))


def test_networks_that_give_no_row_of_units():
    layers = keras.layers
    image = keras.Sequential([keras.Input((12, 17)), layers.Dense(3)])
    with pytest.raises(ValueError, match=r"Got output shape \(None, 12, 3\)"):
        song_model(image)
    inputs = keras.Input((4,))
    two = keras.Model(inputs, [layers.Dense(2)(inputs), layers.Dense(3)(inputs)])
    with pytest.raises(ValueError, match="Got one of 1 and 2"):
        song_model(two)


# -- pooling --------------------------------------------------------------------------


def pooled(pooling, network, windows, **options):
    mask = np.ones((1, len(windows)), dtype=bool)
    return run(song_model(network, pooling=pooling, **options), windows[None], mask)


@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_the_class_and_a_layer_do_as_the_name(name, small_network, matrices):
    cls, settings = BY_NAME[name]
    expected = pooled(name, small_network, matrices, seed=3)
    seed = {"seed": 3} if "seed" in cls().get_config() else {}
    layer = pooled(cls(**settings, **seed), small_network, matrices)
    np.testing.assert_array_equal(layer, expected)
    if not settings:
        by_class = pooled(cls, small_network, matrices, seed=3)
        np.testing.assert_array_equal(by_class, expected)


def test_a_layer_is_used_as_it_is(small_network, matrices):
    layer = AttentionPooling(units=2)
    pooled(layer, small_network, matrices)
    before = pooled(layer, small_network, matrices)
    layer.set_weights([w + 1 for w in layer.get_weights()])
    assert not np.array_equal(pooled(layer, small_network, matrices), before)


def test_other_layers_of_keras_may_pool(small_network, matrices):
    layer = keras.layers.GlobalAveragePooling1D()
    proba = run(small_network, matrices).mean(axis=0)
    np.testing.assert_allclose(
        pooled(layer, small_network, matrices)[0], proba, atol=1e-6
    )


def test_no_such_pooling(small_network):
    with pytest.raises(ValueError, match=r"Got pooling='median', but expected one of"):
        song_model(small_network, pooling="median")


def test_only_what_does_not_keep_sums_is_divided(small_network, matrices):
    for cls in (MeanPooling, MaxPooling):
        model = song_model(small_network, pooling=cls)
        divided = any(type(layer).__name__ == "AddUpToOne" for layer in model.layers)
        assert divided == (cls is MaxPooling)
