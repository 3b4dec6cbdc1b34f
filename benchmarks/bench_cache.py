"""What a song in the cache costs: a warm pass over 1,000 cached songs.

The songs are of one minute, 23 windows of 13 x 216 MFCC each. Features from the cache
are compared with computed ones before anything is timed.

    python benchmarks/bench_cache.py --data DIR [--out DIR or FILE] [--songs 1000]
"""

import os
import tempfile
from pathlib import Path

import data
import numpy as np
from measure import arguments, result_path, take_turns, timed, write

from skgenre import FrameWindower, MFCCFeaturizer


def main():
    """Fill the cache, read it several times, write the result."""
    options = arguments(__doc__, songs=(1000, "how many"), repeats=(7, "warm passes"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = data.write_minutes(options.data, folder, 10, "wav", 22_050)
        windows = FrameWindower().fit_transform(links(files, folder, options.songs))
        featurizer = MFCCFeaturizer(memory=folder / "cache")
        features, cold = timed(featurizer.fit_transform, windows)
        check(features, files)
        warm = take_turns(
            {"warm": lambda: featurizer.fit_transform(windows)}, options.repeats
        )["warm"]
    report = summarize(features, cold, warm)
    print(report)
    write(report, result_path(options.out, "bench_cache"), packages=["joblib"])


def links(files, folder, n_songs):
    """Name each file many times: another name is another song, without the room."""
    paths = []
    for i in range(n_songs):
        paths.append(str(folder / f"song_{i}.wav"))
        os.link(files[i % len(files)], paths[-1])
    return paths


def check(features, files):
    """Raise if the features of the first songs are not those without a cache."""
    expected = MFCCFeaturizer().fit_transform(FrameWindower().fit_transform(files))
    n_songs = min(len(files), len(features))
    np.testing.assert_array_equal(features[:n_songs].values, expected[:n_songs].values)


def summarize(features, cold, warm):
    """Milliseconds for each song."""
    per_song = 1000 / len(features)
    passes = [per_song * taken.wall for taken in warm]
    return {
        "n_songs": len(features),
        "windows_per_song": int(features.counts[0]),
        "cold_ms_per_song": per_song * cold.wall,
        "warm_ms_per_song": float(np.median(passes)),
        "warm_ms_per_song_range": [min(passes), max(passes)],
    }


if __name__ == "__main__":
    main()
