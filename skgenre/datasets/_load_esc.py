"""Read the ESC data sets of environmental sounds, with their official folds."""

import os
import re
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from sklearn.utils import Bunch

from skgenre.datasets._bunch import make_bunch
from skgenre.datasets._files import check_files, first_with
from skgenre.datasets._load_songs import as_folder, find_files, readable_extensions
from skgenre.datasets._read_table import read_table
from skgenre.datasets._unit import OTHER

_PLACES = (".", "ESC-50-master", "ESC-50", "ESC-10-master", "ESC-10")
_TABLE = "meta/esc50.csv"
# FOLD-SOURCE-TAKE, and the number of the class in ESC-50.
_NAME = re.compile(r"(?P<fold>[1-5])-(?P<source>\d+)-(?P<take>[A-Z]\d*)(-\d+)?")
# Folders are numbered where there is one for each class.
_NUMBER = re.compile(r"^\d+ - ")
_N_CLASSES = {"esc10": 10, "esc50": 50}


class _Clip(NamedTuple):
    """What is known of one recording."""

    name: str
    label: str
    fold: int
    source: str


def load_esc(
    folder: str | os.PathLike[str], subset: Literal["esc10", "esc50"] = "esc50"
) -> Bunch:
    """List the recordings of ESC-50 or ESC-10.

    2,000 sounds of 5 s in 50 classes, of which 400 in 10 classes are ESC-10 [1]_. Use
    the five official folds: they keep what was cut from one recording together.

    Parameters
    ----------
    folder : str or Path
        The archive's folder, with ``meta/esc50.csv`` and ``audio/1-100032-A-0.wav``;
        or a folder with a sub-folder for each class, as the archive of ESC-10 has it
        (``001 - Dog bark/1-30226-A.ogg``).
    subset : {"esc10", "esc50"}, default="esc50"
        Which of the two.

    Returns
    -------
    Bunch
        With the attributes of :func:`load_songs`, and

        - folds : ndarray of int [shape=(n_songs,)], the official folds, 1 to 5.
        - groups : ndarray of str [shape=(n_songs,)], the recording that a clip was cut
          from.

    Raises
    ------
    FileNotFoundError
        If there is no such folder, or none of its files.
    ValueError
        If it holds no such data set.

    See Also
    --------
    fetch_esc50 : Download it.

    References
    ----------
    .. [1] K. J. Piczak, "ESC: dataset for environmental sound classification", ACM
       Multimedia 2015, https://github.com/karolpiczak/ESC-50.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from skgenre.datasets import load_esc
    >>> with TemporaryDirectory() as folder:
    ...     for number in range(10):
    ...         path = Path(folder, f"{number:03d} - Sound {number}", "2-30226-A.ogg")
    ...         path.parent.mkdir()
    ...         path.touch()
    ...     clips = load_esc(folder, subset="esc10")
    >>> clips.target[:2].tolist(), clips.folds[:2].tolist(), clips.groups[:2].tolist()
    (['Sound 0', 'Sound 1'], [2, 2], ['30226', '30226'])
    """
    if subset not in _N_CLASSES:
        raise ValueError(
            f"Got subset={subset!r}, but expected one of 'esc10', 'esc50'."
        )
    root = as_folder(folder, purpose="of ESC-50 or ESC-10")
    if not root.exists():
        raise FileNotFoundError(
            f"Got folder={str(root)!r}, but expected an existing folder of ESC-50."
        )
    archive = first_with(root, _PLACES, _TABLE)
    if archive is None:
        place, clips = _of_folders(root, subset)
    else:
        place, clips = archive / "audio", _of_table(archive / _TABLE, subset)
    check_files(
        [place / clip.name for clip in clips],
        title=f"ESC in {str(root)!r}",
        fix=f"They belong into {str(place)!r}.",
    )
    return make_bunch(
        title=f"{subset.upper().replace('ESC', 'ESC-')} in {root}",
        data=[str(place / clip.name) for clip in clips],
        names=[clip.name for clip in clips],
        target=np.array([clip.label for clip in clips]),
        artists=[clip.source for clip in clips],
        groups=np.array([clip.source for clip in clips]),
        folds=np.array([clip.fold for clip in clips]),
        unit=OTHER,
    )


def _of_table(path: Path, subset: str) -> list[_Clip]:
    columns = read_table(path).columns
    missing = {"filename", "fold", "category", "esc10", "src_file"} - columns.keys()
    if missing:
        raise ValueError(
            f"Got {str(path)!r} without the columns {sorted(missing)}, but expected "
            "those of the archive of ESC-50."
        )
    rows = zip(
        columns["filename"],
        columns["category"],
        columns["fold"],
        columns["src_file"],
        columns["esc10"],
        strict=True,
    )
    return [
        _Clip(name, label, int(fold), source)
        for name, label, fold, source, is_esc10 in rows
        if subset == "esc50" or is_esc10 == "True"
    ]


def _of_folders(root: Path, subset: str) -> tuple[Path, list[_Clip]]:
    """Clips in a folder for each class."""
    extensions = readable_extensions()
    for place in (root / name for name in (*_PLACES, "audio")):
        clips = [
            _Clip(
                path.as_posix(),
                _NUMBER.sub("", path.parts[0]),
                int(match["fold"]),
                match["source"],
            )
            for path in find_files(place)
            if len(path.parts) == 2 and path.suffix.lower() in extensions
            if (match := _NAME.fullmatch(path.stem))
        ]
        if clips:
            _check_classes(root, clips, subset)
            return place, clips
    raise ValueError(
        f"Got folder={str(root)!r}, but expected {_TABLE!r} in it, or recordings such "
        "as '001 - Dog bark/1-30226-A.ogg'."
    )


def _check_classes(root: Path, clips: list[_Clip], subset: str) -> None:
    n_classes = len({clip.label for clip in clips})
    if n_classes != _N_CLASSES[subset]:
        raise ValueError(
            f"Got subset={subset!r} and folder={str(root)!r} with {n_classes} folders "
            f"of recordings, but expected {_N_CLASSES[subset]}, one for each class."
        )
