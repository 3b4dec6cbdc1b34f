"""Which windows decided: contributions beside the probabilities that they add up to."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import logit
from sklearn.dummy import DummyClassifier
from sklearn.naive_bayes import GaussianNB
from voting_songs import Counting, Recorder, make_songs

from skgenre import (
    GroupVotingClassifier,
    HMMVoting,
    NaiveBayesVoting,
    SongWindows,
    StackedVoting,
)
from skgenre.voting import _explain
from skgenre.voting._explain import Vote, explain_vote, explained, two_best

pytest.importorskip("pandas")


def mean_of_logs(proba, groups):
    songs = np.arange(groups[-1] + 1)
    return np.exp([np.log(proba[groups == song]).mean(axis=0) for song in songs])


SUMS = [
    "mean",
    "majority",
    "mean_log_proba",
    "mean_log_odds",
    "naive_bayes",
    NaiveBayesVoting(0.3),
    NaiveBayesVoting("overlap"),
    NaiveBayesVoting("fit"),
]
OTHERS = ["median", "max", mean_of_logs, StackedVoting()]


def name_of(voting):
    return getattr(voting, "__name__", None) or str(voting)


each_sum = pytest.mark.parametrize("voting", SUMS, ids=name_of)
each_other = pytest.mark.parametrize("voting", OTHERS, ids=name_of)


def judged(voting, *, weighed=False, zero=()):
    songs, y = make_songs(30)
    model = GroupVotingClassifier(GaussianNB(), voting=voting, cv=3).fit(songs, y)
    songs, _ = make_songs(30, seed=1, zero=zero)
    if weighed:
        rng = np.random.default_rng(0)
        weight = rng.choice([0.0, 0.25, 0.5, 1.0], size=songs.n_windows)
        weight[songs.offsets[:-1][songs.counts > 0]] = 0.75
        songs = SongWindows(
            songs.values,
            songs.counts,
            starts=songs.starts,
            window_seconds=1.0,
            window_weight=weight,
        )
    return model, songs


def song_score(model, songs):
    """What the song's probabilities say of the score, by the voting's definition."""
    proba = model.predict_proba(songs)
    rows = np.arange(len(proba))
    ranked = proba.argsort(axis=1, kind="stable")
    first, second = ranked[:, -1], ranked[:, -2]
    if model.voting in ("mean", "majority"):
        return proba.max(axis=1)
    if model.voting == "mean_log_odds":
        weight = songs.window_weight
        weight = np.ones(songs.n_windows) if weight is None else weight
        odds = logit(model.predict_window_proba(songs)) * weight[:, None]
        sums = np.array([odds[songs.groups == song].sum(axis=0) for song in rows])
        means = sums / np.bincount(songs.groups, weights=weight)[:, None]
        return means[rows, first] - means[rows, second]
    return np.log(proba[rows, first] / proba[rows, second])


@each_sum
@pytest.mark.parametrize("weighed", [False, True])
def test_contributions_add_up_to_the_songs_score(voting, weighed):
    model, songs = judged(voting, weighed=weighed)
    table = model.explain(songs)
    sums = (
        table.groupby("song")["contribution"].sum()
        + table.groupby("song")["baseline"].first()
    )
    assert_allclose(sums, song_score(model, songs), rtol=1e-9, atol=1e-12)
    assert_allclose(table.groupby("song")["score"].first(), sums, rtol=1e-12)
    assert set(table["kind"]) == {
        "share" if voting in ("mean", "majority") else "log-odds"
    }
    if weighed:
        assert (table["contribution"][table["weight"] == 0] == 0).all()


@pytest.mark.parametrize("voting", ["mean_log_proba", "mean_log_odds"])
def test_windows_above_0_speak_for_the_verdict(voting):
    model, songs = judged(voting)
    found = model.explained(songs)
    first, second = two_best(found.song_proba)
    proba, rows = found.windows.values, np.arange(songs.n_windows)
    ahead = proba[rows, first[songs.groups]] > proba[rows, second[songs.groups]]
    assert_array_equal(found.contribution > 0, ahead)


@pytest.mark.parametrize("voting", ["mean", "naive_bayes", "median"])
def test_windows_in_any_order(voting):
    model, songs = judged(voting)
    order = np.random.default_rng(0).permutation(songs.n_windows)
    table = model.explain(songs.values[order], groups=songs.groups[order])
    expected = model.explain(songs)["contribution"].to_numpy()[order]
    assert_allclose(table["contribution"], expected, rtol=1e-9, atol=1e-12)
    assert_array_equal(table["song"], songs.groups[order])


def test_by_hand():
    proba = SongWindows(
        [[0.9, 0.1], [0.2, 0.8], [0.8, 0.2], [0.4, 0.6]],
        [3, 1],
        song_ids=["a", "b"],
        starts=[0, 2.5, 5, 0],
        window_seconds=5.0,
        ends=[5, 7.5, 9, 5],
    )
    model = GroupVotingClassifier(Says(), voting="naive_bayes")
    model.fit(proba, ["jazz", "rock"])
    table = model.explain(proba)
    assert table.columns.tolist() == [
        "song",
        "start",
        "end",
        "verdict",
        "probability",
        "second",
        "window_probability",
        "contribution",
        "baseline",
        "score",
        "kind",
    ]
    # Three of four windows are jazz, one of two songs.
    expected = np.log([9 / 3, 0.25 / 3, 4 / 3, (0.6 / 0.4) * 3])
    assert_allclose(table["contribution"], [*-expected[:3], expected[3]], atol=1e-12)
    assert table["verdict"].tolist() == ["rock", "rock", "rock", "rock"]
    assert table["second"].tolist() == ["jazz"] * 4
    assert_allclose(table["window_probability"], [0.1, 0.8, 0.2, 0.6])
    assert table["end"].tolist() == [5, 7.5, 9, 5]
    assert_allclose(table["baseline"], 0, atol=1e-12)
    odds = 9 * 0.25 * 4 / 27
    assert_allclose(table["probability"][:3], 1 / (1 + odds))


class Says(DummyClassifier):
    """A classifier of windows that are their probabilities."""

    def predict_proba(self, X):
        return np.asarray(X)


@each_other
@pytest.mark.parametrize("weighed", [False, True])
def test_others_leave_each_window_out(voting, weighed, monkeypatch):
    model, songs = judged(voting, weighed=weighed)
    found = model.explained(songs)
    assert found.kind == "leave one out"
    proba = model.predict_proba(songs)
    assert_allclose(found.score, proba.max(axis=1))
    weight = songs.window_weight
    counts = np.ones(songs.n_windows) if weight is None else weight
    for row in range(0, songs.n_windows, 5):
        song = songs.groups[row]
        others = (songs.groups == song) & (np.arange(songs.n_windows) != row)
        if not counts[others].any():
            without = model.class_prior_
        else:
            rest = SongWindows(
                songs.values[others],
                [others.sum()],
                window_weight=None if weight is None else weight[others],
            )
            (without,) = model.predict_proba(rest)
        verdict = proba[song].argmax()
        expected = proba[song, verdict] - without[verdict]
        assert_allclose(found.contribution[row], expected, atol=1e-12)
    # Some at a time, even of one song.
    monkeypatch.setattr(_explain, "_ROWS", 3)
    assert_allclose(model.explained(songs).contribution, found.contribution, atol=1e-12)


def test_sequences_leave_windows_out_in_order():
    pytest.importorskip("hmmlearn")
    model, songs = judged(HMMVoting(1, random_state=0))
    found = model.explained(songs)
    longest = int(songs.counts.argmax())
    first = songs.offsets[longest]
    values = np.delete(songs[longest], 1, axis=0)
    (without,) = model.predict_proba(SongWindows(values, [len(values)]))
    verdict = found.song_proba[longest].argmax()
    expected = found.song_proba[longest, verdict] - without[verdict]
    assert_allclose(found.contribution[first + 1], expected)


@pytest.mark.filterwarnings("ignore:. of .* songs have no windows:UserWarning")
@pytest.mark.parametrize("voting", [*SUMS, *OTHERS], ids=name_of)
def test_songs_without_windows_have_no_line(voting):
    model, songs = judged(voting, zero=(3, 29))
    found = model.explained(songs)
    assert len(found.contribution) == songs.n_windows
    assert not {3, 29} & set(found.to_frame()["song"])
    first, second = two_best(np.tile(model.class_prior_, (1, 1)))
    if found.kind == "log-odds":
        expected = np.log(model.class_prior_[first] / model.class_prior_[second])
    else:
        expected = model.class_prior_[first]
    assert_allclose(found.score[[3, 29]], np.tile(expected, 2), atol=1e-12)
    none = model.explained(songs[[3]])
    assert len(none.contribution) == 0
    assert len(none.to_frame()) == 0


@pytest.mark.parametrize("voting", ["mean", "median", NaiveBayesVoting()], ids=name_of)
def test_windows_are_judged_once(voting):
    songs, y = make_songs(12)
    model = GroupVotingClassifier(Counting(), voting=voting).fit(songs, y)
    Counting.predictions.clear()
    found = explained(model, songs)
    assert Counting.predictions == [songs.n_windows]
    assert_array_equal(found.verdicts, model.predict(songs))
    assert_array_equal(found.song_proba, model.predict_proba(songs))
    assert_array_equal(found.windows.values, model.predict_window_proba(songs))
    assert_array_equal(found.windows.starts, songs.starts)
    assert (found.second_choices != found.verdicts).all()


def test_who_cannot_explain():
    with pytest.raises(ValueError, match="Got GaussianNB, but expected a classifier"):
        explained(GaussianNB(), None)


def test_votings_of_other_people_are_left_out_of():
    songs, y = make_songs(12)
    model = GroupVotingClassifier(GaussianNB(), voting=Recorder(), cv=2).fit(songs, y)
    found = model.explained(songs)
    assert found.kind == "leave one out"
    several = songs.counts[songs.groups] > 1
    assert_allclose(found.contribution[several], 0, atol=1e-12)


def test_two_best():
    first, second = two_best(np.array([[0.2, 0.8, 0.0], [0.5, 0.5, 0.0]]))
    assert first.tolist() == [1, 0]
    assert second.tolist() == [0, 1]


def test_of_two_classes_one_has_no_share():
    """The other is certain, whatever windows say."""
    songs = SongWindows([[0.9, 0.1], [0.2, 0.8]], [2])
    made = Vote(
        windows=songs,
        song_proba=np.array([[1.0, 0.0]]),
        voting="naive_bayes",
        classes=np.array(["jazz", "rock"]),
        prior=np.array([1.0, 0.0]),
        window_prior=np.array([0.5, 0.5]),
    )
    found = explain_vote(made)
    assert_allclose(found.contribution, np.log([9, 0.25]))
    assert found.baseline == found.score == np.inf
