"""LinearSoftmaxPooling: windows count as much as they say."""

from typing import Any, ClassVar

from skgenre._keras import load_keras
from skgenre.neural._poolings.base import WindowPooling
from skgenre.neural._poolings.masks import per_song, there

keras: Any = load_keras("skgenre.neural")
ops = keras.ops


@keras.saving.register_keras_serializable(package="skgenre")
class LinearSoftmaxPooling(WindowPooling):
    """Mean of probabilities weighted by themselves, sum(x^2) / sum(x).

    A window that says little counts little, and it learns to say less; one that says
    more than half of the pooled value learns to say more [1]_. So events may be found
    of which only the song is known. There is nothing to set and nothing to learn.

    Parameters
    ----------
    **kwargs
        Of `keras.layers.Layer`, such as `name`.

    See Also
    --------
    WindowPooling : How layers are called.
    AutoPooling : Weights that grow with a softmax of the values, as sharp as it learns.

    References
    ----------
    .. [1] Y. Wang, J. Li and F. Metze, "A comparison of five multiple instance learning
       pooling functions for sound event detection with weak labeling", ICASSP 2019.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.neural import LinearSoftmaxPooling
    >>> proba = np.array([[[0.9, 0.1], [0.5, 0.5]]], dtype=np.float32)
    >>> np.asarray(LinearSoftmaxPooling()(proba)).round(3)  # (.81 + .25) / (.9 + .5)
    array([[0.757, 0.433]], dtype=float32)
    """

    names: ClassVar[dict[str, dict[str, Any]]] = {"linear_softmax": {}}
    pools_proba: ClassVar[bool] = True

    def weights_of(
        self, window_values: Any, mask: Any = None, features: Any = None
    ) -> Any:
        """Share of each window in the sum of a song's probabilities.

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
        return per_song(window_values, there(window_values, mask))
