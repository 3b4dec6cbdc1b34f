import pytest
from sklearn.utils import Bunch

from skgenre.prediction._songs import as_song_list, find_songs


@pytest.fixture
def folder(tmp_path):
    for name in ("a/b.wav", "a/c.MP3", "d.flac", "notes.txt", ".hidden.wav", "[x].wav"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    return tmp_path


def below(folder, songs):
    return [song.removeprefix(f"{folder}/") for song in songs]


def test_folders_files_and_patterns_each_song_once(folder):
    everything = ["[x].wav", "a/b.wav", "a/c.MP3", "d.flac"]
    assert below(folder, find_songs([folder])) == everything
    assert below(folder, find_songs([f"{folder}/d.flac", folder])) == [
        "d.flac", *everything[:3],
    ]  # fmt: skip
    assert below(folder, find_songs([f"{folder}/**/*.wav"])) == ["[x].wav", "a/b.wav"]
    # Notes are left out where no extension was asked for.
    assert below(folder, find_songs([f"{folder}/*"])) == ["[x].wav", "d.flac"]
    assert below(folder, find_songs([f"{folder}/n*.txt"])) == ["notes.txt"]


def test_a_name_that_looks_like_a_pattern(folder):
    assert below(folder, find_songs([f"{folder}/[x].wav"])) == ["[x].wav"]


def test_a_file_that_is_not_there_is_kept_for_its_row():
    assert find_songs(["gone.wav"]) == ["gone.wav"]


def test_nothing_found(folder):
    (folder / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="holds no songs"):
        find_songs([folder / "empty"])
    with pytest.raises(FileNotFoundError, match="found no songs that are called so"):
        find_songs([f"{folder}/*.ogg"])


def test_what_stands_for_songs(folder):
    assert as_song_list(Bunch(data=["x"], target=["y"])) == ["x"]
    assert as_song_list(("x", "y")) == ["x", "y"]
    assert len(as_song_list(str(folder))) == 4
    assert as_song_list(folder / "d.flac") == [str(folder / "d.flac")]
