import damage
import numpy as np
import pytest

CHILD = """
import json, os, sys, time
for number in range(int(sys.argv[2]), int(sys.argv[3])):
    if number == 1:
        os.abort()
    if number == 3:
        time.sleep(60)
    line = {"number": number, "kind": "a", "outcome": "read", "seconds": 0.5, "mb": 1}
    print(json.dumps(line), flush=True)
"""


@pytest.fixture
def script(tmp_path, monkeypatch):
    (tmp_path / "child.py").write_text(CHILD)
    monkeypatch.setattr(damage, "MOST_SECONDS", 1.0)
    monkeypatch.setattr(damage, "FIRST_SECONDS", 5.0)
    return str(tmp_path / "child.py")


def test_what_crashes_and_hangs_is_noted_and_the_rest_is_read(script, tmp_path):
    found = list(damage.outcomes_of(script, 6, 0, str(tmp_path)))
    outcomes = [line["outcome"] for line in found]
    assert outcomes == ["read", "crash", "read", "hang", "read", "read"]
    assert [line["number"] for line in found] == list(range(6))


def test_a_report_counts_what_came_of_all(script):
    folders = []
    report = damage.run(script, 6, 0, prepare=folders.append)
    assert len(folders) == 1
    assert report["outcomes"] == {"read": 4, "crash": 1, "hang": 1}
    assert report["faults"] == {"crash": 1, "hang": 1, "heap": 0, "exception": 0}
    assert [line["number"] for line in report["which"]] == [1, 3]
    assert report["kinds"]["a"] == {"read": 4}
    assert (report["slowest_seconds"], report["most_mb"]) == (0.5, 1)
    assert report["slowest"]["number"] == report["heaviest"]["number"] == 0


@pytest.mark.parametrize(
    ("read", "outcome"),
    [
        (lambda: "read", "read"),
        (lambda: {}["x"], "exception"),
        (lambda: int("x"), "refused"),
        (lambda: np.ones(10_000_000) is None, "heap"),
    ],
)
def test_what_came_of_a_file(monkeypatch, read, outcome):
    monkeypatch.setattr(damage, "MOST_MB", 40)
    line = damage.watched(read, refused=lambda error: isinstance(error, ValueError))
    assert line["outcome"] == outcome


def test_damage_is_decided_by_its_generator():
    whole, others = b"abcd" * 100, [b"efgh" * 50]

    def made(seed):
        rng = np.random.default_rng(seed)
        return [damage.damaged(rng, whole, others, damage.CHANGES) for _ in range(200)]

    assert made(0) == made(0)
    assert made(1) != made(0)
    assert np.mean([content != whole for content in made(0)]) > 0.9
