"""The network of a whole song: that of a window for each, and pooling over them."""

from typing import Any

from skgenre._keras import load_keras
from skgenre.neural._layers import AddUpToOne, EachWindow
from skgenre.neural._pooling import pooling_layer

keras: Any = load_keras("skgenre.neural")


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
    pooling : str or keras.layers.Layer, default="mean"
        "mean", "max", "log_sum_exp", "attention", "gated_attention" or "autopool", of
        the windows' probabilities. Attention looks at what the last layer of
        `window_model` sees.
    n_windows : int, default=None
        Windows that each song is padded to; may differ from batch to batch if None.
    seed : int, default=None
        Of the first weights of the attentions.

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
        If `window_model` has several inputs or outputs, or gives no row of units.

    See Also
    --------
    MILClassifier : The same as a classifier of scikit-learn, for songs of very
        different lengths: it pads no song.

    Notes
    -----
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
    options = {"seed": seed} if pooling in ("attention", "gated_attention") else {}
    pool = pooling_layer(pooling, **options)
    windows = keras.Input((n_windows, *window_model.input_shape[1:]), name="windows")
    mask = keras.Input((n_windows,), dtype="bool", name="mask")
    last = window_model.layers[-1]
    if options:
        below = keras.Model(window_model.inputs, last.input)
        features = EachWindow(below)(windows)
        proba = EachWindow(last)(features)
        pooled = pool(proba, mask=mask, features=features)
    else:
        pooled = pool(EachWindow(window_model)(windows), mask=mask)
    averages = ("mean", "attention", "gated_attention")
    if window_model.output_shape[1] > 1 and pooling not in averages:
        pooled = AddUpToOne()(pooled)
    return keras.Model([windows, mask], pooled)
