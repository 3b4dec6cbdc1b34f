"""Probabilities of windows, from whatever a classifier gives."""

import re

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.svm import LinearSVC

from skgenre import GroupVotingClassifier
from skgenre.voting import _window_proba
from skgenre.voting._window_proba import align, window_proba


class Says:
    """A fitted classifier that says what it is told."""

    def __init__(self, method, answer, classes=(0, 1)):
        self.classes_ = np.array(classes)
        setattr(self, method, lambda windows: answer)


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([0.0, np.log(3)], [[0.5, 0.5], [0.25, 0.75]]),  # two classes, one column
        ([[0.0, np.log(3)], [7, 7]], [[0.25, 0.75], [0.5, 0.5]]),
        ([[0, np.log(2), np.log(5)]] * 2, [[1 / 8, 2 / 8, 5 / 8]] * 2),
    ],
)
def test_decision_functions_by_hand(scores, expected):
    fitted = Says("decision_function", scores, range(len(expected[0])))
    assert_allclose(window_proba(fitted, np.zeros((2, 3))), expected)


def test_decisions_that_are_probabilities_are_taken_as_they_are():
    """found.md A20: keras.wrappers.SKLearnClassifier calls them decisions."""
    answer = [[0.2, 0.8], [0.7, 0.3]]
    fitted = Says("decision_function", answer)
    assert_array_equal(window_proba(fitted, np.zeros((2, 3))), answer)


def test_probabilities_come_before_decisions():
    fitted = Says("predict_proba", [[0.2, 0.8]])
    fitted.decision_function = lambda windows: [[9.0, 1.0]]
    assert_array_equal(window_proba(fitted, np.zeros((1, 3))), [[0.2, 0.8]])


def test_a_single_row_gets_its_axis_back():
    fitted = Says("predict_proba", np.array([0.2, 0.8]))
    assert_array_equal(window_proba(fitted, np.zeros((1, 3))), [[0.2, 0.8]])
    with pytest.raises(ValueError, match=r"of shape \(2, 2\). Got shape \(2,\)"):
        window_proba(fitted, np.zeros((2, 3)))


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ([[0.2, 0.3, 0.5]], "of shape (1, 2). Got shape (1, 3)."),
        ([[np.nan, 0.5]], "[nan, 0.5] in row 0 (1 of 1 rows"),
        ([[np.inf, -np.inf]], "NaN or infinity"),
        ([[3.0, -2.0]], "What Says says of windows must lie between 0 and 1"),
        ([[-0.1, -2.4]], "They look like log-probabilities: apply np.exp."),
        ([[2.0, -0.4]], "a softmax is missing"),
    ],
)
def test_answers_that_are_no_probabilities(answer, found):
    with pytest.raises(ValueError, match=re.escape(found)):
        window_proba(Says("predict_proba", answer), np.zeros((1, 3)))


def test_columns_in_the_order_of_all_classes():
    proba = np.array([[0.1, 0.9], [0.4, 0.6]], dtype=np.float32)
    classes = np.array(["blues", "jazz", "pop", "rock"])
    full = align(proba, np.array(["jazz", "rock"]), classes)
    assert full.dtype == np.float32
    assert_array_equal(
        full,
        [[0, *proba[0, :1], 0, *proba[0, 1:]], [0, *proba[1, :1], 0, *proba[1, 1:]]],
    )
    assert align(proba, classes[:2], classes[:2]) is proba


def test_only_windows_in_a_file_come_in_pieces(tmp_path, monkeypatch):
    values = np.arange(20.0).reshape(10, 2)
    np.save(tmp_path / "windows.npy", values)
    sizes = []

    class Seen(Says):
        def predict_proba(self, windows):
            sizes.append(len(windows))
            share = windows[:, 0] / 20
            return np.column_stack([share, 1 - share])

    fitted = Seen("fit", None)
    monkeypatch.setattr(_window_proba, "BLOCK_BYTES", 4 * 2 * 8 + 7)
    expected = window_proba(fitted, values)
    mapped = np.load(tmp_path / "windows.npy", mmap_mode="r")
    assert_array_equal(window_proba(fitted, mapped), expected)
    assert sizes == [10, 4, 4, 2]
    # Windows larger than a piece go one and all, as nothing else would help.
    monkeypatch.setattr(_window_proba, "BLOCK_BYTES", 3)
    assert_array_equal(window_proba(fitted, mapped), expected)
    assert sizes[4:] == [10]


# -- through GroupVotingClassifier -----------------------------------------------------


def test_prediction_from_a_file_comes_in_pieces(songs, tmp_path, monkeypatch):
    X, y, _ = songs
    model = GroupVotingClassifier(LogisticRegression()).fit(X, y)
    expected = model.predict_proba(X)
    stored = X.save(tmp_path / "features.npy")
    sizes = []

    def spy(self, X, predict_proba=LogisticRegression.predict_proba):
        sizes.append(len(X))
        return predict_proba(self, X)

    monkeypatch.setattr(LogisticRegression, "predict_proba", spy)
    monkeypatch.setattr(_window_proba, "BLOCK_BYTES", 20 * X.values[:1].nbytes)
    # Products of fewer rows may be summed in another order.
    assert_allclose(model.predict_proba(stored), expected, rtol=1e-13)
    assert max(sizes) == 20
    assert sum(sizes) == X.n_windows


@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("estimator", [LinearSVC(), RidgeClassifier()])
def test_decision_functions_are_squashed(songs, estimator, n_classes):
    X, y, _ = songs
    X = X[np.isin(y, np.unique(y)[:n_classes])]
    y = y[np.isin(y, np.unique(y)[:n_classes])]
    model = GroupVotingClassifier(estimator).fit(X, y)
    proba = model.predict_window_proba(X)
    assert_allclose(proba.sum(axis=1), 1, rtol=1e-6)
    labels = model.estimator_.predict(X.values)
    assert_array_equal(model.classes_[proba.argmax(axis=1)], labels)


def test_probabilities_that_are_not_finite(songs):
    class Broken(DummyClassifier):
        def predict_proba(self, X):
            return np.full((len(X), 4), np.nan)

    X, y, _ = songs
    with pytest.raises(ValueError, match=r"What Broken says .*NaN or infinity"):
        GroupVotingClassifier(Broken()).fit(X, y).predict(X)
