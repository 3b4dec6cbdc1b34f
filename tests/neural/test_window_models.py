import keras
import numpy as np
import pytest
from scikeras.wrappers import KerasClassifier

from skgenre import SongWindows
from skgenre.neural import resnet_window_model, song_model, window_model
from skgenre.neural._layers import EachWindow, SpectrogramMasking

# Keras 3.15 reads saved weights so under NumPy 2.
reading = pytest.mark.filterwarnings(
    "ignore:__array__ implementation:DeprecationWarning"
)

POOLINGS = ("mean", "max", "log_sum_exp", "attention", "gated_attention", "autopool")


@pytest.fixture(scope="module")
def windows():
    return np.random.default_rng(0).normal(size=(6, 12, 17)).astype(np.float32)


@pytest.fixture(scope="module")
def small():
    return window_model((12, 17), 4, hidden=5)


def tiny_resnet(*shapes, **settings):
    """As few layers as it can have: quick to build."""
    return resnet_window_model(*shapes, **{"width": 2, "n_stages": 1, **settings})


def run(model, *inputs):
    """Call a model without compiling it."""
    outputs = model(inputs[0] if len(inputs) == 1 else list(inputs), training=False)
    return keras.ops.convert_to_numpy(outputs)


# -- window_model ---------------------------------------------------------------------


def test_the_layers_are_those_of_the_source():
    model = window_model((13, 216, 1), 3)
    assert [
        (type(layer).__name__, tuple(layer.output.shape[1:]), layer.count_params())
        for layer in model.layers
    ] == [
        ("Conv2D", (11, 214, 16), 160),
        ("MaxPooling2D", (5, 71, 16), 0),
        ("Conv2D", (3, 69, 16), 2320),
        ("MaxPooling2D", (1, 34, 16), 0),
        ("Flatten", (544,), 0),
        ("Dense", (32,), 17440),
        ("Dense", (32,), 1056),
        ("Dense", (3,), 99),
    ]
    assert model.count_params() == 21075
    assert not model.compiled


@pytest.mark.parametrize("builder", [window_model, tiny_resnet])
@pytest.mark.parametrize(("n_classes", "n_units"), [(2, 1), (3, 3), (10, 10)])
def test_one_unit_for_two_classes_and_a_softmax_for_more(
    builder, n_classes, n_units, windows
):
    model = builder((12, 17), n_classes)
    last = "sigmoid" if n_classes == 2 else "softmax"
    assert model.layers[-1].activation is getattr(keras.activations, last)
    proba = run(model, windows)
    assert proba.shape == (6, n_units)
    assert ((proba > 0) & (proba < 1)).all()
    if n_classes > 2:
        np.testing.assert_allclose(proba.sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("builder", [window_model, tiny_resnet])
def test_the_channel_axis_may_be_left_out(builder, windows):
    without, with_axis = builder((12, 17), 3), builder((12, 17, 1), 3)
    with_axis.set_weights(without.get_weights())
    np.testing.assert_array_equal(
        run(without, windows), run(with_axis, windows[..., np.newaxis])
    )


def test_hidden_is_the_size_of_both_dense_layers():
    model = window_model((13, 216), 3, hidden=7)
    assert [layer.units for layer in model.layers[-3:]] == [7, 7, 3]


def test_the_smallest_window():
    assert window_model((10, 14), 3).layers[-4].output.shape == (None, 16)


@pytest.mark.parametrize(
    ("shape", "remedies"),
    [
        ((9, 14), ["n_mfcc (or n_mels) to 10 or more"]),
        ((10, 13), ["longer window_seconds", "shorter hop_length"]),
        ((9, 13, 1), ["n_mfcc", "window_seconds", "hop_length", "9 bands and 13"]),
    ],
)
def test_small_windows_are_refused_with_a_remedy(shape, remedies):
    with pytest.raises(ValueError, match="at least 10 bands and 14 frames") as error:
        window_model(shape, 3)
    for remedy in remedies:
        assert remedy in str(error.value)


def test_a_band_too_few_does_not_ask_for_longer_windows():
    with pytest.raises(ValueError, match="at least 10 bands") as error:
        window_model((9, 14), 3)
    assert "window_seconds" not in str(error.value)


@pytest.mark.parametrize("builder", [window_model, tiny_resnet])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((26,), 3), r"Got \(26,\); set the featurizer's summary=None"),
        (((2, 3, 4, 5), 3), r"Got \(2, 3, 4, 5\); give each window as a matrix"),
        (((13, 216), 1), "two classes or more. Got 1"),
        (((13, 216),), "needs n_classes"),
        ((), "needs input_shape"),
    ],
)
def test_wrong_arguments(builder, arguments, message):
    with pytest.raises(ValueError, match=message):
        builder(*arguments)


@pytest.mark.parametrize("builder", [window_model, tiny_resnet])
def test_shapes_come_from_scikeras_where_they_are_not_given(builder):
    meta = {"X_shape_": (100, 12, 17), "n_classes_": 5}
    assert builder(meta=meta).input_shape == (None, 12, 17)
    assert builder(meta=meta).output_shape == (None, 5)
    assert builder((14, 20), 3, meta=meta).input_shape == (None, 14, 20)


@pytest.mark.parametrize(
    ("builder", "settings"),
    [
        (window_model, {"hidden": 5}),
        pytest.param(
            resnet_window_model, {"width": 2, "seed": 0}, marks=pytest.mark.slow
        ),
    ],
)
def test_plain_scikeras(builder, settings, windows):
    classifier = KerasClassifier(
        builder,
        loss="sparse_categorical_crossentropy",
        epochs=1,
        verbose=0,
        **{f"model__{name}": value for name, value in settings.items()},
    )
    classifier.fit(windows, np.array(["rock", "jazz", "pop"] * 2))
    assert classifier.predict_proba(windows).shape == (6, 3)
    assert set(classifier.predict(windows)) <= {"rock", "jazz", "pop"}


# -- resnet_window_model --------------------------------------------------------------


def weights_differ(a, b):
    pairs = zip(a.trainable_weights, b.trainable_weights, strict=True)
    return [not np.array_equal(v.numpy(), w.numpy()) for v, w in pairs]


def test_the_seed_decides_the_first_weights():
    one, same, other, *free = (
        tiny_resnet((12, 17), 3, n_stages=2, seed=seed)
        for seed in (7, 7, 8, None, None)
    )
    assert not any(weights_differ(one, same))
    # All kernels are drawn: the first, four of blocks, a short cut's, the last.
    assert sum(weights_differ(one, other)) == 7
    assert sum(weights_differ(*free)) == 7


def test_the_seed_decides_what_training_hides(windows):
    def outputs(seed):
        model = tiny_resnet((12, 17), 3, seed=seed)
        return [np.asarray(model(windows, training=True)) for _ in range(2)]

    first, second = outputs(0)
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(first, outputs(0)[0])
    np.testing.assert_array_equal(second, outputs(0)[1])


def test_prediction_hides_nothing(windows):
    model = tiny_resnet((12, 17), 3)
    np.testing.assert_array_equal(run(model, windows), run(model, windows))


def layer_names(model):
    return [type(layer).__name__ for layer in model.layers]


def test_what_is_zero_is_left_out():
    full = layer_names(tiny_resnet((12, 17), 3))
    assert full.count("SpectrogramMasking") == 2
    assert full.count("Dropout") == 1
    bare = tiny_resnet((12, 17), 3, dropout=0, band_mask=0, frame_mask=0)
    assert {"SpectrogramMasking", "Dropout"}.isdisjoint(layer_names(bare))
    unmasked = tiny_resnet((12, 17), 3, n_masks=0)
    assert "SpectrogramMasking" not in layer_names(unmasked)


def test_width_and_stages():
    model = resnet_window_model((64, 108), 10, width=4, n_stages=2)
    # Stride two in front and one halving: (16, 27); 8 filters; mean and maximum.
    assert model.layers[-1].input.shape == (None, 16 * 8 * 2)


def test_the_windows_of_a_resnet_may_be_tiny():
    model = resnet_window_model((1, 1), 3, width=2)
    assert np.isfinite(run(model, np.ones((2, 1, 1), np.float32))).all()


@pytest.mark.slow
def test_a_resnet_learns(windows):
    model = resnet_window_model((12, 17), 2, width=4, dropout=0, seed=0)
    model.compile(keras.optimizers.Adam(0.01), loss="binary_crossentropy")
    high = np.arange(6) % 2
    x = windows.copy()
    x[high == 1, 8:] += 3  # louder in high bands
    for _ in range(60):
        model.train_on_batch(x, high)
    assert model.evaluate(x, high, verbose=0) < 0.3


@reading
def test_a_resnet_is_saved_whole(windows, tmp_path):
    model = tiny_resnet((12, 17), 3)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(run(loaded, windows), run(model, windows))
    assert layer_names(loaded) == layer_names(model)


# -- SpectrogramMasking ---------------------------------------------------------------


@pytest.mark.parametrize("axis", [1, 2])
def test_masks_hide_runs_of_one_axis(axis):
    rng = np.random.default_rng(0)
    windows = rng.normal(size=(200, 20, 30, 2)).astype(np.float32)
    size = windows.shape[axis]
    layer = SpectrogramMasking(0.25, axis=axis, n_masks=1, seed=0)
    masked = np.asarray(layer(windows, training=True))
    changed = masked != windows
    other = 3 - axis
    # Whole bands, or whole frames, in all channels.
    assert (changed.all(axis=(other, 3)) == changed.any(axis=(other, 3))).all()
    hidden = changed.any(axis=(other, 3))  # (200, size)
    lengths = hidden.sum(axis=1)
    assert lengths.max() <= np.ceil(0.25 * size)
    assert lengths.mean() == pytest.approx(0.125 * size, rel=0.2)
    edges = np.diff(np.pad(hidden.astype(int), ((0, 0), (1, 1))), axis=1)
    assert ((edges == 1).sum(axis=1) <= 1).all()  # one run each
    # Every place is hidden now and then, and windows differ.
    assert hidden.any(axis=0).all()
    assert len(np.unique(hidden, axis=0)) > 50
    mean = np.broadcast_to(windows.mean(axis=(1, 2), keepdims=True), windows.shape)
    np.testing.assert_allclose(masked[changed], mean[changed], atol=1e-6)


def test_masks_only_in_training():
    windows = np.random.default_rng(0).normal(size=(3, 5, 6, 1)).astype(np.float32)
    layer = SpectrogramMasking(1.0)
    np.testing.assert_array_equal(np.asarray(layer(windows)), windows)


def test_settings_of_masks_are_saved():
    layer = SpectrogramMasking(0.3, axis=1, n_masks=4, seed=5, name="bands")
    copy = SpectrogramMasking.from_config(layer.get_config())
    assert copy.get_config() == layer.get_config()
    assert (copy.share, copy.axis, copy.n_masks, copy.seed) == (0.3, 1, 4, 5)


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_share_out_of_range(share):
    with pytest.raises(ValueError, match=f"Got share={share}"):
        SpectrogramMasking(share)


# -- song_model -----------------------------------------------------------------------


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


def test_a_window_at_a_time_is_what_timedistributed_does(small, windows):
    songs = windows.reshape(2, 3, 12, 17)
    expected = keras.layers.TimeDistributed(small)(songs)
    np.testing.assert_allclose(
        np.asarray(EachWindow(small)(songs)), np.asarray(expected), atol=1e-6
    )


def test_mean_is_the_mean_of_the_windows(small, windows):
    X = SongWindows(windows, counts=[4, 2])
    proba = run(small, windows)
    expected = [proba[:4].mean(axis=0), proba[4:].mean(axis=0)]
    np.testing.assert_allclose(
        run(song_model(small), *X.to_padded()), expected, atol=1e-6
    )


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("n_classes", [2, 4])
def test_one_window_is_its_song(pooling, n_classes, windows):
    network = window_model((12, 17), n_classes, hidden=5)
    model = song_model(network, pooling=pooling, seed=0)
    mask = np.ones((6, 1), dtype=bool)
    np.testing.assert_allclose(
        run(model, windows[:, np.newaxis], mask), run(network, windows), atol=1e-6
    )


@pytest.mark.parametrize("pooling", POOLINGS)
def test_padding_and_order_change_nothing(pooling, small, windows):
    model = song_model(small, pooling=pooling, seed=0)
    songs, mask = SongWindows(windows, counts=[4, 2]).to_padded()
    proba = run(model, songs, mask)
    np.testing.assert_allclose(proba.sum(axis=1), 1, atol=1e-6)
    more = np.pad(songs, ((0, 0), (0, 3), (0, 0), (0, 0)), constant_values=50.0)
    more_mask = np.pad(mask, ((0, 0), (0, 3)))
    np.testing.assert_allclose(run(model, more, more_mask), proba, atol=1e-6)
    order = np.array([5, 2, 0, 4, 6, 1, 3])
    shuffled = run(model, more[:, order], more_mask[:, order])
    np.testing.assert_allclose(shuffled, proba, atol=1e-6)


def test_a_song_without_windows_gets_zeros(small, windows):
    model = song_model(small, pooling="max")
    mask = np.array([[True, False, True], [False] * 3])
    proba = run(model, windows.reshape(2, 3, 12, 17), mask)
    assert proba[0].sum() == pytest.approx(1)
    assert (proba[1] == 0).all()


def test_attention_looks_at_the_last_hidden_layer(small):
    model = song_model(small, pooling="attention")
    # V (5, 64) and its bias, w (64, 1).
    assert model.count_params() == small.count_params() + 5 * 64 + 64 + 64


@pytest.mark.parametrize("pooling", ["mean", "attention"])
def test_training_songs_trains_the_network_of_windows(pooling, windows):
    network = window_model((12, 17), 3, hidden=5)
    before = run(network, windows)
    model = song_model(network, pooling=pooling)
    model.compile("sgd", loss="categorical_crossentropy")
    songs, mask = SongWindows(windows, counts=[4, 2]).to_padded()
    model.train_on_batch([songs, mask], np.eye(3)[[0, 2]])
    assert not np.array_equal(run(network, windows), before)


@reading
def test_a_song_model_is_saved_whole(windows, tmp_path):
    network = tiny_resnet((12, 17), 3)
    model = song_model(network, pooling="gated_attention")
    songs, mask = SongWindows(windows, counts=[4, 2]).to_padded()
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
