import numpy as np
import pytest

from skgenre.cli._say import Speaker
from skgenre.cli._split import chosen_split, fewest

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
