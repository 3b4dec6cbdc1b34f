import importlib.util
import os
import sys
import unicodedata
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import soundfile
from av_files import encode
from numpy.testing import assert_array_equal
from song_files import touch

from skgenre._jobs import with_bar
from skgenre.datasets import load_songs

needs_data = pytest.mark.skipif(
    "SKGENRE_DATA" not in os.environ, reason="SKGENRE_DATA names no folder of songs"
)


def write_tagged(path, artist):
    path.parent.mkdir(parents=True, exist_ok=True)
    with soundfile.SoundFile(path, "w", samplerate=8000, channels=1) as file:
        if artist is not None:
            file.artist = artist
        file.write(np.linspace(-0.5, 0.5, 800))


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
    touch(tmp_path, "rock/x.wav", "jazz/x.txt", ".git/config")
    with pytest.warns(UserWarning, match="that hold no songs: 'jazz'") as caught:
        songs = load_songs(tmp_path)
    assert songs.target_names == ["rock"]
    assert caught[0].filename == __file__


# -- artists --------------------------------------------------------------------------


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


@pytest.mark.parametrize("artist", ["tag", "auto"])
def test_a_file_whose_tags_crash_has_no_known_artist(tmp_path, crash_at, artist):
    for name in ("x", "y", "z"):
        write_tagged(tmp_path / f"rock/{name}.wav", f"Artist {name}")
    asked = crash_at("y.wav")
    expected = ["Artist x", None, "Artist z"]
    assert load_songs(tmp_path, artist=artist, isolate=True).artists == expected
    assert asked.count("artist") == 3 + 1  # once more in a process that is new
    asked.clear()
    assert load_songs(tmp_path, artist="filename", isolate=True).artists == [None] * 3
    assert load_songs(tmp_path, artist=artist).artists[1] == "Artist y"
    assert not asked


def test_a11_artist_from_tag_of_formats_that_pyav_reads(tmp_path):
    av = pytest.importorskip("av")
    noise = np.random.default_rng(0).normal(size=(2, 4096)).astype(np.float32)
    for suffix in ("m4a", "mkv", "wma"):
        path = tmp_path / f"rock/{suffix}.{suffix}"
        encode(av, path, noise, rate=44100, artist=f" Sigur  Rós {suffix} ")
    encode(av, tmp_path / "rock/none.m4a", noise, rate=44100)
    for artist in ("tag", "auto"):
        songs = load_songs(tmp_path, artist=artist)
        assert songs.artists == [
            "Sigur Rós m4a",
            "Sigur Rós mkv",
            None,
            "Sigur Rós wma",
        ]


def test_auto_takes_folder_then_name_then_tag(tmp_path):
    write_tagged(tmp_path / "rock/Folder/Name - x.wav", "Tag")
    write_tagged(tmp_path / "rock/Name - x.wav", "Tag")
    write_tagged(tmp_path / "rock/x.wav", "Tag")
    write_tagged(tmp_path / "rock/y.wav", None)
    assert load_songs(tmp_path).artists == ["Folder", "Name", "Tag", None]


def test_auto_opens_a_file_only_if_nothing_else_names_the_artist(tmp_path, monkeypatch):
    opened = []

    def spy(path):
        opened.append(Path(os.fsdecode(path)).name)
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


# -- errors ---------------------------------------------------------------------------


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


def test_folder_without_songs_says_what_it_found(tmp_path, monkeypatch):
    hide_av(monkeypatch)
    touch(tmp_path, "rock/x.m4a", "rock/y.M4A", "rock/notes")
    with pytest.raises(ValueError, match=r"\.m4a \(2\), no extension \(1\)") as e:
        load_songs(tmp_path)
    assert 'pip install "skgenre[av]"' in str(e.value)


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


# -- real songs -----------------------------------------------------------------------


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


def test_parameters_are_keyword_only(tmp_path):
    with pytest.raises(TypeError):
        load_songs(tmp_path, "auto")


def hide_av(monkeypatch):
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "av" else real(name)
    )


def test_a11_audio_that_is_left_out_is_said_once_with_counts(tmp_path, monkeypatch):
    hide_av(monkeypatch)
    touch(
        tmp_path,
        *("rock/a.mp3", "rock/b.m4a", "rock/c.M4A", "jazz/d.wav", "jazz/e.wma"),
        *("jazz/cover.jpg", "jazz/notes.txt"),
    )
    with pytest.warns(UserWarning, match="look like audio") as caught:
        songs = load_songs(tmp_path)
    assert len(songs.data) == 2
    assert [str(warning.message) for warning in caught] == [
        f"Left out 3 files of {str(tmp_path)!r} that look like audio but have none of "
        "the extensions of songs: .m4a (2), .wma (1). Read them with PyAV: pip install "
        '"skgenre[av]", or convert them.'
    ]
    assert Path(caught[0].filename).name == "test_load_songs.py"


def test_a11_one_file_that_is_left_out(tmp_path):
    touch(tmp_path, "rock/a.mp3", "rock/b.caf")
    with pytest.warns(UserWarning, match="Left out 1 file of .* that looks like"):
        load_songs(tmp_path)
    # Whoever names extensions has chosen.
    assert len(load_songs(tmp_path, extensions=[".caf"]).data) == 1


def test_a11_with_pyav_m4a_are_songs(tmp_path):
    pytest.importorskip("av")
    touch(tmp_path, "rock/a.mp3", "rock/b.m4a", "rock/c.wma")
    assert len(load_songs(tmp_path).data) == 3


def test_a11_one_genre_in_two_spellings_of_unicode(tmp_path):
    composed = "Chans\u00f3n"
    decomposed = unicodedata.normalize("NFD", composed)
    touch(tmp_path, f"{composed}/a.wav", f"{decomposed}/b.wav", "rock/c.wav")
    songs = load_songs(tmp_path)
    assert songs.target_names == [composed, "rock"]
    assert sorted(songs.target.tolist()) == [composed, composed, "rock"]
    # On some systems the two are one folder; paths are as they are found there.
    assert all(Path(path).exists() for path in songs.data)


def test_b9_resource_forks_are_no_songs(tmp_path):
    names = ("rock/._song.mp3", "rock/song.mp3", ".AppleDouble/song.mp3")
    touch(tmp_path, *names, "__MACOSX/rock/._song.mp3", "__MACOSX/song.mp3")
    assert load_songs(tmp_path).data == [str(tmp_path / "rock" / "song.mp3")]


@pytest.mark.skipif(os.name == "nt" or sys.platform == "darwin", reason="UTF-8 only")
def test_b3_a_name_that_is_no_utf8(tmp_path):
    touch(tmp_path, "rock/a.wav")
    folder = os.fsencode(tmp_path / "rock")
    for name in (b"caf\xe9.wav", b"caf\xe9 - b.wav"):
        Path(os.fsdecode(folder + b"/" + name)).touch()
    songs = load_songs(tmp_path)
    assert len(songs.data) == 3
    assert all(Path(path).exists() for path in songs.data)
    # What is shown and saved is text; paths are as Python keeps them.
    assert set(songs.groups.tolist()) == {
        "unknown: rock/a.wav",
        r"unknown: rock/caf\xe9.wav",
        r"caf\xe9",
    }
    songs.DESCR.encode()


@pytest.mark.parametrize("dash", ["-", "\u2013", "\u2014"])
def test_c_dashes_between_artist_and_title(tmp_path, dash):
    touch(tmp_path, f"rock/07 {dash} Red{dash}Owls {dash} Rain.wav", "rock/x-y.wav")
    assert load_songs(tmp_path).artists == [f"Red{dash}Owls", None]


def test_c_a_flat_folder_to_predict_needs_no_genres(tmp_path):
    touch(tmp_path, "a.wav", "b.wav")
    with pytest.raises(ValueError, match="no genres are needed: give their paths"):
        load_songs(tmp_path)


def test_a_bar_while_tags_are_read(tmp_path, monkeypatch, capsys):
    module = sys.modules["skgenre.datasets._load_songs"]
    monkeypatch.setattr(module, "with_bar", partial(with_bar, patience=0.0))
    touch(tmp_path, "rock/a.wav", "jazz/b.wav")
    silent = load_songs(tmp_path)
    assert capsys.readouterr().err == ""
    assert load_songs(tmp_path, verbose=1).data == silent.data
    assert "looking for artists: 100%" in capsys.readouterr().err
