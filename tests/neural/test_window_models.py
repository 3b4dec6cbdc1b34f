import keras
import numpy as np
import pytest
from keras_models import reading, run, tiny_resnet
from scikeras.wrappers import KerasClassifier

from skgenre.neural import KerasWindowClassifier, resnet_window_model, window_model

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
    builder, n_classes, n_units, matrices
):
    model = builder((12, 17), n_classes)
    last = "sigmoid" if n_classes == 2 else "softmax"
    assert model.layers[-1].activation is getattr(keras.activations, last)
    proba = run(model, matrices)
    assert proba.shape == (6, n_units)
    assert ((proba > 0) & (proba < 1)).all()
    if n_classes > 2:
        np.testing.assert_allclose(proba.sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("builder", [window_model, tiny_resnet])
def test_the_channel_axis_may_be_left_out(builder, matrices):
    without, with_axis = builder((12, 17), 3), builder((12, 17, 1), 3)
    with_axis.set_weights(without.get_weights())
    np.testing.assert_array_equal(
        run(without, matrices), run(with_axis, matrices[..., np.newaxis])
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
def test_plain_scikeras(builder, settings, matrices):
    classifier = KerasClassifier(
        builder,
        loss="sparse_categorical_crossentropy",
        epochs=1,
        verbose=0,
        **{f"model__{name}": value for name, value in settings.items()},
    )
    classifier.fit(matrices, np.array(["rock", "jazz", "pop"] * 2))
    assert classifier.predict_proba(matrices).shape == (6, 3)
    assert set(classifier.predict(matrices)) <= {"rock", "jazz", "pop"}


@pytest.mark.parametrize(
    "loss",
    [
        "sparse_categorical_crossentropy",
        "SparseCategoricalCrossentropy",
        keras.losses.SparseCategoricalCrossentropy,
        keras.losses.SparseCategoricalCrossentropy(),
        keras.losses.sparse_categorical_crossentropy,
    ],
)
def test_b6_two_classes_fit_a_categorical_loss(loss, matrices):
    network = KerasClassifier(window_model, loss=loss, epochs=1, verbose=0)
    network.fit(matrices, np.array(["rock", "jazz"] * 3))
    assert network.model_.output_shape == (None, 2)
    proba = network.predict_proba(matrices)
    assert proba.shape == (6, 2)
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-6)


def test_b6_two_classes_and_a_categorical_loss_in_ones_own_classifier(matrices):
    network = KerasWindowClassifier(
        window_model, loss="categorical_crossentropy", epochs=1, random_state=0
    )
    network.fit(matrices, np.array(["rock", "jazz"] * 3))
    assert network.model_.output_shape == (None, 2)
    # The mean of -log of the true class' share, which a single unit would make 0.
    assert 0.1 < network.history_["loss"][0] < 5


@pytest.mark.parametrize("builder", [window_model, tiny_resnet])
@pytest.mark.parametrize(
    ("loss", "n_units"),
    [(None, 1), ("binary_crossentropy", 1), ("sparse_categorical_crossentropy", 2)],
)
def test_b6_units_for_two_classes_follow_the_loss(builder, loss, n_units):
    model = builder((12, 17), 2, params={"loss": loss})
    assert model.output_shape == (None, n_units)


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


def test_the_seed_decides_what_training_hides(matrices):
    def outputs(seed):
        model = tiny_resnet((12, 17), 3, seed=seed)
        return [np.asarray(model(matrices, training=True)) for _ in range(2)]

    first, second = outputs(0)
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(first, outputs(0)[0])
    np.testing.assert_array_equal(second, outputs(0)[1])


def test_prediction_hides_nothing(matrices):
    model = tiny_resnet((12, 17), 3)
    np.testing.assert_array_equal(run(model, matrices), run(model, matrices))


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
def test_a_resnet_learns(matrices):
    model = resnet_window_model((12, 17), 2, width=4, dropout=0, seed=0)
    model.compile(keras.optimizers.Adam(0.01), loss="binary_crossentropy")
    high = np.arange(6) % 2
    x = matrices.copy()
    x[high == 1, 8:] += 3  # louder in high bands
    for _ in range(60):
        model.train_on_batch(x, high)
    assert model.evaluate(x, high, verbose=0) < 0.3


@reading
def test_a_resnet_is_saved_whole(matrices, tmp_path):
    model = tiny_resnet((12, 17), 3)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(run(loaded, matrices), run(model, matrices))
    assert layer_names(loaded) == layer_names(model)
