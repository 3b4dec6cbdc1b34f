import numpy as np

from skgenre.audio import Excerpt
from skgenre.reporting._names import short_names


def test_paths_are_named_below_the_folder_of_all(tmp_path):
    songs = [tmp_path / "jazz" / "a.wav", str(tmp_path / "rock" / "b.wav")]
    assert short_names(songs) == ["jazz/a.wav", "rock/b.wav"]
    assert short_names(songs[:1]) == ["a.wav"]


def test_excerpts_say_which_part(tmp_path):
    songs = [Excerpt(str(tmp_path / "a.wav"), 1, 2), tmp_path / "b.wav"]
    assert short_names(songs) == ["a.wav [1.0 to 2.0 s]", "b.wav"]


def test_what_has_no_name_is_numbered():
    assert short_names([np.zeros(3), (np.zeros(3), 8000)]) == ["song 0", "song 1"]
    assert short_names([7]) == ["song 7"]
    assert short_names([]) == []
