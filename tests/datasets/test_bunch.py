import numpy as np

from skgenre.datasets import load_songs, load_table
from skgenre.datasets._bunch import groups_of, make_bunch
from skgenre.datasets._unit import MUSIC, OTHER, plural

KEYS = {
    "data",
    "target",
    "target_names",
    "groups",
    "artists",
    "folds",
    "split",
    "faults",
    "names",
    "unit",
    "DESCR",
}


def test_by_hand():
    songs = make_bunch(
        title="Three songs",
        data=["a.wav", "b.wav", "c.wav"],
        names=["a", "b", "c"],
        target=np.array(["rock", "jazz", "rock"]),
        artists=["A", None, "A"],
        unit=MUSIC,
        faults={},
        notes=["a note"],
    )
    assert songs.keys() == KEYS
    assert songs.target_names == ["jazz", "rock"]
    assert songs.faults is None
    assert songs.DESCR.splitlines() == [
        "Three songs",
        "3 songs, 2 genres, 1 known artists, 1 songs of unknown artists",
        "- jazz: 1 songs, 0 known artists",
        "- rock: 2 songs, 1 known artists",
        "a note",
    ]


def test_without_labels():
    songs = make_bunch(
        title="One",
        data=["a.wav"],
        names=["a"],
        target=None,
        artists=[None],
        unit=OTHER,
        faults={"a": "It is broken."},
    )
    assert songs.target is None
    assert songs.target_names == []
    assert songs.faults == {"a": "It is broken."}
    assert "1 recordings, 0 known groups, 1 recordings of unknown groups" in songs.DESCR


def test_every_loader_gives_the_same_keys(tmp_path):
    (tmp_path / "rock").mkdir()
    (tmp_path / "rock" / "A - x.wav").touch()
    table = tmp_path / "songs.csv"
    table.write_text("path,label\nrock/A - x.wav,rock\n")
    for songs in (load_songs(tmp_path), load_table(table)):
        assert songs.keys() == KEYS
        assert songs.names == ["rock/A - x.wav"]


def test_groups_of_unknown_artists():
    assert groups_of([None, None], ["a", "b"]) is None
    found = groups_of(["A", None, None], ["a", "b", "c"])
    assert found.tolist() == ["A", "unknown: b", "unknown: c"]


def test_words():
    assert [plural(word) for word in (*MUSIC, *OTHER)] == [
        *("songs", "artists", "genres"),
        *("recordings", "groups", "classes"),
    ]
