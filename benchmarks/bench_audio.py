"""From the path of a song to the MFCCs of its windows, beside librosa.

Real songs of 30 s are joined to stereo minutes and written as wav, flac, ogg and mp3
at 44.1 and 22.05 kHz in a temporary folder. Contenders, one thread each, in turns:

- loop: `librosa.load(path, sr=22050)`, then `librosa.feature.mfcc` of each window;
- ours: `FrameWindower` and `MFCCFeaturizer(n_fft=1024, summary=None)`;
- decode: soundfile and soxr alone, to mono at 22,050 Hz, whole files at once.

Features are checked to agree before. Then one job beside two on threads, over all the
files, and processes and threads checked to give the same bits.

    python benchmarks/bench_audio.py --data DIR [--out FILE] [--minutes 3] [--repeats 5]
"""

import os

# Before numpy is imported: threads of BLAS would be counted as ours.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import tempfile
import time
import warnings
from pathlib import Path

import joblib
import librosa
import numpy as np
import soundfile
import soxr
from _data import RESULTS, arguments, environment, load_gtzan3, write

from skgenre import FrameWindower, MFCCFeaturizer

FORMATS = ("wav", "flac", "ogg", "mp3")
RATES = (44100, 22050)
SAMPLE_RATE = 22050
WINDOW, HOP = 5 * SAMPLE_RATE, 5 * SAMPLE_RATE // 2
TOLERANCE = 1e-3
BACKENDS = {
    "1 job": ("threading", 1),
    "2 threads": ("threading", 2),
    "2 processes": ("loky", 2),
}


def main():
    """Check, measure, print and write."""
    options = arguments(
        __doc__.splitlines()[0],
        {
            "--minutes": {"default": 3, "type": int, "help": "songs of each format"},
            "--repeats": {"default": 5, "type": int},
        },
    )
    report = {
        "minutes": options.minutes,
        "repeats": options.repeats,
        "results": {},
    }
    with tempfile.TemporaryDirectory() as folder:
        files = make_files(options.data, Path(folder), options.minutes)
        for (kind, rate), paths in files.items():
            name = f"{kind} {rate / 1000:g} kHz"
            report["results"][name] = result = compare(paths, options.repeats)
            ratios = "  ".join(f"{k} {v:.2f}" for k, v in result["ratios"].items())
            print(
                f"{name:16s}{ratios}  differs by {result['difference']:.1e}", flush=True
            )
        paths = [path for group in files.values() for path in group]
        report["jobs"] = compare_jobs(paths, options.repeats)
        print(f"jobs over {len(paths)} songs: {report['jobs']['ratios']}")
    report["environment"] = environment("joblib", "numba")
    write(report, options.out or RESULTS / "bench_audio.json")


def make_files(data, folder, n_minutes):
    """Write stereo minutes: a song in one ear, another in the other."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        songs = [
            librosa.load(path, sr=44100)[0]
            for path in load_gtzan3(data).paths[:: 195 // (4 * n_minutes)]
        ]
    files = {}
    for rate in RATES:
        for minute in range(n_minutes):
            a, b, c, d = (y[: 29 * 44100] for y in songs[4 * minute : 4 * minute + 4])
            stereo = np.stack([np.concatenate([a, b]), np.concatenate([c, d])], axis=1)
            stereo = np.resize(0.9 * stereo, (60 * 44100, 2))
            if rate != 44100:
                stereo = soxr.resample(stereo, 44100, rate)
            for kind in FORMATS:
                path = folder / f"{minute}_{rate}.{kind}"
                with soundfile.SoundFile(path, "w", rate, channels=2) as file:
                    # By the second: libsndfile's Vorbis encoder crashes on minutes.
                    for start in range(0, len(stereo), rate):
                        file.write(np.clip(stereo[start : start + rate], -1, 1))
                files.setdefault((kind, rate), []).append(str(path))
    return files


def loop(paths):
    """What the answer on the web does."""
    songs = []
    for path in paths:
        y, _ = librosa.load(path, sr=SAMPLE_RATE)
        starts = range(0, len(y) - WINDOW + 1, HOP)
        songs.append(
            np.array(
                [
                    librosa.feature.mfcc(
                        y=y[start : start + WINDOW],
                        sr=SAMPLE_RATE,
                        n_mfcc=13,
                        n_fft=1024,
                        hop_length=512,
                    )
                    for start in starts
                ]
            )
        )
    return np.concatenate(songs)


def ours(paths, n_jobs=None):
    """The same by this package."""
    windows = FrameWindower().fit_transform(paths)
    featurizer = MFCCFeaturizer(n_fft=1024, summary=None, n_jobs=n_jobs)
    return featurizer.fit_transform(windows).values


def decode(paths):
    """No features at all: what no extractor on these decoders can go below."""
    for path in paths:
        y, rate = soundfile.read(path, dtype="float32", always_2d=True)
        y = y[:, 0] + y[:, 1]
        y *= np.float32(0.5)
        if rate != SAMPLE_RATE:
            soxr.resample(y, rate, SAMPLE_RATE, quality="HQ")


def compare(paths, repeats):
    """Time the contenders on the files of one format."""
    difference = float(np.abs(ours(paths) - loop(paths)).max())
    if difference > TOLERANCE:
        raise AssertionError(f"MFCCs differ from the loop's by {difference:.2e}.")
    contenders = {"loop": loop, "ours": ours, "decode": decode}
    seconds = {name: [] for name in contenders}
    for _ in range(repeats):
        for name, contender in contenders.items():
            start = time.perf_counter()
            contender(paths)
            seconds[name].append((time.perf_counter() - start) / len(paths))
    median = {name: float(np.median(times)) for name, times in seconds.items()}
    return {
        "difference": difference,
        "median_seconds_per_song": median,
        "seconds_per_song": seconds,
        "ratios": {
            "loop / ours": median["loop"] / median["ours"],
            "ours / decode": median["ours"] / median["decode"],
        },
    }


def compare_jobs(paths, repeats):
    """Time one job beside two, and check that all give the same bits."""
    seconds = {name: [] for name in BACKENDS}
    expected = ours(paths)
    for turn in range(repeats + 1):
        for name, (backend, n_jobs) in BACKENDS.items():
            with joblib.parallel_config(backend=backend, n_jobs=n_jobs):
                start = time.perf_counter()
                features = ours(paths)
                taken = time.perf_counter() - start
            if not np.array_equal(features, expected):
                raise AssertionError(f"{name} give other features than one job.")
            if turn:  # the first starts the workers
                seconds[name].append(taken)
    # The parameter of the featurizer in the place of the context.
    if not np.array_equal(ours(paths, n_jobs=2), expected):
        raise AssertionError("n_jobs=2 gives other features than one job.")
    median = {name: float(np.median(times)) for name, times in seconds.items()}
    return {
        "n_songs": len(paths),
        "median_seconds": median,
        "seconds": seconds,
        "ratios": {name: median["1 job"] / median[name] for name in list(BACKENDS)[1:]},
    }


if __name__ == "__main__":
    main()
