"""A guess which part of files' names says who was recorded, as a pattern."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

import numpy as np

_BETWEEN = re.compile(r"([_\-. ]+)")
# A group that is one has more than one file, on the whole.
_FILES_PER_GROUP = 1.5
_FEWEST_GROUPS = 3


class Guess(NamedTuple):
    """Which part of names may be the group.

    Parameters
    ----------
    pattern : str
        For ``--groups``.
    n_groups : int
        How many groups there would be.
    file, group : str
        One of the names, and its group.
    """

    pattern: str
    n_groups: int
    file: str
    group: str


def guess_groups(names: Sequence[str], labels: np.ndarray) -> Guess | None:
    """Guess the pattern by which files are named after who was recorded.

    A part of a name may be that if files share it within a class, which a running
    number does not do, and it is not the class itself.

    Parameters
    ----------
    names : sequence of str of length n_files
        Of files, with or without folders.
    labels : array of str of shape (n_files,)
        The class of each.

    Returns
    -------
    Guess or None
        None if names are not all made alike, or no part of them will do.
    """
    stems = [PurePosixPath(name).stem for name in names]
    split = [_BETWEEN.split(stem) for stem in stems]
    # Parts and what stands between them take turns.
    if len({tuple(parts[1::2]) for parts in split}) != 1 or len(split[0]) < 3:
        return None
    columns = [list(column) for column in zip(*(p[::2] for p in split), strict=True)]
    if not all(map(all, columns)):
        return None
    fitting = [
        (len(set(column)), -place)
        for place, column in enumerate(columns)
        if _may_be_groups(column, labels.tolist())
    ]
    if not fitting:
        return None
    n_groups, place = max(fitting)
    return _guess(split[0], columns[-place], -place, n_groups, names[0])


def _may_be_groups(column: list[str], labels: list[str]) -> bool:
    n_groups = len(set(column))
    within = len(set(zip(column, labels, strict=True)))
    classes_of = Counter(group for group, _ in set(zip(column, labels, strict=True)))
    is_class = n_groups <= len(set(labels)) and max(classes_of.values()) == 1
    return (
        n_groups >= _FEWEST_GROUPS
        and within * _FILES_PER_GROUP <= len(column)
        and not is_class
    )


def _guess(
    parts: list[str], column: list[str], place: int, n_groups: int, name: str
) -> Guess:
    """Write the pattern: what all groups begin with stands for itself."""
    # Letters alone: 10 and 11 are not "1" with a 0 and a 1.
    beginnings = {re.sub(r"[\W\d_].*", "", group) for group in column}
    prefix = beginnings.pop() if len(beginnings) == 1 else ""
    if prefix in column:
        prefix = ""
    pieces = list(parts)
    for number in range(len(parts[::2])):
        is_group = number == place
        pieces[2 * number] = f"{prefix}{{group}}" if is_group else "{n}"
    group = parts[2 * place].removeprefix(prefix)
    return Guess("".join(pieces), n_groups, name.rpartition("/")[2], group)
