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

    python benchmarks/networks.py --data DIR [--dataset esc10 gtzan3] [--only PART ...]
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import json
import multiprocessing
import resource
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from _data import RESULTS, arguments, environment, load_esc10, load_gtzan3, write
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
PUBLISHED = {
    "CNN, short windows, majority (Piczak 2015b)": 78.00,
    "CNN, short windows, probability (Piczak 2015b)": 78.50,
    "CNN, long windows, majority (Piczak 2015b)": 79.75,
    "CNN, long windows, probability (Piczak 2015b)": 80.25,
}


def main():
    """Run, print and write what is asked for."""
    options = arguments(
        __doc__.splitlines()[0],
        {
            "--dataset": {"nargs": "+", "default": list(LOADERS), "choices": LOADERS},
            "--only": {"nargs": "+", "default": list(PARTS), "choices": PARTS},
            "--epochs": {"type": int, "default": RECIPE["epochs"]},
            "--seed": {"type": int, "default": 0},
        },
        out=RESULTS,
    )
    for name in options.dataset:
        with tempfile.TemporaryDirectory() as folder:
            run(name, options, options.cache or folder)


# -- data -----------------------------------------------------------------------------


def esc10(folder):
    """Five official folds; clips cut from one recording are in one fold."""
    data = load_esc10(folder)
    return {
        "paths": data.paths,
        "y": data.y,
        "splits": data.splits,
        "protocol": "5 official folds",
        "published": PUBLISHED,
    }


def gtzan3(folder):
    """Fit on train, score on valid."""
    data = load_gtzan3(folder)
    return {
        "paths": data.paths,
        "y": data.y,
        "splits": [(data.train, data.valid)],
        "protocol": "train to valid",
        "published": {},
    }


LOADERS = {"esc10": esc10, "gtzan3": gtzan3}


def features(data, memory):
    """Log mel spectrograms of windows, a SongWindows."""
    windower = FrameWindower(
        WINDOW_SECONDS,
        hop_seconds=HOP_SECONDS,
        sample_rate=SAMPLE_RATE,
        tail="pad",
        short="repeat",
    )
    mel = MelSpectrogramFeaturizer(N_MELS, memory=str(memory))
    return make_pipeline(windower, mel).fit_transform(data["paths"])


# -- the experiment -------------------------------------------------------------------


def run(name, options, memory):
    """Every part asked for, each written when it is done."""
    data = LOADERS[name](options.data)
    start = time.perf_counter()
    X = features(data, memory)
    path = options.out / f"networks_{name}.json"
    report = {
        "data": name,
        "protocol": data["protocol"],
        "n_songs": len(data["y"]),
        "n_tested": int(sum(len(test) for _, test in data["splits"])),
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
            "on songs": ON_SONGS[name],
        },
        "seed": options.seed,
        "feature_seconds": round(time.perf_counter() - start, 1),
        "parts": {},
        "paired": [],
        "published": data["published"],
        "environment": environment("keras", "tensorflow", "scikeras"),
    }
    report["parts"] = kept_parts(path, report)
    spawn = multiprocessing.get_context("spawn")
    for part in options.only:
        with ProcessPoolExecutor(1, mp_context=spawn) as process:
            future = process.submit(
                *(run_part, part, name, options.data, memory),
                *(options.epochs, options.seed),
            )
            report["parts"][part] = future.result()
        report["parts"] = {p: report["parts"][p] for p in PARTS if p in report["parts"]}
        report["paired"] = paired(report["parts"])
        show_part(part, report["parts"][part])
        write(report, path)
    show(report)


def kept_parts(path, report):
    """Parts of an earlier run with the same windows, recipe and seed."""
    if not path.exists():
        return {}
    earlier = json.loads(path.read_text())
    same = ("windows", "recipe", "seed", "n_songs")
    if any(earlier.get(key) != report[key] for key in same):
        return {}
    return earlier["parts"]


def run_part(part, name, folder, memory, epochs, seed):
    """Train and score one network on every split; runs in a process of its own."""
    network, pooling = PARTS[part]
    data = LOADERS[name](folder)
    y = data["y"]
    classes = np.unique(y)
    X = features(data, memory)
    proba = {}  # of songs, for each voting or pooling
    window_right, fit_seconds, predict_seconds, losses = [], [], [], []
    for train, test in data["splits"]:
        model = classifier(network, pooling, name, epochs, seed)
        start = time.perf_counter()
        model.fit(X[train], y[train])
        fit_seconds.append(time.perf_counter() - start)
        start = time.perf_counter()
        window_proba = model.predict_window_proba(X[test])
        predict_seconds.append(time.perf_counter() - start)
        if pooling is None:
            groups = X[test].groups
            of_songs = {v: vote(window_proba, groups, voting=v)[1] for v in VOTINGS}
            trained = model.estimator_
        else:
            of_songs = {pooling: model.predict_proba(X[test])}
            trained = model
        for rule, song_proba in of_songs.items():
            proba.setdefault(rule, np.full((len(y), len(classes)), np.nan))
            proba[rule][test] = song_proba
        verdicts = classes[window_proba.argmax(axis=1)]
        window_right.append(percent(verdicts == X[test].expand(y[test])))
        losses.append(trained.history_["loss"][-1])
        right = {
            rule: percent(verdict(song_proba, classes) == y[test])
            for rule, song_proba in of_songs.items()
        }
        print(part, len(fit_seconds), f"{fit_seconds[-1]:.0f} s", right, flush=True)
    tests = [test for _, test in data["splits"]]
    trained_network = trained.model_ if pooling is None else trained.window_model_
    return {
        "network": network,
        "trained_on": "windows" if pooling is None else "songs",
        "n_parameters": trained_network.count_params(),
        "rules": {r: score(p, y, classes, tests) for r, p in proba.items()},
        "windows_right": window_right,
        "last_training_loss": [round(loss, 4) for loss in losses],
        # Of fits, compilation included.
        "seconds": {
            "fit": [round(s, 1) for s in fit_seconds],
            "fit_total": round(sum(fit_seconds), 1),
            "per_epoch": round(sum(fit_seconds) / len(fit_seconds) / epochs, 2),
            "predict_total": round(sum(predict_seconds), 1),
        },
        # Of this process, which did nothing else. Linux counts in KiB.
        "peak_memory_mib": round(
            resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        ),
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
    results = []
    for first, second in pairs:
        if first not in rules or second not in rules:
            continue
        one, two = rules[first], rules[second]
        right = list(zip(one["right"], two["right"], strict=True))
        better, worse = right.count(("0", "1")), right.count(("1", "0"))
        gains = np.subtract(two["per_fold"], one["per_fold"])
        results.append(
            {
                "first": first,
                "second": second,
                "per_fold": gains.round(2).tolist(),
                "better": better,
                "worse": worse,
                "p_value": round(float(mcnemar_exact(better, worse)), 4),
            }
        )
    return results


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
