import pytest
import votings


def test_holm_by_hand():
    # Times 3, 2, 1, never falling, never above 1.
    found = {
        "majority": {"p_value": 1.0},
        "a": {"p_value": 0.01},
        "b": {"p_value": 0.04},
        "c": {"p_value": 0.03},
    }
    votings.add_corrected(found)
    corrected = {name: found[name].get("p_holm") for name in found}
    assert corrected == pytest.approx(
        {"majority": None, "a": 0.03, "b": 0.06, "c": 0.06}
    )


def test_rounded_keeps_the_structure():
    report = {"a": [1.23456789, {"b": 2.0}], "n": 3, "name": "x"}
    assert votings.rounded(report) == {"a": [1.23457, {"b": 2.0}], "n": 3, "name": "x"}


def test_each_cell_is_run_once():
    assert len(votings.CELLS) == 6
    assert ("SVM", 0.5) in votings.CELLS
