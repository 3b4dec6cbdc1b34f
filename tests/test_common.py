import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC
from sklearn.utils.estimator_checks import check_estimator, parametrize_with_checks

from skgenre import (
    FrameWindower,
    GroupVotingClassifier,
    MelSpectrogramFeaturizer,
    MFCCFeaturizer,
    NaiveBayesVoting,
)

# scikit-learn compares results as arrays. FrameWindower gives SongWindows, which are
# ragged and refuse to become one; tests/test_windower.py has the same properties
# (idempotence, order, subsets, cloning), tests/test_songs.py pickling.
NO_ARRAY = "the result is a SongWindows, which is ragged and no array"
FRAME_WINDOWER = dict.fromkeys(
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
)


@pytest.mark.filterwarnings("ignore:invalid value encountered in cast:RuntimeWarning")
@parametrize_with_checks(
    [
        GroupVotingClassifier(LogisticRegression()),
        GroupVotingClassifier(
            LogisticRegression(), voting="naive_bayes", song_balanced=True
        ),
        GroupVotingClassifier(LinearSVC(), voting="majority"),
        GroupVotingClassifier(LogisticRegression(), voting=NaiveBayesVoting()),
        FrameWindower(),
        MFCCFeaturizer(),
        MFCCFeaturizer(summary=("mean", "std")),
        MelSpectrogramFeaturizer(),
    ],
    expected_failed_checks=lambda estimator: (
        FRAME_WINDOWER if isinstance(estimator, FrameWindower) else {}
    ),
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


# Kept apart, as Keras is optional and needs seconds for each of some sixty checks.
SCIKERAS = "scikeras' base class is written so"
STOCHASTIC = "steps differ where rows are repeated or left out"
KERAS_WINDOWS = {
    "check_estimator_tags_renamed": SCIKERAS,
    "check_mixin_order": SCIKERAS,
    "check_sample_weight_equivalence_on_dense_data": STOCHASTIC,
}
MIL = {
    "check_do_not_raise_errors_in_init_or_set_param": "**kwargs is no parameter",
    "check_do_not_raise_errors_in_init_or_set_params": "**kwargs is no parameter",
    "check_sample_weight_equivalence_on_dense_data": STOCHASTIC,
}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:invalid value encountered in cast:RuntimeWarning")
@pytest.mark.parametrize(
    ("name", "failing"),
    [("KerasWindowClassifier", KERAS_WINDOWS), ("MILClassifier", MIL)],
)
def test_scikit_learn_checks_of_networks(name, failing):
    pytest.importorskip("scikeras")
    import skgenre.neural

    make = getattr(skgenre.neural, name)
    check_estimator(
        make(epochs=15, learning_rate=0.05, random_state=0),
        expected_failed_checks=failing,
        on_skip=None,
    )
