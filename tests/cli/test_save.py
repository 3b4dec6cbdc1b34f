import csv
import json

import numpy as np
import pytest
from sklearn.utils import Bunch

import skgenre
from skgenre import SongWindows
from skgenre.cli._save import (
    FILES,
    Findings,
    _confusion,
    facts_of,
    save_comparison,
    save_pictures,
    save_predictions,
)
from skgenre.datasets._unit import MUSIC, OTHER
from skgenre.model_selection import VotingComparison


@pytest.fixture
def found():
    """Four of five songs in two folds; the third cannot be used."""
    proba = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.7, 0.3]])
    comparison = VotingComparison(
        y=["jazz", "jazz", "rock", "rock"],
        song_proba={"mean": proba, "max": proba[::-1]},
        window_proba=SongWindows(
            np.repeat(proba, [1, 2, 3, 4], axis=0),
            [1, 2, 3, 4],
            starts=np.concatenate([np.arange(n) for n in (1, 2, 3, 4)]),
            window_seconds=2.0,
        ),
        fold=[0, 1, 0, 1],
        reference="max",
        n_bootstrap=20,
    )
    songs = Bunch(
        data=[f"/nowhere/{i}.wav" for i in range(5)],
        artists=["A", None, "B", "C", "D"],
        target=np.array(["jazz", "jazz", "jazz", "rock", "rock"]),
        groups=np.array(["A", "unknown: b", "B", "C", "D"]),
    )
    names = [f"{genre}/{i}.wav" for i, genre in enumerate(songs.target)]
    heard = np.array([0, 1, 3, 4])
    return Findings(comparison, "mean", songs, names, heard, {"jazz/2.wav": "Broken."})


def test_names_of_the_songs_of_the_comparison(found):
    assert found.heard_names == ["jazz/0.wav", "jazz/1.wav", "rock/3.wav", "rock/4.wav"]


def test_predictions_are_of_all_songs(found, tmp_path):
    save_predictions(tmp_path, found)
    with (tmp_path / "predictions.csv").open(encoding="utf-8") as file:
        lines = list(csv.reader(file))
    assert lines == [
        [
            "song",
            "artist",
            "genre",
            "fold",
            "windows",
            "verdict",
            "proba_jazz",
            "proba_rock",
            "error",
        ],
        ["jazz/0.wav", "A", "jazz", "0", "1", "jazz", "0.900000", "0.100000", ""],
        ["jazz/1.wav", "", "jazz", "1", "2", "jazz", "0.600000", "0.400000", ""],
        ["jazz/2.wav", "B", "jazz", "", "0", "", "", "", "Broken."],
        ["rock/3.wav", "C", "rock", "0", "3", "rock", "0.200000", "0.800000", ""],
        ["rock/4.wav", "D", "rock", "1", "4", "jazz", "0.700000", "0.300000", ""],
    ]


def test_songs_that_no_fold_tests_have_no_verdict(found, tmp_path):
    found.comparison.fold[2] = -1
    found.comparison.song_proba["mean"][2] = np.nan
    save_predictions(tmp_path, found)
    with (tmp_path / "predictions.csv").open(encoding="utf-8") as file:
        lines = list(csv.reader(file))
    untested = ["rock/3.wav", "C", "rock", "", "0", "", "", "", "tested in no fold"]
    assert lines[4] == untested
    ax = _confusion(found.comparison, "mean", MUSIC).axes[0]
    assert [text.get_text() for text in ax.texts][:2] == ["2", "1"]
    assert ax.get_title(loc="left") == "2 of 3 songs right (66.7 %)"


def test_comparison_is_json(found, tmp_path):
    save_comparison(tmp_path, facts_of(found, {"voting": "mean"}))
    report = json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8"))
    assert report["skgenre"] == skgenre.__version__
    assert report["settings"] == {"voting": "mean"}
    assert report["by_artist"] is True
    assert report["classes"] == ["jazz", "rock"]
    assert report["reference"] == "max"
    assert report["votings"]["mean"]["accuracy"] == 0.75
    assert report["votings"]["max"]["n_better"] == 0
    assert [line["fold"] for line in report["folds"]] == [0, 0, 1, 1]
    assert report["errors"] == {"jazz/2.wav": "Broken."}


def test_pictures(found, tmp_path):
    from matplotlib import pyplot

    before = pyplot.get_fignums()
    save_pictures(tmp_path, found, [1, 3])
    pictures = [name for name in FILES if name.endswith(".png")]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(pictures)
    for name in pictures:
        height, width, _ = pyplot.imread(tmp_path / name).shape
        assert min(height, width) > 300
    assert pyplot.get_fignums() == before


def test_c_confusion_is_shaded_by_shares_of_a_genre():
    y = ["often"] * 90 + ["rare"] * 2
    proba = np.tile([0.9, 0.1], (92, 1))
    proba[-1] = [0.2, 0.8]
    comparison = VotingComparison(
        y=y,
        song_proba={"mean": proba},
        window_proba=SongWindows(proba, [1] * 92),
        fold=np.zeros(92, int),
        reference="mean",
    )
    ax = _confusion(comparison, "mean", MUSIC).axes[0]
    np.testing.assert_allclose(ax.images[0].get_array(), [[1, 0], [0.5, 0.5]])
    assert ax.images[0].get_clim() == (0, 1)
    assert [text.get_text() for text in ax.texts][:3] == ["90", "1", "1"]


def test_confusion_has_the_words_of_the_data(found):
    ax = _confusion(found.comparison, "mean", OTHER).axes[0]
    assert ax.get_title(loc="left") == "3 of 4 recordings right (75.0 %)"
    assert ax.get_ylabel() == f"{OTHER.label} (recordings)"
    assert ax.get_xlabel() == "verdict by mean"
