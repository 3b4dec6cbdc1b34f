"""Arrays as numpy has them, made into what the rest of the house takes for granted."""

from typing import Any

import numpy as np


def as_plain(values: Any, *, what: str) -> np.ndarray:
    """Make an array of which every entry is there and is at most 64 bits wide.

    Parameters
    ----------
    values : array-like
        Anything. A memory map stays one.
    what : str
        How an error names it.

    Returns
    -------
    array
        The same numbers; float64 where they were wider, which no classifier takes.

    Raises
    ------
    ValueError
        If it is a masked array: without its mask, hidden entries would be heard.
    """
    if isinstance(values, np.ma.MaskedArray):
        raise ValueError(
            f"Got a masked array as {what}, but expected one without a mask, as "
            "entries that are masked would count. Fill them in: "
            "values.filled(...), or leave their rows out."
        )
    array = values if isinstance(values, np.ndarray) else np.asarray(values)
    if array.dtype.kind == "f" and array.dtype.itemsize > 8:
        return array.astype(np.float64)
    return array
