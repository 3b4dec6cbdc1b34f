"""The base class of poolings: from the values of windows to those of their song.

::

    window_values (batch, n_windows, units) ─┐
    features (batch, n_windows, n_features) ─┼─► weights_of ─► sum ─► (batch, units)
    mask     (batch, n_windows) ─────────────┘
"""

from typing import Any, ClassVar

from skgenre._keras import load_keras
from skgenre.neural._poolings.masks import masked_softmax, there
from skgenre.neural._saving import pack, unpack

keras: Any = load_keras("skgenre.neural")
ops = keras.ops

# The class of each name, and the arguments it is made with. Filled by the classes.
BY_NAME: dict[str, tuple[type, dict[str, Any]]] = {}


class WindowPooling(keras.layers.Layer):
    """Base class of Keras layers that pool a song's windows, any number of them.

    What is left to write is `weights_of`. A pooling that is no weighted mean of the
    windows' values also writes `call`. A layer with weights makes them in `build`, one
    with settings gives them in ``get_config``, as for any layer of Keras.

    A layer is called as ``layer(window_values, mask=mask, features=features)``. The
    mask is exact: what stands in the padding changes nothing, and a song without
    windows gets zeros.

    Parameters
    ----------
    **kwargs
        Of `keras.layers.Layer`, such as `name`.

    Attributes
    ----------
    names : dict of str to dict
        Of the class: by which names `MILClassifier` and `song_model` know it, and the
        arguments that each name stands for. Not inherited.
    looks_at_features : bool
        Of the class: whether `weights_of` uses `features`. False if not set.
    keeps_sums : bool
        Of the class: whether probabilities that add up to one still do when they are
        pooled, as after any mean with the same weights for all units. False if not
        set, and what is pooled is divided by its sum.
    pools_proba : bool
        Of the class: whether it makes sense of probabilities alone, not of logits.
        False if not set.

    See Also
    --------
    MeanPooling, AttentionPooling : All windows count, alike or as is learned.
    MaxPooling, TopKPooling, LogSumExpPooling, NoisyOrPooling : Few windows decide.
    LinearSoftmaxPooling, AutoPooling : Windows count as far as they say it.
    MILClassifier : Trains a network of windows and a pooling.

    Examples
    --------
    A pooling of one's own: windows of which the network is sure count more. Keras
    wants to know the class, so that fitted models can be stored.

    >>> import keras
    >>> import numpy as np
    >>> from skgenre import SongWindows
    >>> from skgenre.neural import MILClassifier, WindowPooling
    >>> @keras.saving.register_keras_serializable(package="mine")
    ... class SurePooling(WindowPooling):
    ...     names = {"sure": {}}
    ...     def weights_of(self, window_values, mask=None, features=None):
    ...         how_sure = keras.ops.abs(window_values - 0.5)
    ...         return self.softmax_over_windows(10 * how_sure, mask)
    >>> songs = SongWindows(np.array([[4.0], [3.0], [-4.0], [0.0]]), counts=[2, 2])
    >>> model = MILClassifier("linear", pooling=SurePooling, epochs=9, random_state=0)
    >>> model.fit(songs, ["jazz", "rock"]).predict_proba(songs).shape
    (2, 2)
    >>> model.attention_weights(songs).shape
    (4,)

    The name does the same:

    >>> model.set_params(pooling="sure").fit(songs, ["jazz", "rock"]).pooling_
    <SurePooling ...>
    """

    names: ClassVar[dict[str, dict[str, Any]]] = {}
    looks_at_features: ClassVar[bool] = False
    keeps_sums: ClassVar[bool] = False
    pools_proba: ClassVar[bool] = False

    # Written out, or its signature would be that of Keras' __new__, which says nothing.
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # Its own names only: a subclass is not what its parent is called.
        for name, settings in vars(cls).get("names", {}).items():
            owner = BY_NAME.get(name, (cls, {}))[0]
            # The same class again is one that is written anew in a notebook.
            if _path(owner) != _path(cls):
                raise ValueError(
                    f"Got the name {name!r} for {cls.__name__}, but it is that of "
                    f"{owner.__name__}. Take another name."
                )
            BY_NAME[name] = (cls, settings)

    def build(self, window_values_shape: Any, features_shape: Any = None) -> None:
        """Make the layer's weights; most have none.

        Parameters
        ----------
        window_values_shape : tuple of int or None
            (batch, n_windows, units).
        features_shape : tuple of int or None, default=None
            (batch, n_windows, n_features), if there are features.
        """
        self.built = True

    def call(self, window_values: Any, mask: Any = None, features: Any = None) -> Any:
        """Pool: the sum of the windows' values, weighted by `weights_of`.

        Parameters
        ----------
        window_values : float tensor of shape (batch, n_windows, units)
            Probabilities or logits, one column per output unit of the network.
        mask : bool tensor of shape (batch, n_windows), default=None
            Where there is a window, False for padding; all True if None. Keras hands
            on the mask of the layer before, if it has one.
        features : float tensor of shape (batch, n_windows, n_features), default=None
            What attention looks at; the window_values if None.

        Returns
        -------
        float tensor of shape (batch, units)
            The songs' values; zeros for a song without windows.
        """
        is_window = there(window_values, mask)
        # 0 * NaN is NaN, in gradients too: what stands in the padding must not matter.
        window_values = ops.where(is_window, window_values, 0.0)
        if features is not None:
            features = ops.where(is_window, features, 0.0)
        weights = self.weights_of(window_values, mask=mask, features=features)
        return ops.sum(weights * window_values, axis=1)  # (batch, units)

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
            Adds up to one over the windows of a song; 0 in the padding.
        """
        raise NotImplementedError(f"{type(self).__name__} has to write weights_of.")

    @staticmethod
    def softmax_over_windows(scores: Any, mask: Any = None) -> Any:
        """Weights from scores: a softmax over the windows of a song.

        Parameters
        ----------
        scores : float tensor of shape (batch, n_windows, units or 1)
            Any numbers; the padding's do not matter.
        mask : bool tensor of shape (batch, n_windows), default=None
            Where there is a window.

        Returns
        -------
        float tensor of shape (batch, n_windows, units or 1)
            Adds up to one over windows; exactly 0 in the padding, and for a song
            without windows.
        """
        return masked_softmax(scores, mask)

    def compute_mask(self, *args: Any, **kwargs: Any) -> None:
        """Give no mask on: songs have none.

        Parameters
        ----------
        *args, **kwargs : object
            What Keras hands over, ignored.
        """

    def compute_output_shape(
        self, window_values_shape: Any, features_shape: Any = None
    ) -> tuple[int | None, ...]:
        """Shape of the songs' values.

        Parameters
        ----------
        window_values_shape : tuple of int or None
            (batch, n_windows, units).
        features_shape : tuple of int or None, default=None
            Ignored.

        Returns
        -------
        tuple of int or None
            (batch, units).
        """
        del features_shape
        return (window_values_shape[0], window_values_shape[-1])

    def __reduce__(self) -> tuple[Any, ...]:
        # As a parameter of an estimator it is copied and pickled. Keras would write a
        # file in memory, and warns of NumPy 2 when it reads weights from one.
        return _put_together, (type(self), pack(self))


def _put_together(cls: type, packed: dict[str, Any]) -> Any:
    """A layer from its pickle, which names the class so that its module is imported."""
    del cls
    return unpack(packed)


def _path(cls: type) -> tuple[str, str]:
    return cls.__module__, cls.__qualname__
