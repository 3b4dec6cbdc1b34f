"""Tables of verdicts as files: CSV, Parquet and lines of JSON, whole or not at all."""

import csv
import io
import json
import math
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from skgenre._files import write_whole
from skgenre.audio._song import shown

Rows = Sequence[dict[str, Any]]

# What a spreadsheet takes for the start of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def check_table_path(out: str | os.PathLike[str]) -> Path:
    """Check that a table can be written, before the long part.

    Parameters
    ----------
    out : path
        Where it is to be.

    Returns
    -------
    Path
        The same.

    Raises
    ------
    ValueError
        If the extension is of no kind of table.
    OSError
        If nothing can be written there.
    """
    path = Path(out).expanduser()
    if path.suffix.lower() not in _WRITERS:
        raise ValueError(
            f"Got out={str(path)!r}, but expected a file that ends in one of "
            f"{', '.join(_WRITERS)}."
        )
    if path.is_dir():
        raise IsADirectoryError(
            f"Got out={str(path)!r}, which is a folder, but expected a file, such as "
            f"{str(path / 'verdicts.csv')!r}."
        )
    if path.suffix.lower() == ".parquet":
        from skgenre._optional import require

        require("pyarrow", "parquet", "A table as Parquet")
    _check_writable(path)
    return path


def _check_writable(path: Path) -> None:
    folder = path.absolute().parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Rights alone tell nothing on full and on mounted disks.
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"\0")
    except OSError as error:
        raise type(error)(
            error.errno,
            f"Got out={str(path)!r}, which cannot be written "
            f"({error.strerror or error}). Give another place",
        ) from error


def write_table(rows: Rows, path: Path) -> None:
    """Write a table, or leave what is there as it is.

    Parameters
    ----------
    rows : sequence of dict
        All with the same names.
    path : Path
        Its extension tells the kind.
    """
    content = _WRITERS[path.suffix.lower()](rows)
    write_whole(path, content)


def safe_cell(value: Any) -> Any:
    """Write a text so that no spreadsheet runs it.

    Parameters
    ----------
    value : object
        Of a cell.

    Returns
    -------
    object
        Text that starts like a formula with an apostrophe before it, which
        spreadsheets do not show; NaN and None are empty.

    Examples
    --------
    >>> from skgenre.prediction._table_files import safe_cell
    >>> safe_cell("=HYPERLINK(...)"), safe_cell("a.wav"), safe_cell(-1.5)
    ("'=HYPERLINK(...)", 'a.wav', -1.5)
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if not isinstance(value, str):
        return value
    text = shown(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _csv(rows: Rows) -> bytes:
    return _separated(rows, ",")


def _tsv(rows: Rows) -> bytes:
    return _separated(rows, "\t")


def _separated(rows: Rows, delimiter: str) -> bytes:
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
    writer.writerow([safe_cell(name) for name in rows[0]] if rows else [])
    writer.writerows(cells(row) for row in rows)
    return file.getvalue().encode()


def cells(row: dict[str, Any]) -> list[Any]:
    """Write one row as text that a spreadsheet only shows.

    Parameters
    ----------
    row : dict
        Of a table.

    Returns
    -------
    list
        Six digits of numbers, which is all that a float32 knows.
    """
    values = [safe_cell(value) for value in row.values()]
    return [f"{v:.6g}" if isinstance(v, float) else v for v in values]


def _json_lines(rows: Rows) -> bytes:
    lines = [json.dumps(_for_json(row), allow_nan=False) for row in rows]
    return "".join(f"{line}\n" for line in lines).encode()


def _json(rows: Rows) -> bytes:
    table = [_for_json(row) for row in rows]
    return f"{json.dumps(table, indent=1, allow_nan=False)}\n".encode()


def _for_json(row: dict[str, Any]) -> dict[str, Any]:
    return {shown(str(name)): _json_value(value) for name, value in row.items()}


def _json_value(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return shown(value) if isinstance(value, str) else value


def _parquet(rows: Rows) -> bytes:
    import pyarrow
    from pyarrow import parquet

    names = list(rows[0]) if rows else []
    columns = {
        shown(str(name)): pyarrow.array([_json_value(row[name]) for row in rows])
        for name in names
    }
    file = io.BytesIO()
    parquet.write_table(pyarrow.table(columns), file)
    return file.getvalue()


_WRITERS: dict[str, Callable[[Rows], bytes]] = {
    ".csv": _csv,
    ".tsv": _tsv,
    ".parquet": _parquet,
    ".jsonl": _json_lines,
    ".json": _json,
}
