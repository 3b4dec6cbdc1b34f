import csv
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import sklearn
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score, cross_validate

from skgenre import GroupVotingClassifier, SongWindows
from skgenre.model_selection import (
    StratifiedGroupShuffleSplit,
    group_labels,
    stratified_group_train_test_split,
)

DATA = os.environ.get("SKGENRE_DATA")


def make_songs(n_artists=30, seed=0):
    """Artists of one genre each, with one to six songs."""
    rng = np.random.default_rng(seed)
    n_songs = rng.integers(1, 7, n_artists)
    artist = np.repeat(np.arange(n_artists), n_songs)
    return np.array(["blues", "jazz", "rock"])[artist % 3], artist


def shares(y, test):
    return [np.mean(np.isin(np.flatnonzero(y == c), test)) for c in np.unique(y)]


@settings(deadline=None, max_examples=60)
@given(
    sizes=st.lists(st.integers(1, 6), min_size=9, max_size=40),
    test_size=st.sampled_from([0.2, 0.3, 0.5, 0.7]),
    seed=st.integers(0, 100),
    unknown=st.booleans(),
)
def test_whole_groups_and_every_class_on_both_sides(sizes, test_size, seed, unknown):
    artist = np.repeat(np.arange(len(sizes)), sizes)
    y = artist % 3
    groups = np.array([f"a{a}" for a in artist], dtype=object)
    if unknown:
        groups[artist == 0] = None
    splitter = StratifiedGroupShuffleSplit(
        3, test_size=test_size, random_state=np.random.RandomState(seed)
    )
    for train, test in splitter.split(y, y, groups):
        assert sorted([*train, *test]) == list(range(len(y)))
        assert set(y[train]) == set(y[test]) == {0, 1, 2}
        assert not set(groups[train]) & set(groups[test]) - {None}
        # No class is further off than its largest group, of songs on both sides.
        for c, share in enumerate(shares(y, test)):
            largest = max(np.bincount(artist[y == c]))
            assert abs(share - test_size) <= max(largest / np.sum(y == c), 0.1 + 1e-9)


def test_exact_where_groups_are_songs():
    y = np.repeat(["jazz", "rock"], [60, 40])
    for _, test in StratifiedGroupShuffleSplit(5, random_state=0).split(
        y, y, [None] * 100
    ):
        assert [np.sum(y[test] == c) for c in ("jazz", "rock")] == [12, 8]


def test_tiny_example_by_hand():
    # Only {a, d} holds half of both classes: b has 3 of 4, e has 3 of 4.
    y = np.array(list("JJJJRRRR"))
    groups = np.array(list("abbbdeee"))
    for _, test in StratifiedGroupShuffleSplit(4, test_size=0.25, random_state=1).split(
        y, y, groups
    ):
        assert sorted(groups[test]) == ["a", "d"]


def test_proportions_and_variety_of_many_splits():
    y, artist = make_songs()
    splitter = StratifiedGroupShuffleSplit(50, test_size=0.3, random_state=0)
    tests = [test for _, test in splitter.split(y, y, artist)]
    for test in tests:
        np.testing.assert_allclose(shares(y, test), 0.3, atol=0.07)
        assert len(test) / len(y) == pytest.approx(0.3, abs=0.06)
    assert len({tuple(test) for test in tests}) > 45
    n_tested = [sum(np.any(artist[test] == a) for test in tests) for a in range(30)]
    assert min(n_tested) > 3
    assert max(n_tested) < 35


def test_random_state_decides():
    y, artist = make_songs()

    def tests(random_state):
        splitter = StratifiedGroupShuffleSplit(3, random_state=random_state)
        return [test.tolist() for _, test in splitter.split(y, y, artist)]

    assert tests(0) == tests(0)
    assert tests(0) != tests(1)
    splitter = StratifiedGroupShuffleSplit(1, random_state=0)
    first, again = (next(splitter.split(y, y, artist))[1] for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_sizes():
    y, artist = make_songs()
    n = len(y)

    def sizes(**kwargs):
        splitter = StratifiedGroupShuffleSplit(1, random_state=0, **kwargs)
        train, test = next(splitter.split(y, y, artist))
        assert not set(artist[train]) & set(artist[test])
        assert len(set(y[train])) == len(set(y[test])) == 3
        return len(train) / n, len(test) / n

    assert sizes(test_size=n // 2) == pytest.approx((0.5, 0.5), abs=0.05)
    assert sizes(test_size=None, train_size=0.6) == pytest.approx((0.6, 0.4), abs=0.05)
    assert sizes(test_size=None) == pytest.approx((0.8, 0.2), abs=0.05)
    assert sizes(train_size=0.4) == pytest.approx((0.4, 0.2), abs=0.07)
    with pytest.raises(ValueError, match=r"test_size=1\.5 should be"):
        sizes(test_size=1.5)
    with pytest.raises(ValueError, match=r"sum of test_size and train_size = 1\.1"):
        sizes(train_size=0.9)


def test_errors_name_the_class_and_what_is_missing():
    y, artist = make_songs()
    splitter = StratifiedGroupShuffleSplit()
    y_lonely = np.where(artist == 4, "polka", y)
    with pytest.raises(ValueError, match="one group only of class 'polka'"):
        next(splitter.split(y, y_lonely, artist))
    with pytest.raises(ValueError, match="'groups' parameter should not be None"):
        next(splitter.split(y, y))
    with pytest.raises(ValueError, match="y=None"):
        next(splitter.split(y, groups=artist))
    with pytest.raises(ValueError, match="expected 'binary' or 'multiclass'"):
        next(splitter.split(y, np.linspace(0, 1, len(y)), artist))
    # An odd ring of groups with two classes each has no two sides with all three.
    ring = np.array([1, 1, 2, 2, 3, 3])
    with pytest.raises(ValueError, match="Some hold several classes"):
        next(splitter.split(ring, [0, 1, 1, 2, 2, 0], ring))


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, "", " "])
def test_unknown_groups_are_on_their_own(missing):
    y = np.array([0, 1] * 10)
    groups = np.array([missing] * 20, dtype=object)
    _, test = next(
        StratifiedGroupShuffleSplit(1, test_size=0.3, random_state=0).split(
            y, y, groups
        )
    )
    assert np.bincount(y[test]).tolist() == [3, 3]


def test_repr_and_number():
    splitter = StratifiedGroupShuffleSplit(7, test_size=0.1, random_state=3)
    assert repr(splitter) == (
        "StratifiedGroupShuffleSplit(n_splits=7, random_state=3, test_size=0.1,\n"
        "              train_size=None)"
    )
    assert splitter.get_n_splits() == 7
    assert splitter.get_metadata_routing().split.requests == {"groups": True}


class Spy(GroupVotingClassifier):
    """Fails if an artist is on both sides: the artist is the first feature."""

    def score(self, X, y, groups=None, sample_weight=None):
        assert not set(X.values[:, 0]) & self.artists_
        return super().score(X, y)

    def fit(self, X, y, groups=None, sample_weight=None):
        self.artists_ = set(X.values[:, 0])
        return super().fit(X, y)


@pytest.mark.parametrize("routing", [False, True])
def test_in_cross_validation_and_grid_search(routing):
    y, artist = make_songs()
    X = SongWindows(
        np.repeat(np.c_[artist, y == "rock"], 2, axis=0).astype(float),
        [2] * len(y),
    )
    model = Spy(LogisticRegression())
    splitter = StratifiedGroupShuffleSplit(3, random_state=0)
    with sklearn.config_context(enable_metadata_routing=routing):
        how = {"params": {"groups": artist}} if routing else {"groups": artist}
        scores = cross_val_score(model, X, y, cv=splitter, error_score="raise", **how)
        assert scores.shape == (3,)
        indices = cross_validate(
            model, X, y, cv=splitter, return_indices=True, error_score="raise", **how
        )["indices"]
        for got, want in zip(
            indices["test"], splitter.split(y, y, artist), strict=True
        ):
            np.testing.assert_array_equal(got, want[1])
        search = GridSearchCV(
            model, {"voting": ["mean", "max"]}, cv=splitter, error_score="raise"
        ).fit(X, y, groups=artist)
        assert search.n_splits_ == 3


def test_many_groups_of_many_kinds_are_quick():
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 1500, 20000)
    y = rng.integers(0, 10, 20000)
    _, test = next(StratifiedGroupShuffleSplit(1, random_state=0).split(y, y, groups))
    np.testing.assert_allclose(shares(y, test), 0.2, atol=0.01)


# -- the function ---------------------------------------------------------------------


def test_function_splits_everything_alike():
    y, artist = make_songs()
    windows = SongWindows(np.arange(len(y))[:, None] * 1.0, [1] * len(y))
    table = pd.DataFrame({"a": np.arange(len(y))})
    parts = stratified_group_train_test_split(
        windows, table, list(artist), y=list(y), groups=artist, random_state=0
    )
    w_train, w_test, t_train, t_test, g_train, g_test, y_train, y_test = parts
    assert isinstance(w_train, SongWindows)
    np.testing.assert_array_equal(w_test.values[:, 0], t_test["a"])
    np.testing.assert_array_equal(artist[t_test["a"]], g_test)
    np.testing.assert_array_equal(y[t_train["a"]], y_train)
    assert isinstance(y_test, list)
    assert not set(g_train) & set(g_test)
    train, test = next(
        StratifiedGroupShuffleSplit(1, random_state=0).split(y, y, artist)
    )
    np.testing.assert_array_equal(t_train["a"], train)
    np.testing.assert_array_equal(t_test["a"], test)


def test_function_checks_lengths():
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        stratified_group_train_test_split([1, 2], y=[0, 1, 0], groups=[0, 1, 2])
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        stratified_group_train_test_split(y=[0, 1, 0], groups=[0, 1])


# -- labels ---------------------------------------------------------------------------


def test_group_labels_fall_back_level_by_level():
    labels = group_labels(
        ["Miles", None, np.nan, "", None],
        album=[None, "Blue", None, None, None],
        song=["s1", "s2", "s3", "s3", None],
    )
    assert labels.tolist() == [
        "artist: Miles", "album: Blue", "song: s3", "song: s3", "row: 4",
    ]  # fmt: skip


def test_group_labels_do_not_mix_levels_up():
    labels = group_labels(["Heart", None, None], album=[None, "Heart", None])
    assert len(set(labels)) == 3


def test_group_labels_infer_what_only_one_coarser_group_has():
    album = ["Blue", "Blue", "Hits", "Hits", "Hits"]
    labels = group_labels(["Miles", None, "Queen", "Abba", None], album=album)
    assert labels.tolist() == [
        "artist: Miles", "artist: Miles", "artist: Queen", "artist: Abba",
        "album: Hits",
    ]  # fmt: skip


def test_group_labels_ignore_case_and_blanks():
    assert len(set(group_labels(["The  Beatles", "the beatles ", "THE BEATLES"]))) == 1


def test_group_labels_from_pandas_and_numbers():
    assert group_labels(pd.Series([7.0, None, 7.0])).tolist() == [
        "artist: 7.0", "row: 1", "artist: 7.0",
    ]  # fmt: skip
    assert group_labels([]).shape == (0,)
    with pytest.raises(ValueError, match="'album' parameter"):
        group_labels(["a"], album=["b", "c"])


@pytest.mark.skipif(DATA is None, reason="needs SKGENRE_DATA")
def test_real_artists():
    with (Path(DATA) / "gtzan3" / "songs.csv").open() as file:
        rows = list(csv.DictReader(file))
    y = np.array([row["genre"] for row in rows])
    artist = group_labels([row["artist"] for row in rows])
    assert sum(label.startswith("row: ") for label in artist) == 14
    tested = set()
    for train, test in StratifiedGroupShuffleSplit(
        30, test_size=0.25, random_state=0
    ).split(y, y, artist):
        assert not set(artist[train]) & set(artist[test])
        np.testing.assert_allclose(shares(y, test), 0.25, atol=0.08)
        tested |= set(artist[test])
    assert len(tested) > 0.9 * len(set(artist))


def test_is_no_estimator():
    assert not isinstance(StratifiedGroupShuffleSplit(), BaseEstimator)


@pytest.mark.parametrize("missing", [None, np.nan, pd.NaT, pd.NA])
@pytest.mark.parametrize("kind", [list, pd.Series])
def test_a22_group_labels_of_missing_names(missing, kind):
    labels = group_labels(kind(["a", missing, missing]))
    assert labels.tolist() == ["artist: a", "row: 1", "row: 2"]


def test_a22_group_labels_keep_1_and_text_1_apart():
    assert group_labels([1, "1", 1, 2]).tolist() == [
        "artist: 1 (int)", "artist: 1", "artist: 1 (int)", "artist: 2",
    ]  # fmt: skip


@pytest.mark.parametrize("missing", [None, np.nan, pd.NaT, pd.NA])
def test_a22_splitter_takes_missing_groups_as_their_own(missing):
    # Were all the missing one group, it would be drawn as a whole.
    groups = [missing] * 18 + ["a", "b"]
    split = StratifiedGroupShuffleSplit(20, test_size=0.3, random_state=0)
    y = np.array([0, 1] * 10)
    sizes = {int(np.sum(test < 18)) for _, test in split.split(y, y, groups)}
    assert sizes.isdisjoint({0, 18})
