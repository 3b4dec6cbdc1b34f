import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
pytestmark = pytest.mark.skipif(
    not hasattr(os, "fork") or not Path("/proc/self/stat").exists(),
    reason="forks, and reads /proc",
)


def report_of(tmp_path, *options):
    """What the script finds: in a process of its own, as it forks."""
    out = tmp_path / "faults.json"
    command = [sys.executable, FOLDER / "faults.py", "--out", out, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    report = json.loads(out.read_text())
    assert report["faults"] == dict.fromkeys(report["faults"], 0), done.stdout
    return report


def test_a_few_kills_cost_nothing(tmp_path):
    kinds = ("features, threads, cache, output", "verdicts", "saving")
    few = ["--kills", "6", "--trials", "0", "--songs", "40"]
    report = report_of(tmp_path, *few, "--kinds", *kinds)
    assert report["kills"] == 6
    assert set(report["runs"]) == set(kinds)
    assert sum(report["signals"].values()) == 6


@pytest.mark.slow
def test_kills_and_scenes(tmp_path):
    options = ["--kills", "16", "--trials", "1", "--songs", "40", "--seed", "1"]
    # Workers take seconds to start, so not all kinds with processes.
    kinds = [
        "features, threads",
        "features, threads, cache, output",
        "features, processes, cache, output",
        "verdicts",
        "training, cache",
        "saving",
    ]
    report = report_of(tmp_path, *options, "--kinds", *kinds)
    assert report["kills"] == 16
    scenes = report["scenes"]
    killed = scenes["a worker of joblib is killed"]
    # None if the run was faster.
    assert killed.get("ended with an error") == killed.get("that says so")
    assert not killed.get("hangs")
    assert not killed.get("other results")
    both = scenes["two runs, one cache and one output"]
    assert both == {"trials": 2, "orphans": 0, "other results": 0, "parts": 0}
    times = scenes["times of files"]
    assert times.pop("other results") == 0
    n_songs = times.pop("songs")
    # Another time is another song; the same again is in the cache, whatever the clock.
    assert list(times.values()) == [n_songs, 0] * 4
    assert set(scenes["songs that change"].values()) == {1}


BROKEN = """
import json, signal, sys, time
from pathlib import Path
import faults

def broken(songs, models):
    with Path("result.csv").open("a") as file:
        for i in range(100):
            file.write(f"{i}\\n")
            file.flush()
            time.sleep(0.003)
    Path("left.part").touch()

def stubborn(songs, models):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Path("result.csv").write_text("whole")
    time.sleep(0.3)

faults.KINDS = {"broken": broken, "stubborn": stubborn}
report = faults.run(
    Path(sys.argv[1]), 8, 0, 0, kinds=("broken", "stubborn"), n_songs=20
)
print(json.dumps(report["runs"]))
"""


@pytest.mark.slow
def test_what_is_wrong_is_counted(tmp_path):
    command = [sys.executable, "-c", BROKEN, tmp_path]
    paths = os.pathsep.join([*sys.path, str(FOLDER)])
    environment = {**os.environ, "PYTHONPATH": paths}
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True
    )
    runs = json.loads(done.stdout.splitlines()[-1])
    broken, stubborn = runs["broken"], runs["stubborn"]
    assert broken["kills"] == stubborn["kills"] == 4
    assert broken["halves"] >= 3
    # A run that came to its end before the signal is right.
    assert 1 <= broken["parts"] <= broken["rounds"]
    assert 1 <= broken["other results"] <= broken["rounds"]
    assert "other results" not in {k for k, n in stubborn.items() if n}
    assert stubborn["went on"] >= stubborn["SIGINT"] > 0
