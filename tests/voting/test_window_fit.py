"""What is fitted once is not fitted again, and nothing stale is ever found."""

import warnings
from functools import partial

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skgenre import GroupVotingClassifier, NaiveBayesVoting, SongWindows, StackedVoting
from skgenre.model_selection import compare_votings
from skgenre.voting._content_hash import fingerprint


class Counting(GaussianNB):
    """Counts its fits and predictions."""

    fits: list = []  # noqa: RUF012 - shared by clones on purpose
    predictions: list = []  # noqa: RUF012

    def fit(self, X, y, sample_weight=None):
        self.fits.append(len(X))
        return super().fit(X, y, sample_weight)

    def predict_proba(self, X):
        self.predictions.append(len(X))
        return super().predict_proba(X)


@pytest.fixture(autouse=True)
def _from_zero():
    Counting.fits.clear()
    Counting.predictions.clear()


def make_songs(n_songs=30, *, seed=0):
    rng = np.random.default_rng(seed)
    y = np.array(["jazz", "rock"])[np.arange(n_songs) % 2]
    counts = rng.integers(1, 6, size=n_songs)
    values = rng.normal(size=(counts.sum(), 2))
    values[:, 0] += np.repeat(y == "rock", counts)
    return SongWindows(values, counts), y


VOTINGS = ["mean", "majority", "max", StackedVoting(), NaiveBayesVoting("fit")]


def test_a_search_over_votings_fits_windows_once_per_fold(tmp_path):
    songs, y = make_songs()
    search = GridSearchCV(
        GroupVotingClassifier(Counting(), cv=3, memory=tmp_path),
        {"voting": VOTINGS},
        cv=5,
        refit=False,
    ).fit(songs, y)
    # One fit and three out-of-fold fits for each of the five folds.
    assert len(Counting.fits) == 5 * (1 + 3)
    # Each fold's test songs, and the songs held out of out-of-fold fits.
    assert len(Counting.predictions) == 5 * (1 + 3)
    without = GridSearchCV(
        GroupVotingClassifier(Counting(), cv=3), {"voting": VOTINGS}, cv=5, refit=False
    ).fit(songs, y)
    np.testing.assert_array_equal(
        search.cv_results_["mean_test_score"], without.cv_results_["mean_test_score"]
    )
    assert len(Counting.fits) == 5 * (1 + 3) + 5 * (3 * 1 + 2 * (1 + 3))


def test_comparison_fits_windows_once_per_fold():
    songs, y = make_songs()
    comparison = compare_votings(
        GroupVotingClassifier(Counting(), cv=3),
        *(songs, y),
        votings={"mean": "mean", "stacked": StackedVoting(), "max": "max"},
        cv=4,
    )
    assert len(Counting.fits) == 4 * (1 + 3)
    assert list(comparison.song_proba) == ["majority", "mean", "stacked", "max"]


@pytest.mark.parametrize("kind", [str, lambda path: path, joblib.Memory])
def test_kinds_of_memory(tmp_path, kind):
    songs, y = make_songs()
    memory = joblib.Memory(tmp_path, verbose=0) if kind is joblib.Memory else None
    model = GroupVotingClassifier(Counting(), memory=memory or kind(tmp_path))
    first = model.fit(songs, y).predict_proba(songs)
    again = clone(model).fit(songs, y)
    np.testing.assert_array_equal(again.predict_proba(songs), first)
    assert len(Counting.fits) == len(Counting.predictions) == 1


def shift(X, by=0.0):
    return X + by


def scaled_by(factor):
    return lambda X: X * factor


FACTOR = 1.0


def with_global(X):
    return X * FACTOR


BASE = {
    "estimator": LogisticRegression(C=1.0),
    "tree": ExtraTreesClassifier(3, random_state=0),
    "partial": FunctionTransformer(partial(shift, by=0.0)),
    "lambda": FunctionTransformer(lambda X: X * 1.0),
    "closure": FunctionTransformer(scaled_by(1.0)),
    "default": FunctionTransformer(lambda X, by=1.0: X * by),
    "nested": FunctionTransformer(lambda X: (lambda Z: Z * 1.0)(X)),
}
CHANGED = {
    "estimator": LogisticRegression(C=1.01),
    "tree": ExtraTreesClassifier(3, random_state=1),
    "partial": FunctionTransformer(partial(shift, by=1.0)),
    "lambda": FunctionTransformer(lambda X: X * 2.0),
    "closure": FunctionTransformer(scaled_by(2.0)),
    "default": FunctionTransformer(lambda X, by=2.0: X * by),
    "nested": FunctionTransformer(lambda X: (lambda Z: Z * 2.0)(X)),
}


def full(estimator):
    if isinstance(estimator, FunctionTransformer):
        return make_pipeline(estimator, GaussianNB())
    return estimator


@pytest.mark.parametrize("name", BASE)
@pytest.mark.parametrize("voting", ["mean", StackedVoting()])
def test_changed_parameters(tmp_path, name, voting):
    songs, y = make_songs()
    before, after = full(BASE[name]), full(CHANGED[name])
    assert fingerprint(before) == fingerprint(clone(before)) != fingerprint(after)
    for estimator in (before, after, before):
        model = GroupVotingClassifier(estimator, voting=voting)
        expected = clone(model).fit(songs, y).predict_proba(songs)
        cached = model.set_params(memory=tmp_path).fit(songs, y)
        np.testing.assert_array_equal(cached.predict_proba(songs), expected)


def test_changed_global_of_a_function(monkeypatch):
    before = fingerprint(FunctionTransformer(with_global))
    monkeypatch.setitem(globals(), "FACTOR", 2.0)
    assert fingerprint(FunctionTransformer(with_global)) != before


def test_same_code_elsewhere_is_the_same():
    source = "f = lambda X: X + 1"
    one, two = {}, {}
    exec(compile(source, "one.py", "exec"), one)
    exec(compile("\n\n" + source, "two.py", "exec"), two)
    assert fingerprint(one["f"]) == fingerprint(two["f"])


def test_recursive_functions_and_classes_of_main():
    def even(n):
        return n == 0 or odd(n - 1)

    def odd(n):
        return n > 0 and even(n - 1)

    assert fingerprint(even) == fingerprint(even) != fingerprint(odd)
    source = "class Model:\n    def fit(self): return {}"
    digests = []
    for value in (1, 2):
        names = {"__name__": "__main__"}
        exec(source.format(value), names)
        digests.append(fingerprint(names["Model"]))
    assert digests[0] != digests[1]


def changed_value(songs, y):
    values = songs.values.copy()
    values[3, 1] += 1e-9
    return SongWindows(values, songs.counts), y, {}


def changed_label(songs, y):
    y = y.copy()
    y[[2, 3]] = y[[3, 2]]
    return songs, y, {}


def changed_counts(songs, y):
    counts = songs.counts.copy()
    counts[counts.argmax()] -= 1
    counts[counts.argmin()] += 1
    return SongWindows(songs.values, counts), y, {}


def changed_weight(songs, y):
    return songs, y, {"sample_weight": np.linspace(1, 2, len(y))}


def changed_artists(songs, y):
    return songs, y, {"groups": np.arange(len(y)) // 2}


@pytest.mark.parametrize(
    "change",
    [changed_value, changed_label, changed_counts, changed_weight, changed_artists],
)
@pytest.mark.parametrize("voting", ["mean", StackedVoting()])
def test_changed_data(tmp_path, change, voting):
    songs, y = make_songs()
    model = GroupVotingClassifier(GaussianNB(), voting=voting, song_balanced=True)
    cached = clone(model).set_params(memory=tmp_path)
    cached.fit(songs, y).predict_proba(songs)
    X, labels, extra = change(songs, y)
    expected = model.fit(X, labels, **extra).predict_proba(X)
    found = clone(cached).fit(X, labels, **extra).predict_proba(X)
    np.testing.assert_array_equal(found, expected)


def test_changed_folds_and_voting_are_not_stale(tmp_path):
    songs, y = make_songs()
    for cv in (3, 4, StratifiedKFold(3, shuffle=True, random_state=0)):
        for voting in VOTINGS:
            model = GroupVotingClassifier(GaussianNB(), voting=voting, cv=cv)
            expected = clone(model).fit(songs, y).predict_proba(songs)
            found = model.set_params(memory=tmp_path).fit(songs, y)
            np.testing.assert_array_equal(found.predict_proba(songs), expected)


def test_another_estimator_put_in_place(tmp_path):
    songs, y = make_songs()
    model = GroupVotingClassifier(GaussianNB(), memory=tmp_path).fit(songs, y)
    before = model.predict_proba(songs)
    model.estimator_ = LogisticRegression().fit(songs.values, songs.expand(y))
    assert not np.allclose(model.predict_proba(songs), before)


class Locked(GaussianNB):
    """Cannot be pickled once it is fitted."""

    def fit(self, X, y):
        self.lines_ = (line for line in "ab")
        return super().fit(X, y)


def test_what_cannot_be_pickled_is_fitted_again(tmp_path):
    songs, y = make_songs()
    model = GroupVotingClassifier(Locked(), memory=tmp_path)
    with pytest.warns(UserWarning, match="The fitted Locked cannot be kept in memory"):
        model.fit(songs, y)
    expected = GroupVotingClassifier(GaussianNB()).fit(songs, y).predict_proba(songs)
    np.testing.assert_array_equal(model.predict_proba(songs), expected)


def test_wrong_memory():
    songs, y = make_songs()
    with pytest.raises(ValueError, match="'memory' parameter of GroupVotingClassif"):
        GroupVotingClassifier(GaussianNB(), memory=3).fit(songs, y)


def test_processes_share_a_memory(tmp_path):
    songs, y = make_songs()
    one = GroupVotingClassifier(GaussianNB(), voting=StackedVoting(), memory=tmp_path)
    with joblib.parallel_config("threading"), warnings.catch_warnings():
        two = clone(one).set_params(n_jobs=2).fit(songs, y).predict_proba(songs)
    np.testing.assert_array_equal(one.fit(songs, y).predict_proba(songs), two)
