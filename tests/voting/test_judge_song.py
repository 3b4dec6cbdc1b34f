import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline

from skgenre import GroupVotingClassifier, SongWindows
from skgenre.voting import window_events
from skgenre.voting._judge_song import judge_song


@pytest.fixture
def songs():
    """Six songs of two to four windows, and their labels."""
    rng = np.random.default_rng(0)
    counts = [3, 2, 4, 2, 3, 4]
    windows = SongWindows(
        rng.normal(size=(sum(counts), 2)),
        counts,
        song_ids=[f"song/{i}.wav" for i in range(6)],
        starts=np.concatenate([2.5 * np.arange(n) for n in counts]),
        window_seconds=5.0,
    )
    y = np.array(["jazz", "rock"] * 3)
    windows.values[windows.expand(y) == "rock"] += 2
    return windows, y


@pytest.mark.parametrize("position", [0, 3, -1])
def test_one_song_is_judged_as_all_are(songs, position):
    windows, y = songs
    model = GroupVotingClassifier(GaussianNB()).fit(windows, y)
    judged = judge_song(model, windows, song=position)
    assert judged.name == f"song/{position % 6}.wav"
    assert judged.classes == ["jazz", "rock"]
    expected = model.predict_window_proba(windows[[position]])
    np.testing.assert_array_equal(judged.window_proba, expected)
    np.testing.assert_array_equal(
        judged.song_proba, model.predict_proba(windows)[position]
    )
    assert judged.verdict == model.predict(windows)[position]
    n_windows = windows.counts[position]
    np.testing.assert_array_equal(judged.starts, 2.5 * np.arange(n_windows))
    np.testing.assert_array_equal(judged.ends, 2.5 * np.arange(n_windows) + 5)


def test_windows_in_any_order_with_groups(songs):
    windows, y = songs
    model = GroupVotingClassifier(GaussianNB()).fit(windows, y)
    order = np.random.default_rng(1).permutation(windows.n_windows)
    names = np.array(list("abcdef"))[windows.groups][order]
    judged = judge_song(model, windows.values[order], song=1, groups=names)
    # Songs come in the order of their first appearance.
    assert judged.name == list(dict.fromkeys(names.tolist()))[1]
    np.testing.assert_array_equal(
        judged.window_proba,
        model.predict_window_proba(windows.values[order][names == judged.name]),
    )
    assert np.isnan(judged.starts).all()
    assert np.isnan(judged.ends).all()


class Reader(TransformerMixin, BaseEstimator):
    """Makes windows of whatever it gets, and remembers what it got."""

    def fit(self, X, y=None):
        return self

    def __sklearn_is_fitted__(self):
        return True

    def transform(self, X):
        self.got_ = X
        return SongWindows(np.ones((2 * len(X), 2)), [2] * len(X))


@pytest.mark.parametrize(
    ("X", "got", "name"),
    [
        (["no such.wav", "b.wav"], ["b.wav"], "b.wav"),
        ([np.zeros(3), np.ones(3)], [np.ones(3)], "song 1"),
        (np.eye(2), np.eye(2)[1:], "song 1"),
    ],
)
def test_only_the_one_song_is_read(songs, X, got, name):
    model = make_pipeline(Reader(), GroupVotingClassifier(GaussianNB()).fit(*songs))
    judged = judge_song(model, X, song=1)
    assert judged.name == name
    assert type(model[0].got_) is type(got)
    np.testing.assert_array_equal(model[0].got_, got)


def test_a_path_is_one_song_and_a_table_names_its_rows(songs):
    model = make_pipeline(Reader(), GroupVotingClassifier(GaussianNB()).fit(*songs))
    assert judge_song(model, "a.wav").name == "a.wav"
    assert model[0].got_ == ["a.wav"]
    table = pd.DataFrame({"x": [1, 2], "y": [3, 4]}, index=["help", "so what"])
    assert judge_song(model, table, song=1).name == "so what"
    assert model[0].got_.index.tolist() == ["so what"]


def test_rows_of_an_array_are_songs_of_one_window():
    X, y = np.array([[0.0], [0.2], [5.0], [5.1]]), ["a", "a", "b", "b"]
    model = GroupVotingClassifier(GaussianNB()).fit(X, y)
    judged = judge_song(model, X, song=2)
    assert judged.window_proba.shape == (1, 2)
    assert judged.verdict == "b"
    assert judged.starts is None
    assert judged.ends is None


@pytest.mark.parametrize("position", [6, -7])
def test_position_that_does_not_exist(songs, position):
    model = GroupVotingClassifier(GaussianNB()).fit(*songs)
    with pytest.raises(ValueError, match=f"Got song={position}, .* the 6 songs"):
        judge_song(model, songs[0], song=position)


# -- models of models -----------------------------------------------------------------


def vote(voting="mean"):
    return GroupVotingClassifier(GaussianNB(), voting=voting)


def test_members_are_averaged_with_their_weights(songs):
    windows, y = songs
    members = [("one", vote()), ("two", vote("max"))]
    model = VotingClassifier(members, voting="soft", weights=[3, 1]).fit(windows, y)
    judged = judge_song(model, windows, song=2)
    assert [part.weight for part in judged.parts] == [0.75, 0.25]
    np.testing.assert_allclose(judged.song_proba, model.predict_proba(windows)[2])
    assert judged.verdict == model.predict(windows)[2]
    # Each window gives its share of the mean probability of the verdict.
    column = judged.classes.index(judged.verdict)
    for part in judged.parts:
        expected = part.weight * part.window_proba[:, column] / 4
        np.testing.assert_allclose(part.contribution, expected)


def test_a_voting_within_a_voting(songs):
    windows, y = songs
    inner = VotingClassifier([("a", vote()), ("b", vote("median"))], voting="soft")
    model = VotingClassifier(
        [("in", make_pipeline(inner)), ("c", vote()), ("d", "drop")], voting="soft"
    ).fit(windows, y)
    judged = judge_song(model, windows, song=1)
    assert [part.weight for part in judged.parts] == [0.25, 0.25, 0.5]
    np.testing.assert_allclose(judged.song_proba, model.predict_proba(windows)[1])


@pytest.mark.parametrize(
    "wrap",
    [
        lambda model: CalibratedClassifierCV(model, cv=2),
        lambda model: StackingClassifier([("a", model), ("b", model)], cv=2),
        lambda model: GridSearchCV(model, {"voting": ["mean", "max"]}, cv=2),
        lambda model: FixedThresholdClassifier(model, threshold=0.9),
        lambda model: TunedThresholdClassifierCV(model, cv=2),
        lambda model: VotingClassifier([("a", model)], voting="hard"),
    ],
)
def test_whatever_holds_a_classifier_of_windows_is_judged_as_it_predicts(songs, wrap):
    windows, y = songs
    model = wrap(vote()).fit(windows, y)
    for song in range(6):
        judged = judge_song(model, windows, song=song)
        assert judged.verdict == model.predict(windows[[song]])[0]
        assert judged.classes == ["jazz", "rock"]
        if hasattr(model, "predict_proba"):
            expected = model.predict_proba(windows[[song]])[0]
            np.testing.assert_allclose(judged.song_proba, expected)
        else:
            assert judged.song_proba is None
        assert sum(part.weight for part in judged.parts) == pytest.approx(1)
        assert len(judged.window_proba) == windows.counts[song]


def test_contributions_are_to_the_verdict_of_the_whole(songs):
    windows, y = songs
    model = FixedThresholdClassifier(vote(), threshold=1.0 - 1e-12).fit(windows, y)
    turned = [
        song
        for song in range(6)
        if judge_song(model, windows, song=song).verdict
        != model.estimator_.predict(windows[[song]])[0]
    ]
    # With such a threshold, somebody's verdict is not the likeliest class.
    assert turned
    (part,) = judge_song(model, windows, song=turned[0]).parts
    proba = part.window_proba[:, 0]  # jazz, as rock is below the threshold
    np.testing.assert_allclose(part.contribution, proba / len(proba))
    own = next(song for song in range(6) if song not in turned)
    (part,) = judge_song(model, windows, song=own).parts
    expected = model.estimator_.explain(windows[[own]])["contribution"]
    np.testing.assert_allclose(part.contribution, expected)


def test_stretches_that_decided_are_those_of_window_events(songs):
    windows, y = songs
    model = vote().fit(windows, y)
    for song in range(6):
        (part,) = judge_song(model, windows, song=song).parts
        events = window_events(model.explain(windows[[song]]))
        expected = list(events[["start", "end"]].itertuples(index=False, name=None))
        assert part.deciding() == expected


def test_a_song_without_windows_has_no_verdict(songs):
    windows, y = songs
    model = vote().fit(windows, y)
    silent = SongWindows(
        np.zeros((0, 2)), [0], song_ids=["a.wav"], errors={"a.wav": "It is silent."}
    )
    judged = judge_song(model, silent)
    assert judged.verdict is None
    assert judged.song_proba is None
    assert judged.reason == "It is silent."
    assert judged.window_proba.shape == (0, 2)


@pytest.mark.parametrize(
    "model", [GaussianNB(), VotingClassifier([("a", GaussianNB())], voting="soft")]
)
def test_a_model_without_windows_is_refused(model):
    X, y = np.array([[0.0], [1.0]]), ["a", "b"]
    with pytest.raises(ValueError, match="nothing has predict_window_proba"):
        judge_song(model.fit(X, y), X)


def test_the_song_itself_is_known(songs):
    windows, y = songs
    model = vote().fit(windows, y)
    # Features know the name of their file; lists hold the songs.
    assert judge_song(model, windows, song=1).song == "song/1.wav"
    reader = make_pipeline(Reader(), model)
    assert judge_song(reader, ["a.wav", "b.wav"], song=1).song == "b.wav"
    wave = np.ones(3)
    assert judge_song(reader, [wave]).song is wave
