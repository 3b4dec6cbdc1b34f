"""Read the GTZAN data set as people have it, with what is known of its faults."""

import os
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from sklearn.utils import Bunch

from skgenre._by_song.numbering import is_unknown
from skgenre.datasets._bunch import make_bunch
from skgenre.datasets._load_songs import as_folder, find_files, readable_extensions
from skgenre.datasets._read_table import read_table
from skgenre.datasets._unit import MUSIC

GENRES = (
    "blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop",
    "reggae", "rock",
)  # fmt: skip
_PLACES = (
    ".", "genres_original", "genres", "Data/genres_original", "gtzan/genres", "audio",
)  # fmt: skip
_NAME = re.compile(rf"({'|'.join(GENRES)})\.\d{{5}}")
_PARTS = ("train", "valid", "test")
# Songs that are one recording, by their numbers in a genre: Sturm 2013, "exact".
_REPETITIONS = {
    "disco": ((50, 51, 70), (55, 60, 89), (71, 74), (98, 99)),
    "hiphop": ((39, 45), (76, 78)),
    "jazz": (
        (33, 51), (34, 53), (35, 55), (36, 58), (37, 60), (38, 62), (39, 65), (40, 67),
        (42, 68), (43, 69), (44, 70), (45, 71), (46, 72),
    ),
    "metal": (
        (4, 13), (34, 94), (40, 61), (41, 62), (42, 63), (43, 64), (44, 65), (45, 66),
    ),
    "pop": (
        (15, 22), (30, 31), (45, 46), (47, 80), (52, 57), (54, 60), (56, 59), (67, 71),
        (87, 90),
    ),
    "reggae": (
        (3, 54), (5, 56), (8, 57), (10, 60), (13, 58), (41, 69), (73, 74),
        (80, 81, 82), (75, 91, 92),
    ),
}  # fmt: skip
REPETITIONS = (
    *(
        tuple(f"{genre}.{number:05d}" for number in numbers)
        for genre, sets in _REPETITIONS.items()
        for numbers in sets
    ),
    ("metal.00058", "rock.00016"),
)


def load_gtzan(
    folder: str | os.PathLike[str],
    *,
    split: str | None = None,
    split_files: str
    | os.PathLike[str]
    | Mapping[str, str | os.PathLike[str]]
    | None = None,
) -> Bunch:
    """List the songs of the GTZAN data set.

    1,000 half minutes of music in ten genres [1]_, of which many are the same
    recording, by the same artist, wrongly labelled or damaged [2]_. Figures of random
    folds are far too good; the fault-filtered split [3]_ has no artist on two sides.
    It is not part of this package: three files of names, ``train_filtered.txt``,
    ``valid_filtered.txt`` and ``test_filtered.txt``, such as ``blues/blues.00029.wav``.

    Parameters
    ----------
    folder : str or Path
        ``genres_original/GENRE/GENRE.NNNNN.wav`` or ``genres/GENRE/GENRE.NNNNN.au``,
        or a folder that holds such a one, as the archives do (``Data`` of Kaggle
        included), in any format that can be read. A table ``songs.csv`` with the
        columns song, artist and split beside them is read, too.
    split : {"train", "valid", "test"} or None, default=None
        The songs of one part alone; all of them if None.
    split_files : str, Path, mapping or None, default=None
        The folder of the files of the split, or the file of each part,
        ``{"train": "train_filtered.txt", ...}``. None for those in the folder, or
        beside the genres, if there are any.

    Returns
    -------
    Bunch
        With the attributes of :func:`load_songs`, and

        - split : ndarray of str [shape=(n_songs,)], "train", "valid", "test" or "" for
          songs in none; None if no split is known.
        - groups : ndarray of str [shape=(n_songs,)], artists where a table tells them.
          Songs that are one recording share a group, all others have their own.
        - faults : dict of str, why to beware of a song, by its name: repetitions
          [2]_, ``reggae.00086`` of which all but 5 seconds are distorted [4]_,
          ``jazz.00054.wav`` where it has no header, as in the copy of Kaggle, and songs
          that the files of the split leave out.

    Raises
    ------
    FileNotFoundError
        If there is no such folder, or no file of the split.
    ValueError
        If it holds no songs of GTZAN, or the split is not known.

    See Also
    --------
    load_songs : Any folder with a sub-folder for each genre.

    References
    ----------
    .. [1] G. Tzanetakis and P. Cook, "Musical genre classification of audio signals",
       IEEE Transactions on Speech and Audio Processing 10(5), 2002.
    .. [2] B. L. Sturm, "The GTZAN dataset: its contents, its faults, their effects on
       evaluation, and its future use", arXiv:1306.1461, 2013.
    .. [3] C. Kereliuk, B. L. Sturm and J. Larsen, "Deep learning and music
       adversaries", IEEE Transactions on Multimedia 17(11), arXiv:1507.04761, 2015.
    .. [4] B. L. Sturm, "An analysis of the GTZAN music genre dataset", MIRUM 2012.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from skgenre.datasets import load_gtzan
    >>> with TemporaryDirectory() as folder:
    ...     for name in ("jazz/jazz.00033.wav", "jazz/jazz.00051.wav"):
    ...         path = Path(folder, "genres_original", name)
    ...         path.parent.mkdir(parents=True, exist_ok=True)
    ...         path.touch()
    ...     songs = load_gtzan(folder)
    >>> songs.groups.tolist()
    ['recording jazz.00033', 'recording jazz.00033']
    >>> songs.faults["jazz/jazz.00051.wav"]
    'It is the same recording as jazz.00033 (Sturm 2013).'
    """
    root = as_folder(folder, purpose="of GTZAN")
    genres, below = _songs(root)
    stems = [path.stem for path in below]
    artist_of, part_of = _of_table(root)
    of_files = _of_split_files(split_files, [root, genres, genres.parent])
    parts = part_of if of_files is None else of_files
    names = [path.as_posix() for path in below]
    repeated = [here for songs in REPETITIONS if len(here := _here(songs, stems)) > 1]
    faults = {
        name: reason
        for name, stem in zip(names, stems, strict=True)
        if (reason := _fault(genres / name, stem, repeated, of_files)) is not None
    }
    rows = _rows_of_part(split, [parts.get(stem, "") for stem in stems])
    stems, names = [stems[row] for row in rows], [names[row] for row in rows]
    artists = [artist_of.get(stem) for stem in stems]
    faults = {name: faults[name] for name in names if name in faults}
    notes = [f"{len(faults)} songs have known faults (.faults)"]
    return make_bunch(
        title=f"GTZAN in {genres}" + (f", part {split!r}" if split else ""),
        data=[str(genres / name) for name in names],
        names=names,
        target=np.array([stem.partition(".")[0] for stem in stems]),
        artists=artists,
        groups=_groups(stems, artist_of, repeated),
        split=np.array([parts.get(stem, "") for stem in stems]) if parts else None,
        faults=faults,
        unit=MUSIC,
        notes=notes,
    )


def _songs(root: Path) -> tuple[Path, list[Path]]:
    """The folder of genres, and songs below it."""
    extensions = readable_extensions()
    for place in _PLACES:
        genres = root / place
        found = [
            Path(genre) / path
            for genre in GENRES
            if (genres / genre).is_dir()
            for path in find_files(genres / genre)
            if _NAME.fullmatch(path.stem) and path.suffix.lower() in extensions
        ]
        if found:
            _check_once(genres, found)
            return genres, found
    if not root.exists():
        raise FileNotFoundError(
            f"Got folder={str(root)!r}, but expected an existing folder of GTZAN."
        )
    raise ValueError(
        f"Got folder={str(root)!r}, but expected songs of GTZAN in it, such as "
        "'genres_original/blues/blues.00000.wav'. Read other songs with load_songs."
    )


def _check_once(genres: Path, below: list[Path]) -> None:
    (stem, n_files), *_ = Counter(path.stem for path in below).most_common(1)
    if n_files > 1:
        twice = [str(path) for path in below if path.stem == stem]
        raise ValueError(
            f"Got {stem} several times in {str(genres)!r} ({', '.join(twice)}), but "
            "expected each song once. Give the folder of one format."
        )


def _here(songs: tuple[str, ...], stems: list[str]) -> list[str]:
    return [song for song in songs if song in stems]


def _fault(
    path: Path, stem: str, repeated: list[list[str]], parts: dict[str, str] | None
) -> str | None:
    """What is known to be wrong with a song, as it is here."""
    for songs in repeated:
        if stem in songs:
            others = " and ".join(other for other in songs if other != stem)
            return f"It is the same recording as {others} (Sturm 2013)."
    if stem == "reggae.00086":
        return "All but 5 seconds of it are distorted (Sturm 2012)."
    if stem == "jazz.00054" and _has_no_header(path):
        return "It is no wav file: samples without a header, as in the copy of Kaggle."
    if parts is not None and stem not in parts:
        return "The files of the split leave it out."
    return None


def _has_no_header(path: Path) -> bool:
    if path.suffix.lower() != ".wav" or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) not in (b"RIFF", b"RIFX", b"RF64")


def _of_table(root: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Artists and parts of songs, as far as a table beside them tells."""
    path = root / "songs.csv"
    columns = read_table(path).columns if path.is_file() else {}
    if "song" not in columns:
        return {}, {}
    songs = [str(song) for song in columns["song"]]
    found = []
    for name in ("artist", "split"):
        cells = columns.get(name, [None] * len(songs))
        pairs = zip(songs, cells, strict=True)
        found.append({song: cell for song, cell in pairs if not is_unknown(cell)})
    return found[0], found[1]


def _of_split_files(
    split_files: str | os.PathLike[str] | Mapping | None, places: list[Path]
) -> dict[str, str] | None:
    """The part of each song, None if there are no such files."""
    if isinstance(split_files, Mapping):
        files = {part: Path(path).expanduser() for part, path in split_files.items()}
    else:
        if split_files is not None:
            places = [Path(split_files).expanduser()]
        by_place = [
            {part: place / f"{part}_filtered.txt" for part in _PARTS}
            for place in places
        ]
        files = next((f for f in by_place if any(p.is_file() for p in f.values())), {})
        if split_files is not None and not files:
            raise FileNotFoundError(
                f"Got split_files={str(places[0])!r}, but expected a folder of files "
                "such as 'train_filtered.txt', or a mapping such as {'train': path}."
            )
        files = {part: path for part, path in files.items() if path.is_file()}
    if not files:
        return None
    return {stem: part for part, path in files.items() for stem in _listed_songs(path)}


def _listed_songs(path: Path) -> list[str]:
    if not path.is_file():
        raise FileNotFoundError(
            f"Got split_files with {str(path)!r}, but expected an existing file of "
            "names such as 'blues/blues.00029.wav'."
        )
    stems = []
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        if not line.strip():
            continue
        stem = Path(line.strip().replace("\\", "/")).stem
        if not _NAME.fullmatch(stem):
            raise ValueError(
                f"Got {line!r} in line {number} of {str(path)!r}, but expected a name "
                "such as 'blues/blues.00029.wav'."
            )
        stems.append(stem)
    return stems


def _rows_of_part(split: str | None, parts: list[str]) -> list[int]:
    if split is None:
        return list(range(len(parts)))
    known = sorted(set(parts) - {""})
    if split not in known:
        fix = (
            f"one of {', '.join(map(repr, known))}."
            if known
            else "None, as no split is known. Say with split_files=... where its "
            "files are."
        )
        raise ValueError(f"Got split={split!r}, but expected {fix}")
    return [row for row, part in enumerate(parts) if part == split]


def _groups(
    stems: list[str], artist_of: dict[str, str], repeated: list[list[str]]
) -> np.ndarray:
    """Artists; recordings where those are unknown."""
    group_of = dict(artist_of)
    for songs in repeated:
        known = [artist_of[song] for song in songs if song in artist_of]
        group = known[0] if known else f"recording {songs[0]}"
        group_of |= dict.fromkeys(songs, group)
    return np.array([group_of.get(stem, f"unknown: {stem}") for stem in stems])
