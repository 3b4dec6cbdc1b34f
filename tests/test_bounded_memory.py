"""Long files and many songs take no more memory than short and few."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not Path("/proc/self/clear_refs").exists(), reason="reads memory from /proc"
    ),
]

RUN = """
import json, sys
from pathlib import Path
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from skgenre import FrameWindower, GroupVotingClassifier, MFCCFeaturizer

def memory(field):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024

def peak_of(function, *args):
    before = memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    result = function(*args)
    return memory("VmHWM") - before, result

short, long, output = sys.argv[1:]
windower = FrameWindower()
features = MFCCFeaturizer(summary=("mean", "std"))
model = make_pipeline(windower, features, GroupVotingClassifier(LogisticRegression()))
model.fit([short] * 4, ["a", "b"] * 2)
hours, proba = peak_of(model.predict_proba, [long])
big = MFCCFeaturizer().fit(windower.fit_transform([short]))
many = windower.fit_transform([short] * 400)
songs, X = peak_of(big.transform, many)
stored, _ = peak_of(big.set_params(output=output).transform, many)
print(json.dumps({
    "hours": hours, "proba": proba.sum(), "songs": songs, "stored": stored,
    "features": X.values.nbytes / 2**20,
}))
"""


def test_peak_memory(tmp_path):
    rng = np.random.default_rng(0)
    minute = rng.integers(-9000, 9000, size=22_050 * 60, dtype=np.int16)
    paths = [tmp_path / "short.wav", tmp_path / "long.wav"]
    for path, n_minutes in zip(paths, (1, 180), strict=True):
        with soundfile.SoundFile(path, "w", 22_050, 1) as file:
            for _ in range(n_minutes):
                file.write(minute)
    done = subprocess.run(
        [sys.executable, "-c", RUN, *map(str, paths), str(tmp_path / "features.npy")],
        check=True,
        capture_output=True,
        text=True,
    )
    peak = json.loads(done.stdout.splitlines()[-1])  # MiB
    assert peak["proba"] == pytest.approx(1)
    # Its samples alone are 908 MiB, its windows twice that.
    assert peak["hours"] < 150
    assert peak["features"] > 90
    assert peak["songs"] - peak["features"] < 60
    assert peak["stored"] < 60


READERS = {
    "survey_songs",
    "survey_songs of headers",
    "find_duplicates",
    "predict_table",
    "report",
    "review_songs",
}


def test_headers_cost_no_more_than_songs_do(tmp_path):
    script = Path(__file__).parent / "hostile_songs.py"
    done = subprocess.run(
        [sys.executable, script, tmp_path], check=True, capture_output=True, text=True
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert {line["reader"] for line in lines} == READERS
    assert len(lines) >= 14 * len(READERS)
    for line in lines:
        assert line["equal"], line  # the good songs beside it
        assert line["mb"] < 200, line
        assert line["seconds"] < 60, line
