"""What users of the command line can mend, and how it is said to them."""

import math
import tempfile
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from skgenre.cli._say import below, count

# As the lowest that recipes work at.
LOWEST_RATE = 1000

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


def checked_choices(
    option: str, values: Iterable[str], choices: Iterable[str]
) -> tuple[str, ...]:
    """Check an option that can be repeated; each word counts once.

    Parameters
    ----------
    option : str
        Its name, with dashes.
    values : iterable of str
        What the user gave.
    choices : iterable of str
        What there is to choose from.

    Returns
    -------
    tuple of str
        The values in their order.
    """
    known = tuple(choices)
    return tuple(
        dict.fromkeys(checked_choice(option, value, known) for value in values)
    )


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
    # The folder, or the nearest above it, in which it would be made.
    there = out.absolute()
    while not there.exists():
        there = there.parent
    try:
        # Rights alone tell nothing on full and on mounted disks.
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(b"\0")
    except OSError as error:
        where = "" if there == out.absolute() else f" (in {there})"
        raise UserError(
            f"Got --out {out}, which cannot be written{where}: "
            f"{error.strerror or error}. Give another folder."
        ) from error
    return out


def checked_numbers(
    *,
    window: float,
    hop: float | None,
    sample_rate: int,
    silence_db: float | None,
    n_jobs: int,
) -> None:
    """Check numbers that no one can have meant.

    Parameters
    ----------
    window : float
        Length of windows in seconds.
    hop : float or None
        Seconds between starts of windows.
    sample_rate : int
        In hertz.
    silence_db : float or None
        How much quieter than the loudest window silence is.
    n_jobs : int
        Songs at a time.
    """
    checked_jobs(n_jobs)
    if sample_rate < LOWEST_RATE:
        raise UserError(
            f"Got --sample-rate {sample_rate}, but expected {LOWEST_RATE} or more: it "
            "is in hertz, such as 22050."
        )
    if hop is not None and hop > window:
        raise UserError(
            f"Got --hop {hop:g}, but expected {window:g} or less, the length of a "
            f"window: of every {hop:g} s only {window:g} s would be heard. Give a "
            "shorter --hop, or a longer --window."
        )
    if silence_db is not None and not 0 < silence_db < math.inf:
        raise UserError(
            f"Got --silence-db {silence_db:g}, but expected a number above 0: how many "
            "decibels silence is quieter than the song's loudest window, such as 60."
        )


def checked_jobs(n_jobs: int) -> int:
    """Check that some songs at a time are asked for.

    Parameters
    ----------
    n_jobs : int
        Songs at a time; negative ones count from all cores.

    Returns
    -------
    int
        The same.
    """
    if n_jobs == 0:
        raise UserError(
            "Got --jobs 0, but expected 1 or more songs at a time, or -1 for all cores."
        )
    return n_jobs


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


def check_folds(
    y: np.ndarray,
    artists: np.ndarray | None,
    n_folds: int,
    *,
    unit: str = "artist",
) -> None:
    """Check that every genre can be in every fold; or say what to do.

    Parameters
    ----------
    y : array of str of shape (n_songs,)
        The genre of each song.
    artists : array of str of shape (n_songs,) or None
        The artist of each song.
    n_folds : int
        How many folds the user wants.
    unit : str, default="artist"
        What `artists` are: "recording", where only copies are known.
    """
    if artists is None:
        unit = "song"
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
        fix = f"Add {unit}s, or leave the genre out."
        if unit == "artist":
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
