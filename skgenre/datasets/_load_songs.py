"""Read a folder of songs: paths, genres and artists."""

import importlib.util
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal
from warnings import warn

import numpy as np
from sklearn.utils import Bunch

from skgenre._jobs import with_bar
from skgenre.audio._isolated import isolated_artist_tag
from skgenre.audio._song import shown as shown_name
from skgenre.audio._tags import artist_tag
from skgenre.datasets._bunch import groups_of, make_bunch
from skgenre.datasets._name_pattern import groups_by_pattern
from skgenre.datasets._unit import MUSIC, OTHER, are_genres

EXTENSIONS = (
    ".wav", ".flac", ".ogg", ".mp3", ".oga", ".opus", ".aif", ".aiff", ".au",
)  # fmt: skip
# What PyAV reads beside them, with the extra "av".
AV_EXTENSIONS = (
    ".m4a", ".aac", ".wma", ".mp4", ".m4b", ".mka", ".mkv", ".webm", ".mov", ".avi",
    ".wmv", ".ape", ".wv", ".amr", ".3gp", ".ac3", ".dsf", ".tta",
)  # fmt: skip
# Other names of music and speech that neither reads for sure, and that are missed.
_AUDIO_EXTENSIONS = (
    *AV_EXTENSIONS, ".mp2", ".mpc", ".caf", ".w64", ".m4p", ".mpga", ".spx", ".aifc",
    ".snd", ".ra", ".dff",
)  # fmt: skip
# Between artist and title: hyphen, en dash or em dash with blanks round it.
_DASH = re.compile(r"\s[-\u2013\u2014]\s")
_LAYOUT = "folder/GENRE/SONG or folder/GENRE/ARTIST/SONG"
# The parameter of load_songs, and what it becomes: a function of the folder of songs
# and the path below it.
ArtistSource = (
    Literal["auto", "folder", "filename", "tag"]
    | str  # a pattern with {group} in it
    | Callable[[str], str | None]
    | None
)
_FindArtist = Callable[[Path, Path], str | None]
_ReadTag = Callable[[Path], str | None]
_TRACK_NUMBER = re.compile(r"\d{1,2}(-\d{1,2})?")


def load_songs(
    folder: str | os.PathLike[str],
    *,
    artist: ArtistSource = "auto",
    extensions: Sequence[str] | None = None,
    isolate: bool = False,
    verbose: int = 0,
) -> Bunch:
    """List the songs of a folder with one sub-folder per genre.

    Nothing is decoded: broken files are listed too, and reported by whatever
    decodes them. Hidden files and folders (macOS' ``._SONG.mp3`` among them) and files
    with other extensions are left out; files of audio among these, and sub-folders
    without any song, are said in a warning. Names of genres and artists are composed
    (Unicode NFC), so that one name is one class, however its folders write it; paths
    stay as they are on the disk, and a name that is no UTF-8 is kept as Python keeps
    such names.

    Parameters
    ----------
    folder : str or Path
        Where the songs are: ``folder/GENRE/**/SONG.EXT``.
    artist : str, callable or None, default="auto"
        Where the artist of a song, or what else must not be on both sides of a split,
        is found.

        - "folder": the sub-folder in ``folder/GENRE/ARTIST/**/SONG.EXT``.
        - "filename": the part before the first dash in ``ARTIST - TITLE.EXT``. The
          dash (hyphen, en dash or em dash) needs blanks round it; a track number (one
          or two digits) in front, as in ``07 - ARTIST - TITLE.EXT``, is skipped.
        - "tag": the artist tag in the file, where soundfile finds one, or PyAV in
          formats that soundfile does not read.
        - "auto": the first of these three that gives an artist, song by song. Tags
          mean opening files (about a millisecond each, more over a network), so only
          the files of songs whose folder and name give no artist are opened.
        - A pattern such as ``"patient{group}_{n}.wav"``: ``{group}`` is the group, and
          other words in braces stand for anything, as short as fits. It is compared
          with names of files (without extensions, if it has none), or with paths below
          the folder if there is a "/" in it. Files that do not fit are unknown, and
          counted in a warning.
        - A callable gets the path (str) and returns the artist, or None if unknown.
        - None: artists are not looked for.
    extensions : sequence of str or None, default=None
        Extensions of songs; upper and lower case are the same. None for those that
        can be read: ".wav", ".flac", ".ogg", ".mp3", ".oga", ".opus", ".aif", ".aiff"
        and ".au", and where PyAV is installed (``pip install "skgenre[av]"``) also
        ".m4a", ".aac", ".wma", ".mp4" and their like.
    isolate : bool, default=False
        Read tags in another process: a file that crashes it has an unknown artist.
    verbose : int, default=0
        Above 0 shows a progress bar while artists are looked for, if opening files
        for their tags takes more than two seconds.

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
        - folds, split, faults : None, as a folder tells none.
        - names : list of str [len=n_songs], the paths below the folder, with "/".
        - unit : what to call a row, a group and a label: ``unit.song``, ``unit.group``
          and ``unit.label`` are "song", "artist" and "genre" where a folder is called
          like a genre, or files like ARTIST - TITLE; else "recording", "group" and
          "class".
        - DESCR : str, the numbers of songs and artists.

    Raises
    ------
    FileNotFoundError, NotADirectoryError
        If there is no such folder.
    ValueError
        If the folder holds no songs, or holds them without genres, or if its only
        sub-folder looks like the folder that should have been given, or no name of a
        file fits the pattern.

    See Also
    --------
    load_table : A table that says where files are and what they are.
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
    is_pattern = isinstance(artist, str) and "{" in artist
    find_artist = _artist_finder(None if is_pattern else artist, isolate=isolate)
    root = _existing_folder(folder)
    files = find_files(root)
    below = _songs_below(root, files, _checked_extensions(extensions))
    if extensions is None:
        # Whoever names extensions has chosen.
        _warn_left_out(root, files)
    # Folders of artists look like those of genres one level down, but are wanted here.
    if artist != "folder":
        _check_depth(root, below)
    names = [shown_name(path.as_posix()) for path in below]
    if is_pattern:
        artists = groups_by_pattern(str(artist), names)
    else:
        shown = with_bar(below, len(below), what="looking for artists", verbose=verbose)
        artists = [find_artist(root, path) for path in shown]
    target = np.array([_genre(path) for path in below])
    named = any(_artist_from_name(root, path) for path in below)
    is_music = not is_pattern and (named or are_genres(target.tolist()))
    return make_bunch(
        title=f"Songs in {shown_name(str(root))}",
        data=[str(root / path) for path in below],
        names=names,
        target=target,
        artists=artists,
        groups=groups_of(artists, names),
        unit=MUSIC if is_music else OTHER,
    )


def _genre(path: Path) -> str:
    # Some systems write names decomposed: one genre, one spelling.
    return unicodedata.normalize("NFC", shown_name(path.parts[0]))


def readable_extensions() -> tuple[str, ...]:
    """Extensions of what can be decoded here.

    Returns
    -------
    tuple of str
        More where PyAV is installed.
    """
    has_av = importlib.util.find_spec("av") is not None
    return EXTENSIONS + AV_EXTENSIONS if has_av else EXTENSIONS


def as_folder(folder: Any, *, purpose: str) -> Path:
    """Check that a parameter is the path of a folder, which need not exist.

    Parameters
    ----------
    folder : object
        What the user gave.
    purpose : str
        What the folder is for, after "a folder".

    Returns
    -------
    Path
        With the user's home in the place of "~".
    """
    if not isinstance(folder, str | os.PathLike):
        raise TypeError(
            f"Got folder={folder!r}, but expected the path of a folder {purpose}."
        )
    path = Path(folder).expanduser()
    if path.exists() and not path.is_dir():
        raise NotADirectoryError(
            f"Got folder={str(path)!r}, which is a file, but expected a folder "
            f"{purpose}."
        )
    return path


def _existing_folder(folder: Any) -> Path:
    path = as_folder(folder, purpose=f"of songs as {_LAYOUT}")
    if not path.exists():
        raise FileNotFoundError(
            f"Got folder={str(path)!r}, but expected an existing folder. "
            f"Its full path would be {str(path.absolute())!r}."
        )
    return path


def _checked_extensions(extensions: Sequence[str] | None) -> set[str]:
    if extensions is None:
        return set(readable_extensions())
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


def _is_loop(path: Path) -> bool:
    """Whether a folder is a link to one that holds it."""
    return path.is_symlink() and path.parent.resolve().is_relative_to(path.resolve())


def find_files(folder: Path) -> list[Path]:
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
    found: list[Path] = []
    for root, folders, names in os.walk(folder, followlinks=True):
        here = Path(root)
        # Changed in place, which is how os.walk is told where not to go.
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".")
            # What archives made on macOS keep beside files, and no songs.
            and name != "__MACOSX"
            and not _is_loop(here / name)
        ]
        below = here.relative_to(folder)
        found += [below / name for name in names if not name.startswith(".")]
    return sorted(found, key=str)


def _songs_below(folder: Path, files: list[Path], extensions: set[str]) -> list[Path]:
    """Relative paths of all songs, each in a genre's folder; or an error."""
    songs = [path for path in files if path.suffix.lower() in extensions]
    if not songs:
        raise ValueError(
            f"Got folder={str(folder)!r}, which holds no songs, but expected songs as "
            f"{_LAYOUT} with one of the extensions {', '.join(sorted(extensions))}. "
            f"{_other_extensions(files)}"
        )
    _check_strays(folder, songs)
    _warn_empty(folder, songs)
    return songs


def _check_strays(folder: Path, songs: list[Path]) -> None:
    """Check that no song lies beside the genres' folders."""
    stray = [path for path in songs if len(path.parts) == 1]
    if not stray:
        return
    message = (
        f"Got folder={str(folder)!r} with {len(stray)} songs directly in it (such "
        f"as {stray[0].name!r}), but expected {_LAYOUT}. Move them to a "
        "sub-folder that is named after their genre."
    )
    if len(stray) == len(songs):
        parent = folder.absolute().parent
        message += (
            f" If {folder.absolute().name!r} is a genre, give the folder above "
            f"it: folder={str(parent)!r}. To judge songs with a model that is trained "
            "already, no genres are needed: give their paths to predict."
        )
    raise ValueError(message)


def _warn_empty(folder: Path, songs: list[Path]) -> None:
    empty = {
        path.name
        for path in folder.iterdir()
        if path.is_dir() and not path.name.startswith((".", "__MACOSX"))
    }.difference(path.parts[0] for path in songs)
    if empty:
        warn(
            f"Left out sub-folders of {str(folder)!r} that hold no songs: "
            f"{', '.join(map(repr, sorted(empty)))}.",
            stacklevel=4,
        )


def _warn_left_out(folder: Path, files: list[Path]) -> None:
    """Say which files of audio are no songs here."""
    audio = set(_AUDIO_EXTENSIONS).difference(readable_extensions())
    left_out = Counter(
        suffix for path in files if (suffix := path.suffix.lower()) in audio
    )
    if not left_out:
        return
    counts = ", ".join(f"{name} ({n})" for name, n in left_out.most_common())
    fix = f"Take them with extensions=[..., {next(iter(left_out))!r}]"
    if left_out.keys() & set(AV_EXTENSIONS) and not importlib.util.find_spec("av"):
        fix = 'Read them with PyAV: pip install "skgenre[av]"'
    n_files = left_out.total()
    warn(
        f"Left out {n_files} file{'s' * (n_files > 1)} of {str(folder)!r} that "
        f"look{'s' * (n_files == 1)} like audio but {'have' if n_files > 1 else 'has'} "
        f"none of the extensions of songs: {counts}. {fix}, or convert them.",
        stacklevel=3,
    )


def _other_extensions(files: Iterable[Path]) -> str:
    found = Counter(path.suffix.lower() for path in files).most_common(5)
    if not found:
        return "It holds no files at all."
    counts = ", ".join(f"{name or 'no extension'} ({n})" for name, n in found)
    hint = ""
    if {name for name, _ in found} & set(AV_EXTENSIONS).difference(
        readable_extensions()
    ):
        hint = ' Some can be read with PyAV: pip install "skgenre[av]".'
    return f"It holds files with: {counts}.{hint}"


def _check_depth(folder: Path, songs: Iterable[Path]) -> None:
    """Raise if some folder deeper down seems to be the one to be given."""
    # The folder below which all songs lie, and the one above, if it holds songs itself.
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


def _artist_finder(artist: ArtistSource, *, isolate: bool) -> _FindArtist:
    """Turn the parameter into a function of the folder and the path below it."""
    if artist is None:
        return lambda folder, path: None
    if callable(artist):
        return lambda folder, path: _artist_from_callable(artist, folder / path)
    if isolate and artist in ("auto", "tag"):
        return partial(_FINDERS[artist], read_tag=isolated_artist_tag)
    if isinstance(artist, str) and artist in _FINDERS:
        return _FINDERS[artist]
    raise ValueError(
        f"Got artist={artist!r}, but expected one of "
        f"{', '.join(map(repr, _FINDERS))}, a pattern with {{group}} in it, a callable "
        "or None."
    )


def _clean(name: str) -> str | None:
    # macOS writes names decomposed, tags are composed: one artist, one spelling.
    return unicodedata.normalize("NFC", shown_name(" ".join(name.split()))) or None


def _artist_from_folder(folder: Path, path: Path) -> str | None:
    return _clean(path.parts[1]) if len(path.parts) > 2 else None


def _artist_from_name(folder: Path, path: Path) -> str | None:
    parts = _DASH.split(path.stem)
    if _TRACK_NUMBER.fullmatch(parts[0].strip()):
        del parts[0]
    return _clean(parts[0]) if len(parts) > 1 else None


def _artist_from_tag(
    folder: Path, path: Path, *, read_tag: _ReadTag = artist_tag
) -> str | None:
    return _clean(read_tag(folder / path) or "")


def _artist_from_anything(
    folder: Path, path: Path, *, read_tag: _ReadTag = artist_tag
) -> str | None:
    return (
        _artist_from_folder(folder, path)
        or _artist_from_name(folder, path)
        or _artist_from_tag(folder, path, read_tag=read_tag)
    )


_FINDERS: dict[str, Callable[..., str | None]] = {
    "auto": _artist_from_anything,
    "folder": _artist_from_folder,
    "filename": _artist_from_name,
    "tag": _artist_from_tag,
}


def _artist_from_callable(
    artist: Callable[[str], str | None], path: Path
) -> str | None:
    name = artist(str(path))
    if name is None:
        return None
    if not isinstance(name, str):
        raise TypeError(
            f"Got {name!r} from artist={artist!r} for {str(path)!r}, but expected "
            "a str, or None if the artist is unknown."
        )
    return _clean(name)
