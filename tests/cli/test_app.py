import shutil

import pytest
from shell import evaluate, one_line

import skgenre
from skgenre import load_model
from skgenre.cli import main
from skgenre.windows._windowers import windowers_in


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"skgenre {skgenre.__version__}\n"


COMMANDS = (
    "demo",
    "inspect",
    "train",
    "predict",
    "evaluate",
    "compare",
    "models",
    "embeddings",
)


@pytest.mark.parametrize("argv", [[], ["--help"]])
def test_help(argv, capsys):
    assert main(argv) == 0
    out = capsys.readouterr().out
    assert "Usage: skgenre" in out
    for command in COMMANDS:
        assert f"\n  {command} " in out


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_examples_in_lines_of_their_own(command, capsys):
    assert main([command, "--help"]) == 0
    *_, examples = capsys.readouterr().out.partition("Examples:\n")
    lines = examples.strip().splitlines()
    assert lines
    assert all(line.lstrip().startswith(f"skgenre {command}") for line in lines)


def test_shells_can_complete(capsys):
    assert main(["--help"]) == 0
    assert "--show-completion" in capsys.readouterr().out


def test_help_names_every_option(capsys):
    assert main(["evaluate", "--help"]) == 0
    out = capsys.readouterr().out
    for option in (
        "--window",
        "--hop",
        "--sample-rate",
        "--tail",
        "--silence-db",
        "--folds",
        "--artist",
        "--voting",
        "--out",
        "--cache",
        "--jobs",
        "--on-error",
    ):
        assert option in out


@pytest.mark.parametrize(
    ("more", "match"),
    [
        (["--folds", "1"], "--folds"),
        (["--voting", "mode"], "Got --voting mode, but expected one of majority,"),
        (["--artist", "me"], "Got --groups me, but expected one of auto,"),
        (["--recipe", "best"], "Got --recipe best, but expected one of baseline, fast"),
        (["--on-error", "x"], "Got --on-error x, but expected one of warn, raise"),
        (["--folds", "3", "--hop", "0"], "hop_seconds"),
        (["--folds", "3", "--window", "-1"], "window_seconds"),
        (["--window", "long"], "--window"),
        (["--jobs", "0"], "Got --jobs 0, but expected 1 or more songs at a time"),
        (["--sample-rate", "50"], "Got --sample-rate 50, but expected 1000 or more"),
        (["--hop", "60"], "Got --hop 60, but expected 0.5 or less"),
        (["--tail", "cut"], "Got --tail cut, but expected one of drop, pad, align"),
        (["--silence-db", "-60"], "Got --silence-db -60, but expected a number above"),
        (["--silence-db", "nan"], "Got --silence-db nan, but expected a number above"),
        (["--nonsense"], "--nonsense"),
    ],
)
def test_user_errors(library, tmp_path, capsys, more, match):
    assert evaluate(library, tmp_path / "out", *more) in (1, 2)
    assert match in one_line(capsys)
    assert not (tmp_path / "out").exists()


def test_defaults_are_told(capsys):
    assert main(["evaluate", "--help"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    defaults = ("what fits the data", "half a window", "auto", "mean", "warn", "-1")
    for default in defaults:
        assert f"default: {default}" in out.replace("(", "").replace(")", "")


CUT = ("--window", "0.5", "--sample-rate", "8000")


@pytest.mark.parametrize(
    "argv",
    [
        ("inspect",),
        ("train", *CUT, "--folds", "2", "--recipe", "baseline", "-o", "m.skgenre"),
        ("evaluate", *CUT, "--out", "out"),
        ("compare", *CUT, "--recipe", "baseline", "--voting", "mean"),
        ("report", *CUT, "--recipe", "baseline", "-o", "r.html"),
        ("review", "--model", "plain.skgenre", "--report", "r.html"),
    ],
    ids=lambda argv: argv[0],
)
def test_a_decoder_that_crashes_ends_no_command(
    library, tmp_path, crash_at, monkeypatch, capsys, argv
):
    pytest.importorskip("skops")
    songs = tmp_path / "songs"
    shutil.copytree(library, songs)
    first = next(songs.glob("high/*0.wav"))
    # No artist in its name, so that its tags are looked for.
    (songs / "high" / "crashes.wav").write_bytes(first.read_bytes())
    monkeypatch.chdir(tmp_path)
    asked = crash_at("crashes.wav")
    if argv[0] == "review":
        train = ("train", *CUT, "--recipe", "baseline", "-o", "plain.skgenre")
        assert main([*train, "songs", "--jobs", "1"]) == 0
        assert not asked
    capsys.readouterr()
    assert main([*argv, "songs", "--jobs", "1", "--isolate"]) == 0
    said = capsys.readouterr().out
    lines = [line for line in said.splitlines() if "crashes.wav: " in line]
    assert len(lines) == 1
    assert "Its decoder crashed (signal 9)" in lines[0]
    assert {"artist", "open", "read"} <= set(asked)
    if argv[0] == "train":
        # How a model was trained is no matter of who uses it.
        assert not windowers_in(load_model("m.skgenre"))[0].isolate
