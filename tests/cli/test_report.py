import json
import re
import shutil
from pathlib import Path

import pytest
from shell import evaluate, one_line, write_song

from skgenre import recipes, save_model
from skgenre.cli import main
from skgenre.cli._errors import UserError
from skgenre.cli._report import WantedReport, wanted_report


def data_of(path):
    text = path.read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text)
    return json.loads(found[1])


AUDIO = ("--window", "0.5", "--sample-rate", "8000", "--jobs", "1", "--folds", "3")
BASE = ("--recipe", "baseline")


def test_report_makes_one_file_and_no_other(library, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["report", str(library), "--leakage", *AUDIO, *BASE]) == 0
    said = capsys.readouterr().out
    assert "Measured the same model under other splits." in said
    assert "Saved report.html (" in said
    assert "The page holds the sound of 12 songs" in said
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    told = data_of(tmp_path / "report.html")
    assert told["figure"]["value"] == "100.0 %"
    assert told["cautions"] == [
        "No song was judged by a model that had heard it: copies of a recording, and "
        "songs of one artist, were kept in one fold."
    ]
    assert told["songs"][0]["key"] == "high/high band 0 - song 0.wav"
    titles = [table["title"] for table in told["tables"]]
    assert titles == ["Votings side by side", "What another split would have shown"]
    assert told["copies"] == []


def test_files_that_cannot_be_read_keep_their_labels(library, tmp_path):
    songs, page = tmp_path / "songs", tmp_path / "r.html"
    shutil.copytree(library, songs)
    (songs / "low" / "broken.wav").write_bytes(b"no sound")
    asked = ["report", str(songs), "-o", str(page), "--audio", "none", "--no-copies"]
    assert main([*asked, *AUDIO, *BASE]) == 0
    told = data_of(page)
    (bad,) = [song for song in told["songs"] if song["error"]]
    assert (bad["key"], told["classes"][bad["label"]]) == ("low/broken.wav", "low")
    assert "Features and classifier are those of the recipe 'baseline'." in told["done"]


def test_report_as_json(library, tmp_path, capsys):
    out = tmp_path / "r.html"
    asked = ["report", str(library), "-o", str(out), "--json", "--audio", "none"]
    assert main([*asked, *AUDIO, *BASE]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["command"] == "report"
    assert told["report"] == str(out)
    assert told["votings"]["mean"]["accuracy"] == 1


def test_evaluate_with_a_report(library, tmp_path, capsys):
    page = tmp_path / "r.html"
    more = ["--folds", "3", "--report", str(page), "--audio", "link"]
    assert evaluate(library, tmp_path / "out", *more) == 0
    assert "Sound is played from the files" in capsys.readouterr().out
    assert (tmp_path / "out" / "comparison.json").is_file()
    links = [song["sound"]["link"] for song in data_of(page)["songs"]]
    assert all((tmp_path / link.replace("%20", " ")).is_file() for link in links)


@pytest.mark.parametrize("table", [True, False])
def test_predict_with_a_report(library, tmp_path, capsys, table):
    pytest.importorskip("skops")
    songs = sorted(map(str, library.rglob("*.wav")))
    fitted = recipes.baseline(window_seconds=0.5, sample_rate=8000)
    fitted.fit(songs, ["high"] * 6 + ["low"] * 6)
    card = {"unit": "song", "figures": {"accuracy": 0.875}}
    model = save_model(fitted, tmp_path / "m.skgenre", card=card)
    new = tmp_path / "new"
    write_song(new / "a.wav", 3050)
    (new / "c.wav").write_bytes(b"no audio")
    page = tmp_path / "r.html"
    out = ["--out", str(tmp_path / "t.csv")] if table else []
    asked = ["predict", str(model), str(new), "--report", str(page), *out]
    assert main([*asked, "--jobs", "1"]) == 0
    told = data_of(page)
    assert told["figure"]["value"] == "87.5 %"
    assert [song["verdict"] for song in told["songs"]] == [0, None]
    assert len(told["songs"][0]["parts"]) == 1
    said = capsys.readouterr()
    # In a pipe the standard output is the table.
    assert "r.html" in (said.out if table else said.err)


@pytest.mark.parametrize("name", ["r.pdf", "r", "folder.html"])
def test_files_that_are_no_page_are_refused_at_once(library, tmp_path, capsys, name):
    (tmp_path / "folder.html").mkdir()
    out = str(tmp_path / name)
    assert main(["report", str(library), "--out", out, *AUDIO]) == 1
    assert f"Got --out {out}" in one_line(capsys)


def test_what_is_wanted_of_a_report(tmp_path):
    assert wanted_report(None, audio="embed") is None
    path = tmp_path / "r.HTM"
    assert wanted_report(path, audio="none") == WantedReport(path, "none")
    with pytest.raises(UserError, match="--audio"):
        wanted_report(None, audio="loud")
    with pytest.raises(UserError, match=r"r\.html"):
        wanted_report(Path("r.txt"), audio="none")
