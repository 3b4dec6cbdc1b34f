"""What songs are called in a report: short, and each different from the others."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from skgenre.audio import Excerpt
from skgenre.audio._song import is_file


def short_names(songs: Sequence[Any]) -> list[str]:
    """Name files by their paths below the folder that holds all of them.

    Parameters
    ----------
    songs : sequence of songs
        Paths, excerpts, numbers or what else songs are.

    Returns
    -------
    list of str
        With slashes on every system; "song 3" for what has no name.

    Examples
    --------
    >>> from skgenre.reporting._names import short_names
    >>> short_names(["/music/jazz/so_what.mp3", "/music/rock/help.mp3", 2])
    ['jazz/so_what.mp3', 'rock/help.mp3', 'song 2']
    """
    paths = [_path_of(song) for song in songs]
    above = _common_folder([path for path in paths if path is not None])
    return [
        _unnamed(song, i) if path is None else _below(song, path, above)
        for i, (song, path) in enumerate(zip(songs, paths, strict=True))
    ]


def _path_of(song: Any) -> Path | None:
    if not is_file(song):
        return None
    return Path(song.path if isinstance(song, Excerpt) else song).absolute()


def _unnamed(song: Any, position: int) -> str:
    return f"song {song if isinstance(song, int) else position}"


def _below(song: Any, path: Path, above: Path | None) -> str:
    name = (path if above is None else path.relative_to(above)).as_posix()
    return str(replace(song, path=name)) if isinstance(song, Excerpt) else name


def _common_folder(paths: list[Path]) -> Path | None:
    # Songs on several drives of Windows have no folder in common.
    try:
        return Path(os.path.commonpath([path.parent for path in paths]))
    except ValueError:
        return None
