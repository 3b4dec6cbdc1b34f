"""Which songs a person means: files, folders and patterns of names."""

import glob
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from skgenre.datasets._load_songs import find_files, readable_extensions


def find_songs(places: Iterable[str | os.PathLike[str]]) -> list[str]:
    """List the songs of files, folders and patterns, each once.

    Parameters
    ----------
    places : iterable of path
        Files, which are taken whatever they are called and whether they exist;
        folders, of which every file with the extension of a song is taken, at any
        depth; patterns such as ``"new/*.wav"`` or ``"new/**/*.mp3"``.

    Returns
    -------
    list of str
        Paths, in the order of the places, those of a place sorted.

    Raises
    ------
    FileNotFoundError
        If a folder holds no songs, or nothing is called as a pattern says.
    """
    found: dict[str, None] = {}
    for place in places:
        found.update(dict.fromkeys(_songs_of(os.fspath(place))))
    return list(found)


def _songs_of(place: str) -> list[str]:
    path = Path(place).expanduser()
    if path.is_dir():
        return _songs_below(path)
    # A name may hold what looks like a pattern.
    if not os.path.lexists(path) and glob.has_magic(place):
        return _songs_like(place)
    return [str(path)]


def _songs_below(folder: Path) -> list[str]:
    extensions = readable_extensions()
    songs = [
        str(folder / path)
        for path in find_files(folder)
        if path.suffix.lower() in extensions
    ]
    if not songs:
        raise FileNotFoundError(
            f"Got the folder {str(folder)!r}, which holds no songs, but expected some "
            f"with one of the extensions {', '.join(extensions)}. Give the files "
            "themselves if they are called otherwise."
        )
    return songs


def _songs_like(pattern: str) -> list[str]:
    whole = str(Path(pattern).expanduser())
    # Path.glob takes no pattern that is absolute.
    found = sorted(glob.glob(whole, recursive=True))  # noqa: PTH207
    extensions = readable_extensions()
    # "new/*" holds notes and pictures too; whoever writes an extension wants those.
    chosen = Path(pattern).suffix not in ("", ".*")
    songs = [
        path
        for path in found
        if Path(path).is_file() and (chosen or path.lower().endswith(extensions))
    ]
    if not songs:
        raise FileNotFoundError(
            f"Got {pattern!r}, but found no songs that are called so. Check the "
            "pattern, or give a folder."
        )
    return songs


def as_song_list(songs: Any) -> list[Any]:
    """Make a list of what stands for songs.

    Parameters
    ----------
    songs : path, sequence of songs, or what `load_songs` returns
        One path may be a file, a folder or a pattern; a sequence is taken as it is.

    Returns
    -------
    list
        Songs, a row each.
    """
    if isinstance(songs, str | os.PathLike):
        return list(find_songs([songs]))
    data = getattr(songs, "data", None)
    if hasattr(songs, "keys") and isinstance(data, list):
        return list(data)
    return list(songs)
