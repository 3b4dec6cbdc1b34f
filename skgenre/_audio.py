"""Decode one song to mono samples at one rate."""

import math
from pathlib import Path
from typing import Any

import numpy as np

# Below this a file is a broken header or a click, not a song that is short.
MIN_SECONDS = 0.01


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
    song: Any,
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
    if isinstance(song, str | Path):
        y = _decode(Path(song), sample_rate, offset_seconds, max_seconds)
    else:
        y = _check_waveform(song)
        start = round(offset_seconds * sample_rate)
        stop = None if max_seconds is None else start + round(max_seconds * sample_rate)
        if len(y) and start >= len(y):
            raise _offset_error(offset_seconds, len(y) / sample_rate)
        y = y[start:stop]
    if len(y) < MIN_SECONDS * sample_rate:
        raise AudioError(
            f"It has {len(y)} samples at {sample_rate:g} Hz, less than the "
            f"{1000 * MIN_SECONDS:g} ms that can hold a sound."
        )
    low, high = y.min(), y.max()
    # min and max are NaN or infinite if any sample is.
    if not (np.isfinite(low) and np.isfinite(high)):
        bad = int(np.sum(~np.isfinite(y)))
        raise AudioError(
            f"It has {bad} samples that are NaN or infinite. Repair it, or set them "
            "with np.nan_to_num."
        )
    if low == high:
        raise AudioError(f"It is silent: every sample is {low:g}.")
    return y


def _decode(
    path: Path, sample_rate: float, offset_seconds: float, max_seconds: float | None
) -> np.ndarray:
    import soundfile

    if path.is_dir():
        raise AudioError(
            "It is a directory, expected an audio file. "
            "skgenre.datasets.load_songs(folder) lists the songs of a folder."
        )
    if not path.exists():
        raise AudioError("There is no such file.")
    try:
        with soundfile.SoundFile(path) as file:
            native_rate = file.samplerate
            start = int(offset_seconds * native_rate)
            if start and file.frames and start >= file.frames:
                raise _offset_error(offset_seconds, file.frames / native_rate)
            file.seek(start)
            frames = -1 if max_seconds is None else int(max_seconds * native_rate)
            if file.format in ("WAV", "WAVEX") and file.subtype == "PCM_16":
                # Ten times faster than letting libsndfile convert; same bits.
                pcm = file.read(frames, dtype="int16", always_2d=True)
                y = _downmix(pcm.astype(np.float32)) * np.float32(2.0**-15)
            else:
                y = _downmix(file.read(frames, dtype="float32", always_2d=True))
    except soundfile.LibsndfileError as error:
        raise AudioError(
            f"It cannot be decoded as audio ({error.error_string.strip(' .')}). "
            "Expected wav, flac, ogg, mp3 or another format that soundfile reads; "
            "convert others, for example with ffmpeg."
        ) from error
    except OSError as error:
        raise AudioError(f"It cannot be read ({error.strerror or error}).") from error
    return _resample(y, native_rate, sample_rate)


def _downmix(frames: np.ndarray) -> np.ndarray:
    # Sum and scale: twenty times faster than mean(axis=1), same bits for stereo.
    n_channels = frames.shape[1]
    mono = frames[:, 0].copy()
    for channel in range(1, n_channels):
        mono += frames[:, channel]
    if n_channels > 1:
        mono *= np.float32(1 / n_channels)
    return mono


def _resample(y: np.ndarray, native_rate: float, sample_rate: float) -> np.ndarray:
    if native_rate == sample_rate or len(y) == 0:
        return y
    import soxr

    resampled = soxr.resample(y, native_rate, sample_rate, quality="HQ")
    n_samples = math.ceil(len(y) * sample_rate / native_rate)
    # soxr rounds the length; librosa, which this equals, rounds it up.
    if len(resampled) < n_samples:
        return np.pad(resampled, (0, n_samples - len(resampled)))
    return resampled[:n_samples]


def _check_waveform(song: Any) -> np.ndarray:
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
