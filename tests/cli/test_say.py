import json
import warnings
from pathlib import Path

import numpy as np
import pytest

from skgenre import SongWindows
from skgenre.audio import Excerpt
from skgenre.cli._say import Speaker, below, count, ensured, example_songs, plain
from skgenre.model_selection import VotingComparison


def made(shares, y, counts=None):
    """Songs of two genres; of each, how many of its windows say "jazz"."""
    counts = [4] * len(y) if counts is None else counts
    windows = np.concatenate(
        [
            np.where(np.arange(n) < jazz, 0.9, 0.2)
            for n, jazz in zip(counts, shares, strict=True)
        ]
    )
    window_proba = SongWindows(np.column_stack([windows, 1 - windows]), counts)
    means = np.array([proba.mean(axis=0) for proba in window_proba])
    return VotingComparison(
        y=y,
        song_proba={"mean": means},
        window_proba=window_proba,
        fold=np.arange(len(y)) % 2,
        reference="mean",
    )


@pytest.fixture
def said(capsys):
    """Give what was said since the last time."""
    return lambda: capsys.readouterr().out


def test_numbers_with_units():
    assert count(1, "song") == "1 song"
    assert count(0, "artist") == "0 artists"
    assert count(2, "file") == "2 files"


def test_files_are_named_below_their_folder(tmp_path, monkeypatch):
    assert below(str(tmp_path / "a" / "b.wav"), tmp_path) == "a/b.wav"
    assert below("/elsewhere/b.wav", tmp_path) == "/elsewhere/b.wav"
    monkeypatch.setenv("HOME", str(tmp_path))
    assert below(tmp_path / "songs" / "b.wav", type(tmp_path)("~/songs")) == "b.wav"


def test_parts_of_files_are_named_below_their_folder(tmp_path):
    part = Excerpt(tmp_path / "a" / "b.wav", 1, 2.5)
    assert below(part, tmp_path) == "a/b.wav [1.0 to 2.5 s]"
    assert below(str(part), tmp_path) == "a/b.wav [1.0 to 2.5 s]"


def test_examples_are_of_mixed_windows_and_of_two_genres():
    # Verdicts: jazz, jazz, rock, rock, jazz, rock; the last two are wrong.
    y = np.array(["jazz", "jazz", "rock", "rock", "rock", "jazz"])
    comparison = made([4, 3, 0, 1, 3, 1], y)
    assert comparison.verdicts("mean").tolist() == [
        "jazz", "jazz", "rock", "rock", "jazz", "rock",
    ]  # fmt: skip
    assert example_songs(comparison, "mean") == [1, 3, 4, 5]


def test_examples_have_more_than_two_windows():
    comparison = made([2, 3, 0], ["jazz", "jazz", "rock"], counts=[2, 4, 2])
    assert example_songs(comparison, "mean") == [1]
    few = made([2, 0], ["jazz", "rock"], counts=[2, 2])
    assert example_songs(few, "mean") == [0]


def test_examples_are_of_songs_that_some_fold_tests():
    comparison = made([4, 3, 0], ["jazz", "jazz", "rock"])
    windows = comparison.window_proba
    none = VotingComparison(
        y=["jazz", "jazz", "rock", "rock"],
        song_proba={
            name: np.vstack([proba, [np.nan] * 2])
            for name, proba in comparison.song_proba.items()
        },
        window_proba=SongWindows(
            windows.values,
            [*windows.counts, 0],
            starts=windows.starts,
            window_seconds=1.0,
        ),
        fold=[0, 0, 0, -1],
        reference=comparison.reference,
    )
    assert example_songs(none, "mean") == example_songs(comparison, "mean")


def test_sentences_are_numbered(said):
    say = Speaker()
    say.done("First.")
    say.seconds = 1.23
    say.done("Second.")
    say.done("Third.")
    assert said().splitlines() == ["1. First.", "2. Second. (1.2 s)", "3. Third."]


def test_warnings_of_a_step_are_said_once_each(said):
    say = Speaker()
    with say.step(unsaid=("hush",)):
        for text in ("one", "two", "one", "hush now"):
            warnings.warn(text, UserWarning, stacklevel=1)
        warnings.warn("not for users", RuntimeWarning, stacklevel=1)
    assert said().splitlines() == ["Warning: one", "Warning: two"]
    assert say.seconds >= 0


def test_a13_what_was_ensured():
    all_known = {"n_unknown": 0, "n_songs": 9}
    heard = "No song was judged by a model that had heard it"
    assert ensured(**all_known, unsearched=None).startswith(heard)
    unknown = ensured(n_unknown=2, n_songs=9, unsearched=None)
    assert heard not in unknown
    assert "artists are not known of 2 of 9 songs." in unknown
    unsearched = ensured(**all_known, unsearched="too many")
    assert heard not in unsearched
    assert "Copies were not looked for (too many)" in unsearched


def test_c_no_color_gives_no_codes(monkeypatch, capsys):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    Speaker().line("loud", style="bold yellow")
    assert "\x1b[" in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    Speaker().line("quiet", style="bold yellow")
    assert capsys.readouterr().out == "quiet\n"


def test_what_looks_like_markup_is_said_as_it_is(said):
    Speaker().line("[bold]x[/bold] [a - b]")
    assert said() == "[bold]x[/bold] [a - b]\n"


def test_table_and_examples(said):
    comparison = made([4, 3, 0, 3], ["jazz", "jazz", "rock", "rock"])
    say = Speaker()
    say.table(comparison, "mean", "What was ensured.")
    out = said()
    assert str(comparison) in out
    assert (
        "The voting 'mean' gets 75.0 % of songs right, windows alone are right in"
        in out
    )
    assert "Always 'jazz' would get 50.0 % of songs right." in out
    assert "Right of each genre: jazz 100 %, rock 50 %; on average 75.0 %" in out
    assert out.endswith("What was ensured.\n")
    say.examples(comparison, "mean", [1, 3, 1], list("abcd"))
    assert said().splitlines() == [
        "  b: jazz, right (jazz 0.73, rock 0.28; 3 of 4 windows say jazz)",
        "  d: jazz, but it is rock (jazz 0.73, rock 0.28; 3 of 4 windows say jazz)",
    ]


def test_one_object_in_the_place_of_words(said):
    say = Speaker(json=True)
    say.done("First.")
    say.warn("odd")
    say.result("evaluate", {"auc": np.float64("nan"), "y": np.array([1, 2])})
    found = json.loads(said())
    assert found.pop("skgenre")
    assert found == {
        "command": "evaluate", "auc": None, "y": [1, 2], "warnings": ["odd"],
    }  # fmt: skip


def test_no_object_among_words(said):
    Speaker().result("evaluate", {"auc": 1.0})
    assert said() == ""


def test_what_json_can_hold():
    found = {Path("a"): (np.int64(1), float("inf"), None, True), 2: "caf\udce9.mp3"}
    assert plain(found) == {"a": [1, None, None, True], "2": "caf\\xe9.mp3"}
