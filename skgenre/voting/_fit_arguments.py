"""What the fit of a window classifier takes beside windows and labels, and its name."""

import inspect
from typing import Any

from sklearn.pipeline import Pipeline
from sklearn.utils.metadata_routing import get_routing_for_object
from sklearn.utils.validation import has_fit_parameter

from skgenre._sklearn import BaseSearchCV, routing_enabled


def weight_name(estimator: Any) -> str:
    """Name under which a classifier's fit takes the weights of its rows.

    Parameters
    ----------
    estimator : classifier
        May be a Pipeline.

    Returns
    -------
    str
        Such as "sample_weight" or "svc__sample_weight".

    Raises
    ------
    ValueError
        If it takes none.
    """
    name, target = _last_step(estimator, "sample_weight")
    parameters = inspect.signature(target.fit).parameters.values()
    if not has_fit_parameter(target, "sample_weight") and not any(
        p.kind is p.VAR_KEYWORD for p in parameters
    ):
        raise ValueError(
            "song_balanced=True and sample_weight need an estimator whose fit "
            f"takes sample_weight. Got {type(target).__name__}."
        )
    return name


def groups_name(estimator: Any) -> str | None:
    """Name under which a classifier's fit takes the song of each row, if it does.

    It does if it names `groups`, as that of `KerasWindowClassifier`, or if it is a
    search whose splitter asks for them, such as one over GroupKFold. Any other search
    would only warn that its splitter ignores them. Under metadata routing what counts
    is whether anything in it asks for them.

    Parameters
    ----------
    estimator : classifier
        May be a Pipeline.

    Returns
    -------
    str or None
        Such as "groups" or "kerasclassifier__groups".
    """
    name, target = _last_step(estimator, "groups")
    if routing_enabled():
        takes = get_routing_for_object(estimator).consumes("fit", ["groups"])
    elif isinstance(target, BaseSearchCV):
        takes = get_routing_for_object(target.cv).consumes("split", ["groups"])
    else:
        takes = has_fit_parameter(target, "groups")
    return name if takes else None


def _last_step(estimator: Any, name: str) -> tuple[str, Any]:
    """What a Pipeline calls an argument of its last step's fit; and that step."""
    prefix = ""
    while isinstance(estimator, Pipeline):
        # Under metadata routing a Pipeline forwards what is asked for by itself.
        if not routing_enabled():
            prefix += f"{estimator.steps[-1][0]}__"
        estimator = estimator.steps[-1][1]
    return prefix + name, estimator
