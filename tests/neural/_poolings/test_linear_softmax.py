import numpy as np

from skgenre.neural import LinearSoftmaxPooling


def test_probabilities_weigh_themselves(proba, mask):
    song, two = proba[0].astype(float), proba[1, :2].astype(float)
    expected = [(x**2).sum(axis=0) / x.sum(axis=0) for x in (song, two)]
    pooled = np.asarray(LinearSoftmaxPooling()(proba, mask=mask))
    np.testing.assert_allclose(pooled, expected, rtol=1e-5)


def test_where_all_say_nothing_all_weigh_alike():
    values = np.zeros((1, 4, 2), np.float32)
    values[0, 1, 1] = 0.3
    mask = np.array([[True, True, False, True]])
    weights = np.asarray(LinearSoftmaxPooling().weights_of(values, mask=mask))
    np.testing.assert_allclose(weights[0, :, 0], [1 / 3, 1 / 3, 0, 1 / 3], rtol=1e-6)
    np.testing.assert_allclose(weights[0, :, 1], [0, 1, 0, 0])
