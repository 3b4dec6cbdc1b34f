import hashlib
import os

import pytest

from skgenre._content_hash import fingerprint
from skgenre.features._model_file import ModelFile, find_model


def test_a_file_is_known_by_its_content(tmp_path):
    path = tmp_path / "a.onnx"
    path.write_bytes(b"one")
    expected = hashlib.sha256(b"one").hexdigest()
    found = find_model(path)
    assert found == ModelFile(expected, path)
    assert find_model(str(path), sha256=expected) == found
    assert find_model(b"one").sha256 == expected
    assert find_model(b"one").content == b"one"
    found.check()


def test_a_relative_path_is_settled(tmp_path, monkeypatch):
    (tmp_path / "a.onnx").write_bytes(b"one")
    monkeypatch.chdir(tmp_path)
    assert find_model("a.onnx").path == tmp_path / "a.onnx"


def test_a_missing_file_is_named_with_its_checksum(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"no\.onnx is not there. Fetch the file,"
    ):
        find_model(tmp_path / "no.onnx")
    with pytest.raises(FileNotFoundError, match="the file with sha256 abc, or give"):
        find_model(tmp_path / "no.onnx", sha256="abc")
    with pytest.raises(FileNotFoundError, match="is a folder"):
        find_model(tmp_path)


def test_another_content_is_refused(tmp_path):
    path = tmp_path / "a.onnx"
    path.write_bytes(b"one")
    before = find_model(path)
    path.write_bytes(b"two!")
    os.utime(path, ns=(1, 1))
    with pytest.raises(ValueError, match=r"Got another file in .*a\.onnx"):
        before.check()
    with pytest.raises(ValueError, match="expected sha256 " + before.sha256):
        find_model(path, sha256=before.sha256)
    with pytest.raises(ValueError, match="it was fitted with abc"):
        find_model(b"one", sha256="abc")


def test_bytes_are_not_shown():
    assert "secret" not in repr(find_model(b"secret"))
    assert find_model(b"secret").name == "the model"


def test_two_places_of_one_content(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(b"one")
    a, b = find_model(tmp_path / "a"), find_model(tmp_path / "b")
    assert a.sha256 == b.sha256
    assert fingerprint(a.sha256) == fingerprint(b.sha256)
