"""Functions that build networks of one window, from its shape to probabilities."""

from collections.abc import Callable
from typing import Any

import numpy as np

from skgenre._keras import load_keras
from skgenre.neural._layers import OverFrames, SpectrogramMasking

keras: Any = load_keras("skgenre.neural")
_SMALLEST_BANDS, _SMALLEST_FRAMES = 10, 14  # one value is left behind the second pool


def window_model(
    input_shape: tuple[int, ...] | None = None,
    n_classes: int | None = None,
    hidden: int = 32,
    *,
    meta: dict[str, Any] | None = None,
    params: dict[str, Any] | None = None,
) -> Any:
    """Small convolutional network of one window.

    Two convolutions of 16 filters, each with a pool behind it, two dense layers and
    the probabilities. 13 MFCC of 216 frames and three classes make 21,075 parameters.

    Parameters
    ----------
    input_shape : tuple of int, default=None
        (n_bands, n_frames) or (n_bands, n_frames, n_channels), at least 10 bands and
        14 frames. Taken from `meta` if None.
    n_classes : int, default=None
        One sigmoid unit for 2, softmax otherwise. Taken from `meta` if None.
    hidden : int, default=32
        Units of each of the two dense layers.
    meta : dict, default=None
        What scikeras hands to a function that is its ``model=``.
    params : dict, default=None
        The classifier's parameters, which scikeras hands over as well. With a
        categorical loss two classes get two softmax units; scikeras' own classifier
        wants the sparse one then.

    Returns
    -------
    keras.Model
        Not compiled. From (n, *input_shape) to probabilities, (n, n_classes) or, for
        two classes, (n, 1): that of the second class.

    Raises
    ------
    ValueError
        If windows are vectors, or too small for the two pools.

    See Also
    --------
    resnet_window_model : Stronger, and slower.
    song_model : The same network for each window of a song.
    KerasWindowClassifier : Trains it, as a classifier of scikit-learn.

    Notes
    -----
    The layers, their shapes and numbers of parameters are those of the network in [1]_.
    Its convolutions have no activation; here all layers but the last are rectified.

    References
    ----------
    .. [1] "Keras: how to customise a loss over the aggregation of frame-level
       predictions", Stack Overflow.

    Examples
    --------
    >>> from skgenre.neural import window_model
    >>> model = window_model((13, 216, 1), 3)
    >>> model.count_params(), model.output_shape
    (21075, (None, 3))

    scikeras needs the loss that fits, here for three classes or more:

    >>> from scikeras.wrappers import KerasClassifier
    >>> classifier = KerasClassifier(
    ...     window_model, model__hidden=64, loss="sparse_categorical_crossentropy"
    ... )
    """
    input_shape, n_classes = _shapes("window_model", input_shape, n_classes, meta)
    _check_size(input_shape)
    layers = keras.layers
    network = [
        keras.Input(input_shape),
        *_channel_axis(input_shape),
        layers.Conv2D(16, 3, activation="relu"),
        layers.MaxPooling2D((2, 3)),
        layers.Conv2D(16, 3, activation="relu"),
        layers.MaxPooling2D((2, 2)),
        layers.Flatten(),
        layers.Dense(hidden, activation="relu"),
        layers.Dense(hidden, activation="relu"),
        _proba_layer(n_classes, params),
    ]
    return keras.Sequential(network)


def resnet_window_model(
    input_shape: tuple[int, ...] | None = None,
    n_classes: int | None = None,
    *,
    width: int = 16,
    n_stages: int = 3,
    dropout: float = 0.3,
    band_mask: float = 0.15,
    frame_mask: float = 0.2,
    n_masks: int = 2,
    seed: int | None = None,
    meta: dict[str, Any] | None = None,
    params: dict[str, Any] | None = None,
) -> Any:
    """Small residual network of one window, for log mel spectrograms.

    A convolution with stride two, then `n_stages` residual blocks of two convolutions
    with batch normalisation. Each block but the first halves bands and frames and
    doubles the filters. Mean and maximum over the frames that are left, of each band
    and filter, go through dropout to the probabilities. In training, random bands and
    frames of each window are hidden [2]_.

    Parameters
    ----------
    input_shape : tuple of int, default=None
        (n_bands, n_frames) or (n_bands, n_frames, n_channels). Taken from `meta` if
        None.
    n_classes : int, default=None
        One sigmoid unit for 2, softmax otherwise. Taken from `meta` if None.
    width : int, default=16
        Filters of the first block.
    n_stages : int, default=3
        Number of blocks.
    dropout : float, default=0.3
        Share of what is pooled that is left out in training, from 0 to below 1.
    band_mask, frame_mask : float, default=0.15 and 0.2
        The largest share of bands and of frames that one mask hides, from 0, which
        hides none, to 1.
    n_masks : int, default=2
        Masks along bands, and along frames.
    seed : int, default=None
        Of the first weights, dropout and masks. From Keras' own generator if None.
    meta : dict, default=None
        What scikeras hands to a function that is its ``model=``.
    params : dict, default=None
        The classifier's parameters, which scikeras hands over as well. With a
        categorical loss two classes get two softmax units; scikeras' own classifier
        wants the sparse one then.

    Returns
    -------
    keras.Model
        Not compiled. From (n, *input_shape) to probabilities, (n, n_classes) or, for
        two classes, (n, 1): that of the second class.

    Raises
    ------
    ValueError
        If windows are vectors.

    See Also
    --------
    window_model : Smaller.

    Notes
    -----
    Statistics over bands, too, would forget how high a sound is. The network wants
    windows that are standardised, as `KerasWindowClassifier` and
    `MILClassifier` do.

    References
    ----------
    .. [1] K. He et al., "Deep residual learning for image recognition", CVPR 2016.
    .. [2] D. S. Park et al., "SpecAugment: a simple data augmentation method for
       automatic speech recognition", Interspeech 2019.

    Examples
    --------
    >>> from skgenre.neural import resnet_window_model
    >>> model = resnet_window_model((64, 108), 10, seed=0)
    >>> model.output_shape
    (None, 10)
    """
    caller = "resnet_window_model"
    input_shape, n_classes = _shapes(caller, input_shape, n_classes, meta)
    seeds = _seeds(seed)
    layers = keras.layers
    inputs = keras.Input(input_shape)
    x = inputs
    for layer in _channel_axis(input_shape):
        x = layer(x)
    for axis, share in ((1, band_mask), (2, frame_mask)):
        if share and n_masks:
            x = SpectrogramMasking(share, axis=axis, n_masks=n_masks, seed=seeds())(x)
    x = _convolution(width, seeds, strides=2)(x)
    x = layers.ReLU()(_normalization()(x))
    for stage in range(n_stages):
        x = _residual_block(x, width * 2**stage, halve=stage > 0, seeds=seeds)
    x = layers.Concatenate()([OverFrames("mean")(x), OverFrames("max")(x)])
    x = layers.Flatten()(x)  # (n, bands left * filters * 2)
    if dropout:
        x = layers.Dropout(dropout, seed=seeds())(x)
    return keras.Model(inputs, _proba_layer(n_classes, params, seeds())(x))


def _residual_block(x: Any, filters: int, *, halve: bool, seeds: Any) -> Any:
    """Two convolutions beside a short cut; the block is the short cut at first."""
    layers = keras.layers
    residual = _convolution(filters, seeds, strides=2 if halve else 1)(x)
    residual = layers.ReLU()(_normalization()(residual))
    residual = _convolution(filters, seeds)(residual)
    residual = _normalization(gamma_initializer="zeros")(residual)
    if halve:
        x = layers.AveragePooling2D(2, padding="same")(x)
        x = _convolution(filters, seeds, size=1)(x)
        x = _normalization()(x)
    return layers.ReLU()(layers.Add()([x, residual]))


def _convolution(
    filters: int, seeds: Callable[[], int | None], *, size: int = 3, strides: int = 1
) -> Any:
    """Without bias, which the batch normalisation behind it brings."""
    return keras.layers.Conv2D(
        filters,
        size,
        strides=strides,
        padding="same",
        use_bias=False,
        kernel_initializer=keras.initializers.HeNormal(seed=seeds()),
    )


def _normalization(**settings: Any) -> Any:
    """Batch normalisation that has settled after some fifty steps.

    Keras' momentum of 0.99 takes hundreds, more than an epoch or two of few songs has.
    """
    return keras.layers.BatchNormalization(momentum=0.95, **settings)


def _proba_layer(
    n_classes: int, params: dict[str, Any] | None, seed: int | None = None
) -> Any:
    glorot = keras.initializers.GlorotUniform(seed=seed)
    if n_classes == 2 and not _is_categorical((params or {}).get("loss")):
        return keras.layers.Dense(1, activation="sigmoid", kernel_initializer=glorot)
    return keras.layers.Dense(
        n_classes, activation="softmax", kernel_initializer=glorot
    )


def _is_categorical(loss: Any) -> bool:
    """Whether a loss, or its name, counts a unit per class, as of two classes too."""
    name = getattr(loss, "name", getattr(loss, "__name__", loss))
    return "categorical" in str(name).lower()


def _seeds(seed: int | None) -> Callable[[], int | None]:
    """Give a new seed at each call, or always None."""
    if seed is None:
        return lambda: None
    rng = np.random.default_rng(seed)
    return lambda: int(rng.integers(2**31))


def _channel_axis(input_shape: tuple[int, ...]) -> list[Any]:
    """Layers that convolutions need where windows have no channel axis."""
    if len(input_shape) == 3:
        return []
    return [keras.layers.Reshape((*input_shape, 1))]


def _shapes(
    caller: str,
    input_shape: Any,
    n_classes: int | None,
    meta: dict[str, Any] | None,
) -> tuple[tuple[int, ...], int]:
    """Shape of a window and number of classes, from arguments or scikeras."""
    meta = meta or {}
    if input_shape is None and "X_shape_" in meta:
        input_shape = meta["X_shape_"][1:]
    if n_classes is None:
        n_classes = meta.get("n_classes_")
    if input_shape is None or n_classes is None:
        missing = "input_shape" if input_shape is None else "n_classes"
        raise ValueError(
            f"{caller} needs {missing}. Give it, or let scikeras' or skgenre's "
            "classifiers call the function."
        )
    input_shape = tuple(int(n) for n in input_shape)
    if len(input_shape) not in (2, 3):
        hint = (
            "set the featurizer's summary=None, so that windows are not vectors"
            if len(input_shape) == 1
            else "give each window as a matrix"
        )
        raise ValueError(
            f"{caller} expects windows of shape (n_bands, n_frames) or (n_bands, "
            f"n_frames, n_channels). Got {input_shape}; {hint}."
        )
    if n_classes < 2:
        raise ValueError(f"{caller} expects two classes or more. Got {n_classes}.")
    return input_shape, int(n_classes)


def _check_size(input_shape: tuple[int, ...]) -> None:
    n_bands, n_frames = input_shape[:2]
    remedies = []
    if n_bands < _SMALLEST_BANDS:
        remedies.append(
            f"the featurizer's n_mfcc (or n_mels) to {_SMALLEST_BANDS} or more"
        )
    if n_frames < _SMALLEST_FRAMES:
        remedies.append(
            "a longer window_seconds of FrameWindower, or a shorter hop_length of the "
            "featurizer"
        )
    if remedies:
        raise ValueError(
            f"window_model needs windows of at least {_SMALLEST_BANDS} bands and "
            f"{_SMALLEST_FRAMES} frames for its two pools. Got {n_bands} bands and "
            f"{n_frames} frames; set {', and '.join(remedies)}."
        )
