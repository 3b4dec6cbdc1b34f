"""Small networks, and how tests run them."""

import keras
import numpy as np
import pytest

from skgenre.neural import resnet_window_model

# Keras 3.15 reads saved weights so under NumPy 2.
reading = pytest.mark.filterwarnings(
    "ignore:__array__ implementation:DeprecationWarning"
)


def run(model, *inputs):
    """Call a model without compiling it."""
    outputs = model(inputs[0] if len(inputs) == 1 else list(inputs), training=False)
    return keras.ops.convert_to_numpy(outputs)


def tiny_resnet(*shapes, **settings):
    """As few layers as it can have: quick to build."""
    return resnet_window_model(*shapes, **{"width": 2, "n_stages": 1, **settings})


def linear(weights, bias=0.0):
    """Logistic regression of two classes with given weights, as a Keras model."""
    model = keras.Sequential(
        [keras.Input((len(weights),)), keras.layers.Dense(1, activation="sigmoid")]
    )
    model.set_weights([np.array(weights, float)[:, None], np.array([bias])])
    return model


def softmax_network(n_features=3, n_classes=3, *, activation=True, seed=0):
    """A dense layer with random weights and biases, and a softmax of it.

    With `activation`, the softmax is the dense layer's; else a layer of its own.
    """
    layers = keras.layers
    dense = layers.Dense(n_classes, activation="softmax" if activation else None)
    further = [] if activation else [layers.Softmax()]
    model = keras.Sequential([keras.Input((n_features,)), dense, *further])
    rng = np.random.default_rng(seed)
    model.set_weights([rng.normal(size=w.shape) for w in model.get_weights()])
    return model


@keras.saving.register_keras_serializable(package="mine")
class Doubled(keras.layers.Layer):
    """A layer of somebody's own."""

    def call(self, inputs):
        return 2 * inputs
