"""Extraction on a cluster: measured on this machine, simulated for FMA-full.

Measures the seconds of one core for a minute of mp3 (44.1 kHz stereo), and what a task
costs on a dask.distributed cluster of worker processes on loopback beside its work. A
simulation hands the 106,574 tracks of FMA-full (343 days of audio) to the next free
worker in turn; it is first compared with 1 and 2 real workers.

    python benchmarks/bench_cluster.py --data DIR [--out DIR or FILE] [--songs 200]
"""

import heapq
import tempfile
from contextlib import contextmanager
from pathlib import Path

import data
import joblib
import numpy as np
import soundfile
from distributed import Client, LocalCluster
from measure import arguments, result_path, timed, write

from skgenre import FrameWindower, FunctionFeaturizer, MFCCFeaturizer

FMA_TRACKS = 106_574
FMA_DAYS = 343
# Tracks differ in length; the spread only matters where workers are many.
FMA_SIGMA = 0.6
N_TASKS = 2000
REAL_WORKERS = (1, 2)
WORKERS = (1, 2, 8, 16, 32, 64, 128, 256, 512)


def main():
    """Measure, compare, simulate, write."""
    options = arguments(__doc__, songs=(200, "one-minute songs"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        minutes = data.write_minutes(options.data, folder, 10, "mp3")
        work = Work(minutes, data.repeated(minutes, options.songs), folder)
        alone = work.seconds()
        together = {n: on_cluster(work, n) for n in REAL_WORKERS}
    report = summarize(options.songs, alone, together)
    print(report)
    write(
        report,
        result_path(options.out, "bench_cluster"),
        packages=["dask", "distributed", "joblib"],
    )


def loudness(windows):
    """Return next to nothing, next to nothing to compute."""
    return abs(windows[:, :1])


class Work:
    """Songs to be described, and tasks that cost nothing but being handed out."""

    def __init__(self, minutes, songs, folder):
        self.features = MFCCFeaturizer(summary=("mean", "std"))
        self.windows = FrameWindower().fit_transform(songs)
        first = FrameWindower().fit_transform(minutes)
        self.expected = self.features.fit_transform(first)
        tiny = folder / "tiny.wav"
        soundfile.write(tiny, soundfile.read(minutes[0], frames=22_050)[0], 22_050)
        self.tiny_windows = FrameWindower(0.5).fit_transform([str(tiny)] * N_TASKS)
        self.nothing = FunctionFeaturizer(loudness)

    def warm_up(self):
        """Do a little of each: workers import and compile with their first songs."""
        self.features.fit_transform(self.windows[:20])
        self.nothing.fit_transform(self.tiny_windows[:20])

    def seconds(self):
        """Seconds of all songs, and of all tasks."""
        features, songs = timed(self.features.fit_transform, self.windows)
        n_songs = min(len(features), len(self.expected))
        if features[:n_songs] != self.expected[:n_songs]:
            raise ValueError("Got other features than those of this process.")
        _, tasks = timed(self.nothing.fit_transform, self.tiny_windows)
        return songs.wall, tasks.wall


@contextmanager
def cluster(n_workers):
    """Start worker processes of one thread each, and let joblib use them."""
    with (
        LocalCluster(
            n_workers, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
        ) as workers,
        Client(workers),
        joblib.parallel_config(backend="dask"),
    ):
        yield


def on_cluster(work, n_workers):
    """Seconds of the same work on a cluster."""
    with cluster(n_workers):
        work.warm_up()
        return work.seconds()


def summarize(n_songs, alone, together):
    """Simulate with what was measured; return what goes into the file."""
    song_seconds = alone[0] / n_songs
    task_seconds = {
        n: max(0.0, (seconds[1] - alone[1] / n) / N_TASKS)
        for n, seconds in together.items()
    }
    per_task = task_seconds[2]
    songs = np.full(n_songs, song_seconds)
    tracks = fma_lengths() / 60 * song_seconds
    return {
        "n_songs": n_songs,
        "core_seconds_per_minute_of_mp3": song_seconds,
        "times_real_time_per_core": 60 / song_seconds,
        "scheduler_seconds_per_task": per_task,
        "measured_seconds": {n: seconds[0] for n, seconds in together.items()},
        "simulated_seconds": {n: simulate(songs, n, per_task) for n in together},
        "fma_core_hours": float(tracks.sum() / 3600),
        "fma_hours": {n: simulate(tracks, n, per_task) / 3600 for n in WORKERS},
    }


def fma_lengths():
    """Seconds of each track, drawn so that they add up to FMA-full's."""
    lengths = np.random.default_rng(0).lognormal(0, FMA_SIGMA, FMA_TRACKS)
    return lengths * (FMA_DAYS * 86_400 / lengths.sum())


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
