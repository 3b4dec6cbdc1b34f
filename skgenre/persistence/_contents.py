"""What compiled code would believe of arrays in a file, checked before it is asked.

Trees, boosting, support vectors and neighbours follow indices and shapes that they keep
without looking where these lead. Nothing here predicts; each check compares what an
estimator keeps with what else it keeps.
"""

from collections.abc import Callable, Iterator
from functools import partial
from inspect import Parameter, signature
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_array

from skgenre._sklearn import validate_parameter_constraints
from skgenre.persistence._archive import told
from skgenre.persistence._copy import lean_state
from skgenre.persistence._errors import ModelFileError

_BITSET = 8  # words of 32 bits, in which boosting notes categories
_CATEGORIES = 32 * _BITSET
_LEAF = -1  # scikit-learn's mark of a node without children


def parts_of(model: Any) -> Iterator[Any]:
    """Everything that a model holds, itself first, each thing once.

    Parameters
    ----------
    model : object
        Not looked into: networks, and what keeps nothing in attributes.

    Yields
    ------
    object
        Estimators, their parameters and attributes, what is in lists, dicts and
        arrays of objects.
    """
    seen: dict[int, Any] = {}
    waiting = [model]
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen or isinstance(thing, type):
            continue
        seen[id(thing)] = thing
        yield thing
        waiting += _within(thing)


def fill_in(model: Any) -> None:
    """Give parts of this package the parameters that there were not yet when saved.

    Parameters
    ----------
    model : estimator
        As it was loaded. Parameters that a part lacks get the default, which is what
        the part did before there were any.
    """
    for part in parts_of(model):
        if not isinstance(part, BaseEstimator) or not _is_ours(part):
            continue
        for name, parameter in signature(type(part)).parameters.items():
            known = parameter.default is not Parameter.empty
            if known and name not in vars(part):
                setattr(part, name, parameter.default)


def _is_ours(part: Any) -> bool:
    return type(part).__module__.partition(".")[0] == "skgenre"


def _within(thing: Any) -> list[Any]:
    if isinstance(thing, list | tuple | set | frozenset):
        return list(thing)
    if isinstance(thing, np.ndarray):
        return thing.ravel().tolist() if thing.dtype.hasobject else []
    if isinstance(thing, partial):
        return [thing.func, *thing.args, *thing.keywords.values()]
    inside = list(thing.values()) if isinstance(thing, dict) else []
    if type(thing).__module__.partition(".")[0] in ("keras", "tensorflow"):
        return inside
    return [*inside, *getattr(thing, "__dict__", {}).values()]


def check_contents(model: Any) -> None:
    """Check all parts of a model that compiled code would believe.

    Parameters
    ----------
    model : estimator
        As it was loaded.

    Raises
    ------
    ModelFileError
        If something leads outside of what is there, or names a folder.
    """
    for part in parts_of(model):
        for cls in type(part).__mro__:
            check = _CHECKS.get(f"{cls.__module__}.{cls.__qualname__}")
            if check is not None:
                check(part)


def _expect(fits: Any, part: Any, what: str) -> None:
    if not fits:
        name = type(part).__name__
        raise ModelFileError(f"its {name} has {what}, which would lead outside of it")


def _check_machine(estimator: BaseEstimator) -> None:
    state = vars(estimator)
    for name, lean in lean_state(estimator, state).items():
        if lean is None and state[name] is not None:
            raise ModelFileError(
                f"its {type(estimator).__name__} has {name}={state[name]!r}, which "
                "belongs to the machine of who wrote it"
            )
    if type(estimator).__module__.startswith("skgenre."):
        # What fit would refuse: compiled loops count on it.
        with told("a parameter is none that fit would take"):
            validate_parameter_constraints(
                estimator._parameter_constraints,
                estimator.get_params(deep=False),
                caller_name=type(estimator).__name__,
            )


def _check_window_model(model: Any) -> None:
    _expect(model.key == "", model, "a key to what others remember")
    hidden = vars(model).keys() - {"_fitted", "classes", "key", "_pickled"}
    whole = not hidden and vars(model)["_pickled"] is None
    _expect(whole and vars(model)["_fitted"] is not None, model, "a pickle")


# -- trees ----------------------------------------------------------------------------


def _check_tree(tree: Any) -> None:
    # First, as the arrays below are made of so many nodes as it says.
    _expect(0 < tree.node_count == tree.capacity, tree, "another number of nodes")
    left, right = tree.children_left, tree.children_right
    inner = left != _LEAF
    rows = np.arange(tree.node_count)
    _expect((inner == (right != _LEAF)).all(), tree, "nodes of one child")
    for child in (left[inner], right[inner]):
        # Children stand behind their parents, so no path ever comes back.
        inside = (child > rows[inner]) & (child < tree.node_count)
        _expect(inside.all(), tree, "children that are no nodes")
    feature = tree.feature[inner]
    inside = (feature >= 0) & (feature < tree.n_features)
    _expect(inside.all(), tree, "features that there are not")
    depth = np.zeros(tree.node_count, dtype=int)
    for row in rows[inner]:
        depth[[left[row], right[row]]] = depth[row] + 1
    _expect(tree.max_depth >= depth.max(), tree, "paths longer than it says")


def _check_decision_tree(estimator: Any) -> None:
    tree = getattr(estimator, "tree_", None)
    if tree is not None:
        same = tree.n_features == estimator.n_features_in_
        _expect(same, estimator, "trees of other features")


def _check_gradient_boosting(estimator: Any) -> None:
    trees = getattr(estimator, "estimators_", None)
    if trees is None:
        return
    is_table = isinstance(trees, np.ndarray) and trees.ndim == 2
    per_step = estimator.n_trees_per_iteration_
    fits = is_table and trees.shape[1] == per_step
    # The values that start a prediction: one for each class, or one of two.
    fits = fits and per_step in (1, getattr(estimator, "n_classes_", 1))
    _expect(fits, estimator, "another number of trees")
    for tree in trees.ravel():
        same = tree.tree_.n_features == estimator.n_features_in_
        _expect(
            same and tree.tree_.n_outputs == 1, estimator, "trees of other features"
        )


def _check_boosted_trees(estimator: Any) -> None:
    if not hasattr(estimator, "_predictors"):
        return
    _expect(not hasattr(estimator, "_in_fit"), estimator, "a fit that goes on")
    bins = estimator._bin_mapper
    categorical = np.asarray(bins.is_categorical_) != 0
    n_features = estimator.n_features_in_
    fits = categorical.shape == (n_features,)
    fits = fits and len(bins.bin_thresholds_) == n_features
    _expect(fits, estimator, "bins of other features")
    _check_order_of_columns(estimator)
    for feature in np.flatnonzero(categorical):
        values = np.asarray(bins.bin_thresholds_[feature])
        inside = (values >= 0) & (values < _CATEGORIES)
        _expect(inside.all(), estimator, "categories above 255")
    for step in estimator._predictors:
        for predictor in step:
            _check_boosted_tree(predictor, categorical)


def _check_order_of_columns(estimator: Any) -> None:
    """Boosting puts categories in front, and its trees trust how many columns come."""
    order = getattr(estimator, "_preprocessor", None)
    if order is None:
        return
    width = 0
    for _, transformer, columns in order.transformers_:
        if transformer == "drop":
            continue
        name = type(transformer).__name__
        function = getattr(transformer, "func", None)
        function = getattr(function, "func", function)  # of a partial
        same = name == "OrdinalEncoder" or function is check_array
        _expect(same, estimator, f"a {name}")
        columns = np.asarray(columns)
        width += int(columns.sum()) if columns.dtype == bool else columns.size
    fits = type(order).__name__ == "ColumnTransformer" and order.remainder == "drop"
    fits = fits and width == estimator.n_features_in_
    _expect(fits, estimator, "columns of other features")


def _check_boosted_tree(predictor: Any, categorical: np.ndarray) -> None:
    nodes = predictor.nodes
    _expect(nodes.ndim == 1 and len(nodes) > 0, predictor, "no nodes")
    inner = nodes["is_leaf"] == 0
    rows = np.arange(len(nodes))[inner]
    for side in ("left", "right"):
        child = nodes[side][inner].astype(np.int64)
        inside = (child > rows) & (child < len(nodes))
        _expect(inside.all(), predictor, "children that are no nodes")
    feature = nodes["feature_idx"][inner]
    inside = (feature >= 0) & (feature < len(categorical))
    _expect(inside.all(), predictor, "features that there are not")
    by_category = nodes["is_categorical"][inner] != 0
    _expect(
        (~by_category | categorical[feature]).all(), predictor, "categories of numbers"
    )
    most = nodes["bitset_idx"][inner][by_category].astype(np.int64).max(initial=-1)
    for bitsets in (predictor.raw_left_cat_bitsets, predictor.binned_left_cat_bitsets):
        fits = bitsets.ndim == 2 and bitsets.shape[1] == _BITSET
        _expect(fits and most < len(bitsets), predictor, "sets that there are not")


# -- support vectors and neighbours ---------------------------------------------------


def _check_support_vectors(estimator: Any) -> None:
    if not hasattr(estimator, "support_vectors_"):
        return
    _expect(not estimator._sparse, estimator, "sparse support vectors")
    vectors = estimator.support_vectors_
    n_support = np.asarray(estimator._n_support)
    n_vectors = len(estimator.support_)
    classifies = estimator._impl in ("c_svc", "nu_svc")
    n_classes = len(estimator.classes_) if classifies else 2
    pairs = n_classes * (n_classes - 1) // 2
    # Without a kernel of numbers, the songs themselves are no part of the model.
    precomputed = estimator.kernel == "precomputed" or callable(estimator.kernel)
    width = 0 if precomputed else estimator.n_features_in_
    expected = {
        "support_": (n_vectors,),
        "support_vectors_": (0 if precomputed else n_vectors, width),
        "_dual_coef_": (n_classes - 1, n_vectors),
        "_intercept_": (pairs,),
    }
    for name, shape in expected.items():
        found = np.shape(getattr(estimator, name))
        _expect(found == shape, estimator, f"{name} of shape {found}, not {shape},")
    for name in ("_probA", "_probB"):
        size = np.size(getattr(estimator, name))
        _expect(size in (0, pairs), estimator, f"{name} of size {size}")
    counts = n_support[:n_classes] if classifies else n_support[:1]
    fits = (n_support >= 0).all() and counts.sum() == n_vectors
    _expect(
        fits and n_support.size >= len(counts), estimator, "other counts of vectors"
    )
    support = np.asarray(estimator.support_)
    most = estimator.shape_fit_[0]
    inside = (support >= 0) & (support < most)
    _expect(inside.all() and vectors.ndim == 2, estimator, "vectors of no row")


def _check_neighbors(estimator: Any) -> None:
    rows = getattr(estimator, "_fit_X", None)
    if rows is None:
        return
    is_table = isinstance(rows, np.ndarray) and rows.ndim == 2
    same = is_table and rows.shape == (estimator.n_samples_fit_, rows.shape[1])
    same = same and rows.shape[1] == estimator.n_features_in_
    _expect(same, estimator, "rows of other features")
    y = getattr(estimator, "_y", None)
    if y is not None and hasattr(estimator, "classes_"):
        listed = estimator.classes_
        classes = listed if isinstance(listed, list) else [listed]
        columns = np.asarray(y).reshape(len(rows), -1)
        _expect(columns.shape[1] == len(classes), estimator, "labels of other rows")
        for column, known in zip(columns.T, classes, strict=True):
            inside = (column >= 0) & (column < len(known))
            _expect(inside.all(), estimator, "labels of no class")


_CHECKS: dict[str, Callable[[Any], None]] = {
    "sklearn.base.BaseEstimator": _check_machine,
    "skgenre.voting._window_fit.WindowModel": _check_window_model,
    "sklearn.tree._tree.Tree": _check_tree,
    "sklearn.tree._classes.BaseDecisionTree": _check_decision_tree,
    "sklearn.ensemble._gb.BaseGradientBoosting": _check_gradient_boosting,
    "sklearn.ensemble._hist_gradient_boosting.gradient_boosting"
    ".BaseHistGradientBoosting": _check_boosted_trees,
    "sklearn.svm._base.BaseLibSVM": _check_support_vectors,
    "sklearn.neighbors._base.NeighborsBase": _check_neighbors,
}
