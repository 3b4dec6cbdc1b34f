"""The seconds that decided, as files that Audacity and Raven open over the song."""

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from skgenre._optional import require
from skgenre.prediction._verdicts import Verdict
from skgenre.voting import to_audacity_labels, to_raven_table

# By kind: what writes the file of one song, and how its name ends.
_WRITERS: dict[str, tuple[Callable[..., None], str]] = {
    "audacity": (to_audacity_labels, ".labels.txt"),
    "raven": (to_raven_table, ".selections.txt"),
}
KINDS = tuple(_WRITERS)


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


def events_folder(out: Path) -> Path:
    """Where the files of events go that belong to a table.

    Parameters
    ----------
    out : Path
        The table.

    Returns
    -------
    Path
        Beside it.
    """
    return out.with_name(f"{out.stem}-events")


def write_events(
    verdicts: Iterable[Verdict], classes: Sequence[Any], out: Path, *, kind: str
) -> None:
    """Write the seconds that decided, a file for each song.

    Parameters
    ----------
    verdicts : iterable of Verdict
        Of songs; those without a verdict have no file.
    classes : sequence of length n_classes
        Labels, in the order of the probabilities.
    out : Path
        The table; files go into `events_folder`, as songs lie below the folder that
        holds all of them.
    kind : {"audacity", "raven"}
        Whose format.
    """
    pandas = require("pandas", "plot", "events=")
    write, ending = _WRITERS[kind]
    judged = [verdict for verdict in verdicts if verdict.events]
    folder = events_folder(out)
    for verdict, name in zip(judged, _below(judged), strict=True):
        path = folder / f"{name}{ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        write(pandas.DataFrame(_events(verdict, classes)), path)


def _events(verdict: Verdict, classes: Sequence[Any]) -> list[dict[str, Any]]:
    if verdict.best is None:
        return []
    about = {
        "song": verdict.song,
        "label": classes[verdict.best],
        "probability": verdict.proba[verdict.best],
    }
    events = sorted(verdict.events, key=lambda event: event.start)
    return [
        {**about, "start": event.start, "end": event.end, "score": event.share}
        for event in events
    ]


def _below(verdicts: Sequence[Verdict]) -> list[str]:
    """Names of songs below the folder that holds all of them."""
    paths = [Path(verdict.song).absolute() for verdict in verdicts]
    if not paths:
        return []
    # Songs on several drives of Windows have no folder in common.
    try:
        above = os.path.commonpath([path.parent for path in paths])
    except ValueError:
        return ["/".join([*path.parts[1:]]) for path in paths]
    return [path.relative_to(above).as_posix() for path in paths]
