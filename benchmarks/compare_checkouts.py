"""Whether two checkouts give the same features, probabilities and verdicts, bit by bit.

Each runs in a process of its own, with its own package first on the path, over the
same real recordings; what they give is then compared number by number.

python benchmarks/compare_checkouts.py BEFORE AFTER --data DIR
"""

import argparse
import os
import pickle
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np


def main():
    """Run the probe in both checkouts and name what differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkouts", nargs="+", type=Path, help="two folders")
    parser.add_argument("--data", default=os.environ.get("SKGENRE_DATA"), type=Path)
    parser.add_argument("--songs", default=60, type=int, help="of each collection")
    parser.add_argument("--probe", default=None, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.probe:
        Path(options.probe).write_bytes(pickle.dumps(probe(options)))
        return 0
    if len(options.checkouts) != 2 or options.data is None:
        parser.error("give two checkouts, and --data DIR (or SKGENRE_DATA)")
    before, after = (run(folder, options) for folder in options.checkouts)
    different = sorted(name for name in before if not same(before[name], after[name]))
    for name in before:
        print(f"{'DIFFERS' if name in different else 'same bits':>9}  {name}")
    return int(bool(different) or before.keys() != after.keys())


def run(checkout, options):
    """Run the probe with one checkout's package; return what it gives."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "probe.pickle"
        command = [sys.executable, __file__, str(checkout), "--probe", str(out)]
        command += ["--data", str(options.data), "--songs", str(options.songs)]
        path = str(Path(checkout).resolve())
        subprocess.run(command, check=True, env={**os.environ, "PYTHONPATH": path})
        return pickle.loads(out.read_bytes())


def same(a, b):
    """Say whether two results are equal to the last bit, NaN included."""
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    a, b = np.asarray(a), np.asarray(b)
    equal_nan = a.dtype.kind == "f"
    return a.dtype == b.dtype and np.array_equal(a, b, equal_nan=equal_nan)


def probe(options):
    """Everything that is compared, by name; only public names are used."""
    warnings.simplefilter("ignore")
    import pandas as pd

    gtzan = pd.read_csv(options.data / "gtzan3" / "songs.csv")
    gtzan = gtzan.sample(options.songs, random_state=0)
    paths = [str(options.data / "gtzan3" / path) for path in gtzan["path"]]
    clips = pd.read_csv(options.data / "esc10" / "clips.csv")
    clips = clips.sample(options.songs, random_state=0)
    clip_paths = [str(options.data / "esc10" / path) for path in clips["path"]]
    y = gtzan["genre"].to_numpy(dtype=str)
    artists = gtzan["artist"].to_numpy(dtype=object)
    found = {}
    found |= probe_features(paths, clip_paths)
    found |= probe_votings(paths, y)
    found |= probe_evaluation(paths, y, artists)
    found |= probe_recipes(paths, y)
    found |= probe_networks(paths, y)
    found |= probe_bad_files(options.data)
    return found


def probe_features(paths, clip_paths):
    """Features of every kind, and where their windows lie."""
    from skgenre import (
        FeatureStack,
        FrameWindower,
        FunctionFeaturizer,
        MelSpectrogramFeaturizer,
        MFCCFeaturizer,
        SpectralFeaturizer,
    )

    descriptors = "mfcc mfcc_delta mfcc_delta2 mel mel_delta chroma contrast centroid"
    descriptors += " bandwidth rolloff flatness zcr rms onset tempo modulation"
    featurizers = {
        "mfcc": MFCCFeaturizer(),
        "mfcc 2048, float64": MFCCFeaturizer(20, n_fft=2048, precision="float64"),
        "mfcc odd n_fft": MFCCFeaturizer(n_fft=1000, hop_length=300, top_db=None),
        "mfcc statistics": MFCCFeaturizer(
            deltas=2, summary=("mean", "std", "skew", "kurtosis", "p10", "median")
        ),
        "mel": MelSpectrogramFeaturizer(64, channel_axis=True, fmin=50, fmax=8000),
        "all descriptors": SpectralFeaturizer(descriptors.split()),
        "spectral default": SpectralFeaturizer(silence_db=60.0),
        "short frames": SpectralFeaturizer(
            ("rms", "modulation", "onset"), n_fft=512, hop_length=128, n_mels=40
        ),
        "function": FunctionFeaturizer(loudness, batch_size=3),
        "stack": FeatureStack(
            [
                ("mfcc", MFCCFeaturizer(summary=("mean",))),
                ("loud", FunctionFeaturizer(loudness)),
                ("shape", SpectralFeaturizer(("centroid", "zcr"), summary=("std",))),
            ],
            song_summary=("mean", "std"),
        ),
    }
    windowers = {
        "songs": (FrameWindower(), paths[:15]),
        "clips": (
            FrameWindower(
                2.0, hop_seconds=0.7, sample_rate=44_100, tail="pad", short="repeat"
            ),
            clip_paths[:15],
        ),
    }
    found = {}
    for data, (windower, songs) in windowers.items():
        windows = windower.fit_transform(songs)
        found[f"audio of {data}"] = [windows[0], windows.counts, windows.starts]
        for name, featurizer in featurizers.items():
            features = featurizer.fit_transform(windows)
            names = featurizer.get_feature_names_out().tolist()
            found[f"{name} of {data}"] = [
                features.values,
                features.counts,
                features.starts,
                names,
            ]
    return found


def loudness(windows):
    """Root mean square and peak of each window."""
    level = np.sqrt((windows**2).mean(axis=1))
    return np.column_stack([level, np.abs(windows).max(axis=1)])


def mfcc_statistics(paths):
    """Features that the classifiers here share."""
    from skgenre import FrameWindower, MFCCFeaturizer

    windows = FrameWindower(3.0).fit_transform(paths)
    return MFCCFeaturizer(summary=("mean", "std")).fit_transform(windows)


def probe_votings(paths, y):
    """Probabilities of windows and songs, by every voting, songs mixed in order."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import LinearSVC

    from skgenre import (
        GroupVotingClassifier,
        HMMVoting,
        NaiveBayesVoting,
        RNNVoting,
        StackedVoting,
        vote,
    )

    X = mfcc_statistics(paths)
    train, test = np.arange(len(y)) % 3 != 0, np.arange(len(y)) % 3 == 0
    classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    named = [
        "majority",
        "mean",
        "median",
        "max",
        "mean_log_proba",
        "mean_log_odds",
        "naive_bayes",
    ]
    votings = {name: name for name in named} | {
        "overlap": NaiveBayesVoting("overlap"),
        "fit": NaiveBayesVoting("fit"),
        "stacked": StackedVoting(),
        "hmm": HMMVoting(random_state=0),
        "rnn": RNNVoting(epochs=3, random_state=0),
    }
    found = {}
    for name, voting in votings.items():
        for balanced in (False, True):
            model = GroupVotingClassifier(
                make_pipeline(StandardScaler(), LinearSVC())
                if name == "median"
                else classifier,
                voting=voting,
                song_balanced=balanced and name != "median",
            ).fit(X[train], y[train])
            found[f"voting {name}, balanced {balanced}"] = [
                model.predict_window_proba(X[test]),
                model.predict_proba(X[test]),
                model.predict(X[test]),
                model.score(X[test], y[test]),
            ]
    order = np.random.default_rng(0).permutation(X.n_windows)
    proba = model.predict_window_proba(X)
    for name in named:
        found[f"vote {name}"] = vote(
            proba[order], X.expand(X.song_ids)[order], voting=name
        )
    flat = GroupVotingClassifier(classifier)
    flat.fit(X.values[order], X.expand(y)[order], groups=X.groups[order])
    found["flat windows"] = flat.predict_proba(X.values[order], groups=X.groups[order])
    return found


def probe_evaluation(paths, y, artists):
    """Folds, comparisons, leaks and duplicates."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from skgenre import GroupVotingClassifier
    from skgenre.model_selection import (
        StratifiedGroupShuffleSplit,
        compare_votings,
        find_duplicates,
        group_labels,
        leakage_report,
    )

    X = mfcc_statistics(paths)
    labels = group_labels(artists)
    model = GroupVotingClassifier(
        make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    )
    split = StratifiedGroupShuffleSplit(3, test_size=0.3, random_state=0)
    comparison = compare_votings(model, X, y, cv=3)
    report = leakage_report(model, X, y, artists=labels, cv=3)
    copies = find_duplicates([*paths[:8], paths[3]])
    return {
        "group labels": labels,
        "splits": list(split.split(y, y, labels)),
        "comparison": [str(comparison), comparison.song_proba, comparison.fold],
        "leakage": [str(report), report.window_proba, report.song_proba],
        "duplicates": [str(copies), copies.groups],
    }


def probe_recipes(paths, y):
    """Whole models, from paths to verdicts."""
    from skgenre import recipes

    found = {}
    for name, recipe in (("baseline", recipes.baseline), ("fast", recipes.fast)):
        model = recipe().fit(paths[:40], y[:40])
        found[f"recipe {name}"] = [model.predict_proba(paths[40:]), model.classes_]
    return found


def probe_networks(paths, y):
    """Networks of windows and of songs, a few epochs."""
    from skgenre import FrameWindower, GroupVotingClassifier, MFCCFeaturizer
    from skgenre.neural import KerasWindowClassifier, MILClassifier

    windows = FrameWindower(5.0).fit_transform(paths[:24])
    X = MFCCFeaturizer().fit_transform(windows)
    y = y[:24]
    networks = {
        "cnn": GroupVotingClassifier(
            KerasWindowClassifier(
                "cnn", epochs=2, validation_fraction=0.25, random_state=0
            )
        )
    }
    for pooling in [
        "mean",
        "max",
        "log_sum_exp",
        "attention",
        "gated_attention",
        "autopool",
    ]:
        networks[f"mil {pooling}"] = MILClassifier(
            "cnn",
            pooling=pooling,
            pooling_space="logit" if pooling == "attention" else "proba",
            epochs=2,
            random_state=0,
        )
    found = {}
    for name, network in networks.items():
        model = network.fit(X, y)
        found[name] = [model.predict_window_proba(X), model.predict_proba(X)]
        if name.startswith("mil"):
            found[name] += [model.attention_weights(X), model.history_]
    return found


def probe_bad_files(data):
    """What is said of files that cannot be used."""
    from skgenre import FrameWindower

    bad = sorted(str(path) for path in (data / "bad").iterdir())
    windower = FrameWindower(on_error="warn")
    counts = windower.fit_transform(bad).counts
    return {"bad files": [counts, sorted(windower.errors_.items())]}


if __name__ == "__main__":
    sys.exit(main())
