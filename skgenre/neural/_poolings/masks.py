"""Functions of windows' values that know where there is a window, and where padding."""

from typing import Any

from skgenre._keras import load_keras

keras: Any = load_keras("skgenre.neural")
ops = keras.ops

LOWEST = -1e30  # finite, so that a song without windows gives no NaN


def there(values: Any, mask: Any) -> Any:
    """Where there is a window, of the same number of dimensions as the values.

    Parameters
    ----------
    values : tensor of shape (batch, n_windows, units)
        Of any kind.
    mask : bool tensor of shape (batch, n_windows) or None
        Where there is a window; everywhere if None.

    Returns
    -------
    bool tensor of shape (batch, n_windows, 1)
        The mask.
    """
    if mask is None:
        return ops.ones_like(values[..., :1], dtype="bool")
    return ops.expand_dims(ops.cast(mask, "bool"), -1)


def exponentials(scores: Any, is_window: Any) -> tuple[Any, Any]:
    """Exponentials of scores, divided by a song's largest, which cannot overflow.

    Parameters
    ----------
    scores : float tensor of shape (batch, n_windows, units)
        Scores.
    is_window : bool tensor of shape (batch, n_windows, 1)
        From `there`.

    Returns
    -------
    exponentials : float tensor of shape (batch, n_windows, units)
        From 0 to 1; 0 in the padding.
    highest : float tensor of shape (batch, 1, units)
        The highest score of each song, whose exponential was divided by.
    """
    highest = ops.max(ops.where(is_window, scores, LOWEST), axis=1, keepdims=True)
    # It cancels in the end, and so does its gradient.
    highest = ops.stop_gradient(highest)  # (batch, 1, units)
    # Masked before the exponential, or its overflow would spoil the gradient.
    shifted = ops.where(is_window, scores - highest, 0.0)
    return ops.where(is_window, ops.exp(shifted), 0.0), highest


def masked_softmax(scores: Any, mask: Any) -> Any:
    """Softmax over windows, exactly 0 where there is none.

    Parameters
    ----------
    scores : float tensor of shape (batch, n_windows, units)
        Scores.
    mask : bool tensor of shape (batch, n_windows) or None
        Where there is a window.

    Returns
    -------
    float tensor of shape (batch, n_windows, units)
        Adds up to one over windows; all 0 for a song without any.
    """
    shares, _ = exponentials(scores, there(scores, mask))
    total = ops.sum(shares, axis=1, keepdims=True)  # (batch, 1, units)
    return shares / ops.where(total > 0, total, 1.0)


def per_song(amounts: Any, is_window: Any) -> Any:
    """Share of each window in the sum over its song.

    Parameters
    ----------
    amounts : float tensor of shape (batch, n_windows, units)
        0 or more.
    is_window : bool tensor of shape (batch, n_windows, 1)
        From `there`.

    Returns
    -------
    float tensor of shape (batch, n_windows, units)
        Adds up to one over windows, the same for all where all amounts are 0; 0 in the
        padding, and for a song without windows.
    """
    amounts = ops.where(is_window, amounts, 0.0)
    total = ops.sum(amounts, axis=1, keepdims=True)  # (batch, 1, units)
    same = ops.cast(is_window, amounts.dtype)
    count = ops.maximum(ops.sum(same, axis=1, keepdims=True), 1.0)  # (batch, 1, 1)
    # The numbers of divisions that are not used must not spoil the gradient.
    return ops.where(
        total > 0, amounts / ops.where(total > 0, total, 1.0), same / count
    )
