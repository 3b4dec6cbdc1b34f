"""Songs, probabilities and votings that the tests of votings are made of."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.naive_bayes import GaussianNB

from skgenre import SongWindows


def make_songs(n_songs=30, *, n_classes=3, seed=0, effect=1.0, zero=()):
    """Windows of Gaussian features, 1 to 7 per song, half overlapping."""
    rng = np.random.default_rng(seed)
    labels = np.array(["blues", "jazz", "rock"][:n_classes])
    y = labels[np.arange(n_songs) % n_classes]
    counts = rng.integers(1, 8, size=n_songs)
    counts[list(zero)] = 0
    values = rng.normal(size=(counts.sum(), n_classes))
    values += effect * (np.repeat(y, counts)[:, None] == labels)
    starts = np.concatenate([np.arange(n) * 0.5 for n in counts])
    return SongWindows(values, counts, starts=starts, window_seconds=1.0), y


def make_proba(n_songs=30, **options):
    """Probabilities of windows, as a good classifier gives them."""
    songs, y = make_songs(n_songs, **options)
    scores = np.exp(songs.values)
    return SongWindows(
        scores / scores.sum(axis=1, keepdims=True),
        songs.counts,
        starts=songs.starts,
        window_seconds=songs.window_seconds,
    ), y


def make_sequences(n_songs=60, *, seed=0):
    """Two classes with the same windows in opposite order."""
    rng = np.random.default_rng(seed)
    y = np.array(["falls", "rises"])[np.arange(n_songs) % 2]
    counts = rng.integers(4, 9, size=n_songs)
    rock = np.concatenate(
        [np.linspace(0.1, 0.9, n)[:: 1 if i % 2 else -1] for i, n in enumerate(counts)]
    )
    rock = np.clip(rock + rng.normal(scale=0.05, size=len(rock)), 0.01, 0.99)
    return SongWindows(np.column_stack([1 - rock, rock]), counts), y


def make_noise(n_songs=60):
    """Songs that have nothing to do with their labels."""
    songs, _ = make_songs(n_songs, effect=0)
    rng = np.random.default_rng(1)
    return songs, np.array(["a", "b"])[rng.permutation(n_songs) % 2]


class Recorder(ClassifierMixin, BaseEstimator):
    """A voting that keeps what it is given."""

    def fit(self, window_proba, y, groups=None):
        self.window_proba_, self.y_, self.groups_ = window_proba, y, groups
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, window_proba):
        return np.full((len(window_proba), len(self.classes_)), 1 / len(self.classes_))


class Tally(list):
    """What was counted, which is no part of what a class does: fingerprints skip it."""

    def __reduce__(self):
        return Tally, ()


class Counting(GaussianNB):
    """Counts its fits and predictions; `tests/voting` sets them to 0 for each test."""

    fits = Tally()  # shared by clones on purpose
    predictions = Tally()

    def fit(self, X, y, sample_weight=None):
        self.fits.append(len(X))
        return super().fit(X, y, sample_weight)

    def predict_proba(self, X):
        self.predictions.append(len(X))
        return super().predict_proba(X)
