"""The real recordings that the benchmarks run on, and what they ran with.

Not part of the project: pass the folder as --data DIR or in SKGENRE_DATA.
"""

import argparse
import json
import os
import platform
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import librosa
import numpy as np
import pandas as pd
import soundfile
from threadpoolctl import threadpool_limits

RESULTS = Path(__file__).parent / "results"
PACKAGES = ("skgenre", "scikit-learn", "numpy", "scipy", "librosa", "soundfile", "soxr")


def arguments(description, more=None, **defaults):
    """Read --data, --out, --cache and `more` options; one thread from here."""
    threadpool_limits(1)
    parser = argparse.ArgumentParser(description=description)
    for name, settings in (more or {}).items():
        parser.add_argument(name, **settings)
    parser.add_argument("--data", default=os.environ.get("SKGENRE_DATA"), type=Path)
    parser.add_argument("--out", default=None, type=Path, help="write the JSON here")
    parser.add_argument("--cache", default=None, help="keep features in this folder")
    parser.set_defaults(**defaults)
    options = parser.parse_args()
    if options.data is None:
        parser.error("say where the recordings are: --data DIR, or SKGENRE_DATA")
    return options


def load_gtzan3(folder):
    """195 songs of three genres; no artist is on both sides of the split."""
    folder = Path(folder) / "gtzan3"
    table = pd.read_csv(folder / "songs.csv")
    artist = table["artist"].fillna("unknown of " + table["song"])
    return SimpleNamespace(
        folder=folder,
        songs=table["song"].to_numpy(dtype=str),
        paths=[str(folder / path) for path in table["path"]],
        y=table["genre"].to_numpy(dtype=str),
        artists=artist.to_numpy(dtype=str),
        train=np.flatnonzero(table["split"] == "train"),
        valid=np.flatnonzero(table["split"] == "valid"),
    )


def load_esc10(folder):
    """400 clips of ten classes; clips of one recording are in one official fold."""
    folder = Path(folder) / "esc10"
    table = pd.read_csv(folder / "clips.csv")
    fold = table["fold"].to_numpy()
    return SimpleNamespace(
        folder=folder,
        paths=[str(folder / path) for path in table["path"]],
        y=table["label"].to_numpy(dtype=str),
        fold=fold,
        splits=[
            (np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(1, 6)
        ],
        sources=table["source"].to_numpy(),
    )


def make_minutes(data, folder, n_files, suffix="ogg", rate=44_100):
    """Write stereo songs of one minute, each of two real clips; return their paths."""
    paths = []
    clips = load_gtzan3(data).paths
    for i in range(n_files):
        halves = [librosa.load(clip, sr=rate)[0] for clip in clips[2 * i : 2 * i + 2]]
        y = np.resize(np.concatenate(halves), 60 * rate)
        path = Path(folder) / f"{i:04}.{suffix}"
        with soundfile.SoundFile(path, "w", rate, 2) as file:
            # In pieces: libsndfile's ogg encoder takes no whole songs.
            for part in np.split(y, 60):
                file.write(np.column_stack([part, 0.5 * part]))
        paths.append(str(path))
    return paths


def environment(*packages):
    """Versions and machine, to be written beside every result."""
    return {
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        **{name: version(name) for name in (*PACKAGES, *packages)},
    }


def write(report, path):
    """Write a report and say where."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=1) + "\n")
    print(f"\nWritten to {path.name}")
