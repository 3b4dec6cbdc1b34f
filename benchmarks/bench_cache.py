"""What a song in the cache costs: a warm pass over 1,000 cached songs.

    python benchmarks/bench_cache.py --data DIR [--songs 1000]

The songs are of one minute, 23 windows of 13 x 216 MFCC each. Features from the cache
are compared with computed ones before anything is timed.
"""

import os
import tempfile
import time
from pathlib import Path

import numpy as np
from _data import RESULTS, arguments, environment, make_minutes, write

from skgenre import FrameWindower, MFCCFeaturizer


def main():
    """Fill the cache, read it several times, write the result."""
    options = arguments(
        __doc__.splitlines()[0],
        {
            "--songs": {"default": 1000, "type": int, "help": "how many"},
            "--repeats": {"default": 7, "type": int, "help": "warm passes"},
        },
        out=RESULTS / "bench_cache.json",
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = make_minutes(options.data, folder, 10, "wav", 22_050)
        paths = []
        for i in range(options.songs):
            # Another name is another song, without the room on disk.
            paths.append(str(folder / f"song_{i}.wav"))
            os.link(files[i % len(files)], paths[-1])
        windows = FrameWindower().fit_transform(paths)
        featurizer = MFCCFeaturizer(memory=folder / "cache")
        cold, features = timed(featurizer, windows)
        expected = MFCCFeaturizer().fit_transform(
            FrameWindower().fit_transform(paths[: len(files)])
        )
        np.testing.assert_array_equal(features[: len(files)].values, expected.values)
        warm = [timed(featurizer, windows)[0] for _ in range(options.repeats)]
    report = {
        "n_songs": options.songs,
        "windows_per_song": int(features.counts[0]),
        "cold_ms_per_song": 1000 * cold / options.songs,
        "warm_ms_per_song": 1000 * float(np.median(warm)) / options.songs,
        "warm_ms_per_song_range": [
            1000 * t / options.songs for t in (min(warm), max(warm))
        ],
        "environment": environment("joblib"),
    }
    print(report)
    write(report, options.out)


def timed(featurizer, windows):
    """Return the seconds of a pass, and its features."""
    start = time.perf_counter()
    features = featurizer.fit_transform(windows)
    return time.perf_counter() - start, features


if __name__ == "__main__":
    main()
