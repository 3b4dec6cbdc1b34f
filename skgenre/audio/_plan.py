"""Where the windows of a song lie, and how they are cut."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from skgenre.audio._decode import AudioError, Song, read_blocks

# Three minutes at 22,050 Hz: most songs are one block, an hour is no burden.
BLOCK_SAMPLES = 2**22


class DroppedSong(AudioError):
    """A song that short='drop' leaves without windows: reported, never raised."""


@dataclass(frozen=True)
class WindowPlan:
    """How songs are read and cut; small enough to send to other machines.

    Parameters
    ----------
    sample_rate : float
        Samples per second.
    window_samples, hop_samples : int
        Length of a window and distance between starts, in samples.
    offset_seconds : float
        Where reading starts.
    max_seconds : float or None
        How much is read.
    tail, short : str
        The policies of `FrameWindower`.
    """

    sample_rate: float
    window_samples: int
    hop_samples: int
    offset_seconds: float
    max_seconds: float | None
    tail: str
    short: str

    def windows(self, song: Song) -> np.ndarray:
        """Read one song and cut it.

        Parameters
        ----------
        song : str, Path or float array of shape (n_samples,)
            The song.

        Returns
        -------
        array of shape (n_windows, window_samples)
            A view on the samples wherever the policies allow.
        """
        (windows,) = self._cut(song, math.inf)
        return windows

    def blocks(self, song: Song) -> Iterator[np.ndarray]:
        """Read one song and yield its windows some minutes at a time.

        Parameters
        ----------
        song : str, Path or float array of shape (n_samples,)
            The song.

        Returns
        -------
        iterator of array of shape (n_block_windows, window_samples)
            Views on the samples. All blocks together are `windows`.
        """
        return self._cut(song, BLOCK_SAMPLES)

    def _cut(self, song: Song, block_samples: float) -> Iterator[np.ndarray]:
        size, hop = self.window_samples, self.hop_samples
        pieces: list[np.ndarray] = []  # from the start of the next window on
        held = n_cut = 0
        for samples in self._read(song):
            pieces.append(samples)
            held += len(samples)
            if held >= block_samples + max(size, hop):
                y = _join(pieces)
                n_windows = 1 + (held - max(size, hop)) // hop
                yield _slide(y[: (n_windows - 1) * hop + size], size, hop)
                # A copy, which lets go of the block.
                pieces = [y[n_windows * hop :].copy()]
                held = len(pieces[0])
                n_cut += n_windows
        n_windows = self.count(n_cut * hop + held) - n_cut
        if n_windows > 0:
            y = _join(pieces)
            n_samples = (n_windows - 1) * hop + size
            if held >= n_samples:
                y = y[:n_samples]
            elif self.short == "repeat" and n_cut == 0 and held < size:
                y = np.resize(y, n_samples)
            else:
                y = np.concatenate([y, np.zeros(n_samples - held, y.dtype)])
            yield _slide(y, size, hop)

    def _read(self, song: Song) -> Iterator[np.ndarray]:
        return read_blocks(
            song,
            sample_rate=self.sample_rate,
            offset_seconds=self.offset_seconds,
            max_seconds=self.max_seconds,
        )

    def count_windows(self, song: Song) -> int:
        """Read one song and count its windows.

        Parameters
        ----------
        song : str, Path or float array of shape (n_samples,)
            The song.

        Returns
        -------
        int
            How many windows it has.
        """
        return self.count(sum(map(len, self._read(song))))

    def count(self, n_samples: int) -> int:
        """Count the windows of a song by the policies.

        Parameters
        ----------
        n_samples : int
            Length of the song, at least 1.

        Returns
        -------
        int
            How many windows it has, at least 1.
        """
        size, hop = self.window_samples, self.hop_samples
        if n_samples < size:
            what = (
                f"It lasts {n_samples / self.sample_rate:.2f} s, less than one window "
                f"of {size / self.sample_rate:.2f} s"
            )
            if self.short == "raise":
                raise AudioError(f"{what}. Take short='pad' or 'repeat'.")
            if self.short == "drop":
                raise DroppedSong(f"{what}, and short='drop'.")
            return 1
        if self.tail == "pad":
            # A hop wider than the window may leave the song's end in a gap.
            return 1 + min(math.ceil((n_samples - size) / hop), (n_samples - 1) // hop)
        return 1 + (n_samples - size) // hop

    def starts(self, n_windows: int) -> np.ndarray:
        """Start of each window in its song.

        Parameters
        ----------
        n_windows : int
            How many windows the song has.

        Returns
        -------
        array of shape (n_windows,)
            Seconds.
        """
        hop_seconds = self.hop_samples / self.sample_rate
        return self.offset_seconds + hop_seconds * np.arange(n_windows)


def _join(pieces: list[np.ndarray]) -> np.ndarray:
    return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)


def _slide(y: np.ndarray, size: int, hop: int) -> np.ndarray:
    return np.lib.stride_tricks.sliding_window_view(y, size)[::hop]
