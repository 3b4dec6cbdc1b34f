"""Clips of ten classes of sound, on the five official folds of ESC-10.

The window classifier is a logistic regression on statistics of the MFCC of 1 s
windows. Features and C are chosen anew for each fold, by cross-validation over the
other four official folds alone. Every voting is then compared on the same fits.
Published figures stand beside, for the same folds.

    python benchmarks/esc10.py --data DIR
"""

import time

import numpy as np
from _data import RESULTS, arguments, environment, load_esc10, write
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import PredefinedSplit, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre import FrameWindower, GroupVotingClassifier, MFCCFeaturizer
from skgenre.model_selection import compare_votings

PUBLISHED = {
    "k-NN on clip statistics (Piczak 2015a)": 66.7,
    "linear SVM on clip statistics (Piczak 2015a)": 67.5,
    "random forest on clip statistics (Piczak 2015a)": 72.7,
    "CNN, short windows, majority (Piczak 2015b)": 78.00,
    "CNN, short windows, probability (Piczak 2015b)": 78.50,
    "CNN, long windows, majority (Piczak 2015b)": 79.75,
    "CNN, long windows, probability (Piczak 2015b)": 80.25,
    "people (Piczak 2015a)": 95.7,
}
FEATURES = {
    "22 kHz, mean and std": (22050, ("mean", "std")),
    "22 kHz, five statistics": (22050, ("mean", "std", "p10", "p90", "skew")),
    "44 kHz, four statistics": (44100, ("mean", "std", "min", "max")),
}
STRENGTHS = (0.03, 0.1)


def classifier(C):
    """Logistic regression of windows, mean log-odds of clips."""
    per_window = make_pipeline(StandardScaler(), LogisticRegression(C=C, max_iter=2000))
    return GroupVotingClassifier(per_window, voting="mean_log_odds")


def main():
    """Run and print."""
    options = arguments(__doc__.splitlines()[0], out=RESULTS / "esc10.json")
    data = load_esc10(options.data)
    y = data.y
    start = time.perf_counter()
    X = {}
    for name, (sample_rate, summary) in FEATURES.items():
        featurizer = MFCCFeaturizer(
            40,
            deltas=2,
            n_fft=1024,
            hop_length=256,
            summary=summary,
            memory=options.cache,
        )
        windows = FrameWindower(1.0, sample_rate=sample_rate)
        X[name] = featurizer.fit_transform(windows.fit_transform(data.paths))
    seconds = {"features": time.perf_counter() - start}

    start = time.perf_counter()
    splits, chosen, parts = [], [], []
    for test_fold, (train, test) in enumerate(PredefinedSplit(data.fold).split(), 1):
        losses = {
            (name, C): inner_loss(classifier(C), X[name][train], y, data.fold, train)
            for name in FEATURES
            for C in STRENGTHS
        }
        best = min(losses, key=losses.get)
        chosen.append({"fold": test_fold, "features": best[0], "C": best[1]})
        print(f"fold {test_fold}: chosen on the other four: {best[0]}, C={best[1]}")
        splits.append((train, test))
        parts.append((X[best[0]], classifier(best[1])))
    seconds["choices"] = time.perf_counter() - start

    start = time.perf_counter()
    per_fold = {}
    for (train, test), (features, model) in zip(splits, parts, strict=True):
        comparison = compare_votings(model, features, y, cv=[(train, test)])
        for voting in comparison.pooled:
            per_fold.setdefault(voting, []).append(
                100 * np.mean(comparison.verdicts(voting)[test] == y[test])
            )
        window_proba = comparison.window_proba[test]
        window_right = comparison.classes[window_proba.values.argmax(axis=1)]
        per_fold.setdefault("(windows by themselves)", []).append(
            100 * np.mean(window_right == window_proba.expand(y[test]))
        )
    seconds["fits and votings"] = time.perf_counter() - start

    print(f"\n{'ESC-10, % of clips':28}{'mean':>7}   folds 1 to 5")
    for voting, scores in per_fold.items():
        folds = " ".join(f"{score:6.2f}" for score in scores)
        print(f"{voting:28}{np.mean(scores):7.2f}   {folds}")
    print("\npaired, points above majority, fold by fold")
    for voting, scores in per_fold.items():
        gains = np.subtract(scores, per_fold["majority"])
        folds = " ".join(f"{gain:+6.2f}" for gain in gains)
        print(f"{voting:28}{gains.mean():+7.2f}   {folds}")
    print("\npublished")
    for name, score in PUBLISHED.items():
        print(f"{name:50}{score:6.2f}")
    print({step: round(value, 1) for step, value in seconds.items()})
    report = {
        "data": "ESC-10, five official folds",
        "per_fold": per_fold,
        "mean": {voting: float(np.mean(scores)) for voting, scores in per_fold.items()},
        "chosen": chosen,
        "published": PUBLISHED,
        "seconds": seconds,
        "environment": environment(),
    }
    write(report, options.out)


def inner_loss(model, X_train, y, fold, train):
    """Log-loss of songs, each official fold in `train` left out in turn."""
    proba = cross_val_predict(
        model,
        X_train,
        y[train],
        cv=PredefinedSplit(fold[train]),
        method="predict_proba",
    )
    return log_loss(y[train], proba)


if __name__ == "__main__":
    main()
