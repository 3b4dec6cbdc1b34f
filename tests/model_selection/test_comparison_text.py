import numpy as np

from skgenre.model_selection._comparison_text import (
    difference_cells,
    difference_table,
    footnote,
    left_out,
    score_table,
    split_text,
)

ROW = {
    "accuracy": 0.9,
    "accuracy_low": 0.8,
    "accuracy_high": 0.95,
    "balanced_accuracy": 0.7,
    "f1_macro": 0.6,
    "auc": 0.75,
    "log_loss": 0.5,
    "ece": 0.1,
    "difference": 0.05,
    "difference_low": -0.01,
    "difference_high": 0.1,
    "n_better": 7,
    "n_worse": 2,
    "p_value": 0.0004,
}


def test_scores():
    head, line = score_table({"new": ROW}, confidence=0.9)
    assert head[:3] == ["Songs", "accuracy", "90 % interval"]
    assert line[:4] == ["new", "90.0 %", "80.0 to 95.0 %", "70.0 %"]
    assert len(head) == len(line) == 8


def test_seconds_are_shown_where_they_are_known():
    head, line = score_table({"new": {**ROW, "seconds": 1.25}}, confidence=0.9)
    assert (head[-1], line[-1]) == ("seconds", "1.2")


def test_differences():
    pooled = {"old": ROW, "new": ROW}
    head, line = difference_table(pooled, reference="old", confidence=0.95)
    assert head[0] == "Against old"
    assert line == ["new", "+5.0", "-1.0 to +10.0", "7", "2", "< 0.001"]
    assert difference_cells(ROW) == ["+5.0", "-1.0 to +10.0"]


def test_words_around_the_tables():
    assert "over songs. " in footnote({"new": ROW}, grouped=False)
    assert "over groups of songs. " in footnote({"new": ROW}, grouped=True)
    assert "Wilson's" in footnote({"new": {**ROW, "accuracy": 1}}, grouped=False)
    assert split_text(np.array([0, 0]), None) == "1 fold"
    assert split_text(np.array([0, 1]), np.array(["a", "b"])) == "2 folds by 2 groups"
    assert left_out(0) == []
    assert "1 song without windows" in left_out(1)[0]
    assert "2 songs without windows" in left_out(2)[0]
