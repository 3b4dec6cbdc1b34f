import csv
import json

import numpy as np
import pytest
from sklearn.utils import Bunch

from skgenre.cli._compare_files import COMPARED_FILES, save_compared
from skgenre.model_selection import ModelComparison

PROBA = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.1, 0.9]])


@pytest.mark.parametrize("models", [["fast, mean"], ["fast, mean", "fast, max"]])
def test_files(models, tmp_path):
    comparison = ModelComparison(
        y=["a", "b", "a", "b"],
        song_proba=dict(zip(models, [PROBA, PROBA[:, ::-1]], strict=False)),
        fold=[0, 1, 0, 1],
    )
    songs = Bunch(
        data=[f"{i}.wav" for i in range(5)],
        target=np.array(["a", "b", "a", "a", "b"]),
        artists=["=1+1", None, "x", "x", "y"],
    )
    save_compared(
        tmp_path / "out",
        comparison,
        songs=songs,
        names=songs.data,
        heard=np.array([0, 1, 3, 4]),
        errors={"2.wav": "It is none."},
        result={"nothing": np.nan, "seconds": np.float64(1.5)},
    )
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(COMPARED_FILES)
    with (tmp_path / "out" / "predictions.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["song", "artist", "genre", "fold", *models, "error"]
    assert [row["fast, mean"] for row in rows] == ["a", "b", "", "a", "b"]
    assert [row["fold"] for row in rows] == ["0", "1", "", "0", "1"]
    assert rows[2]["error"] == "It is none."
    # No spreadsheet runs it.
    assert rows[0]["artist"] == "'=1+1"
    report = json.loads((tmp_path / "out" / "comparison.json").read_text())
    assert report["nothing"] is None
    assert report["seconds"] == 1.5
    assert "skgenre" in report
