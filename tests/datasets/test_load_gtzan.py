import re
import shutil
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from song_files import touch

from skgenre.datasets import load_gtzan
from skgenre.datasets._load_gtzan import GENRES, REPETITIONS

ROOTS = [".", "genres_original", "genres", "Data/genres_original", "audio"]


@pytest.mark.parametrize("root", ROOTS)
@pytest.mark.parametrize("extension", ["wav", "au"])
def test_layouts(tmp_path, root, extension):
    below = [f"blues/blues.00000.{extension}", f"rock/rock.00016.{extension}"]
    noise = ["blues/._blues.00000.wav", "blues/notes.txt", "images_original/x.png"]
    touch(tmp_path / root, *below, *noise, "blues/blues.0.wav", "polka/polka.00000.wav")
    songs = load_gtzan(tmp_path)
    assert songs.names == below
    assert songs.data == [str(tmp_path / root / name) for name in below]
    assert songs.target.tolist() == ["blues", "rock"]
    assert songs.split is None
    assert songs.folds is None
    assert songs.unit == ("song", "artist", "genre")
    assert_array_equal(songs.groups, ["unknown: blues.00000", "unknown: rock.00016"])


def test_the_folder_of_genres_itself(tmp_path):
    touch(tmp_path / "genres", "jazz/jazz.00001.au")
    assert load_gtzan(tmp_path / "genres").names == ["jazz/jazz.00001.au"]


def write_split(folder, **parts):
    for part, stems in parts.items():
        lines = [f"{stem.partition('.')[0]}/{stem}.wav" for stem in stems]
        (folder / f"{part}_filtered.txt").write_text("\n".join(lines) + "\n\n")


@pytest.fixture
def folder(tmp_path):
    names = ["disco.00050", "disco.00051", "disco.00070", "reggae.00086", "pop.00000"]
    genres = tmp_path / "genres_original"
    return touch(genres, *(f"{n.partition('.')[0]}/{n}.wav" for n in names)).parent


def test_faults_and_groups_by_hand(folder):
    songs = load_gtzan(folder)
    assert songs.faults == {
        "disco/disco.00050.wav": (
            "It is the same recording as disco.00051 and disco.00070 (Sturm 2013)."
        ),
        "disco/disco.00051.wav": (
            "It is the same recording as disco.00050 and disco.00070 (Sturm 2013)."
        ),
        "disco/disco.00070.wav": (
            "It is the same recording as disco.00050 and disco.00051 (Sturm 2013)."
        ),
        "reggae/reggae.00086.wav": (
            "All but 5 seconds of it are distorted (Sturm 2012)."
        ),
    }
    assert songs.groups.tolist() == [
        *["recording disco.00050"] * 3,
        "unknown: pop.00000",
        "unknown: reggae.00086",
    ]
    assert songs.artists == [None] * 5
    assert "4 songs have known faults" in songs.DESCR


def test_one_recording_under_two_genres(tmp_path):
    touch(tmp_path, "metal/metal.00058.wav", "rock/rock.00016.wav")
    songs = load_gtzan(tmp_path)
    assert songs.groups.tolist() == ["recording metal.00058"] * 2
    assert "same recording as metal.00058" in songs.faults["rock/rock.00016.wav"]


def test_artists_out_of_a_table_beside_them(folder):
    table = folder / "songs.csv"
    table.write_text("song,artist,split\ndisco.00070,A,train\npop.00000,B,\n")
    songs = load_gtzan(folder)
    assert songs.artists == [None, None, "A", "B", None]
    # A recording has one artist, wherever its name stands.
    assert songs.groups.tolist() == [*"AAAB", "unknown: reggae.00086"]
    assert songs.split.tolist() == ["", "", "train", "", ""]


@pytest.mark.parametrize("where", [".", "genres_original", "elsewhere", "mapping"])
def test_split_files(folder, where):
    place = folder if where == "mapping" else folder / where
    place.mkdir(exist_ok=True)
    write_split(place, train=["disco.00050", "blues.00001"], test=["pop.00000"])
    given = {
        "elsewhere": place,
        "mapping": {part: place / f"{part}_filtered.txt" for part in ("train", "test")},
    }.get(where)
    songs = load_gtzan(folder, split_files=given)
    assert songs.split.tolist() == ["train", "", "", "test", ""]
    train = load_gtzan(folder, split="train", split_files=given)
    assert train.names == ["disco/disco.00050.wav"]
    assert list(train.faults) == train.names
    assert len(train.groups) == len(train.target) == len(train.split) == 1


def test_songs_that_the_split_leaves_out_are_marked(folder):
    touch(folder / "genres_original", "pop/pop.00001.wav")
    write_split(folder, train=["pop.00000"])
    faults = load_gtzan(folder).faults
    assert faults["pop/pop.00001.wav"] == "The files of the split leave it out."
    assert "pop/pop.00000.wav" not in faults
    assert faults["reggae/reggae.00086.wav"].startswith("All but 5 seconds")


def test_what_is_wrong_is_said(folder, tmp_path):
    with pytest.raises(ValueError, match="expected None, as no split is known"):
        load_gtzan(folder, split="train")
    write_split(folder, train=["pop.00000"])
    with pytest.raises(ValueError, match="Got split='dev', but expected one of"):
        load_gtzan(folder, split="dev")
    with pytest.raises(FileNotFoundError, match="expected a folder of files such as"):
        load_gtzan(folder, split_files=tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match="expected an existing file of names"):
        load_gtzan(folder, split_files={"train": tmp_path / "nowhere.txt"})
    (folder / "train_filtered.txt").write_text("pop/pop.00000.wav\nhello\n")
    with pytest.raises(ValueError, match="Got 'hello' in line 2 of"):
        load_gtzan(folder)
    with pytest.raises(ValueError, match="expected songs of GTZAN in it"):
        load_gtzan(touch(tmp_path / "other", "rock/a.wav"))
    with pytest.raises(FileNotFoundError, match="expected an existing folder"):
        load_gtzan(tmp_path / "gone")
    touch(folder / "genres_original", "pop/pop.00000.au")
    with pytest.raises(ValueError, match=r"Got pop.00000 several times"):
        load_gtzan(folder)


def test_repetitions_are_what_sturm_counts():
    songs = list(chain.from_iterable(REPETITIONS))
    assert len(songs) == len(set(songs))
    # "50 exact replicas (including one that is in two classes)", Sturm 2012.
    assert sum(len(found) - 1 for found in REPETITIONS) == 50
    assert all(re.fullmatch(rf"({'|'.join(GENRES)})\.000\d\d", song) for song in songs)


# -- real songs ------------------------------------------------------------------------


def test_real_songs(data_dir):
    songs = load_gtzan(data_dir / "gtzan3")
    assert len(songs.data) == 195
    assert all(Path(song).is_file() for song in songs.data)
    assert np.unique(songs.split).tolist() == ["train", "valid"]
    assert songs.artists.count(None) == 14
    # They are of the fault-filtered split, so that none is in it twice.
    assert songs.faults is None
    valid = load_gtzan(data_dir / "gtzan3", split="valid")
    assert len(valid.data) == 61
    train = load_gtzan(data_dir / "gtzan3", split="train")
    assert len(train.data) == 134
    assert not set(valid.artists) & set(train.artists) - {None}


def test_the_published_split_has_one_of_each_recording(data_dir):
    split = [
        Path(line).stem
        for part in ("train", "valid", "test")
        for line in (data_dir / "gtzan3" / f"{part}_filtered.txt")
        .read_text()
        .splitlines()
    ]
    for songs in REPETITIONS:
        assert sum(song in split for song in songs) <= 1
    assert "reggae.00086" not in split


def test_the_broken_file_of_kaggle(data_dir, tmp_path):
    touch(tmp_path, "genres_original/jazz/jazz.00000.wav")
    path = tmp_path / "genres_original" / "jazz" / "jazz.00054.wav"
    shutil.copy(data_dir / "bad" / "jazz.00054.wav", path)
    faults = load_gtzan(tmp_path).faults
    assert "samples without a header" in faults["jazz/jazz.00054.wav"]
    path.write_bytes(b"RIFF and so on")  # mended
    assert load_gtzan(tmp_path).faults is None
