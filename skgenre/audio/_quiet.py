"""What compiled libraries print on their own is held back while they work."""

import ctypes
import os
import re
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

# What mpg123 says of damaged files, such as "Note: Trying to resync...". It writes to
# the standard error itself, whatever Python's sys.stderr is; so does what runs TFLite,
# of how it will compute.
_CHATTER = re.compile(
    rb"\s*$|\[\S*libmpg123\S*\] "
    rb"|(Note|Warning|Error): .*(MPEG|[Rr]esync|in input|Xing|VBR|[Hh]eader|stream"
    rb"|track|[Ff]rank|reservoir|frame|seek|gapless|LAME|ID3|tag|Junk|BMP|RIFF)"
    rb"|INFO: .*delegate"
)
# What libsndfile prints of damaged SDS files, on the standard output, where tables go.
_PRINTED = re.compile(rb"(Error [A1] : [0-9A-F]{2}|Block \d+ : checksum is .*)\s*$")


def _flush_c() -> None:
    """Write what C has printed, which it keeps where nobody looks on."""
    if os.name != "nt":
        ctypes.CDLL(None).fflush(None)


class _HeldBack:
    """A standard stream of this process, held back while anybody is decoding."""

    def __init__(
        self,
        descriptor: int,
        chatter: re.Pattern[bytes],
        flush: Callable[[], None] = lambda: None,
    ) -> None:
        self._descriptor = descriptor
        self._chatter = chatter
        self._flush = flush
        self._held: Any = None  # the unnamed file that stands in for it
        self._begin()

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._n_inside = 0
        self._kept: int | None = None

    def enter(self) -> None:
        with self._lock:
            if self._n_inside == 0:
                self._hold()
            self._n_inside += 1

    def leave(self) -> None:
        with self._lock:
            self._n_inside -= 1
            if self._n_inside == 0 and self._kept is not None:
                self._let_go(self._kept)

    def _hold(self) -> None:
        self._flush()
        try:
            self._kept = os.dup(self._descriptor)
        except OSError:  # there is no such stream
            self._kept = None
            return
        if self._held is None:
            # Stays for the next time.
            self._held = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115
        os.dup2(self._held.fileno(), self._descriptor)

    def _let_go(self, kept: int) -> None:
        self._flush()
        os.dup2(kept, self._descriptor)
        os.close(kept)
        self._kept = None
        # Both descriptors had one position, so this tells what was written.
        if self._held.tell() == 0:
            return
        self._held.seek(0)
        written = self._held.read()
        self._held.seek(0)
        self._held.truncate()
        for line in written.splitlines(keepends=True):
            # What other threads had to say in the meantime.
            if not self._chatter.match(line):
                os.write(self._descriptor, line)

    def after_fork(self) -> None:
        """Start anew in a child, in which no other thread of the parent goes on."""
        if self._kept is not None:
            os.dup2(self._kept, self._descriptor)
            os.close(self._kept)
        self._held = None  # the parent's
        self._begin()


_STDERR = _HeldBack(2, _CHATTER)
_STDOUT = _HeldBack(1, _PRINTED, _flush_c)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_STDERR.after_fork)
    os.register_at_fork(after_in_child=_STDOUT.after_fork)


@contextmanager
def without_chatter() -> Iterator[None]:
    """Hold back what libraries write to file descriptor 2.

    Threads may be inside at once; what else they or others write there is passed on
    when the last has left.

    Yields
    ------
    None
    """
    _STDERR.enter()
    try:
        yield
    finally:
        _STDERR.leave()


@contextmanager
def without_prints() -> Iterator[None]:
    """Hold back what libsndfile prints on file descriptor 1, and nothing else.

    Yields
    ------
    None
        As for `without_chatter`.
    """
    _STDOUT.enter()
    try:
        yield
    finally:
        _STDOUT.leave()
