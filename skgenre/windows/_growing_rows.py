"""Rows that grow, in memory or in a file.

A file is written under another name and gets its own when it is complete, in one step,
so that nobody ever sees a part of it, and who reads an older one keeps that::

    NAME.npy.*.part ── header │ rows ... │ tail ──► NAME.npy
                       what numpy reads  │ what else belongs to them
"""

import os
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np

from skgenre._files import let_go, remove_abandoned, unfinished
from skgenre.windows._block_sums import BlockSums


class MemoryRows:
    """An array that grows by rows, with little more memory than it needs."""

    def __init__(self) -> None:
        self._rows: np.ndarray | None = None
        self.n_rows = 0

    def __enter__(self) -> "MemoryRows":
        return self

    def __exit__(self, *exception: object) -> None:
        """Nothing to clean up."""

    @property
    def is_begun(self) -> bool:
        """Whether there was at least an empty array."""
        return self._rows is not None

    @property
    def row_shape(self) -> tuple[int, ...]:
        """Shape of one row, once there was one."""
        return () if self._rows is None else self._rows.shape[1:]

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
        _check_like(rows, self._rows)
        if stop > len(self._rows):
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
        Ends in ``.npy``. A file that is there stays as it is until the end.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = checked_path(path)
        self.n_rows = 0
        self.sums = BlockSums()  # of the rows, as they were written
        self._like: np.ndarray | None = None

    def __enter__(self) -> "FileRows":
        try:
            remove_abandoned(self.path)
            self._opened = unfinished(self.path)
            self._unfinished, self._file = self._opened.__enter__()
        except OSError as error:
            raise self._cannot_write(error) from error
        return self

    def __exit__(self, *exception: object) -> None:
        """Remove the file if it was not finished."""
        self._opened.__exit__(None, None, None)

    @property
    def is_begun(self) -> bool:
        """Whether there was at least an empty array."""
        return self._like is not None

    @property
    def unfinished(self) -> Path:
        """Where the rows are until they have their name."""
        return self._unfinished

    @property
    def row_shape(self) -> tuple[int, ...]:
        """Shape of one row, once there was one."""
        return () if self._like is None else self._like.shape[1:]

    @property
    def layout(self) -> str:
        """Type and shape of all rows, in words."""
        return "" if self._like is None else layout(self._like.dtype, self._shape())

    def append(self, rows: np.ndarray) -> None:
        """Write rows behind the others.

        Parameters
        ----------
        rows : array of shape (n_new_rows, ...)
            Of the same shape and dtype, but for the first axis, every time.
        """
        rows = np.ascontiguousarray(rows)
        try:
            if self._like is None:
                self._like = rows[:0].copy()
                self._write_header(self._like)
            _check_like(rows, self._like)
            content = rows.reshape(-1).view(np.uint8).data
            self._file.write(content)
        except OSError as error:
            raise self._cannot_write(error) from error
        self.sums.add(content)
        self.n_rows += len(rows)

    def complete(self, tail: bytes = b"") -> None:
        """Write what is left; the file then waits for `put` or `put_new`.

        Parameters
        ----------
        tail : bytes, default=b""
            What comes behind the rows, where numpy does not read.
        """
        if self._like is None:
            raise ValueError("Got no rows to write, but expected at least some of 0.")
        try:
            self._file.write(tail)
            self._file.seek(0)
            self._write_header(self._like)
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise self._cannot_write(error) from error

    def put(self, path: Path) -> None:
        """Give the file its name, in place of any file that has it.

        Parameters
        ----------
        path : Path
            In the same folder.
        """
        let_go(self._file)
        self._unfinished.replace(path)

    def put_new(self, path: Path) -> bool:
        """Give the file its name if there is no file of that name.

        Parameters
        ----------
        path : Path
            In the same folder.

        Returns
        -------
        bool
            Whether it has got it.
        """
        let_go(self._file)
        try:
            # Unlike renaming, linking never replaces a file, whoever was faster.
            os.link(self._unfinished, path)
        except FileExistsError:
            return False
        except OSError:
            # Not every file system has links.
            if path.exists():
                return False
            self._unfinished.rename(path)
        return True

    def finish(self) -> np.ndarray | None:
        """Put the file in its place and map it.

        Returns
        -------
        memmap of shape (n_rows, ...) or None
            The rows; None if there was not even an empty array.
        """
        if self._like is None:
            return None
        self.complete()
        self.put(self.path)
        return map_rows(self.path)

    def _shape(self) -> tuple[int, ...]:
        return (self.n_rows, *self.row_shape)

    def _write_header(self, like: np.ndarray) -> None:
        # numpy leaves room in it for a first axis of any length.
        np.lib.format.write_array_header_1_0(
            self._file,
            {
                "shape": self._shape(),
                "fortran_order": False,
                "descr": np.lib.format.dtype_to_descr(like.dtype),
            },
        )

    def _cannot_write(self, error: OSError) -> OSError:
        there = " What was there stays as it was." if self.path.exists() else ""
        return OSError(
            error.errno,
            f"The windows cannot be written to {str(self.path)!r} ({error.strerror})."
            f"{there} Give a file in a folder that exists, may be written to and has "
            "room for them.",
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


def layout(dtype: np.dtype, shape: tuple[int, ...]) -> str:
    """Say in words how numbers lie in a file.

    Parameters
    ----------
    dtype : dtype
        Of the numbers.
    shape : tuple of int
        Of all rows.

    Returns
    -------
    str
        Another one where the same bytes would be other numbers.
    """
    return f"{dtype.str} {shape}"


def map_open_rows(file: BinaryIO, *, expected: str | None = None) -> np.ndarray:
    """Map a ``.npy`` file that is open, whatever has its name by now.

    Parameters
    ----------
    file : file opened for reading bytes
        From its beginning on.
    expected : str, default=None
        What `layout` said when it was written, where that is known.

    Returns
    -------
    array
        A read-only memory map; a plain array if there is nothing to map.

    Raises
    ------
    ValueError
        If it begins in another way than it was written, or is too short.
    """
    try:
        return _mapped(file, expected)
    # A damaged header is read by Python's own parser, which raises what it likes.
    except Exception as error:
        raise ValueError(
            f"Got the file {file.name!r}, which does not begin as it was written "
            f"({error}). Write it anew."
        ) from error


def _mapped(file: BinaryIO, expected: str | None) -> np.ndarray:
    file.seek(0)
    major, _ = np.lib.format.read_magic(file)
    read_header = (
        np.lib.format.read_array_header_1_0
        if major == 1
        else np.lib.format.read_array_header_2_0
    )
    shape, is_fortran, dtype = read_header(file)
    if expected is not None and (is_fortran or layout(dtype, shape) != expected):
        raise ValueError(f"it says {layout(dtype, shape)!r}, not {expected!r}")
    order: Literal["F", "C"] = "F" if is_fortran else "C"
    if 0 in shape:
        # There is nothing to map.
        return np.zeros(shape, dtype, order=order)
    return np.memmap(
        file, dtype, mode="r", offset=file.tell(), shape=shape, order=order
    )
