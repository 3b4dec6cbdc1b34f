"""Where along a song each window is drawn, though windows overlap or leave gaps."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from skgenre.voting._judge_song import JudgedPart

# Seconds that starts and ends may be apart by rounding.
_TOUCHING = 1e-6


@dataclass(frozen=True)
class Steps:
    """Stretches of a song, one behind the other, and the window of each.

    Parameters
    ----------
    edges : float array of shape (n_steps + 1,)
        Where stretches start and end; from 0.5 in steps of 1 where times are unknown.
    rows : int array of shape (n_steps,)
        The window of each; -1 in a gap that no window covers.
    in_seconds : bool
        Whether edges are seconds, or windows are counted.
    """

    edges: np.ndarray
    rows: np.ndarray
    in_seconds: bool

    def along(self, values: np.ndarray) -> np.ndarray:
        """Give each stretch the value of its window.

        Parameters
        ----------
        values : float array of shape (n_windows, ...)
            Of each window.

        Returns
        -------
        float array of shape (n_steps, ...)
            NaN in gaps.
        """
        spread = np.asarray(values, dtype=float)[self.rows]
        spread[self.rows < 0] = np.nan
        return spread


def find_steps(starts: np.ndarray, ends: np.ndarray) -> Steps:
    """Give each window the seconds that it is drawn at.

    Windows that overlap meet in the middle of what they share; where no window is,
    there is a gap.

    ::

        windows   0───────4
                      2───────6     8───────12
        drawn     0─────3─────6 gap 8───────12

    Parameters
    ----------
    starts, ends : float array of shape (n_windows,)
        Seconds; NaN where they are not known.

    Returns
    -------
    Steps
        In order of time.
    """
    n_windows = len(starts)
    if n_windows == 0 or not np.isfinite(starts + ends).all():
        return Steps(np.arange(n_windows + 1) + 0.5, np.arange(n_windows), False)
    order = np.argsort(starts, kind="stable")
    starts, ends = starts[order], ends[order]
    edges, rows = [starts[0]], [order[0]]
    for i in range(1, n_windows):
        if starts[i] > ends[i - 1] + _TOUCHING:
            edges.append(ends[i - 1])
            rows.append(-1)
            edges.append(starts[i])
        else:
            edges.append((ends[i - 1] + starts[i]) / 2)
        rows.append(order[i])
    return Steps(np.array([*edges, ends[-1]]), np.array(rows), True)


class Merged(NamedTuple):
    """Several classifiers over one song, as if they were one."""

    window_proba: np.ndarray  # (n_steps, n_classes)
    starts: np.ndarray | None  # (n_steps,), seconds
    ends: np.ndarray | None
    contribution: np.ndarray | None  # (n_steps,), per second


def merged(parts: Sequence[JudgedPart]) -> Merged:
    """Average what several parts of a model say, second by second.

    Parameters
    ----------
    parts : sequence of JudgedPart
        With windows of one length or several.

    Returns
    -------
    Merged
        A row for each stretch within which no part goes on to its next window.

    Raises
    ------
    ValueError
        If it is not known where windows lie, and parts differ in their number.
    """
    weights = np.array([part.weight for part in parts])
    if not all(part.has_times for part in parts):
        if len({len(part.window_proba) for part in parts}) > 1:
            raise ValueError(
                "Got parts of a model with windows of different lengths and no times, "
                "but expected windows that know where they lie. Take them from "
                "FrameWindower, or give SongWindows(..., starts=..., "
                "window_seconds=...)."
            )
        proba = np.average(
            [part.window_proba for part in parts], axis=0, weights=weights
        )
        return Merged(proba, None, None, None)
    steps = [find_steps(np.asarray(p.starts), np.asarray(p.ends)) for p in parts]
    edges = _union(steps)
    centres = (edges[1:] + edges[:-1]) / 2  # (n_steps,)
    shape = (len(centres), parts[0].window_proba.shape[1])
    total, weight = np.zeros(shape), np.zeros(len(centres))
    speed = np.zeros(len(centres))
    for part, own in zip(parts, steps, strict=True):
        step = np.searchsorted(own.edges, centres) - 1
        inside = (step >= 0) & (step < len(own.rows))
        inside[inside] = own.rows[step[inside]] >= 0
        rows = own.rows[step[inside]]
        total[inside] += part.weight * part.window_proba[rows]
        weight[inside] += part.weight
        if part.contribution is not None:
            seconds = np.diff(own.edges)[step[inside]]
            speed[inside] += part.contribution[rows] / seconds
    heard = weight > 0
    return Merged(
        total[heard] / weight[heard, None],
        edges[:-1][heard],
        edges[1:][heard],
        speed[heard],
    )


def _union(steps: list[Steps]) -> np.ndarray:
    """All edges, those that rounding sets apart once."""
    edges = np.unique(np.concatenate([own.edges for own in steps]))
    return edges[np.append(True, np.diff(edges) > _TOUCHING)]
