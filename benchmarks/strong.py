"""How good the recipes are on real recordings, by the data's own protocols.

ESC-10 (400 clips, 10 classes): the five official folds. gtzan3 (195 songs, three
genres): fitted on the 134 training songs, scored on the 61 validation songs of the
fault-filtered split, no artist on both sides.

Beside the recipes stand a dummy, and the mean-feature baseline that has no windows to
vote: the mean of all windows' features, one vector per song. "nested" chooses window
lengths, classifiers and voting anew for each outer fold, by cross-validation inside
its training songs (official folds, or folds by artist), among all subsets of what
`strong` is made of.

Networks that learned elsewhere and are installed (``skgenre embeddings install``) are
another part, with results of its own: each alone, and fused with the recipes.

    python benchmarks/strong.py --data DIR [--out DIR or FILE] [--sets esc10 gtzan3]
        [--parts recipes pretrained]
"""

import tempfile

import data
import fusion
import numpy as np
from measure import Stopwatch, arguments, result_path, timed, write
from members import (
    Members,
    ablation,
    ablation_of_features,
    cross_predict,
    nested,
    percent,
)
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skgenre import recipes

SEED = 0
N_BOOTSTRAP = 10_000
# What the protocol says of the choice inside the training songs.
INNER = {
    "esc10": "inner: the 4 training folds",
    "gtzan3": "inner: 4 folds by artist of train",
}


def main():
    """Run, print and write what is asked for."""
    options = arguments(
        __doc__,
        cache=True,
        sets=(tuple(data.LOADERS), "data sets"),
        parts=(tuple(PARTS), "recipes, and networks that are installed"),
        n_jobs=(1, "songs at a time while features are made"),
    )
    parts = options.parts
    if "pretrained" in parts and not any(map(fusion.installed, fusion.EARS)):
        print("No networks, as none is here: skgenre embeddings install NAME")
        parts = [part for part in parts if part != "pretrained"]
    for name in options.sets:
        songs = data.LOADERS[name](options.data)
        # One cache for all parts, which share features.
        with tempfile.TemporaryDirectory() as folder:
            for part in parts:
                memory = options.cache or folder
                report = PARTS[part](songs, memory=memory, n_jobs=options.n_jobs)
                SHOW[part](report)
                title = f"{TITLES[part]}_{name}"
                several = len(options.sets) > 1 or len(parts) > 1
                path = result_path(options.out, title, part=title if several else None)
                write(report, path)


# -- the experiment -------------------------------------------------------------------


def run(songs, *, memory, n_jobs):
    """Every method on every split, the choice of `strong` nested, and an ablation."""
    common = {"sample_rate": songs.sample_rate, "memory": memory, "n_jobs": n_jobs}
    methods = {
        "dummy": judge(DummyClassifier(), songs),
        "mean_features": judge(mean_features(**common), songs),
        "baseline": judge(recipes.baseline(random_state=SEED, **common), songs),
        "fast": judge(recipes.fast(**common), songs),
    }
    strong = recipes.strong(random_state=SEED, **common)
    members = Members(strong, songs)
    proba, seconds = timed(members.cross_predict, members.names, "mean", songs.splits)
    difference = difference_to_recipe(strong, songs, proba)
    methods["strong"] = score(proba, songs, members.feature_seconds, seconds.wall)
    (proba, chosen), seconds = timed(nested, members, songs)
    methods["nested"] = score(proba, songs, members.feature_seconds, seconds.wall)
    return {
        "data": songs.name,
        "protocol": f"{songs.protocol}; {INNER[songs.name]}",
        "sample_rate": songs.sample_rate,
        "seed": SEED,
        "n_songs": len(songs.y),
        "classes": members.classes.tolist(),
        "methods": methods,
        "paired": paired(methods, songs),
        "nested_choices": chosen,
        "recipe_minus_members": difference,
        "ablation": ablation(members, songs),
        "ablation_of_features": ablation_of_features(members, strong, songs),
    }


def run_pretrained(songs, *, memory, n_jobs):
    """Every network and every fusion, chosen inside each training side."""
    common = {"sample_rate": songs.sample_rate, "memory": memory, "n_jobs": n_jobs}
    members = Members(recipes.strong(random_state=SEED, **common), songs)
    strong = list(members.names)
    fast = recipes.fast(**common)
    members.add(("fast", "lda"), fast[:2].fit_transform(songs.paths), fast["vote"])
    parts = {"strong": strong, "fast": [("fast", "lda")]}
    seconds = fusion.add_ears(members, songs, memory=memory, n_jobs=n_jobs)
    recipe = {
        title: members.cross_predict(who, "mean", songs.splits)
        for title, who in parts.items()
    }
    (proba, choices), taken = timed(
        fusion.judge_ears, members, songs, recipe_parts=parts
    )
    proba = {**recipe, **proba}
    return {
        "data": songs.name,
        "protocol": f"{songs.protocol}; {INNER[songs.name]}",
        "seed": SEED,
        "n_songs": len(songs.y),
        "window_seconds": 3.0,
        "hop_seconds": fusion.HOP_SECONDS[songs.name],
        "classes": members.classes.tolist(),
        "licences": fusion.licences(seconds),
        "heard": fusion.heard(seconds),
        "methods": {
            title: without_seconds(score(found, songs, 0.0, 0.0))
            for title, found in proba.items()
        },
        "embedding_seconds": {ear: round(taken, 1) for ear, taken in seconds.items()},
        "fit_and_choose_seconds": round(taken.wall, 1),
        "minus_strong": fusion.differences(proba, songs, "strong"),
        "choices": choices,
    }


def without_seconds(scores):
    """Scores of a method that was not timed by itself."""
    return {k: v for k, v in scores.items() if not k.endswith("_seconds")}


def judge(model, songs):
    """Features once, then fits and verdicts on every split."""
    watch = Stopwatch()
    with watch("features"):
        if not isinstance(model, DummyClassifier):
            model[:2].fit_transform(songs.paths)
    with watch("fits"):
        proba = cross_predict(model, songs.paths, songs.y, songs.splits)
    scores = score(proba, songs, watch.seconds["features"], watch.seconds["fits"])
    print(f"{type(model).__name__}: {scores['accuracy']:.1f} %", flush=True)
    return scores


def difference_to_recipe(strong, songs, proba):
    """Compare the members' mean with the recipe itself, on one split."""
    train, test = songs.splits[0]
    fitted = clone(strong).fit(songs.paths[train], songs.y[train])
    return float(np.abs(fitted.predict_proba(songs.paths[test]) - proba[test]).max())


def mean_features(**common):
    """One vector per song: the mean of what `baseline` sees of each window."""
    windows_and_features = recipes.baseline(random_state=SEED, **common)[:2]
    return Pipeline(
        [
            *windows_and_features.steps,
            ("mean", FunctionTransformer(song_means)),
            ("scale", StandardScaler()),
            ("lr", LogisticRegression(max_iter=1000, random_state=SEED)),
        ]
    )


def song_means(windows):
    """Mean of each song's windows."""
    return np.stack([song.mean(axis=0) for song in windows])


# -- scores ---------------------------------------------------------------------------


def score(proba, songs, feature_seconds, fit_seconds):
    """Accuracy with its interval, per split and per class, and the log-loss."""
    classes, class_index = np.unique(songs.y, return_inverse=True)
    tested = songs.tested
    verdicts = proba.argmax(axis=1)  # (n_songs,)
    right = (verdicts == class_index).astype(float)
    low, high = bootstrap(right[tested], songs.clusters[tested])
    table = confusion_matrix(class_index[tested], verdicts[tested])
    p = np.clip(proba[tested, class_index[tested]], 1e-15, 1)
    per_split = [percent(right[test].mean()) for _, test in songs.splits]
    recall = table.diagonal() / table.sum(axis=1)  # (n_classes,)
    return {
        "accuracy": percent(right[tested].mean()),
        "interval_95": [percent(low), percent(high)],
        "per_split": per_split,
        "std_over_splits": round(float(np.std(per_split)), 2),
        "log_loss": round(float(-np.log(p).mean()), 4),
        "recall": dict(zip(classes.tolist(), map(percent, recall), strict=True)),
        "confusion": table.tolist(),
        "feature_seconds": round(feature_seconds, 1),
        "fit_and_predict_seconds": round(fit_seconds, 1),
        "right": right[tested].astype(int).tolist(),
    }


def bootstrap(values, clusters):
    """95 percent interval of the mean, drawing whole recordings or artists."""
    _, numbers = np.unique(clusters, return_inverse=True)
    sums, sizes = np.bincount(numbers, weights=values), np.bincount(numbers)
    rng = np.random.default_rng(SEED)
    drawn = rng.integers(len(sizes), size=(N_BOOTSTRAP, len(sizes)))
    means = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    return np.percentile(means, [2.5, 97.5])


def paired(methods, songs):
    """Difference to `strong` on the same songs, with its interval."""
    strong = np.array(methods["strong"]["right"], float)
    others = {}
    for name, method in methods.items():
        if name != "strong":
            difference = strong - np.array(method["right"], float)
            low, high = bootstrap(difference, songs.clusters[songs.tested])
            others[name] = {
                "points": percent(difference.mean()),
                "interval_95": [percent(low), percent(high)],
            }
    return others


# -- output ---------------------------------------------------------------------------


def show(report):
    """Print the tables."""
    print(f"\n{report['data']}: {report['protocol']}")
    show_methods(report["methods"])
    print("\nstrong minus the other, points (95 % interval)")
    for name, other in report["paired"].items():
        low, high = other["interval_95"]
        print(f"{name:14}{other['points']:+8.2f} ({low:+.1f} to {high:+.1f})")
    print("\nWhat nested cross-validation chose")
    for choice in report["nested_choices"]:
        print(
            f"  split {choice['split']}: {', '.join(choice['members'])}; "
            f"{choice['voting']}; inner {choice['inner_accuracy']} "
            f"(strong {choice['inner_accuracy_of_strong']})"
        )
    show_confusion(report["classes"], report["methods"]["strong"])
    show_parts(report)


def interval(method):
    """Accuracy with its interval."""
    low, high = method["interval_95"]
    return f"{method['accuracy']:.2f} ({low:.1f} to {high:.1f})"


def show_methods(methods):
    """Print accuracy, log-loss and seconds of each method."""
    print(
        f"{'':14}{'accuracy':>9}{'95 % interval':>16}{'log-loss':>10}"
        f"{'features':>10}{'fits':>8}   per split"
    )
    for name, method in methods.items():
        low, high = method["interval_95"]
        splits = " ".join(f"{value:.1f}" for value in method["per_split"])
        print(
            f"{name:14}{method['accuracy']:9.2f}{low:9.1f}-{high:.1f}"
            f"{method['log_loss']:10.3f}{method['feature_seconds']:8.0f} s"
            f"{method['fit_and_predict_seconds']:6.0f} s   {splits}"
        )


def show_confusion(classes, strong):
    """Print which class is taken for which."""
    print("\nConfusion of strong (rows: true), recall in percent")
    for label, line in zip(classes, strong["confusion"], strict=True):
        cells = "".join(f"{n:4d}" for n in line)
        print(f"{label:16}{cells}{strong['recall'][label]:8.1f}")


def show_parts(report):
    """Print what parts of strong reach by themselves."""
    print("\nParts of strong")
    for part in report["ablation"]:
        print(
            f"{part['accuracy']:7.2f}  {part['windows']}; {part['classifiers']}; "
            f"{part['voting']}"
        )
    print("\nFeatures and windows, LDA alone")
    for part in report["ablation_of_features"]:
        print(f"{part['accuracy']:7.2f}  {part['windows']}; {part['what']}")


def show_pretrained(report):
    """Print the networks' tables."""
    print(f"\n{report['data']}: {report['protocol']}")
    for name, method in report["methods"].items():
        splits = " ".join(f"{value:.1f}" for value in method["per_split"])
        print(
            f"{name:14}{interval(method):>24}{method['log_loss']:8.3f}   {splits}",
        )
    print("\nthe other minus strong, points (95 % interval), McNemar's p")
    for name, other in report["minus_strong"].items():
        low, high = other["interval_95"]
        print(
            f"{name:14}{other['points']:+8.2f} ({low:+.1f} to {high:+.1f}) "
            f"{other['p_value']:.3f}"
        )


# Each part: what it runs, how it is printed, and the name of its result.
PARTS = {"recipes": run, "pretrained": run_pretrained}
SHOW = {"recipes": show, "pretrained": show_pretrained}
TITLES = {"recipes": "strong", "pretrained": "pretrained"}


if __name__ == "__main__":
    main()
