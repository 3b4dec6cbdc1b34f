"""Loops that numba compiles: how, and from which size of array on."""

import importlib
import importlib.util
from collections.abc import Callable
from types import ModuleType

# Numbers from which on the compiled loops save more than the import of numba takes.
COMPILED_FROM = 2**24


def compiled(function: Callable) -> Callable:
    """Compile a function of arrays with numba when it is first called.

    Parameters
    ----------
    function : callable
        Loops over arrays.

    Returns
    -------
    callable
        The same, compiled, free of the GIL. Kept on disk for later processes, unless
        numba finds no folder that it can write to: then each compiles for itself.
    """
    import numba

    try:
        return numba.njit(nogil=True, cache=True)(function)
    except RuntimeError:
        return numba.njit(nogil=True)(function)


def loops_for(n_numbers: int) -> ModuleType | None:
    """Compiled loops by song, where they are worth it.

    Parameters
    ----------
    n_numbers : int
        Size of the array that they are for.

    Returns
    -------
    module or None
        `_by_song_kernels`; None for small arrays, and where numba is missing.
    """
    if n_numbers < COMPILED_FROM or importlib.util.find_spec("numba") is None:
        return None
    return importlib.import_module("skgenre._by_song_kernels")
