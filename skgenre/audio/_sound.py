"""What every decoder of one file can do: read on, pass over, close."""

from types import TracebackType
from typing import Self

import numpy as np

# Decoded at a time, where frames are passed over by reading them.
_PASSED_AT_ONCE = 2**17


def frames_at_once(n_frames: int, n_channels: int) -> int:
    """Bound what is decoded at a time, whatever number of channels a header names.

    Parameters
    ----------
    n_frames : int
        Of one or two channels.
    n_channels : int
        How many there are.

    Returns
    -------
    int
        As many frames or fewer, at least one.
    """
    return max(1, 2 * n_frames // max(2, n_channels))


class Sound:
    """A file that is decoded piece by piece: a subclass says how.

    Attributes
    ----------
    sample_rate : int
        Samples per second.
    n_channels : int
        Channels.
    format : str
        A short name, such as "WAV".
    promised : int or None
        How many frames the header promises.
    notes : tuple of str
        What else to say once it was read.
    as_int16 : bool
        Whether frames are integers that are to be divided by 2**15.
    """

    sample_rate: int
    n_channels: int
    format: str
    promised: int | None
    notes: tuple[str, ...] = ()
    as_int16: bool = False

    def read(self, n_frames: int) -> np.ndarray:
        """Decode so many frames, fewer at the end.

        Parameters
        ----------
        n_frames : int
            How many.

        Returns
        -------
        float32 or int16 array of shape (n_frames, n_channels)
            Samples of each channel, until the next call.
        """
        raise NotImplementedError

    def skip(self, n_frames: int) -> int:
        """Pass over so many frames.

        Parameters
        ----------
        n_frames : int
            How many.

        Returns
        -------
        int
            How many there were, as far as is known.
        """
        skipped = 0
        most = frames_at_once(_PASSED_AT_ONCE, self.n_channels)
        while skipped < n_frames:
            wanted = min(n_frames - skipped, most)
            n_read = len(self.read(wanted))
            skipped += n_read
            if n_read < wanted:
                break
        return skipped

    def close(self) -> None:
        """Close the file."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
