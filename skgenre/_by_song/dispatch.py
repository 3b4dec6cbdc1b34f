"""Which arrays are large enough for the compiled loops."""

import importlib
import importlib.util
from types import ModuleType

# Numbers from which on the compiled loops save more than the import of numba takes.
COMPILED_FROM = 2**24


def loops_for(n_numbers: int) -> ModuleType | None:
    """Compiled loops by song, where they are worth it.

    Parameters
    ----------
    n_numbers : int
        Size of the array that they are for.

    Returns
    -------
    module or None
        `loops`; None for small arrays, and where numba is missing.
    """
    if n_numbers < COMPILED_FROM or importlib.util.find_spec("numba") is None:
        return None
    return importlib.import_module("skgenre._by_song.loops")
