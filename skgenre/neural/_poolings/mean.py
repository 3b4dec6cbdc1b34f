"""MeanPooling: every window of a song counts the same."""

from typing import Any, ClassVar

from skgenre._keras import load_keras
from skgenre.neural._poolings.base import WindowPooling

keras: Any = load_keras("skgenre.neural")


@keras.saving.register_keras_serializable(package="skgenre")
class MeanPooling(WindowPooling):
    """Mean over the windows of a song.

    Parameters
    ----------
    **kwargs
        Of `keras.layers.Layer`, such as `name`.

    See Also
    --------
    WindowPooling : How layers are called.
    AttentionPooling : A mean with learned weights.

    Examples
    --------
    The third window is padding:

    >>> import numpy as np
    >>> from skgenre.neural import MeanPooling
    >>> proba = np.array([[[0.9, 0.1], [0.5, 0.5], [0.0, 1.0]]], dtype=np.float32)
    >>> mask = np.array([[True, True, False]])
    >>> np.asarray(MeanPooling()(proba, mask=mask)).round(2)
    array([[0.7, 0.3]], dtype=float32)
    """

    names: ClassVar[dict[str, dict[str, Any]]] = {"mean": {}}
    keeps_sums: ClassVar[bool] = True

    def weights_of(
        self, window_values: Any, mask: Any = None, features: Any = None
    ) -> Any:
        """1 / n for each of a song's n windows.

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
        float tensor of shape (batch, n_windows, 1)
            Adds up to one over the windows of a song.
        """
        del features
        same = keras.ops.zeros_like(window_values[..., :1])  # (batch, n_windows, 1)
        return self.softmax_over_windows(same, mask)
