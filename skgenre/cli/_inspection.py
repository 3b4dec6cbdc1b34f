"""What an inspection of the data found: classes, faults, copies and doubts."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from skgenre.datasets._unit import Unit, plural

if TYPE_CHECKING:
    from skgenre.datasets import SongSurvey, Windowing
    from skgenre.model_selection import Duplicates

# As evaluate and train have it, unless told otherwise.
FOLDS = 5
# A class is mostly of one kind if so much of it is.
_MOSTLY = 0.8
# Beyond, guessing the largest class looks like a good model.
_IMBALANCE = 0.75
# Of full scale, below which a recording is as good as silent.
QUIET_DB = -60.0
# What editors, downloads and systems leave beside recordings.
_LEFTOVERS = (
    ".asd", ".reapeaks", ".sfk", ".pkf", ".peak", ".part", ".crdownload", ".tmp",
)  # fmt: skip
_OF_MACOS = "._"
_MISSING = "There is no such file."


@dataclass(frozen=True)
class Copies:
    """Which recordings are the same, or why nobody looked.

    Parameters
    ----------
    found : Duplicates or None
        Of the readable songs; None if nobody looked.
    positions : int array of shape (n_readable,)
        Where these are among all songs.
    unsearched : str or None, default=None
        Why copies were not looked for; None if they were.
    """

    found: "Duplicates | None"
    positions: np.ndarray
    unsearched: str | None = None


@dataclass(frozen=True)
class Inspection:
    """What was found in the data; computes what is said of it.

    Parameters
    ----------
    words : Unit
        What songs, artists and genres are called.
    names : list of str of length n_songs
        What each song is called.
    labels : array of str of shape (n_songs,)
        The class of each song.
    artists : list of (str or None) of length n_songs
        The artist of each song, as far as known.
    survey : SongSurvey
        What was found in the files.
    copies : Copies
        Which songs are the same recording.
    windowing : Windowing or None
        What fits them; None if none can be read.
    sources : dict of str to int
        Where artists were found, and of how many songs.
    leftovers : dict of str to int
        What lies beside songs and is none, and how often.
    """

    words: Unit
    names: list[str]
    labels: np.ndarray
    artists: list[str | None]
    survey: "SongSurvey"
    copies: Copies
    windowing: "Windowing | None"
    sources: dict[str, int]
    leftovers: dict[str, int]

    # -- classes ----------------------------------------------------------------------

    @cached_property
    def classes(self) -> dict[str, dict[str, Any]]:
        """Numbers of each class: songs, readable ones, artists, and their lengths."""
        from skgenre.datasets._survey import spread

        found = {}
        for label in sorted(set(self.labels.tolist())):
            here = np.flatnonzero(self.labels == label)
            readable = here[self.survey.readable[here]]
            artists = [self.artists[song] for song in readable]
            seconds = self.survey.seconds[readable]
            found[label] = {
                "songs": len(here),
                "readable": len(readable),
                "groups": len(set(artists) - {None}),
                "unknown_groups": artists.count(None),
                "seconds": spread(seconds[np.isfinite(seconds)]),
            }
        return found

    @property
    def n_known(self) -> int:
        """Of how many songs the artist is known."""
        return len(self.artists) - self.artists.count(None)

    @property
    def untrainable(self) -> str | None:
        """Why nothing can be trained on the data; None if it can."""
        if not self.survey.readable.any():
            first = f"{self.names[0]}: {self.survey.reasons[0]}"
            return (
                f"None of {self.words.several(len(self.names), 'song')} can be used. "
                f"The first, {first}"
            )
        usable = [label for label, own in self.classes.items() if own["readable"]]
        if len(usable) < 2:
            return (
                f"Only the {self.words.label} {usable[0]!r} has "
                f"{plural(self.words.song)} that can be used, but expected at least "
                f"two {plural(self.words.label)}: a folder per {self.words.label}."
            )
        return None

    # -- files ------------------------------------------------------------------------

    @property
    def broken(self) -> dict[str, str]:
        """Why songs cannot be used, other than silent ones."""
        return {name: reason for name, reason, silent in self._reasons if not silent}

    @property
    def missing(self) -> list[str]:
        """Names of those broken ones that are not there, as in tables of old."""
        return [name for name, reason, _ in self._reasons if reason == _MISSING]

    @property
    def silent(self) -> list[str]:
        """Names of silent songs."""
        return [name for name, _, silent in self._reasons if silent]

    @property
    def _reasons(self) -> Iterator[tuple[str, str, bool]]:
        rows = zip(self.names, self.survey.reasons, self.survey.silent, strict=True)
        for name, reason, silent in rows:
            if reason is not None:
                yield name, reason, bool(silent)

    @property
    def noted(self) -> dict[str, str]:
        """What is to be known of songs that can be used, such as cut off files."""
        rows = zip(self.names, self.survey.reasons, self.survey.remarks, strict=True)
        return {
            name: " ".join(remarks)
            for name, reason, remarks in rows
            if reason is None and remarks
        }

    @property
    def too_short(self) -> list[str]:
        """Names of songs that are shorter than the windows that fit the others."""
        from skgenre.datasets._choose_windowing import shorter_than

        if self.windowing is None:
            return []
        short = shorter_than(self.survey, self.windowing.window_seconds)
        return [self.names[song] for song in np.flatnonzero(short)]

    @property
    def quiet(self) -> list[str]:
        """Names of songs in which next to nothing is heard."""
        quiet = self.survey.level_db < QUIET_DB  # NaN is not
        return [self.names[song] for song in np.flatnonzero(quiet)]

    # -- copies -----------------------------------------------------------------------

    @cached_property
    def pairs(self) -> list[dict[str, Any]]:
        """Songs that are one recording: names, classes, artists, and how alike."""
        pairs = []
        for pair in self.copies.found or ():
            songs = [int(self.copies.positions[i]) for i in (pair.first, pair.second)]
            pairs.append(
                {
                    "songs": [self.names[song] for song in songs],
                    "classes": [str(self.labels[song]) for song in songs],
                    "groups": [self.artists[song] for song in songs],
                    "similarity": pair.similarity,
                    "offset_seconds": pair.offset_seconds,
                    "overlap_seconds": pair.overlap_seconds,
                    "exact": pair.exact,
                }
            )
        return pairs

    # -- doubts -----------------------------------------------------------------------

    @property
    def doubts(self) -> list[str]:
        """Sentences on what is wrong with classes, or makes numbers worthless."""
        return [
            *self._alike(),
            *self._few(),
            *self._imbalance(),
            *self._told_by("rate", self.survey.native_rate, "at {:,g} Hz"),
            *self._told_by("format", np.array(self.survey.formats), "{}"),
        ]

    def _alike(self) -> Iterator[str]:
        """Classes whose names are one but for case and blanks."""
        same: dict[str, list[str]] = {}
        for label in self.classes:
            same.setdefault(_bare(label), []).append(label)
        for names in same.values():
            if len(names) > 1:
                yield (
                    f"{' and '.join(map(repr, names))} are {len(names)} "
                    f"{plural(self.words.label)}. If they are one, give them one name."
                )

    def _few(self) -> Iterator[str]:
        """Classes that cannot be in every fold."""
        if not self.survey.readable.any():
            return
        for label, own in self.classes.items():
            n_units, unit = own["readable"], "song"
            if self.n_known:
                n_units, unit = own["groups"] + own["unknown_groups"], "group"
            if n_units >= FOLDS or not own["readable"]:
                continue
            has = (
                f"The {self.words.label} {label!r} has "
                f"{self.words.several(n_units, unit)} only"
            )
            if n_units < 2:
                yield f"{has}, so it cannot be both learned and tested."
            else:
                yield f"{has}, so there are {n_units} folds at most, not {FOLDS}."
        for label, own in self.classes.items():
            if not own["readable"]:
                yield (
                    f"The {self.words.label} {label!r} has no {self.words.song} that "
                    "can be used."
                )

    def _imbalance(self) -> Iterator[str]:
        n_of = {label: own["readable"] for label, own in self.classes.items()}
        largest, total = max(n_of, key=lambda name: n_of[name]), sum(n_of.values())
        if len(n_of) > 1 and total and n_of[largest] >= _IMBALANCE * total:
            yield (
                f"Whoever always says {largest!r} is right of "
                f"{100 * n_of[largest] / total:.0f} % of {plural(self.words.song)}: "
                "look at balanced accuracy, where that gets "
                f"{100 / len(n_of):.0f} %."
            )

    def _told_by(self, what: str, values: np.ndarray, shown: str) -> Iterator[str]:
        """Whether classes differ by how they were recorded."""
        usual = {}
        for label in self.classes:
            here = values[(self.labels == label) & self.survey.readable].tolist()
            if len(here) > 1:
                value, number = Counter(here).most_common(1)[0]
                if value and value == value and number >= _MOSTLY * len(here):
                    usual[label] = shown.format(value)
        if len(set(usual.values())) > 1:
            first, *others = usual.items()
            other = next(pair for pair in others if pair[1] != first[1])
            yield (
                f"The {what} tells {plural(self.words.label)} apart: {first[0]!r} is "
                f"{first[1]}, {other[0]!r} {other[1]}. A model may learn that instead "
                "of what is heard."
            )

    # -- all of it --------------------------------------------------------------------

    def to_json(self) -> dict[str, Any]:
        """Everything by name, for JSON."""
        chosen = self.windowing
        return {
            "trainable": self.untrainable is None,
            "words": self.words._asdict(),
            "songs": self.survey.summary(),
            "classes": self.classes,
            "groups": {
                "known": self.n_known,
                "unknown": self.artists.count(None),
                "different": len(set(self.artists) - {None}),
                "sources": self.sources,
            },
            "broken": self.broken,
            "missing": self.missing,
            "silent": self.silent,
            "quiet": self.quiet,
            "noted": self.noted,
            "too_short": self.too_short,
            "copies": {"unsearched": self.copies.unsearched, "pairs": self.pairs},
            "leftovers": self.leftovers,
            "doubts": self.doubts,
            "windowing": None
            if chosen is None
            else {
                "window_seconds": chosen.window_seconds,
                "hop_seconds": chosen.hop_seconds,
                "sample_rate": chosen.sample_rate,
                "reasons": chosen.reasons,
            },
            "files": self._files(),
        }

    def _files(self) -> list[dict[str, Any]]:
        from skgenre.datasets._survey import whole

        survey = self.survey
        return [
            {
                "song": name,
                "label": str(self.labels[song]),
                "group": self.artists[song],
                "seconds": survey.seconds[song],
                "native_rate": whole(survey.native_rate[song]),
                "n_channels": survey.n_channels[song] or None,
                "format": survey.formats[song] or None,
                "peak_db": survey.peak_db[song],
                "level_db": survey.level_db[song],
                "silent": survey.silent[song],
                "error": survey.reasons[song],
                "note": " ".join(survey.remarks[song]) or None,
            }
            for song, name in enumerate(self.names)
        ]


def _bare(label: str) -> str:
    """A name without what people write now so, now so."""
    return "".join(char for char in label.casefold() if char not in " -_\t")


def find_leftovers(folder: Path) -> dict[str, int]:
    """Count what lies beside songs and is none.

    Parameters
    ----------
    folder : Path
        Where songs are.

    Returns
    -------
    dict of str to int
        How often there is each: an extension, or "._" for what macOS notes beside
        files.
    """
    found: Counter[str] = Counter()
    for _, _, names in os.walk(folder):
        for name in names:
            suffix = Path(name).suffix.lower()
            if name.startswith(_OF_MACOS):
                found[_OF_MACOS] += 1
            elif suffix in _LEFTOVERS:
                found[suffix] += 1
    return dict(found.most_common())
