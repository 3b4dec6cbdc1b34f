import numpy as np
import pytest
from compared_songs import make_windows
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    ShuffleSplit,
    StratifiedGroupKFold,
    StratifiedKFold,
)
from sklearn.naive_bayes import GaussianNB

from skgenre import GroupVotingClassifier
from skgenre.model_selection import compare_votings
from skgenre.model_selection._folds import checked_splits


def test_fold_without_a_class_in_training():
    windows, y = make_windows(9)
    model = GroupVotingClassifier(GaussianNB())
    with pytest.raises(
        ValueError, match=r"Fold 0 .* class 'blues', .*StratifiedGroupKFold"
    ):
        compare_votings(model, windows, np.sort(y), cv=KFold(3))
    with pytest.raises(ValueError, match=r"class 'rock'.*All are of one group, 'R'"):
        compare_votings(
            model,
            windows,
            y,
            cv=StratifiedGroupKFold(2),
            groups=[f"{i}" if label != "rock" else "R" for i, label in enumerate(y)],
        )
    with pytest.raises(ValueError, match="one such song in all"):
        compare_votings(model, windows[:4], ["a", "a", "a", "b"], cv=KFold(2))


def test_test_side_without_a_class_is_one_warning():
    windows, y = make_windows(12)
    splits = list(GroupKFold(4).split(y, y, np.arange(12) // 3))
    splits[0] = (splits[0][0], splits[0][1][:2])
    missing = sorted(set(y) - set(y[splits[0][1]]))[0]
    model = GroupVotingClassifier(GaussianNB())
    with pytest.warns(UserWarning, match=f"class '{missing}' in fold 0") as caught:
        compare_votings(model, windows, y, cv=splits)
    assert len(caught) == 1


def test_fewer_songs_than_folds_is_one_warning():
    windows, y = make_windows(12)
    y = np.array(["jazz"] * 3 + ["rock"] * 9)
    with pytest.warns(UserWarning, match="class 'jazz' in fold") as caught:
        compare_votings(GroupVotingClassifier(GaussianNB()), windows, y, cv=4)
    assert len(caught) == 1


# -- the folds themselves -------------------------------------------------------------

Y = np.array(["jazz", "rock"] * 6)
ARTISTS = np.array(list("abababcdcdcd"))


def test_a_number_stands_for_shuffled_stratified_folds():
    splits = checked_splits(3, Y, artists=None, seed=4)
    expected = StratifiedKFold(3, shuffle=True, random_state=4).split(Y, Y)
    for (train, test), (want_train, want_test) in zip(splits, expected, strict=True):
        np.testing.assert_array_equal(train, want_train)
        np.testing.assert_array_equal(test, want_test)


def test_no_artist_is_divided():
    splits = checked_splits(2, Y, artists=ARTISTS, seed=0)
    assert len(splits) == 2
    for train, test in splits:
        assert not set(ARTISTS[train]) & set(ARTISTS[test])


def test_masks_become_positions():
    tested = np.arange(12) < 4
    ((train, test),) = checked_splits([(~tested, tested)], Y, artists=None, seed=0)
    assert train.tolist() == list(range(4, 12))
    assert test.tolist() == [0, 1, 2, 3]


def test_one_split_may_test_one_class():
    split = (np.arange(6), np.array([6]))
    assert len(checked_splits([split], Y, artists=None, seed=0)) == 1


@pytest.mark.parametrize(
    ("cv", "match"),
    [
        ([], r"Got cv=\[\], which makes no split"),
        (ShuffleSplit(9, random_state=0), r"tests song \d+ \d+ times, but expected"),
        ([(np.arange(12), np.arange(0))], "Fold 0 tests no song at all"),
        (
            [(np.arange(0, 12, 2), np.arange(1, 12, 2))],
            r"Fold 0 would test songs of class 'rock'.*Take StratifiedGroupKFold",
        ),
    ],
)
def test_splits_that_cannot_be(cv, match):
    with pytest.raises(ValueError, match=match):
        checked_splits(cv, Y, artists=None, seed=0)


def test_no_song_is_tested_by_two_folds():
    y = np.array(["jazz", "rock"] * 3)
    folds = [([0, 1, 2, 3], [4, 5]), ([0, 1, 2, 3], [4])]
    cv = [(np.array(train), np.array(test)) for train, test in folds]
    with pytest.raises(ValueError, match="tests song 4 2 times"):
        checked_splits(cv, y, artists=None, seed=0)
