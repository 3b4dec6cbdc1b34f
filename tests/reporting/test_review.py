import numpy as np
import pytest

from skgenre.reporting._review import COLUMNS, sorted_rows


def test_rows_have_all_columns_and_are_sorted():
    rows = sorted_rows(
        [
            {"rank": np.int64(2), "song": 7, "reasons": "One reason."},
            {"rank": 1, "song": "b", "confidence": np.float64("nan"), "other": 1},
        ]
    )
    assert [tuple(row) for row in rows] == [COLUMNS] * 2
    assert [row["song"] for row in rows] == ["b", "7"]
    assert rows[0]["confidence"] == ""
    assert [row["reasons"] for row in rows] == [[], ["One reason."]]
    assert type(rows[1]["rank"]) is int


@pytest.mark.parametrize("row", [{"song": "a"}, {"rank": 1}])
def test_a_rank_and_a_song_are_needed(row):
    with pytest.raises(ValueError, match="expected a rank and a song"):
        sorted_rows([row])


def test_columns_that_somebody_added_come_behind():
    given = [
        {"rank": 2, "song": "b", "heard at": "home", "other": 1},
        {"rank": 1, "song": "a"},
    ]
    rows = sorted_rows(given, extra=["heard at"])
    assert [tuple(row) for row in rows] == [(*COLUMNS, "heard at")] * 2
    assert [row["heard at"] for row in rows] == ["", "home"]
