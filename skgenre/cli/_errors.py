"""What users of the command line can mend, and how it is said to them."""

import math
import re
import tempfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from skgenre.cli._say import below, count
from skgenre.datasets._unit import MUSIC, Unit, plural

# As the lowest that recipes work at.
LOWEST_RATE = 1000

# Parameters of FrameWindower, and the options that set them here.
_OPTIONS = {
    "window_seconds": "--window",
    "hop_seconds": "--hop",
    "sample_rate": "--sample-rate",
    "silence_db": "--silence-db",
    "tail": "--tail",
}

_INSTALL = 'The command line needs {}. Install it with: pip install "skgenre[cli]"'


class UserError(Exception):
    """What the user can mend: shown without a traceback."""


class Interrupted(Exception):
    """The user interrupted; says what is kept."""


@contextmanager
def interruptible(kept: str) -> Iterator[None]:
    """Say what an interruption leaves.

    Parameters
    ----------
    kept : str
        Sentences.

    Raises
    ------
    Interrupted
        If the user presses Ctrl-C.
    """
    try:
        yield
    except KeyboardInterrupt as error:
        raise Interrupted(kept) from error


def features_kept(cache: Path | None) -> str:
    """Say which features are there when a command is interrupted.

    Parameters
    ----------
    cache : Path or None
        Where the user has features kept.

    Returns
    -------
    str
        A sentence.
    """
    if cache is None:
        return "Features are not kept. With --cache FOLDER they are, song by song."
    return f"Features computed so far are kept in {cache}: the same command uses them."


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
    window: float | None,
    hop: float | None,
    sample_rate: float | None,
    silence_db: float | None,
    n_jobs: int,
) -> None:
    """Check numbers that no one can have meant.

    Parameters
    ----------
    window : float or None
        Length of windows in seconds.
    hop : float or None
        Seconds between starts of windows.
    sample_rate : float or None
        In hertz.
    silence_db : float or None
        How much quieter than the loudest window silence is.
    n_jobs : int
        Songs at a time.
    """
    checked_jobs(n_jobs)
    if sample_rate is not None and sample_rate < LOWEST_RATE:
        raise UserError(
            f"Got --sample-rate {sample_rate:g}, but expected {LOWEST_RATE} or more: "
            "it is in hertz, such as 22050."
        )
    if hop is not None and window is not None and hop > window:
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


def check_genres(target_names: list[str], *, words: Unit = MUSIC) -> None:
    """Check that there are labels to tell apart.

    Parameters
    ----------
    target_names : list of str
        The labels.
    words : Unit, default=MUSIC
        What they are called.
    """
    if len(target_names) < 2:
        raise UserError(
            f"Found only one {words.label}, {target_names[0]!r}, but expected at least "
            f"two {plural(words.label)} to tell apart: a folder each, or a column of "
            "the table."
        )


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


def in_options(sentence: str, options: Collection[str]) -> str:
    """Say parameters as the options that they are here.

    Parameters
    ----------
    sentence : str
        From the package, with parameters such as ``window_seconds=2``.
    options : collection of str
        Those that the command has; other parameters are left to Python.

    Returns
    -------
    str
        Such as "--window 2".
    """
    for name, option in _OPTIONS.items():
        if option not in options:
            sentence = re.sub(rf"\b{name}=", f"from Python, {name}=", sentence)
            continue
        sentence = sentence.replace(f"{name}=None", f"no {option}")
        sentence = re.sub(rf"\b{name}=", f"{option} ", sentence)
        # A tail without a value is a word like others.
        if "_" in name:
            sentence = re.sub(rf"\b{name}\b", option, sentence)
    return sentence
