import csv
import io
import json
import os
import signal
import subprocess
import sys

import pytest
from shell import one_line, write_song

from skgenre import recipes, save_model
from skgenre.cli import main
from skgenre.cli._predict import _from_list, _shortened, _stretch

pytest.importorskip("skops")


@pytest.fixture(scope="module")
def model(library, tmp_path_factory):
    songs = sorted(map(str, library.rglob("*.wav")))
    fitted = recipes.baseline(window_seconds=0.5, sample_rate=8000)
    fitted.fit(songs, ["high"] * 6 + ["low"] * 6)
    path = tmp_path_factory.mktemp("model") / "m.skgenre"
    card = {"unit": "song", "figures": {"accuracy": 0.875}}
    return save_model(fitted, path, card=card)


@pytest.fixture
def new(tmp_path):
    """Two good songs and a bad one."""
    folder = tmp_path / "new"
    write_song(folder / "a.wav", 3050)
    write_song(folder / "b.wav", 310)
    (folder / "c.wav").write_bytes(b"no audio")
    return folder


def predict(model, *more):
    return main(["predict", str(model), *map(str, more), "--jobs", "1"])


def test_in_a_pipe_it_is_a_table_and_nothing_else(model, new, capsys):
    assert predict(model, new) == 0
    said = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(said.out), delimiter="\t"))
    assert [row["verdict"] for row in rows] == ["high", "low", ""]
    assert float(rows[0]["confidence"]) > 0.9
    assert rows[0]["second"] == "low"
    assert float(rows[0]["decided_from"]) < float(rows[0]["decided_to"]) <= 2
    assert "cannot be decoded" in rows[2]["error"]
    # Bad files are named at the end, beside the table.
    assert said.err.startswith("No verdict on 1 of 3 songs:\n")
    assert "c.wav: It cannot be decoded" in said.err


# What every process does as it starts: a decoder that crashes at one file.
CRASHES = """
import os
from skgenre.audio import _file
real = _file.opened
def opened(song):
    if getattr(song, "name", "") == "crashes.wav":
        os.abort()
    return real(song)
_file.opened = opened
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_decoder_that_crashes_costs_one_song(model, new, tmp_path):
    (new / "crashes.wav").write_bytes((new / "a.wav").read_bytes())
    (tmp_path / "start" / "sitecustomize.py").parent.mkdir()
    (tmp_path / "start" / "sitecustomize.py").write_text(CRASHES)
    path = os.pathsep.join([str(tmp_path / "start"), *filter(None, sys.path)])
    start = "import sys; from skgenre.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", start, "predict", str(model), str(new)]

    def run(*more):
        return subprocess.run(
            [*command, "--jobs", "1", *more],
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=False,
        )

    assert run().returncode == -signal.SIGABRT
    done = run("--isolate")
    assert done.returncode == 0
    rows = list(csv.DictReader(io.StringIO(done.stdout), delimiter="\t"))
    assert [row["verdict"] for row in rows] == ["high", "low", "", ""]
    assert "Its decoder crashed (signal 6)" in rows[3]["error"]
    assert done.stderr.startswith("No verdict on 2 of 4 songs:\n")
    assert "crashes.wav: Its decoder crashed (signal 6). Convert the" in done.stderr


def test_what_is_doubtful_is_said_beside_the_table(model, new, capsys):
    (new / "c.wav").write_bytes((new / "a.wav").read_bytes()[:20000])
    assert predict(model, new) == 0
    said = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(said.out), delimiter="\t"))
    assert [row["verdict"] for row in rows] == ["high", "low", "high"]
    assert "c.wav: It has" in said.err
    assert "cut off" in said.err


def test_on_a_narrow_terminal(model, new, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    assert predict(model, new) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(len(line) <= 60 for line in lines)
    text = " ".join(lines)
    assert "87.5 % of songs right when it was measured." in text
    assert any("a.wav" in line and " high " in line for line in lines)
    assert "Judged 2 of 3 songs: 1 high, 1 low." in text


def test_a_file_with_events(model, new, tmp_path, capsys):
    out = tmp_path / "t.csv"
    assert predict(model, new, "--out", out, "--events", "audacity") == 0
    said = capsys.readouterr().out
    assert "Judged 2 of 3 songs: 1 high, 1 low." in said
    assert f"Saved {out} and {tmp_path / 't-events'}" in said
    with out.open(encoding="utf-8") as file:
        assert [row["verdict"] for row in csv.DictReader(file)] == ["high", "low", ""]
    assert sorted(p.name for p in (tmp_path / "t-events").iterdir()) == [
        "a.wav.labels.txt", "b.wav.labels.txt",
    ]  # fmt: skip


def test_json_is_one_object(model, new, capsys):
    assert predict(model, new, "--json") == 0
    said = capsys.readouterr()
    found = json.loads(said.out)
    assert said.err == ""
    assert found["command"] == "predict"
    assert [song["verdict"] for song in found["songs"]] == ["high", "low", None]
    assert any("No verdict on 1 of 3 songs" in text for text in found["warnings"])


def test_a_list_on_the_standard_input(model, new, capsys, monkeypatch):
    class Piped:
        buffer = io.BytesIO(f"{new / 'b.wav'}\n\n{new / 'a.wav'}\r\n".encode())

    monkeypatch.setattr(sys, "stdin", Piped)
    assert predict(model, "-") == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out), delimiter="\t"))
    assert [row["verdict"] for row in rows] == ["low", "high"]


def test_names_that_end_with_nul():
    assert _from_list(b"a b\nc\0d\0") == ["a b\nc", "d"]
    assert _from_list(b"a\r\nb\n") == ["a", "b"]


def test_nothing_but_bad_songs_is_no_success(model, new, capsys):
    assert predict(model, new / "c.wav", "gone.wav") == 1
    assert "gone.wav: There is no such file." in capsys.readouterr().err


def test_what_is_refused(model, new, tmp_path, capsys):
    assert predict(model) == 1
    assert "Got no songs" in one_line(capsys)
    assert predict(model, new, "--events", "raven") == 1
    assert "Got --events raven without --out" in one_line(capsys)
    assert predict(model, new, "--events", "srt") == 1
    assert "Got events='srt'" in one_line(capsys)
    assert predict(model, new, "--out", tmp_path / "t.docx") == 1
    assert "ends in one of .csv" in one_line(capsys)
    assert predict(new / "a.wav", new) == 1
    assert "a.wav" in one_line(capsys)
    assert predict(tmp_path / "gone.skgenre", new) == 1
    assert "gone.skgenre" in one_line(capsys)


def test_an_interruption_keeps_what_is_done(model, new, tmp_path, capsys, monkeypatch):
    from skgenre.prediction import _predict_table

    listen = _predict_table.listen

    def interrupted(model, songs, names):
        if names[0].endswith("b.wav"):
            raise KeyboardInterrupt
        return listen(model, songs, names)

    monkeypatch.setattr(_predict_table, "BATCH", 1)
    monkeypatch.setattr(_predict_table, "listen", interrupted)
    out = tmp_path / "t.csv"
    assert predict(model, new) == 130
    assert capsys.readouterr().err == (
        "Interrupted. Verdicts are not kept. With --out FILE they are.\n"
    )
    assert predict(model, new, "--out", out) == 130
    assert capsys.readouterr().err == (
        f"Interrupted. Verdicts so far are in {out}. The same command goes on from "
        "there.\n"
    )
    with out.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["verdict"] for row in rows] == ["high", "", ""]
    assert "interrupted" in rows[1]["error"]
    monkeypatch.setattr(_predict_table, "listen", listen)
    assert predict(model, new, "--out", out) == 0
    with out.open(encoding="utf-8") as file:
        assert [row["verdict"] for row in csv.DictReader(file)] == ["high", "low", ""]


def test_words_of_a_row():
    assert _shortened("a/long/path.wav", 9) == "...th.wav"
    assert _shortened("short", 9) == "short"
    assert _stretch(float("nan"), float("nan")) == ""
    assert _stretch(65.0, 3661.5) == "1:05.0-61:01.5"
