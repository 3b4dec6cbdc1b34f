import hashlib
import importlib
import io
import zipfile

import pytest
from http_files import serve

from skgenre.datasets import _fetch as home
from skgenre.datasets import fetch_esc50, fetch_fma, load_esc, load_fma
from skgenre.datasets._fetch import Archive

pytest.importorskip("pooch")

ESC = {
    "ESC-50-master/audio/1-7-A-0.wav": b"sound" * 1000,
    "ESC-50-master/meta/esc50.csv": (
        b"filename,fold,target,category,esc10,src_file,take\n"
        b"1-7-A-0.wav,1,0,dog,True,7,A\n"
    ),
}
FMA = {
    "metadata": {
        "fma_metadata/tracks.csv": (
            b",set,set,track,artist\n,split,subset,genre_top,id\ntrack_id,,,,\n"
            b"2,training,small,Rock,1\n"
        )
    },
    "small": {"fma_small/000/000002.mp3": b"sound"},
}


def packed(members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


@pytest.fixture
def web(monkeypatch):
    """A server of small archives in the place of the real ones."""
    contents = {"/esc.zip": packed(ESC)}
    contents |= {f"/fma_{name}.zip": packed(FMA[name]) for name in FMA}
    with serve(contents) as (files, address):

        def archive(name, top, kind):
            checksum = hashlib.new(kind, contents[f"/{name}.zip"]).hexdigest()
            return Archive(f"{address}/{name}.zip", f"{kind}:{checksum}", top)

        monkeypatch.setattr(home, "ESC50", archive("esc", "ESC-50-master", "md5"))
        fma = {name: archive(f"fma_{name}", f"fma_{name}", "sha1") for name in FMA}
        monkeypatch.setattr(home, "FMA", fma)
        yield files


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_esc50(web, tmp_path, capfd):
    folder = fetch_esc50(tmp_path / "new")
    assert load_esc(folder).names == ["1-7-A-0.wav"]
    assert names(tmp_path / "new") == ["ESC-50-master"]
    assert fetch_esc50(tmp_path / "new") == folder
    assert web.ranges == [None]
    # Nobody watches: nothing is said.
    assert capfd.readouterr() == ("", "")


def test_fma(web, tmp_path):
    folder = fetch_fma(str(tmp_path))
    assert folder == tmp_path
    assert load_fma(folder).names == ["000/000002.mp3"]
    assert names(tmp_path) == ["fma_metadata", "fma_small"]
    with pytest.raises(ValueError, match="expected one of 'small', 'medium', 'large'"):
        fetch_fma(tmp_path, "metadata")


def test_a_cut_goes_on_in_the_next_call(web, tmp_path, monkeypatch):
    patient = home.ResumingDownloader
    monkeypatch.setattr(
        home, "ResumingDownloader", lambda part: patient(part, attempts=1, pause=0.0)
    )
    web.cuts = [700, 0]
    with pytest.raises(ConnectionError, match="call again to fetch the rest"):
        fetch_esc50(tmp_path)
    assert names(tmp_path) == ["esc.zip.part"]
    assert (fetch_esc50(tmp_path) / "meta" / "esc50.csv").is_file()
    assert web.ranges[-1] == "bytes=700-"
    assert names(tmp_path) == ["ESC-50-master"]


def test_another_file_is_refused_and_not_kept(web, tmp_path):
    right = web.contents["/esc.zip"]
    web.contents["/esc.zip"] = right[:-1] + b"!"
    with pytest.raises(ValueError, match=r"(?i)hash of downloaded file"):
        fetch_esc50(tmp_path)
    assert names(tmp_path) == []
    web.contents["/esc.zip"] = right
    assert fetch_esc50(tmp_path).is_dir()


def test_a_kept_part_of_another_file_is_refused(web, tmp_path):
    (tmp_path / "esc.zip.part").write_bytes(b"of another file")
    with pytest.raises(ValueError, match=r"(?i)hash of downloaded file"):
        fetch_esc50(tmp_path)
    assert fetch_esc50(tmp_path).is_dir()


def test_where_it_goes_if_not_said(web, tmp_path, monkeypatch):
    pooch = importlib.import_module("pooch")
    monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path / project)
    assert fetch_esc50() == tmp_path / "skgenre" / "ESC-50-master"


def test_without_pooch(monkeypatch, tmp_path):
    def missing(name):
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(
        ModuleNotFoundError, match=r"fetch_esc50 needs pooch.*\[fetch\]"
    ):
        fetch_esc50(tmp_path)


def test_real_archives_are_named_with_checksums_of_their_kinds():
    lengths = {"md5": 32, "sha1": 40}
    for archive in (home.ESC50, *home.FMA.values()):
        kind, checksum = archive.checksum.split(":")
        assert len(checksum) == lengths[kind]
        assert archive.url.startswith("https://")
        assert archive.url.endswith(".zip")
