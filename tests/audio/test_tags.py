import sys

import numpy as np
import pytest
import soundfile
from av_files import encode

from skgenre.audio._decode import read_song
from skgenre.audio._tags import artist_tag

RATE = 44100
NOISE = 0.1 * np.random.default_rng(0).normal(size=(2, 4096)).astype(np.float32)


@pytest.fixture(scope="module")
def av():
    return pytest.importorskip("av")


@pytest.mark.parametrize("suffix", ["m4a", "mkv", "mp4", "wma"])
def test_a11_artists_in_formats_that_soundfile_does_not_read(av, suffix, tmp_path):
    for name in ("Sigur R\u00f3s", ""):
        path = tmp_path / f"{name}x:y.{suffix}"
        encode(av, path, NOISE, rate=RATE, **({"artist": name} if name else {}))
        with pytest.raises(soundfile.LibsndfileError):
            soundfile.SoundFile(path)
        assert artist_tag(path) == name


def test_a_tag_that_is_no_utf8_hides_neither_artist_nor_song(av, tmp_path):
    path = tmp_path / "x.m4a"
    encode(av, path, NOISE, rate=RATE, artist="Bj?rk")
    expected = read_song(path, sample_rate=RATE)
    path.write_bytes(path.read_bytes().replace(b"Bj?rk", b"Bj\xf6rk"))
    assert artist_tag(path) == "Bj\udcf6rk"
    np.testing.assert_array_equal(read_song(path, sample_rate=RATE), expected)


def test_soundfile_comes_first(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    for name in ("Sigur R\u00f3s", ""):
        path = tmp_path / f"{name}x.flac"
        with soundfile.SoundFile(path, "w", samplerate=8000, channels=1) as file:
            if name:
                file.artist = name
            file.write(np.zeros(8))
        assert artist_tag(path) == name


def test_what_nobody_reads_has_no_artist(av, tmp_path, monkeypatch):
    (tmp_path / "broken.m4a").write_bytes(b"no audio")
    song = tmp_path / "x.m4a"
    encode(av, song, NOISE, rate=RATE, artist="A")
    names = ("broken.m4a", "no such.m4a", ".", "x\0.m4a")
    assert [artist_tag(tmp_path / name) for name in names] == [None] * 4
    monkeypatch.setitem(sys.modules, "av", None)
    assert artist_tag(song) is None
