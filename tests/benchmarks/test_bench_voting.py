import bench_voting
import numpy as np
import pytest


@pytest.mark.parametrize("arrangement", ["sorted", "unsorted"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_contenders_agree_on_few_songs(dtype, arrangement):
    proba, codes = bench_voting.make_windows(40, dtype, arrangement)
    assert proba.dtype == dtype
    assert (np.diff(codes) >= 0).all() == (arrangement == "sorted")
    contenders = bench_voting.make_contenders(proba, codes, 40, arrangement)
    bench_voting.check(contenders, proba, codes)
    assert ("np.add.reduceat" in contenders) == (arrangement == "sorted")


def test_a_wrong_contender_is_found():
    proba, codes = bench_voting.make_windows(40, "float64", "sorted")
    contenders = bench_voting.make_contenders(proba, codes, 40, "sorted")
    mean = contenders["ours mean"]
    contenders["ours mean"] = lambda: mean() + 1e-6
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        bench_voting.check(contenders, proba, codes)


def test_ratios_are_of_medians():
    proba, codes = bench_voting.make_windows(40, "float64", "sorted")
    contenders = bench_voting.make_contenders(proba, codes, 40, "sorted")
    result = bench_voting.compare(contenders, proba, 3)
    median = result["median_seconds"]
    expected = median["pandas groupby.mean"] / median["ours mean"]
    assert result["times_pandas"]["ours mean"] == expected
    assert len(result["seconds"]["vote of names"]) == 1
    assert result["over_our_mean"]["mean"] == 1
