import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre import FrameWindower, GroupVotingClassifier, MFCCFeaturizer, recipes
from skgenre.prediction._judge import judge, listen
from skgenre.voting import explain, window_events


def baseline(voting="mean", seconds=0.5):
    return make_pipeline(
        FrameWindower(seconds, sample_rate=8000),
        MFCCFeaturizer(summary=("mean", "std")),
        GroupVotingClassifier(
            make_pipeline(StandardScaler(), LogisticRegression()), voting=voting
        ),
    )


def verdicts_of(model, songs):
    return judge(model, songs, [str(song) for song in songs])


@pytest.fixture(scope="module")
def bad_files(tmp_path_factory):
    path = tmp_path_factory.mktemp("bad") / "notes.wav"
    path.write_bytes(b"no audio")
    return [str(path), "gone.wav"]


MODELS = {
    "vote": baseline(),
    "naive Bayes": baseline("naive_bayes"),
    "median": baseline("median"),
    "search": GridSearchCV(
        baseline(), {"groupvotingclassifier__voting": ["mean", "max"]}, cv=2
    ),
    "two lengths": VotingClassifier(
        [("short", baseline(seconds=0.25)), ("long", baseline(seconds=1.0))],
        voting="soft",
        weights=[1, 3],
    ),
    "calibrated": CalibratedClassifierCV(baseline(), cv=2),
    "calibrated vote": make_pipeline(
        *[step for _, step in baseline().steps[:-1]],
        CalibratedClassifierCV(baseline()[-1], cv=2),
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_verdicts_are_those_of_predict(name, song_files, bad_files):
    X, y = song_files.data, song_files.target
    model = MODELS[name].fit(X, y)
    songs = [bad_files[0], *X, bad_files[1]]
    verdicts = verdicts_of(model, songs)
    assert [verdict.song for verdict in verdicts] == songs
    bad = [verdicts[0], verdicts[-1]]
    assert [verdict.proba for verdict in bad] == [(), ()]
    assert "cannot be decoded" in bad[0].error
    assert "no such file" in bad[1].error
    good = verdicts[1:-1]
    assert {verdict.error for verdict in good} == {""}
    assert_allclose([verdict.proba for verdict in good], model.predict_proba(X))


@pytest.mark.parametrize("inside", [False, True])
def test_a_threshold_decides_as_predict_has_it(song_files, inside):
    two = [
        i for i, label in enumerate(song_files.target) if label in ("drone", "march")
    ]
    X = [song_files.data[i] for i in two]
    y = song_files.target[two]
    model = baseline()
    fixed = FixedThresholdClassifier(
        model[-1] if inside else model, threshold=1.0, pos_label="march"
    )
    if inside:
        fixed = make_pipeline(*[step for _, step in model.steps[:-1]], fixed)
    fixed.fit(X, y)
    verdicts = verdicts_of(fixed, X)
    said = [fixed.classes_[verdict.best] for verdict in verdicts]
    assert said == fixed.predict(X).tolist() == ["drone"] * len(X)
    # Most would be another's by the largest probability, which stays what it is.
    assert_allclose([verdict.proba for verdict in verdicts], fixed.predict_proba(X))
    assert {verdict.second for verdict in verdicts} == {1}


def test_a_model_on_its_own_is_not_changed(song_files, bad_files):
    model = baseline().fit(song_files.data, song_files.target)
    verdicts_of(model, [song_files.data[0], *bad_files])
    assert model[0].on_error == "raise"
    assert model[0].errors_ == {}


def test_seconds_that_decided_are_those_of_explain(song_files):
    X, y = song_files.data, song_files.target
    model = baseline("mean_log_proba").fit(X, y)
    table = window_events(explain(model, X))
    for verdict, song in zip(verdicts_of(model, X), X, strict=True):
        own = table[table["song"] == song]
        events = sorted(verdict.events, key=lambda event: event.start)
        assert_allclose([event.start for event in events], own["start"])
        assert_allclose([event.end for event in events], own["end"])
        assert list(verdict.events) == sorted(
            verdict.events, key=lambda event: -event.share
        )
        assert sum(event.share for event in events) <= 1 + 1e-9


def test_parts_of_several_lengths_decide_together(song_files):
    X, y = song_files.data, song_files.target
    model = MODELS["two lengths"].fit(X, y)
    verdict = verdicts_of(model, X[:1])[0]
    short = len(model.estimators_[0][:-1].transform(X[:1]).values)
    assert verdict.windows == short
    assert 0 < sum(event.share for event in verdict.events) <= 1 + 1e-9


@pytest.mark.slow
def test_recipe_of_several_parts(song_files, bad_files):
    X, y = song_files.data, song_files.target
    model = recipes.strong(window_seconds=(0.8, 1.0), sample_rate=8000, random_state=0)
    model.fit(X, y)
    verdicts = verdicts_of(model, [*X, *bad_files])
    assert_allclose(
        [verdict.proba for verdict in verdicts[: len(X)]], model.predict_proba(X)
    )
    assert all(verdict.events for verdict in verdicts[: len(X)])
    assert [bool(verdict.error) for verdict in verdicts[len(X) :]] == [True, True]


def test_a_song_shorter_than_a_window_is_said_to_be(song_files):
    model = baseline().fit(song_files.data, song_files.target)
    rng = np.random.default_rng(0)
    short, long = judge(
        model, [rng.normal(size=1000), rng.normal(size=4000)], ["a", "b"]
    )
    assert short.note == "It lasts 0.12 s, less than a window of 0.5 s."
    assert long.note == ""


def test_nothing_but_bad_songs(song_files, bad_files):
    model = baseline().fit(song_files.data, song_files.target)
    assert [bool(v.error) for v in verdicts_of(model, bad_files)] == [True, True]


def test_a_song_of_silence_has_no_verdict(song_files):
    model = baseline().fit(song_files.data, song_files.target)
    verdicts = judge(model, [np.zeros(8000), song_files.data[0]], ["a", "b"])
    assert "silent" in verdicts[0].error
    assert verdicts[1].error == ""


def test_windows_that_were_heard_are_those_of_explain(song_files, bad_files):
    songs = [*song_files.data[:4], *bad_files[:1]]
    model = baseline().fit(song_files.data, song_files.target)
    heard = listen(model, songs, [str(song) for song in songs])
    assert [one.verdict for one in heard] == verdicts_of(model, songs)
    table = explain(model, songs[:4])
    for song, one in zip(songs[:4], heard[:4], strict=True):
        (windows,) = one.windows
        own = table[table["song"] == song]
        assert_allclose(windows.starts, own["start"])
        assert_allclose(windows.ends, own["end"])
        assert_allclose(windows.contribution, own["contribution"])
        assert_allclose(windows.proba[:, one.verdict.best], own["window_probability"])
    assert heard[4].windows == ()


def test_each_part_of_a_model_hears_its_own_windows(song_files):
    model = MODELS["two lengths"].fit(song_files.data, song_files.target)
    (one,) = listen(model, song_files.data[:1], ["a"])
    short, long = one.windows
    assert len(short.starts) > len(long.starts)
    given = short.contribution.sum() + long.contribution.sum()
    assert_allclose(given, one.verdict.proba[one.verdict.best])
