"""Compiled kernels: compiled once, kept in numba's cache, checked against their files.

Numba compiles anew when the file of the compiled function has changed, but does not see
changes in the files of what that calls. It does compare the variables of closures:
hence kernels are closures of `sources()`.
"""

import importlib.resources
import threading
import warnings
import zlib
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numba

from skgenre.features._kernels.simd import OPTIONS

_FILES = (
    "simd.py",
    "compiled_fft.py",
    "compiled_mel.py",
    "compiled_shape.py",
    "compiled_frames.py",
)
_COMPILING = threading.Lock()


@lru_cache(maxsize=1)
def sources() -> int:
    """Checksum of the files that kernels are made of.

    Returns
    -------
    int
        Another one after any change.
    """
    package = importlib.resources.files("skgenre.features._kernels")
    return zlib.crc32(b"".join((package / name).read_bytes() for name in _FILES))


@lru_cache
def _compile(kernel: Callable, signature: Any) -> Callable:
    try:
        function: Any = numba.njit(cache=True, **OPTIONS)(kernel(sources()))
        function.compile(signature)
    except (RuntimeError, OSError) as error:
        # What numba raises where it finds no folder for its cache, or no space.
        warnings.warn(
            f"Compiled code cannot be kept ({error}), so every process compiles it "
            "anew, which takes seconds. Set the environment variable NUMBA_CACHE_DIR "
            "to a folder that can be written to.",
            RuntimeWarning,
            stacklevel=2,
        )
        function = numba.njit(**OPTIONS)(kernel(0))
        function.compile(signature)
    # Else arguments of other types, as arrays that may be written, compile once more.
    function.disable_compile()
    return function


def compiled(kernel: Callable, signature: Any) -> Callable:
    """Compile a kernel for arguments of given types, or load what was compiled.

    Parameters
    ----------
    kernel : callable
        ``kernel(sources)`` makes the function to compile.
    signature : numba signature
        Types of its arguments.

    Returns
    -------
    callable
        The same one for the same arguments.
    """
    with _COMPILING:  # of threads that start together, one compiles
        return _compile(kernel, signature)
