import csv
import json
import math

import pytest

from skgenre.prediction._table_files import (
    check_table_path,
    safe_cell,
    write_table,
)

ROWS = [
    {"song": "=cmd()", "verdict": "rock", "confidence": 0.123456789, "windows": 3},
    {"song": "caf\udce9.wav", "verdict": None, "confidence": math.nan, "windows": 0},
]


def test_csv_is_safe_to_open_in_a_spreadsheet(tmp_path):
    write_table(ROWS, tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == [
            ["song", "verdict", "confidence", "windows"],
            ["'=cmd()", "rock", "0.123457", "3"],
            ["caf\\xe9.wav", "", "", "0"],
        ]


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\t=1", "\r=1"])
def test_what_a_spreadsheet_would_run(text):
    assert safe_cell(text) == f"'{text}"


def test_numbers_and_other_texts_stay():
    assert safe_cell(-1.5) == -1.5
    assert safe_cell("a-b=c") == "a-b=c"
    assert safe_cell(None) == safe_cell(math.nan) == ""


def test_columns_named_like_a_formula(tmp_path):
    write_table([{"proba": 1.0, "=x": 0.5}], tmp_path / "t.tsv")
    assert (tmp_path / "t.tsv").read_text() == "proba\t'=x\n1\t0.5\n"


@pytest.mark.parametrize("suffix", [".jsonl", ".json"])
def test_json_has_no_nan_and_no_apostrophe(tmp_path, suffix):
    path = tmp_path / f"t{suffix}"
    write_table(ROWS, path)
    text = path.read_text()
    rows = json.loads(text) if suffix == ".json" else [
        json.loads(line) for line in text.splitlines()
    ]  # fmt: skip
    assert rows[0] == ROWS[0]
    assert rows[1] == {
        "song": "caf\\xe9.wav", "verdict": None, "confidence": None, "windows": 0,
    }  # fmt: skip


def test_parquet(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    write_table(ROWS, tmp_path / "t.parquet")
    table = parquet.read_table(tmp_path / "t.parquet")
    assert table.column("song").to_pylist() == ["=cmd()", "caf\\xe9.wav"]
    assert table.column("confidence").to_pylist() == [0.123456789, None]


def test_places_that_cannot_be_are_found_before_the_work(tmp_path):
    with pytest.raises(ValueError, match="ends in one of"):
        check_table_path(tmp_path / "t.xlsx")
    (tmp_path / "f.csv").mkdir()
    with pytest.raises(IsADirectoryError, match="expected a file, such as"):
        check_table_path(tmp_path / "f.csv")
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="cannot be written"):
        check_table_path(tmp_path / "file" / "t.csv")
    assert check_table_path(tmp_path / "new" / "t.csv") == tmp_path / "new" / "t.csv"
    assert (tmp_path / "new").is_dir()
