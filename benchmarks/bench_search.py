"""A grid search over votings, with and without a memory of window fits.

Searches of 5 folds over 1 and 8 votings, on synthetic windows, in turns and several
times; medians (the longest: once). With a memory the windows are fitted
once per fold, whatever the number of votings; each search starts with an empty one.

    python benchmarks/bench_search.py [--out DIR or FILE] [--repeats 5]
"""

import tempfile
from functools import partial

import numpy as np
from measure import (
    arguments,
    medians,
    ratios,
    result_path,
    take_turns,
    walls,
    write,
)
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
CLOSED = [*VOTINGS, NaiveBayesVoting("overlap")]
MIXED = [StackedVoting(), NaiveBayesVoting("fit"), *list(VOTINGS)[:6]]
# Votings, and whether there is a memory.
SEARCHES = {
    "1 voting": (["mean"], False),
    "1 voting, memory": (["mean"], True),
    "8 votings": (CLOSED, False),
    "8 votings, memory": (CLOSED, True),
    "1 trained voting": (MIXED[:1], False),
    "8 votings, 2 trained, memory": (MIXED, True),
}
# Too long to be repeated; they only say what is saved.
ONCE = ("8 votings", "1 trained voting", "8 votings, 2 trained, memory")
RATIOS = {
    "1 voting, memory": ("1 voting, memory", "1 voting"),
    "8 votings": ("8 votings", "1 voting"),
    "8 votings, memory": ("8 votings, memory", "1 voting"),
    "8 votings, 2 trained, memory": (
        "8 votings, 2 trained, memory",
        "1 trained voting",
    ),
}


def main():
    """Measure, print and write."""
    # Classifiers may have their threads, as in a search of one's own.
    options = arguments(
        __doc__,
        recordings=False,
        threads=None,
        repeats=(5, "turns"),
        songs=(100, "how many"),
    )
    songs, y = make_songs(options.songs)
    report = {
        "n_songs": len(songs),
        "n_windows": songs.n_windows,
        "n_features": songs.window_shape[0],
        "folds": 5,
        "repeats": options.repeats,
        "results": {
            name: compare(name, songs, y, options.repeats) for name in CLASSIFIERS
        },
    }
    write(report, result_path(options.out, "bench_search"), packages=["joblib"])


def make_songs(n_songs, n_windows=23, n_features=40):
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


def compare(name, songs, y, repeats):
    """Time all searches with one classifier of windows."""
    with tempfile.TemporaryDirectory() as folder:
        contenders = {
            label: partial(
                search, CLASSIFIERS[name], votings, folder if cached else None, songs, y
            )
            for label, (votings, cached) in SEARCHES.items()
        }
        turns = take_turns(contenders, repeats, once=ONCE)
    median = medians(turns)
    found = ratios(median, RATIOS)
    show(name, songs, median, found)
    return {
        "median_seconds": rounded(median),
        "seconds": {k: [round(v, 3) for v in s] for k, s in walls(turns).items()},
        "ratios": rounded(found),
    }


def search(estimator, votings, folder, songs, y):
    """Search the voting, with an empty memory somewhere in a folder if one is given."""
    memory = tempfile.mkdtemp(dir=folder) if folder else None
    model = GroupVotingClassifier(estimator, memory=memory)
    GridSearchCV(model, {"voting": votings}, cv=5, refit=False).fit(songs, y)


def rounded(values):
    """Milliseconds are enough."""
    return {name: round(value, 3) for name, value in values.items()}


def show(name, songs, median, found):
    """Print the table of one classifier."""
    print(f"\n{name}, {songs.n_windows} windows of {len(songs)} songs, 5 folds")
    for label, value in median.items():
        note = f"  x {found[label]:.2f}" if label in found else ""
        print(f"  {label:30s}{value:8.2f} s{note}", flush=True)


if __name__ == "__main__":
    main()
