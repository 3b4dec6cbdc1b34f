"""Songs that are held out, and the targets of training."""

from typing import Any

import numpy as np


def held_out(
    y: np.ndarray, groups: np.ndarray, fraction: float, seed: int, unit: str
) -> tuple[np.ndarray, np.ndarray]:
    """Split rows once, by whole groups, keeping the shares of the classes.

    Parameters
    ----------
    y : array of shape (n_rows,)
        Labels.
    groups : array of shape (n_rows,)
        The song or artist of each row; unknown ones are each their own.
    fraction : float
        Share of the rows to hold out.
    seed : int
        Decides the split.
    unit : str
        What a group is called in errors.

    Returns
    -------
    train, valid : int array of shape (n_train,) and (n_valid,)
        Rows in increasing order; every class is on both sides.
    """
    # The package model_selection imports classifiers; its splitters import none.
    from skgenre.model_selection._splitters import StratifiedGroupShuffleSplit

    split = StratifiedGroupShuffleSplit(1, test_size=fraction, random_state=seed)
    try:
        return next(split.split(y, y, groups))
    except ValueError as error:
        error.add_note(
            f"validation_fraction={fraction!r} holds out whole {unit}s, at least one "
            "of every class. Take validation_fraction=None if that cannot be."
        )
        raise


def one_hot(codes: np.ndarray, n_units: int, smoothing: float = 0.0) -> np.ndarray:
    """Targets of a network with one unit per class, or one unit for two classes.

    Parameters
    ----------
    codes : int array of shape (n_rows,)
        Class numbers.
    n_units : int
        Units of the network's output.
    smoothing : float, default=0.0
        Share that is taken from the class and spread over all.

    Returns
    -------
    float32 array of shape (n_rows, n_units)
        Targets.
    """
    n_classes = max(n_units, 2)
    if n_units == 1:
        targets: Any = codes[:, None].astype(np.float32)
    else:
        targets = np.eye(n_units, dtype=np.float32)[codes]
    return targets * np.float32(1 - smoothing) + np.float32(smoothing / n_classes)


def two_columns(proba: np.ndarray) -> np.ndarray:
    """Probabilities of both classes where a network has one unit.

    Parameters
    ----------
    proba : float array of shape (n_rows, units)
        Probabilities.

    Returns
    -------
    float array of shape (n_rows, n_classes)
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
