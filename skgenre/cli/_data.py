"""DATA of a command: songs with their labels, and who made them."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from skgenre.cli._errors import UserError
from skgenre.cli._say import Speaker
from skgenre.cli._words import plural, words_of

if TYPE_CHECKING:
    from sklearn.utils import Bunch

# Where the artist of a song is found, but for patterns and columns of tables.
GROUPS = ("auto", "folder", "filename", "tag", "none")


def read_data(say: Speaker, data: Path, *, groups: str) -> "Bunch":
    """Find the songs, say how many there are, and take up the words for them.

    Parameters
    ----------
    say : Speaker
        Says what was found; its words become those of the data.
    data : Path
        A folder per class.
    groups : str
        Where the artist of a song is found: one of `GROUPS`.

    Returns
    -------
    Bunch
        As from `load_songs`.
    """
    with say.step():
        songs = _load(data, groups)
    say.words = words_of(songs)
    n_of = [
        f"{np.sum(songs.target == label):,} {label}" for label in songs.target_names
    ]
    say.done(
        f"Found {say.words.several(len(songs.data), 'song')} of "
        f"{say.words.several(len(songs.target_names), 'label')} in {data}: "
        f"{', '.join(n_of)}."
    )
    return songs


def _load(data: Path, groups: str) -> "Bunch":
    from skgenre.datasets import load_songs

    source: Any = None if groups == "none" else groups
    if groups not in GROUPS:
        raise UserError(
            f"Got --groups {groups}, but expected one of {', '.join(GROUPS)}."
        )
    return load_songs(data, artist=source)


def unknown_groups(say: Speaker, songs: "Bunch") -> None:
    """Warn of songs whose artist is not known.

    Parameters
    ----------
    say : Speaker
        Says it.
    songs : Bunch
        As from `load_songs`.
    """
    n_unknown, words = songs.artists.count(None), say.words
    if n_unknown:
        say.warn(
            f"The {words.group} of {n_unknown} of "
            f"{words.several(len(songs.data), 'song')} is not known. "
            f"{plural(words.song).capitalize()} of one {words.group} may be on both "
            "sides of a fold, so the numbers may be optimistic. If you can, say where "
            f"it is found with --groups, such as 'folder' (CLASS/{words.group.upper()}"
            "/...) or a pattern of file names: --groups '{group}_*'."
        )
