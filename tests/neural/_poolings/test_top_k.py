import numpy as np
import pytest

from skgenre.neural import MaxPooling, MeanPooling, TopKPooling


def slow(song, k):
    """Mean of the k highest windows of each unit."""
    return np.sort(song.astype(float), axis=0)[::-1][:k].mean(axis=0)


@pytest.mark.parametrize("k", [1, 2, 3, 4, 99])
def test_the_mean_of_the_k_highest(k, proba, mask):
    expected = [slow(proba[0], k), slow(proba[1, :2], k)]
    pooled = np.asarray(TopKPooling(k=k)(proba, mask=mask))
    np.testing.assert_allclose(pooled, expected, rtol=1e-5)


def test_a_share_is_of_the_windows_of_each_song():
    counts = [1, 4, 5, 15, 25, 30]
    rng = np.random.default_rng(0)
    values = rng.normal(size=(6, 30, 2)).astype(np.float32)
    mask = np.arange(30) < np.array(counts)[:, None]
    pooled = np.asarray(TopKPooling(share=0.1)(values, mask=mask))
    # 0.5, 1.5 and 2.5 are rounded up.
    expected = [
        slow(song[:n], k)
        for song, n, k in zip(values, counts, [1, 1, 1, 2, 3, 3], strict=True)
    ]
    np.testing.assert_allclose(pooled, expected, rtol=1e-4, atol=1e-6)


def test_one_is_the_maximum_and_all_the_mean(proba, mask):
    for layer, other in (
        (TopKPooling(k=1), MaxPooling()),
        (TopKPooling(share=1.0), MeanPooling()),
    ):
        one, two = (np.asarray(pool(proba, mask=mask)) for pool in (layer, other))
        np.testing.assert_allclose(one, two, rtol=1e-5)


def test_windows_that_say_the_same_share_what_is_left():
    values = np.array([[[0.9], [0.5], [0.5], [0.5], [0.1]]], np.float32)
    weights = np.asarray(TopKPooling(k=2).weights_of(values))[0, :, 0]
    np.testing.assert_allclose(weights, [1 / 2, 1 / 6, 1 / 6, 1 / 6, 0], rtol=1e-5)


@pytest.mark.parametrize(
    "wrong", [{"share": 0}, {"share": 1.5}, {"share": np.nan}, {"k": 0}, {"k": 1.5}]
)
def test_numbers_that_mean_nothing(wrong):
    with pytest.raises(ValueError, match="but expected"):
        TopKPooling(**wrong)
