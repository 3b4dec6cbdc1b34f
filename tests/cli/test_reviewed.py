import numpy as np
from sklearn.utils import Bunch

from skgenre.cli._reviewed import apply_review, measured_after, reviewed_songs
from skgenre.cli._say import Speaker
from skgenre.review import Review, ReviewRow


def songs():
    names = [f"{i}.wav" for i in range(6)]
    target = np.array(["a", "a", "b", "b", "c", "c"])
    return Bunch(data=names, names=names, target=target)


def relabelled(song, label, **more):
    return ReviewRow(1, song, decision="relabel", new_label=label, **more)


def test_songs_as_they_are_without_a_table():
    given = songs()
    found = reviewed_songs(Speaker(), given, None)
    assert (found.songs is given, found.facts) == (True, None)


def test_the_most_frequent_change_is_said_first(capsys):
    rows = (
        relabelled("4.wav", "a"),
        relabelled("2.wav", "a", decided_by="Ann", comment="live"),
        relabelled("3.wav", "a"),
        ReviewRow(1, "0.wav", decision="right", decided_at="2026"),
    )
    found = apply_review(Speaker(), songs(), Review(rows), name="r.csv")
    assert (
        "1. Took the decisions of r.csv: 3 songs relabelled (2 from b to a, 1 from c "
        "to a), 0 left out, 1 confirmed, 0 still open."
    ) in capsys.readouterr().out
    assert found.songs.target.tolist() == ["a", "a", "a", "a", "a", "c"]
    assert found.facts["relabelled"][1] == {
        "song": "2.wav", "by": "Ann", "at": "", "comment": "live",
        "from": "b", "to": "a",
    }  # fmt: skip
    assert found.facts["confirmed"][0]["at"] == "2026"


def test_a_figure_after_a_review_says_so(capsys):
    say = Speaker()
    none = {"relabelled": [], "left_out": [], "confirmed": [{}], "open": 3}
    measured_after(say, None)
    measured_after(say, none)
    assert capsys.readouterr().out == ""
    measured_after(say, {**none, "left_out": [{}]})
    assert "by the labels after the review" in capsys.readouterr().out
