"""A model's verdicts on songs as a report, with the figure of its card."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from skgenre.datasets._unit import MUSIC, OTHER, Unit, are_genres, plural
from skgenre.model_selection._statistics import wilson_interval
from skgenre.model_selection._text_tables import percent, percent_interval
from skgenre.persistence import ModelCard
from skgenre.prediction._judge import Listened
from skgenre.reporting._content import Figure, ReportContent, ReportSong
from skgenre.reporting._extras import Extras, copies_among, title_of
from skgenre.reporting._names import short_names
from skgenre.reporting._words import worded

# Of the interval of a figure.
_SURE = 0.95


def content_of_verdicts(
    listened: Sequence[Listened],
    songs: Sequence[Any],
    *,
    classes: Sequence[Any],
    y: ArrayLike | None = None,
    card: ModelCard | None = None,
    extras: Extras,
) -> ReportContent:
    """Make the content of a report out of verdicts on new songs.

    Parameters
    ----------
    listened : sequence of Listened of length n_songs
        Verdicts and windows.
    songs : sequence of length n_songs
        Where the sounds are.
    classes : sequence of length n_classes
        Labels, in the order of the probabilities.
    y : array-like of shape (n_songs,) or None, default=None
        Labels, where they are known.
    card : ModelCard or None, default=None
        Of the model's file.
    extras : Extras
        What is known beside.

    Returns
    -------
    ReportContent
        With songs in their order, and those of errors behind.
    """
    words = extras.words or _words(classes, card)
    names = short_names(songs)
    labels, unknown = _labels(classes, y, len(songs))
    rows = [
        ReportSong.of_heard(
            one, name=name, key=one.verdict.song, source=song, label=label
        )
        for one, song, name, label in zip(listened, songs, names, labels, strict=True)
    ]
    rows += extras.bad_songs(classes)
    return ReportContent(
        title=extras.title or title_of(rows, words),
        classes=[str(label) for label in classes],
        songs=rows,
        figure=_figure_of_labels(rows, words)
        if y is not None
        else _of_card(card, words),
        done=[*_done(rows, classes, card, words), *extras.done],
        cautions=[*(extras.notes or _cautions(y, card, words)), *unknown],
        copies=copies_among(extras, rows),
        words=words,
        review=extras.review,
    )


def _words(classes: Sequence[Any], card: ModelCard | None) -> Unit:
    unit = None if card is None else card.facts.get("unit")
    for words in (MUSIC, OTHER):
        if unit == words.song:
            return words
    return MUSIC if are_genres(classes) else OTHER


def _labels(
    classes: Sequence[Any], y: ArrayLike | None, n_songs: int
) -> tuple[list[int | None], list[str]]:
    """Positions of labels among the classes, and what is said of others."""
    if y is None:
        return [None] * n_songs, []
    labels = np.asarray(y).tolist()
    if len(labels) != n_songs:
        raise ValueError(f"Got {len(labels)} labels in y, but {n_songs} songs.")
    position = {label: i for i, label in enumerate(classes)}
    strange = sorted({str(label) for label in labels if label not in position})
    said = []
    if strange:
        said = [
            f"The model does not know the labels {', '.join(strange[:5])}: what is "
            "labelled so is in no figure."
        ]
    return [position.get(label) for label in labels], said


# -- words ----------------------------------------------------------------------------


def _of_card(card: ModelCard | None, words: Unit) -> Figure | None:
    figures = None if card is None else card.figures
    if not isinstance(figures, Mapping) or not _is_share(figures.get("accuracy")):
        return None
    songs, more = plural(words.song), []
    if _is_share(figures.get("accuracy_low")) and _is_share(
        figures.get("accuracy_high")
    ):
        low, high = 100 * figures["accuracy_low"], 100 * figures["accuracy_high"]
        sure = 100 * figures.get("confidence", 0.95)
        more.append(f"{sure:g} % interval: {low:.0f} to {high:.0f} %.")
    always = figures.get("always")
    if isinstance(always, Mapping) and _is_share(always.get("accuracy")):
        more.append(
            f"Always saying {str(always.get('label'))!r} would be right in "
            f"{percent(always['accuracy'])}."
        )
    more.append(
        f"It holds for new {songs} that are like those; on others it may be worse."
    )
    return Figure(
        value=percent(figures["accuracy"]),
        text=f"of the {songs} it was measured on got the right {words.label}",
        more=tuple(more),
    )


def _is_share(value: Any) -> bool:
    return isinstance(value, float) and 0 <= value <= 1


def _figure_of_labels(songs: Sequence[ReportSong], words: Unit) -> Figure | None:
    right = [song.is_right for song in songs if song.is_right is not None]
    if not right:
        return None
    counts = Counter(song.label for song in songs if song.is_right is not None)
    most, share = max(counts.values()), sum(right) / len(right)
    several = words.several(len(right), "song")
    # Nothing is known of artists here, so each counts as one draw.
    ends = percent_interval(*wilson_interval(share, len(right), _SURE))
    return Figure(
        value=percent(share),
        text=f"of {several} get the right {words.label}",
        more=(
            f"{100 * _SURE:g} % interval: {ends}; {several} tell it no better.",
            f"The most frequent {words.label} is that of {percent(most / len(right))}.",
        ),
    )


def _done(
    songs: Sequence[ReportSong],
    classes: Sequence[Any],
    card: ModelCard | None,
    words: Unit,
) -> list[str]:
    judged = sum(song.verdict is not None for song in songs)
    done = [
        f"A model of {words.several(len(classes), 'label')} judged "
        f"{words.several(judged, 'song')}."
    ]
    bad = len(songs) - judged
    if bad:
        done.append(f"{words.several(bad, 'song')} could not be judged.")
    figures = None if card is None else card.figures
    if isinstance(figures, Mapping) and figures.get("split"):
        done.append(
            f"The model was measured in {worded(str(figures['split']), words)}, each "
            f"on {plural(words.song)} that it had not been trained on."
        )
    return done


def _cautions(y: ArrayLike | None, card: ModelCard | None, words: Unit) -> list[str]:
    if y is not None:
        songs = plural(words.song)
        return [f"The figure is honest only if the model was trained on other {songs}."]
    figures = None if card is None else card.figures
    if not isinstance(figures, Mapping):
        return [
            "How good the model is, is not known: nothing of it was measured. "
            "skgenre train measures it."
        ]
    said = figures.get("ensured")
    return [str(said)] if said else []
