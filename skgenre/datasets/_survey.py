"""Look through songs before anything is made of them: lengths, rates, faults."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np

from skgenre._jobs import run_jobs, with_bar
from skgenre._optional import require
from skgenre.audio._decode import (
    SHORTFALL_SECONDS,
    behind_end_error,
    cut_off_note,
    early_end_note,
    read_blocks,
)
from skgenre.audio._errors import SilentSong, error_of_song
from skgenre.audio._excerpt import Excerpt
from skgenre.audio._facts import SongFacts
from skgenre.audio._file import opened
from skgenre.audio._isolated import IsolatedSound
from skgenre.audio._song import Song, Waveform, as_song
from skgenre.audio._sound import Sound
from skgenre.windows._frame_windower import as_songs

if TYPE_CHECKING:
    import pandas as pd

# Samples without a rate are looked through as if they were at this one.
_ANY_RATE = 22050.0


@dataclass(frozen=True, eq=False)
class SongSurvey:
    """What is known of songs before they are cut: what `survey_songs` returns.

    Parameters
    ----------
    song_ids : list of length n_songs
        The songs' names: paths, or positions of those in memory.
    seconds : float array of shape (n_songs,)
        How long each lasts; NaN where that is not known.
    native_rate : float array of shape (n_songs,)
        Samples per second of each file; NaN where not known.
    n_channels : int array of shape (n_songs,)
        Channels of each file; 0 where not known.
    formats : list of str
        Format of each file, such as "WAV"; "" where not known, and of samples.
    peak_db, level_db : float array of shape (n_songs,)
        The loudest sample and the mean power of the mix of channels, in decibels below
        full scale; NaN where the song was not decoded to its end.
    silent : bool array of shape (n_songs,)
        Whether all its samples are the same. Silent songs have an error, too, as
        nothing can be made of them.
    reasons : list of (str or None)
        Why each song cannot be used; None if it can.
    remarks : list of tuple of str
        What is to be known of each song that can be used all the same, such as that
        its file is cut off.
    is_decoded : bool
        Whether songs were decoded; else their headers were read alone.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.datasets import survey_songs
    >>> tone = np.sin(np.arange(12000) / 9)
    >>> survey = survey_songs([(tone, 8000), (0 * tone, 8000), (tone[:4000], 8000)])
    >>> survey.seconds
    array([1.5, 1.5, 0.5])
    >>> survey.errors
    {1: 'It is silent: every sample is 0.'}
    >>> print(survey)
    3 songs, 0.50 to 1.5 s (median 1), 8,000 Hz, mono; 1 cannot be used
    """

    song_ids: list[Any]
    seconds: np.ndarray
    native_rate: np.ndarray
    n_channels: np.ndarray
    formats: list[str]
    peak_db: np.ndarray
    level_db: np.ndarray
    silent: np.ndarray
    reasons: list[str | None]
    remarks: list[tuple[str, ...]]
    is_decoded: bool

    def __len__(self) -> int:
        return len(self.song_ids)

    @property
    def readable(self) -> np.ndarray:
        """Whether each song can be used: bool array of shape (n_songs,)."""
        return np.array([reason is None for reason in self.reasons], dtype=bool)

    @property
    def errors(self) -> dict[Any, str]:
        """Why songs cannot be used: ``{song_id: reason}``."""
        pairs = zip(self.song_ids, self.reasons, strict=True)
        return {song: reason for song, reason in pairs if reason is not None}

    @property
    def notes(self) -> dict[Any, str]:
        """What is to be known of songs that can be used: ``{song_id: sentences}``."""
        rows = zip(self.song_ids, self.reasons, self.remarks, strict=True)
        return {
            song: " ".join(remarks)
            for song, reason, remarks in rows
            if reason is None and remarks
        }

    @property
    def known_seconds(self) -> np.ndarray:
        """Lengths of the songs that can be used, as far as known, (n_known,)."""
        seconds = self.seconds[self.readable]
        return seconds[np.isfinite(seconds)]

    @property
    def known_rates(self) -> np.ndarray:
        """Rates of the songs that can be used, as far as known, (n_known,)."""
        rates = self.native_rate[self.readable]
        return rates[np.isfinite(rates)]

    def summary(self) -> dict[str, Any]:
        """Sum it up in plain numbers, for JSON.

        Returns
        -------
        dict
            Numbers of songs, of readable and silent ones, and of those with a note;
            seconds (min, median, max and total of the readable ones, None if none is
            known, and of how many it is unknown); how many of the readable ones there
            are at each rate, with so many channels, and of each format.
        """
        readable = self.readable
        channels = self.n_channels[readable].tolist()
        formats = np.array(self.formats, dtype=object)[readable].tolist()
        return {
            "songs": len(self),
            "readable": int(readable.sum()),
            "silent": int(self.silent.sum()),
            "noted": len(self.notes),
            "decoded": self.is_decoded,
            "seconds": {
                **spread(self.known_seconds),
                "total": float(self.known_seconds.sum()),
                "unknown": int(readable.sum()) - len(self.known_seconds),
            },
            "native_rates": dict(
                Counter(map(whole, self.known_rates.tolist())).most_common()
            ),
            "channels": dict(Counter(filter(None, channels)).most_common()),
            "formats": dict(Counter(filter(None, formats)).most_common()),
        }

    def to_frame(self) -> "pd.DataFrame":
        """Table of the songs.

        Returns
        -------
        pandas.DataFrame
            Columns song, seconds, native_rate, n_channels, format, peak_db, level_db,
            silent, error (None if it can be used) and note.
        """
        pandas = require("pandas", "plot", "SongSurvey.to_frame")
        return pandas.DataFrame(
            {
                "song": self.song_ids,
                "seconds": self.seconds,
                "native_rate": self.native_rate,
                "n_channels": self.n_channels,
                "format": self.formats,
                "peak_db": self.peak_db,
                "level_db": self.level_db,
                "silent": self.silent,
                "error": pandas.Series(self.reasons, dtype=object),
                "note": [" ".join(remarks) for remarks in self.remarks],
            }
        )

    def __repr__(self) -> str:
        return f"SongSurvey(n_songs={len(self)}, n_errors={len(self.errors)})"

    def __str__(self) -> str:
        found = self.summary()
        parts = [
            f"{len(self)} song{'s' * (len(self) != 1)}",
            lasting(self.known_seconds),
            rates_text(found["native_rates"]),
            channels_text(found["channels"]),
            ", ".join(found["formats"]),
        ]
        n_bad = len(self) - found["readable"]
        bad = f"; {n_bad} cannot be used" if n_bad else ""
        return ", ".join(part for part in parts if part) + bad


def survey_songs(
    songs: Sequence[Song] | np.ndarray,
    *,
    n_jobs: int | None = None,
    decode: bool = True,
    isolate: bool = False,
    verbose: int = 0,
) -> SongSurvey:
    """Look through songs: how long, at which rate, in which format, silent, broken.

    Parameters
    ----------
    songs : sequence of songs
        Whatever `FrameWindower` takes: paths, bytes, ``(samples, rate)`` and so on.
        Samples without a rate have no length in seconds.
    n_jobs : int, default=None
        Songs at a time, as in joblib; threads, unless `joblib.parallel_config` says
        otherwise.
    decode : bool, default=True
        Whether to decode each song once, to its end, block by block: the length is
        exact, and silence, NaN, files that are cut off and channels that cancel each
        other are found. If False, headers alone are read, in about a millisecond a
        file: faults behind the header stay hidden, and a length that the header does
        not tell (mp3 without such a header, raw AAC) is NaN.
    isolate : bool, default=False
        Open each file in a process of its own, as `FrameWindower` has it: one that
        crashes its decoder is an error of that file.
    verbose : int, default=0
        Above 0 shows a progress bar, if it takes more than two seconds.

    Returns
    -------
    SongSurvey
        What was found, song by song. No song stops the others.

    See Also
    --------
    choose_windowing : Window and rate that fit what was found.
    skgenre.model_selection.find_duplicates : Songs that are the same recording.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.datasets import survey_songs
    >>> tone = np.sin(np.arange(12000) / 9)
    >>> survey = survey_songs([(tone, 8000), "no_such_song.wav"])
    >>> survey.readable
    array([ True, False])
    >>> survey.errors
    {'no_such_song.wav': 'There is no such file.'}
    """
    kept, song_ids = as_songs(songs)
    look = _decoded if decode else _of_header
    tasks = (joblib.delayed(_looked_at)(look, song, isolate) for song in kept)
    found = run_jobs(tasks, n_jobs=n_jobs, prefer="threads")
    looks = list(with_bar(found, len(kept), what="looking through", verbose=verbose))
    return SongSurvey(
        song_ids=song_ids,
        seconds=np.array([look.seconds for look in looks]),
        native_rate=np.array([look.native_rate for look in looks]),
        n_channels=np.array([look.n_channels for look in looks], dtype=np.intp),
        formats=[look.format for look in looks],
        peak_db=np.array([look.peak_db for look in looks]),
        level_db=np.array([look.level_db for look in looks]),
        silent=np.array([look.is_silent for look in looks], dtype=bool),
        reasons=[look.reason for look in looks],
        remarks=[look.remarks for look in looks],
        is_decoded=decode,
    )


# -- a song ---------------------------------------------------------------------------


@dataclass
class _Look:
    """What is known of one song; filled while it is looked at."""

    seconds: float = math.nan
    native_rate: float = math.nan
    n_channels: int = 0
    format: str = ""
    peak_db: float = math.nan
    level_db: float = math.nan
    is_silent: bool = False
    reason: str | None = None
    remarks: tuple[str, ...] = ()


def _looked_at(
    look_at: Callable[[Song, _Look, bool], None], song: Song, isolate: bool
) -> _Look:
    """Look at one song; whatever goes wrong with it is an error of this song."""
    look = _Look()
    try:
        look_at(song, look, isolate)
    except Exception as error:
        look.reason = str(error_of_song(error))
        look.is_silent = isinstance(error, SilentSong)
    return look


def _of_header(song: Song, look: _Look, isolate: bool) -> None:
    """Fill in what the header tells, or the array itself."""
    known = as_song(song)
    if isinstance(known, Waveform):
        look.n_channels = 1
        if known.sample_rate is not None:
            look.native_rate = known.sample_rate
            look.seconds = len(known.y) / known.sample_rate
        return
    excerpt = known if isinstance(known, Excerpt) else None
    file = known if not isinstance(known, Excerpt) else Path(known.path)
    with IsolatedSound(file) if isolate else opened(file) as sound:
        look.native_rate = sound.sample_rate
        look.n_channels = sound.n_channels
        look.format = sound.format
        n_frames = _frames_told(sound)
        if excerpt is not None:
            _of_excerpt(excerpt, n_frames, look)
            return
        if n_frames is not None:
            look.seconds = n_frames / sound.sample_rate
        look.remarks = _remarks(sound, n_frames)


def _of_excerpt(excerpt: Excerpt, n_frames: int | None, look: _Look) -> None:
    """Fill in how long a part of a file is, as far as the file's header tells."""
    if n_frames is None:
        # It ends with the file at the latest, and nobody knows where that is.
        return
    rate = look.native_rate
    first, last = excerpt.frames(rate)
    if first >= n_frames:
        raise behind_end_error(n_frames / rate, excerpt)
    end = n_frames if last is None else min(last, n_frames)
    look.seconds = (end - first) / rate
    if last is not None and last - end > SHORTFALL_SECONDS * rate:
        look.remarks = (early_end_note(n_frames, rate, excerpt),)


def _remarks(sound: Sound, n_frames: int | None) -> tuple[str, ...]:
    """What the header tells of the end of the file."""
    if n_frames is not None and sound.promised is not None:
        missing = sound.promised - n_frames
        if missing > SHORTFALL_SECONDS * sound.sample_rate:
            return (cut_off_note(n_frames, sound.promised, sound.sample_rate),)
    return sound.notes


def _frames_told(sound: Sound) -> int | None:
    """How many frames there are, not how many there should be; None if unknown."""
    n_frames: int | None = getattr(sound, "n_frames", None)
    return sound.promised if n_frames is None else n_frames


def _decoded(song: Song, look: _Look, isolate: bool) -> None:
    """Fill in what decoding tells."""
    _of_header(song, look, isolate)
    # From here on the decoder tells, and of the length when it has come to the end.
    look.seconds, look.remarks = math.nan, ()
    has_rate = math.isfinite(look.native_rate)
    rate = look.native_rate if has_rate else _ANY_RATE
    facts = SongFacts()
    peak, energy, n_samples = 0.0, 0.0, 0
    try:
        for block in read_blocks(song, sample_rate=rate, facts=facts, isolate=isolate):
            peak = max(peak, float(block.max()), -float(block.min()))
            energy += float(np.dot(block, block))
            n_samples += len(block)
    finally:
        if has_rate and facts.seconds:
            look.seconds = facts.seconds
    look.peak_db = 20 * math.log10(peak)
    look.level_db = 10 * math.log10(energy / n_samples)
    look.remarks = facts.notes


# -- words ----------------------------------------------------------------------------


def spread(seconds: np.ndarray) -> dict[str, float | None]:
    """Shortest, usual and longest of some lengths.

    Parameters
    ----------
    seconds : float array of shape (n_songs,)
        Lengths.

    Returns
    -------
    dict
        "min", "median" and "max", None if there are no songs.
    """
    if not len(seconds):
        return {"min": None, "median": None, "max": None}
    return {
        "min": float(seconds.min()),
        "median": float(np.median(seconds)),
        "max": float(seconds.max()),
    }


def lasting(seconds: np.ndarray) -> str:
    """Say how long songs are.

    Parameters
    ----------
    seconds : float array of shape (n_songs,)
        Lengths.

    Returns
    -------
    str
        Such as "1.2 to 4.8 s (median 2.5)", or "30 s" of songs that are equally long
        as far as one would say; empty if there are none.
    """
    if not len(seconds):
        return ""
    low, high = _rounded(seconds.min()), _rounded(seconds.max())
    if low == high:
        return f"{low} s"
    return f"{low} to {high} s (median {_rounded(np.median(seconds))})"


def _rounded(seconds: float) -> str:
    """Two digits at least, and no more than a tenth where seconds are many."""
    digits = 2 if seconds < 1 else 1 if seconds < 100 else 0
    return f"{seconds:,.{digits}f}".removesuffix(".0")


def whole(number: float) -> float:
    """Make a number that is whole an int, so that it is written without a point.

    Parameters
    ----------
    number : float
        Such as a rate.

    Returns
    -------
    int or float
        The same number.
    """
    return int(number) if float(number).is_integer() else number


def rates_text(rates: dict[float, int]) -> str:
    """Say at which rates files are.

    Parameters
    ----------
    rates : dict of float to int
        How many files there are at each rate, the usual one first.

    Returns
    -------
    str
        Such as "22,050 Hz", or "44,100 Hz (3), 8,000 Hz (1)"; empty if there are none.
    """
    return _shares({f"{rate:,g} Hz": number for rate, number in rates.items()})


def channels_text(channels: dict[int, int]) -> str:
    """Say how many channels files have.

    Parameters
    ----------
    channels : dict of int to int
        How many files there are with so many channels.

    Returns
    -------
    str
        Such as "mono", or "stereo (3), mono (1)"; empty if there are none.
    """
    names = {1: "mono", 2: "stereo"}
    return _shares(
        {names.get(n, f"{n} channels"): number for n, number in channels.items()}
    )


def _shares(numbers: dict[str, int]) -> str:
    if len(numbers) == 1:
        return next(iter(numbers))
    return ", ".join(f"{name} ({number:,})" for name, number in numbers.items())
