"""Rows that grow, in memory or in a file."""

import os
from pathlib import Path
from uuid import uuid4

import numpy as np


class MemoryRows:
    """An array that grows by rows, with little more memory than it needs."""

    def __init__(self) -> None:
        self._rows: np.ndarray | None = None
        self.n_rows = 0

    def __enter__(self) -> "MemoryRows":
        return self

    def __exit__(self, *exception: object) -> None:
        """Nothing to clean up."""

    def append(self, rows: np.ndarray) -> None:
        """Copy rows behind the others.

        Parameters
        ----------
        rows : array of shape (n_new_rows, ...)
            Of the same shape and dtype, but for the first axis, every time.
        """
        stop = self.n_rows + len(rows)
        if self._rows is None:
            self._rows = np.empty(rows.shape, rows.dtype)
        elif stop > len(self._rows):
            _check_like(rows, self._rows)
            # Growing in place: the system moves pages instead of copying them, where
            # concatenating all songs at the end would hold everything twice.
            size = max(stop, len(self._rows) + len(self._rows) // 8)
            self._rows.resize((size, *rows.shape[1:]), refcheck=False)
        self._rows[self.n_rows : stop] = rows
        self.n_rows = stop

    def finish(self) -> np.ndarray | None:
        """Return all rows, None if there was not even an empty array.

        Returns
        -------
        array of shape (n_rows, ...) or None
            The rows.
        """
        if self._rows is not None:
            self._rows.resize((self.n_rows, *self._rows.shape[1:]), refcheck=False)
        return self._rows


class FileRows:
    """A ``.npy`` file that grows by rows, and appears when it is complete.

    Parameters
    ----------
    path : str or Path
        Ends in ``.npy``. A file that is there is replaced at the end.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = checked_path(path)
        self.n_rows = 0
        self._like: np.ndarray | None = None

    def __enter__(self) -> "FileRows":
        self._unfinished = unfinished_path(self.path)
        try:
            self._file = self._unfinished.open("wb")
        except OSError as error:
            raise OSError(
                f"The windows cannot be written to {str(self.path)!r} "
                f"({error.strerror}). Give a file in a folder that exists and may be "
                "written to."
            ) from error
        return self

    def __exit__(self, *exception: object) -> None:
        """Remove the file if it was not finished."""
        self._file.close()
        self._unfinished.unlink(missing_ok=True)

    def append(self, rows: np.ndarray) -> None:
        """Write rows behind the others.

        Parameters
        ----------
        rows : array of shape (n_new_rows, ...)
            Of the same shape and dtype, but for the first axis, every time.
        """
        if self._like is None:
            self._like = rows[:0].copy()
            self._write_header(self._like)
        _check_like(rows, self._like)
        self._file.write(np.ascontiguousarray(rows).reshape(-1).view(np.uint8).data)
        self.n_rows += len(rows)

    def finish(self) -> np.ndarray | None:
        """Put the file in its place and map it.

        Returns
        -------
        memmap of shape (n_rows, ...) or None
            The rows; None if there was not even an empty array.
        """
        if self._like is None:
            return None
        self._file.seek(0)
        self._write_header(self._like)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._unfinished.replace(self.path)
        return map_rows(self.path)

    def _write_header(self, like: np.ndarray) -> None:
        # numpy leaves room in it for a first axis of any length.
        np.lib.format.write_array_header_1_0(
            self._file,
            {
                "shape": (self.n_rows, *like.shape[1:]),
                "fortran_order": False,
                "descr": np.lib.format.dtype_to_descr(like.dtype),
            },
        )


def _check_like(rows: np.ndarray, first: np.ndarray) -> None:
    if rows.shape[1:] != first.shape[1:] or rows.dtype != first.dtype:
        raise ValueError(
            f"A song's features have shape {rows.shape[1:]} and dtype {rows.dtype} per "
            f"window, but the first song's have {first.shape[1:]} and {first.dtype}. "
            "Every window must give the same."
        )


def checked_path(path: str | os.PathLike[str]) -> Path:
    """Check the name of a file of windows.

    Parameters
    ----------
    path : str or Path
        The name.

    Returns
    -------
    Path
        The same.
    """
    path = Path(path)
    if path.suffix != ".npy":
        raise ValueError(f"Got the path {str(path)!r}, but expected one with '.npy'.")
    return path.absolute()


def unfinished_path(path: Path) -> Path:
    """Name a file until it is complete; two runs never write into each other's.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    Path
        Beside it, so that it can be renamed to it.
    """
    return path.with_name(f"{path.name}.{uuid4().hex}.part")


def map_rows(path: Path) -> np.ndarray:
    """Map a ``.npy`` file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    array
        A read-only memory map; a plain array if there is nothing to map.
    """
    try:
        return np.load(path, mmap_mode="r")
    except ValueError:
        # Files of no rows cannot be mapped.
        return np.load(path)
