"""The sound of songs in a page: embedded small, linked, or left out, and why."""

import base64
import io
import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import joblib
import numpy as np
import soundfile

from skgenre._jobs import run_jobs, with_bar
from skgenre.audio import AudioError, Excerpt
from skgenre.audio._decode import read_blocks
from skgenre.audio._file import opened
from skgenre.audio._isolated import IsolatedSound
from skgenre.audio._song import Waveform, as_song, is_file, seconds_before

Audio = Literal["embed", "link", "none"]
KINDS: tuple[Audio, ...] = ("embed", "link", "none")

# Every browser plays mp3. At a constant rate a browser seeks to the very second, and
# at this one libsndfile notes what encoding adds in front, so that times are right.
RATE = 22050
_LEVEL = 0.7
_BYTES_PER_SECOND = 7000
# A song that is so much longer than its header says is not embedded.
_MORE_SECONDS = 60.0
# Three bytes are four letters in a page.
_LETTERS = 4 / 3


@dataclass(frozen=True)
class Sound:
    """How a page plays a song.

    Parameters
    ----------
    kind : {"embed", "link", "none"}
        Where the sound is.
    source : str, default=""
        Letters of the mp3's bytes, or the address of a file.
    offset : float, default=0.0
        At which second of its file the sound begins.
    first, last : float or None, default=None
        Which part of a linked file is the song.
    why : str, default=""
        Why it is not as it was wanted.
    """

    kind: Audio
    source: str = ""
    offset: float = 0.0
    first: float | None = None
    last: float | None = None
    why: str = ""

    def to_json(self) -> dict[str, Any]:
        """All but what is embedded, as JSON can hold it."""
        return {
            "kind": self.kind,
            "link": self.source if self.kind == "link" else "",
            "offset": self.offset,
            "first": self.first,
            "last": self.last,
            "why": self.why,
        }


def sounds_of(
    songs: Sequence[Any],
    *,
    audio: Audio,
    folder: Path,
    max_bytes: float,
    urgent: Sequence[int],
    sample_rate: float = RATE,
    isolate: bool = False,
    n_jobs: int | None = None,
    verbose: int = 0,
) -> list[Sound]:
    """Find a sound for each song.

    Parameters
    ----------
    songs : sequence of length n_songs
        Of any kind; None for what has no sound.
    audio : {"embed", "link", "none"}
        What is wanted.
    folder : Path
        Where the page will be: links start there.
    max_bytes : float
        What embedded sounds may add to the page.
    urgent : sequence of int of length n_songs
        Positions of the songs, those first that are to be embedded first.
    sample_rate : float, default=22050
        Of waveforms that do not say theirs.
    isolate : bool, default=False
        Whether files are decoded in processes of their own.
    n_jobs : int or None, default=None
        Songs at a time.
    verbose : int, default=0
        Whether to show how far it is.

    Returns
    -------
    list of Sound of length n_songs
        What did not fit is linked, where there is a file, and says so.
    """
    if audio == "none":
        return [Sound("none", why="The report was made without sound.")] * len(songs)
    found: list[Sound | None] = [None] * len(songs)
    if audio == "embed":
        chosen = dict(_fitting(songs, urgent, max_bytes, sample_rate, isolate))
        tasks = (
            joblib.delayed(_embedded)(songs[i], sample_rate, seconds, isolate)
            for i, seconds in chosen.items()
        )
        bar = with_bar(
            run_jobs(tasks, n_jobs=n_jobs, prefer="threads"),
            len(chosen),
            what="embedding sound",
            verbose=verbose,
        )
        for i, sound in zip(chosen, bar, strict=True):
            found[i] = sound
    why = "" if audio == "link" else _too_large(max_bytes)
    return [
        _linked(song, folder, why) if sound is None else sound
        for song, sound in zip(songs, found, strict=True)
    ]


def _too_large(max_bytes: float) -> str:
    return f"It is not in the page, whose sound may take {max_bytes / 1e6:g} MB."


def _fitting(
    songs: Sequence[Any],
    urgent: Sequence[int],
    max_bytes: float,
    sample_rate: float,
    isolate: bool,
) -> Iterator[tuple[int, float]]:
    """Positions of songs whose sounds fit, and their lengths, which headers tell."""
    if "MP3" not in soundfile.available_formats():
        return
    left = max_bytes
    for i in urgent:
        if songs[i] is None:
            continue
        seconds = _seconds(songs[i], sample_rate, isolate)
        size = seconds * _BYTES_PER_SECOND * _LETTERS
        if size <= left:
            left -= size
            yield i, seconds


def _seconds(song: Any, sample_rate: float, isolate: bool) -> float:
    """Length of a song, about, told without reading it; 0 if it is none."""
    try:
        known = as_song(song)
        if isinstance(known, Waveform):
            return len(known.y) / (known.sample_rate or sample_rate)
        if isinstance(known, Excerpt):
            if known.end is not None and np.isfinite(known.end):
                return known.end - known.start
            return _seconds_of_file(Path(known.path), isolate) - known.start
        return _seconds_of_file(known, isolate)
    except AudioError:
        return 0.0  # who reads it says why


def _seconds_of_file(song: Path | bytes, isolate: bool) -> float:
    # Refuses what would never end, as the decoders do.
    with IsolatedSound(song) if isolate else opened(song) as sound:
        n_frames = getattr(sound, "n_frames", None)
        if n_frames is not None:
            return n_frames / sound.sample_rate
    # What does not say its length is mostly longer encoded than an mp3 of it.
    return _n_bytes(song) / _BYTES_PER_SECOND


def _n_bytes(song: Any) -> float:
    if isinstance(song, bytes):
        return len(song)
    try:
        return Path(song.path if isinstance(song, Excerpt) else song).stat().st_size
    except (OSError, ValueError):
        return np.inf


def _embedded(
    song: Any, sample_rate: float, seconds: float, isolate: bool
) -> Sound | None:
    """The sound of a song; None if there is much more of it than its header says."""
    try:
        most = (seconds + _MORE_SECONDS) * _BYTES_PER_SECOND
        content = encoded(
            song, sample_rate=sample_rate, max_bytes=most, isolate=isolate
        )
        if content is None:
            return None
    except AudioError as error:
        return Sound("none", why=str(error))
    letters = base64.b64encode(content).decode()
    return Sound("embed", letters, offset=seconds_before(song))


def encoded(
    song: Any,
    *,
    sample_rate: float = RATE,
    max_bytes: float = math.inf,
    isolate: bool = False,
) -> bytes | None:
    """Encode a song small: mono, 22,050 samples per second, mp3 of 56 kbit/s.

    Parameters
    ----------
    song : song of any kind
        See `as_song`.
    sample_rate : float, default=22050
        Of a waveform that does not say its own.
    max_bytes : float, default=inf
        Give up where it takes more.
    isolate : bool, default=False
        Whether a file is decoded in a process of its own.

    Returns
    -------
    bytes or None
        An mp3 file; None if it would be larger.

    Raises
    ------
    AudioError
        If there is nothing to hear.
    """
    known = as_song(song)
    if isinstance(known, Waveform) and known.sample_rate is None:
        song = (known.y, sample_rate)
    file = io.BytesIO()
    with soundfile.SoundFile(
        file,
        "w",
        samplerate=RATE,
        channels=1,
        format="MP3",
        subtype="MPEG_LAYER_III",
        compression_level=_LEVEL,
        bitrate_mode="CONSTANT",
    ) as sound:
        for block in read_blocks(song, sample_rate=RATE, isolate=isolate):
            sound.write(np.clip(block, -1, 1))
            if file.tell() > max_bytes:
                return None
    return file.getvalue()


def _linked(song: Any, folder: Path, why: str) -> Sound:
    """A link that holds as long as page and songs stay where they are."""
    if song is None:
        return Sound("none", why="Where its sound is was not said.")
    if not is_file(song):
        reason = why or "It cannot be linked."
        return Sound("none", why=f"{reason} It is in memory, not in a file.")
    path = Path(song.path if isinstance(song, Excerpt) else song).absolute()
    if not path.is_file():
        return Sound("none", why="There is no such file.")
    first = seconds_before(song)
    last = song.end if isinstance(song, Excerpt) else None
    if last is not None and not np.isfinite(last):
        last = None
    return Sound("link", _address(path, folder), first=first, last=last, why=why)


def _address(path: Path, folder: Path) -> str:
    try:
        relative = os.path.relpath(path, folder)
    except ValueError:  # another drive of Windows
        return path.as_uri()
    # "./" keeps a colon in a name from being read as "https:".
    return f"./{quote(os.fsencode(relative.replace(os.sep, '/')))}"
