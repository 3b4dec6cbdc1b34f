"""Into which folds songs are split, where a label has few songs or artists."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from skgenre.cli._copies import Copies
from skgenre.cli._errors import UserError
from skgenre.cli._say import Speaker
from skgenre.datasets._unit import plural

if TYPE_CHECKING:
    from sklearn.utils import Bunch

_N_FOLDS = 5
# What parts of an official split are called; of what is tested the first that is there.
_TRAINING = ("train", "training")
_TESTING = (
    "test", "testing", "eval", "evaluation", "valid", "validation", "val", "dev",
)  # fmt: skip


@dataclass(frozen=True)
class Split:
    """How songs are split to measure, and what that ensures.

    Parameters
    ----------
    n_folds : int
        How many folds.
    groups : array of shape (n_heard,) or None
        What is kept in one fold.
    by : str
        In a word: "artist", "recording" or "song".
    official : Official or None, default=None
        What came with the data, where that is taken.
    """

    n_folds: int
    groups: np.ndarray | None
    by: str
    official: "Official | None" = None

    @property
    def cv(self) -> Any:
        """What is split so: a number of folds, or the sides of each."""
        return self.n_folds if self.official is None else self.official.sides

    @property
    def text(self) -> str:
        """Such as "5 folds"."""
        return f"{self.n_folds} folds" if self.official is None else self.official.text


class Official(NamedTuple):
    """Folds, or a split, that came with the data."""

    sides: list[tuple[np.ndarray, np.ndarray]]  # positions of songs, (train, test) each
    text: str


def official_split(songs: "Bunch", heard: np.ndarray) -> Official | None:
    """Take the folds or the split that a table names.

    Parameters
    ----------
    songs : Bunch
        As from `load_table`.
    heard : int array of shape (n_heard,)
        Positions of the songs that can be used.

    Returns
    -------
    Official or None
        Of the songs heard; None if there are no two sides.
    """
    if songs.folds is not None:
        folds = songs.folds[heard]
        # Songs without a fold, -1, are in every training side.
        tested = np.unique(folds[folds >= 0])
        if len(tested) > 1:
            sides = [(folds != fold, folds == fold) for fold in tested]
            return Official(_positions(sides), f"the {len(tested)} folds of the data")
    if songs.split is None:
        return None
    parts = np.char.lower(songs.split[heard])
    learn = [name for name in _TRAINING if (parts == name).any()]
    test = [name for name in _TESTING if (parts == name).any()]
    if not (learn and test):
        return None
    sides = [(np.isin(parts, learn), parts == test[0])]
    return Official(
        _positions(sides), f"the split of the data, {learn[0]!r} and {test[0]!r}"
    )


def _positions(
    sides: list[tuple[np.ndarray, np.ndarray]],
) -> list[tuple[np.ndarray, np.ndarray]]:
    return [(np.flatnonzero(train), np.flatnonzero(test)) for train, test in sides]


def _of_official(
    say: Speaker, groups: np.ndarray | None, by: str, official: Official
) -> Split:
    """Say whether what came with the data keeps groups together."""
    n_folds, words = len(official.sides), say.words
    if groups is None:
        return Split(n_folds, None, words.song, official)
    divided = {
        group
        for train, test in official.sides
        for group in set(groups[train].tolist()) & set(groups[test].tolist())
    }
    if not divided:
        return Split(n_folds, groups, by, official)
    n_divided = len(divided)
    who = f"{n_divided} {plural(by)} are" if n_divided > 1 else f"one {by} is"
    say.warn(
        f"In {official.text} {who} on both sides (such as {min(map(str, divided))!r}), "
        f"which flatters. --folds 5 makes folds by {by} instead."
    )
    return Split(n_folds, None, words.song, official)


def chosen_split(
    say: Speaker,
    y: np.ndarray,
    groups: np.ndarray | None,
    n_folds: int | None,
    groups_are_known: bool,
    official: Official | None = None,
) -> Split | None:
    """Keep groups together where each label has two, else songs; None for neither.

    Parameters
    ----------
    say : Speaker
        Says where it is not as the user wanted.
    y : array of shape (n_songs,)
        The label of each song.
    groups : array of shape (n_songs,) or None
        What is to be kept in one fold: artists, or copies of one recording.
    n_folds : int or None
        How many folds are wanted; those of the data, or 5, if None.
    groups_are_known : bool
        Whether groups are more than copies.
    official : Official or None, default=None
        What came with the data.

    Returns
    -------
    Split or None
        None where a label has one song only.
    """
    words = say.words
    by = words.group if groups_are_known else "recording"
    if n_folds is None and official is not None:
        return _of_official(say, groups, by, official)
    n_folds = _N_FOLDS if n_folds is None else n_folds
    few, label = fewest(y, np.arange(len(y)) if groups is None else groups)
    if groups is not None and few > 1:
        return Split(_said_folds(say, few, n_folds, label, by), groups, by)
    few_songs, few_label = fewest(y, np.arange(len(y)))
    if few_songs < 2:
        say.warn(
            f"The {words.label} {few_label!r} has one {words.song} only, so it cannot "
            "be both learned and tested: the model is trained, but not measured."
        )
        return None
    if groups is not None:
        say.warn(
            f"The {words.label} {label!r} has one {by} only, so the model is measured "
            f"with {plural(by)} on both sides, which flatters it. Add {plural(by)}."
        )
        few, label = few_songs, few_label
    return Split(_said_folds(say, few, n_folds, label, words.song), None, "song")


def check_enough(say: Speaker, y: np.ndarray) -> None:
    """Check that each label has two songs, one to learn from and one to test.

    Parameters
    ----------
    say : Speaker
        Knows the words.
    y : array of shape (n_songs,)
        The label of each song.

    Raises
    ------
    UserError
        If one has a single song.
    """
    few, label = fewest(y, np.arange(len(y)))
    if few < 2:
        words = say.words
        raise UserError(
            f"The {words.label} {label!r} has one {words.song} that can be used, so it "
            f"cannot be both learned and tested. Add {plural(words.song)}, or leave "
            f"the {words.label} out."
        )


def check_none_gone(say: Speaker, songs: "Bunch", heard: np.ndarray) -> None:
    """Check that of each label a song is left that can be used.

    Parameters
    ----------
    say : Speaker
        Knows the words.
    songs : Bunch
        As from `load_songs`.
    heard : int array of shape (n_heard,)
        Positions of the songs that can be used.

    Raises
    ------
    UserError
        If of one there is none.
    """
    gone = sorted(set(songs.target.tolist()) - set(songs.target[heard].tolist()))
    if gone:
        raise UserError(
            f"No {say.words.song} of the {say.words.label} {gone[0]!r} can be used. "
            f"Add some, or leave the {say.words.label} out."
        )


def split_of_heard(
    say: Speaker,
    songs: "Bunch",
    copies: Copies,
    heard: np.ndarray,
    *,
    n_folds: int | None,
) -> Split:
    """Split the songs that could be read; at least two of each label must be left.

    Parameters
    ----------
    say : Speaker
        Says where it is not as the user wanted.
    songs : Bunch
        As from `load_songs`.
    copies : Copies
        Artists, those of copies joined.
    heard : int array of shape (n_heard,)
        Positions of the songs that could be read.
    n_folds : int or None
        How many folds are wanted; those of the data, or 5, if None.

    Returns
    -------
    Split
        Of the songs heard.

    Raises
    ------
    UserError
        If too few are left.
    """
    check_none_gone(say, songs, heard)
    y = songs.target[heard]
    check_enough(say, y)
    groups = None if copies.groups is None else copies.groups[heard]
    split = chosen_split(
        say,
        y,
        groups,
        n_folds,
        songs.groups is not None,
        official=official_split(songs, heard),
    )
    if split is None:
        raise UserError("No folds can be made of these songs.")
    return split


def fewest(y: np.ndarray, members: np.ndarray) -> tuple[int, Any]:
    """How many songs or groups the label with the fewest has, and that label.

    Parameters
    ----------
    y : array of shape (n_songs,)
        The label of each song.
    members : array of shape (n_songs,)
        What is counted, once each: groups, or positions of songs.

    Returns
    -------
    number : int
        At least 1.
    label : object
        Which label.
    """
    n_of = {label: len(set(members[y == label].tolist())) for label in np.unique(y)}
    label = min(n_of, key=lambda name: n_of[name])
    return n_of[label], label.item()


def _said_folds(say: Speaker, few: int, n_folds: int, label: Any, unit: str) -> int:
    if few < n_folds:
        say.warn(
            f"The {say.words.label} {label!r} has {few} {plural(unit)}, so there are "
            f"{few} folds, not {n_folds}."
        )
    return min(few, n_folds)
