"""What a fingerprint sees: parameters, data, and into functions."""

import json
import math
from functools import partial

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from voting_songs import make_songs

from skgenre import GroupVotingClassifier, StackedVoting
from skgenre._content_hash import fingerprint


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
    songs, y = make_songs(n_classes=2)
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


def test_equal_content_is_the_same():
    array = np.arange(6.0).reshape(2, 3)
    assert fingerprint(array) == fingerprint(array.copy())
    assert fingerprint({"a": 1, "b": array}) == fingerprint({"b": array, "a": 1})
    assert fingerprint({1, 2, 3}) == fingerprint({3, 1, 2})
    assert fingerprint("a", "b") != fingerprint("b", "a")
    others = [array.T, array[:1], array + 1e-12, array.astype(np.float32)]
    assert len({fingerprint(other) for other in [array, *others]}) == 5


def test_modules_are_known_by_name():
    assert fingerprint(math) == fingerprint(math) != fingerprint(json)


def test_a_function_is_its_code_wherever_it_stands():
    def one(x):
        return x + 1

    first = fingerprint(one)

    def one(x):
        # Another comment, another place.
        return x + 1

    assert fingerprint(one) == first

    def one(x):
        return x + 2

    assert fingerprint(one) != first


def test_closures_that_are_not_yet_there():
    def outer():
        def inner():
            return later

        early = fingerprint(inner)
        later = 3
        return early, fingerprint(inner)

    early, late = outer()
    assert early != late
