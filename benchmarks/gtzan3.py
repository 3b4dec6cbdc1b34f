"""Songs of three genres, fitted on `train` and scored on `valid` of GTZAN.

The window classifier is a logistic regression on statistics of the MFCC of 5 s
windows; only its C is chosen, by cross-validation over artists inside `train`. Every
voting is then compared on the same fit.

    python benchmarks/gtzan3.py --data DIR [--out DIR or FILE]
"""

import data
import numpy as np
from measure import Stopwatch, arguments, result_path, write
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre import FrameWindower, GroupVotingClassifier, MFCCFeaturizer
from skgenre.model_selection import compare_votings


def main():
    """Run, print and write."""
    options = arguments(__doc__, cache=True)
    songs = data.gtzan3(options.data)
    watch = Stopwatch()
    with watch("features"):
        X = features(songs.paths, options.cache)
    with watch("choice of C"):
        search = choose(X, songs)
    with watch("fit and votings"):
        comparison = compare_votings(
            search.best_estimator_,
            X,
            songs.y,
            cv=songs.splits,
            groups=songs.clusters,
        )
    report = summarize(songs, search, comparison, watch)
    show(report, comparison, X.n_windows)
    write(report, result_path(options.out, "gtzan3"))


def features(paths, memory):
    """Describe windows of 5 s."""
    featurizer = MFCCFeaturizer(20, deltas=1, summary=("mean", "std"), memory=memory)
    return featurizer.fit_transform(FrameWindower().fit_transform(paths))


def choose(X, songs):
    """Search the C of the logistic regression inside `train`."""
    [(train, _)] = songs.splits
    per_window = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    return GridSearchCV(
        GroupVotingClassifier(per_window),
        {"estimator__logisticregression__C": [1e-3, 1e-2, 1e-1, 1.0]},
        scoring="neg_log_loss",
        cv=songs.inner_splits(train),
    ).fit(X[train], songs.y[train])


def summarize(songs, search, comparison, watch):
    """Return what goes into the file."""
    [(train, valid)] = songs.splits
    dummy = DummyClassifier().fit(np.zeros((len(train), 1)), songs.y[train])
    return {
        "data": "gtzan3, train to valid of the fault-filtered split",
        "n_train": len(train),
        "n_valid": len(valid),
        "dummy": dummy.score(np.zeros((len(valid), 1)), songs.y[valid]),
        "chosen": {k: float(v) for k, v in search.best_params_.items()},
        "pooled": comparison.pooled,
        "seconds": watch.seconds,
    }


def show(report, comparison, n_windows):
    """Print the table."""
    print(f"gtzan3: {report['n_train']} songs in train, {report['n_valid']} in valid,")
    print(f"{n_windows} windows; the commonest genre alone: {report['dummy']:.1%}")
    print(f"chosen inside train: {report['chosen']}\n")
    print(comparison)
    print({step: round(value, 1) for step, value in report["seconds"].items()})


if __name__ == "__main__":
    main()
