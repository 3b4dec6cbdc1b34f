"""What cuts songs in a model, however deep it is."""

from collections.abc import Iterator
from typing import Any

from sklearn.base import BaseEstimator

from skgenre.windows._frame_windower import FrameWindower


def windowers_in(model: Any) -> list[FrameWindower]:
    """Find every FrameWindower that a model holds, as a parameter or fitted.

    Parameters
    ----------
    model : object
        An estimator, or a list of such; not changed.

    Returns
    -------
    list of FrameWindower
        Each object once.

    Examples
    --------
    >>> from skgenre import recipes
    >>> from skgenre.windows._windowers import windowers_in
    >>> sorted(w.window_seconds for w in windowers_in(recipes.strong()))
    [2.0, 5.0]
    """
    return list({id(windower): windower for windower in _found(model)}.values())


def _found(part: Any) -> Iterator[FrameWindower]:
    if isinstance(part, FrameWindower):
        yield part
    elif isinstance(part, list | tuple):
        for inner in part:
            yield from _found(inner)
    # Fitted parts may stand in objects of scikit-learn that are no estimators.
    elif isinstance(part, BaseEstimator) or type(part).__module__.startswith("sklearn"):
        for inner in getattr(part, "__dict__", {}).values():
            yield from _found(inner)
