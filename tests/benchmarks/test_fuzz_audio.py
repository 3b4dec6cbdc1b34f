from pathlib import Path

import fuzz_audio
import numpy as np
import pytest

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="reads memory from /proc"
)


def test_damaged_files_do_no_harm():
    report = fuzz_audio.run(250, seed=1)
    assert sum(report["outcomes"].values()) == 250
    assert report["faults"] == dict.fromkeys(fuzz_audio.FAULTS, 0), report["which"]
    # Some are whole enough, some are not; else it would be no test.
    assert report["outcomes"]["read"] > 50
    assert report["outcomes"]["refused"] > 50
    assert report["most_mb"] < 200


def test_a_mutant_is_made_from_the_seed_and_its_number():
    originals = {"a": b"abcd" * 100, "b": b"efgh" * 50}
    made = [fuzz_audio.mutant(originals, 0, number) for number in range(200)]
    assert made == [fuzz_audio.mutant(originals, 0, number) for number in range(200)]
    assert fuzz_audio.mutant(originals, 1, 5) != made[5]
    changed = [content != originals[name] for name, content in made]
    assert np.mean(changed) > 0.9
    assert originals == {"a": b"abcd" * 100, "b": b"efgh" * 50}


CHILD = """
import json, os, sys, time
for number in range(int(sys.argv[2]), int(sys.argv[3])):
    if number == 1:
        os.abort()
    if number == 3:
        time.sleep(60)
    print(json.dumps({"number": number, "outcome": "read"}), flush=True)
"""


def test_what_crashes_and_hangs_is_noted_and_the_rest_is_read(tmp_path, monkeypatch):
    (tmp_path / "child.py").write_text(CHILD)
    monkeypatch.setattr(fuzz_audio, "CHILD", str(tmp_path / "child.py"))
    monkeypatch.setattr(fuzz_audio, "MOST_SECONDS", 1.0)
    monkeypatch.setattr(fuzz_audio, "FIRST_SECONDS", 5.0)
    found = list(fuzz_audio.outcomes_of(6, 0, str(tmp_path)))
    outcomes = [line["outcome"] for line in found]
    assert outcomes == ["read", "crash", "read", "hang", "read", "read"]
    assert [line["number"] for line in found] == list(range(6))


@pytest.mark.parametrize(
    ("read", "outcome"),
    [
        (lambda path: "read", "read"),
        (lambda path: {}["x"], "exception"),
        (lambda path: np.ones(80_000_000) is None, "heap"),
    ],
)
def test_what_came_of_a_file(monkeypatch, read, outcome):
    monkeypatch.setattr(fuzz_audio, "checked", read)
    assert fuzz_audio.watched("file")["outcome"] == outcome
