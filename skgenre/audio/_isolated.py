"""A file that is decoded in a process of its own, which may crash or hang alone.

::

    IsolatedSound ── ("open", song), ("read", n), ("skip", n), ("close",) ─► child
                  ◄── what a Sound knows, frames, or the error ────────────  Sound

A child serves one thread, file after file, and ends with its parent.
"""

import os
import pickle
import select
import struct
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import numpy as np

from skgenre.audio._errors import AudioError, error_of_song
from skgenre.audio._sound import Sound

# A child that says nothing for so long hangs; a block takes less than a second.
PATIENCE_SECONDS = 60.0
_LENGTH = struct.Struct("<Q")
_KNOWN = ("sample_rate", "n_channels", "format", "promised", "as_int16", "n_frames")


class IsolatedSound(Sound):
    """A file that another process decodes.

    Parameters
    ----------
    song : Path or bytes
        A file or its content.

    Attributes
    ----------
    n_frames : int or None
        How many frames the file says it has.
    """

    n_frames: int | None

    def __init__(self, song: Path | bytes) -> None:
        # Where it stands here: a child does not follow when this process moves.
        whole = song.absolute() if isinstance(song, Path) else song
        known = _ask("open", whole)
        for name in _KNOWN:
            setattr(self, name, known[name])

    def read(self, n_frames: int) -> np.ndarray:
        """Decode so many frames, fewer at the end; see `Sound`."""
        frames, self.notes = _ask("read", n_frames)
        return frames

    def skip(self, n_frames: int) -> int:
        """Pass over so many frames; see `Sound`."""
        return _ask("skip", n_frames)

    def close(self) -> None:
        """Close the file."""
        child = getattr(_OWN, "child", None)
        # One that crashed has closed everything.
        if child is not None and child.is_alive:
            _ask("close")


class _Child:
    """The process that decodes for one thread."""

    def __init__(self) -> None:
        # Not a fork, nor a multiprocessing one: scripts need no main guard for it, and
        # it imports little.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "skgenre.audio._isolated"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        self._requests: Any = self._process.stdin
        self._answers: Any = self._process.stdout
        self.process_id = os.getpid()

    def __del__(self) -> None:
        # The thread is over. Another process' child is not ours to end.
        if self.process_id == os.getpid() and self.is_alive:
            self.end()

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, request: tuple) -> Any:
        """Send a request; give the answer."""
        try:
            _send(self._requests, request)
            if not _has_more(self._answers):
                self.end()
                raise AudioError(
                    f"Its decoder did not answer for {PATIENCE_SECONDS:g} s, and was "
                    "stopped. Convert the file, or leave it out."
                )
            return _receive(self._answers)
        except (EOFError, OSError) as error:
            raise self.crash() from error

    def crash(self) -> AudioError:
        """Say how the process ended; clean up."""
        code = self._process.wait()
        self.end()
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        return AudioError(
            f"Its decoder crashed ({how}). Convert the file, or leave it out."
        )

    def end(self) -> None:
        """Stop the process, unless it has ended."""
        self._process.kill()
        self._process.wait()
        self._answers.close()
        with suppress(OSError):  # of a request that nobody took
            self._requests.close()


_OWN = threading.local()


def _ask(*request: Any) -> Any:
    """Let this thread's child do something; raise what it raises."""
    child: _Child | None = getattr(_OWN, "child", None)
    # A fork shares its parent's pipes, in which answers would be mixed up.
    if child is None or child.process_id != os.getpid():
        child = _OWN.child = _Child()
    elif not child.is_alive:
        crash = child.crash()
        if request[0] != "open":
            raise crash
        child = _OWN.child = _Child()
    answer = child.ask(request)
    if isinstance(answer, BaseException):
        raise answer
    return answer


def _has_more(stream: IO[bytes]) -> bool:
    if os.name == "nt":  # where pipes cannot be waited for
        return True
    return bool(select.select([stream], [], [], PATIENCE_SECONDS)[0])


def _send(stream: IO[bytes], message: Any) -> None:
    content = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(_LENGTH.pack(len(content)))
    stream.write(content)
    stream.flush()


def _receive(stream: IO[bytes]) -> Any:
    return pickle.loads(_exactly(stream, _LENGTH.unpack(_exactly(stream, 8))[0]))


def _exactly(stream: IO[bytes], n_bytes: int) -> bytes:
    content = stream.read(n_bytes)
    if len(content) < n_bytes:
        raise EOFError
    return content


# -- the child ------------------------------------------------------------------------


def serve() -> None:
    """Decode for the process at the other end of the pipes, until it ends."""
    requests = sys.stdin.buffer
    answers = os.fdopen(os.dup(1), "wb")
    # libsndfile itself prints of some damaged files.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    opened_here: list[Any] = []
    while True:
        try:
            request = _receive(requests)
        except EOFError:
            return
        try:
            answer = _answered(opened_here, *request)
        except Exception as error:
            answer = error_of_song(error)
        _send(answers, answer)


def _answered(opened_here: list[Any], what: str, *arguments: Any) -> Any:
    from skgenre.audio._file import opened

    if what in ("open", "close"):
        for context, _ in opened_here:
            context.__exit__(None, None, None)
        opened_here.clear()
        if what == "close":
            return None
        context = opened(*arguments)
        sound = context.__enter__()
        opened_here.append((context, sound))
        return {name: getattr(sound, name, None) for name in _KNOWN}
    context, sound = opened_here[0]
    if what == "skip":
        return sound.skip(*arguments)
    try:
        return np.array(sound.read(*arguments)), sound.notes
    except Exception as error:
        # Says what decoders' own errors mean.
        opened_here.clear()
        context.__exit__(type(error), error, error.__traceback__)
        raise


if __name__ == "__main__":
    serve()
