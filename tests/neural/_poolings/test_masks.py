import numpy as np
import pytest

from skgenre.neural._poolings.masks import exponentials, masked_softmax, there

SCORES = np.array([[[1.0], [3.0], [500.0]], [[2.0], [2.0], [2.0]]], np.float32)
MASK = np.array([[True, True, False], [False, False, False]])


def test_where_there_is_a_window():
    assert np.asarray(there(SCORES, MASK)).tolist() == MASK[:, :, None].tolist()
    assert np.asarray(there(SCORES, None)).all()
    # Keras hands on masks of numbers, too.
    assert np.asarray(there(SCORES, MASK.astype(np.float32))).sum() == 2


def test_exponentials_over_the_highest_of_the_song():
    shares, highest = map(np.asarray, exponentials(SCORES, MASK[:, :, None]))
    np.testing.assert_allclose(shares[0, :, 0], [np.exp(-2), 1, 0], rtol=1e-6)
    assert highest[0, 0, 0] == 3
    assert (shares[1] == 0).all()


@pytest.mark.parametrize("shift", [0, 1e3, -1e3])
def test_softmax_over_windows(shift):
    weights = np.asarray(masked_softmax(SCORES + np.float32(shift), MASK))
    first = 1 / (1 + np.exp(2))
    np.testing.assert_allclose(weights[0, :, 0], [first, 1 - first, 0], rtol=1e-5)
    assert (weights[1] == 0).all()
    assert np.asarray(masked_softmax(SCORES, None))[0, 2, 0] == 1
