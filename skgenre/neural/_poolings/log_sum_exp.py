"""LogSumExpPooling: a maximum from which all windows learn a little."""

from typing import Any, ClassVar

from skgenre._keras import load_keras
from skgenre.neural._poolings.base import WindowPooling
from skgenre.neural._poolings.masks import exponentials, there

keras: Any = load_keras("skgenre.neural")
ops = keras.ops


@keras.saving.register_keras_serializable(package="skgenre")
class LogSumExpPooling(WindowPooling):
    """Smooth maximum, log(mean(exp(r x))) / r of the windows' values x.

    It lies between their mean and their maximum.

    Parameters
    ----------
    sharpness : float, default=5.0
        The r above: near 0 this is the mean, far above 1 the maximum.
    **kwargs
        Of `keras.layers.Layer`, such as `name`.

    Raises
    ------
    ValueError
        If `sharpness` is not above 0.

    See Also
    --------
    WindowPooling : How layers are called.
    AutoPooling : Between mean and maximum too, as far as it learns.

    References
    ----------
    .. [1] J. Ramon and L. De Raedt, "Multi instance neural networks", ICML workshop on
       attribute-value and relational learning, 2000.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.neural import LogSumExpPooling
    >>> proba = np.array([[[0.9], [0.5]]], dtype=np.float32)
    >>> for sharpness in (0.01, 5, 1000):
    ...     print(np.asarray(LogSumExpPooling(sharpness=sharpness)(proba)).round(2))
    [[0.7]]
    [[0.79]]
    [[0.9]]
    """

    names: ClassVar[dict[str, dict[str, Any]]] = {"log_sum_exp": {}}

    def __init__(self, sharpness: float = 5.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not sharpness > 0:
            raise ValueError(
                f"Got sharpness={sharpness!r}, but expected a positive number."
            )
        self.sharpness = sharpness

    def call(self, window_values: Any, mask: Any = None, features: Any = None) -> Any:
        """Pool.

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
        float tensor of shape (batch, units)
            The songs' values; zeros for a song without windows.
        """
        del features
        is_window = there(window_values, mask)
        shares, highest = exponentials(self.sharpness * window_values, is_window)
        count = ops.sum(ops.cast(is_window, shares.dtype), axis=1)  # (batch, 1)
        heard = count > 0
        mean = ops.sum(shares, axis=1) / ops.where(heard, count, 1.0)  # (batch, units)
        pooled = ops.log(ops.where(heard, mean, 1.0)) + highest[:, 0]
        return ops.where(heard, pooled, 0.0) / self.sharpness

    def weights_of(
        self, window_values: Any, mask: Any = None, features: Any = None
    ) -> Any:
        """Softmax of r x over windows: the derivative of the pooled value.

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
        return self.softmax_over_windows(self.sharpness * window_values, mask)

    def get_config(self) -> dict[str, Any]:
        """Settings, as Keras stores them.

        Returns
        -------
        dict of str to object
            Arguments of ``__init__``.
        """
        return {**super().get_config(), "sharpness": self.sharpness}
