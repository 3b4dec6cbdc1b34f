"""One conclusion from a comparison: the best, what equals it, what to take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from skgenre._wording import listed
from skgenre.model_selection._statistics import bootstrap_means, mcnemar_exact
from skgenre.model_selection._text_tables import (
    interval_head,
    percent,
    percent_interval,
    point_interval,
)

# With fewer songs the share that one of them is worth is said.
_FEW = 100
# Clocks differ by so much from run to run.
_AS_FAST = 1.25


@dataclass(frozen=True)
class Evidence:
    """What a conclusion is drawn from.

    Parameters
    ----------
    right : bool array of shape (n_candidates, n_songs)
        Which songs each candidate gets right.
    pooled : dict of str to dict
        As `ModelComparison.pooled`, in the same order.
    reference : str
        What others are compared with.
    simplest : sequence of str
        All names, the simplest first.
    kind : str
        What a candidate is called, such as "model".
    groups : array of shape (n_songs,) or None
        The artist of each song.
    always : tuple of (label, share)
        The most frequent label and its share of the songs.
    n_bootstrap : int
        Draws for the intervals.
    confidence : float
        Of the intervals.
    seed : int
        Of the draws.
    """

    right: np.ndarray
    pooled: Mapping[str, Mapping[str, Any]]
    reference: str
    simplest: Sequence[str]
    kind: str
    groups: np.ndarray | None
    always: tuple[Any, float]
    n_bootstrap: int
    confidence: float
    seed: int

    @property
    def names(self) -> list[str]:
        """Of the candidates, in the order of `right`."""
        return list(self.pooled)

    @property
    def accuracy(self) -> dict[str, float]:
        """Share of songs that each gets right."""
        return {name: row["accuracy"] for name, row in self.pooled.items()}


def conclude(evidence: Evidence) -> str:
    """Say which candidate is best, which equal it, and what to take.

    Parameters
    ----------
    evidence : Evidence
        Scores, and which songs each candidate gets right.

    Returns
    -------
    str
        Sentences.
    """
    if len(evidence.names) == 1:
        return " ".join([_alone(evidence), *_cautions(evidence, evidence.names[0])])
    if len(set(evidence.accuracy.values())) == 1:
        return " ".join(_all_equal(evidence))
    best = best_of(evidence)
    equal = equals_of(evidence, best)
    take = cheapest_of(evidence, [best, *equal])
    return " ".join(
        [
            _on_best(evidence, best),
            _on_equals(evidence, best, equal=equal, take=take),
            *_cautions(evidence, take),
        ]
    )


def best_of(evidence: Evidence) -> str:
    """The candidate that gets the most songs right; of several, the cheapest.

    Parameters
    ----------
    evidence : Evidence
        Scores.

    Returns
    -------
    str
        Its name.
    """
    accuracy = evidence.accuracy
    most = max(accuracy.values())
    return cheapest_of(evidence, [n for n in accuracy if accuracy[n] == most])


def equals_of(evidence: Evidence, best: str) -> list[str]:
    """Candidates that these songs cannot tell apart from the best.

    One is worse if the paired interval of the difference leaves 0 out and McNemar's
    exact test finds a difference, at a confidence that holds for all comparisons with
    the best together (Bonferroni): of many candidates some always look worse.

    Parameters
    ----------
    evidence : Evidence
        Which songs each candidate gets right.
    best : str
        The candidate that others are compared with.

    Returns
    -------
    list of str
        Names, without the best.
    """
    names, right = evidence.names, evidence.right
    gains = right[names.index(best)].astype(float) - right  # (n_candidates, n_songs)
    error = (1 - evidence.confidence) / (len(names) - 1)
    low, _ = bootstrap_means(
        gains.T,
        groups=evidence.groups,
        n_bootstrap=evidence.n_bootstrap,
        confidence=1 - error,
        seed=evidence.seed,
    )
    return [
        name
        for name, gain, least in zip(names, gains, low, strict=True)
        # Bootstraps of few songs are too sure of themselves, the exact test is not.
        if name != best and (least <= 0 or _p_value(gain) >= error)
    ]


def _p_value(gain: np.ndarray) -> float:
    return mcnemar_exact(int((gain > 0).sum()), int((gain < 0).sum()))


def cheapest_of(evidence: Evidence, names: list[str]) -> str:
    """The fastest, where seconds are known, or else the simplest.

    Parameters
    ----------
    evidence : Evidence
        Scores, seconds, and the order of simplicity.
    names : list of str
        Of whom.

    Returns
    -------
    str
        Of those that are as fast as the fastest, the most accurate.
    """
    simple = sorted(names, key=list(evidence.simplest).index)
    if not _timed(evidence):
        return simple[0]
    seconds = {name: evidence.pooled[name]["seconds"] for name in simple}
    limit = _AS_FAST * min(seconds.values())
    quick = [name for name in simple if seconds[name] <= limit]
    return max(quick, key=lambda name: evidence.accuracy[name])


def _timed(evidence: Evidence) -> bool:
    return all("seconds" in row for row in evidence.pooled.values())


# -- sentences ------------------------------------------------------------------------


def _alone(evidence: Evidence) -> str:
    (name,), (row,) = evidence.names, evidence.pooled.values()
    return (
        f"{name!r} gets {percent(row['accuracy'])} of {_songs(evidence)} right "
        f"({_interval(evidence, row)}); it is the only {evidence.kind}, so there is "
        "nothing to compare it with."
    )


def _all_equal(evidence: Evidence) -> list[str]:
    take, many = best_of(evidence), len(evidence.names)
    row = evidence.pooled[take]
    all_of_them = "Both" if many == 2 else f"All {many}"
    first = (
        f"{all_of_them} {evidence.kind}s get {percent(row['accuracy'])} of "
        f"{_songs(evidence)} right ({_interval(evidence, row)}): take {take!r}, "
        f"{_merit(evidence, take)}."
    )
    return [first, *_cautions(evidence, take)]


def _on_best(evidence: Evidence, best: str) -> str:
    row, many = evidence.pooled[best], len(evidence.names)
    score = f"{percent(row['accuracy'])} of {_songs(evidence)} right"
    # The winner of many was lucky, too.
    caution = ", a figure that is a little too good, as the best of many" * (many > 2)
    first = f"{best!r} is the best of {many} {evidence.kind}s with {score}"
    if best == evidence.reference:
        return (
            f"{first} ({_interval(evidence, row)}){caution}; it is the one that others "
            "are compared with."
        )
    if row["accuracy"] == evidence.pooled[evidence.reference]["accuracy"]:
        return f"{first}{caution}; {evidence.reference!r} gets as many."
    ends = point_interval(100 * row["difference_low"], 100 * row["difference_high"])
    return (
        f"{first}, {100 * row['difference']:+.1f} points against "
        f"{evidence.reference!r} ({interval_head(evidence.confidence)} {ends})"
        f"{caution}."
    )


def _on_equals(evidence: Evidence, best: str, *, equal: list[str], take: str) -> str:
    n_others = len(evidence.names) - 1
    how = "paired interval and McNemar's test"
    if n_others > 1:
        how += f", for {n_others} comparisons at once"
    if not equal:
        others = "the other is" if n_others == 1 else f"all {n_others} others are"
        return f"By {how}, {others} worse: take {best!r}."
    verb = "cannot be told apart from it on these songs"
    worse = [n for n in evidence.names if n != best and n not in equal]
    beside = ""
    if worse:
        beside = f", {_named(worse)} {'is' if len(worse) == 1 else 'are'} worse"
    merit = _merit(evidence, take) + (" of them" if take != best else "")
    return f"{_named(equal)} {verb}{beside} ({how}): take {take!r}, {merit}."


def _named(names: list[str]) -> str:
    return listed([repr(name) for name in names])


def _merit(evidence: Evidence, take: str) -> str:
    if not _timed(evidence):
        return "the simplest"
    return f"the fastest ({evidence.pooled[take]['seconds']:.1f} s)"


def _cautions(evidence: Evidence, take: str) -> list[str]:
    cautions = []
    label, share = evidence.always
    if evidence.pooled[take]["accuracy_low"] <= share:
        cautions.append(
            f"{take!r} is not clearly better than always saying {label!r} "
            f"({percent(share)})."
        )
    n_songs = evidence.right.shape[1]
    if n_songs < _FEW:
        one = f"{100 / n_songs:.1f}"
        cautions.append(f"With {_songs(evidence)}, one song is {one} points.")
    return cautions


def _songs(evidence: Evidence) -> str:
    n_songs = evidence.right.shape[1]
    return "1 song" if n_songs == 1 else f"{n_songs:,} songs"


def _interval(evidence: Evidence, row: Mapping[str, Any]) -> str:
    ends = percent_interval(row["accuracy_low"], row["accuracy_high"])
    return f"{interval_head(evidence.confidence)} {ends}"
