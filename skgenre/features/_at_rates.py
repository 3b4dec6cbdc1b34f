"""Functions of windows that want them at rates of their own, from one decoding.

::

    song ─ decoded once ─┬─► windows at 22,050 Hz ─► MFCC ──────┐
                         ├─► the same at 16,000 ───► a network ─┼─► side by side
                         └─► the same at 48,000 ───► another ───┘
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class AtRates:
    """Features by several functions, side by side.

    Parameters
    ----------
    functions : tuple of callable
        ``f(windows, sample_rate)``, each giving (n_windows, n_features).
    rates : tuple of (float or None)
        Samples per second that each wants; None for those of the windows.
    """

    functions: tuple[Callable[..., NDArray[Any]], ...]
    rates: tuple[float | None, ...]

    def __call__(
        self, windows: NDArray[np.floating], sample_rate: float
    ) -> NDArray[np.float32]:
        """Features of windows at hand, each function bringing them to its rate."""
        return _joined([f(windows, sample_rate) for f in self.functions])

    def other_rates(self, sample_rate: float) -> list[float]:
        """Rates, each once, that are not that of the windows.

        Parameters
        ----------
        sample_rate : float
            Of the windows.

        Returns
        -------
        list of float
            In order.
        """
        wanted = {rate for rate in self.rates if rate is not None}
        return sorted(wanted - {sample_rate})

    def of_song(
        self, blocks: Any, read: Iterator[NDArray[Any]], sample_rate: float
    ) -> NDArray[np.float32]:
        """Features of a song that is decoded once for all rates.

        Parameters
        ----------
        blocks : SongBlocks
            Whose echoes are at `other_rates`, in that order.
        read : iterator of arrays
            The blocks themselves, errors and all.
        sample_rate : float
            Of the blocks.

        Returns
        -------
        float32 array of shape (n_windows, n_features)
            Of all windows of the song.
        """
        others = self.other_rates(sample_rate)
        rows: list[list[NDArray[Any]]] = [[] for _ in self.functions]
        for block in read:
            self._add(rows, block, sample_rate, others, blocks.echoes)
        # What an echo had not heard to its end when its block came.
        self._add(rows, None, sample_rate, others, blocks.echoes)
        return _joined([np.concatenate(own) for own in rows])

    def _add(
        self,
        rows: list[list[NDArray[Any]]],
        block: NDArray[Any] | None,
        sample_rate: float,
        others: list[float],
        echoes: Any,
    ) -> None:
        windows: dict[float, NDArray[Any]] = {
            rate: echo.ready() for rate, echo in zip(others, echoes, strict=True)
        }
        if block is not None:
            windows[sample_rate] = block
        for own, function, wanted in zip(rows, self.functions, self.rates, strict=True):
            rate = sample_rate if wanted is None else wanted
            if len(windows.get(rate, ())):
                own.append(function(windows[rate], rate))


def _joined(parts: list[NDArray[Any]]) -> NDArray[np.float32]:
    # (n_windows, the sum of their features)
    return np.concatenate(parts, axis=1).astype(np.float32, copy=False)
