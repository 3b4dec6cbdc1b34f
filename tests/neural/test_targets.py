import numpy as np

from skgenre.neural._targets import cross_entropy, one_hot, two_columns


def test_targets():
    class_index = np.array([0, 1, 1])
    assert one_hot(class_index, 1).tolist() == [[0], [1], [1]]
    np.testing.assert_allclose(one_hot(class_index, 1, 0.2), [[0.1], [0.9], [0.9]])
    assert one_hot(class_index, 3)[1].tolist() == [0, 1, 0]
    smooth = one_hot(class_index, 3, 0.3)[0]
    np.testing.assert_allclose(smooth, [0.8, 0.1, 0.1], rtol=1e-6)


def test_one_unit_is_the_probability_of_the_second_class():
    proba = np.array([[0.25], [1.0]])
    assert two_columns(proba).tolist() == [[0.75, 0.25], [0, 1]]
    assert two_columns(proba.repeat(2, axis=1)).tolist() == [[0.25, 0.25], [1, 1]]


def test_the_loss_suits_the_units():
    assert cross_entropy(1) == "binary_crossentropy"
    assert cross_entropy(2) == cross_entropy(9) == "categorical_crossentropy"
