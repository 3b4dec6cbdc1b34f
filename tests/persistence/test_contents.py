import numpy as np
import pytest
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier, RadiusNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC, NuSVC, OneClassSVM
from sklearn.tree import DecisionTreeClassifier, ExtraTreeClassifier

from skgenre import FrameWindower, MFCCFeaturizer, ModelFileError
from skgenre.persistence._contents import check_contents, fill_in, parts_of
from skgenre.voting._window_fit import WindowModel

SOUND = [
    AdaBoostClassifier(n_estimators=3),
    BaggingClassifier(n_estimators=3, max_features=0.5),
    DecisionTreeClassifier(),
    ExtraTreeClassifier(),
    ExtraTreesClassifier(5),
    GradientBoostingClassifier(n_estimators=3),
    HistGradientBoostingClassifier(max_iter=3),
    HistGradientBoostingClassifier(max_iter=3, categorical_features=[3]),
    IsolationForest(n_estimators=3),
    KNeighborsClassifier(algorithm="brute"),
    LinearSVC(),
    NuSVC(nu=0.2),
    OneClassSVM(),
    RadiusNeighborsClassifier(algorithm="brute"),
    RandomForestClassifier(5),
    SVC(),
    SVC(kernel="linear", decision_function_shape="ovo"),
]


@pytest.mark.parametrize("estimator", SOUND, ids=repr)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_what_scikit_learn_fits_is_sound(estimator, n_classes, table):
    X, y = table
    X = np.column_stack([X[:, :3], np.arange(len(X)) % 7])
    kept = y != "rock" if n_classes == 2 else y != ""
    estimator.fit(X[kept], y[kept])
    check_contents(make_pipeline(StandardScaler(), estimator))


def test_other_kernels_and_numbers_are_sound(table):
    X, _ = table
    check_contents(SVC(kernel="precomputed").fit(X @ X.T, np.arange(60) % 3))
    check_contents(SVR().fit(X, X[:, 0]))


def test_all_parts_are_found(table):
    X, y = table
    forest = RandomForestClassifier(3).fit(X, y)
    found = list(parts_of({"a": [(make_pipeline(forest),)], "b": np.array([forest])}))
    trees = [part for part in found if type(part) is DecisionTreeClassifier]
    assert len(trees) == 3 + 1  # those fitted, and the parameter
    assert sum(part is forest for part in found) == 1
    ring = [forest]
    ring.append(ring)
    assert len([part for part in parts_of(ring) if part is ring]) == 1


# -- trees ----------------------------------------------------------------------------


def with_tree(table, change, **changed):
    """A tree whose nodes are changed."""
    X, y = table
    estimator = DecisionTreeClassifier(random_state=0).fit(X, y)
    tree = estimator.tree_
    state = tree.__getstate__()
    nodes = state["nodes"].copy()
    change(nodes, np.flatnonzero(nodes["left_child"] != -1))
    forged = type(tree)(tree.n_features, np.array([3], dtype=np.intp), tree.n_outputs)
    forged.__setstate__({**state, "nodes": nodes, **changed})
    estimator.tree_ = forged
    return estimator


def put(name, value):
    def change(nodes, inner):
        nodes[name][inner[-1]] = value

    return change


TREES = {
    "left far": (put("left_child", 10**9), "children"),
    "left negative": (put("left_child", -7), "children"),
    "right far": (put("right_child", 10**9), "children"),
    "right only": (put("left_child", -1), "one child"),
    "to itself": (put("left_child", 0), "children"),
    "feature far": (put("feature", 10**9), "features"),
    "feature negative": (put("feature", -5), "features"),
}


@pytest.mark.parametrize(("change", "message"), TREES.values(), ids=list(TREES))
def test_trees_that_lead_outside_are_refused(table, change, message):
    with pytest.raises(ModelFileError, match=f"its Tree has .*{message}"):
        check_contents(with_tree(table, change))


def test_trees_of_other_sizes_are_refused(table):
    def nothing(nodes, inner):
        pass

    check_contents(with_tree(table, nothing))
    # scikit-learn itself takes no more nodes than there are.
    assert with_tree(table, nothing, node_count=10**6).tree_.node_count < 100
    for changed in ({"node_count": 1}, {"node_count": 0}, {"max_depth": 1}):
        with pytest.raises(ModelFileError, match="its Tree has"):
            check_contents(with_tree(table, nothing, **changed))
    estimator = with_tree(table, nothing)
    estimator.n_features_in_ = 2
    with pytest.raises(ModelFileError, match="trees of other features"):
        check_contents(estimator)


def test_boosting_of_other_numbers_is_refused(table):
    X, y = table
    for name, value in [("n_trees_per_iteration_", 1), ("n_features_in_", 2)]:
        model = GradientBoostingClassifier(n_estimators=2).fit(X, y)
        setattr(model, name, value)
        with pytest.raises(ModelFileError, match="GradientBoostingClassifier has"):
            check_contents(model)
    model = GradientBoostingClassifier(n_estimators=2).fit(X, y)
    model.estimators_ = model.estimators_[:, :2]
    with pytest.raises(ModelFileError, match="another number of trees"):
        check_contents(model)


def boosted(table):
    X, y = table
    X = np.column_stack([X, np.arange(len(X)) % 7])
    y = np.where(X[:, 4] % 2 > 0, y, "blues")
    return HistGradientBoostingClassifier(
        max_iter=4, categorical_features=[4], min_samples_leaf=2
    ).fit(X, y)


def any_node(model, is_categorical):
    """A predictor and the row of one of its nodes of a kind."""
    for step in model._predictors:
        for predictor in step:
            nodes = predictor.nodes
            wanted = (nodes["is_leaf"] == 0) & (
                nodes["is_categorical"] == is_categorical
            )
            if wanted.any():
                return predictor, int(np.flatnonzero(wanted)[-1])
    raise AssertionError


BOOSTED = {
    "left": (0, "left", 10**6, "children"),
    "right to itself": (0, "right", 0, "children"),
    "feature": (0, "feature_idx", 99, "features"),
    "feature negative": (0, "feature_idx", -2, "features"),
    "categories of a number": (0, "is_categorical", 1, "categories|sets"),
    "a set far": (1, "bitset_idx", 10**6, "sets"),
}


@pytest.mark.parametrize(
    ("kind", "name", "value", "message"), BOOSTED.values(), ids=list(BOOSTED)
)
def test_boosted_trees_that_lead_outside_are_refused(table, kind, name, value, message):
    model = boosted(table)
    check_contents(model)
    predictor, row = any_node(model, kind)
    predictor.nodes = predictor.nodes.copy()
    predictor.nodes[name][row] = value
    with pytest.raises(ModelFileError, match=message):
        check_contents(model)


def test_bins_and_sets_of_other_sizes_are_refused(table):
    model = boosted(table)
    (first,) = np.flatnonzero(model._bin_mapper.is_categorical_)
    model._bin_mapper.bin_thresholds_[first] = np.array([0.0, 4000.0])
    with pytest.raises(ModelFileError, match="categories above 255"):
        check_contents(model)
    model = boosted(table)
    model._bin_mapper.is_categorical_ = np.ones(9, dtype=bool)
    with pytest.raises(ModelFileError, match="bins of other features"):
        check_contents(model)
    model = boosted(table)
    predictor, _ = any_node(model, 1)
    predictor.raw_left_cat_bitsets = predictor.raw_left_cat_bitsets[:, :2]
    with pytest.raises(ModelFileError, match="sets"):
        check_contents(model)
    model = boosted(table)
    model._preprocessor.transformers_ = model._preprocessor.transformers_[:1]
    with pytest.raises(ModelFileError, match="columns of other features"):
        check_contents(model)
    model = boosted(table)
    name, _, columns = model._preprocessor.transformers_[0]
    model._preprocessor.transformers_[0] = (name, StandardScaler(), columns)
    with pytest.raises(ModelFileError, match="a StandardScaler"):
        check_contents(model)
    model = boosted(table)
    model._in_fit = True
    with pytest.raises(ModelFileError, match="a fit that goes on"):
        check_contents(model)


# -- support vectors and neighbours ---------------------------------------------------

VECTORS = {
    "counts": ("_n_support", np.array([10**6, 1, 1], dtype=np.int32)),
    "counts negative": ("_n_support", np.array([-9, 9, 9], dtype=np.int32)),
    "coefficients": ("_dual_coef_", np.zeros((1, 2))),
    "intercepts": ("_intercept_", np.zeros(1)),
    "probabilities": ("_probA", np.zeros(1)),
    "vectors": ("support_vectors_", np.zeros((2, 4))),
    "width": ("n_features_in_", 99),
    "rows": ("shape_fit_", (1, 4)),
    "sparse": ("_sparse", True),
}


@pytest.mark.parametrize(("name", "value"), VECTORS.values(), ids=list(VECTORS))
def test_support_vectors_that_do_not_fit_are_refused(table, name, value):
    model = SVC().fit(*table)
    check_contents(model)
    setattr(model, name, value)
    with pytest.raises(ModelFileError, match="its SVC has"):
        check_contents(model)


NEIGHBORS = {
    "labels": ("_y", np.full(60, 10**6)),
    "labels negative": ("_y", np.full(60, -3)),
    "rows": ("n_samples_fit_", 10**6),
    "width": ("n_features_in_", 99),
}


@pytest.mark.parametrize(("name", "value"), NEIGHBORS.values(), ids=list(NEIGHBORS))
def test_neighbours_that_do_not_fit_are_refused(table, name, value):
    model = KNeighborsClassifier(algorithm="brute").fit(*table)
    setattr(model, name, value)
    with pytest.raises(ModelFileError, match="its KNeighborsClassifier has"):
        check_contents(model)


# -- folders and memories -------------------------------------------------------------


@pytest.mark.parametrize("name", ["memory"])
def test_folders_are_refused(table, name):
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(*table)
    check_contents(model)
    setattr(model, name, "/srv/yours")
    with pytest.raises(ModelFileError, match="memory='/srv/yours', which belongs"):
        check_contents(model)


def test_keys_to_a_memory_are_refused():
    check_contents(WindowModel("fitted", []))
    with pytest.raises(ModelFileError, match="a key"):
        check_contents(WindowModel("fitted", [], key="of yours"))
    with pytest.raises(ModelFileError, match="a pickle"):
        check_contents(WindowModel(None, [], pickled=np.zeros(3, np.uint8)))


def test_parameters_of_later_versions_get_their_defaults():
    model = make_pipeline(FrameWindower(2.0), MFCCFeaturizer())
    del model[0].window_weight, model[1].top_db
    fill_in(model)
    assert model[0].get_params() == FrameWindower(2.0).get_params()
    assert model[1].get_params() == MFCCFeaturizer().get_params()
