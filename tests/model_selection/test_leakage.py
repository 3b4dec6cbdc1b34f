import csv
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from leaky_songs import accuracies, make_windows
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    StratifiedGroupKFold,
    StratifiedKFold,
    cross_val_predict,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skgenre import (
    FrameWindower,
    GroupVotingClassifier,
    MFCCFeaturizer,
    SongWindows,
    vote,
)
from skgenre.datasets import make_songs
from skgenre.model_selection import leakage_report

DATA = os.environ.get("SKGENRE_DATA")


@pytest.fixture(scope="module")
def leaky():
    windows, y, artists = make_windows(of_song=2, of_artist=2, of_class=0.5)
    model = GroupVotingClassifier(KNeighborsClassifier(1))
    return leakage_report(model, windows, y, artists=artists)


def test_finds_the_leak(leaky):
    for level in ("window", "song"):
        by = accuracies(leaky, level)
        assert by["window"] > by["song"] + 0.05
        assert by["song"] > by["artist"] + 0.02
    for row in leaky.inflation:
        if row["split"] == "window":
            assert row["low"] > 0
    assert leaky.sentence.startswith(
        "Here a split by random windows flatters the model: it shows "
    )
    assert "Of new songs by new artists, expect" in leaky.sentence


def test_finds_no_leak_where_there_is_none():
    windows, y, artists = make_windows(of_class=1)
    report = leakage_report(
        GroupVotingClassifier(GaussianNB()), windows, y, artists=artists
    )
    for row in report.inflation:
        if row["level"] == "window":
            assert row["low"] <= 0 <= row["high"]
            assert abs(row["points"]) < 3
    assert "show no sure difference" in report.sentence


@pytest.mark.parametrize("voting", ["mean", "majority", "naive_bayes"])
def test_equals_cross_val_predict_of_songs(voting):
    windows, y, artists = make_windows(of_song=1)
    model = GroupVotingClassifier(GaussianNB(), voting=voting)
    report = leakage_report(model, windows, y, artists=artists, random_state=3)
    seed = report.random_state
    song = StratifiedKFold(5, shuffle=True, random_state=seed)
    artist = StratifiedGroupKFold(5, shuffle=True, random_state=seed)
    codes = np.arange(60) // 3
    for split, cv in {"song": song, "artist": artist}.items():
        groups = codes if split == "artist" else None
        expected = cross_val_predict(
            model, windows, y, cv=cv, groups=groups, method="predict_proba"
        )
        np.testing.assert_allclose(report.song_proba[split], expected)


def test_random_windows_equal_cross_val_predict_of_windows():
    windows, y, _ = make_windows(of_song=1)
    report = leakage_report(GroupVotingClassifier(GaussianNB()), windows, y)
    cv = StratifiedKFold(5, shuffle=True, random_state=report.random_state)
    proba = cross_val_predict(
        GaussianNB(), windows.values, windows.expand(y), cv=cv, method="predict_proba"
    )
    np.testing.assert_allclose(report.window_proba["window"], proba)
    means = [proba[windows.groups == i].mean(axis=0) for i in range(len(windows))]
    np.testing.assert_allclose(report.song_proba["window"], means)


def test_same_seed_same_report(leaky):
    windows, y, artists = make_windows(of_song=2, of_artist=2, of_class=0.5)
    model = GroupVotingClassifier(KNeighborsClassifier(1))
    again = leakage_report(model, windows, y, artists=artists)
    assert again.scores == leaky.scores
    other = leakage_report(model, windows, y, artists=artists, random_state=1)
    assert other.scores != leaky.scores


def test_chance_stays_chance():
    windows, y, artists = make_windows()
    report = leakage_report(
        GroupVotingClassifier(DummyClassifier(strategy="uniform", random_state=0)),
        windows,
        y,
        artists=artists,
    )
    assert set(accuracies(report, "window").values()) <= {
        np.mean(windows.expand(y) == label) for label in ("jazz", "rock")
    }


# -- pipelines ------------------------------------------------------------------------


class CountingFeaturizer(MFCCFeaturizer):
    n_calls = 0

    def transform(self, X):
        type(self).n_calls += 1
        return super().transform(X)


class Centred(TransformerMixin, BaseEstimator):
    """Learns from windows, so it has to be fitted in each fold."""

    n_fits = 0

    def fit(self, X, y=None):
        type(self).n_fits += 1
        self.mean_ = X.values.mean(axis=0)
        return self

    def transform(self, X):
        return SongWindows(X.values - self.mean_, X.counts, song_ids=X.song_ids)


def test_paths_are_featurized_once_and_the_rest_fitted_per_fold(tmp_path):
    songs = make_songs(
        tmp_path, n_songs=4, genres=["techno", "drone"], min_seconds=6, max_seconds=8
    )
    CountingFeaturizer.n_calls = Centred.n_fits = 0
    model = make_pipeline(
        FrameWindower(window_seconds=2),
        CountingFeaturizer(summary=("mean", "std")),
        Centred(),
        GroupVotingClassifier(make_pipeline(StandardScaler(), LogisticRegression())),
    )
    report = leakage_report(
        model, songs.data, songs.target, artists=songs.groups, cv=2, n_bootstrap=50
    )
    assert CountingFeaturizer.n_calls == 1
    assert Centred.n_fits == 6
    assert list(report.song_proba) == ["window", "song", "artist"]


def test_n_jobs_changes_nothing():
    windows, y, artists = make_windows(24)
    model = GroupVotingClassifier(GaussianNB())
    one, two = (
        leakage_report(model, windows, y, artists=artists, cv=3, n_jobs=n)
        for n in (1, 2)
    )
    assert one.scores == two.scores


def test_songs_without_windows_are_left_out():
    windows, y, artists = make_windows(30)
    gap = SongWindows(
        windows.values, np.concatenate([windows.counts, [0]]), song_ids=range(31)
    )
    with pytest.warns(UserWarning, match="1 of 31 songs have no windows.*: 30"):
        report = leakage_report(
            GroupVotingClassifier(GaussianNB()),
            gap,
            [*y, "jazz"],
            artists=[*artists, None],
        )
    assert len(report.y) == 30
    plain = leakage_report(
        GroupVotingClassifier(GaussianNB()), windows, y, artists=artists
    )
    assert plain.scores == report.scores


def test_errors():
    windows, y, artists = make_windows(30)
    model = GroupVotingClassifier(GaussianNB())
    with pytest.raises(ValueError, match="cv=StratifiedKFold"):
        leakage_report(model, windows, y, cv=StratifiedKFold())
    with pytest.raises(ValueError, match="cv=1"):
        leakage_report(model, windows, y, cv=1)
    with pytest.raises(ValueError, match="expected a GroupVotingClassifier"):
        leakage_report(GaussianNB(), windows, y)
    with pytest.raises(ValueError, match=r"SongWindows\.from_arrays"):
        leakage_report(model, windows.values, windows.expand(y))
    with pytest.raises(ValueError, match="inconsistent numbers"):
        leakage_report(model, windows, y, artists=artists[1:])
    with pytest.raises(ValueError, match="at least 2 classes"):
        leakage_report(model, windows, ["jazz"] * 30)
    with pytest.raises(ValueError, match="All are of one group"):
        leakage_report(model, windows, y, artists=y, cv=2)
    with pytest.raises(ValueError, match="confidence=2"):
        leakage_report(model, windows, y, confidence=2)
    cut = make_pipeline(FunctionTransformer(lambda w: w[:-1]), model)
    with pytest.raises(ValueError, match="changes which windows there are"):
        leakage_report(cut, windows, y)


def test_trained_votings_are_refused():
    class Trained:
        def fit(self, *args):
            return self

    windows, y, _ = make_windows(30)
    model = GroupVotingClassifier(GaussianNB(), voting=Trained())
    with pytest.raises(ValueError, match="Set voting='mean'"):
        leakage_report(model, windows, y)


# -- real songs -----------------------------------------------------------------------


@pytest.mark.skipif(DATA is None, reason="needs SKGENRE_DATA")
def test_the_known_table_leaks():
    folder = Path(DATA) / "gtzan3"
    table = pd.read_csv(folder / "features_3_sec.csv").drop(columns="length")
    table["song"] = table.pop("filename").str.rsplit(".", n=2).str[0]
    windows, y = SongWindows.from_frame(table, song="song", label="label")
    with (folder / "songs.csv").open() as file:
        artist = {row["song"]: row["artist"] for row in csv.DictReader(file)}
    report = leakage_report(
        GroupVotingClassifier(make_pipeline(StandardScaler(), KNeighborsClassifier(1))),
        windows,
        y,
        artists=[artist[song] for song in windows.song_ids],
    )
    by = accuracies(report, "window")
    assert by["window"] > 0.92
    assert by["window"] - by["song"] > 0.05
    assert by["song"] - by["artist"] > 0.08
    assert all(row["low"] > 0 for row in report.inflation)
    assert "by 29 artists and 14 songs by unknown ones" in str(report)


def test_a2_naive_bayes_with_classes_of_unequal_length():
    y = np.array(["long", "short"] * 12)
    counts = np.where(y == "long", 9, 1)
    windows = SongWindows(np.zeros((counts.sum(), 1)), counts=counts)
    model = GroupVotingClassifier(
        DummyClassifier(strategy="prior"), voting="naive_bayes"
    )
    report = leakage_report(model, windows, y, cv=3, n_bootstrap=10)
    # Windows say nothing, and each class has half of the songs. Of windows drawn at
    # random a fold may hold one more or less, of all together none.
    np.testing.assert_allclose(report.song_proba["song"], 0.5)
    np.testing.assert_allclose(report.song_proba["window"], 0.5, atol=0.01)


def test_a22_unknown_artists_are_each_their_own():
    windows, y = make_windows()[:2]
    known = [*range(len(y) - 4), None, np.nan, pd.NA, pd.NaT]
    report = leakage_report(
        GroupVotingClassifier(GaussianNB()), windows, y, groups=known, n_bootstrap=10
    )
    other = leakage_report(
        GroupVotingClassifier(GaussianNB()),
        windows,
        y,
        artists=np.arange(len(y)),
        n_bootstrap=10,
    )
    assert report.scores == other.scores
    assert len(np.unique(report._clusters)) == len(y)


def test_windows_are_weighed_in_the_votes_of_every_split():
    windows, y, artists = make_windows()
    weight = np.random.default_rng(0).choice([0.25, 1.0], size=windows.n_windows)
    weighed = SongWindows(windows.values, windows.counts, window_weight=weight)
    model = GroupVotingClassifier(GaussianNB())
    report = leakage_report(model, weighed, y, artists=artists, cv=3)
    for split in ("window", "song", "artist"):
        _, expected = vote(
            report.window_proba[split], windows.groups, window_weight=weight
        )
        np.testing.assert_allclose(report.song_proba[split], expected)
