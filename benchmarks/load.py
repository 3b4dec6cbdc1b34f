"""Much at once, and for long: seconds and memory that it takes.

- songs: 100,000 songs through a pipeline of windows, MFCC statistics and voting: fitted
  step by step, the voting cross-validated on their features, and all judged from their
  files. They are 50 files of a second of synthetic sound under repeated names; each is
  read every time.
- windows: one fit on 1,000,000 windows of 20 features, and their verdicts.
- hours: one file of 8 hours, cut, described and judged.
- mixed: half an hour of training, prediction, cross-validation, explanation, saving,
  loading and searching on two workers, with memory, open files and threads of this
  process and all below it looked at after each round. A straight line through the
  memory after a warm-up tells whether it grows.

Each part runs in a process of its own. Memory is the highest resident set beyond what
the process took before; of "mixed" all processes together.

    python benchmarks/load.py [--parts songs windows hours mixed] [--minutes 30]
"""

import json
import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import soundfile
from bench_memory import alone, one_long_song
from data import repeated
from joblib.externals.loky import get_reusable_executor
from measure import MEBI, Peak, arguments, result_path, write
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre import (
    FrameWindower,
    GroupVotingClassifier,
    MFCCFeaturizer,
    SongWindows,
    load_model,
    predict_table,
    recipes,
    save_model,
)
from skgenre.voting import explain

PARTS = ("songs", "windows", "hours", "mixed")
RATE = 22050
N_FILES = 50
# Of the mixed run: what compiles, fills caches and starts workers is no growth.
WARM_UP = 0.25


def main():
    """Run the parts that are asked for, and put them beside what is there."""
    options = arguments(
        __doc__,
        recordings=False,
        parts=(PARTS, "which"),
        songs=(100_000, "how many"),
        windows=(1_000_000, "how many"),
        hours=(8.0, "of the long file"),
        minutes=(30.0, "of mixed work"),
    )
    path = result_path(options.out, "load")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = write_songs(folder)
        run = {
            "songs": lambda: alone(many_songs, repeated(files, options.songs)),
            "windows": lambda: alone(many_windows, options.windows),
            "hours": lambda: alone(long_song, files, folder, options.hours),
            "mixed": lambda: alone(mixed_work, files, folder, options.minutes),
        }
        for part in options.parts:
            measured = run[part]()
            write({**earlier(path), part: measured}, path, packages=["joblib"])


def earlier(path):
    """Parts that were measured before."""
    if not path.exists():
        return {}
    found = json.loads(path.read_text())
    return {part: found[part] for part in PARTS if part in found}


def write_songs(folder, n_files=N_FILES):
    """Write a second of sound so many times, of two kinds in turn: paths."""
    rng = np.random.default_rng(0)
    paths = [str(folder / f"{i:02}.wav") for i in range(n_files)]
    for i, path in enumerate(paths):
        time_ = np.arange(RATE + 10 * i) / RATE
        tone = 0.3 * np.sin(2 * np.pi * (220 + 20 * i) * time_)
        noise = rng.normal(size=len(time_))
        soundfile.write(path, tone + (0.02 + 0.1 * (i % 2)) * noise, RATE)
    return paths


def labels_of(paths):
    """Labels of `write_songs`' kinds, by the names of files."""
    return np.array(["clear", "noisy"])[[int(Path(path).stem) % 2 for path in paths]]


def pipeline(**featurizer):
    """Windows of half a second, MFCC statistics, logistic regression, voting."""
    return make_pipeline(
        FrameWindower(0.5),
        MFCCFeaturizer(summary=("mean", "std"), **featurizer),
        GroupVotingClassifier(
            make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
        ),
    )


# -- parts ----------------------------------------------------------------------------


def many_songs(songs):
    """Fit step by step, cross-validate the last step, predict from files."""
    y = labels_of(songs)
    model = pipeline().fit(songs[:N_FILES], y[:N_FILES])  # compiles
    with Peak() as features:
        X = model[:2].fit_transform(songs)
    with Peak() as fit:
        model[-1].fit(X, y)
    with Peak() as cross_validation:
        scores = cross_val_score(model[-1], X, y, cv=3)
    with Peak() as predict:
        right = float((model.predict(songs) == y).mean())
    return {
        "n_songs": len(songs),
        "n_windows": X.n_windows,
        "right": right,
        "scores": scores.tolist(),
        "features": figures(features),
        "fit": figures(fit),
        "cross_validation": figures(cross_validation),
        "predict": figures(predict),
    }


def many_windows(n_windows, per_song=20, n_features=20):
    """Fit on windows at hand, and judge their songs."""
    rng = np.random.default_rng(0)
    n_songs = n_windows // per_song
    y = np.arange(n_songs) % 4
    values = rng.normal(size=(n_songs * per_song, n_features)).astype(np.float32)
    values[:, :4] += 0.5 * np.eye(4, dtype=np.float32)[np.repeat(y, per_song)]
    X = SongWindows(values, np.full(n_songs, per_song))
    model = GroupVotingClassifier(LogisticRegression(), voting="naive_bayes")
    model.fit(X[:100], y[:100])
    with Peak() as fit:
        model.fit(X, y)
    with Peak() as predict:
        right = float((model.predict(X) == y).mean())
    return {
        "n_windows": X.n_windows,
        "n_songs": n_songs,
        "n_features": n_features,
        "windows_mib": values.nbytes / MEBI,
        "right": right,
        "fit": figures(fit),
        "predict": figures(predict),
    }


def long_song(files, folder, hours):
    """Write a file of hours, and judge it."""
    minute = np.resize(soundfile.read(files[1])[0], 60 * RATE)
    path = folder / "long.flac"
    with soundfile.SoundFile(path, "w", RATE, 1) as file:
        for _ in range(round(60 * hours)):
            file.write(minute)
    report = one_long_song(six_seconds(files, folder), str(path))
    path.unlink()
    return report


def six_seconds(files, folder):
    """Write six songs that fill a window of 5 s."""
    paths = [str(folder / f"{i}_long.wav") for i in range(6)]
    for source, path in zip(files, paths, strict=False):
        soundfile.write(path, np.resize(soundfile.read(source)[0], 6 * RATE), RATE)
    return paths


def figures(peak):
    """Seconds and memory of a step."""
    return {"seconds": peak.seconds, "peak_mib": peak.bytes / MEBI}


# -- mixed work -----------------------------------------------------------------------


def mixed_work(files, folder, minutes):
    """Do everything again and again, and look at memory after each round."""
    folder = folder / "mixed"
    folder.mkdir()
    rng = np.random.default_rng(0)
    steps = (train, predict, cross_validate, explained, kept, searched)
    samples = []
    start = time.monotonic()
    model = recipes.baseline(window_seconds=0.5)
    while (elapsed := time.monotonic() - start) < 60 * minutes:
        songs = rng.choice(files, size=40)
        for step in steps:
            model = step(model, [str(song) for song in songs], folder)
        samples.append(usage(elapsed))
        if len(samples) % 20 == 1:
            print(samples[-1], flush=True)
    # The end of this process would wait until its workers are idle for long.
    get_reusable_executor().shutdown(wait=True)
    return trend(samples)


def train(model, songs, folder):
    """Fit a recipe with a cache on two workers."""
    del model
    fresh = recipes.baseline(window_seconds=0.5, memory=str(folder / "c"), n_jobs=2)
    return fresh.fit(songs, labels_of(songs))


def predict(model, songs, folder):
    """Write a table of verdicts."""
    predict_table(model, sorted(set(songs)), out=folder / "verdicts.csv")
    return model


def cross_validate(model, songs, folder):
    """Cross-validate in two processes, features computed anew."""
    del folder
    cross_val_score(pipeline(), songs, labels_of(songs), cv=2, n_jobs=2)
    return model


def explained(model, songs, folder):
    """Explain verdicts."""
    del folder
    explain(model, songs)
    return model


def kept(model, songs, folder):
    """Save and load."""
    del songs
    save_model(model, folder / "model.skgenre")
    return load_model(folder / "model.skgenre")


def searched(model, songs, folder):
    """Search over votings with a cache in two processes."""
    grid = {"groupvotingclassifier__voting": ["mean", "majority", "naive_bayes"]}
    search = GridSearchCV(pipeline(memory=str(folder / "c")), grid, cv=2, n_jobs=2)
    search.fit(songs, labels_of(songs))
    return model


def usage(seconds):
    """Memory, open files and threads of this process and of all below it."""
    own = os.getpid()
    below = [pid for pid in descendants(own) if pid != own]
    found = [of_process(pid) for pid in below]
    mine = of_process(own)
    return {
        "seconds": seconds,
        "own_mib": mine[0],
        "children_mib": sum(memory for memory, _, _ in found),
        "n_children": len(below),
        "open_files": mine[1] + sum(files for _, files, _ in found),
        "threads": mine[2] + sum(threads for _, _, threads in found),
    }


def of_process(pid):
    """Resident memory in MiB, open files and threads; nothing of one that ended."""
    with suppress(OSError):
        status = Path(f"/proc/{pid}/status").read_text().splitlines()
        fields = dict(line.split(":", 1) for line in status)
        files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
        memory = int(fields.get("VmRSS", "0").split()[0]) / 1024
        return memory, files, int(fields["Threads"])
    return 0.0, 0, 0


def descendants(pid):
    """A process and all below it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in task.read_text().split():
                found += descendants(int(child))
    return found


def trend(samples):
    """Sum up samples: what was reached after the warm-up, and how it changes."""
    last = samples[-1]["seconds"]
    steady = [sample for sample in samples if sample["seconds"] >= WARM_UP * last]
    hours = np.array([sample["seconds"] for sample in steady]) / 3600
    report = {
        "minutes": last / 60,
        "rounds": len(samples),
        "most_children": max(sample["n_children"] for sample in samples),
    }
    for name in ("own_mib", "children_mib", "open_files", "threads"):
        values = np.array([sample[name] for sample in steady], float)
        slope = np.polyfit(hours, values, 1)[0] if len(set(hours)) > 1 else 0.0
        thirds = np.array_split(values, min(3, len(values)))
        report[name] = {
            "first_third": float(np.median(thirds[0])),
            "last_third": float(np.median(thirds[-1])),
            "most": float(values.max()),
            "per_hour": float(slope),
        }
    every = max(1, len(samples) // 60)
    report["samples"] = samples[::every]
    return report


if __name__ == "__main__":
    main()
