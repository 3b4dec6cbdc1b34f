import numpy as np

from skgenre.neural import MaxPooling


def test_the_maximum_of_each_song(proba, mask):
    expected = [proba[0].max(axis=0), proba[1, :2].max(axis=0)]
    pooled = np.asarray(MaxPooling()(proba, mask=mask))
    np.testing.assert_allclose(pooled, expected, rtol=1e-5)


def test_windows_with_the_same_maximum_share_its_weight():
    values = np.array([[[0.5, -3.0], [0.5, -1.0], [0.2, -2.0]]], np.float32)
    weights = np.asarray(MaxPooling().weights_of(values))
    assert weights[0].tolist() == [[0.5, 0], [0.5, 1], [0, 0]]
