from skgenre.datasets._unit import MUSIC, OTHER
from skgenre.reporting._words import worded


def test_music_stays_as_it_is():
    assert worded("2 songs by 1 artist", MUSIC) == "2 songs by 1 artist"


def test_other_words_and_names_that_stay():
    text = "Songs: 'song' is right in 3 songs of one artist, 'two songs' in 1 genre."
    assert worded(text, OTHER) == (
        "Recordings: 'song' is right in 3 recordings of one group, 'two songs' in 1 "
        "class."
    )
    assert worded("songster", OTHER) == "songster"
