"""scikit-learn's tools work at the level of songs, unmodified."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.frozen import FrozenEstimator
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
from sklearn.preprocessing import StandardScaler

from skgenre import FrameWindower, GroupVotingClassifier, MFCCFeaturizer

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
