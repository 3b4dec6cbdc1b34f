"""AttentionPooling: the layer learns which windows to listen to."""

from typing import Any, ClassVar

from skgenre._keras import load_keras
from skgenre.neural._poolings.base import WindowPooling

keras: Any = load_keras("skgenre.neural")
ops = keras.ops


@keras.saving.register_keras_serializable(package="skgenre")
class AttentionPooling(WindowPooling):
    """Mean over windows with learned weights.

    The weight of a window with features h is the softmax over its song's windows of
    w . tanh(V h), or w . (tanh(V h) * sigmoid(U h)) if gated [1]_. In `MILClassifier`
    and `song_model`, h is what the last layer of the network of windows sees. With
    logits as values, and a linear layer between features and logits, this is the
    embedding-level model of [1]_. There the weights are the same for all units;
    `per_class` learns a w for each, so that each class listens to windows of its own.

    Parameters
    ----------
    units : int, default=64
        Length of V h.
    gated : bool, default=False
        Whether to use the gate.
    seed : int or None, default=None
        Of the first weights; from Keras' own generator if None.
    per_class : bool, default=False
        Whether each unit has weights of its own.
    **kwargs
        Of `keras.layers.Layer`, such as `name`.

    See Also
    --------
    WindowPooling : How layers are called.
    MeanPooling : The same weight for all windows.

    References
    ----------
    .. [1] M. Ilse, J. M. Tomczak and M. Welling, "Attention-based deep multiple
       instance learning", ICML 2018.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.neural import AttentionPooling
    >>> proba = np.array([[[0.9, 0.1], [0.5, 0.5]]], dtype=np.float32)
    >>> features = np.ones((1, 2, 7), dtype=np.float32)
    >>> layer = AttentionPooling(units=3, seed=0)

    Windows that look alike are listened to alike:

    >>> np.asarray(layer(proba, features=features)).round(2)
    array([[0.7, 0.3]], dtype=float32)
    >>> layer.count_params()  # V of shape (7, 3) and its bias; w
    27
    """

    names: ClassVar[dict[str, dict[str, Any]]] = {
        "attention": {},
        "gated_attention": {"gated": True},
        "class_attention": {"per_class": True},
    }
    looks_at_features: ClassVar[bool] = True

    def __init__(
        self,
        units: int = 64,
        gated: bool = False,
        seed: int | None = None,
        per_class: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.gated = gated
        self.seed = seed
        self.per_class = per_class

    @property
    def keeps_sums(self) -> bool:  # type: ignore[override]
        """Whether probabilities still add up to one: if all units weigh alike."""
        return not self.per_class

    def build(self, window_values_shape: Any, features_shape: Any = None) -> None:
        """Make V, U and w.

        Parameters
        ----------
        window_values_shape : tuple of int or None
            (batch, n_windows, units).
        features_shape : tuple of int or None, default=None
            (batch, n_windows, n_features); the window_values are looked at if None.
        """
        shape = window_values_shape if features_shape is None else features_shape
        seeds = [None if self.seed is None else self.seed + i for i in range(3)]

        def weight(name: str, size: tuple[int, int], seed: int | None) -> Any:
            glorot = keras.initializers.GlorotUniform(seed=seed)
            return self.add_weight(name=name, shape=size, initializer=glorot)

        def bias(name: str) -> Any:
            return self.add_weight(name=name, shape=(self.units,), initializer="zeros")

        self.hidden_kernel = weight("hidden_kernel", (shape[-1], self.units), seeds[0])
        self.hidden_bias = bias("hidden_bias")
        if self.gated:
            self.gate_kernel = weight("gate_kernel", (shape[-1], self.units), seeds[1])
            self.gate_bias = bias("gate_bias")
        # (units of V, 1 or units of the values)
        scores = window_values_shape[-1] if self.per_class else 1
        self.score_kernel = weight("score_kernel", (self.units, scores), seeds[2])
        self.built = True

    def weights_of(
        self, window_values: Any, mask: Any = None, features: Any = None
    ) -> Any:
        """Attention of each window.

        Parameters
        ----------
        window_values : float tensor of shape (batch, n_windows, units)
            Looked at if there are no features.
        mask : bool tensor of shape (batch, n_windows), default=None
            Where there is a window.
        features : float tensor of shape (batch, n_windows, n_features), default=None
            What attention looks at.

        Returns
        -------
        float tensor of shape (batch, n_windows, 1), or units if `per_class`
            Adds up to one over the windows of a song.
        """
        features = window_values if features is None else features
        # (batch, n_windows, self.units)
        hidden = ops.tanh(ops.matmul(features, self.hidden_kernel) + self.hidden_bias)
        if self.gated:
            gate = ops.matmul(features, self.gate_kernel) + self.gate_bias
            hidden = hidden * ops.sigmoid(gate)
        # (batch, n_windows, 1 or units)
        scores = ops.matmul(hidden, self.score_kernel)
        return self.softmax_over_windows(scores, mask)

    def get_config(self) -> dict[str, Any]:
        """Settings, as Keras stores them.

        Returns
        -------
        dict of str to object
            Arguments of ``__init__``.
        """
        return {
            **super().get_config(),
            "units": self.units,
            "gated": self.gated,
            "seed": self.seed,
            "per_class": self.per_class,
        }
