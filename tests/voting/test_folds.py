"""Folds of songs: each tested once, artists whole, every class trained."""

import numpy as np
import pytest
import sklearn
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    LeaveOneOut,
    ShuffleSplit,
    StratifiedGroupKFold,
    StratifiedKFold,
)
from sklearn.naive_bayes import GaussianNB
from voting_songs import Recorder, make_songs

from skgenre import GroupVotingClassifier, NaiveBayesVoting, StackedVoting
from skgenre.voting._folds import song_folds


def folds_of(y, cv=5, *, artists=None, heard=None):
    y = np.asarray(y)
    heard = np.ones(len(y), bool) if heard is None else np.asarray(heard)
    return song_folds(cv, y, artists=artists, heard=heard)


def as_lists(folds):
    return [(train.tolist(), test.tolist()) for train, test in folds]


def test_folds_by_hand():
    folds = folds_of(["a", "b", "a", "b", "a", "b"], 3)
    assert as_lists(folds) == [
        ([2, 3, 4, 5], [0, 1]),
        ([0, 1, 4, 5], [2, 3]),
        ([0, 1, 2, 3], [4, 5]),
    ]
    # Song 2 has no window: class a has two songs left, so there are two folds.
    heard = [True, True, False, True, True, True]
    folds = folds_of(["a", "b", "a", "b", "a", "b"], 3, heard=heard)
    assert [test for _, test in as_lists(folds)] == [[0, 1, 3], [4, 5]]


@given(
    y=st.lists(st.integers(0, 2), min_size=6, max_size=30),
    cv=st.integers(2, 6),
    data=st.data(),
)
def test_each_heard_song_is_tested_once(y, cv, data):
    y = np.array([0, 0, 1, 1, 2, 2, *y])
    heard = np.array(
        data.draw(st.lists(st.booleans(), min_size=len(y), max_size=len(y)))
    )
    heard[:6] = True
    songs = np.flatnonzero(heard)
    folds = folds_of(y, cv, heard=heard)
    assert len(folds) == min(cv, np.bincount(y[heard]).min())
    tested = np.concatenate([test for _, test in folds])
    assert sorted(tested.tolist()) == songs.tolist()
    for train, test in folds:
        assert sorted([*train, *test]) == songs.tolist()
        assert set(y[train]) == {0, 1, 2}


@given(data=st.data(), cv=st.integers(2, 6))
def test_no_artist_is_divided(data, cv):
    # Each class has three artists of its own, of one to four songs.
    n_songs = data.draw(st.lists(st.integers(1, 4), min_size=6, max_size=6))
    artists = np.repeat([f"artist {i}" for i in range(6)], n_songs)
    y = np.repeat([0, 0, 0, 1, 1, 1], n_songs)
    folds = folds_of(y, cv, artists=artists)
    assert len(folds) == min(cv, 3)
    for train, test in folds:
        assert not set(artists[train]) & set(artists[test])
        assert set(y[train]) == {0, 1}


def test_given_splits_are_of_all_songs():
    y, heard = ["a", "b", "a", "b"], np.array([True, True, True, False])
    pairs = [([2, 3], [0, 1]), ([0, 1], [2, 3])]
    folds = folds_of(y, pairs, heard=heard[[0, 1, 2, 2]])
    assert as_lists(folds) == pairs
    with pytest.raises(
        ValueError, match=r"no song of class 'b', which has 1 song\(s\), so"
    ):
        folds_of(y, pairs, heard=heard)
    masks = [(np.array([0, 0, 1, 1], bool), np.array([1, 1, 0, 0], bool))]
    masks += [(test, train) for train, test in masks]
    assert as_lists(folds_of(y, masks)) == pairs


@pytest.mark.parametrize(
    "cv",
    [ShuffleSplit(2, random_state=0), [([0, 1], [2, 3])], [([2, 3], [2, 3])] * 2, []],
)
def test_splits_that_leave_songs_out(cv):
    with pytest.raises(
        ValueError, match="expected a splitter that tests each of the 4 songs exactly"
    ) as caught:
        folds_of(["a", "b", "a", "b"], cv)
    assert f"Got cv={cv!r}" in str(caught.value)


def test_how_to_mend_a_fold_without_a_class():
    with pytest.raises(ValueError, match="Take fewer folds, or a shuffled splitter"):
        folds_of(["a", "b", "b", "b"], LeaveOneOut())
    with pytest.raises(ValueError, match=r"1 artist\(s\).* Add artists, or take fewer"):
        folds_of(["a", "a", "b", "b"], GroupKFold(2), artists=["x", "x", "y", "y"])


# -- through GroupVotingClassifier -----------------------------------------------------


def test_artists_stay_in_one_fold():
    songs, y = make_songs(30)
    artists = np.array([f"{label} {i % 4}" for i, label in enumerate(y)])
    model = GroupVotingClassifier(GaussianNB(), voting=Recorder())
    by_artist = model.fit(songs, y, groups=artists).voting_
    np.testing.assert_array_equal(by_artist.groups_, artists)
    n_splits = min(len(set(artists[y == label])) for label in set(y))
    split = StratifiedGroupKFold(min(5, n_splits)).split(y, y, artists)
    for train, test in split:
        fitted = GaussianNB().fit(songs[train].values, songs[train].expand(y[train]))
        np.testing.assert_allclose(
            by_artist.window_proba_[test].values,
            fitted.predict_proba(songs[test].values),
        )


def test_folds_adapt_to_the_smallest_class():
    songs, y = make_songs(12)
    y = np.where(np.arange(12) < 2, "rare", "usual")
    model = GroupVotingClassifier(GaussianNB(), voting=Recorder())
    assert len(model.fit(songs, y).voting_.y_) == 12
    y[1] = "usual"
    with pytest.raises(ValueError, match="Got 1 song of 'rare'"):
        model.fit(songs, y)  # one class is left to learn from
    artists = ["x", "x", *range(10)]
    y[1] = "rare"
    with pytest.raises(ValueError, match="Got 1 artist of 'rare'"):
        model.fit(songs, y, groups=artists)
    # Votings that learn nothing from windows need no folds.
    model.set_params(voting=NaiveBayesVoting()).fit(songs, y, groups=artists)


def test_splitters():
    songs, y = make_songs(30, zero=[2])
    model = GroupVotingClassifier(GaussianNB(), voting=Recorder())
    shuffled = StratifiedKFold(3, shuffle=True, random_state=0)
    pairs = list(shuffled.split(y, y))
    seen = []
    for cv in (shuffled, pairs):
        with pytest.warns(UserWarning, match="left out of fit"):
            model.set_params(cv=cv).fit(songs, y)
        seen.append(model.voting_.window_proba_)
    assert seen[0] == seen[1]
    songs, y = make_songs(30)
    with pytest.raises(ValueError, match="tests each of the 30 songs exactly once"):
        model.set_params(cv=ShuffleSplit(3, random_state=0)).fit(songs, y)
    by_class = GroupKFold(3)
    with pytest.raises(ValueError, match="has no song of class"):
        model.set_params(cv=by_class).fit(songs, y, groups=y)


def test_a_class_of_one_song_does_not_keep_others_from_learning():
    """found.md B13: it is in every training side, and said not to be learned."""
    songs, y = make_songs(30)
    y = y.astype("<U6")
    y[7] = "lonely"
    model = GroupVotingClassifier(GaussianNB(), voting=Recorder(), cv=3)
    with pytest.warns(UserWarning, match=r"1 of 4 classes have 1 song only.*lonely"):
        voting = model.fit(songs, y).voting_
    assert "lonely" not in voting.y_
    assert len(voting.y_) == 29
    assert model.predict_proba(songs).shape == (30, 4)
    with pytest.warns(UserWarning, match="1 of 4 classes"):
        folds = song_folds(3, y, artists=None, heard=np.ones(30, bool))
    assert all(7 in train for train, _ in folds)
    tested = np.sort(np.concatenate([test for _, test in folds]))
    np.testing.assert_array_equal(tested, np.delete(np.arange(30), 7))


def test_unknown_artists_are_each_their_own():
    """found.md A22: they were one artist."""
    y = np.array(["a", "b"] * 6)
    artists = ["x", "y", *[None] * 10]
    folds = song_folds(3, y, artists=artists, heard=np.ones(12, bool))
    assert len(folds) == 3
    assert len(np.concatenate([test for _, test in folds])) == 12


def few_artists(cv):
    """A search where one of three classes has two artists, and its model."""
    songs, y = make_songs(30)
    artists = np.arange(30)
    artists[y == "rock"] = 100 + np.arange((y == "rock").sum()) % 2
    model = GroupVotingClassifier(GaussianNB(), voting=StackedVoting(), cv=cv)
    grid = {"song_balanced": [False]}
    folds = StratifiedGroupKFold(2)
    search = GridSearchCV(model, grid, cv=folds, error_score="raise")
    return search, songs, y, artists


def test_a_search_says_of_which_classes_votings_cannot_learn():
    """found.md B12: which class, how many artists, what to do."""
    search, songs, y, artists = few_artists(5)
    said = r"1 of 3 classes have 1 artist only.*: rock\..*voting that is not trained"
    with (
        sklearn.config_context(enable_metadata_routing=True),
        pytest.warns(UserWarning, match=said),
    ):
        search.fit(songs, y, groups=artists)
    assert 0 < search.best_score_ <= 1


def test_folds_by_artist_need_to_know_artists():
    search, songs, y, artists = few_artists(StratifiedGroupKFold(2))
    # Without routing groups are for the folds of the search alone.
    with pytest.raises(
        ValueError, match="which splits by artist, but fit got no groups"
    ):
        search.fit(songs, y, groups=artists)
    model = search.estimator
    assert model.fit(songs, y, groups=np.arange(30)).classes_.tolist() == sorted(set(y))
