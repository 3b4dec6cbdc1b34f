import numpy as np
import pandas as pd
import pytest

from skgenre.model_selection._checks import (
    check_choice,
    check_interval,
    check_n_folds,
    checked_artists,
    checked_classes,
    checked_labels,
    drawn_seed,
    either_name,
)


def test_one_label_per_song():
    np.testing.assert_array_equal(checked_labels(["jazz", "rock"]), ["jazz", "rock"])
    with pytest.raises(ValueError, match="one label per song") as caught:
        checked_labels([["jazz", "rock"]])
    assert str(caught.value) == (
        "Got y of shape (1, 2), but expected one label per song, shape (n_songs,)."
    )


def test_at_least_two_classes():
    assert checked_classes(np.array([7, 5, 7])).tolist() == [5, 7]
    with pytest.raises(ValueError, match=r"Got songs of the class\(es\) \[7\] only"):
        checked_classes(np.array([7, 7]))


def test_every_song_has_an_artist():
    assert checked_artists(None) is None
    # What is a name to a person is one here: "" as well.
    np.testing.assert_array_equal(checked_artists(["a", ""]), ["a", ""])


@pytest.mark.parametrize(
    "artists",
    [["a", None], [0.5, np.nan], np.array(["a", np.nan], object), [None, None]],
)
def test_song_without_an_artist(artists):
    song = 0 if artists[0] is None else 1
    with pytest.raises(ValueError, match=f"without an artist for song {song}"):
        checked_artists(artists)
    with pytest.raises(ValueError, match="as load_songs does"):
        checked_artists(pd.Series(artists))


@pytest.mark.parametrize("confidence", [0, 1, 95, -0.5, np.nan])
def test_confidence(confidence):
    with pytest.raises(ValueError, match=r"Got confidence=.*between 0 and 1\."):
        check_interval(confidence, 2000)


@pytest.mark.parametrize("n_bootstrap", [0, -1, 1.5, None])
def test_number_of_draws(n_bootstrap):
    with pytest.raises(ValueError, match=r"Got n_bootstrap=.*an int of 1 or more\."):
        check_interval(0.95, n_bootstrap)
    check_interval(0.95, np.int64(1))


@pytest.mark.parametrize("cv", [1, 0, 2.0, True, None, "5"])
def test_number_of_folds(cv):
    check_n_folds(np.int64(2))
    with pytest.raises(ValueError, match="but expected an int of 2 or more: every"):
        check_n_folds(cv)


def test_choices_are_named():
    check_choice("on_error", "warn", ("raise", "warn"))
    with pytest.raises(ValueError, match="Got") as caught:
        check_choice("on_error", "skip", ("raise", "warn"))
    assert str(caught.value) == "Got on_error='skip', but expected 'raise' or 'warn'."
    with pytest.raises(ValueError, match="expected 'a', 'b' or 'c'"):
        check_choice("kind", 3, ("a", "b", "c"))


def test_a_seed_is_drawn_from_whatever_is_given():
    state = np.random.RandomState(3)
    assert drawn_seed(3) == drawn_seed(3) == drawn_seed(state) != drawn_seed(state)
    assert 0 <= drawn_seed(None) < 2**31 - 1


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA, pd.NaT])
def test_c_labels_that_are_missing(missing):
    with pytest.raises(ValueError, match=r"1 of 3 songs \(None or NaN: song 1\)"):
        checked_labels(["jazz", missing, "rock"])


def test_c_labels_of_several_types():
    with pytest.raises(ValueError, match=r"several types \(int, str\) in y"):
        checked_classes(checked_labels([1, "1"]))


def test_either_name():
    assert either_name(None, None) is None
    assert either_name(["a"], None) == either_name(None, ["a"]) == ["a"]
    with pytest.raises(ValueError, match="two names of the same"):
        either_name(["a"], ["a"])
