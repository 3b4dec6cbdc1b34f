import json
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras_models import run, softmax_network, tiny_resnet

from skgenre.neural import AttentionPooling
from skgenre.neural._saving import pack, unpack


def test_a_model_is_its_configuration_and_its_arrays():
    model = softmax_network()
    packed = pack(model)
    assert packed.keys() == {"config", "weights"}
    json.dumps(packed["config"])  # plain
    assert all(isinstance(w, np.ndarray) for w in packed["weights"])
    windows = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    again = unpack(packed)
    np.testing.assert_array_equal(run(again, windows), run(model, windows))
    assert not again.compiled


def test_the_optimiser_is_left_behind():
    model = softmax_network()
    model.compile("adam", loss="categorical_crossentropy")
    model.train_on_batch(np.ones((2, 3)), np.eye(3)[:2])
    packed = pack(model)
    assert len(packed["weights"]) == 2
    for one, other in zip(
        unpack(packed).get_weights(), model.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_layers_of_this_package(matrices):
    model = tiny_resnet((12, 17), 3)
    again = unpack(pack(model))
    np.testing.assert_array_equal(run(again, matrices), run(model, matrices))
    layer = AttentionPooling(units=2)
    layer(np.ones((1, 2, 3), np.float32))
    again = unpack(pack(layer))
    assert again.built
    for one, other in zip(again.get_weights(), layer.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_function_in_a_lambda_layer_is_no_further_danger():
    double = keras.layers.Lambda(lambda x: 2 * x)
    model = keras.Sequential([keras.Input((2,)), double])
    again = unpack(pack(model))
    np.testing.assert_array_equal(run(again, np.ones((1, 2), np.float32)), [[2, 2]])


@pytest.mark.slow
def test_pickles_are_read_where_nothing_was_imported_before(tmp_path):
    code = """
import pickle, sys
from pathlib import Path
path = Path(sys.argv[1])
if path.exists():
    for part in pickle.loads(path.read_bytes()):
        print(type(part).__name__, getattr(part, "name", ""))
else:
    import numpy as np
    from skgenre.neural import (
        KerasWindowClassifier, MaxPooling, MILClassifier, resnet_window_model
    )
    X, y = np.random.default_rng(0).normal(size=(8, 10, 14)), ["a", "b"] * 4
    options = {"epochs": 1, "model__width": 2, "model__n_stages": 1}
    parts = [
        MaxPooling(name="loud"),
        KerasWindowClassifier("resnet", **options).fit(X, y),
        MILClassifier("resnet", pooling=MaxPooling, **options).fit(X, y),
    ]
    path.write_bytes(pickle.dumps(parts))
"""
    for expected in ("", "MaxPooling loud\nKerasWindowClassifier \nMILClassifier \n"):
        result = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / "parts")],
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.stderr == ""
        assert result.stdout == expected
