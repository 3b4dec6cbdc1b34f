"""Axes that all Displays draw on: made where none are given, and their common style."""

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from skgenre._optional import require

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def axes_or_new(ax: "Axes | None", *, size: tuple[float, float], caller: str) -> "Axes":
    """Take the axes that are given, or make a figure with one set of them.

    Parameters
    ----------
    ax : matplotlib Axes or None
        Where to draw, if the caller knows.
    size : tuple of float
        Width and height of a new figure, in inches.
    caller : str
        What needs matplotlib.

    Returns
    -------
    matplotlib Axes
        Where to draw.
    """
    # Asked for in any case: without matplotlib the error says which extra brings it.
    pyplot = require("matplotlib.pyplot", "plot", caller)
    if ax is None:
        _, ax = pyplot.subplots(figsize=size, layout="constrained")
    return ax


def split_rows(ax: "Axes", heights: list[float], main: int) -> "list[Axes]":
    """Make rows that share their x-axis where one set of axes was.

    Parameters
    ----------
    ax : matplotlib Axes
        Becomes the row `main`; moved in place.
    heights : list of float
        Of each row, relative to the others, from the top.
    main : int
        Which row the given axes are.

    Returns
    -------
    list of matplotlib Axes
        All rows, from the top.
    """
    if len(heights) == 1:
        return [ax]
    figure, spec = ax.figure, ax.get_subplotspec()
    rows = []
    if spec is not None:
        grid = spec.subgridspec(len(heights), 1, height_ratios=heights, hspace=0.08)
        ax.set_subplotspec(grid[main, 0])
        for i in range(len(heights)):
            is_new = i != main
            rows.append(figure.add_subplot(grid[i, 0], sharex=ax) if is_new else ax)
    else:
        box, gap = ax.get_position(), 0.02
        tops = box.y1 - np.cumsum([0.0, *heights]) / sum(heights) * box.height
        for i, (top, bottom) in enumerate(pairwise(tops)):
            low = bottom + gap * (i < len(heights) - 1)
            place = (box.x0, low, box.width, top - low)
            if i == main:
                ax.set_position(place)
            rows.append(ax if i == main else figure.add_axes(place, sharex=ax))
    for row in rows[:-1]:
        row.tick_params(labelbottom=False)
    return rows


def rule_along(ax: "Axes", *, axis: Literal["x", "y"], bare: list[str]) -> None:
    """Draw faint lines behind all that is drawn, and no frame round it.

    Parameters
    ----------
    ax : matplotlib Axes
        Changed in place.
    axis : {"x", "y"}
        The axis of the values, whose ticks get the lines; the other names things, and
        gets no ticks.
    bare : list of str
        Sides that get no line.
    """
    ax.tick_params(axis="x" if axis == "y" else "y", length=0)
    ax.spines[bare].set_visible(False)
    ax.grid(axis=axis, color="#DDDDDD", linewidth=0.6)
    ax.set_axisbelow(True)


def legend_above(ax: "Axes", **how: Any) -> None:
    """Name what is drawn above the axes, where nothing is hidden by it.

    Parameters
    ----------
    ax : matplotlib Axes
        Changed in place.
    **how
        Further parameters of matplotlib's legend.
    """
    ax.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1),
        borderaxespad=0.2,
        frameon=False,
        fontsize="small",
        **how,
    )
