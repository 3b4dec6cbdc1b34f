"""``skgenre predict``: a model file and songs in, a verdict on each out."""

import csv
import hashlib
import math
import os
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib

from skgenre.audio._song import shown
from skgenre.cli._errors import UserError, interruptible
from skgenre.cli._report import WantedReport, report_verdicts
from skgenre.cli._say import Speaker
from skgenre.datasets._unit import MUSIC, OTHER, plural

if TYPE_CHECKING:
    from skgenre.persistence import ModelCard
    from skgenre.prediction._judge import Listened
    from skgenre.prediction._predict_table import Judged

# Of the columns on a terminal, beside the name of the song.
_MOST_BAD = 20
_LEAST_NAME = 16


@dataclass(frozen=True)
class WantedVerdicts:
    """What the user of ``predict`` decides.

    Parameters
    ----------
    model : Path
        The model's file.
    places : sequence of str
        Files, folders and patterns; "-" for a list on the standard input.
    out : Path or None, default=None
        The table's file.
    events : str or None, default=None
        "audacity" or "raven".
    trusted : sequence of str, default=()
        Types of the model file that are to be trusted.
    n_jobs : int, default=-1
        Songs at a time.
    isolate : bool, default=False
        Whether files are decoded in processes of their own.
    report : WantedReport or None, default=None
        A page of all songs with their sound.
    """

    model: Path
    places: Sequence[str]
    out: Path | None = None
    events: str | None = None
    trusted: Sequence[str] = ()
    n_jobs: int = -1
    isolate: bool = False
    report: WantedReport | None = None


def run_predict(wanted: WantedVerdicts, *, json: bool = False) -> int:
    """Judge songs with a model that was kept.

    Parameters
    ----------
    wanted : WantedVerdicts
        What the user decides.
    json : bool, default=False
        Whether to print one JSON object.

    Returns
    -------
    int
        Exit code: 0 if there is a verdict on some song, 1 if on none.
    """
    from skgenre.prediction._event_files import check_events
    from skgenre.prediction._predict_table import Judged
    from skgenre.prediction._table_files import check_table_path

    say = Speaker(json=json)
    check_events(wanted.events)
    if wanted.events and wanted.out is None:
        raise UserError(
            f"Got --events {wanted.events} without --out, but expected the table's "
            "file, beside which events are written: --out verdicts.csv"
        )
    if wanted.out is not None:
        check_table_path(wanted.out)
    elif say.width is None:
        # The standard output is the table, and nothing else.
        say.aside()
    songs = _songs(wanted.places)
    card, model = load_for_files(wanted.model, wanted.trusted)
    say.words = MUSIC if card.facts.get("unit") == MUSIC.song else OTHER
    listened: dict[str, Listened] | None = None if wanted.report is None else {}
    judged = Judged(
        model,
        songs,
        key=_key(wanted.model),
        listened=listened,
        isolate=wanted.isolate,
    )
    with joblib.parallel_config(n_jobs=wanted.n_jobs), say.step():
        if wanted.out is not None:
            rows = _to_file(say, judged, wanted.out, events=wanted.events)
        else:
            with interruptible("Verdicts are not kept. With --out FILE they are."):
                rows = _to_screen(say, judged, card)
        if wanted.report is not None:
            report_verdicts(say, judged, card, wanted.report, n_jobs=wanted.n_jobs)
    _bad_songs(say, rows)
    found: dict[str, Any] = {"model": str(wanted.model), "songs": rows}
    if wanted.report is not None:
        found["report"] = wanted.report.path
    say.result("predict", found)
    return 0 if any(not row["error"] for row in rows) else 1


def _songs(places: Sequence[str]) -> list[str]:
    """Paths of all songs that were asked for."""
    from skgenre.prediction._songs import find_songs

    listed: list[str] = []
    for place in places:
        listed += _from_list(sys.stdin.buffer.read()) if place == "-" else [place]
    if not listed:
        raise UserError(
            "Got no songs, but expected files, folders or patterns after the model, or "
            "- for a list of paths on the standard input, one a line."
        )
    return find_songs(listed)


def _from_list(content: bytes) -> list[str]:
    """Paths of a list: a line each, or ended by NUL as ``find -print0`` does."""
    separator = b"\0" if b"\0" in content else b"\n"
    lines = (line.rstrip(b"\r") for line in content.split(separator))
    return [os.fsdecode(line) for line in lines if line]


def load_for_files(path: Path, trusted: Sequence[str]) -> tuple["ModelCard", Any]:
    """Load a model that starts from files.

    Parameters
    ----------
    path : Path
        Its file.
    trusted : sequence of str
        Types in it that are to be trusted.

    Returns
    -------
    card : ModelCard
        What the file says of it.
    model : estimator
        Fitted.

    Raises
    ------
    UserError
        If it takes windows that are cut already.
    """
    from skgenre.persistence import load_model, read_model_card

    card = read_model_card(path)
    if not card.window_seconds:
        raise UserError(
            f"Got the model {str(path)!r}, which takes windows that are cut "
            "already, but expected one that starts from files, as train makes it: a "
            "Pipeline that starts with FrameWindower."
        )
    return card, load_model(path, trusted=tuple(trusted))


def _key(path: Path) -> str:
    """Hash the model's file: a journal of another one is of no use."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# -- out ------------------------------------------------------------------------------


def _to_file(
    say: Speaker, judged: "Judged", out: Path, *, events: str | None
) -> list[dict[str, Any]]:
    from skgenre.prediction._event_files import events_folder

    kept = f"Verdicts so far are in {out}. The same command goes on from there."
    with interruptible(kept):
        rows = judged.write(out, events=events, verbose=say.watched)
    say.line(f"Judged {_judged_words(say, rows)}: {_verdicts_words(rows)}.")
    beside = f" and {events_folder(out)}{os.sep}" if events else ""
    say.line(f"Saved {out}{beside}.")
    return rows


def _to_screen(
    say: Speaker, judged: "Judged", card: "ModelCard"
) -> list[dict[str, Any]]:
    """Show verdicts as they are made: a table where one looks on, cells in pipes."""
    rows: list[dict[str, Any]] = []
    screen = _Screen(say, judged)
    if screen.is_looked_on:
        say.line(_about(say, card))
    for batch in judged.batches(verbose=say.watched):
        new = judged.rows(batch)
        rows += new
        if not say.json:
            screen.show(new)
    if screen.is_looked_on:
        say.line(f"Judged {_judged_words(say, rows)}: {_verdicts_words(rows)}.")
    return rows


class _Screen:
    """Rows as lines."""

    def __init__(self, say: Speaker, judged: "Judged") -> None:
        self._say = say
        self.is_looked_on = say.width is not None and not say.json
        self._labels = max(
            [len("verdict"), *(len(shown(str(label))) for label in judged.classes)]
        )
        self._names = max([len(say.words.song), *map(len, judged.names)])
        self._has_head = False

    def show(self, rows: list[dict[str, Any]]) -> None:
        if not self.is_looked_on:
            self._show_cells(rows)
            return
        if not self._has_head:
            self._line(self._say.words.song, "verdict", "sure", "second", "decided")
            self._has_head = True
        for row in rows:
            if row["error"]:
                self._line(row["song"], "-", "", "", "")
                continue
            second = row["second"]
            self._line(
                row["song"],
                str(row["verdict"]),
                f"{100 * row['confidence']:.0f} %",
                f"{second} {100 * row['second_confidence']:.0f} %" if second else "",
                _stretch(row["decided_from"], row["decided_to"]),
            )

    def _line(
        self, song: str, verdict: str, sure: str, second: str, decided: str
    ) -> None:
        """Columns at the right go where there is no room."""
        right = f"{verdict:<{self._labels}}  {sure:>5}"
        for more in (f"  {second:<{self._labels + 6}}", f"  {decided}"):
            if len(right) + len(more) + _LEAST_NAME <= (self._say.width or 0):
                right += more
        room = max(_LEAST_NAME, (self._say.width or 0) - len(right) - 2)
        width = min(room, self._names)
        self._say.line(f"{_shortened(song, width):<{width}}  {right}".rstrip())

    def _show_cells(self, rows: list[dict[str, Any]]) -> None:
        from skgenre.prediction._table_files import cells

        writer = csv.writer(sys.stdout, delimiter="\t", lineterminator="\n")
        if not self._has_head and rows:
            writer.writerow(list(rows[0]))
            self._has_head = True
        writer.writerows(cells(row) for row in rows)
        sys.stdout.flush()


def _shortened(name: str, width: int) -> str:
    """The end of a path tells more than its start."""
    return name if len(name) <= width else f"...{name[len(name) - width + 3 :]}"


def _stretch(start: float, end: float) -> str:
    return "" if math.isnan(start) else f"{_clock(start)}-{_clock(end)}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{int(minutes)}:{rest:04.1f}"


# -- words ----------------------------------------------------------------------------


def _about(say: Speaker, card: "ModelCard") -> str:
    """One sentence on the model, with its figure."""
    lengths = " and ".join(f"{seconds:g}" for seconds in card.window_seconds)
    labels = say.words.several(len(card.classes), "label")
    figures = card.figures
    known = "its accuracy is not known"
    if isinstance(figures, dict) and isinstance(figures.get("accuracy"), float):
        known = (
            f"{100 * figures['accuracy']:.1f} % of {plural(say.words.song)} right when "
            "it was measured"
        )
    return f"A model of {labels}, windows of {lengths} s; {known}."


def _judged_words(say: Speaker, rows: list[dict[str, Any]]) -> str:
    n_good = sum(not row["error"] for row in rows)
    of_all = f" of {len(rows):,}" if n_good < len(rows) else ""
    return f"{n_good:,}{of_all} {plural(say.words.song)}"


def _verdicts_words(rows: Iterable[dict[str, Any]]) -> str:
    counts = Counter(str(row["verdict"]) for row in rows if not row["error"])
    said = [f"{n:,} {label}" for label, n in counts.most_common(8)]
    more = len(counts) - len(said)
    said += [f"{more} more"] if more > 0 else []
    return ", ".join(said) or "no verdict"


def _bad_songs(say: Speaker, rows: list[dict[str, Any]]) -> None:
    """Name what could not be judged, at the end, on the standard error."""
    bad = [row for row in rows if row["error"]]
    if not bad:
        return
    lines = [f"  {row['song']}: {row['error']}" for row in bad[:_MOST_BAD]]
    more = len(bad) - len(lines)
    lines += [f"  and {more:,} more"] if more > 0 else []
    head = f"No verdict on {len(bad):,} of {len(rows):,} {plural(say.words.song)}:"
    text = "\n".join([head, *lines])
    if say.json:
        say.warn(text)
    else:
        sys.stderr.write(f"{shown(text)}\n")
