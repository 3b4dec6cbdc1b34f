"""Formats that soundfile does not know, decoded by PyAV (ffmpeg's libraries)."""

import io
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from skgenre.audio._errors import AudioError
from skgenre.audio._sound import Sound

# Containers that say how long they are; others' lengths are estimates.
_WITH_LENGTH = ("mov", "matroska", "asf", "avi")


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
        self._frames = self._container.decode(stream)
        first = next(self._frames, None)
        if first is None:
            raise AudioError("Its sound track is empty.")
        # Of a decoded frame: headers of AAC may name half the rate.
        self.sample_rate = first.sample_rate
        self.n_channels: int = len(first.layout.channels)
        self.format = self._container.format.name.partition(",")[0].upper()
        self._resampler = av.AudioResampler(
            format="fltp", layout=first.layout.name, rate=first.sample_rate
        )
        self._pieces = [self._samples(first)]
        self._n_held = len(self._pieces[0])
        self.promised: int | None = None
        if self._container.format.name.split(",")[0] in _WITH_LENGTH:
            if stream.duration is not None:
                seconds = float(stream.duration * stream.time_base)
            else:
                seconds = (self._container.duration or 0) / av.time_base
            self.promised = round(seconds * self.sample_rate)

    def _samples(self, frame: Any) -> np.ndarray:
        frames = [part.to_ndarray().T for part in self._resampler.resample(frame)]
        return np.concatenate(frames)  # (n_frames, n_channels)

    def read(self, n_frames: int) -> np.ndarray:
        """Decode so many frames, fewer at the end; see `Sound`."""
        while self._n_held < n_frames:
            try:
                frame = next(self._frames, None)
            except self._failure as error:
                if not self._n_held:
                    raise
                self.notes = (f"Decoding stopped at damage ({error.strerror}).",)
                frame = None
            if frame is None:
                break
            self._pieces.append(self._samples(frame))
            self._n_held += len(self._pieces[-1])
        held = np.concatenate(self._pieces)
        self._pieces = [held[n_frames:]]
        self._n_held = len(self._pieces[0])
        return held[:n_frames]

    def close(self) -> None:
        """Close the file."""
        self._container.close()
        self._file.close()


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
    """
    import av

    # Tags of old files are no UTF-8, which PyAV would not open at all.
    return av.open(file, metadata_errors="surrogateescape")
