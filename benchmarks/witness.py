"""When voting is enough, and when multiple-instance learning wins: accuracy by rate.

Recordings of a minute are composed of ESC-10's clips, in windows of a second: a
background of rain, waves, fire, helicopters and clocks, and in a share of the windows
(the witness rate, from all to one of sixty) an event: a dog, a rooster, a baby, a
sneeze or a chainsaw. Only the recording's label is known. Sources are apart: of each
kind half of the recordings of ESC-10 are for training, the others for testing, drawn
anew by seed. Windows of events that are nearly silent (the quietest 15 %) are left out,
as clips are filled up with silence. Windows are described by means and deviations of 20
MFCCs and their deltas, from whole windows, so that composing them is the same as
composing audio.

The contenders, each on the same windows:

- votings over logistic regression and extra trees on inherited labels;
- the same with labels learned by `WitnessClassifier`;
- votings over a dense network on inherited labels (`KerasWindowClassifier`), and
  the same network trained on recordings (`MILClassifier`) with every pooling.

Networks, features and the witness iteration were tried on seeds 0 and 1 at rates of
0.05, 0.1 and 0.5; those that count are others, and nothing was chosen on them.

    python benchmarks/witness.py --data DIR [--seeds 3] [--out DIR or FILE]
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import itertools
import json
from typing import NamedTuple

import data
import numpy as np
from measure import Stopwatch, arguments, result_path, write
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre import (
    FrameWindower,
    GroupVotingClassifier,
    MFCCFeaturizer,
    SongWindows,
    StackedVoting,
    vote,
)
from skgenre.model_selection._statistics import mcnemar_exact
from skgenre.voting import WitnessClassifier

BACKGROUND = ("clock_tick", "fire_crackling", "helicopter", "rain", "sea_waves")
EVENTS = ("baby_cry", "chainsaw", "dog_bark", "person_sneeze", "rooster")
RATES = (1.0, 0.5, 0.2, 0.1, 0.05, 1 / 60)
FIRST_SEED = 10  # those before were looked at
N_WINDOWS = 60
N_RECORDINGS = 100
QUIETEST = 15  # percent
VOTINGS = ("mean", "max", "naive_bayes", "top_k")
CLASSIFIERS = {
    "logistic regression": make_pipeline(
        StandardScaler(), LogisticRegression(C=0.1, max_iter=2000, tol=1e-3)
    ),
    "extra trees": ExtraTreesClassifier(60, min_samples_leaf=3, random_state=0),
}
NETWORK = {
    "model": "dense",
    "model__hidden": 64,
    "model__dropout": 0.3,
    "optimizer": "adamw",
    "weight_decay": 0.05,
    "learning_rate": 3e-3,
    "schedule": "cosine",
    "random_state": 0,
}
ON_WINDOWS = {"epochs": 10, "batch_size": 256}
ON_RECORDINGS = {"epochs": 30, "batch_size": 16, "batch_windows": 16 * N_WINDOWS}
POOLINGS = {
    "mean": "proba",
    "max": "logit",
    "top_k": "logit",
    "log_sum_exp": "logit",
    "linear_softmax": "proba",
    "noisy_or": "proba",
    "autopool": "logit",
    "attention": "proba",
    "gated_attention": "logit",
    "class_attention": "logit",
}
VOTE, MIL = "network: max", "MIL: gated_attention"  # compared recording by recording


def main():
    """Run, print and write what is asked for."""
    options = arguments(
        __doc__,
        cache=True,
        seeds=(3, "compositions at each rate"),
        networks=(("yes", "no"), "whether networks take part"),
    )
    path = result_path(options.out, "witness")
    clips = Clips.read(options.data, options.cache)
    cells = json.loads(path.read_text())["cells"] if path.exists() else {}
    seeds = range(FIRST_SEED, FIRST_SEED + options.seeds)
    for seed, rate in itertools.product(seeds, RATES):
        key = f"{rate:.3f} {seed}"
        if key not in cells:  # an interrupted run goes on
            cells[key] = run(clips, rate, seed, networks="yes" in options.networks)
            write(summed_up(cells), path, packages=["keras", "tensorflow"])
            print(key, cells[key]["accuracy"], flush=True)
    write(summed_up(cells), path, packages=["keras", "tensorflow"])


# -- recordings -----------------------------------------------------------------------


class Clips(NamedTuple):
    """Windows of ESC-10's clips.

    Attributes
    ----------
    values : float array of shape (n_windows, n_features)
        Features.
    clip, source : int array of shape (n_windows,)
        Of which clip, and of which recording, each window is.
    label : str array of shape (n_windows,)
        What it is.
    sounds : bool array of shape (n_windows,)
        Whether it is not nearly silent.
    """

    values: np.ndarray
    clip: np.ndarray
    source: np.ndarray
    label: np.ndarray
    sounds: np.ndarray

    @classmethod
    def read(cls, folder, memory):
        """Compute the features of all windows."""
        songs = data.LOADERS["esc10"](folder)
        X = make_pipeline(
            FrameWindower(1.0, sample_rate=22050),
            MFCCFeaturizer(n_mfcc=20, deltas=1, summary=("mean", "std"), memory=memory),
        ).fit_transform(songs.paths)
        loudness = X.values[:, 0]  # the mean of the first coefficient
        sources = np.unique(songs.clusters, return_inverse=True)[1]
        return cls(
            values=X.values,
            clip=X.groups,
            source=sources[X.groups],
            label=songs.y[X.groups],
            sounds=loudness > np.percentile(loudness, QUIETEST),
        )


def compose(clips, rate, seed, *, testing, n_recordings=N_RECORDINGS):
    """Make recordings of one side: windows, labels, and which windows are events."""
    rng = np.random.default_rng([seed, testing, round(1000 * rate)])
    mine = np.isin(clips.source, sources_of(clips, seed, testing=testing))
    usual = mine & np.isin(clips.label, BACKGROUND)
    n_events = max(1, round(rate * N_WINDOWS))
    rows, labels = [], []
    for number in range(n_recordings):
        label = EVENTS[number % len(EVENTS)]
        rows += drawn(
            clips, mine & (clips.label == label) & clips.sounds, n_events, rng
        )
        rows += drawn(clips, usual, N_WINDOWS - n_events, rng)
        labels.append(label)
    is_event = np.tile(np.arange(N_WINDOWS) < n_events, n_recordings)
    windows = SongWindows(clips.values[rows], [N_WINDOWS] * n_recordings)
    return windows, np.array(labels), is_event


def sources_of(clips, seed, *, testing):
    """Half of the sources of each label: the one or the other."""
    chosen = []
    for label in (*BACKGROUND, *EVENTS):
        sources = np.unique(clips.source[clips.label == label])
        mixed = np.random.default_rng(seed).permutation(sources)
        half = len(mixed) // 2
        chosen.append(mixed[half:] if testing else mixed[:half])
    return np.concatenate(chosen)


def drawn(clips, among, n_windows, rng):
    """Draw windows clip by clip, each clip's in their order."""
    rows = []
    choices = np.unique(clips.clip[among])
    while len(rows) < n_windows:
        rows += np.flatnonzero(among & (clips.clip == rng.choice(choices))).tolist()
    return rows[:n_windows]


# -- the experiment -------------------------------------------------------------------


def run(clips, rate, seed, *, networks=True):
    """Fit and score every contender on one composition."""
    X, y, is_event = compose(clips, rate, seed, testing=False)
    tested = compose(clips, rate, seed, testing=True)[:2]
    watch, verdicts, shares = Stopwatch(), {}, {}
    for name, classifier in CLASSIFIERS.items():
        for kind, estimator in {
            name: classifier,
            f"{name}, witness": WitnessClassifier(classifier),
        }.items():
            with watch(kind):
                model = GroupVotingClassifier(estimator).fit(X, y)
                proba = model.predict_window_proba(tested[0])
            verdicts |= voted(kind, proba, tested[0], model.classes_)
            if hasattr(model.estimator_, "witness_share_"):
                found = model.estimator_.witness_share_.values()
                shares[name] = round(float(np.mean(list(found))), 3)
    stacked = GroupVotingClassifier(
        CLASSIFIERS["logistic regression"], voting=StackedVoting()
    )
    with watch("logistic regression: stacked"):
        verdicts["logistic regression: stacked"] = stacked.fit(X, y).predict(tested[0])
    if networks:
        verdicts |= of_networks(X, y, tested[0], watch)
    right = {name: found == tested[1] for name, found in verdicts.items()}
    return {
        "accuracy": {
            name: round(100 * float(r.mean()), 2) for name, r in right.items()
        },
        "right": {
            name: "".join("01"[int(r)] for r in right[name])
            for name in (VOTE, MIL)
            if name in right
        },
        "share": {"true": round(float(is_event.mean()), 3), **shares},
        "seconds": {name: round(s, 1) for name, s in watch.seconds.items()},
    }


def voted(kind, window_proba, X, classes):
    """Return verdicts by every voting over the same probabilities of windows."""
    rules = {voting: voting for voting in VOTINGS} | {"top_k": top_k}
    return {
        f"{kind}: {name}": classes[
            vote(window_proba, X.groups, voting=rule)[1].argmax(axis=1)
        ]
        for name, rule in rules.items()
    }


def top_k(window_proba, codes):
    """Mean of a tenth of a recording's windows, for each class those that say most."""
    songs = np.split(window_proba, np.flatnonzero(np.diff(codes)) + 1)
    return np.array(
        [np.sort(song, axis=0)[-(N_WINDOWS // 10) :].mean(axis=0) for song in songs]
    )


def of_networks(X, y, X_test, watch):
    """Return verdicts of votings over one network, and of MIL with every pooling."""
    # TensorFlow is only for those who want networks.
    from skgenre.neural import KerasWindowClassifier, MILClassifier

    with watch("network"):
        windows = KerasWindowClassifier(**NETWORK, **ON_WINDOWS)
        model = GroupVotingClassifier(windows).fit(X, y)
        proba = model.predict_window_proba(X_test)
    verdicts = voted("network", proba, X_test, model.classes_)
    for pooling, space in POOLINGS.items():
        mil = MILClassifier(
            pooling=pooling, pooling_space=space, **NETWORK, **ON_RECORDINGS
        )
        with watch(f"MIL: {pooling}"):
            verdicts[f"MIL: {pooling}"] = mil.fit(X, y).predict(X_test)
    return verdicts


# -- the report -----------------------------------------------------------------------


def summed_up(cells):
    """Means over seeds by rate, and the paired comparison of voting and MIL."""
    rates = [f"{rate:.3f}" for rate in RATES]
    by_rate = {
        rate: found
        for rate in rates
        if (found := [cell for key, cell in cells.items() if key.split()[0] == rate])
    }
    return {
        "rates": {
            rate: {
                "accuracy": {
                    name: round(
                        float(np.mean([cell["accuracy"][name] for cell in found])), 1
                    )
                    for name in found[0]["accuracy"]
                },
                "share": {
                    name: round(
                        float(np.mean([cell["share"][name] for cell in found])), 3
                    )
                    for name in found[0]["share"]
                },
                "n_seeds": len(found),
            }
            for rate, found in by_rate.items()
        },
        "paired": corrected(
            {
                rate: paired(found)
                for rate, found in by_rate.items()
                if found[0]["right"]
            }
        ),
        "n_recordings": N_RECORDINGS,
        "network": {
            **NETWORK,
            "on windows": ON_WINDOWS,
            "on recordings": ON_RECORDINGS,
        },
        "poolings": POOLINGS,
        "cells": cells,
    }


def paired(cells):
    """Recordings of all seeds that only one of voting and MIL has right."""
    pairs = [
        pair
        for cell in cells
        for pair in zip(cell["right"][VOTE], cell["right"][MIL], strict=True)
    ]
    better, worse = pairs.count(("0", "1")), pairs.count(("1", "0"))
    return {
        "points": round(100 * (better - worse) / len(pairs), 1),
        "better": better,
        "worse": worse,
        "p_value": float(mcnemar_exact(better, worse)),
    }


def corrected(tests):
    """Put Holm's correction for the number of rates beside each p-value."""
    largest = 0.0
    ordered = sorted(tests.values(), key=lambda test: test["p_value"])
    for rank, test in enumerate(ordered):
        largest = max(largest, test["p_value"] * (len(ordered) - rank))
        test["p_holm"] = min(1.0, largest)
    return tests


if __name__ == "__main__":
    main()
