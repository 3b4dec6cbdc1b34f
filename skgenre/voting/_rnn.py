"""RNNVoting: a small recurrent network over the sequence of log-odds."""

import math
from numbers import Integral, Real
from typing import ClassVar, Self

import numpy as np
from scipy.special import expit, softmax
from sklearn.utils import check_random_state

from skgenre._by_song.reductions import songs_by_length
from skgenre._sklearn import Interval
from skgenre.voting._trained import FLOOR, TrainedVoting, log_odds
from skgenre.windows._song_windows import SongWindows


class RNNVoting(TrainedVoting):
    """A gated recurrent unit over the sequence of the windows' log-odds.

    The network reads a song's windows in order, any number of them, and classifies
    its last state. Songs of a batch are padded to the longest; a mask keeps the padding
    from changing anything.

    Parameters
    ----------
    units : int, default=16
        Size of the state.
    epochs : int, default=30
        Passes over the songs.
    batch_size : int, default=32
        Songs per step.
    learning_rate : float, default=0.005
        Of Adam.
    random_state : int, RandomState or None, default=None
        Decides the first weights and the order of songs. No global seed is touched.

    Attributes
    ----------
    classes_ : array of shape (n_classes,)
        The label of each column.
    class_prior_ : array of shape (n_classes,)
        Share of each class.
    weights_ : list of array
        Of the unit: kernel (n_features, 3 * units), recurrent kernel (units, 3 *
        units) and biases (2, 3 * units); of the output: kernel (units, n_classes) and
        bias (n_classes,). As Keras orders them.
    loss_curve_ : list of float
        Mean loss of each pass.

    Notes
    -----
    Keras trains; the weights are kept as arrays, and predictions are NumPy's. So a
    fitted voting pickles, and predicts without Keras.

    References
    ----------
    .. [1] K. Cho et al., "Learning phrase representations using RNN encoder-decoder
       for statistical machine translation", EMNLP 2014.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre import RNNVoting, SongWindows
    >>> up, down = [0.2, 0.3, 0.7, 0.9], [0.9, 0.7, 0.3, 0.2]
    >>> rock = np.array([up, down] * 10).ravel()
    >>> songs = SongWindows(np.column_stack([1 - rock, rock]), counts=[4] * 20)
    >>> y = np.array(["rises", "falls"] * 10)
    >>> voting = RNNVoting(units=4, epochs=100, random_state=0)
    >>> voting.fit(songs, y).predict(songs[:3])  # doctest: +SKIP
    array(['rises', 'falls', 'rises'], dtype='<U5')
    """

    _parameter_constraints: ClassVar[dict] = {
        "units": [Interval(Integral, 1, None, closed="left")],
        "epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        units: int = 16,
        *,
        epochs: int = 30,
        batch_size: int = 32,
        learning_rate: float = 0.005,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.units = units
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.random_state = random_state

    @classmethod
    def _examples(cls) -> list[Self]:
        """Instances that the common tests run."""
        return [cls(units=8, learning_rate=0.02, random_state=0)]

    def _fit(self, songs: SongWindows, class_index: np.ndarray) -> None:
        # Before TensorFlow is loaded for the first time, or it talks.
        from skgenre._keras import load_keras

        keras = load_keras("RNNVoting")
        seeds = check_random_state(self.random_state).randint(2**31 - 1, size=4)
        scaled = SongWindows(_scaled(songs), songs.counts)
        values, mask = scaled.to_padded()  # (n_songs, longest, n_features)
        values = values.astype(np.float32)
        model = _network(
            keras, values.shape[2], self.units, len(self.classes_), seeds[:3].tolist()
        )
        model.compile(
            keras.optimizers.Adam(self.learning_rate, clipnorm=1.0),
            loss="sparse_categorical_crossentropy",
        )
        rng = np.random.default_rng(seeds[3])
        n_songs = len(class_index)
        # Batches of one size, so that the step is compiled once: the last is filled up
        # with songs of weight 0, and its others weigh the more.
        size = min(self.batch_size, n_songs)
        n_fill = -n_songs % size
        weight = np.ones((math.ceil(n_songs / size), size), np.float32)
        weight[-1] = size / (size - n_fill)
        weight[-1, size - n_fill :] = 0
        self.loss_curve_ = []
        for _ in range(self.epochs):
            order = rng.permutation(n_songs)
            order = np.concatenate([order, order[:n_fill]])
            total = 0.0
            for batch, weights in zip(order.reshape(-1, size), weight, strict=True):
                # Some versions of Keras give the mean since the last reset.
                model.reset_metrics()
                loss = model.train_on_batch(
                    [values[batch], mask[batch]],
                    class_index[batch],
                    sample_weight=weights,
                )
                # A mean over the songs that are not there to fill up.
                total += float(np.mean(loss)) * np.count_nonzero(weights)
            self.loss_curve_.append(total / n_songs)
        self.weights_ = [np.asarray(w, dtype=float) for w in model.get_weights()]

    def _predict(self, songs: SongWindows) -> np.ndarray:
        *unit, kernel, bias = self.weights_
        states = last_states(_scaled(songs), songs.offsets, *unit)
        return softmax(states @ kernel + bias, axis=1)


def _scaled(songs: SongWindows) -> np.ndarray:
    """Log-odds between -2 and 2, where gates are not saturated."""
    return log_odds(songs) * (-2 / np.log(FLOOR / (1 - FLOOR)))


def _network(keras, n_features, units, n_classes, seeds):
    values = keras.Input((None, n_features))
    mask = keras.Input((None,), dtype="bool")
    states = keras.layers.GRU(
        units,
        kernel_initializer=keras.initializers.GlorotUniform(seed=seeds[0]),
        recurrent_initializer=keras.initializers.Orthogonal(seed=seeds[1]),
        use_cudnn=False,
    )(values, mask=mask)
    output = keras.layers.Dense(
        n_classes,
        activation="softmax",
        kernel_initializer=keras.initializers.GlorotUniform(seed=seeds[2]),
    )(states)
    return keras.Model([values, mask], output)


def last_states(
    values: np.ndarray,
    offsets: np.ndarray,
    kernel: np.ndarray,
    recurrent: np.ndarray,
    bias: np.ndarray,
) -> np.ndarray:
    """State of a gated recurrent unit behind each sequence, all at once.

    Parameters
    ----------
    values : float array of shape (n_windows, n_features)
        Sequences, one behind the other.
    offsets : int array of shape (n_songs + 1,)
        First row of each, and the end.
    kernel : array of shape (n_features, 3 * units)
        Of the input, for update gate, reset gate and candidate.
    recurrent : array of shape (units, 3 * units)
        Of the state.
    bias : array of shape (2, 3 * units)
        Of the input and of the state.

    Returns
    -------
    float array of shape (n_songs, units)
        States.
    """
    units = len(recurrent)
    states = np.zeros((len(offsets) - 1, units))
    for songs, steps in songs_by_length(values, offsets):
        state = states[songs]  # (n, units)
        for t in range(steps.shape[1]):
            new = steps[:, t] @ kernel + bias[0]
            old = state @ recurrent + bias[1]
            gates = expit(new[:, : 2 * units] + old[:, : 2 * units])
            update, reset = gates[:, :units], gates[:, units:]
            candidate = np.tanh(new[:, 2 * units :] + reset * old[:, 2 * units :])
            state = update * state + (1 - update) * candidate
        states[songs] = state
    return states
