"""Read a table of songs: paths, labels, groups, folds and parts of files."""

import math
import os
import re
import unicodedata
import warnings
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.utils import Bunch

from skgenre._by_song.numbering import is_unknown
from skgenre._wording import listed
from skgenre.audio._excerpt import Excerpt
from skgenre.audio._song import shown
from skgenre.datasets._bunch import groups_of, make_bunch
from skgenre.datasets._files import check_files
from skgenre.datasets._name_pattern import groups_by_pattern
from skgenre.datasets._read_table import Table, read_table
from skgenre.datasets._table_columns import columns_of, described, quoted, unit_of
from skgenre.windows._seconds import as_seconds

_FIRST = "the first below the names of columns is row 1"


def load_table(
    table: Any,
    *,
    path: str = "path",
    label: str | None = "label",
    group: str | None = "group",
    fold: str | None = "fold",
    split: str | None = "split",
    start: str | None = "start",
    end: str | None = "end",
    root: str | os.PathLike[str] | None = None,
    group_pattern: str | None = None,
) -> Bunch:
    """List the songs of a table with a row for each.

    Nothing is decoded. A column that is not named is found under its usual names, in
    upper or lower case: "file", "filename" and the like for the path; "genre", "class",
    "category" or "species" for the label; "artist", "speaker", "patient", "subject",
    "participant", "recording", "source" or "src_file" for the group. Where there are
    several, say which. `DESCR` of the result says what was taken for what. Labels and
    groups are text: "007" stays what it is.

    Parameters
    ----------
    table : path, or table of pandas, polars, pyarrow or the like
        CSV with commas, semicolons or tabs (".csv", ".tsv", ".txt"), parquet, or JSON:
        a list of records, or one a line.
    path : str, default="path"
        The column of files. Relative ones are relative to `root`.
    label : str or None, default="label"
        The column of labels. None if songs have none, as where they are to be
        predicted.
    group : str or None, default="group"
        The column of groups that must not be on both sides of a split. Empty cells are
        unknown: each such file is a group of its own. None for no column.
    fold : str or None, default="fold"
        The column of official folds, numbers or text.
    split : str or None, default="split"
        The column of official parts, such as "train" and "test".
    start, end : str or None, default="start", "end"
        The columns of seconds in the file from and to which a song goes. Where there
        are any, songs are :class:`~skgenre.audio.Excerpt`; a row in which both are
        empty is the whole file, one without an end goes on to the file's end.
    root : str, Path or None, default=None
        Where the files are. None for the folder of the table, or the working directory
        if it is in memory.
    group_pattern : str or None, default=None
        Take groups out of names of files instead, such as
        ``"patient{group}_{n}.wav"``: ``{group}`` is the group, other words in braces
        stand for anything. It is compared with the name of a file, or with its whole
        path as the table has it if there is a "/" in the pattern.

    Returns
    -------
    Bunch
        With the attributes

        - data : list of (str or Excerpt) [len=n_songs], in the order of the rows.
        - target : ndarray of str [shape=(n_songs,)], the labels, or None.
        - target_names : list of str, the different labels, sorted.
        - groups : ndarray of str [shape=(n_songs,)], for splitters; None if nothing is
          known. Where no column or pattern tells, excerpts of one file are one group.
        - artists : list of (str or None) [len=n_songs], groups as far as the table or
          the pattern tells them.
        - folds : ndarray of int [shape=(n_songs,)], for
          :class:`~sklearn.model_selection.PredefinedSplit`, or None.
        - split : ndarray of str [shape=(n_songs,)], or None; "" where empty.
        - faults : None.
        - names : list of str [len=n_songs], paths as in the table, with the seconds of
          excerpts.
        - unit : what to call a row, a group and a label: ``unit.song``, ``unit.group``
          and ``unit.label`` are "song", "artist" and "genre" if the table has such
          columns, else "recording", "group" and "class".
        - DESCR : str, numbers and columns.

    Raises
    ------
    FileNotFoundError
        If there is no table, or none of its files. Some that are missing are named in
        a warning; they keep their rows, and are errors of these songs when read.
    ValueError
        If it is no table, a column is missing or could be several, or cells of paths,
        labels or folds are empty.

    See Also
    --------
    load_songs : A folder for each genre.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from skgenre.datasets import load_table
    >>> with TemporaryDirectory() as folder:
    ...     for name in ("a.wav", "b.wav"):
    ...         Path(folder, name).touch()
    ...     table = Path(folder, "calls.csv")
    ...     rows = ["file,species,start,end", "a.wav,frog,0,5", "a.wav,owl,5,9"]
    ...     _ = table.write_text(chr(10).join([*rows, "b.wav,frog,,"]))
    ...     calls = load_table(table)
    >>> calls.names
    ['a.wav [0.0 to 5.0 s]', 'a.wav [5.0 to 9.0 s]', 'b.wav']
    >>> calls.target
    array(['frog', 'owl', 'frog'], dtype='<U4')
    >>> calls.groups
    array(['a.wav', 'a.wav', 'b.wav'], dtype='<U5')
    """
    asked = {
        "path": path, "label": label, "group": group, "fold": fold, "split": split,
        "start": start, "end": end,
    }  # fmt: skip
    if path is None:
        raise TypeError("Got path=None, but expected the name of a column of files.")
    if group_pattern is not None:
        if group not in ("group", None):
            raise ValueError(
                f"Got group={group!r} and group_pattern={group_pattern!r}, but "
                "expected one of them."
            )
        asked["group"] = None
    found = read_table(table)
    taken = columns_of(found, asked)
    rows = _Rows(found, taken)
    files = rows.text("path", fix="Fill them.")
    folder = found.folder if root is None else Path(root).expanduser()
    path_of = {file: _path(file, folder) for file in dict.fromkeys(files)}
    where = "the working directory" if folder is None else repr(str(folder))
    check_files(
        path_of.values(),
        title=found.title,
        fix=f"They are sought below {where}; say with root=... where they are.",
    )
    whole = [str(path_of[file]) for file in files]
    excerpts = rows.excerpts(whole)
    names = _names(files, excerpts)
    data = [
        part if part is not None else file
        for part, file in zip(excerpts, whole, strict=True)
    ]
    target = rows.labels(data)
    if group_pattern is None:
        artists = rows.artists(len(files))
    else:
        artists = groups_by_pattern(group_pattern, [_posix(file) for file in files])
    has_excerpts = any(part is not None for part in excerpts)
    groups, of_groups = _groups(artists, files, has_excerpts)
    folds, of_folds = rows.folds()
    return make_bunch(
        title=f"{'Excerpts' if has_excerpts else 'Files'} of {shown(found.title)}",
        data=data,
        names=names,
        target=target,
        artists=artists,
        groups=groups,
        folds=folds,
        split=rows.split(),
        unit=unit_of(taken),
        notes=[*of_groups, *of_folds, *described(found, taken, group_pattern)],
    )


# -- cells ----------------------------------------------------------------------------


def _is_blank(cell: Any) -> bool:
    # "nan" is what missing names become where somebody made text of them.
    return is_unknown(cell) or (isinstance(cell, str) and cell.strip().lower() == "nan")


def _text(cell: Any) -> str | None:
    if _is_blank(cell):
        return None
    if isinstance(cell, float | np.floating) and float(cell).is_integer():
        # Whole numbers beside missing ones became floats.
        cell = int(cell)
    return unicodedata.normalize("NFC", shown(" ".join(str(cell).split())))


def _row_numbers(is_bad: Sequence[bool]) -> str:
    return listed([row + 1 for row, bad in enumerate(is_bad) if bad])


class _Rows:
    """Cells of the columns that were taken."""

    def __init__(self, table: Table, taken: dict[str, str]) -> None:
        self._table = table
        self._taken = taken

    def cells(self, part: str) -> list | None:
        """Cells of a column, None if there is none."""
        if part not in self._taken:
            return None
        return self._table.columns[self._taken[part]]

    def text(self, part: str, *, fix: str) -> list[str]:
        """Cells of a column that must not be empty."""
        cells = self.cells(part) or []
        found = [_text(cell) for cell in cells]
        if part == "path":
            # Blanks and letters of paths are those on the disk.
            found = [
                None if text is None else str(cell).strip()
                for text, cell in zip(found, cells, strict=True)
            ]
        missing = [text is None for text in found]
        if any(missing):
            raise ValueError(
                f"Got {self._table.title} with nothing for the {part} in "
                f"{sum(missing)} of {len(found)} rows ({_row_numbers(missing)}; "
                f"{_FIRST}), but expected it in each. {fix}"
            )
        return [text for text in found if text is not None]

    def labels(self, data: list) -> np.ndarray | None:
        """Labels of songs, one each."""
        if "label" not in self._taken:
            return None
        fix = "Fill them, leave these rows out, or set label=None for no labels."
        labels = self.text("label", fix=fix)
        rows_of: dict[Any, list[int]] = defaultdict(list)
        for row, song in enumerate(data):
            rows_of[song].append(row)
        repeated = [rows for rows in rows_of.values() if len(rows) > 1]
        for rows in repeated:
            if len({labels[row] for row in rows}) > 1:
                raise ValueError(
                    f"Got {self._table.title} with several labels of {data[rows[0]]}: "
                    f"{quoted(labels[row] for row in rows)} in the rows "
                    f"{listed([row + 1 for row in rows])} ({_FIRST}), but expected one "
                    "label for each song."
                )
        if repeated:
            named = [str(data[rows[0]]) for rows in repeated]
            warnings.warn(
                f"{len(repeated)} songs stand in several rows of {self._table.title}, "
                f"and are songs as often: {listed(named)}.",
                UserWarning,
                stacklevel=3,
            )
        return np.array(labels)

    def artists(self, n_rows: int) -> list[str | None]:
        """Groups, None where unknown."""
        cells = self.cells("group")
        return [None] * n_rows if cells is None else [_text(cell) for cell in cells]

    def folds(self) -> tuple[np.ndarray | None, list[str]]:
        """Numbers of folds, text numbered in its order, and what to say of them."""
        if "fold" not in self._taken:
            return None, []
        folds = self.text("fold", fix="Fill them, or set fold=None.")
        if all(re.fullmatch(r"-?\d+(\.0*)?", fold) for fold in folds):
            return np.array([int(float(fold)) for fold in folds]), []
        number = {
            fold: i for i, fold in enumerate(sorted(set(folds), key=_natural), start=1)
        }
        said = ", ".join(f"{i} is {fold!r}" for fold, i in number.items())
        return np.array([number[fold] for fold in folds]), [f"Folds: {said}"]

    def split(self) -> np.ndarray | None:
        """Parts of the data, "" where there is none."""
        cells = self.cells("split")
        if cells is None:
            return None
        parts = [_text(cell) or "" for cell in cells]
        return np.array(parts) if any(parts) else None

    def excerpts(self, paths: list[str]) -> list[Excerpt | None]:
        """Parts of files; None for a whole file."""
        starts, ends = self._seconds("start"), self._seconds("end")
        if starts is None and ends is None:
            return [None] * len(paths)
        none = [math.nan] * len(paths)
        return [
            None
            if math.isnan(start) and math.isnan(end)
            else Excerpt(
                path,
                0.0 if starts is None else start,
                None if math.isnan(end) else end,
            )
            for path, start, end in zip(
                paths, starts or none, ends or none, strict=True
            )
        ]

    def _seconds(self, part: str) -> list[float] | None:
        cells = self.cells(part)
        if cells is None:
            return None
        column = repr(self._taken[part])
        if not any(isinstance(cell, str) for cell in cells):
            return as_seconds(cells, name=column).tolist()
        return [
            self._number(cell, row, column) for row, cell in enumerate(cells, start=1)
        ]

    def _number(self, cell: Any, row: int, column: str) -> float:
        if _is_blank(cell):
            return math.nan
        text = str(cell).strip()
        if self._table.has_decimal_comma:
            text = text.replace(",", ".")
        try:
            return float(text)
        except ValueError:
            raise ValueError(
                f"Got {cell!r} in the column {column} of {self._table.title}, row "
                f"{row} ({_FIRST}), but expected seconds. Convert text such as "
                "'00:01:30' with pandas.to_timedelta."
            ) from None


def _natural(text: str) -> list:
    """Sort "fold10" behind "fold9"."""
    return [
        (0, int(piece), "") if piece.isdigit() else (1, 0, piece)
        for piece in re.split(r"(\d+)", text)
        if piece
    ]


# -- files ----------------------------------------------------------------------------


def _path(file: str, folder: Path | None) -> Path:
    path = _below(Path(file).expanduser(), folder)
    if "\\" in file and os.sep == "/" and not path.exists():
        # Written on Windows.
        other = _below(Path(file.replace("\\", "/")), folder)
        return other if other.exists() else path
    return path


def _below(path: Path, folder: Path | None) -> Path:
    return path if folder is None else folder / path


def _posix(file: str) -> str:
    return shown(file.replace("\\", "/").removeprefix("./"))


def _names(files: list[str], excerpts: list[Excerpt | None]) -> list[str]:
    return [
        _posix(file)
        if part is None
        else str(Excerpt(_posix(file), part.start, part.end))
        for file, part in zip(files, excerpts, strict=True)
    ]


# -- groups ---------------------------------------------------------------------------


def _groups(
    artists: list[str | None], files: list[str], has_excerpts: bool
) -> tuple[np.ndarray | None, list[str]]:
    """Groups for splitters, and what to say of them."""
    names = [_posix(file) for file in files]
    is_repeated = len(set(names)) < len(names)
    groups = groups_of(artists, names)
    if groups is None:
        if not is_repeated:
            return None, []
        what = "excerpts of one file" if has_excerpts else "rows of one file"
        return np.array(names), [f"Groups are files: {what} are one group"]
    groups_of_file: dict[str, set[str]] = defaultdict(set)
    for name, group in zip(names, groups.tolist(), strict=True):
        groups_of_file[name].add(group)
    torn = [name for name, found in groups_of_file.items() if len(found) > 1]
    if torn:
        warnings.warn(
            f"{len(torn)} files are in several groups, so that parts of one recording "
            f"may be on both sides of a split: {listed(torn)}. Take group=None for "
            "groups that are files.",
            UserWarning,
            stacklevel=3,
        )
    return groups, []
