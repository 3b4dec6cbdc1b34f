import base64
import json
from dataclasses import replace

import numpy as np

from skgenre.prediction._judge import WindowsOfSong
from skgenre.prediction._verdicts import Event
from skgenre.reporting._content import (
    Copy,
    Figure,
    ReportContent,
    ReportSong,
    Table,
)


def song(name="a", **more):
    return ReportSong(name=name, key=f"/folder/{name}", **more)


def test_right_wrong_second_and_confidence():
    judged = song(label=1, verdict=2, proba=(0.3, 0.2, 0.5))
    assert judged.is_right is False
    assert judged.second == 0
    assert judged.confidence == 0.5
    assert replace(judged, label=2).is_right is True
    assert replace(judged, label=None).is_right is None
    silent = song(label=1, error="It is silent.")
    assert (silent.second, silent.confidence, silent.is_right) == (None, None, None)


def test_a_threshold_may_say_another_class_than_the_likeliest():
    judged = song(verdict=1, proba=(0.6, 0.4))
    assert judged.second == 0
    assert judged.confidence == 0.4


def test_windows_travel_as_bytes():
    windows = WindowsOfSong(
        starts=np.array([0.0, 2.5]),
        ends=np.array([5.0, 7.5]),
        proba=np.array([[0.25, 0.75], [1.0, 0.0]]),
        contribution=np.array([0.5, -0.125]),
    )
    told = song(verdict=1, proba=(0.4, 0.6), windows=(windows,)).to_json()
    assert told["drawn"] == [1, 0]  # the verdict first
    (part,) = told["parts"]
    read = {
        name: np.frombuffer(base64.b64decode(part[name]), dtype).tolist()
        for name, dtype in [
            ("starts", "<f4"),
            ("ends", "<f4"),
            ("proba", "<u2"),
            ("contribution", "<f4"),
        ]
    }
    assert read["starts"] == [0.0, 2.5]
    assert read["ends"] == [5.0, 7.5]
    assert read["proba"] == [7500, 2500, 0, 10000]
    assert read["contribution"] == [0.5, -0.125]


def test_windows_without_times_are_not_drawn():
    nan = np.full(1, np.nan)
    windows = WindowsOfSong(nan, nan, np.array([[0.5, 0.5]]), np.zeros(1))
    (part,) = song(verdict=0, proba=(0.5, 0.5), windows=(windows,)).to_json()["parts"]
    assert part["starts"] == ""


def test_of_many_classes_the_verdict_the_label_and_the_likeliest_are_drawn():
    proba = np.arange(50) / np.arange(50).sum()
    told = song(verdict=49, label=3, proba=tuple(proba)).to_json()
    assert told["drawn"] == [49, 3, 48, 47, 46, 45]


def test_all_can_be_written_as_json_whatever_songs_are_called():
    name = b"caf\xe9 \xf0\x9f\x8e\xb5.wav".decode("utf-8", "surrogateescape")
    content = ReportContent(
        title=name,
        classes=["jazz"],
        songs=[song(name, events=(Event(np.float32(0.1), 2.0, 1.0),), proba=(1.0,))],
        figure=Figure("50.0 %", "of 2 songs", ("More.",)),
        tables=[Table("T", ["a"], [["b"]])],
        copies=[Copy(0, 0, "")],
        review=[{"rank": 1, "song": "a", "confidence": np.nan}],
    )
    told = json.loads(json.dumps(content.to_json(), allow_nan=False))
    assert told["songs"][0]["name"] == "caf\\xe9 \U0001f3b5.wav"
    assert told["words"]["songs"] == "songs"
    assert told["figure"]["more"] == ["More."]
    assert told["review"][0]["confidence"] == ""


def test_a_review_keeps_its_songs_in_the_order_of_rank():
    songs = [song("x/a"), song("x/b"), song("c")]
    content = ReportContent(
        title="",
        classes=[],
        songs=songs,
        copies=[Copy(0, 2, "alike"), Copy(0, 1, "")],
        review=[
            {"rank": 3, "song": "gone"},
            {"rank": 2, "song": "/folder/x/a"},
            {"rank": 1, "song": "c"},
        ],
    ).reviewed()
    assert [one.name for one in content.songs] == ["c", "x/a", "gone"]
    assert content.copies == [Copy(1, 0, "alike")]
    assert [row["rank"] for row in content.review] == [1, 2, 3]


def test_a_review_finds_songs_by_the_end_of_their_path_unless_two_end_so():
    songs = [
        ReportSong(name="1", key="/m/jazz/a.wav"),
        ReportSong(name="2", key="/m/rock/a.wav"),
    ]
    rows = [{"rank": 1, "song": "rock/a.wav"}, {"rank": 2, "song": "a.wav"}]
    content = ReportContent(title="", classes=[], songs=songs, review=rows).reviewed()
    assert [one.key for one in content.songs] == ["/m/rock/a.wav", "a.wav"]
