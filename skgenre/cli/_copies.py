"""Copies of one recording: found before the folds are made, and kept in one of them."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from skgenre.cli._say import Speaker, below, count
from skgenre.datasets._unit import plural

if TYPE_CHECKING:
    from sklearn.utils import Bunch

    from skgenre.model_selection import Duplicates

# Every two songs are compared: minutes beyond, and hours soon after.
MOST_SONGS = 3000
# Of each song: enough to know it by, however long it is.
SEARCHED_SECONDS = 120.0
_SHOWN = 5


@dataclass(frozen=True)
class Copies:
    """Which songs are one recording, as far as was looked.

    Parameters
    ----------
    groups : array of shape (n_songs,) or None
        The artist of each song, those of copies joined; None if nothing is known.
    unsearched : str or None, default=None
        Why copies were not looked for; None if they were.
    pairs : list of (str, str)
        Names of songs that are one recording.
    found : Duplicates or None, default=None
        All that is known of them; None if nothing was looked for.
    """

    groups: np.ndarray | None
    unsearched: str | None = None
    pairs: list[tuple[str, str]] = field(default_factory=list)
    found: "Duplicates | None" = None


def look_for_copies(
    say: Speaker,
    songs: "Bunch",
    *,
    folder: Path,
    wanted: bool,
    n_jobs: int,
    isolate: bool = False,
) -> Copies:
    """Look for copies, say which there are, and join the artists of each.

    Parameters
    ----------
    say : Speaker
        Says what is found.
    songs : Bunch
        As from `load_songs`.
    folder : Path
        Where they are.
    wanted : bool
        Whether the user wants it.
    n_jobs : int
        Songs at a time.
    isolate : bool, default=False
        Whether files are decoded in processes of their own.

    Returns
    -------
    Copies
        What was found.
    """
    from skgenre.review._copies import find_copies

    if not wanted:
        return Copies(songs.groups, unsearched="--no-copies")
    n_songs = len(songs.data)
    if n_songs > MOST_SONGS:
        return Copies(
            songs.groups,
            unsearched=f"{say.words.several(n_songs, 'song')} are more than "
            f"{MOST_SONGS:,}",
        )
    # Which songs cannot be read is said where their features are wanted.
    with say.step(unsaid=(" songs cannot be compared",)):
        found = find_copies(
            songs.data,
            max_seconds=SEARCHED_SECONDS,
            isolate=isolate,
            n_jobs=n_jobs,
            verbose=say.watched,
        )
    names = [below(path, folder) for path in songs.data]
    pairs = [(names[pair.first], names[pair.second]) for pair in found]
    say.done(f"Looked for copies of one recording: {count(len(pairs), 'pair')}.")
    if not pairs:
        return Copies(songs.groups, found=found)
    say.warn(_listed("The same recording is there twice, and kept in one fold", pairs))
    wrong = [(names[i], names[j]) for i, j in found.conflicts(songs.target)]
    if wrong:
        labels = plural(say.words.label)
        say.warn(
            _listed(f"One recording is under two {labels}, one of them wrong", wrong)
        )
    return Copies(found.merge(_artists(songs)), pairs=pairs, found=found)


def _artists(songs: "Bunch") -> np.ndarray:
    """Artists, or songs where none is known."""
    if songs.groups is not None:
        groups: np.ndarray = songs.groups
        return groups
    return np.array([f"unknown: {number}" for number in range(len(songs.data))])


def _listed(text: str, pairs: list[tuple[str, str]]) -> str:
    lines = "".join(f"\n  {first} = {second}" for first, second in pairs[:_SHOWN])
    more = len(pairs) - _SHOWN
    return f"{text}:{lines}" + (f"\n  and {more} more (--json names all)" * (more > 0))
