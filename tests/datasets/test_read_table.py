import codecs
import json
import re

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from skgenre.datasets._read_table import read_table

ROWS = {"path": ["a.wav", "b, c.wav"], "id": ["007", "010"]}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_csv(tmp_path, delimiter, end):
    rows = [["path", "id"], ["a.wav", "007"], ['"b, c.wav"', "010"], [""]]
    path = tmp_path / "t.csv"
    path.write_bytes(end.join(map(delimiter.join, rows)).encode())
    found = read_table(path)
    assert found.columns == ROWS
    assert found.folder == tmp_path
    assert found.has_decimal_comma == (delimiter == ";")
    assert read_table(str(path)) == found


@pytest.mark.parametrize(
    ("encoding", "bom"),
    [("utf-8", b""), ("utf-8", codecs.BOM_UTF8), ("utf-16", b"")],
)
def test_unicode(tmp_path, encoding, bom):
    path = tmp_path / "t.csv"
    path.write_bytes(bom + "path,genre\na.wav,Bossa Nova é\n".encode(encoding))
    assert read_table(path).columns == {"path": ["a.wav"], "genre": ["Bossa Nova é"]}


@pytest.mark.parametrize(
    ("content", "genre"), [(b"Fad\xf3 \x96", "Fadó \u2013"), (b"\x81\xe9", "\x81é")]
)
def test_what_is_no_utf8_is_said(tmp_path, content, genre):
    path = tmp_path / "t.csv"
    path.write_bytes(b"path,genre\na.wav," + content + b"\n")
    with pytest.warns(UserWarning, match="no UTF-8, and read it as Western European"):
        assert read_table(path).columns["genre"] == [genre]


def test_quotes_line_ends_and_blank_rows(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('"path" , "id",\n\na.wav,"0""7\n8",\n,,\nb.wav,9,\n')
    path.write_text('"path","id",\n\na.wav,"0""7\n8",\n,,\nb.wav,9,\n')
    assert read_table(path).columns == {
        "path": ["a.wav", "b.wav"],
        "id": ['0"7\n8', "9"],
    }


def test_one_column(tmp_path):
    path = tmp_path / "t.txt"
    path.write_text("path\na.wav\n")
    assert read_table(path).columns == {"path": ["a.wav"]}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.csv", "", "expected at least one row"),
        ("t.csv", "path,id\n", "expected at least one row"),
        ("t.csv", "path,id\na,b\na,b,c\n", "with 3 cells in line 3, but expected 2"),
        ("t.csv", "path,id\na\n", "with 1 cells in line 2, but expected 2"),
        ("t.csv", "path,id,id\na,b,c\n", "several columns named 'id'"),
        ("t.json", "{", "but expected JSON"),
        ("t.json", "[1, 2]", "but expected a list of records"),
        ("t.json", "[]", "expected at least one row"),
        ("t.parquet", "PAR", "but expected parquet"),
        ("t.xlsx", "PK", "Save it as CSV (UTF-8) first."),
    ],
)
def test_what_is_no_table(tmp_path, name, content, message):
    (tmp_path / name).write_text(content)
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        read_table(tmp_path / name)
    assert name in str(caught.value)


def test_json_that_is_no_utf8(tmp_path):
    (tmp_path / "t.json").write_bytes(b'[{"path": "\xe9.wav"}]')
    with pytest.raises(ValueError, match="but expected JSON"):
        read_table(tmp_path / "t.json")


def test_no_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="which is no file"):
        read_table(tmp_path / "gone.csv")
    with pytest.raises(FileNotFoundError, match="Read a folder with load_songs"):
        read_table(tmp_path)


def test_json(tmp_path):
    records = [{"path": "a.wav", "id": "007"}, {"path": "b.wav"}]
    columns = {"path": ["a.wav", "b.wav"], "id": ["007", None]}
    lines = "\n".join(map(json.dumps, records)) + "\n"
    for name, text in [
        ("t.json", json.dumps(records)),
        ("t.jsonl", lines),
        ("t.ndjson", lines),
        ("lines.json", lines),
    ]:
        (tmp_path / name).write_text(text)
        assert read_table(tmp_path / name).columns == columns
    (tmp_path / "one.json").write_text('{"path": "a.wav"}')
    assert read_table(tmp_path / "one.json").columns == {"path": ["a.wav"]}


def test_parquet(tmp_path):
    frame = pd.DataFrame(ROWS).astype({"id": "category"})
    frame.to_parquet(tmp_path / "t.parquet")
    found = read_table(tmp_path / "t.parquet")
    assert found.columns == ROWS
    assert found.folder == tmp_path


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame, pa.table])
def test_tables_in_memory(library):
    found = read_table(library(ROWS))
    assert found.columns == ROWS
    assert found.folder is None
    assert found.title.startswith("a table of type ")


def test_no_table_in_memory():
    with pytest.raises(TypeError, match="Got list, but expected the path of a table"):
        read_table([1, 2])
    with pytest.raises(ValueError, match="Collect it first"):
        read_table(pl.LazyFrame(ROWS))
    twice = pd.DataFrame([[1, 2]], columns=["a", "a"])
    with pytest.raises(ValueError, match="several columns named 'a'"):
        read_table(twice)
