"""What songs are found to be, against arrays whose lengths and levels are known."""

import io
import math
import os
import signal
import struct
import sys
from functools import partial

import joblib
import numpy as np
import pytest
import soundfile
from mp3_files import without_length
from numpy.testing import assert_allclose, assert_array_equal

from skgenre._jobs import with_bar
from skgenre.audio import Excerpt, _isolated
from skgenre.datasets import survey_songs
from skgenre.datasets._survey import channels_text, lasting, rates_text, spread, whole

RATE = 8000


def tone(seconds, rate=RATE, level=0.5):
    t = np.arange(round(seconds * rate)) / rate
    return level * np.sin(2 * np.pi * 250 * t)


def write(path, y, rate=RATE, **options):
    soundfile.write(path, y, rate, **options)
    return str(path)


@pytest.fixture
def folder(tmp_path):
    """A file of each kind that people have, good and bad."""
    write(tmp_path / "fine.wav", tone(2))
    write(tmp_path / "stereo.flac", np.stack([tone(1, 44100)] * 2, axis=1), 44100)
    write(tmp_path / "silent.wav", np.zeros(RATE))
    bad = tone(1)
    bad[RATE // 4] = np.nan
    write(tmp_path / "nan.wav", bad, subtype="FLOAT")
    whole_file = (tmp_path / "fine.wav").read_bytes()
    (tmp_path / "cut.wav").write_bytes(whole_file[: 44 + 2 * RATE])
    (tmp_path / "text.wav").write_text("no audio")
    write(tmp_path / "cancels.wav", np.stack([tone(1), -tone(1)], axis=1))
    return tmp_path


NAMES = ["cancels", "cut", "fine", "nan", "silent", "text"]


def test_every_song_is_known_to_the_sample(folder):
    songs = [str(folder / f"{name}.wav") for name in NAMES]
    songs += [str(folder / "stereo.flac"), str(folder / "gone.wav")]
    survey = survey_songs(songs, n_jobs=2)
    assert survey.song_ids == songs
    assert len(survey) == 8
    assert survey.is_decoded
    assert_array_equal(
        survey.seconds, [1.0, 1.0, 2.0, np.nan, 1.0, np.nan, 1.0, np.nan]
    )
    assert_array_equal(
        survey.native_rate, [RATE, RATE, RATE, RATE, RATE, np.nan, 44100, np.nan]
    )
    assert survey.n_channels.tolist() == [2, 1, 1, 1, 1, 0, 2, 0]
    assert survey.formats == ["WAV"] * 5 + ["", "FLAC", ""]
    assert survey.silent.tolist() == [False] * 4 + [True] + [False] * 3
    assert survey.readable.tolist() == [True] * 3 + [False] * 3 + [True, False]
    errors = survey.errors
    assert list(errors) == [songs[i] for i in (3, 4, 5, 7)]
    assert "NaN or infinite, the first at 0.25 s" in errors[songs[3]]
    assert errors[songs[4]] == "It is silent: every sample is 0."
    assert "It cannot be decoded as audio" in errors[songs[5]]
    assert errors[songs[7]] == "There is no such file."
    assert list(survey.notes) == songs[:2]
    assert "Its channels cancel each other out" in survey.notes[songs[0]]
    assert "promises 2.00 s: the file is cut off" in survey.notes[songs[1]]


def test_levels_are_those_of_a_sine(tmp_path):
    """A sine of amplitude a has its peak at 20 lg a, its power 3.01 dB below."""
    survey = survey_songs([write(tmp_path / "a.wav", tone(2), subtype="FLOAT")])
    assert_allclose(survey.peak_db, 20 * math.log10(0.5), atol=1e-3)
    assert_allclose(survey.level_db, 10 * math.log10(0.5**2 / 2), atol=1e-3)
    # Of samples in several blocks, the same.
    long = survey_songs([(tone(60, 22050), 22050)])
    assert_allclose(long.level_db, survey.level_db, atol=1e-3)
    negative = survey_songs([(np.array([0.1, -0.4] * RATE), RATE)])
    assert_allclose(negative.peak_db, 20 * math.log10(0.4))


def test_headers_alone_tell_lengths_and_nothing_behind_them(folder):
    songs = [str(folder / f"{name}.wav") for name in NAMES]
    survey = survey_songs(songs, decode=False)
    assert not survey.is_decoded
    assert_array_equal(survey.seconds, [1.0, 1.0, 2.0, 1.0, 1.0, np.nan])
    assert list(survey.errors) == [songs[5]]
    assert not survey.silent.any()
    assert np.isnan(survey.peak_db).all()
    assert np.isnan(survey.level_db).all()
    # What the header itself gives away.
    decoded = survey_songs(songs)
    assert survey.notes == {songs[1]: decoded.notes[songs[1]]}


def test_an_mp3_whose_header_tells_no_length_has_none(tmp_path):
    content = io.BytesIO()
    soundfile.write(content, tone(3, 22050), 22050, format="MP3")
    told, untold = content.getvalue(), without_length(content.getvalue())
    header = survey_songs([told, untold], decode=False)
    assert_allclose(header.seconds[0], 3.0, atol=0.06)
    assert np.isnan(header.seconds[1])
    assert header.errors == {}
    assert header.formats == ["MP3", "MP3"]
    assert header.native_rate.tolist() == [22050, 22050]
    assert header.summary()["seconds"]["unknown"] == 1
    decoded = survey_songs([told, untold])
    assert_allclose(decoded.seconds, 3.0, atol=0.1)


@pytest.mark.parametrize(
    ("suffix", "name", "told"), [("m4a", "MOV", 2.0), ("aac", "AAC", np.nan)]
)
def test_formats_of_pyav(tmp_path, suffix, name, told):
    av = pytest.importorskip("av")
    path = tmp_path / f"song.{suffix}"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=22050, layout="stereo")
        y = np.stack([tone(2, 22050)] * 2).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(y, format="fltp", layout="stereo")
        frame.rate = 22050
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    for decode in (False, True):
        survey = survey_songs([path], decode=decode)
        assert survey.errors == {}
        assert_allclose(survey.seconds, 2.0 if decode else told, atol=0.1)
        assert survey.native_rate.tolist() == [22050]
        assert survey.n_channels.tolist() == [2]
        assert survey.formats == [name]


def test_songs_from_memory():
    y = tone(1.5)
    content = io.BytesIO()
    soundfile.write(content, y, RATE, format="WAV")
    songs = [
        (y, RATE),
        content.getvalue(),
        {"array": y, "sampling_rate": RATE},
        y,
        [[1.0, 2.0], [3.0]],
        None,
        (y[:40], RATE),
        (0 * y, RATE),
    ]
    for decode in (False, True):
        survey = survey_songs(songs, decode=decode)
        assert survey.song_ids == list(range(8))
        assert_array_equal(survey.seconds[:3], [1.5] * 3)
        assert survey.formats[:4] == ["", "WAV", "", ""]
        # Samples without a rate last nobody knows how long.
        assert np.isnan(survey.seconds[3])
        assert np.isnan(survey.native_rate[3])
        assert survey.readable[:4].all()
        assert not survey.readable[4:6].any()
        assert survey.n_channels.tolist() == [1, 1, 1, 1, 0, 0, 1, 1]
    assert "less than the 10 ms" in survey.errors[6]
    assert survey.silent.tolist() == [False] * 7 + [True]
    assert survey.seconds[6] == 0.005


@pytest.mark.parametrize("decode", [True, False])
def test_parts_of_files(tmp_path, decode):
    path = write(tmp_path / "long.wav", tone(10))
    parts = [(2, 4.5), (8, None), (9, 12), (20, 21), (5, 3), (0, 0.001)]
    songs = [Excerpt(path, start, end) for start, end in parts]
    survey = survey_songs([*songs, Excerpt("gone.wav", 1)], decode=decode)
    assert survey.song_ids[0] == f"{path} [2.0 to 4.5 s]"
    assert_array_equal(survey.seconds[:5], [2.5, 2.0, 1.0, np.nan, np.nan])
    assert "The file lasts 10.00 s" in survey.reasons[3]
    assert "expected its end behind its start" in survey.reasons[4]
    assert survey.reasons[6] == "There is no such file."
    # A thousandth of a second is too short, as decoding tells.
    assert (survey.reasons[5] is None) == (not decode)
    ends = "The file ends at 10.00 s, before the excerpt does (12.0 s)."
    assert list(survey.notes.values()) == [ends]
    assert survey.native_rate[:3].tolist() == [RATE] * 3


def test_parts_of_files_of_unknown_length(tmp_path):
    content = io.BytesIO()
    soundfile.write(content, tone(3, 22050), 22050, format="MP3")
    path = tmp_path / "song.mp3"
    path.write_bytes(without_length(content.getvalue()))
    song = Excerpt(path, 1, 2)
    assert np.isnan(survey_songs([song], decode=False).seconds).all()
    assert survey_songs([song]).seconds.tolist() == [1.0]


def test_what_nobody_thought_of_is_that_songs_error(monkeypatch):
    def broken(song, **options):
        raise MemoryError("too long")

    monkeypatch.setattr(sys.modules["skgenre.datasets._survey"], "read_blocks", broken)
    survey = survey_songs([(tone(1), RATE)])
    assert list(survey.errors) == [0]
    assert survey.errors[0].startswith("It does not fit into memory (too long).")


def test_what_is_no_sequence_of_songs_is_refused():
    with pytest.raises(ValueError, match="Got the one path"):
        survey_songs("song.wav")
    with pytest.raises(ValueError, match="at least one song"):
        survey_songs([])


@pytest.mark.slow
def test_jobs_change_nothing(folder):
    songs = [str(folder / f"{name}.wav") for name in NAMES] * 3
    alone = survey_songs(songs)
    with joblib.parallel_config("loky", n_jobs=2):
        processes = survey_songs(songs)
    for other in (survey_songs(songs, n_jobs=4), processes):
        assert_array_equal(alone.seconds, other.seconds)
        assert_array_equal(alone.level_db, other.level_db)
        assert alone.reasons == other.reasons
        assert alone.remarks == other.remarks


def test_nothing_is_held(tmp_path):
    """An hour is read in blocks of seconds: as wav by hand, which takes no time."""
    tracemalloc = pytest.importorskip("tracemalloc")
    rate, seconds = 8000, 600
    samples = np.tile(np.int16(8000 * np.sin(np.arange(rate) / 9)), seconds)
    path = write(tmp_path / "long.wav", samples, rate)
    del samples
    survey_songs([path], decode=False)
    tracemalloc.start()
    survey = survey_songs([path])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert survey.seconds.tolist() == [seconds]
    # All of it would be 19 MB of float32.
    assert peak < 6e6


def test_a_length_that_pipes_write_is_no_cut_off_file(tmp_path):
    path = tmp_path / "piped.wav"
    write(path, tone(1))
    content = bytearray(path.read_bytes())
    content[4:8] = content[40:44] = struct.pack("<I", 0xFFFFFFFF)
    path.write_bytes(content)
    survey = survey_songs([path], decode=False)
    assert survey.notes == {}
    assert survey.seconds.tolist() == [1.0]


# -- in sum ---------------------------------------------------------------------------


def test_summary_table_and_words(folder):
    pandas = pytest.importorskip("pandas")
    songs = [folder / "fine.wav", folder / "stereo.flac", folder / "nan.wav"]
    songs += [folder / "silent.wav", folder / "cut.wav"]
    survey = survey_songs(songs)
    found = survey.summary()
    assert found == {
        "songs": 5,
        "readable": 3,
        "silent": 1,
        "noted": 1,
        "decoded": True,
        "seconds": {"min": 1.0, "median": 1.0, "max": 2.0, "total": 4.0, "unknown": 0},
        "native_rates": {8000: 2, 44100: 1},
        "channels": {1: 2, 2: 1},
        "formats": {"WAV": 2, "FLAC": 1},
    }
    assert str(survey) == (
        "5 songs, 1 to 2 s (median 1), 8,000 Hz (2), 44,100 Hz (1), mono (2), stereo "
        "(1), WAV, FLAC; 2 cannot be used"
    )
    assert repr(survey) == "SongSurvey(n_songs=5, n_errors=2)"
    table = survey.to_frame()
    assert isinstance(table, pandas.DataFrame)
    assert table["song"].tolist() == [str(song) for song in songs]
    assert table["error"].tolist() == survey.reasons
    assert table["n_channels"].tolist() == [1, 2, 1, 1, 1]
    assert "cut off" in table["note"][4]
    assert table["silent"].tolist() == [False, False, False, True, False]


def test_words_for_what_is_not_known():
    survey = survey_songs(["gone.wav"])
    assert str(survey) == "1 song; 1 cannot be used"
    assert survey.summary()["seconds"] == {
        "min": None,
        "median": None,
        "max": None,
        "total": 0.0,
        "unknown": 0,
    }
    assert lasting(np.zeros(0)) == rates_text({}) == channels_text({}) == ""
    assert spread(np.array([3.0, 1.0, 2.5])) == {"min": 1.0, "median": 2.5, "max": 3.0}


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ([30.01, 29.99, 30.0], "30 s"),
        ([1.2, 2.5, 4.8], "1.2 to 4.8 s (median 2.5)"),
        ([0.3], "0.30 s"),
        ([0.25, 0.5], "0.25 to 0.50 s (median 0.38)"),
        ([2.0, 3.0, 3600.4], "2 to 3,600 s (median 3)"),
    ],
)
def test_lengths_in_words(seconds, expected):
    assert lasting(np.array(seconds)) == expected


def test_rates_and_channels_in_words():
    assert rates_text({22050: 3}) == "22,050 Hz"
    assert rates_text({44100: 1200, 8000: 1}) == "44,100 Hz (1,200), 8,000 Hz (1)"
    assert channels_text({6: 2, 1: 1}) == "6 channels (2), mono (1)"
    assert repr(whole(44100.0)) == "44100"
    assert whole(22.5) == 22.5


def test_a_bar(monkeypatch, capsys):
    module = sys.modules["skgenre.datasets._survey"]
    monkeypatch.setattr(module, "with_bar", partial(with_bar, patience=0.0))
    survey_songs([(tone(0.1), RATE)] * 3)
    assert capsys.readouterr().err == ""
    survey_songs([(tone(0.1), RATE)] * 3, verbose=1)
    assert "looking through: 100%" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("decode", [False, True])
def test_a_decoder_that_crashes_is_an_error_of_its_file(tmp_path, monkeypatch, decode):
    y = np.random.default_rng(0).uniform(-0.5, 0.5, (60_000, 2))
    songs = [tmp_path / f"{i}.ogg" for i in range(3)]
    for song in songs:
        soundfile.write(song, y, 22050)
    songs[2].write_bytes(songs[2].read_bytes()[:-2000])
    plain = survey_songs(songs, decode=decode)
    alone = survey_songs(songs, decode=decode, isolate=True)
    assert alone.to_frame().equals(plain.to_frame())
    assert alone.notes == plain.notes
    real = _isolated._Child.ask

    def crash_at_the_second(child, *request):
        if request[0] == "open" and request[1].name == "1.ogg":
            os.kill(child._process.pid, signal.SIGKILL)
        return real(child, *request)

    monkeypatch.setattr(_isolated._Child, "ask", crash_at_the_second)
    survey = survey_songs(songs, decode=decode, isolate=True)
    assert survey.readable.tolist() == [True, False, True]
    assert "decoder crashed (signal 9)" in survey.errors[str(songs[1])]
