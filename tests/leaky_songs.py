"""Songs that are alike by song and artist, and a report made by hand."""

import numpy as np

from skgenre import SongWindows
from skgenre.model_selection import LeakageReport


def make_windows(n_songs=60, *, of_song=0.0, of_artist=0.0, of_class=1.0, seed=0):
    """Songs by artists of three each, alike by song, artist and class."""
    rng = np.random.default_rng(seed)
    artist = np.arange(n_songs) // 3
    y = np.array(["jazz", "rock"])[artist % 2]
    counts = rng.integers(2, 7, n_songs)
    windows = SongWindows(rng.normal(size=(counts.sum(), 4)), counts)
    windows.values[:] += of_song * rng.normal(size=(n_songs, 4))[windows.groups]
    windows.values[:] += (
        of_artist * rng.normal(size=(n_songs, 4))[artist[windows.groups]]
    )
    windows.values[windows.expand(y) == "rock"] += of_class
    return windows, y, np.array([f"artist {a}" for a in artist])


def accuracies(report, level):
    return {
        row["split"]: row["accuracy"] for row in report.scores if row["level"] == level
    }


def hand_made(**kwargs):
    """Four songs of 1, 1, 2 and 4 windows; all, then 6, then 4 windows are right."""
    y = np.array(["jazz", "jazz", "rock", "rock"])
    groups = np.array([0, 1, 2, 2, 3, 3, 3, 3])

    def proba(truth, right):
        other = 1 - truth
        return np.eye(2)[np.where(right, truth, other)]

    windows = np.array([0, 0, 1, 1, 1, 1, 1, 1])
    songs = np.array([0, 0, 1, 1])
    right = {
        "window": [1] * 8,
        "song": [0, 0, 1, 1, 1, 1, 1, 1],
        "artist": [1, 1, 1, 1, 0, 0, 0, 0],
    }
    right_songs = {"window": [1] * 4, "song": [0, 0, 1, 1], "artist": [1, 1, 1, 0]}
    return LeakageReport(
        y=y,
        groups=groups,
        window_proba={s: proba(windows, np.array(r)) for s, r in right.items()},
        song_proba={s: proba(songs, np.array(r)) for s, r in right_songs.items()},
        **kwargs,
    )
