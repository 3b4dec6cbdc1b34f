import json

import networks
import numpy as np
import pytest


def test_a_pair_by_hand():
    rules = {
        "one": {"right": "1100", "per_fold": [100.0, 0.0]},
        "two": {"right": "1011", "per_fold": [50.0, 100.0]},
    }
    pair = networks.compare_pair("one", "two", rules)
    assert (pair["better"], pair["worse"]) == (2, 1)
    assert pair["per_fold"] == [-50.0, 100.0]
    assert pair["p_value"] == 1.0


def test_scores_of_songs_in_fold_order():
    proba = np.array([[0.9, 0.1], [0.4, 0.6], [np.nan, np.nan], [0.8, 0.2]])
    tests = [np.array([3]), np.array([0, 1])]
    score = networks.score(proba, np.array(list("abab")), np.array(["a", "b"]), tests)
    assert score["right"] == "011"
    assert score["per_fold"] == [0.0, 100.0]
    assert score["accuracy"] == 66.67
    expected = -np.log([0.2, 0.9, 0.6]).mean()
    assert score["log_loss"] == pytest.approx(expected, abs=1e-4)


def test_parts_are_kept_of_the_same_experiment_only(tmp_path):
    path = tmp_path / "networks.json"
    report = {"windows": 1, "recipe": 2, "seed": 0, "n_songs": 4}
    assert networks.kept_parts(path, report) == {}
    path.write_text(json.dumps({**report, "parts": {"cnn": 5}}))
    assert networks.kept_parts(path, report) == {"cnn": 5}
    assert networks.kept_parts(path, {**report, "seed": 1}) == {}
