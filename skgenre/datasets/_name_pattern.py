"""Groups out of the names of files, by a pattern with {group} in it."""

import re
import unicodedata
import warnings
from collections.abc import Sequence

from skgenre._wording import listed
from skgenre.audio._song import shown

_PLACE = re.compile(r"\{(\w+)\}")
_EXAMPLE = "'patient{group}_{n}.wav'"


def groups_by_pattern(pattern: str, paths: Sequence[str]) -> list[str | None]:
    """Take the group of each file out of its name.

    Parameters
    ----------
    pattern : str
        Such as ``"patient{group}_{n}.wav"``: ``{group}`` is the group, other words in
        braces stand for anything, all else for itself. Each stands for at least one
        character, as few as fit, and never for a "/". It is compared with the name of
        a file, without its extension if the pattern has none; if there is a "/" in the
        pattern, with the whole path below the folder. Where ``{group}`` stands twice,
        both must agree.
    paths : sequence of str of length n_files
        Paths below the folder, with "/".

    Returns
    -------
    list of (str or None) of length n_files
        Groups; None for files that do not fit, which a warning counts.

    Raises
    ------
    ValueError
        If it is no such pattern, or no file fits.
    """
    expression = _compiled(pattern)
    found = [_group(expression, _compared(path, pattern)) for path in paths]
    unfit = [
        shown(path) for path, group in zip(paths, found, strict=True) if group is None
    ]
    if len(unfit) == len(found):
        example = f" They are named such as {unfit[0]!r}." if unfit else ""
        raise ValueError(
            f"Got the pattern {pattern!r}, but expected one that fits the names of "
            f"files: none of {len(found)} fits.{example}"
        )
    if unfit:
        warnings.warn(
            f"{len(unfit)} of {len(found)} files do not fit the pattern {pattern!r}, "
            f"and are of unknown groups: {listed(unfit)}.",
            UserWarning,
            stacklevel=3,
        )
    return found


def _compiled(pattern: str) -> re.Pattern[str]:
    """Turn the pattern into a regular expression, or say what is wrong with it."""
    pattern = unicodedata.normalize("NFC", pattern)
    words = _PLACE.findall(pattern)
    literals = _PLACE.split(pattern)[::2]
    if "group" not in words or any(set("{}") & set(text) for text in literals):
        raise ValueError(
            f"Got the pattern {pattern!r}, but expected one with {{group}} in it, and "
            f"words in braces for what may vary, such as {_EXAMPLE}."
        )
    if "" in literals[1:-1]:
        raise ValueError(
            f"Got the pattern {pattern!r}, but expected something between two words in "
            f"braces, by which to tell where one ends, such as {_EXAMPLE}."
        )
    expression = re.escape(literals[0])
    is_named = False
    for word, literal in zip(words, literals[1:], strict=True):
        if word != "group":
            expression += "[^/]+?"
        else:
            expression += "(?P=group)" if is_named else "(?P<group>[^/]+?)"
            is_named = True
        expression += re.escape(literal)
    return re.compile(expression)


def _compared(path: str, pattern: str) -> str:
    """What of a path the pattern is compared with."""
    name = unicodedata.normalize("NFC", path)
    if "/" not in pattern:
        name = name.rpartition("/")[2]
    has_extension = re.search(r"\.(\w+|\{\w+\})$", pattern)
    if has_extension or "." not in name.rpartition("/")[2]:
        return name
    return name.rpartition(".")[0]


def _group(expression: re.Pattern[str], name: str) -> str | None:
    match = expression.fullmatch(name)
    return None if match is None else shown(match["group"].strip()) or None
