"""Networks of windows that are voted on, and networks trained on the song's loss.

ESC-10 (400 clips, 10 classes): the five official folds. gtzan3 (195 songs, three
genres): fitted on `train`, scored on `valid`, no artist on both sides. Windows are log
mel spectrograms. Two networks, the small CNN of `window_model` and the residual one of
`resnet_window_model`, are each trained

- on windows (`KerasWindowClassifier`); majority, mean and mean_log_odds are votes of
  the same trained networks;
- on songs (`MILClassifier`), with mean, attention and autopool as pooling.

Both see the same windows, splits, seed, schedule and number of epochs, and about as
many windows per step. The recipe was chosen by a few trials on ESC-10's folds 2 to 5
(three of them trained on, fold 3 or 5 scored); fold 1 was not looked at before, and
nothing was chosen on gtzan3.

Each part runs in a process of its own, so that its peak memory is its own, and is
written when it is done. `--only` repeats parts and keeps the others' results.

    python benchmarks/networks.py --data DIR [--sets esc10 gtzan3] [--only PART ...]
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import json
import tempfile

import data
import numpy as np
from measure import (
    Stopwatch,
    arguments,
    in_process,
    peak_of_this_process,
    result_path,
    timed,
    write,
)
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline

from skgenre import (
    FrameWindower,
    GroupVotingClassifier,
    MelSpectrogramFeaturizer,
    vote,
)
from skgenre.model_selection._statistics import mcnemar_exact

VOTINGS = ("majority", "mean", "mean_log_odds")
POOLINGS = ("mean", "attention", "autopool")
NETWORKS = ("cnn", "resnet")
PARTS = {
    **{network: (network, None) for network in NETWORKS},
    **{
        f"{network}_mil_{pooling}": (network, pooling)
        for network in NETWORKS
        for pooling in POOLINGS
    },
}
SAMPLE_RATE = 22050
WINDOW_SECONDS = 2.5
HOP_SECONDS = 1.0
N_MELS = 64
RECIPE = {
    "optimizer": "adamw",
    "learning_rate": 2e-3,
    "schedule": "cosine",
    "weight_decay": 0.05,
    "label_smoothing": 0.1,
    "epochs": 30,
}
ON_WINDOWS = {"batch_size": 32}
# About as many windows per step: a clip has 4 of them, a song of gtzan3 has 29.
ON_SONGS = {"esc10": {"batch_size": 8}, "gtzan3": {"batch_size": 2}}


def main():
    """Run, print and write what is asked for."""
    options = arguments(
        __doc__,
        cache=True,
        threads=None,  # Keras has its own, and as many as it likes
        sets=(tuple(data.LOADERS), "data sets"),
        only=(tuple(PARTS), "parts to run"),
        epochs=(RECIPE["epochs"], "of each fit"),
        seed=(0, "of each fit"),
    )
    for name in options.sets:
        part = name if len(options.sets) > 1 else None
        path = result_path(options.out, f"networks_{name}", part=part)
        with tempfile.TemporaryDirectory() as folder:
            memory = options.cache or folder
            run(data.LOADERS[name](options.data), options, memory, path)


def features(songs, memory):
    """Log mel spectrograms of windows, a SongWindows."""
    windower = FrameWindower(
        WINDOW_SECONDS,
        hop_seconds=HOP_SECONDS,
        sample_rate=SAMPLE_RATE,
        tail="pad",
        short="repeat",
    )
    mel = MelSpectrogramFeaturizer(N_MELS, memory=str(memory))
    return make_pipeline(windower, mel).fit_transform(songs.paths)


# -- the experiment -------------------------------------------------------------------


def run(songs, options, memory, path):
    """Every part asked for, each written when it is done."""
    X, seconds = timed(features, songs, memory)
    report = describe(songs, X, options)
    report["feature_seconds"] = round(seconds.wall, 1)
    parts = kept_parts(path, report)
    for part in options.only:
        parts[part] = in_process(
            run_part, part, songs, memory, options.epochs, options.seed
        )
        report["parts"] = {p: parts[p] for p in PARTS if p in parts}
        report["paired"] = paired(report["parts"])
        show_part(part, parts[part])
        write(report, path, packages=["keras", "tensorflow", "scikeras"])
    show(report)


def describe(songs, X, options):
    """Return what the report says before anything was trained."""
    published = data.PUBLISHED if songs.name == "esc10" else {}
    return {
        "data": songs.name,
        "protocol": songs.protocol,
        "n_songs": len(songs.y),
        "n_tested": len(songs.tested),
        "windows": {
            "sample_rate": SAMPLE_RATE,
            "seconds": WINDOW_SECONDS,
            "hop_seconds": HOP_SECONDS,
            "n_mels": N_MELS,
            "shape": list(X.window_shape),
            "n_windows": X.n_windows,
        },
        "recipe": {
            **RECIPE,
            "epochs": options.epochs,
            "on windows": ON_WINDOWS,
            "on songs": ON_SONGS[songs.name],
        },
        "seed": options.seed,
        "feature_seconds": None,
        "parts": {},
        "paired": [],
        "published": {k: v for k, v in published.items() if k.startswith("CNN")},
    }


def kept_parts(path, report):
    """Parts of an earlier run with the same windows, recipe and seed."""
    if not path.exists():
        return {}
    earlier = json.loads(path.read_text())
    same = ("windows", "recipe", "seed", "n_songs")
    if any(earlier.get(key) != report[key] for key in same):
        return {}
    return earlier["parts"]


def run_part(part, songs, memory, epochs, seed):
    """Train and score one network on every split; runs in a process of its own."""
    network, pooling = PARTS[part]
    X = features(songs, memory)
    watch, folds = Stopwatch(), []
    for train, test in songs.splits:
        model = classifier(network, pooling, songs.name, epochs, seed)
        _, taken = timed(model.fit, X[train], songs.y[train])
        with watch("predict"):
            window_proba = model.predict_window_proba(X[test])
        fold = judge(model, pooling, window_proba, X[test], songs.y[test])
        folds.append({"fit": taken.wall, **fold})
        print(part, len(folds), f"{taken.wall:.0f} s", fold["right"], flush=True)
    return {
        "network": network,
        "trained_on": "windows" if pooling is None else "songs",
        "n_parameters": folds[-1]["n_parameters"],
        "rules": score_rules(folds, songs),
        "windows_right": [fold["windows_right"] for fold in folds],
        "last_training_loss": [round(fold["loss"], 4) for fold in folds],
        "seconds": seconds_of(folds, watch.seconds["predict"], epochs),
        # Of this process, which did nothing else.
        "peak_memory_mib": round(peak_of_this_process()),
    }


def judge(model, pooling, window_proba, X_test, y_test):
    """Score one fold's songs by every voting, or by the model's pooling."""
    if pooling is None:
        trained, network = model.estimator_, model.estimator_.model_
        groups = X_test.groups
        proba = {v: vote(window_proba, groups, voting=v)[1] for v in VOTINGS}
    else:
        trained, network = model, model.window_model_
        proba = {pooling: model.predict_proba(X_test)}
    of_windows = model.classes_[window_proba.argmax(axis=1)]
    return {
        "proba": proba,
        "right": {
            rule: percent(model.classes_[p.argmax(axis=1)] == y_test)
            for rule, p in proba.items()
        },
        "windows_right": percent(of_windows == X_test.expand(y_test)),
        "loss": trained.history_["loss"][-1],
        "n_parameters": network.count_params(),
    }


def score_rules(folds, songs):
    """Score every voting, or the pooling, over all folds."""
    classes = np.unique(songs.y)
    tests = [test for _, test in songs.splits]
    scores = {}
    for rule in folds[0]["proba"]:
        proba = np.full((len(songs.y), len(classes)), np.nan)
        for fold, test in zip(folds, tests, strict=True):
            proba[test] = fold["proba"][rule]
        scores[rule] = score(proba, songs.y, classes, tests)
    return scores


def seconds_of(folds, predict, epochs):
    """Seconds of fits, compilation included, and of predictions."""
    fits = [fold["fit"] for fold in folds]
    return {
        "fit": [round(seconds, 1) for seconds in fits],
        "fit_total": round(sum(fits), 1),
        "per_epoch": round(sum(fits) / len(fits) / epochs, 2),
        "predict_total": round(predict, 1),
    }


def classifier(network, pooling, name, epochs, seed):
    """Build a classifier of songs, not yet fitted."""
    # TensorFlow is not for the process that only waits.
    from skgenre.neural import KerasWindowClassifier, MILClassifier

    recipe = {**RECIPE, "epochs": epochs, "random_state": seed}
    if pooling is None:
        windows = KerasWindowClassifier(network, **recipe, **ON_WINDOWS)
        return GroupVotingClassifier(windows)
    return MILClassifier(network, pooling=pooling, **recipe, **ON_SONGS[name])


def verdict(proba, classes):
    """Labels; where a song was not tested the first one stands."""
    return classes[np.nan_to_num(proba).argmax(axis=1)]


def score(proba, y, classes, tests):
    """Accuracy in all, and on each fold, and which songs are right, in fold order."""
    tested = np.concatenate(tests)
    right = verdict(proba, classes) == y
    return {
        "accuracy": percent(right[tested]),
        "per_fold": [percent(right[test]) for test in tests],
        "log_loss": round(float(log_loss(y[tested], clipped(proba[tested]))), 4),
        "right": "".join("01"[int(r)] for r in right[tested]),
    }


def clipped(proba):
    """Probabilities above 0 that add up to one; majority votes are often 0."""
    proba = np.clip(np.asarray(proba, dtype=float), 1e-7, 1)
    return proba / proba.sum(axis=1, keepdims=True)


def percent(right):
    """Share of what is right, in percent."""
    return round(100 * float(np.mean(right)), 2)


def all_rules(parts):
    """Every voting and pooling of every network, by a name of its own."""
    return {
        f"{part} {rule}" if result["trained_on"] == "windows" else part: scores
        for part, result in parts.items()
        for rule, scores in result["rules"].items()
    }


def paired(parts):
    """Votings against majority, poolings against the mean vote, song by song."""
    rules = all_rules(parts)
    pairs = [("cnn mean", "resnet mean")]
    for network in NETWORKS:
        pairs += [(f"{network} majority", f"{network} {rule}") for rule in VOTINGS[1:]]
        pairs += [(f"{network} mean", f"{network}_mil_{rule}") for rule in POOLINGS]
    return [
        compare_pair(first, second, rules)
        for first, second in pairs
        if first in rules and second in rules
    ]


def compare_pair(first, second, rules):
    """Songs that only one of two has right, and the exact McNemar test."""
    one, two = rules[first], rules[second]
    right = list(zip(one["right"], two["right"], strict=True))
    better, worse = right.count(("0", "1")), right.count(("1", "0"))
    gains = np.subtract(two["per_fold"], one["per_fold"])
    return {
        "first": first,
        "second": second,
        "per_fold": gains.round(2).tolist(),
        "better": better,
        "worse": worse,
        "p_value": round(float(mcnemar_exact(better, worse)), 4),
    }


# -- output ---------------------------------------------------------------------------


def show_part(part, result):
    """Print what one part gave."""
    seconds = result["seconds"]
    print(
        f"{part}: {result['n_parameters']} parameters, {seconds['per_epoch']} s per "
        f"epoch, {seconds['fit_total']} s in all, {result['peak_memory_mib']} MiB"
    )


def show(report):
    """Print the tables."""
    print(f"\n{report['data']}, % of {report['n_tested']} songs, {report['protocol']}")
    for label, result in all_rules(report["parts"]).items():
        folds = " ".join(f"{score:6.2f}" for score in result["per_fold"])
        print(
            f"{label:26}{result['accuracy']:7.2f}  log-loss {result['log_loss']:6.3f}"
            f"  folds {folds}"
        )
    for label, right in report["published"].items():
        print(f"{label:50}{right:6.2f}")
    print("\nPaired: points that the second is above the first, by fold, songs that")
    print("are right by the second alone, by the first alone, p (exact McNemar)")
    for pair in report["paired"]:
        folds = " ".join(f"{gain:+6.2f}" for gain in pair["per_fold"])
        print(
            f"{pair['first']:22}{pair['second']:22}{folds}  {pair['better']:3} "
            f"{pair['worse']:3}  {pair['p_value']:.3f}"
        )


if __name__ == "__main__":
    main()
