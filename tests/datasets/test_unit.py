import pytest

from skgenre.datasets._unit import OTHER, are_genres, plural


def test_genres_are_known_by_their_names():
    assert are_genres(["Hip Hop", "speech"])
    assert not are_genres(["murmur", "normal"])
    assert not are_genres([])


@pytest.mark.parametrize(
    ("number", "what", "said"),
    [
        (1, "label", "1 class"),
        (2, "label", "2 classes"),
        (1200, "song", "1,200 recordings"),
    ],
)
def test_numbers_with_words(number, what, said):
    assert OTHER.several(number, what) == said


def test_plural():
    assert plural("song") == "songs"
    assert plural("class") == "classes"
    assert plural("box") == "boxes"
