import numpy as np
import pytest

from skgenre.datasets._unit import MUSIC, OTHER
from skgenre.model_selection import Duplicates, LeakageReport
from skgenre.reporting._content import Copy, ReportSong
from skgenre.reporting._extras import (
    Extras,
    copies_among,
    leakage_table,
    title_of,
)


@pytest.fixture
def songs():
    return [ReportSong(name=name, key=f"/m/{name}") for name in "abc"]


def test_copies_are_found_by_key_and_by_name(songs):
    found = Duplicates(
        [(0, 2, 0.9, 0.0, 30.0, False), (0, 1, 1, 0, 30, True)],
        ["/m/a", "/m/b", "/m/c"],
    )
    assert copies_among(Extras(copies=found), songs) == [
        Copy(0, 2, "similarity 0.90, 30 s in common"),
        Copy(0, 1, "equal to the last sample"),
    ]
    pairs = [("a", "b"), ("a", "elsewhere")]
    assert copies_among(Extras(copies=pairs), songs) == [Copy(0, 1, "")]
    assert copies_among(Extras(copies=[]), songs) == []
    assert copies_among(Extras(), songs) is None


def test_bad_songs_have_rows(songs):
    (bad,) = Extras(
        errors={"d.wav": "It is empty."}, labels={"d.wav": "rock"}
    ).bad_songs(["jazz", "rock"])
    assert bad.label == 1
    assert (bad.name, bad.error, bad.verdict) == ("d.wav", "It is empty.", None)


def test_the_title_says_how_many_were_judged(songs):
    judged = ReportSong(name="d", key="d", verdict=0, proba=(1.0,))
    assert title_of([judged], MUSIC) == "Verdicts on 1 song"
    assert title_of([judged, *songs], OTHER) == "Verdicts on 1 of 4 recordings"


def test_leakage_is_told_by_split():
    right, wrong = [[0.9, 0.1]], [[0.2, 0.8]]
    leakage = LeakageReport(
        y=["jazz"] * 4 + ["rock"],
        groups=np.arange(5),
        window_proba={"window": right * 4 + wrong, "song": right * 3 + wrong * 2},
        song_proba={"window": right * 4 + wrong, "song": right * 3 + wrong * 2},
        n_bootstrap=50,
    )
    table = leakage_table(leakage, OTHER)
    assert [row[:2] for row in table.rows] == [
        ["random windows", "100.0 %"],
        ["whole recordings", "80.0 %"],
    ]
    assert table.head == ["Held out", "recordings right", "95 % interval"]
    assert "5 recordings" in table.before
