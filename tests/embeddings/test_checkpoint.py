import importlib.metadata
from pathlib import Path

import numpy as np
import pytest
from embedding_files import checkpoint, musicnn_variables

from skgenre.embeddings._checkpoint import read_variables


def test_variables_come_back_by_name():
    written = musicnn_variables() | {"one": np.array(2.5, np.float32)}
    found = read_variables(*checkpoint(written))
    assert found.keys() == written.keys()
    for name, values in written.items():
        assert found[name].dtype == np.float32
        np.testing.assert_array_equal(found[name], values)


def test_what_tensorflow_writes(tmp_path):
    tf = pytest.importorskip("tensorflow")
    rng = np.random.default_rng(0)
    written = {
        f"layer_{i}/kernel": rng.normal(size=(i + 1, 3)).astype(np.float32)
        for i in range(40)
    }
    other = {"step": np.array(7, np.int64), "scale": np.array(0.5, np.float32)}
    names = [*written, *other]
    prefix = str(tmp_path / "model")
    tf.raw_ops.SaveV2(
        prefix=prefix,
        tensor_names=names,
        shape_and_slices=[""] * len(names),
        tensors=[*written.values(), *other.values()],
    )
    data = Path(f"{prefix}.data-00000-of-00001").read_bytes()
    found = read_variables(Path(f"{prefix}.index").read_bytes(), data)
    # Counts are no weights.
    assert found.keys() == {*written, "scale"}
    assert found["scale"] == np.float32(0.5)
    for name, values in written.items():
        np.testing.assert_array_equal(found[name], values)


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["MSD_musicnn", "MTT_musicnn"])
def test_the_wheel_as_tensorflow_reads_it(folder):
    tf = pytest.importorskip("tensorflow")
    try:
        package = importlib.metadata.distribution("musicnn")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("musicnn is not installed")
    place = Path(str(package.locate_file(f"musicnn/{folder}")))
    data = (place / ".data-00000-of-00001").read_bytes()
    found = read_variables((place / ".index").read_bytes(), data)
    reader = tf.compat.v1.train.NewCheckpointReader(f"{place}/")
    assert found.keys() == reader.get_variable_to_shape_map().keys()
    for name, values in found.items():
        np.testing.assert_array_equal(values, reader.get_tensor(name))


def test_other_files_are_refused():
    index, data = checkpoint({"a": np.zeros(3, np.float32)})
    with pytest.raises(ValueError, match="none of a TensorFlow checkpoint"):
        read_variables(b"PK" + index[:-2], data)
    with pytest.raises(ValueError, match="none of a TensorFlow checkpoint"):
        read_variables(b"", data)
    with pytest.raises(ValueError, match="the variable 'a' is not in the data"):
        read_variables(index, data[:-1])
