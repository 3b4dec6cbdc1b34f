"""A comparison as a report: out-of-fold verdicts, and the honest figure."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from skgenre.audio._song import is_file
from skgenre.datasets._unit import MUSIC, OTHER, Unit, are_genres, plural
from skgenre.model_selection import ModelComparison, VotingComparison
from skgenre.model_selection._comparison_text import joint_table, split_text
from skgenre.model_selection._text_tables import percent, percent_interval
from skgenre.prediction._events import joined
from skgenre.prediction._judge import WindowsOfSong
from skgenre.prediction._verdicts import Event
from skgenre.reporting._content import Figure, ReportContent, ReportSong, Table
from skgenre.reporting._extras import (
    Extras,
    copies_among,
    leakage_table,
    title_of,
)
from skgenre.reporting._names import short_names
from skgenre.reporting._words import worded
from skgenre.review._suspects import suspected_labels
from skgenre.voting._events import deciding_stretches
from skgenre.voting._explain import Explained

# Of all that speaks for a verdict, as `predict_table` has it.
_SHARE = 0.5
_COLUMNS = (
    "Balanced: the mean over classes of the share that is right. AUC: 1 is perfect, "
    "0.5 is chance. Log-loss: smaller is better. ECE: how far probabilities are from "
    "the shares that are right. Better and worse count against the first."
)


def content_of_comparison(
    comparison: ModelComparison,
    *,
    songs: Sequence[Any] | None,
    voting: str | None,
    extras: Extras,
    keys: Sequence[str] | None = None,
) -> ReportContent:
    """Make the content of a report out of a comparison.

    Parameters
    ----------
    comparison : ModelComparison or VotingComparison
        Of all songs.
    songs : sequence of length n_songs or None
        Where the sounds are; the names of the comparison's songs if None.
    voting : str or None
        Name of the voting or model whose verdicts are shown; "mean" if None and if it
        is there, or else the reference.
    extras : Extras
        What is known beside.
    keys : sequence of str of length n_songs or None, default=None
        What songs are called in `extras`; the comparison's names if None.

    Returns
    -------
    ReportContent
        With the songs in the order of the comparison, and those of errors behind.
    """
    name = _chosen(comparison, voting)
    words = extras.words or (MUSIC if are_genres(comparison.classes) else OTHER)
    ids = comparison.song_ids.tolist()
    rows = [
        *_songs(comparison, songs, name, keys or list(map(str, ids))),
        *extras.bad_songs(comparison.classes.tolist()),
    ]
    leakage = [] if extras.leakage is None else [leakage_table(extras.leakage, words)]
    return ReportContent(
        title=extras.title or title_of(rows, words),
        classes=[str(label) for label in comparison.classes],
        songs=rows,
        figure=_figure(comparison, name, words),
        done=[*_done(comparison, name, words), *extras.done],
        cautions=extras.notes or _cautions(comparison, extras, words),
        tables=[*_side_by_side(comparison, words), *leakage],
        copies=copies_among(extras, rows),
        words=words,
        review=extras.review,
        compared="voting" if isinstance(comparison, VotingComparison) else "model",
    )


def _chosen(comparison: ModelComparison, name: str | None) -> str:
    names = list(comparison.song_proba)
    if name is None:
        return "mean" if "mean" in names else comparison.reference
    if name not in names:
        raise ValueError(
            f"Got voting={name!r}, but expected one of those compared, {names}."
        )
    return name


# -- songs ----------------------------------------------------------------------------


def _songs(
    comparison: ModelComparison,
    songs: Sequence[Any] | None,
    name: str,
    keys: Sequence[str],
) -> list[ReportSong]:
    ids = comparison.song_ids.tolist()
    names = short_names(ids if songs is None else songs)
    sources = _sources(comparison, songs)
    label = np.searchsorted(comparison.classes, comparison.y)
    proba = comparison.song_proba[name]
    judged = (comparison.fold >= 0) & comparison.heard
    shown = np.where(judged[:, None], proba, np.nan)
    suspects = suspected_labels(label, shown)
    others = {n: p.argmax(axis=1) for n, p in comparison.song_proba.items()}
    parts = _parts(comparison, name)
    rows = []
    for i, key in enumerate(keys):
        about = {
            "name": names[i],
            "key": key,
            "source": sources[i],
            "label": int(label[i]),
            "group": "" if comparison.groups is None else _text(comparison.groups[i]),
        }
        if not judged[i]:
            why = "Tested in no fold." if comparison.fold[i] < 0 else "No windows."
            rows.append(ReportSong(**about, error=why))
            continue
        windows, events = parts[i]
        rows.append(
            ReportSong(
                **about,
                verdict=int(proba[i].argmax()),
                proba=tuple(proba[i].tolist()),
                windows=windows,
                n_windows=sum(len(part.starts) for part in windows),
                events=events,
                decides=bool(events),
                fold=int(comparison.fold[i]),
                others={n: int(said[i]) for n, said in others.items()},
                suspect=bool(suspects[i]),
            )
        )
    return rows


def _text(group: Any) -> str:
    # As loaders call the group of a song whose artist they do not know.
    return "" if str(group).startswith("unknown: ") else str(group)


def _sources(comparison: ModelComparison, songs: Sequence[Any] | None) -> list[Any]:
    """Where sounds are: what was given, or names that are files."""
    n_songs = len(comparison.y)
    if songs is None:
        ids = comparison.song_ids.tolist()
        return [song if is_file(song) else None for song in ids]
    if len(songs) != n_songs:
        raise ValueError(
            f"Got {len(songs)} songs, but expected the {n_songs} of the comparison, in "
            "their order."
        )
    return list(songs)


def _parts(
    comparison: ModelComparison, name: str
) -> list[tuple[tuple[WindowsOfSong, ...], tuple[Event, ...]]]:
    """Windows and the seconds that decided, of each song."""
    if not isinstance(comparison, VotingComparison):
        return [((), ())] * len(comparison.y)
    explained = comparison.explained(name)
    windows = comparison.window_proba
    nothing = np.zeros(windows.n_windows)
    said = nothing if explained is None else explained.contribution
    return [
        _part(comparison, slice(*windows.offsets[[i, i + 1]]), said, explained)
        for i in range(len(windows))
    ]


def _part(
    comparison: VotingComparison,
    own: slice,
    contribution: np.ndarray,
    explained: Explained | None,
) -> tuple[tuple[WindowsOfSong, ...], tuple[Event, ...]]:
    windows = comparison.window_proba
    part = WindowsOfSong(
        windows.starts[own], windows.ends[own], windows.values[own], contribution[own]
    )
    known = np.isfinite(part.starts + part.ends).all()
    total = part.contribution[part.contribution > 0].sum()
    if explained is None or not known or total <= 0:
        return (part,), ()
    stretches = deciding_stretches(
        part.starts, part.ends, part.contribution, share=_SHARE
    )
    return (part,), joined(stretches, total=total)


# -- words ----------------------------------------------------------------------------


def _figure(comparison: ModelComparison, name: str, words: Unit) -> Figure:
    scores = comparison.pooled[name]
    several = words.several(scores["n_songs"], "song")
    label, share = comparison.baseline
    ends = percent_interval(scores["accuracy_low"], scores["accuracy_high"])
    more = [
        f"{100 * comparison.confidence:g} % interval: {ends}; "
        f"{several} tell it no better.",
        f"Always saying {str(label)!r} would be right in {percent(share)}.",
    ]
    if "window_accuracy" in scores:
        more.append(
            f"Single windows are right in {percent(scores['window_accuracy'])}."
        )
    return Figure(
        value=percent(scores["accuracy"]),
        text=f"of {several} get the right {words.label}",
        more=tuple(more),
    )


def _done(comparison: ModelComparison, name: str, words: Unit) -> list[str]:
    tested = comparison.fold >= 0
    split = worded(split_text(comparison.fold[tested], None), words)
    apart = ""
    if comparison.groups is not None:
        apart = f", {plural(words.group)} kept together"
    done = [
        f"Each {words.song} was judged by a model that was trained on others "
        f"({split}{apart})."
    ]
    if isinstance(comparison, VotingComparison):
        done.append(
            f"Each was cut into windows, of which the model judged every one; the "
            f"voting {name!r} made one verdict of them."
        )
    else:
        done.append(f"Shown are verdicts of the model {name!r}.")
    return done


def _cautions(comparison: ModelComparison, extras: Extras, words: Unit) -> list[str]:
    """What Python knows that was not ensured; the command line knows more."""
    songs, group = plural(words.song), words.group
    cautions = []
    if comparison.groups is None:
        cautions.append(
            f"{songs.capitalize()} of one {group} may be on both sides of a fold, "
            f"which flatters: {plural(group)} are not known."
        )
    if extras.copies is None:
        cautions.append(
            "Copies of a recording were not looked for: one may be under two names, on "
            "both sides."
        )
    return cautions


def _without_f1(cells: list[str]) -> list[str]:
    # Interval, difference, interval, balanced; macro F1 says the same once more.
    return cells[:4] + cells[5:]


def _side_by_side(comparison: ModelComparison, words: Unit) -> list[Table]:
    if len(comparison.pooled) == 1:
        return []
    is_voting = isinstance(comparison, VotingComparison)
    head, *rows = joint_table(
        comparison.pooled,
        reference=comparison.reference,
        confidence=comparison.confidence,
    )
    kind = "voting" if is_voting else "model"
    return [
        Table(
            title=f"{kind.capitalize()}s side by side",
            head=[kind, f"{plural(words.song)} right", *_without_f1(head[2:])],
            rows=[[*row[:2], *_without_f1(row[2:])] for row in rows],
            before=worded(comparison.conclusion(), words),
            after=_COLUMNS,
        )
    ]
