"""Songs that are read and cut into windows when these are asked for."""

import hashlib
import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from skgenre._audio import AudioError, read_song
from skgenre._songs import SongWindows


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
        y = read_song(
            song,
            sample_rate=self.sample_rate,
            offset_seconds=self.offset_seconds,
            max_seconds=self.max_seconds,
        )
        return self.cut(y)

    def cut(self, y: np.ndarray) -> np.ndarray:
        """Cut samples into windows.

        Parameters
        ----------
        y : float array of shape (n_samples,)
            The samples.

        Returns
        -------
        array of shape (n_windows, window_samples)
            A view on `y` wherever the policies allow.
        """
        size, hop = self.window_samples, self.hop_samples
        if len(y) < size:
            if self.short == "raise":
                raise AudioError(
                    f"It lasts {len(y) / self.sample_rate:.2f} s, less than one window "
                    f"of {size / self.sample_rate:.2f} s. Take short='pad' or 'repeat'."
                )
            if self.short == "drop":
                raise _DroppedSong(
                    f"It lasts {len(y) / self.sample_rate:.2f} s, less than one window "
                    f"of {size / self.sample_rate:.2f} s, and short='drop'."
                )
            y = np.resize(y, size) if self.short == "repeat" else _pad(y, size)
        elif self.tail == "pad":
            # A hop wider than the window may leave the song's end in a gap.
            n_hops = min(math.ceil((len(y) - size) / hop), (len(y) - 1) // hop)
            y = _pad(y, max(len(y), n_hops * hop + size))
        return np.lib.stride_tricks.sliding_window_view(y, size)[::hop]

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
        result = attempt(self.plan.windows, self.songs[position])
        (windows,) = self.collect([result], [self.song_ids[position]])
        return self._no_windows() if windows is None else windows

    def load(self) -> SongWindows:
        """Read every song into memory."""
        results = (attempt(self.plan.windows, song) for song in self.songs)
        read = [
            self._no_windows() if w is None else w
            for w in self.collect(results, self.song_ids)
        ]
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
        results = (attempt(self._count, song) for song in self.songs)
        counts = [n or 0 for n in self.collect(results, self.song_ids)]
        return np.array(counts, dtype=np.intp), self._starts(counts)

    def _count(self, song: Any) -> int:
        return len(self.plan.windows(song))

    def _starts(self, counts: list[int]) -> np.ndarray:
        return np.concatenate([np.zeros(0), *map(self.plan.starts, counts)])

    def _no_windows(self) -> np.ndarray:
        return np.zeros((0, *self.window_shape), np.float32)

    def collect(self, results: Any, song_ids: list) -> list:
        """Take what was read, and report every bad song once, by the policy.

        Parameters
        ----------
        results : iterable
            For each song its result or its `AudioError`.
        song_ids : list
            The songs' names.

        Returns
        -------
        list
            The results, None for bad songs.
        """
        good: list[Any] = []
        bad: dict[Any, str] = {}
        fatal = False
        for song_id, result in zip(song_ids, results, strict=True):
            if isinstance(result, AudioError):
                bad[song_id] = str(result)
                fatal |= not isinstance(result, _DroppedSong)
                result = None
            good.append(result)
        if bad:
            self.errors.update(bad)
            self._report(bad, len(song_ids), fatal=fatal)
        return good

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


def _pad(y: np.ndarray, n_samples: int) -> np.ndarray:
    return np.concatenate([y, np.zeros(n_samples - len(y), y.dtype)])
