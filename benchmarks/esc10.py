"""Clips of ten classes of sound, on the five official folds of ESC-10.

The window classifier is a logistic regression on statistics of the MFCC of 1 s
windows. Features and C are chosen anew for each fold, by cross-validation over the
other four official folds alone. Every voting is then compared on the same fits.
Published figures stand beside, for the same folds.

    python benchmarks/esc10.py --data DIR [--out DIR or FILE]
"""

import data
import numpy as np
from measure import Stopwatch, arguments, result_path, write
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre import FrameWindower, GroupVotingClassifier, MFCCFeaturizer
from skgenre.model_selection import compare_votings

FEATURES = {
    "22 kHz, mean and std": (22050, ("mean", "std")),
    "22 kHz, five statistics": (22050, ("mean", "std", "p10", "p90", "skew")),
    "44 kHz, four statistics": (44100, ("mean", "std", "min", "max")),
}
STRENGTHS = (0.03, 0.1)
ALONE = "(windows by themselves)"


def main():
    """Run, print and write."""
    options = arguments(__doc__, cache=True)
    clips = data.esc10(options.data)
    watch = Stopwatch()
    with watch("features"):
        X = {name: features(name, clips.paths, options.cache) for name in FEATURES}
    with watch("choices"):
        chosen = [choose(X, clips, fold) for fold in range(5)]
    with watch("fits and votings"):
        scores = [score(X, clips, fold, chosen[fold]) for fold in range(5)]
    per_fold = {voting: [fold[voting] for fold in scores] for voting in scores[0]}
    report = {
        "data": "ESC-10, five official folds",
        "per_fold": per_fold,
        "mean": {voting: float(np.mean(folds)) for voting, folds in per_fold.items()},
        "chosen": chosen,
        "published": data.PUBLISHED,
        "seconds": watch.seconds,
    }
    show(report)
    write(report, result_path(options.out, "esc10"))


def features(name, paths, memory):
    """Describe windows of 1 s by one of the sets of features."""
    sample_rate, summary = FEATURES[name]
    featurizer = MFCCFeaturizer(
        40, deltas=2, n_fft=1024, hop_length=256, summary=summary, memory=memory
    )
    windows = FrameWindower(1.0, sample_rate=sample_rate).fit_transform(paths)
    return featurizer.fit_transform(windows)


def classifier(C):
    """Logistic regression of windows, mean log-odds of clips."""
    per_window = make_pipeline(StandardScaler(), LogisticRegression(C=C, max_iter=2000))
    return GroupVotingClassifier(per_window, voting="mean_log_odds")


def choose(X, clips, fold):
    """Choose features and C for a fold by the log-loss on the other four."""
    train, _ = clips.splits[fold]
    losses = {
        (name, C): inner_loss(classifier(C), X[name][train], clips, train)
        for name in FEATURES
        for C in STRENGTHS
    }
    name, C = min(losses, key=losses.get)
    print(f"fold {fold + 1}: chosen on the other four: {name}, C={C}", flush=True)
    return {"fold": fold + 1, "features": name, "C": C}


def inner_loss(model, X_train, clips, train):
    """Log-loss of clips, each official fold in `train` left out in turn."""
    y = clips.y[train]
    cv = clips.inner_splits(train)
    return log_loss(
        y, cross_val_predict(model, X_train, y, cv=cv, method="predict_proba")
    )


def score(X, clips, fold, chosen):
    """Percent of one fold's clips that each voting has right."""
    _, test = clips.splits[fold]
    y = clips.y
    comparison = compare_votings(
        classifier(chosen["C"]), X[chosen["features"]], y, cv=[clips.splits[fold]]
    )
    right = {
        voting: 100 * np.mean(comparison.verdicts(voting)[test] == y[test])
        for voting in comparison.pooled
    }
    window_proba = comparison.window_proba[test]
    verdicts = comparison.classes[window_proba.values.argmax(axis=1)]
    right[ALONE] = 100 * np.mean(verdicts == window_proba.expand(y[test]))
    return right


def show(report):
    """Print the tables."""
    print(f"\n{'ESC-10, % of clips':28}{'mean':>7}   folds 1 to 5")
    for voting, scores in report["per_fold"].items():
        folds = " ".join(f"{score:6.2f}" for score in scores)
        print(f"{voting:28}{np.mean(scores):7.2f}   {folds}")
    print("\npaired, points above majority, fold by fold")
    for voting, scores in report["per_fold"].items():
        gains = np.subtract(scores, report["per_fold"]["majority"])
        folds = " ".join(f"{gain:+6.2f}" for gain in gains)
        print(f"{voting:28}{gains.mean():+7.2f}   {folds}")
    print("\npublished")
    for name, percent in report["published"].items():
        print(f"{name:50}{percent:6.2f}")
    print({step: round(value, 1) for step, value in report["seconds"].items()})


if __name__ == "__main__":
    main()
