"""What may stand for a song: a path, a part or the bytes of a file, or samples."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from numbers import Real
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from skgenre._arrays import as_plain
from skgenre.audio._errors import AudioError
from skgenre.audio._excerpt import Excerpt

# Anything that `as_song` takes; what else lies among songs is an error of that song.
Song: TypeAlias = Any

_KINDS = (
    "a path, a float waveform, (samples, sample rate), an Excerpt, the bytes of a "
    "file, a file opened with open(path, 'rb'), or a dict with 'array' and "
    "'sampling_rate'"
)


class Waveform(NamedTuple):
    """Samples, and how many of them make a second."""

    y: np.ndarray  # (n_samples,), float
    sample_rate: float | None  # None: that of the windows


@dataclass(frozen=True)
class Unreadable:
    """Stands for a song of which nothing is left to read, and says why.

    Parameters
    ----------
    reason : str
        What the error says.
    """

    reason: str


def as_song(song: Song) -> Path | Excerpt | bytes | Waveform:
    """Tell what stands for a song.

    Parameters
    ----------
    song : str, Path, Excerpt, bytes, tuple, mapping or array-like
        A file's path, a part of it or its content, samples at the windows' rate,
        ``(samples, sample rate)`` as librosa and soundfile give them, or what Hugging
        Face's datasets give.

    Returns
    -------
    Path, Excerpt, bytes or Waveform
        One of four kinds.

    Raises
    ------
    AudioError
        If it is something else, or samples are no mono waveform of floats.
    """
    if isinstance(song, str | Path):
        if song == "":
            raise AudioError("Its name is empty, but expected the path of a file.")
        return Path(song)
    if isinstance(song, Excerpt):
        song.check()
        return song
    if isinstance(song, bytes | bytearray | memoryview):
        return bytes(song)
    if isinstance(song, Unreadable):
        raise AudioError(song.reason)
    if isinstance(song, Mapping):
        return _of_mapping(song)
    if hasattr(song, "get_all_samples"):
        # torchcodec's AudioDecoder, which Hugging Face's datasets give from 4.0 on.
        samples = song.get_all_samples()
        y = np.asarray(samples.data)
        # (1, n_samples) if it is mono
        return _waveform(
            y[0] if y.ndim == 2 and len(y) == 1 else y, samples.sample_rate
        )
    if isinstance(song, tuple) and len(song) == 2:
        if isinstance(song[1], Real) and not isinstance(song[0], Real):
            return _waveform(song[0], song[1])
        if isinstance(song[0], Real) and not isinstance(song[1], Real):
            raise AudioError(
                "Got (sample rate, samples), as scipy.io.wavfile gives them, but "
                "expected (samples, sample rate). Swap the two."
            )
    if song is None or isinstance(song, Real):
        raise AudioError(f"Got {song!r}, but expected {_KINDS}.")
    return _waveform(song, None)


def _of_mapping(song: Mapping) -> Path | bytes | Waveform:
    if song.get("array") is not None:
        return _waveform(song["array"], song.get("sampling_rate"))
    if song.get("bytes") is not None:
        return bytes(song["bytes"])
    if isinstance(song.get("path"), str | Path):
        return Path(song["path"])
    raise AudioError(
        f"Got a dict with the keys {list(song)}, but expected 'array' and "
        "'sampling_rate' (or 'bytes', or 'path')."
    )


def _waveform(samples: Any, sample_rate: Any) -> Waveform:
    if isinstance(samples, np.ma.MaskedArray):
        raise AudioError(
            "Got a masked array, but expected samples that are all there. Fill them "
            "in: samples.filled(0)."
        )
    try:
        y = as_plain(samples, what="samples")
    except ValueError:
        y = np.empty(0, object)  # rows of several lengths
    if y.dtype.kind not in "fiub":
        raise AudioError(
            f"Got {type(samples).__name__} ({_short(samples)}), but expected {_KINDS}."
        )
    if y.ndim != 1:
        raise AudioError(
            f"Expected a 1-D mono waveform, got an array of shape {y.shape}. "
            f"{_mono_recipe(y)}"
        )
    if y.dtype.kind != "f":
        scale = 2 ** (8 * y.dtype.itemsize - 1)
        fix = (
            f"Scale {8 * y.dtype.itemsize}-bit integers with y.astype('float32') / "
            f"{scale}."
            if y.dtype.kind == "i"
            else "Scale 8-bit samples with (y.astype('float32') - 128) / 128."
        )
        raise AudioError(
            f"Expected float samples between -1 and 1, got dtype {y.dtype}. {fix}"
        )
    if sample_rate is not None and not (
        isinstance(sample_rate, Real) and 0 < float(sample_rate) < np.inf
    ):
        raise AudioError(
            f"Got the sample rate {sample_rate!r}, but expected a positive number: "
            "(samples, sample rate)."
        )
    return Waveform(y, None if sample_rate is None else float(sample_rate))


def _mono_recipe(y: np.ndarray) -> str:
    if y.ndim != 2:
        return "Give one song as one waveform."
    # Channels are few and samples are many, whichever comes first.
    if y.shape[0] <= y.shape[1]:
        return (
            "Mix the channels down first: y.mean(axis=0) for shape (channels, samples)."
        )
    return "Mix the channels down first: y.mean(axis=1) for shape (samples, channels)."


def _short(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 40 else f"{shown[:37]}..."


def is_file(song: Song) -> bool:
    """Whether a song is read from a file, which may change meanwhile.

    Parameters
    ----------
    song : song of any kind
        See `as_song`.

    Returns
    -------
    bool
        True for paths and excerpts, whose names are their own; False for what is in
        memory.
    """
    return isinstance(song, str | Path | Excerpt)


def anchored(song: Song) -> Song:
    """Give a song a path that means the same file in every folder and every process.

    Processes that work for this one may have been started in another folder.

    Parameters
    ----------
    song : song of any kind
        See `as_song`.

    Returns
    -------
    song
        A path or an excerpt with its whole path; anything else as it is.
    """
    if isinstance(song, str):
        # Not Path(song), which would tidy the name up; no name is no file's.
        return song and os.path.join(os.getcwd(), song)  # noqa: PTH109, PTH118
    if isinstance(song, Path):
        return song.absolute()
    if isinstance(song, Excerpt):
        return replace(song, path=anchored(song.path))
    return song


def all_anchored(X: Any) -> Any:
    """Give songs paths that mean the same files in other processes.

    Parameters
    ----------
    X : object
        Songs in a list or a tuple, or anything else.

    Returns
    -------
    object
        A list with whole paths, or X itself.
    """
    return [anchored(song) for song in X] if isinstance(X, list | tuple) else X


def seconds_before(song: Song) -> float:
    """How much of its file lies before a song.

    Parameters
    ----------
    song : song of any kind
        See `as_song`.

    Returns
    -------
    float
        The start of an excerpt in seconds, 0 for any other song.
    """
    return song.start if isinstance(song, Excerpt) else 0.0


def identity(song: Song) -> tuple:
    """Tell a song apart from any other, and from itself before it was changed.

    Parameters
    ----------
    song : song of any kind
        See `as_song`.

    Returns
    -------
    tuple
        Path, size and time of change of a file, and what part of it; a hash of what is
        in memory.
    """
    try:
        known = as_song(song)
    except AudioError as error:
        return ("unreadable", str(error))
    if isinstance(known, Excerpt):
        return (*identity(known.path), known.start, known.end)
    if isinstance(known, Path):
        path = known.absolute()
        try:
            status = path.stat()
        except (OSError, ValueError):
            return (str(path), None, None)
        return (str(path), status.st_size, status.st_mtime_ns)
    if isinstance(known, bytes):
        return ("bytes", len(known), _hash(known))
    y = np.ascontiguousarray(known.y)
    return (y.shape, y.dtype.str, known.sample_rate, _hash(y.data))


def _hash(content: Any) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def shown(name: Any) -> str:
    r"""Write a song's name so that it can be printed anywhere.

    Parameters
    ----------
    name : object
        A path, whose bytes may be no UTF-8, or a number.

    Returns
    -------
    str
        Bytes that are no UTF-8 escaped, as in ``caf\xe9.mp3``.
    """
    if not isinstance(name, str):
        return f"song {name}"
    # Python keeps such a byte as one half of a surrogate pair.
    escaped = "".join(
        f"\\x{ord(char) - 0xDC00:02x}" if 0xDC80 <= ord(char) <= 0xDCFF else char
        for char in name
    )
    return escaped.encode("utf-8", "backslashreplace").decode()
