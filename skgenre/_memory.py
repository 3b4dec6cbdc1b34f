"""What is remembered between runs: folders that can be used, entries that are right.

::

    memory= ─ usable_memory ─► joblib.Memory, or None with one warning
    key, value ─ sealed ─► (key, checksum, value) on disk ─ unsealed ─► value, or None
"""

import os
import tempfile
import warnings
import zlib
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_memory

Sealed = tuple[str, int, NDArray[Any]]


def usable_memory(memory: Any, *, stacklevel: int = 2) -> joblib.Memory | None:
    """Make a joblib.Memory of what names one, if its folder can be written to.

    A model may be loaded where the folder that it was fitted with does not exist, may
    only be read, or is a file. It works there too, only without its memory.

    Parameters
    ----------
    memory : str, Path, joblib.Memory or None
        Where results are kept.
    stacklevel : int, default=2
        Of the warning, counted from here.

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
            stacklevel=stacklevel + 1,
        )
        return None
    return made


def sealed(key: str, value: NDArray[Any]) -> Sealed:
    """Put a key and a checksum beside an array that is to be kept.

    Parameters
    ----------
    key : str
        What the array is known by.
    value : array
        Numbers.

    Returns
    -------
    tuple of (str, int, array)
        What `unsealed` checks.
    """
    return key, checksum(value), value


def unsealed(entry: Any, key: str) -> NDArray[Any] | None:
    """Take an array out of what was kept, if it is the one that was put there.

    Parameters
    ----------
    entry : object
        What was found on the disk.
    key : str
        What was looked for.

    Returns
    -------
    array or None
        None if a bit of it has changed, or if it is another key's.
    """
    if not isinstance(entry, tuple) or len(entry) != 3:
        return None
    found, expected, value = entry
    if found != key or not isinstance(value, np.ndarray):
        return None
    return value if checksum(value) == expected else None


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
    flat = np.ascontiguousarray(value).reshape(-1)  # (size,)
    return zlib.crc32(flat.view(np.uint8).data, head)
