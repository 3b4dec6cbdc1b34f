"""What is remembered between runs: folders that can be used, entries that are right.

::

    memory= ─ usable_memory ─► joblib.Memory, or None with one warning
    key, value ─ sealed ─► (key, checksum, value, what else) ─ unsealed ─► both, or None
        an array or its bytes ┘
    key, function ─ recall ─► value and what else, kept or computed
"""

import os
import pickle
import tempfile
import traceback
import warnings
import zlib
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_memory

Sealed = tuple[str, int, NDArray[Any] | bytes, bytes]


def usable_memory(memory: Any, *, stacklevel: int = 2) -> joblib.Memory | None:
    """Make a joblib.Memory of what names one, if its folder can be written to.

    A model may be loaded where the folder that it was fitted with does not exist, may
    only be read, or is a file. It works there too, only without its memory.

    Parameters
    ----------
    memory : str, Path, joblib.Memory or None
        Where results are kept.
    stacklevel : int, default=2
        Of the warning; 2 is the caller.

    Returns
    -------
    joblib.Memory or None
        None for none, where scikit-learn would make one that keeps nothing, and, with
        a warning, for one that cannot be used.
    """
    if memory is None:
        return None
    if isinstance(memory, os.PathLike):
        memory = os.fspath(memory)
    try:
        made = check_memory(memory)
        folder = getattr(made, "location", None)
        # A store of another kind than folders looks after itself.
        if isinstance(folder, str | os.PathLike) and made.backend == "local":
            folder = Path(folder)
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        folder = getattr(memory, "location", memory)
        warnings.warn(
            f"Nothing is kept in memory={str(folder)!r}, which cannot be written to "
            f"here ({error.strerror or error}); all is computed instead. Set memory to "
            "a folder that may be written to, or to None.",
            UserWarning,
            stacklevel=stacklevel,
        )
        return None
    return made


def sealed(
    key: str, value: NDArray[Any], beside: Any = None, *, read_only: bool = False
) -> Sealed:
    """Put a key and a checksum beside an array that is to be kept.

    Parameters
    ----------
    key : str
        What the array is known by.
    value : array
        Numbers.
    beside : object, default=None
        What else is to be kept: small, and picklable.
    read_only : bool, default=False
        Keep the array's bytes, which joblib loads in less than half of the time of a
        small array; what comes back cannot be written to, nor be a memory map.

    Returns
    -------
    tuple of (str, int, array or bytes, bytes)
        What `unsealed` checks.
    """
    if not read_only:
        packed = pickle.dumps(beside, protocol=pickle.HIGHEST_PROTOCOL)
        return key, checksum(value, zlib.crc32(packed)), value, packed
    raw = _flat(value).tobytes()
    about = (value.dtype, value.shape, beside)
    packed = pickle.dumps(about, protocol=pickle.HIGHEST_PROTOCOL)
    return key, zlib.crc32(raw, zlib.crc32(packed)), raw, packed


def unsealed(entry: Any, key: str) -> tuple[NDArray[Any], Any] | None:
    """Take an array out of what was kept, if it is the one that was put there.

    Parameters
    ----------
    entry : object
        What was found on the disk.
    key : str
        What was looked for.

    Returns
    -------
    tuple of (array, object) or None
        The array and what was kept beside it; None if a bit has changed, or if the
        entry is another key's.
    """
    if not isinstance(entry, tuple) or len(entry) != 4:
        return None
    found, expected, value, packed = entry
    if found != key or type(packed) is not bytes:
        return None
    if isinstance(value, np.ndarray):
        if checksum(value, zlib.crc32(packed)) != expected:
            return None
        return value, pickle.loads(packed)
    if type(value) is not bytes or zlib.crc32(value, zlib.crc32(packed)) != expected:
        return None
    dtype, shape, beside = pickle.loads(packed)
    return np.frombuffer(value, dtype).reshape(shape), beside


def recall(load: Any, key: str, *arguments: Any) -> tuple[Any, Any, bool]:
    """Take a result from a memory, or compute it; what was damaged is replaced.

    Parameters
    ----------
    load : joblib.memory.MemorizedFunc
        Of a function ``f(key, *arguments, fresh)`` that gives what `sealed` gives, and
        appends the value and what is beside it to the list `fresh`. What it computed
        is not read back, so that it is right where nothing can be written, too.
    key : str
        What the result is known by.
    *arguments : object
        Of the function.

    Returns
    -------
    value, beside : array, object
        The result.
    damaged : bool
        Whether something else was found under that key.
    """
    fresh: list[tuple[Any, Any]] = []
    entry = None
    try:
        entry = load(key, *arguments, fresh)
    except KeyError as error:
        # joblib looks for an entry that it could not write, as it has warned, or that
        # another process has cleared since.
        if _is_of(load.func, error):
            raise
        if not fresh:
            load.func(key, *arguments, fresh)
    except OSError as error:
        # A disk that is full since the folder was looked at.
        if _is_of(load.func, error):
            raise
        if not fresh:
            load.func(key, *arguments, fresh)
        warnings.warn(
            f"A result could not be kept in {load.store_backend.location!r} "
            f"({error.strerror or error}).",
            UserWarning,
            stacklevel=2,
        )
    except ValueError as error:
        # joblib's note of the function's code is damaged: its bytes, or its number.
        if _is_of(load.func, error):
            raise
        load.func(key, *arguments, fresh)
        load.clear(warn=False)
        return *fresh[0], True
    if fresh:
        return *fresh[0], False
    kept = unsealed(entry, key)
    if kept is not None:
        return *kept, False
    load.call(key, *arguments, fresh)  # in place of what was there
    return *fresh[0], True


def _is_of(function: Any, error: Exception) -> bool:
    """Whether an error is the function's own, and none of what called it."""
    frames = traceback.walk_tb(error.__traceback__)
    return any(frame.f_code is function.__code__ for frame, _ in frames)


def checksum(value: NDArray[Any], start: int = 0) -> int:
    """CRC-32 of an array: of its numbers, shape and type.

    Parameters
    ----------
    value : array
        Numbers.
    start : int, default=0
        Checksum of what came before.

    Returns
    -------
    int
        Another one as soon as a bit differs.
    """
    head = zlib.crc32(f"{value.dtype.str} {value.shape}".encode(), start)
    return zlib.crc32(_flat(value).data, head)


def _flat(value: NDArray[Any]) -> NDArray[np.uint8]:
    """Bytes of an array's numbers; a TypeError if it holds objects, not numbers."""
    flat = np.ascontiguousarray(value).reshape(-1)  # (size,)
    return flat.view(np.uint8)  # (n_bytes,)
