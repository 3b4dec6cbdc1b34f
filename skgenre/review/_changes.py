"""What the decisions of a review change in songs."""

import difflib
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from skgenre._wording import listed
from skgenre.review._review_row import ReviewRow
from skgenre.review._table import plain_cell

if TYPE_CHECKING:
    from sklearn.utils import Bunch

# Fields of a Bunch that have an entry for each song.
_PER_SONG = ("data", "groups", "artists", "folds", "split", "names")


@dataclass(frozen=True)
class Changes:
    """What becomes of songs, by their positions, and what is odd about it.

    Parameters
    ----------
    relabelled : list of (int, ReviewRow)
        Songs that get another label than they have.
    left_out : list of (int, ReviewRow)
        Songs that go.
    confirmed : list of (int, ReviewRow)
        Songs whose label is right.
    n_open : int, default=0
        Songs of the table that are not decided.
    odd : list of str, default=[]
        Sentences that a person should read.
    """

    relabelled: list[tuple[int, ReviewRow]]
    left_out: list[tuple[int, ReviewRow]]
    confirmed: list[tuple[int, ReviewRow]]
    n_open: int = 0
    odd: list[str] = field(default_factory=list)

    def counts(self, target: Any) -> Counter[tuple[str, str]]:
        """Count songs by their old and their new label.

        Parameters
        ----------
        target : sequence of length n_songs
            The labels before.

        Returns
        -------
        Counter of (str, str)
            Of pairs of labels.
        """
        pairs = ((str(target[i]), row.new_label) for i, row in self.relabelled)
        return Counter(pairs)

    def warn(self, *, stacklevel: int) -> None:
        """Warn of what is odd.

        Parameters
        ----------
        stacklevel : int
            As of `warnings.warn`, from the caller.
        """
        for sentence in self.odd:
            warnings.warn(sentence, UserWarning, stacklevel=stacklevel)


def changes_of(rows: Sequence[ReviewRow], songs: "Bunch") -> Changes:
    """Find the songs that were decided, and what becomes of them.

    Parameters
    ----------
    rows : sequence of ReviewRow
        Of a review.
    songs : Bunch
        As from `load_songs`; songs are known by their names.

    Returns
    -------
    Changes
        Of songs that are there. A song that stands in several rows of the data is
        changed in all of them.

    Raises
    ------
    ValueError
        If songs have no labels, decisions are none, or none of the songs is there.
    """
    if songs.target is None:
        raise ValueError(
            "Got songs without labels, but expected some that decisions can change."
        )
    places = _places(songs.names)
    decided = [row for row in rows if not row.is_open]
    found = [(i, row) for row in decided for i in _where(places, row.song)]
    gone = [row.song for row in decided if not _where(places, row.song)]
    if decided and not found:
        raise ValueError(
            f"Got decisions on {len(decided)} songs, of which none is there "
            f"({listed(gone)}), but expected names such as "
            f"{songs.names[0]!r}. Take the table that was made of these songs."
        )
    target = [str(label) for label in songs.target]
    of = {name: [p for p in found if p[1].decision == name] for name in _KINDS}
    changes = Changes(
        relabelled=[(i, row) for i, row in of["relabel"] if row.new_label != target[i]],
        left_out=of["leave out"],
        confirmed=of["right"],
        n_open=sum(row.is_open for row in rows),
        odd=[
            *_of_gone(gone),
            *_of_moved(found, target),
            *_of_done(of["relabel"], target),
            *_of_new(of["relabel"], target),
            *_of_both_copies(of["leave out"]),
        ],
    )
    _check_left(changes, len(target))
    return changes


_KINDS = ("relabel", "leave out", "right")


def _places(names: Sequence[str]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for i, name in enumerate(names):
        places.setdefault(name, []).append(i)
        # A table cannot tell an apostrophe of a name from one that it added.
        if plain_cell(name) != name:
            places.setdefault(plain_cell(name), []).append(i)
    return places


def _where(places: dict[str, list[int]], song: str) -> list[int]:
    return places.get(song, [])


def _check_left(changes: Changes, n_songs: int) -> None:
    if len({i for i, _ in changes.left_out}) == n_songs:
        raise ValueError(
            f"Got decisions that leave out all {n_songs} songs, but expected some to "
            "stay."
        )


# -- what is odd ----------------------------------------------------------------------


def _of_gone(gone: list[str]) -> list[str]:
    if not gone:
        return []
    return [
        f"{_number(gone)} decided on, but not there any more: {listed(gone)}. Their "
        "decisions change nothing."
    ]


def _of_moved(found: list[tuple[int, ReviewRow]], target: list[str]) -> list[str]:
    """Songs that had another label when somebody decided on them."""
    moved = [
        f"{row.song} (was {row.label}, is {target[i]})"
        for i, row in found
        # A relabelled song that has its new label is done.
        if row.label not in ("", target[i])
        and not _same_number(row.label, target[i])
        and not (row.decision == "relabel" and row.new_label == target[i])
    ]
    if not moved:
        return []
    return [
        f"{_number(moved)} labelled otherwise since the table was made: "
        f"{listed(moved)}. What was decided holds."
    ]


def _same_number(first: str, second: str) -> bool:
    """Whether a spreadsheet made "7" of "007"."""
    try:
        return float(first) == float(second)
    except ValueError:
        return False


def _of_done(relabelled: list[tuple[int, ReviewRow]], target: list[str]) -> list[str]:
    done = [row.song for i, row in relabelled if row.new_label == target[i]]
    if not done:
        return []
    return [f"{_number(done)} labelled so already: {listed(done)}."]


def _of_new(relabelled: list[tuple[int, ReviewRow]], target: list[str]) -> list[str]:
    """Labels that no song had: they may be slips of the pen."""
    known = sorted(set(target))
    counts = Counter(row.new_label for _, row in relabelled)
    sentences = []
    for label, n in counts.items():
        if label in known:
            continue
        alike = {name.casefold(): name for name in known}
        near = difflib.get_close_matches(label.casefold(), alike, n=1)
        near += [name for name in known if _same_number(name, label)]
        hint = f" Is {alike.get(near[0], near[0])!r} meant?" if near else ""
        songs = "1 song gets" if n == 1 else f"{n} songs get"
        sentences.append(
            f"{songs} the new label {label!r}, which none has that is there now.{hint}"
        )
    return sentences


def _of_both_copies(left_out: list[tuple[int, ReviewRow]]) -> list[str]:
    names = {row.song for _, row in left_out}
    both = [
        f"{row.song} = {row.copy_of}" for _, row in left_out if row.copy_of in names
    ]
    if not both:
        return []
    return [f"Both copies of one recording are left out: {listed(both)}."]


def _number(songs: list[str]) -> str:
    return "1 song is" if len(songs) == 1 else f"{len(songs)} songs are"


# -- songs ----------------------------------------------------------------------------


def apply_changes(changes: Changes, songs: "Bunch") -> "Bunch":
    """Make songs of which the decisions are true.

    Parameters
    ----------
    changes : Changes
        Of these songs.
    songs : Bunch
        Is not changed.

    Returns
    -------
    Bunch
        The same fields, with the songs that are left.
    """
    target = np.asarray(songs.target).astype(object)
    of_text = {str(label): label for label in target.tolist()}
    for i, row in changes.relabelled:
        target[i] = of_text.get(row.new_label, row.new_label)
    gone = {i for i, _ in changes.left_out}
    left = np.array([i for i in range(len(target)) if i not in gone], dtype=int)
    new = type(songs)(**songs)
    for name in _PER_SONG:
        if songs.get(name) is not None:
            new[name] = _taken(songs[name], left)
    new.target = np.array(target[left].tolist())
    new.target_names = sorted(set(new.target.tolist()))
    if "DESCR" in songs:
        new.DESCR = f"{songs.DESCR}\n{_described(changes)}"
    return new


def _taken(values: Any, positions: np.ndarray) -> Any:
    if isinstance(values, np.ndarray):
        return values[positions]
    return [values[i] for i in positions.tolist()]


def _described(changes: Changes) -> str:
    return (
        f"After a review: {len(changes.relabelled)} with another label, "
        f"{len(changes.left_out)} left out, {len(changes.confirmed)} confirmed"
    )
