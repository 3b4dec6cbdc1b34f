"""What leaky splits gain on real songs: windows, songs and artists held out.

gtzan3 (195 songs of three genres): the well-known table of 3 s windows with 57
features, and MFCC means and deviations of 5 s windows of the recordings themselves.
Songs without an artist in the table are artists of their own.

    python benchmarks/leakage.py --data DIR [--out DIR or FILE]
"""

import data
from measure import Stopwatch, arguments, result_path, timed, write
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skgenre import FrameWindower, GroupVotingClassifier, MFCCFeaturizer
from skgenre.model_selection import find_duplicates, leakage_report

MODELS = {
    "logistic regression": LogisticRegression(max_iter=5000),
    "1 nearest neighbour": KNeighborsClassifier(1),
    "SVM (RBF, C=10)": SVC(C=10),
}


def main():
    """Run, print and write."""
    options = arguments(__doc__, cache=True, cv=(5, "folds"), seed=(0, "of all draws"))
    songs = data.gtzan3(options.data)
    watch = Stopwatch()
    with watch("window table"):
        windows, y, artists = data.gtzan3_table(songs)
    with watch("recordings"):
        features = describe(songs.paths, options.cache)
    print(f"Windows read and made: {watch.rounded()} s")
    results = {
        "window table": run(windows, y, artists, options),
        "recordings": run(features, songs.y, songs.artists, options),
        "duplicates": look_for_duplicates(songs.paths),
    }
    report = {
        "data": "gtzan3",
        "protocol": f"{options.cv} folds, seed {options.seed}; 95 % intervals from "
        "2000 bootstrap draws of artists",
        "results": results,
    }
    write(report, result_path(options.out, "leakage_gtzan3"))


def describe(paths, memory):
    """MFCC means and deviations of windows of 5 s."""
    model = make_pipeline(
        FrameWindower(window_seconds=5.0),
        MFCCFeaturizer(summary=("mean", "std"), memory=memory),
    )
    return model.fit_transform(paths).load()


def run(windows, y, artists, options):
    """Report on each model, printed; return what goes into the file."""
    return {
        name: report_on(name, MODELS[name], windows, y, artists, options)
        for name in MODELS
    }


def report_on(name, classifier, windows, y, artists, options):
    """Compare the three splits for one model."""
    model = GroupVotingClassifier(
        make_pipeline(StandardScaler(), classifier),
        # An SVM has scores, no probabilities: every window has one vote.
        voting="mean" if hasattr(classifier, "predict_proba") else "majority",
    )
    report, seconds = timed(
        leakage_report,
        model,
        windows,
        y,
        artists=artists,
        cv=options.cv,
        random_state=options.seed,
    )
    print(f"\n{name} ({seconds.wall:.1f} s)\n\n{report}", flush=True)
    return {
        "n_songs": len(report.y),
        "n_windows": len(report.groups),
        "scores": report.scores,
        "inflation": report.inflation,
        "sentence": report.sentence,
        "seconds": round(seconds.wall, 2),
    }


def look_for_duplicates(paths):
    """Find recordings that are there twice, printed."""
    duplicates, seconds = timed(find_duplicates, paths)
    print(f"\n{duplicates}\nFound in {seconds.wall:.1f} s")
    return {
        "n_songs": len(paths),
        "pairs": [pair._asdict() for pair in duplicates],
        "seconds": round(seconds.wall, 2),
    }


if __name__ == "__main__":
    main()
