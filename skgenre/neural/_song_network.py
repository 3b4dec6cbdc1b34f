"""A network of windows and a pooling as one, to train, to predict and to pickle."""

import math
from typing import Any, Self

import numpy as np

from skgenre._keras import load_keras
from skgenre.neural._batches import places
from skgenre.neural._heads import SongProba, song_network, to_proba, window_heads
from skgenre.neural._poolings.base import WindowPooling
from skgenre.neural._poolings.table import pooling_layer
from skgenre.neural._saving import packed_state, unpacked_state
from skgenre.neural._training import predict

keras: Any = load_keras("MILClassifier")

_POOL_CELLS = 4096  # songs times windows, padding included, that are pooled at a time


class SongNetwork:
    """The parts of a network of songs, which share their weights.

    Parameters
    ----------
    window_model : keras.Model
        From windows to probabilities.
    pooling : WindowPooling
        Pools.
    space : {"proba", "logit"}
        What is pooled.
    """

    def __init__(self, window_model: Any, pooling: Any, space: str) -> None:
        self.window_model = window_model
        self.pooling = pooling
        self.space = space
        self._head = SongProba(pooling, space)
        self._windows = window_heads(window_model, space)
        self.songs = song_network(self._windows, self._head)

    @classmethod
    def build(
        cls, window_model: Any, pooling: Any, *, space: str, **options: Any
    ) -> Self:
        """Build with a new pooling.

        Parameters
        ----------
        window_model : keras.Model
            From windows to probabilities.
        pooling : str, type or WindowPooling
            A name, a class, or a layer, which is copied.
        space : {"proba", "logit"}
            What is pooled.
        **options
            Of the pooling.

        Returns
        -------
        SongNetwork
            Not trained.
        """
        return cls(window_model, pooling_layer(pooling, **options), space)

    @property
    def is_weighted_mean(self) -> bool:
        """Whether a song's value is the sum of its windows', times their weights."""
        return type(self.pooling).call is WindowPooling.call

    def window_values(self, windows: Any, scaler: Any) -> tuple[np.ndarray, ...]:
        """Run the network on windows, a batch at a time.

        Parameters
        ----------
        windows : array of shape (n_windows, *window_shape)
            Windows.
        scaler : callable
            Standardises a batch.

        Returns
        -------
        values, proba, features : float32 arrays of shape (n_windows, ...)
            What is pooled, the windows' probabilities, what attention looks at.
        """
        if windows.shape[0] == 0:  # which Keras refuses
            sizes = [output.shape[-1] for output in self._windows.outputs]
            values, features = (np.zeros((0, size), np.float32) for size in sizes)
            return values, values, features
        values, features = predict(self._windows, windows, scaler)
        proba = values
        if self.space == "logit":
            proba = np.asarray(keras.ops.convert_to_numpy(to_proba(values)))
        return values, proba, features

    def song_proba(self, window_values: Any, counts: np.ndarray) -> np.ndarray:
        """Pool.

        Parameters
        ----------
        window_values : tuple of arrays
            From `window_values`.
        counts : int array of shape (n_songs,)
            Windows of each song, at least one.

        Returns
        -------
        float32 array of shape (n_songs, units)
            Probabilities.
        """
        values, _, features = window_values
        # values[rows]: (songs of the chunk, longest, units), padding included
        parts = [
            (songs, self._head(values[rows], features=features[rows], mask=mask))
            for songs, rows, mask in _chunks(counts)
        ]
        proba = np.zeros((len(counts), values.shape[1]), np.float32)
        for songs, part in parts:
            proba[songs] = keras.ops.convert_to_numpy(part)
        return proba

    def weights(self, window_values: Any, counts: np.ndarray) -> np.ndarray:
        """With what weight windows enter the values of their songs.

        Parameters
        ----------
        window_values : tuple of arrays
            From `window_values`.
        counts : int array of shape (n_songs,)
            Windows of each song, at least one.

        Returns
        -------
        float32 array of shape (n_windows, units or 1)
            Adds up to one over the windows of a song.
        """
        values, _, features = window_values
        weights: Any = None
        for _, rows, mask in _chunks(counts):
            part = self.pooling.weights_of(
                values[rows], features=features[rows], mask=mask
            )  # (songs of the chunk, longest, units or 1)
            part = keras.ops.convert_to_numpy(part)
            # Whether it is units or 1, only the pooling knows.
            if weights is None:
                weights = np.zeros((len(values), part.shape[2]), np.float32)
            weights[rows[mask]] = part[mask]
        return np.zeros((0, 1), np.float32) if weights is None else weights

    def __getstate__(self) -> dict[str, Any]:
        parts = {"window_model": self.window_model, "pooling": self.pooling}
        return {**packed_state(parts), "space": self.space}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**unpacked_state(state))  # type: ignore[misc]


def _chunks(counts: np.ndarray) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Songs of like length together: songs, rows of their windows, and the mask."""
    order = np.argsort(counts, kind="stable")
    offsets = np.concatenate([[0], np.cumsum(counts)])
    chunks = []
    start = 0
    while start < len(order):
        # Lengths are rounded up to a power of two; songs of one such length at a time.
        longest = 2 ** math.ceil(math.log2(counts[order[start]]))
        most = max(1, _POOL_CELLS // longest)
        end = start + int(np.searchsorted(counts[order[start:]], longest, side="right"))
        songs = order[start : min(end, start + most)]
        place, mask = places(counts[songs], len(songs))
        # From windows of these songs to windows of all.
        shift = offsets[songs] - np.concatenate([[0], np.cumsum(counts[songs])[:-1]])
        chunks.append((songs, np.where(mask, place + shift[:, None], 0), mask))
        start += len(songs)
    return chunks
