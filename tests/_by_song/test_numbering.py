import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from skgenre._by_song import dispatch
from skgenre._by_song.numbering import (
    as_ids,
    as_names,
    checked_length,
    collapse_labels,
    factorize_groups,
    is_sorted,
    is_unknown,
    missing_names,
    number_groups,
    order_in_time,
    rows_of_songs,
    sorted_order,
)

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


def test_order_of_sorted_rows_is_none():
    for codes in ([], [3], [0, 0, 1, 1, 5]):
        assert is_sorted(np.array(codes, int))
        assert sorted_order(np.array(codes, int)) is None
    codes = np.array([2, 0, 2, 1, 0])
    assert not is_sorted(codes)
    assert sorted_order(codes).tolist() == [1, 4, 3, 0, 2]


# -- labels and names -----------------------------------------------------------------


def test_songs_get_the_one_label_of_their_rows():
    y, codes = np.array(["x", "y", "x", "x"]), np.array([1, 0, 1, 2])
    assert collapse_labels(y, codes, np.arange(3)).tolist() == ["y", "x", "x"]


def test_two_labels_in_one_song_are_named_with_their_rows():
    y, codes = np.array([7, 5, 7, 6]), np.array([1, 0, 1, 0])
    with pytest.raises(ValueError, match="must carry its one label") as caught:
        collapse_labels(y, codes, np.array(["help", "so what"]))
    assert str(caught.value) == (
        "All windows of a song must carry its one label. Song 'help' has 5 (row 1) and "
        "6 (row 3)."
    )


def test_lengths():
    assert_array_equal(checked_length([1, 2], 2, "starts", "window"), [1, 2])
    with pytest.raises(ValueError, match="one value per window") as caught:
        checked_length([[1, 2]], 2, "starts", "window")
    assert str(caught.value) == (
        "The 'starts' parameter must have one value per window: expected shape (2,). "
        "Got shape (1, 2) instead."
    )


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (None, "i"),
        (["a", "bb"], "U"),
        ([5, 3], "i"),
        (["a", 3], "O"),
        ([("a", 1), ("b", 2)], "O"),  # not rows of an array
        ([1.5, None], "O"),
        (range(2), "i"),
        (np.array([2.5, 1.5]), "f"),
    ],
)
def test_names_of_songs_keep_their_types(names, kind):
    ids = as_ids(names, 2)
    assert ids.shape == (2,)
    assert ids.dtype.kind == kind
    assert ids.tolist() == ([0, 1] if names is None else list(names))
    if names is not None:
        with pytest.raises(ValueError, match=r"'song_ids'.*expected shape \(3,\)"):
            as_ids(names, 3)


@given(
    counts=st.lists(st.integers(0, 4), min_size=1, max_size=8),
    data=st.data(),
)
def test_rows_of_songs(counts, data):
    offsets = np.concatenate([[0], np.cumsum(counts)])
    song = st.integers(0, len(counts) - 1)
    positions = np.array(data.draw(st.lists(song, max_size=9)), dtype=np.intp)
    expected = [row for i in positions for row in range(offsets[i], offsets[i + 1])]
    rows = rows_of_songs(offsets, positions)
    assert np.arange(offsets[-1])[rows].tolist() == expected


def test_rows_of_neighbours_are_a_slice():
    offsets = np.array([0, 2, 2, 5])
    assert rows_of_songs(offsets, np.array([1, 2])) == slice(2, 5)
    assert rows_of_songs(offsets, np.array([0])) == slice(0, 2)
    assert rows_of_songs(offsets, np.array([2, 1])).tolist() == [2, 3, 4]


# -- groups that may be unknown -------------------------------------------------------


@pytest.mark.parametrize("group", [None, np.nan, "", "  ", np.datetime64("NaT", "s")])
def test_unknown_groups(group):
    assert is_unknown(group) is True


@pytest.mark.parametrize("group", ["a", 0, False, 0.0, ("a", None), b""])
def test_known_groups(group):
    assert is_unknown(group) is False


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        (["b", "a", "b"], [0, 1, 0]),
        ([7, 7, -1], [0, 0, 1]),
        ([True, False, True], [0, 1, 0]),
        (["b", "", "b", " "], [0, 1, 0, 2]),
        ([2.5, np.nan, 2.5, np.nan], [0, 1, 0, 2]),
        ([None, None], [0, 1]),
        (np.array(["2020-01-01", "NaT", "2020-01-01"], dtype="M8[D]"), [0, 1, 0]),
        ([], []),
    ],
)
def test_unknown_groups_are_each_their_own(groups, expected):
    assert number_groups(groups, len(groups)).tolist() == expected


def test_unknown_group_of_pandas():
    pandas = pytest.importorskip("pandas")
    assert is_unknown(pandas.NA)
    groups = pandas.Series(["x", pandas.NA, "x"], dtype="string")
    assert number_groups(groups, 3).tolist() == [0, 1, 0]


def test_number_of_groups():
    with pytest.raises(ValueError, match="'groups' parameter must have one value per"):
        number_groups(["a"], 2)


# -- names as they are given: found.md A22 ---------------------------------------------


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([1, "1"], [1, "1"]),
        (["a", None], ["a", None]),
        ([(1, 2), (3, 4)], [(1, 2), (3, 4)]),
        ([True, "True"], [True, "True"]),
        (["a", "b"], ["a", "b"]),
        ([1, 2], [1, 2]),
    ],
)
def test_names_keep_what_they_are(names, expected):
    found = as_names(names)
    assert found.ndim == 1
    assert found.tolist() == expected


@pytest.mark.parametrize(
    "names",
    [
        ["a", None],
        ["a", float("nan")],
        ("a", np.nan),
        np.array(["a", None], dtype=object),
        pd.Series(["a", None]),
        pd.Series(["a", np.nan]),
        pd.Series(["a", pd.NA], dtype="string"),
        pd.Series(["a", None], dtype="category"),
        pd.Series(pd.array([1, None], dtype="Int64")),
        [1.0, np.nan],
        np.array(["2026", "NaT"], dtype="M8[Y]"),
        ["a", pd.NaT],
        ["a", pd.NA],
    ],
)
def test_a_missing_name_is_no_name(names):
    assert missing_names(as_names(names)).tolist() == [False, True]
    with pytest.raises(ValueError, match="row 1 is missing"):
        factorize_groups(names, 2)
    # Two unknown artists are two.
    numbers = number_groups([*as_names(names), None], 3)
    assert len(set(numbers.tolist())) == 3


def test_number_and_text_stay_two():
    codes, names = factorize_groups([1, "1", 1], 3)
    assert codes.tolist() == [0, 1, 0]
    assert names.tolist() == [1, "1"]


# -- windows of a song in the order of time: found.md A6 -------------------------------


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), min_size=1))
def test_order_in_time_is_that_of_a_slow_sort(pairs):
    codes = np.array([song for song, _ in pairs])
    starts = np.array([float(start) for _, start in pairs])
    order = order_in_time(codes, starts)
    slow = sorted(range(len(pairs)), key=lambda row: (codes[row], starts[row], row))
    found = np.arange(len(pairs)) if order is None else order
    assert found.tolist() == slow
    assert (order is None) == (slow == list(range(len(pairs))))


def test_windows_of_unknown_time_stay_where_they_are():
    codes = np.array([0, 0, 0, 1, 1])
    starts = np.array([np.nan, 2.0, 1.0, np.nan, np.nan])
    assert order_in_time(codes, starts).tolist() == [2, 1, 0, 3, 4]
    assert order_in_time(codes, np.full(5, np.nan)) is None
    assert order_in_time(codes, None) is None
    assert order_in_time(codes[::-1], None).tolist() == [2, 3, 4, 0, 1]


# -- many names that are objects ------------------------------------------------------


def many_names(*names):
    """Names as objects of their own, in any order, so many that it matters."""
    drawn = np.random.default_rng(0).integers(0, len(names), size=2**14)
    objects = np.empty(len(drawn), dtype=object)
    # Python shares short strings; copies are equal, not the same.
    objects[:] = [
        "".join(list(names[i])) if isinstance(names[i], str) else names[i]
        for i in drawn.tolist()
    ]
    return objects


@pytest.mark.parametrize(
    "names",
    [
        ("a", "b", "ab", "", " ", "nan", "None", "é", "e\u0301", "\ud800"),
        (1, "1", True, 1.0, 2, "True"),
        ("a", 1),
        (("a", 1), ("a", 2), "a"),
        (0.5, 1, 2**70, 2.0**70),
        (b"a", "a"),
    ],
)
def test_many_objects_are_numbered_alike_with_and_without_pandas(names, monkeypatch):
    groups = many_names(*names)
    codes, song_ids = factorize_groups(groups, len(groups))
    expected, known = by_appearance(groups)
    assert_array_equal(codes, expected)
    assert song_ids.tolist() == known
    assert [type(name) for name in song_ids.tolist()] == [type(name) for name in known]
    assert codes.dtype == np.intp
    monkeypatch.delitem(sys.modules, "pandas")
    again, ids = factorize_groups(groups, len(groups))
    assert_array_equal(again, codes)
    assert_array_equal(ids, song_ids)


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT])
def test_a_missing_name_of_many_is_refused(missing):
    groups = many_names("a", "b")
    groups[9000] = missing
    with pytest.raises(ValueError, match="The 'groups' of row 9000 is missing"):
        factorize_groups(groups, len(groups))


def test_many_strings_are_left_to_pandas_where_it_is(monkeypatch):
    asked = []
    factorize = pd.factorize
    monkeypatch.setattr(
        pd, "factorize", lambda names: asked.append(1) or factorize(names)
    )
    factorize_groups(many_names("a", "b"), 2**14)
    assert asked == [1]
    factorize_groups(many_names("a", "b")[:99], 99)
    factorize_groups(many_names("a", 1), 2**14)
    assert asked == [1]
