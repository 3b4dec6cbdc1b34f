import csv
import json
import shutil

import numpy as np
import pytest
import soundfile
from shell import one_line

from skgenre.cli import main
from skgenre.cli._compare_files import COMPARED_FILES
from skgenre.voting._rules import VOTINGS


def compare(folder, *more, folds=3):
    audio = ["--window", "1", "--sample-rate", "8000", "--jobs", "1"]
    return main(["compare", str(folder), *audio, "--folds", str(folds), *more])


@pytest.fixture(scope="module")
def broken(library, tmp_path_factory):
    folder = tmp_path_factory.mktemp("broken") / "library"
    shutil.copytree(library, folder)
    (folder / "high" / "X - broken.wav").write_bytes(b"no audio")
    soundfile.write(folder / "low" / "Y - empty.wav", np.zeros(0), 8000)
    return folder


def test_compare(broken, tmp_path, capsys):
    out = tmp_path / "out"
    assert compare(broken, "--out", str(out), "--cache", str(tmp_path / "c")) == 0
    said = capsys.readouterr()
    assert said.err == ""
    for recipe in ("baseline", "fast"):
        assert f"computed the features of the recipe '{recipe}'" in said.out
        for voting in VOTINGS:
            assert f"\n{recipe}, {voting} " in said.out
    assert said.out.count("36 windows of 1 s, a new one every 0.5 s") == 2
    # Bad files are named once, and left out of all.
    assert said.out.count("2 of 14 files cannot be used:") == 1
    assert said.out.count("X - broken.wav: It cannot be decoded") == 1
    assert "14 models on the same 12 songs in 3 folds by 6 groups." in said.out
    assert "against baseline, mean" in said.out
    assert "voted by 7 votings" in said.out
    assert "no artist on both sides of one" in said.out
    assert "All 14 models get 100.0 % of 12 songs right" in " ".join(said.out.split())
    assert "With 12 songs, one song is 8.3 points." in said.out
    assert "Seconds: baseline " in said.out
    assert any((tmp_path / "c").iterdir())
    assert {path.name for path in out.iterdir()} == set(COMPARED_FILES)
    with (out / "predictions.csv").open(encoding="utf-8") as file:
        rows = {row["song"]: row for row in csv.DictReader(file)}
    assert len(rows) == 14
    assert rows["low/Y - empty.wav"]["fast, max"] == ""
    assert rows["low/Y - empty.wav"]["error"].startswith("It has 0 samples")
    assert rows["low/low band 0 - song 0.wav"]["fast, max"] == "low"
    report = json.loads((out / "comparison.json").read_text())
    assert report["models"]["fast, mean"]["n_songs"] == 12


def test_json_is_all_that_is_said(broken, capsys):
    chosen = ["--recipe", "baseline", "--voting", "max", "--voting", "mean"]
    assert compare(broken, *chosen, "--json", "--seed", "4") == 0
    said = capsys.readouterr()
    assert said.err == ""
    report = json.loads(said.out)
    assert report["command"] == "compare"
    assert list(report["models"]) == ["baseline, max", "baseline, mean"]
    assert report["reference"] == "baseline, mean"
    assert report["settings"]["folds"] == 3
    assert report["settings"]["seed"] == 4
    assert set(report["errors"]) == {"high/X - broken.wav", "low/Y - empty.wav"}
    assert report["models"]["baseline, max"]["accuracy"] == 1
    assert report["seconds"]["baseline"]["fits"] > 0
    assert "Both models get 100.0 % of 12 songs right" in report["conclusion"]
    assert any("2 of 14 files cannot be used" in text for text in report["warnings"])
    # Six songs of each in three folds, by artist, by both votings.
    assert len(report["folds"]) == 6


def test_the_folds_are_those_of_the_seed(library, capsys):
    def folds(seed):
        chosen = ["--recipe", "baseline", "--voting", "mean", "--groups", "none"]
        more = ["--no-copies", "--json", "--seed", str(seed)]
        assert compare(library, *chosen, *more) == 0
        rows = json.loads(capsys.readouterr().out)["folds"]
        return [row["log_loss"] for row in rows]

    assert folds(1) == folds(1)
    assert folds(1) != folds(2)


def test_one_model_is_compared_with_nothing(library, capsys):
    assert compare(library, "--recipe", "baseline", "--voting", "median") == 0
    out = capsys.readouterr().out
    assert "Fitted 1 recipe in the same 3 folds" in out
    assert "it is the only model, so there is nothing to compare it with" in out


def test_lines_of_60_columns(library, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    assert compare(library, "--recipe", "baseline") == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(len(line) for line in lines if str(library) not in line) <= 60
    assert any(line.startswith("baseline, mean_log_proba") for line in lines)


def test_groups_and_copies_are_not_claimed(library, capsys):
    chosen = ["--recipe", "baseline", "--voting", "mean"]
    assert compare(library, *chosen, "--groups", "none", "--no-copies") == 0
    out = capsys.readouterr().out
    assert "Copies were not looked for (--no-copies)" in out
    assert "may be on both sides" in out
    assert "had heard it" not in out


@pytest.mark.parametrize(
    ("more", "match"),
    [
        (["--recipe", "slow"], "Got --recipe slow, but expected one of baseline, fast"),
        (["--voting", "best"], "Got --voting best, but expected one of majority"),
        (["--groups", "who"], "Got --groups who"),
        (["--jobs", "0"], "Got --jobs 0"),
    ],
)
def test_user_errors(library, capsys, more, match):
    assert compare(library, *more) == 1
    assert match in one_line(capsys)


def test_too_few_songs_are_said_before_the_long_part(library, tmp_path, capsys):
    folder = tmp_path / "few"
    shutil.copytree(library / "high", folder / "high")
    (folder / "low").mkdir()
    one = "low band 0 - song 0.wav"
    shutil.copy(library / "low" / one, folder / "low" / one)
    assert compare(folder) == 1
    assert "has one song that can be used" in one_line(capsys)
    (folder / "low" / "second.wav").write_bytes(b"no audio")
    (folder / "low" / one).write_bytes(b"no audio")
    assert compare(folder, "--recipe", "baseline") == 1
    said = capsys.readouterr()
    assert "No song of the genre 'low' can be used" in said.err
    assert "low/second.wav" in said.out


def test_a_cache_is_used_again(library, tmp_path, capsys):
    chosen = ["--recipe", "baseline", "--voting", "mean", "--no-copies"]
    cache = ["--cache", str(tmp_path)]
    assert compare(library, *chosen, *cache, "--json") == 0
    first = json.loads(capsys.readouterr().out)
    assert compare(library, *chosen, *cache, "--json") == 0
    again = json.loads(capsys.readouterr().out)
    assert again["models"]["baseline, mean"]["log_loss"] == pytest.approx(
        first["models"]["baseline, mean"]["log_loss"], abs=0
    )
    assert again["seconds"]["baseline"]["features"] < 2
