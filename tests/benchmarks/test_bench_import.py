import bench_import
import pytest


@pytest.mark.slow
def test_the_first_turn_does_not_count():
    seconds, loaded = bench_import.measure(1)
    assert set(seconds) == {"sklearn.base", *bench_import.STATEMENTS}
    assert len(seconds["sklearn.base"]) == len(bench_import.STATEMENTS)
    assert all(len(seconds[name]) == 1 for name in bench_import.STATEMENTS)
    assert loaded["skgenre"] == []
