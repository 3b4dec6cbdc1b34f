"""Formats that soundfile does not know, decoded by PyAV (ffmpeg's libraries)."""

import errno
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from skgenre.audio._errors import AudioError
from skgenre.audio._sound import Sound

# Containers that say how long they are; others' lengths are estimates.
_WITH_LENGTH = ("mov", "matroska", "asf", "avi")
# Samples that are converted at once: a packet of a damaged file may hold a single one.
_GATHERED = 2**13


class AvSound(Sound):
    """The first sound track of a file, decoded piece by piece.

    Parameters
    ----------
    song : Path or bytes
        A file or its content.

    Attributes
    ----------
    sample_rate : int
        Samples per second.
    n_channels : int
        How many channels there are.
    format : str
        Name of the container, such as "MOV" for m4a and mp4.
    promised : int or None
        How many samples the header promises.
    """

    def __init__(self, song: Path | bytes) -> None:
        import av

        self._failure = av.error.FFmpegError
        # Opened here: ffmpeg takes "a:b.m4a" for a protocol, and no name but UTF-8.
        self._file = io.BytesIO(song) if isinstance(song, bytes) else song.open("rb")
        try:
            self._container = open_container(self._file)
        except BaseException:
            self._file.close()
            raise
        try:
            self._open(av)
        except BaseException:
            self.close()
            raise

    def _open(self, av: Any) -> None:
        if not self._container.streams.audio:
            raise AudioError("It has no sound track.")
        stream: Any = self._container.streams.audio[0]
        # PyAV crashed the process here, which had no decoder for it; seen in 14.0.
        if stream.codec_context is None:
            raise AudioError("Its sound track is of an unknown coding.")
        self._frames: Iterator[Any] = self._container.decode(stream)
        first = next(self._frames, None)
        if first is None:
            raise AudioError("Its sound track is empty.")
        # Of a decoded frame: headers of AAC may name half the rate.
        self.sample_rate = first.sample_rate
        self.n_channels: int = len(first.layout.channels)
        self.format = self._container.format.name.partition(",")[0].upper()
        # Packed: of planes, PyAV reads no more than eight and what lies behind them.
        self._resampler = av.AudioResampler(
            format="flt", layout=first.layout.name, rate=first.sample_rate
        )
        self._kind = _kind(first)
        self._fifo = av.AudioFifo()
        self._gather(first)
        # At once: whether it can be converted decides who opens the file.
        self._pieces = [self._samples(self._fifo.read())]  # each (n_frames, n_channels)
        self._n_held = len(self._pieces[0])
        self.promised: int | None = None
        if self._container.format.name.split(",")[0] in _WITH_LENGTH:
            if stream.duration is not None:
                seconds = float(stream.duration * stream.time_base)
            else:
                seconds = (self._container.duration or 0) / av.time_base
            self.promised = round(seconds * self.sample_rate)

    def read(self, n_frames: int) -> np.ndarray:
        """Decode so many frames, fewer at the end; see `Sound`."""
        while self._n_held < n_frames:
            while self._fifo.samples < _GATHERED:
                frame = self._next_frame()
                if frame is None:
                    break
                self._gather(frame)
            gathered = self._fifo.read()
            if gathered is None:
                break
            self._pieces.append(self._samples(gathered))
            self._n_held += len(self._pieces[-1])
        held = np.concatenate(self._pieces)
        self._pieces = [held[n_frames:]]
        self._n_held = len(self._pieces[0])
        return held[:n_frames]

    def _next_frame(self) -> Any:
        """Decode one more packet; None at the end, or where it cannot go on."""
        try:
            frame = next(self._frames, None)
        except self._failure as error:
            self._stop(f"at damage ({error.strerror})")
            return None
        # All that was converted so far has one rate and one number of channels.
        if frame is not None and _kind(frame) != self._kind:
            self._stop("where its rate, channels or samples become others")
            return None
        return frame

    def _stop(self, where: str) -> None:
        self._frames = iter(())
        self.notes = (f"Decoding stopped {where}.",)

    def _gather(self, frame: Any) -> None:
        frame.pts = None  # those of damaged files do not follow each other
        self._fifo.write(frame)

    def _samples(self, frame: Any) -> np.ndarray:
        frames = [
            part.to_ndarray().reshape(-1, self.n_channels)
            for part in self._resampler.resample(frame)
        ]
        return np.concatenate(frames)  # (n_frames, n_channels)

    def close(self) -> None:
        """Close the file."""
        self._container.close()
        self._file.close()


def _kind(frame: Any) -> tuple[int, int, str]:
    return frame.sample_rate, len(frame.layout.channels), frame.format.name


def open_container(file: BinaryIO) -> Any:
    """Open a file with PyAV, whatever bytes its tags hold.

    Parameters
    ----------
    file : file object
        Open for reading bytes.

    Returns
    -------
    av.container.InputContainer
        To be closed.

    Raises
    ------
    av.error.FFmpegError
        If it is of no format that ffmpeg knows, or its parts lie nowhere.
    """
    import av

    asked = _Seekable(file)
    try:
        # Tags of old files are no UTF-8, which PyAV below 19 would not open at all.
        container = av.open(asked, metadata_errors="surrogateescape")
    except TypeError:
        container = av.open(asked)  # that knows no other way any more
    if asked.is_lost:
        container.close()
        raise av.error.InvalidDataError(errno.EINVAL, "A part of it lies nowhere.")
    return container


class _Seekable:
    """A file that answers where damage sends ffmpeg to a position that cannot be.

    Of an exception PyAV prints the trace of its own accord as soon as another follows.

    Attributes
    ----------
    is_lost : bool
        Whether there was such a position.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.name = getattr(file, "name", "")  # ffmpeg guesses by it, too
        self.read = file.read
        self.tell = file.tell
        self.is_lost = False

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go there; -1, which is ffmpeg's word for no, if that is nowhere."""
        try:
            return self._file.seek(offset, whence)
        except (OSError, ValueError):
            self.is_lost = True
            return -1
