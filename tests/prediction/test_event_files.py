import pytest

from skgenre.prediction._event_files import check_events, label_names, write_events
from skgenre.prediction._verdicts import Event, Verdict

CLASSES = ["jazz", "rock"]
VERDICTS = [
    Verdict("d/a.wav", (0.2, 0.8), 4, (Event(10.0, 15.0, 0.7), Event(0.0, 2.5, 0.3))),
    Verdict("d/e/tab\there.wav", (0.9, 0.1), 1, (Event(0.0, 5.0, 1.0),)),
    Verdict("d/bad.wav", error="It is silent."),
]


def test_audacity_has_a_file_of_labels_for_each_song(tmp_path):
    folder = write_events(VERDICTS, CLASSES, tmp_path / "t.csv", kind="audacity")
    assert folder == tmp_path / "t.labels"
    assert (folder / "a.wav.txt").read_text() == (
        "0.000000\t2.500000\trock 30 %\n10.000000\t15.000000\trock 70 %\n"
    )
    assert sum(1 for _ in folder.rglob("*.txt")) == 2


def test_raven_has_one_table_of_all_songs(tmp_path):
    path = write_events(VERDICTS, CLASSES, tmp_path / "t.csv", kind="raven")
    head, *lines = [line.split("\t") for line in path.read_text().splitlines()]
    assert head[:5] == [
        "Selection", "View", "Channel", "Begin Time (s)", "End Time (s)",
    ]  # fmt: skip
    assert [line[0] for line in lines] == ["1", "2", "3"]
    assert lines[0][3:] == [
        "0.000000",
        "2.500000",
        "d/a.wav",
        "rock",
        "0.8000",
        "0.3000",
    ]
    # A tab in a name stays in its cell.
    assert lines[2][5] == "d/e/tab here.wav"
    assert {len(line) for line in lines} == {len(head)}


def test_songs_of_one_name_in_two_folders_stay_two():
    songs = [Verdict(f"x/{folder}/a.wav") for folder in "bc"]
    assert label_names(songs) == ["b/a.wav.txt", "c/a.wav.txt"]
    assert label_names([Verdict("x/a.wav")]) == ["a.wav.txt"]
    assert label_names([]) == []


def test_kinds():
    check_events(None)
    with pytest.raises(ValueError, match="Got events='srt', but expected one of"):
        check_events("srt")
