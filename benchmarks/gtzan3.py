"""Songs of three genres, fitted on `train` and scored on `valid` of GTZAN.

The window classifier is a logistic regression on statistics of the MFCC of 5 s
windows; only its C is chosen, by cross-validation over artists inside `train`. Every
voting is then compared on the same fit.

    python benchmarks/gtzan3.py --data DIR
"""

import time

import numpy as np
from _data import RESULTS, arguments, environment, load_gtzan3, write
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre import FrameWindower, GroupVotingClassifier, MFCCFeaturizer
from skgenre.model_selection import compare_votings


def main():
    """Run and print."""
    options = arguments(__doc__.splitlines()[0], out=RESULTS / "gtzan3.json")
    data = load_gtzan3(options.data)
    start = time.perf_counter()
    windows = FrameWindower().fit_transform(data.paths)
    featurizer = MFCCFeaturizer(
        20, deltas=1, summary=("mean", "std"), memory=options.cache
    )
    X, y = featurizer.fit_transform(windows), data.y
    seconds = {"features": time.perf_counter() - start}

    start = time.perf_counter()
    per_window = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    search = GridSearchCV(
        GroupVotingClassifier(per_window),
        {"estimator__logisticregression__C": [1e-3, 1e-2, 1e-1, 1.0]},
        scoring="neg_log_loss",
        cv=StratifiedGroupKFold(4, shuffle=True, random_state=0),
    ).fit(X[data.train], y[data.train], groups=data.artists[data.train])
    seconds["choice of C"] = time.perf_counter() - start

    start = time.perf_counter()
    comparison = compare_votings(
        search.best_estimator_,
        X,
        y,
        cv=[(data.train, data.valid)],
        groups=data.artists,
    )
    seconds["fit and votings"] = time.perf_counter() - start
    dummy = DummyClassifier().fit(np.zeros((len(data.train), 1)), y[data.train])
    guess = dummy.score(np.zeros((len(data.valid), 1)), y[data.valid])

    print(f"gtzan3: {len(data.train)} songs in train, {len(data.valid)} in valid, ")
    print(f"{X.n_windows} windows; the commonest genre alone: {guess:.1%}")
    print(f"C chosen inside train: {search.best_params_}\n")
    print(comparison)
    print({step: round(value, 1) for step, value in seconds.items()})
    report = {
        "data": "gtzan3, train to valid of the fault-filtered split",
        "n_train": len(data.train),
        "n_valid": len(data.valid),
        "dummy": guess,
        "chosen": {k: float(v) for k, v in search.best_params_.items()},
        "pooled": comparison.pooled,
        "seconds": seconds,
        "environment": environment(),
    }
    write(report, options.out)


if __name__ == "__main__":
    main()
