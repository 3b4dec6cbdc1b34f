"""Keras layers of networks: what hides and averages in windows, what makes songs."""

from typing import Any

from skgenre._keras import load_keras

keras: Any = load_keras("skgenre.neural")
ops = keras.ops


@keras.saving.register_keras_serializable(package="skgenre")
class SpectrogramMasking(keras.layers.Layer):
    """Hide random bands or frames of each window, in training only.

    Each mask hides a run of random length and place. What is hidden becomes the mean
    of its window and channel, whatever the scale of the windows.

    Parameters
    ----------
    share : float
        The largest share of the axis that one mask hides.
    axis : {1, 2}, default=2
        1 for bands, 2 for frames.
    n_masks : int, default=2
        Masks of a window.
    seed : int, default=None
        Of the masks.
    **kwargs
        Of the layer.
    """

    def __init__(
        self,
        share: float,
        *,
        axis: int = 2,
        n_masks: int = 2,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not 0 <= share <= 1:
            raise ValueError(
                f"Got share={share!r}, but expected a number from 0 to 1: the largest "
                "share of bands or frames that a mask hides."
            )
        self.share = share
        self.axis = axis
        self.n_masks = n_masks
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, windows: Any, training: bool = False) -> Any:
        """Hide, if training.

        Parameters
        ----------
        windows : float tensor of shape (n, n_bands, n_frames, n_channels)
            Windows.
        training : bool, default=False
            Whether to hide anything.

        Returns
        -------
        float tensor of shape (n, n_bands, n_frames, n_channels)
            Windows.
        """
        if not training:
            return windows
        size = windows.shape[self.axis]
        draws = (ops.shape(windows)[0], self.n_masks, 1)  # broadcasts with the axis
        generator = self.seed_generator
        length = keras.random.uniform(draws, 0, self.share * size, seed=generator)
        start = keras.random.uniform(draws, seed=generator) * (size - length)
        # Centres of bands or frames, or the first would never be inside.
        place = ops.arange(size, dtype=start.dtype) + 0.5
        inside = ops.logical_and(place >= start, place < start + length)
        hidden = ops.any(inside, axis=1)  # (n, n_masks, size) to (n, size)
        shape = (-1, size, 1, 1) if self.axis == 1 else (-1, 1, size, 1)
        hidden = ops.reshape(hidden, shape)  # broadcasts with windows
        return ops.where(hidden, ops.mean(windows, axis=(1, 2), keepdims=True), windows)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Shape of the windows."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Settings."""
        settings = {
            name: getattr(self, name) for name in ("share", "axis", "n_masks", "seed")
        }
        return {**super().get_config(), **settings}


@keras.saving.register_keras_serializable(package="skgenre")
class EachWindow(keras.layers.TimeDistributed):
    """`TimeDistributed` that runs its layer once, over the windows of all songs.

    Keras' own runs it for one window of each song after the other. Then batch
    normalisation has few rows to learn from, and compilation takes longer.
    """

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Run the layer.

        Parameters
        ----------
        inputs : tensor of shape (n_songs, n_windows, *window_shape)
            Windows.
        training : bool, default=None
            Of the layer.
        mask : ignored
            Pooling minds it.

        Returns
        -------
        tensor of shape (n_songs, n_windows, *output_shape)
            What the layer gives.
        """
        del mask
        n_songs, n_windows = ops.shape(inputs)[:2]
        options = {"training": training} if self.layer._call_has_training_arg else {}
        # (n_songs * n_windows, *window_shape)
        flat = ops.reshape(inputs, (-1, *inputs.shape[2:]))
        outputs = self.layer(flat, **options)
        # (n_songs, n_windows, *output_shape)
        return ops.reshape(outputs, (n_songs, n_windows, *outputs.shape[1:]))


@keras.saving.register_keras_serializable(package="skgenre")
class OverFrames(keras.layers.Layer):
    """Mean or maximum over frames.

    Parameters
    ----------
    statistic : {"mean", "max"}
        Which.
    **kwargs
        Of the layer.
    """

    def __init__(self, statistic: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.statistic = statistic

    def call(self, windows: Any) -> Any:
        """Take it.

        Parameters
        ----------
        windows : float tensor of shape (n, n_bands, n_frames, n_channels)
            Windows.

        Returns
        -------
        float tensor of shape (n, n_bands, n_channels)
            The statistic.
        """
        return getattr(ops, self.statistic)(windows, axis=2)

    def get_config(self) -> dict[str, Any]:
        """Settings."""
        return {**super().get_config(), "statistic": self.statistic}


@keras.saving.register_keras_serializable(package="skgenre")
class AddUpToOne(keras.layers.Layer):
    """Divide by the sum, which poolings such as "max" change; zeros stay."""

    def call(self, proba: Any) -> Any:
        """Divide.

        Parameters
        ----------
        proba : float tensor of shape (n_songs, n_classes)
            Pooled probabilities.

        Returns
        -------
        float tensor of shape (n_songs, n_classes)
            Probabilities.
        """
        return shares(proba, empty=0.0)


def shares(values: Any, *, empty: float) -> Any:
    """Divide values by their sum.

    Parameters
    ----------
    values : float tensor of shape (n_songs, n_classes)
        0 or more.
    empty : float
        What a song gets whose values are all 0, as it has no windows.

    Returns
    -------
    float tensor of shape (n_songs, n_classes)
        Rows add up to one, or are `empty`.
    """
    total = ops.sum(values, axis=-1, keepdims=True)  # (n_songs, 1)
    # Divided by 1 where it is not used: a NaN would spoil the gradient.
    divided = values / ops.where(total > 0, total, 1.0)
    return ops.where(total > 0, divided, empty)
