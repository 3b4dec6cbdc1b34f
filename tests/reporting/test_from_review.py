import numpy as np
import pytest
from sklearn.utils import Bunch

from skgenre.datasets._unit import OTHER
from skgenre.prediction._judge import Listened, WindowsOfSong
from skgenre.prediction._verdicts import Event, Verdict
from skgenre.reporting import report
from skgenre.reporting._extras import Extras
from skgenre.reporting._from_review import content_of_review
from skgenre.reporting._report import sources_by_name
from skgenre.review import Review, ReviewRow

WINDOWS = WindowsOfSong(
    np.array([0.0]), np.array([1.0]), np.array([[0.3, 0.7]]), np.array([0.7])
)
REVIEW = Review(
    rows=(
        ReviewRow(2, "b.wav", "rock", copy_of="a.wav", reasons="Twice."),
        ReviewRow(1, "a.wav", "jazz", "rock", 0.7, "jazz", 0.3, reasons="Doubtful."),
        ReviewRow(3, "gone.wav", "waltz", copy_of="not listed.wav"),
    ),
    n_songs=40,
    agreement=0.85,
    method="Each was judged by a model fitted anew without the song.",
    errors={"b.wav": "It is silent."},
    classes=("jazz", "rock"),
    listened={
        "a.wav": Listened(
            Verdict("0", (0.3, 0.7), windows=1, events=(Event(0.0, 1.0, 1.0),)),
            (WINDOWS,),
        ),
        "b.wav": Listened(Verdict("1", error="It is silent.")),
    },
)


def test_songs_in_the_order_of_ranks_with_their_windows():
    made = content_of_review(REVIEW, sources={"a.wav": "/m/a.wav"}, extras=Extras())
    assert made.title == "3 songs are worth a look"
    assert [song.key for song in made.songs] == ["a.wav", "b.wav", "gone.wav"]
    first, silent, gone = made.songs
    assert (first.source, first.label, first.verdict) == ("/m/a.wav", 0, 1)
    assert first.windows == (WINDOWS,)
    assert first.events == (Event(0.0, 1.0, 1.0),)
    assert (silent.verdict, silent.error) == (None, "It is silent.")
    # A label that the models do not know is no other one.
    assert gone.label is None
    assert [(c.first, c.second) for c in made.copies] == [(1, 0)]
    assert [row["song"] for row in made.review] == ["a.wav", "b.wav", "gone.wav"]
    assert made.figure.value == "85.0 %"
    assert made.figure.text == "of 39 songs get the genre that they have"


def test_other_recordings_have_their_words():
    extras = Extras(words=OTHER)
    made = content_of_review(REVIEW, sources={}, extras=extras)
    assert made.title == "3 recordings are worth a look"
    assert made.figure.text == "of 39 recordings get the class that they have"


def test_a_table_that_was_read_knows_no_windows():
    read = Review(REVIEW.rows)
    made = content_of_review(read, sources={}, extras=Extras())
    assert made.classes == ["jazz", "rock", "waltz"]
    assert made.figure is None
    assert all(song.verdict is None and song.error for song in made.songs)


def test_sounds_are_found_by_name(tmp_path):
    songs = Bunch(data=["/m/x/a.wav", "/m/x/b.wav"], names=["a.wav", "b.wav"])
    assert sources_by_name(songs) == {"a.wav": "/m/x/a.wav", "b.wav": "/m/x/b.wav"}
    noise = np.zeros(9)
    assert list(sources_by_name(["/m/a.wav", noise])) == ["/m/a.wav", "song 1"]
    page = report(REVIEW, tmp_path / "r.html", songs=songs, audio="none")
    text = page.read_text(encoding="utf-8")
    assert "Doubtful." in text


def test_names_that_are_too_few_are_an_error():
    with pytest.raises(ValueError, match="zip"):
        sources_by_name(Bunch(data=["a", "b"], names=["a"]))
