"""What is fitted once is not fitted again, and nothing stale is ever found."""

import dataclasses
import pickle
import re
import shutil
import threading
import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
from scipy.sparse import coo_array, csr_array
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_predict
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from voting_songs import Counting, Recorder, make_noise, make_songs

from skgenre import GroupVotingClassifier, NaiveBayesVoting, SongWindows, StackedVoting
from skgenre.model_selection import compare_votings
from skgenre.voting._window_fit import (
    WindowData,
    WindowFit,
    WindowModel,
    phase,
    remembered_proba,
)

# -- windows with all that belongs to them ---------------------------------------------


@pytest.mark.parametrize(
    "as_type",
    [np.asarray, csr_array, coo_array, pd.DataFrame],
    ids=["array", "sparse rows", "sparse coordinates", "table"],
)
def test_some_windows(as_type):
    values = np.arange(8.0).reshape(4, 2)
    y, weight = np.array(list("abab")), np.array([1.0, 2, 3, 4])
    data = WindowData(as_type(values), y, {"sample_weight": weight})
    part = data.take(np.array([3, 0]))
    windows = part.windows
    if hasattr(windows, "toarray"):
        windows = windows.toarray()
    np.testing.assert_array_equal(windows, values[[3, 0]])
    assert part.y.tolist() == ["b", "a"]
    assert part.arguments["sample_weight"].tolist() == [4, 1]
    with pytest.raises(dataclasses.FrozenInstanceError):
        data.y = y


def test_what_a_fit_takes_by_its_name():
    X, y = np.array([[0.0], [1], [3], [5]]), np.array([0, 1, 0, 1])
    weight = np.array([1.0, 1, 3, 1])
    estimator = GaussianNB()
    fitted = WindowData(X, y, {"sample_weight": weight}).fit(estimator)
    np.testing.assert_allclose(fitted.theta_[:, 0], [9 / 4, 3])
    assert not hasattr(estimator, "theta_")


def test_a_classifier_is_unpickled_when_it_is_asked_for():
    fitted = GaussianNB().fit([[0.0], [1.0]], [0, 1])
    pickled = np.frombuffer(pickle.dumps(fitted), np.uint8)
    model = WindowModel(None, fitted.classes_, key="k", pickled=pickled)
    assert model.classes.tolist() == [0, 1]
    np.testing.assert_array_equal(model.fitted.theta_, fitted.theta_)
    assert model.fitted is model.fitted
    assert WindowModel(fitted, fitted.classes_).fitted is fitted
    with pytest.raises(pickle.UnpicklingError):
        _ = WindowModel(None, [0, 1], pickled=np.zeros(3, np.uint8)).fitted


# -- out of fold -----------------------------------------------------------------------


def fit_of(songs, y, **parameters):
    data = WindowData(songs.values, songs.expand(y), {})
    return WindowFit(GaussianNB(), data, **{"memory": None, **parameters})


def test_out_of_fold_by_hand():
    songs, y = make_songs(12)
    half = np.arange(12) % 4 < 2
    folds = [(np.flatnonzero(half), np.flatnonzero(~half))]
    folds += [(test, train) for train, test in folds]
    classes = np.array(["blues", "jazz", "pop", "rock"])
    got = fit_of(songs, y).out_of_fold(
        codes=songs.groups, folds=folds, classes=classes, n_jobs=None
    )
    for train, test in folds:
        fitted = GaussianNB().fit(songs[train].values, songs[train].expand(y[train]))
        rows = np.isin(songs.groups, test)
        expected = fitted.predict_proba(songs[test].values)
        np.testing.assert_allclose(got[rows][:, [0, 1, 3]], expected)
    np.testing.assert_array_equal(got[:, 2], 0)  # of no song here


def test_windows_that_no_fold_tests_get_nothing():
    songs, y = make_songs(9)
    folds = [(np.arange(6), np.array([6])), (np.arange(6), np.array([], int))]
    got = fit_of(songs, y).out_of_fold(
        codes=songs.groups, folds=folds, classes=np.unique(y), n_jobs=None
    )
    tested = songs.groups == 6
    np.testing.assert_allclose(got[tested].sum(axis=1), 1)
    np.testing.assert_array_equal(got[~tested], 0)


def test_voting_never_sees_in_fold_probabilities():
    songs, y = make_noise(200)
    memoriser = KNeighborsClassifier(1)
    model = GroupVotingClassifier(memoriser, voting=Recorder()).fit(songs, y)
    right = model.predict_window_proba(songs).argmax(axis=1) == songs.expand(y == "b")
    assert right.all()  # in-fold, 1-NN knows all
    seen = model.voting_.window_proba_
    right = seen.values.argmax(axis=1) == seen.expand(model.voting_.y_ == "b")
    assert abs(right.mean() - 0.5) < 0.08
    np.testing.assert_array_equal(
        seen.values,
        cross_val_predict(
            memoriser,
            songs.values,
            songs.expand(y),
            cv=[
                (
                    np.flatnonzero(np.isin(songs.groups, train)),
                    np.flatnonzero(np.isin(songs.groups, test)),
                )
                for train, test in StratifiedKFold(5).split(y, y)
            ],
            method="predict_proba",
        ),
    )


@pytest.mark.parametrize(
    ("voting", "n_fits"),
    [
        ("mean", 1),
        (NaiveBayesVoting(), 1),
        (NaiveBayesVoting("overlap"), 1),
        (NaiveBayesVoting("fit"), 6),
        (StackedVoting(), 6),
    ],
)
def test_out_of_fold_fits_only_where_needed(voting, n_fits):
    songs, y = make_songs()
    Counting.fits.clear()
    GroupVotingClassifier(Counting(), voting=voting).fit(songs, y)
    assert len(Counting.fits) == n_fits


def test_sample_weights_reach_the_folds():
    songs, y = make_songs(40)
    heavy = np.random.default_rng(0).uniform(0.01, 5, size=40)
    model = GroupVotingClassifier(GaussianNB(), voting=Recorder(), song_balanced=True)
    even = model.fit(songs, y).voting_.window_proba_
    uneven = clone(model).fit(songs, y, sample_weight=heavy).voting_.window_proba_
    assert not np.allclose(even.values, uneven.values)


# -- memory ----------------------------------------------------------------------------


VOTINGS = ["mean", "majority", "max", StackedVoting(), NaiveBayesVoting("fit")]


def test_a_search_over_votings_fits_windows_once_per_fold(tmp_path):
    songs, y = make_songs(n_classes=2)
    search = GridSearchCV(
        GroupVotingClassifier(Counting(), cv=3, memory=tmp_path),
        {"voting": VOTINGS},
        cv=5,
        refit=False,
    ).fit(songs, y)
    # One fit and three out-of-fold fits for each of the five folds.
    assert len(Counting.fits) == 5 * (1 + 3)
    # Each fold's test songs, and the songs held out of out-of-fold fits.
    assert len(Counting.predictions) == 5 * (1 + 3)
    without = GridSearchCV(
        GroupVotingClassifier(Counting(), cv=3), {"voting": VOTINGS}, cv=5, refit=False
    ).fit(songs, y)
    np.testing.assert_array_equal(
        search.cv_results_["mean_test_score"], without.cv_results_["mean_test_score"]
    )
    assert len(Counting.fits) == 5 * (1 + 3) + 5 * (3 * 1 + 2 * (1 + 3))


def test_comparison_fits_windows_once_per_fold():
    songs, y = make_songs(n_classes=2)
    comparison = compare_votings(
        GroupVotingClassifier(Counting(), cv=3),
        songs,
        y,
        votings={"mean": "mean", "stacked": StackedVoting(), "max": "max"},
        cv=4,
    )
    assert len(Counting.fits) == 4 * (1 + 3)
    assert list(comparison.song_proba) == ["majority", "mean", "stacked", "max"]


@pytest.mark.parametrize("kind", [str, lambda path: path, joblib.Memory])
def test_kinds_of_memory(tmp_path, kind):
    songs, y = make_songs(n_classes=2)
    memory = joblib.Memory(tmp_path, verbose=0) if kind is joblib.Memory else None
    model = GroupVotingClassifier(Counting(), memory=memory or kind(tmp_path))
    first = model.fit(songs, y).predict_proba(songs)
    again = clone(model).fit(songs, y)
    np.testing.assert_array_equal(again.predict_proba(songs), first)
    assert len(Counting.fits) == len(Counting.predictions) == 1


def changed_value(songs, y):
    values = songs.values.copy()
    values[3, 1] += 1e-9
    return SongWindows(values, songs.counts), y, {}


def changed_label(songs, y):
    y = y.copy()
    y[[2, 3]] = y[[3, 2]]
    return songs, y, {}


def changed_counts(songs, y):
    counts = songs.counts.copy()
    counts[counts.argmax()] -= 1
    counts[counts.argmin()] += 1
    return SongWindows(songs.values, counts), y, {}


def changed_weight(songs, y):
    return songs, y, {"sample_weight": np.linspace(1, 2, len(y))}


def changed_artists(songs, y):
    return songs, y, {"groups": np.arange(len(y)) // 2}


@pytest.mark.parametrize(
    "change",
    [changed_value, changed_label, changed_counts, changed_weight, changed_artists],
)
@pytest.mark.parametrize("voting", ["mean", StackedVoting()])
def test_changed_data(tmp_path, change, voting):
    songs, y = make_songs(n_classes=2)
    model = GroupVotingClassifier(GaussianNB(), voting=voting, song_balanced=True)
    cached = clone(model).set_params(memory=tmp_path)
    cached.fit(songs, y).predict_proba(songs)
    X, labels, extra = change(songs, y)
    expected = model.fit(X, labels, **extra).predict_proba(X)
    found = clone(cached).fit(X, labels, **extra).predict_proba(X)
    np.testing.assert_array_equal(found, expected)


def test_changed_folds_and_voting_are_not_stale(tmp_path):
    songs, y = make_songs(n_classes=2)
    for cv in (3, 4, StratifiedKFold(3, shuffle=True, random_state=0)):
        for voting in VOTINGS:
            model = GroupVotingClassifier(GaussianNB(), voting=voting, cv=cv)
            expected = clone(model).fit(songs, y).predict_proba(songs)
            found = model.set_params(memory=tmp_path).fit(songs, y)
            np.testing.assert_array_equal(found.predict_proba(songs), expected)


def test_another_estimator_put_in_place(tmp_path):
    songs, y = make_songs(n_classes=2)
    model = GroupVotingClassifier(GaussianNB(), memory=tmp_path).fit(songs, y)
    before = model.predict_proba(songs)
    model.estimator_ = LogisticRegression().fit(songs.values, songs.expand(y))
    assert not np.allclose(model.predict_proba(songs), before)


class Locked(GaussianNB):
    """Cannot be pickled once it is fitted."""

    def fit(self, X, y):
        self.lines_ = (line for line in "ab")
        return super().fit(X, y)


def test_what_cannot_be_pickled_is_fitted_again(tmp_path):
    songs, y = make_songs(n_classes=2)
    model = GroupVotingClassifier(Locked(), memory=tmp_path)
    with pytest.warns(UserWarning, match="The fitted Locked cannot be kept in memory"):
        model.fit(songs, y)
    expected = GroupVotingClassifier(GaussianNB()).fit(songs, y).predict_proba(songs)
    np.testing.assert_array_equal(model.predict_proba(songs), expected)


def test_wrong_memory():
    songs, y = make_songs(n_classes=2)
    with pytest.raises(ValueError, match="'memory' parameter of GroupVotingClassif"):
        GroupVotingClassifier(GaussianNB(), memory=3).fit(songs, y)


def test_processes_share_a_memory(tmp_path):
    songs, y = make_songs(n_classes=2)
    one = GroupVotingClassifier(GaussianNB(), voting=StackedVoting(), memory=tmp_path)
    with joblib.parallel_config("threading"), warnings.catch_warnings():
        two = clone(one).set_params(n_jobs=2).fit(songs, y).predict_proba(songs)
    np.testing.assert_array_equal(one.fit(songs, y).predict_proba(songs), two)


# -- found.md A3, A24 and B10 in the vote ----------------------------------------------


class Holding(GaussianNB):
    """Holds what has no content of its own."""

    def __init__(self, held=None):
        super().__init__()
        self.held = held


def test_a_classifier_without_content_is_fitted_anew(tmp_path):
    songs, y = make_songs(12)
    data = WindowData(songs.values, songs.expand(y), {})
    with pytest.warns(UserWarning, match="Nothing of Holding is kept") as caught:
        fits = WindowFit(Holding(threading.Lock()), data, memory=tmp_path)
    assert len(caught) == 1
    assert fits.key == ""
    assert fits.memory is None


def test_damaged_results_are_computed_again(tmp_path):
    songs, y = make_songs(n_classes=2)
    vote = GroupVotingClassifier(GaussianNB(), voting=StackedVoting(), memory=tmp_path)
    expected = vote.fit(songs, y).predict_proba(songs)
    kept = list(tmp_path.rglob("output.pkl"))
    assert len(kept) == 7  # a classifier, five folds, its probabilities
    for path in kept:
        key, checksum, value, beside = joblib.load(path)
        value = value.copy()
        value.view(np.uint8).reshape(-1)[-1] ^= 1
        joblib.dump((key, checksum, value, beside), path)
    with pytest.warns(UserWarning, match="was damaged, or another's"):
        again = clone(vote).fit(songs, y).predict_proba(songs)
    np.testing.assert_array_equal(again, expected)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = clone(vote).fit(songs, y).predict_proba(songs)
    np.testing.assert_array_equal(again, expected)


def test_damage_where_nothing_can_be_written_any_more(tmp_path, monkeypatch):
    songs, y = make_songs(n_classes=2)
    vote = GroupVotingClassifier(GaussianNB(), memory=tmp_path).fit(songs, y)
    expected = vote.predict_proba(songs)
    (path,) = tmp_path.rglob("_proba_of/*/output.pkl")
    key, _, value, beside = joblib.load(path)
    joblib.dump((key, 0, value, beside), path)
    backend = "joblib._store_backends.StoreBackendMixin.dump_item"
    monkeypatch.setattr(backend, lambda *args, **kwargs: None)
    for _ in range(2):
        with pytest.warns(UserWarning, match="was damaged, or another's"):
            np.testing.assert_array_equal(vote.predict_proba(songs), expected)


def test_a_result_of_other_songs_is_not_taken(tmp_path):
    songs, y = make_songs(n_classes=2)
    vote = GroupVotingClassifier(GaussianNB(), memory=tmp_path).fit(songs, y)
    one, other = vote.predict_proba(songs[:2]), vote.predict_proba(songs[2:4])
    paths = sorted(tmp_path.rglob("_proba_of/*/output.pkl"))
    assert len(paths) == 2
    kept = [path.read_bytes() for path in paths]
    for path, content in zip(paths, kept[::-1], strict=True):
        path.write_bytes(content)
    for part, expected in ((songs[:2], one), (songs[2:4], other)):
        with pytest.warns(UserWarning, match="was damaged, or another's"):
            np.testing.assert_array_equal(vote.predict_proba(part), expected)
        np.testing.assert_array_equal(vote.predict_proba(part), expected)


def test_a_saved_model_whose_memory_is_a_file_predicts(tmp_path):
    songs, y = make_songs(n_classes=2)
    vote = GroupVotingClassifier(GaussianNB(), memory=tmp_path / "cache").fit(songs, y)
    expected = vote.predict_proba(songs)
    shutil.rmtree(tmp_path / "cache")
    (tmp_path / "cache").write_text("a file in the folder's place")
    with pytest.warns(UserWarning, match="Nothing is kept in memory="):
        np.testing.assert_array_equal(vote.predict_proba(songs), expected)
    with pytest.warns(UserWarning, match="Nothing is kept in memory="):
        refitted = clone(vote).fit(songs, y)
    np.testing.assert_array_equal(refitted.predict_proba(songs), expected)


def test_keys_only_where_there_is_a_memory(tmp_path):
    songs, y = make_songs(12)
    assert fit_of(songs, y).key == fit_of(songs, y).model().key == ""
    one, other = (
        fit_of(songs, y, memory=tmp_path),
        fit_of(songs[::-1], y, memory=tmp_path),
    )
    assert one.key == one.model().key == fit_of(songs, y, memory=tmp_path).key
    assert one.key != other.key


def test_a_model_without_a_key_is_never_looked_up(tmp_path):
    songs, y = make_songs(12)
    fitted = Counting().fit(songs.values, songs.expand(y))
    model = WindowModel(fitted, fitted.classes_)
    for _ in range(2):
        remembered_proba(model, songs.values, memory=tmp_path)
    assert len(Counting.predictions) == 2
    model.key = "all that it was fitted with"
    for _ in range(2):
        remembered_proba(model, songs.values, memory=tmp_path)
    assert len(Counting.predictions) == 3
    remembered_proba(model, songs.values[:5], memory=tmp_path)
    assert len(Counting.predictions) == 4


@pytest.mark.parametrize("compress", [False, True])
def test_a_found_model_is_not_unpickled_for_nothing(tmp_path, compress):
    songs, y = make_songs(12)
    memory = joblib.Memory(tmp_path, verbose=0, compress=compress)
    first = fit_of(songs, y, memory=memory).model()
    found = fit_of(songs, y, memory=memory).model()
    assert found._fitted is None
    assert found.classes.tolist() == first.classes.tolist()
    np.testing.assert_array_equal(found.fitted.theta_, first.fitted.theta_)


# -- words -----------------------------------------------------------------------------


def test_phases_are_said_when_asked_for(capsys):
    with phase(False, "fit"):
        pass
    assert capsys.readouterr().out == ""
    with phase(True, "fit"):
        pass
    line = capsys.readouterr().out
    assert re.fullmatch(r"\[GroupVotingClassifier\] fit: 0\.\d\d s\n", line)


def test_verbose_says_what_takes_how_long(capsys):
    songs, y = make_songs()
    model = GroupVotingClassifier(GaussianNB(), voting=StackedVoting(), verbose=True)
    model.fit(songs, y)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert all(line.endswith(" s") for line in lines)
    assert "windows of 30 songs" in lines[0]
    clone(model).set_params(verbose=False).fit(songs, y)
    assert not capsys.readouterr().out


def test_a_pickle_holds_the_classifier_and_no_pickle_of_it(tmp_path, songs):
    X, y, _ = songs
    data = WindowData(X.values, X.expand(y), {})
    estimator = LogisticRegression()
    WindowFit(estimator, data, memory=tmp_path).model()
    kept = WindowFit(estimator, data, memory=tmp_path).model()
    assert kept._fitted is None  # found in the memory, as a pickle
    state = kept.__getstate__()
    assert isinstance(state["fitted"], LogisticRegression)
    assert state.keys() == {"fitted", "classes", "key"}
    again = pickle.loads(pickle.dumps(kept))
    assert again.key == kept.key != ""
    np.testing.assert_array_equal(again.classes, kept.classes)
    np.testing.assert_array_equal(again.fitted.coef_, kept.fitted.coef_)
