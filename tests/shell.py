"""The command line as a user runs it, and short songs to run it on."""

import numpy as np
import soundfile

from skgenre.cli import main

FILES = [
    "comparison.json",
    "confusion.png",
    "predictions.csv",
    "timeline.png",
    "votings.png",
]


def write_song(path, frequency, *, seconds=2.0, rate=8000, seed=0):
    # Each frequency with noise of its own: songs of the same noise are copies.
    rng = np.random.default_rng([seed, round(frequency)])
    n_samples = int(seconds * rate)
    y = 0.3 * np.sin(2 * np.pi * frequency * np.arange(n_samples) / rate)
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, y + 0.05 * rng.normal(size=n_samples), rate)


def evaluate(folder, out, *more):
    audio = ["--window", "0.5", "--sample-rate", "8000", "--jobs", "1"]
    return main(["evaluate", str(folder), "--out", str(out), *audio, *more])


def one_line(capsys):
    err = capsys.readouterr().err
    assert err.startswith("Error: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    return err
