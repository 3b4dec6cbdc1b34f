import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import DataConversionWarning

from skgenre import SongWindows
from skgenre.windows._inputs import read_songs
from skgenre.windows._labels import (
    LabelledSongs,
    label_songs,
    read_labels,
    read_weight,
)


def given(counts=(2, 1, 3)):
    """Songs of 2, 1 and 3 windows."""
    songs = SongWindows(np.zeros((sum(counts), 2)), counts, song_ids=list("abc"))
    return read_songs(songs, caller="X")


def flat():
    """The same songs as windows in any order: of b, a, c, c, a, c."""
    return read_songs(np.zeros((6, 2)), list("baccac"), caller="X")


def labelled(songs, y, sample_weight=None, **options):
    return label_songs(songs, y, sample_weight, caller="MILClassifier", **options)


# -- songs, labels and weights together -----------------------------------------------


def test_labels_of_songs_and_windows():
    of_songs = labelled(given(), ["rock", "jazz", "rock"])
    assert_array_equal(of_songs.song_y, ["rock", "jazz", "rock"])
    assert_array_equal(
        of_songs.window_y, ["rock", "rock", "jazz", "rock", "rock", "rock"]
    )
    y = np.array(["jazz", "rock", "pop", "pop", "rock", "pop"])
    of_windows = labelled(flat(), y)
    assert_array_equal(of_windows.song_y, ["jazz", "rock", "pop"])
    assert_array_equal(of_windows.window_y, y)


def test_weights_of_songs_and_windows():
    of_songs = labelled(given(), [0, 1, 0], [1, 2, 4])
    assert_array_equal(of_songs.song_weight, [1, 2, 4])
    assert_array_equal(of_songs.window_weight, [1, 1, 2, 4, 4, 4])
    of_windows = labelled(flat(), [1, 0, 2, 2, 0, 2], [2, 1, 3, 4, 3, 5])
    assert_array_equal(of_windows.song_weight, [2, 2, 4])  # means
    assert_array_equal(of_windows.window_weight, [2, 1, 3, 4, 3, 5])
    even = labelled(given(), [0, 1, 0])
    assert even.song_weight is even.window_weight is None


@pytest.mark.parametrize("songs", [given(), flat()])
def test_balanced_songs_weigh_the_same(songs):
    y = [0, 1, 0] if songs.rows_are_songs else [1, 0, 0, 0, 0, 0]
    weight = labelled(songs, y, song_balanced=True).window_weight
    assert_allclose(np.bincount(songs.codes, weights=weight), 2)  # 6 windows, 3 songs
    assert weight.mean() == pytest.approx(1)


def test_balanced_songs_with_weights_and_without_windows():
    weights = labelled(given(), [0, 1, 0], [1, 2, 4], song_balanced=True)
    assert_allclose(weights.window_weight, [1, 1, 4, 8 / 3, 8 / 3, 8 / 3])
    # Two songs are heard: 4 windows, 2 for each song.
    two = labelled(given((1, 0, 3)), [0, 1, 0], song_balanced=True)
    assert_allclose(two.window_weight, [2, 2 / 3, 2 / 3, 2 / 3])


def test_nothing_is_changed_once_it_is_read():
    with pytest.raises(dataclasses.FrozenInstanceError):
        labelled(given(), [0, 1, 0]).y = None


# -- classes and their shares ---------------------------------------------------------


def test_shares_by_hand():
    songs = labelled(given(), ["rock", "jazz", "rock"])
    classes, class_index, shares = songs.class_shares(caller="X")
    assert_array_equal(classes, ["jazz", "rock"])
    assert_array_equal(class_index, [1, 0, 1])
    assert_allclose(shares, [1 / 3, 2 / 3])
    weighted = labelled(given(), ["rock", "jazz", "rock"], [1, 5, 4])
    assert_allclose(weighted.class_shares(caller="X")[2], [0.5, 0.5])
    # Songs count, not windows.
    of_windows = labelled(flat(), list("yxxxxx")).class_shares(caller="X")[2]
    assert_allclose(of_windows, [2 / 3, 1 / 3])


def test_one_class_is_too_few():
    with pytest.raises(ValueError, match="MILClassifier needs songs of at least 2 cl"):
        labelled(given(), [5, 5, 5]).class_shares(caller="MILClassifier")


def test_weights_of_nothing():
    with pytest.raises(ValueError, match="sample weights add up to 0; expected more"):
        labelled(given(), [0, 1, 0], [-1, 0, 1]).class_shares(caller="X")
    # Some versions of scikit-learn refuse it before.
    with pytest.raises(ValueError, match=r"add up to 0|at least one non-zero"):
        labelled(given(), [0, 1, 0], [0, 0, 0]).class_shares(caller="X")


def test_songs_without_windows_are_said():
    some = labelled(given((2, 0, 1)), ["rock", "rock", "jazz"])
    with pytest.warns(UserWarning, match="have no windows and are left out") as caught:
        shares = some.class_shares(caller="X")[2]
    assert str(caught[0].message).endswith("fit: b.")
    # They count among the songs all the same.
    assert_allclose(shares, [1 / 3, 2 / 3])
    lost = labelled(given((2, 0, 1)), ["rock", "pop", "jazz"])
    with pytest.warns(UserWarning, match=r"fit: b\. The class\(es\) \['pop'\] cannot"):
        lost.class_shares(caller="X")
    with pytest.raises(ValueError, match="None of the songs has a window"):
        labelled(given((0, 0, 0)), [0, 1, 0]).class_shares(caller="X")


# -- what y and sample_weight may be --------------------------------------------------


@pytest.mark.parametrize(
    ("songs", "y", "message"),
    [
        (
            given(),
            [0, 1],
            r"one label per song: expected shape \(3,\). Got shape \(2,\)",
        ),
        (given(), [[0, 1, 0]], r"Got shape \(1, 3\)\.$"),
        (given(), [0] * 6, r"It looks like one per window; use X.collapse\(y\)"),
        (flat(), [0, 1, 0], r"one label per row of X: expected shape \(6,\)"),
        (given(), [0, 1, np.nan], "Input y contains infinity or NaN"),
        (given(), [0, 1, np.inf], "Input y contains infinity or NaN"),
    ],
)
def test_wrong_labels(songs, y, message):
    with pytest.raises(ValueError, match=message):
        read_labels(songs, y)


def test_a_column_of_labels():
    with pytest.warns(DataConversionWarning, match="column-vector y was passed"):
        assert_array_equal(read_labels(given(), [[0], [1], [0]]), [0, 1, 0])


def test_what_is_no_class():
    with pytest.raises(ValueError, match="Unknown label type"):
        labelled(given(), [0.1, 0.2, 0.3])
    with pytest.raises(ValueError, match="MILClassifier requires y to be passed"):
        labelled(given(), None)


def test_weights_are_of_rows():
    assert read_weight(given(), None) is None
    assert read_weight(given(), [1, 2, 3]).dtype == float
    with pytest.raises(ValueError, match=r"sample_weight.shape == \(2,\), expected"):
        read_weight(given(), [1, 2])
    with pytest.raises(ValueError, match=r"expected \(6,\)"):
        read_weight(flat(), [1, 2, 3])
    assert_array_equal(read_weight(given(), [-1, 0, 1]), [-1, 0, 1])
    # Options are those of scikit-learn's check, whatever it calls them.
    with pytest.raises(ValueError, match="Negative values"):
        labelled(given(), [0, 1, 0], [-1, 0, 1], ensure_non_negative=True)


def test_what_is_put_together():
    songs = given()
    together = labelled(songs, [0, 1, 0], [1, 1, 2], song_balanced=True)
    assert isinstance(together, LabelledSongs)
    assert together.songs is songs
    assert together.song_balanced
    assert together.song_y is together.song_y  # worked out once
