import io
import json

import numpy as np
import pytest
from model_files import attribute, forge, read, write

from skgenre import GroupVotingClassifier, ModelFileError, load_model, save_model
from skgenre.persistence._archive import packed, unpacked
from skgenre.persistence._networks import check_network, needs_keras

keras = pytest.importorskip("keras")
h5py = pytest.importorskip("h5py")
keras_models = pytest.importorskip("keras_models")

from skgenre.neural import KerasWindowClassifier, MILClassifier  # noqa: E402

NETWORK = "networks/0.keras"


def of_ones_own(input_shape, n_classes):
    """A network with a layer that somebody wrote."""
    return keras.Sequential(
        [
            keras.Input(input_shape),
            keras_models.Doubled(),
            keras.layers.Dense(n_classes, activation="softmax"),
        ]
    )


def with_lambda(input_shape, n_classes):
    return keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Lambda(lambda x: x, name="twice"),
            keras.layers.Dense(n_classes, activation="softmax"),
        ]
    )


def fitted(model, songs, **options):
    X, y, _ = songs
    network = KerasWindowClassifier(model, epochs=1, random_state=0, **options)
    return GroupVotingClassifier(network).fit(X, y)


@pytest.fixture
def path(tmp_path, songs):
    return save_model(fitted("linear", songs), tmp_path / "genres.skgenre")


def change_network(path, change):
    """Change the files of the network, checksums right."""
    parts = read(path)
    files = unpacked(parts[NETWORK], "it")
    change(files)
    parts[NETWORK] = packed(files)
    return write(path, parts)


def test_who_holds_networks():
    assert needs_keras(MILClassifier)
    assert needs_keras(type("Mine", (KerasWindowClassifier,), {}))
    assert not needs_keras(GroupVotingClassifier)


def test_a_network_is_a_part_of_its_own(path, songs):
    parts = read(path)
    assert parts.keys() == {"model.json", "estimator.skops", NETWORK}
    with pytest.raises(KeyError):
        unpacked(parts[NETWORK], "it")["assets"]
    model = keras_of(parts[NETWORK])
    assert model.count_params() == 4 * 4
    assert not model.compiled
    assert load_model(path).estimator_.model_.count_params() == 16


def keras_of(data):
    """What Keras itself makes of a part."""
    import tempfile
    import warnings
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        path = Path(folder, "x.keras")
        path.write_bytes(data)
        return keras.saving.load_model(path, safe_mode=True)


def test_a_loaded_network_is_trained_further(path, songs):
    X, y, _ = songs
    model = load_model(path)
    model.fit(X, y)
    assert model.estimator_.n_epochs_ == 1


def test_lambda_layers_are_refused_when_saved(tmp_path, songs):
    model = fitted(with_lambda, songs)
    with pytest.raises(ModelFileError, match="Lambda 'twice', which holds code"):
        save_model(model, tmp_path / "genres.skgenre")
    assert list(tmp_path.iterdir()) == []


def test_callbacks_are_refused_and_left_out_once_they_are_none(tmp_path, songs):
    callback = keras.callbacks.TerminateOnNaN()
    model = fitted("linear", songs, callbacks=[callback])
    with pytest.raises(ModelFileError, match=r"set_params\(callbacks=None\)"):
        save_model(model, tmp_path / "genres.skgenre")
    model.set_params(estimator__callbacks=None)
    model.estimator_.set_params(callbacks=None)
    load_model(save_model(model, tmp_path / "genres.skgenre"))


def test_layers_and_functions_of_ones_own_are_asked_for(tmp_path, songs):
    X, _, _ = songs
    model = fitted(of_ones_own, songs)
    here, layers = of_ones_own.__module__, keras_models.Doubled.__module__
    path = save_model(model, tmp_path / "genres.skgenre")
    with pytest.raises(ModelFileError, match=rf"{here}\.of_ones_own"):
        load_model(path)
    with pytest.raises(ModelFileError, match=rf"{layers}\.Doubled.*trusted="):
        load_model(path, trusted=[f"{here}.of_ones_own"])
    again = load_model(path, trusted=[f"{here}.of_ones_own", f"{layers}.Doubled"])
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))


# -- forged networks ------------------------------------------------------------------


def config(change):
    """Change the configuration of the last layer."""

    def changed(files):
        whole = json.loads(files["config.json"])
        change(whole["config"]["layers"][-1])
        files["config.json"] = json.dumps(whole).encode()

    return changed


def as_lambda(layer):
    layer.update(class_name="Lambda", config={"name": "x", "function": "marshalled"})


def as_download(layer):
    layer.update(class_name="function", module="keras.utils", config="get_file")


def as_vocabulary(layer):
    layer.update(class_name="StringLookup", config={"vocabulary": "/etc/passwd"})


def as_module(layer):
    layer.update(class_name="Popen", module="subprocess")


def unsafe(layer):
    layer["config"]["activation"] = {
        "module": "keras.config",
        "class_name": "function",
        "config": "enable_unsafe_deserialization",
        "registered_name": "enable_unsafe_deserialization",
    }


CONFIGS = {
    "a Lambda layer": (as_lambda, "Lambda 'x', which holds code"),
    "a download": (as_download, r"keras\.utils\.get_file"),
    "a layer that reads a file": (as_vocabulary, "StringLookup"),
    "a module": (as_module, r"subprocess\.Popen"),
    "safety off": (unsafe, "enable_unsafe_deserialization"),
}


@pytest.mark.parametrize(("change", "message"), CONFIGS.values(), ids=list(CONFIGS))
def test_forged_configurations_are_refused(path, change, message):
    with pytest.raises(ModelFileError, match=message):
        load_model(change_network(path, config(change)))


def weights(change):
    def changed(files):
        buffer = io.BytesIO(files["model.weights.h5"])
        with h5py.File(buffer, "r+") as file:
            names = []
            file.visititems(
                lambda name, item: (
                    names.append(name) if isinstance(item, h5py.Dataset) else None
                )
            )
            values = np.array(file[names[0]])
            del file[names[0]]
            change(file, names[0], values)
        files["model.weights.h5"] = buffer.getvalue()

    return changed


def by_soft_link(file, name, values):
    file[name] = h5py.SoftLink("/elsewhere")


def by_external_link(file, name, values):
    file[name] = h5py.ExternalLink("/etc/passwd", "/x")


def in_another_file(file, name, values):
    outside = [("/etc/passwd", 0, values.nbytes)]
    file.create_dataset(name, values.shape, values.dtype, external=outside)


def virtual(file, name, values):
    layout = h5py.VirtualLayout(values.shape, values.dtype)
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", values.shape)
    file.create_virtual_dataset(name, layout)


def a_terabyte(file, name, values):
    file.create_dataset(name, (10**12,), np.float32)


def a_terabyte_of_chunks(file, name, values):
    file.create_dataset(name, (10**12,), np.float32, chunks=(1000,), compression=9)


def of_objects(file, name, values):
    file.create_dataset(name, data=["text"] * 3, dtype=h5py.string_dtype())


WEIGHTS = [
    (by_soft_link, "by a link"),
    (by_external_link, "by a link"),
    (in_another_file, "elsewhere"),
    (virtual, "elsewhere"),
    (a_terabyte, "not there"),
    (a_terabyte_of_chunks, "elsewhere or packed"),
    (of_objects, "weights of type"),
]


@pytest.mark.parametrize(("change", "message"), WEIGHTS)
def test_weights_that_lead_out_of_the_file_are_refused(path, change, message):
    with pytest.raises(ModelFileError, match=message):
        load_model(change_network(path, weights(change)))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("assets/x", b"x"),
        ("../x", b"x"),
        ("metadata.json", None),
        ("model.weights.h5", b"no HDF5"),
        ("config.json", b"{"),
        ("config.json", b"[" * 100_000),
    ],
)
def test_other_files_in_a_network_are_refused(path, name, data):
    def change(files):
        files.pop(name, None)
        if data is not None:
            files[name] = data

    with pytest.raises(ModelFileError):
        load_model(change_network(path, change))


def test_a_network_is_used_or_is_not_there(path):
    parts = read(path)
    parts["networks/1.keras"] = parts[NETWORK]
    with pytest.raises(ModelFileError, match="without a use"):
        load_model(write(path, parts))
    del parts["networks/1.keras"], parts[NETWORK]
    with pytest.raises(ModelFileError, match="Got network 0 of 0"):
        load_model(write(path, parts))
    parts["networks/5.keras"] = b"x"
    with pytest.raises(ModelFileError, match=r"no part 'networks/0\.keras'"):
        load_model(write(path, parts))


def test_a_network_among_other_parts_is_looked_through_too(tmp_path, songs):
    """A pooling stands with its configuration where scikit-learn's parts are."""
    X, y, _ = songs
    model = MILClassifier("linear", pooling="attention", epochs=1).fit(X, y)
    path = save_model(model, tmp_path / "genres.skgenre")
    load_model(path)

    def change(schema, files):
        packed_pooling = attribute(schema, "SongNetwork", "pooling")["content"]
        found = packed_pooling["content"]["packed"]["content"]["config"]["content"]
        found["class_name"]["content"] = json.dumps("Lambda")

    with pytest.raises(ModelFileError, match="which holds code"):
        load_model(forge(path, change))


def test_what_keras_writes_is_known():
    with pytest.raises(ModelFileError, match="a network in it has the files"):
        check_network(packed({"config.json": b"{}"}), [])
