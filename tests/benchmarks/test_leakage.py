from types import SimpleNamespace

import leakage
import numpy as np
import pytest

from skgenre import SongWindows


def test_a_model_without_probabilities_has_one_vote_a_window(monkeypatch):
    seen = []

    def report(model, *_, **settings):
        seen.append((model.voting, settings["cv"], settings["random_state"]))
        return SimpleNamespace(
            y=[0], groups=[0, 0], scores=[], inflation=[], sentence="."
        )

    monkeypatch.setattr(leakage, "leakage_report", report)
    options = SimpleNamespace(cv=3, seed=1)
    windows = SongWindows(np.zeros((2, 1)), [2])
    results = leakage.run(windows, ["a"], ["x"], options)
    votings = [voting for voting, *_ in seen]
    assert votings == ["mean", "mean", "majority"]
    assert {tuple(more) for _, *more in seen} == {(3, 1)}
    found = results["1 nearest neighbour"]
    assert (found["n_songs"], found["n_windows"]) == (1, 2)
    assert found["seconds"] == pytest.approx(0, abs=0.1)
