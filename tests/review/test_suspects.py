import numpy as np

from skgenre.review._suspects import suspected_labels, usual_confidence


def suspects(labels, first, **more):
    first = np.asarray(first, float)
    return suspected_labels(np.array(labels), np.column_stack([first, 1 - first]))


def test_the_threshold_is_what_right_songs_get_on_average():
    # Songs of class 1 that are judged right get 0.9 and 0.7: 0.8 on average.
    right = [0.1, 0.3]
    assert suspects([1, 1, 0], [*right, 0.21]).tolist() == [False, False, False]
    assert suspects([1, 1, 0], [*right, 0.19]).tolist() == [False, False, True]


def test_a_poor_model_does_not_lower_the_threshold():
    # The third song of class 1 is judged wrong.
    assert not suspects([1, 1, 1, 0], [0.1, 0.3, 0.9, 0.25]).any()


def test_a_class_that_is_never_judged_right_makes_no_suspects():
    assert not suspects([0, 1, 1], [0.05, 0.9, 0.8]).any()


def test_how_sure_right_verdicts_are():
    proba = np.array([[0.1, 0.9], [0.3, 0.7], [0.6, 0.4], [np.nan, np.nan]])
    usual = usual_confidence(np.array([1, 1, 1, 0]), proba)
    np.testing.assert_allclose(usual, [np.inf, 0.8])


def test_songs_without_a_verdict_are_not_suspected():
    proba = np.array([[0.1, 0.9], [np.nan, np.nan], [0.05, 0.95]])
    found = suspected_labels(np.array([1, 0, 0]), proba)
    assert found.tolist() == [False, False, True]
