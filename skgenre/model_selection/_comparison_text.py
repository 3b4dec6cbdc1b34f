"""What a comparison says: its tables as cells, and the words around them."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from skgenre.model_selection._text_tables import (
    interval_head,
    percent,
    percent_interval,
    point_interval,
)

# Scores of each candidate, and its paired difference to the reference.
Pooled = Mapping[str, Mapping[str, Any]]


def score_table(pooled: Pooled, *, confidence: float) -> list[list[str]]:
    """Cells of the scores of all candidates.

    Parameters
    ----------
    pooled : dict of str to dict
        As `ModelComparison.pooled`.
    confidence : float
        Of the intervals.

    Returns
    -------
    list of list of str
        Lines of cells; the head first.
    """
    timed = any("seconds" in row for row in pooled.values())
    head = ["Songs", "accuracy", interval_head(confidence)]
    head += ["balanced", "macro F1", "AUC", "log-loss", "ECE"]
    return [head + ["seconds"] * timed] + [
        [
            name,
            percent(row["accuracy"]),
            percent_interval(row["accuracy_low"], row["accuracy_high"]),
            percent(row["balanced_accuracy"]),
            percent(row["f1_macro"]),
            f"{row['auc']:.3f}",
            f"{row['log_loss']:.3f}",
            percent(row["ece"]),
            *([f"{row['seconds']:.1f}"] if timed else []),
        ]
        for name, row in pooled.items()
    ]


def difference_table(
    pooled: Pooled, *, reference: str, confidence: float
) -> list[list[str]]:
    """Cells of the paired differences to the reference.

    Parameters
    ----------
    pooled : dict of str to dict
        As `ModelComparison.pooled`.
    reference : str
        What others are compared with.
    confidence : float
        Of the intervals.

    Returns
    -------
    list of list of str
        Lines of cells; the head first.
    """
    head = [f"Against {reference}", "difference"]
    head += [interval_head(confidence), "better", "worse", "p (McNemar)"]
    return [head] + [
        [
            name,
            *difference_cells(row),
            f"{row['n_better']}",
            f"{row['n_worse']}",
            "< 0.001" if row["p_value"] < 0.001 else f"{row['p_value']:.3f}",
        ]
        for name, row in pooled.items()
        if name != reference
    ]


def joint_table(
    pooled: Pooled, *, reference: str, confidence: float
) -> list[list[str]]:
    """Cells of scores and differences, what matters most at the left.

    Parameters
    ----------
    pooled : dict of str to dict
        As `ModelComparison.pooled`.
    reference : str
        What others are compared with.
    confidence : float
        Of the intervals.

    Returns
    -------
    list of list of str
        Lines of cells; the head first.
    """
    scores = score_table(pooled, confidence=confidence)
    head = [f"against {reference}", interval_head(confidence)]
    against = [
        ["", ""] if name == reference else difference_cells(row)
        for name, row in pooled.items()
    ]
    return [
        [*line[:3], *cells, *line[3:]]
        for line, cells in zip(scores, [head, *against], strict=True)
    ]


def difference_cells(row: Mapping[str, Any]) -> list[str]:
    """A difference in points, and its interval.

    Parameters
    ----------
    row : dict
        Of one candidate.

    Returns
    -------
    list of str
        Two cells.
    """
    ends = (100 * row["difference_low"], 100 * row["difference_high"])
    return [f"{100 * row['difference']:+.1f}", point_interval(*ends)]


def footnote(pooled: Pooled, *, grouped: bool) -> str:
    """Say what the intervals are.

    Parameters
    ----------
    pooled : dict of str to dict
        As `ModelComparison.pooled`.
    grouped : bool
        Whether whole groups of songs are drawn.

    Returns
    -------
    str
        Sentences.
    """
    unit = "groups of songs" if grouped else "songs"
    wilson = ""
    if any(row["accuracy"] in (0, 1) for row in pooled.values()):
        # Every draw of songs is like any other.
        wilson = ", Wilson's where all or none are right"
    return f"Intervals: bootstrap over {unit}{wilson}. Differences: percentage points."


def split_text(fold: np.ndarray, groups: np.ndarray | None) -> str:
    """Say into what the songs were split.

    Parameters
    ----------
    fold : int array of shape (n_tested,)
        The fold of each song.
    groups : array or None
        The group of each song of all.

    Returns
    -------
    str
        Such as "5 folds by 12 groups".
    """
    n_folds = len(np.unique(fold))
    split = "1 fold" if n_folds == 1 else f"{n_folds} folds"
    if groups is not None:
        split += f" by {len(set(groups.tolist()))} groups"
    return split


def left_out(n_unheard: int) -> list[str]:
    """Say which songs count in no score.

    Parameters
    ----------
    n_unheard : int
        Songs that would be tested if they had windows.

    Returns
    -------
    list of str
        A sentence, or nothing.
    """
    if not n_unheard:
        return []
    songs = "1 song" if n_unheard == 1 else f"{n_unheard} songs"
    return [f"Left out, as there is no verdict: {songs} without windows."]
