import numpy as np
import pytest

from skgenre.model_selection._paired_scores import DIFFERENCE, pooled_scores


def pooled(right, **kwargs):
    scores = {name: {"n": len(hits)} for name, hits in right.items()}
    settings = {"groups": None, "n_bootstrap": 200, "confidence": 0.95, "seed": 0}
    array = np.array(list(right.values()), dtype=bool)
    return pooled_scores(scores, array, reference="old", **{**settings, **kwargs})


def test_differences_are_to_the_reference():
    found = pooled({"new": [1, 1, 1, 0, 0], "old": [0, 0, 1, 1, 0]})
    assert found["new"]["difference"] == pytest.approx(1 / 5)
    assert (found["new"]["n_better"], found["new"]["n_worse"]) == (2, 1)
    assert found["new"]["p_value"] == 1
    assert found["new"]["n"] == 5
    assert [found["old"][name] for name in DIFFERENCE] == [0, 0, 0, 0, 0, 1]


def test_groups_are_drawn_whole():
    right = {"new": [1] * 30 + [0] * 10, "old": [0] * 40}
    one_by_one = pooled(right)["new"]
    # Four artists of ten songs: shares of the draws are fourths.
    by_artist = pooled(right, groups=np.arange(40) // 10)["new"]
    assert by_artist["accuracy_low"] in (0, 0.25, 0.5)
    assert by_artist["accuracy_low"] < one_by_one["accuracy_low"]


def test_none_right_has_an_interval():
    assert pooled({"old": [0] * 20})["old"]["accuracy_high"] > 0.1
