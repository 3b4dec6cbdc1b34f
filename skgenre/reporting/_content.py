"""What a report says, whatever it was made from: plain values, and their JSON.

::

    a comparison ──┐
                   ├─► ReportContent ─► JSON ─► the page
    model + songs ─┘
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Self

import numpy as np

from skgenre.audio._song import shown
from skgenre.datasets._unit import MUSIC, Unit, plural
from skgenre.prediction._judge import Listened, WindowsOfSong
from skgenre.prediction._verdicts import Event
from skgenre.reporting._review import sorted_rows

# Classes whose windows are drawn of one song: more cannot be told apart.
_DRAWN = 6
# Probabilities travel as whole numbers of two bytes.
_STEPS = 10_000


class Figure(NamedTuple):
    """How good it is: what a reader sees first."""

    value: str  # such as "82.0 %"
    text: str  # what of, such as "of 61 songs right"
    more: tuple[str, ...] = ()  # sentences: interval, baseline


class Table(NamedTuple):
    """A small table with words around it."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    before: str = ""
    after: str = ""


class Copy(NamedTuple):
    """Two songs that are one recording."""

    first: int  # position of the song
    second: int
    text: str  # how alike they are


@dataclass(frozen=True)
class ReportSong:
    """One song of a report.

    Parameters
    ----------
    name : str
        As it is shown.
    key : str
        What it is called where it comes from.
    source : object, default=None
        Where its sound is: a song of any kind, or None.
    label, verdict : int or None, default=None
        Positions of classes.
    proba : tuple of float, default=()
        Of each class; empty if there is no verdict.
    windows : tuple of WindowsOfSong, default=()
        Of each part of a model; empty if nothing is known of windows.
    n_windows : int, default=0
        How many were heard.
    events : tuple of Event, default=()
        Seconds that decided, those that decided most first.
    decides : bool, default=True
        Whether it can be told which windows decided.
    fold : int or None, default=None
        That tested it.
    group : str, default=""
        Its artist.
    error, note : str, default=""
        Why there is no verdict; what to bear in mind of it.
    others : dict of str to int, default={}
        What each voting says, a position of a class.
    suspect : bool, default=False
        Whether its label may be wrong.
    """

    name: str
    key: str
    source: Any = None
    label: int | None = None
    verdict: int | None = None
    proba: tuple[float, ...] = ()
    windows: tuple[WindowsOfSong, ...] = ()
    n_windows: int = 0
    events: tuple[Event, ...] = ()
    decides: bool = True
    fold: int | None = None
    group: str = ""
    error: str = ""
    note: str = ""
    others: Mapping[str, int] = field(default_factory=dict)
    suspect: bool = False

    @classmethod
    def of_heard(
        cls,
        listened: Listened,
        *,
        name: str,
        key: str,
        source: Any,
        label: int | None,
    ) -> Self:
        """Make one of a verdict and what was heard.

        Parameters
        ----------
        listened : Listened
            Of the song.
        name, key, source, label
            As above.

        Returns
        -------
        ReportSong
            With the verdict, or why there is none.
        """
        verdict = listened.verdict
        return cls(
            name=name,
            key=key,
            source=source,
            label=label,
            verdict=verdict.best,
            proba=verdict.proba,
            windows=listened.windows,
            n_windows=verdict.windows,
            events=verdict.events,
            decides=bool(verdict.events),
            error=verdict.error,
            note=verdict.note,
        )

    @property
    def second(self) -> int | None:
        """Position of the likeliest other class; None if there is none."""
        others = [i for i in range(len(self.proba)) if i != self.verdict]
        return max(others, key=self.proba.__getitem__, default=None)

    @property
    def confidence(self) -> float | None:
        """Probability of the verdict; None if there is none."""
        return None if self.verdict is None else self.proba[self.verdict]

    @property
    def is_right(self) -> bool | None:
        """Whether the verdict is the label; None where one is not known."""
        if self.label is None or self.verdict is None:
            return None
        return self.label == self.verdict

    def to_json(self) -> dict[str, Any]:
        """All but the sound, as JSON can hold it."""
        classes = self._drawn()
        return {
            "name": shown(self.name),
            "key": shown(self.key),
            "label": self.label,
            "verdict": self.verdict,
            "second": self.second,
            "proba": [round(float(p), 6) for p in self.proba],
            "right": self.is_right,
            "n": self.n_windows,
            "events": [[round(float(v), 4) for v in event] for event in self.events],
            "decides": self.decides,
            "fold": self.fold,
            "group": shown(self.group),
            "error": shown(self.error),
            "note": shown(self.note),
            "others": {shown(k): v for k, v in self.others.items()},
            "suspect": self.suspect,
            "drawn": classes,
            "parts": [_part(part, classes) for part in self.windows],
        }

    def _drawn(self) -> list[int]:
        """Classes of the timeline: verdict, label, second, then the likeliest."""
        if not self.proba:
            return []
        likeliest = np.argsort(-np.array(self.proba), kind="stable").tolist()
        first = [self.verdict, self.label, self.second, *likeliest]
        return list(dict.fromkeys(i for i in first if i is not None))[:_DRAWN]


def _part(part: WindowsOfSong, classes: list[int]) -> dict[str, str]:
    """Windows as bytes in letters: little-endian, row by row."""
    known = np.isfinite(part.starts + part.ends)
    if not known.all():
        return {"starts": "", "ends": "", "proba": "", "contribution": ""}
    shares = np.rint(_STEPS * np.clip(part.proba[:, classes], 0, 1))
    return {
        "starts": _letters(part.starts, "<f4"),
        "ends": _letters(part.ends, "<f4"),
        "proba": _letters(shares, "<u2"),  # (n_windows, n_drawn)
        "contribution": _letters(part.contribution, "<f4"),
    }


def _letters(values: np.ndarray, dtype: str) -> str:
    content = np.ascontiguousarray(values).astype(dtype).tobytes()
    return base64.b64encode(content).decode()


@dataclass(frozen=True)
class ReportContent:
    """All that a report says, but for sounds.

    Parameters
    ----------
    title : str
        Of the page.
    classes : sequence of str
        Labels, in the order of the probabilities.
    songs : sequence of ReportSong
        In the order in which they came.
    figure : Figure or None, default=None
        How good it is, if that is known.
    done, cautions : sequence of str, default=()
        Sentences: what was done; what was not ensured.
    tables : sequence of Table, default=()
        Votings side by side, leakage.
    copies : sequence of Copy or None, default=None
        Songs that are one recording; None if it was not looked for.
    words : Unit, default=MUSIC
        What songs, artists and labels are called.
    review : sequence of dict or None, default=None
        Rows that a person is to decide; None for a plain report.
    extra : sequence of str, default=()
        Columns of these rows that somebody added.
    compared : {"voting", "model"}, default="voting"
        What `ReportSong.others` tells of.
    """

    title: str
    classes: Sequence[str]
    songs: Sequence[ReportSong]
    figure: Figure | None = None
    done: Sequence[str] = ()
    cautions: Sequence[str] = ()
    tables: Sequence[Table] = ()
    copies: Sequence[Copy] | None = None
    words: Unit = MUSIC
    review: Sequence[Mapping[str, Any]] | None = None
    extra: Sequence[str] = ()
    compared: str = "voting"

    def reviewed(self) -> "ReportContent":
        """Keep the songs of the rows to be decided, in the order of their ranks.

        Returns
        -------
        ReportContent
            A row may name a song by its key, its name, or the end of its path where
            no other ends so; one that is not known here keeps its row, without sound
            and windows.
        """
        if self.review is None:
            return self
        rows = sorted_rows(self.review, extra=self.extra)
        known = _places(self.songs)
        places = [known.get(row["song"]) for row in rows]
        songs = [
            ReportSong(name=row["song"], key=row["song"])
            if place is None
            else self.songs[place]
            for row, place in zip(rows, places, strict=True)
        ]
        now = {place: i for i, place in enumerate(places) if place is not None}
        copies = [
            Copy(now[copy.first], now[copy.second], copy.text)
            for copy in self.copies or ()
            if copy.first in now and copy.second in now
        ]
        kept = None if self.copies is None else copies
        return replace(self, songs=songs, copies=kept, review=rows)

    def to_json(self) -> dict[str, Any]:
        """All of it, as JSON can hold it."""
        words = self.words._asdict()
        return {
            "title": shown(self.title),
            "words": words | {f"{k}s": plural(v) for k, v in words.items()},
            "classes": [shown(label) for label in self.classes],
            "songs": [song.to_json() for song in self.songs],
            "figure": None if self.figure is None else _figure(self.figure),
            "done": [shown(text) for text in self.done],
            "cautions": [shown(text) for text in self.cautions],
            "tables": [_table(table) for table in self.tables],
            "copies": None
            if self.copies is None
            else [[copy.first, copy.second, shown(copy.text)] for copy in self.copies],
            "review": None
            if self.review is None
            else sorted_rows(self.review, extra=self.extra),
            "compared": self.compared,
            "steps": _STEPS,
        }


def _places(songs: Sequence[ReportSong]) -> dict[str, int]:
    """Positions of songs, by all that they may be called."""
    ends: dict[str, list[int]] = {}
    for i, song in enumerate(songs):
        parts = shown(song.key).replace("\\", "/").split("/")
        for n in range(len(parts)):
            ends.setdefault("/".join(parts[n:]), []).append(i)
    places = {end: found[0] for end, found in ends.items() if len(found) == 1}
    places |= {shown(song.name): i for i, song in enumerate(songs)}
    return places | {shown(song.key): i for i, song in enumerate(songs)}


def _figure(figure: Figure) -> dict[str, Any]:
    more = [shown(text) for text in figure.more]
    return {"value": figure.value, "text": shown(figure.text), "more": more}


def _table(table: Table) -> dict[str, Any]:
    return {
        "title": shown(table.title),
        "head": [shown(cell) for cell in table.head],
        "rows": [[shown(cell) for cell in row] for row in table.rows],
        "before": shown(table.before),
        "after": shown(table.after),
    }
