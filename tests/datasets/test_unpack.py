import random
import shutil
import stat
import zipfile
from collections import namedtuple

import pytest

from skgenre.datasets._unpack import unpack


def pack(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


def test_by_hand(tmp_path):
    members = {"set/": b"", "set/a.wav": b"a", "set/meta/t.csv": b"t" * 1000}
    archive = pack(tmp_path / "a.zip", members)
    found = unpack(archive, tmp_path, top="set")
    assert found == tmp_path / "set"
    assert (found / "a.wav").read_bytes() == b"a"
    assert (found / "meta" / "t.csv").read_bytes() == b"t" * 1000
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "set"]


LINK = zipfile.ZipInfo("set/link")
LINK.external_attr = (stat.S_IFLNK | 0o777) << 16


@pytest.mark.parametrize(
    "name",
    [
        "../evil.wav",
        "set/../../evil.wav",
        "/evil.wav",
        "other/evil.wav",
        "set\\..\\..\\evil.wav",
        "C:/evil.wav",
        "set/C:evil.wav",
        LINK,
    ],
)
def test_nothing_is_written_elsewhere(tmp_path, name):
    inner = tmp_path / "inner"
    inner.mkdir()
    archive = pack(tmp_path / "a.zip", {"set/a.wav": b"a", name: b"/etc"})
    with pytest.raises(ValueError, match="but expected files in 'set' alone"):
        unpack(archive, inner, top="set")
    assert list(inner.iterdir()) == []
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["a.zip"]


def test_damage_leaves_nothing(tmp_path):
    noise = random.Random(0).randbytes(500)
    archive = pack(tmp_path / "a.zip", {"set/a.wav": b"a", "set/b.wav": noise})
    whole = archive.read_bytes()
    for i in range(whole.index(noise[:50]), whole.index(noise[:50]) + 400, 40):
        damaged = bytearray(whole)
        damaged[i] ^= 1
        archive.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"expected a zip archive .* Fetch it"):
            unpack(archive, tmp_path, top="set")
        assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]
    archive.write_bytes(b"no zip")
    with pytest.raises(ValueError, match="but expected a zip archive"):
        unpack(archive, tmp_path, top="set")
    with pytest.raises(ValueError, match="which is empty"):
        unpack(pack(archive, {}), tmp_path, top="set")


def test_what_an_interrupted_run_left_is_no_part_of_it(tmp_path):
    left = tmp_path / ".set.unpacking" / "set"
    left.mkdir(parents=True)
    (left / "old.wav").touch()
    found = unpack(pack(tmp_path / "a.zip", {"set/a.wav": b"a"}), tmp_path, top="set")
    assert [path.name for path in found.iterdir()] == ["a.wav"]
    assert not left.parent.exists()


def test_too_little_room(tmp_path, monkeypatch):
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(999))
    archive = pack(tmp_path / "a.zip", {"set/a.wav": bytes(1000)})
    with pytest.raises(OSError, match="Got 999 bytes of room"):
        unpack(archive, tmp_path, top="set")
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]
