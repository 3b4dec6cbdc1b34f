"""Votings over 10 million windows of a million songs, beside pandas and numpy.

Synthetic probabilities, songs of 1 to some 25 windows (10 on average), one thread. The
windows of a song stand together (sorted) or lie anywhere (unsorted). Contenders are
checked to agree, then take turns; medians of their times, and ratios of those. `ours`
is the aggregation of numbered songs; `vote` is the whole call, which also checks the
probabilities and numbers the songs from integers or names.

    python benchmarks/bench_voting.py [--out FILE] [--repeats 5] [--songs 1000000]
"""

import argparse
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
from _data import environment, write
from threadpoolctl import threadpool_limits

from skgenre import vote
from skgenre.voting._rules import VOTINGS, aggregate

N_CLASSES = 10
PRIOR = np.full(N_CLASSES, 1 / N_CLASSES)


def main():
    """Check, measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(__file__).parent / "results" / "bench_voting.json"
    parser.add_argument("--out", default=default, type=Path)
    parser.add_argument("--repeats", default=5, type=int)
    parser.add_argument("--songs", default=1_000_000, type=int)
    options = parser.parse_args()
    threadpool_limits(1)
    report = {
        "n_songs": options.songs,
        "n_classes": N_CLASSES,
        "repeats": options.repeats,
        "results": {},
    }
    for dtype in ("float32", "float64"):
        for arrangement in ("sorted", "unsorted"):
            proba, codes = make_windows(options.songs, dtype, arrangement)
            report["n_windows"] = len(proba)
            contenders = make_contenders(proba, codes, options.songs, arrangement)
            check(contenders, proba, codes)
            seconds = take_turns(contenders, options.repeats)
            result = summarize(seconds)
            result["peak_extra_memory_over_input"] = {
                voting: extra_memory(contenders[f"ours {voting}"], proba)
                for voting in VOTINGS
            }
            report["results"][f"{dtype} {arrangement}"] = result
            show(f"{dtype} {arrangement}", result)
    report["environment"] = environment("pandas", "numba")
    write(report, options.out)


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
    ours = contenders["ours mean"]()
    theirs = contenders["pandas groupby.mean"]().to_numpy(dtype=float)
    close = {"rtol": tolerance, "atol": 0}
    np.testing.assert_allclose(
        ours, theirs / theirs.sum(axis=1, keepdims=True), **close
    )
    if "np.add.reduceat" in contenders:
        np.testing.assert_allclose(contenders["np.add.reduceat"](), theirs, **close)
    for name in ("vote of integers", "vote of names"):
        song_ids, song_proba = contenders[name]()
        numbers = [int(str(song).removeprefix("song_")) for song in song_ids[:1000]]
        np.testing.assert_array_equal(song_proba[:1000], ours[numbers])
    textbook = {
        "median": lambda p: np.median(p, axis=0),
        "max": lambda p: p.max(axis=0),
        "majority": lambda p: np.bincount(p.argmax(axis=1), minlength=N_CLASSES),
        "mean_log_proba": lambda p: np.exp(np.log(p).mean(axis=0)),
        "mean_log_odds": lambda p: 1 / (1 + np.exp(-np.log(p / (1 - p)).mean(axis=0))),
        "naive_bayes": lambda p: np.exp(np.log(p).sum(axis=0) - np.log(p).sum(0).max()),
    }
    eps = np.finfo(proba.dtype).eps
    for voting, formula in textbook.items():
        song_proba = contenders[f"ours {voting}"]()
        for song in range(0, len(song_proba), len(song_proba) // 20):
            p = np.clip(proba[codes == song].astype(float), eps, 1 - eps)
            expected = formula(p) / formula(p).sum()
            np.testing.assert_allclose(
                song_proba[song], expected, rtol=100 * tolerance, atol=1e-7
            )


def take_turns(contenders, repeats):
    """Seconds of each contender, in each turn."""
    seconds = {name: [] for name in contenders}
    for _ in range(repeats):
        for name, contender in contenders.items():
            if "names" in name and seconds[name]:
                continue  # long; once tells enough
            start = time.perf_counter()
            contender()
            seconds[name].append(time.perf_counter() - start)
    return seconds


def summarize(seconds):
    """Medians, and the ratios that count."""
    medians = {name: float(np.median(times)) for name, times in seconds.items()}
    mean = medians["ours mean"]
    names = medians["pandas groupby.mean of names"] / medians["vote of names"]
    numbers = medians["pandas groupby.mean"] / medians["vote of integers"]
    return {
        "median_seconds": medians,
        "seconds": seconds,
        "times_pandas": {
            "ours mean": medians["pandas groupby.mean"] / mean,
            "vote of integers": numbers,
            "vote of names": names,
        },
        "over_our_mean": {
            voting: medians[f"ours {voting}"] / mean for voting in VOTINGS
        },
    }


def extra_memory(contender, proba):
    """Most memory beyond the input at any time, result included, over the input's."""
    tracemalloc.start()
    contender()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / proba.nbytes


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
