"""Songs that are read and cut into windows when these are asked for."""

import hashlib
import math
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from skgenre._audio import AudioError, read_blocks
from skgenre._songs import SongWindows

# Three minutes at 22,050 Hz: most songs are one block, an hour is no burden.
BLOCK_SAMPLES = 2**22


class _DroppedSong(AudioError):
    """A song that short='drop' leaves without windows: reported, never raised."""


@dataclass(frozen=True)
class WindowPlan:
    """How songs are read and cut; small enough to send to other machines.

    Parameters
    ----------
    sample_rate : float
        Samples per second.
    window_samples, hop_samples : int
        Length of a window and distance between starts, in samples.
    offset_seconds : float
        Where reading starts.
    max_seconds : float or None
        How much is read.
    tail, short : str
        The policies of `FrameWindower`.
    """

    sample_rate: float
    window_samples: int
    hop_samples: int
    offset_seconds: float
    max_seconds: float | None
    tail: str
    short: str

    def windows(self, song: Any) -> np.ndarray:
        """Read one song and cut it.

        Parameters
        ----------
        song : str, Path or float array of shape (n_samples,)
            The song.

        Returns
        -------
        array of shape (n_windows, window_samples)
            A view on the samples wherever the policies allow.
        """
        (windows,) = self._cut(song, math.inf)
        return windows

    def blocks(self, song: Any) -> Iterator[np.ndarray]:
        """Read one song and yield its windows some minutes at a time.

        Parameters
        ----------
        song : str, Path or float array of shape (n_samples,)
            The song.

        Returns
        -------
        iterator of array of shape (n_block_windows, window_samples)
            Views on the samples. All blocks together are `windows`.
        """
        return self._cut(song, BLOCK_SAMPLES)

    def _cut(self, song: Any, block_samples: float) -> Iterator[np.ndarray]:
        size, hop = self.window_samples, self.hop_samples
        pieces: list[np.ndarray] = []  # from the start of the next window on
        held = n_cut = 0
        for samples in self._read(song):
            pieces.append(samples)
            held += len(samples)
            if held >= block_samples + max(size, hop):
                y = _join(pieces)
                n_windows = 1 + (held - max(size, hop)) // hop
                yield _slide(y[: (n_windows - 1) * hop + size], size, hop)
                # A copy, which lets go of the block.
                pieces = [y[n_windows * hop :].copy()]
                held = len(pieces[0])
                n_cut += n_windows
        n_windows = self.count(n_cut * hop + held) - n_cut
        if n_windows > 0:
            y = _join(pieces)
            n_samples = (n_windows - 1) * hop + size
            if held >= n_samples:
                y = y[:n_samples]
            elif self.short == "repeat" and n_cut == 0 and held < size:
                y = np.resize(y, n_samples)
            else:
                y = np.concatenate([y, np.zeros(n_samples - held, y.dtype)])
            yield _slide(y, size, hop)

    def _read(self, song: Any) -> Iterator[np.ndarray]:
        return read_blocks(
            song,
            sample_rate=self.sample_rate,
            offset_seconds=self.offset_seconds,
            max_seconds=self.max_seconds,
        )

    def count_windows(self, song: Any) -> int:
        """Read one song and count its windows.

        Parameters
        ----------
        song : str, Path or float array of shape (n_samples,)
            The song.

        Returns
        -------
        int
            How many windows it has.
        """
        return self.count(sum(map(len, self._read(song))))

    def count(self, n_samples: int) -> int:
        """Count the windows of a song by the policies.

        Parameters
        ----------
        n_samples : int
            Length of the song, at least 1.

        Returns
        -------
        int
            How many windows it has, at least 1.
        """
        size, hop = self.window_samples, self.hop_samples
        if n_samples < size:
            what = (
                f"It lasts {n_samples / self.sample_rate:.2f} s, less than one window "
                f"of {size / self.sample_rate:.2f} s"
            )
            if self.short == "raise":
                raise AudioError(f"{what}. Take short='pad' or 'repeat'.")
            if self.short == "drop":
                raise _DroppedSong(f"{what}, and short='drop'.")
            return 1
        if self.tail == "pad":
            # A hop wider than the window may leave the song's end in a gap.
            return 1 + min(math.ceil((n_samples - size) / hop), (n_samples - 1) // hop)
        return 1 + (n_samples - size) // hop

    def starts(self, n_windows: int) -> np.ndarray:
        """Start of each window in its song.

        Parameters
        ----------
        n_windows : int
            How many windows the song has.

        Returns
        -------
        array of shape (n_windows,)
            Seconds.
        """
        hop_seconds = self.hop_samples / self.sample_rate
        return self.offset_seconds + hop_seconds * np.arange(n_windows)


class AudioSource:
    """Songs that are read and cut when their windows are asked for.

    Parameters
    ----------
    songs : list
        Paths or waveforms.
    song_ids : list
        Their names.
    plan : WindowPlan
        How to read and cut them.
    on_error : str
        The policy of `FrameWindower`.
    errors : dict
        Filled with ``{song_id: reason}``.
    """

    def __init__(
        self,
        songs: list,
        song_ids: list,
        plan: WindowPlan,
        on_error: str,
        errors: dict[Any, str],
    ) -> None:
        self.songs = songs
        self.song_ids = song_ids
        self.plan = plan
        self.on_error = on_error
        self.errors = errors

    @property
    def sample_rate(self) -> float:
        """Samples per second."""
        return self.plan.sample_rate

    @property
    def window_shape(self) -> tuple[int, ...]:
        """Shape of one window."""
        return (self.plan.window_samples,)

    @property
    def dtype(self) -> None:
        """Unknown before reading."""
        return None

    def __len__(self) -> int:
        return len(self.songs)

    def take(self, positions: np.ndarray) -> "AudioSource":
        """Return the source of some of the songs."""
        return AudioSource(
            [self.songs[i] for i in positions],
            [self.song_ids[i] for i in positions],
            self.plan,
            self.on_error,
            self.errors,
        )

    def read(self, position: int) -> np.ndarray:
        """Return the windows of one song; none, with a warning, if it is bad."""
        song = self.take(np.array([position]))
        (windows,) = song.checked([attempt(self.plan.windows, song.songs[0])])
        return self._no_windows() if windows is None else windows

    def load(self) -> SongWindows:
        """Read every song into memory."""
        results = (attempt(self.plan.windows, song) for song in self.songs)
        read = [self._no_windows() if w is None else w for w in self.checked(results)]
        counts = [len(w) for w in read]
        return SongWindows(
            np.concatenate(read) if read else self._no_windows(),
            counts,
            starts=self._starts(counts),
            window_seconds=self.plan.window_samples / self.sample_rate,
            sample_rate=self.sample_rate,
            errors=self.errors,
        )

    def measure(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the window count of every song and all start times."""
        results = (attempt(self.plan.count_windows, song) for song in self.songs)
        counts = [n or 0 for n in self.checked(results)]
        return np.array(counts, dtype=np.intp), self._starts(counts)

    def _starts(self, counts: list[int]) -> np.ndarray:
        return np.concatenate([np.zeros(0), *map(self.plan.starts, counts)])

    def _no_windows(self) -> np.ndarray:
        return np.zeros((0, *self.window_shape), np.float32)

    def checked(self, results: Iterable) -> Iterator:
        """Yield what was read, and at the end report bad songs, by the policy.

        Parameters
        ----------
        results : iterable
            For each song its result or its `AudioError`.

        Yields
        ------
        object
            Each result, None for a bad song.
        """
        bad: dict[Any, str] = {}
        fatal = False
        for song_id, result in zip(self.song_ids, results, strict=True):
            if isinstance(result, AudioError):
                bad[song_id] = str(result)
                fatal |= not isinstance(result, _DroppedSong)
                yield None
            else:
                yield result
        if bad:
            self.errors.update(bad)
            self._report(bad, len(self), fatal=fatal)

    def _report(self, bad: dict[Any, str], n_songs: int, *, fatal: bool) -> None:
        listed = "\n".join(
            f"  {song_id if isinstance(song_id, str) else f'song {song_id}'}: {reason}"
            for song_id, reason in bad.items()
        )
        message = f"{len(bad)} of {n_songs} songs could not be used:\n{listed}"
        if fatal and self.on_error == "raise":
            raise AudioError(
                f"{message}\nLeave these out, or set FrameWindower(on_error='warn') "
                "to go on without them.",
                bad,
            )
        warnings.warn(f"{message}\nThey have no windows.", UserWarning, stacklevel=2)


def attempt(function: Callable, *args: Any) -> Any:
    """Call a function and return what it gives, or its `AudioError`.

    Parameters
    ----------
    function : callable
        Reads a song.
    *args
        Its arguments.

    Returns
    -------
    object
        The result or the error.
    """
    try:
        return function(*args)
    except AudioError as error:
        return error


def identity(song: Any) -> tuple:
    """Tell a song apart from any other, and from itself before it was changed.

    Parameters
    ----------
    song : str, Path or float array
        The song.

    Returns
    -------
    tuple
        Path, size and time of change of a file; a hash of a waveform.
    """
    if isinstance(song, str | Path):
        path = Path(song).absolute()
        try:
            status = path.stat()
        except OSError:
            return (str(path), None, None)
        return (str(path), status.st_size, status.st_mtime_ns)
    y = np.ascontiguousarray(song)
    return (y.shape, y.dtype.str, hashlib.blake2b(y.data, digest_size=16).hexdigest())


def _join(pieces: list[np.ndarray]) -> np.ndarray:
    return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)


def _slide(y: np.ndarray, size: int, hop: int) -> np.ndarray:
    return np.lib.stride_tricks.sliding_window_view(y, size)[::hop]
