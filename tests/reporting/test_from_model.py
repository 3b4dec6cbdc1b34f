import numpy as np
import pytest

from skgenre.datasets._unit import MUSIC, OTHER
from skgenre.persistence import ModelCard
from skgenre.prediction._judge import Listened, WindowsOfSong
from skgenre.prediction._verdicts import Event, Verdict
from skgenre.reporting._extras import Extras
from skgenre.reporting._from_model import content_of_verdicts

WINDOWS = WindowsOfSong(
    np.array([0.0]), np.array([1.0]), np.array([[0.7, 0.3]]), np.array([0.7])
)
HEARD = [
    Listened(
        Verdict("/m/a.wav", (0.7, 0.3), windows=1, events=(Event(0.0, 1.0, 1.0),)),
        (WINDOWS,),
    ),
    Listened(Verdict("/m/b.wav", (0.2, 0.8), windows=1, note="It is short.")),
    Listened(Verdict("/m/c.wav", error="It is silent.")),
]
SONGS = ["/m/a.wav", "/m/b.wav", "/m/c.wav"]


def card(**facts):
    return ModelCard(
        format_version=1,
        skgenre_version="0.1.0",
        versions={},
        created="",
        model="",
        classes=["up", "down"],
        window_seconds=(1.0,),
        hop_seconds=(1.0,),
        sample_rate=(8000.0,),
        facts=facts,
    )


def content(**more):
    more = {"classes": ["up", "down"], "extras": Extras()} | more
    return content_of_verdicts(HEARD, SONGS, **more)


def test_verdicts_of_new_songs():
    made = content()
    assert made.title == "Verdicts on 2 of 3 recordings"
    assert [song.name for song in made.songs] == ["a.wav", "b.wav", "c.wav"]
    assert [song.verdict for song in made.songs] == [0, 1, None]
    assert made.songs[0].windows == (WINDOWS,)
    assert made.songs[0].decides
    assert made.songs[1].note == "It is short."
    assert made.songs[2].error == "It is silent."
    assert made.done == [
        "A model of 2 classes judged 2 recordings.",
        "1 recording could not be judged.",
    ]


def test_without_a_card_the_figure_is_not_known():
    for one in (None, card(), card(figures={"accuracy": "good"})):
        assert content(card=one).figure is None
    assert "is not known" in content().cautions[0]


def test_the_figure_is_that_of_the_card():
    figures = {
        "accuracy": 0.82,
        "accuracy_low": 0.755,
        "accuracy_high": 0.87,
        "confidence": 0.9,
        "always": {"label": "up", "accuracy": 0.5},
        "split": "5 folds",
        "ensured": "No song was heard before.",
    }
    made = content(card=card(unit="song", figures=figures))
    assert made.words == MUSIC
    assert made.figure.value == "82.0 %"
    assert made.figure.text == "of the songs it was measured on got the right genre"
    assert made.figure.more[:2] == (
        "90 % interval: 76 to 87 %.",
        "Always saying 'up' would be right in 50.0 %.",
    )
    assert "measured in 5 folds" in made.done[-1]
    assert made.cautions == ["No song was heard before."]


def test_labels_that_are_known():
    made = content(y=["down", "down", "sideways"], card=card(unit="recording"))
    assert made.words == OTHER
    assert made.figure.value == "50.0 %"
    assert [song.is_right for song in made.songs] == [False, True, None]
    assert "trained on other recordings" in made.cautions[0]
    assert made.cautions[1] == (
        "The model does not know the labels sideways: what is labelled so is in no "
        "figure."
    )
    # Wilson's of 1 of 2, by hand: (1/2 + z2/4 -/+ sqrt(z2/8 + z2^2/16)) / (1 + z2/2).
    assert made.figure.more[0] == (
        "95 % interval: 9.5 to 90.5 %; 2 recordings tell it no better."
    )
    with pytest.raises(ValueError, match="Got 1 labels in y, but 3 songs"):
        content(y=["up"])
