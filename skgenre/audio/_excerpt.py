"""A part of a file that stands for a song, from one second to another."""

import math
import os
from dataclasses import dataclass
from numbers import Real
from typing import Any

from skgenre.audio._errors import AudioError


@dataclass(frozen=True)
class Excerpt:
    """A part of a file: a song of its own, wherever songs are taken.

    It is no path, so that nothing takes it for one and reads the whole file. Starts of
    its windows are seconds of the file, so that they fit other labels of that file.
    Samples are those of the decoded file, from ``floor(start * rate)`` up to and
    without ``floor(end * rate)``, at the file's own rate: excerpts of which one starts
    where the other ends share no sample and leave out none.

    Parameters
    ----------
    path : str or Path
        The file. Kept as a str.
    start : float, default=0.0
        Where it begins, in seconds of the file.
    end : float, default=None
        Where it ends, in seconds of the file; with the file if None.

    Raises
    ------
    TypeError
        If the path is none, or times are no numbers. Times that are no part of the
        file are an error of this song, when it is read.

    See Also
    --------
    skgenre.datasets.load_table : Gives excerpts, where a table has starts and ends.

    Notes
    -----
    An mp3 is decoded from its beginning, as its frames need those before them: that
    takes a second or two for a start at half an hour. Convert long ones of which you
    take many excerpts to flac or wav, in which any start is at hand.

    Examples
    --------
    >>> from skgenre.audio import Excerpt
    >>> call = Excerpt("marsh.wav", start=3, end=8)
    >>> print(call)
    marsh.wav [3.0 to 8.0 s]
    >>> print(Excerpt("marsh.wav", start=60))
    marsh.wav [from 60.0 s]
    """

    path: str
    start: float = 0.0
    end: float | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.path, str | os.PathLike):
            raise TypeError(f"Got path={self.path!r}, but expected the path of a file.")
        # A frozen dataclass is written to like this; it is what dataclasses do.
        object.__setattr__(self, "path", os.fspath(self.path))
        object.__setattr__(self, "start", _seconds("start", self.start))
        if self.end is not None:
            object.__setattr__(self, "end", _seconds("end", self.end))

    def __str__(self) -> str:
        if self.end is None:
            return f"{self.path} [from {self.start} s]"
        return f"{self.path} [{self.start} to {self.end} s]"

    def check(self) -> None:
        """Raise if it can be no part of any file.

        Raises
        ------
        AudioError
            If its start is negative, or its end not behind its start.
        """
        if not 0 <= self.start < math.inf:
            raise AudioError(
                f"Got an excerpt that starts at {self.start} s, but expected 0 or more "
                "seconds."
            )
        if self.end is not None and not self.end > self.start:
            raise AudioError(
                f"Got an excerpt from {self.start} to {self.end} s, but expected its "
                "end behind its start."
            )

    def frames(self, rate: float) -> tuple[int, int | None]:
        """Where it lies in a file.

        Parameters
        ----------
        rate : float
            Of the file, in frames per second.

        Returns
        -------
        first : int
            Its first frame.
        last : int or None
            The first frame behind it; None where the file ends.
        """
        no_end = self.end is None or self.end == math.inf
        return _frame(self.start, rate), None if no_end else _frame(self.end, rate)


def _seconds(name: str, value: Any) -> float:
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"Got {name}={value!r}, but expected a number of seconds.")
    return float(value)


def _frame(seconds: Any, rate: float) -> int:
    # int() alone would cut 0.29 s at 100 Hz, 28.999999999999996 frames, to 28.
    return math.floor(seconds * rate + 1e-6)
