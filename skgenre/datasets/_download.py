"""Download a file for pooch, going on where an earlier download was cut off."""

import http.client
import os
import re
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tqdm import tqdm

_CHUNK = 2**20
# Statuses by which a server says that it is busy.
_BUSY = (429, 500, 502, 503, 504)
_RANGE = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)")


class ResumingDownloader:
    """What pooch calls to download a file; pooch itself starts anew each time.

    Parameters
    ----------
    part : Path
        Where the file grows. It stays there if the download is cut off or interrupted,
        and the next one asks the server for the rest alone.
    attempts : int, default=4
        How often to ask in vain before giving up.
    pause : float, default=1.0
        Seconds before the next time; twice as long for each time in vain.
    """

    def __init__(self, part: Path, *, attempts: int = 4, pause: float = 1.0) -> None:
        self.part = part
        self.attempts = attempts
        self.pause = pause

    def __call__(self, url: str, output_file: Any, pooch: Any) -> None:
        """Download, and put the whole file where pooch wants it to check it."""
        del pooch  # what pooch hands over; there is nothing to ask it
        reason: object = "the connection was cut off"
        most, failures = self._size(), 0
        while failures < self.attempts:
            try:
                if self._get_rest(url):
                    os.replace(self.part, output_file)  # noqa: PTH105
                    return
            except urllib.error.HTTPError as error:
                error.close()  # an error that holds a connection
                if error.code not in _BUSY:
                    raise OSError(
                        f"Got {error.code} ({error.reason}) for {url}, but expected a "
                        "file. It may have moved: download it by hand."
                    ) from error
                reason = error
            except (OSError, http.client.HTTPException) as error:
                reason = error
            # Whoever gets on may ask as often as it takes.
            failures = 0 if self._size() > most else failures + 1
            most = max(most, self._size())
            if failures < self.attempts:
                time.sleep(self.pause * 2**failures)
        raise ConnectionError(
            f"Got {self._size():,} bytes of {url}, but expected more ({reason}). They "
            f"are kept in {str(self.part)!r}: call again to fetch the rest."
        )

    def _size(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0

    def _get_rest(self, url: str) -> bool:
        """Ask for what is missing; return whether the file is whole now."""
        have = self._size()
        headers = {"User-Agent": "skgenre"}
        if have:
            headers["Range"] = f"bytes={have}-"
        request = urllib.request.Request(url, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return self._is_whole(response, have, url)
        except urllib.error.HTTPError as error:
            if error.code != 416:
                raise
            error.close()
            # Nothing follows: it was whole, or is of another version of the file.
            _, total = _range(error.headers)
            if total == have:
                return True
            self.part.unlink()
            return False

    def _is_whole(self, response: Any, have: int, url: str) -> bool:
        """Write what comes; return whether that is all of it."""
        if response.status == 206:
            start, total = _range(response.headers)
            if start != have:
                self.part.unlink()  # not what was asked for: from the beginning, then
                return False
        else:
            # The server gives it all, whatever is here.
            have, total = 0, _length(response.headers)
        with (
            self.part.open("ab" if have else "wb") as file,
            tqdm(
                total=total,
                initial=have,
                unit="B",
                unit_scale=True,
                desc=url.rpartition("/")[2],
                disable=not sys.stderr.isatty(),
            ) as bar,
        ):
            while chunk := response.read(_CHUNK):
                file.write(chunk)
                bar.update(len(chunk))
        return total is None or self._size() >= total


def _range(headers: Any) -> tuple[int | None, int | None]:
    """First byte of what the server gives, and the length of the whole."""
    found = _RANGE.match(headers.get("Content-Range", ""))
    if found is None:
        return None, None
    start, total = found.groups()
    return (
        None if start is None else int(start),
        None if total == "*" else int(total),
    )


def _length(headers: Any) -> int | None:
    length = headers.get("Content-Length")
    return None if length is None else int(length)
