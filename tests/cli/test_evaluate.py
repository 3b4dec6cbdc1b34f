import csv
import json
import os
import re
import shutil
from pathlib import Path

import numpy as np
import soundfile
from shell import FILES, evaluate, write_song

from skgenre.cli import main
from skgenre.cli._evaluate import Settings
from skgenre.cli._recipe import Cut
from skgenre.cli._split import Split


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


def with_silence(library, folder):
    """The library, each song with 1 s of silence and 0.1 s of tone behind it."""
    shutil.copytree(library, folder)
    for path in folder.rglob("*.wav"):
        y, rate = soundfile.read(path)
        soundfile.write(
            path, np.concatenate([y, np.zeros(rate), y[: rate // 10]]), rate
        )
    return folder


def test_tail_and_silence_decide_the_windows(library, tmp_path, capsys):
    folder = with_silence(library, tmp_path / "library")
    # Of 3.1 s: starts every 0.25 s up to 2.5 s, and one at 2.6 s that ends with the
    # song. Those that start at 2.0, 2.25 and 2.5 s are silent, the last one is not.
    counts = {(): 11, ("--tail", "align"): 12, ("--tail", "align", "--silence-db"): 9}
    for options, expected in counts.items():
        out = tmp_path / f"out {len(options)}"
        more = [*options, "60"] if "--silence-db" in options else options
        assert evaluate(folder, out, "--folds", "3", "--no-copies", *more) == 0
        assert f"{12 * expected} windows of 0.5 s" in capsys.readouterr().out
        report = json.loads((out / "comparison.json").read_text(encoding="utf-8"))
        assert report["settings"]["tail"] == ("align" if options else "drop")
        silence_db = 60 if "--silence-db" in options else None
        assert report["settings"]["silence_db"] == silence_db


def test_silence_is_said_in_options(library, tmp_path, capsys):
    folder = with_silence(library, tmp_path / "library")
    assert evaluate(folder, tmp_path / "out", "--folds", "3") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "like all others: --silence-db 60 leaves them out." in said
    y = np.concatenate([np.zeros(4000), np.ones(100)])
    soundfile.write(folder / "low" / "Y - late.wav", y, 8000)
    more = ["--folds", "3", "--silence-db", "60"]
    assert evaluate(folder, tmp_path / "out", *more) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Take --tail 'align' or 'pad', or no --silence-db." in said
    assert (tmp_path / "out" / "predictions.csv").read_text().count("--tail") == 1


def test_bad_files_can_leave_too_few(tmp_path, capsys):
    for i in range(2):
        write_song(tmp_path / "high" / f"{i}.wav", 3000, seed=i)
        write_song(tmp_path / "low" / f"{i}.wav", 300, seed=i)
    (tmp_path / "low" / "1.wav").write_bytes(b"no audio")
    assert evaluate(tmp_path, tmp_path / "out", "--folds", "2") == 1
    said = capsys.readouterr()
    assert "low/1.wav" in said.out
    assert "class 'low' has one recording that can be used" in said.err


def test_settings_that_are_saved(tmp_path):
    cache = tmp_path / "c"
    settings = Settings(data=tmp_path, out=tmp_path, n_folds=5, cache=cache)
    cut, split = Cut(2.0, None, 8000), Split(3, None, "song")
    assert settings.to_save(cut, split) == {
        "groups": "auto",
        "recipe": "baseline",
        "voting": "mean",
        "folds": 3,
        "split": "3 folds",
        "by": "song",
        "window": 2.0,
        "hop": None,
        "sample_rate": 8000,
        "tail": "drop",
        "silence_db": None,
        "cache": str(cache),
        "on_error": "warn",
        "copies": True,
    }


def test_a_table_and_one_json_object(library, tmp_path, capsys):
    paths = sorted(library.rglob("*.wav"))
    lines = [f"{path},{path.parent.name},{path.stem[-1]}" for path in paths]
    (tmp_path / "t.csv").write_text("\n".join(["path,label,patient", *lines]))
    more = ["--groups", "patient", "--json", "--recipe", "fast", "--folds", "2"]
    arguments = ["evaluate", str(tmp_path / "t.csv"), "--out", str(tmp_path / "out")]
    assert main([*arguments, "--jobs", "1", *more]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["command"] == "evaluate"
    assert found["settings"]["by"] == "group"
    assert found["settings"]["sample_rate"] == 8000
    assert found["votings"]["mean"]["n_songs"] == 12
    assert found["by_artist"] is True


def copied(library, folder):
    """The library, with one song of "low" under another artist as well."""
    shutil.copytree(library, folder)
    shutil.copy(
        folder / "low" / "low band 0 - song 0.wav", folder / "low" / "X - song.wav"
    )
    return folder


def test_a13_copies_are_found_and_kept_in_one_fold(library, tmp_path, capsys):
    folder = copied(library, tmp_path / "library")
    assert evaluate(folder, tmp_path / "out", "--folds", "3") == 0
    out = capsys.readouterr().out
    assert "Looked for copies of one recording: 1 pair." in out
    assert "low/X - song.wav = low/low band 0 - song 0.wav" in out
    assert "No song was judged by a model that had heard it" in out
    with (tmp_path / "out" / "predictions.csv").open(encoding="utf-8") as file:
        fold = {row["song"]: row["fold"] for row in csv.DictReader(file)}
    assert fold["low/X - song.wav"] == fold["low/low band 0 - song 0.wav"]
    report = json.loads((tmp_path / "out" / "comparison.json").read_text())
    assert report["copies"] == [["low/X - song.wav", "low/low band 0 - song 0.wav"]]


def test_a13_a_copy_under_another_genre_is_said(library, tmp_path, capsys):
    folder = tmp_path / "library"
    shutil.copytree(library, folder)
    shutil.copy(
        folder / "low" / "low band 0 - song 0.wav", folder / "high" / "X - y.wav"
    )
    # The copy binds one artist of each genre together.
    assert evaluate(folder, tmp_path / "out", "--folds", "2") == 0
    assert "One recording is under two genres" in capsys.readouterr().out


def test_a13_what_was_not_looked_for_is_said(library, tmp_path, capsys, monkeypatch):
    assert evaluate(library, tmp_path / "a", "--folds", "3", "--no-copies") == 0
    out = capsys.readouterr().out
    assert "Copies were not looked for (--no-copies)" in out
    assert "had heard it" not in out
    monkeypatch.setattr("skgenre.cli._copies.MOST_SONGS", 5)
    assert evaluate(library, tmp_path / "b", "--folds", "3") == 0
    assert "not looked for (12 songs are more than 5)" in capsys.readouterr().out


def test_a13_unknown_artists_are_said(library, tmp_path, capsys):
    assert evaluate(library, tmp_path, "--artist", "none", "--folds", "2") == 0
    out = capsys.readouterr().out
    assert "Songs of one artist may be on both sides: artists are not known of" in out
    assert "had heard it" not in out


def test_a14_advice_is_said_in_options(library, tmp_path, capsys):
    # Songs of 2 s at 8,000 Hz.
    more = ["--folds", "3", "--window", "2", "--sample-rate", "22050"]
    assert evaluate(library, tmp_path, *more) == 0
    out = capsys.readouterr().out
    assert "so votings cannot differ; --window 0.5 would give about 7." in out
    assert "The files are at 8,000 Hz, read at 22,050" in out
    assert "set --sample-rate 8000" in out
    assert out.count("8,000 Hz, read at") == 1


def test_a14_baseline_and_recall_are_said(library, tmp_path, capsys):
    assert evaluate(library, tmp_path, "--folds", "3") == 0
    out = capsys.readouterr().out
    assert "Always 'high' would get 50.0 % of songs right." in out
    assert "Right of each genre: high 100 %, low 100 %; on average 100.0 %" in out


def test_b3_a_name_that_is_no_utf8(library, tmp_path, capsys):
    folder = tmp_path / "library"
    shutil.copytree(library, folder)
    odd = os.fsdecode(os.fsencode(folder / "low") + b"/caf\xe9 - x.wav")
    try:
        write_song(Path(odd), 310)
    except (OSError, UnicodeError, TypeError):
        shutil.copy(folder / "low" / "low band 0 - song 0.wav", odd)
    assert evaluate(folder, tmp_path / "out", "--folds", "3") == 0
    text = (tmp_path / "out" / "predictions.csv").read_text(encoding="utf-8")
    assert r"low/caf\xe9 - x.wav,caf\xe9,low" in text


def test_c_lines_of_60_columns_break_no_word(library, tmp_path, capsys, monkeypatch):
    assert evaluate(library, tmp_path / "a", "--folds", "3") == 0
    words = set(capsys.readouterr().out.replace(str(tmp_path), "").split())
    monkeypatch.setenv("COLUMNS", "60")
    assert evaluate(library, tmp_path / "b", "--folds", "3") == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(len(line) for line in lines if str(tmp_path) not in line) <= 60
    timed = re.compile(r"^\(?[\d.]+$|^s\)$")
    said = " ".join(lines).replace(str(tmp_path), "").split()
    assert {w for w in said if not timed.match(w)} - words <= {"/b:"}
