import numpy as np
import pytest
from sklearn.utils import Bunch

from skgenre.cli._words import GENERAL, MUSIC, plural, words_of


def test_words_follow_the_labels():
    music = Bunch(target=np.array(["Hip Hop", "speech"]))
    assert words_of(music) is MUSIC
    hearts = Bunch(target=np.array(["murmur", "normal"]))
    assert words_of(hearts) is GENERAL
    assert words_of(Bunch(target=None)) is GENERAL


def test_what_the_loader_knows_comes_first():
    assert words_of(Bunch(target=np.array(["murmur"]), unit="song")) is MUSIC
    assert words_of(Bunch(target=np.array(["rock"]), unit="recording")) is GENERAL
    assert words_of(Bunch(target=np.array(["rock"]), unit=GENERAL)) is GENERAL
    assert words_of(Bunch(target=np.array(["rock"]), unit=MUSIC)) is MUSIC
    assert words_of(Bunch(target=np.array(["murmur"]), unit=MUSIC)) is GENERAL


@pytest.mark.parametrize(
    ("number", "what", "said"),
    [
        (1, "label", "1 class"),
        (2, "label", "2 classes"),
        (1200, "song", "1,200 recordings"),
    ],
)
def test_numbers_with_words(number, what, said):
    assert GENERAL.several(number, what) == said


def test_plural():
    assert plural("song") == "songs"
    assert plural("class") == "classes"
