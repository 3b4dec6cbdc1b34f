"""Axes that all Displays draw on: made where none are given, and their common style."""

from typing import TYPE_CHECKING, Any, Literal

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
