"""What is done of a table, song by song, so that a run that was stopped can go on.

Each line is JSON with a checksum of its own: a line that was cut off, or in which a bit
has changed, is none, and its song is judged again.
"""

import json
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from skgenre.prediction._verdicts import Verdict

_FORMAT = "skgenre verdicts, 3"
# Of each line.
_NAMES = {"song", "proba", "said", "windows", "events", "error", "note", "state"}


class Journal:
    """A file of lines beside the table, a song each; gone once the table is whole.

    Parameters
    ----------
    out : Path
        The table's file.
    key : str
        Tells apart what decides the verdicts: a journal of another is started anew.
    """

    def __init__(self, out: Path, *, key: str) -> None:
        self.path = out.with_name(f"{out.name}.journal")
        self._head = {"format": _FORMAT, "key": key}
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        self._file = self.path.open("ab+")
        _lock(self._file, self.path)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open_file.close()

    def read(self, states: Mapping[str, str]) -> dict[str, Verdict]:
        """Give the verdicts on songs that have not changed since.

        Parameters
        ----------
        states : mapping of str to str
            Of each song's name to what changes when the song does.

        Returns
        -------
        dict of str to Verdict
            By the name of the song.
        """
        rows = self._rows()
        if rows is None:
            self._start_anew()
            return {}
        # Of lines on one song the last holds.
        return {
            song: Verdict.from_json(row)
            for song, row in rows.items()
            if row["state"] == states.get(song)
        }

    def add(self, verdicts: Iterable[Verdict], states: Mapping[str, str]) -> None:
        """Note verdicts, so that they survive this process.

        Parameters
        ----------
        verdicts : iterable of Verdict
            Of songs that are done.
        states : mapping of str to str
            As the songs were before they were read.
        """
        lines = [
            _line({**verdict.to_json(), "state": states[verdict.song]})
            for verdict in verdicts
        ]
        self._open_file.write(b"".join(lines))
        self._open_file.flush()

    def remove(self) -> None:
        """Delete it: the table holds all that it held."""
        self.path.unlink(missing_ok=True)

    @property
    def _open_file(self) -> IO[bytes]:
        if self._file is None:
            raise ValueError("Got a journal that is not open. Use it in a with block.")
        return self._file

    def _rows(self) -> dict[str, dict[str, Any]] | None:
        """Rows by song; None if it is empty or of something else."""
        self._open_file.seek(0)
        head, *lines = self._open_file.read().split(b"\n")
        if head + b"\n" != _line(self._head):
            return None
        # A process that was killed may have left half a line, which the next lines
        # must not go on.
        if lines and lines[-1]:
            self._open_file.write(b"\n")
        rows = [row for line in lines if (row := _row_of(line)) is not None]
        return {row["song"]: row for row in rows}

    def _start_anew(self) -> None:
        self._open_file.seek(0)
        self._open_file.truncate()
        self._open_file.write(_line(self._head))
        self._open_file.flush()


def _line(row: dict[str, Any]) -> bytes:
    return _line_of_text(json.dumps(row).encode())


def _line_of_text(text: bytes) -> bytes:
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _row_of(line: bytes) -> dict[str, Any] | None:
    """None for what a killed process left of a line, and for a damaged one."""
    if line + b"\n" != _line_of_text(text := line[9:]):
        return None
    try:
        row = json.loads(text)
    except ValueError:
        return None
    return row if isinstance(row, dict) and row.keys() == _NAMES else None


def _lock(file: IO[bytes], path: Path) -> None:
    """See that no other run writes the same table."""
    try:
        import fcntl
    except ImportError:  # Windows keeps no such lock
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise BlockingIOError(
            f"Got {path.name!r} in use, but expected that no other run writes the same "
            "table. Wait for it to end, or give another file."
        ) from error
