import csv
import json
import shutil
import sys

import numpy as np
import pytest

import skgenre
from skgenre.cli import main

soundfile = pytest.importorskip("soundfile")
pytest.importorskip("typer")
pytest.importorskip("matplotlib")

FILES = [
    *("comparison.json", "confusion.png", "predictions.csv"),
    *("timeline.png", "votings.png"),
]


def write_song(path, frequency, *, seconds=2.0, rate=8000, seed=0):
    rng = np.random.default_rng(seed)
    n_samples = int(seconds * rate)
    y = 0.3 * np.sin(2 * np.pi * frequency * np.arange(n_samples) / rate)
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, y + 0.05 * rng.normal(size=n_samples), rate)


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """Two genres, three artists each, two songs by each artist."""
    folder = tmp_path_factory.mktemp("library")
    for genre, frequency in {"high": 3000, "low": 300}.items():
        for i in range(6):
            name = f"{genre} band {i % 3} - song {i}.wav"
            write_song(folder / genre / name, frequency + 20 * i, seed=i)
    return folder


def evaluate(folder, out, *more):
    audio = ["--window", "0.5", "--sample-rate", "8000", "--jobs", "1"]
    return main(["evaluate", str(folder), "--out", str(out), *audio, *more])


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"skgenre {skgenre.__version__}\n"


@pytest.mark.parametrize("argv", [[], ["--help"], ["demo", "--help"]])
def test_help(argv, capsys):
    assert main(argv) == 0
    assert "Usage: skgenre" in capsys.readouterr().out


def test_help_names_every_option(capsys):
    assert main(["evaluate", "--help"]) == 0
    out = capsys.readouterr().out
    for option in (
        *("--window", "--hop", "--sample-rate", "--folds", "--artist", "--voting"),
        *("--out", "--cache", "--jobs", "--on-error"),
    ):
        assert option in out


@pytest.mark.parametrize("missing", ["typer", "rich"])
def test_missing_extra(missing, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, missing, None)
    assert main(["--version"]) == 1
    err = capsys.readouterr().err
    assert 'pip install "skgenre[cli]"' in err
    assert missing in err


def test_missing_plotting(library, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert evaluate(library, tmp_path / "out", "--folds", "3") == 1
    assert 'pip install "skgenre[cli]"' in capsys.readouterr().err


def test_evaluate(library, tmp_path, capsys):
    out = tmp_path / "deep" / "out"
    cache = tmp_path / "cache"
    more = ["--folds", "3", "--voting", "median", "--cache", str(cache)]
    assert evaluate(library, out, *more) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert "Found 12 songs of 2 genres" in said.out
    assert "6 high, 6 low" in said.out
    assert "84 windows of 0.5 s, a new one every 0.25 s" in said.out
    assert "no artist is on both sides of a fold; 6 known artists" in said.out
    assert "Warning" not in said.out
    assert "in 3 folds by 6 groups." in said.out
    assert "'median' gets 100.0 % of songs right" in said.out
    assert sorted(path.name for path in out.iterdir()) == FILES
    assert any(cache.iterdir())

    with (out / "predictions.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 12
    assert rows[0]["song"] == "high/high band 0 - song 0.wav"
    assert rows[0]["artist"] == "high band 0"
    assert all(row["verdict"] == row["genre"] for row in rows)
    assert all(row["windows"] == "7" for row in rows)
    assert float(rows[0]["proba_high"]) > 0.5
    folds = {row["artist"]: set() for row in rows}
    for row in rows:
        folds[row["artist"]].add(row["fold"])
    assert all(len(fold) == 1 for fold in folds.values())

    report = json.loads((out / "comparison.json").read_text(encoding="utf-8"))
    assert report["classes"] == ["high", "low"]
    assert report["by_artist"] is True
    assert report["settings"]["voting"] == "median"
    assert report["votings"]["mean"]["accuracy"] == 1
    assert len(report["folds"]) == 3 * len(report["votings"])
    assert report["errors"] == {}


def test_without_artists_it_warns(library, tmp_path, capsys):
    assert evaluate(library, tmp_path, "--artist", "none", "--folds", "2") == 0
    out = capsys.readouterr().out
    assert "no song is on both sides" in out
    assert "The artist of 12 of 12 songs is not known." in out
    assert "may be optimistic" in out
    assert "in 2 folds.\n" in out


def test_songs_of_unknown_artists_are_counted(library, tmp_path, capsys):
    folder = tmp_path / "library"
    shutil.copytree(library, folder)
    write_song(folder / "low" / "nameless.wav", 320)
    assert evaluate(folder, tmp_path / "out", "--folds", "2") == 0
    assert "The artist of 1 of 13 songs is not known." in capsys.readouterr().out


def test_bad_files_are_named_and_left_out(library, tmp_path, capsys):
    folder = tmp_path / "library"
    shutil.copytree(library, folder)
    (folder / "high" / "X - broken.wav").write_bytes(b"no audio")
    soundfile.write(folder / "low" / "Y - empty.wav", np.zeros(0), 8000)
    (folder / "notes").mkdir()
    assert evaluate(folder, tmp_path / "out", "--folds", "3") == 0
    out = capsys.readouterr().out
    assert "hold no songs: 'notes'" in out
    assert "2 of 14 files cannot be used:" in out
    assert "high/X - broken.wav: It cannot be decoded" in out
    assert "low/Y - empty.wav: It has 0 samples at" in out
    assert out.count("broken") == 1
    assert "windows of 12 songs" in out
    with (tmp_path / "out" / "predictions.csv").open(encoding="utf-8") as file:
        rows = {row["song"]: row for row in csv.DictReader(file)}
    assert rows["low/Y - empty.wav"]["error"].startswith("It has 0 samples")
    assert rows["low/Y - empty.wav"]["verdict"] == ""
    assert rows["low/low band 0 - song 0.wav"]["verdict"] == "low"

    code = evaluate(folder, tmp_path / "no", "--folds", "3", "--on-error", "raise")
    assert code == 1
    err = capsys.readouterr().err
    assert "2 of 14 files cannot be used:" in err
    assert "--on-error warn" in err
    assert not (tmp_path / "no").exists()


def test_bad_files_can_leave_too_few(tmp_path, capsys):
    for i in range(2):
        write_song(tmp_path / "high" / f"{i}.wav", 3000, seed=i)
        write_song(tmp_path / "low" / f"{i}.wav", 300, seed=i)
    (tmp_path / "low" / "1.wav").write_bytes(b"no audio")
    assert evaluate(tmp_path, tmp_path / "out", "--folds", "2") == 1
    said = capsys.readouterr()
    assert "low/1.wav" in said.out
    assert "genre 'low' has 1 song only" in said.err


def one_line(capsys):
    err = capsys.readouterr().err
    assert err.startswith("Error: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    return err


@pytest.mark.parametrize(
    ("more", "match"),
    [
        (["--folds", "5"], "has 3 artists only, but expected one per fold"),
        (["--folds", "5"], "Use --folds 3"),
        (["--folds", "1"], "--folds"),
        (["--folds", "7", "--artist", "none"], "Use --folds 6"),
        (["--voting", "mode"], "Got --voting mode, but expected one of majority,"),
        (["--artist", "me"], "Got --artist me, but expected one of auto,"),
        (["--on-error", "x"], "Got --on-error x, but expected one of warn, raise"),
        (["--folds", "3", "--hop", "0"], "hop_seconds"),
        (["--folds", "3", "--window", "-1"], "window_seconds"),
        (["--window", "long"], "--window"),
        (["--nonsense"], "--nonsense"),
    ],
)
def test_user_errors(library, tmp_path, capsys, more, match):
    assert evaluate(library, tmp_path / "out", *more) == 1
    assert match in one_line(capsys)
    assert not (tmp_path / "out").exists()


def test_folders_that_are_none(library, tmp_path, capsys):
    out = tmp_path / "out"
    (tmp_path / "empty").mkdir()
    assert evaluate(tmp_path / "empty", out) == 1
    assert "holds no songs" in one_line(capsys)
    assert evaluate(tmp_path / "missing", out) == 1
    assert "expected an existing folder" in one_line(capsys)
    song = library / "low" / "low band 0 - song 0.wav"
    assert evaluate(song, out) == 1
    assert "which is a file" in one_line(capsys)
    assert evaluate(library, song) == 1
    assert "which is a file, but expected a folder" in one_line(capsys)
    assert evaluate(library / "low", out) == 1
    assert "If 'low' is a genre, give the folder above it" in one_line(capsys)


def test_one_genre_and_three_songs(library, tmp_path, capsys):
    shutil.copytree(library / "low", tmp_path / "one" / "low")
    assert evaluate(tmp_path / "one", tmp_path / "out") == 1
    assert "only one genre, 'low'" in one_line(capsys)
    for genre, names in {"low": "ab", "high": "c"}.items():
        for name in names:
            write_song(tmp_path / "three" / genre / f"{name}.wav", 300)
    assert evaluate(tmp_path / "three", tmp_path / "out", "--folds", "2") == 1
    assert "'high' has 1 song only, so it cannot be both" in one_line(capsys)


def test_one_artist_per_genre(library, tmp_path, capsys):
    for genre, frequency in {"high": 3000, "low": 300}.items():
        for i in range(3):
            write_song(tmp_path / genre / f"{genre}ers" / f"{i}.wav", frequency, seed=i)
    assert evaluate(tmp_path, tmp_path / "out", "--folds", "2") == 1
    assert "'high' has 1 artist only" in (message := one_line(capsys))
    assert "--artist none" in message


def test_command_that_does_not_exist(capsys):
    assert main(["sing"]) == 1
    assert "sing" in one_line(capsys)
    assert main(["evaluate"]) == 1
    assert "folder" in one_line(capsys).lower()


def test_bugs_keep_their_traceback(library, tmp_path, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("a bug")

    monkeypatch.setattr("skgenre.datasets.load_songs", broken)
    with pytest.raises(RuntimeError, match="a bug"):
        evaluate(library, tmp_path)


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
