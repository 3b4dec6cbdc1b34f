import functools
import math
import threading

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.base import BaseEstimator, clone
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skgenre import FrameWindower, GroupVotingClassifier, ModelFileError
from skgenre.persistence._copy import (
    Again,
    check_function,
    lean_copy,
    lean_print,
    lean_state,
)


def at_home(windows):
    return np.abs(windows)


class Holder(BaseEstimator):
    def __init__(self, held=None):
        self.held = held

    @staticmethod
    def method(windows):
        return windows


def test_arrays_are_shared_and_the_rest_is_new(table):
    X, y = table
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
    copied = lean_copy(model)
    assert copied is not model
    assert copied[1] is not model[1]
    assert copied[1].coef_ is model[1].coef_
    assert_array_equal(copied.predict_proba(X), model.predict_proba(X))


def test_what_belongs_to_the_machine_is_none(table, tmp_path):
    X, y = table
    forest = RandomForestClassifier(3, n_jobs=2, random_state=0)
    model = make_pipeline(StandardScaler(), forest, memory=str(tmp_path)).fit(X, y)
    copied = lean_copy(model)
    assert copied.memory is None
    assert copied[1].n_jobs is None
    assert model.memory == str(tmp_path)
    assert model[1].n_jobs == 2
    assert_array_equal(copied.predict_proba(X), model.predict_proba(X))


def test_errors_and_advice_are_empty_and_others_stay():
    windower = FrameWindower().fit()
    windower.errors_ = {"/srv/mine/song.wav": "broken"}
    windower.advice_ = ["/srv/mine"]
    state = vars(windower)
    lean = lean_state(windower, state)
    assert lean["errors_"] == {}
    assert lean["advice_"] == []
    assert windower.errors_
    same = lean.keys() - {"errors_", "advice_"}
    assert {n: lean[n] for n in same} == {n: state[n] for n in same}


def test_an_attribute_that_is_no_parameter_is_not_taken_for_one():
    holder = Holder()
    holder.memory = "what it remembers"
    assert lean_state(holder, vars(holder))["memory"] == "what it remembers"


def test_an_estimator_that_stands_there_twice_is_there_once(table):
    X, y = table
    members = [("one", GaussianNB()), ("other", LogisticRegression())]
    model = VotingClassifier(members, voting="soft").fit(X, y)
    copied = lean_copy(model)
    assert isinstance(copied.named_estimators_["one"], Again)
    assert isinstance(copied.estimators_[0], GaussianNB)


def test_windows_are_not_found_in_a_memory_of_another(songs, tmp_path):
    X, y, _ = songs
    model = GroupVotingClassifier(LogisticRegression(), memory=tmp_path).fit(X, y)
    assert model._model.key
    copied = lean_copy(model)
    assert copied._model.key == ""
    assert_array_equal(copied.predict_proba(X), model.predict_proba(X))


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (lambda x: x, "<lambda>"),
        (functools.partial(lambda x: x), "<lambda>"),
        (Holder.method, r"Holder\.method"),
    ],
)
def test_functions_without_a_name_are_refused(function, name):
    model = make_pipeline(FunctionTransformer(function), StandardScaler())
    with pytest.raises(ModelFileError, match=rf"{name}.*test_copy\.py, line \d+.*def"):
        lean_copy(model)


def test_functions_within_functions_and_of_the_prompt_are_refused():
    def inner(x):
        return x

    with pytest.raises(ModelFileError, match="found by name"):
        check_function(inner)
    typed = {}
    exec("def typed(x): return x", {"__name__": "__main__"}, typed)
    with pytest.raises(ModelFileError, match="found by name"):
        check_function(typed["typed"])
    check_function(at_home)


def test_what_cannot_be_copied_is_said():
    with pytest.raises(ModelFileError, match=r"Got a Holder.*cannot be kept"):
        lean_copy(Holder(threading.Lock()))
    assert lean_copy(Holder(math.pi)).held == math.pi


def test_print_is_one_line_without_places(tmp_path):
    model = make_pipeline(
        FrameWindower(),
        GroupVotingClassifier(LogisticRegression(), memory=tmp_path, n_jobs=3),
        FunctionTransformer(at_home),
    )
    text = lean_print(model)
    assert "\n" not in text
    assert str(tmp_path) not in text
    assert "n_jobs" not in text
    assert " at 0x" not in text
    assert "GroupVotingClassifier(estimator=LogisticRegression())" in text
    assert clone(model)[1].memory == tmp_path
