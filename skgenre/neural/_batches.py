"""From stored windows to batches for Keras: of windows, and of whole songs."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

_WIDTH = 64  # windows of a song

Batch = tuple[Any, np.ndarray, np.ndarray | None]  # input, targets, weights


class WindowBatches:
    """Batches of windows, gathered and standardised when they are asked for.

    Parameters
    ----------
    values : array of shape (n_windows, *window_shape)
        Windows; may be a memory map.
    rows : int array of shape (n_used,)
        Which of them to use.
    scaler : callable
        Standardises a batch.
    batch_size : int
        Windows per batch.
    targets : array of shape (n_windows, ...)
        Targets.
    weights : float array of shape (n_windows,), default=None
        Sample weights.
    seed : int, default=None
        Shuffles rows anew in each epoch; None keeps their order.
    mixup : float, default=0.0
        If above 0, each window is mixed with another of its batch, and so are targets
        and weights. Its own share, the larger one, is from Beta(mixup, mixup).
    """

    def __init__(
        self,
        values: Any,
        rows: np.ndarray,
        *,
        scaler: Any,
        batch_size: int,
        targets: np.ndarray,
        weights: np.ndarray | None = None,
        seed: int | None = None,
        mixup: float = 0.0,
    ) -> None:
        self.values = values
        self.rows = rows
        self.scaler = scaler
        self.batch_size = batch_size
        self.targets = targets
        self.weights = weights
        self.seed = seed
        self.mixup = mixup

    def __len__(self) -> int:
        return math.ceil(len(self.rows) / self.batch_size)

    def share(self, targets: np.ndarray) -> float:
        """Weight of a batch's mean loss in that of the epoch: its number of rows."""
        return float(len(targets))

    def epoch(self, number: int) -> Iterator[Batch]:
        """Give the batches of one epoch.

        Parameters
        ----------
        number : int
            Of the epoch; with the seed, it decides all that is random.

        Yields
        ------
        windows, targets, weights
            Of one batch.
        """
        rng = np.random.default_rng((self.seed or 0, number))
        # Every epoch has its own generator, so that any can be repeated by itself.
        order = self.rows if self.seed is None else rng.permutation(self.rows)
        for start in range(0, len(order), self.batch_size):
            rows = order[start : start + self.batch_size]
            windows, targets = self.scaler(self.values[rows]), self.targets[rows]
            weights = None if self.weights is None else self.weights[rows]
            if self.mixup > 0:
                share = rng.beta(self.mixup, self.mixup, size=len(rows))
                # The larger, or a window could turn into a copy of another.
                share = np.maximum(share, 1 - share).astype(np.float32)
                other = rng.permutation(len(rows))
                windows = _mix(windows, other, share)
                targets = _mix(targets, other, share)
                weights = None if weights is None else _mix(weights, other, share)
            yield windows, targets, weights


def _mix(values: np.ndarray, other: np.ndarray, share: np.ndarray) -> np.ndarray:
    share = share.reshape(-1, *[1] * (values.ndim - 1))  # (n, 1, ...), as values
    return share * values + (1 - share) * values[other]


class SongBatches:
    """Batches of songs, their windows one behind the other.

    A batch is ``(mask, index, windows), targets, weights``: windows of shape
    (n, *window_shape), and for each song which of them are its own, index and mask of
    shape (n_songs, longest). So the network sees every window once and no padding of
    songs. Sizes come from short lists, for the sake of backends that compile for each:
    n is rounded up by at most an eighth of what a batch holds on average, with windows
    of the batch again (zeros would spoil batch normalisation), and a batch that is
    short of songs is filled with songs without windows, of weight 0.

    Parameters
    ----------
    values : array of shape (n_windows, *window_shape)
        Windows; may be a memory map.
    offsets : int array of shape (n_songs + 1,)
        The first window of each song, and the end.
    songs : int array of shape (n_used,)
        Which songs to use, each with at least one window.
    scaler : callable
        Standardises a batch.
    batch_size : int
        The most songs per batch.
    batch_windows : int
        The most windows per batch, exceeded by less than one song.
    targets : float array of shape (n_songs, n_units)
        Targets.
    weights : float array of shape (n_songs,), default=None
        Sample weights.
    seed : int, default=None
        Deals songs to batches anew in each epoch; None keeps one deal.
    """

    def __init__(
        self,
        values: Any,
        offsets: np.ndarray,
        songs: np.ndarray,
        *,
        scaler: Any,
        batch_size: int,
        batch_windows: int,
        targets: np.ndarray,
        weights: np.ndarray | None = None,
        seed: int | None = None,
    ) -> None:
        self.values = values
        self.offsets = offsets
        self.counts = np.diff(offsets)
        self.songs = songs
        self.scaler = scaler
        self.targets = targets
        self.weights = np.ones(len(self.counts)) if weights is None else weights
        self.seed = seed
        n_windows = int(self.counts[songs].sum())
        self.n_batches = max(
            math.ceil(len(songs) / batch_size), math.ceil(n_windows / batch_windows)
        )
        self.batch_size = min(batch_size, len(songs))
        self.step = 2 ** max(0, int(math.log2(max(1, n_windows / self.n_batches / 8))))

        # One width for all batches, but where that of the longest song is large.
        self.least = min(_WIDTH, _power_of_two(self.counts[songs].max(initial=1)))

    def __len__(self) -> int:
        return self.n_batches

    def share(self, targets: np.ndarray) -> float:
        """Weight of a batch's mean loss in that of the epoch: all the same.

        The weights of songs are scaled so that the mean over batches is that over
        songs, however many of them a batch holds.
        """
        del targets
        return 1.0

    def epoch(self, number: int) -> Iterator[Batch]:
        """Give the batches of one epoch.

        Parameters
        ----------
        number : int
            Of the epoch; with the seed, it decides how songs are dealt to batches.

        Yields
        ------
        (mask, index, windows), targets, weights
            Of one batch.
        """
        songs = self.songs
        if self.seed is not None:
            songs = np.random.default_rng((self.seed, number)).permutation(songs)
        for dealt in deal(songs, self.counts, self.n_batches, self.batch_size):
            yield self._batch(dealt)

    def _batch(self, songs: np.ndarray) -> Batch:
        counts = self.counts[songs]
        rows = np.concatenate(
            [np.arange(self.offsets[song], self.offsets[song + 1]) for song in songs]
        )
        size = -(-len(rows) // self.step) * self.step
        index, mask = places(counts, self.batch_size, self.least)
        windows = self.scaler(self.values[np.resize(rows, size)])
        targets = np.zeros((self.batch_size, self.targets.shape[1]), np.float32)
        targets[: len(songs)] = self.targets[songs]
        weights = np.zeros(self.batch_size, np.float32)
        # Keras divides by batch_size: so scaled, the mean over batches is that over
        # songs, and every song counts the same in an epoch.
        scale = self.n_batches * self.batch_size / len(self.songs)
        weights[: len(songs)] = self.weights[songs] * scale
        return (mask, index, windows), targets, weights


def deal(
    songs: np.ndarray, counts: np.ndarray, n_batches: int, batch_size: int
) -> list[np.ndarray]:
    """Deal songs, in the order given, each to the batch with the fewest windows.

    Parameters
    ----------
    songs : int array of shape (n_used,)
        Songs.
    counts : int array of shape (n_songs,)
        Windows of each song.
    n_batches, batch_size : int
        Batches, and the most songs of each.

    Returns
    -------
    list of int array
        The songs of each batch, one at least. No batch holds more than the mean and
        one song.
    """
    dealt: list[list[int]] = [[] for _ in range(n_batches)]
    loads = np.zeros(n_batches)
    for song in songs:
        batch = int(loads.argmin())
        dealt[batch].append(song)
        loads[batch] += counts[song]
        if len(dealt[batch]) == batch_size:
            loads[batch] = np.inf  # it is full
    return [np.array(batch, dtype=np.intp) for batch in dealt]


def places(
    counts: np.ndarray, n_songs: int, least: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Where each song's windows stand among windows one behind the other.

    Parameters
    ----------
    counts : int array of shape (n,)
        Windows of each song.
    n_songs : int
        Songs wanted, n or more; the others have no windows.
    least : int, default=1
        Places for windows wanted at least.

    Returns
    -------
    place : int32 array of shape (n_songs, longest)
        Positions of the windows, 0 where there is none. `longest` is rounded up to a
        power of two.
    mask : bool array of shape (n_songs, longest)
        Where there is a window.
    """
    counts = np.concatenate([counts, np.zeros(n_songs - len(counts), counts.dtype)])
    longest = max(least, _power_of_two(counts.max(initial=1)))
    mask = np.arange(longest) < counts[:, None]  # (n_songs, longest)
    place = np.zeros(mask.shape, np.int32)
    place[mask] = np.arange(counts.sum())
    return place, mask


def _power_of_two(number: int) -> int:
    """The next one, or the number itself."""
    return 2 ** math.ceil(math.log2(number))
