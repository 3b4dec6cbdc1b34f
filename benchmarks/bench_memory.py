"""Memory of extraction: 2,000 one-minute songs, and one of three hours.

Run ``python benchmarks/bench_memory.py --data DIR``. Each part runs in a process of its
own. Counted is the highest resident memory, beyond what the process took after one
song, less the features themselves.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from _data import RESULTS, arguments, environment, make_minutes, write

MEBI = 2**20
PEAK = "VmHWM"


def memory(field):
    """Return one line of /proc/self/status in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024
    raise KeyError(field)


class Peak:
    """The highest resident memory of a block, beyond what was there before."""

    def __enter__(self):
        self.before = memory("VmRSS")
        Path("/proc/self/clear_refs").write_text("5")  # resets the peak
        self.start = time.perf_counter()
        return self

    def __exit__(self, *exception):
        self.bytes = memory(PEAK) - self.before
        self.seconds = time.perf_counter() - self.start


def make_hours(minute, path, n_minutes):
    """Write one file in which a minute comes again and again, with another gain."""
    import soundfile

    y, rate = soundfile.read(minute, dtype="float32")
    with soundfile.SoundFile(path, "w", rate, y.shape[1]) as file:
        for i in range(n_minutes):
            file.write(y * (0.5 + 0.5 * i / n_minutes))


def part_songs(paths, output, n_jobs):
    """Extract features of many songs."""
    from skgenre import FrameWindower, MFCCFeaturizer

    windower = FrameWindower()
    featurizer = MFCCFeaturizer(output=output or None, n_jobs=n_jobs)
    featurizer.fit_transform(windower.fit_transform(paths[:2]))
    with Peak() as peak:
        features = featurizer.fit_transform(windower.fit_transform(paths))
    in_memory = 0 if output else features.values.nbytes
    return {
        "n_songs": len(paths),
        "n_jobs": n_jobs,
        "features_mib": features.values.nbytes / MEBI,
        "features_in": "a file" if output else "memory",
        "peak_mib": peak.bytes / MEBI,
        "above_features_mib": (peak.bytes - in_memory) / MEBI,
        "seconds": peak.seconds,
    }


def part_hours(paths, path):
    """Window, featurise and predict one long file."""
    import soundfile
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from skgenre import FrameWindower, GroupVotingClassifier, MFCCFeaturizer

    model = make_pipeline(
        FrameWindower(),
        MFCCFeaturizer(summary=("mean", "std")),
        GroupVotingClassifier(make_pipeline(StandardScaler(), LogisticRegression())),
    ).fit(paths[:6], ["a", "b"] * 3)
    with Peak() as peak:
        proba = model.predict_proba([path])
    info = soundfile.info(path)
    return {
        "hours": info.duration / 3600,
        "file": f"{info.format} {info.samplerate} Hz {info.channels} channels",
        "samples_mib": info.duration * 22_050 * 4 / MEBI,
        "windows": model[:2].transform([path]).n_windows,
        "proba": proba[0].tolist(),
        "peak_mib": peak.bytes / MEBI,
        "seconds": peak.seconds,
    }


def in_process(name, *args):
    """Run a part in a process of its own."""
    command = [sys.executable, __file__, "--part", name, json.dumps(args)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    result = json.loads(done.stdout.splitlines()[-1])
    print(name, result)
    return result


def main():
    """Make the files, run the parts, write the result."""
    if "--part" in sys.argv:
        at = sys.argv.index("--part")
        name, args = sys.argv[at + 1 : at + 3]
        print(json.dumps(globals()[f"part_{name}"](*json.loads(args))))
        return
    options = arguments(
        __doc__.splitlines()[0],
        {
            "--songs": {"default": 2000, "type": int, "help": "how many"},
            "--hours": {"default": 3.0, "type": float, "help": "of the long file"},
        },
        out=RESULTS / "bench_memory.json",
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        minutes = make_minutes(options.data, folder, 20, "flac", 22_050)
        songs = (minutes * (options.songs // 20 + 1))[: options.songs]
        long = folder / "long.flac"
        make_hours(minutes[0], long, round(60 * options.hours))
        report = {
            "songs": in_process("songs", songs, "", 1),
            "songs_two_jobs": in_process("songs", songs, "", 2),
            "songs_in_a_file": in_process("songs", songs, str(folder / "f.npy"), 1),
            "hours": in_process("hours", minutes, str(long)),
        }
    write({**report, "environment": environment()}, options.out)


if __name__ == "__main__":
    main()
