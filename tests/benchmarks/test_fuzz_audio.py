from pathlib import Path

import fuzz_audio
import numpy as np
import pytest

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="reads memory from /proc"
)


@pytest.mark.slow
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
