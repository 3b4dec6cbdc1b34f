"""``skgenre inspect``: what is in the data, what is wrong with it, and what to run."""

import shlex
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from skgenre.cli._copies import MOST_SONGS, SEARCHED_SECONDS
from skgenre.cli._data import read_data, unknown_groups
from skgenre.cli._errors import UserError
from skgenre.cli._guess_groups import guess_groups
from skgenre.cli._inspection import QUIET_DB, Copies, Inspection, find_leftovers
from skgenre.cli._say import Speaker, below
from skgenre.datasets._unit import plural
from skgenre.model_selection._text_tables import aligned

if TYPE_CHECKING:
    from sklearn.utils import Bunch

    from skgenre.datasets import SongSurvey, Windowing

# Names of each fault that are said; all are in the JSON.
_SHOWN = 5
_SOURCES = {
    "folder": "folders",
    "filename": "names of files",
    "tag": "tags",
    "table": "the table",
}


def run_inspect(
    say: Speaker,
    data: Path,
    *,
    groups: str,
    copies: bool,
    n_jobs: int,
    isolate: bool = False,
) -> None:
    """Look through the data and say what is there, what is wrong, and what to run.

    Parameters
    ----------
    say : Speaker
        Says it.
    data : Path
        A folder per class, or a table.
    groups : str
        Where the artist of a song is found.
    copies : bool
        Whether copies of one recording are looked for.
    n_jobs : int
        Songs at a time.
    isolate : bool, default=False
        Whether files are decoded in processes of their own.

    Raises
    ------
    UserError
        If nothing can be trained on the data; all else is said before.
    """
    songs = read_data(say, data, groups=groups, isolate=isolate)
    reading = {"isolate": isolate, "n_jobs": n_jobs}
    survey = _survey(say, songs, reading)
    found = Inspection(
        words=say.words,
        names=songs.get("names") or [below(str(song), data) for song in songs.data],
        labels=np.asarray(songs.target),
        artists=list(songs.artists),
        survey=survey,
        copies=_look_for_copies(say, songs, survey, reading, wanted=copies),
        windowing=_windowing(survey, say.words.song),
        sources=_sources(songs, data, groups),
        leftovers=find_leftovers(data) if data.is_dir() else {},
    )
    command = next_command(data, groups, found.windowing)
    _say_all(say, found, songs)
    if found.untrainable is None:
        say.line("\nTo train on it:")
        say.command(f"  {command}")
    say.result(
        "inspect",
        {
            "data": data,
            **found.to_json(),
            "next": command if found.untrainable is None else None,
        },
    )
    if found.untrainable is not None:
        raise UserError(found.untrainable)


# -- find -----------------------------------------------------------------------------


def _survey(say: Speaker, songs: "Bunch", reading: dict[str, Any]) -> "SongSurvey":
    from skgenre.datasets import survey_songs
    from skgenre.datasets._survey import channels_text, lasting, rates_text

    with say.step():
        survey = survey_songs(songs.data, **reading, verbose=say.watched)
    found = survey.summary()
    parts = [
        lasting(survey.known_seconds),
        rates_text(found["native_rates"]),
        channels_text(found["channels"]),
        ", ".join(found["formats"]),
    ]
    n_bad = len(survey) - found["readable"]
    bad = f" {n_bad} cannot be used." if n_bad else ""
    say.done(
        f"Looked through {say.words.several(len(survey), 'song')}: "
        f"{'; '.join(part for part in parts if part) or 'nothing to hear'}.{bad}"
    )
    return survey


def _look_for_copies(
    say: Speaker,
    songs: "Bunch",
    survey: "SongSurvey",
    reading: dict[str, Any],
    *,
    wanted: bool,
) -> Copies:
    from skgenre.review._copies import find_copies

    readable = np.flatnonzero(survey.readable)
    if not wanted:
        return Copies(None, readable, unsearched="--no-copies")
    if len(readable) > MOST_SONGS:
        return Copies(
            None,
            readable,
            unsearched=f"{len(readable):,} are more than {MOST_SONGS:,}",
        )
    if len(readable) < 2:
        return Copies(None, readable, unsearched="there are no two that can be read")
    with say.step():
        found = find_copies(
            [songs.data[song] for song in readable],
            max_seconds=SEARCHED_SECONDS,
            **reading,
            verbose=say.watched,
        )
    n_pairs = len(found)
    say.done(
        f"Looked for copies of one recording: {n_pairs} pair{'s' * (n_pairs != 1)}."
    )
    return Copies(found, readable)


def _windowing(survey: "SongSurvey", song: str) -> "Windowing | None":
    from skgenre.datasets import choose_windowing

    return choose_windowing(survey, song=song) if survey.readable.any() else None


def _sources(songs: "Bunch", data: Path, groups: str) -> dict[str, int]:
    """Where artists were found, and of how many songs."""
    n_known = len(songs.artists) - songs.artists.count(None)
    if not n_known:
        return {}
    if groups != "auto" or not data.is_dir():
        return {"table" if groups == "auto" else groups: n_known}
    from skgenre.datasets import load_songs

    # The same songs, by one source each; what was warned of was said before.
    with warnings.catch_warnings(action="ignore"):
        by_folder = load_songs(data, artist="folder").artists
        by_name = load_songs(data, artist="filename").artists
    told = zip(songs.artists, by_folder, by_name, strict=True)
    found = Counter(
        "folder" if folder else "filename" if name else "tag"
        for artist, folder, name in told
        if artist is not None
    )
    return dict(found.most_common())


def next_command(data: Path, groups: str, windowing: "Windowing | None") -> str:
    """The command to run next, to be copied.

    Parameters
    ----------
    data : Path
        Where the songs are.
    groups : str
        Where the artist of a song is found.
    windowing : Windowing or None
        How to cut them.

    Returns
    -------
    str
        One line for a shell.
    """
    words = ["skgenre", "train", str(data), "-o", f"{data.resolve().stem}.skgenre"]
    if groups != "auto":
        words += ["--groups", groups]
    if windowing is not None:
        words += ["--window", f"{windowing.window_seconds:g}"]
        if windowing.hop_seconds is not None:
            words += ["--hop", f"{windowing.hop_seconds:g}"]
        words += ["--sample-rate", f"{windowing.sample_rate:g}"]
    return shlex.join(words)


# -- say ------------------------------------------------------------------------------


def _say_all(say: Speaker, found: Inspection, songs: "Bunch") -> None:
    words = say.words
    say.line("\n" + "\n".join(aligned(class_table(found), width=say.width)) + "\n")
    _faults(say, "cannot be read", found.broken)
    _faults(say, "are silent, and cannot be used", found.silent)
    _faults(say, "can be used, but", found.noted)
    _faults(say, f"are below {QUIET_DB:g} dB, all but silent", found.quiet)
    _say_copies(say, found)
    for sentence in found.doubts:
        say.warn(sentence)
    if found.leftovers:
        kinds = ", ".join(f"{n} {kind}" for kind, n in found.leftovers.items())
        say.line(f"Left aside, as no {plural(words.song)}: {kinds}.")
    _say_groups(say, found, songs)
    if found.windowing is not None:
        say.line(" ".join(found.windowing.reasons))


def class_table(found: Inspection) -> list[list[str]]:
    """Songs, artists and lengths of each class, as cells of a table.

    Parameters
    ----------
    found : Inspection
        What was found.

    Returns
    -------
    list of list of str
        A line a class, the head first; columns that say nothing are left out.
    """
    words, classes = found.words, found.classes
    columns: dict[str, list[str]] = {
        words.label: list(classes),
        plural(words.song): [f"{own['songs']:,}" for own in classes.values()],
    }
    if not found.survey.readable.all():
        columns["usable"] = [f"{own['readable']:,}" for own in classes.values()]
    if found.n_known:
        columns[plural(words.group)] = [f"{o['groups']:,}" for o in classes.values()]
        if found.n_known < len(found.names):
            columns["unknown"] = [f"{o['unknown_groups']:,}" for o in classes.values()]
    lengths = [own["seconds"] for own in classes.values()]
    if any(_differ([length[name] for length in lengths]) for name in lengths[0]):
        columns["seconds (median)"] = list(map(_lasting, lengths))
    return [list(columns), *map(list, zip(*columns.values(), strict=True))]


def _differ(seconds: Sequence[float | None]) -> bool:
    """Whether lengths differ by so much that one would look at them."""
    known = [length for length in seconds if length is not None]
    return len(known) > 1 and max(known) > 1.1 * min(known)


def _lasting(seconds: Mapping[str, float | None]) -> str:
    low, median, high = (seconds[name] for name in ("min", "median", "max"))
    if low is None or median is None or high is None:
        return "?"
    return f"{low:.1f} to {high:.1f} ({median:.1f})"


def _faults(say: Speaker, what: str, found: Mapping[str, str] | Sequence[str]) -> None:
    """Warn of songs that have a fault, the first of them by name."""
    if not found:
        return
    reasons = found if isinstance(found, Mapping) else dict.fromkeys(found, "")
    lines = [f"{name}: {why}" if why else name for name, why in reasons.items()]
    number = say.words.several(len(lines), "song")
    say.warn(f"{number} {_agreeing(what, len(lines))}:{_listed(lines)}")


def _agreeing(what: str, number: int) -> str:
    return what.replace("are ", "is ", 1) if number == 1 else what


def _listed(lines: Sequence[str]) -> str:
    """A line each for the first, and how many more there are."""
    more = len(lines) - _SHOWN
    shown = "".join(f"\n  {line}" for line in lines[:_SHOWN])
    return shown + (f"\n  and {more:,} more (all with --json)" if more > 0 else "")


def _say_copies(say: Speaker, found: Inspection) -> None:
    if found.copies.unsearched is not None:
        say.line(f"Copies were not looked for: {found.copies.unsearched}.")
    lines: dict[str, list[str]] = {"label": [], "group": [], "": []}
    for pair in found.pairs:
        line = " = ".join(pair["songs"])
        if len(set(pair["classes"])) > 1:
            lines["label"].append(f"{line} ({' and '.join(pair['classes'])})")
        elif len(set(pair["groups"]) - {None}) > 1:
            lines["group"].append(f"{line} ({' and '.join(pair['groups'])})")
        else:
            lines[""].append(line)
    for kind, text in {
        "label": f"One recording is under two {plural(say.words.label)}, one of them "
        "wrong",
        "group": f"One recording is under two {plural(say.words.group)}",
        "": "The same recording is there twice",
    }.items():
        if lines[kind]:
            say.warn(f"{text}:{_listed(lines[kind])}")


def _say_groups(say: Speaker, found: Inspection, songs: "Bunch") -> None:
    words = say.words
    if found.n_known:
        told = ", ".join(
            f"{number:,} by {_SOURCES.get(source, source)}"
            for source, number in found.sources.items()
        )
        several = words.several(len(set(found.artists) - {None}), "group")
        say.line(
            f"{several.capitalize()} are known, of {found.n_known:,} of "
            f"{words.several(len(found.names), 'song')} ({told})."
        )
    unknown_groups(say, songs)
    guess = None if found.n_known else guess_groups(found.names, found.labels)
    if guess is not None:
        say.line(
            f"If {guess.group!r} in {guess.file!r} is the {words.group} "
            f"({guess.n_groups:,} in all): --groups {shlex.quote(guess.pattern)}"
        )
