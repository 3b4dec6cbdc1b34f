import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from skgenre._by_song import dispatch
from skgenre._by_song.numbering import factorize_groups, sorted_order

DTYPES = ["int64", "int8", "uint8", "uint64", "float64", "U3", "S3", "bool", "object"]


def by_appearance(groups):
    names = list(dict.fromkeys(groups.tolist()))
    return [names.index(group) for group in groups.tolist()], names


@pytest.mark.parametrize("dtype", DTYPES)
@given(numbers=st.lists(st.integers(0, 12), min_size=1, max_size=40))
def test_numbers_by_first_appearance(dtype, numbers):
    groups = np.array(numbers).astype(dtype)
    codes, song_ids = factorize_groups(groups, len(groups))
    expected_codes, expected_names = by_appearance(groups)
    assert codes.tolist() == expected_codes
    assert song_ids.tolist() == expected_names
    assert_array_equal(song_ids[codes], groups)


@pytest.mark.parametrize(
    "groups",
    [
        np.array([-128, 127, -128, 0] * 60, dtype=np.int8),
        np.array([-(2**63), 2**63 - 1, 0, -(2**63)]),
        np.array([2**64 - 1, 2**64 - 2, 2**64 - 1], dtype=np.uint64),
        np.array([7, 10**12, 7, -5]),
        np.array(["b", "b", "a", "a", "b", "c"]),
        np.array([2.5, -np.inf, 2.5, 0.0, -0.0]),
        np.array(["2020-01-02", "2020-01-01", "2020-01-02"], dtype="M8[D]"),
    ],
)
@pytest.mark.parametrize("compiled_from", [0, 2**24])
def test_extremes(groups, compiled_from, monkeypatch):
    monkeypatch.setattr(dispatch, "COMPILED_FROM", compiled_from)
    codes, song_ids = factorize_groups(groups, len(groups))
    expected_codes, expected_names = by_appearance(groups)
    assert codes.tolist() == expected_codes
    assert song_ids.tolist() == expected_names


def test_the_names_are_not_the_callers_array():
    groups = np.arange(5)
    _, song_ids = factorize_groups(groups, 5)
    song_ids[0] = 9
    assert groups[0] == 0


@pytest.mark.parametrize(
    "groups", [[0.5, np.nan], ["a", None], np.array([1, np.nan], object)]
)
def test_missing(groups):
    with pytest.raises(ValueError, match="'groups' of row 1 is missing"):
        factorize_groups(groups, 2)


@pytest.mark.parametrize("n_songs", [1, 3, 2048, 2049, 9000])
@pytest.mark.parametrize("dtype", [np.intp, np.int32])
def test_compiled_order_is_stable(n_songs, dtype, monkeypatch):
    pytest.importorskip("numba")
    codes = np.random.default_rng(0).integers(0, n_songs, 20000).astype(dtype)
    codes[-1] = 0
    expected = sorted_order(codes)
    monkeypatch.setattr(dispatch, "COMPILED_FROM", 0)
    order = sorted_order(codes)
    if n_songs == 1:
        assert order is None
        assert expected is None
    else:
        assert_array_equal(order, expected)
        assert_array_equal(order, np.argsort(codes, kind="stable"))
