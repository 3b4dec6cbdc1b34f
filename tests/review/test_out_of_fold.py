import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.calibration import CalibratedClassifierCV
from sklearn.decomposition import PCA
from sklearn.ensemble import VotingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skgenre import FrameWindower, GroupVotingClassifier, MFCCFeaturizer, SongWindows
from skgenre.features import WindowTransformer
from skgenre.prediction._judge import listen
from skgenre.review._out_of_fold import (
    check_fits_anew,
    heard_by_all,
    judged_by_itself,
    judged_out_of_fold,
    parts_of,
)

RATE = 8000
N_SONGS = 12
Y = np.array(["high", "low"] * (N_SONGS // 2))
CLASSES = np.array(["high", "low"])
which = np.arange(N_SONGS) % 3
SPLITS = [(np.flatnonzero(which != k), np.flatnonzero(which == k)) for k in range(3)]


def waveforms():
    rng = np.random.default_rng(0)
    time = np.arange(2 * RATE) / RATE
    pitch = np.where(Y == "high", 900, 200)
    noise = rng.normal(size=(N_SONGS, len(time)))
    return [(y, RATE) for y in np.sin(6.28 * np.outer(pitch, time)) + noise]


def pipeline(*, n_mfcc=5, C=1.0):
    return make_pipeline(
        FrameWindower(window_seconds=0.5, sample_rate=RATE),
        MFCCFeaturizer(n_mfcc=n_mfcc, summary=("mean",)),
        GroupVotingClassifier(LogisticRegression(C=C)),
    )


def by_hand(model, songs):
    proba = np.full((N_SONGS, 2), np.nan)
    for train, test in SPLITS:
        fitted = model.fit([songs[i] for i in train], Y[train])
        proba[test] = fitted.predict_proba([songs[i] for i in test])
    return proba


def judged(model, songs, *, groups=None):
    parts = parts_of(model, songs, fitted=False)
    return parts, judged_out_of_fold(parts, Y, CLASSES, splits=SPLITS, groups=groups)


@pytest.mark.parametrize(
    "model",
    [
        pipeline(),
        VotingClassifier(
            [("a", pipeline()), ("b", pipeline(C=0.01)), ("c", pipeline(n_mfcc=2))],
            voting="soft",
            weights=[1, 2, 3],
        ),
        VotingClassifier(
            [("a", pipeline()), ("b", "drop"), ("c", pipeline(C=0.01))],
            voting="soft",
            weights=[1, 5, 3],
        ),
        GridSearchCV(pipeline(), {"mfccfeaturizer__n_mfcc": [2, 5]}, cv=2),
        make_pipeline(*[step for _, step in pipeline().steps[:2]],
                      WindowTransformer(PCA(2)),
                      GroupVotingClassifier(LogisticRegression())),
    ],
)  # fmt: skip
def test_as_if_the_whole_model_was_fitted_without_the_song(model):
    songs = waveforms()
    _, found = judged(model, songs)
    assert_allclose(found.proba, by_hand(model, songs), rtol=1e-9)


def test_features_are_computed_once_for_equal_members(monkeypatch):
    calls = []
    own = MFCCFeaturizer.transform
    monkeypatch.setattr(
        MFCCFeaturizer, "transform", lambda self, X: calls.append(1) or own(self, X)
    )
    model = VotingClassifier(
        [("a", pipeline()), ("b", pipeline(C=0.01)), ("c", pipeline(n_mfcc=2))],
        voting="soft",
    )
    parts, _ = judged(model, waveforms())
    assert len(calls) == 2
    assert [part.share for part in parts] == [1 / 3] * 3


def test_votes_count_windows_of_all_parts():
    songs = waveforms()
    # 2 s are 7 windows of 0.5 s, a new one every 0.25 s.
    _, one = judged(pipeline(), songs)
    assert_array_equal(one.votes.sum(axis=1), np.full(N_SONGS, 7))
    two = VotingClassifier([("a", pipeline()), ("b", pipeline())], voting="soft")
    _, both = judged(two, songs)
    assert_array_equal(both.votes, 2 * one.votes)
    expected = np.zeros((N_SONGS, 2))
    model = pipeline()
    for train, test in SPLITS:
        fitted = model.fit([songs[i] for i in train], Y[train])
        windows = fitted[:-1].transform([songs[i] for i in test])
        proba = fitted[-1].predict_window_proba(windows)
        for song, row in zip(windows.groups, proba, strict=True):
            expected[test[song], row.argmax()] += 1
    assert_array_equal(one.votes, expected)


def test_windows_of_a_search_are_those_of_its_best_model():
    search = GridSearchCV(pipeline(), {"mfccfeaturizer__n_mfcc": [5]}, cv=2)
    _, found = judged(search, waveforms())
    assert_array_equal(found.votes.sum(axis=1), np.full(N_SONGS, 7))


def test_a_whole_model_that_shows_no_windows_has_no_votes():
    calibrated = CalibratedClassifierCV(pipeline(), cv=2, ensemble=False)
    _, found = judged(calibrated, waveforms())
    assert_array_equal(found.votes, np.zeros((N_SONGS, 2)))
    assert all(not heard.windows for heard in found.listened)


def test_what_was_heard_of_windows_is_what_models_say_that_had_not_heard_the_song():
    songs = waveforms()
    model = pipeline()
    _, found = judged(model, songs)
    for train, test in SPLITS:
        fitted = model.fit([songs[i] for i in train], Y[train])
        expected = listen(fitted, [songs[i] for i in test], ["x"] * len(test))
        for song, other in zip(test, expected, strict=True):
            heard = found.listened[song]
            assert heard.verdict.proba == pytest.approx(other.verdict.proba)
            assert heard.verdict.events == other.verdict.events
            for own, its in zip(heard.windows, other.windows, strict=True):
                for values, wanted in zip(own, its, strict=True):
                    assert_allclose(values, wanted, atol=1e-12)


def test_a_fitted_model_as_it_is():
    songs = waveforms()
    members = [("a", pipeline()), ("b", pipeline(C=0.01))]
    model = VotingClassifier(members, voting="soft", weights=[1, 3]).fit(songs, Y)
    parts = parts_of(model, songs, fitted=True)
    heard = heard_by_all(parts, n_jobs=None)
    assert heard.all()
    heard[3] = False
    found = judged_by_itself(parts, heard, model.classes_)
    expected = model.predict_proba(songs)
    expected[3] = np.nan
    assert_allclose(found.proba, expected, rtol=1e-9)
    assert found.votes[3].sum() == 0


def test_songs_without_windows_are_not_heard(tmp_path):
    songs = [*waveforms()[:3], str(tmp_path / "none.wav")]
    parts = parts_of(pipeline(), songs, fitted=False)
    assert heard_by_all(parts, n_jobs=None).tolist() == [True, True, True, False]


def test_songs_of_windows_and_groups_for_what_is_trained_inside():
    rng = np.random.default_rng(0)
    X = SongWindows(rng.normal(size=(5 * N_SONGS, 3)), counts=[5] * N_SONGS)
    given = []

    class Noting(GroupVotingClassifier):
        def fit(self, X, y, groups=None):
            given.append(groups)
            return super().fit(X, y, groups)

    groups = np.array([f"artist {i // 2}" for i in range(N_SONGS)])
    judged(Noting(LogisticRegression()), X, groups=groups)
    for (train, _), own in zip(SPLITS, given, strict=True):
        assert_array_equal(own, groups[train])


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (FrozenEstimator(pipeline()), "FrozenEstimator, which stays as it was fitted"),
        (make_pipeline(FrameWindower(), GroupVotingClassifier(
            FrozenEstimator(LogisticRegression()))), "FrozenEstimator"),
        (RidgeClassifier(), "no predict_proba"),
    ],
)  # fmt: skip
def test_models_that_do_not_learn_anew(model, message):
    with pytest.raises(ValueError, match=message):
        check_fits_anew(model)


def test_a_pipeline_without_a_classifier():
    with pytest.raises(ValueError, match="ends in MFCCFeaturizer, but expected"):
        parts_of(pipeline()[:-1], waveforms(), fitted=False)
