import numpy as np
import pytest

from skgenre.datasets._unit import OTHER
from skgenre.model_selection import ModelComparison
from skgenre.reporting._extras import Extras
from skgenre.reporting._from_comparison import content_of_comparison


def content(comparison, **more):
    more = {"songs": None, "voting": None, "extras": Extras()} | more
    return content_of_comparison(comparison, **more)


def test_verdicts_and_the_figure(comparison, paths):
    made = content(comparison)
    assert made.figure.value == "60.0 %"
    assert made.figure.text == "of 5 songs get the right genre"
    # Three of five are rock.
    assert "Always saying 'rock' would be right in 60.0 %." in made.figure.more
    # a: 4 of 4, b: 0 of 4, <script>: 4, d: 2, the last: 4.
    assert made.figure.more[-1] == "Single windows are right in 70.0 %."
    assert [song.verdict for song in made.songs] == [0, 1, 1, 0, 1, None]
    assert [song.key for song in made.songs] == paths
    assert [song.source for song in made.songs] == paths
    assert made.songs[5].error == "No windows."
    assert made.songs[3].others == {"mean": 0, "max": 0}
    assert [song.suspect for song in made.songs] == [False, True, *[False] * 4]


def test_seconds_that_decided(comparison):
    made = content(comparison)
    (event,) = made.songs[3].events
    assert (event.start, event.end) == (1, 3)
    assert event.share == pytest.approx(1.8 / 2.4)
    (windows,) = made.songs[3].windows
    np.testing.assert_allclose(windows.contribution, np.array([0.3, 0.9, 0.9, 0.3]) / 4)


def test_what_is_not_known_is_said(comparison):
    made = content(comparison)
    assert "artists are not known" in made.cautions[0]
    assert "Copies of a recording were not looked for" in made.cautions[1]
    assert content(comparison, extras=Extras(copies=[])).cautions == made.cautions[:1]
    noted = content(comparison, extras=Extras(notes=["All is well."]))
    assert noted.cautions == ["All is well."]


def test_votings_stand_side_by_side_in_the_words_of_the_job(comparison):
    (table,) = content(comparison, extras=Extras(words=OTHER)).tables
    assert table.title == "Votings side by side"
    assert table.head[:2] == ["voting", "recordings right"]
    assert "macro F1" not in table.head
    assert [row[0] for row in table.rows] == ["mean", "max"]
    assert {len(row) for row in table.rows} == {len(table.head)}
    assert "With 5 recordings" in table.before


def test_another_voting(comparison):
    made = content(comparison, voting="max")
    assert "the voting 'max'" in made.done[1]
    # 0.9 of jazz against 0.7 of rock
    assert made.songs[3].proba == pytest.approx((0.9 / 1.6, 0.7 / 1.6))
    # It was made by hand, and not as the voting of this name would.
    assert not made.songs[3].decides
    with pytest.raises(ValueError, match=r"Got voting='median', but expected one of"):
        content(comparison, voting="median")


def test_songs_must_be_those_of_the_comparison(comparison):
    with pytest.raises(ValueError, match="Got 1 songs, but expected the 6"):
        content(comparison, songs=["a.wav"])


def test_models_have_no_windows():
    comparison = ModelComparison(
        y=["up", "down"],
        song_proba={"old": [[0.4, 0.6], [0, 1]], "new": [[0.6, 0.4], [0.2, 0.8]]},
        fold=[0, -1],
        groups=["x", "unknown: y"],
    )
    made = content(comparison)
    assert made.words == OTHER
    assert made.compared == "model"
    assert made.songs[0].windows == ()
    assert made.songs[0].verdict == 1
    assert made.songs[1].error == "Tested in no fold."
    assert [song.name for song in made.songs] == ["song 0", "song 1"]
    assert [song.group for song in made.songs] == ["x", ""]
    assert made.songs[0].source is None
    assert "groups kept together" in made.done[0]


def test_songs_that_could_not_be_used_have_rows(comparison):
    made = content(comparison, extras=Extras(errors={"x.wav": "It is empty."}))
    assert made.songs[-1].error == "It is empty."
    assert made.title == "Verdicts on 5 of 7 songs"
