"""What stands behind a network of windows: what is pooled, and the song's network."""

from typing import Any

from skgenre._keras import load_keras
from skgenre.neural._layers import shares
from skgenre.neural._poolings.base import WindowPooling

keras: Any = load_keras("skgenre.neural")
ops = keras.ops

_SMALLEST = 1e-7  # of probabilities in logarithms, as in Keras' losses


class Logits(keras.layers.Layer):
    """A dense layer without its activation, weights shared.

    Parameters
    ----------
    dense : keras.layers.Dense
        The layer.
    """

    def __init__(self, dense: Any) -> None:
        super().__init__()
        self.dense = dense

    def call(self, features: Any) -> Any:
        """Apply the layer.

        Parameters
        ----------
        features : float tensor of shape (n, n_features)
            What the layer sees.

        Returns
        -------
        float tensor of shape (n, units)
            Logits.
        """
        logits = ops.matmul(features, self.dense.kernel)
        return logits + self.dense.bias if self.dense.use_bias else logits


class LogitsOfProba(keras.layers.Layer):
    """Logits of probabilities, where no layer gives them."""

    def call(self, proba: Any) -> Any:
        """Take logarithms.

        Parameters
        ----------
        proba : float tensor of shape (n, units)
            Probabilities.

        Returns
        -------
        float tensor of shape (n, units)
            Logits.
        """
        if proba.shape[-1] == 1:
            proba = ops.clip(proba, _SMALLEST, 1 - _SMALLEST)
            return ops.log(proba) - ops.log1p(-proba)
        return ops.log(ops.clip(proba, _SMALLEST, 1))


def to_proba(logits: Any) -> Any:
    """Sigmoid of one unit, softmax of several.

    Parameters
    ----------
    logits : float tensor of shape (n, units)
        Logits.

    Returns
    -------
    float tensor of shape (n, units)
        Probabilities.
    """
    return ops.sigmoid(logits) if logits.shape[-1] == 1 else ops.softmax(logits)


def window_heads(model: Any, space: str) -> Any:
    """Network of windows that gives what is pooled, and what attention looks at.

    Parameters
    ----------
    model : keras.Model
        Ends in probabilities. The new network shares its weights.
    space : {"proba", "logit"}
        What is pooled.

    Returns
    -------
    keras.Model
        From windows to values (n, units) and features (n, n_features): the input of
        the last dense layer, or else the probabilities.
    """
    last = model.layers[-1]
    features = values = model.outputs[0]
    if isinstance(last, keras.layers.Dense) and last.output is values:
        # What a dense layer sees says more of a window than its few probabilities.
        features = last.input
        if space == "logit":
            values = Logits(last)(features)
    elif space == "logit":  # no layer gives them
        values = LogitsOfProba()(values)
    return keras.Model(model.inputs, [values, features])


class SongProba(keras.layers.Layer):
    """Probabilities of songs from those, or the logits, of their windows.

    Parameters
    ----------
    pooling : WindowPooling
        Pools.
    space : {"proba", "logit"}
        What is pooled. Pooled probabilities are divided by their sum where they do not
        add up to one, as after "max".
    """

    def __init__(self, pooling: WindowPooling, space: str) -> None:
        super().__init__()
        self.pooling = pooling
        self.space = space

    def build(self, values_shape: Any, features_shape: Any = None) -> None:
        """Make the pooling's weights."""
        # One that was copied or unpickled has its weights.
        if not self.pooling.built:
            self.pooling.build(values_shape, features_shape)
        self.built = True

    def compute_mask(self, *args: Any, **kwargs: Any) -> None:
        """Songs have no mask."""

    def call(self, values: Any, features: Any = None, mask: Any = None) -> Any:
        """Pool.

        Parameters
        ----------
        values : float tensor of shape (n_songs, n_windows, units)
            Of windows.
        features : float tensor of shape (n_songs, n_windows, n_features)
            What attention looks at.
        mask : bool tensor of shape (n_songs, n_windows)
            Where there is a window.

        Returns
        -------
        float tensor of shape (n_songs, units)
            Probabilities.
        """
        pooled = self.pooling(values, mask=mask, features=features)
        if self.space == "logit":
            return to_proba(pooled)
        if pooled.shape[-1] == 1:
            return pooled
        # A song without windows has weight 0, but its loss must be a number.
        return shares(pooled, empty=1 / pooled.shape[-1])


def song_network(windows: Any, song_proba: SongProba) -> Any:
    """Network of songs whose windows stand one behind the other.

    Parameters
    ----------
    windows : keras.Model
        From `window_heads`.
    song_proba : SongProba
        Pools.

    Returns
    -------
    keras.Model
        From mask (n_songs, longest), index (n_songs, longest) and windows
        (n, *window_shape), as in `SongBatches`, to (n_songs, units).
    """
    mask = keras.Input((None,), dtype="bool", name="mask")
    index = keras.Input((None,), dtype="int32", name="index")
    values, features = windows.outputs
    values = ops.take(values, index, axis=0)  # (n_songs, longest, units)
    features = ops.take(features, index, axis=0)  # (n_songs, longest, n_features)
    proba = song_proba(values, features=features, mask=mask)
    return keras.Model((mask, index, *windows.inputs), proba)
