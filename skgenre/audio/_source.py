"""Songs that are read and cut into windows when these are asked for."""

import hashlib
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from skgenre.audio._decode import AudioError
from skgenre.audio._plan import DroppedSong, WindowPlan
from skgenre.windows._song_windows import SongWindows


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
                fatal |= not isinstance(result, DroppedSong)
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
