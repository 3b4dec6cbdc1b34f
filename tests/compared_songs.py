"""Songs on which votings are compared, and a comparison made by hand."""

import numpy as np

from skgenre import SongWindows
from skgenre.model_selection import VotingComparison


def make_windows(n_songs=30, *, zero=(), seed=0):
    rng = np.random.default_rng(seed)
    y = np.array(["blues", "jazz", "rock"] * (n_songs // 3))
    counts = rng.integers(1, 8, size=n_songs)
    counts[list(zero)] = 0
    windows = SongWindows(
        rng.normal(size=(counts.sum(), 4)),
        counts,
        song_ids=[f"{label} {i}" for i, label in enumerate(y)],
        starts=np.concatenate([np.arange(n) * 2.5 for n in counts]),
        window_seconds=5.0,
    )
    for i, label in enumerate(["blues", "jazz", "rock"]):
        windows.values[windows.expand(y) == label, i] += 1
    return windows, y


def hand_made(groups=None, **kwargs):
    """Twenty songs: the second voting mends eight of the first's and spoils two."""
    y = np.array(["jazz"] * 10 + ["rock"] * 10)
    truth = np.repeat([[0.9, 0.1], [0.1, 0.9]], 10, axis=0)
    wrong = truth[:, ::-1]
    first, second = truth.copy(), truth.copy()
    first[:8], second[18:] = wrong[:8], wrong[18:]
    return VotingComparison(
        y=y,
        song_proba={"old": first, "new": second},
        window_proba=SongWindows(truth, np.ones(20, int)),
        fold=np.arange(20) % 2,
        groups=groups,
        reference="old",
        **kwargs,
    )
