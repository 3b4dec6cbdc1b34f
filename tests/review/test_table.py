import pytest

from skgenre.review import ReviewRow
from skgenre.review._table import check_review_path, plain_cell, write_rows


def test_spreadsheets_know_the_letters_and_run_nothing(tmp_path):
    path = tmp_path / "sub" / "review.csv"
    row = ReviewRow(1, "=é.wav", "rock", "jazz", 0.123456789, comment="-1").to_dict()
    assert write_rows([row], path) == path
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbfrank,song,label,verdict,confidence,")
    assert content.decode("utf-8-sig").splitlines()[1] == (
        "1,'=é.wav,rock,jazz,0.123457,,,,,,,,,'-1"
    )


def test_columns_of_others_are_kept_where_some_rows_have_none(tmp_path):
    path = tmp_path / "review.csv"
    rows = [ReviewRow(1, "a"), ReviewRow(2, "b", extra=(("loud", "yes"),))]
    write_rows([row.to_dict() for row in rows], path)
    lines = path.read_text("utf-8-sig").splitlines()
    assert [line.rpartition(",")[2] for line in lines] == ["loud", "", "yes"]


def test_a_table_without_rows_has_its_head(tmp_path):
    write_rows([], tmp_path / "review.csv")
    assert (tmp_path / "review.csv").read_text("utf-8-sig").startswith("rank,song,")


@pytest.mark.parametrize("name", ["review.html", "review", "review.xlsx"])
def test_other_names(name, tmp_path):
    with pytest.raises(ValueError, match=r"but expected a name that ends in \.csv"):
        check_review_path(tmp_path / name)


def test_a_folder_is_no_table(tmp_path):
    (tmp_path / "review.csv").mkdir()
    with pytest.raises(IsADirectoryError, match="which is a folder"):
        check_review_path(tmp_path / "review.csv")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("'=a", "=a"), ("'-1", "-1"), ("'@x", "@x"), ("'round", "'round"), ("'", "'"),
     ("", ""), ("=a", "=a"), ("''=a", "''=a")],
)  # fmt: skip
def test_apostrophes_that_were_added_go(cell, expected):
    assert plain_cell(cell) == expected
