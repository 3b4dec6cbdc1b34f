"""How many planted faults stand among the first songs of the review list.

Into gtzan3 (195 songs, three genres) and ESC-10 (400 clips, ten classes) five wrong
labels and three copies of songs are planted, 20 times over, by seeds 0 to 19: another
label, drawn evenly, for five songs; and of three other songs a copy as an mp3, cut at
both ends, and at twice the level, clipped. `review_songs` lists what is worth a look,
with the windows, features and voting of `recipes.fast`, fitted anew in ten folds by
artist (gtzan3) or by recording (ESC-10).

The ranking of labels was chosen after a look at other draws, and by the first ten of
these; what counts is the other ten. Beside them stand the smallest margin between the
first and the second class, which looks at no label, and chance.

    python benchmarks/review.py --data DIR [--out DIR or FILE] [--sets esc10 gtzan3]
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import data
import numpy as np
import soundfile
from measure import arguments, result_path, timed, write
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict

from skgenre import SongWindows, recipes
from skgenre.model_selection import Duplicates
from skgenre.review import review_songs
from skgenre.review._copies import find_copies

N_LABELS, N_COPIES, FIRST = 5, 3, 20
KINDS = ("mp3", "cut", "louder")


def main():
    """Run, print and write what is asked for."""
    options = arguments(
        __doc__,
        cache=True,
        sets=(tuple(data.LOADERS), "data sets"),
        draws=(20, "how often faults are planted"),
    )
    for name in options.sets:
        songs = data.LOADERS[name](options.data)
        with tempfile.TemporaryDirectory() as folder:
            report = run(songs, options.cache or folder, options.draws)
        show(report)
        part = name if len(options.sets) > 1 else None
        write(report, result_path(options.out, f"review_{name}", part=part))


def run(songs, memory, n_draws):
    """Plant and look for faults in one data set; the second half of draws counts."""
    model = recipes.fast(sample_rate=songs.sample_rate, memory=memory)
    draws = [planted(songs, seed) for seed in range(n_draws)]
    with tempfile.TemporaryDirectory() as folder:
        # Of all draws at once: pairs and features of songs know nothing of others.
        copies = [
            write_copy(songs.paths[song], kind, Path(folder), draw.seed)
            for draw in draws
            for song, kind in zip(draw.copied, KINDS, strict=True)
        ]
        everything = Everything(
            paths=[*songs.paths.tolist(), *copies],
            features=SongWindows.concat(
                [
                    model[:-1].fit_transform(songs.paths.tolist()).load(),
                    model[:-1].fit_transform(copies).load(),
                ]
            ),
            duplicates=find_copies([*songs.paths.tolist(), *copies]),
        )
    found = [one_draw(model[-1], songs, everything, draw) for draw in draws]
    half = n_draws // 2
    n = len(songs.y)
    itself = everything.review(model[-1], np.arange(n), songs.y, songs.clusters)
    return {
        "data": songs.name,
        "n_songs": n,
        "chosen_on": summary(found[:half]),
        "tested_on": summary(found[half:]),
        "all": summary(found),
        "draws": found,
        "unplanted": of_itself(itself, songs),
    }


@dataclass(frozen=True)
class Everything:
    """Songs and all their copies."""

    paths: list
    features: SongWindows
    duplicates: Duplicates

    def review(self, vote, songs, y, groups, **more):
        """The list of some of them, by position, called by position."""
        at = {song: i for i, song in enumerate(songs.tolist())}
        pairs = [
            (at[pair.first], at[pair.second], *pair[2:])
            for pair in self.duplicates
            if pair.first in at and pair.second in at
        ]
        return review_songs(
            vote,
            self.features[songs],
            y,
            groups=groups,
            names=[str(i) for i in range(len(songs))],
            duplicates=Duplicates(pairs, list(range(len(songs)))),
            **more,
        )


# -- one draw -------------------------------------------------------------------------


class Draw(NamedTuple):
    """What is planted."""

    seed: int
    wrong: np.ndarray
    copied: np.ndarray
    y: np.ndarray


def planted(songs, seed):
    """Choose songs, and other labels for some."""
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(songs.y), N_LABELS + N_COPIES, replace=False)
    wrong, copied = chosen[:N_LABELS], chosen[N_LABELS:]
    return Draw(seed, wrong, copied, with_wrong_labels(songs.y, wrong, rng))


def one_draw(vote, songs, everything, draw):
    """Count the faults in the first rows of each list."""
    n, seed = len(songs.y), draw.seed
    rows = np.concatenate([np.arange(n), n + N_COPIES * seed + np.arange(N_COPIES)])
    y = np.concatenate([draw.y, draw.y[draw.copied]])
    groups = np.concatenate([songs.clusters, songs.clusters[draw.copied]])
    review, seconds = timed(everything.review, vote, rows, y, groups, random_state=seed)
    first = review.rows[:FIRST]
    looked_at = {int(row.song) for row in first}
    pairs = {frozenset((int(r.song), int(r.copy_of))) for r in first if r.copy_of}
    found = [
        frozenset((int(song), n + k)) in pairs for k, song in enumerate(draw.copied)
    ]
    return {
        "seed": seed,
        "labels": len(looked_at & set(draw.wrong.tolist())),
        "copies": sum(found),
        "of_copies": dict(zip(KINDS, found, strict=True)),
        "seconds": round(seconds.wall, 2),
        "rankings": naive(vote, everything.features[rows], y, groups, draw),
    }


def with_wrong_labels(y, songs, rng):
    """Give some songs another label."""
    y = y.copy()
    for song in songs:
        y[song] = rng.choice([label for label in np.unique(y) if label != y[song]])
    return y


def write_copy(path, kind, folder, seed):
    """Write a copy of a song as somebody else may have it."""
    y, rate = soundfile.read(path)
    out = (
        folder / f"{Path(path).stem}-{kind}-{seed}.{'mp3' if kind == 'mp3' else 'wav'}"
    )
    if kind == "cut":
        y = y[len(y) // 8 : -len(y) // 16]
    elif kind == "louder":
        y = np.clip(2 * y, -1, 1)
    soundfile.write(out, y, rate)
    return str(out)


def naive(vote, X, y, groups, draw):
    """Wrong labels in the first rows of lists that are made otherwise."""
    folds = StratifiedGroupKFold(10, shuffle=True, random_state=draw.seed)
    proba = cross_val_predict(
        vote, X, y, groups=groups, cv=folds, method="predict_proba"
    )
    classes = np.unique(y)
    lists = {name: rank(proba, y, classes) for name, rank in RANKINGS.items()}
    lists["chance"] = np.random.default_rng(draw.seed).random(len(y))
    return {
        name: {
            str(n): int(np.isin(draw.wrong, np.argsort(s, kind="stable")[:n]).sum())
            for n in (FIRST - N_COPIES, FIRST)
        }
        for name, s in lists.items()
    }


# -- rankings: the smallest first -----------------------------------------------------


def own(proba, y, classes):
    """Probability of the label: self-confidence."""
    return proba[np.arange(len(y)), np.searchsorted(classes, y)]


def other(proba, y, classes):
    """The largest probability of another class."""
    rest = proba.copy()
    rest[np.arange(len(y)), np.searchsorted(classes, y)] = -1
    return rest.max(axis=1)


def own_margin(proba, y, classes):
    """Probability of the label less that of the best other class."""
    return own(proba, y, classes) - other(proba, y, classes)


def adjusted(proba, y, classes):
    """Probabilities less what is usual for a class, as confident learning has it."""
    usual = np.array([proba[y == c, k].mean() for k, c in enumerate(classes)])
    shifted = proba - usual + usual.max()
    return shifted / shifted.sum(axis=1, keepdims=True)


def margin(proba, y, classes):
    """How far the verdict is before the second choice, whatever the label."""
    two = np.sort(proba, axis=1)[:, -2:]
    return two[:, 1] - two[:, 0]


RANKINGS = {
    "probability of the label": own,
    "its margin": own_margin,
    "probability, adjusted by class": lambda p, y, c: own(adjusted(p, y, c), y, c),
    "its margin, adjusted by class": lambda p, y, c: own_margin(
        adjusted(p, y, c), y, c
    ),
    "smallest margin, no label": margin,
}


# -- what comes out -------------------------------------------------------------------


def summary(draws):
    """Means over draws, and shares of draws that find enough."""
    labels = np.array([draw["labels"] for draw in draws])
    copies = np.array([draw["copies"] for draw in draws])
    names = draws[0]["rankings"]
    return {
        "n_draws": len(draws),
        "labels": float(labels.mean()),
        "four_labels": float(np.mean(labels >= N_LABELS - 1)),
        "copies": float(copies.mean()),
        "all_copies": float(np.mean(copies == N_COPIES)),
        "seconds": float(np.median([draw["seconds"] for draw in draws])),
        "rankings": {
            name: {
                n: {
                    "labels": float(np.mean([d["rankings"][name][n] for d in draws])),
                    "four_labels": float(
                        np.mean([d["rankings"][name][n] >= N_LABELS - 1 for d in draws])
                    ),
                }
                for n in names[name]
            }
            for name in names
        },
    }


def of_itself(review, songs):
    """What the list says of the data before anything is planted."""
    return {
        "listed": len(review),
        "agreement": review.agreement,
        "copies": sum(bool(row.copy_of) for row in review),
        "verdict_is_another": sum(row.verdict != row.label for row in review),
        "first": [
            {
                "song": str(songs.songs[int(row.song)]),
                "label": row.label,
                "verdict": row.verdict,
                "confidence": round(row.confidence, 3),
                "copy_of": str(songs.songs[int(row.copy_of)]) if row.copy_of else "",
            }
            for row in review.rows[:FIRST]
        ],
    }


def show(report):
    """Print what counts."""
    print(f"\n{report['data']}: of {N_LABELS} labels and {N_COPIES} copies")
    for part in ("chosen_on", "tested_on", "all"):
        s = report[part]
        enough = f"{100 * s['four_labels']:.0f} % of draws 4 or 5"
        whole = f"{100 * s['all_copies']:.0f} % of draws all"
        print(
            f"{part}: {s['labels']:.2f} labels ({enough}), {s['copies']:.2f} copies "
            f"({whole}), {s['seconds']:.1f} s"
        )
        for name, of in s["rankings"].items():
            said = ", ".join(f"first {n}: {v['labels']:.2f}" for n, v in of.items())
            print(f"    {name}: {said}")


if __name__ == "__main__":
    main()
