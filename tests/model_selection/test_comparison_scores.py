import numpy as np
import pytest
from sklearn.metrics import accuracy_score, log_loss, recall_score

from skgenre.model_selection import ModelComparison

Y = np.array(["a", "b", "a", "b", "a", "b"])
PROBA = np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.6, 0.4], [0.7, 0.3], [0, 1]])


def made(**kwargs):
    settings = {"y": Y, "song_proba": {"x": PROBA, "y": PROBA[:, ::-1]}}
    return ModelComparison(**{**settings, "fold": [0, 0, 0, 1, 1, 1], **kwargs})


def test_scores_are_those_of_scikit_learn():
    comparison = made()
    row = comparison.pooled["x"]
    assert row["accuracy"] == accuracy_score(Y, comparison.verdicts("x")) == 4 / 6
    assert row["log_loss"] == pytest.approx(log_loss(Y, PROBA))
    first = comparison.per_fold[0]
    assert (first["fold"], first["model"], first["n_songs"]) == (0, "x", 3)
    assert first["accuracy"] == pytest.approx(2 / 3)
    recall = recall_score(Y, comparison.verdicts("x"), average=None)
    assert list(comparison.recall("x").values()) == recall.tolist()
    assert comparison.baseline == ("a", 0.5)


def test_songs_that_are_not_heard_count_in_no_score():
    # Both wrong verdicts of "x" are on songs without windows.
    comparison = made(heard=[True, True, False, False, True, True])
    assert comparison.pooled["x"]["accuracy"] == 1
    assert comparison.pooled["y"]["accuracy"] == 0
    assert comparison.pooled["x"]["n_songs"] == 4
    assert comparison.pooled["y"]["n_worse"] == 4
    assert comparison.by_fold()["x"].tolist() == [1, 1]


def test_folds_by_model():
    gains = made().by_fold("difference")
    np.testing.assert_allclose(gains["y"], [-1 / 3, -1 / 3])


def test_seconds_are_part_of_the_scores():
    comparison = made(seconds={"x": 1.5, "y": 2.0})
    assert comparison.pooled["y"]["seconds"] == 2.0
    assert "seconds" not in made().pooled["x"]


def test_the_reference_is_the_first_or_named():
    assert made().reference == "x"
    assert made(reference="y").pooled["x"]["difference"] == pytest.approx(1 / 3)
    with pytest.raises(ValueError, match=r"Got reference='z'.*models \['x', 'y'\]"):
        made(reference="z")
