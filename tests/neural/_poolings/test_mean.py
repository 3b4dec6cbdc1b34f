import numpy as np

from skgenre.neural import MeanPooling


def test_the_mean_of_each_song(proba, mask):
    expected = [proba[0].mean(axis=0), proba[1, :2].mean(axis=0)]
    pooled = np.asarray(MeanPooling()(proba, mask=mask))
    np.testing.assert_allclose(pooled, expected, rtol=1e-5)
    weights = np.asarray(MeanPooling().weights_of(proba, mask=mask))
    assert weights[:, :, 0].tolist() == [[0.25] * 4, [0.5, 0.5, 0, 0]]
