"""Events: neighbouring windows that decided become one, for other programs too."""

import re
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from skgenre._files import write_whole
from skgenre._optional import require

if TYPE_CHECKING:
    import pandas as pd

_NEEDED = ("song", "start", "end", "verdict", "probability", "contribution")
_EVENT = ("song", "start", "end", "label", "probability", "score", "n_windows")
# Windows that are this far apart, in seconds, still follow each other.
_TOUCHING = 1e-6


def window_events(table: "pd.DataFrame", *, share: float = 0.5) -> "pd.DataFrame":
    """Merge neighbouring windows that decided the verdict into events.

    A song's deciding windows are the fewest whose contributions together make up
    `share` of all that speaks for the verdict: of the sum of contributions above 0,
    from the largest on. Deciding windows that follow each other, without a window
    between and without a pause, are one event.

    Parameters
    ----------
    table : pandas.DataFrame
        Of `explain`: columns song, start, end, verdict, probability and contribution.
    share : float, default=0.5
        Above 0; 1 takes every window that speaks for the verdict.

    Returns
    -------
    pandas.DataFrame
        One row per event, songs as they come in `table`, events by time: song, start
        and end (seconds), label (the verdict), probability (of the verdict for the
        song), score (the sum of the contributions of its windows) and n_windows.

    Raises
    ------
    ValueError
        If `table` lacks columns, or windows have no times.

    See Also
    --------
    to_audacity_labels, to_raven_table : Write events to files.

    Examples
    --------
    >>> import pandas as pd
    >>> from skgenre.voting import window_events
    >>> table = pd.DataFrame({
    ...     "song": "so_what.wav", "start": [0.0, 5.0, 10.0, 15.0],
    ...     "end": [5.0, 10.0, 15.0, 18.5], "verdict": "jazz",
    ...     "probability": 0.8, "contribution": [0.3, 0.25, 0.05, 0.2],
    ... })
    >>> window_events(table, share=0.9)
              song  start   end label  probability  score  n_windows
    0  so_what.wav    0.0  10.0  jazz          0.8   0.55          2
    1  so_what.wav   15.0  18.5  jazz          0.8   0.20          1
    """
    pandas = require("pandas", "plot", "window_events")
    lost = [name for name in _NEEDED if name not in table.columns]
    if lost:
        raise ValueError(
            f"Got a table without the column(s) {lost}, but expected that of explain."
        )
    if not 0 < share <= 1:
        raise ValueError(
            f"Got share={share!r}, but expected a number above 0, up to 1."
        )
    times = table[["start", "end"]].to_numpy(dtype=float)
    if np.isnan(times).any():
        row = int(np.isnan(times).any(axis=1).argmax())
        raise ValueError(
            f"Got no start or end of the window in row {row}, but expected seconds. "
            "Take windows from FrameWindower, or give SongWindows(..., starts=..., "
            "window_seconds=...)."
        )
    found = [
        event
        for song, own in table.groupby("song", sort=False)
        for event in _events_of_song(song, own, share)
    ]
    return pandas.DataFrame(found, columns=list(_EVENT))


def _events_of_song(
    song: Any, table: "pd.DataFrame", share: float
) -> list[dict[str, Any]]:
    starts, ends, contribution = (
        table[name].to_numpy(dtype=float) for name in ("start", "end", "contribution")
    )
    of_song = {
        "song": song,
        "label": table["verdict"].iloc[0],
        "probability": table["probability"].iloc[0],
    }
    stretches = deciding_stretches(starts, ends, contribution, share=share)
    return [{**of_song, **stretch._asdict()} for stretch in stretches]


class Stretch(NamedTuple):
    """Seconds of a song that decided, without a pause."""

    start: float
    end: float
    score: float  # the sum of the contributions of its windows
    n_windows: int


def deciding_stretches(
    starts: np.ndarray, ends: np.ndarray, contribution: np.ndarray, *, share: float
) -> list[Stretch]:
    """Join neighbouring windows of one song that decided.

    Parameters
    ----------
    starts, ends : float arrays of shape (n_windows,)
        Where windows lie, in seconds.
    contribution : float array of shape (n_windows,)
        To the verdict.
    share : float
        See `window_events`.

    Returns
    -------
    list of Stretch
        By time.
    """
    order = np.argsort(starts, kind="stable")
    starts, ends, contribution = starts[order], ends[order], contribution[order]
    decides = _deciding(contribution, share)
    rows = np.flatnonzero(decides)
    if not len(rows):
        return []
    # The first of each stretch: behind a window that does not decide, or a pause.
    pauses = starts[1:] > ends[:-1] + _TOUCHING
    is_first = np.append(True, ~decides[:-1] | pauses)[rows]
    first = np.flatnonzero(is_first)
    columns = zip(
        starts[rows[first]].tolist(),
        np.maximum.reduceat(ends[rows], first).tolist(),
        np.add.reduceat(contribution[rows], first).tolist(),
        np.diff(np.append(first, len(rows))).tolist(),
        strict=True,
    )
    return [Stretch(*column) for column in columns]


def _deciding(contribution: np.ndarray, share: float) -> np.ndarray:
    """The fewest windows that make up the share, bool (n_windows,)."""
    order = np.argsort(-contribution, kind="stable")
    speaks = np.maximum(contribution[order], 0)
    reached = np.cumsum(speaks)
    # Those before which the share was not reached yet.
    before = reached - speaks
    decides = np.zeros(len(contribution), dtype=bool)
    enough = share * reached[-1] * (1 - 1e-12)
    decides[order[(before < enough) & (speaks > 0)]] = True
    return decides


# -- files ----------------------------------------------------------------------------


def to_audacity_labels(events: "pd.DataFrame", path: str | PathLike[str]) -> None:
    r"""Write the events of one song as a label track of Audacity.

    There, File > Import > Labels puts them below the song.

    Parameters
    ----------
    events : pandas.DataFrame
        Of one song, from `window_events`: columns start, end and label.
    path : str or Path
        The file, replaced if there is one: per event start and end in seconds and the
        label, with tabs between.

    Raises
    ------
    ValueError
        If there are events of several songs.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import pandas as pd
    >>> from skgenre.voting import to_audacity_labels
    >>> events = pd.DataFrame({"start": [0.0], "end": [10.0], "label": ["jazz"]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     to_audacity_labels(events, f"{folder}/so_what.txt")
    ...     Path(f"{folder}/so_what.txt").read_text(encoding="utf-8")
    '0.000000\t10.000000\tjazz\n'
    """
    _one_song(events, "to_audacity_labels")
    lines = [
        [f"{start:.6f}", f"{end:.6f}", _cell(label)]
        for start, end, label in zip(
            events["start"], events["end"], events["label"], strict=True
        )
    ]
    _write(lines, path)


_RAVEN = (
    "Selection",
    "View",
    "Channel",
    "Begin Time (s)",
    "End Time (s)",
    "Low Freq (Hz)",
    "High Freq (Hz)",
    "Common Name",
    "Species Code",
    "Confidence",
    "Begin Path",
    "File Offset (s)",
    "Score",
)


def to_raven_table(
    events: "pd.DataFrame",
    path: str | PathLike[str],
    *,
    low_hz: float = 0.0,
    high_hz: float = 11025.0,
) -> None:
    r"""Write the events of one song as a selection table of Raven.

    There, File > Open Selection Table puts them over the song.

    Parameters
    ----------
    events : pandas.DataFrame
        Of one song, from `window_events`: columns start, end, label, probability and
        score; song, where it is known, is the file they are in.
    path : str or Path
        The file, replaced if there is one: a head and a line per event, with tabs
        between. Columns are those of BirdNET-Analyzer, where "Common Name" and
        "Species Code" are the label and "Confidence" is the probability of the verdict
        for the song; and "Score".
    low_hz, high_hz : float, default=0 and 11025
        Between which frequencies selections are drawn; by default all that is heard at
        22,050 samples per second.

    Raises
    ------
    ValueError
        If there are events of several songs.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import pandas as pd
    >>> from skgenre.voting import to_raven_table
    >>> events = pd.DataFrame(
    ...     {"start": [0.0], "end": [10.0], "label": ["jazz"], "probability": [0.8],
    ...      "score": [0.55]}
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     to_raven_table(events, f"{folder}/so_what.txt")
    ...     head, line = Path(f"{folder}/so_what.txt").read_text().splitlines()
    >>> head.split("\t")[3:5], line.split("\t")[3:5]
    (['Begin Time (s)', 'End Time (s)'], ['0.000000', '10.000000'])
    """
    _one_song(events, "to_raven_table")
    if not 0 <= low_hz < high_hz:
        raise ValueError(
            f"Got low_hz={low_hz!r} and high_hz={high_hz!r}, but expected 0 or more, "
            "and more than that."
        )
    lines = [list(_RAVEN)]
    for number, event in enumerate(events.to_dict("records"), start=1):
        begin, end = f"{event['start']:.6f}", f"{event['end']:.6f}"
        place = [begin, end, f"{low_hz:g}", f"{high_hz:g}"]
        label = _cell(event["label"])
        named = [label, label, f"{event['probability']:.4f}"]
        file = [_cell(event.get("song", "")), begin, f"{event['score']:.6f}"]
        lines.append([str(number), "Spectrogram 1", "1", *place, *named, *file])
    _write(lines, path)


def _one_song(events: "pd.DataFrame", caller: str) -> None:
    if "song" not in events.columns:
        return
    songs = events["song"].unique()
    if len(songs) > 1:
        raise ValueError(
            f"Got events of {len(songs)} songs, but expected those of one, as such a "
            "file belongs to one song. Write one each: for song, own in "
            f"events.groupby('song'): {caller}(own, ...)."
        )


def _cell(value: Any) -> str:
    """Text of one cell, whatever is in it: no tab or line end starts another."""
    # All that str.splitlines ends a line at.
    return re.sub(r"[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+", " ", str(value))


def _write(lines: list[list[str]], path: str | PathLike[str]) -> None:
    text = "".join("\t".join(cells) + "\n" for cells in lines)
    # Line ends of every system alike, as both programs read them.
    write_whole(Path(path), text.encode("utf-8", "surrogateescape"))
