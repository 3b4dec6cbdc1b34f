import numpy as np
import pytest

from skgenre.datasets._unit import OTHER
from skgenre.model_selection._duplicates import DuplicatePair
from skgenre.review._ranking import Evidence, ranked_rows

CLASSES = ["blues", "jazz", "rock"]
NAN = [np.nan] * 3


def evidence(proba, labels, *, votes=None, pairs=(), **more):
    proba = np.array(proba, dtype=float)
    names = [f"{i}.wav" for i in range(len(proba))]
    y = None if labels is None else np.array([CLASSES.index(name) for name in labels])
    votes = np.zeros(proba.shape) if votes is None else np.array(votes, dtype=float)
    return Evidence(names, CLASSES, proba, votes, y, pairs=pairs, **more)


def pair(first, second, similarity=0.9, *, exact=False):
    return DuplicatePair(first, second, similarity, 0.0, 12.5, exact)


def songs(rows):
    return [row.song for row in rows]


def test_the_least_likely_label_comes_first():
    proba = [[0.1, 0.3, 0.6], [0.7, 0.2, 0.1], [0.05, 0.9, 0.05], [0.2, 0.02, 0.78]]
    rows = ranked_rows(evidence(proba, ["jazz", "blues", "jazz", "jazz"]))
    assert songs(rows) == ["3.wav", "0.wav"]
    first = rows[0]
    assert (first.rank, first.label, first.verdict) == (1, "jazz", "rock")
    assert (first.confidence, first.second, first.second_confidence) == (
        0.78, "blues", 0.2,
    )  # fmt: skip


def test_reasons_have_the_numbers():
    # Rock that is rock: 0.8 and 0.6, 0.7 on average. The first is above that.
    proba = [[0, 0.1, 0.9], [0.1, 0.4, 0.5], [0.1, 0.1, 0.8], [0.2, 0.2, 0.6]]
    votes = [[0, 1, 9], [2, 4, 5], [0, 0, 8], [0, 0, 8]]
    rows = ranked_rows(evidence(proba, ["jazz", "jazz", "rock", "rock"], votes=votes))
    assert rows[0].reasons == (
        "Labelled jazz (10 %), but rock (90 %) to models that had not been trained on "
        "it. They are as sure as where they are right to say rock (70 % on average). "
        "Of 10 windows, 9 rock, 1 jazz."
    )
    assert rows[1].reasons == (
        "Labelled jazz (40 %), but rock (50 %) to models that had not been trained on "
        "it. They are less sure than where they are right to say rock (70 % on "
        "average). Of 11 windows, 5 rock, 4 jazz, 2 blues."
    )
    assert len(rows) == 2


def test_other_words_than_those_of_music():
    twice = [pair(0, 1)]
    rows = ranked_rows(evidence([NAN, NAN], ["jazz", "rock"], pairs=twice, words=OTHER))
    assert "song" not in rows[0].reasons


def test_a_class_that_is_never_right_says_so():
    # The song that is labelled rock is taken for jazz, with 0.9.
    proba = [[0, 0.1, 0.9], [0, 0.9, 0.1]]
    rows = ranked_rows(evidence(proba, ["jazz", "rock"]))
    assert rows[0].reasons.endswith("They were never right to say rock.")


def test_small_margins_and_windows_that_disagree_come_behind_suspected_labels():
    proba = [
        [0.5, 0.45, 0.05],  # margin 0.05, a quarter of what is small
        [0.9, 0.05, 0.05],  # of its windows 2 of 5: 0.8 of half
        [0.2, 0.5, 0.3],  # margin 0.2: not small
        [0.1, 0.8, 0.1],  # labelled blues
        [0.45, 0.1, 0.3],  # margin 0.15: 0.75 of what is small
    ]
    votes = [[4, 0, 0], [2, 2, 1], [0, 4, 0], [0, 4, 0], [4, 0, 0]]
    labels = ["blues", "blues", "jazz", "blues", "blues"]
    rows = ranked_rows(evidence(proba, labels, votes=votes))
    assert songs(rows) == ["3.wav", "0.wav", "4.wav", "1.wav"]
    assert rows[1].reasons == "A small margin: blues 50 %, jazz 45 %."
    assert rows[3].reasons == "Of 5 windows, 2 blues, 2 jazz, 1 rock."


def test_copies_with_two_labels_come_first_by_the_label_that_is_doubted():
    proba = [[0, 0.7, 0.3], [0.1, 0.2, 0.7], [0, 0, 1], [0, 1, 0]]
    labels = ["rock", "jazz", "rock", "rock"]
    # Of 0 and 1, models give rock 0.3 to the first, and jazz 0.2 to the second.
    rows = ranked_rows(evidence(proba, labels, pairs=[pair(0, 1)]))
    assert songs(rows)[0] == "1.wav"
    assert rows[0].copy_of == "0.wav"
    assert rows[0].reasons.startswith(
        "The same recording as 0.wav (similarity 0.90, 12.5 s in common), which is "
        "labelled rock, and this jazz: one of them is wrong. Labelled jazz (20 %)"
    )
    assert songs(rows)[1:] == ["3.wav", "0.wav"]
    turned = ranked_rows(evidence(proba[::-1], labels[::-1], pairs=[pair(2, 3)]))
    assert (turned[0].song, turned[0].copy_of) == ("2.wav", "3.wav")


def test_copies_and_suspected_labels_take_turns():
    proba = np.tile([0.0, 0.0, 1.0], (9, 1))
    proba[[0, 1, 2]] = [1.0, 0.0, 0.0]
    found = [pair(3, 4, 0.5), pair(5, 6, 0.8), pair(7, 8, 1.0, exact=True)]
    rows = ranked_rows(evidence(proba, ["rock"] * 9, pairs=found))
    assert songs(rows) == ["8.wav", "0.wav", "6.wav", "1.wav", "4.wav", "2.wav"]
    assert [row.rank for row in rows] == [1, 2, 3, 4, 5, 6]
    assert rows[0].reasons == "The same recording as 7.wav (equal to the last sample)."
    assert [row.copy_of for row in rows[:3]] == ["7.wav", "", "5.wav"]


def test_a_song_has_one_row_with_all_reasons():
    proba = [[0, 0, 1], [0.9, 0, 0.1]]
    rows = ranked_rows(evidence(proba, ["rock", "rock"], pairs=[pair(0, 1)]))
    assert songs(rows) == ["1.wav"]
    assert "The same recording as 0.wav" in rows[0].reasons
    assert "Labelled rock (10 %)" in rows[0].reasons


def test_songs_that_nobody_could_judge_are_listed_as_copies_only():
    rows = ranked_rows(
        evidence([NAN, [0, 0, 1], NAN], ["jazz", "rock", "rock"], pairs=[pair(1, 2)])
    )
    assert songs(rows) == ["2.wav"]
    assert (rows[0].verdict, rows[0].second) == ("", "")
    assert np.isnan(rows[0].confidence)
    assert (
        rows[0].reasons
        == "The same recording as 1.wav (similarity 0.90, 12.5 s in common)."
    )


def test_without_labels_nothing_is_suspected():
    proba = [[0.34, 0.33, 0.33], [1, 0, 0], [0, 1, 0]]
    rows = ranked_rows(evidence(proba, None, pairs=[pair(1, 2)]))
    assert songs(rows) == ["2.wav", "0.wav"]
    assert {row.label for row in rows} == {""}
    assert rows[1].reasons == "A small margin: blues 34 %, jazz 33 %."


@pytest.mark.parametrize(
    ("labels", "expected"), [(["rock", "jazz", "jazz"], 1 / 2), (None, None)]
)
def test_agreement_is_of_those_judged(labels, expected):
    found = evidence([[0, 0, 1], [0, 0, 1], NAN], labels)
    assert found.agreement() == expected


def test_nobody_judged():
    assert evidence([NAN, NAN], ["rock", "jazz"]).agreement() is None
    assert ranked_rows(evidence([NAN, NAN], ["rock", "jazz"])) == []
