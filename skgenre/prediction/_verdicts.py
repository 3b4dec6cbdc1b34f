"""One song's verdict, and what a table says of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np


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
    """

    song: str
    proba: tuple[float, ...] = ()
    windows: int = 0
    events: tuple[Event, ...] = ()
    error: str = ""
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """All of it, as JSON can hold it."""
        return {
            "song": self.song,
            "proba": list(self.proba),
            "windows": self.windows,
            "events": [list(event) for event in self.events],
            "error": self.error,
            "note": self.note,
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
    best, second = best_two(verdict.proba)
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


def best_two(proba: Sequence[float]) -> tuple[int | None, int | None]:
    """Find the likeliest class, and the next.

    Parameters
    ----------
    proba : sequence of float
        Of each class.

    Returns
    -------
    tuple of (int or None)
        Positions. Of equals the first is taken, as predict has it.
    """
    order = np.argsort(-np.asarray(proba), kind="stable").tolist()
    padded = [*order, None, None]
    return padded[0], padded[1]
