"""Runs that are killed, and runs side by side."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import joblib
import numpy as np
import pytest

from skgenre import FrameWindower, FunctionFeaturizer, SongWindows

pytestmark = pytest.mark.slow

N_SONGS = 60
SECONDS = 0.03


class Slow:
    """Loudness of each window, after a while, with a line in a file before it."""

    def __init__(self, log):
        self.log = log

    def __call__(self, windows):
        with Path(self.log).open("a") as file:
            file.write(f"{joblib.hash(windows)}\n")
        time.sleep(SECONDS)
        return np.abs(windows).mean(axis=1, keepdims=True)


RUN = """
import sys
from skgenre import FrameWindower, FunctionFeaturizer
sys.path.insert(0, {tests!r})
from test_resume import Slow, noises
folder = {folder!r}
if __name__ == "__main__":
    featurizer = FunctionFeaturizer(
        Slow(folder + "/log"), memory=folder + "/cache", output={output!r}, n_jobs=2
    )
    featurizer.fit_transform(FrameWindower(0.5).fit_transform(noises()))
"""


def noises():
    """Return N_SONGS short songs, the same every time."""
    rng = np.random.default_rng(0)
    return [rng.normal(size=22_050).astype(np.float32) for _ in range(N_SONGS)]


def start(folder, output):
    script = folder / f"run_{output.stem}.py"
    tests = str(Path(__file__).parent)
    script.write_text(RUN.format(tests=tests, folder=str(folder), output=str(output)))
    return subprocess.Popen(
        [sys.executable, script], stderr=subprocess.PIPE, start_new_session=True
    )


def log_of(folder):
    log = folder / "log"
    return Counter(log.read_text().splitlines()) if log.exists() else Counter()


def expected(folder):
    featurizer = FunctionFeaturizer(Slow(folder / "other_log"))
    return featurizer.fit_transform(FrameWindower(0.5).fit_transform(noises()))


def test_a_killed_run_goes_on_where_it_was(tmp_path):
    rng = random.Random(0)
    output = tmp_path / "features.npy"
    kills = 0
    while kills < 4:
        before = sum(log_of(tmp_path).values())
        run = start(tmp_path, output)
        # Some songs into the run, at whatever moment that is.
        wanted = rng.randrange(3, 12)
        while sum(log_of(tmp_path).values()) < before + wanted:
            assert run.poll() is None, run.stderr.read().decode()
            time.sleep(0.001)
        time.sleep(rng.random() * SECONDS)
        os.killpg(run.pid, signal.SIGKILL)
        run.communicate()
        kills += 1
        assert not output.exists()
    last = start(tmp_path, output)
    _, errors = last.communicate()
    assert last.returncode == 0, errors.decode()
    counts = log_of(tmp_path)
    (_, n_probes), *songs = counts.most_common()
    assert n_probes == kills + 1  # fit tries the function once a run
    assert len(songs) == N_SONGS
    # A kill costs no more than the two songs that were being worked on.
    assert sum(n for _, n in songs) <= N_SONGS + 2 * kills
    assert SongWindows.open(output) == expected(tmp_path)


def test_two_runs_share_a_cache(tmp_path):
    outputs = [tmp_path / "one.npy", tmp_path / "two.npy"]
    runs = [start(tmp_path, output) for output in outputs]
    for run in runs:
        _, errors = run.communicate()
        assert run.returncode == 0, errors.decode()
        assert errors == b""
    for output in outputs:
        assert SongWindows.open(output) == expected(tmp_path)
    # Most songs were worked on once: what one run had finished, the other took.
    assert sum(log_of(tmp_path).values()) < 2 + 2 * N_SONGS
