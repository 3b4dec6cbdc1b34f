import numpy as np
import pytest
from sklearn.utils import Bunch

from skgenre.review import Review, ReviewRow, read_review


def songs():
    return Bunch(
        data=["a", "b", "c"], names=["a", "b", "c"], target=np.array(["x", "x", "y"])
    )


def test_decisions_of_before_stay():
    earlier = Review(
        (
            ReviewRow(1, "b", "x", decision="right", decided_by="Ann", reasons="old"),
            ReviewRow(2, "c", "y", decision="unsure", comment="live", reasons="old"),
            ReviewRow(3, "z", "y", decision="leave out", extra=(("loud", "yes"),)),
            ReviewRow(4, "d", "y", reasons="old"),
        )
    )
    new = Review(
        tuple(ReviewRow(i, name, reasons="new") for i, name in enumerate("bac", 1)),
        n_songs=7,
    )
    merged = new.with_decisions(earlier)
    # Open ones first, then those decided, also one that is no longer worth a look. What
    # nobody had touched is not kept.
    assert [row.song for row in merged] == ["a", "c", "b", "z"]
    assert [row.rank for row in merged] == [1, 2, 3, 4]
    assert [row.reasons for row in merged] == ["new", "new", "old", ""]
    assert (merged.rows[1].decision, merged.rows[1].comment) == ("unsure", "live")
    assert merged.rows[2].decided_by == "Ann"
    assert merged.rows[3].extra == (("loud", "yes"),)
    assert merged.n_songs == 7


def test_again_and_again_through_files(tmp_path):
    path = tmp_path / "review.csv"
    new = Review((ReviewRow(1, "a", "x", reasons="why"), ReviewRow(2, "b", "x")))
    decided = (
        ReviewRow(1, "a", "x", decision="relabel", new_label="y", decided_by="Ann"),
    )
    Review(decided).save(path)
    for _ in range(3):
        new.with_decisions(read_review(path)).save(path)
    rows = read_review(path).rows
    assert [(row.rank, row.song, row.new_label) for row in rows] == [
        (1, "b", ""), (2, "a", "y"),
    ]  # fmt: skip


def test_apply_warns_of_what_is_odd():
    review = Review((ReviewRow(1, "a", "x", decision="relabel", new_label="yy"),))
    with pytest.warns(UserWarning, match="new label 'yy'.* Is 'y' meant"):
        assert review.apply(songs()).target.tolist() == ["yy", "x", "y"]


def test_nothing_decided_changes_nothing():
    new = Review((ReviewRow(1, "a", "x"),)).apply(songs())
    assert new.target.tolist() == ["x", "x", "y"]


def test_it_is_a_sequence_of_rows():
    rows = (ReviewRow(1, "a"), ReviewRow(2, "b", decision="right"))
    review = Review(rows)
    assert (len(review), tuple(review)) == (2, rows)
    assert repr(review) == "Review(n_rows=2, n_decided=1)"


def test_as_a_table():
    pytest.importorskip("pandas")
    rows = (ReviewRow(1, "a", extra=(("loud", "yes"),)), ReviewRow(2, "b"))
    frame = Review(rows).to_frame()
    assert frame["song"].tolist() == ["a", "b"]
    assert frame["loud"].tolist()[0] == "yes"
    assert list(Review(()).to_frame().columns) == list(rows[1].to_dict())
