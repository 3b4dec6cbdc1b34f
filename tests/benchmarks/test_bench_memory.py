from pathlib import Path

import bench_memory
import numpy as np
import pytest
import soundfile

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="Linux"
)


@pytest.fixture
def paths(tmp_path):
    rng = np.random.default_rng(0)
    paths = [str(tmp_path / f"{i}.wav") for i in range(6)]
    for path in paths:
        soundfile.write(path, 0.1 * rng.normal(size=6 * 22_050), 22_050)
    return paths


@pytest.mark.parametrize("in_a_file", [False, True])
def test_many_songs(paths, tmp_path, in_a_file):
    output = tmp_path / "features.npy" if in_a_file else None
    report = bench_memory.many_songs(paths, output, 1)
    # One window of 13 x 216 float32 for each song.
    mib = 6 * 13 * 216 * 4 / 2**20
    assert report["features_mib"] == mib
    assert report["features_in"] == ("a file" if in_a_file else "memory")
    beyond = report["peak_mib"] - report["above_features_mib"]
    assert beyond == pytest.approx(0 if in_a_file else mib)


def test_one_long_song(paths):
    report = bench_memory.one_long_song(paths, paths[0])
    assert report["hours"] == 6 / 3600
    assert report["file"] == "WAV 22050 Hz 1 channels"
    assert report["windows"] == 1
    assert sum(report["proba"]) == pytest.approx(1)
