"""A file that is decoded in a process of its own, which may crash or hang alone.

::

    IsolatedSound ── ("open", song), ("read", n), ("skip", n), ("close",) ─► child
                  ◄── what a Sound knows, frames, or the error ────────────  Sound
    isolated_artist_tag ── ("artist", path) ───────────────────────────────► child

A child serves one file at a time and the next file of whoever is next. It ends when its
parent does, however that ends, and when nobody wants it for a while.
"""

import os
import pickle
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import numpy as np

from skgenre.audio._errors import AudioError, error_of_song
from skgenre.audio._sound import Sound, frames_at_once

# A child that says nothing for so long hangs; a block takes less than a second.
PATIENCE_SECONDS = 60.0
# So long a child waits for the next file.
IDLE_SECONDS = 30.0
# Its parent has given up by then; where pipes cannot be waited for, this is all.
_GRACE_SECONDS = 5.0
_WATCH_SECONDS = 1.0
# Exit code of a child that found itself to hang.
_HANGS = 75
_LENGTH = struct.Struct("<Q")
_KNOWN = (
    "sample_rate",
    "n_channels",
    "format",
    "promised",
    "as_int16",
    "n_frames",
    "notes",
)
# Frames of a stereo file that are passed over at one request, within our patience.
_SKIPPED_AT_ONCE = 2**22


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
        self._child, known = _asked("open", whole)
        for name in _KNOWN:
            setattr(self, name, known[name])

    def read(self, n_frames: int) -> np.ndarray:
        """Decode so many frames, fewer at the end; see `Sound`."""
        frames, self.notes = self._child.ask("read", n_frames)
        return frames

    def skip(self, n_frames: int) -> int:
        """Pass over so many frames; see `Sound`."""
        skipped = 0
        most = frames_at_once(_SKIPPED_AT_ONCE, self.n_channels)
        while skipped < n_frames:
            wanted = min(n_frames - skipped, most)
            n_passed = self._child.ask("skip", wanted)
            skipped += n_passed
            if n_passed < wanted:
                break
        return skipped

    def close(self) -> None:
        """Close the file; the child is there for the next."""
        child, self._child = self._child, _CLOSED
        if child is not _CLOSED:
            _give_back(child)


class _Closed:
    """What serves a file that was closed."""

    def ask(self, *request: Any) -> Any:
        """Refuse."""
        raise AudioError(f"Got {request[0]!r} of a file that was closed. Open it anew.")


_CLOSED: Any = _Closed()


class _Child:
    """A process that decodes one file after the other."""

    def __init__(self) -> None:
        # Not a fork, nor a multiprocessing one: scripts need no main guard for it, and
        # it imports little. -P: what lies in the working directory is no module.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "skgenre.audio._isolated"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": _import_path()},
            # Ctrl+C in a terminal is for this process, which ends the child.
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._requests: Any = self._process.stdin
        self._answers: Any = self._process.stdout
        self._parent = os.getpid()

    @property
    def is_usable(self) -> bool:
        """Whether it can be asked. Another process' child is not ours."""
        return self._parent == os.getpid() and self._process.poll() is None

    def ask(self, *request: Any) -> Any:
        """Send a request; give the answer, or raise what the child raised."""
        if self._parent != os.getpid():
            raise AudioError(
                "It was opened before this process was forked, and cannot be read in "
                "both. Read songs in one of them."
            )
        try:
            _send(self._requests, request)
            has_answered = _has_more(self._answers)
            answer = _receive(self._answers) if has_answered else None
        except (EOFError, OSError, ValueError) as error:
            raise self._crash() from error
        except BaseException:
            # Interrupted: what comes next would be the answer to this request.
            self.end()
            raise
        if not has_answered:
            self.end()
            raise AudioError(_hung())
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def _crash(self) -> "_Crash":
        """Say how the process ended; clean up."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=_GRACE_SECONDS)
        self.end()
        code = self._process.returncode
        if code == _HANGS:
            return _Crash(_hung())
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        return _Crash(
            f"Its decoder crashed ({how}). Convert the file, or leave it out."
        )

    def end(self) -> None:
        """Stop the process, unless it has ended."""
        if self._parent != os.getpid():
            return
        self._process.kill()
        self._process.wait()
        self._answers.close()
        with suppress(OSError):  # of a request that nobody took
            self._requests.close()


class _Crash(AudioError):
    """The child is gone."""

    def __reduce__(self) -> tuple:
        return AudioError, self.args


def _hung() -> str:
    return (
        f"Its decoder did not answer for {PATIENCE_SECONDS:g} s, and was stopped. "
        "Convert the file, or leave it out."
    )


def _import_path() -> str:
    return os.pathsep.join(map(str, filter(None, sys.path)))


# Children without a file. Taken and given back whole, so that threads need no lock.
_FREE: list[_Child] = []
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_FREE.clear)


def isolated_artist_tag(path: Path) -> str | None:
    """Read the artist's name out of a file, as `artist_tag`, in another process.

    Parameters
    ----------
    path : Path
        A file of sound.

    Returns
    -------
    str or None
        None, too, where reading crashes or hangs: what decodes the song says so.
    """
    try:
        child, name = _asked("artist", path.absolute())
    except AudioError:
        return None
    _give_back(child)
    return name


def _asked(*request: Any) -> tuple[_Child, Any]:
    """Let a child answer that serves nobody else until it is given back."""
    with suppress(IndexError):
        while True:
            child = _FREE.pop()
            if not child.is_usable:
                child.end()
                continue
            try:
                return child, _first_answer(child, *request)
            except _Crash:
                # It may have ended before, as nobody wanted it.
                break
    child = _Child()
    return child, _first_answer(child, *request)


def _first_answer(child: _Child, *request: Any) -> Any:
    try:
        return child.ask(*request)
    except AudioError:
        if child.is_usable:
            _FREE.append(child)
        raise
    except BaseException:
        child.end()
        raise


def _give_back(child: _Child) -> None:
    if not child.is_usable:
        child.end()
        return
    try:
        child.ask("close")
    except AudioError:
        child.end()
        return
    _FREE.append(child)
    # Those that have ended meanwhile are to leave no trace, one at a time.
    with suppress(IndexError):
        oldest = _FREE.pop(0)
        if oldest.is_usable:
            _FREE.append(oldest)
        else:
            oldest.end()


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
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests = sys.stdin.buffer
    watch = _Watch()
    answers = os.fdopen(os.dup(1), "wb")
    # libsndfile itself prints of some damaged files.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    opened_here: list[Any] = []
    while True:
        watch.waits(IDLE_SECONDS if not opened_here else None)
        try:
            request = _receive(requests)
        except EOFError:
            return
        watch.waits(PATIENCE_SECONDS + _GRACE_SECONDS)
        try:
            answer = _answered(opened_here, *request)
        except Exception as error:
            answer = error_of_song(error)
        try:
            _send(answers, answer)
        except BrokenPipeError:
            return


class _Watch:
    """A thread that ends the child: with its parent, or after so long a wait.

    A pipe's end alone would not do. A decoder that hangs reads none, and a fork of the
    parent keeps the other end open.
    """

    def __init__(self) -> None:
        self._parent = os.getppid()
        self._until: float | None = None
        threading.Thread(target=self._watch, daemon=True).start()

    def waits(self, seconds: float | None) -> None:
        """Set how long may pass from now on to the next call; for ever if None."""
        self._until = None if seconds is None else time.monotonic() + seconds

    def _watch(self) -> None:
        while True:
            time.sleep(_WATCH_SECONDS)
            until = self._until
            if until is not None and time.monotonic() > until:
                os._exit(_HANGS)
            if os.name != "nt" and os.getppid() != self._parent:
                os._exit(0)


def _answered(opened_here: list[Any], what: str, *arguments: Any) -> Any:
    from skgenre.audio._file import opened
    from skgenre.audio._tags import artist_tag

    if what == "artist":
        return artist_tag(*arguments)
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
