"""One honest verdict per song, from classifiers that only see windows of it."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from skgenre._audio import AudioError
    from skgenre._descriptors import SpectralFeaturizer
    from skgenre._feature_stack import FeatureStack
    from skgenre._features import MelSpectrogramFeaturizer, MFCCFeaturizer
    from skgenre._function_features import FunctionFeaturizer
    from skgenre._group_voting import GroupVotingClassifier
    from skgenre._hmm_voting import HMMVoting
    from skgenre._rnn_voting import RNNVoting
    from skgenre._songs import SongWindows
    from skgenre._trained_voting import NaiveBayesVoting, StackedVoting
    from skgenre._voting import vote
    from skgenre._windower import FrameWindower

__version__ = "0.1.0"

_HOMES = {
    "AudioError": "_audio",
    "FeatureStack": "_feature_stack",
    "FrameWindower": "_windower",
    "FunctionFeaturizer": "_function_features",
    "GroupVotingClassifier": "_group_voting",
    "HMMVoting": "_hmm_voting",
    "MFCCFeaturizer": "_features",
    "MelSpectrogramFeaturizer": "_features",
    "NaiveBayesVoting": "_trained_voting",
    "RNNVoting": "_rnn_voting",
    "SongWindows": "_songs",
    "SpectralFeaturizer": "_descriptors",
    "StackedVoting": "_trained_voting",
    "vote": "_voting",
}
_MODULES = ("datasets", "model_selection", "neural", "plotting", "recipes")

__all__ = [
    "AudioError",
    "FeatureStack",
    "FrameWindower",
    "FunctionFeaturizer",
    "GroupVotingClassifier",
    "HMMVoting",
    "MFCCFeaturizer",
    "MelSpectrogramFeaturizer",
    "NaiveBayesVoting",
    "RNNVoting",
    "SongWindows",
    "SpectralFeaturizer",
    "StackedVoting",
    "vote",
]


def __getattr__(name: str) -> Any:
    # Names are imported when first used: scipy.signal, pipelines and metrics cost
    # what someone who only aggregates probabilities should not pay.
    if name in _HOMES:
        value = getattr(importlib.import_module(f"skgenre.{_HOMES[name]}"), name)
        globals()[name] = value
        return value
    if name in _MODULES:
        return importlib.import_module(f"skgenre.{name}")
    raise AttributeError(f"module 'skgenre' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__, *_MODULES])
