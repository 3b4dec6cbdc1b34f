"""Read a table of songs, from a file or another library, as columns of cells."""

import codecs
import csv
import io
import json
import os
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from skgenre._optional import require

_DELIMITERS = ",;\t"
_TEXT = (".csv", ".tsv", ".tab", ".txt")
_LINES = (".jsonl", ".ndjson")
_PARQUET = (".parquet", ".pq")


class Table(NamedTuple):
    """Columns of a table, and where it came from."""

    columns: dict[str, list]  # each of length n_rows
    title: str
    folder: Path | None  # None if it came from memory
    has_decimal_comma: bool = False
    lines: tuple[int, ...] = ()  # of the file, in which rows end; () if it has none


def read_table(table: Any) -> Table:
    """Read a table, whatever form it has.

    Parameters
    ----------
    table : path, or table of pandas, polars, pyarrow or the like
        CSV (comma, semicolon or tab), parquet, or JSON (a list of records, or one a
        line); or a table in memory.

    Returns
    -------
    Table
        With at least one row.

    Raises
    ------
    FileNotFoundError, ValueError, TypeError
        If it is no table, or has no rows.
    """
    read = _from_file(table) if _is_path(table) else _from_memory(table)
    if not read.columns or not len(next(iter(read.columns.values()))):
        raise ValueError(f"Got {read.title}, but expected at least one row in it.")
    return read


def _is_path(table: Any) -> bool:
    return isinstance(table, str | os.PathLike)


def _from_file(table: Any) -> Table:
    path = Path(table).expanduser()
    title = f"the table {str(path)!r}"
    if not path.is_file():
        kind = "a folder" if path.is_dir() else "no file"
        fix = " Read a folder with load_songs." if path.is_dir() else ""
        raise FileNotFoundError(
            f"Got {title}, which is {kind}, but expected CSV, parquet or JSON.{fix}"
        )
    suffix = path.suffix.lower()
    if suffix in _TEXT:
        return _from_csv(path, title)
    if suffix in _PARQUET:
        return _from_parquet(path, title)
    if suffix == ".json" or suffix in _LINES:
        return Table(_json_columns(path, title), title, path.parent)
    fix = " Save it as CSV (UTF-8) first." if suffix.startswith(".xls") else ""
    raise ValueError(
        f"Got {title}, but expected a name that ends in "
        f"{', '.join([*_TEXT, *_PARQUET, '.json', *_LINES])}.{fix}"
    )


# -- CSV ------------------------------------------------------------------------------


def _from_csv(path: Path, title: str) -> Table:
    text = _decoded(path.read_bytes(), title)
    delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        header = [name.strip() for name in next(reader, [])]
        rows = [(reader.line_num, row) for row in reader if any(row)]
    except csv.Error as error:
        raise ValueError(
            f"Got {title}, but expected CSV: {error} in line {reader.line_num}."
        ) from None
    _check_names(header, title)
    for line, row in rows:
        # Some writers end each row with a delimiter.
        if any(row[len(header) :]) or len(row) < len(header):
            raise ValueError(
                f"Got {title} with {len(row)} cells in line {line}, but expected "
                f"{len(header)}, as in its first line. Put text that holds "
                f"{delimiter!r} in quotes."
            )
    columns = {name: [row[i] for _, row in rows] for i, name in enumerate(header)}
    columns.pop("", None)  # a delimiter at the end of the first line
    return Table(
        columns,
        title,
        path.parent,
        has_decimal_comma=delimiter == ";",
        lines=tuple(line for line, _ in rows),
    )


def _decoded(content: bytes, title: str) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16")  # "Unicode text", as Excel calls it
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    warnings.warn(
        f"Got {title}, which is no UTF-8, and read it as Western European (cp1252). "
        "Save it as UTF-8 if letters are wrong.",
        UserWarning,
        stacklevel=6,
    )
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _delimiter(text: str) -> str:
    """What stands most often between the names of columns."""
    line = next((line for line in text.splitlines() if line.strip()), "")
    outside = "".join(line.split('"')[::2])
    return max(_DELIMITERS, key=outside.count)


# -- other files ----------------------------------------------------------------------


def _from_parquet(path: Path, title: str) -> Table:
    pandas = require("pandas", "plot", "load_table of parquet")
    try:
        frame = pandas.read_parquet(path)
    except ImportError as error:
        raise ModuleNotFoundError(
            f"{title} needs pyarrow. Install it with: pip install pyarrow",
            name="pyarrow",
        ) from error
    except Exception as error:
        raise ValueError(f"Got {title}, but expected parquet ({error}).") from error
    return Table(_columns(frame), title, path.parent)


def _json_columns(path: Path, title: str) -> dict[str, list]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
        records = _records(text, is_lines=path.suffix.lower() in _LINES)
    except ValueError as error:  # no JSON, or no UTF-8
        raise ValueError(f"Got {title}, but expected JSON ({error}).") from None
    if isinstance(records, dict):
        records = [records]
    if not isinstance(records, list) or not all(isinstance(r, dict) for r in records):
        raise ValueError(
            f"Got {title}, but expected a list of records, or one a line, such as "
            '{"path": "a.wav", "label": "jazz"}.'
        )
    names = dict.fromkeys(name for record in records for name in record)
    return {name: [record.get(name) for record in records] for name in names}


def _records(text: str, *, is_lines: bool) -> Any:
    if is_lines:
        return _lines(text)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        try:
            return _lines(text)  # some name them .json as well
        except json.JSONDecodeError:
            raise error from None


def _lines(text: str) -> list:
    return [json.loads(line) for line in text.splitlines() if line.strip()]


# -- tables in memory -----------------------------------------------------------------


def _from_memory(frame: Any) -> Table:
    return Table(_columns(frame), f"a table of type {type(frame).__name__}", None)


def _columns(frame: Any) -> dict[str, list]:
    import narwhals as nw

    if hasattr(frame, "collect"):
        raise ValueError(
            f"Got a lazy table of type {type(frame).__name__}. Collect it first."
        )
    names = getattr(frame, "column_names", getattr(frame, "columns", []))
    _check_names(map(str, names), "a table")
    try:
        table = nw.from_native(frame, eager_only=True)
    except TypeError:
        raise TypeError(
            f"Got {type(frame).__name__}, but expected the path of a table, or a table "
            "of pandas, polars, pyarrow or the like."
        ) from None
    return {str(name): table[name].to_list() for name in table.columns}


def _check_names(names: Iterable[str], title: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name and name in seen:
            raise ValueError(
                f"Got {title} with several columns named {name!r}, but expected each "
                "name once."
            )
        seen.add(name)
