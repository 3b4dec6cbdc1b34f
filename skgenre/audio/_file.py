"""One audio file, opened by the decoder that knows its format."""

import io
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np

from skgenre.audio._errors import AudioError
from skgenre.audio._mp3 import ToItsEnd, length_header, looks_like_mp3
from skgenre.audio._quiet import without_chatter, without_prints
from skgenre.audio._signatures import needs_av, what_it_is
from skgenre.audio._sound import Sound

_HEAD_BYTES = 64
_SDS = b"\xf0\x7e"  # of MIDI: samples for all devices
# A pipe to which nobody writes would let us wait for ever.
_READ_ONLY = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
# Pipes write such lengths into wav headers, as they do not know better.
_NO_LENGTH = 0x7FFF0000
# How libsndfile's log names the size of the samples in wav, aiff and au.
_CUT_OFF = re.compile(r"(?:data|SSND|Data Size)\s*: (\d+) \(should be (\d+)\)")
# More of a headerless mp3 than what may stand behind its last frame.
_REST = 0.02


class SndfileSound(Sound):
    """A file that libsndfile decodes.

    Parameters
    ----------
    song : Path or bytes
        A file or its content.
    is_mp3 : bool
        Whether it looks like one, so that mpg123 may be at work.
    is_sds : bool
        Whether it looks like one, of which libsndfile prints what is damaged.
    may_be_cut_off : bool
        Whether libsndfile's log is to be read, which tells.
    """

    def __init__(
        self, song: Path | bytes, *, is_mp3: bool, is_sds: bool, may_be_cut_off: bool
    ) -> None:
        # What is printed of damaged files of these two is held back; of others there
        # is nothing.
        self._quiet: Any = nullcontext
        if is_mp3 or is_sds:
            self._quiet = without_chatter if is_mp3 else without_prints
        self._to_its_end: ToItsEnd | None = None
        self._buffer: np.ndarray | None = None
        try:
            with self._quiet():
                self._file = _sequential()(self._source(song, is_mp3=is_mp3))
        except BaseException:
            if self._to_its_end is not None:
                self._to_its_end.close()
            raise
        self._is_mp3 = self._file.format == "MP3"
        self.sample_rate: int = self._file.samplerate
        self.n_channels: int = self._file.channels
        self.format: str = self._file.format
        # Ten times faster than letting libsndfile convert; same bits.
        self.as_int16: bool = (
            self._file.format in ("WAV", "WAVEX") and self._file.subtype == "PCM_16"
        )
        self.promised = self._promised(may_be_cut_off)

    def _source(self, song: Path | bytes, *, is_mp3: bool) -> Any:
        if is_mp3:
            file = io.BytesIO(song) if isinstance(song, bytes) else song.open("rb")
            try:
                header = length_header(file)
                if header is None or not header.is_whole:
                    file.seek(0)
                    hidden = None if header is None else header.position
                    self._to_its_end = ToItsEnd(file, hidden=hidden)
                    return self._to_its_end
            finally:
                if self._to_its_end is None:
                    file.close()
        if isinstance(song, bytes):
            return io.BytesIO(song)
        # On POSIX a name need not be UTF-8, which soundfile takes for granted.
        return str(song) if os.name == "nt" else os.fsencode(song)

    def _promised(self, may_be_cut_off: bool) -> int | None:
        if self._to_its_end is not None:
            return None
        n_frames: int = self._file.frames
        if not may_be_cut_off:
            return n_frames
        log = self._file.extra_info
        if "lacks an end-of-stream bit" in log:
            self.notes = (
                "The file is cut off: its end is missing, and with it the song's. "
                "Fetch it again.",
            )
        cut_off = _CUT_OFF.search(log)
        if cut_off is None:
            return n_frames
        promised, given = map(int, cut_off.groups())
        if promised >= _NO_LENGTH or given <= 0:
            return n_frames
        return max(n_frames, round(n_frames * promised / given))

    @property
    def n_frames(self) -> int | None:
        """How many frames the file says it has."""
        return None if self._to_its_end is not None else self._file.frames

    def read(self, n_frames: int) -> np.ndarray:
        """Decode so many frames, fewer at the end; see `Sound`."""
        if not self._is_mp3:
            dtype = "int16" if self.as_int16 else "float32"
            with self._quiet():
                return self._file.read(n_frames, dtype=dtype, always_2d=True)
        # One array for all blocks: new memory costs more than to fill it.
        if self._buffer is None or len(self._buffer) < n_frames:
            self._buffer = np.empty((n_frames, self._file.channels), np.float32)
        frames = self._buffer[:n_frames]
        frames.fill(np.nan)
        with self._quiet():
            try:
                return self._file.read(out=frames)
            except _sndfile_error():
                # The decoder gives up where no more frame comes: at what others hang
                # behind the music, at a half frame, or at damage. What it has
                # decoded before is there all the same.
                n_decoded = int(np.isnan(frames[:, 0]).argmax())
                if n_decoded == 0 and self._file.tell() == 0:
                    raise
                self._note_rest()
                return frames[:n_decoded]

    def _note_rest(self) -> None:
        if self._to_its_end is not None and (left := self._to_its_end.left()) > _REST:
            self.notes = (
                f"Decoding stopped with {100 * left:.0f} % of the file left, which is "
                "damaged or no music. Fetch it again if it should be longer.",
            )

    def skip(self, n_frames: int) -> int:
        """Pass over so many frames, if need be by reading them; see `Sound`."""
        # Some wav formats cannot seek. A frame of mp3 needs those before it, of which
        # the decoder reads too few where it is told to seek, so that it is read all.
        if not self._is_mp3:
            try:
                with self._quiet():
                    self._file.seek(n_frames, os.SEEK_CUR)
            except _sndfile_error():
                pass
            else:
                return n_frames
        return super().skip(n_frames)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        if self._to_its_end is not None:
            self._to_its_end.close()


@contextmanager
def opened(song: Path | bytes) -> Iterator[Any]:
    """Open a file with the decoder that knows it.

    Parameters
    ----------
    song : Path or bytes
        A file or its content.

    Yields
    ------
    Sound
        To be read from.

    Raises
    ------
    AudioError
        If no decoder knows it, or one stops at damage; the real reason is said.
    """
    head, size = _head(song)
    try:
        with _decoder(song, head, size) as sound:
            yield sound
    except _sndfile_error() as error:
        if isinstance(song, bytes) and _names_a_file(song):
            raise AudioError(
                "It is a path as bytes, which are taken for a file's content. Give "
                "os.fsdecode(path)."
            ) from error
        raise _undecodable(error.error_string.strip(" ."), head) from error
    except OSError as error:
        raise _unreadable(error) from error


def _decoder(song: Path | bytes, head: bytes, size: int) -> Any:
    if isinstance(song, Path) and song.suffix.lower() == ".raw":
        raise AudioError(
            "Its name ends in .raw, as that of samples without a header does, which "
            "say neither their rate nor their kind. Name it .wav if it has a header; "
            "else read it with soundfile.read(path, samplerate=..., channels=1, "
            "subtype='PCM_16') and give (samples, rate)."
        )
    # libsndfile goes by the name, too, where the content tells it nothing.
    is_mp3 = looks_like_mp3(head) or (
        isinstance(song, Path) and song.suffix.lower() in (".mp3", ".mp2", ".mpga")
    )
    try:
        return SndfileSound(
            song,
            is_mp3=is_mp3,
            is_sds=head.startswith(_SDS),
            may_be_cut_off=_may_be_cut_off(head, size),
        )
    except _sndfile_error() as error:
        if reason := what_it_is(head, size):
            raise AudioError(f"It cannot be decoded as audio: {reason}.") from error
        sound = _av_sound(song)
        if sound is None:
            raise
        return sound


def _may_be_cut_off(head: bytes, size: int) -> bool:
    """Whether a file could be shorter than its first bytes say."""
    if head.startswith((b"RIFF", b"FORM")):
        order: Literal["little", "big"] = "little" if head[0] == ord("R") else "big"
        return size < 8 + int.from_bytes(head[4:8], order)
    return head.startswith((b"OggS", b".snd", b"RIFX", b"dns."))


def _av_sound(song: Path | bytes) -> Any:
    """Open a file with PyAV, if that is there and knows it."""
    try:
        import av
    except ModuleNotFoundError:
        return None
    from skgenre.audio._av import AvSound

    try:
        return AvSound(song)
    except av.error.FFmpegError:
        return None


def _undecodable(reason: str, head: bytes) -> AudioError:
    if (name := needs_av(head)) and not _has_av():
        return AudioError(
            f"It cannot be decoded as audio: it is {name}, which needs PyAV. Install "
            'it with: pip install "skgenre[av]"'
        )
    return AudioError(
        f"It cannot be decoded as audio ({reason}). Expected wav, flac, ogg, mp3 or "
        'another format that soundfile reads, or m4a, wma and video with "skgenre[av]"'
        "; convert others, for example with ffmpeg."
    )


def _names_a_file(content: bytes) -> bool:
    # Longer ones are names nowhere, and a name holds no zero byte.
    return len(content) < 4096 and b"\0" not in content and os.path.exists(content)  # noqa: PTH110


def _has_av() -> bool:
    import importlib.util

    return importlib.util.find_spec("av") is not None


def _head(song: Path | bytes) -> tuple[bytes, int]:
    """First bytes and size of what is to be decoded."""
    if isinstance(song, bytes):
        return song[:_HEAD_BYTES], len(song)
    try:
        # Plain system calls: a file object would cost as much as a short song.
        descriptor = os.open(song, _READ_ONLY)
        try:
            status = os.fstat(descriptor)
            if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
                raise AudioError(
                    "It is a pipe or a device, but expected a file. Give the bytes "
                    "that come from it: sys.stdin.buffer.read()."
                )
            return os.read(descriptor, _HEAD_BYTES), status.st_size
        finally:
            os.close(descriptor)
    except (IsADirectoryError, PermissionError) as error:
        # Windows calls it a lack of permission to open a folder.
        if not song.is_dir():
            raise _unreadable(error) from error
        raise AudioError(
            "It is a directory, expected an audio file. "
            "skgenre.datasets.load_songs(folder) lists the songs of a folder."
        ) from error
    except FileNotFoundError:
        raise AudioError("There is no such file.") from None
    except AudioError:
        raise
    except ValueError as error:  # a name with a zero byte in it
        raise AudioError(f"It is no name of a file ({error}).") from None
    except OSError as error:
        raise _unreadable(error) from error


def _unreadable(error: OSError) -> AudioError:
    return AudioError(f"It cannot be read ({error.strerror or error}).")


@cache
def _sequential() -> Any:
    import soundfile

    class Sequential(soundfile.SoundFile):
        """A file that is not told to seek to where it is after every block.

        For mp3 that would decode the file's beginning again.
        """

        def seekable(self) -> bool:
            return False

    return Sequential


@cache
def _sndfile_error() -> Any:
    import soundfile

    return soundfile.LibsndfileError
