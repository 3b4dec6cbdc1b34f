"""One song that is worth a look: why, and what somebody decided of it."""

import math
from dataclasses import dataclass, fields

# What a person may decide; nothing while it is open.
DECISIONS = ("right", "relabel", "leave out", "unsure")


@dataclass(frozen=True)
class ReviewRow:
    """A song that is worth a look, and what was decided of it.

    Parameters
    ----------
    rank : int
        1 for the song to look at first.
    song : str
        Its name, as in ``names`` of what `load_songs` returns.
    label : str, default=""
        Its label; empty if it has none.
    verdict : str, default=""
        What models say that were not trained on it; empty if none could.
    confidence : float, default=nan
        Probability of the verdict.
    second : str, default=""
        The likeliest other class.
    second_confidence : float, default=nan
        Its probability.
    reasons : str, default=""
        Why it is worth a look, in sentences.
    copy_of : str, default=""
        The song that is the same recording, if there is one.
    decision : {"", "right", "relabel", "leave out", "unsure"}, default=""
        What a person decided. "right": the label is, whatever the verdict.
    new_label : str, default=""
        The right label, where the decision is "relabel".
    decided_by, decided_at : str, default=""
        Who decided, and when.
    comment : str, default=""
        What else there is to say.
    extra : tuple of (str, str), default=()
        Columns of a table that somebody added, and what stands there.

    See Also
    --------
    Review : All rows.

    Examples
    --------
    >>> from skgenre.review import ReviewRow
    >>> row = ReviewRow(1, "rock/a.wav", "rock", "jazz", 0.9, decision="unsure")
    >>> row.is_open
    True
    """

    rank: int
    song: str
    label: str = ""
    verdict: str = ""
    confidence: float = math.nan
    second: str = ""
    second_confidence: float = math.nan
    reasons: str = ""
    copy_of: str = ""
    decision: str = ""
    new_label: str = ""
    decided_by: str = ""
    decided_at: str = ""
    comment: str = ""
    extra: tuple[tuple[str, str], ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it still needs a decision."""
        return self.decision in ("", "unsure")

    @property
    def is_touched(self) -> bool:
        """Whether a person has written anything."""
        written = [getattr(self, name) for name in FILLED_IN]
        return any([*written, *dict(self.extra).values()])

    def to_dict(self) -> dict[str, object]:
        """Give all columns of a table.

        Returns
        -------
        dict
            By name, those that somebody added at the end.
        """
        own = {name: getattr(self, name) for name in COLUMNS}
        return {**own, **dict(self.extra)}


COLUMNS = tuple(f.name for f in fields(ReviewRow) if f.name != "extra")
# What people fill in.
FILLED_IN = ("decision", "new_label", "decided_by", "decided_at", "comment")
