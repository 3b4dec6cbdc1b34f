import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skgenre import FrameWindower, FunctionFeaturizer, GroupVotingClassifier
from skgenre.windows._windowers import windowers_in


def loudness(windows):
    return np.abs(windows).mean(axis=1, keepdims=True)


def test_parameters_and_fitted_parts_each_once():
    rng = np.random.default_rng(0)
    windower = FrameWindower(1.0, sample_rate=100)
    model = make_pipeline(
        windower,
        FunctionFeaturizer(loudness),
        GroupVotingClassifier(LogisticRegression()),
    )
    assert windowers_in([model, (FrozenEstimator(model), windower)]) == [windower]
    calibrated = CalibratedClassifierCV(model, cv=2)
    assert windowers_in(calibrated) == [windower]
    songs = [scale * rng.normal(size=300) for scale in np.repeat([0.1, 1.0], 3)]
    calibrated.fit(songs, ["a"] * 3 + ["b"] * 3)
    # Of the parameter, and of the fit of each fold.
    assert len(windowers_in(calibrated)) == 3
    assert windowers_in(LogisticRegression()) == []
