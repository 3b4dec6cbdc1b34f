import sys

import pytest
from shell import evaluate, one_line

from skgenre.cli import main


@pytest.mark.parametrize("missing", ["typer", "rich"])
def test_missing_extra(missing, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, missing, None)
    assert main(["--version"]) == 1
    err = capsys.readouterr().err
    assert 'pip install "skgenre[cli]"' in err
    assert missing in err


def test_command_that_does_not_exist(capsys):
    assert main(["sing"]) == 2
    assert "sing" in one_line(capsys)
    assert main(["evaluate"]) == 2
    assert "Missing argument" in one_line(capsys)


def test_bugs_keep_their_traceback(library, tmp_path, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("a bug")

    monkeypatch.setattr("skgenre.datasets.load_songs", broken)
    with pytest.raises(RuntimeError, match="a bug"):
        evaluate(library, tmp_path)


def test_arguments_are_those_of_the_process(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["skgenre", "--version"])
    assert main() == 0
    assert capsys.readouterr().out.startswith("skgenre ")


def interrupted(*args, **kwargs):
    raise KeyboardInterrupt


def test_interruption_before_a_command_begins(monkeypatch, capsys):
    import typer

    def aborted(*args, **kwargs):
        raise typer.Abort

    monkeypatch.setattr("skgenre.cli._app.run_models", aborted)
    assert main(["models", "m"]) == 130
    assert capsys.readouterr().err == "Interrupted.\n"


@pytest.mark.parametrize(
    ("command", "noun"), [("evaluate", "evaluation"), ("compare", "comparison")]
)
@pytest.mark.parametrize("cache", [None, "cache"])
def test_interruption_is_one_line(library, monkeypatch, capsys, command, noun, cache):
    monkeypatch.setattr("skgenre.datasets.load_songs", interrupted)
    more = [] if cache is None else ["--cache", cache]
    assert main([command, str(library), *more]) == 130
    features = {
        None: "Features are not kept. With --cache FOLDER they are, song by song.",
        "cache": "Features computed so far are kept in cache: the same command uses "
        "them.",
    }
    expected = f"Interrupted. The {noun} was not finished. {features[cache]}\n"
    assert capsys.readouterr().err == expected


def test_interruption_of_commands_that_keep_nothing(library, monkeypatch, capsys):
    monkeypatch.setattr("skgenre.datasets.load_songs", interrupted)
    assert main(["inspect", str(library)]) == 130
    assert capsys.readouterr().err == "Interrupted.\n"


def test_interruption_of_the_demo(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("skgenre.cli._demo.evaluate_songs", interrupted)
    more = ["--songs", "2", "--out", str(tmp_path)]
    assert main(["demo", *more]) == 130
    assert capsys.readouterr().err == (
        f"Interrupted. Songs so far are in {tmp_path}; the same command makes them "
        "anew.\n"
    )
    assert len(list(tmp_path.rglob("*.*"))) == 10
