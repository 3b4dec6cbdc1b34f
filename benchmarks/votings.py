"""Every voting on real recordings, from one fit of the windows per fold.

ESC-10 (400 clips, 10 classes, 1 s windows): the five official folds. gtzan3 (195
songs, three genres, 3 s windows): fitted on the 134 training songs, scored on the 61
validation songs of the fault-filtered split. Windows are described by means and
standard deviations of 20 MFCCs and their deltas.

Two tables per set: every voting with several classifiers of windows at half overlap,
paired with majority voting; and probabilities (log-loss, calibration error) of every
voting where windows overlap by 0, 50 and 75 %. Trained votings see out-of-fold
probabilities of the training songs, in folds by recording (ESC-10) or artist (gtzan3),
and intervals are bootstrapped over these.

    python benchmarks/votings.py --data DIR [--out DIR] [--sets esc10 gtzan3]
"""

import tempfile
import time

import numpy as np
from _data import RESULTS, arguments, environment, load_esc10, load_gtzan3, write
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skgenre import (
    FrameWindower,
    GroupVotingClassifier,
    HMMVoting,
    MFCCFeaturizer,
    NaiveBayesVoting,
    RNNVoting,
    StackedVoting,
)
from skgenre.model_selection import compare_votings
from skgenre.model_selection._statistics import bootstrap_means
from skgenre.voting._rules import VOTINGS

SEED = 0
OVERLAPS = (0.0, 0.5, 0.75)
CLASSIFIERS = {
    "logistic regression": make_pipeline(
        StandardScaler(), LogisticRegression(C=0.1, max_iter=2000)
    ),
    # Its decision function goes through softmax: no calibrated probabilities.
    "SVM": make_pipeline(StandardScaler(), SVC(C=3.0)),
    "extra trees": ExtraTreesClassifier(100, min_samples_leaf=2, random_state=SEED),
    # Small, for the sake of time: 30 fits on ESC-10.
    "gradient boosting": HistGradientBoostingClassifier(
        learning_rate=0.2,
        max_iter=20,
        max_leaf_nodes=8,
        max_bins=63,
        max_features=0.3,
        early_stopping=False,
        random_state=SEED,
    ),
}
TRAINED = {
    "naive_bayes overlap": NaiveBayesVoting("overlap"),
    "naive_bayes fit": NaiveBayesVoting("fit"),
    "stacked": StackedVoting(),
    "hmm": HMMVoting(random_state=SEED),
    "rnn": RNNVoting(random_state=SEED),
}
ALL = {**{name: name for name in VOTINGS}, **TRAINED}


def main():
    """Run, print and write what is asked for."""
    options = arguments(
        __doc__.splitlines()[0],
        {"--sets": {"nargs": "+", "default": ["esc10", "gtzan3"]}},
        out=RESULTS,
    )
    options.out.mkdir(parents=True, exist_ok=True)
    for name in options.sets:
        start = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            report = run(LOADERS[name](options.data), options.cache or folder)
        report = {
            "data": name,
            **report,
            "seconds": time.perf_counter() - start,
            "environment": environment("hmmlearn", "keras"),
        }
        show(report)
        write(rounded(report), options.out / f"votings_{name}.json")
        print(f"after {report['seconds']:.0f} s\n", flush=True)


# -- data ---------------------------------------------------------------------------


def esc10(folder):
    """Five official folds; clips cut from one recording are in one fold."""
    data = load_esc10(folder)
    return {
        "paths": data.paths,
        "y": data.y,
        "clusters": data.sources,
        "splits": data.splits,
        "sample_rate": 44100,
        "window_seconds": 1.0,
        "protocol": "5 official folds",
    }


def gtzan3(folder):
    """Fit on train, score on valid."""
    data = load_gtzan3(folder)
    return {
        "paths": data.paths,
        "y": data.y,
        "clusters": data.artists,
        "splits": [(data.train, data.valid)],
        "sample_rate": 22050,
        "window_seconds": 3.0,
        "protocol": "train to valid",
    }


LOADERS = {"esc10": esc10, "gtzan3": gtzan3}


def features(data, overlap, memory):
    """Describe every window of every song."""
    seconds = data["window_seconds"]
    pipeline = make_pipeline(
        FrameWindower(
            seconds,
            hop_seconds=seconds * (1 - overlap),
            sample_rate=data["sample_rate"],
        ),
        MFCCFeaturizer(
            n_mfcc=20, deltas=2, summary=("mean", "std"), memory=str(memory)
        ),
    )
    return pipeline.fit_transform(data["paths"])


# -- the experiment -------------------------------------------------------------------


def run(data, memory):
    """Compare votings for every classifier, and for every overlap."""
    cells = [("logistic regression", overlap) for overlap in OVERLAPS]
    cells += [(name, 0.5) for name in CLASSIFIERS]
    songs = {}
    feature_seconds = {}
    for overlap in OVERLAPS:
        start = time.perf_counter()
        songs[overlap] = features(data, overlap, memory)
        feature_seconds[str(overlap)] = time.perf_counter() - start
    results = []
    for name, overlap in dict.fromkeys(cells):
        start = time.perf_counter()
        comparison = compare_votings(
            GroupVotingClassifier(CLASSIFIERS[name]),
            *(songs[overlap], data["y"]),
            votings=ALL,
            cv=data["splits"],
            groups=data["clusters"],
            n_bootstrap=10_000,
            random_state=SEED,
        )
        votings = comparison.pooled
        add_corrected(votings)
        add_losses(votings, comparison)
        results.append(
            {
                "classifier": name,
                "overlap": overlap,
                "n_windows": songs[overlap].n_windows,
                "window_accuracy": votings["majority"]["window_accuracy"],
                "votings": votings,
                "seconds": time.perf_counter() - start,
            }
        )
        print(
            f"{name}, overlap {overlap:.0%}: {results[-1]['seconds']:.0f} s", flush=True
        )
    return {
        "protocol": data["protocol"],
        "n_songs": len(data["y"]),
        "n_tested": int(sum(len(test) for _, test in data["splits"])),
        "window_seconds": data["window_seconds"],
        "seed": SEED,
        "feature_seconds": feature_seconds,
        "results": results,
    }


def add_corrected(votings):
    """Holm's correction of the p-values for the number of votings."""
    others = sorted(
        (name for name in votings if name != "majority"),
        key=lambda name: votings[name]["p_value"],
    )
    largest = 0.0
    for rank, name in enumerate(others):
        largest = max(largest, votings[name]["p_value"] * (len(others) - rank))
        votings[name]["p_holm"] = min(1.0, largest)


def add_losses(votings, comparison):
    """Log-loss of each voting less that of naive Bayes, with its interval."""
    tested = comparison.fold >= 0
    codes = np.searchsorted(comparison.classes, comparison.y)[tested]
    losses = np.column_stack(
        [
            -np.log(np.clip(p[tested][np.arange(len(codes)), codes], 2**-52, 1))
            for p in comparison.song_proba.values()
        ]
    )
    reference = list(comparison.song_proba).index("naive_bayes")
    gains = losses - losses[:, [reference]]
    low, high = bootstrap_means(
        gains, groups=comparison.groups[tested], n_bootstrap=10_000, seed=SEED
    )
    for i, name in enumerate(comparison.song_proba):
        votings[name]["log_loss_difference"] = float(gains[:, i].mean())
        votings[name]["log_loss_difference_low"] = float(low[i])
        votings[name]["log_loss_difference_high"] = float(high[i])


# -- output ---------------------------------------------------------------------------


def show(report):
    """Print the tables."""
    print(
        f"\n{report['data']}: {report['n_tested']} songs tested, {report['protocol']}, "
        f"windows of {report['window_seconds']:g} s"
    )
    half = [cell for cell in report["results"] if cell["overlap"] == 0.5]
    print("\nAccuracy in % (difference to majority in points, * p < 0.05 by McNemar,")
    print("** also after Holm's correction), windows overlapping by 50 %\n")
    rows = [["", *(cell["classifier"] for cell in half)]]
    rows.append(
        ["windows alone", *(f"{100 * cell['window_accuracy']:.1f}" for cell in half)]
    )
    for name in ALL:
        row = [name]
        for cell in half:
            voting = cell["votings"][name]
            text = f"{100 * voting['accuracy']:.1f}"
            if name != "majority":
                stars = "*" * ((voting["p_value"] < 0.05) + (voting["p_holm"] < 0.05))
                text += f" ({100 * voting['difference']:+.1f}{stars})"
            row.append(text)
        rows.append(row)
    print_table(rows)
    print("\nLog-loss / ECE in %, the same\n")
    rows = [["", *(cell["classifier"] for cell in half)]]
    rows += [[name, *(loss_and_ece(cell, name) for cell in half)] for name in ALL]
    print_table(rows)
    study = {
        cell["overlap"]: cell
        for cell in report["results"]
        if cell["classifier"] == "logistic regression"
    }
    print("\nLog-loss / ECE in % by overlap, logistic regression (* log-loss differs")
    print("from naive_bayes: 95 % interval of the paired difference without 0)\n")
    rows = [["", *(f"{100 * overlap:.0f} %" for overlap in sorted(study))]]
    for name in ALL:
        row = [name]
        for overlap in sorted(study):
            voting = study[overlap]["votings"][name]
            low, high = (
                voting[f"log_loss_difference_{end}"] for end in ("low", "high")
            )
            row.append(loss_and_ece(study[overlap], name) + "*" * (low * high > 0))
        rows.append(row)
    print_table(rows)


def loss_and_ece(cell, name):
    """Both numbers."""
    voting = cell["votings"][name]
    return f"{voting['log_loss']:.3f} / {100 * voting['ece']:.1f}"


def print_table(rows):
    """Columns of equal width."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [cell.ljust(w) for cell, w in zip(row, widths, strict=True)]
        print("  ".join(cells).rstrip())


def rounded(value):
    """Six digits are more than enough."""
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [rounded(inner) for inner in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


if __name__ == "__main__":
    main()
