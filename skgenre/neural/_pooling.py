"""Keras layers that pool what a network says of a song's windows, masks exact.

Every layer is called as ``layer(window_values, mask=mask, features=features)``:

- ``window_values``, float of shape (batch, n_windows, units): the windows'
  probabilities or logits, one column per output unit;
- ``mask``, bool of shape (batch, n_windows): True where there is a window, False for
  padding, which changes nothing. All True if None. Keras hands on the mask of the
  layer before, if it has one;
- ``features``, float of shape (batch, n_windows, n_features): what attention looks at;
  the window_values if None. Other layers take it and leave it.

It gives (batch, units), zeros for a song without windows. ``layer.weights_of(...)``,
called alike, gives (batch, n_windows, units or 1), adding up to one over the windows of
each song: with what weight a window enters its song's value.
"""

from typing import Any

from skgenre._keras import load_keras

keras: Any = load_keras("skgenre.neural")
ops = keras.ops

POOLINGS = ("mean", "max", "log_sum_exp", "attention", "gated_attention", "autopool")


def pooling_layer(pooling: Any = "mean", **options: Any) -> Any:
    """Make a pooling layer by its name.

    Parameters
    ----------
    pooling : str or WindowPooling, default="mean"
        "mean", "max", "log_sum_exp", "attention", "gated_attention" or "autopool"; a
        layer is given back as it is.
    **options
        Of the layer: `sharpness` of "log_sum_exp", `units`, `seed` of the attentions.

    Returns
    -------
    WindowPooling
        The layer.
    """
    if isinstance(pooling, keras.layers.Layer):
        return pooling
    layers: dict[str, tuple[Any, dict]] = {
        "mean": (MeanPooling, {}),
        "max": (MaxPooling, {}),
        "log_sum_exp": (LogSumExpPooling, {}),
        "attention": (AttentionPooling, {}),
        "gated_attention": (AttentionPooling, {"gated": True}),
        "autopool": (AutoPooling, {}),
    }
    if pooling not in layers:
        raise ValueError(
            f"The 'pooling' parameter must be a layer or one of {list(POOLINGS)}. "
            f"Got {pooling!r} instead."
        )
    layer, settings = layers[pooling]
    return layer(**settings, **options)


def masked_softmax(scores: Any, mask: Any) -> Any:
    """Softmax over windows, exactly 0 where there is none.

    Parameters
    ----------
    scores : float tensor of shape (batch, n_windows, units)
        Scores.
    mask : bool tensor of shape (batch, n_windows) or None
        Where there is a window.

    Returns
    -------
    float tensor of shape (batch, n_windows, units)
        Adds up to one over windows; all 0 for a song without any.
    """
    shares, _ = _exponentials(scores, _there(scores, mask))
    total = ops.sum(shares, axis=1, keepdims=True)
    return shares / ops.where(total > 0, total, 1.0)


_LOWEST = -1e30  # finite, so that a song without windows gives no NaN


def _there(values: Any, mask: Any) -> Any:
    """Where there is a window, (batch, n_windows, 1)."""
    if mask is None:
        return ops.ones_like(values[..., :1], dtype="bool")
    return ops.expand_dims(ops.cast(mask, "bool"), -1)


def _exponentials(scores: Any, there: Any) -> tuple[Any, Any]:
    """Exponentials of scores over the highest of a song, and that; 0 in the padding."""
    highest = ops.max(ops.where(there, scores, _LOWEST), axis=1, keepdims=True)
    highest = ops.stop_gradient(highest)
    # Masked before the exponential, or its overflow would spoil the gradient.
    shifted = ops.where(there, scores - highest, 0.0)
    return ops.where(there, ops.exp(shifted), 0.0), highest


class WindowPooling(keras.layers.Layer):
    """What all pooling layers share: the weighted sum over windows."""

    def build(self, window_values_shape: Any, features_shape: Any = None) -> None:
        """Most have no weights.

        Parameters
        ----------
        window_values_shape, features_shape : tuple of int or None
            Shapes.
        """
        self.built = True

    def call(self, window_values: Any, mask: Any = None, features: Any = None) -> Any:
        """Pool.

        Parameters
        ----------
        window_values : float tensor of shape (batch, n_windows, units)
            Probabilities or logits.
        mask : bool tensor of shape (batch, n_windows), default=None
            Where there is a window.
        features : float tensor of shape (batch, n_windows, n_features), default=None
            What attention looks at.

        Returns
        -------
        float tensor of shape (batch, units)
            The songs' values.
        """
        weights = self.weights_of(window_values, mask=mask, features=features)
        # 0 * NaN is NaN: what stands in the padding must not matter at all.
        window_values = ops.where(_there(window_values, mask), window_values, 0.0)
        return ops.sum(weights * window_values, axis=1)

    def weights_of(
        self, window_values: Any, mask: Any = None, features: Any = None
    ) -> Any:
        """With what weight each window enters its song's value.

        Parameters
        ----------
        window_values : float tensor of shape (batch, n_windows, units)
            Probabilities or logits.
        mask : bool tensor of shape (batch, n_windows), default=None
            Where there is a window.
        features : float tensor of shape (batch, n_windows, n_features), default=None
            What attention looks at.

        Returns
        -------
        float tensor of shape (batch, n_windows, units or 1)
            Adds up to one over the windows of a song.
        """
        raise NotImplementedError

    def compute_mask(self, *args: Any, **kwargs: Any) -> None:
        """Songs have no mask."""

    def compute_output_shape(
        self, window_values_shape: Any, features_shape: Any = None
    ) -> tuple:
        """Shape of the songs' values.

        Parameters
        ----------
        window_values_shape, features_shape : tuple of int or None
            Shapes.

        Returns
        -------
        tuple
            (batch, units).
        """
        return (window_values_shape[0], window_values_shape[-1])


@keras.saving.register_keras_serializable(package="skgenre")
class MeanPooling(WindowPooling):
    """Mean over the windows of a song."""

    def weights_of(self, window_values, mask=None, features=None):
        """1 / n for each of n windows."""
        return masked_softmax(ops.zeros_like(window_values[..., :1]), mask)


@keras.saving.register_keras_serializable(package="skgenre")
class MaxPooling(WindowPooling):
    """Maximum over the windows of a song, for each unit."""

    def weights_of(self, window_values, mask=None, features=None):
        """1 for the window with the maximum, shared where several have it."""
        there = _there(window_values, mask)
        window_values = ops.where(there, window_values, _LOWEST)
        highest = ops.max(window_values, axis=1, keepdims=True)
        won = ops.logical_and(there, window_values >= highest)
        won = ops.cast(won, window_values.dtype)
        total = ops.sum(won, axis=1, keepdims=True)
        return won / ops.where(total > 0, total, 1.0)


@keras.saving.register_keras_serializable(package="skgenre")
class LogSumExpPooling(WindowPooling):
    """Smooth maximum: log(mean(exp(r * values))) / r, between mean and maximum.

    Parameters
    ----------
    sharpness : float, default=5.0
        r; near 0 this is the mean, far above 1 the maximum.
    **kwargs
        Of the layer.
    """

    def __init__(self, sharpness: float = 5.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not sharpness > 0:
            raise ValueError(
                f"Got sharpness={sharpness!r}, but expected a positive number."
            )
        self.sharpness = sharpness

    def call(self, window_values, mask=None, features=None):
        """Pool."""
        there = _there(window_values, mask)
        shares, highest = _exponentials(self.sharpness * window_values, there)
        count = ops.sum(ops.cast(there, shares.dtype), axis=1)
        heard = count > 0
        mean = ops.sum(shares, axis=1) / ops.where(heard, count, 1.0)
        pooled = ops.log(ops.where(heard, mean, 1.0)) + highest[:, 0]
        return ops.where(heard, pooled, 0.0) / self.sharpness

    def weights_of(self, window_values, mask=None, features=None):
        """Softmax of r * values: the derivative of the pooled value."""
        return masked_softmax(self.sharpness * window_values, mask)

    def get_config(self):
        """Settings."""
        return {**super().get_config(), "sharpness": self.sharpness}


@keras.saving.register_keras_serializable(package="skgenre")
class AttentionPooling(WindowPooling):
    """Mean over windows with learned weights, the same for all units.

    The weight of a window with features h is the softmax over its song's windows of
    w . tanh(V h), or w . (tanh(V h) * sigmoid(U h)) if gated (Ilse et al. 2018). With
    logits as values, and a linear layer between features and logits, this is their
    embedding-level model.

    Parameters
    ----------
    units : int, default=64
        Rows of V.
    gated : bool, default=False
        Whether to use the gate.
    seed : int or None, default=None
        Of the first weights.
    **kwargs
        Of the layer.
    """

    def __init__(
        self,
        units: int = 64,
        gated: bool = False,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.gated = gated
        self.seed = seed

    def build(self, window_values_shape, features_shape=None):
        """Make the weights."""
        shape = window_values_shape if features_shape is None else features_shape
        seeds = [None if self.seed is None else self.seed + i for i in range(3)]

        def weight(name, size, seed):
            glorot = keras.initializers.GlorotUniform(seed=seed)
            return self.add_weight(name=name, shape=size, initializer=glorot)

        def bias(name):
            return self.add_weight(name=name, shape=(self.units,), initializer="zeros")

        self.hidden_kernel = weight("hidden_kernel", (shape[-1], self.units), seeds[0])
        self.hidden_bias = bias("hidden_bias")
        if self.gated:
            self.gate_kernel = weight("gate_kernel", (shape[-1], self.units), seeds[1])
            self.gate_bias = bias("gate_bias")
        self.score_kernel = weight("score_kernel", (self.units, 1), seeds[2])
        self.built = True

    def weights_of(self, window_values, mask=None, features=None):
        """The attention."""
        features = window_values if features is None else features
        features = ops.where(_there(features, mask), features, 0.0)
        hidden = ops.tanh(ops.matmul(features, self.hidden_kernel) + self.hidden_bias)
        if self.gated:
            gate = ops.matmul(features, self.gate_kernel) + self.gate_bias
            hidden = hidden * ops.sigmoid(gate)
        return masked_softmax(ops.matmul(hidden, self.score_kernel), mask)

    def get_config(self):
        """Settings."""
        settings = {"units": self.units, "gated": self.gated, "seed": self.seed}
        return {**super().get_config(), **settings}


@keras.saving.register_keras_serializable(package="skgenre")
class AutoPooling(WindowPooling):
    """Softmax-weighted mean whose sharpness is learned for each unit.

    The weight of a window is the softmax over its song's windows of alpha * value
    (McFee et al. 2018): the mean at alpha = 0, where learning starts, and towards the
    maximum as alpha grows.
    """

    def build(self, window_values_shape, features_shape=None):
        """Make alpha."""
        self.alpha = self.add_weight(
            name="alpha", shape=(window_values_shape[-1],), initializer="zeros"
        )
        self.built = True

    def weights_of(self, window_values, mask=None, features=None):
        """Softmax of alpha * values."""
        return masked_softmax(self.alpha * window_values, mask)
