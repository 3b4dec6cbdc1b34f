"""Draw whole groups that hold about a share of every class."""

from collections.abc import Iterator
from typing import Any

import numpy as np

_NEAR = 0.2  # of the share wanted, where groups are small
_N_STARTS = 4
_N_RETRIES = 40
_MOST_KINDS = 400  # kinds of groups that are compared pairwise in one step


def check_both_sides(counts: np.ndarray, classes: np.ndarray) -> None:
    n_groups = (counts > 0).sum(axis=0)
    if len(counts) < 2:
        raise ValueError("Got one group in all, but expected at least 2 to split.")
    few = [repr(label) for label in classes[n_groups < 2].tolist()]
    if few:
        raise ValueError(
            f"Got one group only of class {', '.join(few)}, but expected at least 2 "
            "of each, so that every class is on both sides. Add songs of other "
            "groups, leave the class out, or split without groups."
        )


def draw_groups(
    counts: np.ndarray, share: float, rng: Any, *, both_sides: bool = False
) -> np.ndarray:
    """Draw groups that hold about a share of every class.

    Parameters: rows per group and class, (n_groups, n_classes); the share; the
    RandomState; whether every class must also remain among the groups not drawn.
    Returns a bool per group.
    """
    # Groups with the same rows of each class are interchangeable: only the number
    # that is drawn of each kind matters.
    kinds, kind = np.unique(counts, axis=0, return_inverse=True)
    kind = kind.reshape(-1)
    n_of_kind = np.bincount(kind)
    table = np.column_stack([kinds, kinds.sum(axis=1)]) / np.append(
        counts.sum(axis=0).clip(min=1), counts.sum()
    )
    present = kinds > 0
    n_groups = np.append((counts > 0).sum(axis=0), len(counts)).clip(min=1)
    # Half a group: more exact splits would always be the same few.
    near = np.minimum(_NEAR * min(share, 1 - share), 0.5 / n_groups)
    best, best_loss = None, np.inf
    for start in range(_N_RETRIES):
        drawn = rng.binomial(n_of_kind, share)
        drawn, loss = _descend(
            drawn, n_of_kind, table, present, share, both_sides, near, rng
        )
        if loss < best_loss:
            best, best_loss = drawn, loss
        is_near = (np.abs(best @ table - share) <= near + 1e-12).all()
        if best_loss < _FORBIDDEN and (is_near or start + 1 >= _N_STARTS):
            break
    if best is None or best_loss >= _FORBIDDEN:
        raise ValueError(
            f"Got {len(counts)} groups that cannot be split so that every class is on "
            "both sides. Some hold several classes: add groups of one class."
        )
    chosen = np.zeros(len(counts), bool)
    order = rng.permutation(len(counts))
    for number, members in _by_kind(kind, order):
        chosen[members[: best[number]]] = True
    return chosen


_FORBIDDEN = 1e3  # more than any sum of squared differences of shares


def _by_kind(kind: np.ndarray, order: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    order = order[np.argsort(kind[order], kind="stable")]
    ends = np.cumsum(np.bincount(kind))
    return enumerate(np.split(order, ends[:-1]))


def _descend(drawn, n_of_kind, table, present, share, both_sides, near, rng):
    """Move or swap groups at random until the shares are near or nothing helps."""
    n_kinds = len(table)
    while True:
        gap = drawn @ table - share  # (n_classes + 1,)
        inside = (drawn[:, None] * present).sum(axis=0)  # groups per class
        outside = (n_of_kind[:, None] * present).sum(axis=0) - inside
        now = float(gap @ gap) + _violations(inside, outside, both_sides)
        if now < _FORBIDDEN and (np.abs(gap) <= near + 1e-12).all():
            return drawn, now
        some = np.arange(n_kinds)
        if n_kinds > _MOST_KINDS:
            some = rng.choice(n_kinds, _MOST_KINDS, replace=False)
        come = some[drawn[some] < n_of_kind[some]]
        leave = some[drawn[some] > 0]
        # Row 0 and column 0 stand for nobody: single moves, and none at all.
        plus = np.vstack([np.zeros(table.shape[1]), table[come]])
        minus = np.vstack([np.zeros(table.shape[1]), table[leave]])
        loss = (
            gap @ gap
            + (2 * plus @ gap + (plus**2).sum(axis=1))[:, None]
            + (-2 * minus @ gap + (minus**2).sum(axis=1))[None, :]
            - 2 * plus @ minus.T
        )
        change_plus = np.vstack([np.zeros(present.shape[1], int), present[come]])
        change_minus = np.vstack([np.zeros(present.shape[1], int), present[leave]])
        for c in range(present.shape[1]):
            change = change_plus[:, c][:, None] - change_minus[:, c][None, :]
            loss += _violations(
                inside[c] + change, outside[c] - change, both_sides, axis=None
            )
        better = np.flatnonzero(loss < now - 1e-12)
        if len(better) == 0:
            return drawn, now
        # One of many, not the best: that would be the same group in every split.
        row, column = np.unravel_index(rng.choice(better), loss.shape)
        drawn = drawn.copy()
        if row:
            drawn[come[row - 1]] += 1
        if column:
            drawn[leave[column - 1]] -= 1


def _violations(inside, outside, both_sides, axis=0):
    """Cost of classes that a side lacks, per class or their sum."""
    missing = (inside < 1) * _FORBIDDEN
    if both_sides:
        missing = missing + (outside < 1) * _FORBIDDEN
    return missing if axis is None else float(missing.sum())
