"""What an inspection concludes, from surveys made by hand."""

import numpy as np
import pytest

from skgenre.cli._inspection import Copies, Inspection, find_leftovers
from skgenre.datasets import SongSurvey, choose_windowing
from skgenre.datasets._unit import MUSIC, OTHER
from skgenre.model_selection import Duplicates


def inspection(
    labels,
    *,
    artists=None,
    seconds=None,
    rates=22050.0,
    formats=None,
    reasons=None,
    silent=None,
    levels=-20.0,
    remarks=None,
    pairs=(),
    words=OTHER,
):
    """An inspection of songs that were never there."""
    n_songs = len(labels)

    def filled(value):
        return np.broadcast_to(np.array(value, dtype=float), n_songs)

    survey = SongSurvey(
        song_ids=[f"{i}.wav" for i in range(n_songs)],
        seconds=filled(30.0 if seconds is None else seconds),
        native_rate=filled(rates),
        n_channels=np.ones(n_songs, dtype=int),
        formats=["WAV"] * n_songs if formats is None else formats,
        peak_db=filled(-3.0),
        level_db=filled(levels),
        silent=np.zeros(n_songs, bool) if silent is None else np.array(silent),
        reasons=[None] * n_songs if reasons is None else reasons,
        remarks=[()] * n_songs if remarks is None else remarks,
        is_decoded=True,
    )
    positions = np.flatnonzero(survey.readable)
    return Inspection(
        words=words,
        names=survey.song_ids,
        labels=np.array(labels),
        artists=[None] * n_songs if artists is None else artists,
        survey=survey,
        copies=Copies(Duplicates(list(pairs), positions.tolist()), positions),
        windowing=choose_windowing(survey) if survey.readable.any() else None,
        sources={},
        leftovers={},
    )


def test_all_is_well():
    found = inspection(["a", "b"] * 6)
    assert found.doubts == []
    assert found.untrainable is None
    assert found.broken == found.noted == {}
    assert found.missing == found.silent == found.quiet == found.too_short == []
    assert found.pairs == []


def test_classes_in_numbers():
    found = inspection(
        ["a", "a", "a", "b", "b"],
        artists=["X", "X", "Y", None, None],
        seconds=[10.0, 20.0, 60.0, 30.0, np.nan],
        reasons=[None, None, None, None, "broken"],
    )
    assert found.classes == {
        "a": {
            "songs": 3,
            "readable": 3,
            "groups": 2,
            "unknown_groups": 0,
            "seconds": {"min": 10.0, "median": 20.0, "max": 60.0},
        },
        "b": {
            "songs": 2,
            "readable": 1,
            "groups": 0,
            "unknown_groups": 1,
            "seconds": {"min": 30.0, "median": 30.0, "max": 30.0},
        },
    }
    assert found.n_known == 3


def test_each_fault_has_its_list():
    found = inspection(
        ["a", "b"] * 5,
        reasons=["cut short", None, "There is no such file.", None, "It is silent."]
        + [None] * 5,
        silent=[False] * 4 + [True] + [False] * 5,
        remarks=[("never said",), ("one.", "two.")] + [()] * 8,
        levels=[-20.0] * 5 + [-61.0, np.nan] + [-20.0] * 3,
        seconds=[30.0] * 7 + [2.0] + [30.0] * 2,
    )
    assert found.broken == {"0.wav": "cut short", "2.wav": "There is no such file."}
    assert found.missing == ["2.wav"]
    assert found.silent == ["4.wav"]
    assert found.noted == {"1.wav": "one. two."}
    assert found.quiet == ["5.wav"]
    assert found.too_short == ["7.wav"]


# -- doubts ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "names",
    [("Rock", "rock"), ("hip hop", "Hip-Hop"), ("a_b", "AB"), ("rock", "rock ")],
)
def test_classes_that_differ_by_case_and_blanks(names):
    (said,) = inspection(list(names) * 5).doubts
    first, second = sorted(names)
    assert said == (
        f"{first!r} and {second!r} are 2 classes. If they are one, give them one name."
    )


def test_classes_that_do_not_are_two():
    assert inspection(["C", "C#", "D", "B-52"] * 5).doubts == []


def test_classes_with_too_few_for_the_folds():
    found = inspection(["a"] * 6 + ["b"] * 4 + ["c"])
    assert found.doubts == [
        "The class 'b' has 4 recordings only, so there are 4 folds at most, not 5.",
        "The class 'c' has 1 recording only, so it cannot be both learned and tested.",
    ]
    # Five songs by two artists and one unknown, which counts for itself.
    artists = ["A", "B", "C", "D", "E", "V", "V", "W", "W", None]
    found = inspection(["a"] * 5 + ["b"] * 5, artists=artists, words=MUSIC)
    assert found.doubts == [
        "The genre 'b' has 3 artists only, so there are 3 folds at most, not 5."
    ]
    nothing = inspection(["a"] * 5 + ["b"] * 5 + ["c"], reasons=[None] * 10 + ["bad"])
    assert nothing.doubts == ["The class 'c' has no recording that can be used."]


def test_one_class_that_is_nearly_all():
    (said,) = inspection(["a"] * 95 + ["b"] * 5).doubts
    assert said == (
        "Whoever always says 'a' is right of 95 % of recordings: look at balanced "
        "accuracy, where that gets 50 %."
    )
    assert inspection(["a"] * 14 + ["b"] * 6).doubts == []


def test_classes_that_were_recorded_otherwise():
    labels = ["a"] * 5 + ["b"] * 5
    (said,) = inspection(labels, rates=[8000.0] * 5 + [44100.0] * 5).doubts
    assert said == (
        "The rate tells classes apart: 'a' is at 8,000 Hz, 'b' at 44,100 Hz. A model "
        "may learn that instead of what is heard."
    )
    (said,) = inspection(labels, formats=["WAV"] * 5 + ["MP3"] * 5).doubts
    assert said.startswith("The format tells classes apart: 'a' is WAV, 'b' MP3.")
    # Mixed within classes, or unknown, tells nothing.
    mixed = [8000.0, 44100.0] * 5
    assert inspection(labels, rates=mixed).doubts == []
    assert inspection(labels, rates=[8000.0] * 5 + [np.nan] * 5).doubts == []


# -- can it be trained on? ------------------------------------------------------------


def test_one_class_cannot_be_trained_on():
    assert inspection(["a"] * 9).untrainable.startswith(
        "Only the class 'a' has recordings that can be used, but expected at least two"
    )
    half = inspection(["a", "a", "b"], reasons=[None, None, "bad"])
    assert half.untrainable.startswith("Only the class 'a' has")


def test_nothing_can_be_trained_on():
    found = inspection(["a", "b"], reasons=["bad", "worse"])
    assert found.untrainable == (
        "None of 2 recordings can be used. The first, 0.wav: bad"
    )
    assert found.doubts == []
    assert found.to_json()["windowing"] is None


# -- copies ---------------------------------------------------------------------------


def test_pairs_are_named_by_their_place_among_all():
    """The first song is broken, so the pair (0, 2) of the readable is 1 and 3."""
    found = inspection(
        ["a", "a", "b", "b"],
        artists=["X", "X", "Y", "Z"],
        reasons=["bad", None, None, None],
        pairs=[(0, 2, 0.9, 1.5, 20.0, False)],
    )
    assert found.pairs == [
        {
            "songs": ["1.wav", "3.wav"],
            "classes": ["a", "b"],
            "groups": ["X", "Z"],
            "similarity": 0.9,
            "offset_seconds": 1.5,
            "overlap_seconds": 20.0,
            "exact": False,
        }
    ]


# -- beside the songs -----------------------------------------------------------------


def test_leftovers(tmp_path):
    names = ["a/x.wav", "a/x.wav.asd", "a/y.ASD", "a/._x.wav", "b/z.wav.part", "n.txt"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert find_leftovers(tmp_path) == {".asd": 2, "._": 1, ".part": 1}
    assert find_leftovers(tmp_path / "nowhere") == {}
