"""What cuts songs in a model, however deep it is."""

import copy
import operator
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
    elif _may_hold_windowers(part):
        for inner in getattr(part, "__dict__", {}).values():
            yield from _found(inner)


def _may_hold_windowers(part: Any) -> bool:
    # Fitted parts may stand in objects of scikit-learn that are no estimators.
    return isinstance(part, BaseEstimator) or type(part).__module__.startswith(
        "sklearn"
    )


def with_windowers(model: Any, **parameters: Any) -> Any:
    """Give a model whose FrameWindowers have other parameters, fitted as it was.

    Parameters
    ----------
    model : object
        An estimator, or a list of such; not changed.
    **parameters
        Of `FrameWindower`.

    Returns
    -------
    object
        A copy of what holds a FrameWindower, which shares all else with the model;
        the model itself if it holds none.

    Examples
    --------
    >>> from skgenre import recipes
    >>> from skgenre.windows._windowers import windowers_in, with_windowers
    >>> model = recipes.baseline()
    >>> windowers_in(with_windowers(model, isolate=True))[0].isolate
    True
    >>> windowers_in(model)[0].isolate
    False
    """
    return _changed(model, parameters, {})


def _changed(part: Any, parameters: dict[str, Any], made: dict[int, Any]) -> Any:
    """Give a part with other windowers; what is shared in it stays so."""
    if id(part) not in made:
        made[id(part)] = _made(part, parameters, made)
    return made[id(part)]


def _made(part: Any, parameters: dict[str, Any], made: dict[int, Any]) -> Any:
    if isinstance(part, FrameWindower):
        return copy.copy(part).set_params(**parameters)
    if type(part) in (list, tuple):
        inner = [_changed(one, parameters, made) for one in part]
        is_same = all(map(operator.is_, inner, part))
        return part if is_same else type(part)(inner)
    if not _may_hold_windowers(part):
        return part
    held = getattr(part, "__dict__", {})
    new = {name: _changed(one, parameters, made) for name, one in held.items()}
    if all(new[name] is one for name, one in held.items()):
        return part
    # Not by its own way of being copied, which may pack a network.
    other = object.__new__(type(part))
    other.__dict__.update(new)
    return other
