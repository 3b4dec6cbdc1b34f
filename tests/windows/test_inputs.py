import dataclasses
import warnings

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator
from sklearn.naive_bayes import GaussianNB

from skgenre import (
    FrameWindower,
    GroupVotingClassifier,
    MFCCFeaturizer,
    SongWindows,
)
from skgenre.windows._inputs import (
    SeesWindows,
    SongInput,
    checked_windows,
    read_songs,
)


@pytest.fixture
def songs():
    """Songs of 2, 0 and 1 windows."""
    return SongWindows(
        np.arange(6.0).reshape(3, 2),
        [2, 0, 1],
        song_ids=["help", "so what", "yes"],
        starts=[0, 1, 0],
        window_seconds=2.0,
    )


def read(X, groups=None, **options):
    return read_songs(X, groups, caller="GroupVotingClassifier", **options)


# -- what X and groups hold -----------------------------------------------------------


def test_song_windows(songs):
    given = read(songs)
    assert given.windows is songs.values
    assert_array_equal(given.codes, [0, 0, 2])
    assert_array_equal(given.song_ids, ["help", "so what", "yes"])
    assert given.is_song_windows
    assert given.has_songs
    assert given.rows_are_songs
    assert given.artists is None
    assert_array_equal(given.starts, [0, 1, 0])
    assert given.window_seconds == 2
    assert given.n_songs == given.n_rows == 3
    assert given.window_shape == (2,)
    assert_array_equal(given.counts, [2, 0, 1])
    assert_array_equal(given.heard, [True, False, True])


def test_windows_with_groups():
    X = np.arange(8).reshape(4, 2)
    given = read(X, ["b", "a", "b", "b"])
    assert given.windows is X
    assert_array_equal(given.codes, [0, 1, 0, 0])
    assert_array_equal(given.song_ids, ["b", "a"])
    assert not given.is_song_windows
    assert given.has_songs
    assert not given.rows_are_songs
    assert (given.n_songs, given.n_rows) == (2, 4)
    assert_array_equal(given.counts, [3, 1])
    assert given.artists is given.starts is given.window_seconds is None


def test_rows_that_are_songs():
    given = read(np.zeros((3, 2)))
    assert_array_equal(given.codes, [0, 1, 2])
    assert not given.is_song_windows
    assert not given.has_songs
    assert given.rows_are_songs
    assert given.n_songs == given.n_rows == 3


@pytest.mark.parametrize("has_groups", [False, True])
@pytest.mark.parametrize(
    "as_type",
    [
        np.asarray,
        csr_array,
        lambda X: pd.DataFrame(X, columns=["a", "b"]),
        lambda X: X.tolist(),
        lambda X: X.reshape(4, 2, 1),
    ],
    ids=["array", "sparse", "table", "list", "matrices"],
)
def test_kinds_of_arrays(as_type, has_groups):
    X = as_type(np.arange(8.0).reshape(4, 2))
    given = read(X, pd.Series(list("abba")) if has_groups else None)
    assert given.n_rows == 4
    assert given.n_songs == (2 if has_groups else 4)
    assert given.window_shape[0] == 2
    if not isinstance(X, list):
        assert given.windows is X


def test_artists_of_songs(songs):
    given = read(songs, ["beatles", "davis", "yes"])
    assert_array_equal(given.artists, ["beatles", "davis", "yes"])
    # Of songs 0, 0 and 2; an unknown artist is one of its own.
    assert_array_equal(given.group_of_windows(), [0, 0, 2])
    assert_array_equal(read(songs, ["x", "y", "x"]).group_of_windows(), [0, 0, 0])
    assert_array_equal(read(songs, ["x", "y", None]).group_of_windows(), [0, 0, 2])
    assert_array_equal(read(songs).group_of_windows(), [0, 0, 2])
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        read(songs, ["beatles"])


def test_windows_of_a_song_need_groups():
    with pytest.raises(
        ValueError, match="fitted on songs of many windows, so it needs groups to know"
    ) as caught:
        read(np.zeros((3, 2)), needs_groups=True)
    assert str(caught.value).startswith("This GroupVotingClassifier was fitted")
    assert "keep the default scoring, or use SongWindows" in str(caught.value)
    assert read(np.zeros((3, 2)), [0, 0, 1], needs_groups=True).n_songs == 2


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (["a.wav", "b.wav"], "put FrameWindower and MFCCFeaturizer before"),
        (np.array([b"a.wav"]), "X holds strings"),
        (np.zeros(5), r"Got ndarray of shape \(5,\). Reshape your data"),
        (np.float64(3), r"Got float64 of shape \(\)"),
        (np.zeros((0, 3)), r"0 sample\(s\) \(shape=\(0, 3\)\) while a minimum of 1"),
        (csr_array((0, 3)), "X holds no window"),
    ],
)
def test_what_are_no_windows(X, message):
    with pytest.raises(ValueError, match=message):
        checked_windows(X)


def test_nothing_is_changed_once_it_is_read(songs):
    given = read(songs)
    for field in dataclasses.fields(given):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(given, field.name, None)


# -- values of rows, songs and windows ------------------------------------------------


def test_values_of_song_windows(songs):
    given = read(songs)
    of_songs = np.array([1.0, 2.0, 3.0])
    assert given.of_rows(of_songs) is of_songs
    assert given.of_songs(of_songs) is of_songs
    assert given.mean_of_songs(of_songs) is of_songs
    assert_array_equal(given.of_windows(of_songs), [1, 1, 3])


def test_values_of_windows_with_groups():
    given = read(np.zeros((4, 2)), ["b", "a", "b", "b"])
    assert_array_equal(given.of_rows(np.array([7, 8])), [7, 8, 7, 7])
    assert_array_equal(given.of_songs(np.array(["x", "y", "x", "x"])), ["x", "y"])
    of_windows = np.array([1.0, 5.0, 2.0, 6.0])
    assert given.of_windows(of_windows) is of_windows
    assert_array_equal(given.mean_of_songs(of_windows), [3, 5])
    with pytest.raises(ValueError, match=r"Song 'b' has 'x' \(row 0\) and 'y'"):
        given.of_songs(np.array(["x", "y", "x", "y"]))


def test_probabilities_in_the_place_of_windows(songs):
    given = read(songs)
    proba = np.array([[0.1, 0.9], [0.2, 0.8], [0.3, 0.7]])
    judged = given.with_values(proba)
    assert judged == SongWindows(
        proba,
        [2, 0, 1],
        song_ids=songs.song_ids,
        starts=songs.starts,
        window_seconds=2.0,
    )
    assert judged.window_seconds == 2


def test_probabilities_of_unsorted_windows():
    given = read(np.zeros((4, 2)), ["b", "a", "b", "b"])
    proba = np.arange(8.0).reshape(4, 2)
    judged = given.with_values(proba)
    assert judged.song_ids.tolist() == ["b", "a"]
    assert_array_equal(judged[0], proba[[0, 2, 3]])
    assert_array_equal(judged[1], proba[[1]])
    with_starts = dataclasses.replace(given, starts=np.array([0.0, 9.0, 1.0, 2.0]))
    assert_array_equal(with_starts.with_values(proba).starts, [0, 1, 2, 9])


def test_songs_without_windows_are_said(songs):
    def caller(given):
        given.warn_unheard(stacklevel=2)

    with pytest.warns(UserWarning, match="1 of 3 songs .* training songs: so wh") as w:
        caller(read(songs))
    assert w[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        caller(read(songs[[0, 2]]))


def test_lazy_windows_are_read_once(tmp_path, songs):
    stored = songs.save(tmp_path / "windows.npy")
    given = read(stored)
    assert isinstance(given, SongInput)
    assert isinstance(given.windows, np.memmap)
    assert_array_equal(given.windows, songs.values)


# -- what estimators keep of windows --------------------------------------------------


class Sees(SeesWindows, BaseEstimator):
    """Keeps what it sees in fit, and compares."""

    def fit(self, X, groups=None):
        self._see(read(X, groups), reset=True)
        return self

    def predict(self, X, groups=None):
        self._see(read(X, groups), reset=False)


def table(*names):
    return pd.DataFrame(np.zeros((2, len(names))), columns=list(names))


def test_kept_of_vectors(songs):
    for X, groups in ((songs, None), (songs.values, [0, 0, 1]), (songs.values, None)):
        seen = Sees().fit(X, groups)
        assert seen.window_shape_ == (2,)
        assert seen.n_features_in_ == 2
        assert not hasattr(seen, "feature_names_in_")
        assert seen._has_songs == (X is songs or groups is not None)


def test_kept_of_matrices_and_tables():
    seen = Sees().fit(np.zeros((2, 4, 5)))
    assert seen.window_shape_ == (4, 5)
    assert not hasattr(seen, "n_features_in_")
    seen = Sees().fit(table("a", "b"))
    assert seen.feature_names_in_.tolist() == ["a", "b"]


def test_another_fit_forgets_the_first():
    seen = Sees().fit(table("a", "b")).fit(np.zeros((2, 3)))
    assert not hasattr(seen, "feature_names_in_")
    assert seen.n_features_in_ == 3
    seen.predict(np.zeros((1, 3)))
    seen = seen.fit(table("a", "b")).fit(SongWindows(np.zeros((2, 2)), [2]))
    assert not hasattr(seen, "feature_names_in_")
    seen = seen.fit(np.zeros((2, 4, 5)))
    assert not hasattr(seen, "n_features_in_")
    assert seen.window_shape_ == (4, 5)


def test_other_windows_than_in_fit(songs):
    seen = Sees().fit(songs)
    seen.predict(songs[[0]])
    seen.predict(songs.values)
    with pytest.raises(
        ValueError, match=r"fitted on windows of shape \(2,\). Got wind"
    ):
        seen.predict(SongWindows(np.zeros((1, 3)), [1]))
    with pytest.raises(ValueError, match="expecting 2 features"):
        seen.predict(np.zeros((1, 3)))
    with pytest.raises(
        ValueError, match=r"of shape \(2,\). Got windows of shape \(4, 5"
    ):
        seen.predict(np.zeros((1, 4, 5)))
    matrices = Sees().fit(np.zeros((2, 4, 5)))
    with pytest.raises(ValueError, match="use the windower and featurizer"):
        matrices.predict(np.zeros((2, 5, 4)))


def test_other_names_than_in_fit():
    seen = Sees().fit(table("a", "b"))
    seen.predict(table("a", "b"))
    with pytest.raises(ValueError, match="feature names should match"):
        seen.predict(table("a", "c"))
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        seen.predict(np.zeros((2, 2)))


# -- names of features: found.md A19 ---------------------------------------------------


def named(names, values=None):
    values = np.arange(12.0).reshape(6, 2) if values is None else values
    return SongWindows(values, [2, 2, 2], feature_names=names)


def test_features_in_another_order_are_refused():
    model = GroupVotingClassifier(GaussianNB()).fit(named(["a", "b"]), [0, 1, 1])
    assert model.feature_names_in_.tolist() == ["a", "b"]
    with pytest.raises(ValueError, match=r"'a' in column 0. Got 'b' there"):
        model.predict(named(["b", "a"]))
    with pytest.raises(ValueError, match=r"'b' in column 1. Got 'c' there"):
        model.predict_window_proba(named(["a", "c"]))


def test_names_that_one_side_does_not_know_are_not_compared():
    model = GroupVotingClassifier(GaussianNB()).fit(named(["a", "b"]), [0, 1, 1])
    expected = model.predict_proba(named(["a", "b"]))
    assert_array_equal(model.predict_proba(named(None)), expected)
    values = named(None).values
    got = model.predict_proba(values, groups=np.repeat([0, 1, 2], 2))
    assert_array_equal(got[::2], expected)
    model.fit(named(None), [0, 1, 1])
    assert not hasattr(model, "feature_names_in_")
    assert_array_equal(model.predict_proba(named(["b", "a"])), expected)


def test_statistics_in_another_order_are_refused():
    rng = np.random.default_rng(0)
    songs = [rng.normal(size=8000) * k for k in (0.1, 0.2, 0.3, 0.4)]
    windows = FrameWindower(0.1).fit_transform(songs)
    model = GroupVotingClassifier(GaussianNB())
    model.fit(
        MFCCFeaturizer(summary=("mean", "std")).fit_transform(windows), [0, 0, 1, 1]
    )
    other = MFCCFeaturizer(summary=("std", "mean")).fit_transform(windows)
    with pytest.raises(
        ValueError, match=r"'mfcc_0_mean' in column 0. Got 'mfcc_0_std'"
    ):
        model.predict(other)
