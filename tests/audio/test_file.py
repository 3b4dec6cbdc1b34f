"""Which decoder takes a file, and the real reason if none does."""

import os
import sys

import numpy as np
import pytest
import soundfile
from mp3_files import without_length
from numpy.testing import assert_array_equal

from skgenre import AudioError
from skgenre.audio._decode import read_song
from skgenre.audio._file import opened

Y = 0.5 * np.sin(np.arange(8000) / 7)


def frames_of(song, wanted=10**6):
    with opened(song) as sound:
        return sound.read(wanted)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.mp3", b"", "it is empty (0 bytes). Fetch it again."),
        ("page.mp3", b"<!DOCTYPE html><title>404</title>", "it is a web page (HTML"),
        ("._song.mp3", b"\x00\x05\x16\x07\0\2\0\0Mac OS X", "The song lies beside it"),
        ("data.wav", b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
        ("zeros.wav", bytes(5000), "it starts with zeros"),
    ],
)
def test_b9_the_real_reason(tmp_path, name, content, reason):
    (tmp_path / name).write_bytes(content)
    for song in (tmp_path / name, content):
        with pytest.raises(AudioError) as caught:
            read_song(song, sample_rate=22050)
        assert "It cannot be decoded as audio: " in str(caught.value)
        assert reason in str(caught.value)


def test_files_that_nothing_knows(tmp_path):
    (tmp_path / "notes.mp3").write_text("no audio at all")
    with pytest.raises(AudioError) as caught:
        read_song(tmp_path / "notes.mp3", sample_rate=22050)
    assert "It cannot be decoded as audio (" in str(caught.value)
    assert "convert others, for example with ffmpeg" in str(caught.value)


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg"])
def test_other_formats_under_the_name_of_an_mp3(tmp_path, suffix):
    soundfile.write(tmp_path / f"a.{suffix}", Y, 8000)
    expected = read_song(tmp_path / f"a.{suffix}", sample_rate=8000)
    content = (tmp_path / f"a.{suffix}").read_bytes()
    (tmp_path / "a.mp3").write_bytes(content)
    assert_array_equal(read_song(tmp_path / "a.mp3", sample_rate=8000), expected)
    if suffix == "flac":  # some writers put an mp3's tag in front
        tag = b"ID3\x04\x00\x00" + bytes([0, 0, 2, 44]) + bytes(300)
        (tmp_path / "a.mp3").write_bytes(tag + content)
        assert_array_equal(read_song(tmp_path / "a.mp3", sample_rate=8000), expected)


def test_b14_a_path_as_bytes(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, Y, 8000)
    with pytest.raises(AudioError, match=r"Give os.fsdecode\(path\)"):
        frames_of(os.fsencode(path))


def test_what_is_no_file(tmp_path):
    with pytest.raises(AudioError, match="It is a directory, expected an audio file"):
        frames_of(tmp_path)
    with pytest.raises(AudioError, match="There is no such file"):
        frames_of(tmp_path / "none.wav")
    with pytest.raises(AudioError, match="It is no name of a file"):
        frames_of(tmp_path / "a\0b.wav")
    with pytest.raises(AudioError, match="It cannot be read"):
        frames_of(tmp_path / ("x" * 3000))


@pytest.mark.skipif(
    sys.platform == "win32" or not getattr(os, "getuid", int)(), reason="root reads all"
)
def test_a_file_that_may_not_be_read(tmp_path):
    path = tmp_path / "song.wav"
    soundfile.write(path, Y, 8000)
    path.chmod(0)
    with pytest.raises(AudioError, match="It cannot be read"):
        frames_of(path)


@pytest.mark.parametrize("subtype", ["G721_32", "NMS_ADPCM_16", "NMS_ADPCM_32"])
def test_b9_wav_that_cannot_seek(tmp_path, subtype):
    path = tmp_path / "call.wav"
    soundfile.write(path, Y, 8000, subtype=subtype)
    with soundfile.SoundFile(path) as file, pytest.raises(soundfile.LibsndfileError):
        file.seek(4000)
    whole = read_song(path, sample_rate=8000)
    assert len(whole) >= 8000
    late = read_song(path, sample_rate=8000, offset_seconds=0.5)
    assert_array_equal(late, whole[4000:])


def test_what_a_decoder_knows(tmp_path, mp3):
    soundfile.write(tmp_path / "a.wav", np.stack([Y, Y], axis=1), 8000)
    with opened(tmp_path / "a.wav") as sound:
        assert (sound.sample_rate, sound.promised, sound.n_frames) == (8000, 8000, 8000)
        assert sound.as_int16
        assert sound.read(10).shape == (10, 2)
        assert sound.skip(7985) == 7985
        assert len(sound.read(10)) == 5
        assert sound.skip(1) == 0
    with opened(mp3) as sound:
        assert sound.promised == 20 * 22050
        assert not sound.as_int16
    with opened(without_length(mp3)) as sound:
        assert sound.promised is None
        assert sound.n_frames is None
        assert sound.skip(22050) == 22050
        # There are 20.06 s, with what the coder adds.
        assert 18 * 22050 < sound.skip(10**7) < 20 * 22050


@pytest.mark.parametrize("suffix", ["wav", "aiff", "au"])
def test_length_that_a_header_promises(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    soundfile.write(path, Y, 8000)
    content = path.read_bytes()
    with opened(content[: len(content) * 2 // 5]) as sound:
        assert abs(sound.promised - 8000) <= 8
        assert abs(sound.n_frames - 3200) <= 40


def test_length_that_a_pipe_could_not_know(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, Y, 8000)
    content = bytearray(path.read_bytes())
    at = content.index(b"data") + 4
    content[at : at + 4] = b"\xff\xff\xff\xff"
    with opened(bytes(content)) as sound:
        assert sound.promised == sound.n_frames == 8000


def test_what_is_known_before_reading(tmp_path):
    for suffix, name in {"wav": "WAV", "flac": "FLAC", "mp3": "MP3"}.items():
        path = tmp_path / f"a.{suffix}"
        soundfile.write(path, np.stack([Y, Y], axis=1), 8000)
        for song in (path, path.read_bytes()):
            with opened(song) as sound:
                assert sound.sample_rate == 8000
                assert sound.n_channels == 2
                assert sound.format == name
