import csv
import json

import numpy as np
import pytest
from shell import FILES
from sklearn.utils import Bunch

from skgenre import SongWindows
from skgenre.cli import main
from skgenre.cli._demo import telling_song
from skgenre.cli._save import Findings
from skgenre.model_selection import VotingComparison


@pytest.mark.slow
def test_one_json_object(tmp_path, capsys):
    argv = ["demo", "--out", str(tmp_path), "--songs", "2", "--seed", "1", "--json"]
    assert main(argv) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["command"] == "demo"
    assert found["votings"]["mean"]["n_songs"] == 10


def test_demo(tmp_path, capsys):
    out = tmp_path / "demo"
    argv = ["demo", "--out", str(out), "--songs", "2", "--seed", "1"]
    assert main(argv) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert "Synthesised 10 songs of 5 genres" in said.out
    assert "Windows alone:" in said.out
    assert "naive_bayes" in said.out
    assert "windows say" in said.out
    songs = out / "songs-2-per-genre-seed-1"
    assert "They are made up so that windows disagree" in said.out
    assert "of 7 votings" in said.out
    assert "that only music can tell" in said.out
    assert f"  skgenre train {songs} -o {out / 'model.skgenre'}\n" in said.out
    assert f"  skgenre predict {out / 'model.skgenre'} {songs}\n" in said.out
    files = [*FILES, "one_song.png", songs.name]
    assert sorted(path.name for path in out.iterdir()) == sorted(files)
    assert "which is right" in said.out
    with (out / "predictions.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    proba = [
        [float(value) for name, value in row.items() if name.startswith("proba_")]
        for row in rows
    ]
    np.testing.assert_allclose(np.sum(proba, axis=1), 1, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 3])
def test_c_votings_of_the_demo_differ_and_beat_their_windows(tmp_path, seed):
    assert main(["demo", "--out", str(tmp_path), "--seed", str(seed)]) == 0
    report = json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8"))
    accuracy = {name: row["accuracy"] for name, row in report["votings"].items()}
    assert len(set(accuracy.values())) >= 4
    assert accuracy["mean"] > report["votings"]["mean"]["window_accuracy"] + 0.1
    # What windows of applause are not sure of, a majority counts in full.
    assert accuracy["majority"] < accuracy["mean"] - 0.04
    # One window of an interlude is enough for this one.
    assert accuracy["max"] < accuracy["mean"] - 0.04


def found(verdicts, windows, y):
    """Findings of songs of four windows each, of which windows say what they do."""
    proba = np.full((4 * len(y), 2), 0.4)
    proba[np.arange(4 * len(y)), np.ravel(windows)] = 0.6
    names = [f"{i}.wav" for i in range(len(y))]
    comparison = VotingComparison(
        y=y,
        song_proba=verdicts,
        window_proba=SongWindows(proba, [4] * len(y), song_ids=names),
        fold=np.zeros(len(y), int),
    )
    return Findings(
        comparison=comparison,
        voting="mean",
        songs=Bunch(data=names),
        names=names,
        heard=np.arange(len(y)),
        errors={},
    )


# Of four songs of class 0: all windows right, three of four, one of four, none.
WINDOWS = [[0, 0, 0, 0], [0, 0, 0, 1], [1, 1, 0, 1], [1, 1, 1, 1]]
MAJORITY = [[1, 0], [0.75, 0.25], [0.25, 0.75], [0, 1]]
Y = [0, 0, 0, 0, 1]


@pytest.mark.parametrize(
    ("mean", "song"),
    [
        ([0.9, 0.8, 0.55, 0.1], 2),  # right against the majority
        ([0.9, 0.8, 0.45, 0.1], 1),  # mixed, and the majority is right as well
        ([0.9, 0.3, 0.45, 0.1], None),  # nothing but agreement
    ],
)
def test_the_song_that_is_shown(mean, song):
    verdicts = {
        "majority": [*MAJORITY, [0, 1]],
        "mean": [*([p, 1 - p] for p in mean), [0, 1]],
    }
    assert telling_song(found(verdicts, [*WINDOWS, [1, 1, 1, 1]], Y)) == song


def test_the_clearest_of_several():
    verdicts = {
        "majority": [[0.25, 0.75], [0.25, 0.75], [0, 1]],
        "mean": [[0.6, 0.4], [0.7, 0.3], [0, 1]],
    }
    windows = [[1, 1, 0, 1], [1, 1, 0, 1], [1, 1, 1, 1]]
    assert telling_song(found(verdicts, windows, [0, 0, 1])) == 1
