"""What the mp3 decoder prints on its own is held back while it works."""

import os
import re
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

# What mpg123 says of damaged files, such as "Note: Trying to resync...". It writes to
# the standard error itself, whatever Python's sys.stderr is.
_CHATTER = re.compile(
    rb"\s*$|\[\S*libmpg123\S*\] "
    rb"|(Note|Warning|Error): .*(MPEG|[Rr]esync|in input|Xing|VBR|[Hh]eader|stream"
    rb"|track|[Ff]rank|reservoir|frame|seek|gapless|LAME|ID3|tag|Junk|BMP|RIFF)"
)


class _HeldBack:
    """The standard error of this process, held back while anybody is decoding."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._n_inside = 0
        self._kept = -1
        self._held: BinaryIO | None = None

    def enter(self) -> None:
        with self._lock:
            if self._n_inside == 0:
                self._hold()
            self._n_inside += 1

    def leave(self) -> None:
        with self._lock:
            self._n_inside -= 1
            if self._n_inside == 0 and self._held is not None:
                self._let_go(self._held)

    def _hold(self) -> None:
        try:
            self._kept = os.dup(2)
        except OSError:  # there is no standard error
            return
        self._held = _unnamed_file()
        os.dup2(self._held.fileno(), 2)

    def _let_go(self, held: BinaryIO) -> None:
        os.dup2(self._kept, 2)
        os.close(self._kept)
        self._held = None
        with held:
            # Moving the file's position moves that of no descriptor 2: it is back.
            held.seek(0)
            for line in held.read().splitlines(keepends=True):
                # What other threads had to say in the meantime.
                if not _CHATTER.match(line):
                    os.write(2, line)


def _unnamed_file() -> BinaryIO:
    if hasattr(os, "memfd_create"):  # ten times faster than a file on disk
        return os.fdopen(os.memfd_create("stderr"), "w+b")
    return tempfile.TemporaryFile()


_HELD_BACK = _HeldBack()


@contextmanager
def without_chatter() -> Iterator[None]:
    """Hold back what the mp3 decoder writes to file descriptor 2.

    Threads may be inside at once; what else they or others write there is passed on
    when the last has left.

    Yields
    ------
    None
    """
    _HELD_BACK.enter()
    try:
        yield
    finally:
        _HELD_BACK.leave()
