"""Scores with intervals, and paired differences to a reference: pure functions."""

from typing import Any

import numpy as np

from skgenre.model_selection._statistics import (
    bootstrap_means,
    mcnemar_exact,
    share_intervals,
)

# What is said of a candidate beside the reference, not of it alone.
DIFFERENCE = (
    "difference",
    "difference_low",
    "difference_high",
    "n_better",
    "n_worse",
    "p_value",
)


def pooled_scores(
    scores: dict[str, dict[str, Any]],
    right: np.ndarray,
    *,
    reference: str,
    groups: np.ndarray | None,
    n_bootstrap: int,
    confidence: float,
    seed: int,
) -> dict[str, dict[str, Any]]:
    """Add intervals and differences to the scores of each candidate.

    Parameters
    ----------
    scores : dict of str to dict
        Scores of each candidate by name.
    right : bool array of shape (n_candidates, n_songs)
        Which songs each gets right, in the same order.
    reference : str
        What others are compared with.
    groups : array of shape (n_songs,) or None
        What is drawn together.
    n_bootstrap : int
        Draws.
    confidence : float
        Of the intervals.
    seed : int
        Of the draws.

    Returns
    -------
    dict of str to dict
        Scores, the ends of the accuracy's interval, and what `DIFFERENCE` names.
    """
    gains = right.astype(float) - right[list(scores).index(reference)]
    # Both from the same draws of songs: (2 * n_candidates,) each.
    low, high = bootstrap_means(
        np.concatenate([right, gains]).T,
        groups=groups,
        n_bootstrap=n_bootstrap,
        confidence=confidence,
        seed=seed,
    )
    n = len(scores)
    low[:n], high[:n] = share_intervals(
        right.T, low[:n], high[:n], groups=groups, confidence=confidence
    )
    return {
        name: {
            **row,
            "accuracy_low": float(low[i]),
            "accuracy_high": float(high[i]),
            **_paired(gains[i], low[i + n], high[i + n]),
        }
        for i, (name, row) in enumerate(scores.items())
    }


def _paired(gains: np.ndarray, low: float, high: float) -> dict[str, Any]:
    """What `DIFFERENCE` names, of gains (n_songs,) against the reference."""
    n_better, n_worse = int((gains > 0).sum()), int((gains < 0).sum())
    return {
        "difference": float(gains.mean()),
        "difference_low": float(low),
        "difference_high": float(high),
        "n_better": n_better,
        "n_worse": n_worse,
        "p_value": mcnemar_exact(n_better, n_worse),
    }
