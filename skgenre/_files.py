"""Files that are there whole, or as they were before."""

import os
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that is there whole, or as it was before.

    Parameters
    ----------
    path : Path
        Where.
    content : bytes
        What.
    """
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        reason = error.strerror or str(error)
        raise type(error)(
            error.errno, f"{str(path)!r} could not be written: {reason}"
        ) from error
