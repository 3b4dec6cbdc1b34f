"""FrameWindower: songs in, lazy windows of audio out."""

import hashlib
import math
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, TransformerMixin

from skgenre._audio import AudioError, read_song
from skgenre._sklearn import Interval, StrOptions, fit_context
from skgenre._songs import SongWindows

SAMPLE_RATE = 22050


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


class FrameWindower(TransformerMixin, BaseEstimator):
    """Cut songs into windows of fixed length, reading them only when needed.

    ::

        song     |-------------------------------------------------|
        window 0 |==============|
        window 1         |==============|            tail: what the last
        window 2                 |==============|    window leaves over
                 |  hop  |

    Parameters
    ----------
    window_seconds : float, default=5.0
        Length of a window: ``int(window_seconds * sample_rate)`` samples.
    hop_seconds : float, default=None
        Distance between starts of windows; half a window (rounded down to a
        sample) if None.
    sample_rate : float, default=22050
        Files are resampled to this rate. Waveforms must have it already.
    offset_seconds : float, default=0
        Skip this much of every song.
    max_seconds : float, default=None
        Use no more than this much of every song; all of it if None.
    tail : {"drop", "pad"}, default="drop"
        What to do with samples behind the last whole window: leave them out, or
        pad them with zeros to one more window.
    short : {"pad", "repeat", "drop", "raise"}, default="pad"
        What to do with a song shorter than one window: pad it with zeros, repeat
        it until it fills a window, give it zero windows and list it as an error,
        or treat it like a bad file.
    on_error : {"raise", "warn"}, default="raise"
        What to do with songs that cannot be read. Either way every other song is
        read (and cached) first. "raise" then raises one `AudioError` that names
        each bad song and why. "warn" gives bad songs zero windows, lists them in
        `errors_` and in one warning.

    Attributes
    ----------
    errors_ : dict
        Why songs of the last `transform` could not be read: ``{song_id: reason}``.
        Songs are read when their windows are needed, so it fills then.
    window_samples_ : int
        Length of a window in samples.
    hop_samples_ : int
        Distance between starts of windows in samples.

    See Also
    --------
    MFCCFeaturizer : The next step.
    skgenre.datasets.load_songs : Lists a folder of songs.

    References
    ----------
    .. [1] "Keras: how to customise a loss over the aggregation of frame-level
       predictions", Stack Overflow: windows of 5 s with half overlap.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre import FrameWindower
    >>> minute = np.sin(np.arange(60 * 22050) / 50)
    >>> windows = FrameWindower().fit_transform([minute])
    >>> windows
    SongWindows(n_songs=1, window_shape=(110250,), lazy)
    >>> windows.counts, windows.starts[:3]
    (array([23]), array([0. , 2.5, 5. ]))
    """

    _parameter_constraints: ClassVar[dict] = {
        "window_seconds": [Interval(Real, 0, None, closed="neither")],
        "hop_seconds": [Interval(Real, 0, None, closed="neither"), None],
        "sample_rate": [Interval(Real, 0, None, closed="neither")],
        "offset_seconds": [Interval(Real, 0, None, closed="left")],
        "max_seconds": [Interval(Real, 0, None, closed="neither"), None],
        "tail": [StrOptions({"drop", "pad"})],
        "short": [StrOptions({"pad", "repeat", "drop", "raise"})],
        "on_error": [StrOptions({"raise", "warn"})],
    }

    def __init__(
        self,
        window_seconds=5.0,
        *,
        hop_seconds=None,
        sample_rate=SAMPLE_RATE,
        offset_seconds=0.0,
        max_seconds=None,
        tail="drop",
        short="pad",
        on_error="raise",
    ):
        self.window_seconds = window_seconds
        self.hop_seconds = hop_seconds
        self.sample_rate = sample_rate
        self.offset_seconds = offset_seconds
        self.max_seconds = max_seconds
        self.tail = tail
        self.short = short
        self.on_error = on_error

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X=None, y=None):
        """Check the parameters; nothing is learned.

        Parameters
        ----------
        X : sequence of songs
            Checked to be one, if given.
        y : ignored
            Not used.

        Returns
        -------
        self : FrameWindower
            Fitted.
        """
        del y
        self.window_samples_, self.hop_samples_ = self._samples()
        self.errors_ = {}
        if X is not None:
            _as_songs(X)
        return self

    def transform(self, X):
        """Cut songs into windows that are read when needed.

        Parameters
        ----------
        X : sequence of songs
            Paths (str or Path), float waveforms at `sample_rate`, or an array of
            shape (n_songs, n_samples) of equally long waveforms.

        Returns
        -------
        SongWindows of length n_songs
            Lazy windows of shape (window_samples,).
        """
        songs, song_ids = _as_songs(X)
        window_samples, hop_samples = self._samples()
        self.errors_ = {}
        plan = WindowPlan(
            sample_rate=self.sample_rate,
            window_samples=window_samples,
            hop_samples=hop_samples,
            offset_seconds=self.offset_seconds,
            max_seconds=self.max_seconds,
            tail=self.tail,
            short=self.short,
        )
        return SongWindows.from_source(
            AudioSource(songs, song_ids, plan, self.on_error, self.errors_),
            song_ids=song_ids,
            window_seconds=window_samples / self.sample_rate,
            errors=self.errors_,
        )

    def _samples(self):
        window_samples = _whole_samples(self.window_seconds, self.sample_rate)
        if window_samples < 1:
            raise ValueError(
                f"Got window_seconds={self.window_seconds} at sample_rate="
                f"{self.sample_rate}, a window of 0 samples, but expected at least 1."
            )
        hop_samples = max(1, window_samples // 2)
        if self.hop_seconds is not None:
            hop_samples = _whole_samples(self.hop_seconds, self.sample_rate)
            if hop_samples < 1:
                raise ValueError(
                    f"Got hop_seconds={self.hop_seconds} at sample_rate="
                    f"{self.sample_rate}, a hop of 0 samples, but expected at least 1."
                )
        return window_samples, hop_samples

    def __sklearn_is_fitted__(self):
        """Nothing is learned, so it is always ready."""
        return True

    def __sklearn_tags__(self):
        """Songs are paths or waveforms of any length, which this class checks."""
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.no_validation = True
        tags.input_tags.string = True
        return tags


def _whole_samples(seconds: float, sample_rate: float) -> int:
    # int() alone would cut 0.29 s at 100 Hz, 28.999999999999996, to 28 samples.
    return math.floor(seconds * sample_rate + 1e-6)


def _pad(y: np.ndarray, n_samples: int) -> np.ndarray:
    return np.concatenate([y, np.zeros(n_samples - len(y), y.dtype)])


def _as_songs(X: Any) -> tuple[list, list]:
    if isinstance(X, str | Path):
        raise ValueError(
            f"X must be a sequence of songs. Got the one path {str(X)!r}; write "
            "[path], or load_songs(folder).data for the songs of a folder."
        )
    if isinstance(X, SongWindows):
        raise ValueError("X holds windows already; expected paths or waveforms.")
    if hasattr(X, "iloc") and getattr(X, "ndim", 1) == 2:
        X = X.to_numpy()
        if X.shape[1] == 1 and X.dtype.kind not in "fiu":
            X = X[:, 0]
    if issparse(X):
        raise ValueError("X is a sparse array; expected paths or waveforms.")
    if isinstance(X, np.ndarray) and X.ndim != 2 and X.dtype.kind in "fiu":
        raise ValueError(
            f"X must be a sequence of songs. Got one array of shape {X.shape}; write "
            "[y] for one waveform."
        )
    try:
        songs = list(_iterate(X))
    except TypeError:
        raise ValueError(
            "X must be a sequence of paths or waveforms. "
            f"Got {type(X).__name__} instead."
        ) from None
    if not songs:
        raise ValueError("X must hold at least one song. Got an empty sequence.")
    if all(isinstance(song, Real) for song in songs):
        raise ValueError(
            "X must be a sequence of songs. Got a sequence of numbers; write [y] for "
            "one waveform."
        )
    ids = [
        str(song) if isinstance(song, str | Path) else i for i, song in enumerate(songs)
    ]
    return songs, ids


def _iterate(X: Any) -> Iterator:
    for song in X:
        yield str(song) if isinstance(song, np.str_) else song
