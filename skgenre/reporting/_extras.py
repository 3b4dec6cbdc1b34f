"""What a report may say beside its verdicts: copies, leakage, faults, cautions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from skgenre.datasets._unit import Unit
from skgenre.model_selection import Duplicates, LeakageReport
from skgenre.model_selection._text_tables import percent, percent_interval
from skgenre.reporting._content import Copy, ReportSong, Table
from skgenre.reporting._words import worded

_EXACT = "equal to the last sample"


@dataclass(frozen=True)
class Extras:
    """What is known beside the verdicts.

    Parameters
    ----------
    title : str or None, default=None
        Of the page.
    copies : Duplicates, sequence of (name, name) or None, default=None
        Songs that are one recording; None if it was not looked for.
    leakage : LeakageReport or None, default=None
        The same model under several splits.
    errors : dict of str to str, default={}
        Why songs could not be used, by name.
    labels : dict of str to object, default={}
        Labels of such songs, where they are known.
    done : sequence of str, default=()
        Sentences: what else was done.
    notes : sequence of str, default=()
        Sentences: what was not ensured.
    review : sequence of dict or None, default=None
        Rows that a person is to decide.
    words : Unit or None, default=None
        What songs are called; told by the labels if None.
    """

    title: str | None = None
    copies: Duplicates | Sequence[tuple[str, str]] | None = None
    leakage: LeakageReport | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Any] = field(default_factory=dict)
    done: Sequence[str] = ()
    notes: Sequence[str] = ()
    review: Sequence[Mapping[str, Any]] | None = None
    words: Unit | None = None

    def bad_songs(self, classes: Sequence[Any]) -> list[ReportSong]:
        """Songs that could not be used, with their labels among the classes."""
        position = {str(label): i for i, label in enumerate(classes)}
        return [
            ReportSong(
                name=str(name),
                key=str(name),
                label=position.get(str(self.labels.get(name))),
                error=str(reason),
            )
            for name, reason in self.errors.items()
        ]


def title_of(songs: Sequence[ReportSong], words: Unit) -> str:
    """Say how many songs there are verdicts on.

    Parameters
    ----------
    songs : sequence of ReportSong
        All of the report.
    words : Unit
        What songs are called.

    Returns
    -------
    str
        Such as "Verdicts on 61 of 195 songs".
    """
    judged = sum(song.verdict is not None for song in songs)
    several = words.several(len(songs), "song")
    return f"Verdicts on {f'{judged:,} of ' * (judged < len(songs))}{several}"


def copies_among(extras: Extras, songs: Sequence[ReportSong]) -> list[Copy] | None:
    """Find copies by name among the songs of a report.

    Parameters
    ----------
    extras : Extras
        With names of songs that are one recording.
    songs : sequence of ReportSong
        Of the report.

    Returns
    -------
    list of Copy or None
        None if it was not looked for.
    """
    if extras.copies is None:
        return None
    position = {song.key: i for i, song in enumerate(songs)}
    # Whoever gives names gives those that are shown.
    position |= {song.name: i for i, song in enumerate(songs)}
    found = []
    for first, second, text in _pairs(extras.copies):
        if first in position and second in position:
            found.append(Copy(position[first], position[second], text))
    return found


def _pairs(
    copies: Duplicates | Sequence[tuple[str, str]],
) -> list[tuple[str, str, str]]:
    if not isinstance(copies, Duplicates):
        return [(str(first), str(second), "") for first, second in copies]
    ids = copies.song_ids
    return [
        (
            str(ids[pair.first]),
            str(ids[pair.second]),
            _EXACT
            if pair.exact
            else f"similarity {pair.similarity:.2f}, {pair.overlap_seconds:.0f} s in "
            "common",
        )
        for pair in copies
    ]


def leakage_table(leakage: LeakageReport, words: Unit) -> Table:
    """What other splits would have shown.

    Parameters
    ----------
    leakage : LeakageReport
        Of the same model.
    words : Unit
        What songs are called.

    Returns
    -------
    Table
        A row per split, from the leakiest to the strictest.
    """
    rows = [
        [
            worded(leakage.held_out[row["split"]], words),
            percent(row["accuracy"]),
            percent_interval(row["low"], row["high"]),
        ]
        for row in leakage.scores
        if row["level"] == "song"
    ]
    interval = f"{100 * leakage.confidence:g} % interval"
    songs = worded("songs", words)
    return Table(
        title="What another split would have shown",
        head=["Held out", f"{songs} right", interval],
        rows=rows,
        before=worded(leakage.sentence, words),
    )
