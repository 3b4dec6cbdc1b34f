import keras
import numpy as np
import pytest
from keras_models import linear, run, softmax_network

from skgenre.neural import resnet_window_model, window_model
from skgenre.neural._builders import (
    WINDOW_MODELS,
    build,
    dense_window_model,
    linear_window_model,
    n_units,
    resolve,
)


def make(input_shape, n_classes, units=4):
    return dense_window_model(input_shape, n_classes, hidden=units)


# -- which ----------------------------------------------------------------------------


def test_none_takes_dense_for_vectors_and_cnn_for_others():
    assert resolve(None, (5,)) is dense_window_model
    assert resolve(None, (13, 20)) is resolve(None, (13, 20, 1)) is window_model


def test_names_functions_and_models():
    assert resolve("linear", (5,)) is linear_window_model
    assert resolve("resnet", (5,)) is resnet_window_model
    assert resolve(make, (5,)) is make
    model = softmax_network()
    assert resolve(model, (3,)) is model


@pytest.mark.parametrize(("model", "kind"), [("lstm", ValueError), (3, TypeError)])
def test_what_is_no_network(model, kind):
    with pytest.raises(kind, match=rf"Got model={model!r}, but expected None, one of"):
        resolve(model, (5,))


@pytest.mark.parametrize("name", sorted(WINDOW_MODELS))
@pytest.mark.parametrize("n_classes", [2, 3])
def test_every_name_builds_a_network_that_fits(name, n_classes):
    shape = (5,) if name in ("linear", "dense") else (12, 17)
    model = build(name, shape, n_classes, {})
    assert model.input_shape == (None, *shape)
    assert n_units(model, n_classes) == (1 if n_classes == 2 else 3)
    assert not model.compiled


# -- dense and linear -----------------------------------------------------------------


def test_the_layers_of_a_dense_network():
    model = dense_window_model((5,), 3, hidden=(7, 4), dropout=0.2)
    layers = [
        ("Dense", 7, "relu"),
        ("Dropout", None, None),
        ("Dense", 4, "relu"),
        ("Dropout", None, None),
        ("Dense", 3, "softmax"),
    ]
    assert [
        (
            type(layer).__name__,
            getattr(layer, "units", None),
            getattr(getattr(layer, "activation", None), "__name__", None),
        )
        for layer in model.layers
    ] == layers
    assert dense_window_model((5,), 3, hidden=7).count_params() == 5 * 7 + 7 + 7 * 3 + 3


def test_linear_is_logistic_regression():
    model = linear_window_model((2,), 2)
    model.set_weights([np.array([[1.0], [-2.0]]), np.array([0.5])])
    x = np.array([[1.0, 0.0], [0.3, 1.0]], np.float32)
    expected = 1 / (1 + np.exp(-(x @ [1, -2] + 0.5)))
    np.testing.assert_allclose(run(model, x)[:, 0], expected, rtol=1e-6)


def test_windows_that_are_no_vectors_are_refused_with_a_remedy():
    with pytest.raises(ValueError, match=r"summary=\('mean', 'std'\), or take"):
        dense_window_model((13, 20), 3)


# -- build ----------------------------------------------------------------------------


def test_a_function_gets_what_it_names():
    seen = {}

    def builder(n_classes, meta, *, units=3):
        seen.update(n_classes=n_classes, meta=meta, units=units)
        return softmax_network()

    def never():
        raise AssertionError

    build(builder, (3,), 3, {"units": 7}, meta=lambda: "given", params=never)
    assert seen == {"n_classes": 3, "meta": "given", "units": 7}


def test_settings_come_before_what_is_offered():
    model = build(make, (3,), 3, {"n_classes": 5, "units": 2})
    assert [layer.units for layer in model.layers] == [2, 5]


def test_a_model_is_copied_with_its_weights():
    given = softmax_network()
    built = build(given, (3,), 3, {})
    assert built is not given
    for one, other in zip(given.get_weights(), built.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    built.set_weights([w + 1 for w in built.get_weights()])
    assert (given.get_weights()[0] != built.get_weights()[0]).all()
    with pytest.raises(
        ValueError, match="Got model__units, but model is a Keras model"
    ):
        build(given, (3,), 3, {"units": 3})


def test_arguments_that_a_function_does_not_take():
    with pytest.raises(
        ValueError, match=r"Got model__a, model__b, but make takes only \['input_shape'"
    ):
        build(make, (3,), 3, {"b": 1, "a": 2})

    def takes_all(**settings):
        return softmax_network(n_features=settings["a"])

    assert build(takes_all, (3,), 3, {"a": 2}).input_shape == (None, 2)


def test_what_a_function_gives_has_to_be_a_model():
    with pytest.raises(TypeError, match=r"must give a Keras model\. Got str"):
        build(lambda: "network", (3,), 3, {})


# -- n_units --------------------------------------------------------------------------


def test_units_fit_the_classes():
    assert n_units(linear([1.0]), 2) == 1
    assert n_units(softmax_network(n_classes=2), 2) == 2
    assert n_units(softmax_network(n_classes=3), 3) == 3
    # A softmax of its own is an activation, too.
    assert n_units(softmax_network(activation=False), 3) == 3


@pytest.mark.parametrize(("n_given", "n_classes"), [(1, 3), (2, 3), (3, 2), (4, 3)])
def test_units_that_fit_no_classes(n_given, n_classes):
    with pytest.raises(ValueError, match=r"one per class. Got output shape \(None, "):
        n_units(softmax_network(n_classes=n_given), n_classes)


def test_outputs_that_are_no_probabilities():
    image = keras.Sequential([keras.Input((4, 3)), keras.layers.Dense(3)])
    with pytest.raises(ValueError, match=r"Got output shape \(None, 4, 3\)"):
        n_units(image, 3)
    bare = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    with pytest.raises(ValueError, match="activation='sigmoid' if it has one unit"):
        n_units(bare, 3)
