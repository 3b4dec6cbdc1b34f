"""By what names a file knows types, and which of them it may hold without asking.

A file knows the types of this package by names that stay, wherever their modules move.
What a type of scikit-learn may hold is checked where its compiled code trusts it.
"""

from collections.abc import Iterable

# Names in files, and where they are now. Only the right side may ever change.
OF_SKGENRE: dict[str, str] = {
    "skgenre.FeatureStack": "skgenre.features._stack.FeatureStack",
    "skgenre.FrameWindower": "skgenre.windows._frame_windower.FrameWindower",
    "skgenre.FunctionFeaturizer": "skgenre.features._function.FunctionFeaturizer",
    "skgenre.GroupVotingClassifier": "skgenre.voting._classifier.GroupVotingClassifier",
    "skgenre.KerasFeaturizer": "skgenre.features._keras.KerasFeaturizer",
    "skgenre.HMMVoting": "skgenre.voting._hmm.HMMVoting",
    "skgenre.MFCCFeaturizer": "skgenre.features._mfcc.MFCCFeaturizer",
    "skgenre.MelSpectrogramFeaturizer": (
        "skgenre.features._mel.MelSpectrogramFeaturizer"
    ),
    "skgenre.NaiveBayesVoting": "skgenre.voting._naive_bayes.NaiveBayesVoting",
    "skgenre.OnnxFeaturizer": "skgenre.features._onnx.OnnxFeaturizer",
    "skgenre.RNNVoting": "skgenre.voting._rnn.RNNVoting",
    "skgenre.SpectralFeaturizer": "skgenre.features._spectral.SpectralFeaturizer",
    "skgenre.StackedVoting": "skgenre.voting._stacked.StackedVoting",
    "skgenre.TFLiteFeaturizer": "skgenre.features._tflite.TFLiteFeaturizer",
    "skgenre.WindowModel": "skgenre.voting._window_fit.WindowModel",
    "skgenre.WindowTransformer": (
        "skgenre.features._window_transformer.WindowTransformer"
    ),
    "skgenre.WitnessClassifier": "skgenre.voting._witness.WitnessClassifier",
    "skgenre.embeddings.PretrainedFeaturizer": (
        "skgenre.embeddings._pretrained_featurizer.PretrainedFeaturizer"
    ),
    "skgenre.neural.AttentionPooling": (
        "skgenre.neural._poolings.attention.AttentionPooling"
    ),
    "skgenre.neural.AutoPooling": "skgenre.neural._poolings.autopool.AutoPooling",
    "skgenre.neural.KerasWindowClassifier": (
        "skgenre.neural._window_classifier.KerasWindowClassifier"
    ),
    "skgenre.neural.LinearSoftmaxPooling": (
        "skgenre.neural._poolings.linear_softmax.LinearSoftmaxPooling"
    ),
    "skgenre.neural.LogSumExpPooling": (
        "skgenre.neural._poolings.log_sum_exp.LogSumExpPooling"
    ),
    "skgenre.neural.MILClassifier": "skgenre.neural._mil_classifier.MILClassifier",
    "skgenre.neural.MaxPooling": "skgenre.neural._poolings.max.MaxPooling",
    "skgenre.neural.MeanPooling": "skgenre.neural._poolings.mean.MeanPooling",
    "skgenre.neural.NoisyOrPooling": "skgenre.neural._poolings.noisy_or.NoisyOrPooling",
    "skgenre.neural.PackedKeras": "skgenre.neural._saving.PackedKeras",
    "skgenre.neural.SongNetwork": "skgenre.neural._song_network.SongNetwork",
    "skgenre.neural.TopKPooling": "skgenre.neural._poolings.top_k.TopKPooling",
    "skgenre.neural.WindowScaler": "skgenre.neural._scaling.WindowScaler",
    "skgenre.neural.resnet_window_model": (
        "skgenre.neural._window_models.resnet_window_model"
    ),
    "skgenre.neural.window_model": "skgenre.neural._window_models.window_model",
}

# Packages of scikit-learn whose estimators compute with NumPy and SciPy, or are checked
# by `_contents`. An estimator of another package may trust indices that a file gives.
_PACKAGES = (
    "sklearn.calibration.",
    "sklearn.compose.",
    "sklearn.covariance.",
    "sklearn.decomposition.",
    "sklearn.discriminant_analysis.",
    "sklearn.dummy.",
    "sklearn.ensemble.",
    "sklearn.feature_selection.",
    "sklearn.frozen.",
    "sklearn.impute.",
    "sklearn.kernel_approximation.",
    "sklearn.linear_model.",
    "sklearn.mixture.",
    "sklearn.model_selection.",
    "sklearn.multiclass.",
    "sklearn.multioutput.",
    "sklearn.naive_bayes.",
    "sklearn.neighbors.",
    "sklearn.neural_network.",
    "sklearn.pipeline.",
    "sklearn.preprocessing.",
    "sklearn.random_projection.",
    "sklearn.semi_supervised.",
    "sklearn.svm.",
    "sklearn.tree.",
    # Losses and links, which boosting keeps.
    "sklearn._loss.",
)

# Beside what skops trusts: parts of estimators that are checked or hold only numbers.
_PARTS = frozenset(
    {
        "functools.partial",
        "numpy.dtype",
        "scikeras.utils.transformers.ClassifierLabelEncoder",
        "scikeras.utils.transformers.TargetReshaper",
        "sklearn.calibration._CalibratedClassifier",
        "sklearn.calibration._SigmoidCalibration",
        "sklearn.calibration._TemperatureScaling",
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
        "sklearn.feature_selection._mutual_info.mutual_info_classif",
        "sklearn.feature_selection._univariate_selection.chi2",
        "sklearn.feature_selection._univariate_selection.f_classif",
        "sklearn.metrics._classification.accuracy_score",
        "sklearn.metrics._classification.balanced_accuracy_score",
        "sklearn.metrics._classification.f1_score",
        "sklearn.metrics._classification.log_loss",
        "sklearn.metrics._scorer._CurveScorer",
        "sklearn.metrics._scorer._PassthroughScorer",
        "sklearn.metrics._scorer._Scorer",
        "sklearn.model_selection._split.GroupKFold",
        "sklearn.model_selection._split.KFold",
        "sklearn.model_selection._split.ShuffleSplit",
        "sklearn.model_selection._split.StratifiedGroupKFold",
        "sklearn.model_selection._split.StratifiedKFold",
        "sklearn.model_selection._split.StratifiedShuffleSplit",
        "sklearn.model_selection._split._CVIterableWrapper",
        "sklearn.multiclass._ConstantPredictor",
        "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
        "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
        "sklearn.tree._tree.Tree",
        "sklearn.utils._bunch.Bunch",
        "sklearn.utils._metadata_requests.MetadataRequest",
        "sklearn.utils._metadata_requests.MethodMetadataRequest",
        "sklearn.utils.validation.check_array",
    }
)

# Compiled losses, which skops trusts by the name that scikit-learn has for them.
_LOSSES = "sklearn._loss._loss.Cy"

# A pooling may be given by its class, which is built by a configuration.
_POOLINGS = "skgenre.neural._poolings."

_STAYING = {now: stays for stays, now in OF_SKGENRE.items()}


def staying_name(name: str) -> str:
    """What a file calls a type or function.

    Parameters
    ----------
    name : str
        Module and name, as they are now.

    Returns
    -------
    str
        The same for what is not of this package.
    """
    return _STAYING.get(name, name)


def current_name(name: str) -> str:
    """Where a type or function is now that a file names.

    Parameters
    ----------
    name : str
        As in the file.

    Returns
    -------
    str
        Module and name.
    """
    # scikit-learn 1.8 says so of its compiled losses; there is no such module.
    if name.startswith("_loss."):
        return f"sklearn._loss.{name}"
    return OF_SKGENRE.get(name, name)


def names_to_ask_for(
    names: Iterable[str],
    unknown_to_skops: Iterable[str],
    trusted: Iterable[str],
    types: Iterable[str] = (),
) -> list[str]:
    """Those of the names in a file that somebody must vouch for.

    Parameters
    ----------
    names : iterable of str
        All types and functions in the file, by their current names.
    unknown_to_skops : iterable of str
        Those that skops does not know as harmless.
    trusted : iterable of str
        Those that the user vouches for.
    types : iterable of str, default=()
        Those that are in the file as types, which somebody may call: harmless objects
        are no reason to let a file call their class.

    Returns
    -------
    list of str
        In order; empty if the file may be loaded.
    """
    vouched = {*trusted, *map(current_name, trusted)}
    known = _PARTS | set(_STAYING) | vouched
    asked = {name for name in unknown_to_skops if not name.startswith(_LOSSES)} - known
    called = {t for t in types if not t.startswith(("builtins.", "numpy.", _POOLINGS))}
    asked |= called - vouched
    for name in set(names) - known:
        # skops trusts every estimator of scikit-learn, checked or not.
        if name.startswith("sklearn.") and not name.startswith(_PACKAGES):
            asked.add(name)
    return sorted(asked)
