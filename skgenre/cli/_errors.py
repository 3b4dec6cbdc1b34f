"""What users of the command line can mend, and how it is said to them."""

from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from skgenre.cli._say import below, count

_INSTALL = 'The command line needs {}. Install it with: pip install "skgenre[cli]"'


class UserError(Exception):
    """What the user can mend: shown without a traceback."""


def require(*modules: str) -> None:
    """Check that packages of the extra are there.

    Parameters
    ----------
    *modules : str
        Their names.

    Raises
    ------
    UserError
        If one is missing.
    """
    for module in modules:
        try:
            import_module(module)
        except ModuleNotFoundError as error:
            raise UserError(_INSTALL.format(error.name)) from error


def checked_choice(option: str, value: str, choices: Iterable[str]) -> Any:
    """Check that an option is one of a few words.

    Parameters
    ----------
    option, value : str
        Its name, with dashes, and what the user gave.
    choices : iterable of str
        What there is to choose from.

    Returns
    -------
    str
        The value.
    """
    if value not in choices:
        raise UserError(
            f"Got {option} {value}, but expected one of {', '.join(choices)}."
        )
    return value


def checked_out(out: Path) -> Path:
    """Check that pictures and tables can go to a folder.

    Parameters
    ----------
    out : Path
        It need not exist.

    Returns
    -------
    Path
        The same.
    """
    if out.exists() and not out.is_dir():
        raise UserError(f"Got --out {out}, which is a file, but expected a folder.")
    return out


def check_genres(target_names: list[str]) -> None:
    """Check that there are genres to tell apart.

    Parameters
    ----------
    target_names : list of str
        The genres.
    """
    if len(target_names) < 2:
        raise UserError(
            f"Found only one genre, {target_names[0]!r}, but expected at least "
            "two: a folder per genre."
        )


def check_folds(y: np.ndarray, artists: np.ndarray | None, n_folds: int) -> None:
    """Check that every genre can be in every fold; or say what to do.

    Parameters
    ----------
    y : array of str of shape (n_songs,)
        The genre of each song.
    artists : array of str of shape (n_songs,) or None
        The artist of each song.
    n_folds : int
        How many folds the user wants.
    """
    unit = "song" if artists is None else "artist"
    n_members = {
        genre: len(y[y == genre] if artists is None else set(artists[y == genre]))
        for genre in np.unique(y).tolist()
    }
    if len(n_members) < 2:
        raise UserError(
            f"Only the genre {next(iter(n_members))!r} has songs that can be used, but "
            "expected at least two genres."
        )
    genre = min(n_members, key=lambda name: n_members[name])
    if n_members[genre] >= n_folds:
        return
    has = f"The genre {genre!r} has {count(n_members[genre], unit)} only"
    if n_members[genre] >= 2:
        raise UserError(
            f"{has}, but expected one per fold at least. Use --folds "
            f"{n_members[genre]}, or add {unit}s."
        )
    fix = f"Add {unit}s, or leave the genre out."
    if artists is not None and np.sum(y == genre) > 1:
        fix = f"Add {unit}s, or use --artist none, which may be optimistic."
    raise UserError(f"{has}, so it cannot be both learned and tested. {fix}")


def bad_files(errors: dict[Any, str], *, n_songs: int, folder: Path) -> str:
    """Name the files that cannot be used, a line each, and why.

    Parameters
    ----------
    errors : dict of path to str
        Why each cannot be used.
    n_songs : int
        How many files there are.
    folder : Path
        Where they are.

    Returns
    -------
    str
        The lines.
    """
    lines = "".join(f"\n  {below(p, folder)}: {text}" for p, text in errors.items())
    return f"{len(errors)} of {count(n_songs, 'file')} cannot be used:{lines}"
