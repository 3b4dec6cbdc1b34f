"""One song's verdict, and what a table says of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self


class Event(NamedTuple):
    """A stretch of a song that spoke for its verdict."""

    start: float  # seconds
    end: float
    share: float  # of all that spoke for the verdict


@dataclass(frozen=True)
class Verdict:
    """What a model says of one song.

    Parameters
    ----------
    song : str
        Its path, or "song 3".
    proba : tuple of float
        Of each class; empty if there is no verdict.
    windows : int
        How many were heard.
    events : tuple of Event
        Which seconds decided, those that decided most first.
    error : str
        Why there is no verdict; empty if there is one.
    note : str
        What to bear in mind of the verdict; empty if nothing.
    said : int or None
        Position of the verdict, where a threshold decides and not the largest
        probability.
    """

    song: str
    proba: tuple[float, ...] = ()
    windows: int = 0
    events: tuple[Event, ...] = ()
    error: str = ""
    note: str = ""
    said: int | None = None

    @property
    def best(self) -> int | None:
        """Position of the verdict among the classes; None if there is none."""
        if self.said is not None or not self.proba:
            return self.said
        # The first of equals, as predict has it.
        return self.proba.index(max(self.proba))

    @property
    def second(self) -> int | None:
        """Position of the likeliest other class; None if there is none."""
        others = [i for i in range(len(self.proba)) if i != self.best]
        return max(others, key=self.proba.__getitem__, default=None)

    def to_json(self) -> dict[str, Any]:
        """All of it, as JSON can hold it."""
        return {
            "song": self.song,
            "proba": list(self.proba),
            "windows": self.windows,
            "events": [list(event) for event in self.events],
            "error": self.error,
            "note": self.note,
            "said": self.said,
        }

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Self:
        """Take back what `to_json` gave."""
        return cls(
            song=row["song"],
            proba=tuple(row["proba"]),
            windows=row["windows"],
            events=tuple(Event(*event) for event in row["events"]),
            error=row["error"],
            note=row["note"],
            said=row["said"],
        )


# Of each song; a column of probabilities per class follows.
COLUMNS = (
    "song",
    "verdict",
    "confidence",
    "second",
    "second_confidence",
    "decided_from",
    "decided_to",
    "windows",
    "error",
    "note",
)


def table_row(verdict: Verdict, classes: Sequence[Any]) -> dict[str, Any]:
    """One row of the table, by name.

    Parameters
    ----------
    verdict : Verdict
        Of a song.
    classes : sequence of length n_classes
        Labels, in the order of the probabilities.

    Returns
    -------
    dict
        Of the names in `COLUMNS`, and "proba_" and a class; None and NaN where
        there is nothing to say.
    """
    best, second = verdict.best, verdict.second
    event = verdict.events[0] if verdict.events else Event(math.nan, math.nan, 0.0)
    proba = verdict.proba or (math.nan,) * len(classes)
    return {
        "song": verdict.song,
        "verdict": None if best is None else classes[best],
        "confidence": math.nan if best is None else verdict.proba[best],
        "second": None if second is None else classes[second],
        "second_confidence": math.nan if second is None else verdict.proba[second],
        "decided_from": event.start,
        "decided_to": event.end,
        "windows": verdict.windows,
        "error": verdict.error,
        "note": verdict.note,
        **{f"proba_{label}": p for label, p in zip(classes, proba, strict=True)},
    }
