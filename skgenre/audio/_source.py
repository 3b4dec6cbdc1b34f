"""Songs that are read and cut into windows when these are asked for."""

import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from skgenre.audio._errors import AudioError
from skgenre.audio._plan import DroppedSong, WindowPlan
from skgenre.audio._song import identity as identity


class AudioSource:
    """Songs that are read and cut when their windows are asked for.

    What `skgenre.windows` calls a window source, so that nothing above need know
    whether windows are decoded or at hand.

    Parameters
    ----------
    songs : list
        Paths or waveforms.
    song_ids : list
        Their names, for errors.
    plan : WindowPlan
        How to read and cut them.
    on_error : str
        The policy of `FrameWindower`.
    errors : dict, default=None
        Filled with ``{song_id: reason}`` while songs are read; a new one if None.
        Sources of some of the songs write into the same.
    """

    is_lazy = True
    dtype = None  # unknown before reading

    def __init__(
        self,
        songs: list,
        song_ids: list,
        *,
        plan: WindowPlan,
        on_error: str,
        errors: dict[Any, str] | None = None,
    ) -> None:
        self.song_ids = song_ids
        self.plan = plan
        self.on_error = on_error
        self.errors: dict[Any, str] = {} if errors is None else errors
        self._songs = songs
        self._measured: tuple[np.ndarray, np.ndarray] | None = None

    def __getstate__(self) -> dict[str, Any]:
        # What remembers results by a hash of their inputs, such as the memory of a
        # Pipeline, hashes this: paths alone would not tell that a file was replaced.
        files = [identity(s) for s in self._songs if isinstance(s, str | Path)]
        known = hashlib.md5(repr(files).encode(), usedforsecurity=False).hexdigest()
        return {**self.__dict__, "_files": known}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update({k: v for k, v in state.items() if k != "_files"})

    @property
    def sample_rate(self) -> float:
        """Samples per second."""
        return self.plan.sample_rate

    @property
    def window_shape(self) -> tuple[int, ...]:
        """Shape of one window."""
        return (self.plan.window_samples,)

    @property
    def is_measured(self) -> bool:
        """Whether windows were counted."""
        return self._measured is not None

    @property
    def reader(self) -> WindowPlan:
        """What turns a song into windows; small enough to send to workers."""
        return self.plan

    def __len__(self) -> int:
        return len(self._songs)

    def take(self, positions: np.ndarray) -> "AudioSource":
        """Return the source of some of the songs; nothing is read."""
        return AudioSource(
            [self._songs[i] for i in positions],
            [self.song_ids[i] for i in positions],
            plan=self.plan,
            on_error=self.on_error,
            errors=self.errors,
        )

    def songs(self) -> list:
        """Give paths or waveforms: what stands for each song on its way to a worker."""
        return self._songs

    def read(self, position: int) -> np.ndarray:
        """Return the windows of one song; none, with a warning, if it is bad."""
        song = self.take(np.array([position]))
        (windows,) = song.checked([attempt(self.plan.windows, self._songs[position])])
        return self._no_windows() if windows is None else windows

    def load(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Read every song into memory: values, counts of windows, and starts."""
        results = (attempt(self.plan.windows, song) for song in self._songs)
        read = [self._no_windows() if w is None else w for w in self.checked(results)]
        counts = [len(windows) for windows in read]
        values = np.concatenate(read) if read else self._no_windows()
        return values, np.array(counts, dtype=np.intp), self.starts_of(counts)

    def measure(self) -> tuple[np.ndarray, np.ndarray]:
        """Count the windows of every song, once; the audio itself is let go.

        Returns
        -------
        counts : int array of shape (n_songs,)
            Windows of each song.
        starts : float array of shape (n_windows,)
            Their starts in seconds.
        """
        if self._measured is None:
            results = (attempt(self.plan.count_windows, song) for song in self._songs)
            counts = [n or 0 for n in self.checked(results)]
            self._measured = np.array(counts, dtype=np.intp), self.starts_of(counts)
        return self._measured

    def starts_of(self, counts: list[int]) -> np.ndarray:
        """Start of each window in its song, where song i has ``counts[i]`` windows."""
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
