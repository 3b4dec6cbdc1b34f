"""From the path of a song to the MFCCs of its windows, beside librosa.

Real songs of 30 s are joined to stereo minutes and written as wav, flac, ogg and mp3
at 44.1 and 22.05 kHz in a temporary folder. Contenders, one thread each, in turns:

- loop: `librosa.load(path, sr=22050)`, then `librosa.feature.mfcc` of each window;
- ours: `FrameWindower` and `MFCCFeaturizer(n_fft=1024, summary=None)`;
- decode: soundfile and soxr alone, to mono at 22,050 Hz, whole files at once.

Features are checked to agree before. Then one job beside two on threads, over all the
files, and processes and threads checked to give the same bits.

Another part, ``isolate``: ours beside ours with files decoded in a process of its own
(`FrameWindower(isolate=True)`), minutes and the first five seconds of each, checked to
give the same bits; and what it takes to start that process.

    python benchmarks/bench_audio.py --data DIR [--out DIR or FILE] [--minutes 3]
        [--parts features isolate]
"""

import tempfile
from functools import partial
from pathlib import Path

import data
import joblib
import librosa
import numpy as np
import soundfile
import soxr
from measure import (
    arguments,
    differences,
    medians,
    ratios,
    result_path,
    take_turns,
    timed,
    walls,
    write,
)

from skgenre import FrameWindower, MFCCFeaturizer
from skgenre.audio import _isolated

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
        __doc__,
        minutes=(3, "songs of each format"),
        repeats=(5, "turns"),
        parts=(("features", "isolate"), "what is measured, each into a file"),
    )
    measured = {"minutes": options.minutes, "repeats": options.repeats}
    with tempfile.TemporaryDirectory() as folder:
        files = data.write_formats(
            options.data, folder, options.minutes, formats=FORMATS, rates=RATES
        )
        if "features" in options.parts:
            report = {**measured, **from_files(files, options)}
            path = result_path(options.out, "bench_audio", part="features")
            write(report, path, packages=["joblib", "numba"])
        if "isolate" in options.parts:
            report = {**measured, **in_isolation(files, options.repeats)}
            path = result_path(options.out, "bench_audio_isolate", part="isolate")
            write(report, path, packages=["joblib", "numba"])


def from_files(files, options):
    """Compare contenders on each format, and one job with two."""
    results = {
        f"{kind} {rate / 1000:g} kHz": compare(kind, rate, paths, options.repeats)
        for (kind, rate), paths in files.items()
    }
    paths = [path for of_kind in files.values() for path in of_kind]
    return {"results": results, "jobs": compare_jobs(paths, options)}


def loop(paths):
    """What the answer on the web does."""
    return np.concatenate([loop_of_song(path) for path in paths])


def loop_of_song(path):
    """Load a song; call librosa on each of its windows."""
    y, _ = librosa.load(path, sr=SAMPLE_RATE)
    windows = [y[i : i + WINDOW] for i in range(0, len(y) - WINDOW + 1, HOP)]
    settings = {"sr": SAMPLE_RATE, "n_mfcc": 13, "n_fft": 1024, "hop_length": 512}
    return np.array([librosa.feature.mfcc(y=window, **settings) for window in windows])


def ours(paths, n_jobs=None, *, isolate=False):
    """The same by this package."""
    windows = FrameWindower(isolate=isolate).fit_transform(paths)
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


def compare(kind, rate, paths, repeats):
    """Check and time the contenders on the files of one format."""
    found = differences(
        {"loop": loop, "ours": ours},
        "loop",
        tolerances={"loop": 0.0, "ours": TOLERANCE},
        inputs=[(paths,)],
    )
    contenders = {"loop": loop, "ours": ours, "decode": decode}
    turns = take_turns(contenders, repeats, inputs=[(paths,)])
    per_song = {
        name: [seconds / len(paths) for seconds in of_turns]
        for name, of_turns in walls(turns).items()
    }
    median = {name: float(np.median(seconds)) for name, seconds in per_song.items()}
    pairs = {"loop / ours": ("loop", "ours"), "ours / decode": ("ours", "decode")}
    result = {
        "difference": found["ours"],
        "median_seconds_per_song": median,
        "seconds_per_song": per_song,
        "ratios": ratios(median, pairs),
    }
    shown = "  ".join(f"{name} {r:.2f}" for name, r in result["ratios"].items())
    print(f"{kind} {rate}: {shown}  differs by {found['ours']:.1e}", flush=True)
    return result


def compare_jobs(paths, options):
    """Time one job beside two, and check that all give the same bits."""
    expected = ours(paths)

    def check(name, features):
        if not np.array_equal(features, expected):
            raise ValueError(f"Got other features from {name} than from one job.")

    contenders = {name: partial(with_jobs, *BACKENDS[name], paths) for name in BACKENDS}
    # The first turn starts the workers.
    turns = take_turns(contenders, options.repeats, warm_up=1, check=check)
    # The parameter of the featurizer in the place of the context.
    check("n_jobs=2", ours(paths, n_jobs=2))
    median = medians(turns)
    result = {
        "n_songs": len(paths),
        "median_seconds": median,
        "seconds": walls(turns),
        "ratios": ratios(median, {n: ("1 job", n) for n in BACKENDS if n != "1 job"}),
    }
    print(f"jobs over {len(paths)} songs: {result['ratios']}")
    return result


def with_jobs(backend, n_jobs, paths):
    """Compute in so many threads or processes."""
    with joblib.parallel_config(backend=backend, n_jobs=n_jobs):
        return ours(paths)


def in_isolation(files, repeats):
    """Compare songs decoded here with songs decoded in another process."""
    start = [seconds_of_a_start(paths[0]) for paths in files.values()]
    results = {}
    for (kind, rate), paths in files.items():
        if rate == RATES[0]:
            results[f"{kind}, a minute"] = compare_isolated(paths, repeats)
            clips = [clip_of(path) for path in paths]
            results[f"{kind}, five seconds"] = compare_isolated(clips, repeats)
    for kind, result in results.items():
        print(f"{kind}: isolated {result['ratio']:.2f} times as long", flush=True)
    return {"results": results, "seconds_of_a_start": start}


def compare_isolated(paths, repeats):
    """Check that both give the same bits; time them."""
    expected = ours(paths)

    def check(name, features):
        if not np.array_equal(features, expected):
            raise ValueError(f"Got other features of the contender {name}.")

    contenders = {
        "here": partial(ours, paths),
        "isolated": partial(ours, paths, isolate=True),
    }
    # The first turn starts the process.
    turns = take_turns(contenders, repeats, warm_up=1, check=check)
    per_song = {name: seconds / len(paths) for name, seconds in medians(turns).items()}
    return {
        "median_seconds_per_song": per_song,
        "ratio": per_song["isolated"] / per_song["here"],
    }


def clip_of(path):
    """Write the first five seconds of a file beside it."""
    path = Path(path)
    y, rate = soundfile.read(path, frames=5 * soundfile.info(path).samplerate)
    clip = path.with_stem(f"{path.stem} clip")
    soundfile.write(clip, y, rate)
    return str(clip)


def seconds_of_a_start(path):
    """Time from no process to the header of a file."""
    while _isolated._FREE:
        _isolated._FREE.pop().end()
    sound, taken = timed(_isolated.IsolatedSound, Path(path))
    sound.close()
    return taken.wall


if __name__ == "__main__":
    main()
