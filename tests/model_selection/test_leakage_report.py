import pickle
import sys

import numpy as np
import pytest
from leaky_songs import accuracies, hand_made

from skgenre.model_selection import LeakageReport


def test_numbers_by_hand():
    report = hand_made()
    assert accuracies(report, "window") == {"window": 1, "song": 0.75, "artist": 0.5}
    assert accuracies(report, "song") == {"window": 1, "song": 0.5, "artist": 0.75}
    points = {
        (row["level"], row["split"], row["against"]): row["points"]
        for row in report.inflation
    }
    assert points == {
        ("window", "window", "song"): 25,
        ("window", "window", "artist"): 50,
        ("window", "song", "artist"): 25,
        ("song", "window", "song"): 50,
        ("song", "window", "artist"): 25,
        ("song", "song", "artist"): -25,
    }
    for row in [*report.scores, *report.inflation]:
        assert row["low"] <= row.get("accuracy", row.get("points")) <= row["high"]


def test_draws_artists_where_known():
    one_artist = hand_made(artists=["a"] * 4)
    for row in one_artist.scores:
        # One draw at a time, of which no other exists; Wilson's where all are right.
        low = 0.2065 if row["accuracy"] == 1 else row["accuracy"]
        assert row["low"] == pytest.approx(low, abs=1e-4)
        assert row["accuracy"] == row["high"]
    # Unknown ones are artists of their own: the same as no artists at all.
    assert hand_made(artists=[None, "", np.nan, "b"]).scores == hand_made().scores


def test_table_and_texts():
    report = hand_made(artists=["a", "a", None, "b"])
    frame = report.to_frame()
    assert frame.columns.tolist() == [
        "level", "split", "n", "accuracy", "low", "high",
        "inflation", "inflation_low", "inflation_high",
    ]  # fmt: skip
    assert frame["inflation"].tolist() == [50, 25, 0, 25, -25, 0]
    assert frame["n"].tolist() == [8] * 3 + [4] * 3
    text = str(report)
    assert "8 windows of 4 songs by 2 artists and 1 songs by unknown ones" in text
    assert "random windows - whole artists" in text
    assert report.sentence in text
    assert all(line == line.rstrip() for line in text.splitlines())
    assert "<td>100.0 %</td>" in report._repr_html_()
    assert repr(report) == (
        "LeakageReport(n_songs=4, n_windows=8, splits=['window', 'song', 'artist'])"
    )
    assert pickle.loads(pickle.dumps(report)).scores == report.scores


def test_text_needs_no_pandas(monkeypatch):
    # What None stands for cannot be imported.
    monkeypatch.setitem(sys.modules, "pandas", None)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    report = hand_made()
    assert "whole artists" in str(report)
    assert "whole artists" in report._repr_html_()
    with pytest.raises(ModuleNotFoundError, match=r"skgenre\[plot\]"):
        report.to_frame()


def test_splits_are_told_from_the_leakiest_on():
    report = hand_made()
    turned = LeakageReport(
        y=report.y,
        groups=report.groups,
        window_proba=dict(reversed(report.window_proba.items())),
        song_proba=dict(reversed(report.song_proba.items())),
    )
    assert turned.held_out == {
        "window": "random windows",
        "song": "whole songs",
        "artist": "whole artists",
    }
    assert turned.scores == report.scores
    assert turned.inflation == report.inflation
    assert str(turned) == str(report)


def certain(y, right):
    """Probabilities that are right where `right` says so."""
    return np.eye(2)[np.where(right, y, 1 - y)]


def two_splits(right_windows, right_songs):
    """Forty songs of one window; under a random split and with whole songs held out."""
    y = np.tile([0, 1], 20)
    return LeakageReport(
        y=y,
        groups=np.arange(40),
        window_proba={
            "window": certain(y, right_windows),
            "song": certain(y, right_songs),
        },
        song_proba={
            "window": certain(y, right_windows),
            "song": certain(y, right_songs),
        },
    )


ALL, HALF = np.ones(40, bool), np.arange(40) < 20


@pytest.mark.parametrize(
    ("windows", "songs", "start"),
    [
        (
            ALL,
            HALF,
            "Here a split by random windows flatters the model: it shows 100.0",
        ),
        (HALF, ALL, "Here a split by random windows does not flatter the model: it sh"),
        (
            HALF,
            HALF,
            "Here 40 songs show no sure difference between a split by random windows "
            "and one by whole songs: it shows 50.0 % of windows right",
        ),
    ],
)
def test_the_sentence_says_what_the_numbers_do(windows, songs, start):
    assert two_splits(windows, songs).sentence.startswith(start)


def test_the_sentence_whole():
    # All of 40 right, then half of them: 20 of 40 is 50 %, and so is what is expected.
    report = two_splits(ALL, HALF)
    low, high = (100 * report.scores[-1][end] for end in ("low", "high"))
    assert report.sentence == (
        "Here a split by random windows flatters the model: it shows 100.0 % of "
        "windows right, against 50.0 % when whole songs are held out (-50.0 points, "
        f"95 % interval {low - 100:+.1f} to {high - 100:+.1f}). Of new songs, expect "
        f"50.0 % to get the right verdict ({low:.1f} to {high:.1f} %), where that "
        "split shows 100.0 %."
    )


def test_splits_must_be_known_and_the_same():
    with pytest.raises(ValueError, match="the same at least two of"):
        LeakageReport(
            y=[0], groups=[0], window_proba={"song": []}, song_proba={"song": []}
        )
    proba = {"window": [[1, 0]], "album": [[1, 0]]}
    with pytest.raises(ValueError, match="'window', 'album'"):
        LeakageReport(y=[0], groups=[0], window_proba=proba, song_proba=proba)
