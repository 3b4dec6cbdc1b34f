from pathlib import Path

import fuzz_files
import numpy as np
import pytest

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="reads memory from /proc"
)


@pytest.mark.slow
def test_damaged_and_forged_files_do_no_harm():
    report = fuzz_files.run(60, seed=0)
    outcomes = report["outcomes"]
    assert sum(outcomes.values()) == 60
    assert report["faults"] == dict.fromkeys(fuzz_files.FAULTS, 0), report["which"]
    # Some are refused, some are whole enough; else it would be no test.
    assert outcomes["refused"] > 15
    assert outcomes["equal"] > 8
    assert len(report["kinds"]) > 4


@pytest.mark.slow
def test_there_is_a_network_to_be_damaged(tmp_path):
    pytest.importorskip("keras")
    from skgenre import save_model

    place = fuzz_files.Place(tmp_path, tmp_path / "canary", {})
    assert "model: network" not in [kind.name for kind in fuzz_files.all_kinds(place)]
    save_model(fuzz_files.a_network(), tmp_path / "network.skgenre")
    assert "model: network" in [kind.name for kind in fuzz_files.all_kinds(place)]
    found = fuzz_files.read_model(place, "model: network", None)
    assert found == fuzz_files.read_model(place, "model: network", None)


def test_a_canary_leaves_a_file_where_it_is_unpickled(tmp_path):
    import pickle

    path = tmp_path / "canary"
    pickle.loads(pickle.dumps(fuzz_files.Canary(path)))
    assert path.exists()


def test_other_values_are_a_fault(tmp_path):
    place = fuzz_files.Place(tmp_path, tmp_path / "canary", {"x": 1})
    kind = fuzz_files.Kind("x", 1, lambda place, name, path: path, None)
    assert fuzz_files.compared(place, kind, 1) == "equal"
    assert fuzz_files.compared(place, kind, 2) == "wrong values"


def test_an_error_that_does_not_name_the_file_is_no_answer():
    path = Path("w.npy")
    assert fuzz_files.names_it(path, ValueError("Got 'a/w.npy', which"))
    assert not fuzz_files.names_it(path, ValueError("Got another"))
    assert not fuzz_files.names_it(path, KeyError("w.npy"))


def test_tricks_change_the_zip(tmp_path):
    (tmp_path / "bomb").write_bytes(fuzz_files.deflated_zeros(1))
    place = fuzz_files.Place(tmp_path, tmp_path / "canary", {})
    whole = fuzz_files.zipped([("model.json", b"{}"), ("estimator.skops", b"abc")])
    other = fuzz_files.zipped([("model.json", b"[]"), ("estimator.skops", b"abcd")])
    rng = np.random.default_rng(0)
    with pytest.warns(UserWarning, match="Duplicate name"):
        made = [trick(rng, whole, other, place) for trick in fuzz_files.TRICKS]
    assert whole not in made
