import pickle

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    f1_score,
    log_loss,
    make_scorer,
    roc_auc_score,
)
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    StratifiedGroupKFold,
    cross_val_score,
    cross_validate,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre import GroupVotingClassifier, SongWindows
from skgenre.model_selection import make_group_scorer


@pytest.fixture
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


def make_windows(n_songs=40, n_classes=2, seed=0):
    """Flat windows in no order, songs of one to nine windows."""
    rng = np.random.default_rng(seed)
    song = np.repeat(np.arange(n_songs), rng.integers(1, 10, n_songs))
    rng.shuffle(song)
    y = np.array(["blues", "jazz", "rock"])[song % n_classes]
    X = rng.normal(size=(len(song), 3))
    for i, label in enumerate(["blues", "jazz", "rock"]):
        X[y == label, i] += 0.7
    return X, y, song


class Told:
    """Says of each song what it was told."""

    def __init__(self, verdicts):
        self.verdicts = verdicts
        self.classes_ = np.array(["jazz", "rock"])

    def predict(self, X, groups=None):
        return np.array([self.verdicts[g] for g in groups])

    def predict_proba(self, X, groups=None):
        rock = np.array([0.9 if self.verdicts[g] == "rock" else 0.2 for g in groups])
        return np.column_stack([1 - rock, rock])


def test_each_song_counts_once():
    # Nine windows of song a are right, one each of b and c are wrong.
    groups = np.array(list("baaaaaaaaac"))
    y = np.array(["rock", *["jazz"] * 9, "rock"])
    model = Told({"a": "jazz", "b": "jazz", "c": "jazz"})
    X = np.zeros((11, 1))
    score = make_group_scorer(accuracy_score)(model, X, y, groups=groups)
    assert score == pytest.approx(1 / 3)
    loss = make_group_scorer(
        log_loss, response_method="predict_proba", greater_is_better=False
    )(model, X, y, groups=groups)
    assert loss == pytest.approx((np.log(0.8) + 2 * np.log(0.2)) / 3)


def test_sample_weight_is_the_mean_of_the_windows():
    model = Told({"a": "jazz", "b": "jazz"})
    score = make_group_scorer(accuracy_score)(
        model,
        np.zeros((3, 1)),
        ["jazz", "jazz", "rock"],
        groups=["a", "a", "b"],
        sample_weight=[1.0, 5.0, 1.0],
    )
    assert score == pytest.approx(3 / 4)


def test_positive_class_of_two():
    model = Told({"a": "jazz", "b": "rock", "c": "rock"})
    how = {"groups": ["a", "b", "c"]}
    X, y = np.zeros((3, 1)), ["jazz", "rock", "jazz"]
    auc = make_group_scorer(roc_auc_score, response_method="predict_proba")
    assert auc(model, X, y, **how) == 0.75
    f1_jazz = make_group_scorer(f1_score, pos_label="jazz")
    assert f1_jazz(model, X, y, **how) == pytest.approx(2 / 3)
    loss = make_group_scorer(
        lambda y, p, pos_label: float(p[0]),
        response_method="predict_proba",
        pos_label="jazz",
    )
    assert loss(model, X, y, **how) == pytest.approx(0.8)


@pytest.mark.usefixtures("routing")
def test_cross_val_score_equals_songs():
    X, y, song = make_windows(n_classes=3)
    model = GroupVotingClassifier(GaussianNB())
    cv = GroupKFold(4)
    how = {"cv": cv, "params": {"groups": song}, "error_score": "raise"}
    songs, y_songs = SongWindows.from_arrays(X, song, y=y)
    for metric, kwargs in [
        (accuracy_score, {}),
        (balanced_accuracy_score, {}),
        (f1_score, {"average": "macro"}),
    ]:
        scorer = make_group_scorer(metric, **kwargs)
        scores = cross_val_score(model, X, y, scoring=scorer, **how)
        for score, (train, test) in zip(scores, cv.split(X, y, song), strict=True):
            train, test = (np.isin(songs.song_ids, song[r]) for r in (train, test))
            verdicts = (
                clone(model).fit(songs[train], y_songs[train]).predict(songs[test])
            )
            assert score == pytest.approx(metric(y_songs[test], verdicts, **kwargs))
    default = cross_val_score(model, X, y, **how)
    named = cross_val_score(
        model, X, y, scoring=make_group_scorer(accuracy_score), **how
    )
    np.testing.assert_allclose(default, named)


@pytest.mark.usefixtures("routing")
def test_pipelines_searches_and_several_metrics():
    X, y, song = make_windows()
    model = make_pipeline(StandardScaler(), GroupVotingClassifier(LogisticRegression()))
    scoring = {
        "f1": make_group_scorer(f1_score, average="macro"),
        "loss": make_group_scorer(
            log_loss, response_method="predict_proba", greater_is_better=False
        ),
        "accuracy": make_group_scorer(accuracy_score),
    }
    search = GridSearchCV(
        model,
        {"groupvotingclassifier__estimator__C": [0.01, 1.0]},
        cv=StratifiedGroupKFold(3),
        scoring=scoring,
        refit="loss",
        error_score="raise",
    ).fit(X, y, groups=song)
    assert np.isfinite(search.cv_results_["mean_test_f1"]).all()
    assert (search.cv_results_["mean_test_loss"] < 0).all()
    nested = cross_validate(
        GridSearchCV(
            model,
            {"groupvotingclassifier__voting": ["mean", "max"]},
            cv=StratifiedGroupKFold(3),
            scoring=scoring["f1"],
            error_score="raise",
        ),
        X,
        y,
        cv=StratifiedGroupKFold(3),
        params={"groups": song},
        scoring=scoring["f1"],
        error_score="raise",
    )
    assert np.isfinite(nested["test_score"]).all()


@pytest.mark.usefixtures("routing")
def test_requests():
    scorer = make_group_scorer(accuracy_score)
    assert scorer.get_metadata_routing().score.requests["groups"] is True
    scorer.set_score_request(sample_weight=True)
    requests = scorer.get_metadata_routing().score.requests
    assert requests == {"groups": True, "sample_weight": True}
    aliased = make_group_scorer(accuracy_score).set_score_request(groups="song")
    assert aliased.get_metadata_routing().score.requests["groups"] == "song"


def test_without_groups_it_says_what_to_do():
    X, y, song = make_windows()
    model = GroupVotingClassifier(GaussianNB())
    scorer = make_group_scorer(accuracy_score)
    cv = StratifiedGroupKFold(3)
    fix = r"set_config\(enable_metadata_routing=True\)"
    with pytest.raises(ValueError, match=fix):
        cross_val_score(
            model, X, y, groups=song, cv=cv, scoring=scorer, error_score="raise"
        )
    # scikit-learn's own default: a warning with the same words, and NaN.
    with pytest.warns(UserWarning, match=fix):
        scores = cross_val_score(model, X, y, groups=song, cv=cv, scoring=scorer)
    assert np.isnan(scores).all()
    model.fit(X, y, groups=song)
    with pytest.raises(ValueError, match="Got no groups"):
        scorer(model, X, y)
    # By hand it needs no routing.
    assert scorer(model, X, y, groups=song) == model.score(X, y, groups=song)


def test_songs_need_no_groups():
    X, y, song = make_windows()
    songs, y_songs = SongWindows.from_arrays(X, song, y=y)
    model = GroupVotingClassifier(GaussianNB())
    ours = cross_val_score(
        model, songs, y_songs, scoring=make_group_scorer(accuracy_score), cv=3
    )
    np.testing.assert_array_equal(
        ours, cross_val_score(model, songs, y_songs, scoring="accuracy", cv=3)
    )


def test_errors():
    X, y, song = make_windows()
    scorer = make_group_scorer(accuracy_score)
    with pytest.raises(ValueError, match="Wrap the classifier of windows"):
        scorer(GaussianNB().fit(X, y), X, y, groups=song)
    with pytest.raises(ValueError, match="Got metric='f1_macro'"):
        make_group_scorer("f1_macro")
    with pytest.raises(ValueError, match="a scorer, but expected a function"):
        make_group_scorer(make_scorer(f1_score))
    with pytest.raises(ValueError, match="response_method='decision_function'"):
        make_group_scorer(roc_auc_score, response_method="decision_function")

    class WindowByWindow(Told):
        def predict(self, X, groups=None):
            return np.array(["jazz", "rock"])

    with pytest.raises(ValueError, match="different verdicts"):
        scorer(WindowByWindow({}), X[:2], ["jazz"] * 2, groups=["a", "a"])
    with pytest.raises(ValueError, match="one label"):
        scorer(Told({"a": "jazz"}), X[:2], ["jazz", "rock"], groups=["a", "a"])


def test_repr_and_pickle():
    scorer = make_group_scorer(f1_score, greater_is_better=False, average="macro")
    assert repr(scorer) == (
        "make_group_scorer(f1_score, response_method='predict', "
        "greater_is_better=False, average='macro')"
    )
    assert repr(pickle.loads(pickle.dumps(scorer))) == repr(scorer)
    assert "GroupScorer" not in repr(clone(scorer, safe=False))


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_a22_windows_without_a_song_are_refused(missing):
    X, y = np.zeros((4, 1)), np.array([0, 0, 1, 1])
    model = GroupVotingClassifier(LogisticRegression()).fit(X, y)
    scorer = make_group_scorer(accuracy_score)
    with pytest.raises(ValueError, match="'groups' of row 2 is missing"):
        scorer(model, X, y, groups=["a", "a", missing, missing])
