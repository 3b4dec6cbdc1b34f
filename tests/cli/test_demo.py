import csv
import json

import numpy as np
import pytest
from shell import FILES

from skgenre.cli import main


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
    assert f"skgenre evaluate {songs} --window 2 --folds 2" in said.out
    assert sorted(path.name for path in out.iterdir()) == sorted([*FILES, songs.name])
    with (out / "predictions.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    proba = [
        [float(value) for name, value in row.items() if name.startswith("proba_")]
        for row in rows
    ]
    np.testing.assert_allclose(np.sum(proba, axis=1), 1, atol=1e-5)


@pytest.mark.slow
def test_c_votings_of_the_demo_differ_and_beat_their_windows(tmp_path, capsys):
    assert main(["demo", "--out", str(tmp_path)]) == 0
    report = json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8"))
    accuracy = {name: row["accuracy"] for name, row in report["votings"].items()}
    assert len(set(accuracy.values())) >= 3
    windows = report["votings"]["mean"]["window_accuracy"]
    assert accuracy["mean"] > windows + 0.05
    assert accuracy["max"] < accuracy["mean"]
