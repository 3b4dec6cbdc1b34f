"""DATA of a command: songs with their labels, and who made them."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from skgenre.cli._errors import UserError
from skgenre.cli._say import Speaker
from skgenre.datasets._unit import plural

if TYPE_CHECKING:
    from sklearn.utils import Bunch

# Where the artist of a song is found, beside patterns and columns of tables.
GROUPS = ("auto", "folder", "filename", "tag", "none")


def read_data(
    say: Speaker, data: Path, *, groups: str, isolate: bool = False
) -> "Bunch":
    """Find the songs, say how many there are, and take up the words for them.

    Parameters
    ----------
    say : Speaker
        Says what was found; its words become those of the data.
    data : Path
        A folder per class, or a table with columns for path, label, and what else
        `load_table` knows.
    groups : str
        Where the artist of a song is found: one of `GROUPS`, a pattern of file names
        with ``{group}`` in it, or a column of the table.
    isolate : bool, default=False
        Whether tags are read in another process.

    Returns
    -------
    Bunch
        As from `load_songs` and `load_table`.
    """
    with say.step():
        if data.is_dir():
            songs = _from_folder(data, groups, isolate=isolate, verbose=say.watched)
        else:
            songs = _table(data, groups)
    if songs.target is None:
        raise UserError(
            f"Got {data}, which has no column of labels, but expected one named label "
            "(or genre, class, category, species)."
        )
    say.words = songs.unit
    n_of = [
        f"{np.sum(songs.target == label):,} {label}" for label in songs.target_names
    ]
    say.done(
        f"Found {say.words.several(len(songs.data), 'song')} of "
        f"{say.words.several(len(songs.target_names), 'label')} in {data}: "
        f"{', '.join(n_of)}."
    )
    return songs


def _from_folder(data: Path, groups: str, *, isolate: bool, verbose: int) -> "Bunch":
    from skgenre.datasets import load_songs

    if groups not in GROUPS and "{group}" not in groups:
        raise UserError(
            f"Got --groups {groups}, but expected one of {', '.join(GROUPS)}, or a "
            "pattern of file names such as 'patient{group}_{n}.wav'."
        )
    source: Any = None if groups == "none" else groups
    return load_songs(data, artist=source, isolate=isolate, verbose=verbose)


def _table(data: Path, groups: str) -> "Bunch":
    from skgenre.datasets import load_songs, load_table
    from skgenre.datasets._load_songs import readable_extensions

    is_song = data.suffix.lower() in readable_extensions()
    if is_song or not (data.exists() or data.suffix):
        return load_songs(data)  # says what it expects
    if groups == "auto":
        return load_table(data)
    if groups == "none":
        return load_table(data, group=None)
    if "{group}" in groups:
        return load_table(data, group_pattern=groups)
    if groups in GROUPS:
        raise UserError(
            f"Got --groups {groups} with a table, but expected a column of it, a "
            "pattern of file names such as 'patient{group}_{n}.wav', auto or none."
        )
    return load_table(data, group=groups)


def root_of(data: Path) -> Path:
    """Below which folder songs are named.

    Parameters
    ----------
    data : Path
        A folder, or a table.

    Returns
    -------
    Path
        The folder, or the table's.
    """
    return data if data.is_dir() else data.parent


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
            "sides of a fold, so the numbers may be optimistic. If you can, name files "
            f"'{words.group.upper()} - TITLE.ext', use folders "
            f"{words.label.upper()}/{words.group.upper()}/, or say with --groups how "
            "files are named, such as 'patient{group}_{n}.wav'."
        )
