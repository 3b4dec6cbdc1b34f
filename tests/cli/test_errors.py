import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from shell import evaluate, one_line, write_song

from skgenre.cli._errors import (
    Interrupted,
    UserError,
    bad_files,
    check_genres,
    checked_choice,
    checked_jobs,
    checked_numbers,
    checked_out,
    features_kept,
    in_options,
    interruptible,
    require,
)


def test_missing_plotting(library, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert evaluate(library, tmp_path / "out", "--folds", "3") == 1
    assert 'pip install "skgenre[cli]"' in capsys.readouterr().err


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
    assert "'high' has one recording that can be used, so it" in one_line(capsys)


def test_one_artist_per_genre(library, tmp_path, capsys):
    for genre, frequency in {"high": 3000, "low": 300}.items():
        for i in range(3):
            write_song(tmp_path / genre / f"{genre}ers" / f"{i}.wav", frequency, seed=i)
    assert evaluate(tmp_path, tmp_path / "out", "--folds", "2") == 0
    out = capsys.readouterr().out
    assert "'high' has one group only, so the model is measured with groups on" in out
    assert "recordings of one group may be on both sides, which flatters" in out


def test_fewer_folds_where_artists_are_few(library, tmp_path, capsys):
    assert evaluate(library, tmp_path / "out", "--folds", "5") == 0
    out = capsys.readouterr().out
    assert "has 3 artists, so there are 3 folds, not 5." in out


# -- the checks themselves ------------------------------------------------------------

Y = np.array(["high"] * 4 + ["low"] * 3)


def test_what_is_installed_is_not_missing():
    require("typer", "rich")
    with pytest.raises(UserError, match=r'no_such_package.*"skgenre\[cli\]"'):
        require("typer", "no_such_package")


def test_choice():
    assert checked_choice("--voting", "mean", {"mean": 1, "max": 2}) == "mean"
    with pytest.raises(UserError) as caught:
        checked_choice("--voting", "mode", {"mean": 1, "max": 2})
    assert str(caught.value) == "Got --voting mode, but expected one of mean, max."


def test_out_need_not_exist(tmp_path):
    assert checked_out(tmp_path / "new") == tmp_path / "new"
    assert checked_out(tmp_path) == tmp_path
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="which is a file, but expected a folder"):
        checked_out(tmp_path / "file")


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="no /dev/null")
def test_b11_out_that_cannot_be_written_is_said_first(library, monkeypatch, capsys):
    def heard(*args, **kwargs):
        raise RuntimeError("too late")

    monkeypatch.setattr("skgenre.datasets.load_songs", heard)
    # Whoever is root may write anywhere but here.
    assert evaluate(library, Path("/proc/self/fdinfo/out")) == 1
    assert "which cannot be written" in one_line(capsys)


def test_c_no_jobs():
    assert checked_jobs(-1) == -1
    with pytest.raises(UserError, match="Got --jobs 0"):
        checked_jobs(0)


def test_c_numbers_that_no_one_means():
    good = {
        "window": 5.0,
        "hop": None,
        "sample_rate": 22050,
        "silence_db": None,
        "n_jobs": 1,
    }
    checked_numbers(**good)
    checked_numbers(**{**good, "silence_db": 0.1})
    for silence_db in (0.0, -60.0, float("inf"), float("nan")):
        with pytest.raises(UserError, match="decibels silence is quieter"):
            checked_numbers(**{**good, "silence_db": silence_db})
    with pytest.raises(UserError, match="in hertz, such as 22050"):
        checked_numbers(**{**good, "sample_rate": 50})
    with pytest.raises(UserError, match="of every 60 s only 5 s would be heard"):
        checked_numbers(**{**good, "hop": 60.0})


def test_genres():
    check_genres(["high", "low"])
    with pytest.raises(UserError, match="Found only one genre, 'low'"):
        check_genres(["low"])


def test_bad_files_are_named_below_their_folder(tmp_path):
    errors = {str(tmp_path / "a" / "b.wav"): "It is empty.", "/c.wav": "It is gone."}
    assert bad_files(errors, n_songs=9, folder=tmp_path) == (
        "2 of 9 files cannot be used:\n  a/b.wav: It is empty.\n  /c.wav: It is gone."
    )


def test_parameters_are_options_where_the_command_has_them():
    sentence = "Set sample_rate=8000, or silence_db=None; a tail, not tail='pad'."
    assert in_options(sentence, ["--sample-rate", "--silence-db", "--tail"]) == (
        "Set --sample-rate 8000, or no --silence-db; a tail, not --tail 'pad'."
    )
    assert in_options("Set hop_seconds=2, less hop_seconds.", []) == (
        "Set from Python, hop_seconds=2, less hop_seconds."
    )


def test_an_interruption_says_what_is_kept():
    with (
        pytest.raises(Interrupted, match=r"^Half of it\.$"),
        interruptible("Half of it."),
    ):
        raise KeyboardInterrupt
    with pytest.raises(KeyError), interruptible("Half of it."):
        raise KeyError
    assert "kept in c:" in features_kept(Path("c"))
