"""Decisions of a review, taken back before a model is trained."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skgenre.cli._say import Speaker

if TYPE_CHECKING:
    from sklearn.utils import Bunch

    from skgenre.review._changes import Changes
    from skgenre.review._review import Review
    from skgenre.review._review_row import ReviewRow

_SHOWN = 8


@dataclass(frozen=True)
class Reviewed:
    """Songs after a review, and what the model's file keeps of it.

    Parameters
    ----------
    songs : Bunch
        With their new labels, without those that are left out.
    facts : dict or None, default=None
        Who decided what, and when; None without a review.
    odd : list of str, default=[]
        What a person should read.
    """

    songs: "Bunch"
    facts: dict[str, Any] | None = None
    odd: list[str] = field(default_factory=list)


def reviewed_songs(say: Speaker, songs: "Bunch", table: Path | None) -> Reviewed:
    """Read a table that somebody filled in, and do what it says; say what changes.

    Parameters
    ----------
    say : Speaker
        Says it.
    songs : Bunch
        As from `load_songs`.
    table : Path or None
        The table; None for songs as they are.

    Returns
    -------
    Reviewed
        The songs that are left.
    """
    if table is None:
        return Reviewed(songs)
    from skgenre.review import read_review

    with say.step():
        review = read_review(table)
    return apply_review(say, songs, review, name=str(table))


def apply_review(
    say: Speaker, songs: "Bunch", review: "Review", *, name: str
) -> Reviewed:
    """Do what a review says, and say what changes.

    Parameters
    ----------
    say : Speaker
        Says it.
    songs : Bunch
        As from `load_songs`.
    review : Review
        That somebody filled in.
    name : str
        Of its table.

    Returns
    -------
    Reviewed
        The songs that are left.
    """
    from skgenre.review._changes import apply_changes, changes_of

    changes = changes_of(review.rows, songs)
    say.done(f"Took the decisions of {name}: {_words(say, songs, changes)}.")
    for sentence in changes.odd:
        say.warn(sentence)
    return Reviewed(apply_changes(changes, songs), _facts(songs, changes), changes.odd)


def _words(say: Speaker, songs: "Bunch", changes: "Changes") -> str:
    n, counts = len(changes.relabelled), changes.counts(songs.target)
    said = [f"{k} from {old} to {new}" for (old, new), k in counts.most_common(_SHOWN)]
    more = len(counts) - len(said)
    said += [f"and {more} kinds more"] if more > 0 else []
    moved = f" ({', '.join(said)})" if said else ""
    words = say.words
    return (
        f"{words.several(n, 'song')} relabelled{moved}, {len(changes.left_out)} left "
        f"out, {len(changes.confirmed)} confirmed, {changes.n_open} still open"
    )


def measured_after(say: Speaker, facts: dict[str, Any] | None) -> None:
    """Say by which labels a figure is, where somebody changed some.

    Parameters
    ----------
    say : Speaker
        Says it.
    facts : dict or None
        From `reviewed_songs`.
    """
    if facts is not None and (facts["relabelled"] or facts["left_out"]):
        say.line(
            "That is by the labels after the review, in which what models doubted was "
            "changed first: it may flatter them."
        )


def _facts(songs: "Bunch", changes: "Changes") -> dict[str, Any]:
    """What the model's file keeps: each decision, with who took it and when."""
    return {
        "relabelled": [
            {**_decision(row), "from": str(songs.target[i]), "to": row.new_label}
            for i, row in changes.relabelled
        ],
        "left_out": [_decision(row) for _, row in changes.left_out],
        "confirmed": [_decision(row) for _, row in changes.confirmed],
        "open": changes.n_open,
    }


def _decision(row: "ReviewRow") -> dict[str, str]:
    return {
        "song": row.song,
        "by": row.decided_by,
        "at": row.decided_at,
        "comment": row.comment,
    }
