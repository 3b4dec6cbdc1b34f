import pandas as pd
import pytest

from skgenre.prediction._event_files import check_events, events_folder, write_events
from skgenre.prediction._verdicts import Event, Verdict

CLASSES = ["jazz", "rock"]
VERDICTS = [
    Verdict("d/a.wav", (0.2, 0.8), 4, (Event(10.0, 15.0, 0.7), Event(0.0, 2.5, 0.3))),
    Verdict("d/e/a.wav", (0.9, 0.1), 1, (Event(0.0, 5.0, 1.0),)),
    Verdict("d/bad.wav", error="It is silent."),
]


def written(out):
    folder = events_folder(out)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path for path in files}


def test_audacity_has_labels_for_each_song(tmp_path):
    write_events(VERDICTS, CLASSES, tmp_path / "t.csv", kind="audacity")
    files = written(tmp_path / "t.csv")
    assert list(files) == ["a.wav.labels.txt", "e/a.wav.labels.txt"]
    assert files["a.wav.labels.txt"].read_text() == (
        "0.000000\t2.500000\trock\n10.000000\t15.000000\trock\n"
    )


def test_raven_has_a_table_for_each_song(tmp_path):
    write_events(VERDICTS, CLASSES, tmp_path / "t.csv", kind="raven")
    files = written(tmp_path / "t.csv")
    assert list(files) == ["a.wav.selections.txt", "e/a.wav.selections.txt"]
    table = pd.read_csv(files["a.wav.selections.txt"], sep="\t")
    assert table["Begin Time (s)"].tolist() == [0.0, 10.0]
    assert table["Common Name"].tolist() == ["rock", "rock"]
    assert table["Confidence"].tolist() == [0.8, 0.8]
    assert table["Score"].tolist() == [0.3, 0.7]
    assert table["Begin Path"].tolist() == ["d/a.wav"] * 2


def test_no_song_has_a_verdict(tmp_path):
    write_events(VERDICTS[2:], CLASSES, tmp_path / "t.csv", kind="raven")
    assert written(tmp_path / "t.csv") == {}


def test_kinds():
    check_events(None)
    with pytest.raises(ValueError, match="Got events='srt', but expected one of"):
        check_events("srt")
