"""TopKPooling: the few windows that say it loudest speak for the song."""

from typing import Any, ClassVar

from skgenre._keras import load_keras
from skgenre.neural._poolings.base import WindowPooling
from skgenre.neural._poolings.masks import LOWEST, there

keras: Any = load_keras("skgenre.neural")
ops = keras.ops


@keras.saving.register_keras_serializable(package="skgenre")
class TopKPooling(WindowPooling):
    """Mean over the k windows of a song with the highest values, for each unit.

    With k = 1 it is the maximum, with all windows the mean. Less depends on one window
    than with the maximum, and the others do not have to say what they do not hear.

    Parameters
    ----------
    share : float, default=0.1
        Share of the song's windows that k is, rounded, and 1 at least.
    k : int, default=None
        The number itself, whatever the length of the song; all windows of a shorter
        one. `share` is not used then.
    **kwargs
        Of `keras.layers.Layer`, such as `name`.

    Raises
    ------
    ValueError
        If `share` is not above 0 and at most 1, or `k` is below 1.

    See Also
    --------
    WindowPooling : How layers are called.
    MaxPooling : The same for k = 1.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.neural import TopKPooling
    >>> proba = np.array([[[0.9], [0.5], [0.1], [0.1]]], dtype=np.float32)
    >>> for share in (0.25, 0.5, 1.0):
    ...     print(np.asarray(TopKPooling(share=share)(proba)).round(2))
    [[0.9]]
    [[0.7]]
    [[0.4]]
    """

    names: ClassVar[dict[str, dict[str, Any]]] = {"top_k": {}}

    def __init__(self, share: float = 0.1, k: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not 0 < share <= 1:
            raise ValueError(
                f"Got share={share!r}, but expected a number above 0 and at most 1."
            )
        if k is not None and not (k >= 1 and k == int(k)):
            raise ValueError(f"Got k={k!r}, but expected None or a whole number >= 1.")
        self.share = share
        self.k = k

    def weights_of(
        self, window_values: Any, mask: Any = None, features: Any = None
    ) -> Any:
        """1 / k for each of the k highest windows.

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
            Adds up to one over the windows of a song. Windows that say the same share
            what is left for them.
        """
        del features
        is_window = there(window_values, mask)  # (batch, n_windows, 1)
        count = ops.sum(ops.cast(is_window, "int32"), axis=1, keepdims=True)
        k = self._wanted(count)  # (batch, 1, 1)
        values = ops.where(is_window, window_values, LOWEST)
        highest = ops.flip(ops.sort(values, axis=1), axis=1)
        units = ops.ones_like(values[:, :1], dtype="int32")  # (batch, 1, units)
        least = ops.take_along_axis(highest, (k - 1) * units, axis=1)

        def number(of: Any) -> Any:
            return ops.sum(of, axis=1, keepdims=True)  # (batch, 1, units)

        above = ops.cast(values > least, values.dtype)
        equal = ops.logical_and(values == least, is_window)
        equal = ops.cast(equal, values.dtype)
        wanted = ops.cast(k, values.dtype)
        left = (wanted - number(above)) / ops.maximum(number(equal), 1.0)
        return (above + left * equal) / wanted

    def _wanted(self, count: Any) -> Any:
        """How many of so many windows, 1 at least."""
        if self.k is not None:
            return ops.maximum(ops.minimum(count, int(self.k)), 1)
        # In float32, 0.1 of 25 might be a little less than 2.5.
        wanted = ops.floor(self.share * ops.cast(count, "float32") + 0.5001)
        return ops.maximum(ops.cast(wanted, "int32"), 1)

    def get_config(self) -> dict[str, Any]:
        """Settings, as Keras stores them.

        Returns
        -------
        dict of str to object
            Arguments of ``__init__``.
        """
        return {**super().get_config(), "share": self.share, "k": self.k}
