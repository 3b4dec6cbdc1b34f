import numpy as np
import pytest
from sklearn.utils import Bunch

from skgenre.audio import Excerpt
from skgenre.review import ReviewRow
from skgenre.review._changes import apply_changes, changes_of


def bunch():
    return Bunch(
        data=["d/a.wav", Excerpt("d/b.wav", 0, 5), Excerpt("d/b.wav", 5, 9), "d/c.wav"],
        names=["a.wav", "b.wav [0.0 to 5.0 s]", "b.wav [5.0 to 9.0 s]", "c.wav"],
        target=np.array(["rock", "rock", "jazz", "jazz"]),
        target_names=["jazz", "rock"],
        groups=np.array(["A", "B", "B", "C"]),
        artists=["A", "B", "B", None],
        folds=np.array([1, 2, 2, 1]),
        split=None,
        faults=None,
        unit="kept",
        DESCR="Songs",
    )


def row(song, decision, new_label="", **more):
    return ReviewRow(1, song, decision=decision, new_label=new_label, **more)


def test_parts_of_files_get_labels_and_go():
    songs = bunch()
    rows = [
        row("b.wav [0.0 to 5.0 s]", "relabel", "jazz"),
        row("b.wav [5.0 to 9.0 s]", "leave out"),
        row("c.wav", "right"),
        row("a.wav", "unsure"),
    ]
    changes = changes_of(rows, songs)
    assert [i for i, _ in changes.relabelled] == [1]
    assert [i for i, _ in changes.left_out] == [2]
    assert [i for i, _ in changes.confirmed] == [3]
    assert (changes.n_open, changes.odd) == (1, [])
    assert changes.counts(songs.target) == {("rock", "jazz"): 1}
    new = apply_changes(changes, songs)
    assert new.data == [songs.data[0], songs.data[1], songs.data[3]]
    assert new.names == ["a.wav", "b.wav [0.0 to 5.0 s]", "c.wav"]
    assert new.target.tolist() == ["rock", "jazz", "jazz"]
    assert new.groups.tolist() == ["A", "B", "C"]
    assert (new.artists, new.folds.tolist()) == (["A", "B", None], [1, 2, 1])
    assert (new.split, new.unit) == (None, "kept")
    assert new.DESCR.endswith(
        "After a review: 1 with another label, 1 left out, 1 confirmed"
    )
    # The songs that were given are as they were.
    assert songs.target.tolist() == ["rock", "rock", "jazz", "jazz"]
    assert len(songs.data) == 4


def test_a_longer_label_is_not_cut():
    songs = bunch()
    new = apply_changes(
        changes_of([row("a.wav", "relabel", "progressive rock")], songs), songs
    )
    assert new.target.tolist()[0] == "progressive rock"
    assert new.target_names == ["jazz", "progressive rock", "rock"]


def test_numbers_stay_numbers():
    songs = bunch()
    songs.target = np.array([1, 1, 2, 2])
    new = apply_changes(changes_of([row("a.wav", "relabel", "2")], songs), songs)
    assert new.target.tolist() == [2, 1, 2, 2]


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([row("a.wav", "right"), row("x.wav", "right")],
         "1 song is decided on, but not there any more: x.wav. Their decisions change "
         "nothing."),
        ([row("a.wav", "right", label="jazz")],
         "1 song is labelled otherwise since the table was made: a.wav (was jazz, is "
         "rock). What was decided holds."),
        ([row("a.wav", "relabel", "rock", label="jazz")],
         "1 song is labelled so already: a.wav."),
        ([row("a.wav", "relabel", "jaz"), row("c.wav", "relabel", "jaz")],
         "2 songs get the new label 'jaz', which none has that is there now. Is 'jazz' "
         "meant?"),
        ([row("a.wav", "relabel", "Jazz")],
         "1 song gets the new label 'Jazz', which none has that is there now. Is "
         "'jazz' meant?"),
        ([row("a.wav", "relabel", "folk")],
         "1 song gets the new label 'folk', which none has that is there now."),
        ([row("a.wav", "leave out", copy_of="c.wav"), row("c.wav", "leave out")],
         "Both copies of one recording are left out: a.wav = c.wav."),
    ],
)  # fmt: skip
def test_what_is_odd_is_said(rows, sentence):
    assert changes_of(rows, bunch()).odd == [sentence]


def test_a_number_that_a_spreadsheet_made_shorter():
    songs = bunch()
    songs.target = np.array(["007", "007", "011", "011"])
    changes = changes_of([row("a.wav", "right", label="7")], songs)
    assert changes.odd == []
    changes = changes_of([row("a.wav", "relabel", "11", label="7")], songs)
    assert changes.odd[0].endswith("Is '011' meant?")


def test_an_apostrophe_that_a_table_may_have_added():
    songs = bunch()
    songs.names = ["'=a.wav", "b", "c", "d"]
    assert changes_of([row("=a.wav", "right")], songs).confirmed[0][0] == 0


def test_a_song_of_several_rows_changes_in_all():
    songs = bunch()
    songs.names = ["a.wav", "a.wav", "b", "c"]
    changes = changes_of([row("a.wav", "leave out")], songs)
    assert [i for i, _ in changes.left_out] == [0, 1]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([row("x.wav", "right")], r"of which none is there \(x.wav\).*such as 'a.wav'"),
        ([row(n, "leave out") for n in bunch().names], "leave out all 4 songs"),
    ],
)
def test_decisions_that_leave_nothing(rows, message):
    with pytest.raises(ValueError, match=message):
        changes_of(rows, bunch())


def test_songs_without_labels():
    songs = bunch()
    songs.target = None
    with pytest.raises(ValueError, match="songs without labels"):
        changes_of([], songs)
