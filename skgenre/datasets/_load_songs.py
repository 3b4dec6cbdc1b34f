"""Read a folder of songs: paths, genres and artists."""

import os
import re
import unicodedata
from collections import Counter
from pathlib import Path
from warnings import warn

import numpy as np
from sklearn.utils import Bunch

EXTENSIONS = (
    *(".wav", ".flac", ".ogg", ".mp3", ".oga", ".opus"),
    *(".aif", ".aiff", ".au"),
)
_LAYOUT = "folder/GENRE/SONG or folder/GENRE/ARTIST/SONG"
_TRACK_NUMBER = re.compile(r"\d{1,2}(-\d{1,2})?")


def load_songs(folder, *, artist="auto", extensions=EXTENSIONS):
    """List the songs of a folder with one sub-folder per genre.

    Nothing is decoded: broken files are listed too, and reported by whatever
    decodes them. Hidden files and folders, and files with other extensions, are left
    out; a sub-folder without any song is left out with a warning.

    Parameters
    ----------
    folder : str or Path
        Where the songs are: ``folder/GENRE/**/SONG.EXT``.
    artist : {"auto", "folder", "filename", "tag"}, callable or None, default="auto"
        Where the artist of a song is found.

        - "folder": the sub-folder in ``folder/GENRE/ARTIST/**/SONG.EXT``.
        - "filename": the part before the first dash in ``ARTIST - TITLE.EXT``. The
          dash needs blanks round it; a track number (one or two digits) in front, as
          in ``07 - ARTIST - TITLE.EXT``, is skipped.
        - "tag": the artist tag in the file, where soundfile finds one.
        - "auto": the first of these three that gives an artist, song by song. Tags
          mean opening files (about a millisecond each, more over a network), so only
          the files of songs whose folder and name give no artist are opened.
        - A callable gets the path (str) and returns the artist, or None if unknown.
        - None: artists are not looked for.
    extensions : sequence of str, default=(".wav", ".flac", ".ogg", ".mp3", ".oga", \
".opus", ".aif", ".aiff", ".au")
        Extensions of songs; upper and lower case are the same.

    Returns
    -------
    Bunch
        With the attributes

        - data : list of str [len=n_songs], the paths, sorted.
        - target : ndarray of str [shape=(n_songs,)], the genres.
        - target_names : list of str, the different genres, sorted.
        - groups : ndarray of str [shape=(n_songs,)], the artists, for splitters such
          as :class:`~sklearn.model_selection.StratifiedGroupKFold`. A song whose
          artist is unknown is a group of its own, "unknown: GENRE/SONG.EXT". None
          if no artist is known at all.
        - artists : list of (str or None) [len=n_songs], None where unknown.
        - DESCR : str, the numbers of songs and artists.

    Raises
    ------
    FileNotFoundError, NotADirectoryError
        If there is no such folder.
    ValueError
        If the folder holds no songs, or holds them without genres, or if its only
        sub-folder looks like the folder that should have been given.

    See Also
    --------
    make_songs : Synthesise such a folder.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from skgenre.datasets import load_songs
    >>> with TemporaryDirectory() as folder:
    ...     for name in ("jazz/Red Owls - Rain.wav", "rock/07 Home.wav"):
    ...         path = Path(folder, name)
    ...         path.parent.mkdir()
    ...         path.touch()
    ...     songs = load_songs(folder)
    >>> songs.target
    array(['jazz', 'rock'], dtype='<U4')
    >>> songs.artists
    ['Red Owls', None]
    >>> songs.groups.tolist()
    ['Red Owls', 'unknown: rock/07 Home.wav']
    """
    find_artist = _artist_finder(artist)
    folder = _existing_folder(folder)
    below = _songs_below(folder, _checked_extensions(extensions))
    if artist != "folder":
        _check_depth(folder, below)
    data = [str(folder / path) for path in below]
    target = np.array([path.parts[0] for path in below])
    artists = [find_artist(folder, path) for path in below]
    known = [name for name in artists if name is not None]
    groups = None
    if known:
        groups = np.array(
            [
                f"unknown: {path.as_posix()}" if name is None else name
                for name, path in zip(artists, below, strict=True)
            ]
        )
    return Bunch(
        data=data,
        target=target,
        target_names=sorted(set(target.tolist())),
        groups=groups,
        artists=artists,
        DESCR=_describe(folder, target, artists),
    )


def _existing_folder(folder):
    if not isinstance(folder, str | os.PathLike):
        raise TypeError(
            f"Got folder={folder!r}, but expected the path of a folder of songs."
        )
    folder = Path(folder).expanduser()
    if not folder.exists():
        raise FileNotFoundError(
            f"Got folder={str(folder)!r}, but expected an existing folder. "
            f"Its full path would be {str(folder.absolute())!r}."
        )
    if not folder.is_dir():
        raise NotADirectoryError(
            f"Got folder={str(folder)!r}, which is a file, but expected a folder of "
            f"songs as {_LAYOUT}."
        )
    return folder


def _checked_extensions(extensions):
    if isinstance(extensions, str):
        raise TypeError(
            f"Got extensions={extensions!r}, but expected a sequence of str. "
            f"Use extensions=({extensions!r},)."
        )
    for extension in extensions:
        if not isinstance(extension, str) or not extension.startswith("."):
            raise ValueError(
                f"Got extensions with {extension!r}, but expected each to be a str "
                "that starts with a dot, such as '.wav'."
            )
    return {extension.lower() for extension in extensions}


def _is_loop(path):
    """Whether a folder is a link to one that holds it."""
    return path.is_symlink() and path.parent.resolve().is_relative_to(path.resolve())


def find_files(folder):
    """Find all files that are not hidden.

    Parameters
    ----------
    folder : Path
        Where to look, at any depth; links are followed.

    Returns
    -------
    list of Path
        Relative to the folder, in the order of their names.
    """
    found = []
    for here, folders, names in os.walk(folder, followlinks=True):
        here = Path(here)
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".") and not _is_loop(here / name)
        ]
        below = here.relative_to(folder)
        found += [below / name for name in names if not name.startswith(".")]
    return sorted(found, key=str)


def _songs_below(folder, extensions):
    """Relative paths of all songs, each in a genre's folder; or an error."""
    files = find_files(folder)
    songs = [path for path in files if path.suffix.lower() in extensions]
    if not songs:
        raise ValueError(
            f"Got folder={str(folder)!r}, which holds no songs, but expected songs as "
            f"{_LAYOUT} with one of the extensions {', '.join(sorted(extensions))}. "
            f"{_other_extensions(files)}"
        )
    stray = [path for path in songs if len(path.parts) == 1]
    if stray:
        message = (
            f"Got folder={str(folder)!r} with {len(stray)} songs directly in it (such "
            f"as {stray[0].name!r}), but expected {_LAYOUT}. Move them to a "
            "sub-folder that is named after their genre."
        )
        if len(stray) == len(songs):
            parent = folder.absolute().parent
            message += (
                f" If {folder.absolute().name!r} is a genre, give the folder above "
                f"it: folder={str(parent)!r}."
            )
        raise ValueError(message)
    empty = {
        path.name
        for path in folder.iterdir()
        if path.is_dir() and not path.name.startswith(".")
    }.difference(path.parts[0] for path in songs)
    if empty:
        warn(
            f"Left out sub-folders of {str(folder)!r} that hold no songs: "
            f"{', '.join(map(repr, sorted(empty)))}.",
            stacklevel=3,
        )
    return songs


def _other_extensions(files):
    found = Counter(path.suffix.lower() for path in files).most_common(5)
    if not found:
        return "It holds no files at all."
    counts = ", ".join(f"{name or 'no extension'} ({n})" for name, n in found)
    return f"It holds files with: {counts}."


def _check_depth(folder, songs):
    """Raise if some folder deeper down seems to be the one to be given."""
    parents = {path.parent for path in songs}
    common = Path(os.path.commonpath(parents))
    likely = common.parent if common in parents else common
    if likely == Path():
        return
    level = len(likely.parts)
    inner = sorted({path.parts[level] for path in parents})
    shown = ", ".join(map(repr, inner[:5])) + (", ..." if len(inner) > 5 else "")
    raise ValueError(
        f"Got folder={str(folder)!r}, whose songs are all in sub-folders ({shown}) of "
        f"{str(likely)!r} in it, but expected {_LAYOUT}. If {shown} are genres, use "
        f"folder={str(folder / likely)!r}. If they are artists and "
        f"{likely.parts[0]!r} is the only genre, use artist='folder'."
    )


def _artist_finder(artist):
    """Turn the parameter into a function of the folder and the path below it."""
    finders = {
        "auto": _artist_from_anything,
        "folder": lambda folder, path: _artist_from_folder(path),
        "filename": lambda folder, path: _artist_from_name(path),
        "tag": lambda folder, path: _artist_from_tag(folder / path),
    }
    if artist is None:
        return lambda folder, path: None
    if callable(artist):
        return lambda folder, path: _artist_from_callable(artist, folder / path)
    if isinstance(artist, str) and artist in finders:
        return finders[artist]
    raise ValueError(
        f"Got artist={artist!r}, but expected one of "
        f"{', '.join(map(repr, finders))}, a callable or None."
    )


def _clean(name):
    # macOS writes names decomposed, tags are composed: one artist, one spelling.
    return unicodedata.normalize("NFC", " ".join(name.split())) or None


def _artist_from_anything(folder, path):
    return (
        _artist_from_folder(path)
        or _artist_from_name(path)
        or _artist_from_tag(folder / path)
    )


def _artist_from_folder(path):
    return _clean(path.parts[1]) if len(path.parts) > 2 else None


def _artist_from_name(path):
    parts = path.stem.split(" - ")
    if _TRACK_NUMBER.fullmatch(parts[0].strip()):
        del parts[0]
    return _clean(parts[0]) if len(parts) > 1 else None


def _artist_from_tag(path):
    import soundfile

    try:
        with soundfile.SoundFile(path) as song:
            return _clean(song.artist)
    except (OSError, RuntimeError, TypeError):
        return None  # whatever decodes the song reports what is wrong with it


def _artist_from_callable(artist, path):
    name = artist(str(path))
    if name is None:
        return None
    if not isinstance(name, str):
        raise TypeError(
            f"Got {name!r} from artist={artist!r} for {str(path)!r}, but expected "
            "a str, or None if the artist is unknown."
        )
    return _clean(name)


def _describe(folder, target, artists):
    known = {name for name in artists if name is not None}
    lines = [
        f"Songs in {folder}",
        f"{len(target)} songs, {len(set(target.tolist()))} genres, "
        f"{len(known)} known artists, {artists.count(None)} songs of unknown artists",
    ]
    for genre in sorted(set(target.tolist())):
        here = [name for name, g in zip(artists, target, strict=True) if g == genre]
        lines.append(
            f"- {genre}: {len(here)} songs, {len(set(here) - {None})} known artists"
        )
    return "\n".join(lines)
