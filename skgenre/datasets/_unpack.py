"""Unpack an archive so that nothing is written outside of its folder."""

import shutil
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from tqdm import tqdm


def unpack(archive: Path, folder: Path, *, top: str, verbose: bool = False) -> Path:
    """Unpack a zip archive, all of it or nothing.

    Parameters
    ----------
    archive : Path
        The zip file.
    folder : Path
        Where the archive's folder is to stand.
    top : str
        The name of the folder that the archive holds.
    verbose : bool, default=False
        Whether to show a bar.

    Returns
    -------
    Path
        The archive's folder, which appears when all of it is there.

    Raises
    ------
    ValueError
        If it is no zip archive, is damaged, or holds what lies elsewhere or is a link.
        Nothing stays of it then.
    OSError
        If there is too little room.
    """
    aside = folder / f".{top}.unpacking"
    shutil.rmtree(aside, ignore_errors=True)  # what an interrupted run left
    try:
        with zipfile.ZipFile(archive) as file:
            members = file.infolist()
            _check(archive, members, top)
            _check_room(folder, sum(member.file_size for member in members))
            for member in tqdm(members, desc=f"unpack {top}", disable=not verbose):
                file.extract(member, aside)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        shutil.rmtree(aside, ignore_errors=True)
        raise ValueError(
            f"Got {str(archive)!r}, but expected a zip archive ({error}). Fetch it "
            "again."
        ) from error
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    (aside / top).replace(folder / top)
    aside.rmdir()
    return folder / top


def _check(archive: Path, members: list[zipfile.ZipInfo], top: str) -> None:
    for member in members:
        name = member.filename
        parts = PurePosixPath(name).parts
        is_inside = parts[:1] == (top,) and ".." not in parts
        is_plain = "\\" not in name and ":" not in name
        is_link = stat.S_ISLNK(member.external_attr >> 16)
        if not is_inside or not is_plain or is_link:
            raise ValueError(
                f"Got {str(archive)!r} with {name!r}, but expected files in {top!r} "
                "alone. It was not unpacked."
            )
    if not members:
        raise ValueError(f"Got {str(archive)!r}, which is empty, but expected {top!r}.")


def _check_room(folder: Path, n_bytes: int) -> None:
    free = shutil.disk_usage(folder).free
    if n_bytes > free:
        raise OSError(
            f"Got {free:,} bytes of room in {str(folder)!r}, but expected {n_bytes:,}."
        )
