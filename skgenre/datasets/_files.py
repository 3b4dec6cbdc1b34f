"""Files that a data set names: whether they are there, and where its folder is."""

import warnings
from collections.abc import Iterable
from pathlib import Path

from skgenre._wording import listed


def check_files(paths: Iterable[Path], *, title: str, fix: str) -> None:
    """Say which files are missing; raise if all are.

    Parameters
    ----------
    paths : iterable of Path
        What should be there.
    title : str
        What names them, after "Got".
    fix : str
        A sentence that says what to do if none is there.

    Raises
    ------
    FileNotFoundError
        If none is there.
    """
    different = list(dict.fromkeys(paths))
    missing = [str(path) for path in different if not path.exists()]
    if missing and len(missing) == len(different):
        raise FileNotFoundError(
            f"Got {title}, but expected its files: none of {len(different)} is there, "
            f"such as {missing[0]!r}. {fix}"
        )
    if missing:
        warnings.warn(
            f"{len(missing)} of {len(different)} files of {title} are missing: "
            f"{listed(missing)}. They keep their rows, and will be errors of these "
            "songs.",
            UserWarning,
            stacklevel=3,
        )


def first_with(folder: Path, below: Iterable[str], file: str) -> Path | None:
    """Find where in a folder a data set begins.

    Parameters
    ----------
    folder : Path
        What was given.
    below : iterable of str
        Where it may begin, relative to the folder.
    file : str
        What there must be.

    Returns
    -------
    Path or None
        The first of these places in which it is; None if in none.
    """
    places = [folder / place for place in below]
    return next((place for place in places if (place / file).exists()), None)
