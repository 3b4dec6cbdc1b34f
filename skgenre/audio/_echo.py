"""The windows of a song once more, at another rate, from the same decoding.

::

    decoded samples ─┬─ resampled ─► WindowPlan ─► windows, and where they start
                     └─ resampled ─► Echo ──────── the same seconds ─► windows
"""

import math

import numpy as np


class Resampler:
    """Brings samples to another rate, block by block.

    Parameters
    ----------
    native_rate, sample_rate : float
        Samples per second, before and after.
    """

    def __init__(self, native_rate: float, sample_rate: float) -> None:
        import soxr

        self._rates = native_rate, sample_rate
        self._n_native = self._n_samples = 0
        self._stream = soxr.ResampleStream(
            native_rate, sample_rate, num_channels=1, dtype="float32", quality="HQ"
        )

    def push(self, block: np.ndarray) -> np.ndarray:
        """Resample a block; some of it may come with the next.

        Parameters
        ----------
        block : float32 array of shape (n_samples,)
            What follows.

        Returns
        -------
        float32 array
            Samples.
        """
        self._n_native += len(block)
        resampled = self._stream.resample_chunk(block)
        self._n_samples += len(resampled)
        return resampled

    def finish(self) -> np.ndarray:
        """Give what is left.

        Returns
        -------
        float32 array
            Samples.
        """
        rest = self._stream.resample_chunk(np.zeros(0, np.float32), last=True)
        native_rate, sample_rate = self._rates
        # soxr rounds the length; librosa, which this equals, rounds it up.
        n_wanted = math.ceil(self._n_native * sample_rate / native_rate)
        missing = max(0, n_wanted - self._n_samples)
        return np.pad(rest, (0, max(0, missing - len(rest))))[:missing]


class Echo:
    """A song at another rate, cut where its windows are.

    Parameters
    ----------
    sample_rate : float
        Samples per second.
    window_samples : int
        Length of a window at that rate.
    repeat : bool
        Whether a song shorter than a window is repeated, not padded with zeros.
    """

    def __init__(
        self, sample_rate: float, *, window_samples: int, repeat: bool
    ) -> None:
        self.sample_rate = sample_rate
        self.window_samples = window_samples
        self._repeat = repeat
        self._resampler: Resampler | None = None
        self._blocks: list[np.ndarray] = []
        self._first = 0  # number of the first sample that is held
        self._end = 0  # and of the one behind the last
        self._wanted: list[int] = []  # first samples of windows not yet given
        self._is_complete = False

    def hear(self, block: np.ndarray, native_rate: float) -> None:
        """Take in decoded samples.

        Parameters
        ----------
        block : float array of shape (n_samples,)
            Mono.
        native_rate : float
            Their rate.
        """
        block = block.astype(np.float32, copy=False)
        if native_rate != self.sample_rate:
            if self._resampler is None:
                self._resampler = Resampler(native_rate, self.sample_rate)
            block = self._resampler.push(block)
        self._hold(block)

    def finish(self) -> None:
        """Note that the song is over."""
        if self._resampler is not None:
            self._hold(self._resampler.finish())
        self._is_complete = True

    def _hold(self, block: np.ndarray) -> None:
        if len(block):
            self._blocks.append(block)
            self._end += len(block)

    def want(self, seconds: np.ndarray) -> None:
        """Ask for windows.

        Parameters
        ----------
        seconds : float array of shape (n_windows,)
            Where they start, behind the first sample heard; never before those that
            were asked for.
        """
        starts = np.rint(seconds * self.sample_rate).astype(int)
        self._wanted += starts.tolist()

    def ready(self) -> np.ndarray:
        """Give the windows that are complete.

        Returns
        -------
        float32 array of shape (n_windows, window_samples)
            Each once, in order.
        """
        size = self.window_samples
        starts = np.array(
            [s for s in self._wanted if self._is_complete or s + size <= self._end],
            dtype=np.intp,
        )
        if not len(starts):
            return np.zeros((0, size), np.float32)
        self._wanted = self._wanted[len(starts) :]
        y = np.concatenate(self._blocks) if self._blocks else np.zeros(0, np.float32)
        missing = int(starts[-1]) + size - self._end
        if missing > 0:
            y = self._filled_up(y, missing)
        windows = _cut(y, starts - self._first, size)
        # A copy, which lets go of what was cut.
        self._blocks = [y[starts[-1] - self._first :].copy()]
        self._first = int(starts[-1])
        return windows

    def _filled_up(self, y: np.ndarray, missing: int) -> np.ndarray:
        if self._repeat and self._end < self.window_samples:
            return np.resize(y, len(y) + missing)
        return np.concatenate([y, np.zeros(missing, np.float32)])


def _cut(y: np.ndarray, starts: np.ndarray, size: int) -> np.ndarray:
    """Windows that start there: a view if they are equally far apart."""
    hops = np.diff(starts)
    every = np.lib.stride_tricks.sliding_window_view(y, size)
    if len(hops) and hops[0] > 0 and (hops == hops[0]).all():
        return every[starts[0] : starts[-1] + 1 : hops[0]]
    return every[starts[0] :][:1] if not len(hops) else every[starts]
