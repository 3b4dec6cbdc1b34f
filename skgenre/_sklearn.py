"""Everything of scikit-learn that is not public, imported here and nowhere else."""

from sklearn.base import _fit_context
from sklearn.metrics._scorer import _BaseScorer
from sklearn.model_selection._search import BaseSearchCV
from sklearn.model_selection._split import _validate_shuffle_split
from sklearn.utils import _safe_indexing
from sklearn.utils._metadata_requests import _routing_enabled
from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    Options,
    StrOptions,
    validate_parameter_constraints,
)
from sklearn.utils._set_output import _wrap_data_with_container
from sklearn.utils.metaestimators import _BaseComposition
from sklearn.utils.validation import _check_feature_names_in, _check_sample_weight

__all__ = [
    "OF_ONE_FIT",
    "BaseComposition",
    "BaseScorer",
    "BaseSearchCV",
    "HasMethods",
    "Interval",
    "Options",
    "StrOptions",
    "check_feature_names_in",
    "check_sample_weight",
    "fit_context",
    "routing_enabled",
    "safe_indexing",
    "validate_parameter_constraints",
    "validate_shuffle_split",
    "wrap_data_with_container",
]

BaseScorer = _BaseScorer
BaseComposition = _BaseComposition
check_feature_names_in = _check_feature_names_in
check_sample_weight = _check_sample_weight
fit_context = _fit_context
routing_enabled = _routing_enabled
safe_indexing = _safe_indexing
validate_shuffle_split = _validate_shuffle_split
wrap_data_with_container = _wrap_data_with_container

# What scikit-learn 1.9 hangs on an estimator: who is told of a fit, and where that
# fit stands among others.
OF_ONE_FIT = (
    "_callback_fit_ctx",
    "_parent_callback_ctx",
    "_skl_callbacks",
    "_skl_callbacks_to_teardown",
)
