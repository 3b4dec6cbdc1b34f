"""A file with a network in it, known by its content and not by its name."""

import hashlib
import os
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path


@dataclass(frozen=True)
class ModelFile:
    """A network as a file, or as the content of one.

    Parameters
    ----------
    sha256 : str
        Of the content, in hexadecimal digits.
    path : Path or None
        Where it is; None for content in memory.
    content : bytes or None
        What is in it, where there is no path.
    """

    sha256: str
    path: Path | None
    content: bytes | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """What errors call it."""
        return "the model" if self.path is None else str(self.path)

    def check(self) -> None:
        """Complain if it is no longer what it was.

        Raises
        ------
        FileNotFoundError
            If there is no file.
        ValueError
            If the file has another content.
        """
        if self.path is not None and _sha256_of(self.path) != self.sha256:
            raise ValueError(
                f"Got another file in {self.path} (sha256 {_sha256_of(self.path)}) "
                f"than it was fitted with, but expected sha256 {self.sha256}. Put that "
                "one there, or fit again."
            )


def find_model(model: str | os.PathLike[str] | bytes, *, sha256: str = "") -> ModelFile:
    """Find a file with a network in it.

    Parameters
    ----------
    model : str, Path or bytes
        Its path, or its content.
    sha256 : str, default=""
        What content is expected; any if empty.

    Returns
    -------
    ModelFile
        As it is now.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is a folder, or has another content than expected.
    """
    if isinstance(model, bytes):
        found = ModelFile(hashlib.sha256(model).hexdigest(), None, model)
    else:
        path = Path(model).absolute()
        if not path.is_file():
            what = "is a folder" if path.is_dir() else "is not there"
            wanted = f" with sha256 {sha256}" if sha256 else ""
            raise FileNotFoundError(
                f"Got model={os.fspath(model)!r}, but {path} {what}. Fetch the "
                f"file{wanted}, or give its path here: set_params(model=...)."
            )
        found = ModelFile(_sha256_of(path), path)
    if sha256 and found.sha256 != sha256:
        ModelFile(sha256, found.path).check()
        raise ValueError(
            f"Got a model with sha256 {found.sha256}, but it was fitted with {sha256}. "
            "Fit again."
        )
    return found


def _sha256_of(path: Path) -> str:
    status = path.stat()
    return _read_sha256(path, status.st_size, status.st_mtime_ns, status.st_ino)


@lru_cache(maxsize=64)
def _read_sha256(path: Path, *state: int) -> str:
    del state  # what the file is remembered by
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
