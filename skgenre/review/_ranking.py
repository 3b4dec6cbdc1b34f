"""In which order songs are worth a look, and why: pure functions of arrays.

::

    copies with different labels ─► (copies, suspected labels) in turns ─► doubtful ones
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np

from skgenre.datasets._unit import MUSIC, Unit
from skgenre.model_selection._duplicates import DuplicatePair
from skgenre.review._review_row import ReviewRow
from skgenre.review._suspects import usual_confidence

# A verdict by less than this before the second choice is a doubtful one.
_SMALL_MARGIN = 0.2
# So is one of which fewer windows are.
_FEW_WINDOWS = 0.5


@dataclass(frozen=True)
class Evidence:
    """What is known of songs by models that were not trained on them.

    Parameters
    ----------
    names : sequence of str of length n_songs
        What songs are called.
    classes : sequence of str of length n_classes
        Labels, in the order of all columns.
    proba : array of shape (n_songs, n_classes)
        Probabilities; rows of songs that nobody could judge are NaN.
    votes : array of shape (n_songs, n_classes)
        Number of windows of which each class is the likeliest; zeros where unknown.
    y : int array of shape (n_songs,) or None, default=None
        Position of each song's label; None for songs without.
    pairs : sequence of DuplicatePair, default=()
        Songs that are the same recording.
    words : Unit, default=MUSIC
        What songs and labels are called.
    """

    names: Sequence[str]
    classes: Sequence[str]
    proba: np.ndarray
    votes: np.ndarray
    y: np.ndarray | None = None
    pairs: Sequence[DuplicatePair] = ()
    words: Unit = MUSIC

    @property
    def judged(self) -> np.ndarray:
        """Which songs have probabilities: bool array of shape (n_songs,)."""
        return ~np.isnan(self.proba).any(axis=1)

    @property
    def best(self) -> np.ndarray:
        """Position of the likeliest class (n_songs,); -1 where nobody could judge."""
        filled = np.nan_to_num(self.proba, nan=-1.0)
        return np.where(self.judged, filled.argmax(axis=1), -1)

    @property
    def own(self) -> np.ndarray:
        """Probability of each song's label (n_songs,); NaN where not known."""
        if self.y is None:
            return np.full(len(self.names), np.nan)
        return self.proba[np.arange(len(self.y)), self.y]

    def agreement(self) -> float | None:
        """Share of the songs on which the verdict is the label; None without any."""
        judged = self.judged
        if self.y is None or not judged.any():
            return None
        return float(np.mean(self.best[judged] == self.y[judged]))

    def label(self, song: int) -> str:
        """Label of a song; empty if it has none."""
        return "" if self.y is None else self.classes[self.y[song]]


def ranked_rows(evidence: Evidence) -> list[ReviewRow]:
    """List the songs that are worth a look, those first that need it most.

    Copies under different labels come first, as one of the labels is wrong. Then
    suspected labels and other copies take turns, so that many of the one do not bury
    the other: copies by their similarity, suspected labels by the probability of the
    label, the lowest first [1]_. Last come doubtful verdicts, by margin.

    Parameters
    ----------
    evidence : Evidence
        Of songs.

    Returns
    -------
    list of ReviewRow
        Songs that have a reason, once each.

    References
    ----------
    .. [1] C. G. Northcutt, L. Jiang and I. L. Chuang, "Confident learning: estimating
       uncertainty in dataset labels", JAIR 2021: ranking by self-confidence.
    """
    reasons = _Reasons(evidence)
    copy_of = _copies(evidence, conflicts=False)
    conflict_of = _copies(evidence, conflicts=True)
    turns = _in_turns(list(copy_of), _suspects(evidence))
    order = dict.fromkeys([*conflict_of, *turns, *_doubtful(evidence)])
    partners = copy_of | conflict_of
    return [
        _row(evidence, song, rank, partners.get(song), reasons)
        for rank, song in enumerate(order, start=1)
    ]


# -- orders ---------------------------------------------------------------------------


def _copies(evidence: Evidence, *, conflicts: bool) -> dict[int, DuplicatePair]:
    """Pairs, the most similar first, by the song of the pair that is to be looked at.

    Of two labels the one that models doubt more is looked at; of equal ones the song
    that stands later.
    """
    y, own = evidence.y, np.nan_to_num(evidence.own, nan=1.0)
    chosen: dict[int, DuplicatePair] = {}
    for pair in sorted(evidence.pairs, key=lambda pair: -pair.similarity):
        differ = bool(y is not None and y[pair.first] != y[pair.second])
        if differ != conflicts:
            continue
        doubted = pair.first if differ and own[pair.first] < own[pair.second] else None
        chosen.setdefault(pair.second if doubted is None else doubted, pair)
    return chosen


def _suspects(evidence: Evidence) -> list[int]:
    """Songs whose verdict is not their label, the least likely label first."""
    if evidence.y is None:
        return []
    own, sure = evidence.own, evidence.proba.max(axis=1)
    found = np.flatnonzero(evidence.judged & (evidence.best != evidence.y))
    return sorted(found.tolist(), key=lambda song: (own[song], -sure[song], song))


def _doubtful(evidence: Evidence) -> list[int]:
    """Songs with a small margin, or few windows for the verdict; the worst first."""
    margin, share = _margin(evidence), _window_share(evidence)
    doubt = np.minimum(margin / _SMALL_MARGIN, share / _FEW_WINDOWS)
    found = np.flatnonzero(doubt < 1)
    return sorted(found.tolist(), key=lambda song: (doubt[song], song))


def _margin(evidence: Evidence) -> np.ndarray:
    """How far the verdict is before the second choice (n_songs,); inf if unknown."""
    if len(evidence.classes) < 2:
        return np.full(len(evidence.names), np.inf)
    two = np.sort(evidence.proba, axis=1)[:, -2:]  # (n_songs, 2)
    margin = two[:, 1] - two[:, 0]
    return np.where(np.isnan(margin), np.inf, margin)


def _window_share(evidence: Evidence) -> np.ndarray:
    """Share of the windows that say the verdict (n_songs,); inf where unknown."""
    total = evidence.votes.sum(axis=1)
    said = evidence.votes[np.arange(len(total)), evidence.best]
    known = evidence.judged & (total > 0)
    return np.where(known, said / np.maximum(total, 1), np.inf)


def _in_turns(first: Iterable[int], second: Iterable[int]) -> Iterator[int]:
    for pair in zip_longest(first, second):
        yield from (song for song in pair if song is not None)


# -- words ----------------------------------------------------------------------------


class _Reasons:
    """Sentences on why songs are worth a look."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        y = evidence.y
        self._usual = None if y is None else usual_confidence(y, evidence.proba)
        self._margin = _margin(evidence)
        self._share = _window_share(evidence)

    def of(self, song: int, pair: DuplicatePair | None) -> str:
        """All that there are of a song."""
        sentences = [] if pair is None else [self._of_copy(song, pair)]
        best, y = self._evidence.best[song], self._evidence.y
        if best >= 0 and y is not None and best != y[song]:
            sentences += self._of_label(song)
        elif self._margin[song] < _SMALL_MARGIN:
            sentences.append(self._of_margin(song))
        if best >= 0 and (self._share[song] < 1 or not sentences):
            sentences += self._of_windows(song)
        return " ".join(sentences)

    def _of_copy(self, song: int, pair: DuplicatePair) -> str:
        evidence = self._evidence
        other = pair.second if song == pair.first else pair.first
        how = (
            f"similarity {pair.similarity:.2f}, {pair.overlap_seconds:.1f} s in common"
        )
        how = "equal to the last sample" if pair.exact else how
        text = f"The same recording as {evidence.names[other]} ({how})"
        label, its = evidence.label(song), evidence.label(other)
        if label == its:
            return f"{text}."
        return (
            f"{text}, which is labelled {its}, and this {label}: one of them is wrong."
        )

    def _of_label(self, song: int) -> Iterator[str]:
        evidence = self._evidence
        best, label = evidence.best[song], evidence.label(song)
        verdict, sure = evidence.classes[best], evidence.proba[song, best]
        yield (
            f"Labelled {label} ({_percent(evidence.own[song])}), but {verdict} "
            f"({_percent(sure)}) to models that had not been trained on it."
        )
        usual = np.inf if self._usual is None else self._usual[best]
        if not np.isfinite(usual):
            yield f"They were never right to say {verdict}."
            return
        than = "as sure as" if sure >= usual else "less sure than"
        yield (
            f"They are {than} where they are right to say {verdict} "
            f"({_percent(usual)} on average)."
        )

    def _of_margin(self, song: int) -> str:
        evidence = self._evidence
        first, second = np.argsort(-evidence.proba[song], kind="stable")[:2]
        return (
            f"A small margin: {evidence.classes[first]} "
            f"{_percent(evidence.proba[song, first])}, {evidence.classes[second]} "
            f"{_percent(evidence.proba[song, second])}."
        )

    def _of_windows(self, song: int) -> Iterator[str]:
        evidence, votes = self._evidence, self._evidence.votes[song]
        total = int(votes.sum())
        if total < 2:
            return
        most = [k for k in np.argsort(-votes, kind="stable")[:3] if votes[k]]
        said = ", ".join(f"{int(votes[k])} {evidence.classes[k]}" for k in most)
        yield f"Of {total} windows, {said}."


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _row(
    evidence: Evidence,
    song: int,
    rank: int,
    pair: DuplicatePair | None,
    reasons: _Reasons,
) -> ReviewRow:
    best, proba = int(evidence.best[song]), evidence.proba[song]
    others = [k for k in np.argsort(-proba, kind="stable").tolist() if k != best]
    second = others[0] if best >= 0 and others else None
    other = None if pair is None else {pair.first, pair.second} - {song}
    return ReviewRow(
        rank=rank,
        song=evidence.names[song],
        label=evidence.label(song),
        verdict="" if best < 0 else evidence.classes[best],
        confidence=np.nan if best < 0 else float(proba[best]),
        second="" if second is None else evidence.classes[second],
        second_confidence=np.nan if second is None else float(proba[second]),
        reasons=reasons.of(song, pair),
        copy_of="" if other is None else evidence.names[other.pop()],
    )
