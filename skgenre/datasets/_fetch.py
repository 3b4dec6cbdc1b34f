"""Fetch data sets whose archives are stable and whose checksums are published."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple

from skgenre._optional import require
from skgenre.datasets._download import ResumingDownloader
from skgenre.datasets._load_songs import as_folder
from skgenre.datasets._unpack import unpack


class Archive(NamedTuple):
    """A file that never changes."""

    url: str
    checksum: str
    top: str  # the folder that it holds


# GitHub packs its own archive of ESC-50 anew at times, by which its checksum changes
# (github.com/soundata/soundata/issues/67 and 208). This one is the file of before, with
# the checksum that PaddleSpeech and soundata publish.
ESC50 = Archive(
    "https://paddleaudio.bj.bcebos.com/datasets/ESC-50-master.zip",
    "md5:7771e4b9d86d0945acce719c7a59305a",
    "ESC-50-master",
)
_FMA = "https://os.unil.cloud.switch.ch/fma"
# From github.com/mdeff/fma.
FMA = {
    name: Archive(f"{_FMA}/fma_{name}.zip", f"sha1:{checksum}", f"fma_{name}")
    for name, checksum in (
        ("metadata", "f0df49ffe5f2a6008d7dc83c6915b31835dfe733"),
        ("small", "ade154f733639d52e35e32f5593efe5be76c6d70"),
        ("medium", "c67b69ea232021025fca9231fc1c7c1a063ab50b"),
        ("large", "497109f4dd721066b5ce5e5f250ec604dc78939e"),
    )
}


def fetch_esc50(folder: str | os.PathLike[str] | None = None) -> Path:
    """Download ESC-50 (and ESC-10, which is a part of it), 600 MB.

    What is there already is not fetched again; a download that was cut off goes on
    where it stopped. The checksum is compared before anything is unpacked. Sounds are
    licensed CC BY-NC 3.0, ESC-10 CC BY 3.0.

    Parameters
    ----------
    folder : str, Path or None, default=None
        Where it is to be. None for pooch's folder for caches of skgenre.

    Returns
    -------
    Path
        What to give to :func:`load_esc`.

    Raises
    ------
    ModuleNotFoundError
        Without pooch: ``pip install "skgenre[fetch]"``.
    OSError
        If it cannot be downloaded; what came is kept for the next time.
    ValueError
        If it is another file than expected, which is then removed.

    See Also
    --------
    load_esc : List the recordings.
    """
    return _fetched(ESC50, folder, caller="fetch_esc50")


def fetch_fma(
    folder: str | os.PathLike[str] | None = None,
    subset: Literal["small", "medium", "large"] = "small",
) -> Path:
    """Download a subset of FMA and its tables: 8, 23 or 94 GB.

    What is there already is not fetched again; a download that was cut off goes on
    where it stopped. Checksums are compared before anything is unpacked, for which as
    much room again is needed. Tracks have licences of their own, which
    ``fma_metadata/tracks.csv`` names.

    Parameters
    ----------
    folder : str, Path or None, default=None
        Where it is to be. None for pooch's folder for caches of skgenre.
    subset : {"small", "medium", "large"}, default="small"
        Which tracks.

    Returns
    -------
    Path
        What to give to :func:`load_fma`.

    Raises
    ------
    ModuleNotFoundError
        Without pooch: ``pip install "skgenre[fetch]"``.
    OSError
        If it cannot be downloaded; what came is kept for the next time.
    ValueError
        If it is another file than expected, which is then removed.

    See Also
    --------
    load_fma : List the tracks.
    """
    if subset not in FMA or subset == "metadata":
        raise ValueError(
            f"Got subset={subset!r}, but expected one of 'small', 'medium', 'large'."
        )
    _fetched(FMA["metadata"], folder, caller="fetch_fma")
    return _fetched(FMA[subset], folder, caller="fetch_fma").parent


def _fetched(
    archive: Archive, folder: str | os.PathLike[str] | None, *, caller: str
) -> Path:
    """The archive's folder, downloaded and unpacked if it is not there."""
    pooch = require("pooch", "fetch", caller)
    where = pooch.os_cache("skgenre") if folder is None else folder
    root = as_folder(where, purpose="to download to")
    if (root / archive.top).is_dir():
        return root / archive.top
    root.mkdir(parents=True, exist_ok=True)
    name = archive.url.rpartition("/")[2]
    with _quiet(pooch):
        path = pooch.retrieve(
            url=archive.url,
            known_hash=archive.checksum,
            fname=name,
            path=root,
            downloader=ResumingDownloader(root / f"{name}.part"),
        )
    unpacked = unpack(Path(path), root, top=archive.top, verbose=sys.stderr.isatty())
    Path(path).unlink()
    return unpacked


@contextmanager
def _quiet(pooch: Any) -> Iterator[None]:
    """Leave out what pooch says of each file, but for what is wrong."""
    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)
