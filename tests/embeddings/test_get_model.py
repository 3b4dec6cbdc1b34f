import re
import warnings

import pytest
from embedding_files import install_toy

from skgenre.embeddings import PretrainedModelError, get_model
from skgenre.embeddings._get_model import content_of, known_model
from skgenre.embeddings._models import MODELS

pytest.importorskip("onnx")


def test_the_file_that_was_tested_is_given_without_a_word(tmp_path, monkeypatch):
    model = install_toy(tmp_path, monkeypatch)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert get_model("toy") == model.path


def test_a_missing_one_is_told_with_the_command(tmp_path, monkeypatch):
    monkeypatch.setenv("SKGENRE_HOME", str(tmp_path))
    with pytest.raises(PretrainedModelError, match=r"embeddings install musicnn-msd$"):
        get_model("musicnn-msd")
    with pytest.raises(PretrainedModelError, match=r"birdnet-2.4 --accept-licence$"):
        get_model("birdnet-2.4")


def test_a_damaged_file_is_told(tmp_path, monkeypatch):
    model = install_toy(tmp_path, monkeypatch)
    content = bytearray(model.path.read_bytes())
    content[len(content) // 2] ^= 1
    model.path.write_bytes(content)
    with pytest.raises(PretrainedModelError, match=re.escape(str(model.path))):
        get_model("toy")
    # Nor is one that only lost the note believed.
    model.path.write_bytes(b"another")
    model.path.with_name("toy.onnx.sha256").unlink()
    with pytest.raises(PretrainedModelError, match="damaged"):
        get_model("toy")


def test_a_file_that_another_onnx_wrote_is_used_with_a_warning(tmp_path, monkeypatch):
    monkeypatch.setitem(MODELS, "toy", None)
    with pytest.warns(UserWarning, match="another version of onnx"):
        install_toy(tmp_path, monkeypatch, sha256="1" * 64)


def test_a_file_is_hashed_anew_when_it_changes(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"a")
    first = content_of(path)
    path.write_bytes(b"bc")
    assert content_of(path) != first
    # echo -n bc | sha256sum
    assert content_of(path).startswith("1e0bbd6c686ba050")


def test_names_are_looked_up():
    assert known_model("musicnn-mtt").labels[0] == "guitar"
    assert [len(MODELS[f"musicnn-{n}"].labels) for n in ("msd", "mtt")] == [50, 50]
