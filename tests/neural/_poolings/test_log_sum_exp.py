import numpy as np
import pytest

from skgenre.neural import LogSumExpPooling


def test_the_smooth_maximum_of_each_song(proba, mask):
    song, two = proba[0].astype(float), proba[1, :2].astype(float)
    smooth = [np.log(np.exp(2 * x).mean(axis=0)) / 2 for x in (song, two)]
    pooled = np.asarray(LogSumExpPooling(sharpness=2)(proba, mask=mask))
    np.testing.assert_allclose(pooled, smooth, rtol=1e-5)


def test_it_lies_between_mean_and_maximum(proba):
    values = [
        np.asarray(LogSumExpPooling(sharpness)(proba))
        for sharpness in (1e-3, 1, 10, 1e4)
    ]
    np.testing.assert_allclose(values[0], proba.mean(axis=1), atol=1e-3)
    np.testing.assert_allclose(values[-1], proba.max(axis=1), atol=1e-3)
    assert (np.diff(values, axis=0) > 0).all()


def test_weights_are_the_softmax(proba):
    expected = np.exp(2 * proba) / np.exp(2 * proba).sum(axis=1, keepdims=True)
    weights = np.asarray(LogSumExpPooling(sharpness=2).weights_of(proba))
    np.testing.assert_allclose(weights, expected, rtol=1e-5)


@pytest.mark.parametrize("sharpness", [0, -1.0, np.nan])
def test_sharpness_has_to_be_positive(sharpness):
    with pytest.raises(ValueError, match=rf"sharpness={sharpness}.*positive"):
        LogSumExpPooling(sharpness=sharpness)
