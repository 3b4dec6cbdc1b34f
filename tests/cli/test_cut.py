import pytest

from skgenre.cli._cut import chosen_cut
from skgenre.cli._recipe import Cut
from skgenre.cli._say import Speaker
from skgenre.datasets import load_songs


@pytest.fixture
def songs(library):
    return load_songs(library)


def cut(songs, *, window=None, hop=None, sample_rate=None):
    return chosen_cut(
        Speaker(), songs, window=window, hop=hop, sample_rate=sample_rate, n_jobs=1
    )


def test_what_fits_is_chosen_and_said(songs, capsys):
    # Songs of two seconds at 8,000 Hz: the shortest window that the recipes can use.
    chosen = cut(songs)
    assert chosen.sample_rate == 8000
    assert 0.25 < chosen.window <= 1
    assert chosen.hop is None
    said = capsys.readouterr().out
    assert "at 8,000 Hz" in said
    assert "windows of" in said


def test_what_is_settled_stays(songs, capsys):
    assert cut(songs, window=1.5, hop=0.5, sample_rate=4000) == Cut(1.5, 0.5, 4000)
    assert capsys.readouterr().out == ""
    assert cut(songs, window=1.5).window == 1.5
    assert cut(songs, sample_rate=4000).sample_rate == 4000
    assert cut(songs, hop=0.1).hop == 0.1
