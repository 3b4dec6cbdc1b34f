"""AutoPooling: the layer learns where between mean and maximum to stand."""

from typing import Any, ClassVar

from skgenre._keras import load_keras
from skgenre.neural._poolings.base import WindowPooling

keras: Any = load_keras("skgenre.neural")


@keras.saving.register_keras_serializable(package="skgenre")
class AutoPooling(WindowPooling):
    """Mean weighted by a softmax of the values, as sharp as each unit learns it.

    The weight of a window is the softmax over its song's windows of alpha * value
    [1]_: the mean at alpha = 0, where learning starts, and towards the maximum as
    alpha grows.

    Parameters
    ----------
    **kwargs
        Of `keras.layers.Layer`, such as `name`.

    See Also
    --------
    WindowPooling : How layers are called.
    LogSumExpPooling : Between mean and maximum, with a sharpness that is given.

    References
    ----------
    .. [1] B. McFee, J. Salamon and J. P. Bello, "Adaptive pooling operators for weakly
       labeled sound event detection", IEEE/ACM TASLP 26(11), 2018.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.neural import AutoPooling
    >>> proba = np.array([[[0.9, 0.1], [0.5, 0.5]]], dtype=np.float32)
    >>> layer = AutoPooling()
    >>> np.asarray(layer(proba)).round(2)
    array([[0.7, 0.3]], dtype=float32)
    >>> layer.set_weights([np.array([0.0, 1000.0])])
    >>> np.asarray(layer(proba)).round(2)
    array([[0.7, 0.5]], dtype=float32)
    """

    names: ClassVar[dict[str, dict[str, Any]]] = {"autopool": {}}

    def build(self, window_values_shape: Any, features_shape: Any = None) -> None:
        """Make alpha, one for each unit.

        Parameters
        ----------
        window_values_shape : tuple of int or None
            (batch, n_windows, units).
        features_shape : tuple of int or None, default=None
            Ignored.
        """
        del features_shape
        self.alpha = self.add_weight(
            name="alpha", shape=(window_values_shape[-1],), initializer="zeros"
        )
        self.built = True

    def weights_of(
        self, window_values: Any, mask: Any = None, features: Any = None
    ) -> Any:
        """Softmax of alpha * value over windows.

        Parameters
        ----------
        window_values : float tensor of shape (batch, n_windows, units)
            Probabilities or logits.
        mask : bool tensor of shape (batch, n_windows), default=None
            Where there is a window.
        features : float tensor of shape (batch, n_windows, n_features), default=None
            Ignored.

        Returns
        -------
        float tensor of shape (batch, n_windows, units)
            Adds up to one over the windows of a song.
        """
        del features
        return self.softmax_over_windows(self.alpha * window_values, mask)
