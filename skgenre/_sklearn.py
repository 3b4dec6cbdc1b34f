"""Everything of scikit-learn that is not public, imported here and nowhere else."""

from sklearn.base import _fit_context
from sklearn.utils._metadata_requests import _routing_enabled
from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    Options,
    StrOptions,
    validate_parameter_constraints,
)
from sklearn.utils.validation import _check_feature_names_in, _check_sample_weight

__all__ = [
    "HasMethods",
    "Interval",
    "Options",
    "StrOptions",
    "check_feature_names_in",
    "check_sample_weight",
    "fit_context",
    "routing_enabled",
    "validate_parameter_constraints",
]

check_feature_names_in = _check_feature_names_in
check_sample_weight = _check_sample_weight
fit_context = _fit_context
routing_enabled = _routing_enabled
