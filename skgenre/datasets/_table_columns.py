"""Which column of a table of songs is what."""

import re
from collections.abc import Iterable
from typing import Any

from skgenre.datasets._read_table import Table
from skgenre.datasets._unit import MUSIC, OTHER, Unit

# What columns may be called where they are not named: letters in lower case.
_SYNONYMS = {
    "path": (
        "path", "file", "filename", "filepath", "file_name", "file_path", "audio",
        "audio_path", "audio_file",
    ),
    "label": ("label", "genre", "class", "category", "species"),
    "group": (
        "group", "artist", "speaker", "patient", "subject", "participant", "recording",
        "recording_id", "source", "src_file",
    ),
    "fold": ("fold",),
    "split": ("split", "subset", "partition"),
    "start": (
        "start", "start_seconds", "start_time", "begin", "begin_time",
        "begin_time_(s)", "onset",
    ),
    "end": ("end", "end_seconds", "end_time", "end_time_(s)", "stop"),
}  # fmt: skip
_MUSICAL = {"genre", "artist"}


def _plain(name: str) -> str:
    """A column's name without what differs between tables."""
    return re.sub(r"[\s_-]+", "_", name.strip().lower())


def columns_of(table: Table, asked: dict[str, str | None]) -> dict[str, str]:
    """Name the column of each part, as far as there are any.

    Parameters
    ----------
    table : Table
        What was read.
    asked : dict
        What the user calls the columns, by part: "path", "label", "group", "fold",
        "split", "start" and "end". None for a part that is not wanted, the part's own
        name for its usual names.

    Returns
    -------
    dict of str
        Names of columns of the table, by part.

    Raises
    ------
    ValueError
        If a column is missing, or several could be meant.
    """
    wanted = {part: name for part, name in asked.items() if name is not None}
    taken = {part: name for part, name in wanted.items() if name in table.columns}
    for part, name in wanted.items():
        if part in taken:
            continue
        if name != part:
            raise ValueError(
                f"Got {part}={name!r}, but expected a column of {table.title}, which "
                f"has {quoted(table.columns)}."
            )
        column = _usual_column(table, part, others=taken.values())
        if column is not None:
            taken[part] = column
    _check_columns(table, asked, taken)
    return taken


def _usual_column(table: Table, part: str, *, others: Iterable[str]) -> str | None:
    """The column that has one of the usual names of a part."""
    free = [column for column in table.columns if column not in set(others)]
    usual = [column for column in free if _plain(column) in _SYNONYMS[part]]
    if len(usual) > 1:
        fix = "" if part == "path" else f", or {part}=None for none"
        raise ValueError(
            f"Got {table.title} with several columns that may be the {part}: "
            f"{quoted(usual)}. Name one with {part}=...{fix}."
        )
    return usual[0] if usual else None


def _check_columns(
    table: Table, asked: dict[str, str | None], taken: dict[str, str]
) -> None:
    """Raise if what is needed is missing."""
    for part, fix in (
        ("path", "Name it with path=..."),
        ("label", "Name it with label=..., or set label=None for songs without"),
    ):
        if asked[part] is not None and part not in taken:
            raise ValueError(
                f"Got {table.title} with the columns {quoted(table.columns)}, but "
                f"expected one of {quoted(_SYNONYMS[part])} for the {part}. {fix}."
            )
    for part, other in (("start", "end"), ("end", "start")):
        if part in taken and other not in taken and asked[other] is not None:
            raise ValueError(
                f"Got {table.title} with {taken[part]!r} for the {part} of excerpts, "
                f"but expected a column for the {other}, too. Name it with "
                f"{other}=..., or set {other}=None, or {part}=None for whole files."
            )


def quoted(names: Iterable[Any]) -> str:
    """Write names in quotes, with commas between them.

    Parameters
    ----------
    names : iterable of str
        Of columns or labels.

    Returns
    -------
    str
        All of them.
    """
    return ", ".join(map(repr, names))


def unit_of(taken: dict[str, str]) -> Unit:
    """What to call rows, groups and labels.

    Parameters
    ----------
    taken : dict of str
        Columns, by part.

    Returns
    -------
    Unit
        Words of music if the columns have such names.
    """
    used = {_plain(taken[part]) for part in ("label", "group") if part in taken}
    return MUSIC if used & _MUSICAL else OTHER


def described(
    table: Table, taken: dict[str, str], group_pattern: str | None
) -> list[str]:
    """Say what was taken for what.

    Parameters
    ----------
    table : Table
        What was read.
    taken : dict of str
        Columns, by part.
    group_pattern : str or None
        What groups were taken by instead.

    Returns
    -------
    list of str
        Lines of a description.
    """
    parts = [f"{part} {column!r}" for part, column in taken.items()]
    if group_pattern is not None:
        parts.append(f"group by the pattern {group_pattern!r}")
    unused = [column for column in table.columns if column not in taken.values()]
    lines = [f"Columns: {', '.join(parts)}"]
    return [*lines, f"Not used: {quoted(unused)}"] if unused else lines
