"""Decode one song to mono samples at one rate."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from skgenre.audio._echo import Echo
from skgenre.audio._errors import AudioError as AudioError
from skgenre.audio._errors import SilentSong
from skgenre.audio._excerpt import Excerpt
from skgenre.audio._facts import SongFacts
from skgenre.audio._file import opened
from skgenre.audio._isolated import IsolatedSound
from skgenre.audio._resampler import Resampler
from skgenre.audio._song import Song as Song
from skgenre.audio._song import Waveform, as_song, seconds_before
from skgenre.audio._sound import Sound, frames_at_once

# Below this a file is a broken header or a click, not a song that is short.
MIN_SECONDS = 0.01

# Floats may pass 1 where a recording was made too loud; integers pass this at once.
LOUDEST = 16.0
# About three seconds: what is decoded is mixed and resampled while it is in the cache.
# Of more than two channels as many fewer frames.
BLOCK_FRAMES = 2**17

# A header may count a frame of mp3 more than there is, 72 ms at 8 kHz.
SHORTFALL_SECONDS = 0.25
# A mix of channels that has less than this of their energy is what rounding left over.
CANCELLED = 1e-4
# One of so many frames, and of so many blocks behind the first, is enough to see that
# and costs next to nothing.
_STRIDE = 2053
_SEEN_BLOCKS = 4


def read_song(
    song: Song,
    *,
    sample_rate: float,
    offset_seconds: float = 0.0,
    max_seconds: float | None = None,
) -> np.ndarray:
    """Return the samples of one song, mono, at `sample_rate`.

    Equal to ``librosa.load(path, sr=sample_rate, offset=..., duration=...)`` for
    files; waveforms without a rate are taken to be at `sample_rate` already.

    Parameters
    ----------
    song : str, Path, bytes, (array, rate) or float array of shape (n_samples,)
        A file that soundfile or PyAV can decode, its content, or a waveform; all
        kinds are in `as_song`.
    sample_rate : float
        Samples per second of the result.
    offset_seconds : float, default=0.0
        Start here.
    max_seconds : float, default=None
        Read no more than this; all if None.

    Returns
    -------
    float array of shape (n_samples,)
        Samples, float32 from files, of the waveform's own dtype else.

    Raises
    ------
    AudioError
        If there is nothing to hear: no file, no audio, no samples, silence,
        NaN or infinite samples, or an array that is no float waveform.
    """
    blocks = list(
        read_blocks(
            song,
            sample_rate=sample_rate,
            offset_seconds=offset_seconds,
            max_seconds=max_seconds,
        )
    )
    return blocks[0] if len(blocks) == 1 else np.concatenate(blocks)


def read_blocks(
    song: Song,
    *,
    sample_rate: float,
    offset_seconds: float = 0.0,
    max_seconds: float | None = None,
    facts: SongFacts | None = None,
    echoes: Sequence[Echo] = (),
    isolate: bool = False,
) -> Iterator[np.ndarray]:
    """Yield the samples of one song piece by piece, the same as `read_song` gives.

    Decoding and resampling go on from block to block, so that borders leave no trace
    and a song of hours takes no more memory than one of seconds.

    Parameters
    ----------
    song : str, Path, bytes, (array, rate) or float array of shape (n_samples,)
        As for `read_song`. A waveform at `sample_rate` is one block.
    sample_rate : float
        Samples per second of the result.
    offset_seconds : float, default=0.0
        Start here.
    max_seconds : float, default=None
        Read no more than this; all if None.
    facts : SongFacts, default=None
        Filled with what reading tells of the song.
    echoes : sequence of Echo, default=()
        Hear what is decoded, for other rates.
    isolate : bool, default=False
        Decode files in a process of their own.

    Yields
    ------
    float array of shape (n_block_samples,)
        Samples.

    Raises
    ------
    AudioError
        As for `read_song`. Silence shows only at the end.
    """
    known = as_song(song)
    facts = SongFacts() if facts is None else facts
    excerpt = known if isinstance(known, Excerpt) else None
    whole = Path(known.path) if isinstance(known, Excerpt) else known
    span = _Span(sample_rate, offset_seconds, max_seconds, excerpt)
    blocks = (
        _from_memory(whole, span, echoes)
        if isinstance(whole, Waveform)
        else _decode(whole, span, facts, echoes, IsolatedSound if isolate else opened)
    )
    n_samples, low, high = 0, np.inf, -np.inf
    for block in blocks:
        if len(block) == 0:
            continue
        block_low, block_high = block.min(), block.max()
        # min and max are NaN or infinite if any sample is.
        if not (np.isfinite(block_low) and np.isfinite(block_high)):
            first = n_samples + np.flatnonzero(~np.isfinite(block))[0]
            at = seconds_before(song) + offset_seconds + first / sample_rate
            raise AudioError(
                "It has samples that are NaN or infinite, the first at "
                f"{at:.2f} s. Repair it, or set them with np.nan_to_num."
            )
        if max(-block_low, block_high) > LOUDEST:
            raise AudioError(
                f"Its samples reach {max(-block_low, block_high):.4g}, far outside of "
                "-1 to 1. Divide 16-bit integers by 32768 before they become floats."
            )
        low, high = min(low, block_low), max(high, block_high)
        n_samples += len(block)
        yield block
    facts.seconds = n_samples / sample_rate
    if n_samples < MIN_SECONDS * sample_rate:
        raise AudioError(
            f"It has {n_samples} samples at {sample_rate:g} Hz, less than the "
            f"{1000 * MIN_SECONDS:g} ms that can hold a sound."
        )
    if low == high:
        raise SilentSong(f"It is silent: every sample is {low:g}.")


_OpenSong = Callable[[Path | bytes], AbstractContextManager[Any]]


class _Span(NamedTuple):
    """Which part of a song is wanted, at which rate."""

    sample_rate: float
    offset_seconds: float
    max_seconds: float | None
    excerpt: Excerpt | None = None

    def frames(self, rate: float) -> tuple[int, int | None]:
        """First frame of a file, and how many of them; None for all that follow."""
        start = int(self.offset_seconds * rate)
        left = None if self.max_seconds is None else int(self.max_seconds * rate)
        if self.excerpt is None:
            return start, left
        first, last = self.excerpt.frames(rate)
        if last is None:
            return first + start, left
        if start and start >= last - first:
            raise _offset_error(self.offset_seconds, (last - first) / rate)
        rest = last - first - start
        return first + start, rest if left is None else min(left, rest)


def _from_memory(
    waveform: Waveform, span: _Span, echoes: Sequence[Echo]
) -> Iterator[np.ndarray]:
    y, native_rate = waveform
    is_resampled = native_rate is not None and native_rate != span.sample_rate
    # A rate of its own is a file's, whose frames are counted down; else they round.
    rate = native_rate if is_resampled and native_rate else span.sample_rate
    whole = int if is_resampled else round
    start = whole(span.offset_seconds * rate)
    stop = None if span.max_seconds is None else start + whole(span.max_seconds * rate)
    if len(y) and start >= len(y):
        raise _offset_error(span.offset_seconds, len(y) / rate)
    part = y[start:stop]
    if not is_resampled:
        yield from _heard((part,), rate, echoes)
        return
    blocks = (
        part[i : i + BLOCK_FRAMES].astype(np.float32, copy=False)
        for i in range(0, len(part), BLOCK_FRAMES)
    )
    yield from _resample(_heard(blocks, rate, echoes), rate, span.sample_rate)


def _heard(
    blocks: Iterable[np.ndarray], rate: float, echoes: Sequence[Echo]
) -> Iterator[np.ndarray]:
    """Pass decoded samples on, and let echoes hear them."""
    for block in blocks:
        for echo in echoes:
            echo.hear(block, rate)
        yield block
    for echo in echoes:
        echo.finish()


def _decode(
    song: Path | bytes,
    span: _Span,
    facts: SongFacts,
    echoes: Sequence[Echo],
    open_song: _OpenSong,
) -> Iterator[np.ndarray]:
    with open_song(song) as sound:
        rate = sound.sample_rate
        facts.native_rate = rate
        start, left = span.frames(rate)
        if start:
            _skip(sound, start, span)
        frames = _Counted(_frames(sound, left))
        mono = _mixed(
            frames, sound, facts, lambda: _channel(open_song(song), start, left)
        )
        yield from _resample(_heard(mono, rate, echoes), rate, span.sample_rate)
        _note_missing(sound, start, left, frames.n_frames, facts)
        missing = 0 if left is None else left - frames.n_frames
        if span.excerpt is not None and missing > SHORTFALL_SECONDS * rate:
            facts.note(early_end_note(start + frames.n_frames, rate, span.excerpt))


def _skip(sound: Sound, start: int, span: _Span) -> None:
    n_frames = getattr(sound, "n_frames", None)
    if not n_frames or start < n_frames:
        skipped = sound.skip(start)
        n_frames = skipped if skipped < start else None
    if not n_frames:
        return
    seconds = n_frames / sound.sample_rate
    if span.excerpt is not None and span.excerpt.start >= seconds:
        raise behind_end_error(seconds, span.excerpt)
    raise _offset_error(span.offset_seconds, seconds - seconds_before(span.excerpt))


def _note_missing(
    sound: Sound, start: int, left: int | None, n_read: int, facts: SongFacts
) -> None:
    """Say so if there was less than the header promised."""
    if sound.promised is not None:
        promised = max(0, sound.promised - start)
        wanted = promised if left is None else min(left, promised)
        if wanted - n_read > SHORTFALL_SECONDS * sound.sample_rate:
            facts.note(cut_off_note(start + n_read, sound.promised, sound.sample_rate))
            return
    if left is None:
        for note in sound.notes:
            facts.note(note)


def cut_off_note(n_given: int, n_promised: int, sample_rate: float) -> str:
    """Say that a file holds less than its header promises.

    Parameters
    ----------
    n_given, n_promised : int
        Frames that there are, and that there should be.
    sample_rate : float
        Frames per second.

    Returns
    -------
    str
        A sentence, and what to do.
    """
    return (
        f"It has {n_given / sample_rate:.2f} s, but its header promises "
        f"{n_promised / sample_rate:.2f} s: the file is cut off or damaged. Fetch it "
        "again."
    )


def early_end_note(n_given: int, sample_rate: float, excerpt: Excerpt) -> str:
    """Say that a file ends before an excerpt of it should.

    Parameters
    ----------
    n_given : int
        Frames of the file.
    sample_rate : float
        Frames per second.
    excerpt : Excerpt
        Which has an end.

    Returns
    -------
    str
        A sentence.
    """
    return (
        f"The file ends at {n_given / sample_rate:.2f} s, before the excerpt does "
        f"({excerpt.end} s)."
    )


def behind_end_error(seconds: float, excerpt: Excerpt) -> AudioError:
    """Say that an excerpt starts behind the end of its file.

    Parameters
    ----------
    seconds : float
        How long the file is.
    excerpt : Excerpt
        Of that file.

    Returns
    -------
    AudioError
        To be raised.
    """
    return AudioError(
        f"The file lasts {seconds:.2f} s, so the excerpt that starts at "
        f"{excerpt.start} s lies behind its end."
    )


class _Counted:
    """Blocks of frames, counted as they pass."""

    def __init__(self, blocks: Iterator[np.ndarray]) -> None:
        self._blocks = blocks
        self.n_frames = 0

    def __iter__(self) -> Iterator[np.ndarray]:
        for frames in self._blocks:
            yield frames
            self.n_frames += len(frames)


def _frames(sound: Sound, left: int | None) -> Iterator[np.ndarray]:
    """Decode blocks, `left` frames in all or to the end."""
    most = frames_at_once(BLOCK_FRAMES, sound.n_channels)
    while left is None or left > 0:
        wanted = most if left is None else min(left, most)
        frames = sound.read(wanted)
        yield frames  # (n_frames, n_channels)
        if len(frames) < wanted:
            return
        if left is not None:
            left -= wanted


def _mixed(
    blocks: Iterable[np.ndarray],
    sound: Sound,
    facts: SongFacts,
    find_channel: Callable[[], int | None],
) -> Iterator[np.ndarray]:
    """Mix the channels of each block, or take one if they cancel each other."""
    channel: int | None = None
    is_decided = False
    energy: Any = 0.0
    mix_energy = 0.0
    is_found = False  # whether there was any sound
    for number, frames in enumerate(blocks):
        is_looked_at = not is_found or number % _SEEN_BLOCKS == 0
        if frames.shape[1] > 1 and not is_decided and is_looked_at:
            own, mixed = _energies(frames[::_STRIDE])
            # Looked at where the sound begins, and decided by the whole song.
            is_first = not is_found and own.max(initial=0) > 0
            is_found |= is_first
            energy, mix_energy = energy + own, mix_energy + mixed
            if is_first and mixed < CANCELLED * own.max():
                channel, is_decided = find_channel(), True
        if channel is not None:
            facts.note(
                "Its channels cancel each other out where they are mixed, so channel "
                f"{channel + 1} of {frames.shape[1]} alone was read."
            )
        if sound.as_int16:
            mono = _downmix(frames.astype(np.float32), channel)
            mono *= np.float32(2.0**-15)
        else:
            mono = _downmix(frames, channel)
        yield mono
    if not is_decided and mix_energy < CANCELLED * np.max(energy):
        raise AudioError(
            "Its channels cancel each other out where they are mixed, though not at "
            "its beginning. Read it with y, rate = soundfile.read(path) and give one "
            "channel: (y[:, 0], rate)."
        )


def _energies(frames: np.ndarray) -> tuple[np.ndarray, float]:
    """Energy of each channel, (n_channels,), and of their mix."""
    # What is not finite is told of when it was mixed.
    with np.errstate(over="ignore", invalid="ignore"):
        exact = frames.astype(np.float64)
        mix = exact.sum(axis=1) / exact.shape[1]  # (n_frames,)
        return np.einsum("fc,fc->c", exact, exact), float(np.dot(mix, mix))


def _channel(
    opening: AbstractContextManager[Any], start: int, left: int | None
) -> int | None:
    """Read a song once more: its loudest channel, None if its mix is no quieter."""
    energy: Any = 0.0
    mix_energy = 0.0
    with opening as sound:
        if start:
            sound.skip(start)
        for frames in _frames(sound, left):
            own, mixed = _energies(frames)
            energy, mix_energy = energy + own, mix_energy + mixed
    is_cancelled = mix_energy < CANCELLED * energy.max()
    return int(energy.argmax()) if is_cancelled else None


def _downmix(frames: np.ndarray, channel: int | None) -> np.ndarray:
    if channel is not None:
        return frames[:, channel].copy()
    # Sum and scale: twenty times faster than mean(axis=1), same bits for stereo.
    n_channels = frames.shape[1]
    mono = frames[:, 0].copy()
    # What is not finite is told of when it was mixed.
    with np.errstate(over="ignore", invalid="ignore"):
        for channel in range(1, n_channels):
            mono += frames[:, channel]
    if n_channels > 1:
        mono *= np.float32(1 / n_channels)
    return mono


def _resample(
    blocks: Iterator[np.ndarray], native_rate: float, sample_rate: float
) -> Iterator[np.ndarray]:
    if native_rate == sample_rate:
        yield from blocks
        return
    resampler = Resampler(native_rate, sample_rate)
    n_native = 0
    low, high = np.inf, -np.inf
    for block in blocks:
        if low == high or not n_native:
            # Resampled, a constant has ends that swing.
            low, high = block.min(initial=low), block.max(initial=high)
        n_native += len(block)
        yield from resampler.push(block)
    if low == high and n_native >= MIN_SECONDS * native_rate:
        raise SilentSong(f"It is silent: every sample is {low:g}.")
    yield resampler.finish()


def _offset_error(offset_seconds: float, seconds: float) -> AudioError:
    return AudioError(
        f"It lasts {seconds:.2f} s, so offset_seconds={offset_seconds} starts behind "
        "its end."
    )
