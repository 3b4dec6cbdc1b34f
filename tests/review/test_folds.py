import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skgenre.datasets._unit import MUSIC
from skgenre.review._folds import review_folds


def folds(y, groups=None, recordings=None, n_folds=3):
    y = np.array(y)
    recordings = np.arange(len(y)) if recordings is None else np.array(recordings)
    groups = None if groups is None else np.array(groups)
    return review_folds(
        y, groups=groups, recordings=recordings, n_folds=n_folds, seed=0
    )


def all_of(found):
    return np.sort(np.concatenate([test for _, test in found.splits]))


def test_every_song_is_tested_once_and_nobody_knows_it():
    y = ["a"] * 6 + ["b"] * 6
    found = folds(y)
    assert_array_equal(all_of(found), np.arange(12))
    assert len(found.splits) == 3
    for train, test in found.splits:
        assert_array_equal(np.sort(np.concatenate([train, test])), np.arange(12))
        assert [np.array(y)[test].tolist().count(label) for label in "ab"] == [2, 2]
    assert (len(found.alone), found.torn, found.notes(MUSIC)) == (0, [], [])


@pytest.mark.parametrize("n_songs", [12, 30])
def test_artists_and_copies_are_on_one_side(n_songs):
    rng = np.random.default_rng(0)
    y = np.resize(["a", "b", "c"], n_songs)
    recordings = rng.integers(n_songs // 2, size=n_songs)
    groups = np.array([f"artist {r // 2}" for r in recordings])
    for kwargs in ({"groups": groups}, {}):
        found = folds(y, recordings=recordings, **kwargs)
        for train, test in found.splits:
            assert not set(recordings[train]) & set(recordings[test])
            if kwargs:
                assert not set(groups[train]) & set(groups[test])
            assert set(y[test]) <= set(y[train])
        assert_array_equal(np.sort([*all_of(found), *found.alone]), np.arange(n_songs))


def test_a_song_that_is_the_only_one_of_its_class_is_judged_by_nobody():
    found = folds(["a", "b", "b", "b", "a", "a", "c"])
    assert found.alone.tolist() == [6]
    assert_array_equal(all_of(found), np.arange(6))
    assert all(6 in train for train, _ in found.splits)


def test_nor_does_such_a_song_judge_its_copy():
    found = folds(["a", "b", "b", "b", "a", "a", "c"], recordings=[0, 1, 2, 3, 4, 5, 0])
    assert found.alone.tolist() == [6]
    for train, test in found.splits:
        assert (6 in train) == (0 not in test)


def test_copies_of_one_recording_are_one_song():
    found = folds(["a", "a", "b", "b", "b"], recordings=[0, 0, 1, 2, 3])
    assert found.alone.tolist() == [0, 1]
    assert_array_equal(all_of(found), [2, 3, 4])


def test_the_only_artist_of_a_class_is_torn():
    y = ["a"] * 4 + ["b"] * 4
    found = folds(y, groups=["X"] * 4 + ["Y", "Y", "Z", "Z"])
    assert_array_equal(all_of(found), np.arange(8))
    assert found.torn == ["a"]
    assert found.notes(MUSIC) == [
        "Songs of one artist are on both sides where a genre has no other artist: a."
    ]
    for train, test in found.splits:
        # Artists of the other class stay together.
        assert (4 in test) == (5 in test)
        assert (6 in test) == (7 in test)
        assert set(np.array(y)[test]) <= set(np.array(y)[train])


def test_two_songs_of_a_class_are_never_in_one_fold():
    y = np.array(["a"] * 2 + ["b"] * 40)
    for n_folds in (2, 10):
        found = folds(y, n_folds=n_folds)
        assert len(found.splits) == n_folds
        assert_array_equal(all_of(found), np.arange(42))


def test_nothing_to_learn_from():
    found = folds(["a", "b"])
    assert (found.splits, found.alone.tolist()) == ([], [0, 1])
