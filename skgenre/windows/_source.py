"""What a SongWindows reads its windows from, song by song.

There is always a source. Three kinds, one protocol::

    ArraySource    windows in memory (this file)
    StoredWindows  windows in a .npy file (_stored.py)
    AudioSource    songs that are decoded and cut when asked for (skgenre.audio)

A source gives plain arrays, in the order of its songs; names, labels and tables are
the container's.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike

from skgenre._by_song.marks import Marks, checked_weight
from skgenre._by_song.numbering import checked_length, rows_of_songs
from skgenre.windows._mapped import MappedArray, as_mapped
from skgenre.windows._seconds import as_seconds


class SongReader(Protocol):
    """What a worker needs to turn what stands for a song into its windows."""

    def blocks(self, song: Any) -> Iterator[np.ndarray]:
        """Yield the windows of one song, some at a time."""


@runtime_checkable
class RateReader(SongReader, Protocol):
    """A reader that decodes, and can do so at several rates at once."""

    def blocks_at(self, song: Any, rates: Sequence[float]) -> Any:
        """Yield the same windows as `blocks`, with `echoes` at other rates."""


@runtime_checkable
class WindowSource(Protocol):
    """What a `SongWindows` reads its windows from."""

    is_lazy: bool
    errors: dict[Any, str]  # {song_id: reason}, which may fill while songs are read

    @property
    def sample_rate(self) -> float | None:
        """Samples per second; None if the windows hold no audio."""

    @property
    def window_shape(self) -> tuple[int, ...]:
        """Shape of one window."""

    @property
    def dtype(self) -> np.dtype | None:
        """Type of the numbers; None if only reading would tell."""

    @property
    def is_measured(self) -> bool:
        """Whether `measure` answers without reading songs."""

    @property
    def reader(self) -> SongReader:
        """What turns an item of `songs` into windows; small enough to send."""

    def __len__(self) -> int:
        """Return the number of songs."""

    def take(self, positions: np.ndarray) -> Self:
        """Return the source of some of the songs."""

    def read(self, position: int) -> np.ndarray:
        """Return the windows of one song."""

    def load(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Read every song: values, counts of windows, and starts in seconds."""

    def measure(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the window count of every song and all start times."""

    def songs(self) -> Iterable[Any]:
        """Give what stands for each song on its way to a worker."""

    def starts_of(self, counts: list[int]) -> np.ndarray:
        """Start times of windows of which a reader gave `counts`."""

    def marks(self) -> Marks:
        """Where all windows end, and how much they count."""

    def marks_of(self, counts: list[int]) -> Marks:
        """Marks of windows of which a reader gave `counts`."""

    def checked(self, results: Iterable[Any]) -> Iterator[Any]:
        """Pass on what was made of each song, None for a bad one; report those."""


@dataclass(frozen=True)
class WholeSongs:
    """Reader of songs that are arrays of windows already."""

    def blocks(self, song: np.ndarray) -> Iterator[np.ndarray]:
        """Yield the windows of one song, all at once.

        Parameters
        ----------
        song : array of shape (n_windows, *window_shape)
            The windows.

        Yields
        ------
        array of shape (n_windows, *window_shape)
            The same.
        """
        yield song


class WindowsAtHand:
    """Mixin of sources whose windows need no decoding."""

    reader = WholeSongs()
    is_measured = True

    def songs(self: WindowSource) -> Iterator[np.ndarray]:
        """Give the windows of each song."""
        return (self.read(position) for position in range(len(self)))

    def starts_of(self: WindowSource, counts: list[int]) -> np.ndarray:
        """Start times, which do not depend on what is made of the windows."""
        del counts
        return self.measure()[1]

    def marks_of(self: WindowSource, counts: list[int]) -> Marks:
        """Marks, which do not depend on what is made of the windows."""
        del counts
        return self.marks()

    def checked(self, results: Iterable[Any]) -> Iterator[Any]:
        """Pass on what was made of each song; windows at hand are never bad."""
        for result in results:
            if isinstance(result, Exception):
                raise result
            yield result


class ArraySource(WindowsAtHand):
    """Windows in memory, those of one song together.

    Parameters
    ----------
    values : array of shape (n_windows, *window_shape)
        The windows, songs in order. May be a memory map; it is not copied.
    counts : array-like of shape (n_songs,)
        Number of windows of each song, zero allowed.
    starts : array-like of shape (n_windows,), default=None
        Start of each window in its song, in seconds; NaN if None.
    sample_rate : float, default=None
        Samples per second where the windows hold audio.
    errors : dict, default=None
        Why a song has no windows: ``{song_id: reason}``.
    marks : Marks, default=None
        Where windows end, and how much they count; nothing of that if None.
    """

    is_lazy = False

    def __init__(
        self,
        values: ArrayLike,
        counts: ArrayLike | None,
        *,
        starts: ArrayLike | None = None,
        sample_rate: float | None = None,
        errors: dict[Any, str] | None = None,
        marks: Marks | None = None,
    ) -> None:
        # asarray would make a plain array of a memory map.
        values = values if isinstance(values, np.ndarray) else np.asarray(values)
        counts = np.asarray(counts)
        if counts.size == 0:
            counts = counts.astype(np.intp)
        if counts.ndim != 1 or counts.dtype.kind not in "iu" or (counts < 0).any():
            raise ValueError(
                "The 'counts' parameter of SongWindows must be a 1-D array of numbers "
                f"of windows, 0 or more. Got {counts!r} instead."
            )
        if values.ndim < 1 or values.shape[0] != counts.sum():
            raise ValueError(
                "The 'values' parameter of SongWindows must have one row per window. "
                f"Got shape {values.shape}, but counts add up to {counts.sum()}."
            )
        if starts is None:
            starts = np.full(len(values), np.nan)
        self.values: np.ndarray = values
        self.counts: np.ndarray = counts.astype(np.intp)
        self.starts: np.ndarray = checked_length(
            as_seconds(starts, name="starts"), len(values), "starts", "window"
        )
        self.sample_rate = sample_rate
        self.errors: dict[Any, str] = {} if errors is None else errors
        self._marks = self._checked_marks(Marks() if marks is None else marks)

    def _checked_marks(self, marks: Marks) -> Marks:
        n_windows = len(self.values)
        ends = marks.ends
        if ends is not None:
            ends = checked_length(
                as_seconds(ends, name="ends"), n_windows, "ends", "window"
            )
        return Marks(ends=ends, weight=checked_weight(marks.weight, n_windows))

    def __getstate__(self) -> dict[str, Any]:
        """Everything; of a memory map the file's name instead of its content."""
        mapped = as_mapped(self.values)
        return self.__dict__ if mapped is None else {**self.__dict__, "values": mapped}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Map the file again where there is one."""
        # Those of before there were marks have none.
        self.__dict__.update({"_marks": Marks(), **state})
        if isinstance(self.values, MappedArray):
            self.values = self.values.load()

    @property
    def window_shape(self) -> tuple[int, ...]:
        """Shape of one window."""
        return tuple(self.values.shape[1:])

    @property
    def dtype(self) -> np.dtype:
        """Type of the numbers."""
        return self.values.dtype

    @property
    def offsets(self) -> np.ndarray:
        """First row of each song, and the end, (n_songs + 1,)."""
        return np.concatenate([[0], np.cumsum(self.counts)])

    def __len__(self) -> int:
        return len(self.counts)

    def take(self, positions: np.ndarray) -> "ArraySource":
        """Return some of the songs; a view if they are neighbours."""
        rows = rows_of_songs(self.offsets, positions)
        return ArraySource(
            self.values[rows],
            self.counts[positions],
            starts=self.starts[rows],
            sample_rate=self.sample_rate,
            errors=self.errors,
            marks=self._marks.take(rows),
        )

    def read(self, position: int) -> np.ndarray:
        """Return the windows of one song, a view."""
        offsets = self.offsets
        return self.values[offsets[position] : offsets[position + 1]]

    def songs(self) -> Iterator[np.ndarray]:
        """Give the windows of each song, views."""
        offsets = self.offsets  # once, not for each song
        return (self.values[first:end] for first, end in pairwise(offsets))

    def load(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return values, counts and starts as they are."""
        return self.values, self.counts, self.starts

    def measure(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the window count of every song and all start times."""
        return self.counts, self.starts

    def marks(self) -> Marks:
        """Where all windows end, and how much they count."""
        return self._marks
