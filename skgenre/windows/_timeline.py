"""The table of a timeline: what each window says, beside the verdict."""

from typing import Any

import numpy as np

from skgenre._optional import require
from skgenre.windows._song_windows import SongWindows


def timeline_table(
    window_proba: SongWindows,
    verdicts: np.ndarray,
    classes: np.ndarray,
    caller: str,
    **more: np.ndarray,
) -> Any:
    """Table of what each window says, beside the verdict on its song.

    Parameters
    ----------
    window_proba : SongWindows
        Class probabilities of each window.
    verdicts : array of shape (n_songs,)
        The verdict on each song.
    classes : array of shape (n_classes,)
        The label of each column of `window_proba`.
    caller : str
        What needs pandas.
    **more : array of shape (n_windows,)
        Further columns.

    Returns
    -------
    pandas.DataFrame
        Columns song, start, end, one per class, `more`, verdict. A class with the name
        of another column gets "class " put before its name.
    """
    pandas = require("pandas", "plot", caller)
    table: dict[Any, Any] = {
        "song": window_proba.expand(window_proba.song_ids),
        "start": window_proba.starts,
        "end": window_proba.ends,
    }
    taken = {*table, *more, "verdict"}
    for label, proba in zip(classes.tolist(), window_proba.values.T, strict=True):
        table[f"class {label}" if label in taken else label] = proba
    return pandas.DataFrame({**table, **more, "verdict": window_proba.expand(verdicts)})
