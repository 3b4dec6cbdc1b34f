import numpy as np
import pytest
from shell import write_song
from sklearn.utils import Bunch

from skgenre.cli._data import read_data, unknown_groups
from skgenre.cli._errors import UserError
from skgenre.cli._say import Speaker


def test_a_folder_per_class(library, capsys):
    say = Speaker()
    songs = read_data(say, library, groups="auto")
    assert songs.groups is not None
    assert "12 songs of 2 genres" in capsys.readouterr().out
    assert read_data(say, library, groups="none").groups is None


def test_words_of_music(tmp_path, capsys):
    for genre in ("jazz", "rock"):
        write_song(tmp_path / genre / "a.wav", 300)
    say = Speaker()
    songs = read_data(say, tmp_path, groups="auto")
    unknown_groups(say, songs)
    out = capsys.readouterr().out
    assert "2 songs of 2 genres" in out
    assert "The artist of 2 of 2 songs is not known. Songs of one artist" in out


def test_groups_that_are_not_known(library):
    with pytest.raises(UserError, match="Got --groups me, but expected one of auto"):
        read_data(Speaker(), library, groups="me")


def test_nothing_is_said_where_all_are_known(capsys):
    songs = Bunch(data=["a"], artists=["b"], target=np.array(["c"]))
    unknown_groups(Speaker(), songs)
    assert capsys.readouterr().out == ""
