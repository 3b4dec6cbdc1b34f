"""Every public estimator, found by walking the package, under the common checks.

An estimator says itself, in `_examples`, with which parameters it is checked.
"""

import pickle

import numpy as np
import pytest
from discovery import estimator_classes, examples
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.utils.estimator_checks import check_estimator, parametrize_with_checks

from skgenre import SongWindows

# scikit-learn compares results as arrays. FrameWindower gives SongWindows, which are
# ragged and refuse to become one; tests/windows/test_frame_windower.py has the same
# properties (idempotence, order, subsets, cloning), test_song_windows.py pickling.
NO_ARRAY = "the result is a SongWindows, which is ragged and no array"
SCIKERAS = "scikeras' base class is written so"
STOCHASTIC = "steps differ where rows are repeated or left out"
NO_PARAMETER = "**kwargs is no parameter"
# On some processors only. tests/neural hold that songs do not depend on the others.
ROUNDED = "float32: the place in a batch decides the last bit, 1e-7 is asked"
EXPECTED = {
    "FrameWindower": dict.fromkeys(
        [
            "check_estimators_pickle",
            "check_fit_idempotent",
            "check_methods_sample_order_invariance",
            "check_methods_subset_invariance",
            "check_pipeline_consistency",
            "check_transformer_general",
            "check_transformer_preserve_dtypes",
        ],
        NO_ARRAY,
    ),
    "KerasWindowClassifier": {
        "check_estimator_tags_renamed": SCIKERAS,
        "check_methods_sample_order_invariance": ROUNDED,
        "check_methods_subset_invariance": ROUNDED,
        "check_mixin_order": SCIKERAS,
        "check_sample_weight_equivalence_on_dense_data": STOCHASTIC,
    },
    "MILClassifier": {
        "check_do_not_raise_errors_in_init_or_set_param": NO_PARAMETER,
        "check_do_not_raise_errors_in_init_or_set_params": NO_PARAMETER,
        "check_methods_sample_order_invariance": ROUNDED,
        "check_methods_subset_invariance": ROUNDED,
        "check_sample_weight_equivalence_on_dense_data": STOCHASTIC,
    },
}


def expected_failures(estimator):
    return EXPECTED.get(type(estimator).__name__, {})


def test_all_kinds_are_found():
    names = {cls.__name__ for cls in estimator_classes()}
    assert names >= {
        "FrameWindower",
        "GroupVotingClassifier",
        "HMMVoting",
        "MFCCFeaturizer",
        "MILClassifier",
        "SpectralFeaturizer",
    }
    assert set(EXPECTED) <= names
    for cls in estimator_classes():
        # Base classes have no examples; whatever can be made has one at least.
        is_base = any(
            issubclass(other, cls) and other is not cls for other in estimator_classes()
        )
        assert is_base or cls._examples()


# Their windows are of few samples, which is said.
@pytest.mark.filterwarnings("ignore:Got n_fft:UserWarning")
@pytest.mark.filterwarnings("ignore:invalid value encountered in cast:RuntimeWarning")
@parametrize_with_checks(
    examples(of_arrays=True), expected_failed_checks=expected_failures
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


# Kept apart, as networks need seconds for each of some sixty checks.
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:invalid value encountered in cast:RuntimeWarning")
@pytest.mark.parametrize("name", ["KerasWindowClassifier", "MILClassifier"])
def test_scikit_learn_checks_of_networks(name):
    pytest.importorskip("scikeras")
    found = examples(of_arrays=True, networks=True)
    (estimator,) = (e for e in found if type(e).__name__ == name)
    check_estimator(
        estimator, expected_failed_checks=expected_failures(estimator), on_skip=None
    )


# -- votings that learn ---------------------------------------------------------------


@pytest.fixture(scope="module")
def heard():
    """Probabilities of windows of 30 songs of three classes: SongWindows and y."""
    rng = np.random.default_rng(0)
    y = np.array(["blues", "jazz", "rock"] * 10)
    counts = rng.integers(2, 6, size=30)
    proba = rng.dirichlet(np.ones(3), size=counts.sum())
    proba += 2 * np.eye(3)[np.repeat(np.unique(y, return_inverse=True)[1], counts)]
    songs = SongWindows(
        proba / proba.sum(axis=1, keepdims=True),
        counts,
        starts=np.concatenate([2.5 * np.arange(n) for n in counts]),
        window_seconds=5.0,
    )
    return songs, y


@pytest.fixture(params=examples(of_arrays=False), ids=repr)
def voting(request):
    return request.param


def test_votings_give_a_row_for_each_song_that_adds_up_to_one(voting, heard):
    songs, y = heard
    fitted = clone(voting).fit(songs, y)
    proba = fitted.predict_proba(songs)
    assert proba.shape == (30, 3)
    assert (proba >= 0).all()
    assert_allclose(proba.sum(axis=1), 1)
    assert_array_equal(fitted.classes_, ["blues", "jazz", "rock"])
    assert_array_equal(fitted.predict(songs), fitted.classes_[proba.argmax(axis=1)])
    assert np.mean(fitted.predict(songs) == y) > 0.8


def test_votings_judge_each_song_by_itself(voting, heard):
    songs, y = heard
    fitted = clone(voting).fit(songs, y)
    order = np.random.default_rng(0).permutation(30)
    expected = fitted.predict_proba(songs)
    assert_allclose(fitted.predict_proba(songs[order]), expected[order], atol=1e-6)
    assert_allclose(fitted.predict_proba(songs[3:5]), expected[3:5], atol=1e-6)


def test_votings_pickle_and_clone_and_do_not_change_what_they_get(voting, heard):
    songs, y = heard
    before = songs.values.copy()
    fitted = clone(voting).fit(songs, y)
    again = pickle.loads(pickle.dumps(fitted))
    assert_array_equal(again.predict_proba(songs), fitted.predict_proba(songs))
    assert_array_equal(songs.values, before)
    assert repr(clone(fitted)) == repr(voting)
    assert not hasattr(clone(fitted), "classes_")


def test_votings_leave_songs_without_windows_out(voting, heard):
    songs, y = heard
    fitted = clone(voting).fit(songs, y)
    silent = SongWindows(np.zeros((0, 3)), [0], starts=[], window_seconds=5.0)
    with pytest.warns(UserWarning, match="1 of 1 songs have no windows"):
        proba = fitted.predict_proba(silent)
    assert_allclose(proba, [fitted.class_prior_])


def test_votings_refuse_what_are_no_probabilities(voting, heard):
    songs, y = heard
    logits = SongWindows(np.log(songs.values), songs.counts)
    with pytest.raises(ValueError, match="must lie between 0 and 1"):
        clone(voting).fit(logits, y)
