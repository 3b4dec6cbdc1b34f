"""Songs to be decided by ear as a report: what models say that had not heard them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from skgenre.datasets._unit import MUSIC
from skgenre.reporting._content import Figure, ReportContent, ReportSong
from skgenre.reporting._extras import Extras, copies_among
from skgenre.review import Review, ReviewRow


def content_of_review(
    review: Review, *, sources: Mapping[str, Any], extras: Extras
) -> ReportContent:
    """Make the content of a report out of the songs that are worth a look.

    Parameters
    ----------
    review : Review
        From `review_songs`, or a table that was read, which tells nothing of windows.
    sources : dict of str to song
        Where the sound of each is, by name.
    extras : Extras
        What is known beside.

    Returns
    -------
    ReportContent
        With the songs in the order of their ranks.
    """
    words = extras.words or MUSIC
    classes = list(review.classes) or _classes(review)
    rows = sorted(review, key=lambda row: row.rank)
    songs = [_song(review, row, classes, sources.get(row.song)) for row in rows]
    pairs = {
        frozenset((row.song, row.copy_of)): (row.song, row.copy_of)
        for row in rows
        if row.copy_of
    }
    several = words.several(len(songs), "song")
    are = "is" if len(songs) == 1 else "are"
    return ReportContent(
        title=extras.title or f"{several} {are} worth a look",
        classes=classes,
        songs=songs,
        figure=_figure(review, extras),
        done=[review.method] if review.method else [],
        cautions=list(extras.notes),
        copies=copies_among(replace(extras, copies=list(pairs.values())), songs),
        words=words,
        review=[row.to_dict() for row in rows],
        extra=list(dict.fromkeys(name for row in rows for name, _ in row.extra)),
    )


def _classes(review: Review) -> list[str]:
    """All labels that a table tells of."""
    found = {
        label
        for row in review
        for label in (row.label, row.verdict, row.second, row.new_label)
    }
    return sorted(found - {""})


def _song(
    review: Review, row: ReviewRow, classes: list[str], source: Any
) -> ReportSong:
    label = classes.index(row.label) if row.label in classes else None
    about: dict[str, Any] = {
        "name": row.song,
        "key": row.song,
        "source": source,
        "label": label,
    }
    listened = review.listened.get(row.song)
    if listened is None or listened.verdict.best is None:
        why = review.errors.get(row.song, "Nothing is known of its windows.")
        return ReportSong(**about, error=why)
    return ReportSong.of_heard(listened, **about)


def _figure(review: Review, extras: Extras) -> Figure | None:
    words = extras.words or MUSIC
    # Songs that nobody could judge agree with nothing.
    n_judged = (review.n_songs or 0) - len(review.errors)
    if review.agreement is None or review.n_songs is None:
        return None
    return Figure(
        value=f"{100 * review.agreement:.1f} %",
        text=f"of {words.several(n_judged, 'song')} get the {words.label} "
        "that they have",
        more=(
            "Here are those that are doubtful: where the verdict is another, either "
            f"the {words.label} or the verdict is wrong.",
        ),
    )
