"""Windows that stay in their file."""

from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from skgenre._by_song.numbering import rows_of_songs
from skgenre.windows._growing_rows import (
    FileRows,
    checked_path,
    map_rows,
    unfinished_path,
)
from skgenre.windows._source import WindowsAtHand


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
    """

    is_lazy = True
    sample_rate = None

    def __init__(
        self,
        path: Path,
        counts: np.ndarray,
        starts: np.ndarray,
        errors: dict[Any, str] | None = None,
    ) -> None:
        self.path = path
        self.errors: dict[Any, str] = {} if errors is None else errors
        self._values = map_rows(path)
        self._file_state = _file_state(path)
        self._all_counts = counts
        self._all_starts = starts
        self._offsets = np.concatenate([[0], np.cumsum(counts)])
        self._positions = np.arange(len(counts))  # of the songs that are meant

    def __getstate__(self) -> dict:
        """Everything but the windows."""
        return {k: v for k, v in self.__dict__.items() if k != "_values"}

    def __setstate__(self, state: dict) -> None:
        """Map the file again; refuse one that was written anew."""
        self.__dict__.update(state)
        try:
            changed = _file_state(self.path) != self._file_state
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
        self._values = map_rows(self.path)

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
        return self._values[self._offsets[song] : self._offsets[song + 1]]

    def load(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return values, counts and starts.

        The values are a view on the file if the songs are neighbours in it.
        """
        counts, starts = self.measure()
        return self._values[self._rows()], counts, starts

    def measure(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the window count of every song and all start times."""
        return self._all_counts[self._positions], self._all_starts[self._rows()]

    @property
    def n_rows(self) -> int:
        """Windows in the file, whichever songs are meant."""
        return len(self._values)

    def _rows(self) -> slice | np.ndarray:
        return rows_of_songs(self._offsets, self._positions)


def _file_state(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def write_songs(path: str | PathLike[str], windows: Any) -> None:
    """Write beside a file of windows which songs they are of.

    Parameters
    ----------
    path : str or Path
        The file of windows.
    windows : SongWindows
        Its songs.
    """
    table: dict[str, Any] = {
        "counts": windows.counts,
        "starts": windows.starts,
        "rows": windows.rows,
        "song_ids": plain_names(windows.song_ids),
        "error_ids": plain_names(np.array(list(windows.errors), dtype=object)),
        "error_reasons": np.array(list(windows.errors.values()), dtype=str),
    }
    if windows.feature_names is not None:
        table["feature_names"] = np.array(windows.feature_names, dtype=str)
    if windows.window_seconds is not None:
        table["window_seconds"] = np.array(windows.window_seconds)
    target = songs_path(path)
    unfinished = unfinished_path(target)
    with unfinished.open("wb") as file:
        np.savez(file, **table)
    unfinished.replace(target)


def open_stored(path: str | PathLike[str]) -> dict[str, Any]:
    """Map a file of windows that `SongWindows.save` or a featurizer wrote.

    Parameters
    ----------
    path : str or Path
        The file of windows.

    Returns
    -------
    dict
        Arguments of `SongWindows`, of which `values` is the source.
    """
    path = checked_path(path)
    if not path.exists() or not songs_path(path).exists():
        missing = songs_path(path) if path.exists() else path
        raise FileNotFoundError(
            f"There is no file {str(missing)!r}. Windows are kept in two files, "
            "NAME.npy and NAME.songs.npz; keep them together."
        )
    with np.load(songs_path(path)) as archive:
        table = dict(archive)
    errors = dict(
        zip(table["error_ids"].tolist(), table["error_reasons"].tolist(), strict=True)
    )
    source = StoredWindows(path, table["counts"], table["starts"], errors)
    if source.n_rows != table["counts"].sum():
        raise ValueError(
            f"{str(path)!r} holds {source.n_rows} windows, but "
            f"{songs_path(path).name!r} names {table['counts'].sum()}. They were not "
            "written together."
        )
    seconds = table.get("window_seconds")
    return {
        "values": source,
        "song_ids": table["song_ids"],
        "rows": table["rows"],
        "window_seconds": None if seconds is None else float(seconds),
        "feature_names": table.get("feature_names"),
    }


def write_stored(windows: Any, path: str | PathLike[str]) -> None:
    """Write windows song by song, and the table of songs beside them.

    Parameters
    ----------
    windows : SongWindows
        Features.
    path : str or Path
        Ends in ``.npy``.
    """
    plain_names(windows.song_ids)
    with FileRows(path) as rows:
        rows.append(windows[:0].values)  # so that no songs at all can be written too
        for song in windows:
            rows.append(song)
        rows.finish()
    write_songs(path, windows)


def songs_path(path: str | PathLike[str]) -> Path:
    """Name of the table of songs that belongs to a file of windows.

    Parameters
    ----------
    path : str or Path
        The file of windows.

    Returns
    -------
    Path
        ``NAME.songs.npz`` for ``NAME.npy``.
    """
    return checked_path(path).with_suffix(".songs.npz")


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
