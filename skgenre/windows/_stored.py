"""Windows that stay in their file.

Windows and what is known of their songs are one file, so they can never be of
different runs. numpy reads its first part, as any ``.npy`` file::

    │ header │ windows │ table of songs │ its length, its checksum, a mark │
     └────── .npy ────┘ └──── .npz ────┘

The table holds what the header says and a checksum of each block of windows, so that
a bit that changed is an error when it is read.
"""

import hashlib
import io
import os
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterable
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from skgenre._by_song.marks import Marks
from skgenre._by_song.numbering import rows_of_songs
from skgenre.windows._block_sums import CheckedBlocks
from skgenre.windows._growing_rows import (
    FileRows,
    checked_path,
    map_open_rows,
    map_rows,
)
from skgenre.windows._source import WindowsAtHand

_MARK = b"skgenre1"
_END = struct.Struct("<QI8s")  # length and checksum of the table, and the mark


class StoredWindows(WindowsAtHand):
    """Windows in a ``.npy`` file, of which only those asked for are in memory.

    Pickled, it is the file's name: workers map the file themselves.

    Parameters
    ----------
    path : Path
        The file.
    counts : int array of shape (n_songs,)
        Number of windows of each song in the file.
    starts : array of shape (n_windows,)
        Start of each window in its song, in seconds.
    errors : dict, default=None
        Why songs have no windows: ``{song_id: reason}``.
    run_id : str, default=""
        What tells the file's content from any other, if that is known.
    values : array of shape (n_windows, *window_shape), default=None
        The file, if it is mapped already.
    marks : Marks, default=None
        Where windows end, and how much they count; nothing of that if None.
    sums : uint32 array of shape (n_blocks,), default=None
        Checksums of the windows, which are compared as they are read, if given.
    """

    is_lazy = True
    sample_rate = None

    def __init__(
        self,
        path: Path,
        counts: np.ndarray,
        starts: np.ndarray,
        errors: dict[Any, str] | None = None,
        *,
        run_id: str = "",
        values: NDArray[Any] | None = None,
        marks: Marks | None = None,
        sums: NDArray[np.uint32] | None = None,
    ) -> None:
        self.path = path
        self.errors: dict[Any, str] = {} if errors is None else errors
        self._values = map_rows(path) if values is None else values
        self._sums = sums
        self._blocks = self._blocks_to_check()
        self._run_id = run_id
        self._file_state = None if run_id else _file_state(path)
        self._all_counts = counts
        self._all_starts = starts
        self._all_marks = Marks() if marks is None else marks
        self._offsets = np.concatenate([[0], np.cumsum(counts)])
        self._positions = np.arange(len(counts))  # of the songs that are meant

    def __getstate__(self) -> dict:
        """Everything but the windows."""
        mapped = ("_values", "_blocks")
        return {k: v for k, v in self.__dict__.items() if k not in mapped}

    def __setstate__(self, state: dict) -> None:
        """Map the file again; refuse one that was written anew."""
        # Those of before there were marks have none, nor checksums.
        self.__dict__.update({"_all_marks": Marks(), "_sums": None, **state})
        try:
            # Opened once: another file may get the name at any time.
            with self.path.open("rb") as file:
                expected = None
                if self._run_id:
                    table = _read_table(file)
                    expected = None if table is None else _text(table.get("layout"))
                    changed = table is None or table["run_id"].item() != self._run_id
                else:
                    changed = _file_state(self.path) != self._file_state
                if not changed:
                    self._values = map_open_rows(file, expected=expected)
                    self._blocks = self._blocks_to_check()
        except OSError as error:
            raise FileNotFoundError(
                f"The windows are kept in {str(self.path)!r}, which cannot be read "
                f"here ({error.strerror}). Put it where all workers see it."
            ) from error
        if changed:
            raise ValueError(
                f"The windows are kept in {str(self.path)!r}, which was written anew "
                "since. Give every run an output=... of its own."
            )

    @property
    def window_shape(self) -> tuple[int, ...]:
        """Shape of one window."""
        return self._values.shape[1:]

    @property
    def dtype(self) -> np.dtype:
        """Type of the numbers."""
        return self._values.dtype

    def __len__(self) -> int:
        return len(self._positions)

    def take(self, positions: np.ndarray) -> "StoredWindows":
        """Return some of the songs; nothing is read."""
        taken = object.__new__(StoredWindows)
        taken.__dict__.update(self.__dict__)
        taken._positions = self._positions[positions]
        return taken

    def read(self, position: int) -> np.ndarray:
        """Return the windows of one song, a view on the file."""
        song = self._positions[position]
        self._check(np.array([song]))
        return self._values[self._offsets[song] : self._offsets[song + 1]]

    def load(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return values, counts and starts.

        The values are a view on the file if the songs are neighbours in it.
        """
        counts, starts = self.measure()
        self._check(self._positions)
        return self._values[self._rows()], counts, starts

    def measure(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the window count of every song and all start times."""
        return self._all_counts[self._positions], self._all_starts[self._rows()]

    def marks(self) -> Marks:
        """Where all windows end, and how much they count."""
        return self._all_marks.take(self._rows())

    @property
    def n_rows(self) -> int:
        """Windows in the file, whichever songs are meant."""
        return len(self._values)

    def check(self) -> None:
        """Compare all windows of these songs with their checksums now."""
        self._check(self._positions)

    def _check(self, songs: np.ndarray) -> None:
        if self._blocks is not None:
            self._blocks.check(self._offsets[songs], self._offsets[songs + 1])

    def _blocks_to_check(self) -> CheckedBlocks | None:
        if self._sums is None:
            return None
        return CheckedBlocks(self._values, self._sums, self.path)

    def _rows(self) -> slice | np.ndarray:
        return rows_of_songs(self._offsets, self._positions)


def _file_state(path: Path) -> tuple[int, int]:
    """What changes when a file that nobody gave a name to is written anew."""
    status = path.stat()
    return status.st_size, status.st_mtime_ns


# -- writing --------------------------------------------------------------------------


def songs_table(
    *,
    counts: NDArray[np.integer],
    starts: NDArray[Any],
    rows: NDArray[np.integer] | None,
    song_ids: NDArray[Any],
    window_seconds: float | None,
    feature_names: Iterable[str] | None,
    errors: dict[Any, str],
    ends: NDArray[Any] | None = None,
    window_weight: NDArray[Any] | None = None,
    made_of: str = "",
) -> dict[str, NDArray[Any]]:
    """What is kept beside windows: the songs they are of.

    Parameters
    ----------
    counts : int array of shape (n_songs,)
        Number of windows of each song.
    starts : array of shape (n_windows,)
        Start of each window in its song, in seconds.
    rows : int array of shape (n_windows,) or None
        Row of the table that each window came from; 0, 1, 2, ... if None.
    song_ids : array of shape (n_songs,)
        Names, all strings or all whole numbers.
    window_seconds : float or None
        Length of every window, where known.
    feature_names : iterable of str or None
        Names of the columns, where there are some.
    errors : dict
        Why songs have no windows: ``{song_id: reason}``.
    ends : array of shape (n_windows,), default=None
        End of each window in its song, where some are shorter than others.
    window_weight : array of shape (n_windows,), default=None
        How much each window counts in a vote, where they differ.
    made_of : str, default=""
        What tells songs and settings from all others.

    Returns
    -------
    dict of str to array
        Not an object among them.
    """
    counts = np.asarray(counts)
    table = {
        "counts": counts,
        "starts": np.asarray(starts),
        "rows": np.arange(counts.sum()) if rows is None else np.asarray(rows),
        "song_ids": plain_names(song_ids),
        "error_ids": plain_names(np.array(list(errors), dtype=object)),
        "error_reasons": np.array(list(errors.values()), dtype=str),
        "made_of": np.array(made_of),
    }
    if feature_names is not None:
        table["feature_names"] = np.array(feature_names, dtype=str)
    if window_seconds is not None:
        table["window_seconds"] = np.array(window_seconds)
    if ends is not None:
        table["ends"] = np.asarray(ends)
    if window_weight is not None:
        table["window_weight"] = np.asarray(window_weight)
    return table


def write_stored(windows: Any, path: str | PathLike[str]) -> dict[str, Any]:
    """Write windows song by song, and the table of songs behind them.

    Parameters
    ----------
    windows : SongWindows
        Features.
    path : str or Path
        Ends in ``.npy``. A file that is there is replaced, in one step.

    Returns
    -------
    dict
        Arguments of `SongWindows`, of which `values` is the source: the windows that
        were written, whoever writes to the same file in the meantime.
    """
    table = songs_table(
        counts=windows.counts,
        starts=windows.starts,
        rows=windows.rows,
        song_ids=windows.song_ids,
        window_seconds=windows.window_seconds,
        feature_names=windows.feature_names,
        errors=windows.errors,
        ends=windows.marks.ends,
        window_weight=windows.window_weight,
    )
    with FileRows(path) as rows:
        rows.append(windows[:0].values)  # so that no songs at all can be written too
        for song in windows:
            rows.append(song)
        rows.complete(_tail(table, rows))

        def put() -> Path:
            rows.put(rows.path)
            return rows.path

        return _put_and_opened(rows, put)


def _put_and_opened(rows: FileRows, put: Callable[[], Path]) -> dict[str, Any]:
    """Give a complete file its name, and map this one and no other of that name."""
    if os.name == "nt":
        # What is open gets no other name there.
        return open_stored(put())
    with rows.unfinished.open("rb") as file:
        return _opened(file, put())


def place_rows(
    rows: FileRows, table: dict[str, NDArray[Any]], *, stacklevel: int
) -> dict[str, Any]:
    """Complete a file of features, and put it where it replaces none of other songs.

    Parameters
    ----------
    rows : FileRows
        All windows.
    table : dict
        What `songs_table` gives, with `made_of`.
    stacklevel : int
        Of the warning where the name is taken, counted from here.

    Returns
    -------
    dict
        Arguments of `SongWindows`, of which `values` is the source. Its file is the
        one that was asked for, or one beside it if that one holds something else.
    """
    made_of = str(table["made_of"])
    rows.complete(_tail(table, rows))
    opened = _put_and_opened(rows, lambda: _name_of_its_own(rows, made_of))
    path = opened["values"].path
    if path != rows.path:
        warnings.warn(
            f"{str(rows.path)!r} holds the features of other songs, or of other "
            f"settings, and stays as it is; those of these {len(table['counts'])} "
            f"songs are in {path.name!r} beside it. Remove the file, or give an "
            "output=... of its own, to have them under that name; in a pipeline leave "
            "output=None.",
            UserWarning,
            stacklevel=stacklevel + 1,
        )
    return opened


def _name_of_its_own(rows: FileRows, made_of: str) -> Path:
    path = rows.path
    if rows.put_new(path):
        return path
    if _made_of(path) != made_of:
        path = path.with_name(f"{path.stem}.{made_of[:12]}.npy")
    rows.put(path)
    return path


def _made_of(path: Path) -> str | None:
    """What songs and settings a file's features are of; None if it does not say so."""
    try:
        with path.open("rb") as file:
            table = _read_table(file)
    except (OSError, ValueError):
        return None
    return None if table is None else str(table["made_of"])


def _tail(table: dict[str, NDArray[Any]], rows: FileRows) -> bytes:
    """Table of songs as bytes, with a name for the content of the whole file."""
    table = {**table, "layout": np.array(rows.layout), "sums": rows.sums.sums()}
    content = hashlib.md5(usedforsecurity=False)
    for name in sorted(table):
        content.update(name.encode() + np.ascontiguousarray(table[name]).tobytes())
    buffer = io.BytesIO()
    named: dict[str, Any] = {**table, "run_id": np.array(content.hexdigest())}
    np.savez(buffer, **named)
    packed = buffer.getvalue()
    return packed + _END.pack(len(packed), zlib.crc32(packed), _MARK)


# -- reading --------------------------------------------------------------------------


def _read_table(file: BinaryIO) -> dict[str, NDArray[Any]] | None:
    """Table of songs at the end of a file; None if there is none."""
    size = file.seek(0, io.SEEK_END)
    if size < _END.size:
        return None
    file.seek(size - _END.size)
    length, expected, mark = _END.unpack(file.read(_END.size))
    if mark != _MARK or length > size - _END.size:
        return None
    file.seek(size - _END.size - length)
    packed = file.read(length)
    if zlib.crc32(packed) != expected:
        raise ValueError(
            f"The table of songs in {file.name!r} is damaged. Write the file anew."
        )
    with np.load(io.BytesIO(packed)) as archive:
        return dict(archive)


def open_stored(path: str | PathLike[str], *, check: bool = False) -> dict[str, Any]:
    """Map a file of windows that `SongWindows.save` or a featurizer wrote.

    Parameters
    ----------
    path : str or Path
        The file of windows.
    check : bool, default=False
        Compare all of them with their checksums now, instead of as they are read.

    Returns
    -------
    dict
        Arguments of `SongWindows`, of which `values` is the source.
    """
    path = checked_path(path)
    if not path.exists():
        raise FileNotFoundError(
            f"There is no file {str(path)!r}. Write it with SongWindows.save or with "
            "a featurizer's output=..."
        )
    with path.open("rb") as file:
        opened = _opened(file, path)
    if check:
        opened["values"].check()
    return opened


def _opened(file: BinaryIO, path: Path) -> dict[str, Any]:
    """Arguments of `SongWindows` from an open file, whatever has its name by now."""
    table = _read_table(file)
    if table is None:
        table = _old_table(path)
    errors = dict(
        zip(table["error_ids"].tolist(), table["error_reasons"].tolist(), strict=True)
    )
    source = StoredWindows(
        path,
        table["counts"],
        table["starts"],
        errors,
        run_id=str(table.get("run_id", "")),
        values=map_open_rows(file, expected=_text(table.get("layout"))),
        marks=Marks(ends=table.get("ends"), weight=table.get("window_weight")),
        sums=table.get("sums"),
    )
    if source.n_rows != table["counts"].sum():
        raise ValueError(
            f"Got {source.n_rows} windows in {str(path)!r}, but a table of songs with "
            f"{table['counts'].sum()}. They were not written together; write the file "
            "anew."
        )
    seconds = table.get("window_seconds")
    return {
        "values": source,
        "song_ids": table["song_ids"],
        "rows": table["rows"],
        "window_seconds": None if seconds is None else float(seconds),
        "feature_names": table.get("feature_names"),
    }


def _text(found: NDArray[Any] | None) -> str | None:
    # Files of before there were checksums have no layout.
    return None if found is None else str(found)


def _old_table(path: Path) -> dict[str, NDArray[Any]]:
    """Table of songs in a file of its own, as version 0.1.0 wrote it."""
    beside = path.with_suffix(".songs.npz")
    try:
        with np.load(beside) as archive:
            table = dict(archive)
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise ValueError(
            f"{str(path)!r} is a file of numbers that does not say which songs they "
            "are of. Expected one that SongWindows.save or a featurizer's output=... "
            "wrote; for other arrays there is SongWindows.from_arrays(numpy.load(...), "
            "groups)."
        ) from error
    warnings.warn(
        f"{path.name!r} and {beside.name!r} are of version 0.1.0, where nothing tells "
        "whether the two were written together. Check them, and make one file of "
        "them: SongWindows.open(path).save(other_path).",
        UserWarning,
        stacklevel=4,
    )
    return table


def plain_names(names: np.ndarray) -> np.ndarray:
    """Check that names can be written: all strings, or all numbers.

    Parameters
    ----------
    names : array of shape (n_songs,)
        Names of songs.

    Returns
    -------
    array of shape (n_songs,)
        The same, not of dtype object.
    """
    if names.dtype != object:
        return names
    kinds = {type(name) for name in names.tolist()}
    if not kinds:
        return np.zeros(0, dtype=str)
    if len(kinds) > 1 or not kinds <= {str, int}:
        raise ValueError(
            "Songs whose windows are written to a file need names that are all strings "
            f"or all whole numbers. Got {sorted(kind.__name__ for kind in kinds)}."
        )
    return np.array(names.tolist())
