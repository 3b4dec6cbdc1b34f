import os
import re
import shutil
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import soundfile
from numpy.testing import assert_array_equal
from sklearn.model_selection import GroupKFold, PredefinedSplit
from song_files import touch

from skgenre import FrameWindower
from skgenre.audio import Excerpt
from skgenre.datasets import load_table

ROWS = """file,Genre,Artist,fold,split
rock/x.wav,rock,007,1,train
jazz/y.wav,jazz,,2,test
jazz/z.wav,jazz,7,1,
"""


@pytest.fixture
def folder(tmp_path):
    return touch(tmp_path, "rock/x.wav", "jazz/y.wav", "jazz/z.wav")


def write(folder, text, name="songs.csv"):
    path = folder / name
    path.write_text(text)
    return path


def test_by_hand(folder):
    songs = load_table(write(folder, ROWS))
    files = ["rock/x.wav", "jazz/y.wav", "jazz/z.wav"]
    assert songs.data == [str(folder / name) for name in files]
    assert songs.names == files
    assert songs.target.tolist() == ["rock", "jazz", "jazz"]
    assert songs.target_names == ["jazz", "rock"]
    assert songs.artists == ["007", None, "7"]
    assert songs.groups.tolist() == ["007", "unknown: jazz/y.wav", "7"]
    assert_array_equal(songs.folds, [1, 2, 1])
    assert songs.folds.dtype == int
    assert songs.split.tolist() == ["train", "test", ""]
    assert songs.faults is None
    assert songs.unit == ("song", "artist", "genre")
    assert "label 'Genre', group 'Artist'" in songs.DESCR
    assert PredefinedSplit(songs.folds).get_n_splits() == 2


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame, pa.table])
def test_tables_in_memory(folder, library, monkeypatch):
    columns = {
        "path": ["rock/x.wav", "jazz/y.wav", "jazz/z.wav"],
        "label": [1, 2, 1],
        "speaker": ["a", None, "b"],
        "unused": [0.0, 1.0, 2.0],
    }
    songs = load_table(library(columns), root=folder)
    assert songs.data == [str(folder / name) for name in columns["path"]]
    assert songs.target.tolist() == ["1", "2", "1"]
    assert songs.artists == ["a", None, "b"]
    assert songs.unit == ("recording", "group", "class")
    assert "Not used: 'unused'" in songs.DESCR
    monkeypatch.chdir(folder)
    assert load_table(library(columns)).data == columns["path"]


def test_ids_beside_missing_ones_stay_whole_numbers(folder):
    frame = pd.DataFrame(
        {
            "path": ["rock/x.wav", "jazz/y.wav", "jazz/z.wav"],
            "label": ["a", "b", "nan "],
            "patient": [7, None, np.nan],
        }
    )
    with pytest.raises(ValueError, match=r"nothing for the label in 1 of 3 rows \(3;"):
        load_table(frame, root=folder)
    songs = load_table(frame, root=folder, label=None)
    assert songs.artists == ["7", None, None]
    assert songs.target is None


@pytest.mark.parametrize(
    ("cells", "folds"),
    [(["0", "3"], [0, 3]), (["1.0", "0.0"], [1, 0]), (["b", "a"], [2, 1])],
)
def test_folds(folder, cells, folds):
    frame = {"path": ["rock/x.wav", "jazz/y.wav"], "label": ["a", "b"], "fold": cells}
    assert load_table(pd.DataFrame(frame), root=folder).folds.tolist() == folds


def test_named_columns_and_columns_not_wanted(folder):
    text = "f,what,who,k\nrock/x.wav,a,u,fold2\njazz/y.wav,b,u,fold10\n"
    path = write(folder, text)
    songs = load_table(path, path="f", label="what", group="who", fold="k")
    assert songs.target.tolist() == ["a", "b"]
    assert songs.groups.tolist() == ["u", "u"]
    assert songs.folds.tolist() == [1, 2]
    assert "Folds: 1 is 'fold2', 2 is 'fold10'" in songs.DESCR
    assert songs.split is None
    songs = load_table(write(folder, ROWS), label=None, group=None, fold=None)
    assert songs.target is songs.groups is songs.folds is None
    assert songs.artists == [None, None, None]


@pytest.mark.parametrize(
    ("text", "parameters", "message"),
    [
        ("a,b\nx,y\n", {}, "but expected one of 'path', 'file', 'filename'"),
        ("path,b\nx,y\n", {}, "for the label. Name it with label=..., or set label="),
        ("path,label\nx,y\n", {"group": "who"}, "Got group='who', but expected a col"),
        ("file,filename,label\nx,y,z\n", {}, "several columns that may be the path"),
        ("path,genre,species\nx,y,z\n", {}, "may be the label: 'genre', 'species'"),
        ("path,label,artist,patient\nx,y,z,w\n", {}, "or group=None for none"),
        ("path,label\nx,\ny,b\nz, \n", {}, "the label in 2 of 3 rows (1, 3; the first"),
        ("path,label\n,a\ny,b\n", {}, "nothing for the path in 1 of 2 rows (1;"),
        ("path,label,fold\nx,a,1\ny,b,\n", {}, "the fold in 1 of 2 rows (2;"),
        ("path,label,start\nx,a,1\n", {}, "but expected a column for the end, too."),
        ("path,label,end\nx,a,1\n", {}, "but expected a column for the start, too."),
    ],
)
def test_what_is_wrong_is_named(tmp_path, text, parameters, message):
    touch(tmp_path, "x", "y", "z")
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        load_table(write(tmp_path, text), **parameters)
    assert "songs.csv" in str(caught.value)


def test_missing_files_keep_their_rows(folder):
    path = write(folder, "path,label\nrock/x.wav,a\nrock/gone.wav,b\njazz/y.wav,b\n")
    with pytest.warns(UserWarning, match=r"1 of 3 files .* missing: .*gone.wav"):
        songs = load_table(path)
    assert songs.names == ["rock/x.wav", "rock/gone.wav", "jazz/y.wav"]
    with pytest.raises(
        FileNotFoundError, match="none of 3 is there, such as"
    ) as caught:
        load_table(path, root=folder / "elsewhere")
    assert "root=..." in str(caught.value)


def test_absolute_paths_and_those_of_windows(folder, tmp_path):
    text = f"path,label\n{folder / 'rock' / 'x.wav'},a\njazz\\y.wav,b\n./jazz/z.wav,c\n"
    songs = load_table(write(tmp_path, text))
    assert [Path(song).exists() for song in songs.data] == [True] * 3
    assert songs.names[1:] == ["jazz/y.wav", "jazz/z.wav"]


def test_one_song_twice(folder):
    path = write(folder, "path,label\nrock/x.wav,a\njazz/y.wav,b\nrock/x.wav,a\n")
    with pytest.warns(UserWarning, match=r"1 songs stand in several rows"):
        songs = load_table(path)
    assert songs.groups.tolist() == ["rock/x.wav", "jazz/y.wav", "rock/x.wav"]
    path = write(folder, "path,label\nrock/x.wav,a\njazz/y.wav,b\nrock/x.wav,b\n")
    with pytest.raises(ValueError, match=r"'a', 'b' in the rows 1, 3 \("):
        load_table(path)


# -- excerpts --------------------------------------------------------------------------


def test_excerpts_by_hand(folder):
    text = (
        "path;label;Start;End\n"
        "rock/x.wav;a;0;1,5\n"
        "rock/x.wav;b;1,5;3\n"
        "jazz/y.wav;a;2;\n"
        "jazz/z.wav;b;;\n"
    )
    songs = load_table(write(folder, text))
    files = ["rock/x.wav", "rock/x.wav", "jazz/y.wav", "jazz/z.wav"]
    _, x, y, z = (str(folder / name) for name in files)
    assert songs.data == [Excerpt(x, 0, 1.5), Excerpt(x, 1.5, 3), Excerpt(y, 2), z]
    assert songs.names == [
        "rock/x.wav [0.0 to 1.5 s]",
        "rock/x.wav [1.5 to 3.0 s]",
        "jazz/y.wav [from 2.0 s]",
        "jazz/z.wav",
    ]
    assert songs.groups.tolist() == files
    assert songs.artists == [None] * 4
    assert "Groups are files: excerpts of one file are one group" in songs.DESCR
    for train, test in GroupKFold(2).split(files, groups=songs.groups):
        assert not {files[i] for i in train} & {files[i] for i in test}


def test_times_of_other_kinds(folder):
    frame = pd.DataFrame(
        {
            "path": ["rock/x.wav", "jazz/y.wav"],
            "label": ["a", "b"],
            "onset": [timedelta(seconds=1), timedelta(seconds=2.5)],
            "stop": [3, None],
        }
    )
    songs = load_table(frame, root=folder)
    assert [(song.start, song.end) for song in songs.data] == [(1, 3), (2.5, None)]
    raven = (
        "Begin File\tBegin Time (s)\tEnd Time (s)\tSpecies\nrock/x.wav\t1\t2\tfrog\n"
    )
    songs = load_table(write(folder, raven, "a.txt"), path="Begin File")
    assert songs.data[0] == Excerpt(folder / "rock/x.wav", 1, 2)
    text = "path,label,start,end\nrock/x.wav,a,00:00:01,2\n"
    with pytest.raises(ValueError, match=r"'00:00:01' in the column 'start' .* row 1"):
        load_table(write(folder, text))


def test_only_starts_or_ends_if_said(folder):
    path = write(folder, "path,label,start,end\nrock/x.wav,a,1,2\njazz/y.wav,b,2,3\n")
    starts = load_table(path, end=None).data
    assert [(song.start, song.end) for song in starts] == [(1, None), (2, None)]
    ends = load_table(path, start=None).data
    assert [(song.start, song.end) for song in ends] == [(0, 2), (0, 3)]
    assert load_table(path, start=None, end=None).data[0] == str(folder / "rock/x.wav")


def test_an_excerpt_without_a_start_is_an_error_of_that_song(folder):
    path = write(folder, "path,label,start,end\nrock/x.wav,a,,2\njazz/y.wav,b,2,3\n")
    song = load_table(path).data[0]
    assert np.isnan(song.start)
    windower = FrameWindower(on_error="warn")
    with pytest.warns(UserWarning, match="starts at nan s, but expected 0 or more"):
        windower.fit_transform([song]).load()


def test_excerpts_with_groups(folder):
    text = "path,label,speaker,start,end\n{0},a,{1},0,1\n{0},b,{2},1,2\n"
    same = write(folder, text.format("rock/x.wav", "", ""))
    assert load_table(same).groups.tolist() == ["rock/x.wav"] * 2
    torn = write(folder, text.format("rock/x.wav", "s", "t"))
    with pytest.warns(UserWarning, match="1 files are in several groups"):
        assert load_table(torn).groups.tolist() == ["s", "t"]
    other = (
        text.format("rock/x.wav", "s", "s") + "jazz/y.wav,a,,0,1\njazz/y.wav,a,,1,2\n"
    )
    found = load_table(write(folder, other)).groups.tolist()
    assert found == ["s", "s", "unknown: jazz/y.wav", "unknown: jazz/y.wav"]


def test_excerpts_are_read(tmp_path):
    y = np.linspace(-0.5, 0.5, 8000).astype(np.float32)
    soundfile.write(tmp_path / "a.wav", y, 1000, subtype="FLOAT")
    path = write(tmp_path, "path,label,start,end\na.wav,x,1,3\na.wav,y,5.5,8\n")
    windows = FrameWindower(1.0, hop_seconds=1.0, sample_rate=1000)
    found = windows.fit_transform(load_table(path).data).load()
    assert_array_equal(found.starts, [1, 2, 5.5, 6.5])
    for start, window in zip(found.starts, found.values, strict=True):
        assert_array_equal(window, y[int(1000 * start) :][:1000])


# -- real tables -----------------------------------------------------------------------


def test_real_tables(data_dir):
    songs = load_table(data_dir / "gtzan3" / "songs.csv")
    assert len(songs.data) == 195
    assert all(Path(song).is_file() for song in songs.data)
    assert songs.artists.count(None) == 14
    assert {*songs.split} == {"train", "valid"}
    assert songs.unit.group == "artist"
    clips = load_table(data_dir / "esc10" / "clips.csv")
    assert_array_equal(np.bincount(clips.folds), [0, 80, 80, 80, 80, 80])
    assert len({*clips.groups}) == 304
    voices = load_table(data_dir / "emodb" / "clips.csv")
    assert {*voices.groups} == {f"{n:02d}" for n in (3, *range(8, 17))}


@pytest.mark.skipif(os.name == "nt", reason="names of files are bytes on POSIX")
def test_a_table_elsewhere(folder, tmp_path):
    other = tmp_path / "tables"
    other.mkdir()
    shutil.copy(write(folder, ROWS), other)
    assert load_table(other / "songs.csv", root=folder).names[0] == "rock/x.wav"
