"""Votings over 10 million windows of a million songs, beside pandas and numpy.

Synthetic probabilities, songs of 1 to some 25 windows (10 on average), one thread. The
windows of a song stand together (sorted) or lie anywhere (unsorted). Contenders are
checked to agree, then take turns; medians of their times, and ratios of those. `ours`
is the aggregation of numbered songs; `vote` is the whole call, which also checks the
probabilities and numbers the songs from integers or names.

    python benchmarks/bench_voting.py [--out DIR or FILE] [--songs 1000000]
"""

from itertools import product

import numpy as np
import pandas as pd
from measure import (
    allocated,
    arguments,
    medians,
    ratios,
    result_path,
    take_turns,
    walls,
    write,
)

from skgenre import vote
from skgenre.voting._rules import VOTINGS, aggregate

N_CLASSES = 10
PRIOR = np.full(N_CLASSES, 1 / N_CLASSES)


def main():
    """Check, measure, print and write."""
    options = arguments(
        __doc__, recordings=False, repeats=(5, "turns"), songs=(1_000_000, "how many")
    )
    results, n_windows = {}, 0
    for dtype, arrangement in product(("float32", "float64"), ("sorted", "unsorted")):
        title = f"{dtype} {arrangement}"
        proba, codes = make_windows(options.songs, dtype, arrangement)
        n_windows = len(proba)
        contenders = make_contenders(proba, codes, options.songs, arrangement)
        check(contenders, proba, codes)
        results[title] = compare(contenders, proba, options.repeats)
        show(title, results[title])
    report = {
        "n_songs": options.songs,
        "n_classes": N_CLASSES,
        "repeats": options.repeats,
        "results": results,
        "n_windows": n_windows,
    }
    path = result_path(options.out, "bench_voting")
    write(report, path, packages=["pandas", "numba"])


def make_windows(n_songs, dtype, arrangement):
    """Probabilities of windows, and the number of the song of each."""
    rng = np.random.default_rng(0)
    codes = np.repeat(np.arange(n_songs), 1 + rng.poisson(9, n_songs))
    if arrangement == "unsorted":
        rng.shuffle(codes)
    proba = rng.random((len(codes), N_CLASSES), dtype=np.float32).astype(dtype)
    proba /= proba.sum(axis=1, keepdims=True)
    return proba, codes


def make_contenders(proba, codes, n_songs, arrangement):
    """Functions of no arguments, by name."""
    table = pd.DataFrame(proba)  # without a copy
    names = np.char.add("song_", codes.astype("U7"))
    contenders = {
        "pandas groupby.mean": lambda: table.groupby(codes).mean(),
        "pandas groupby.mean of names": lambda: table.groupby(names).mean(),
    }
    if arrangement == "sorted":
        starts = np.flatnonzero(np.diff(codes, prepend=-1))
        counts = np.diff(starts, append=len(codes))[:, None]
        contenders["np.add.reduceat"] = lambda: np.add.reduceat(proba, starts) / counts
    for voting in VOTINGS:
        contenders[f"ours {voting}"] = lambda voting=voting: aggregate(
            proba, codes, n_songs, voting=voting, prior=PRIOR
        )
    contenders["vote of integers"] = lambda: vote(proba, codes)
    contenders["vote of names"] = lambda: vote(proba, names)
    return contenders


def check(contenders, proba, codes):
    """Raise if contenders differ, or ours from the formulas on some songs."""
    tolerance = 1e-12 if proba.dtype == np.float64 else 1e-5
    check_means(contenders, tolerance)
    check_votes(contenders)
    for voting, formula in TEXTBOOK.items():
        song_proba = contenders[f"ours {voting}"]()
        check_formula(song_proba, formula, proba, codes, tolerance)


def check_means(contenders, tolerance):
    """Compare the means of all contenders that take them."""
    close = {"rtol": tolerance, "atol": 0}
    theirs = contenders["pandas groupby.mean"]().to_numpy(dtype=float)
    expected = theirs / theirs.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(contenders["ours mean"](), expected, **close)
    if "np.add.reduceat" in contenders:
        np.testing.assert_allclose(contenders["np.add.reduceat"](), theirs, **close)


def check_votes(contenders):
    """Compare whole calls with the aggregation alone."""
    ours = contenders["ours mean"]()
    for name in ("vote of integers", "vote of names"):
        song_ids, song_proba = contenders[name]()
        numbers = [int(str(song).removeprefix("song_")) for song in song_ids[:1000]]
        np.testing.assert_array_equal(song_proba[:1000], ours[numbers])


TEXTBOOK = {
    "median": lambda p: np.median(p, axis=0),
    "max": lambda p: p.max(axis=0),
    "majority": lambda p: np.bincount(p.argmax(axis=1), minlength=N_CLASSES),
    "mean_log_proba": lambda p: np.exp(np.log(p).mean(axis=0)),
    "mean_log_odds": lambda p: 1 / (1 + np.exp(-np.log(p / (1 - p)).mean(axis=0))),
    "naive_bayes": lambda p: np.exp(np.log(p).sum(axis=0) - np.log(p).sum(0).max()),
}


def check_formula(song_proba, formula, proba, codes, tolerance):
    """Compare some songs with the textbook, one song at a time."""
    eps = np.finfo(proba.dtype).eps
    for song in range(0, len(song_proba), max(1, len(song_proba) // 20)):
        p = np.clip(proba[codes == song].astype(float), eps, 1 - eps)
        expected = formula(p) / formula(p).sum()
        np.testing.assert_allclose(
            song_proba[song], expected, rtol=100 * tolerance, atol=1e-7
        )


def compare(contenders, proba, repeats):
    """Medians, and the ratios that count."""
    # Names are long; once tells enough.
    once = [name for name in contenders if "names" in name]
    turns = take_turns(contenders, repeats, once=once)
    median = medians(turns)
    peers = {
        "ours mean": "pandas groupby.mean",
        "vote of integers": "pandas groupby.mean",
        "vote of names": "pandas groupby.mean of names",
    }
    ours = {voting: f"ours {voting}" for voting in VOTINGS}
    return {
        "median_seconds": median,
        "seconds": walls(turns),
        "times_pandas": ratios(median, {k: (peer, k) for k, peer in peers.items()}),
        "over_our_mean": ratios(median, {k: (v, "ours mean") for k, v in ours.items()}),
        # Beyond the input at any time, the result included.
        "peak_extra_memory_over_input": {
            voting: allocated(contenders[name]) / proba.nbytes
            for voting, name in ours.items()
        },
    }


def show(title, result):
    """Print one arrangement."""
    print(f"\n{title}")
    for name, seconds in result["median_seconds"].items():
        print(f"  {name:32s}{seconds:8.3f} s")
    for name, ratio in result["times_pandas"].items():
        print(f"  {name:32s}{ratio:8.1f} x pandas")
    for voting, ratio in result["over_our_mean"].items():
        memory = result["peak_extra_memory_over_input"][voting]
        print(
            f"  {voting:32s}{ratio:8.1f} x our mean, {memory:.2f} x input", flush=True
        )


if __name__ == "__main__":
    main()
