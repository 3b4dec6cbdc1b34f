"""Songs that are held out of training."""

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
