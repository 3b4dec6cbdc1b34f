import sys
from pathlib import Path

import pytest

from skgenre.embeddings._home import models_folder


def test_a_variable_names_the_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("SKGENRE_HOME", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    assert models_folder() == tmp_path / "caches" / "skgenre" / "models"
    monkeypatch.setenv("SKGENRE_HOME", str(tmp_path / "own"))
    assert models_folder() == tmp_path / "own" / "models"


@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        ("linux", ".cache/skgenre/models"),
        ("darwin", "Library/Caches/skgenre/models"),
        ("win32", "AppData/Local/skgenre/models"),
    ],
)
def test_each_system_has_a_folder_for_caches(monkeypatch, platform, expected):
    for name in ("SKGENRE_HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", platform)
    assert models_folder() == Path.home() / expected


def test_an_empty_variable_names_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv("SKGENRE_HOME", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert models_folder() == tmp_path / "skgenre" / "models"
