"""What a file's tags say, whichever library reads its format."""

import os
from pathlib import Path

from skgenre.audio._quiet import without_chatter, without_prints


def artist_tag(path: Path) -> str | None:
    """Read the artist's name out of a file of sound.

    Parameters
    ----------
    path : Path
        Any format that soundfile reads, or PyAV where that is installed.

    Returns
    -------
    str or None
        As it is written there, bytes that are no UTF-8 as Python keeps them in names
        of files; "" where the file names none, and None where nobody can read it.
    """
    import soundfile

    try:
        # As bytes, as soundfile cannot write every name as UTF-8; Windows wants text.
        name = str(path) if os.name == "nt" else os.fsencode(path)
        # Of whatever format it is, behind whatever name.
        with without_chatter(), without_prints(), soundfile.SoundFile(name) as song:
            return song.artist
    except (OSError, RuntimeError, TypeError):
        return _by_av(path)


def _by_av(path: Path) -> str | None:
    try:
        import av
    except ModuleNotFoundError:
        return None
    from skgenre.audio._av import open_container

    try:
        with path.open("rb") as file, open_container(file) as container:
            # Some formats have tags of the whole, some of each track.
            tracks = [stream.metadata for stream in container.streams.audio]
            return _artist_in([container.metadata, *tracks])
    except (av.error.FFmpegError, OSError, ValueError):
        return None  # whatever decodes the song reports what is wrong with it


def _artist_in(tags: list[dict[str, str]]) -> str:
    # Matroska writes ARTIST.
    named = (v for own in tags for name, v in own.items() if name.lower() == "artist")
    return next(named, "")
