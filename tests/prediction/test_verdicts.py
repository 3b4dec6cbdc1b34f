import json
import math

from skgenre.prediction._verdicts import COLUMNS, Event, Verdict, table_row

CLASSES = ["jazz", "pop", "rock"]


def test_a_row_of_the_table():
    verdict = Verdict(
        "a.wav",
        (0.3, 0.1, 0.6),
        7,
        (Event(5.0, 12.5, 0.8), Event(0.0, 5.0, 0.2)),
        note="short",
    )
    row = table_row(verdict, CLASSES)
    assert tuple(row)[: len(COLUMNS)] == COLUMNS
    assert row == {
        "song": "a.wav",
        "verdict": "rock",
        "confidence": 0.6,
        "second": "jazz",
        "second_confidence": 0.3,
        "decided_from": 5.0,
        "decided_to": 12.5,
        "windows": 7,
        "error": "",
        "note": "short",
        "proba_jazz": 0.3,
        "proba_pop": 0.1,
        "proba_rock": 0.6,
    }


def test_no_verdict_says_nothing_but_why():
    row = table_row(Verdict("b.wav", error="It is silent."), CLASSES)
    assert row["verdict"] is None
    assert row["second"] is None
    assert row["error"] == "It is silent."
    numbers = {k: v for k, v in row.items() if isinstance(v, float)}
    assert len(numbers) == 7
    assert all(map(math.isnan, numbers.values()))


def test_the_first_of_equals_is_the_verdict_as_predict_has_it():
    row = table_row(Verdict("c.wav", (0.5, 0.5)), ["a", "b"])
    assert (row["verdict"], row["second"]) == ("a", "b")


def test_one_class_has_no_second():
    row = table_row(Verdict("c.wav", (1.0,)), ["a"])
    assert (row["verdict"], row["second"]) == ("a", None)


def test_there_and_back_through_json():
    verdict = Verdict(
        "a.wav", (0.1, 1 / 3), 2, (Event(0.0, 1 / 3, 1.0),), "odd", "short"
    )
    assert Verdict.from_json(json.loads(json.dumps(verdict.to_json()))) == verdict


def test_a_threshold_may_say_another_class():
    row = table_row(Verdict("a.wav", (0.3, 0.1, 0.6), said=1), CLASSES)
    assert (row["verdict"], row["confidence"]) == ("pop", 0.1)
    assert (row["second"], row["second_confidence"]) == ("rock", 0.6)
