"""The seconds that decided, as labels for Audacity and selections for Raven."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from skgenre.audio._song import shown
from skgenre.prediction._table_files import write_whole
from skgenre.prediction._verdicts import Event, Verdict

KINDS = ("audacity", "raven")
_RAVEN = (
    "Selection",
    "View",
    "Channel",
    "Begin Time (s)",
    "End Time (s)",
    "Begin Path",
    "Verdict",
    "Confidence",
    "Share",
)


def check_events(kind: str | None) -> None:
    """Check that there is such a kind of files.

    Parameters
    ----------
    kind : str or None
        What the user gave.

    Raises
    ------
    ValueError
        If there is not.
    """
    if kind is not None and kind not in KINDS:
        raise ValueError(
            f"Got events={kind!r}, but expected one of {', '.join(KINDS)}, or None."
        )


def write_events(
    verdicts: Iterable[Verdict], classes: Sequence[Any], out: Path, *, kind: str
) -> Path:
    """Write the seconds that decided beside a table.

    Parameters
    ----------
    verdicts : iterable of Verdict
        Of songs.
    classes : sequence of length n_classes
        Labels, in the order of the probabilities.
    out : Path
        The table.
    kind : {"audacity", "raven"}
        Files of labels, one for each song, in ``OUT.labels``; or one selection table,
        ``OUT.selections.txt``.

    Returns
    -------
    Path
        The folder, or the file.
    """
    judged = [verdict for verdict in verdicts if verdict.events]
    if kind == "raven":
        path = out.with_name(f"{out.stem}.selections.txt")
        write_whole(path, _lines([_RAVEN, *_selections(judged, classes)]))
        return path
    folder = out.with_name(f"{out.stem}.labels")
    for verdict, name in zip(judged, label_names(judged), strict=True):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, _lines(_labels(verdict, classes)))
    return folder


def label_names(verdicts: Sequence[Verdict]) -> list[str]:
    """Name the file of each song's labels, below the folder of all.

    Parameters
    ----------
    verdicts : sequence of Verdict
        Of songs.

    Returns
    -------
    list of str
        As songs lie below the folder that holds all of them, with ".txt" behind.
    """
    paths = [os.path.abspath(verdict.song) for verdict in verdicts]  # noqa: PTH100
    if not paths:
        return []
    # Songs on several drives of Windows have no folder in common.
    try:
        above = os.path.commonpath([os.path.dirname(path) for path in paths])  # noqa: PTH120
        below = [os.path.relpath(path, above) for path in paths]
    except ValueError:
        below = [path.replace(":", "").lstrip(os.sep) for path in paths]
    return [f"{name}.txt" for name in below]


def _labels(verdict: Verdict, classes: Sequence[Any]) -> list[list[str]]:
    label = _label(verdict, classes)
    return [
        [f"{event.start:.6f}", f"{event.end:.6f}", f"{label} {100 * event.share:.0f} %"]
        for event in _in_order(verdict)
    ]


def _selections(verdicts: Iterable[Verdict], classes: Sequence[Any]) -> list[list[str]]:
    events = [(verdict, event) for verdict in verdicts for event in _in_order(verdict)]
    return [
        [
            str(number),
            "Spectrogram 1",
            "1",
            f"{event.start:.6f}",
            f"{event.end:.6f}",
            verdict.song,
            _label(verdict, classes),
            f"{max(verdict.proba):.4f}",
            f"{event.share:.4f}",
        ]
        for number, (verdict, event) in enumerate(events, start=1)
    ]


def _in_order(verdict: Verdict) -> list[Event]:
    return sorted(verdict.events, key=lambda event: event.start)


def _label(verdict: Verdict, classes: Sequence[Any]) -> str:
    return str(classes[verdict.proba.index(max(verdict.proba))])


def _lines(table: Sequence[Sequence[str]]) -> bytes:
    # A tab or a line's end in a name would shift what follows.
    lines = ["\t".join(" ".join(shown(cell).split()) for cell in row) for row in table]
    return "".join(f"{line}\n" for line in lines).encode()
