import numpy as np

from skgenre.neural import AutoPooling, MeanPooling


def test_it_starts_as_the_mean(proba, mask):
    pooled = np.asarray(AutoPooling()(proba, mask=mask))
    mean = np.asarray(MeanPooling()(proba, mask=mask))
    np.testing.assert_allclose(pooled, mean, rtol=1e-5)


def test_autopool_learns_its_sharpness(proba, mask):
    layer = AutoPooling()
    layer(proba, mask=mask)
    layer.set_weights([np.array([0.0, 3.0, 500.0], np.float32)])
    pooled = np.asarray(layer(proba, mask=mask))[0]
    x = proba[0].astype(float)
    weights = np.exp(3 * x[:, 1]) / np.exp(3 * x[:, 1]).sum()
    expected = [x[:, 0].mean(), weights @ x[:, 1], x[:, 2].max()]
    np.testing.assert_allclose(pooled, expected, rtol=1e-4)
