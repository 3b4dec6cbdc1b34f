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


def test_interruption_is_one_line(library, tmp_path, monkeypatch, capsys):
    import typer

    def interrupted(*args, **kwargs):
        raise typer.Abort

    monkeypatch.setattr("skgenre.datasets.load_songs", interrupted)
    assert evaluate(library, tmp_path) == 130
    assert capsys.readouterr().err.startswith("Interrupted. What is done is kept: ")


def test_c_ctrl_c_is_one_line(library, tmp_path, monkeypatch, capsys):
    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("skgenre.datasets.load_songs", interrupted)
    assert evaluate(library, tmp_path) == 130
    assert capsys.readouterr().err.count("\n") == 1
