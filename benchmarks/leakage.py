"""What leaky splits gain on real songs: windows, songs and artists held out.

gtzan3 (195 songs of three genres): the well-known table of 3 s windows with 57
features, and MFCC means and deviations of 5 s windows of the recordings themselves.
Songs without an artist in the table are artists of their own.

    python benchmarks/leakage.py --data DIR [--out JSON]
"""

import time

import pandas as pd
from _data import RESULTS, arguments, environment, write
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skgenre import FrameWindower, GroupVotingClassifier, MFCCFeaturizer, SongWindows
from skgenre.model_selection import find_duplicates, leakage_report

MODELS = {
    "logistic regression": LogisticRegression(max_iter=5000),
    "1 nearest neighbour": KNeighborsClassifier(1),
    "SVM (RBF, C=10)": SVC(C=10),
}


def main():
    """Run, print and write."""
    options = arguments(
        __doc__.splitlines()[0],
        {
            "--cv": {"default": 5, "type": int},
            "--seed": {"default": 0, "type": int},
        },
        out=RESULTS / "leakage_gtzan3.json",
    )
    folder = options.data / "gtzan3"
    songs = pd.read_csv(folder / "songs.csv")
    results = {}

    start = time.perf_counter()
    windows, y, artists = load_table(folder, songs)
    print(f"The window table, read in {time.perf_counter() - start:.1f} s")
    results["window table"] = run(windows, y, artists, options)

    start = time.perf_counter()
    paths = [str(folder / path) for path in songs["path"]]
    features = make_pipeline(
        FrameWindower(window_seconds=5.0),
        MFCCFeaturizer(summary=("mean", "std"), memory=options.cache),
    ).fit_transform(paths)
    print(f"\nMFCC of the recordings, made in {time.perf_counter() - start:.1f} s")
    results["recordings"] = run(
        features.load(), songs["genre"].to_numpy(str), songs["artist"], options
    )

    start = time.perf_counter()
    duplicates = find_duplicates(paths)
    seconds = time.perf_counter() - start
    print(f"\n{duplicates}\nFound in {seconds:.1f} s")
    results["duplicates"] = {
        "n_songs": len(paths),
        "pairs": [pair._asdict() for pair in duplicates],
        "seconds": round(seconds, 2),
    }

    report = {
        "data": "gtzan3",
        "protocol": f"{options.cv} folds, seed {options.seed}; 95 % intervals from "
        "2000 bootstrap draws of artists",
        "results": results,
        "environment": environment(),
    }
    write(report, options.out)


def load_table(folder, songs):
    """Windows of 3 s, and the label and artist of each song."""
    table = pd.read_csv(folder / "features_3_sec.csv").drop(columns="length")
    # SONG.WINDOW.wav
    table["song"] = table.pop("filename").str.rsplit(".", n=2).str[0]
    windows, y = SongWindows.from_frame(table, song="song", label="label")
    artist = songs.set_index("song")["artist"]
    return windows, y, artist.loc[windows.song_ids]


def run(windows, y, artists, options):
    """Report on each model, printed; what goes into the file."""
    results = {}
    for name, classifier in MODELS.items():
        start = time.perf_counter()
        report = leakage_report(
            GroupVotingClassifier(
                make_pipeline(StandardScaler(), classifier),
                # An SVM has scores, no probabilities: every window has one vote.
                voting="mean" if hasattr(classifier, "predict_proba") else "majority",
            ),
            windows,
            y,
            artists=artists,
            cv=options.cv,
            random_state=options.seed,
        )
        seconds = time.perf_counter() - start
        print(f"\n{name} ({seconds:.1f} s)\n\n{report}")
        results[name] = {
            "n_songs": len(report.y),
            "n_windows": len(report.groups),
            "scores": report.scores,
            "inflation": report.inflation,
            "sentence": report.sentence,
            "seconds": round(seconds, 2),
        }
    return results


if __name__ == "__main__":
    main()
