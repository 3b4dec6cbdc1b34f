"""Parts of `recipes.strong`: which of them count, chosen or left out one by one.

For strong.py: each classifier at each window length is fitted once for each training
side, and its song probabilities serve every subset of members that is tried.
"""

import itertools

import numpy as np
from measure import Stopwatch
from sklearn.base import clone

import skgenre

VOTINGS = ("mean", "mean_log_proba")


def percent(share):
    """Two decimals of a percentage."""
    return round(100 * float(share), 2)


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

    def add(self, name, windows, model):
        """Take in a classifier on windows of its own."""
        self.windows[name], self.models[name] = windows, model
        self.names.append(name)

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
