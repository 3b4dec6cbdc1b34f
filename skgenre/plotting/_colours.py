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
_HATCHES = (None, "///", "...", "xxx")

BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#8C8C8C"


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
        come again, hatched.

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
