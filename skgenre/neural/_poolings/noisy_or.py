"""NoisyOrPooling: one window is enough, and each is one more chance."""

from typing import Any, ClassVar

from skgenre._keras import load_keras
from skgenre.neural._poolings.base import WindowPooling
from skgenre.neural._poolings.masks import per_song, there

keras: Any = load_keras("skgenre.neural")
ops = keras.ops

_HIGHEST = 1 - 2.0**-23  # below 1 in float32, so that its logarithm is a number


@keras.saving.register_keras_serializable(package="skgenre")
class NoisyOrPooling(WindowPooling):
    """Probability that any window shows it, 1 - (1 - x1)(1 - x2)...

    That is right where windows err by chance, each by itself [1]_. Windows of
    one song err together, and the more there are, the surer this gets: of 30 windows
    that all say 0.1 it makes 0.96. So it suits songs of few windows, and networks that
    learn to say 0 of most of them.

    Parameters
    ----------
    **kwargs
        Of `keras.layers.Layer`, such as `name`.

    See Also
    --------
    WindowPooling : How layers are called.
    MaxPooling : The one window that says most, however many there are.

    References
    ----------
    .. [1] O. Maron and T. Lozano-Perez, "A framework for multiple-instance learning",
       NIPS 1997.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.neural import NoisyOrPooling
    >>> proba = np.array([[[0.5, 0.1], [0.5, 0.1]]], dtype=np.float32)
    >>> np.asarray(NoisyOrPooling()(proba)).round(2)
    array([[0.75, 0.19]], dtype=float32)
    """

    names: ClassVar[dict[str, dict[str, Any]]] = {"noisy_or": {}}
    pools_proba: ClassVar[bool] = True

    def call(self, window_values: Any, mask: Any = None, features: Any = None) -> Any:
        """Pool.

        Parameters
        ----------
        window_values : float tensor of shape (batch, n_windows, units)
            Probabilities.
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
        return -ops.expm1(-ops.sum(_evidence(window_values, mask), axis=1))

    def weights_of(
        self, window_values: Any, mask: Any = None, features: Any = None
    ) -> Any:
        """Share of each window in -log(1 - x), which adds up over a song.

        Parameters
        ----------
        window_values : float tensor of shape (batch, n_windows, units)
            Probabilities.
        mask : bool tensor of shape (batch, n_windows), default=None
            Where there is a window.
        features : float tensor of shape (batch, n_windows, n_features), default=None
            Ignored.

        Returns
        -------
        float tensor of shape (batch, n_windows, units)
            Adds up to one over the windows of a song; the same for all of them where
            all probabilities are 0.
        """
        del features
        is_window = there(window_values, mask)
        return per_song(_evidence(window_values, mask), is_window)


def _evidence(proba: Any, mask: Any) -> Any:
    """-log(1 - x) of each window, 0 or more, (batch, n_windows, units)."""
    # Masked before the logarithm, or what stands in the padding spoils the gradient.
    proba = ops.where(there(proba, mask), proba, 0.0)
    return -ops.log1p(-ops.minimum(proba, _HIGHEST))
