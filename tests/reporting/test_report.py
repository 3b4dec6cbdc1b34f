import json
import re

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from skgenre import recipes
from skgenre.audio import Excerpt
from skgenre.prediction._judge import Listened
from skgenre.prediction._predict_table import Judged
from skgenre.prediction._verdicts import Verdict
from skgenre.reporting import report
from skgenre.reporting._content import ReportSong
from skgenre.reporting._report import _urgent, listened_to


def data_of(path):
    text = path.read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text)
    return json.loads(found[1])


@pytest.fixture(scope="module")
def model(paths):
    return recipes.baseline(window_seconds=1.0, sample_rate=8000).fit(
        paths[:4], ["jazz", "jazz", "rock", "rock"]
    )


def test_of_a_comparison(comparison, paths, tmp_path):
    path = report(comparison, tmp_path / "deep" / "r.html")
    told = data_of(path)
    assert [song["sound"]["kind"] for song in told["songs"]] == [*["embed"] * 5, "none"]
    assert told["done"][-1].startswith("The page holds the sound of 5 of 6 songs")
    assert path.read_text(encoding="utf-8").count('<script type="text/plain"') == 5


def test_of_a_model_and_songs_of_every_kind(model, paths, tmp_path):
    wave = np.random.default_rng(0).normal(size=16000) * 0.1
    songs = [paths[0], Excerpt(paths[1], 1.0, 3.0), wave, (wave, 16000), "gone.wav"]
    path = report(model, tmp_path / "r.html", songs=songs)
    told = data_of(path)["songs"]
    assert [song["sound"]["kind"] for song in told] == [*["embed"] * 4, "none"]
    assert [song["sound"]["offset"] for song in told] == [0, 1, 0, 0, 0]
    assert told[2]["n"] == 3  # two seconds, at the rate of the model
    assert told[4]["error"]
    assert told[4]["verdict"] is None


def test_a_decoder_that_crashes_is_said_in_its_row(model, paths, tmp_path, crash_at):
    asked = crash_at("b.wav")
    path = report(model, tmp_path / "r.html", songs=paths[:2], isolate=True)
    good, bad = data_of(path)["songs"]
    assert good["sound"]["kind"] == "embed"
    assert good["verdict"] is not None
    assert bad["error"].startswith("Its decoder crashed (signal 9)")
    assert bad["sound"] | {"offset": 0} == {
        "kind": "none",
        "link": "",
        "offset": 0,
        "first": None,
        "last": None,
        "why": bad["error"],
    }
    # Each is heard, and then embedded: its header, and its sound. What crashes is tried
    # twice, as the process may have ended before.
    assert asked.count("open") == 3 + 2 * 3


def test_songs_of_a_folder(model, paths, tmp_path):
    folder = paths[0].rpartition("/")[0]
    told = data_of(report(model, tmp_path / "r.html", songs=folder, audio="none"))
    assert len(told["songs"]) == 6
    assert told["done"][-1] == "The page is without sound."


def test_links_and_what_did_not_fit(comparison, tmp_path):
    told = data_of(report(comparison, tmp_path / "r.html", audio="link"))
    assert told["done"][-1] == (
        "Sound is played from the files, which must stay where they are, seen from the "
        "page."
    )
    # Four seconds are 28 kB, and a third more as letters: room for one.
    told = data_of(report(comparison, tmp_path / "r.html", max_megabytes=0.04))
    kinds = [song["sound"]["kind"] for song in told["songs"]]
    assert kinds == ["link", "embed", "link", "link", "link", "none"]  # the worst one
    assert "(0.04 MB are the limit)" in told["done"][-1]


def test_what_is_refused(comparison, model, tmp_path):
    with pytest.raises(ValueError, match=r"Got audio='mp3', but expected one of"):
        report(comparison, tmp_path / "r.html", audio="mp3")
    with pytest.raises(ValueError, match="max_megabytes=-1"):
        report(comparison, tmp_path / "r.html", max_megabytes=-1)
    with pytest.raises(ValueError, match="without songs="):
        report(model, tmp_path / "r.html")
    with pytest.raises(NotFittedError):
        report(recipes.baseline(), tmp_path / "r.html", songs=["a.wav"])
    assert list(tmp_path.iterdir()) == []


def test_songs_that_one_will_want_to_hear_come_first():
    def song(label, verdict, sure):
        other = 1 - sure
        proba = (sure, other) if verdict == 0 else (other, sure)
        return ReportSong("", "", label=label, verdict=verdict, proba=proba)

    songs = [
        song(0, 0, 0.9),
        song(0, 1, 0.6),
        ReportSong("", "", label=0, error="Bad."),
        song(1, 0, 0.8),
        song(1, 1, 0.55),
    ]
    assert _urgent(songs) == [3, 1, 4, 0, 2]


def test_songs_that_were_heard_are_not_heard_again(model, paths):
    known = Listened(Verdict(paths[0], (0.5, 0.5)))
    judged = Judged(model, [paths[0], paths[1], paths[0]], listened={paths[0]: known})
    first, second, again = listened_to(judged)
    assert first is known
    assert again is known
    assert second.verdict.song == paths[1]
    assert len(second.windows) == 1


def test_a_review(comparison, paths, tmp_path):
    rows = [{"rank": 1, "song": paths[3], "reasons": ["Why."]}]
    told = data_of(report(comparison, tmp_path / "r.html", review=rows))
    assert [song["name"] for song in told["songs"]] == ["d.wav"]
    assert told["review"][0]["reasons"] == ["Why."]
