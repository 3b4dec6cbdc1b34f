"""A grid search over votings, with and without a memory of window fits.

Searches of 5 folds over 1 and 8 votings, on synthetic windows, in turns and several
times; medians (the longest: once). With a memory the windows are fitted
once per fold, whatever the number of votings; each search starts with an empty one.

    python benchmarks/bench_search.py [--out FILE] [--repeats 5]
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
from _data import environment, write
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre import GroupVotingClassifier, NaiveBayesVoting, SongWindows, StackedVoting
from skgenre.voting._rules import VOTINGS

CLASSIFIERS = {
    "gradient boosting": HistGradientBoostingClassifier(
        max_iter=20, max_bins=63, early_stopping=False, random_state=0
    ),
    "extra trees": ExtraTreesClassifier(100, random_state=0),
    "logistic regression": make_pipeline(StandardScaler(), LogisticRegression()),
}
# Too long to be repeated; they only say what is saved.
ONCE = ("8 votings", "1 trained voting", "8 votings, 2 trained, memory")
CLOSED = [*VOTINGS, NaiveBayesVoting("overlap")]
MIXED = [StackedVoting(), NaiveBayesVoting("fit"), *list(VOTINGS)[:6]]


def main():
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(__file__).parent / "results" / "bench_search.json"
    parser.add_argument("--out", default=default, type=Path)
    parser.add_argument("--repeats", default=5, type=int)
    options = parser.parse_args()
    songs, y = make_songs()
    report = {
        "n_songs": len(songs),
        "n_windows": songs.n_windows,
        "n_features": songs.window_shape[0],
        "folds": 5,
        "repeats": options.repeats,
        "results": {},
    }
    for name, estimator in CLASSIFIERS.items():
        searches = {
            "1 voting": (["mean"], False),
            "1 voting, memory": (["mean"], True),
            "8 votings": (CLOSED, False),
            "8 votings, memory": (CLOSED, True),
            "1 trained voting": (MIXED[:1], False),
            "8 votings, 2 trained, memory": (MIXED, True),
        }
        seconds = {label: [] for label in searches}
        for _ in range(options.repeats):
            for label, (votings, cached) in searches.items():
                if label in ONCE and seconds[label]:
                    continue
                seconds[label].append(measure(estimator, votings, cached, songs, y))
        medians = {label: float(np.median(s)) for label, s in seconds.items()}
        report["results"][name] = {
            "median_seconds": {k: round(v, 3) for k, v in medians.items()},
            "seconds": {k: [round(v, 3) for v in s] for k, s in seconds.items()},
            "ratios": {
                label: round(medians[label] / medians[one], 3)
                for label, one in [
                    ("1 voting, memory", "1 voting"),
                    ("8 votings", "1 voting"),
                    ("8 votings, memory", "1 voting"),
                    ("8 votings, 2 trained, memory", "1 trained voting"),
                ]
            },
        }
        print(f"\n{name}, {songs.n_windows} windows of {len(songs)} songs, 5 folds")
        for label, value in medians.items():
            ratio = report["results"][name]["ratios"].get(label)
            note = "" if ratio is None else f"  x {ratio:.2f}"
            print(f"  {label:30s}{value:8.2f} s{note}", flush=True)
    report["environment"] = environment("joblib")
    write(report, options.out)


def make_songs(n_songs=100, n_windows=23, n_features=40):
    """Songs of a minute, windows of 5 s at half overlap, three genres."""
    rng = np.random.default_rng(0)
    y = np.array(["classical", "jazz", "rock"])[np.arange(n_songs) % 3]
    counts = np.full(n_songs, n_windows)
    values = rng.normal(size=(n_songs * n_windows, n_features))
    values += np.repeat(rng.normal(size=(n_songs, n_features)), counts, axis=0)
    for column, genre in enumerate(np.unique(y)):
        values[np.repeat(y == genre, counts), column] += 1
    starts = np.tile(np.arange(n_windows) * 2.5, n_songs)
    return SongWindows(values, counts, starts=starts, window_seconds=5.0), y


def measure(estimator, votings, cached, songs, y):
    """Seconds of one search."""
    with tempfile.TemporaryDirectory() as folder:
        model = GroupVotingClassifier(estimator, memory=folder if cached else None)
        search = GridSearchCV(model, {"voting": votings}, cv=5, refit=False)
        start = time.perf_counter()
        search.fit(songs, y)
        return time.perf_counter() - start


if __name__ == "__main__":
    main()
