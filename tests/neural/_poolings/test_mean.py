import keras
import numpy as np

from skgenre.neural import MeanPooling


def test_the_mean_of_each_song(proba, mask):
    expected = [proba[0].mean(axis=0), proba[1, :2].mean(axis=0)]
    pooled = np.asarray(MeanPooling()(proba, mask=mask))
    np.testing.assert_allclose(pooled, expected, rtol=1e-5)
    weights = np.asarray(MeanPooling().weights_of(proba, mask=mask))
    assert weights[:, :, 0].tolist() == [[0.25] * 4, [0.5, 0.5, 0, 0]]


def test_a_mask_comes_from_the_layer_before(proba, mask):
    network = keras.Sequential(
        [keras.Input((4, 3)), keras.layers.Masking(), MeanPooling()]
    )
    masked = np.where(mask[..., None], proba, 0)
    pooled = network.predict_on_batch(masked)
    np.testing.assert_allclose(pooled[1], proba[1, :2].mean(axis=0), rtol=1e-5)
