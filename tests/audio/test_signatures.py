import pytest

from skgenre.audio._signatures import needs_av, what_it_is


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (b"", "it is empty (0 bytes). Fetch it again"),
        (bytes(64), "it starts with zeros, as unfinished downloads do."),
        (b"<!DOCTYPE html><html>404", "it is a web page (HTML or XML)"),
        (b"\xef\xbb\xbf \n<HTML>", "it is a web page (HTML or XML)"),
        (b'<?xml version="1.0"?><Error>', "it is a web page (HTML or XML)"),
        (
            b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X",
            "beside a file (a resource fork)",
        ),
        (b"version https://git-lfs.github.com/spec/v1", "with: git lfs pull"),
        (b"PK\x03\x04\x14", "it is a zip archive"),
        (b"\x89PNG\r\n", "it is a picture"),
        (b"MThd\0\0", "it is a MIDI file, which holds notes and no sound"),
        (b"\x93NUMPY\x01", "Give np.load(path) instead"),
        (b"#EXTM3U\n", "it is a playlist"),
    ],
)
def test_what_is_no_audio(head, reason):
    found = what_it_is(head, len(head))
    assert reason in found
    assert needs_av(head) is None


@pytest.mark.parametrize(
    "head", [b"RIFF\x24\0\0\0WAVE", b"OggS", b"fLaC", b"ID3", b"x"]
)
def test_what_may_be_audio(head):
    assert what_it_is(head, len(head)) is None
    assert needs_av(head) is None


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"\0\0\0\x1cftypM4A \0\0\2\0", "MPEG-4 (m4a, mp4)"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "Windows Media (wma, wmv)"),
        (b"\x1a\x45\xdf\xa3\xa3", "Matroska or WebM"),
        (b"\xff\xf1\x50\x80", "raw AAC"),
        (b"RIFF\x24\0\0\0AVI LIST", "AVI"),
    ],
)
def test_what_needs_av(head, name):
    assert needs_av(head) == name
    assert what_it_is(head, len(head)) is None
