"""Review: the songs worth a look, in their order, and what was decided of them."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from skgenre._optional import require
from skgenre.review._changes import apply_changes, changes_of
from skgenre.review._review_row import FILLED_IN, ReviewRow
from skgenre.review._table import write_rows

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.utils import Bunch

    from skgenre.prediction._judge import Listened


@dataclass(frozen=True)
class Review:
    """Songs worth a look, those first that need it most.

    What `review_songs` and `read_review` return.

    Parameters
    ----------
    rows : tuple of ReviewRow
        A row for each song that is worth a look.
    n_songs : int or None, default=None
        Of all songs that were looked through; None if that is not known.
    agreement : float or None, default=None
        Share of the songs on which the verdict is the label; None without labels.
    method : str, default=""
        How the songs were judged, in sentences.
    errors : dict of str to str, default={}
        Songs that could not be judged, and why. Those that cannot be read have no row.
    classes : tuple of str, default=()
        Labels, in the order of probabilities.
    listened : dict of str to Listened, default={}
        What models that had not heard them say of the songs of the rows and of their
        windows, for `skgenre.reporting.report`; a table that was read has none.

    Attributes
    ----------
    rows, n_songs, agreement, method, errors, classes, listened
        As given.

    See Also
    --------
    review_songs : Makes one of a model and songs.
    read_review : Reads one from a table that somebody filled in.

    Examples
    --------
    >>> from sklearn.utils import Bunch
    >>> from skgenre.review import Review, ReviewRow
    >>> review = Review(
    ...     (
    ...         ReviewRow(1, "a.wav", "rock", decision="relabel", new_label="jazz"),
    ...         ReviewRow(2, "b.wav", "rock", decision="leave out"),
    ...         ReviewRow(3, "c.wav", "jazz"),
    ...     )
    ... )
    >>> songs = Bunch(
    ...     data=["x/a.wav", "x/b.wav", "x/c.wav"],
    ...     names=["a.wav", "b.wav", "c.wav"],
    ...     target=["rock", "rock", "jazz"],
    ... )
    >>> review.apply(songs).target
    array(['jazz', 'jazz'], dtype='<U4')
    """

    rows: tuple[ReviewRow, ...]
    n_songs: int | None = None
    agreement: float | None = None
    method: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    listened: dict[str, "Listened"] = field(
        default_factory=dict, repr=False, compare=False
    )

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[ReviewRow]:
        return iter(self.rows)

    def __repr__(self) -> str:
        n_decided = sum(not row.is_open for row in self.rows)
        return f"Review(n_rows={len(self)}, n_decided={n_decided})"

    def to_frame(self) -> "pd.DataFrame":
        """Table of the songs.

        Returns
        -------
        pandas.DataFrame
            A row per song, in columns the fields of `ReviewRow`.
        """
        pandas = require("pandas", "plot", "Review.to_frame")
        columns = list(ReviewRow(0, "").to_dict())
        rows = [row.to_dict() for row in self.rows]
        return pandas.DataFrame(rows, columns=None if rows else columns)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the table that people fill in: whole, or not at all.

        Text that a spreadsheet would run as a formula has an apostrophe before it.

        Parameters
        ----------
        path : path
            A CSV file; one that is there is replaced. To keep what is filled in there,
            read it first: ``review.with_decisions(read_review(path)).save(path)``.

        Returns
        -------
        Path
            The same.

        Raises
        ------
        ValueError, OSError
            If it is called otherwise than ".csv", or cannot be written.
        """
        return write_rows([row.to_dict() for row in self.rows], path)

    def with_decisions(self, earlier: "Review") -> "Review":
        """Take over what people wrote into an earlier table of the same songs.

        Parameters
        ----------
        earlier : Review
            From `read_review`.

        Returns
        -------
        Review
            Open songs first, in the order of this one, and then those that are
            decided, as they were written. What was written of songs that are no longer
            listed is there, too.
        """
        written = {row.song: row for row in earlier.rows if row.is_touched}
        rows = [_filled_in(row, written.pop(row.song, None)) for row in self.rows]
        # Nothing that somebody wrote is lost.
        rows += [row for row in earlier.rows if row.song in written]
        in_order = sorted(rows, key=lambda row: not row.is_open)
        numbered = (replace(row, rank=i) for i, row in enumerate(in_order, start=1))
        return replace(self, rows=tuple(numbered))

    def apply(self, songs: "Bunch") -> "Bunch":
        """Give songs their new labels, and leave out those that are to be left out.

        Parameters
        ----------
        songs : Bunch
            As from `load_songs` and `load_table`. It is not changed.

        Returns
        -------
        Bunch
            The same fields, with the songs that are left.

        Raises
        ------
        ValueError
            If decisions contradict each other, none of the decided songs is there, or
            none is left.

        Warns
        -----
        UserWarning
            If some of the decided songs are not there, have another label than when
            they were reviewed, or get a label that no song has.
        """
        changes = changes_of(self.rows, songs)
        changes.warn(stacklevel=3)
        return apply_changes(changes, songs)


def _filled_in(row: ReviewRow, earlier: ReviewRow | None) -> ReviewRow:
    if earlier is None:
        return row
    if not earlier.is_open:
        return earlier
    written = {name: getattr(earlier, name) for name in FILLED_IN}
    return replace(row, **written, extra=earlier.extra)
