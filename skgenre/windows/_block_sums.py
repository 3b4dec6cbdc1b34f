"""Checksums of a file's windows by blocks, so that what is read is what was written.

::

    │ block 0 │ block 1 │ ... │ rest │ ─ BlockSums ─► CRC-32 of each, kept in the table
    ask for rows ─► blocks that hold them ─ CheckedBlocks ─► nothing, or an error
"""

import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

BLOCK = 1 << 18  # bytes: what one small song costs when it is read the first time


class BlockSums:
    """CRC-32 of each block of bytes that come in pieces of any length."""

    def __init__(self) -> None:
        self._full: list[int] = []
        self._sum = 0
        self._n_bytes = 0  # of the block that is not full

    def add(self, data: memoryview) -> None:
        """Take the next bytes.

        Parameters
        ----------
        data : memoryview of bytes
            One axis, of any length.
        """
        while len(data):
            piece = data[: BLOCK - self._n_bytes]
            data = data[len(piece) :]
            self._sum = zlib.crc32(piece, self._sum)
            self._n_bytes += len(piece)
            if self._n_bytes == BLOCK:
                self._full.append(self._sum)
                self._sum = self._n_bytes = 0

    def sums(self) -> NDArray[np.uint32]:
        """Checksums of all blocks so far.

        Returns
        -------
        uint32 array of shape (n_blocks,)
            The last one may be of fewer bytes.
        """
        rest = [self._sum] if self._n_bytes else []
        return np.array([*self._full, *rest], dtype=np.uint32)


class CheckedBlocks:
    """Compares blocks of a mapped file with their checksums, each once.

    Parameters
    ----------
    values : array of shape (n_windows, *window_shape)
        The file's windows.
    sums : uint32 array of shape (n_blocks,)
        What `BlockSums` gave when they were written.
    path : Path
        The file, for errors.
    """

    def __init__(
        self, values: NDArray[np.generic], sums: NDArray[np.uint32], path: Path
    ) -> None:
        self._bytes = values.reshape(-1).view(np.uint8)
        self._row_bytes = self._bytes.size // max(1, len(values))
        self._sums = sums
        self._path = path
        self._is_known = np.zeros(len(sums), dtype=bool)

    def check(self, first: NDArray[np.intp], stop: NDArray[np.intp]) -> None:
        """Make sure that rows are those that were written.

        Parameters
        ----------
        first, stop : int array of shape (n_runs,)
            First row of each run of rows, and the row behind its last.

        Raises
        ------
        ValueError
            If a bit of a block that holds some of them has changed.
        """
        filled = stop > first
        begin = first[filled] * self._row_bytes // BLOCK
        end = -(-stop[filled] * self._row_bytes // BLOCK)
        # +1 where a run begins and -1 behind it: above 0 is inside of one.
        steps = np.zeros(len(self._sums) + 1, dtype=np.intp)
        np.add.at(steps, begin, 1)
        np.add.at(steps, end, -1)
        wanted = np.cumsum(steps[:-1]) > 0
        for block in np.flatnonzero(wanted & ~self._is_known):
            self._check_block(int(block))

    def _check_block(self, block: int) -> None:
        content = self._bytes[block * BLOCK : (block + 1) * BLOCK]
        if zlib.crc32(content.data) != self._sums[block]:
            raise ValueError(
                f"Got other windows in {str(self._path)!r} than were written (in bytes "
                f"{block * BLOCK} to {block * BLOCK + len(content)} of them), but "
                "expected the same. The file was changed, or the disk is failing. "
                "Write it anew."
            )
        self._is_known[block] = True
