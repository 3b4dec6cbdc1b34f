import numpy as np
import pytest
from sklearn.utils import Bunch

from skgenre.cli._say import Speaker
from skgenre.cli._split import chosen_split, fewest, official_split

Y = np.array(["a"] * 4 + ["b"] * 6)


def chosen(groups, *, y=Y, n_folds=3, known=True):
    say = Speaker(json=True)
    return chosen_split(say, y, groups, n_folds, known), say.warnings


def test_the_label_with_the_fewest():
    assert fewest(Y, np.arange(10)) == (4, "a")
    assert fewest(Y, np.r_[np.arange(4), np.zeros(6)]) == (1, "b")


def test_groups_are_kept_in_one_fold():
    groups = np.arange(10) % 3
    split, warnings = chosen(groups)
    assert (split.n_folds, split.by, warnings) == (3, "artist", [])
    assert split.groups is groups
    # Where artists are not known, groups are copies.
    assert chosen(groups, known=False)[0].by == "recording"


def test_as_many_folds_as_there_are_groups():
    split, (warning,) = chosen(np.arange(10) % 2, n_folds=5)
    assert split.n_folds == 2
    assert warning == "The genre 'a' has 2 artists, so there are 2 folds, not 5."


def test_one_group_is_split_by_song_and_said():
    split, (warning,) = chosen(np.r_[np.zeros(4), np.arange(6)])
    assert (split.n_folds, split.groups, split.by) == (3, None, "song")
    assert "'a' has one artist only" in warning
    assert "which flatters it. Add artists." in warning


@pytest.mark.parametrize("groups", [None, np.arange(10)])
def test_one_song_cannot_be_split(groups):
    y = np.array(["a"] + ["b"] * 9)
    split, (warning,) = chosen(groups, y=y)
    assert split is None
    assert "cannot be both learned and tested" in warning


# -- what came with the data ----------------------------------------------------------


def table(*, folds=None, split=None):
    return Bunch(
        folds=None if folds is None else np.array(folds),
        split=None if split is None else np.array(split),
    )


def test_folds_of_the_data():
    # The song without a fold is learned from everywhere, the third was not heard.
    songs = table(folds=[2, 7, 7, 2, -1, 7])
    official = official_split(songs, np.array([0, 1, 3, 4, 5]))
    assert official.text == "the 2 folds of the data"
    assert [(a.tolist(), b.tolist()) for a, b in official.sides] == [
        ([1, 3, 4], [0, 2]),
        ([0, 2, 3], [1, 4]),
    ]


@pytest.mark.parametrize(
    ("split", "sides"),
    [
        (["train", "valid", "test", "Train"], ([0, 3], [2])),
        (["training", "val", "", "training"], ([0, 3], [1])),
        (["train", "train", "train", "train"], None),
        (["a", "b", "a", "b"], None),
    ],
)
def test_a_split_of_the_data(split, sides):
    official = official_split(table(split=split), np.arange(4))
    if sides is None:
        assert official is None
    else:
        ((train, test),) = official.sides
        assert (train.tolist(), test.tolist()) == sides


def test_nothing_came_with_the_data():
    assert official_split(table(), np.arange(3)) is None
    assert official_split(table(folds=[1, 1, 1]), np.arange(3)) is None


def test_what_came_with_the_data_is_taken_unless_a_number_is_asked_for():
    y = np.array(["a", "b"] * 4)
    official = official_split(table(folds=[0, 0, 1, 1, 2, 2, 3, 3]), np.arange(8))
    say = Speaker()
    split = chosen_split(say, y, None, None, False, official=official)
    assert (split.n_folds, split.cv) == (4, official.sides)
    assert split.text == "the 4 folds of the data"
    own = chosen_split(say, y, None, 2, False, official=official)
    assert (own.cv, own.text) == (2, "2 folds")
    assert chosen_split(say, y, None, None, False).n_folds == 4


def test_artists_on_both_sides_of_what_came_with_the_data(capsys):
    y = np.array(["a", "b"] * 4)
    official = official_split(table(folds=[0, 0, 0, 0, 1, 1, 1, 1]), np.arange(8))
    apart = np.array(list("ppqqrrss"))
    split = chosen_split(Speaker(), y, apart, None, True, official=official)
    assert split.groups is apart
    assert split.by == "artist"
    assert capsys.readouterr().out == ""
    both = np.array(list("ppqqqrss"))
    split = chosen_split(Speaker(), y, both, None, True, official=official)
    assert split.groups is None
    assert "one artist is on both sides (such as 'q')" in capsys.readouterr().out
