"""Songs that are held out of training, to stop it when they get worse."""

import numpy as np

from skgenre.model_selection import StratifiedGroupShuffleSplit


def held_out(
    y: np.ndarray, groups: np.ndarray, fraction: float, seed: int, unit: str
) -> tuple[np.ndarray, np.ndarray]:
    """Split songs or windows once, by whole groups, keeping the shares of classes.

    Parameters
    ----------
    y : array of shape (n,)
        Labels, of songs or of windows.
    groups : array of shape (n,)
        The artist or song of each; unknown ones are each their own.
    fraction : float
        Share to hold out.
    seed : int
        Decides the split.
    unit : str
        What a group is called in errors.

    Returns
    -------
    train, valid : int array of shape (n_train,) and (n_valid,)
        Positions in increasing order; every class is on both sides.
    """
    split = StratifiedGroupShuffleSplit(1, test_size=fraction, random_state=seed)
    try:
        return next(split.split(y, y, groups))
    except ValueError as error:
        # The splitter cannot know which parameter it was made from.
        error.add_note(
            f"validation_fraction={fraction!r} holds out whole {unit}s, at least one "
            "of every class. Take validation_fraction=None if that cannot be."
        )
        raise
