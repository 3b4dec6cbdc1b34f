"""Whole models from paths to verdicts, as plain scikit-learn pipelines.

Each function returns a new, unfitted Pipeline whose every parameter is open to
`set_params` and `GridSearchCV`. Take one as a start and change what you like:

========== ============================================= =========================
recipe     windows and features                          classifier
========== ============================================= =========================
baseline   5 s, MFCC mean and std                        logistic regression
fast       5 s, spectral descriptors and modulation      LDA with shrinkage
strong     2 s and 5 s, the same and fine time structure SVM, trees and LDA, averaged
pretrained 3 s, embeddings by a pretrained network       logistic regression
========== ============================================= =========================

Several are joined by scikit-learn's own VotingClassifier, as their X is songs:

>>> from sklearn.ensemble import VotingClassifier
>>> from skgenre import recipes
>>> ears = [("ears", recipes.pretrained()), ("fast", recipes.fast())]
>>> both = VotingClassifier(ears, voting="soft")
"""

import os
from collections.abc import Callable
from typing import Any, TypeAlias

import joblib
import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import ExtraTreesClassifier, VotingClassifier
from sklearn.feature_selection import VarianceThreshold
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skgenre.embeddings import PretrainedFeaturizer
from skgenre.embeddings._get_model import known_model
from skgenre.features import FeatureStack, MFCCFeaturizer, SpectralFeaturizer
from skgenre.features._kernels.descriptors import fitted_frame
from skgenre.voting import GroupVotingClassifier
from skgenre.windows import FrameWindower
from skgenre.windows._frame_windower import SAMPLE_RATE

__all__ = ["baseline", "fast", "pretrained", "strong"]

# What a voting, a cache and a source of random numbers may be, as everywhere here.
Voting: TypeAlias = (
    str | BaseEstimator | Callable[[NDArray[Any], NDArray[Any]], NDArray[Any]]
)
Memory: TypeAlias = str | os.PathLike[str] | joblib.Memory
RandomState: TypeAlias = int | np.random.RandomState

_FEATURES = (
    "mfcc",
    "mfcc_delta",
    "mel",
    "mel_delta",
    "chroma",
    "contrast",
    "centroid",
    "bandwidth",
    "rolloff",
    "flatness",
    "zcr",
    "rms",
    "onset",
    "modulation",
)


def baseline(
    *,
    window_seconds: float = 5.0,
    sample_rate: float = SAMPLE_RATE,
    voting: Voting = "mean",
    random_state: RandomState | None = 0,
    memory: Memory | None = None,
    n_jobs: int | None = None,
) -> Pipeline:
    """MFCC and logistic regression: what the question [1]_ starts from.

    Parameters
    ----------
    window_seconds : float, default=5.0
        Length of a window; windows overlap by half.
    sample_rate : float, default=22050
        Samples per second.
    voting : str, voting or callable, default="mean"
        The voting of `GroupVotingClassifier`.
    random_state : int, RandomState instance or None, default=0
        Of the classifier, where its solver draws.
    memory : str, Path or joblib.Memory, default=None
        Caches each song's features.
    n_jobs : int, default=None
        Songs at a time while features are computed.

    Returns
    -------
    Pipeline
        Steps "windows", "features" and "vote". Its X is paths or waveforms.

    See Also
    --------
    fast : Better features.

    References
    ----------
    .. [1] "Keras: how to aggregate over frame-level predictions to song-level
       prediction", Stack Overflow.

    Examples
    --------
    >>> from skgenre import recipes
    >>> model = recipes.baseline(window_seconds=3.0)
    >>> list(model.named_steps)
    ['windows', 'features', 'vote']
    >>> model.set_params(features__n_mfcc=20, vote__voting="median")
    Pipeline(...)
    """
    return Pipeline(
        [
            ("windows", FrameWindower(window_seconds, sample_rate=sample_rate)),
            (
                "features",
                MFCCFeaturizer(summary=("mean", "std"), memory=memory, n_jobs=n_jobs),
            ),
            (
                "vote",
                GroupVotingClassifier(
                    make_pipeline(
                        StandardScaler(),
                        LogisticRegression(max_iter=1000, random_state=random_state),
                    ),
                    voting=voting,
                ),
            ),
        ]
    )


def fast(
    *,
    window_seconds: float = 5.0,
    sample_rate: float = SAMPLE_RATE,
    voting: Voting = "mean",
    memory: Memory | None = None,
    n_jobs: int | None = None,
) -> Pipeline:
    """Spectral descriptors and linear discriminant analysis with shrinkage.

    One STFT gives all features, and the classifier is fitted in closed form, in
    seconds, with nothing to tune and nothing random.

    Parameters
    ----------
    window_seconds : float, default=5.0
        Length of a window; windows overlap by half. Shorter songs are repeated.
    sample_rate : float, default=22050
        Samples per second.
    voting : str, voting or callable, default="mean"
        The voting of `GroupVotingClassifier`.
    memory : str, Path or joblib.Memory, default=None
        Caches each song's features.
    n_jobs : int, default=None
        Songs at a time while features are computed.

    Returns
    -------
    Pipeline
        Steps "windows", "features" and "vote". Its X is paths or waveforms.

    See Also
    --------
    strong : Two window lengths with three classifiers each.

    References
    ----------
    .. [1] O. Ledoit and M. Wolf, "Honey, I shrunk the sample covariance matrix",
       Journal of Portfolio Management 30(4), 2004.

    Examples
    --------
    >>> from skgenre import recipes
    >>> model = recipes.fast()
    >>> model.get_params()["vote__estimator__lda__shrinkage"]
    'auto'
    """
    return Pipeline(
        [
            ("windows", _windows(window_seconds, sample_rate)),
            ("features", _spectrum(("mean", "std"), memory=memory, n_jobs=n_jobs)),
            ("vote", GroupVotingClassifier(_lda(), voting=voting)),
        ]
    )


def strong(
    *,
    window_seconds: tuple[float, ...] = (2.0, 5.0),
    sample_rate: float = SAMPLE_RATE,
    voting: Voting = "mean",
    random_state: RandomState | None = 0,
    memory: Memory | None = None,
    n_jobs: int | None = None,
) -> Pipeline:
    """Two window lengths, three classifiers each, their probabilities averaged.

    Short windows see single events and give many votes, long ones see how events
    follow each other. A support vector machine, a forest of extremely randomised
    trees and a discriminant analysis err on different songs. Each votes over a
    song's windows by itself; the song's probabilities then are averaged. Frames of
    512 samples beside those of 2,048 show fluctuations of up to 200 Hz [3]_.

    Parameters
    ----------
    window_seconds : tuple of float, default=(2.0, 5.0)
        Lengths of windows; windows overlap by half. Shorter songs are repeated.
    sample_rate : float, default=22050
        Samples per second. Give the recordings' own if sounds above 11 kHz matter.
    voting : str, voting or callable, default="mean"
        The voting of every `GroupVotingClassifier`.
    random_state : int, RandomState instance or None, default=0
        Of the trees.
    memory : str, Path or joblib.Memory, default=None
        Caches each song's features. Worth it for anything that fits more than once.
    n_jobs : int, default=None
        Songs at a time while features are computed, and trees at a time.

    Returns
    -------
    Pipeline
        One step "scales", a soft VotingClassifier of Pipelines "windows_2s" and
        "windows_5s"; each has the steps "windows", "features" and "vote", a
        soft VotingClassifier of "svm", "trees" and "lda". Its X is paths or
        waveforms.

    See Also
    --------
    fast : Nearly as good at a tenth of the time.

    References
    ----------
    .. [1] P. Geurts, D. Ernst and L. Wehenkel, "Extremely randomized trees", Machine
       Learning 63(1), 2006.
    .. [2] J. Kittler et al., "On combining classifiers", IEEE TPAMI 20(3), 1998.
    .. [3] J. McDermott and E. Simoncelli, "Sound texture perception via statistics of
       the auditory periphery", Neuron 71(5), 2011.

    Examples
    --------
    >>> from skgenre import recipes
    >>> model = recipes.strong(window_seconds=(1.0, 3.0), random_state=0)
    >>> [name for name, _ in model.named_steps["scales"].estimators]
    ['windows_1s', 'windows_3s']
    >>> model.set_params(scales__windows_1s__vote__svm__estimator__svc__C=3.0)
    Pipeline(...)
    """
    if not isinstance(window_seconds, tuple | list) or not window_seconds:
        raise ValueError(
            f"Got window_seconds={window_seconds!r}, but expected a tuple of lengths "
            "in seconds, at least one: (5.0,)."
        )
    scales = []
    # The parts of a stack have no cache of their own: the stack's holds the whole.
    for seconds in window_seconds:
        features = FeatureStack(
            [
                ("spectrum", _spectrum(("mean", "std", "p10", "p90"))),
                ("texture", _texture(sample_rate)),
            ],
            memory=memory,
            n_jobs=n_jobs,
        )
        steps = [
            ("windows", _windows(seconds, sample_rate)),
            ("features", features),
            (
                "vote",
                _committee(voting, random_state=random_state, n_jobs=n_jobs),
            ),
        ]
        # A point cannot stand in the name of a keyword.
        scales.append((f"windows_{seconds:g}s".replace(".", "_"), Pipeline(steps)))
    return Pipeline([("scales", VotingClassifier(scales, voting="soft"))])


def pretrained(
    model: str = "musicnn-msd",
    *,
    window_seconds: float | None = None,
    hop_seconds: float | None = None,
    sample_rate: float | None = None,
    voting: Voting = "mean",
    random_state: RandomState | None = None,
    memory: Memory | None = None,
    n_jobs: int | None = None,
) -> Pipeline:
    """Embeddings by a network that learned on many songs, and logistic regression.

    The network comes to this machine by ``skgenre embeddings install musicnn-msd``, or
    `skgenre.embeddings.install_model`; until then there is nothing to listen with, and
    fit says so. Most of the time goes into it, so give a `memory`.

    Parameters
    ----------
    model : str, default="musicnn-msd"
        One of `skgenre.embeddings.list_models`, which says what each has heard and
        under what licence.
    window_seconds : float, default=None
        Length of a window; what the network hears at a time if None, 3 s. Longer ones
        are heard in pieces whose embeddings are averaged. Shorter songs are repeated.
    hop_seconds : float, default=None
        Seconds between starts of windows; half a window if None.
    sample_rate : float, default=None
        Samples per second; the network's own if None.
    voting : str, voting or callable, default="mean"
        The voting of `GroupVotingClassifier`.
    random_state : int, RandomState instance or None, default=None
        Of the classifier, where its solver draws.
    memory : str, Path or joblib.Memory, default=None
        Caches each song's embeddings.
    n_jobs : int, default=None
        Songs at a time while embeddings are computed.

    Returns
    -------
    Pipeline
        Steps "windows", "features" and "vote". Its X is paths or waveforms.

    Raises
    ------
    PretrainedModelError
        If there is no such model; in fit, if it is not installed.

    See Also
    --------
    fast : Needs no network.
    skgenre.embeddings.PretrainedFeaturizer : What listens.

    References
    ----------
    .. [1] J. Pons and X. Serra, "musicnn: Pre-trained convolutional neural networks
       for music audio tagging", late-breaking demo of ISMIR 2019.

    Examples
    --------
    >>> from skgenre import recipes
    >>> model = recipes.pretrained(voting="median")
    >>> model.get_params()["windows__sample_rate"]
    16000
    >>> model.set_params(features__model="musicnn-mtt", vote__estimator__logreg__C=1.0)
    Pipeline(...)
    """
    known = known_model(model)
    windows = FrameWindower(
        known.seconds if window_seconds is None else window_seconds,
        hop_seconds=hop_seconds,
        sample_rate=known.sample_rate if sample_rate is None else sample_rate,
        short="repeat",
        # A network makes something of silence, too, which tells nothing.
        silence_db=60.0,
    )
    vote = GroupVotingClassifier(_regression(random_state), voting=voting)
    listener = PretrainedFeaturizer(model, memory=memory, n_jobs=n_jobs)
    return Pipeline([("windows", windows), ("features", listener), ("vote", vote)])


def _regression(random_state: RandomState | None) -> Pipeline:
    # Many numbers of few songs: a penalty ten times scikit-learn's, which inner folds
    # of ESC-10 chose.
    regression = LogisticRegression(C=0.1, max_iter=1000, random_state=random_state)
    # Units of a network that never fire leave dust of rounding (1e-11), other on each
    # machine, which scaling would blow up to the size of what it heard.
    return Pipeline(
        [
            ("alive", VarianceThreshold(1e-8)),
            ("scale", StandardScaler()),
            ("logreg", regression),
        ]
    )


def _windows(window_seconds: float, sample_rate: float) -> FrameWindower:
    return FrameWindower(window_seconds, sample_rate=sample_rate, short="repeat")


def _spectrum(
    summary: tuple[str, ...],
    *,
    memory: Memory | None = None,
    n_jobs: int | None = None,
) -> SpectralFeaturizer:
    # Zeros that fill up a recording tell nothing about what is in it: silence_db.
    return SpectralFeaturizer(
        _FEATURES,
        summary=summary,
        silence_db=60.0,
        n_mels=64,
        memory=memory,
        n_jobs=n_jobs,
    )


def _texture(sample_rate: float) -> SpectralFeaturizer:
    """Short frames: engines, blades and wings beat faster than long ones can show."""
    n_fft = fitted_frame(sample_rate) // 4
    return SpectralFeaturizer(
        ("onset", "rms", "flatness", "zcr", "modulation"),
        summary=("mean", "std", "skew", "kurtosis"),
        n_fft=n_fft,
        hop_length=n_fft // 4,
        n_mels=40,
    )


def _committee(
    voting: Voting, *, random_state: RandomState | None, n_jobs: int | None
) -> VotingClassifier:
    """Three classifiers that each vote over windows and then are averaged by song."""
    members = {
        "svm": make_pipeline(StandardScaler(), SVC(C=10.0)),
        "trees": ExtraTreesClassifier(
            300,
            max_features=0.05,
            min_samples_leaf=2,
            n_jobs=n_jobs,
            random_state=random_state,
        ),
        "lda": _lda(),
    }
    return VotingClassifier(
        [
            (name, GroupVotingClassifier(member, voting=voting))
            for name, member in members.items()
        ],
        voting="soft",
    )


def _lda() -> Pipeline:
    return Pipeline(
        [
            ("scale", StandardScaler()),
            ("lda", LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")),
        ]
    )
