"""How good the recipes are on real recordings, by the data's own protocols.

ESC-10 (400 clips, 10 classes): the five official folds. gtzan3 (195 songs, three
genres): fitted on the 134 training songs, scored on the 61 validation songs of the
fault-filtered split, no artist on both sides.

Beside the recipes stand a dummy, and the mean-feature baseline that has no windows to
vote: the mean of all windows' features, one vector per song. "nested" chooses window
lengths, classifiers and voting anew for each outer fold, by cross-validation inside
its training songs (official folds, or folds by artist), among all subsets of what
`strong` is made of.

    python benchmarks/strong.py --data DIR [--out DIR] [--sets esc10 gtzan3]
"""

import itertools
import tempfile
import time

import numpy as np
from _data import RESULTS, arguments, environment, load_esc10, load_gtzan3, write
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import skgenre
from skgenre import recipes

SEED = 0
VOTINGS = ("mean", "mean_log_proba")
N_BOOTSTRAP = 10_000


def main():
    """Run, print and write what is asked for."""
    options = arguments(
        __doc__.splitlines()[0],
        {
            "--sets": {"nargs": "+", "default": ["esc10", "gtzan3"]},
            "--n-jobs": {"type": int, "default": 1},
        },
        out=RESULTS,
    )
    options.out.mkdir(parents=True, exist_ok=True)
    for name in options.sets:
        with tempfile.TemporaryDirectory() as folder:
            report = run(
                LOADERS[name](options.data),
                memory=options.cache or folder,
                n_jobs=options.n_jobs,
            )
        report = {"data": name, **report, "environment": environment()}
        show(report)
        write(report, options.out / f"strong_{name}.json")


# -- data ---------------------------------------------------------------------------


def esc10(folder):
    """Five official folds; clips cut from one recording are in one fold."""
    data = load_esc10(folder)

    def inner(train):
        fold = data.fold[train]
        return [(train[fold != k], train[fold == k]) for k in np.unique(fold)]

    return {
        "paths": data.paths,
        "y": data.y,
        "clusters": data.sources,
        "splits": data.splits,
        "inner": inner,
        "sample_rate": 44100,
        "protocol": "5 official folds; inner: the 4 training folds",
    }


def gtzan3(folder):
    """Fit on train, score on valid; inner folds by artist inside train."""
    data = load_gtzan3(folder)

    def inner(train):
        folds = StratifiedGroupKFold(4, shuffle=True, random_state=SEED)
        return [
            (train[a], train[b])
            for a, b in folds.split(train, data.y[train], data.artists[train])
        ]

    return {
        "paths": data.paths,
        "y": data.y,
        "clusters": data.artists,
        "splits": [(data.train, data.valid)],
        "inner": inner,
        "sample_rate": 22050,
        "protocol": "train to valid; inner: 4 folds by artist of train",
    }


LOADERS = {"esc10": esc10, "gtzan3": gtzan3}


# -- the experiment -------------------------------------------------------------------


def run(data, *, memory, n_jobs):
    """Every method on every split, the choice of `strong` nested, and an ablation."""
    paths, y = np.array(data["paths"]), data["y"]
    common = {"sample_rate": data["sample_rate"], "memory": memory, "n_jobs": n_jobs}
    models = {
        "dummy": DummyClassifier(),
        "mean_features": mean_features(**common),
        "baseline": recipes.baseline(random_state=SEED, **common),
        "fast": recipes.fast(**common),
    }
    methods = {}
    for name, model in models.items():
        feature_seconds = 0.0
        if name != "dummy":
            start = time.perf_counter()
            model[:2].fit_transform(paths)
            feature_seconds = time.perf_counter() - start
        proba, seconds = cross_predict(model, paths, y, data["splits"])
        methods[name] = score(proba, data, feature_seconds, seconds)
        print(f"{name}: {methods[name]['accuracy']:.1f} %", flush=True)
    strong = recipes.strong(random_state=SEED, **common)
    members = Members(strong, paths, y)
    print(f"strong: features in {members.feature_seconds:.0f} s", flush=True)
    proba, seconds = members.cross_predict(members.names, "mean", data["splits"])
    methods["strong"] = score(proba, data, members.feature_seconds, seconds)
    print(f"strong: {methods['strong']['accuracy']:.1f} %", flush=True)
    train, test = data["splits"][0]
    direct = clone(strong).fit(paths[train], y[train]).predict_proba(paths[test])
    difference = float(np.abs(direct - proba[test]).max())
    proba, chosen, seconds = nested(members, data)
    methods["nested"] = score(proba, data, members.feature_seconds, seconds)
    return {
        "protocol": data["protocol"],
        "sample_rate": data["sample_rate"],
        "seed": SEED,
        "n_songs": len(y),
        "classes": np.unique(y).tolist(),
        "methods": methods,
        "paired": paired(methods, data),
        "nested_choices": chosen,
        "recipe_minus_members": difference,
        "ablation": ablation(members, data),
        "ablation_of_features": ablation_of_features(members, strong, data),
    }


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


def cross_predict(model, paths, y, splits):
    """Class probabilities of every tested song, and the seconds of all fits."""
    proba = np.full((len(y), len(np.unique(y))), np.nan)
    start = time.perf_counter()
    for train, test in splits:
        fitted = clone(model).fit(paths[train], y[train])
        proba[test] = fitted.predict_proba(paths[test])
    return proba, time.perf_counter() - start


class Members:
    """What `strong` averages: each classifier at each window length, fitted once."""

    def __init__(self, strong, paths, y):
        self.y = y
        self.classes = np.unique(y)
        self.songs, self.models = {}, {}
        start = time.perf_counter()
        for scale, pipeline in strong["scales"].estimators:
            # The windower and the featurizer learn nothing, so all songs may pass
            # through them at once.
            songs = pipeline[:2].fit_transform(paths)
            for member, model in pipeline["vote"].estimators:
                self.songs[scale, member] = songs
                self.models[scale, member] = model
        self.feature_seconds = time.perf_counter() - start
        self.names = list(self.models)
        self._fits = {}

    def proba(self, name, voting, train, test):
        """Song probabilities of one member, fits shared between votings and tests."""
        key = (name, train.tobytes())
        if key not in self._fits:
            songs = self.songs[name]
            model = clone(self.models[name]).fit(songs[train], self.y[train])
            others = np.setdiff1d(np.arange(len(self.y)), train)
            rest = songs[others]
            window_proba = model.predict_window_proba(rest)
            proba = {}
            for rule in VOTINGS:
                proba[rule] = np.full((len(self.y), len(self.classes)), np.nan)
                _, song_proba = skgenre.vote(window_proba, rest.groups, voting=rule)
                proba[rule][others] = song_proba
            self._fits[key] = proba
        return self._fits[key][voting][test]

    def cross_predict(self, names, voting, splits):
        """Mean song probabilities of some members, and the seconds it took."""
        proba = np.full((len(self.y), len(self.classes)), np.nan)
        start = time.perf_counter()
        for train, test in splits:
            parts = [self.proba(name, voting, train, test) for name in names]
            proba[test] = np.mean(parts, axis=0)
        return proba, time.perf_counter() - start


def candidates(members):
    """Every subset of window lengths with every subset of classifiers and voting."""
    scales = list(dict.fromkeys(scale for scale, _ in members.names))
    kinds = list(dict.fromkeys(kind for _, kind in members.names))
    for some, who in itertools.product(subsets(scales), subsets(kinds)):
        for voting in VOTINGS:
            yield [(scale, kind) for scale in some for kind in who], voting


def subsets(items):
    """All subsets but the empty one."""
    sizes = range(1, len(items) + 1)
    return [s for k in sizes for s in itertools.combinations(items, k)]


def nested(members, data):
    """Choose among all candidates inside each training set, then score outside."""
    y = data["y"]
    codes = np.searchsorted(members.classes, y)
    proba = np.full((len(y), len(members.classes)), np.nan)
    chosen = []
    start = time.perf_counter()
    for k, (train, test) in enumerate(data["splits"]):
        inner = data["inner"](train)
        best = None
        for names, voting in candidates(members):
            found, _ = members.cross_predict(names, voting, inner)
            accuracy = np.mean(found[train].argmax(axis=1) == codes[train])
            p = np.clip(found[train, codes[train]], 1e-15, 1)
            key = (accuracy, float(np.log(p).mean()))
            if best is None or key > best[0]:
                best = (key, names, voting)
        (accuracy, _), names, voting = best
        found, _ = members.cross_predict(names, voting, [(train, test)])
        proba[test] = found[test]
        all_of_it, _ = members.cross_predict(members.names, "mean", inner)
        chosen.append(
            {
                "split": k + 1,
                "members": [" ".join(name) for name in names],
                "voting": voting,
                "inner_accuracy": percent(accuracy),
                "inner_accuracy_of_strong": percent(
                    np.mean(all_of_it[train].argmax(axis=1) == codes[train])
                ),
            }
        )
        print(f"nested, split {k + 1}: {names} {voting} {accuracy:.3f}", flush=True)
    return proba, chosen, time.perf_counter() - start


def ablation(members, data):
    """Parts of `strong` by themselves. For reading, never for choosing."""
    codes = np.searchsorted(members.classes, data["y"])
    tested = np.concatenate([test for _, test in data["splits"]])
    rows = []
    for names, voting in candidates(members):
        scales = sorted({scale for scale, _ in names})
        kinds = sorted({kind for _, kind in names})
        n_kinds = len({kind for _, kind in members.names})
        n_scales = len({scale for scale, _ in members.names})
        # Single members, single kinds and scales, pairs of them; and the whole.
        if len(names) > 1 and len(kinds) < n_kinds and len(scales) < n_scales:
            continue
        proba, _ = members.cross_predict(names, voting, data["splits"])
        right = proba[tested].argmax(axis=1) == codes[tested]
        p = np.clip(proba[tested, codes[tested]], 1e-15, 1)
        rows.append(
            {
                "windows": " + ".join(scales),
                "classifiers": " + ".join(kinds),
                "voting": voting,
                "accuracy": percent(right.mean()),
                "log_loss": round(float(-np.log(p).mean()), 4),
            }
        )
    return rows


FAMILIES = {
    "mfcc": ("spectrum__mfcc",),
    "mel": ("spectrum__mel",),
    "chroma and contrast": ("spectrum__chroma", "spectrum__contrast"),
    "shape, level and onset": tuple(
        f"spectrum__{name}"
        for name in (
            "centroid",
            "bandwidth",
            "rolloff",
            "flatness",
            "zcr",
            "rms",
            "onset",
        )
    ),
    "slow modulation": ("spectrum__modulation",),
    "texture of short frames": ("texture__",),
}


def ablation_of_features(members, strong, data):
    """One family of features alone, all but one, and other ways to cut windows.

    With one classifier, LDA, on the longest and on the shortest windows.
    """
    scales = dict(strong["scales"].estimators)
    longest, shortest = list(scales)[-1], next(iter(scales))
    rows = []

    def add(what, scale, songs):
        model = members.models[scale, "lda"]
        proba, _ = cross_predict(model, songs, data["y"], data["splits"])
        tested = np.concatenate([test for _, test in data["splits"]])
        verdicts = members.classes[proba[tested].argmax(axis=1)]
        accuracy = percent(np.mean(verdicts == data["y"][tested]))
        rows.append({"what": what, "windows": scale, "accuracy": accuracy})

    songs = members.songs[longest, "lda"]
    names = np.asarray(songs.feature_names, dtype=str)
    add("all features", longest, songs)
    for family, prefixes in FAMILIES.items():
        inside = np.array([name.startswith(prefixes) for name in names])
        add(f"only {family}", longest, columns(songs, inside))
        add(f"all but {family}", longest, columns(songs, ~inside))
    whole = members.songs[shortest, "lda"]
    add("windows overlap by half", shortest, whole)
    first = np.concatenate([np.arange(n) % 2 == 0 for n in whole.counts])
    counts = np.array([(n + 1) // 2 for n in whole.counts])
    add(
        "windows do not overlap",
        shortest,
        skgenre.SongWindows(whole.values[first], counts, song_ids=whole.song_ids),
    )
    paths = np.array(data["paths"])
    silent = clone(scales[longest][:2])
    silent.set_params(features__spectrum__silence_db=None)
    add("silent frames kept", longest, silent.fit_transform(paths))
    if data["sample_rate"] > 22050:
        lower = clone(scales[longest][:2]).set_params(windows__sample_rate=22050)
        add("at 22,050 Hz", longest, lower.fit_transform(paths))
    return rows


def columns(songs, keep):
    """The same windows with fewer features."""
    return skgenre.SongWindows(
        songs.values[:, keep], songs.counts, song_ids=songs.song_ids
    )


# -- scores ---------------------------------------------------------------------------


def percent(share):
    """Two decimals of a percentage."""
    return round(100 * float(share), 2)


def score(proba, data, feature_seconds, fit_seconds):
    """Accuracy with its interval, per split and per class, and the log-loss."""
    y, classes = data["y"], np.unique(data["y"])
    tested = np.concatenate([test for _, test in data["splits"]])
    verdicts = np.full(len(y), "", dtype=y.dtype)
    verdicts[tested] = classes[proba[tested].argmax(axis=1)]
    right = (verdicts == y).astype(float)
    low, high = bootstrap(right[tested], data["clusters"][tested])
    table = confusion_matrix(y[tested], verdicts[tested], labels=classes)
    p = np.clip(proba[tested, np.searchsorted(classes, y[tested])], 1e-15, 1)
    per_split = [percent(right[test].mean()) for _, test in data["splits"]]
    return {
        "accuracy": percent(right[tested].mean()),
        "interval_95": [percent(low), percent(high)],
        "per_split": per_split,
        "std_over_splits": round(float(np.std(per_split)), 2),
        "log_loss": round(float(-np.log(p).mean()), 4),
        "recall": {
            label: percent(row[i] / row.sum())
            for i, (label, row) in enumerate(zip(classes.tolist(), table, strict=True))
        },
        "confusion": table.tolist(),
        "feature_seconds": round(feature_seconds, 1),
        "fit_and_predict_seconds": round(fit_seconds, 1),
        "right": right[tested].astype(int).tolist(),
    }


def bootstrap(values, clusters):
    """95 percent interval of the mean, drawing whole recordings or artists."""
    _, codes = np.unique(clusters, return_inverse=True)
    sums, sizes = np.bincount(codes, weights=values), np.bincount(codes)
    rng = np.random.default_rng(SEED)
    drawn = rng.integers(len(sizes), size=(N_BOOTSTRAP, len(sizes)))
    means = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    return np.percentile(means, [2.5, 97.5])


def paired(methods, data):
    """Difference to `strong` on the same songs, with its interval."""
    tested = np.concatenate([test for _, test in data["splits"]])
    strong = np.array(methods["strong"]["right"], float)
    rows = {}
    for name, method in methods.items():
        if name != "strong":
            difference = strong - np.array(method["right"], float)
            low, high = bootstrap(difference, data["clusters"][tested])
            rows[name] = {
                "points": percent(difference.mean()),
                "interval_95": [percent(low), percent(high)],
            }
    return rows


def show(report):
    """Print the tables."""
    print(f"\n{report['data']}: {report['protocol']}")
    print(
        f"{'':14}{'accuracy':>9}{'95 % interval':>16}{'log-loss':>10}"
        f"{'features':>10}{'fits':>8}   per split"
    )
    for name, m in report["methods"].items():
        low, high = m["interval_95"]
        splits = " ".join(f"{value:.1f}" for value in m["per_split"])
        print(
            f"{name:14}{m['accuracy']:9.2f}{low:9.1f}-{high:.1f}"
            f"{m['log_loss']:10.3f}{m['feature_seconds']:8.0f} s"
            f"{m['fit_and_predict_seconds']:6.0f} s   {splits}"
        )
    print("\nstrong minus the other, points (95 % interval)")
    for name, row in report["paired"].items():
        low, high = row["interval_95"]
        print(f"{name:14}{row['points']:+8.2f} ({low:+.1f} to {high:+.1f})")
    print("\nWhat nested cross-validation chose")
    for row in report["nested_choices"]:
        print(
            f"  split {row['split']}: {', '.join(row['members'])}; {row['voting']}; "
            f"inner {row['inner_accuracy']} (strong {row['inner_accuracy_of_strong']})"
        )
    print("\nConfusion of strong (rows: true), recall in percent")
    strong = report["methods"]["strong"]
    for label, row in zip(report["classes"], strong["confusion"], strict=True):
        cells = "".join(f"{n:4d}" for n in row)
        print(f"{label:16}{cells}{strong['recall'][label]:8.1f}")
    print("\nParts of strong")
    for row in report["ablation"]:
        print(
            f"{row['accuracy']:7.2f}  {row['windows']}; {row['classifiers']}; "
            f"{row['voting']}"
        )
    print("\nFeatures and windows, LDA alone")
    for row in report["ablation_of_features"]:
        print(f"{row['accuracy']:7.2f}  {row['windows']}; {row['what']}")


if __name__ == "__main__":
    main()
