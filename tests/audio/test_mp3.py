"""mp3 without a length: found out, and read to their end."""

import io
import os

import pytest
from mp3_files import without_length

from skgenre.audio._mp3 import ToItsEnd, length_header, looks_like_mp3


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"ID3\x04", True),
        (b"\xff\xfb\x90\x64", True),  # version 1, layer III
        (b"\xff\xf3\x80\xc4", True),  # version 2, layer III
        (b"\xff\xfd\x90\x64", True),  # layer II
        (b"\xff\xf1\x50\x80", False),  # raw AAC has layer 0
        (b"\xff\xeb\x50\x80", False),  # version 01 is reserved
        (b"RIFF", False),
        (b"\xff", False),
        (b"", False),
    ],
)
def test_what_looks_like_mp3(head, expected):
    assert looks_like_mp3(head) == expected


def test_who_length_header(mp3):
    headerless = without_length(mp3)
    name = mp3.index(b"Xing")
    assert length_header(io.BytesIO(mp3)) == (name, True)
    assert not length_header(io.BytesIO(headerless))
    # Behind a tag of 300 bytes, its length written in groups of seven bits.
    tag = b"ID3\x04\x00\x00" + bytes([0, 0, 2, 44]) + b"\xff\xfb" * 150
    assert length_header(io.BytesIO(tag + mp3)) == (310 + name, True)
    assert length_header(io.BytesIO(tag + tag + mp3)) == (620 + name, True)
    assert not length_header(io.BytesIO(tag + headerless))
    # "Xing" without a number of frames does not help.
    flags = mp3.index(b"Xing") + 7
    assert mp3[flags] & 1
    uncounted = mp3[:flags] + bytes([mp3[flags] & 0xFE]) + mp3[flags + 1 :]
    assert not length_header(io.BytesIO(uncounted))
    vbri = b"\xff\xfb\x90\x64" + bytes(32) + b"VBRI" + bytes(400)
    assert length_header(io.BytesIO(vbri))
    assert not length_header(io.BytesIO(tag + bytes(100) + headerless))
    # What is no mp3 is left alone, whatever its name and its tags.
    for other in (b"", b"ID3", bytes(50), b"RIFF" + headerless, tag + b"fLaC\xff\xfb"):
        assert length_header(io.BytesIO(other)).is_whole


def test_a_header_that_counts_the_first_of_two_files(mp3):
    name = mp3.index(b"Xing")
    assert length_header(io.BytesIO(mp3 + mp3)) == (name, False)
    assert length_header(io.BytesIO(mp3 + b"TAG" + bytes(125))) == (name, True)
    assert length_header(io.BytesIO(mp3 + bytes(5000))) == (name, True)
    assert length_header(io.BytesIO(mp3[: len(mp3) // 2])) == (name, True)


def test_what_is_hidden():
    for first in range(8):
        file = ToItsEnd(io.BytesIO(b"0123456789"), hidden=3)
        file.seek(first)
        buffer = bytearray(5)
        n_bytes = file.readinto(buffer)
        assert buffer[:n_bytes] == b"012\0\0\0\x00789"[first : first + 5]


def test_a_file_that_claims_to_be_longer():
    file = ToItsEnd(io.BytesIO(b"0123456789"))
    assert file.readable()
    assert file.seekable()
    assert file.seek(0, os.SEEK_END) > 2**39
    # What is looked for at the end, a tag, is not there.
    end = file.seek(-4, os.SEEK_END)
    buffer = bytearray(b"xxxxxxxx")
    assert file.readinto(buffer) == 4
    assert buffer == b"\0\0\0\0xxxx"
    assert file.tell() == end + 4
    assert file.seek(2) == 2
    assert file.seek(1, os.SEEK_CUR) == 3
    assert file.readinto(buffer) == 7
    assert buffer[:7] == b"3456789"
    assert file.readinto(buffer) == 0


def test_how_much_is_left():
    file = ToItsEnd(io.BytesIO(bytes(10_000)))
    file.seek(2500)
    assert file.left() == 0.75
    tagged = ToItsEnd(io.BytesIO(bytes(5000) + b"APETAGEX" + bytes(5000)))
    tagged.seek(5500)
    assert tagged.left() == 0
    inner = io.BytesIO(b"")
    empty = ToItsEnd(inner)
    assert empty.left() == 0
    empty.close()
    assert inner.closed
