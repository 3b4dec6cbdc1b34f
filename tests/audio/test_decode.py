import warnings

import numpy as np
import pytest
import soundfile
from numpy.testing import assert_allclose, assert_array_equal

from skgenre import AudioError
from skgenre.audio import _decode
from skgenre.audio._decode import read_blocks, read_song

librosa = pytest.importorskip("librosa")


@pytest.fixture(scope="module")
def tone():
    """Two seconds of two channels at 44.1 kHz: 440 Hz left, 660 Hz right."""
    t = np.arange(2 * 44100) / 44100
    y = np.stack([np.sin(2 * np.pi * 440 * t), np.sin(2 * np.pi * 660 * t)], axis=1)
    return (0.4 * y).astype(np.float32)


@pytest.mark.parametrize(
    ("name", "subtype"),
    [
        ("tone.wav", "PCM_16"),
        ("tone.wav", "PCM_24"),
        ("tone.wav", "FLOAT"),
        ("tone.flac", "PCM_16"),
        ("tone.ogg", "VORBIS"),
        ("tone.mp3", "MPEG_LAYER_III"),
        ("tone.aiff", "PCM_16"),
    ],
)
@pytest.mark.parametrize("sample_rate", [44100, 22050, 16000])
def test_equal_to_librosa_load(tmp_path, tone, name, subtype, sample_rate):
    path = tmp_path / name
    soundfile.write(path, tone, 44100, subtype=subtype)
    y = read_song(path, sample_rate=sample_rate)
    assert y.dtype == np.float32
    expected, _ = librosa.load(path, sr=sample_rate)
    assert_array_equal(y.shape, expected.shape)
    assert_allclose(y, expected, atol=1e-6)


@pytest.mark.parametrize("name", ["tone.wav", "tone.flac", "tone.ogg"])
def test_part_of_a_file_equals_librosa_load(tmp_path, tone, name):
    path = tmp_path / name
    soundfile.write(path, tone, 44100)
    y = read_song(path, sample_rate=22050, offset_seconds=0.5, max_seconds=0.7)
    expected, _ = librosa.load(path, sr=22050, offset=0.5, duration=0.7)
    assert_allclose(y, expected, atol=1e-6)


def test_downmix_is_the_mean_of_the_channels(tmp_path):
    rng = np.random.default_rng(0)
    y = rng.uniform(-1, 1, size=(4000, 3)).astype(np.float32)
    soundfile.write(tmp_path / "three.wav", y, 8000, subtype="FLOAT")
    mono = read_song(tmp_path / "three.wav", sample_rate=8000)
    assert_allclose(mono, y.mean(axis=1), atol=1e-6)


def test_waveform_is_cut_but_not_changed():
    y = np.sin(np.arange(1000) / 7)
    before = y.copy()
    part = read_song(y, sample_rate=100, offset_seconds=2, max_seconds=3)
    assert_array_equal(part, y[200:500])
    assert np.shares_memory(part, y)
    assert_array_equal(y, before)


@pytest.mark.parametrize(
    ("song", "message"),
    [
        (np.zeros(0), "0 samples"),
        (np.zeros(3), "3 samples at 22050 Hz, less than the 10 ms"),
        (np.zeros(9000), "silent: every sample is 0"),
        (np.full(9000, 0.5), "silent: every sample is 0.5"),
        (np.r_[np.nan, np.ones(9000)], "NaN or infinite, the first at 0.00 s"),
        (np.r_[np.zeros(5513), -np.inf, 1.0, np.inf], "infinite, the first at 0.25 s"),
        (np.zeros((2, 9000)), r"1-D mono waveform, got an array of shape \(2, 9000\)"),
        (np.ones(9000, np.int16), r"got dtype int16.*/ 32768"),
        (["a", "b"], r"Got list \(\['a', 'b'\]\), but expected a path, a float"),
        ("no_such_file.wav", "There is no such file"),
    ],
)
def test_bad_songs_say_why(song, message):
    with pytest.raises(AudioError, match=message):
        read_song(song, sample_rate=22050)


def test_bad_files_say_why(tmp_path):
    with pytest.raises(AudioError, match="It is a directory"):
        read_song(tmp_path, sample_rate=22050)
    text = tmp_path / "notes.mp3"
    text.write_text("no audio at all")
    with pytest.raises(AudioError, match="cannot be decoded as audio"):
        read_song(text, sample_rate=22050)
    (tmp_path / "empty.wav").touch()
    with pytest.raises(AudioError, match="cannot be decoded as audio"):
        read_song(tmp_path / "empty.wav", sample_rate=22050)


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3"])
@pytest.mark.parametrize("sample_rate", [44100, 22050])
def test_blocks_leave_no_trace(tmp_path, monkeypatch, suffix, sample_rate):
    rng = np.random.default_rng(0)
    y = np.cumsum(rng.normal(size=(44100 * 3 + 17, 2)), axis=0)
    path = tmp_path / f"walk.{suffix}"
    soundfile.write(path, 0.9 * y / np.abs(y).max(), 44100)
    settings = {"sample_rate": sample_rate, "offset_seconds": 0.5, "max_seconds": 2.2}
    for parameters in ({"sample_rate": sample_rate}, settings):
        monkeypatch.setattr(_decode, "BLOCK_FRAMES", 2**30)
        whole = read_song(path, **parameters)
        monkeypatch.setattr(_decode, "BLOCK_FRAMES", 10_007)
        blocks = list(read_blocks(path, **parameters))
        assert len(blocks) > 9
        assert_array_equal(np.concatenate(blocks), whole)


def test_start_behind_the_end(tmp_path, tone):
    soundfile.write(tmp_path / "tone.wav", tone, 44100)
    for song in (tmp_path / "tone.wav", tone[:44100, 0]):
        with pytest.raises(AudioError, match=r"lasts 2.00 s, so offset_seconds=3"):
            read_song(song, sample_rate=22050, offset_seconds=3)


def test_truncated_file_gives_what_it_holds(tmp_path, tone):
    path = tmp_path / "tone.ogg"
    soundfile.write(path, tone, 44100)
    whole = read_song(path, sample_rate=44100)
    path.write_bytes(path.read_bytes()[:-2000])
    part = read_song(path, sample_rate=44100)
    assert 0 < len(part) < len(whole)
    assert_array_equal(part, whole[: len(part)])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("jazz.00054.wav", "cannot be decoded as audio"),
        ("empty_2c.wav", "0 samples"),
        ("stereo.wav", "3 samples"),
    ],
)
def test_real_broken_files(data_dir, name, message):
    with pytest.raises(AudioError, match=message):
        read_song(data_dir / "bad" / name, sample_rate=22050)


def test_real_songs_equal_librosa(data_dir):
    songs = sorted((data_dir / "gtzan3" / "audio").glob("*/*.ogg"))[::60]
    songs += sorted((data_dir / "esc10" / "audio").glob("*/*.ogg"))[::130]
    for song in songs:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected, _ = librosa.load(song, sr=22050)
        assert_allclose(read_song(song, sample_rate=22050), expected, atol=1e-6)
