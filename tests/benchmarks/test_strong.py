import numpy as np
import strong

import skgenre


def test_subsets_but_the_empty_one():
    assert strong.subsets("ab") == [("a",), ("b",), ("a", "b")]


def test_bootstrap_draws_whole_clusters():
    # One cluster is one draw: nothing varies.
    low, high = strong.bootstrap(np.array([1.0, 0.0]), np.array(["a", "a"]))
    assert low == high == 0.5
    low, high = strong.bootstrap(np.array([1.0, 0.0]), np.array(["a", "b"]))
    assert (low, high) == (0.0, 1.0)


def test_columns_keep_songs():
    windows = skgenre.SongWindows(np.arange(6.0).reshape(3, 2), [2, 1])
    fewer = strong.columns(windows, np.array([False, True]))
    assert fewer.values.tolist() == [[1.0], [3.0], [5.0]]
    assert fewer.counts.tolist() == [2, 1]


def test_every_second_window_of_each_song():
    windows = skgenre.SongWindows(np.arange(5.0)[:, None], [3, 2])
    (_, _, whole), (_, _, apart) = strong.overlaps(windows, "scale")
    assert whole is windows
    assert apart.values.ravel().tolist() == [0.0, 2.0, 3.0]
    assert apart.counts.tolist() == [2, 1]
