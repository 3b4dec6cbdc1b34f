"""From labels to the targets of training, and the loss and columns that suit them."""

from typing import Any

import numpy as np


def one_hot(
    class_index: np.ndarray, n_units: int, smoothing: float = 0.0
) -> np.ndarray:
    """Targets of a network with one unit per class, or one unit for two classes.

    Parameters
    ----------
    class_index : int array of shape (n,)
        The class of each window or song.
    n_units : int
        Units of the network's output.
    smoothing : float, default=0.0
        Share that is taken from the class and spread over all.

    Returns
    -------
    float32 array of shape (n, n_units)
        Targets.
    """
    n_classes = max(n_units, 2)
    if n_units == 1:
        # That of the second class, as a sigmoid's.
        targets: Any = class_index[:, None].astype(np.float32)
    else:
        targets = np.eye(n_units, dtype=np.float32)[class_index]
    return targets * np.float32(1 - smoothing) + np.float32(smoothing / n_classes)


def two_columns(proba: np.ndarray) -> np.ndarray:
    """Probabilities of both classes where a network has one unit.

    Parameters
    ----------
    proba : float array of shape (n, units)
        Probabilities.

    Returns
    -------
    float array of shape (n, n_classes)
        The same if there are several units.
    """
    return np.hstack([1 - proba, proba]) if proba.shape[1] == 1 else proba


def cross_entropy(n_units: int) -> str:
    """Keras' name of the loss that suits `one_hot` targets.

    Parameters
    ----------
    n_units : int
        Units of the network's output.

    Returns
    -------
    str
        Name.
    """
    return f"{'binary' if n_units == 1 else 'categorical'}_crossentropy"
