import importlib.util

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skgenre._by_song import dispatch
from skgenre._by_song.reductions import sum_by_song


def test_only_large_arrays_are_worth_the_import_of_numba():
    pytest.importorskip("numba")
    assert dispatch.loops_for(dispatch.COMPILED_FROM - 1) is None
    loops = dispatch.loops_for(dispatch.COMPILED_FROM)
    assert loops.__name__ == "skgenre._by_song.loops"
    assert dispatch.loops_for(10**12) is loops


def test_small_arrays_import_nothing(monkeypatch):
    def refuse(name):
        raise AssertionError(name)

    monkeypatch.setattr(dispatch.importlib, "import_module", refuse)
    monkeypatch.setattr(importlib.util, "find_spec", refuse)
    assert dispatch.loops_for(0) is None
    assert dispatch.loops_for(10**6) is None


def test_without_numba(monkeypatch):
    rng = np.random.default_rng(0)
    values, codes = rng.random((500, 4)), rng.integers(0, 60, 500)
    expected = sum_by_song(values, codes, 60)
    monkeypatch.setattr(dispatch, "COMPILED_FROM", 0)
    monkeypatch.setattr(dispatch.importlib.util, "find_spec", lambda name: None)
    assert dispatch.loops_for(10**9) is None
    assert_array_equal(sum_by_song(values, codes, 60), expected)
