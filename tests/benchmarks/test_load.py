import json
import multiprocessing
import os
import time
from pathlib import Path

import load
import numpy as np
import pytest

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="reads memory from /proc"
)


@pytest.fixture
def files(tmp_path):
    return load.write_songs(tmp_path, 12)


def test_many_songs(files):
    report = load.many_songs(files * 5)
    assert report["n_songs"] == 60
    assert report["n_windows"] == 180  # 1 s in windows of half a second, half over
    assert report["right"] == 1
    assert report["scores"] == [1, 1, 1]


def test_many_windows():
    report = load.many_windows(2000)
    assert (report["n_windows"], report["n_songs"]) == (2000, 100)
    assert report["right"] > 0.6
    assert report["windows_mib"] == 2000 * 20 * 4 / 2**20


def test_a_long_song(files, tmp_path):
    report = load.long_song(files, tmp_path, 0.05)
    assert report["hours"] == 0.05
    assert report["windows"] == 71  # 3 minutes, every 2.5 s
    assert not (tmp_path / "long.flac").exists()


@pytest.mark.slow
def test_mixed_work(files, tmp_path):
    report = load.mixed_work(files, tmp_path, 0.05)
    assert report["rounds"] >= 1
    assert report["most_children"] >= 2


def test_steady_memory_has_no_slope_and_growing_memory_has():
    rows = {"own_mib": 100.0, "children_mib": 0.0, "open_files": 9, "threads": 4}
    samples = [
        {**rows, "seconds": 36.0 * i, "n_children": 2, "children_mib": float(i)}
        for i in range(101)
    ]
    samples[0]["own_mib"] = 5.0  # before the warm-up was over
    report = load.trend(samples)
    assert report["minutes"] == 60
    assert report["own_mib"]["per_hour"] == pytest.approx(0, abs=1e-9)
    assert report["own_mib"]["first_third"] == report["own_mib"]["most"] == 100
    assert report["children_mib"]["per_hour"] == pytest.approx(100)
    assert report["children_mib"]["last_third"] > report["children_mib"]["first_third"]


def test_processes_below_are_counted():
    before = load.usage(0.0)
    child = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(30,))
    child.start()
    try:
        after = load.usage(1.0)
        assert child.pid in load.descendants(os.getpid())
    finally:
        child.kill()
        child.join()
    assert after["n_children"] > before["n_children"]
    assert after["own_mib"] > 50
    assert load.of_process(child.pid) == (0.0, 0, 0)


def test_parts_stay_where_others_are_measured(tmp_path):
    path = tmp_path / "load.json"
    assert load.earlier(path) == {}
    path.write_text(json.dumps({"hours": {"seconds": 1}, "environment": {}}))
    assert load.earlier(path) == {"hours": {"seconds": 1}}


def test_labels_are_in_the_names(files):
    assert load.labels_of(files[:3]).tolist() == ["clear", "noisy", "clear"]
    assert len(np.unique([Path(path).stat().st_size for path in files])) == 12
