"""What may stand for a song, and what is said of the rest."""

import io
import os
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.testing import assert_array_equal

from skgenre import AudioError
from skgenre.audio._decode import read_song
from skgenre.audio._song import Unreadable, Waveform, as_song, identity, shown

Y = np.sin(np.arange(2000) / 7)


class Decoder:
    """What torchcodec's AudioDecoder has."""

    def __init__(self, data, sample_rate):
        self._samples = Waveform(None, sample_rate)
        self._data = data

    def get_all_samples(self):
        decoder = self

        class Samples:
            data = decoder._data
            sample_rate = decoder._samples.sample_rate

        return Samples


@pytest.fixture(scope="module")
def wav():
    """Bytes of a file that holds `Y` at 2,000 Hz."""
    file = io.BytesIO()
    soundfile.write(file, Y, 2000, format="WAV", subtype="DOUBLE")
    return file.getvalue()


def test_kinds_of_songs(wav):
    assert as_song("a.wav") == as_song(Path("a.wav")) == Path("a.wav")
    for given in (wav, bytearray(wav), memoryview(wav), {"bytes": wav, "path": "a"}):
        assert as_song(given) == wav
    assert as_song({"bytes": None, "path": "a.wav"}) == Path("a.wav")
    bare = as_song(Y)
    assert bare.y is Y
    assert bare.sample_rate is None
    assert as_song(Y.tolist()).y.tolist() == Y.tolist()
    rated = [
        (Y, 2000),
        (Y.tolist(), 2000.0),
        (Y, np.int64(2000)),
        {"array": Y, "sampling_rate": 2000},
        {"array": Y, "sampling_rate": 2000, "path": None},
        Decoder(Y[None], 2000),
        Decoder(Y, 2000),
    ]
    for given in rated:
        y, rate = as_song(given)
        assert_array_equal(y, Y)
        assert rate == 2000
    # Two numbers are a waveform of two samples.
    assert as_song((0.1, 0.2)).sample_rate is None


def test_songs_in_memory_are_read_as_their_files_are(wav, tmp_path):
    (tmp_path / "song.wav").write_bytes(wav)
    for settings in (
        {"sample_rate": 2000},
        {"sample_rate": 1500},
        {"sample_rate": 1500, "offset_seconds": 0.2, "max_seconds": 0.5},
    ):
        expected = read_song(tmp_path / "song.wav", **settings)
        as_float = Y.astype(np.float32)
        rated = (as_float, {"array": as_float, "sampling_rate": 2000}["sampling_rate"])
        for song in (wav, {"bytes": wav}, rated):
            assert_array_equal(read_song(song, **settings), expected)


@pytest.mark.parametrize(
    ("song", "message"),
    [
        (None, "Got None, but expected a path, a float waveform, (samples,"),
        (float("nan"), "Got nan, but expected a path"),
        (7, "Got 7, but expected a path"),
        ({1, 2}, "Got set ({1, 2}), but expected a path"),
        ([[1.0], [1.0, 2.0]], "Got list ([[1.0], [1.0, 2.0]]), but expected a path"),
        (["a", "b"], "Got list (['a', 'b']), but expected a path"),
        (np.array([None]), "Got ndarray (array([None], dtype=object)), but"),
        ((2000, Y), "Got (sample rate, samples), as scipy.io.wavfile gives them"),
        ((Y, 0), "Got the sample rate 0, but expected a positive number"),
        ((Y, -2000.0), "Got the sample rate -2000.0, but"),
        ({"array": Y, "sampling_rate": "2000"}, "Got the sample rate '2000', but"),
        ({"audio": Y}, "Got a dict with the keys ['audio'], but expected 'array' and"),
        ({"bytes": None, "path": None}, "Got a dict with the keys ['bytes', 'path']"),
        (Unreadable("It was opened as text."), "It was opened as text."),
        (np.int16([1, 2]), "got dtype int16. Scale 16-bit integers with y.astype("),
        (np.int32([1, 2]), "Scale 32-bit integers with y.astype('float32') / 21474836"),
        (np.uint8([1, 2]), "Scale 8-bit samples with (y.astype('float32') - 128) / "),
        ((np.int16([1, 2]), 8000), "got dtype int16"),
    ],
)
def test_what_is_no_song_is_named(song, message):
    with pytest.raises(AudioError) as caught:
        as_song(song)
    assert message in str(caught.value)


@pytest.mark.parametrize("wrap", [lambda y: y, lambda y: (y, 8000)])
def test_stereo_is_told_the_recipe_for_its_own_shape(wrap):
    for shape, recipe in [
        ((2, 900), "y.mean(axis=0) for shape (channels, samples)"),
        ((900, 2), "y.mean(axis=1) for shape (samples, channels)"),
        ((900, 1), "y.mean(axis=1) for shape (samples, channels)"),
        ((3, 2, 900), "Give one song as one waveform."),
    ]:
        y = np.ones(shape, np.float32)
        with pytest.raises(AudioError) as caught:
            as_song(wrap(y))
        assert f"got an array of shape {shape}. " in str(caught.value)
        assert recipe in str(caught.value)
        if "axis" in recipe:
            axis = int(recipe[len("y.mean(axis=")])
            assert as_song(wrap(y.mean(axis=axis)))[0].shape == (900,)


# -- identity --------------------------------------------------------------------------


def test_songs_in_memory_are_known_by_content(wav):
    others = [
        Y,
        Y[:-1],
        (Y, 2000),
        (Y, 1000),
        wav,
        wav[:-1],
        {"array": Y[1:], "sampling_rate": 2000},
    ]
    assert len({identity(song) for song in others}) == len(others)
    assert identity((Y, 2000)) == identity({"array": Y.copy(), "sampling_rate": 2000})
    assert identity(wav) == identity({"bytes": wav})


def test_what_is_no_song_has_an_identity_too():
    for song in (None, 7, [[1.0], [1.0, 2.0]], "a\0b.wav", "x" * 5000):
        assert identity(song) == identity(song)


# -- names -----------------------------------------------------------------------------


def test_names_are_shown_so_that_they_can_be_printed():
    assert shown("Björk - Jóga.mp3") == "Björk - Jóga.mp3"
    assert shown(os.fsdecode(b"caf\xe9.mp3")) == "caf\\xe9.mp3"
    assert shown("half \ud800.mp3") == "half \\ud800.mp3"
    assert shown(3) == "song 3"


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are bytes on Linux")
def test_b3_names_that_are_no_utf8_are_read(wav, tmp_path):
    name = os.fsencode(tmp_path) + b"/caf\xe9.wav"
    Path(os.fsdecode(name)).write_bytes(wav)
    assert_array_equal(
        read_song(os.fsdecode(name), sample_rate=2000), Y.astype(np.float32)
    )
