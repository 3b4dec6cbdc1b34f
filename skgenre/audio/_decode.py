"""Decode one song to mono samples at one rate."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

# Below this a file is a broken header or a click, not a song that is short.
MIN_SECONDS = 0.01

# Floats may pass 1 where a recording was made too loud; integers pass this at once.
LOUDEST = 16.0
# About three seconds: what is decoded is mixed and resampled while it is in the cache.
BLOCK_FRAMES = 2**17

# A file, or a waveform.
Song: TypeAlias = str | Path | np.ndarray


class AudioError(ValueError):
    """One or more songs that could not be read.

    Parameters
    ----------
    message : str
        What went wrong, with the fix.
    errors : dict, default=None
        The reason for each bad song, ``{song_id: reason}``.

    Attributes
    ----------
    errors : dict
        The reason for each bad song, ``{song_id: reason}``.

    Examples
    --------
    >>> from skgenre import AudioError, FrameWindower
    >>> try:
    ...     FrameWindower().fit_transform(["no_such_song.wav"]).values
    ... except AudioError as error:
    ...     print(error.errors)
    {'no_such_song.wav': 'There is no such file.'}
    """

    def __init__(self, message: str, errors: dict[Any, str] | None = None) -> None:
        super().__init__(message)
        self.errors = {} if errors is None else errors

    def __reduce__(self) -> tuple:
        # BaseException pickles its args alone, which would lose the errors.
        return type(self), (self.args[0], self.errors)


def read_song(
    song: Song,
    *,
    sample_rate: float,
    offset_seconds: float = 0.0,
    max_seconds: float | None = None,
) -> np.ndarray:
    """Return the samples of one song, mono, at `sample_rate`.

    Equal to ``librosa.load(path, sr=sample_rate, offset=..., duration=...)`` for
    files; waveforms are taken to be at `sample_rate` already.

    Parameters
    ----------
    song : str, Path or float array of shape (n_samples,)
        A file that soundfile can decode, or a waveform.
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
) -> Iterator[np.ndarray]:
    """Yield the samples of one song piece by piece, the same as `read_song` gives.

    Decoding and resampling go on from block to block, so that borders leave no trace
    and a song of hours takes no more memory than one of seconds.

    Parameters
    ----------
    song : str, Path or float array of shape (n_samples,)
        A file, or a waveform, which is one block.
    sample_rate : float
        Samples per second of the result.
    offset_seconds : float, default=0.0
        Start here.
    max_seconds : float, default=None
        Read no more than this; all if None.

    Yields
    ------
    float array of shape (n_block_samples,)
        Samples.

    Raises
    ------
    AudioError
        As for `read_song`. Silence shows only at the end.
    """
    if isinstance(song, str | Path):
        blocks = _decode(Path(song), sample_rate, offset_seconds, max_seconds)
    else:
        y = _check_waveform(song)
        start = round(offset_seconds * sample_rate)
        stop = None if max_seconds is None else start + round(max_seconds * sample_rate)
        if len(y) and start >= len(y):
            raise _offset_error(offset_seconds, len(y) / sample_rate)
        blocks = iter([y[start:stop]])
    n_samples, low, high = 0, np.inf, -np.inf
    for block in blocks:
        if len(block) == 0:
            continue
        block_low, block_high = block.min(), block.max()
        # min and max are NaN or infinite if any sample is.
        if not (np.isfinite(block_low) and np.isfinite(block_high)):
            first = n_samples + np.flatnonzero(~np.isfinite(block))[0]
            raise AudioError(
                "It has samples that are NaN or infinite, the first at "
                f"{offset_seconds + first / sample_rate:.2f} s. Repair it, or set them "
                "with np.nan_to_num."
            )
        if max(-block_low, block_high) > LOUDEST:
            raise AudioError(
                f"Its samples reach {max(-block_low, block_high):.4g}, far outside of "
                "-1 to 1. Divide 16-bit integers by 32768 before they become floats."
            )
        low, high = min(low, block_low), max(high, block_high)
        n_samples += len(block)
        yield block
    if n_samples < MIN_SECONDS * sample_rate:
        raise AudioError(
            f"It has {n_samples} samples at {sample_rate:g} Hz, less than the "
            f"{1000 * MIN_SECONDS:g} ms that can hold a sound."
        )
    if low == high:
        raise AudioError(f"It is silent: every sample is {low:g}.")


def _decode(
    path: Path, sample_rate: float, offset_seconds: float, max_seconds: float | None
) -> Iterator[np.ndarray]:
    import soundfile

    class Sequential(soundfile.SoundFile):
        """A file that is not told to seek to where it is after every block.

        For mp3 that would decode the file's beginning again.
        """

        def seekable(self) -> bool:
            return False

    if path.is_dir():
        raise AudioError(
            "It is a directory, expected an audio file. "
            "skgenre.datasets.load_songs(folder) lists the songs of a folder."
        )
    if not path.exists():
        raise AudioError("There is no such file.")
    try:
        with Sequential(path) as file:
            native_rate = file.samplerate
            start = int(offset_seconds * native_rate)
            if start and file.frames and start >= file.frames:
                raise _offset_error(offset_seconds, file.frames / native_rate)
            file.seek(start)
            left = None if max_seconds is None else int(max_seconds * native_rate)
            yield from _resample(_mono(file, left), native_rate, sample_rate)
    except soundfile.LibsndfileError as error:
        raise AudioError(
            f"It cannot be decoded as audio ({error.error_string.strip(' .')}). "
            "Expected wav, flac, ogg, mp3 or another format that soundfile reads; "
            "convert others, for example with ffmpeg."
        ) from error
    except OSError as error:
        raise AudioError(f"It cannot be read ({error.strerror or error}).") from error


def _mono(file: Any, left: int | None) -> Iterator[np.ndarray]:
    """Decode blocks, `left` frames in all or to the end, and mix their channels."""
    # Ten times faster than letting libsndfile convert; same bits.
    as_int16 = file.format in ("WAV", "WAVEX") and file.subtype == "PCM_16"
    while left is None or left > 0:
        wanted = BLOCK_FRAMES if left is None else min(left, BLOCK_FRAMES)
        frames = file.read(
            wanted, dtype="int16" if as_int16 else "float32", always_2d=True
        )
        if as_int16:
            mono = _downmix(frames.astype(np.float32))
            mono *= np.float32(2.0**-15)
        else:
            mono = _downmix(frames)
        yield mono
        if len(frames) < wanted:
            return
        if left is not None:
            left -= wanted


def _downmix(frames: np.ndarray) -> np.ndarray:
    # Sum and scale: twenty times faster than mean(axis=1), same bits for stereo.
    n_channels = frames.shape[1]
    mono = frames[:, 0].copy()
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
    import soxr

    stream = soxr.ResampleStream(
        native_rate, sample_rate, num_channels=1, dtype="float32", quality="HQ"
    )
    n_native = n_samples = 0
    for block in blocks:
        n_native += len(block)
        resampled = stream.resample_chunk(block)
        n_samples += len(resampled)
        yield resampled
    rest = stream.resample_chunk(np.zeros(0, np.float32), last=True)
    # soxr rounds the length; librosa, which this equals, rounds it up.
    missing = max(0, math.ceil(n_native * sample_rate / native_rate) - n_samples)
    yield np.pad(rest, (0, max(0, missing - len(rest))))[:missing]


def _check_waveform(song: np.ndarray) -> np.ndarray:
    y = np.asarray(song)
    if y.ndim != 1:
        raise AudioError(
            f"Expected a 1-D mono waveform, got an array of shape {y.shape}. Mix the "
            "channels down first: y.mean(axis=0) for shape (channels, samples)."
        )
    if y.dtype.kind != "f":
        raise AudioError(
            f"Expected float samples between -1 and 1, got dtype {y.dtype}. Scale "
            "16-bit integers with y.astype('float32') / 32768."
        )
    return y


def _offset_error(offset_seconds: float, seconds: float) -> AudioError:
    return AudioError(
        f"It lasts {seconds:.2f} s, so offset_seconds={offset_seconds} starts behind "
        "its end."
    )
