"""Read the table of a review, as people and spreadsheets left it."""

import datetime
import difflib
import math
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from skgenre._by_song.numbering import is_unknown
from skgenre.datasets._read_table import Table, read_table
from skgenre.review._review import Review
from skgenre.review._review_row import COLUMNS, DECISIONS, ReviewRow
from skgenre.review._table import plain_cell

_NEEDED = ("song", "decision")
# What spreadsheets make of dates, where day and month cannot be taken for each other.
_TIMES = ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%Y/%m/%d %H:%M:%S",
          "%Y/%m/%d %H:%M", "%Y/%m/%d")  # fmt: skip
_DAY_0 = datetime.datetime(1899, 12, 30)  # as spreadsheets count days
_DAYS = (30_000, 80_000)  # the years 1982 to 2119
_MOST_SHOWN = 20


def read_review(path: str | os.PathLike[str]) -> Review:
    """Read a table of songs to look at, and what somebody decided of them.

    What spreadsheets do is undone: marks at the start of the file, semicolons or tabs,
    other ends of lines, decimal commas, apostrophes before what looks like a formula,
    other forms of times.

    Parameters
    ----------
    path : path
        A table that ``skgenre review`` or `Review.save` wrote, or one with at least
        the columns song and decision; CSV, and what else `load_table` reads. Columns
        that are not known are kept.

    Returns
    -------
    Review
        Its rows, in the order of the file.

    Raises
    ------
    ValueError
        If a decision is none, says nothing without a new label, or contradicts
        another of the same song. All such lines are named.
    FileNotFoundError
        If there is no such file.

    See Also
    --------
    Review.apply : Gives songs their new labels.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from skgenre.review import read_review
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "review.csv")
    ...     lines = ["song;decision;new_label", "a.wav;Relabel;jazz", "b.wav;;"]
    ...     _ = path.write_text(chr(10).join(lines))
    ...     review = read_review(path)
    >>> [(row.song, row.decision, row.new_label) for row in review]
    [('a.wav', 'relabel', 'jazz'), ('b.wav', '', '')]
    """
    if _has_head_only(path):
        return Review(())
    table = read_table(path)
    columns = _columns(table)
    read = [_line(columns, i, table) for i in range(len(columns["song"]))]
    faults = [fault for line in read for fault in line.faults]
    faults += _contradictions(read)
    if faults:
        shown = "".join(f"\n  {fault}" for fault in faults[:_MOST_SHOWN])
        more = len(faults) - _MOST_SHOWN
        shown += f"\n  and {more} more" if more > 0 else ""
        raise ValueError(f"Got {table.title}, but cannot take it as it is:{shown}")
    return Review(tuple(_each_once(read)))


def _has_head_only(path: str | os.PathLike[str]) -> bool:
    """Whether nothing was worth a look when it was written."""
    file = Path(path).expanduser()
    if not file.is_file():
        return False  # read_table says so
    lines = file.read_bytes().splitlines()
    return len(lines) == 1 and all(name.encode() in lines[0] for name in _NEEDED)


def _columns(table: Table) -> dict[str, list[Any]]:
    """Columns by the names that they have here, however they are written."""
    by_name = {_column_name(name): cells for name, cells in table.columns.items()}
    for name in _NEEDED:
        if name not in by_name:
            raise ValueError(
                f"Got {table.title} with the columns "
                f"{', '.join(map(repr, table.columns))}, but expected one named "
                f"{name!r}. Take a table that skgenre review wrote."
            )
    return by_name


def _column_name(name: str) -> str:
    plain = re.sub(r"[\s-]+", "_", name.strip().lower())
    return plain if plain in COLUMNS else plain_cell(name)


# -- one line -------------------------------------------------------------------------


class _Line(NamedTuple):
    """A row, where it stands, and what is wrong with it."""

    row: ReviewRow
    place: str  # such as "line 7"
    faults: list[str]


def _line(columns: dict[str, list[Any]], i: int, table: Table) -> _Line:
    cells = {name: _text(column[i]) for name, column in columns.items()}
    place = f"line {table.lines[i]}" if table.lines else f"row {i + 1}"
    row = ReviewRow(
        rank=_rank(cells.get("rank", ""), i + 1),
        song=cells["song"],
        label=cells.get("label", ""),
        verdict=cells.get("verdict", ""),
        confidence=_share(cells.get("confidence", "")),
        second=cells.get("second", ""),
        second_confidence=_share(cells.get("second_confidence", "")),
        reasons=cells.get("reasons", ""),
        copy_of=cells.get("copy_of", ""),
        decision=_decision(cells["decision"]),
        new_label=" ".join(cells.get("new_label", "").split()),
        decided_by=cells.get("decided_by", ""),
        decided_at=_time(cells.get("decided_at", "")),
        comment=cells.get("comment", ""),
        extra=tuple((k, v) for k, v in cells.items() if k not in COLUMNS),
    )
    return _Line(row, place, [f"{place}: {fault}" for fault in _faults(row)])


def _faults(row: ReviewRow) -> Iterator[str]:
    """What cannot be meant."""
    if not row.song:
        yield "Got no song, but expected its name. Fill it in, or delete the line."
    if row.decision and row.decision not in DECISIONS:
        near = difflib.get_close_matches(row.decision, DECISIONS, n=1)
        yield (
            f"Got the decision {row.decision!r}, but expected one of "
            f"{', '.join(DECISIONS)}, or nothing."
            + (f" Did you mean {near[0]!r}?" if near else "")
        )
    elif row.decision == "relabel" and not row.new_label:
        yield "Got relabel without a label. Write the right one into new_label."
    elif row.decision == "relabel" and row.new_label == row.label:
        yield (
            f"Got relabel to {row.new_label!r}, which is its label, but expected "
            "another one. Write right if the label is."
        )
    elif row.decision != "relabel" and row.new_label not in ("", row.label):
        yield (
            f"Got the new_label {row.new_label!r} with the decision "
            f"{row.decision!r}, but expected relabel. Write relabel, or delete the "
            "new label."
        )


def _text(cell: Any) -> str:
    if is_unknown(cell):
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return plain_cell(str(cell).strip())


def _decision(text: str) -> str:
    words = re.sub(r"[\s_-]+", " ", text.lower()).strip()
    return "leave out" if words == "leaveout" else words


def _rank(text: str, position: int) -> int:
    return int(text) if text.isdecimal() else position


def _share(text: str) -> float:
    """A probability; NaN where a spreadsheet has made something else of it."""
    percent = text.endswith("%")
    try:
        value = float(text.rstrip("%").strip().replace(",", "."))
    except ValueError:
        return math.nan
    value = value / 100 if percent else value
    return value if 0 <= value <= 1 else math.nan


def _time(text: str) -> str:
    """A time as ISO 8601 has it, or as it stands where it could be two."""
    with suppress(ValueError):
        return datetime.datetime.fromisoformat(text).isoformat()
    for form in _TIMES:
        with suppress(ValueError):
            return datetime.datetime.strptime(text, form).isoformat()
    with suppress(ValueError):
        days = float(text.replace(",", "."))
        if _DAYS[0] < days < _DAYS[1]:
            exact = _DAY_0 + datetime.timedelta(days=days)
            # To the second, which is all that a table shows.
            return (exact + datetime.timedelta(seconds=0.5)).isoformat(
                timespec="seconds"
            )
    return text


# -- several lines of one song --------------------------------------------------------


def _contradictions(read: list[_Line]) -> Iterator[str]:
    first: dict[str, _Line] = {}
    for line in read:
        row = line.row
        if not row.decision:
            continue
        before = first.setdefault(row.song, line)
        said = [(r.decision, r.new_label) for r in (before.row, row)]
        if said[0] != said[1]:
            yield (
                f"{line.place}: Got {_words(row)} for {row.song!r}, of which "
                f"{before.place} says {_words(before.row)}, but expected one decision "
                "for each song. Delete one of the lines."
            )


def _words(row: ReviewRow) -> str:
    return f"relabel to {row.new_label}" if row.decision == "relabel" else row.decision


def _each_once(read: list[_Line]) -> Iterator[ReviewRow]:
    """Of several lines of a song the first that is decided, else the first."""
    chosen: dict[str, ReviewRow] = {}
    for line in read:
        row = line.row
        if row.song not in chosen or (row.decision and not chosen[row.song].decision):
            chosen[row.song] = row
    yield from chosen.values()
