from types import SimpleNamespace

import fusion
import numpy as np
import pytest
from members import Members
from sklearn.dummy import DummyClassifier

import skgenre


class _Told(DummyClassifier):
    """Says what the only feature of a song is: the probability of its class "b"."""

    def predict_proba(self, X):
        return np.column_stack([1 - X[:, 0], X[:, 0]])


def _songs():
    """Eight songs, two folds of four, every second one of class "b"."""
    first, second = np.arange(4), np.arange(4, 8)
    halves = [
        (np.array([0, 1]), np.array([2, 3])),
        (np.array([2, 3]), np.array([0, 1])),
    ]
    return SimpleNamespace(
        name="esc10",
        y=np.array(["a", "b"] * 4),
        clusters=np.array(list("abcdefgh")),
        splits=[(second, first), (first, second)],
        tested=np.arange(8),
        inner_splits=lambda train: halves,
    )


def _members(**said):
    """Members that say of each song what is told."""
    members = Members.__new__(Members)
    songs = _songs()
    members.y = songs.y
    members.classes, members.class_index = np.unique(songs.y, return_inverse=True)
    members.windows, members.models, members.names, members._fits = {}, {}, [], {}
    for name, proba in said.items():
        windows = skgenre.SongWindows(np.array(proba)[:, None], np.ones(8, int))
        vote = skgenre.GroupVotingClassifier(_Told())
        members.add(tuple(name.split("__")), windows, vote)
    return members


RIGHT = [0.1, 0.9] * 4
WRONG = [0.9, 0.1] * 4


def test_a_song_as_a_whole_by_hand():
    # Two means, then one maximum; songs of two windows and of one.
    windows = skgenre.SongWindows(
        np.array([[1.0, 2.0, 3.0], [3.0, 4.0, 1.0], [5.0, 6.0, 7.0]]), [2, 1]
    )
    found = fusion.whole(windows, 2)
    assert found.values.tolist() == [[2.0, 3.0, 3.0], [5.0, 6.0, 7.0]]
    assert found.counts.tolist() == [1, 1]


def test_networks_side_by_side():
    parts = [
        skgenre.SongWindows(np.array([[k], [k + 1.0]]), [1, 1], song_ids=["x", "y"])
        for k in (0.0, 5.0)
    ]
    found = fusion.side_by_side(parts)
    assert found.values.tolist() == [[0.0, 5.0], [1.0, 6.0]]
    assert list(found.song_ids) == ["x", "y"]


def test_dead_units_are_left_out():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 2))
    y = (X[:, 0] > 0).astype(int)
    # Dust that would tell the class of what it was fitted on.
    dusty = np.column_stack([X, 1e-11 * y])
    for pipeline, _ in fusion.classifiers().values():
        plain, with_dust = (pipeline.fit(Z, y).predict(Z) for Z in (X, dusty))
        np.testing.assert_array_equal(plain, with_dust)


def test_the_mean_of_parts_is_taken_of_their_means():
    members = _members(a__x=RIGHT, a__y=WRONG, b__x=RIGHT)
    proba = fusion.mean_proba(
        members, [[("a", "x"), ("a", "y")], [("b", "x")]], ["mean"] * 2, _songs().splits
    )
    # (0.5 + 0.1) / 2 for the other class of each song.
    np.testing.assert_allclose(proba[0], [0.7, 0.3])


def test_candidates():
    parts = [(["x"], "mean"), (["y"], "median")]
    assert list(fusion.fused(parts, choose=False)) == [
        ([["x"], ["y"]], ["mean", "median"])
    ]
    assert len(list(fusion.fused(parts, choose=True))) == 3
    members = _members(a__x=RIGHT, a__y=WRONG, b__x=RIGHT)
    found = list(fusion.listeners(members, "a"))
    assert len(found) == 6  # three subsets, two votings
    assert {who for parts, _ in found for who, _ in parts[0]} == {"a"}


def test_choices_are_those_of_the_training_side():
    # One network is right in the first fold only, the other in the second only.
    early = RIGHT[:4] + WRONG[4:]
    late = WRONG[:4] + RIGHT[4:]
    members = _members(musicnn__early=early, musicnn__late=late, strong__svm=RIGHT)
    parts = {"strong": [("strong", "svm")]}
    proba, choices = fusion.judge_ears(members, _songs(), recipe_parts=parts)
    chosen = [c["parts"] for c in choices if c["method"] == "musicnn"]
    # Fitted on the second fold, the late one is chosen, which fails on the first.
    assert chosen == [[["musicnn late"]], [["musicnn early"]]]
    assert members.accuracy(proba["musicnn"], np.arange(8)) == 0.0
    assert set(proba) == {"musicnn", "fusion_equal"}


def test_differences_by_hand():
    songs = _songs()
    one_wrong = [0.1, 0.9, 0.9, *RIGHT[3:]]
    proba = {
        name: np.column_stack([1 - np.array(p), p])
        for name, p in {"strong": RIGHT, "other": one_wrong}.items()
    }
    found = fusion.differences(proba, songs, "strong")["other"]
    assert found["points"] == -12.5
    assert found["p_value"] == 1.0
    low, high = found["interval_95"]
    assert low < -12.5 < high == 0.0


@pytest.mark.parametrize("name", fusion.EARS)
def test_every_network_is_described(name):
    for model in fusion.EARS[name]:
        assert model in fusion.HEARD
        assert fusion.N_MEANS[model] > 0
    assert set(fusion.licences([name])) == set(fusion.EARS[name])
