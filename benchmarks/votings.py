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

    python benchmarks/votings.py --data DIR [--out DIR or FILE] [--sets esc10 gtzan3]
"""

import tempfile

import data
import numpy as np
from measure import Stopwatch, arguments, result_path, timed, write
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


WINDOW_SECONDS = {"esc10": 1.0, "gtzan3": 3.0}
# Every classifier at half overlap, and one of them at every overlap.
CELLS = dict.fromkeys(
    [("logistic regression", overlap) for overlap in OVERLAPS]
    + [(name, 0.5) for name in CLASSIFIERS]
)


def main():
    """Run, print and write what is asked for."""
    sets = (tuple(data.LOADERS), "data sets")
    options = arguments(__doc__, cache=True, sets=sets)
    for name in options.sets:
        songs = data.LOADERS[name](options.data)
        with tempfile.TemporaryDirectory() as folder:
            report, seconds = timed(run, songs, options.cache or folder)
        report |= {"data": name, "seconds": seconds.wall}
        show(report)
        part = name if len(options.sets) > 1 else None
        write(
            rounded(report),
            result_path(options.out, f"votings_{name}", part=part),
            packages=["hmmlearn", "keras"],
        )
        print(f"after {seconds.wall:.0f} s\n", flush=True)


# -- the experiment -------------------------------------------------------------------


def run(songs, memory):
    """Compare votings for every classifier, and for every overlap."""
    watch, windows = Stopwatch(), {}
    for overlap in OVERLAPS:
        with watch(str(overlap)):
            windows[overlap] = features(songs, overlap, memory)
    return {
        "data": songs.name,
        "protocol": songs.protocol,
        "n_songs": len(songs.y),
        "n_tested": len(songs.tested),
        "window_seconds": WINDOW_SECONDS[songs.name],
        "seed": SEED,
        "feature_seconds": watch.seconds,
        "results": [
            compare(name, overlap, windows[overlap], songs) for name, overlap in CELLS
        ],
    }


def features(songs, overlap, memory):
    """Describe every window of every song."""
    seconds = WINDOW_SECONDS[songs.name]
    windower = FrameWindower(
        seconds, hop_seconds=seconds * (1 - overlap), sample_rate=songs.sample_rate
    )
    mfcc = MFCCFeaturizer(
        n_mfcc=20, deltas=2, summary=("mean", "std"), memory=str(memory)
    )
    return make_pipeline(windower, mfcc).fit_transform(songs.paths)


def compare(name, overlap, windows, songs):
    """Compare all votings on the same fits of one classifier."""
    comparison, seconds = timed(
        compare_votings,
        GroupVotingClassifier(CLASSIFIERS[name]),
        windows,
        songs.y,
        votings=ALL,
        cv=songs.splits,
        groups=songs.clusters,
        n_bootstrap=10_000,
        random_state=SEED,
    )
    votings = comparison.pooled
    add_corrected(votings)
    add_losses(votings, comparison)
    print(f"{name}, overlap {overlap:.0%}: {seconds.wall:.0f} s", flush=True)
    return {
        "classifier": name,
        "overlap": overlap,
        "n_windows": windows.n_windows,
        "window_accuracy": votings["majority"]["window_accuracy"],
        "votings": votings,
        "seconds": seconds.wall,
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
    class_index = np.searchsorted(comparison.classes, comparison.y)[tested]
    songs = np.arange(len(class_index))
    losses = np.column_stack(
        [
            -np.log(np.clip(p[tested][songs, class_index], 2**-52, 1))
            for p in comparison.song_proba.values()
        ]
    )  # (n_tested, n_votings)
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
    titles = ["", *(cell["classifier"] for cell in half)]
    alone = [f"{100 * cell['window_accuracy']:.1f}" for cell in half]
    print("\nAccuracy in % (difference to majority in points, * p < 0.05 by McNemar,")
    print("** also after Holm's correction), windows overlapping by 50 %\n")
    lines = [[name, *(accuracy(cell, name) for cell in half)] for name in ALL]
    print_table([titles, ["windows alone", *alone], *lines])
    print("\nLog-loss / ECE in %, the same\n")
    lines = [[name, *(loss_and_ece(cell, name) for cell in half)] for name in ALL]
    print_table([titles, *lines])
    show_overlaps(report["results"])


def show_overlaps(results):
    """Print the table of overlaps."""
    study = [cell for cell in results if cell["classifier"] == "logistic regression"]
    study.sort(key=lambda cell: cell["overlap"])
    print("\nLog-loss / ECE in % by overlap, logistic regression (* log-loss differs")
    print("from naive_bayes: 95 % interval of the paired difference without 0)\n")
    titles = ["", *(f"{100 * cell['overlap']:.0f} %" for cell in study)]
    lines = [
        [name, *(loss_and_ece(cell, name) + star(cell, name) for cell in study)]
        for name in ALL
    ]
    print_table([titles, *lines])


def accuracy(cell, name):
    """Accuracy, and how far it is from majority's."""
    voting = cell["votings"][name]
    text = f"{100 * voting['accuracy']:.1f}"
    if name == "majority":
        return text
    stars = "*" * ((voting["p_value"] < 0.05) + (voting["p_holm"] < 0.05))
    return f"{text} ({100 * voting['difference']:+.1f}{stars})"


def star(cell, name):
    """Whether the interval of the difference to naive Bayes leaves out 0."""
    voting = cell["votings"][name]
    low, high = (voting[f"log_loss_difference_{end}"] for end in ("low", "high"))
    return "*" * (low * high > 0)


def loss_and_ece(cell, name):
    """Both numbers."""
    voting = cell["votings"][name]
    return f"{voting['log_loss']:.3f} / {100 * voting['ece']:.1f}"


def print_table(lines):
    """Columns of equal width."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = [cell.ljust(w) for cell, w in zip(line, widths, strict=True)]
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
