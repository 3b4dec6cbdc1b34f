import io
import sys

import pytest
from http_files import serve

from skgenre.datasets._download import ResumingDownloader

CONTENT = bytes(range(256)) * 4000


@pytest.fixture
def web():
    with serve({"/a.zip": CONTENT}) as (files, address):
        files.address = f"{address}/a.zip"
        yield files


@pytest.fixture
def download(tmp_path, web):
    def run(**settings):
        settings = {"attempts": 3, "pause": 0.0, **settings}
        downloader = ResumingDownloader(tmp_path / "a.part", **settings)
        downloader(web.address, tmp_path / "whole", None)
        assert not (tmp_path / "a.part").exists()
        return (tmp_path / "whole").read_bytes()

    return run


def test_a_download(download, web):
    assert download() == CONTENT
    assert web.ranges == [None]


def test_what_was_cut_off_goes_on(download, web):
    web.cuts = [1000, 0, 70_000]
    assert download() == CONTENT
    assert web.ranges == [None, "bytes=1000-", "bytes=1000-", "bytes=71000-"]


def test_an_earlier_download_goes_on(download, web, tmp_path):
    (tmp_path / "a.part").write_bytes(CONTENT[:5000])
    assert download() == CONTENT
    assert web.ranges == ["bytes=5000-"]


def test_giving_up_keeps_what_came(download, web, tmp_path):
    web.cuts = [1000, 0, 0, 0]
    with pytest.raises(ConnectionError, match=r"Got 1,000 bytes .*call again to fetch"):
        download()
    assert (tmp_path / "a.part").read_bytes() == CONTENT[:1000]
    assert download() == CONTENT
    assert web.ranges[-1] == "bytes=1000-"


def test_a_server_without_ranges(download, web, tmp_path):
    web.knows_ranges = False
    (tmp_path / "a.part").write_bytes(b"of another file")
    web.cuts = [1000]
    assert download() == CONTENT


def test_a_server_that_gives_other_ranges(download, web, tmp_path):
    web.is_shifted = True
    (tmp_path / "a.part").write_bytes(CONTENT[:5000])
    assert download() == CONTENT
    assert web.ranges == ["bytes=5000-", None]


def test_all_was_there(download, web, tmp_path):
    (tmp_path / "a.part").write_bytes(CONTENT)
    assert download() == CONTENT
    (tmp_path / "a.part").write_bytes(CONTENT + b"more")
    assert download() == CONTENT
    assert web.ranges == [f"bytes={len(CONTENT)}-", f"bytes={len(CONTENT) + 4}-", None]


def test_a_busy_server_is_asked_again(download, web):
    web.statuses = [503, 429]
    assert download() == CONTENT
    web.statuses = [503, 503, 503]
    with pytest.raises(ConnectionError, match="503"):
        download()


def test_no_such_file(download, web, tmp_path):
    web.contents.clear()
    with pytest.raises(OSError, match=r"Got 404 .* It may have moved"):
        download()
    assert len(web.ranges) == 1


def test_no_server(tmp_path):
    with serve({}) as (_, address):
        pass
    downloader = ResumingDownloader(tmp_path / "a.part", attempts=2, pause=0.0)
    with pytest.raises(ConnectionError, match="Got 0 bytes"):
        downloader(f"{address}/a.zip", tmp_path / "whole", None)


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_bar_for_those_who_watch(download, monkeypatch, is_terminal):
    said = io.StringIO()
    said.isatty = lambda: is_terminal
    monkeypatch.setattr(sys, "stderr", said)
    download()
    assert ("a.zip: 100%" in said.getvalue()) == is_terminal
    assert bool(said.getvalue()) == is_terminal
