import sys
from functools import partial

import numpy as np
import pytest
from compared_songs import make_windows
from numpy.testing import assert_allclose, assert_array_equal
from shell import write_song
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import LinearSVC

from skgenre import GroupVotingClassifier, SongWindows, recipes
from skgenre._jobs import with_bar
from skgenre.model_selection import compare_models, compare_votings

MEAN = GroupVotingClassifier(GaussianNB())


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Two genres of songs, two files in each that are none."""
    folder = tmp_path_factory.mktemp("files")
    paths, y = [], []
    for genre, frequency in {"high": 3000, "low": 300}.items():
        for i in range(8):
            path = folder / f"{genre} {i}.wav"
            write_song(path, frequency + 20 * i, seed=i)
            if i in (1, 6):
                path.write_bytes(b"no audio")
            paths.append(str(path))
            y.append(genre)
    return paths, np.array(y)


def test_equals_cross_val_predict():
    windows, y = make_windows()
    cv = StratifiedKFold(3)
    models = {
        "vote": MEAN,
        "pipeline": make_pipeline(StandardScaler(), LogisticRegression()),
    }
    models["pipeline"].steps.insert(
        0, ("means", FunctionTransformer(lambda w: np.array([x.mean(0) for x in w])))
    )
    found = compare_models(models, windows, y, cv=cv)
    for name, model in models.items():
        expected = cross_val_predict(model, windows, y, cv=cv, method="predict_proba")
        assert_allclose(found.song_proba[name], expected, rtol=1e-12)
    assert found.reference == "vote"
    assert found.song_ids.tolist() == windows.song_ids.tolist()
    assert set(found.seconds) == set(models)
    assert min(found.seconds.values()) > 0


def test_same_folds_and_numbers_as_of_votings():
    windows, y = make_windows()
    groups = np.arange(30) // 2
    same = {"groups": groups, "cv": 4, "reference": "mean"}
    votings = compare_votings(MEAN, windows, y, votings=["mean"], **same)
    models = compare_models({"mean": MEAN}, windows, y, **same)
    assert_array_equal(models.fold, votings.fold)
    assert_allclose(models.song_proba["mean"], votings.song_proba["mean"])
    same = {k: v for k, v in models.pooled["mean"].items() if k != "seconds"}
    assert same == {k: votings.pooled["mean"][k] for k in same}


def test_rows_of_an_array_are_songs():
    rng = np.random.default_rng(0)
    y = np.repeat([3, 1, 2], 20)
    X = rng.normal(size=(60, 3)) + 2 * np.eye(3)[y - 1]
    found = compare_models({"nb": GaussianNB(), "lr": LogisticRegression()}, X, y, cv=3)
    assert found.pooled["lr"]["accuracy"] > 0.7
    assert found.heard.all()


class Backwards(ClassifierMixin, BaseEstimator):
    """Gives its columns in another order than that of the sorted labels."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)[::-1]
        return self

    def predict_proba(self, X):
        return np.tile(np.arange(1, len(self.classes_) + 1) / 6, (len(X), 1))


def test_columns_follow_the_classes_of_the_model():
    y = np.repeat(["a", "b", "c"], 4)
    found = compare_models({"x": Backwards()}, np.zeros((12, 1)), y, cv=2)
    # Its first column, 1/6, is of "c".
    assert_allclose(found.song_proba["x"], np.tile([3 / 6, 2 / 6, 1 / 6], (12, 1)))


@pytest.mark.slow
def test_files_that_cannot_be_read_count_in_no_score_of_any_model(files):
    paths, y = files
    settings = {"sample_rate": 8000}
    strong = recipes.strong(window_seconds=(0.75, 1.0), **settings)
    strong.set_params(
        scales__windows_0_75s__windows__on_error="warn",
        scales__windows_1s__windows__on_error="warn",
        scales__windows_0_75s__vote__trees__estimator__n_estimators=5,
        scales__windows_1s__vote__trees__estimator__n_estimators=5,
    )
    baseline = recipes.baseline(window_seconds=0.5, **settings)
    baseline.set_params(windows__on_error="warn")
    length = FunctionTransformer(lambda names: np.array([[len(n)] for n in names]))
    models = {
        "names": make_pipeline(length, GaussianNB()),
        "baseline": baseline,
        "strong": strong,
    }
    with pytest.warns(UserWarning, match="4 of 16 songs have no windows") as caught:
        found = compare_models(models, paths, y, cv=2)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    bad = [1, 6, 9, 14]
    assert np.flatnonzero(~found.heard).tolist() == bad
    for name in models:
        assert found.pooled[name]["n_songs"] == 12
        assert np.isnan(found.song_proba[name][bad]).all()
    assert found.pooled["strong"]["accuracy"] == 1
    frame = found.predictions("strong")
    assert frame["error"][bad].tolist() == ["no windows"] * 4
    # The same when it is said which songs are heard, without another look.
    with pytest.warns(UserWarning, match="4 of 16"):
        told = compare_models(models, paths, y, cv=2, heard=found.heard)
    assert_array_equal(told.song_proba["names"], found.song_proba["names"])


def test_artists_are_in_one_fold_and_reach_the_folds_inside():
    windows, y = make_windows()
    groups = np.arange(30) // 3

    class Keeps(GroupVotingClassifier):
        seen = []  # noqa: RUF012

        def fit(self, X, y, groups=None):
            Keeps.seen.append(groups)
            return super().fit(X, y, groups=groups)

    found = compare_models({"a": Keeps(GaussianNB())}, windows, y, groups=groups, cv=3)
    for fold in range(3):
        inside = set(groups[found.fold == fold])
        assert not inside & set(groups[found.fold != fold])
        assert not inside & set(Keeps.seen[fold])
    # An array has no songs of windows: groups would make some.
    X = np.random.default_rng(0).normal(size=(30, 2))
    compare_models({"a": Keeps(GaussianNB())}, X, y, groups=groups, cv=3)
    assert Keeps.seen[3:] == [None] * 3


def test_jobs_and_seed_change_nothing_that_they_should_not():
    windows, y = make_windows()
    models = {"a": MEAN, "b": GroupVotingClassifier(LogisticRegression())}
    one = compare_models(models, windows, y, random_state=3)
    two = compare_models(models, windows, y, random_state=3, n_jobs=2)
    other = compare_models(models, windows, y, random_state=4)
    for name in models:
        assert_array_equal(one.song_proba[name], two.song_proba[name])
    assert not np.array_equal(one.fold, other.fold)


def test_classes_of_songs_without_windows_only():
    windows = SongWindows(np.zeros((4, 2)), [1, 1, 1, 0, 0, 1])
    y = ["a", "a", "a", "b", "b", "b"]
    with (
        pytest.warns(UserWarning, match="2 of 6 songs"),
        pytest.raises(ValueError, match="tests songs of class 'b', but no song of it"),
    ):
        compare_models({"a": MEAN}, windows, y, cv=2)
    nothing = SongWindows(np.zeros((0, 2)), [0] * 6)
    with (
        pytest.warns(UserWarning, match="6 of 6 songs"),
        pytest.raises(ValueError, match="None of 6 songs has windows"),
    ):
        compare_models({"a": MEAN}, nothing, y, cv=2)


class Wide(Backwards):
    """Gives one column too many."""

    def predict_proba(self, X):
        return np.ones((len(X), len(self.classes_) + 1))


class Knowing(GaussianNB):
    """Was fitted before, and knows a class that no song has."""

    def fit(self, X, y):
        super().fit(X, y)
        self.classes_ = np.array(["blues", "jazz", "swing"])
        return self


@pytest.mark.filterwarnings("ignore:.* of 30 songs have no windows")
@pytest.mark.parametrize(
    ("models", "more", "match"),
    [
        ({}, {}, r"Got models=\{\}, but expected a dict"),
        ([MEAN], {}, "but expected a dict of names"),
        ({1: MEAN}, {}, "Got the name 1 of a model"),
        ({"a": LinearSVC()}, {}, r"models\['a'\]=LinearSVC, which has no predict_pr"),
        ({"a": MEAN}, {"reference": "b"}, r"Got reference='b'.*models \['a'\]"),
        ({"a": MEAN}, {"confidence": 2}, "Got confidence=2"),
        ({"a": MEAN}, {"heard": [True]}, "inconsistent numbers of samples"),
        ({"a": Wide()}, {}, r"'a', which gives probabilities of shape \(10, 4\)"),
        ({"a": GroupVotingClassifier(Knowing())}, {}, "'a' knows the class.*swing"),
    ],
)
def test_bad_input(models, more, match):
    windows, y = make_windows()
    with pytest.raises(ValueError, match=match):
        compare_models(models, windows, y, cv=3, **more)


def test_a_bar_of_fits(monkeypatch, capsys):
    module = sys.modules["skgenre.model_selection._compare_models"]
    monkeypatch.setattr(module, "with_bar", partial(with_bar, patience=0.0))
    windows, y = make_windows()
    models = {"one": MEAN, "two": MEAN}
    silent = compare_models(models, windows, y, cv=3)
    assert capsys.readouterr().err == ""
    shown = compare_models(models, windows, y, cv=3, verbose=1)
    for name in models:
        assert_array_equal(shown.song_proba[name], silent.song_proba[name])
    err = capsys.readouterr().err
    assert "cross-validation: 100%" in err
    assert "6/6" in err
    assert "fit/s" in err
