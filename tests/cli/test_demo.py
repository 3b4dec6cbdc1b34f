import csv

import numpy as np
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
    assert f"skgenre evaluate {songs}" in said.out
    assert sorted(path.name for path in out.iterdir()) == sorted([*FILES, songs.name])
    with (out / "predictions.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    proba = [
        [float(value) for name, value in row.items() if name.startswith("proba_")]
        for row in rows
    ]
    np.testing.assert_allclose(np.sum(proba, axis=1), 1, atol=1e-5)
