import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline

from skgenre import GroupVotingClassifier, SongWindows
from skgenre.voting._judge_song import judge_song


@pytest.fixture
def songs():
    """Six songs of two to four windows, and their labels."""
    rng = np.random.default_rng(0)
    counts = [3, 2, 4, 2, 3, 4]
    windows = SongWindows(
        rng.normal(size=(sum(counts), 2)),
        counts,
        song_ids=[f"song/{i}.wav" for i in range(6)],
        starts=np.concatenate([2.5 * np.arange(n) for n in counts]),
        window_seconds=5.0,
    )
    y = np.array(["jazz", "rock"] * 3)
    windows.values[windows.expand(y) == "rock"] += 2
    return windows, y


@pytest.mark.parametrize("position", [0, 3, -1])
def test_one_song_is_judged_as_all_are(songs, position):
    windows, y = songs
    model = GroupVotingClassifier(GaussianNB()).fit(windows, y)
    judged = judge_song(model, windows, song=position)
    assert judged.name == f"song/{position % 6}.wav"
    assert judged.classes == ["jazz", "rock"]
    expected = model.predict_window_proba(windows[[position]])
    np.testing.assert_array_equal(judged.window_proba, expected)
    np.testing.assert_array_equal(
        judged.song_proba, model.predict_proba(windows)[position]
    )
    assert judged.verdict == model.predict(windows)[position]
    n_windows = windows.counts[position]
    np.testing.assert_array_equal(judged.starts, 2.5 * np.arange(n_windows))
    np.testing.assert_array_equal(judged.ends, 2.5 * np.arange(n_windows) + 5)


def test_windows_in_any_order_with_groups(songs):
    windows, y = songs
    model = GroupVotingClassifier(GaussianNB()).fit(windows, y)
    order = np.random.default_rng(1).permutation(windows.n_windows)
    names = np.array(list("abcdef"))[windows.groups][order]
    judged = judge_song(model, windows.values[order], song=1, groups=names)
    # Songs come in the order of their first appearance.
    assert judged.name == list(dict.fromkeys(names.tolist()))[1]
    np.testing.assert_array_equal(
        judged.window_proba,
        model.predict_window_proba(windows.values[order][names == judged.name]),
    )
    assert np.isnan(judged.starts).all()
    assert np.isnan(judged.ends).all()


class Reader(TransformerMixin, BaseEstimator):
    """Makes windows of whatever it gets, and remembers what it got."""

    def fit(self, X, y=None):
        return self

    def __sklearn_is_fitted__(self):
        return True

    def transform(self, X):
        self.got_ = X
        return SongWindows(np.ones((2 * len(X), 2)), [2] * len(X))


@pytest.mark.parametrize(
    ("X", "got", "name"),
    [
        (["no such.wav", "b.wav"], ["b.wav"], "b.wav"),
        ([np.zeros(3), np.ones(3)], [np.ones(3)], "song 1"),
        (np.eye(2), np.eye(2)[1:], "song 1"),
    ],
)
def test_only_the_one_song_is_read(songs, X, got, name):
    model = make_pipeline(Reader(), GroupVotingClassifier(GaussianNB()).fit(*songs))
    judged = judge_song(model, X, song=1)
    assert judged.name == name
    assert type(model[0].got_) is type(got)
    np.testing.assert_array_equal(model[0].got_, got)


def test_a_path_is_one_song_and_a_table_names_its_rows(songs):
    model = make_pipeline(Reader(), GroupVotingClassifier(GaussianNB()).fit(*songs))
    assert judge_song(model, "a.wav").name == "a.wav"
    assert model[0].got_ == ["a.wav"]
    table = pd.DataFrame({"x": [1, 2], "y": [3, 4]}, index=["help", "so what"])
    assert judge_song(model, table, song=1).name == "so what"
    assert model[0].got_.index.tolist() == ["so what"]


def test_rows_of_an_array_are_songs_of_one_window():
    X, y = np.array([[0.0], [0.2], [5.0], [5.1]]), ["a", "a", "b", "b"]
    model = GroupVotingClassifier(GaussianNB()).fit(X, y)
    judged = judge_song(model, X, song=2)
    assert judged.window_proba.shape == (1, 2)
    assert judged.verdict == "b"
    assert judged.starts is None
    assert judged.ends is None


@pytest.mark.parametrize("position", [6, -7])
def test_position_that_does_not_exist(songs, position):
    model = GroupVotingClassifier(GaussianNB()).fit(*songs)
    with pytest.raises(ValueError, match=f"Got song={position}, .* the 6 songs"):
        judge_song(model, songs[0], song=position)
