"""Read the FMA data set: tracks, genres, artists, split and known faults."""

import csv
import os
import warnings
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from sklearn.utils import Bunch

from skgenre.datasets._bunch import make_bunch
from skgenre.datasets._files import check_files, first_with
from skgenre.datasets._load_songs import as_folder
from skgenre.datasets._unit import MUSIC

# Each holds those before it.
_SUBSETS = ("small", "medium", "large")
_TABLES = (".", "fma_metadata", "../fma_metadata")
_ISSUE = "github.com/mdeff/fma/issues/8"
# Cut at the wrong place, as lengths were wrong where they came from.
_LESS = {98565: "1.6 s", 98567: "0.5 s", 98569: "1.5 s"} | dict.fromkeys(
    (99134, 108925, 133297), "no audio"
)
_SHORT = (
    1486, 5574, 65753, 80391, 98558, 98559, 98560, 98566, 98568, 98571, 105247, 108924,
    126981, 127336, 143992,
)  # fmt: skip
_COLUMNS = {
    "genre": ("track", "genre_top"),
    "split": ("set", "split"),
    "subset": ("set", "subset"),
    "artist": ("artist", "id"),
}


class _Track(NamedTuple):
    """What the table says of one track."""

    number: int
    genre: str
    split: str
    artist: str | None


def load_fma(
    folder: str | os.PathLike[str],
    subset: Literal["small", "medium", "large"] = "small",
) -> Bunch:
    """List the tracks of a subset of FMA.

    Half minutes of the Free Music Archive [1]_: 8,000 of eight genres ("small"), 25,000
    of 16 ("medium"), or all that have one top genre ("large").

    Parameters
    ----------
    folder : str or Path
        Holds ``fma_metadata/tracks.csv`` and ``fma_small/000/000002.mp3``, as the
        archives do; or is ``fma_small`` itself, with ``fma_metadata`` beside it.
    subset : {"small", "medium", "large"}, default="small"
        Which tracks; each subset holds those before it.

    Returns
    -------
    Bunch
        With the attributes of :func:`load_songs`, and

        - groups : ndarray of str [shape=(n_songs,)], the numbers of artists.
        - split : ndarray of str [shape=(n_songs,)], "training", "validation" or "test":
          the official parts, which have no artist in common.
        - faults : dict of str, tracks with less than 30 s or no audio at all, by name
          [2]_.

    Raises
    ------
    FileNotFoundError
        If there is no such folder or table, or none of the tracks.
    ValueError
        If the table is another one.

    See Also
    --------
    fetch_fma : Download it.

    References
    ----------
    .. [1] M. Defferrard, K. Benzi, P. Vandergheynst and X. Bresson, "FMA: a dataset for
       music analysis", ISMIR 2017, https://github.com/mdeff/fma.
    .. [2] https://github.com/mdeff/fma/issues/8 and issues/44.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from skgenre.datasets import load_fma
    >>> table = '''
    ... ,set,set,track,artist
    ... ,split,subset,genre_top,id
    ... track_id,,,,
    ... 2,training,small,Hip-Hop,1
    ... 133297,test,small,Rock,9
    ... '''
    >>> with TemporaryDirectory() as folder:
    ...     for name in ("000/000002.mp3", "133/133297.mp3"):
    ...         path = Path(folder, "fma_small", name)
    ...         path.parent.mkdir(parents=True)
    ...         path.touch()
    ...     Path(folder, "fma_metadata").mkdir()
    ...     _ = Path(folder, "fma_metadata", "tracks.csv").write_text(table.strip())
    ...     tracks = load_fma(folder)
    >>> tracks.target.tolist(), tracks.split.tolist(), tracks.groups.tolist()
    (['Hip-Hop', 'Rock'], ['training', 'test'], ['1', '9'])
    >>> tracks.faults
    {'133/133297.mp3': 'It has no audio (github.com/mdeff/fma/issues/8).'}
    """
    if subset not in _SUBSETS:
        raise ValueError(
            f"Got subset={subset!r}, but expected one of "
            f"{', '.join(map(repr, _SUBSETS))}."
        )
    root = as_folder(folder, purpose="of FMA")
    place = first_with(root, _TABLES, "tracks.csv")
    if place is None:
        raise FileNotFoundError(
            f"Got folder={str(root)!r}, but expected 'fma_metadata/tracks.csv' in it, "
            "or beside it."
        )
    tracks = _tracks(place / "tracks.csv", subset)
    audio = root / f"fma_{subset}"
    audio = audio if audio.is_dir() else root
    names = [f"{track.number // 1000:03d}/{track.number:06d}.mp3" for track in tracks]
    check_files(
        [audio / name for name in names],
        title=f"FMA in {str(root)!r}",
        fix=f"Unpack fma_{subset}.zip there.",
    )
    artists = [track.artist for track in tracks]
    return make_bunch(
        title=f"FMA {subset} in {root}",
        data=[str(audio / name) for name in names],
        names=names,
        target=np.array([track.genre for track in tracks]),
        artists=artists,
        groups=_groups(tracks),
        split=np.array([track.split for track in tracks]),
        faults={
            name: reason
            for name, track in zip(names, tracks, strict=True)
            if (reason := _fault(track.number)) is not None
        },
        unit=MUSIC,
    )


def _tracks(path: Path, subset: str) -> list[_Track]:
    """Rows of a subset, by number."""
    wanted = _SUBSETS[: _SUBSETS.index(subset) + 1]
    found, n_without = [], 0
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        at = _positions(path, next(rows, []), next(rows, []))
        for row in rows:
            # A line "track_id" is between the names of columns and the tracks.
            if not row or not row[0].isdigit() or row[at["subset"]] not in wanted:
                continue
            if not row[at["genre"]]:
                n_without += 1
                continue
            found.append(
                _Track(
                    int(row[0]),
                    row[at["genre"]],
                    row[at["split"]],
                    row[at["artist"]] or None,
                )
            )
    if not found:
        raise ValueError(
            f"Got {str(path)!r}, but expected tracks of the subset {subset!r} in it."
        )
    if n_without:
        warnings.warn(
            f"Left out {n_without} tracks of {str(path)!r} that have no top genre.",
            UserWarning,
            stacklevel=3,
        )
    return sorted(found)


def _positions(path: Path, upper: list[str], lower: list[str]) -> dict[str, int]:
    """Where the columns are, of which each has two names."""
    names = list(zip(upper, lower, strict=False))
    missing = [column for column in _COLUMNS.values() if column not in names]
    if missing:
        raise ValueError(
            f"Got {str(path)!r} without the columns {missing}, but expected two rows "
            "of names, as fma_metadata.zip has them."
        )
    return {part: names.index(column) for part, column in _COLUMNS.items()}


def _fault(number: int) -> str | None:
    if number in _LESS:
        return f"It has {_LESS[number]} ({_ISSUE})."
    return f"It has less than 30 s ({_ISSUE})." if number in _SHORT else None


def _groups(tracks: list[_Track]) -> np.ndarray:
    return np.array(
        [
            f"unknown: {track.number:06d}" if track.artist is None else track.artist
            for track in tracks
        ]
    )
