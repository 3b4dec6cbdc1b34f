"""scikit-learn's tools work at the level of songs, unmodified."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import config_context
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_selection import SequentialFeatureSelector
from sklearn.frozen import FrozenEstimator
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import ConfusionMatrixDisplay
from sklearn.model_selection import (
    GridSearchCV,
    StratifiedGroupKFold,
    StratifiedKFold,
    TunedThresholdClassifierCV,
    cross_val_predict,
    cross_val_score,
    learning_curve,
    permutation_test_score,
    train_test_split,
)
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier

from skgenre import (
    FeatureStack,
    FrameWindower,
    GroupVotingClassifier,
    MFCCFeaturizer,
    SongWindows,
    SpectralFeaturizer,
)
from skgenre.features import WindowTransformer

WINDOWER = FrameWindower(3.0)
FEATURIZER = MFCCFeaturizer(summary=("mean", "std"))


def classifier(**parameters):
    per_window = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
    return GroupVotingClassifier(per_window, **parameters)


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(params=["paths", "features"])
def setting(request, song_files, cache):
    """Give X, y, artists and an estimator: from lazy paths, and from features."""
    featurizer = clone(FEATURIZER).set_params(memory=cache)
    y, artists = song_files.target, song_files.groups
    if request.param == "paths":
        steps = [("window", WINDOWER), ("mfcc", featurizer), ("vote", classifier())]
        return np.array(song_files.data), y, artists, Pipeline(steps)
    X = featurizer.fit_transform(WINDOWER.fit_transform(song_files.data))
    return X, y, artists, Pipeline([("vote", classifier())])


@pytest.mark.parametrize(
    "scoring", ["accuracy", "f1_macro", "neg_log_loss", "roc_auc_ovr"]
)
def test_cross_val_score(setting, scoring):
    X, y, artists, model = setting
    cv = StratifiedGroupKFold(3)
    scores = cross_val_score(
        model, X, y, groups=artists, cv=cv, scoring=scoring, error_score="raise"
    )
    assert scores.shape == (3,)
    assert np.isfinite(scores).all()
    if scoring == "accuracy":
        # Every fold's score is a share of its number of songs.
        sizes = [len(test) for _, test in cv.split(np.zeros(len(y)), y, artists)]
        assert_allclose(scores * sizes, np.round(scores * sizes), atol=1e-9)
        assert scores.mean() > 0.4


def test_paths_and_features_agree(song_files, cache):
    y, artists = song_files.target, song_files.groups
    featurizer = clone(FEATURIZER).set_params(memory=cache)
    features = featurizer.fit_transform(WINDOWER.fit_transform(song_files.data))
    cv = StratifiedGroupKFold(3)
    from_paths = cross_val_predict(
        make_pipeline(WINDOWER, featurizer, classifier()),
        song_files.data,
        y,
        groups=artists,
        cv=cv,
        method="predict_proba",
    )
    from_features = cross_val_predict(
        classifier(), features, y, groups=artists, cv=cv, method="predict_proba"
    )
    assert from_paths.shape == (30, 5)
    assert_allclose(from_paths.sum(axis=1), 1)
    assert_allclose(from_paths, from_features)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_grid_search_over_the_voting(setting, n_jobs):
    X, y, artists, model = setting
    search = GridSearchCV(
        model,
        {"vote__voting": ["majority", "mean", "naive_bayes"]},
        cv=StratifiedGroupKFold(3),
        n_jobs=n_jobs,
        error_score="raise",
    ).fit(X, y, groups=artists)
    assert search.predict(X[:4]).shape == (4,)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_nested_grid_search(setting):
    X, y, _, model = setting
    search = GridSearchCV(model, {"vote__voting": ["majority", "mean"]}, cv=2)
    scores = cross_val_score(search, X, y, cv=3, n_jobs=2, error_score="raise")
    assert scores.mean() > 0.4


def test_learning_curve_and_permutation_test(setting):
    X, y, _, model = setting
    cv = StratifiedKFold(3, shuffle=True, random_state=0)
    sizes, _, test = learning_curve(
        model, X, y, cv=cv, train_sizes=[0.7, 1.0], shuffle=True, random_state=0
    )
    assert sizes.tolist() == [14, 20]
    assert np.isfinite(test).all()
    score, permuted, p = permutation_test_score(
        model, X, y, cv=cv, n_permutations=5, random_state=0
    )
    assert score > permuted.max()
    assert p == pytest.approx(1 / 6)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda model: CalibratedClassifierCV(model, cv=3),
        lambda model: StackingClassifier(
            [("voted", model), ("prior", DummyClassifierOfSongs())], cv=3
        ),
        lambda model: VotingClassifier(
            [("a", model), ("b", clone(model))], voting="soft"
        ),
        lambda model: GridSearchCV(model, {"vote__song_balanced": [False, True]}, cv=2),
    ],
    ids=["calibrated", "stacking", "soft voting", "grid search"],
)
def test_meta_estimators(setting, wrap):
    X, y, _, model = setting
    wrapped = wrap(model)
    scores = cross_val_score(
        wrapped, X, y, cv=3, scoring="accuracy", error_score="raise"
    )
    assert scores.mean() > 0.4
    wrapped = clone(wrapped).fit(X, y)
    assert wrapped.predict_proba(X).shape == (30, 5)
    again = pickle.loads(pickle.dumps(wrapped))
    assert_array_equal(again.predict(X), wrapped.predict(X))


class DummyClassifierOfSongs(DummyClassifier):
    """Knows only the class shares; any X will do."""


def test_tuned_threshold(setting):
    X, y, _, model = setting
    y = y == "techno"
    tuned = TunedThresholdClassifierCV(model, cv=3, thresholds=20).fit(X, y)
    assert 0 <= tuned.best_threshold_ <= 1
    assert tuned.predict(X).shape == (30,)


def test_train_test_split_and_confusion_matrix(setting):
    X, y, _, model = setting
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, stratify=y, test_size=10, random_state=0
    )
    model.fit(X_train, y_train)
    display = ConfusionMatrixDisplay.from_estimator(model, X_test, y_test)
    assert display.confusion_matrix.sum() == 10
    display.figure_.clear()


def test_frozen(setting):
    X, y, _, model = setting
    model.fit(X, y)
    calibrated = CalibratedClassifierCV(FrozenEstimator(model), cv=3).fit(X, y)
    assert calibrated.predict_proba(X).shape == (30, 5)


def test_clone_set_params_pickle_and_html(setting):
    X, y, _, model = setting
    model.set_params(vote__voting="median", vote__estimator__logisticregression__C=0.1)
    copy = clone(model)
    assert copy.get_params()["vote__voting"] == "median"
    copy.fit(X, y)
    again = pickle.loads(pickle.dumps(copy))
    assert_allclose(again.predict_proba(X), copy.predict_proba(X))
    assert again.score(X, y) == copy.score(X, y)
    assert "GroupVotingClassifier" in copy._repr_html_()


def test_keras_cnn_through_plain_scikeras(song_files):
    keras = pytest.importorskip("keras")
    scikeras = pytest.importorskip("scikeras.wrappers")

    def cnn(meta):
        return keras.Sequential(
            [
                keras.layers.Input(meta["X_shape_"][1:]),
                keras.layers.Conv2D(8, 3, activation="relu"),
                keras.layers.MaxPooling2D((2, 4)),
                keras.layers.Flatten(),
                keras.layers.Dense(meta["n_classes_"], activation="softmax"),
            ]
        )

    windower, featurizer = FrameWindower(3.0), MFCCFeaturizer(channel_axis=True)
    network = scikeras.KerasClassifier(
        cnn,
        loss="sparse_categorical_crossentropy",
        epochs=2,
        verbose=0,
        random_state=0,
    )
    model = make_pipeline(windower, featurizer, GroupVotingClassifier(network))
    y = np.array(song_files.target)
    picked = np.flatnonzero(np.isin(y, ["techno", "drone"]))
    X = [song_files.data[i] for i in picked]
    proba = cross_val_predict(model, X, y[picked], cv=2, method="predict_proba")
    assert proba.shape == (len(X), 2)
    assert_allclose(proba.sum(axis=1), 1, rtol=1e-6)


@pytest.mark.parametrize("container", ["pandas", "polars"])
def test_b1_tables_that_are_asked_for_everywhere_change_no_verdict(setting, container):
    pytest.importorskip(container)
    X, y, _, model = setting
    expected = clone(model).fit(X, y).predict_proba(X)
    with config_context(transform_output=container):
        # Tables keep numbers by column, which changes the last digits of sums.
        proba = clone(model).fit(X, y).predict_proba(X)
        assert_allclose(proba, expected, rtol=1e-3, atol=1e-5)
        scores = cross_val_score(model, X, y, cv=3, error_score="raise")
    assert scores.mean() > 0.4


def test_b1_every_step_from_paths_may_be_asked_for_tables(song_files):
    pytest.importorskip("pandas")
    stack = FeatureStack([("mfcc", clone(FEATURIZER)), ("more", SpectralFeaturizer())])
    scaler = WindowTransformer(StandardScaler())
    model = make_pipeline(clone(WINDOWER), stack, scaler, classifier())
    model.set_output(transform="pandas")
    paths, y = song_files.data[::3], song_files.target[::3]
    assert len(model.fit(paths, y).predict(paths)) == len(paths)
    assert isinstance(model[:-1].transform(paths), SongWindows)


def test_b8_bagging_of_paths_and_of_songs_by_number_is_the_same(song_files, cache):
    featurizer = clone(FEATURIZER).set_params(memory=cache)
    of_paths = make_pipeline(clone(WINDOWER), featurizer, classifier())
    paths, y = np.array(song_files.data), song_files.target
    X = featurizer.fit_transform(WINDOWER.fit_transform(song_files.data))
    picks = FunctionTransformer(lambda rows: X[rows[:, 0]])
    by_number = make_pipeline(picks, classifier())
    rows = np.arange(len(X))[:, None]
    bags = [
        BaggingClassifier(model, 3, random_state=0).fit(column, y).predict_proba(column)
        for model, column in [(of_paths, paths[:, None]), (by_number, rows)]
    ]
    assert bags[0].shape == (30, 5)
    assert_allclose(bags[0], bags[1])


def test_b8_self_training_labels_songs(songs):
    X, y, _ = songs
    numbers = np.unique(y, return_inverse=True)[1]
    known = np.where(np.arange(40) < 24, numbers, -1)
    picks = FunctionTransformer(lambda rows: X[rows[:, 0]])
    model = SelfTrainingClassifier(make_pipeline(picks, classifier()), threshold=0.8)
    rows = np.arange(40)[:, None]
    model.fit(rows, known)
    assert model.labeled_iter_.shape == (40,)
    assert_array_equal(model.labeled_iter_ == 0, known >= 0)
    found = model.labeled_iter_ > 0
    assert found.any()
    # What it labelled are songs whose verdict is sure, so most are right.
    assert np.mean(model.transduction_[found] == numbers[found]) > 0.7


def test_b8_importance_is_what_shuffling_a_feature_costs_in_songs(songs):
    X, y, _ = songs
    vote = GroupVotingClassifier(LogisticRegression()).fit(X, y)
    vote.estimator_.coef_[:, 1] = 0  # no verdict hangs on the second feature

    def score(vote, values, labels):
        return vote.score(values, labels, groups=X.groups)

    found = permutation_importance(
        vote, X.values, X.expand(y), scoring=score, n_repeats=3, random_state=0
    )
    assert_array_equal(found.importances[1], 0)
    assert (found.importances_mean[[0, 2]] > 0).all()
    # Right verdicts are counted in songs, of which there are 40.
    assert_allclose(found.importances * 40, np.round(found.importances * 40), atol=1e-9)


@pytest.mark.parametrize(
    "tool",
    [
        StandardScaler(),
        BaggingClassifier(classifier()),
        AdaBoostClassifier(classifier()),
        SelfTrainingClassifier(classifier()),
        SequentialFeatureSelector(classifier()),
    ],
)
def test_b8_what_wants_a_matrix_says_where_it_goes(tool, songs):
    X, y, _ = songs
    with pytest.raises(TypeError, match="expected a matrix") as raised:
        tool.fit(X, np.unique(y, return_inverse=True)[1])
    said = str(raised.value)
    assert "inside the vote" in said
    assert "WindowTransformer" in said
    assert ".values and the labels .expand(y)" in said


@pytest.mark.parametrize(
    "tool",
    [
        lambda X, y: ColumnTransformer([("a", StandardScaler(), [0])]).fit(X),
        lambda X, y: partial_dependence(classifier().fit(X, y), X, [0]),
    ],
)
def test_b8_what_asks_for_columns_says_the_same(tool, songs):
    X, y, _ = songs
    with pytest.raises(IndexError, match="expected a matrix"):
        tool(X, y)


def test_callbacks_of_scikit_learn_follow_the_classifier_inside(songs):
    callback = pytest.importorskip("sklearn.callback")
    X, y, _ = songs
    monitor = callback.ScoringMonitor(scoring="accuracy")
    inner = LogisticRegression().set_callbacks(monitor)
    GroupVotingClassifier(inner).fit(X, y)
    assert len(monitor.get_logs().data) > 1
