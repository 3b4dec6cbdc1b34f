from skgenre.review import ReviewRow
from skgenre.review._review_row import COLUMNS


def test_open_until_somebody_decides():
    is_open = {
        decision: ReviewRow(1, "a", decision=decision).is_open
        for decision in ("", "unsure", "right", "relabel", "leave out")
    }
    assert is_open == {
        "": True, "unsure": True, "right": False, "relabel": False, "leave out": False,
    }  # fmt: skip


def test_touched_by_whatever_somebody_wrote():
    assert not ReviewRow(1, "a", "rock", "jazz", 0.9, reasons="why").is_touched
    assert not ReviewRow(1, "a", extra=(("loud", ""),)).is_touched
    assert ReviewRow(1, "a", comment="live").is_touched
    assert ReviewRow(1, "a", decision="unsure").is_touched
    assert ReviewRow(1, "a", extra=(("loud", "yes"),)).is_touched


def test_columns_in_their_order_and_those_of_others_behind():
    assert COLUMNS == (
        "rank", "song", "label", "verdict", "confidence", "second",
        "second_confidence", "reasons", "copy_of", "decision", "new_label",
        "decided_by", "decided_at", "comment",
    )  # fmt: skip
    row = ReviewRow(3, "a", extra=(("loud", "yes"),)).to_dict()
    assert list(row) == [*COLUMNS, "loud"]
    assert (row["rank"], row["loud"]) == (3, "yes")
