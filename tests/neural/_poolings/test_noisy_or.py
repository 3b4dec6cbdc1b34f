import numpy as np

from skgenre.neural import NoisyOrPooling


def test_that_any_window_shows_it(proba, mask):
    song, two = proba[0].astype(float), proba[1, :2].astype(float)
    expected = [1 - np.prod(1 - x, axis=0) for x in (song, two)]
    pooled = np.asarray(NoisyOrPooling()(proba, mask=mask))
    np.testing.assert_allclose(pooled, expected, rtol=1e-5)


def test_small_probabilities_are_not_rounded_away():
    pooled = np.asarray(NoisyOrPooling()(np.full((1, 10, 1), 1e-9, np.float32)))
    np.testing.assert_allclose(pooled, 1e-8, rtol=1e-5)


def test_certainty_is_a_number():
    values = np.array([[[1.0], [0.5], [0.0]]], np.float32)
    layer = NoisyOrPooling()
    np.testing.assert_allclose(np.asarray(layer(values)), 1, atol=1e-6)
    weights = np.asarray(layer.weights_of(values))[0, :, 0]
    evidence = [23 * np.log(2), np.log(2), 0]  # 1 is taken for 1 - 2^-23
    np.testing.assert_allclose(weights, np.divide(evidence, sum(evidence)), rtol=1e-5)


def test_where_all_say_nothing_all_weigh_alike():
    weights = np.asarray(NoisyOrPooling().weights_of(np.zeros((1, 4, 2), np.float32)))
    assert (weights == 0.25).all()
