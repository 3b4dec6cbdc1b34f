"""MP3 files: whether their header knows their length, and reading them to the end."""

import io
import os
from typing import Any, BinaryIO, NamedTuple

# Behind the side information of the first frame, by MPEG version 1 and mono.
_SIDE_INFO = {(True, False): 32, (True, True): 17, (False, False): 17, (False, True): 9}
# A frame's header and what may stand in it before the number of frames.
_FIRST_BYTES = 2**13
# What stands behind the music in many files, with pictures in it.
_END_TAGS = (b"APETAGEX", b"LYRICSBEGIN")
# A length that no file has, so that the decoder asks for all there is.
_ENDLESS = 2**40


def looks_like_mp3(head: bytes) -> bool:
    """Tell from its first bytes whether a file may be an MPEG audio stream.

    Parameters
    ----------
    head : bytes
        At least the first 3 bytes.

    Returns
    -------
    bool
        Whether there are an ID3 tag or a frame of layer I, II or III.
    """
    return head.startswith(b"ID3") or _is_frame(head)


def _is_frame(header: bytes) -> bool:
    if len(header) < 3 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return False
    # Version 1 and layer 0 are reserved (raw AAC has that layer).
    return bool(header[1] & 0x18 != 0x08 and header[1] & 0x06)


class LengthHeader(NamedTuple):
    """Where an mp3 says how many frames there are, and whether that is all of it."""

    position: int  # of its name, in bytes from the start of the file
    is_whole: bool  # False if more music follows, as where files were joined


def length_header(file: BinaryIO) -> LengthHeader | None:
    """Find what an mp3's first frame says of the number of frames.

    Without a header "Xing", "Info" or "VBRI" a decoder can only guess the length from
    the first frame's bit rate, and libsndfile stops at the guess.

    Parameters
    ----------
    file : binary file
        Read from its start.

    Returns
    -------
    LengthHeader or None
        None if there is none with a number of frames. Files of other formats know
        their lengths.
    """
    start = 0
    file.seek(0)
    head = file.read(10)
    while head.startswith(b"ID3") and len(head) == 10:
        # Four times seven bits, of the tag without its own header and footer.
        size = sum((byte & 0x7F) << 7 * (3 - i) for i, byte in enumerate(head[6:]))
        start += 10 + size + (10 if head[5] & 0x10 else 0)
        file.seek(start)
        head = file.read(10)
    frame = head + file.read(_FIRST_BYTES)
    # Zeros may fill a tag up. What starts otherwise is another format under this name,
    # or behind such a tag, and none of our business.
    first = len(frame) - len(frame.lstrip(b"\0"))
    if not _is_frame(frame[first:]):
        return LengthHeader(start, True)
    start += first
    frame = frame[first:]
    is_version_1, is_mono = frame[1] & 0x08 != 0, frame[3] & 0xC0 == 0xC0
    # With a checksum two bytes come between; writers disagree on whether they count.
    for gap in (4, 6):
        at = gap + _SIDE_INFO[is_version_1, is_mono]
        if frame[at : at + 4] in (b"Xing", b"Info"):
            if not frame[at + 7] & 1:
                return None
            return LengthHeader(start + at, not _goes_on(file, start, frame, at))
    return LengthHeader(start + 36, True) if frame[36:40] == b"VBRI" else None


def _goes_on(file: BinaryIO, start: int, frame: bytes, at: int) -> bool:
    """Whether a frame of the same kind follows where the header says the end is."""
    if not frame[at + 7] & 2:
        return False
    n_bytes = int.from_bytes(frame[at + 12 : at + 16], "big")
    file.seek(start + n_bytes)
    next_frame = file.read(4)
    # Version, layer and rate stay the same; bit rate and padding may differ.
    same = len(next_frame) == 4 and next_frame[1] & 0xFE == frame[1] & 0xFE
    return (
        n_bytes > 0
        and same
        and next_frame[0] == 0xFF
        and _rate(next_frame) == _rate(frame)
    )


def _rate(header: bytes) -> int:
    return header[2] & 0x0C


class ToItsEnd(io.RawIOBase):
    """A file that claims to be far longer than it is.

    libsndfile reads an mp3 without a length until the end that it guesses from the
    file's size. So this one is read until there is no more.

    Parameters
    ----------
    file : binary file
        The mp3.
    hidden : int, default=None
        Position of four bytes that are read as zeros: the name of a header that is
        wrong.
    """

    def __init__(self, file: Any, *, hidden: int | None = None) -> None:
        super().__init__()
        self._file = file
        self._hidden = range(0) if hidden is None else range(hidden, hidden + 4)
        self._behind: int | None = None  # where we stand, if behind the real end

    def readable(self) -> bool:
        """Whether it can be read."""
        return True

    def seekable(self) -> bool:
        """Whether it can be moved in."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read, which near the false end gives zeros: there is no tag at the end."""
        if self._behind is None:
            at = self._file.tell() if self._hidden else 0
            n_bytes = self._file.readinto(buffer)
            for position in self._hidden:
                if at <= position < at + n_bytes:
                    buffer[position - at : position - at + 1] = b"\0"
            return n_bytes
        n_bytes = max(0, min(len(buffer), _ENDLESS - self._behind))
        buffer[:n_bytes] = bytes(n_bytes)
        self._behind += n_bytes
        return n_bytes

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move, measured from the false end if from the end."""
        if whence == os.SEEK_END:
            offset += _ENDLESS
        elif whence == os.SEEK_CUR:
            offset += self.tell()
        self._behind = offset if offset >= _ENDLESS // 2 else None
        if self._behind is None:
            self._file.seek(offset)
        return offset

    def tell(self) -> int:
        """Where we stand."""
        return self._file.tell() if self._behind is None else self._behind

    def left(self) -> float:
        """Share of the real file that was not read, none if it is a tag."""
        at = self._file.tell()
        size = self._file.seek(0, os.SEEK_END)
        # The decoder looks about a thousand bytes further for music before it stops.
        self._file.seek(max(0, at - 2048))
        beyond = self._file.read(4096)
        if size == 0 or any(tag in beyond for tag in _END_TAGS):
            return 0.0
        return (size - at) / size

    def close(self) -> None:
        """Close the real file."""
        self._file.close()
        super().close()
