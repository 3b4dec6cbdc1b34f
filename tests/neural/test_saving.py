import json
import subprocess
import sys
from copy import deepcopy

import keras
import numpy as np
import pytest
from keras_models import Doubled, run, softmax_network, tiny_resnet

from skgenre.neural import AttentionPooling
from skgenre.neural._saving import (
    NetworkFiles,
    check_config,
    networks_in,
    pack,
    packed_state,
    unpack,
    unpacked_state,
)


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


@pytest.mark.parametrize("function", [lambda x: 2 * x, keras.ops.abs])
def test_layers_of_code_are_refused_by_name(function):
    double = keras.layers.Lambda(function, name="twice")
    model = keras.Sequential([keras.Input((2,)), double])
    with pytest.raises(TypeError, match="Lambda 'twice', which holds code"):
        pack(model)
    # What another wrote is refused where it is read.
    config = keras.saving.serialize_keras_object(keras.Sequential([keras.Input((2,))]))
    config["config"]["layers"] += [
        {
            "module": "keras.layers",
            "class_name": "Lambda",
            "config": {"name": "twice", "function": "anything"},
            "registered_name": None,
        }
    ]
    with pytest.raises(TypeError, match="Lambda 'twice', which holds code"):
        unpack({"config": config, "weights": []})


def test_how_it_was_trained_is_left_behind():
    model = softmax_network()
    model.compile(keras.optimizers.Adam(0.5), loss="categorical_crossentropy")
    assert "compile_config" not in pack(model)["config"]
    assert not unpack(pack(model)).compiled


def test_keras_objects_of_a_state_are_packed_and_put_back():
    layer = AttentionPooling(units=2)
    layer(np.ones((1, 2, 3), np.float32))
    state = {
        "pooling": layer,
        "optimizer": keras.optimizers.Adam(0.25),
        "metrics": [keras.metrics.AUC(name="area"), "accuracy"],
        "epochs": 3,
        "names": ["one"],
    }
    packed = packed_state(state)
    assert [type(v).__name__ for v in packed.values()] == [
        *["PackedKeras"] * 2,
        "list",
        "int",
        "list",
    ]
    assert packed["names"] is state["names"]
    again = unpacked_state(packed)
    assert again["optimizer"].get_config() == state["optimizer"].get_config()
    assert again["metrics"][0].name == "area"
    assert again["metrics"][1] == "accuracy"
    np.testing.assert_array_equal(
        again["pooling"].get_weights()[0], layer.get_weights()[0]
    )


# -- in the files of a model ----------------------------------------------------------


def test_networks_are_kept_in_files_each_once():
    model, other = softmax_network(), tiny_resnet((12, 17), 3)
    with networks_in(NetworkFiles()) as files:
        packed = [pack(part) for part in (model, other, model)]
    assert packed == [{"network": 0}, {"network": 1}, {"network": 0}]
    assert len(files.files) == 2
    assert all(data.startswith(b"PK") for data in files.files)
    windows = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    with networks_in(NetworkFiles(files.files)) as there:
        again = unpack({"network": 0})
        with pytest.raises(ValueError, match="Got network 2 of 2"):
            unpack({"network": 2})
    assert there.used == {0}
    np.testing.assert_array_equal(run(again, windows), run(model, windows))
    # Outside, a pickle is whole.
    assert pack(model).keys() == {"config", "weights"}


def dense(**changed):
    return {
        "module": "keras.layers",
        "class_name": "Dense",
        "config": {"units": 1, "activation": "relu"},
        "registered_name": None,
        **changed,
    }


HOSTILE = {
    "another module": dense(module="subprocess", class_name="Popen"),
    "a utility": dense(module="keras.utils", class_name="get_file"),
    "a layer that reads files": dense(class_name="TextVectorization"),
    "what somebody registered": dense(registered_name="mine>Evil"),
    "a function of a module": dense(
        module="os", class_name="function", config="system"
    ),
    "no name of an activation": dense(
        module="builtins", class_name="function", config="exec"
    ),
    "switching safety off": dense(
        module="keras.config",
        class_name="function",
        config="enable_unsafe_deserialization",
    ),
    "deep within": dense(config={"initializer": [{"a": dense(module="os")}]}),
}


@pytest.mark.parametrize("config", HOSTILE.values(), ids=list(HOSTILE))
def test_configurations_name_only_what_computes(config):
    with pytest.raises(TypeError, match="not known to be harmless"):
        check_config({"config": {"layers": [dense(), config]}}, [])


def test_configurations_of_networks_here_are_known():
    parts = [softmax_network(), tiny_resnet((12, 17), 3), AttentionPooling(units=2)]
    for part in parts:
        check_config(keras.saving.serialize_keras_object(part), [])
    activation = {
        "module": "builtins",
        "class_name": "function",
        "config": "relu",
        "registered_name": "function",
    }
    check_config(dense(config={"activation": activation}), [])


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_a_model_that_scikit_learn_has_cloned_is_known():
    pytest.importorskip("scikeras")  # patches copies of models
    before = tiny_resnet((12, 17), 3)
    deepcopy(before)
    config = keras.saving.serialize_keras_object(before)
    assert config["registered_name"] == ">Functional"
    check_config(config, [])
    with pytest.raises(TypeError, match="not known to be harmless"):
        check_config(dense(registered_name=">Functional"), [])


def test_layers_of_ones_own_are_asked_for():
    module, name = Doubled.__module__, "Doubled"
    config = keras.saving.serialize_keras_object(Doubled())
    with pytest.raises(TypeError, match="trusted="):
        check_config(config, [])
    check_config(config, [f"{module}.{name}"])
    # As a plain string, too, it stands for the class.
    with pytest.raises(TypeError, match="mine>Doubled"):
        check_config(dense(config={"activation": "mine>Doubled"}), [])


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
