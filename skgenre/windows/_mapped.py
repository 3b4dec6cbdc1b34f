"""Memory maps on their way to workers: the name of the file instead of its content."""

import mmap
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class MappedArray(NamedTuple):
    """Where the numbers of a memory map lie in its file.

    Parameters
    ----------
    path : Path
        The file.
    file_state : tuple of (int, int)
        Its size and time of change.
    offset : int
        Byte of the first number.
    shape, strides : tuple of int
        Of the array; steps in bytes.
    dtype : dtype
        Of the numbers.
    """

    path: Path
    file_state: tuple[int, int]
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    dtype: np.dtype

    def load(self) -> NDArray[Any]:
        """Map the file again; refuse one that has changed.

        Returns
        -------
        memmap
            The same numbers, not to be written to.
        """
        try:
            changed = _state(self.path) != self.file_state
        except OSError as error:
            raise FileNotFoundError(
                f"The windows are kept in {str(self.path)!r}, which cannot be read "
                f"here ({error.strerror}). Put it where all workers see it, or give "
                "SongWindows an array in memory: numpy.array(values)."
            ) from error
        if changed:
            raise ValueError(
                f"The windows are kept in {str(self.path)!r}, which was changed since. "
                "Leave the file as it is while it is used."
            )
        n_bytes = _extent(self.shape, self.strides, self.dtype.itemsize)
        raw = np.memmap(
            self.path, np.uint8, mode="r", offset=self.offset, shape=n_bytes
        )
        array = np.ndarray(self.shape, self.dtype, raw, strides=self.strides)
        return array.view(np.memmap)


def as_mapped(values: NDArray[Any]) -> MappedArray | None:
    """Describe an array that lies in a file, if it does.

    Parameters
    ----------
    values : array
        A memory map or a view on one.

    Returns
    -------
    MappedArray or None
        None if the array has to travel as it is.
    """
    whole = _map_behind(values)
    if whole is None or values.size == 0 or whole.filename is None:
        return None
    # Changes of such a map are in memory only.
    if whole.mode == "c" or min(values.strides, default=0) < 0:
        return None
    whole.flush()
    path = Path(whole.filename)
    try:
        state = _state(path)
    except OSError:
        # It was removed; who has it open has it still.
        return None
    first = values.__array_interface__["data"][0]
    before = first - whole.__array_interface__["data"][0]
    return MappedArray(
        path=path,
        file_state=state,
        offset=whole.offset + before,
        shape=values.shape,
        strides=values.strides,
        dtype=values.dtype,
    )


def _map_behind(values: Any) -> np.memmap | None:
    """The memory map that an array is a view on."""
    while isinstance(values, np.ndarray):
        # Views on a map call themselves maps too; only this one holds the file.
        if isinstance(values, np.memmap) and isinstance(values.base, mmap.mmap):
            return values
        values = values.base
    return None


def _extent(shape: tuple[int, ...], strides: tuple[int, ...], itemsize: int) -> int:
    """Bytes from the first number of an array to behind its last."""
    return itemsize + sum(
        (n - 1) * step for n, step in zip(shape, strides, strict=True)
    )


def _state(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns
