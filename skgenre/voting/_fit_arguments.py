"""What a window classifier takes: windows, and beside them in fit, by what name."""

import inspect
from typing import Any

from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils import Tags, get_tags
from sklearn.utils.metadata_routing import get_routing_for_object
from sklearn.utils.validation import has_fit_parameter

from skgenre._sklearn import BaseSearchCV, routing_enabled


def weight_name(estimator: Any) -> str:
    """Name under which a classifier's fit takes the weights of its rows.

    Parameters
    ----------
    estimator : classifier
        May be a Pipeline, or a search over one.

    Returns
    -------
    str
        Such as "sample_weight" or "svc__sample_weight".

    Raises
    ------
    ValueError
        If it takes none.
    """
    # A search hands on what it gets to the fit of what it searches over.
    name, target = _last_step(estimator, "sample_weight", through=BaseSearchCV)
    if not takes_weights(estimator):
        takes = _names_weights(target)
        asked = " that is not asked to do without (set_fit_request)" if takes else ""
        raise ValueError(
            "song_balanced=True and sample_weight need an estimator whose fit "
            f"takes sample_weight{asked}. Got {type(target).__name__}."
        )
    return name


def takes_weights(estimator: Any) -> bool:
    """Whether a classifier's fit takes the weights of its rows.

    Parameters
    ----------
    estimator : classifier
        May be a Pipeline, or a search over one.

    Returns
    -------
    bool
        False also where it is asked to do without.
    """
    _, target = _last_step(estimator, "sample_weight", through=BaseSearchCV)
    return _names_weights(target) and _request(target) is not False


def _names_weights(target: Any) -> bool:
    parameters = inspect.signature(target.fit).parameters.values()
    return has_fit_parameter(target, "sample_weight") or any(
        p.kind is p.VAR_KEYWORD for p in parameters
    )


def _request(estimator: Any) -> Any:
    """What an estimator says of weights: True, False, or None if it says nothing."""
    if not routing_enabled() or not hasattr(estimator, "set_fit_request"):
        return None
    return get_routing_for_object(estimator).fit.requests.get("sample_weight")


def asking_for_weights(estimator: Any) -> Any:
    """Let the last step ask for weights under metadata routing, where nobody has said.

    Parameters
    ----------
    estimator : classifier
        May be a Pipeline, or a search over one. Not changed.

    Returns
    -------
    classifier
        The same, or a clone of which the last step requests `sample_weight` and
        others, such as scalers, do not.
    """
    if not routing_enabled():
        return estimator
    asking = clone(estimator)
    _, last = _last_step(asking, "sample_weight", through=BaseSearchCV)
    for part in [asking, *asking.get_params(deep=True).values()]:
        # A search over a Pipeline hands the weights to its score as well.
        for method in ("fit", "score"):
            ask = getattr(part, f"set_{method}_request", None)
            requests = getattr(get_routing_for_object(part), method, None)
            known = getattr(requests, "requests", {})
            if ask is not None and known.get("sample_weight", "not taken") is None:
                ask(sample_weight=part is last)
    return asking


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


def songs_name(estimator: Any) -> str | None:
    """Name under which a classifier's fit takes the song of each row, beside groups.

    Parameters
    ----------
    estimator : classifier
        May be a Pipeline, or a search over one.

    Returns
    -------
    str or None
        Such as "songs", of `WitnessClassifier`; None if it takes none.
    """
    name, target = _last_step(estimator, "songs", through=BaseSearchCV)
    if routing_enabled():
        takes = get_routing_for_object(estimator).consumes("fit", ["songs"])
    else:
        takes = has_fit_parameter(target, "songs")
    return name if takes else None


def _last_step(
    estimator: Any, name: str, *, through: type | tuple = ()
) -> tuple[str, Any]:
    """What a Pipeline calls an argument of its last step's fit; and that step."""
    prefix = ""
    while isinstance(estimator, Pipeline) or (
        through and isinstance(estimator, through)
    ):
        if not isinstance(estimator, Pipeline):
            estimator = vars(estimator)["estimator"]
            continue
        # Under metadata routing a Pipeline forwards what is asked for by itself.
        if not routing_enabled():
            prefix += f"{estimator.steps[-1][0]}__"
        estimator = estimator.steps[-1][1]
    return prefix + name, estimator


def tags_of_windows(tags: Tags, estimator: Any) -> Tags:
    """Let what is made of a classifier of windows accept what that accepts.

    Parameters
    ----------
    tags : Tags
        Of what is made of it; changed.
    estimator : classifier
        Of windows.

    Returns
    -------
    Tags
        The same.
    """
    inner = get_tags(estimator)
    tags.input_tags.sparse = inner.input_tags.sparse
    tags.input_tags.allow_nan = inner.input_tags.allow_nan
    tags.input_tags.three_d_array = inner.input_tags.three_d_array
    if inner.classifier_tags is not None and tags.classifier_tags is not None:
        tags.classifier_tags.multi_class = inner.classifier_tags.multi_class
        tags.classifier_tags.poor_score = inner.classifier_tags.poor_score
    return tags


# Packages whose classifiers take labels 0, 1, 2, ... alone.
_NUMBERS_ONLY = ("xgboost", "skorch")


def needs_numbers(estimator: Any) -> bool:
    """Whether a classifier only takes labels that are 0, 1, 2, and so on.

    Parameters
    ----------
    estimator : classifier
        May be a Pipeline, or a search over one.

    Returns
    -------
    bool
        True for those of XGBoost and skorch.
    """
    _, last = _last_step(estimator, "", through=BaseSearchCV)
    homes = {cls.__module__.partition(".")[0] for cls in type(last).__mro__}
    return not homes.isdisjoint(_NUMBERS_ONLY)
