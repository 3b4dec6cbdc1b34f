import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skgenre import FrameWindower, FunctionFeaturizer, GroupVotingClassifier
from skgenre.windows._windowers import windowers_in, with_windowers


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


def test_another_model_shares_all_but_its_windowers():
    rng = np.random.default_rng(0)
    windower = FrameWindower(1.0, sample_rate=100)
    vote = GroupVotingClassifier(LogisticRegression())
    model = make_pipeline(windower, FunctionFeaturizer(loudness), vote)
    songs = [scale * rng.normal(size=300) for scale in np.repeat([0.1, 1.0], 3)]
    model.fit(songs, ["a"] * 3 + ["b"] * 3)
    other = with_windowers(model, isolate=True)
    assert windowers_in(other)[0].isolate
    assert not windower.isolate
    assert type(other) is type(model)
    assert other[-1] is vote
    assert other.predict(songs).tolist() == model.predict(songs).tolist()
    # One that stands in several places is one afterwards.
    both = [model, FrozenEstimator(model), windower]
    assert len(windowers_in(with_windowers(both, isolate=True))) == 1
    assert with_windowers(vote, isolate=True) is vote


def test_another_model_of_a_calibration_is_fitted_as_it_was():
    rng = np.random.default_rng(0)
    model = make_pipeline(
        FrameWindower(1.0, sample_rate=100),
        FunctionFeaturizer(loudness),
        GroupVotingClassifier(LogisticRegression()),
    )
    songs = [scale * rng.normal(size=300) for scale in np.repeat([0.1, 1.0], 3)]
    calibrated = CalibratedClassifierCV(model, cv=2).fit(songs, ["a"] * 3 + ["b"] * 3)
    other = with_windowers(calibrated, isolate=True)
    assert [w.isolate for w in windowers_in(other)] == [True] * 3
    assert not any(w.isolate for w in windowers_in(calibrated))
    proba = calibrated.predict_proba(songs)
    np.testing.assert_array_equal(other.predict_proba(songs), proba)
