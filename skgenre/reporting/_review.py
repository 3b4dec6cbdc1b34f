"""Rows of songs that a person is to decide by ear."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from skgenre.audio._song import shown
from skgenre.review._review_row import COLUMNS


def sorted_rows(
    rows: Sequence[Mapping[str, Any]], *, extra: Iterable[str] = ()
) -> list[dict[str, Any]]:
    """Rows in the order of rank, with all columns, as JSON can hold them.

    Parameters
    ----------
    rows : sequence of mapping
        With rank and song at least.
    extra : iterable of str, default=()
        Columns that somebody added to the table, which come behind: the page saves
        them, too.

    Returns
    -------
    list of dict
        Empty text where nothing is known; reasons are a list of sentences.

    Raises
    ------
    ValueError
        If a row lacks its rank or its song.

    Examples
    --------
    >>> from skgenre.reporting._review import sorted_rows
    >>> rows = sorted_rows([{"rank": 2, "song": "b"}, {"rank": 1, "song": "a"}])
    >>> [row["song"] for row in rows], rows[0]["decision"]
    (['a', 'b'], '')
    """
    for row in rows:
        if row.get("rank") is None or row.get("song") is None:
            raise ValueError(
                f"Got the row {dict(row)!r} to review, but expected a rank and a song."
            )
    names = [*COLUMNS, *extra]
    plain = [{name: _plain(row.get(name)) for name in names} for row in rows]
    for row in plain:
        row["song"] = shown(str(row["song"]))
        reasons = row["reasons"]
        if not isinstance(reasons, list):
            row["reasons"] = [reasons] if reasons else []
    return sorted(plain, key=lambda row: row["rank"])


def _plain(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, list | tuple):
        return [shown(str(part)) for part in value]
    if isinstance(value, bool | int | float):
        return value
    return shown(str(value))
