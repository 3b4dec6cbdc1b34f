"""From a network of windows to one of songs that are padded to the same length."""

from typing import Any

from skgenre._keras import load_keras
from skgenre.neural._layers import AddUpToOne, EachWindow
from skgenre.neural._poolings.table import lists_poolings, pooling_layer, takes_seed

keras: Any = load_keras("skgenre.neural")


@lists_poolings
def song_model(
    window_model: Any,
    *,
    pooling: Any = "mean",
    n_windows: int | None = None,
    seed: int | None = None,
) -> Any:
    """Network of a whole song: that of a window for each, and pooling over them.

    Parameters
    ----------
    window_model : keras.Model
        From (n, *window_shape) to probabilities, (n, units). Its weights are shared.
    pooling : str, type or keras.layers.Layer, default="mean"
        Of the windows' probabilities: a name, see below, a class derived from
        `WindowPooling`, or a layer, which is used as it is, weights and all. Attention
        looks at what the last layer of `window_model` sees.
    n_windows : int, default=None
        Windows that each song is padded to; may differ from batch to batch if None.
    seed : int, default=None
        Of the first weights of poolings that draw them, as the attentions do.

    Returns
    -------
    keras.Model
        Not compiled. From windows (n_songs, n_windows, *window_shape) and a mask,
        bool of shape (n_songs, n_windows), False for padding, to probabilities
        (n_songs, units). Those of two units or more add up to one, but for songs
        without windows, which get zeros.

    Raises
    ------
    ValueError
        If `window_model` has several inputs or outputs, or gives no row of units, or
        there is no such pooling.

    See Also
    --------
    MILClassifier : The same as a classifier of scikit-learn, for songs of very
        different lengths: it pads no song.
    WindowPooling : The base class of poolings, and how to write one.

    Notes
    -----
    Poolings by name:

    {poolings}

    All windows of a batch, padding too, go through `window_model` at once. So its batch
    normalisation sees the padding in training; `MILClassifier` has none.

    References
    ----------
    .. [1] M. Ilse et al., "Attention-based deep multiple instance learning", ICML 2018.
    .. [2] B. McFee et al., "Adaptive pooling operators for weakly labeled sound event
       detection", IEEE/ACM TASLP 2018.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre import SongWindows
    >>> from skgenre.neural import song_model, window_model
    >>> model = song_model(window_model((13, 216), 3), pooling="mean")
    >>> songs = SongWindows(np.zeros((5, 13, 216), dtype=np.float32), counts=[3, 2])
    >>> values, mask = songs.to_padded()
    >>> model.predict([values, mask], verbose=0).shape
    (2, 3)
    """
    if len(window_model.inputs) != 1 or len(window_model.outputs) != 1:
        raise ValueError(
            "song_model expects a network of one input and one output. Got one of "
            f"{len(window_model.inputs)} and {len(window_model.outputs)}."
        )
    if len(window_model.output_shape) != 2:
        raise ValueError(
            "song_model expects a network that gives (n, units). Got output shape "
            f"{window_model.output_shape}."
        )
    pool = pooling
    if not isinstance(pooling, keras.layers.Layer):
        options = {"seed": seed} if takes_seed(pooling) else {}
        pool = pooling_layer(pooling, **options)
    windows = keras.Input((n_windows, *window_model.input_shape[1:]), name="windows")
    mask = keras.Input((n_windows,), dtype="bool", name="mask")
    # Other layers of Keras, which may pool too, say nothing of themselves.
    if getattr(pool, "looks_at_features", False):
        last = window_model.layers[-1]
        # In two parts, or all below the last layer would run twice.
        below = keras.Model(window_model.inputs, last.input)
        features = EachWindow(below)(windows)  # (n_songs, n_windows, n_features)
        proba = EachWindow(last)(features)  # (n_songs, n_windows, units)
        pooled = pool(proba, mask=mask, features=features)  # (n_songs, units)
    else:
        pooled = pool(EachWindow(window_model)(windows), mask=mask)
    if window_model.output_shape[1] > 1 and not getattr(pool, "keeps_sums", False):
        pooled = AddUpToOne()(pooled)
    return keras.Model([windows, mask], pooled)
