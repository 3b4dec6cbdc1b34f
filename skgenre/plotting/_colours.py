"""Colours that a colour-blind reader can tell apart, one per class."""

from collections.abc import Sequence
from typing import Any

# Seven of M. Okabe and K. Ito, "Color universal design", 2008.
_FEW = (
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442",
)  # fmt: skip
# "Muted" of P. Tol, "Colour schemes", 2021, and a grey.
_MANY = (
    "#332288", "#88CCEE", "#117733", "#DDCC77", "#CC6677",
    "#44AA99", "#882255", "#999933", "#AA4499", "#BBBBBB",
)  # fmt: skip
_HATCHES = (None, "///", "...", "xxx", "---", "+++", "ooo")

BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#8C8C8C"

# Looks of lines, each told from the others without its colour.
LINES: list[dict[str, Any]] = [
    {"color": "#0072B2", "marker": "o", "linestyle": "-"},
    {"color": "#D55E00", "marker": "s", "linestyle": "--"},
    {"color": "#009E73", "marker": "^", "linestyle": "-."},
    {"color": "#CC79A7", "marker": "D", "linestyle": ":"},
    {"color": "#56B4E9", "marker": "v", "linestyle": (0, (5, 1, 1, 1, 1, 1))},
    {"color": "#000000", "marker": "X", "linestyle": (0, (8, 2))},
]
# Shapes of points, as many as are told apart when small.
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "*", "h")


def class_styles(classes: Sequence[Any]) -> list[dict[str, Any]]:
    """Fill of each class; the same classes always get the same.

    Parameters
    ----------
    classes : sequence of length n_classes
        The labels, in the order of `classes_`.

    Returns
    -------
    list of dict
        Keyword arguments of matplotlib patches. Beyond ten classes the colours
        come again, hatched; up to seventy all are different.

    Examples
    --------
    >>> from skgenre.plotting._colours import class_styles
    >>> class_styles(["jazz", "rock"])
    [{'facecolor': '#0072B2', 'hatch': None}, {'facecolor': '#E69F00', 'hatch': None}]
    """
    palette = _FEW if len(classes) <= len(_FEW) else _MANY
    return [
        {
            "facecolor": palette[i % len(palette)],
            "hatch": _HATCHES[i // len(palette) % len(_HATCHES)],
        }
        for i in range(len(classes))
    ]


def ink_on(colour: str) -> str:
    """Whether black or white letters are read better on a colour.

    Parameters
    ----------
    colour : str
        As "#0072B2".

    Returns
    -------
    {"black", "white"}
        The one of the larger contrast, as WCAG 2 defines it.

    Examples
    --------
    >>> from skgenre.plotting._colours import ink_on
    >>> ink_on("#332288"), ink_on("#F0E442")
    ('white', 'black')
    """
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [
        c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    ]
    light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    # Contrast (a + 0.05) / (b + 0.05) with white (1) and black (0) is equal here.
    return "black" if light > 0.179 else "white"
