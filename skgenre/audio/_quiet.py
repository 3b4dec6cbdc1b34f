"""What compiled libraries print on their own is held back while they work."""

import os
import re
import tempfile
import threading
from collections.abc import Iterator
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


class _HeldBack:
    """The standard error of this process, held back while anybody is decoding."""

    def __init__(self) -> None:
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
        try:
            self._kept = os.dup(2)
        except OSError:  # there is no standard error
            self._kept = None
            return
        if self._held is None:
            # Stays for the next time.
            self._held = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115
        os.dup2(self._held.fileno(), 2)

    def _let_go(self, kept: int) -> None:
        os.dup2(kept, 2)
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
            if not _CHATTER.match(line):
                os.write(2, line)

    def after_fork(self) -> None:
        """Start anew in a child, in which no other thread of the parent goes on."""
        if self._kept is not None:
            os.dup2(self._kept, 2)
            os.close(self._kept)
        self._held = None  # the parent's
        self._begin()


_HELD_BACK = _HeldBack()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_HELD_BACK.after_fork)


@contextmanager
def without_chatter() -> Iterator[None]:
    """Hold back what libraries write to file descriptor 2.

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
