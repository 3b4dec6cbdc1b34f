import esc10
import numpy as np
import pytest

from skgenre import SongWindows


class Clips:
    """Two classes, four clips of two windows, tested on the last two."""

    y = np.array(["a", "b", "a", "b"])
    splits = ((np.array([0, 1]), np.array([2, 3])),)


def test_the_smallest_inner_loss_is_chosen(monkeypatch):
    losses = iter([3.0, 2.0, 5.0, 1.0, 4.0, 6.0])
    monkeypatch.setattr(esc10, "inner_loss", lambda *_: next(losses))
    windows = SongWindows(np.zeros((4, 1)), [1, 1, 1, 1])
    chosen = esc10.choose(dict.fromkeys(esc10.FEATURES, windows), Clips, 0)
    assert chosen == {"fold": 1, "features": "22 kHz, five statistics", "C": 0.1}


def test_scores_are_percent_of_the_tested_clips():
    # The third clip sounds like its class in both windows, the fourth in one.
    values = np.array([-1, -1, 1, 1, -1, -1, 1, -3], float)[:, None]
    windows = SongWindows(values, [2, 2, 2, 2])
    chosen = {"features": "x", "C": 1.0}
    found = esc10.score({"x": windows}, Clips, 0, chosen)
    assert found["mean"] == 50
    assert found[esc10.ALONE] == 75


def test_the_report_is_shown(capsys):
    folds = {"majority": [50.0, 60.0], "mean": [60.0, 55.0]}
    esc10.show({"per_fold": folds, "published": {"x": 1.0}, "seconds": {"a": 1.26}})
    out = capsys.readouterr().out
    assert "+10.00  -5.00" in out
    assert "{'a': 1.3}" in out


def test_the_classifier_is_given_its_c():
    model = esc10.classifier(0.25)
    assert model.get_params()["estimator__logisticregression__C"] == 0.25
    assert model.voting == "mean_log_odds"
    assert pytest.approx(0.1) in esc10.STRENGTHS
