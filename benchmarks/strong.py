"""How good the recipes are on real recordings, by the data's own protocols.

ESC-10 (400 clips, 10 classes): the five official folds. gtzan3 (195 songs, three
genres): fitted on the 134 training songs, scored on the 61 validation songs of the
fault-filtered split, no artist on both sides.

Beside the recipes stand a dummy, and the mean-feature baseline that has no windows to
vote: the mean of all windows' features, one vector per song. "nested" chooses window
lengths, classifiers and voting anew for each outer fold, by cross-validation inside
its training songs (official folds, or folds by artist), among all subsets of what
`strong` is made of.

    python benchmarks/strong.py --data DIR [--out DIR or FILE] [--sets esc10 gtzan3]
"""

import itertools
import tempfile

import data
import numpy as np
from measure import Stopwatch, arguments, result_path, timed, write
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import skgenre
from skgenre import recipes

SEED = 0
VOTINGS = ("mean", "mean_log_proba")
N_BOOTSTRAP = 10_000


# What --protocol says of the choice inside the training songs.
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
        n_jobs=(1, "songs at a time while features are made"),
    )
    for name in options.sets:
        songs = data.LOADERS[name](options.data)
        with tempfile.TemporaryDirectory() as folder:
            memory = options.cache or folder
            report = run(songs, memory=memory, n_jobs=options.n_jobs)
        show(report)
        part = name if len(options.sets) > 1 else None
        write(report, result_path(options.out, f"strong_{name}", part=part))


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


def cross_predict(model, X, y, splits):
    """Class probabilities of every tested song."""
    proba = np.full((len(y), len(np.unique(y))), np.nan)
    for train, test in splits:
        proba[test] = clone(model).fit(X[train], y[train]).predict_proba(X[test])
    return proba


class Members:
    """What `strong` averages: each classifier at each window length, fitted once."""

    def __init__(self, strong, songs):
        self.y = songs.y
        self.classes, self.class_index = np.unique(songs.y, return_inverse=True)
        self.windows, self.models = {}, {}
        watch = Stopwatch()
        for scale, pipeline in strong["scales"].estimators:
            # The windower and the featurizer learn nothing, so all songs may pass
            # through them at once.
            with watch("features"):
                windows = pipeline[:2].fit_transform(songs.paths)
            for member, model in pipeline["vote"].estimators:
                self.windows[scale, member] = windows
                self.models[scale, member] = model
        self.feature_seconds = watch.seconds["features"]
        self.names = list(self.models)
        self._fits = {}

    def proba(self, name, voting, train, test):
        """Song probabilities of one member, fits shared between votings and tests."""
        key = (name, train.tobytes())
        if key not in self._fits:
            self._fits[key] = self._vote(name, train)
        return self._fits[key][voting][test]

    def _vote(self, name, train):
        """Fit on some songs; give all others' probabilities by each voting."""
        windows = self.windows[name]
        model = clone(self.models[name]).fit(windows[train], self.y[train])
        others = np.setdiff1d(np.arange(len(self.y)), train)
        rest = windows[others]
        window_proba = model.predict_window_proba(rest)
        proba = {}
        for rule in VOTINGS:
            proba[rule] = np.full((len(self.y), len(self.classes)), np.nan)
            _, song_proba = skgenre.vote(window_proba, rest.groups, voting=rule)
            proba[rule][others] = song_proba
        return proba

    def cross_predict(self, names, voting, splits):
        """Mean song probabilities of some members."""
        proba = np.full((len(self.y), len(self.classes)), np.nan)
        for train, test in splits:
            parts = [self.proba(name, voting, train, test) for name in names]
            proba[test] = np.mean(parts, axis=0)
        return proba

    def accuracy(self, proba, tested):
        """Share of some songs that are right."""
        return np.mean(proba[tested].argmax(axis=1) == self.class_index[tested])

    def log_proba(self, proba, tested):
        """Mean log-probability of some songs' own classes."""
        p = proba[tested, self.class_index[tested]]
        return float(np.log(np.clip(p, 1e-15, 1)).mean())


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


def nested(members, songs):
    """Choose among all candidates inside each training set, then score outside."""
    proba = np.full((len(members.y), len(members.classes)), np.nan)
    chosen = []
    for train, test in songs.splits:
        inner = [(train[a], train[b]) for a, b in songs.inner_splits(train)]
        names, voting, accuracy = best_inside(members, inner, train)
        proba[test] = members.cross_predict(names, voting, [(train, test)])[test]
        whole = members.cross_predict(members.names, "mean", inner)
        chosen.append(
            {
                "split": len(chosen) + 1,
                "members": [" ".join(name) for name in names],
                "voting": voting,
                "inner_accuracy": percent(accuracy),
                "inner_accuracy_of_strong": percent(members.accuracy(whole, train)),
            }
        )
        print(f"nested, split {len(chosen)}: {names} {voting}", flush=True)
    return proba, chosen


def best_inside(members, inner, train):
    """Choose members and voting by accuracy, then log-loss, over the inner folds."""
    best = None
    for names, voting in candidates(members):
        found = members.cross_predict(names, voting, inner)
        key = members.accuracy(found, train), members.log_proba(found, train)
        if best is None or key > best[0]:
            best = (key, names, voting)
    (accuracy, _), names, voting = best
    return names, voting, accuracy


def ablation(members, songs):
    """Parts of `strong` by themselves. For reading, never for choosing."""
    all_scales = {scale for scale, _ in members.names}
    all_kinds = {kind for _, kind in members.names}
    results = []
    for names, voting in candidates(members):
        scales = sorted({scale for scale, _ in names})
        kinds = sorted({kind for _, kind in names})
        # Single members, single kinds and scales, pairs of them; and the whole.
        some = len(kinds) < len(all_kinds) and len(scales) < len(all_scales)
        if len(names) > 1 and some:
            continue
        proba = members.cross_predict(names, voting, songs.splits)
        results.append(
            {
                "windows": " + ".join(scales),
                "classifiers": " + ".join(kinds),
                "voting": voting,
                "accuracy": percent(members.accuracy(proba, songs.tested)),
                "log_loss": round(-members.log_proba(proba, songs.tested), 4),
            }
        )
    return results


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


def ablation_of_features(members, strong, songs):
    """One family of features alone, all but one, and other ways to cut windows.

    With one classifier, LDA, on the longest and on the shortest windows.
    """
    scales = dict(strong["scales"].estimators)
    variants = itertools.chain(
        families(members.windows[list(scales)[-1], "lda"], list(scales)[-1]),
        overlaps(members.windows[next(iter(scales)), "lda"], next(iter(scales))),
        other_pipelines(scales, songs),
    )
    results = []
    for what, scale, windows in variants:
        model = members.models[scale, "lda"]
        proba = cross_predict(model, windows, songs.y, songs.splits)
        accuracy = percent(members.accuracy(proba, songs.tested))
        results.append({"what": what, "windows": scale, "accuracy": accuracy})
    return results


def families(windows, scale):
    """Yield all features, each family of them alone, and all others."""
    yield "all features", scale, windows
    names = np.asarray(windows.feature_names, dtype=str)
    for family, prefixes in FAMILIES.items():
        inside = np.array([name.startswith(prefixes) for name in names])
        yield f"only {family}", scale, columns(windows, inside)
        yield f"all but {family}", scale, columns(windows, ~inside)


def overlaps(windows, scale):
    """Yield all windows, and every second one of each song."""
    yield "windows overlap by half", scale, windows
    first = np.concatenate([np.arange(n) % 2 == 0 for n in windows.counts])
    counts = np.array([(n + 1) // 2 for n in windows.counts])
    apart = skgenre.SongWindows(
        windows.values[first], counts, song_ids=windows.song_ids
    )
    yield "windows do not overlap", scale, apart


def other_pipelines(scales, songs):
    """Yield windows that need another featurizer or windower."""
    longest = list(scales)[-1]
    silent = clone(scales[longest][:2])
    silent.set_params(features__spectrum__silence_db=None)
    yield "silent frames kept", longest, silent.fit_transform(songs.paths)
    if songs.sample_rate > 22050:
        lower = clone(scales[longest][:2]).set_params(windows__sample_rate=22050)
        yield "at 22,050 Hz", longest, lower.fit_transform(songs.paths)


def columns(windows, keep):
    """The same windows with fewer features."""
    return skgenre.SongWindows(
        windows.values[:, keep], windows.counts, song_ids=windows.song_ids
    )


# -- scores ---------------------------------------------------------------------------


def percent(share):
    """Two decimals of a percentage."""
    return round(100 * float(share), 2)


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


if __name__ == "__main__":
    main()
