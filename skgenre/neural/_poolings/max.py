"""MaxPooling: the window that says it loudest speaks for the song."""

from typing import Any, ClassVar

from skgenre._keras import load_keras
from skgenre.neural._poolings.base import WindowPooling
from skgenre.neural._poolings.masks import LOWEST, there

keras: Any = load_keras("skgenre.neural")
ops = keras.ops


@keras.saving.register_keras_serializable(package="skgenre")
class MaxPooling(WindowPooling):
    """Maximum over the windows of a song, for each unit by itself.

    Parameters
    ----------
    **kwargs
        Of `keras.layers.Layer`, such as `name`.

    See Also
    --------
    WindowPooling : How layers are called.
    LogSumExpPooling : A smooth maximum, from which more than one window learns.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.neural import MaxPooling
    >>> proba = np.array([[[0.9, 0.1], [0.5, 0.5]]], dtype=np.float32)
    >>> np.asarray(MaxPooling()(proba))
    array([[0.9, 0.5]], dtype=float32)
    """

    names: ClassVar[dict[str, dict[str, Any]]] = {"max": {}}

    def weights_of(
        self, window_values: Any, mask: Any = None, features: Any = None
    ) -> Any:
        """1 for the window with the maximum, shared where several have it.

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
        is_window = there(window_values, mask)
        window_values = ops.where(is_window, window_values, LOWEST)
        highest = ops.max(window_values, axis=1, keepdims=True)  # (batch, 1, units)
        won = ops.logical_and(is_window, window_values >= highest)
        won = ops.cast(won, window_values.dtype)
        total = ops.sum(won, axis=1, keepdims=True)  # (batch, 1, units)
        return won / ops.where(total > 0, total, 1.0)
