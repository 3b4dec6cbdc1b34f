"""FrameWindower: songs in, lazy windows of audio out."""

import math
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, TypeAlias

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags

from skgenre._sklearn import Interval, StrOptions, fit_context
from skgenre.audio._plan import WindowPlan
from skgenre.audio._song import Unreadable, anchored, is_file
from skgenre.audio._source import AudioSource, without_songs
from skgenre.windows._song_windows import SongWindows

if TYPE_CHECKING:
    import pandas as pd

SAMPLE_RATE = 22050

# Paths, songs in memory, an array of equally long waveforms, or a table with a column
# of paths.
Songs: TypeAlias = "Sequence[Any] | np.ndarray | pd.DataFrame | pd.Series"


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
        Files, and waveforms that come with a rate, are resampled to this one.
        Waveforms without must have it already.
    offset_seconds : float, default=0
        Skip this much of every song.
    max_seconds : float, default=None
        Use no more than this much of every song; all of it if None.
    tail : {"drop", "pad", "align"}, default="drop"
        What to do with samples behind the last whole window: leave them out, pad
        them with zeros to one more window, or cut one more window that is moved back
        so that it ends with the song.
    short : {"pad", "repeat", "drop", "raise"}, default="pad"
        What to do with a song shorter than one window: pad it with zeros, repeat
        it until it fills a window, give it zero windows and list it as an error,
        or treat it like a bad file.
    on_error : {"raise", "warn"}, default="raise"
        What to do with songs that cannot be read. Either way every other song is
        read (and cached) first. "raise" then raises one `AudioError` that names
        each bad song and why. "warn" gives bad songs zero windows, lists them in
        `errors_` and in one warning.
    silence_db : float, default=None
        Leave out windows that are so much quieter than the song's loudest (by the
        RMS of their samples, less a constant offset), and those of digital silence.
        The others keep their starts. 60 leaves out what nobody hears. All windows
        stay if None.
    window_weight : {"heard"} or None, default=None
        How much each window counts in a vote, which `GroupVotingClassifier` follows.
        "heard": the share of it in which the song sounds, from 0 to 1: not padding,
        and no stretch of 20 ms that is digital silence, or so much quieter than the
        song's loudest window as `silence_db` says. All windows count the same if None.
    isolate : bool, default=False
        Decode files in a process of their own, one for each job. Where a damaged file
        crashes its decoder, or lets it hang for a minute, it is an error of that file
        as any other, and the batch goes on. Costs a start for each job, and the time
        to hand samples over. These processes wait half a minute for the next file, and
        end with this one, however it ends.

    Attributes
    ----------
    errors_ : dict
        Why songs of the last `transform` could not be read: ``{song_id: reason}``.
        Songs are read when their windows are needed, so it fills then.
    advice_ : list of str
        What does not fit between the songs of the last `transform` and the
        parameters, each with the setting that would fit: songs of one window, between
        which votings cannot differ; files at another rate; pauses between windows;
        windows of padding or digital silence. Fills while songs are read. Only a rate
        that is certainly wrong gives a warning, too.
    window_samples_ : int
        Length of a window in samples.
    hop_samples_ : int
        Distance between starts of windows in samples.

    See Also
    --------
    MFCCFeaturizer : The next step.
    skgenre.datasets.load_songs : Lists a folder of songs.

    Notes
    -----
    With ``Pipeline(memory=...)``, let this be a step of its own: what it gives knows
    the size and time of change of each file, and so what comes behind it is computed
    anew once a file was replaced. Inside a step that is a Pipeline itself, the memory
    sees nothing but names of files, and gives old features for new files. There, give
    `memory` to the featurizer in place of the Pipeline, or cut the songs first:
    ``model.fit(FrameWindower().transform(paths), y)``, with a model that begins with
    the featurizer. The same holds for functions of paths under
    ``joblib.Memory(...).cache``.

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

    A song need not be a file:

    >>> half = minute[: 30 * 22050 : 2]
    >>> windows = FrameWindower(tail="align").fit_transform([(half, 11025)])
    >>> windows.counts, windows.starts[-2:]
    (array([11]), array([22.5, 25. ]))
    """

    _parameter_constraints: ClassVar[dict] = {
        "window_seconds": [Interval(Real, 0, None, closed="neither")],
        "hop_seconds": [Interval(Real, 0, None, closed="neither"), None],
        "sample_rate": [Interval(Real, 0, None, closed="neither")],
        "offset_seconds": [Interval(Real, 0, None, closed="left")],
        "max_seconds": [Interval(Real, 0, None, closed="neither"), None],
        "tail": [StrOptions({"drop", "pad", "align"})],
        "short": [StrOptions({"pad", "repeat", "drop", "raise"})],
        "on_error": [StrOptions({"raise", "warn"})],
        "silence_db": [Interval(Real, 0, None, closed="neither"), None],
        "window_weight": [StrOptions({"heard"}), None],
        "isolate": ["boolean"],
    }

    def __init__(
        self,
        window_seconds: float = 5.0,
        *,
        hop_seconds: float | None = None,
        sample_rate: float = SAMPLE_RATE,
        offset_seconds: float = 0.0,
        max_seconds: float | None = None,
        tail: Literal["drop", "pad", "align"] = "drop",
        short: Literal["pad", "repeat", "drop", "raise"] = "pad",
        on_error: Literal["raise", "warn"] = "raise",
        silence_db: float | None = None,
        window_weight: Literal["heard"] | None = None,
        isolate: bool = False,
    ) -> None:
        self.window_seconds = window_seconds
        self.hop_seconds = hop_seconds
        self.sample_rate = sample_rate
        self.offset_seconds = offset_seconds
        self.max_seconds = max_seconds
        self.tail = tail
        self.short = short
        self.on_error = on_error
        self.silence_db = silence_db
        self.window_weight = window_weight
        self.isolate = isolate

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: "Songs | None" = None, y: Any = None) -> Self:
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
        self.errors_: dict[Any, str] = {}
        self.advice_: list[str] = []
        if X is not None:
            as_songs(X)
        return self

    def transform(self, X: "Songs") -> SongWindows:
        """Cut songs into windows that are read when needed.

        Parameters
        ----------
        X : sequence of songs
            Paths (str or Path); `skgenre.audio.Excerpt` of files; float waveforms at
            `sample_rate`, or an array of shape (n_songs, n_samples) of equally long
            ones; ``(samples, rate)``; the bytes of a file, or a file opened for
            reading bytes; dicts with "array" and "sampling_rate", as datasets of
            Hugging Face give them.

        Returns
        -------
        SongWindows of length n_songs
            Lazy windows of shape (window_samples,).
        """
        # fit may never have been called, or parameters been set since.
        self._validate_params()
        songs, song_ids = as_songs(X)
        window_samples, hop_samples = self._samples()
        plan = WindowPlan(
            sample_rate=self.sample_rate,
            window_samples=window_samples,
            hop_samples=hop_samples,
            offset_seconds=self.offset_seconds,
            max_seconds=self.max_seconds,
            tail=self.tail,
            short=self.short,
            silence_db=self.silence_db,
            window_weight=self.window_weight,
            isolate=self.isolate,
        )
        source = AudioSource(songs, song_ids, plan=plan, on_error=self.on_error)
        # The source's own, which it fills while it reads.
        self.errors_ = source.errors
        self.advice_ = source.advice
        return SongWindows.from_source(
            source,
            song_ids=song_ids,
            window_seconds=window_samples / self.sample_rate,
        )

    def __getstate__(self) -> dict[str, Any]:
        return without_songs(super().__getstate__())

    def set_output(self, *, transform: str | None = None) -> Self:
        """Accept what pipelines say of tables: windows of songs are none, and stay.

        Parameters
        ----------
        transform : str, default=None
            Not used.

        Returns
        -------
        self : FrameWindower
            As it was.
        """
        del transform
        return self

    def _samples(self) -> tuple[int, int]:
        """Length of a window and the distance between starts, in samples."""
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

    @classmethod
    def _examples(cls) -> list[Self]:
        """Instances that the common tests run."""
        return [cls()]

    def __sklearn_is_fitted__(self) -> bool:
        """Nothing is learned, so it is always ready."""
        return True

    def __sklearn_tags__(self) -> Tags:
        """Songs are paths or waveforms of any length, which this class checks."""
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.no_validation = True
        tags.input_tags.string = True
        return tags


def _whole_samples(seconds: float, sample_rate: float) -> int:
    # int() alone would cut 0.29 s at 100 Hz, 28.999999999999996, to 28 samples.
    return math.floor(seconds * sample_rate + 1e-6)


def as_songs(X: Any) -> tuple[list, list]:
    """List the songs of X and name them.

    Parameters
    ----------
    X : sequence of songs
        See `FrameWindower.transform`. What is no song among songs is left to be
        that song's error.

    Returns
    -------
    songs : list
        Paths, waveforms and what else stands for a song.
    song_ids : list
        The paths, with the seconds of excerpts, or the positions of songs in memory.
    """
    _refuse_one_song(X)
    if isinstance(X, SongWindows):
        raise ValueError("X holds windows already; expected paths or waveforms.")
    if hasattr(X, "iloc") and getattr(X, "ndim", 1) == 2:
        X = X.to_numpy()
    # A column of songs, as tools that want a matrix, such as bagging, hand it over.
    if isinstance(X, np.ndarray) and X.ndim == 2 and X.dtype.kind not in "fiu":
        X = X[:, 0] if X.shape[1] == 1 else X
    if issparse(X):
        raise ValueError("X is a sparse array; expected paths or waveforms.")
    if isinstance(X, np.ndarray) and X.ndim != 2 and X.dtype.kind in "fiu":
        raise ValueError(
            f"X must be a sequence of songs. Got one array of shape {X.shape}; write "
            "[y] for one waveform."
        )
    try:
        songs = [_kept(song) for song in X]
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
    ids = [str(song) if is_file(song) else i for i, song in enumerate(songs)]
    # Names stay as they were given; what is read is settled now, wherever it is read.
    return [anchored(song) for song in songs], ids


def _refuse_one_song(X: Any) -> None:
    """Say how to write a sequence of one song, where X is that song."""
    if is_file(X):
        raise ValueError(
            f"X must be a sequence of songs. Got the one path {str(X)!r}; write "
            "[path], or load_songs(folder).data for the songs of a folder."
        )
    found = None
    if isinstance(X, bytes | bytearray | memoryview):
        found = "the bytes of one file; write [data]"
    elif isinstance(X, Mapping):
        found = f"one dict with the keys {list(X)[:5]}; write [song]"
    elif callable(getattr(X, "read", None)):
        found = "one opened file; write [file]"
    elif isinstance(X, tuple) and len(X) == 2 and isinstance(X[1], Real):
        # Not two numbers, which are no song at all.
        found = None if isinstance(X[0], Real) else "(samples, rate); write [(y, rate)]"
    if found is not None:
        raise ValueError(f"X must be a sequence of songs. Got {found}.")


def _kept(song: Any) -> Any:
    """Keep a song as what can be read twice and sent to workers."""
    if isinstance(song, np.str_):
        return str(song)
    if not callable(getattr(song, "read", None)):
        return song
    try:
        if getattr(song, "seekable", bool)():
            song.seek(0)
        data = song.read()
    except (OSError, ValueError) as error:
        return Unreadable(f"The opened file cannot be read ({error}).")
    if isinstance(data, str):
        return Unreadable("It was opened as text. Open it with open(path, 'rb').")
    return data
