"""Tests of folders of songs, read and synthesised."""

import os
import unicodedata
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.testing import assert_array_equal

from skgenre.datasets import load_songs, make_songs
from skgenre.datasets._instruments import DRUMS, INSTRUMENTS
from skgenre.datasets._make_songs import _name
from skgenre.datasets._perform import draw_artist, perform
from skgenre.datasets._styles import SCALES, STYLES
from skgenre.datasets._synth import add_room, play_drum, play_note

QUICK = {"min_seconds": 0.5, "max_seconds": 1.5, "sample_rate": 8000}
GENRES = ["ballad", "chiptune", "drone", "march", "techno"]

needs_data = pytest.mark.skipif(
    "SKGENRE_DATA" not in os.environ, reason="SKGENRE_DATA names no folder of songs"
)


def touch(folder, *names):
    """Make empty files below a folder: listed as songs though nothing decodes them."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


def write_tagged(path, artist):
    path.parent.mkdir(parents=True, exist_ok=True)
    with soundfile.SoundFile(path, "w", samplerate=8000, channels=1) as file:
        if artist is not None:
            file.artist = artist
        file.write(np.linspace(-0.5, 0.5, 800))


def decoded(songs):
    return [soundfile.read(path, dtype="int16") for path in songs.data]


# -- load_songs: what is listed --------------------------------------------------------


def test_lists_paths_genres_and_artists(tmp_path):
    touch(tmp_path, "rock/B - y.wav", "jazz/A - z.ogg", "jazz/A - x.mp3")
    songs = load_songs(tmp_path)
    assert songs.data == [
        str(tmp_path / name)
        for name in ("jazz/A - x.mp3", "jazz/A - z.ogg", "rock/B - y.wav")
    ]
    assert_array_equal(songs.target, ["jazz", "jazz", "rock"])
    assert songs.target_names == ["jazz", "rock"]
    assert_array_equal(songs.groups, ["A", "A", "B"])
    assert songs.artists == ["A", "A", "B"]
    assert "3 songs, 2 genres, 2 known artists" in songs.DESCR
    assert "- jazz: 2 songs, 1 known artists" in songs.DESCR


def test_types(tmp_path):
    songs = load_songs(touch(tmp_path, "rock/A - x.wav", "jazz/y.wav"))
    assert all(type(path) is str for path in songs.data)
    assert all(type(name) is str for name in songs.target_names)
    assert songs.target.dtype.kind == songs.groups.dtype.kind == "U"
    assert type(songs.DESCR) is str


@pytest.mark.parametrize("wrap", [str, Path])
def test_folder_is_str_or_path(tmp_path, wrap):
    touch(tmp_path, "rock/x.wav", "jazz/y.wav")
    assert load_songs(wrap(tmp_path)).data == load_songs(tmp_path).data


def test_relative_folder_gives_relative_paths(tmp_path, monkeypatch):
    touch(tmp_path, "songs/rock/x.wav", "songs/jazz/y.wav")
    monkeypatch.chdir(tmp_path)
    assert load_songs("songs").data == [
        str(Path("songs/jazz/y.wav")),
        str(Path("songs/rock/x.wav")),
    ]


def test_order_does_not_depend_on_writing(tmp_path):
    names = ["b/2.wav", "a b/1.wav", "a/3.wav", "B/0.wav"]
    forth = load_songs(touch(tmp_path / "forth", *names))
    back = load_songs(touch(tmp_path / "back", *names[::-1]))
    assert forth.data == sorted(forth.data)
    assert_array_equal(forth.target, back.target)


def test_searches_at_any_depth(tmp_path):
    songs = load_songs(touch(tmp_path, "rock/A/B/CD 2/x.wav", "jazz/C/y.wav"))
    assert_array_equal(songs.target, ["jazz", "rock"])
    assert songs.artists == ["C", "A"]


def test_ignores_hidden_and_other_files(tmp_path):
    touch(tmp_path, "rock/x.wav", "rock/cover.jpg", "rock/._x.wav", "rock/.z/x.wav")
    touch(tmp_path, ".cache/x.wav", "README.md", "rock/list.csv", "rock/wav")
    assert load_songs(tmp_path).data == [str(tmp_path / "rock/x.wav")]


@pytest.mark.parametrize(
    "extension",
    [".wav", ".flac", ".ogg", ".mp3", ".oga", ".opus", ".aif", ".aiff", ".au", ".WAV"],
)
def test_default_extensions(tmp_path, extension):
    songs = load_songs(touch(tmp_path, f"rock/x{extension}"))
    assert songs.target.tolist() == ["rock"]


def test_extensions_are_those_given(tmp_path):
    touch(tmp_path, "rock/x.wav", "rock/y.M4A")
    songs = load_songs(tmp_path, extensions=[".m4a"])
    assert songs.data == [str(tmp_path / "rock/y.M4A")]


def test_broken_files_are_listed(tmp_path):
    touch(tmp_path, "rock/empty.wav", "jazz/text.mp3")
    (tmp_path / "jazz/text.mp3").write_text("no music")
    (tmp_path / "rock/gone.flac").symlink_to(tmp_path / "nowhere.flac")
    for artist in ("auto", "tag"):
        songs = load_songs(tmp_path, artist=artist)
        assert len(songs.data) == 3
        assert songs.groups is None


def test_linked_folders_are_followed_but_not_in_circles(tmp_path):
    touch(tmp_path, "elsewhere/x.wav", "songs/jazz/A/y.wav")
    (tmp_path / "songs/rock").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "songs/jazz/A/again").symlink_to(tmp_path / "songs")
    songs = load_songs(tmp_path / "songs")
    assert_array_equal(songs.target, ["jazz", "rock"])


def test_one_genre_is_enough(tmp_path):
    songs = load_songs(touch(tmp_path, "rock/x.wav", "rock/y.wav"))
    assert songs.target_names == ["rock"]


def test_empty_genre_is_left_out_with_a_warning(tmp_path):
    touch(tmp_path, "rock/x.wav", "jazz/x.m4a", ".git/config")
    with pytest.warns(UserWarning, match="that hold no songs: 'jazz'") as caught:
        songs = load_songs(tmp_path)
    assert songs.target_names == ["rock"]
    assert caught[0].filename == __file__


# -- load_songs: artists ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "artist"),
    [
        ("Red Owls - Rain", "Red Owls"),
        ("Red Owls - Rain - Live", "Red Owls"),
        ("  Red   Owls  - Rain", "Red Owls"),
        ("07 - Red Owls - Rain", "Red Owls"),
        ("2-07 - Red Owls - Rain", "Red Owls"),
        ("1975 - Rain", "1975"),
        ("07 - Rain", None),
        ("Red-Owls", None),
        ("Red Owls-Rain", None),
        ("Red Owls -Rain", None),
        ("rock.00001", None),
        (" - Rain", None),
    ],
)
@pytest.mark.parametrize("how", ["auto", "filename"])
def test_artist_from_file_name(tmp_path, name, artist, how):
    songs = load_songs(touch(tmp_path, f"rock/{name}.wav"), artist=how)
    assert songs.artists == [artist]


def test_artist_from_folder(tmp_path):
    touch(tmp_path, "rock/A/x.wav", "rock/A/Album/y.wav", "rock/B - z.wav")
    songs = load_songs(tmp_path, artist="folder")
    assert songs.artists == ["A", "A", None]
    assert_array_equal(songs.groups, ["A", "A", "unknown: rock/B - z.wav"])


def test_artist_from_tag(tmp_path):
    for extension in ("wav", "flac", "ogg", "mp3", "aiff"):
        write_tagged(
            tmp_path / f"rock/A - x.{extension}", f"Sigur R\u00f3s {extension}"
        )
    write_tagged(tmp_path / "rock/A - y.wav", None)
    songs = load_songs(tmp_path, artist="tag")
    for path, artist in zip(songs.data, songs.artists, strict=True):
        if path.endswith("y.wav"):
            assert artist is None
        else:
            assert artist == f"Sigur R\u00f3s {path.rpartition('.')[2]}"


def test_auto_takes_folder_then_name_then_tag(tmp_path):
    write_tagged(tmp_path / "rock/Folder/Name - x.wav", "Tag")
    write_tagged(tmp_path / "rock/Name - x.wav", "Tag")
    write_tagged(tmp_path / "rock/x.wav", "Tag")
    write_tagged(tmp_path / "rock/y.wav", None)
    assert load_songs(tmp_path).artists == ["Folder", "Name", "Tag", None]


def test_auto_opens_a_file_only_if_nothing_else_names_the_artist(tmp_path, monkeypatch):
    opened = []

    def spy(path):
        opened.append(path.name)
        raise RuntimeError("not a sound file")

    monkeypatch.setattr(soundfile, "SoundFile", spy)
    load_songs(touch(tmp_path, "rock/A/x.wav", "rock/B - y.wav", "rock/z.wav"))
    assert opened == ["z.wav"]


def test_artist_none_opens_nothing(tmp_path, monkeypatch):
    monkeypatch.delattr(soundfile, "SoundFile")
    songs = load_songs(touch(tmp_path, "rock/A - x.wav", "rock/y.wav"), artist=None)
    assert songs.artists == [None, None]
    assert songs.groups is None


def test_artist_from_callable(tmp_path):
    touch(tmp_path, "rock/A_x.wav", "rock/B_y.wav", "rock/z.wav")
    seen = []

    def before_underscore(path):
        seen.append(path)
        artist, underscore, _ = Path(path).name.partition("_")
        return artist if underscore else None

    songs = load_songs(tmp_path, artist=before_underscore)
    assert seen == songs.data
    assert songs.artists == ["A", "B", None]


def test_artist_from_callable_must_be_a_str(tmp_path):
    touch(tmp_path, "rock/x.wav")
    with pytest.raises(
        TypeError, match=r"^Got 7 from artist=.*expected a str, or None"
    ):
        load_songs(tmp_path, artist=lambda path: 7)


def test_each_unknown_artist_is_a_group_of_its_own(tmp_path):
    touch(tmp_path, "rock/x.wav", "jazz/x.wav", "rock/A - x.wav", "jazz/A - y.wav")
    songs = load_songs(tmp_path)
    assert sorted(set(songs.groups.tolist())) == [
        "A",
        "unknown: jazz/x.wav",
        "unknown: rock/x.wav",
    ]
    assert "1 known artists, 2 songs of unknown artists" in songs.DESCR


def test_one_artist_in_two_spellings_of_unicode(tmp_path):
    composed, decomposed = (
        unicodedata.normalize(form, "Sigur R\u00f3s") for form in ("NFC", "NFD")
    )
    touch(tmp_path, f"rock/{composed} - x.wav", f"rock/{decomposed} - y.wav")
    assert set(load_songs(tmp_path).artists) == {composed}


# -- load_songs: errors ----------------------------------------------------------------


def test_missing_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match="Got folder='songs', but") as caught:
        load_songs("songs")
    assert str(tmp_path / "songs") in str(caught.value)


def test_folder_is_a_file(tmp_path):
    touch(tmp_path, "x.wav")
    with pytest.raises(NotADirectoryError, match="which is a file"):
        load_songs(tmp_path / "x.wav")


@pytest.mark.parametrize("folder", [None, 3, ["a", "b"]])
def test_folder_is_no_path(folder):
    with pytest.raises(TypeError, match="expected the path of a folder"):
        load_songs(folder)


def test_empty_folder(tmp_path):
    with pytest.raises(ValueError, match=r"holds no songs.*It holds no files at all"):
        load_songs(tmp_path)


def test_folder_without_songs_says_what_it_found(tmp_path):
    touch(tmp_path, "rock/x.m4a", "rock/y.M4A", "rock/notes")
    with pytest.raises(ValueError, match=r"\.m4a \(2\), no extension \(1\)"):
        load_songs(tmp_path)


def test_songs_directly_in_the_folder(tmp_path):
    touch(tmp_path, "songs/rock/x.wav", "songs/rock/y.wav")
    with pytest.raises(ValueError, match="2 songs directly in it") as caught:
        load_songs(tmp_path / "songs/rock")
    assert "folder/GENRE/SONG" in str(caught.value)
    assert f"folder={str(tmp_path / 'songs')!r}" in str(caught.value)


def test_a_stray_song_beside_genres(tmp_path):
    touch(tmp_path, "rock/x.wav", "stray.wav")
    with pytest.raises(ValueError, match=r"such as 'stray\.wav'") as caught:
        load_songs(tmp_path)
    assert "If" not in str(caught.value)


@pytest.mark.parametrize("above", ["audio", "data/audio"])
@pytest.mark.parametrize("genres", [["rock"], ["rock", "jazz"]])
def test_folder_above_the_right_one(tmp_path, above, genres):
    touch(tmp_path, *(f"{above}/{genre}/x.wav" for genre in genres))
    right = tmp_path / above
    with pytest.raises(ValueError, match="are all in sub-folders") as caught:
        load_songs(tmp_path)
    assert f"use folder={str(right)!r}" in str(caught.value)
    assert load_songs(right).target_names == sorted(genres)


def test_single_genre_with_artists_as_folders(tmp_path):
    touch(tmp_path, "rock/A/x.wav", "rock/B/y.wav")
    with pytest.raises(ValueError, match="use artist='folder'"):
        load_songs(tmp_path)
    songs = load_songs(tmp_path, artist="folder")
    assert songs.target_names == ["rock"]
    assert songs.artists == ["A", "B"]


def test_single_genre_with_some_artists_as_folders(tmp_path):
    songs = load_songs(touch(tmp_path, "rock/A/x.wav", "rock/y.wav"))
    assert songs.artists == ["A", None]


@pytest.mark.parametrize("artist", ["name", 3, ["A"]])
def test_unknown_way_to_find_artists(tmp_path, artist):
    with pytest.raises(ValueError, match=r"Got artist=.*expected one of 'auto', 'fold"):
        load_songs(tmp_path, artist=artist)


def test_extensions_as_a_str(tmp_path):
    with pytest.raises(TypeError, match=r"Use extensions=\('\.wav',\)"):
        load_songs(tmp_path, extensions=".wav")


@pytest.mark.parametrize("extension", ["wav", 3])
def test_extension_without_a_dot(tmp_path, extension):
    with pytest.raises(ValueError, match="starts with a dot"):
        load_songs(tmp_path, extensions=[extension])


def test_parameters_are_keyword_only(tmp_path):
    with pytest.raises(TypeError):
        load_songs(tmp_path, "auto")
    with pytest.raises(TypeError):
        make_songs(tmp_path, 3)


# -- make_songs ------------------------------------------------------------------------


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
    names = [_name(("A", "B"), ("X", "Y"), order, k) for k in range(9)]
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


# -- the music -------------------------------------------------------------------------


def onset_rate(sound, sample_rate):
    """Rises of the loudness by more than half in 23 ms, per second."""
    size = round(0.023 * sample_rate)
    frames = sound[: len(sound) // size * size].reshape(-1, size)
    loudness = np.sqrt(np.mean(frames**2, axis=1))
    rises = loudness[1:] > 1.5 * loudness[:-1] + 0.05 * loudness.max()
    return rises.sum() / (len(sound) / sample_rate)


def centroid(sound, sample_rate):
    power = np.abs(np.fft.rfft(sound)) ** 2
    hertz = np.fft.rfftfreq(len(sound), 1 / sample_rate)
    return np.sum(hertz * power) / np.sum(power)


@pytest.fixture(scope="module")
def sounds():
    """Six songs of every genre, each by an artist of its own."""
    return {
        genre: [
            perform(
                genre,
                draw_artist(genre, np.random.default_rng(seed)),
                n_samples=80000,
                sample_rate=16000,
                n_channels=1,
                rng=np.random.default_rng((seed, 1)),
            )[:, 0]
            for seed in range(6)
        ]
        for genre in GENRES
    }


def test_genres_differ_in_rhythm_and_brightness(sounds):
    rates = {g: np.median([onset_rate(s, 16000) for s in sounds[g]]) for g in GENRES}
    bright = {g: np.median([centroid(s, 16000) for s in sounds[g]]) for g in GENRES}
    assert rates["drone"] < rates["ballad"] < rates["march"]
    assert rates["ballad"] < rates["techno"]
    assert bright["drone"] < bright["ballad"] < bright["march"]
    assert bright["ballad"] < bright["chiptune"]


def test_songs_differ(sounds):
    songs = [sound for genre in GENRES for sound in sounds[genre]]
    likeness = np.corrcoef(songs) - np.eye(len(songs))
    assert np.abs(likeness).max() < 0.5


def test_perform_depends_on_its_generator_alone():
    artist = draw_artist("march", np.random.default_rng(3))
    settings = {"n_samples": 8000, "sample_rate": 8000, "n_channels": 2}
    first, second, third = (
        perform("march", artist, rng=np.random.default_rng(seed), **settings)
        for seed in (1, 1, 2)
    )
    assert first.shape == (8000, 2)
    assert first.dtype == np.float32
    assert_array_equal(first, second)
    assert np.any(first != third)


@pytest.mark.parametrize("genre", GENRES)
def test_styles_are_playable(genre):
    style = STYLES[genre]
    patterns = [pattern for beat in style.beats for pattern in beat.values()]
    for part in style.parts:
        assert set(part.instruments) <= set(INSTRUMENTS)
        assert part.role in {"chord", "arpeggio", "melody", "bass"}
        patterns.extend(part.patterns)
    assert {len(pattern) for pattern in patterns} == {16}
    assert set("".join(patterns)) <= {"x", "."}
    assert {drum for beat in style.beats for drum in beat} <= set(DRUMS)
    assert set(style.scales) <= set(SCALES)


@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_notes_have_their_pitch(instrument):
    timbre = INSTRUMENTS[instrument]
    note = play_note(
        timbre,
        440.0,
        1.0,
        sample_rate=16000,
        vibrato=(0.0, 5.0),
        rng=np.random.default_rng(0),
    )
    assert note.shape == (int((1 + timbre.release) * 16000),)
    assert np.isfinite(note).all()
    power = np.abs(np.fft.rfft(note, 160000)) ** 2
    hertz = np.fft.rfftfreq(160000, 1 / 16000)
    # Nearly all of the power lies beside harmonics of 440 Hz, but for the breath.
    beside = np.abs(hertz - 440 * np.maximum(np.round(hertz / 440), 1)) < 40
    assert power[beside].sum() > (0.7 if timbre.breath else 0.95) * power.sum()


def test_notes_do_not_alias():
    note = play_note(
        INSTRUMENTS["saw"],
        3000.0,
        1.0,
        sample_rate=8000,
        vibrato=(0.0, 5.0),
        rng=np.random.default_rng(0),
    )
    power = np.abs(np.fft.rfft(note, 80000)) ** 2
    hertz = np.fft.rfftfreq(80000, 1 / 8000)
    assert power[np.abs(hertz - 3000) < 60].sum() > 0.99 * power.sum()


@pytest.mark.parametrize("drum", DRUMS)
@pytest.mark.parametrize("sample_rate", [8000, 48000])
def test_drums_fade(drum, sample_rate):
    stroke = play_drum(
        drum, tuning=1.0, sample_rate=sample_rate, rng=np.random.default_rng(0)
    )
    assert np.isfinite(stroke).all()
    tenth = len(stroke) // 10
    assert np.abs(stroke[-tenth:]).max() < 0.1 * np.abs(stroke).max()


def test_room_without_anything_is_the_song_itself():
    sound = np.random.default_rng(0).standard_normal(4000).astype(np.float32)
    played = add_room(
        sound,
        tilt=0.0,
        humps=(),
        reverb=0.1,
        wet=0.0,
        n_channels=1,
        sample_rate=8000,
        rng=np.random.default_rng(0),
    )
    np.testing.assert_allclose(played[:, 0], sound, atol=1e-4)


# -- real songs ------------------------------------------------------------------------


@needs_data
@pytest.mark.parametrize(
    ("name", "n_songs", "n_genres"), [("gtzan3", 195, 3), ("esc10", 400, 10)]
)
def test_real_folders(name, n_songs, n_genres):
    folder = Path(os.environ["SKGENRE_DATA"], name)
    if not folder.is_dir():
        pytest.skip(f"SKGENRE_DATA holds no {name}")
    songs = load_songs(folder / "audio", artist=None)
    assert len(songs.data) == len(set(songs.data)) == len(songs.target) == n_songs
    assert len(songs.target_names) == n_genres
    assert songs.groups is None
    for path, genre in zip(songs.data, songs.target, strict=True):
        assert Path(path).parent.name == genre
    # The folder above gets an error that names the right one.
    with pytest.raises(ValueError, match="are all in sub-folders") as caught:
        load_songs(folder)
    assert str(folder / "audio") in str(caught.value)


@needs_data
def test_real_genres_in_numbers():
    folder = Path(os.environ["SKGENRE_DATA"], "gtzan3", "audio")
    if not folder.is_dir():
        pytest.skip("SKGENRE_DATA holds no gtzan3")
    songs = load_songs(folder)
    names, counts = np.unique(songs.target, return_counts=True)
    assert dict(zip(names.tolist(), counts.tolist(), strict=True)) == {
        "classical": 68,
        "jazz": 59,
        "rock": 68,
    }
    assert songs.groups is None  # neither folders nor names nor tags tell
