"""The table of a review as a file that spreadsheets open, and save again."""

import csv
import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from skgenre.prediction._table_files import (
    cells,
    check_table_path,
    safe_cell,
    write_whole,
)
from skgenre.review._review_row import COLUMNS

# By it spreadsheets know UTF-8; without, letters of names would come back changed.
_MARK = b"\xef\xbb\xbf"


def check_review_path(path: str | os.PathLike[str]) -> Path:
    """Check that the table can be written, before the long part.

    Parameters
    ----------
    path : path
        Where it is to be.

    Returns
    -------
    Path
        The same.

    Raises
    ------
    ValueError, OSError
        If it is called otherwise than ".csv", or cannot be written.
    """
    whole = Path(path).expanduser()
    if whole.suffix.lower() != ".csv":
        raise ValueError(
            f"Got the table {str(whole)!r}, but expected a name that ends in .csv."
        )
    return check_table_path(whole)


def write_rows(rows: Sequence[dict[str, Any]], path: str | os.PathLike[str]) -> Path:
    """Write the table, or leave what is there as it is.

    Parameters
    ----------
    rows : sequence of dict
        Of columns; some may have more than others.
    path : path
        A CSV file.

    Returns
    -------
    Path
        The same.
    """
    whole = check_review_path(path)
    names = list(dict.fromkeys([*COLUMNS, *(name for row in rows for name in row)]))
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([safe_cell(name) for name in names])
    writer.writerows(cells({name: row.get(name, "") for name in names}) for row in rows)
    write_whole(whole, _MARK + file.getvalue().encode())
    return whole


def plain_cell(text: str) -> str:
    """Take away the apostrophe that keeps a spreadsheet from running a text.

    Parameters
    ----------
    text : str
        Of a cell.

    Returns
    -------
    str
        As it was before `safe_cell`.

    Examples
    --------
    >>> from skgenre.review._table import plain_cell
    >>> plain_cell("'-01 a.wav"), plain_cell("'round midnight.wav")
    ('-01 a.wav', "'round midnight.wav")
    """
    bare = text[1:]
    return bare if text[:1] == "'" and safe_cell(bare) == text else text
