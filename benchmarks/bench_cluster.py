"""Extraction on a cluster: measured on this machine, simulated for FMA-full.

    python benchmarks/bench_cluster.py --data DIR

Measures the seconds of one core for a minute of mp3 (44.1 kHz stereo), and what a task
costs on a dask.distributed cluster of worker processes on loopback beside its work. A
simulation hands the 106,574 tracks of FMA-full (343 days of audio) to the next free
worker in turn; it is first compared with 1 and 2 real workers.
"""

import heapq
import tempfile
import time
from pathlib import Path

import joblib
import numpy as np
import soundfile
from _data import RESULTS, arguments, environment, make_minutes, write
from distributed import Client, LocalCluster

from skgenre import FrameWindower, FunctionFeaturizer, MFCCFeaturizer

FMA_TRACKS = 106_574
FMA_DAYS = 343
# Tracks differ in length; the spread only matters where workers are many.
FMA_SIGMA = 0.6
WORKERS = (1, 2, 8, 16, 32, 64, 128, 256, 512)


def loudness(windows):
    """Return next to nothing, next to nothing to compute."""
    return abs(windows[:, :1])


def main():
    """Measure, compare, simulate, write."""
    options = arguments(
        __doc__.splitlines()[0],
        {"--songs": {"default": 200, "type": int, "help": "one-minute songs"}},
        out=RESULTS / "bench_cluster.json",
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        minutes = make_minutes(options.data, folder, 10, "mp3")
        songs = (minutes * (options.songs // 10 + 1))[: options.songs]
        tiny = folder / "tiny.wav"
        soundfile.write(tiny, soundfile.read(minutes[0], frames=22_050)[0], 22_050)
        features = MFCCFeaturizer(summary=("mean", "std"))
        windows = FrameWindower().fit_transform(songs)
        expected = features.fit_transform(FrameWindower().fit_transform(minutes))
        start = time.perf_counter()
        assert features.fit_transform(windows)[:10] == expected
        song_seconds = (time.perf_counter() - start) / len(songs)
        tiny_windows = FrameWindower(0.5).fit_transform([str(tiny)] * 2000)
        overhead = FunctionFeaturizer(loudness)
        start = time.perf_counter()
        overhead.fit_transform(tiny_windows)
        tiny_alone = (time.perf_counter() - start) / len(tiny_windows)
        measured, task_seconds = {}, {}
        for n_workers in (1, 2):
            with (
                LocalCluster(
                    n_workers,
                    threads_per_worker=1,
                    dashboard_address=None,
                    host="127.0.0.1",
                ) as cluster,
                Client(cluster),
                joblib.parallel_config(backend="dask"),
            ):
                # Workers import and compile with the first songs.
                features.fit_transform(windows[:20])
                start = time.perf_counter()
                assert features.fit_transform(windows)[:10] == expected
                measured[n_workers] = time.perf_counter() - start
                overhead.fit_transform(tiny_windows[:20])
                start = time.perf_counter()
                overhead.fit_transform(tiny_windows)
                seconds = (time.perf_counter() - start) / len(tiny_windows)
                task_seconds[n_workers] = max(0.0, seconds - tiny_alone / n_workers)
    per_task = task_seconds[2]
    rng = np.random.default_rng(0)
    lengths = rng.lognormal(0, FMA_SIGMA, FMA_TRACKS)
    lengths *= FMA_DAYS * 86_400 / lengths.sum()
    tracks = lengths / 60 * song_seconds
    report = {
        "n_songs": len(songs),
        "core_seconds_per_minute_of_mp3": song_seconds,
        "times_real_time_per_core": 60 / song_seconds,
        "scheduler_seconds_per_task": per_task,
        "measured_seconds": measured,
        "simulated_seconds": {
            n: simulate(np.full(len(songs), song_seconds), n, per_task)
            for n in measured
        },
        "fma_core_hours": float(tracks.sum() / 3600),
        "fma_hours": {n: simulate(tracks, n, per_task) / 3600 for n in WORKERS},
        "environment": environment("dask", "distributed", "joblib"),
    }
    print(report)
    write(report, options.out)


def simulate(seconds, n_workers, per_task):
    """Hand songs to the next free worker, one hand-over at a time."""
    free = [0.0] * n_workers
    handed = -per_task
    for song in seconds:
        handed = max(heapq.heappop(free), handed + per_task)
        heapq.heappush(free, handed + song)
    return float(max(free))


if __name__ == "__main__":
    main()
