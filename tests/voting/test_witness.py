"""WitnessClassifier: which windows show their song's class."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, LeaveOneGroupOut, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from skgenre import GroupVotingClassifier, SongWindows
from skgenre.voting import WitnessClassifier
from skgenre.voting._witness import _Bags

FAR = {"cat": (-6.0, 0.0), "dog": (6.0, 0.0), "owl": (0.0, 6.0)}


def make_songs(labels, n_songs=60, n_windows=20, n_shown=2, seed=0):
    """Songs of background, of which some windows show their class."""
    rng = np.random.default_rng(seed)
    y = np.array([labels[i % len(labels)] for i in range(n_songs)])
    songs = SongWindows(
        rng.normal(size=(n_songs * n_windows, 2)), counts=[n_windows] * n_songs
    )
    shows = np.zeros(songs.n_windows, dtype=bool)
    for song, label in enumerate(y):
        rows = song * n_windows + rng.permutation(n_windows)[:n_shown]
        if label in FAR:
            songs.values[rows] += FAR[label]
            shows[rows] = True
    return songs, y, shows


@pytest.mark.parametrize("labels", [["cat", "dog"], ["cat", "dog", "owl"]])
@pytest.mark.parametrize("n_shown", [2, 10])
def test_it_finds_how_many_windows_show_their_class(labels, n_shown):
    songs, y, shows = make_songs(labels, n_shown=n_shown)
    model = WitnessClassifier(LogisticRegression())
    model.fit(songs.values, songs.expand(y), groups=songs.groups)
    for label in labels:
        assert model.witness_share_[label] == pytest.approx(n_shown / 20, abs=0.04)
    proba = model.predict_proba(songs.values)
    own = proba[np.arange(len(proba)), np.searchsorted(model.classes_, songs.expand(y))]
    assert own[shows].mean() > 0.9
    # Background says nothing, where a classifier of inherited labels says much.
    wrong = np.abs(own[~shows] - 1 / len(labels))
    assert np.quantile(wrong, 0.95) < 0.3
    np.testing.assert_allclose(proba.sum(axis=1), 1)


def test_background_is_neutral_where_songs_of_one_class_are_longer():
    """It says what share of the windows each class has, which naive Bayes takes out."""
    songs, y, shows = make_songs(["cat", "dog"])
    kept = np.ones(songs.n_windows, dtype=bool)
    kept[~shows & (songs.expand(y) == "cat")] = False  # all but three of a cat's
    for song in np.flatnonzero(y == "cat"):
        kept[np.flatnonzero((songs.groups == song) & ~shows)[:3]] = True
    counts = np.bincount(songs.groups[kept])
    uneven = SongWindows(songs.values[kept], counts)
    vote = GroupVotingClassifier(WitnessClassifier(LogisticRegression()))
    vote.set_params(voting="naive_bayes").fit(uneven, y)
    np.testing.assert_allclose(
        vote.estimator_.window_prior_, vote.window_prior_, rtol=1e-12
    )
    np.testing.assert_allclose(vote.window_prior_, [0.2, 0.8])
    # To the vote, a window of background is as if it was not heard: half and half.
    nothing = SongWindows(np.zeros((1, 2)), [1])
    window_proba = vote.predict_window_proba(nothing)
    np.testing.assert_allclose(window_proba, [[0.2, 0.8]], atol=0.06)
    np.testing.assert_allclose(vote.predict_proba(nothing), 0.5, atol=0.1)
    # What dogs show is found too large: chance among so many windows counts for them.
    assert vote.estimator_.witness_share_["cat"] == pytest.approx(0.4, abs=0.05)


def test_where_all_windows_show_it_nothing_is_lost():
    songs, y, _ = make_songs(["cat", "dog", "owl"], n_shown=20)
    model = WitnessClassifier(LogisticRegression())
    model.fit(songs.values, songs.expand(y), groups=songs.groups)
    assert min(model.witness_share_.values()) > 0.97


def test_it_beats_inherited_labels_where_few_windows_show_it():
    songs, y, _ = make_songs(["cat", "dog", "owl"], n_shown=1, n_songs=90)
    songs.values[:] += np.random.default_rng(1).normal(size=songs.values.shape)
    right = {
        name: cross_val_score(
            GroupVotingClassifier(estimator, voting="mean"), songs, y, cv=3
        ).mean()
        for name, estimator in {
            "inherited": LogisticRegression(),
            "learned": WitnessClassifier(LogisticRegression()),
        }.items()
    }
    assert right["learned"] > right["inherited"] + 0.05


def test_a_class_of_background():
    songs, y, shows = make_songs(["dog", "none"])
    model = WitnessClassifier(LogisticRegression(), background="none")
    vote = GroupVotingClassifier(model, voting="max").fit(songs, y)
    assert vote.estimator_.witness_share_["none"] == 1
    assert vote.estimator_.witness_share_["dog"] == pytest.approx(0.1, abs=0.04)
    assert vote.classes_.tolist() == ["dog", "none"]
    dog = vote.predict_window_proba(songs)[:, 0]
    assert dog[shows].mean() > 0.75
    assert np.median(dog[~shows]) < 0.05
    with pytest.raises(ValueError, match=r"background='rain'.*one of the classes"):
        clone(model).set_params(background="rain").fit(songs.values, songs.expand(y))


def test_one_song_alone_shows_its_class_by_one_window_at_least():
    songs, y, _ = make_songs(["cat", "dog"])
    songs.values[:20] = np.random.default_rng(5).normal(size=(20, 2))  # nothing in it
    for least in (1.0, 2.5):
        model = WitnessClassifier(LogisticRegression(), min_windows=least)
        model.fit(songs.values, songs.expand(y), groups=songs.groups)
        assert model.witness_share_["cat"] >= least / 20 * 0.99


# -- the shares, by hand --------------------------------------------------------------


def bags(least=1.0, background=2):
    # Two songs of three windows, a and b.
    index = np.repeat([0, 1], 3)
    return _Bags(
        index, np.ones(6), groups=index, songs=index, background=background, least=least
    )


def test_the_first_turn_by_hand():
    proba = np.zeros((6, 3))
    proba[:, 0] = [0.9, 0.5, 0.4, 0.2, 0.5, 0.5]
    proba[:, 1] = 1 - proba[:, 0]
    shares = bags(least=0.1).shares(proba, np.ones(6))
    # (p - 1/2) / (1 - 1/2), of their own class, not below 0.
    np.testing.assert_allclose(shares, [0.8, 0, 0, 0.6, 0, 0], atol=1e-12)


def test_a_later_turn_by_hand():
    before = np.array([1.0, 0.5, 0, 1, 0, 0])
    proba = np.array([[0.6, 0.1, 0.3]] * 3 + [[0.2, 0.4, 0.4]] * 3)
    shares = bags(least=0.1).shares(proba, before)
    # In common are 0.1 / 0.5 = 0.2, of which each class had half: a keeps 0.5 and
    # b 0.3 of 0.4 less 0.2. Background: 1.5 in a, 2 in b.
    a, b = 0.5 * 3.5 / 1.5, 0.2 * 3.5 / 2
    expected = [a / (a + 0.5)] * 3 + [b / (b + 0.4 + 0.4)] * 3
    np.testing.assert_allclose(shares, expected)


def test_a_class_of_background_by_hand():
    proba = np.zeros((6, 3))
    proba[:, 0] = [0.9, 0.6, 0.2, 0.2, 0.5, 0.5]
    proba[:, 1] = 1 - proba[:, 0]
    shares = bags(least=0.1, background=1).shares(proba, np.ones(6))
    np.testing.assert_allclose(shares, [0.8, 0.2, 0, 1, 1, 1], atol=1e-12)
    before = np.array([1.0, 0.5, 0, 1, 1, 1])
    shares = bags(least=0.1, background=1).shares(proba, before)
    a = proba[:3, 0] * 4.5 / 1.5  # three windows of background songs, 1.5 of others
    np.testing.assert_allclose(shares[:3], a / (a + proba[:3, 1]))
    assert (shares[3:] == 1).all()


def test_songs_that_show_too_little_are_raised():
    share = np.array([0.1, 0.1, 0.0, 0.0, 0.0, 0.0])
    np.testing.assert_allclose(
        bags()._at_least(share), [0.5, 0.5, 0, 1 / 3, 1 / 3, 1 / 3]
    )
    share = np.array([0.9, 0.1, 0.1, 1.0, 1.0, 1.0])
    raised = bags(least=2.0)._at_least(share)
    np.testing.assert_allclose(raised, [1, 0.5, 0.5, 1, 1, 1])
    assert bags(least=9.0)._at_least(share).tolist() == [1] * 6


# -- inside the vote and scikit-learn's tools -----------------------------------------


def test_songs_reach_it_beside_artists():
    songs, y, _ = make_songs(["cat", "dog"])
    artists = np.array([f"{label} {i // 2 % 4}" for i, label in enumerate(y)])
    seen = {}

    class Spy(WitnessClassifier):
        def fit(self, X, y, groups=None, songs=None, sample_weight=None):
            seen.update(groups=groups, songs=songs)
            return super().fit(X, y, groups, songs, sample_weight)

    vote = GroupVotingClassifier(Spy(LogisticRegression())).fit(songs, y, artists)
    np.testing.assert_array_equal(seen["songs"], songs.groups)
    assert len(np.unique(seen["groups"])) == 8
    plain = WitnessClassifier(LogisticRegression())
    plain.fit(songs.values, songs.expand(y), songs.expand(artists), songs.groups)
    np.testing.assert_allclose(
        vote.predict_window_proba(songs), plain.predict_proba(songs.values)
    )


def test_order_and_names_of_windows_are_irrelevant():
    songs, y, _ = make_songs(["cat", "dog"])
    labels = songs.expand(y)
    names = np.array([f"song {i}" for i in songs.groups])
    order = np.random.default_rng(0).permutation(songs.n_windows)
    # The folds are given: those that an int makes depend on the order of groups.
    fold = songs.groups % 6 // 2

    def fitted(rows, groups):
        folds = [
            (np.flatnonzero(fold[rows] != i), np.flatnonzero(fold[rows] == i))
            for i in range(3)
        ]
        model = WitnessClassifier(LogisticRegression(tol=1e-10), cv=folds)
        model.fit(songs.values[rows], labels[rows], groups=groups[rows])
        return model.predict_proba(songs.values)

    every = np.arange(songs.n_windows)
    np.testing.assert_allclose(
        fitted(order, names), fitted(every, songs.groups), atol=1e-6
    )


def test_a_weight_counts_as_so_many_windows():
    songs, y, _ = make_songs(["cat", "dog"], n_songs=24)
    labels, groups = songs.expand(y), songs.groups
    weight = np.where(groups < 6, 2.0, 1.0)
    twice = np.concatenate([np.arange(len(labels)), np.flatnonzero(groups < 6)])
    splitter = LeaveOneGroupOut()  # the same folds of both
    one = WitnessClassifier(LogisticRegression(tol=1e-10), cv=splitter, min_windows=0.1)
    two = clone(one)
    one.fit(songs.values, labels, groups, sample_weight=weight)
    two.fit(songs.values[twice], labels[twice], groups[twice])
    np.testing.assert_allclose(
        one.predict_proba(songs.values), two.predict_proba(songs.values), atol=0.02
    )


@pytest.mark.parametrize(
    "estimator",
    [
        KNeighborsClassifier(5),  # takes no weights
        LinearSVC(),  # has no probabilities
        make_pipeline(StandardScaler(), LogisticRegression()),
        ExtraTreesClassifier(20, random_state=0),
        GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}, cv=2),
    ],
    ids=lambda e: type(e).__name__,
)
def test_any_classifier_of_windows(estimator):
    songs, y, shows = make_songs(["cat", "dog"])
    vote = GroupVotingClassifier(WitnessClassifier(estimator), voting="max")
    vote.fit(songs, y)
    assert vote.score(songs, y) == 1
    share = vote.estimator_.witness_share_
    assert all(0.05 < value < 0.35 for value in share.values()), share
    own = vote.predict_window_proba(songs)
    own = own[np.arange(len(own)), np.searchsorted(vote.classes_, songs.expand(y))]
    # Scores of LinearSVC are no probabilities, and near each other.
    assert own[shows].mean() > own[~shows].mean() + 0.05


def test_tables_sparse_arrays_and_images_stay_what_they_are():
    songs, y, _ = make_songs(["cat", "dog"])
    labels, groups = songs.expand(y), songs.groups
    expected = WitnessClassifier(LogisticRegression()).fit(songs.values, labels, groups)
    table = pd.DataFrame(songs.values, columns=["right", "up"])
    of_table = WitnessClassifier(LogisticRegression()).fit(table, labels, groups)
    assert of_table.feature_names_in_.tolist() == ["right", "up"]
    of_sparse = WitnessClassifier(LogisticRegression()).fit(
        sparse.csr_array(songs.values), labels, groups
    )
    for model, given in (
        (of_table, table),
        (of_sparse, sparse.csr_array(songs.values)),
    ):
        np.testing.assert_allclose(
            model.predict_proba(given), expected.predict_proba(songs.values), atol=1e-4
        )


def test_a_search_over_its_parameters():
    songs, y, _ = make_songs(["cat", "dog"], n_songs=24)
    vote = GroupVotingClassifier(WitnessClassifier(LogisticRegression()), voting="max")
    grid = {"estimator__min_windows": [1, 2], "estimator__estimator__C": [0.1, 1.0]}
    search = GridSearchCV(vote, grid, cv=2).fit(songs, y)
    assert search.best_score_ > 0.9


def test_one_job_or_two_give_the_same():
    songs, y, _ = make_songs(["cat", "dog"])
    one, two = (
        WitnessClassifier(LogisticRegression(), n_jobs=n).fit(
            songs.values, songs.expand(y), songs.groups
        )
        for n in (1, 2)
    )
    np.testing.assert_array_equal(
        one.predict_proba(songs.values), two.predict_proba(songs.values)
    )


# -- what cannot be -------------------------------------------------------------------


def test_without_songs_it_is_the_classifier():
    songs, y, _ = make_songs(["cat", "dog"])
    labels = songs.expand(y)
    model = WitnessClassifier(LogisticRegression()).fit(songs.values, labels)
    assert model.n_turns_ == 0
    np.testing.assert_allclose(
        model.predict_proba(songs.values),
        LogisticRegression().fit(songs.values, labels).predict_proba(songs.values),
        atol=1e-4,
    )


def test_windows_of_one_song_must_agree():
    X = np.zeros((4, 1))
    with pytest.raises(ValueError, match="same label for all windows of a song"):
        WitnessClassifier(LogisticRegression()).fit(
            X, [0, 1, 1, 1], groups=[0, 0, 1, 1]
        )


def test_a_class_of_one_song_is_refused():
    songs, y, _ = make_songs(["cat", "dog"], n_songs=5)
    y = np.where(np.arange(5) == 0, "dog", "cat")
    model = WitnessClassifier(LogisticRegression())
    with pytest.raises(ValueError, match=r"2 songs .* of each class"):
        model.fit(songs.values, songs.expand(y), songs.groups)


def test_folds_that_leave_windows_out_are_refused():
    songs, y, _ = make_songs(["cat", "dog"], n_songs=4)
    half = [(np.arange(40), np.arange(40, 80))]
    model = WitnessClassifier(LogisticRegression(), cv=half)
    with pytest.raises(ValueError, match="each of the 80 windows exactly once"):
        model.fit(songs.values, songs.expand(y), songs.groups)
