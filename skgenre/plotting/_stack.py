"""Class probabilities stacked over each other, with the names of classes in them."""

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from skgenre.plotting._colours import class_styles, ink_on
from skgenre.plotting._words import short_names, shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D
    from matplotlib.patches import StepPatch

DECIDED = "decided"  # in legends
# More than that nobody tells apart; the rest is drawn as one.
MOST_CLASSES = 10
_NAME_SIZE = 8.0  # points
_LONGEST_LINE = 20  # letters
_REST = {"facecolor": "#E4E4E4", "hatch": None}


def main_classes(proba: np.ndarray, always: Sequence[int]) -> list[int]:
    """Choose the classes that are drawn each on its own.

    Parameters
    ----------
    proba : float array of shape (n_windows, n_classes)
        Of each window.
    always : sequence of int
        Columns that are taken in any case, such as the verdict.

    Returns
    -------
    list of int
        Columns in increasing order: all of up to ten classes, else those that reach
        the highest probabilities.
    """
    n_classes = proba.shape[1]
    if n_classes <= MOST_CLASSES:
        return list(range(n_classes))
    peaks = proba.max(axis=0, initial=0.0)
    peaks[list(always)] = 2.0
    order = np.argsort(-peaks, kind="stable")
    return sorted(order[: MOST_CLASSES - 1].tolist())


def stack_bands(
    proba: np.ndarray, classes: Sequence[Any], chosen: Sequence[int]
) -> tuple[np.ndarray, list[str], list[dict[str, Any]]]:
    """Name and colour what is stacked.

    Parameters
    ----------
    proba : float array of shape (n_steps, n_classes)
        NaN in gaps.
    classes : sequence of length n_classes
        The labels.
    chosen : sequence of int
        Columns drawn each on its own; the sum of all others is one more band.

    Returns
    -------
    heights : float array of shape (n_steps, n_bands)
        From the bottom.
    names : list of str of length n_bands
        As they are drawn.
    styles : list of dict of length n_bands
        Fills.
    """
    styles = class_styles(classes)
    heights = proba[:, list(chosen)]
    names = [shown(classes[column]) for column in chosen]
    fills = [styles[column] for column in chosen]
    n_rest = len(classes) - len(chosen)
    if n_rest:
        rest = np.delete(proba, list(chosen), axis=1).sum(axis=1, keepdims=True)
        heights = np.hstack([heights, rest])
        names.append(f"{n_rest} others")
        fills.append(_REST)
    return heights, names, fills


def legend_names(names: Sequence[str]) -> list[str]:
    """Break names into short lines, which leave the picture most of its width.

    Parameters
    ----------
    names : sequence of str
        As they are drawn.

    Returns
    -------
    list of str
        Of three lines at most, of one where there are many.
    """
    # Many of several lines would be higher than the axes.
    n_lines = 3 if len(names) <= 5 else 1
    short = short_names(names, n_lines * _LONGEST_LINE)
    if n_lines == 1:
        return short
    return ["\n".join(textwrap.wrap(name, _LONGEST_LINE)[:3]) or name for name in short]


def deciding_handle() -> "Line2D":
    """Make what stands for stretches that decided in a legend.

    Returns
    -------
    Line2D
        A black bar.
    """
    from matplotlib.lines import Line2D

    return Line2D([], [], color="black", linewidth=4, solid_capstyle="butt")


def draw_stack(
    ax: "Axes", heights: np.ndarray, edges: np.ndarray, styles: list[dict[str, Any]]
) -> "list[StepPatch]":
    """Stack bands over each other.

    Parameters
    ----------
    ax : matplotlib Axes
        Where to draw.
    heights : float array of shape (n_steps, n_bands)
        Of each band in each stretch.
    edges : float array of shape (n_steps + 1,)
        Where stretches start and end.
    styles : list of dict of length n_bands
        Fills.

    Returns
    -------
    list of StepPatch
        One per band, from the bottom.
    """
    if len(edges) < 2:
        return []
    tops = np.cumsum(heights, axis=1)  # (n_steps, n_bands)
    bands = []
    for i, style in enumerate(styles):
        below = tops[:, i - 1] if i else np.where(np.isnan(tops[:, 0]), np.nan, 0)
        band = ax.stairs(
            tops[:, i], edges, baseline=below, fill=True, linewidth=0, **style
        )
        band.set_edgecolor("white")  # of hatches
        bands.append(band)
    # Lines between classes, for those who see no difference of their colours.
    for i in range(len(styles) - 1):
        ax.stairs(tops[:, i], edges, baseline=None, color="white", linewidth=0.6)
    return bands


def name_bands(
    ax: "Axes",
    heights: np.ndarray,
    edges: np.ndarray,
    names: list[str],
    styles: list[dict[str, Any]],
) -> None:
    """Write the name of a class where it is the likeliest for long enough.

    Parameters
    ----------
    ax : matplotlib Axes
        Where the bands are drawn, of the width that it will have, about.
    heights, edges, styles
        As of `draw_stack`.
    names : list of str of length n_bands
        As they are drawn.
    """
    box = ax.get_window_extent()
    points = 72 / ax.figure.dpi
    # Names at the right may take some of the width yet.
    wide = 0.75 * box.width * points / max(edges[-1] - edges[0], 1e-9)
    tall = box.height * points
    tops = np.cumsum(heights, axis=1)
    for band, (first, last) in _longest_runs(heights, edges).items():
        name = names[band]
        low = np.max(tops[first:last, band] - heights[first:last, band])
        high = np.min(tops[first:last, band])
        room = (edges[last] - edges[first]) * wide
        if (
            0.62 * _NAME_SIZE * len(name) > room
            or (high - low) * tall < 1.4 * _NAME_SIZE
        ):
            continue
        face = styles[band]["facecolor"]
        ax.text(
            (edges[first] + edges[last]) / 2,
            (low + high) / 2,
            name,
            ha="center",
            va="center",
            fontsize=_NAME_SIZE,
            color=ink_on(face),
            clip_on=True,
            # Letters on hatches would not be read.
            bbox={"facecolor": face, "edgecolor": "none", "pad": 1.0},
        )


def _longest_runs(heights: np.ndarray, edges: np.ndarray) -> dict[int, tuple[int, int]]:
    """Of each band, the longest row of stretches in which it is the highest."""
    known = ~np.isnan(heights[:, 0])
    best = np.where(known, np.nan_to_num(heights).argmax(axis=1), -1)  # (n_steps,)
    borders = np.flatnonzero(np.diff(best)) + 1
    runs: dict[int, tuple[int, int]] = {}
    for first, last in zip([0, *borders], [*borders, len(best)], strict=True):
        band = int(best[first])
        seconds = edges[last] - edges[first]
        if band < 0:
            continue
        if band not in runs or seconds > edges[runs[band][1]] - edges[runs[band][0]]:
            runs[band] = (int(first), int(last))
    return runs
