"""Networks that learned elsewhere: each alone, and its verdicts beside the recipes'.

For strong.py. What a network hears is computed once; which classifiers listen to it,
how windows vote and which recipes join is chosen anew inside each training side, so
that no song that is tested has a say in it.
"""

import numpy as np
from measure import timed
from members import VOTINGS, percent, subsets
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.feature_selection import VarianceThreshold
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

import skgenre
from skgenre import recipes
from skgenre.embeddings import list_models
from skgenre.model_selection import ModelComparison

# Seconds between windows of 3 s: clips of 5 s have three, songs of 30 s ten.
HOP_SECONDS = {"esc10": 1.0, "gtzan3": 3.0}
# What MusiCNN, which hears any length, hears at a time beside 3 s: a whole clip.
LONG_SECONDS, LONG_HOP_SECONDS = 5.0, 5.0
# Which networks listen side by side.
EARS = {
    "musicnn_msd": ("musicnn-msd",),
    "musicnn_mtt": ("musicnn-mtt",),
    "musicnn": ("musicnn-msd", "musicnn-mtt"),
    "birdnet": ("birdnet-2.4",),
}
FREE = "musicnn"
# How many of a network's features are means over time; the others are maxima.
N_MEANS = {"musicnn-msd": 753, "musicnn-mtt": 753, "birdnet-2.4": 1024}
# What is fused: the parts, and whether the inner folds choose among them.
FUSIONS = {
    "fusion_equal": ((FREE, "strong"), False),
    "fusion": ((FREE, "fast", "strong"), True),
    "fusion_birdnet": ((FREE, "fast", "strong", "birdnet"), True),
}
# What is known of what a network heard before, and of these songs in it.
HEARD = {
    "musicnn-msd": "200,000 songs of the Million Song Dataset; GTZAN's may be there",
    "musicnn-mtt": "19,000 excerpts of the label Magnatune; GTZAN's not known there",
    "birdnet-2.4": "birds, other animals and noises; ESC-10's clips may be there",
}


def classifiers():
    """Who listens: classifiers by name, and what each is given."""
    both = ("windows", "song", "long")
    found = {
        "regression": (LogisticRegression(C=0.1, max_iter=1000), both),
        "svm": (SVC(C=10.0), both),
        # Not of windows: a thousand features of a thousand windows take minutes.
        "lda": (
            LinearDiscriminantAnalysis("lsqr", shrinkage="auto"),
            ("song", "long"),
        ),
    }
    # Dead units of a network are dust of rounding, which scaling would blow up.
    return {
        name: (make_pipeline(VarianceThreshold(1e-8), StandardScaler(), last), views)
        for name, (last, views) in found.items()
    }


def installed(name):
    """Whether all networks of an ear are on this machine."""
    there = {model.name for model in list_models() if model.installed}
    return set(EARS[name]) <= there


def licences(names):
    """Licence of each network that some ears use."""
    used = {model for name in names for model in EARS[name]}
    return {m.name: m.licence for m in list_models() if m.name in used}


def heard(names):
    """What each network heard before that some ears use."""
    used = {model for name in names for model in EARS[name]}
    return {model: what for model, what in HEARD.items() if model in used}


def add_ears(members, songs, *, memory, n_jobs):
    """Let the networks hear all songs; return seconds of each that is installed.

    Classifiers listen to windows, which vote, to each song as a whole, and to what a
    network makes of longer windows.
    """
    embedded, long, seconds = {}, {}, {}
    settings = {"memory": memory, "n_jobs": n_jobs}
    for name in filter(installed, EARS):
        for model in EARS[name]:
            if model not in embedded:
                embedded[model] = timed(hear, model, songs, **settings)
            if model not in long and hears_any_length(model):
                long[model] = timed(hear, model, songs, long=True, **settings)
        parts = [embedded[model][0] for model in EARS[name]]
        views = {
            "windows": side_by_side(parts),
            "song": side_by_side(
                [whole(embedded[model][0], N_MEANS[model]) for model in EARS[name]]
            ),
        }
        times = [embedded[model][1].wall for model in EARS[name]]
        if all(model in long for model in EARS[name]):
            views["long"] = side_by_side([long[model][0] for model in EARS[name]])
            times += [long[model][1].wall for model in EARS[name]]
        seconds[name] = sum(times)
        for classifier, (pipeline, given) in classifiers().items():
            for view in filter(views.__contains__, given):
                vote = skgenre.GroupVotingClassifier(pipeline)
                members.add((name, f"{classifier}, {view}"), views[view], vote)
    return seconds


def hears_any_length(model):
    """Whether a network takes windows of any length."""
    return model.startswith("musicnn")


def hear(model, songs, *, memory, n_jobs, long=False):
    """Embed all windows of all songs."""
    recipe = recipes.pretrained(model, memory=memory, n_jobs=n_jobs)
    cut = {"hop_seconds": HOP_SECONDS[songs.name]}
    if long:
        cut = {"window_seconds": LONG_SECONDS, "hop_seconds": LONG_HOP_SECONDS}
        recipe.set_params(features__model_seconds=LONG_SECONDS)
    recipe["windows"].set_params(**cut)
    return recipe[:2].fit_transform(songs.paths)


def side_by_side(parts):
    """Join features of the same windows."""
    first = parts[0]
    values = np.concatenate([part.values for part in parts], axis=1)
    return skgenre.SongWindows(values, first.counts, song_ids=first.song_ids)


def whole(windows, n_means):
    """One vector a song: the mean of features that are means, the largest of others."""
    pooled = [
        np.concatenate([song[:, :n_means].mean(axis=0), song[:, n_means:].max(axis=0)])
        for song in windows
    ]
    counts = np.ones(len(windows), dtype=int)
    return skgenre.SongWindows(np.stack(pooled), counts, song_ids=windows.song_ids)


# -- choices inside a training side ---------------------------------------------------


def listeners(members, name):
    """Every subset of who listens to a network, with every voting."""
    for some in subsets([who for who in members.names if who[0] == name]):
        for voting in VOTINGS:
            yield [list(some)], [voting]


def fused(parts, *, choose):
    """Every subset of parts, or all of them; a part is its members and voting."""
    for some in subsets(parts) if choose else [tuple(parts)]:
        yield [members for members, _ in some], [voting for _, voting in some]


def mean_proba(members, parts, votings, splits):
    """Mean of what the parts say of each tested song; a part is a mean itself."""
    return np.mean(
        [
            members.cross_predict(names, voting, splits)
            for names, voting in zip(parts, votings, strict=True)
        ],
        axis=0,
    )


def best(members, candidates, inner, train):
    """Choose by accuracy, then log-loss, over inner folds; the first wins a tie."""
    found = None
    for parts, votings in candidates:
        proba = mean_proba(members, parts, votings, inner)
        key = members.accuracy(proba, train), members.log_proba(proba, train)
        if found is None or key > found[0]:
            found = key, parts, votings
    return found


def judge_ears(members, songs, *, recipe_parts):
    """Probabilities by each network and fusion, and what was chosen for each split.

    Parameters
    ----------
    members : Members
        With all networks among them.
    songs : Recordings
        Songs and splits.
    recipe_parts : dict of list
        Members of each recipe that may be fused.

    Returns
    -------
    proba : dict of array of shape (n_songs, n_classes)
        Of each method.
    choices : list of dict
        For each split and method: parts, votings and inner accuracy.
    """
    names = [name for name in EARS if any(name == who for who, _ in members.names)]
    fusions = {
        title: plan
        for title, plan in FUSIONS.items()
        if set(plan[0]) <= {*names, *recipe_parts}
    }
    shape = len(members.y), len(members.classes)
    proba = {title: np.full(shape, np.nan) for title in (*names, *fusions)}
    choices = []
    for number, (train, test) in enumerate(songs.splits, start=1):
        inner = [(train[a], train[b]) for a, b in songs.inner_splits(train)]
        known = {title: (who, "mean") for title, who in recipe_parts.items()}
        for title in proba:
            if title in fusions:
                titles, choose = fusions[title]
                parts = [known[part] for part in titles]
                candidates = fused(parts, choose=choose)
            else:
                candidates = listeners(members, title)
            (accuracy, _), parts, votings = best(members, candidates, inner, train)
            if title not in fusions:
                known[title] = parts[0], votings[0]
            found = mean_proba(members, parts, votings, [(train, test)])
            proba[title][test] = found[test]
            choices.append(
                {
                    "split": number,
                    "method": title,
                    "parts": [[" ".join(who) for who in part] for part in parts],
                    "votings": votings,
                    "inner_accuracy": percent(accuracy),
                }
            )
            print(f"split {number}: {choices[-1]}", flush=True)
    return proba, choices


# -- what differs ---------------------------------------------------------------------


def differences(proba, songs, reference):
    """Compare songs' verdicts with those of the reference, by recording or artist."""
    fold = np.full(len(songs.y), -1)
    for number, (_, test) in enumerate(songs.splits):
        fold[test] = number
    # What no fold tests counts nowhere, but must be a number.
    filled = {name: np.nan_to_num(p, nan=1.0) for name, p in proba.items()}
    comparison = ModelComparison(
        y=songs.y,
        song_proba={
            name: p / p.sum(axis=1, keepdims=True) for name, p in filled.items()
        },
        fold=fold,
        groups=songs.clusters,
        reference=reference,
        n_bootstrap=10_000,
    )
    found = {}
    for name, row in comparison.pooled.items():
        if name != reference:
            low, high = row["difference_low"], row["difference_high"]
            found[name] = {
                "points": percent(row["difference"]),
                "interval_95": [percent(low), percent(high)],
                "p_value": round(row["p_value"], 4),
            }
    return found
