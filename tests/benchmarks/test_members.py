import members
import numpy as np

import skgenre


def test_subsets_but_the_empty_one():
    assert members.subsets("ab") == [("a",), ("b",), ("a", "b")]


def test_columns_keep_songs():
    windows = skgenre.SongWindows(np.arange(6.0).reshape(3, 2), [2, 1])
    fewer = members.columns(windows, np.array([False, True]))
    assert fewer.values.tolist() == [[1.0], [3.0], [5.0]]
    assert fewer.counts.tolist() == [2, 1]


def test_every_second_window_of_each_song():
    windows = skgenre.SongWindows(np.arange(5.0)[:, None], [3, 2])
    (_, _, whole), (_, _, apart) = members.overlaps(windows, "scale")
    assert whole is windows
    assert apart.values.ravel().tolist() == [0.0, 2.0, 3.0]
    assert apart.counts.tolist() == [2, 1]
