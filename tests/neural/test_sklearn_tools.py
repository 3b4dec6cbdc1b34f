"""scikit-learn's tools on songs, with networks inside."""

import numpy as np
import pytest
import sklearn
from scikeras import wrappers
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    StratifiedGroupKFold,
    cross_val_score,
)

from skgenre import GroupVotingClassifier, SongWindows
from skgenre.neural import (
    KerasWindowClassifier,
    MILClassifier,
    window_model,
)

pytestmark = pytest.mark.slow

FAST = {"epochs": 4, "learning_rate": 0.1, "random_state": 0}


@pytest.fixture(scope="module")
def songs():
    """24 songs of 2 to 4 windows of (10, 14), easy to tell: X, y and artists."""
    rng = np.random.default_rng(0)
    counts = rng.integers(2, 5, size=24)
    y = np.array(["jazz", "rock"] * 12)
    X = SongWindows(rng.normal(size=(counts.sum(), 10, 14)), counts)
    X.values[X.expand(y) == "rock", :5] += 2
    return X, y, np.arange(24) // 2 % 6


def plain_scikeras():
    return wrappers.KerasClassifier(
        window_model,
        model__hidden=4,
        loss="binary_crossentropy",
        optimizer="adam",
        optimizer__learning_rate=0.03,
        epochs=6,
        verbose=0,
        random_state=0,
    )


def network():
    return KerasWindowClassifier("cnn", model__hidden=4, **FAST)


@pytest.mark.parametrize("make", [network, plain_scikeras])
def test_search_over_votings_and_cross_validation(songs, make):
    X, y, artists = songs
    model = GroupVotingClassifier(make())
    cv = StratifiedGroupKFold(2)
    scores = cross_val_score(model, X, y, groups=artists, cv=cv, scoring="f1_macro")
    assert (scores > 0.6).all()
    grid = {"voting": ["majority", "mean", "mean_log_odds"]}
    search = GridSearchCV(model, grid, cv=2, scoring="neg_log_loss").fit(X, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert search.predict(X).shape == (24,)


def test_search_over_arguments_of_the_network(songs):
    X, y, _ = songs
    model = GroupVotingClassifier(
        network().set_params(validation_fraction=0.3), voting="mean"
    )
    grid = {"estimator__model__hidden": [2, 4], "estimator__epochs": [1, 4]}
    search = GridSearchCV(model, grid, cv=2, error_score="raise").fit(X, y)
    layers = search.best_estimator_.estimator_.model_.layers
    assert layers[-2].units == search.best_params_["estimator__model__hidden"]
    vectors = SongWindows(X.values.mean(axis=2), X.counts)
    grid = {"model__hidden": [2, 4], "pooling": ["mean", "attention"]}
    model = MILClassifier("dense", validation_fraction=0.3, **FAST)
    search = GridSearchCV(model, grid, cv=2, error_score="raise").fit(vectors, y)
    assert (
        search.best_estimator_.window_model_.layers[0].units
        == (search.best_params_["model__hidden"])
    )


def test_calibration_and_soft_votes_of_networks(songs):
    X, y, _ = songs
    vectors = SongWindows(X.values.mean(axis=2), X.counts)
    mil = MILClassifier("linear", **FAST)
    voted = GroupVotingClassifier(KerasWindowClassifier("linear", **FAST))
    calibrated = CalibratedClassifierCV(mil, cv=2).fit(vectors, y)
    assert calibrated.predict_proba(vectors).shape == (24, 2)
    both = VotingClassifier([("mil", mil), ("voted", voted)], voting="soft")
    # VotingClassifier checks nothing of X, so songs pass.
    assert both.fit(vectors, y).score(vectors, y) > 0.8
    flat = CalibratedClassifierCV(KerasWindowClassifier("linear", **FAST), cv=2)
    flat.fit(vectors.values, vectors.expand(y))
    assert GroupVotingClassifier(flat).fit(vectors, y).score(vectors, y) > 0.8
    windows = VotingClassifier(
        [
            ("net", KerasWindowClassifier("linear", **FAST)),
            ("lr", LogisticRegression()),
        ],
        voting="soft",
    )
    windows.fit(vectors.values, vectors.expand(y))
    assert windows.classes_.tolist() == ["jazz", "rock"]


def test_metadata_routing_carries_songs_to_splitter_and_network(songs):
    X, y, _ = songs
    vectors = SongWindows(X.values.mean(axis=2), X.counts)
    estimator = KerasWindowClassifier("linear", validation_fraction=0.3, **FAST)
    search = GridSearchCV(
        estimator, {"epochs": [1, 2]}, cv=GroupKFold(2), error_score="raise"
    )
    with sklearn.config_context(enable_metadata_routing=True):
        model = GroupVotingClassifier(search).fit(vectors, y)
        scores = cross_val_score(
            MILClassifier("linear", **FAST),
            vectors,
            y,
            params={"groups": np.arange(24) // 2},
            cv=StratifiedGroupKFold(2),
        )
    assert "val_loss" in model.estimator_.best_estimator_.history_
    assert scores.shape == (2,)
