import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skgenre import SongWindows
from skgenre.windows._timeline import timeline_table

pytest.importorskip("pandas")


def judged(**parameters):
    """Two songs of two windows and one, which a classifier has judged."""
    return SongWindows(
        np.array([[0.9, 0.1], [0.4, 0.6], [0.3, 0.7]]),
        [2, 1],
        song_ids=["help", "so what"],
        **parameters,
    )


def test_by_hand():
    table = timeline_table(
        judged(starts=[0, 2.5, 0], window_seconds=5.0),
        np.array(["rock", "jazz"]),
        np.array(["rock", "jazz"]),
        "timeline",
        attention=np.array([1.0, 2.0, 3.0]),
    )
    expected = {
        "song": ["help", "help", "so what"],
        "start": [0, 2.5, 0],
        "end": [5, 7.5, 5],
        "rock": [0.9, 0.4, 0.3],
        "jazz": [0.1, 0.6, 0.7],
        "attention": [1, 2, 3],
        "verdict": ["rock", "rock", "jazz"],
    }
    assert table.columns.tolist() == list(expected)
    for column, values in expected.items():
        assert table[column].tolist() == values


@pytest.mark.parametrize("name", ["song", "start", "end", "verdict", "attention"])
def test_classes_called_like_columns(name):
    classes = np.array(["jazz", name])
    table = timeline_table(
        judged(), classes, classes, "timeline", attention=np.zeros(3)
    )
    assert table.columns.tolist().count(name) == 1
    assert_array_equal(table[f"class {name}"], [0.1, 0.6, 0.7])


def test_classes_that_are_numbers():
    classes = np.array([-3, 7])
    table = timeline_table(judged(), classes, classes, "timeline")
    assert_array_equal(table[7], [0.1, 0.6, 0.7])
    assert table["verdict"].tolist() == [-3, -3, 7]


def test_times_that_nobody_knows():
    classes = np.array(["a", "b"])
    table = timeline_table(judged(starts=[0, 1, 0]), classes, classes, "timeline")
    assert table["start"].tolist() == [0, 1, 0]
    assert table["end"].isna().all()
    assert timeline_table(judged(), classes, classes, "timeline")["start"].isna().all()


def test_songs_without_windows_have_no_line():
    songs = SongWindows(np.array([[0.2, 0.8]]), [0, 1, 0])
    classes = np.array(["a", "b"])
    table = timeline_table(songs, np.array(["a", "b", "a"]), classes, "timeline")
    assert table["song"].tolist() == [1]
    assert table["verdict"].tolist() == ["b"]
