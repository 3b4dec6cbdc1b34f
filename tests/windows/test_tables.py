import sys

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from skgenre import FrameWindower, SongWindows
from skgenre.windows._tables import columns_of, windows_table

RATE = 100


# -- columns of a table ---------------------------------------------------------------


@pytest.fixture
def table():
    return pd.DataFrame(
        {
            "name": ["b", "a", "b"],
            "label": ["rock", "jazz", "rock"],
            "from": [0.0, 0.0, 3.0],
            "to": [3.0, 3.0, 6.0],
            "x": [1, 2, 3],
            "y": [True, False, True],
        }
    )


def taken(table, **names):
    missing = dict.fromkeys(["label", "start", "end", "features"])
    return columns_of(table, **{"song": "name", **missing, **names})


def test_columns_by_hand(table):
    columns = taken(table, label="label", start="from", end="to")
    assert columns.feature_names == ["x", "y"]
    assert columns.values.tolist() == [[1, True], [2, False], [3, True]]
    assert columns.songs == ["b", "a", "b"]
    assert columns.labels.tolist() == ["rock", "jazz", "rock"]
    assert columns.starts.tolist() == [0, 0, 3]
    assert columns.window_seconds == 3


def test_only_the_features_asked_for(table):
    columns = taken(table, features=["x", "from"])
    assert columns.feature_names == ["x", "from"]
    assert columns.values.tolist() == [[1, 0], [2, 0], [3, 3]]
    assert columns.labels is columns.starts is columns.window_seconds is None


def test_songs_beside_the_table(table):
    songs = np.array([7, 8, 7])
    columns = taken(table.drop(columns=["name", "label"]), song=songs)
    assert columns.songs is songs
    assert columns.feature_names == ["from", "to", "x", "y"]


@pytest.mark.parametrize(
    ("ends", "seconds"),
    [
        ([3, 3, 6], 3.0),
        ([3, 3 + 1e-7, 6], 3.0),  # as far as numbers written as text can tell
        ([3, 3.1, 6], None),
        ([np.nan, 3, 6], None),
    ],
)
def test_windows_of_one_length(table, ends, seconds):
    columns = taken(table.assign(to=ends), label="label", start="from", end="to")
    assert columns.window_seconds == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"song": "title"}, "no column 'title'. Got the columns ['name', 'label', "),
        ({"label": "genre"}, "no column 'genre'"),
        ({"start": "begin"}, "no column 'begin'"),
        ({"features": ["x", "z"]}, "no column 'z'"),
        ({}, "column(s) ['label'] do not hold numbers. Drop them from the table"),
    ],
)
def test_columns_that_are_not_there(table, names, message):
    with pytest.raises(ValueError, match="column") as caught:
        taken(table, **names)
    assert message in str(caught.value)


# -- tables made ----------------------------------------------------------------------


def made(**parameters):
    defaults = {
        "songs": np.array(["a", "b"]),
        "starts": np.array([0.0, 1.5]),
        "ends": np.array([2.0, 3.5]),
        "values": np.array([[1, 2], [3, 4]]),
        "feature_names": None,
        "caller": "to_frame",
    }
    return windows_table(**{**defaults, **parameters})


def test_tables_by_hand():
    expected = pd.DataFrame(
        {
            "song": ["a", "b"],
            "start": [0.0, 1.5],
            "end": [2.0, 3.5],
            "feature_0": [1, 3],
            "feature_1": [2, 4],
        }
    )
    pd.testing.assert_frame_equal(made(), expected, check_dtype=False)
    names = np.array(["low", "high"])
    assert made(feature_names=names).columns.tolist()[3:] == ["low", "high"]
    assert made(values=None).columns.tolist() == ["song", "start", "end"]
    # Matrices are flattened row by row.
    matrices = made(values=np.arange(12).reshape(2, 2, 3))
    assert matrices.loc[1, "feature_0":"feature_5"].tolist() == [6, 7, 8, 9, 10, 11]


def test_without_pandas(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ModuleNotFoundError, match=r"to_frame needs pandas.*\[plot\]"):
        made()


# -- through SongWindows --------------------------------------------------------------


def test_table_there_and_back():
    table = pd.DataFrame(
        {
            "name": ["b", "a", "b"],
            "label": ["rock", "jazz", "rock"],
            "from": [0.0, 0.0, 3.0],
            "to": [3.0, 3.0, 6.0],
            "mfcc1": [1.0, 2.0, 3.0],
            "mfcc2": [4.0, 5.0, 6.0],
        }
    )
    w, y = SongWindows.from_frame(
        table, song="name", label="label", start="from", end="to"
    )
    assert_array_equal(y, ["rock", "jazz"])
    assert w.window_seconds == 3
    frame = w.to_frame()
    assert frame.columns.tolist() == ["song", "start", "end", "mfcc1", "mfcc2"]
    assert_array_equal(frame["song"], ["b", "b", "a"])
    assert_array_equal(frame["end"], [3, 6, 3])
    again = SongWindows.from_frame(frame, song="song", start="start", end="end")
    assert again == w


def test_table_errors_name_the_column():
    table = pd.DataFrame({"name": ["a"], "label": ["rock"], "x": [1.0]})
    with pytest.raises(ValueError, match="no column 'song'"):
        SongWindows.from_frame(table, song="song")
    with pytest.raises(
        ValueError, match=r"column\(s\) \['label'\] do not hold numbers"
    ):
        SongWindows.from_frame(table, song="name")


def test_table_of_audio_and_of_matrices():
    audio = FrameWindower(1.0, sample_rate=RATE).fit_transform([np.arange(150.0) / 150])
    assert audio.to_frame().to_numpy().tolist() == [[0, 0.0, 1.0], [0, 0.5, 1.5]]
    w = SongWindows(np.zeros((2, 2, 3)), [2])
    assert w.to_frame().columns[-1] == "feature_5"


def test_real_window_table(data_dir):
    table = pd.read_csv(data_dir / "gtzan3" / "features_3_sec.csv")
    song = table["filename"].str.rsplit(".", n=2).str[0]
    w, y = SongWindows.from_frame(
        table.drop(columns=["filename", "length"]), song=song, label="label"
    )
    assert len(w) == 195
    assert w.n_windows == 1948
    assert w.window_shape == (57,)
    assert sorted(set(y)) == ["classical", "jazz", "rock"]
    assert_array_equal(w.expand(y)[np.argsort(w.rows)], table["label"])


# -- tables of any library, cells of any kind: found.md B7 -----------------------------


COLUMNS = {"name": ["b", "a", "b"], "label": ["x", "y", "x"], "f": [1.0, 2.0, 3.0]}


TABLES = {
    "pandas": pd.DataFrame,
    "polars": lambda columns: pytest.importorskip("polars").DataFrame(columns),
    "pyarrow": lambda columns: pytest.importorskip("pyarrow").table(columns),
}


@pytest.mark.parametrize("library", TABLES)
def test_tables_of_other_libraries(library):
    table = TABLES[library](COLUMNS)
    windows, y = SongWindows.from_frame(table, song="name", label="label")
    assert windows.song_ids.tolist() == ["b", "a"]
    assert windows.feature_names.tolist() == ["f"]
    assert windows.values.ravel().tolist() == [1, 3, 2]
    assert y.tolist() == ["x", "y"]


def test_truth_values_and_missing_numbers():
    table = pd.DataFrame(
        {
            "name": ["a", "a", "b"],
            "flag": [True, False, None],
            "nullable": pd.array([1.5, None, 2], dtype="Float64"),
            "maybe": pd.array([True, None, False], dtype="boolean"),
            "whole": [1, 2, 3],
        }
    )
    values = SongWindows.from_frame(table, song="name").values
    nan = np.nan
    np.testing.assert_array_equal(
        values, [[1, 1.5, 1, 1], [0, nan, nan, 2], [nan, 2, 0, 3]]
    )


def test_vectors_in_cells_and_as_text(tmp_path):
    table = pd.DataFrame({"name": ["a", "b"], "v": [np.arange(3.0), np.ones(3)]})
    for _ in range(2):
        windows = SongWindows.from_frame(table, song="name")
        assert windows.values.tolist() == [[0, 1, 2], [1, 1, 1]]
        assert windows.feature_names.tolist() == ["v_0", "v_1", "v_2"]
        table.to_csv(tmp_path / "table.csv", index=False)
        table = pd.read_csv(tmp_path / "table.csv")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (
            pd.DataFrame([[1, 2, 3]], columns=["name", "f", "f"]),
            "several columns named",
        ),
        ({"name": ["a"], "f": [1]}, "table of type dict, but expected one of pandas"),
        (pd.DataFrame({"name": ["a"], "t": ["text"]}), r"\['t'\] do not hold numbers"),
        (pd.DataFrame({"name": ["a"]}), "no feature columns"),
        (
            pd.DataFrame({"name": ["a", "b"], "v": [[1.0], [1.0, 2.0]]}),
            r"\['v'\] do not hold numbers",
        ),
        (pd.DataFrame({"name": ["a", None], "f": [1, 2]}), "row 1 is missing"),
    ],
)
def test_tables_that_cannot_be_read(table, message):
    with pytest.raises(ValueError, match=message):
        SongWindows.from_frame(table, song="name")


def test_windows_come_in_the_order_of_time():
    """found.md A6: rows out of order cost an HMM half of its verdicts."""
    table = pd.DataFrame(
        {"name": ["a", "b", "a", "a"], "start": [4.0, 0.0, 0.0, 2.0], "f": [3, 9, 1, 2]}
    )
    windows = SongWindows.from_frame(table, song="name", start="start")
    assert windows[0].ravel().tolist() == [1, 2, 3]
    assert windows.starts.tolist() == [0, 2, 4, 0]
    assert windows.rows.tolist() == [2, 3, 0, 1]


def test_lengths_of_time_become_seconds():
    """found.md A7: 3 s became 3,000,000 s."""
    table = pd.DataFrame(
        {
            "name": ["a", "a"],
            "start": pd.to_timedelta([3, 1], unit="s"),
            "end": pd.to_timedelta([5, 3], unit="s"),
            "f": [1.0, 2.0],
        }
    )
    windows = SongWindows.from_frame(table, song="name", start="start", end="end")
    assert windows.starts.tolist() == [1, 3]
    assert windows.window_seconds == 2
