"""The windows of a song once more, at another rate, from the same decoding.

::

    decoded samples ─┬─ resampled ─► WindowPlan ─► windows, and where they start
                     └─ resampled ─► Echo ──────── the same seconds ─► windows
"""

import numpy as np

from skgenre.audio._resampler import Resampler


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
            for part in self._resampler.push(block):
                self._hold(part)
        else:
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
