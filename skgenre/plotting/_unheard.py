"""Songs that a model hears nothing of: class shares are no verdict."""

from typing import Any

import numpy as np

from skgenre.windows._song_windows import SongWindows
from skgenre.windows._windowers import windowers_in


def unheard_songs(model: Any, X: Any) -> np.ndarray:
    """Find songs that have no windows.

    Parameters
    ----------
    model : classifier of songs
        Fitted.
    X : SongWindows, sequence of paths, or what else the model takes
        Songs.

    Returns
    -------
    bool array of shape (n_songs,)
        True where there is none.
    """
    if isinstance(X, SongWindows):
        return X.counts == 0
    unheard = np.zeros(len(X), dtype=bool)
    for windower in windowers_in(model):
        unheard |= windower.transform(X).counts == 0
    return unheard
