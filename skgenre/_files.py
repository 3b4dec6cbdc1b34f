"""Files that are there whole, or as they were before.

A file is written under another name and gets its own in one step::

    NAME.skgenre.part ─── complete ──► NAME
       └ left by a run that was killed: the next run of NAME writes it anew

Who writes holds a lock on it, which the system lets go of when a process dies, so that
what was left behind is told from what another run is writing.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape as glob_escape
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

# Of a name, so that an ending has room within what file systems allow, 255 bytes.
_MOST_BYTES = 200


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that is there whole, or as it was before.

    Parameters
    ----------
    path : Path
        Where.
    content : bytes
        What.
    """
    try:
        with unfinished(path) as (part, file):
            file.write(content)
            file.flush()
            let_go(file)
            part.replace(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise type(error)(
            error.errno, f"{str(path)!r} could not be written: {reason}"
        ) from error


@contextmanager
def unfinished(path: Path) -> Iterator[tuple[Path, BinaryIO]]:
    """Open a file that is to be given the name `path`; gone if it does not get it.

    Parameters
    ----------
    path : Path
        The name.

    Yields
    ------
    part : Path
        What it is called meanwhile, in the same folder.
    file : file opened for writing bytes
        To be let go of before it is renamed, see `let_go`.
    """
    part, file = _new_file(path)
    try:
        yield part, file
    finally:
        _remove_own(part, file)


def let_go(file: BinaryIO) -> None:
    """Close a file where nothing that is open can be renamed, on Windows.

    Elsewhere it is held until it has its name, or it could be taken for abandoned.

    Parameters
    ----------
    file : file
        Of `unfinished`.
    """
    if os.name == "nt":
        file.close()


def remove_abandoned(path: Path) -> None:
    """Remove whatever runs left behind that were killed while they wrote `path`.

    `unfinished` does so with what it meets under the usual name. This one looks
    through the folder, also for those of runs that wrote the same file side by side.

    Parameters
    ----------
    path : Path
        The name.
    """
    for part in path.parent.glob(f"{glob_escape(_short(path.name))}.*.part"):
        _remove_if_abandoned(part)


def _new_file(path: Path) -> tuple[Path, BinaryIO]:
    """Open a file that waits for its name, and hold it against `remove_abandoned`."""
    for part in _names(path):
        # Never one that is there: where file systems know no locks, two runs do not
        # write into each other's either.
        with suppress(FileExistsError):
            file = part.open("xb")
            _hold(file)
            # Another run may have taken it for abandoned before it was held.
            if _is_at(file, part):
                return part, file
            file.close()
    raise FileExistsError(path)  # there are always more names


def _names(path: Path) -> Iterator[Path]:
    """Names for an unfinished file, from the usual one on."""
    usual = path.with_name(f"{_short(path.name)}.skgenre.part")
    # Without locks nobody can tell whose it is.
    if os.name != "nt":
        yield usual
        if _remove_if_abandoned(usual):
            yield usual
    while True:
        yield path.with_name(f"{_short(path.name)}.{uuid4().hex}.part")


def _remove_own(part: Path, file: BinaryIO) -> None:
    """Remove an unfinished file, unless it has got its name."""
    if os.name == "nt":
        # Nothing that is open is removed there, and no other run has this name.
        with suppress(OSError):
            file.close()
        part.unlink(missing_ok=True)
        return
    # Another run may write under this name by now.
    if _is_at(file, part):
        part.unlink(missing_ok=True)
    # Closing writes what is left to write, for which there may be no room.
    with suppress(OSError):
        file.close()


def _remove_if_abandoned(part: Path) -> bool:
    """Remove an unfinished file that nobody writes; whether it is gone."""
    try:
        with part.open("r+b") as file:
            if not _hold(file, wait=False):
                return False
            # Windows lets nobody remove what is open, and who writes has it open.
            if os.name != "nt" and _is_at(file, part):
                part.unlink()
        if os.name == "nt":
            part.unlink(missing_ok=True)
    except FileNotFoundError:
        return True
    except OSError:
        # Another's.
        return False
    return True


def _is_at(file: BinaryIO, path: Path) -> bool:
    """Whether a name is that of this open file."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except OSError:
        return False


def _hold(file: BinaryIO, *, wait: bool = True) -> bool:
    """Lock a file until it is closed, or this process dies; False if another has it."""
    try:
        import fcntl
    except ImportError:
        # There are no such locks on Windows.
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError:
        # A file system without locks: nothing can be told.
        return wait
    return True


def _short(name: str) -> str:
    """Leave room for an ending."""
    return os.fsencode(name)[:_MOST_BYTES].decode(errors="ignore")
