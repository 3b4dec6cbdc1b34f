"""Songs that are read and cut into windows when these are asked for."""

import hashlib
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from skgenre._by_song.marks import Marks
from skgenre.audio._advice import advise, rate_warning
from skgenre.audio._errors import AudioError, error_of_song
from skgenre.audio._facts import Read, SongFacts
from skgenre.audio._plan import DroppedSong, WindowPlan
from skgenre.audio._song import identity as identity
from skgenre.audio._song import is_file, seconds_before, shown


class AudioSource:
    """Songs that are read and cut when their windows are asked for.

    What `skgenre.windows` calls a window source, so that nothing above need know
    whether windows are decoded or at hand.

    Parameters
    ----------
    songs : list
        Paths, excerpts of files, or waveforms.
    song_ids : list
        Their names, for errors.
    plan : WindowPlan
        How to read and cut them.
    on_error : str
        The policy of `FrameWindower`.
    record : Record, default=None
        Filled while songs are read; a new one if None. Sources of some of the songs
        write into the same.
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
        record: "Record | None" = None,
    ) -> None:
        self.song_ids = song_ids
        self.plan = plan
        self.on_error = on_error
        self.record = Record(plan) if record is None else record
        self.errors: dict[Any, str] = self.record.errors
        self.advice: list[str] = self.record.advice
        self._songs = songs
        self._measured: tuple[np.ndarray, np.ndarray, Marks] | None = None
        # What files were like when their windows were counted.
        self._states: list[tuple | None] = [None] * len(songs)
        # What the last reading told of each song.
        self._facts: list[SongFacts | None] = [None] * len(songs)

    def __getstate__(self) -> dict[str, Any]:
        # What remembers results by a hash of their inputs, such as the memory of a
        # Pipeline, hashes this: paths alone would not tell that a file was replaced.
        files = [identity(song) for song in self._songs if is_file(song)]
        known = hashlib.md5(repr(files).encode(), usedforsecurity=False).hexdigest()
        state = {**self.__dict__, "_files": known}
        # What reading told stays here: else a hash would change as songs are read.
        del state["advice"], state["_facts"], state["_states"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update({k: v for k, v in state.items() if k != "_files"})
        self.advice = self.record.advice
        self._facts = [None] * len(self._songs)
        self._states = [None] * len(self._songs)

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
            record=self.record,
        )

    def songs(self) -> list:
        """Give paths or waveforms: what stands for each song on its way to a worker."""
        return self._songs

    def read(self, position: int) -> np.ndarray:
        """Return the windows of one song; none, with a warning, if it is bad."""
        song = self.take(np.array([position]))
        (windows,) = song.checked([self._attempted(position)])
        return self._no_windows() if windows is None else windows

    def load(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Read every song into memory: values, counts of windows, and starts.

        Raises
        ------
        AudioError
            If files changed since their windows were counted, whatever the policy:
            rows that were given out cannot be others.
        """
        if changed := [i for i in range(len(self)) if self._has_changed(i)]:
            bad = {self.song_ids[i]: _CHANGED for i in changed}
            raise AudioError(_listed(bad, len(self)), bad)
        results = (self._attempted(i) for i in range(len(self)))
        read = [self._no_windows() if w is None else w for w in self.checked(results)]
        counts = [len(windows) for windows in read]
        values = np.concatenate(read) if read else self._no_windows()
        return values, np.array(counts, dtype=np.intp), self.starts_of(counts)

    def _attempted(self, position: int) -> Any:
        """Windows of one song, or why there are none."""
        if self._has_changed(position):
            return AudioError(_CHANGED)
        return attempt(self.plan.read, self._songs[position])

    def _has_changed(self, position: int) -> bool:
        counted = self._states[position]
        return counted is not None and _state(self._songs[position]) != counted

    def measure(self) -> tuple[np.ndarray, np.ndarray]:
        """Count the windows of every song, once; the audio itself is let go.

        Returns
        -------
        counts : int array of shape (n_songs,)
            Windows of each song.
        starts : float array of shape (n_windows,)
            Their starts in seconds.
        """
        counts, starts, _ = self._measure()
        return counts, starts

    def marks(self) -> Marks:
        """Find where the windows of every song end, and how much they count, once.

        Returns
        -------
        Marks
            Of all windows.
        """
        return self._measure()[2]

    def _measure(self) -> tuple[np.ndarray, np.ndarray, Marks]:
        if self._measured is None:
            self._states = [_state(song) for song in self._songs]
            results = (attempt(_measured, self.plan, song) for song in self._songs)
            counts = [n or 0 for n in self.checked(results)]
            self._measured = (
                np.array(counts, dtype=np.intp),
                self.starts_of(counts),
                self.marks_of(counts),
            )
        return self._measured

    def starts_of(self, counts: list[int]) -> np.ndarray:
        """Start of each window in its song, as the last reading found them.

        Parameters
        ----------
        counts : list of int
            How many windows each song has.

        Returns
        -------
        float array of shape (n_windows,)
            Seconds.
        """
        own = [
            self._starts_of_song(facts, n_windows)
            for facts, n_windows in zip(self._facts, counts, strict=True)
        ]
        return np.concatenate([np.zeros(0), *own])

    def marks_of(self, counts: list[int]) -> Marks:
        """Where windows end and how much they count, as the last reading found them.

        Parameters
        ----------
        counts : list of int
            How many windows each song has.

        Returns
        -------
        Marks
            Of all windows.
        """
        own = [
            self._marks_of_song(song, facts, n_windows)
            for song, facts, n_windows in zip(
                self._songs, self._facts, counts, strict=True
            )
        ]
        marks = Marks.joined(own, counts)
        if marks.ends is None:
            return marks
        # Songs that fill all their windows do not say where these end.
        whole = self.starts_of(counts) + self._window_seconds
        ends = np.where(np.isnan(marks.ends), whole, marks.ends)
        return marks._replace(ends=ends)

    @property
    def _window_seconds(self) -> float:
        return self.plan.window_samples / self.plan.sample_rate

    def _starts_of_song(self, facts: SongFacts | None, n_windows: int) -> np.ndarray:
        if facts is None or facts.starts is None:
            return self.plan.starts(n_windows)
        return facts.starts[:n_windows]

    def _marks_of_song(
        self, song: Any, facts: SongFacts | None, n_windows: int
    ) -> Marks:
        if facts is None or not n_windows:
            return Marks()
        ends = self._starts_of_song(facts, n_windows) + self._window_seconds
        # Seconds of the file, as starts are.
        before = seconds_before(song) + self.plan.offset_seconds
        song_end = before + facts.seconds
        # Half a sample is a matter of rounding.
        if ends[-1] <= song_end + 0.5 / self.plan.sample_rate:
            return Marks(weight=facts.window_weight)
        return Marks(ends=np.minimum(ends, song_end), weight=facts.window_weight)

    def _no_windows(self) -> np.ndarray:
        return np.zeros((0, *self.window_shape), np.float32)

    def checked(self, results: Iterable) -> Iterator:
        """Yield what was read, and at the end report bad songs, by the policy.

        Parameters
        ----------
        results : iterable
            For each song its result, `Read` where reading told something, or its
            `AudioError`.

        Yields
        ------
        object
            Each result, None for a bad song.
        """
        bad: dict[Any, str] = {}
        heard: dict[Any, SongFacts] = {}
        told: list[SongFacts | None] = []
        fatal = False
        for song_id, result in zip(self.song_ids, results, strict=True):
            told.append(None)
            if isinstance(result, AudioError):
                bad[song_id] = str(result)
                fatal |= not isinstance(result, DroppedSong)
                yield None
                continue
            # It may have been mended since it was read last.
            self.errors.pop(song_id, None)
            if isinstance(result, Read):
                heard[song_id] = result.facts
                told[-1] = result.facts
                result = result.result
            yield result
        self._facts = told
        self._report_heard(heard)
        if bad:
            self.errors.update(bad)
            self._report(bad, len(self), fatal=fatal)

    def _report_heard(self, heard: dict[Any, SongFacts]) -> None:
        """Say what is doubtful about songs that were read."""
        self.record.add(heard, is_complete=len(self) > 1)
        noted = [
            f"  {shown(song_id)}: {' '.join(facts.notes)}"
            for song_id, facts in heard.items()
            if facts.notes
        ]
        if noted:
            warnings.warn(
                f"{len(noted)} of {len(self)} songs were read, but:\n"
                + "\n".join(noted),
                UserWarning,
                stacklevel=3,
            )
        if message := rate_warning(self.plan, heard.values()):
            warnings.warn(message, UserWarning, stacklevel=3)

    def _report(self, bad: dict[Any, str], n_songs: int, *, fatal: bool) -> None:
        message = _listed(bad, n_songs)
        if fatal and self.on_error == "raise":
            raise AudioError(
                f"{message}\nLeave these out, or set FrameWindower(on_error='warn') "
                "to go on without them.",
                bad,
            )
        warnings.warn(f"{message}\nThey have no windows.", UserWarning, stacklevel=2)


_CHANGED = (
    "It changed since its windows were counted. Cut the songs again: "
    "FrameWindower(...).fit_transform(songs)."
)


def _listed(bad: dict[Any, str], n_songs: int) -> str:
    lines = [f"  {shown(song_id)}: {reason}" for song_id, reason in bad.items()]
    return "\n".join([f"{len(bad)} of {n_songs} songs could not be used:", *lines])


def _state(song: Any) -> tuple | None:
    """What changes when a file does; None for what is in memory."""
    return identity(song) if is_file(song) else None


class Record:
    """What was learned of songs while they were read.

    Parameters
    ----------
    plan : WindowPlan
        How they are cut.

    Attributes
    ----------
    errors : dict
        Why songs could not be read: ``{song_id: reason}``.
    advice : list of str
        What does not fit between the songs and the plan. Stays the same list.
    """

    def __init__(self, plan: WindowPlan) -> None:
        self.errors: dict[Any, str] = {}
        self.advice: list[str] = advise(plan, [])
        self._plan = plan
        self._heard: dict[Any, SongFacts] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {"errors": self.errors, "_plan": self._plan}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["_plan"])  # type: ignore[misc]
        self.errors = state["errors"]

    def add(self, heard: dict[Any, SongFacts], *, is_complete: bool) -> None:
        """Take in what was learned of songs.

        Parameters
        ----------
        heard : dict
            Facts by song.
        is_complete : bool
            Whether the advice is to be given anew: not for every song of many.
        """
        self._heard.update(heard)
        if is_complete or len(self._heard) == 1:
            self.advice[:] = advise(self._plan, self._heard.values())


def _measured(plan: WindowPlan, song: Any) -> Read:
    facts = plan.measure(song)
    return Read(facts.n_windows, facts)


def without_songs(state: dict[str, Any]) -> dict[str, Any]:
    """Leave out of a pickle what was wrong with songs: it would hand on their paths.

    Parameters
    ----------
    state : dict
        Attributes of an estimator.

    Returns
    -------
    dict
        With ``errors_`` empty, if it was there.
    """
    return {**state, "errors_": {}} if "errors_" in state else state


def attempt(function: Callable, *args: Any) -> Any:
    """Call a function that reads a song; give its result, or why there is none.

    Parameters
    ----------
    function : callable
        Reads a song.
    *args
        Its arguments.

    Returns
    -------
    object
        The result or an `AudioError`: whatever goes wrong is an error of this song.
    """
    try:
        return function(*args)
    except Exception as error:
        return error_of_song(error)
