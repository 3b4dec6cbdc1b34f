import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.testing import assert_array_equal
from song_files import GENRES, QUICK, touch

from skgenre._jobs import with_bar
from skgenre.datasets import load_songs, make_songs
from skgenre.datasets._make_songs import numbered_name


def decoded(songs):
    return [soundfile.read(path, dtype="int16") for path in songs.data]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make_songs(tmp_path_factory.mktemp("made"), **QUICK)


def test_returns_what_load_songs_returns(made):
    folder = Path(made.data[0]).parents[1]
    again = load_songs(folder)
    assert set(made) == set(again)
    for name in made:
        assert_array_equal(made[name], again[name])


def test_counts(made):
    assert made.target_names == GENRES
    assert len(made.data) == 30
    for genre in GENRES:
        here = made.groups[made.target == genre]
        assert len(here) == 6
        assert sorted(np.unique(here, return_counts=True)[1]) == [2, 2, 2]
    assert len(set(made.groups)) == 15


def test_names_are_words(made):
    for path in made.data:
        artist, dash, title = Path(path).stem.partition(" - ")
        assert dash
        for words in (artist, title):
            assert [word.isalpha() and word.istitle() for word in words.split()] == [
                True,
                True,
            ]
    assert len({Path(path).stem for path in made.data}) == 30
    titles = {Path(path).stem.partition(" - ")[2] for path in made.data}
    assert len(titles) > 25  # every genre has titles of its own


def test_formats_alternate_in_every_genre(made):
    for genre in GENRES:
        suffixes = [
            Path(path).suffix
            for path, name in zip(made.data, made.target, strict=True)
            if name == genre
        ]
        assert set(suffixes) == {".wav", ".flac", ".ogg", ".mp3"}


def test_an_artist_meets_every_format(tmp_path):
    songs = make_songs(
        tmp_path,
        n_songs=8,
        genres=["drone"],
        n_artists=4,
        formats=("wav", "au"),
        **QUICK,
    )
    met = {(a, Path(p).suffix) for a, p in zip(songs.groups, songs.data, strict=True)}
    assert len(met) == 8


def test_tags(made):
    folder = Path(made.data[0]).parents[1]
    assert load_songs(folder, artist="tag").artists == made.artists
    for path in made.data:
        with soundfile.SoundFile(path) as file:
            assert f"{file.artist} - {file.title}" == Path(path).stem


def test_rates_channels_and_lengths_vary(made):
    infos = [soundfile.info(path) for path in made.data]
    assert {info.samplerate for info in infos} == {8000, 44100, 48000}
    assert {info.channels for info in infos} == {1, 2}
    seconds = [info.duration for info in infos]
    assert 0.5 <= min(seconds) < 0.6
    assert 1.4 < max(seconds) <= 1.5
    assert len({round(length, 3) for length in seconds}) == 30
    assert {info.subtype for info in infos if info.format == "WAV"} == {"PCM_16"}


def test_songs_can_be_heard_and_do_not_clip(made):
    peaks = []
    for sound, _ in decoded(made):
        sound = sound / 32768
        peaks.append(np.abs(sound).max())
        assert np.sqrt(np.mean(sound**2)) > 0.005
    assert max(peaks) < 1
    assert max(peaks) / min(peaks) > 2


def test_stereo_channels_differ(made):
    stereo = [sound for sound, _ in decoded(made) if sound.ndim == 2]
    assert stereo
    for sound in stereo:
        left, right = sound.T
        assert np.any(left != right)
        # Yet mixing them down does not cancel the song.
        assert np.corrcoef(left, right)[0, 1] > 0.3


def test_same_seed_same_songs(made, tmp_path):
    np.random.default_rng().standard_normal(3)
    again = make_songs(tmp_path, **QUICK)
    assert [Path(path).name for path in again.data] == [
        Path(path).name for path in made.data
    ]
    for (sound, rate), (other, other_rate) in zip(
        decoded(made), decoded(again), strict=True
    ):
        assert rate == other_rate
        assert_array_equal(sound, other)
    for path, other in zip(made.data, again.data, strict=True):
        if path.endswith((".wav", ".flac", ".mp3")):
            assert Path(path).read_bytes() == Path(other).read_bytes()


def test_global_random_state_is_neither_used_nor_changed(tmp_path):
    one = {**QUICK, "n_songs": 1, "genres": ["march"], "formats": ["wav"]}
    state = np.random.get_state()[1].copy()  # noqa: NPY002 - the state under test
    first = make_songs(tmp_path / "first", **one)
    assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002
    np.random.random(5)  # noqa: NPY002
    second = make_songs(tmp_path / "second", **one)
    assert Path(first.data[0]).read_bytes() == Path(second.data[0]).read_bytes()


def test_random_state_can_be_an_instance(tmp_path):
    one = {**QUICK, "n_songs": 1, "genres": ["march"], "formats": ["wav"]}
    songs = [
        make_songs(tmp_path / str(number), random_state=state, **one)
        for number, state in enumerate(
            (7, np.random.RandomState(7), np.random.RandomState(7), 8)
        )
    ]
    contents = [Path(made.data[0]).read_bytes() for made in songs]
    assert contents[0] == contents[1] == contents[2] != contents[3]


def test_genres_do_not_depend_on_each_other(made, tmp_path):
    alone = make_songs(tmp_path, genres=["techno", "techno"], **QUICK)
    here = np.flatnonzero(made.target == "techno")
    assert [Path(path).name for path in alone.data] == [
        Path(made.data[k]).name for k in here
    ]
    for path, k in zip(alone.data, here, strict=True):
        assert_array_equal(soundfile.read(path)[0], soundfile.read(made.data[k])[0])


def test_every_song_has_an_artist_if_there_are_few(tmp_path):
    songs = make_songs(tmp_path, n_songs=2, genres=["drone"], n_artists=9, **QUICK)
    assert len(set(songs.groups)) == 2


@pytest.mark.parametrize("extension", ["oga", "opus", "aif", "aiff", "au"])
def test_other_formats(tmp_path, extension):
    songs = make_songs(
        tmp_path, n_songs=1, genres=["chiptune"], formats=[extension], **QUICK
    )
    sound, rate = soundfile.read(songs.data[0], always_2d=True)
    assert 0.5 <= len(sound) / rate <= 1.5
    assert np.abs(sound).max() > 0.1


@pytest.mark.parametrize("extension", ["mp3", "opus"])
def test_rates_that_a_format_cannot_hold(tmp_path, extension):
    settings = {**QUICK, "sample_rate": 9000, "formats": [extension]}
    songs = make_songs(tmp_path, n_songs=4, genres=["march"], **settings)
    assert {soundfile.info(path).samplerate for path in songs.data} <= {44100, 48000}


def test_overwrites_its_own_songs_only(tmp_path):
    one = {**QUICK, "genres": ["march"], "formats": ["wav"]}
    first = make_songs(tmp_path, n_songs=1, **one)
    content = Path(first.data[0]).read_bytes()
    Path(first.data[0]).write_bytes(b"")
    make_songs(tmp_path, n_songs=1, **one)
    assert Path(first.data[0]).read_bytes() == content
    make_songs(tmp_path, n_songs=2, **one)
    with pytest.raises(ValueError, match="holds 1 other songs"):
        make_songs(tmp_path, n_songs=1, **one)


def test_words_that_run_out_are_numbered():
    order = np.array([2, 0, 3, 1])
    names = [numbered_name(("A", "B"), ("X", "Y"), order, k) for k in range(9)]
    assert names[:4] == ["B X", "A X", "B Y", "A Y"]
    assert names[4:8] == [f"{name} 2" for name in names[:4]]
    assert names[8] == "B X 3"


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"n_songs": 0}, ValueError, "Got n_songs=0, but expected an int of 1"),
        ({"n_songs": 2.0}, ValueError, "Got n_songs=2.0"),
        ({"n_songs": True}, ValueError, "Got n_songs=True"),
        ({"n_artists": -1}, ValueError, "Got n_artists=-1"),
        ({"min_seconds": 0}, ValueError, "Got min_seconds=0"),
        ({"min_seconds": np.nan}, ValueError, "Got min_seconds=nan"),
        ({"max_seconds": 6.0}, ValueError, "no two songs are equally long"),
        ({"max_seconds": np.inf}, ValueError, "Got max_seconds=inf"),
        ({"sample_rate": 22050.0}, ValueError, "Got sample_rate=22050.0"),
        ({"sample_rate": 4000}, ValueError, "from 8000 to 192000"),
        ({"genres": ["rock"]}, ValueError, "'ballad', 'chiptune', 'drone', 'march'"),
        ({"genres": []}, ValueError, r"Got genres=\(\)"),
        ({"genres": "techno"}, TypeError, "Got genres='techno'"),
        ({"formats": "wav"}, TypeError, r"expected a sequence of str such as \('wav',"),
        ({"formats": ["wav", "wma"]}, ValueError, "Got formats=.*'wma'"),
        ({"random_state": "x"}, ValueError, "cannot be used to seed"),
    ],
)
def test_errors_of_make_songs(tmp_path, settings, error, message):
    with pytest.raises(error, match=message):
        make_songs(tmp_path / "new", **settings)
    assert not (tmp_path / "new").exists()


def test_making_songs_in_a_file(tmp_path):
    touch(tmp_path, "x")
    with pytest.raises(NotADirectoryError, match="which is a file"):
        make_songs(tmp_path / "x")
    with pytest.raises(TypeError, match="expected the path of a folder"):
        make_songs(None)


def test_parameters_are_keyword_only(tmp_path):
    with pytest.raises(TypeError):
        make_songs(tmp_path, 3)


def test_distraction_is_applause_and_interludes(tmp_path):
    settings = {
        "n_songs": 2,
        "genres": ["techno"],
        "min_seconds": 4,
        "max_seconds": 5,
        "formats": ("wav",),
        "n_artists": 1,
    }
    plain = make_songs(tmp_path / "plain", **settings)
    other = make_songs(tmp_path / "other", distraction=0.8, **settings)
    assert [Path(p).name for p in plain.data] == [Path(p).name for p in other.data]
    for before, after in zip(decoded(plain), decoded(other), strict=True):
        assert before[0].shape == after[0].shape
        assert np.any(before[0] != after[0])
    with pytest.raises(ValueError, match="Got distraction=1, but expected a number"):
        make_songs(tmp_path / "no", distraction=1)


def test_a_bar_while_songs_are_written(tmp_path, monkeypatch, capsys):
    module = sys.modules["skgenre.datasets._make_songs"]
    monkeypatch.setattr(module, "with_bar", partial(with_bar, patience=0.0))
    few = {"n_songs": 1, "genres": ["ballad"], "max_seconds": 7, "formats": ("wav",)}
    make_songs(tmp_path / "a", **few)
    assert capsys.readouterr().err == ""
    make_songs(tmp_path / "b", **few, verbose=1)
    assert "writing songs: 100%" in capsys.readouterr().err
