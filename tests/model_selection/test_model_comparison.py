import pickle
import sys

import numpy as np
import pytest

from skgenre.model_selection import ModelComparison, VotingComparison
from skgenre.plotting import VotingComparisonDisplay


def made(**kwargs):
    y = np.array(["jazz", "rock"] * 5)
    right = np.eye(2)[np.arange(10) % 2]
    some = right.copy()
    some[:2] = some[:2, ::-1]
    settings = {
        "y": y,
        "song_proba": {"old": some, "new": right},
        "fold": np.arange(10) % 2,
        "song_ids": [f"{i}.wav" for i in range(10)],
    }
    return ModelComparison(**{**settings, **kwargs})


def test_a_voting_comparison_is_one():
    assert issubclass(VotingComparison, ModelComparison)


def test_text():
    lines = str(made(seconds={"old": 1, "new": 22.04})).splitlines()
    assert lines[0] == (
        "2 models on the same 10 songs in 2 folds. Always 'jazz': 50.0 % of songs "
        "right."
    )
    assert lines[2].split()[-1] == "seconds"
    assert lines[4].split()[0] == "new"
    assert lines[4].split()[-1] == "22.0"
    assert any(line.startswith("Against old") for line in lines)
    narrow = made().to_text(width=40)
    assert max(map(len, narrow.splitlines())) <= 40


def test_tables():
    comparison = made(groups=np.arange(10) // 2)
    assert comparison.to_frame().columns[:3].tolist() == ["fold", "model", "n_songs"]
    assert comparison.summary().index.name == "model"
    assert comparison.summary().loc["new", "accuracy"] == 1
    (row,) = comparison.differences().itertuples()
    assert (row.Index, row.n_better, row.n_worse) == ("new", 2, 0)
    assert "in 2 folds by 5 groups" in str(comparison)


def test_predictions_say_why_there_is_none():
    heard = np.arange(10) != 3
    fold = np.where(np.arange(10) == 4, -1, 0)
    frame = made(heard=heard, fold=fold).predictions("new")
    assert frame["song"].tolist()[:2] == ["0.wav", "1.wav"]
    assert frame["error"].tolist()[3:6] == ["no windows", "tested in no fold", ""]
    assert frame["verdict"].isna().tolist()[3:6] == [True, True, False]
    assert frame["proba_jazz"].isna().sum() == 2
    assert "1 song without windows" in str(made(heard=heard, fold=fold))
    # The reference, where no model is named.
    assert made().predictions()["verdict"].tolist()[:2] == ["rock", "jazz"]


def test_text_needs_no_pandas(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    assert "new" in str(made())
    with pytest.raises(ModuleNotFoundError, match=r"ModelComparison\.summary"):
        made().summary()


def test_representations():
    comparison = made()
    assert repr(comparison) == (
        "ModelComparison(models=['old', 'new'], n_songs=10, reference='old')"
    )
    assert comparison._repr_html_().count("<table>") == 2
    assert str(pickle.loads(pickle.dumps(comparison))) == str(comparison)


def test_picture_without_windows():
    pytest.importorskip("matplotlib")
    display = made().plot()
    assert isinstance(display, VotingComparisonDisplay)
    names = [label.get_text() for label in display.ax_.get_yticklabels()]
    assert names == ["old", "new"]
    told = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert not any("windows alone" in text for text in told)
