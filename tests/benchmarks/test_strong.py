from types import SimpleNamespace

import numpy as np
import strong


def test_bootstrap_draws_whole_clusters():
    # One cluster is one draw: nothing varies.
    low, high = strong.bootstrap(np.array([1.0, 0.0]), np.array(["a", "a"]))
    assert low == high == 0.5
    low, high = strong.bootstrap(np.array([1.0, 0.0]), np.array(["a", "b"]))
    assert (low, high) == (0.0, 1.0)


def test_scores_of_three_songs_by_hand():
    songs = SimpleNamespace(
        y=np.array(["a", "b", "b"]),
        clusters=np.array(["x", "y", "z"]),
        splits=[(np.array([2]), np.array([0])), (np.array([0]), np.array([1, 2]))],
        tested=np.array([0, 1, 2]),
    )
    proba = np.array([[0.8, 0.2], [0.6, 0.4], [0.25, 0.75]])
    found = strong.score(proba, songs, 1.0, 2.0)
    assert found["accuracy"] == 66.67
    assert found["per_split"] == [100.0, 50.0]
    assert found["recall"] == {"a": 100.0, "b": 50.0}
    assert found["confusion"] == [[1, 0], [1, 1]]
    assert found["log_loss"] == round(-np.log([0.8, 0.4, 0.75]).mean(), 4)
    assert found["right"] == [1, 0, 1]
