"""What is learned about a song while it is read, and travels beside its windows."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np


@dataclass
class SongFacts:
    """What reading told of one song; filled while it is read.

    Parameters
    ----------
    seconds : float
        How much was heard.
    native_rate : float or None
        Samples per second of the file; None for waveforms without a rate.
    n_windows : int
        How many windows were cut.
    n_silent : int
        How many of these hold digital silence: the same sample throughout.
    starts : float array of shape (n_windows,) or None
        Starts in seconds, where windows do not follow each other by the hop.
    window_weight : float array of shape (n_windows,) or None
        The share of each window in which the song sounds, where that was asked for.
    notes : tuple of str
        What the person should know although the song was read.
    """

    seconds: float = 0.0
    native_rate: float | None = None
    n_windows: int = 0
    n_silent: int = 0
    starts: np.ndarray | None = None
    notes: tuple[str, ...] = ()
    window_weight: np.ndarray | None = None

    def note(self, sentence: str) -> None:
        """Add a note, once.

        Parameters
        ----------
        sentence : str
            What to say of this song.
        """
        if sentence not in self.notes:
            self.notes += (sentence,)


class Read(NamedTuple):
    """What was made of a song, and what reading it told."""

    result: Any
    facts: SongFacts


def with_facts(result: Any, blocks: Any) -> Any:
    """Put what reading told beside what was made of a song's windows.

    Parameters
    ----------
    result : object
        What was made of the windows.
    blocks : iterable
        Where the windows came from, read to the end.

    Returns
    -------
    Read or object
        The result alone if the windows were at hand, which tells nothing.
    """
    facts = getattr(blocks, "facts", None)
    return result if facts is None else Read(result, facts)
