"""What a fingerprint sees: parameters, data, and into functions."""

import importlib
import json
import math
import os
import subprocess
import sys
import threading
from collections import OrderedDict
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from voting_songs import make_songs

from skgenre import GroupVotingClassifier, StackedVoting, _content_hash
from skgenre._content_hash import (
    NoFingerprintError,
    contents_of_files,
    fingerprint,
)


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


# -- code of the user, wherever it stands ----------------------------------------------


@pytest.fixture
def user_modules(tmp_path, monkeypatch):
    """Write modules, import them anew, and return the one called `main`."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def write(**sources):
        for name, source in sources.items():
            (tmp_path / f"{name}.py").write_text(source)
        for name in list(sys.modules):
            if name in WRITTEN:
                monkeypatch.delitem(sys.modules, name)
        importlib.invalidate_caches()
        return importlib.import_module("a3_main")

    return write


WRITTEN = ("a3_main", "a3_help", "a3_deep")
HELP = {
    "attribute": ("import a3_help\ndef f(x): return a3_help.twice(x)", True),
    "name": ("from a3_help import twice\ndef f(x): return twice(x)", True),
    "inside": ("def f(x):\n    from a3_help import twice\n    return twice(x)", True),
    "constant": ("import a3_help\ndef f(x): return x * a3_help.FACTOR", True),
    "object": ("from a3_help import Scale\ndef f(x): return Scale()(x)", True),
    "inherited": (
        "from a3_help import Scale\nclass Own(Scale): pass\ndef f(x): return Own()(x)",
        True,
    ),
    "default": ("from a3_help import FACTOR\ndef f(x, by=FACTOR): return x * by", True),
    "unused": ("import a3_help\ndef f(x): return x + a3_help.other", False),
}
SOURCE = """
import a3_deep
FACTOR = {0}
other = 5
def twice(x): return a3_deep.times(x, {0})
class Scale:
    factor = {0}
    def __call__(self, x): return x * self.factor
"""
DEEP = "def times(x, by): return x * by + {}"


@pytest.mark.parametrize("name", HELP)
def test_a3_helpers_in_other_modules(user_modules, name):
    main, matters = HELP[name]
    digests = {}
    for factor in (2, 3, 2):
        module = user_modules(
            a3_main=main, a3_help=SOURCE.format(factor), a3_deep=DEEP.format(0)
        )
        digests.setdefault(factor, set()).add(fingerprint(module.f))
    assert all(len(found) == 1 for found in digests.values())
    assert (digests[2] != digests[3]) is matters


def test_a3_helpers_of_helpers(user_modules):
    digests = []
    for deep in (0, 1):
        module = user_modules(
            a3_main=HELP["name"][0], a3_help=SOURCE.format(2), a3_deep=DEEP.format(deep)
        )
        digests.append(fingerprint(module.f))
    assert digests[0] != digests[1]


OBJECTS = """
import functools
FACTOR = {0}
class Base:
    def times(self, x): return x * {0}
    @staticmethod
    def still(x): return x * {0}
    @property
    def factor(self): return {0}
class Model(Base):
    def __call__(self, x): return self.times(x)
@functools.wraps(Base.still)
def wrapped(x): return x * {0}
@functools.lru_cache
def cached(x): return x * {0}
method = Model().times
partial = functools.partial(Model().times, x=1)
instance = Model()
cls = Model
"""


@pytest.mark.parametrize(
    "name", ["wrapped", "cached", "method", "partial", "instance", "cls"]
)
def test_a3_methods_classes_and_what_wraps_functions(user_modules, name):
    digests = [
        fingerprint(getattr(user_modules(a3_main=OBJECTS.format(factor)), name))
        for factor in (2, 2, 3)
    ]
    assert digests[0] == digests[1] != digests[2]


def test_a3_attributes_of_objects():
    assert fingerprint(Scaled(1.0)) == fingerprint(Scaled(1.0))
    assert fingerprint(Scaled(1.0)) != fingerprint(Scaled(2.0))
    assert fingerprint(Scaled(1.0).apply) != fingerprint(Scaled(2.0).apply)
    assert fingerprint(Scaled(1.0).apply) != fingerprint(Scaled(1.0).other)


class Scaled:
    def __init__(self, by):
        self.by = by

    def apply(self, x):
        return self.by * x

    def other(self, x):
        return self.by + x


def test_functions_that_a_library_wraps(user_modules):
    source = (
        "from contextlib import contextmanager\n"
        "@contextmanager\ndef f(): yield {}\n"
        "import dataclasses, enum, typing\n"
        "@dataclasses.dataclass\nclass D:\n    a: int = {}\n"
        "class E(enum.Enum):\n    A = {}\n"
        "class N(typing.NamedTuple):\n    a: int = {}\n"
    )
    for name in ("f", "D", "E", "N"):
        one, again, two = (
            fingerprint(getattr(user_modules(a3_main=source.format(*[k] * 4)), name))
            for k in (1, 1, 2)
        )
        assert one == again != two, name


def test_libraries_are_known_by_name_and_version(monkeypatch):
    def uses():
        return np.linalg.norm

    before = fingerprint(uses)
    assert fingerprint(np.linalg.norm) == fingerprint(np.linalg.norm)
    _content_hash._version.cache_clear()
    monkeypatch.setattr(np, "__version__", "99.0")
    assert fingerprint(uses) != before
    monkeypatch.undo()
    _content_hash._version.cache_clear()
    assert fingerprint(uses) == before


@pytest.mark.slow
def test_the_same_in_every_process():
    """Neither the seed of strings' hashes nor compiled files matter."""
    code = (
        "import sys; sys.path[:0] = {!r}\n"
        "from test_content_hash import *\n"
        "print(fingerprint(with_set, {{'a', 'b', 'c'}}, frozenset('xyz'), Scaled(2)))"
    )
    code = code.format([str(Path(__file__).parent), str(Path(__file__).parent.parent)])
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(found) == 1


def with_set(x):
    return x in {"one", "two", "three", "four"}


# -- models --------------------------------------------------------------------------


def test_a3_files_of_models_that_parameters_name(tmp_path):
    model, folder = tmp_path / "weights", tmp_path / "saved"
    model.write_bytes(b"one")
    folder.mkdir()
    (folder / "part").write_bytes(b"1")
    kinds = [str(model), model, {"a": [model]}, partial(shift, by=str(model))]
    before = [contents_of_files(kind) for kind in [*kinds, folder]]
    assert [len(found) for found in before] == [1] * 5
    os.utime(model, ns=(1, 1))
    assert contents_of_files(model) == before[0]
    model.write_bytes(b"two")
    (folder / "part").write_bytes(b"12")
    after = [contents_of_files(kind) for kind in [*kinds, folder]]
    assert all(one != other for one, other in zip(before, after, strict=True))
    assert contents_of_files("no such file", "", "x" * 5000, "a\0b", 3, None) == []


def test_a3_models_that_code_and_objects_name(tmp_path, monkeypatch):
    model = tmp_path / "weights.onnx"
    monkeypatch.setitem(globals(), "MODEL", str(model))
    kinds = [Scaled(str(model)), Scaled(model), names_a_model, partial(shift, model)]
    found = []
    for content in (b"one", b"two"):
        model.write_bytes(content)
        found.append([fingerprint(kind) for kind in kinds])
    assert all(one != other for one, other in zip(*found, strict=True))


MODEL = ""


def names_a_model(x):
    return MODEL, x


# -- what has no content ---------------------------------------------------------------


class Unpicklable:
    def __reduce__(self):
        raise RuntimeError("not me")


@pytest.mark.parametrize(
    "thing",
    [
        threading.Lock(),
        Unpicklable(),
        (n for n in "a"),
        {"a": [Unpicklable()]},
        {"a": threading.Lock(), "b": 1},  # joblib.hash goes on without it
        Scaled(threading.Lock()),
        OrderedDict(a=threading.Lock()),
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_a3_two_things_that_cannot_be_hashed_never_share_a_key(thing):
    with pytest.raises(NoFingerprintError, match=r"not me|annot"):
        fingerprint(thing)
    with pytest.raises(NoFingerprintError):
        fingerprint(lambda: thing)
