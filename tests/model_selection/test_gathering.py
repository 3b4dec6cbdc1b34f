from pathlib import Path

import numpy as np
from numpy.testing import assert_array_equal

from skgenre import SongWindows
from skgenre.model_selection._gathering import gather, song_names

TESTS = [np.array([2, 0]), np.array([3])]


def test_songs_of_folds_are_put_back_in_order():
    y = np.array(["a", "b", "a", "b"])
    folds = gather([np.array([0, 0]), np.array([1])], TESTS, y)
    assert_array_equal(folds, [0, -1, 0, 1])
    parts = [np.array([[0.2, 0.8], [1.0, 0.0]]), np.array([[0.5, 0.5]])]
    proba = gather(parts, TESTS, y)
    assert_array_equal(proba, [[1, 0], [np.nan, np.nan], [0.2, 0.8], [0.5, 0.5]])


def test_names_of_songs():
    windows = SongWindows(np.zeros((2, 1)), [1, 1], song_ids=["x", "y"])
    assert song_names(windows).tolist() == ["x", "y"]
    assert song_names([Path("a.wav"), "b.wav"]).tolist() == ["a.wav", "b.wav"]
    assert song_names([np.zeros(3), np.zeros(4)]) is None
    assert song_names(np.zeros((2, 3))) is None
