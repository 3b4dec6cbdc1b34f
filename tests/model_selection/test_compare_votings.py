import shutil
import sys
import warnings
from functools import partial
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from compared_songs import make_windows
from numpy.testing import assert_array_equal
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    RepeatedStratifiedKFold,
    StratifiedKFold,
    cross_val_predict,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre import (
    FrameWindower,
    GroupVotingClassifier,
    MFCCFeaturizer,
    SongWindows,
    StackedVoting,
)
from skgenre._jobs import with_bar
from skgenre.model_selection import compare_votings
from skgenre.voting._rules import VOTINGS


class CountingNB(GaussianNB):
    n_fits = 0

    def fit(self, X, y, sample_weight=None):
        type(self).n_fits += 1
        return super().fit(X, y, sample_weight)


class CountingPasser(TransformerMixin, BaseEstimator):
    n_fits = 0

    def fit(self, X, y=None):
        type(self).n_fits += 1
        self.fitted_ = True
        return self

    def transform(self, X):
        return X


def test_equals_cross_val_predict_of_every_voting():
    windows, y = make_windows()
    cv = StratifiedKFold(3, shuffle=True, random_state=1)
    model = GroupVotingClassifier(GaussianNB())
    comparison = compare_votings(model, windows, y, cv=cv)
    assert list(comparison.song_proba) == list(VOTINGS)
    for name in VOTINGS:
        expected = cross_val_predict(
            clone(model).set_params(voting=name),
            windows,
            y,
            cv=cv,
            method="predict_proba",
        )
        np.testing.assert_allclose(comparison.song_proba[name], expected)
    np.testing.assert_array_equal(comparison.y, y)
    np.testing.assert_array_equal(comparison.classes, ["blues", "jazz", "rock"])


class CertainNB(GaussianNB):
    """Of float32, and so sure that the logarithms' clipping matters."""

    def predict_proba(self, X):
        proba = super().predict_proba(X).astype(np.float32)
        return np.eye(proba.shape[1], dtype=np.float32)[proba.argmax(axis=1)]


def test_votes_in_the_dtype_of_the_classifier():
    windows, y = make_windows()
    cv = StratifiedKFold(3)
    model = GroupVotingClassifier(CertainNB(), voting="mean_log_odds")
    comparison = compare_votings(model, windows, y, cv=cv, votings="mean_log_odds")
    expected = cross_val_predict(model, windows, y, cv=cv, method="predict_proba")
    np.testing.assert_allclose(comparison.song_proba["mean_log_odds"], expected)
    assert comparison.window_proba.values.dtype == np.float64


def test_fits_once_per_fold():
    windows, y = make_windows()
    CountingNB.n_fits = CountingPasser.n_fits = 0
    model = make_pipeline(CountingPasser(), GroupVotingClassifier(CountingNB()))
    compare_votings(model, windows, y, cv=3)
    assert CountingNB.n_fits == 3
    assert CountingPasser.n_fits == 3


def test_one_voting_has_no_differences():
    windows, y = make_windows()
    model = GroupVotingClassifier(GaussianNB())
    comparison = compare_votings(model, windows, y, votings="mean", reference="mean")
    assert list(comparison.song_proba) == ["mean"]
    assert comparison.differences().empty
    assert "Against" not in str(comparison)


def test_votings_as_dict_and_callables():
    def first_window(window_proba, groups):
        return window_proba[np.searchsorted(groups, np.unique(groups))]

    windows, y = make_windows()
    model = GroupVotingClassifier(GaussianNB())
    by_list = compare_votings(model, windows, y, votings=["mean", first_window])
    assert list(by_list.song_proba) == ["majority", "mean", "first_window"]
    by_dict = compare_votings(
        model, windows, y, votings={"a": "mean", "b": first_window}, reference="a"
    )
    assert list(by_dict.song_proba) == ["a", "b"]
    np.testing.assert_array_equal(
        by_list.song_proba["first_window"], by_dict.song_proba["b"]
    )
    offsets = windows.offsets[:-1]
    np.testing.assert_allclose(
        by_dict.song_proba["b"], by_dict.window_proba.values[offsets]
    )


def test_waveforms_through_a_whole_pipeline():
    rng = np.random.default_rng(0)
    tones = [
        np.sin(np.arange(n) * w)
        for n, w in zip(rng.integers(4000, 9000, 12), [0.1, 0.4] * 6, strict=True)
    ]
    songs = [tone + 0.01 * rng.normal(size=len(tone)) for tone in tones]
    y = np.array([0, 1] * 6)
    model = make_pipeline(
        FrameWindower(0.25, sample_rate=8000),
        MFCCFeaturizer(5, n_mels=20, summary=["mean"]),
        GroupVotingClassifier(make_pipeline(StandardScaler(), LogisticRegression())),
    )
    comparison = compare_votings(model, songs, y, cv=3, votings=["mean"])
    assert comparison.pooled["mean"]["accuracy"] == 1
    np.testing.assert_array_equal(comparison.window_proba.song_ids, np.arange(12))
    counts = FrameWindower(0.25, sample_rate=8000).fit_transform(songs).counts
    np.testing.assert_array_equal(comparison.window_proba.counts, counts)
    assert comparison.window_proba.window_seconds == 0.25


def test_array_rows_are_songs_of_one_window():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 3)), np.array([3, 7] * 20)
    comparison = compare_votings(
        GroupVotingClassifier(GaussianNB()), X, y, groups=np.arange(40) // 2, cv=4
    )
    for name in VOTINGS:
        # One window: every voting is the window's verdict.
        np.testing.assert_array_equal(
            comparison.verdicts(name), comparison.verdicts("mean")
        )
    assert comparison.verdicts("mean").dtype == y.dtype
    scores = comparison.pooled["mean"]
    assert scores["accuracy"] == scores["window_accuracy"]


def test_rows_stay_in_the_order_of_songs():
    windows, y = make_windows()
    comparison = compare_votings(GroupVotingClassifier(GaussianNB()), windows, y)
    out = comparison.window_proba
    np.testing.assert_array_equal(out.song_ids, windows.song_ids)
    np.testing.assert_array_equal(out.counts, windows.counts)
    np.testing.assert_array_equal(out.starts, windows.starts)
    means = [proba.mean(axis=0) for proba in out]
    np.testing.assert_allclose(comparison.song_proba["mean"], means)


def test_groups_are_on_one_side():
    windows, y = make_windows()
    artists = np.array([f"{label} {i % 4}" for i, label in enumerate(y)])
    comparison = compare_votings(
        GroupVotingClassifier(GaussianNB()), windows, y, groups=artists, cv=3
    )
    for artist in np.unique(artists):
        assert len(set(comparison.fold[artists == artist])) == 1


def test_same_seed_same_result_and_jobs_change_nothing():
    windows, y = make_windows()
    model = GroupVotingClassifier(GaussianNB())
    one = compare_votings(model, windows, y, random_state=3)
    with joblib.parallel_config("threading"):  # processes take seconds to start
        two = compare_votings(model, windows, y, random_state=3, n_jobs=2)
    other = compare_votings(model, windows, y, random_state=4)
    assert one.pooled == two.pooled
    np.testing.assert_array_equal(one.fold, two.fold)
    assert not np.array_equal(one.fold, other.fold)


def test_songs_without_windows_keep_their_rows():
    windows, y = make_windows(zero=[0, 7])
    model = GroupVotingClassifier(GaussianNB())
    with pytest.warns(UserWarning, match="2 of 30 songs have no windows") as caught:
        comparison = compare_votings(model, windows, y, cv=3)
    assert len(caught) == 1
    assert "blues 0, jazz 7" in str(caught[0].message)
    assert comparison.song_proba["mean"].shape == (30, 3)
    train_y = y[comparison.fold != comparison.fold[7]]
    shares = [np.mean(train_y == label) for label in comparison.classes]
    np.testing.assert_allclose(comparison.song_proba["mean"][7], shares)
    assert comparison.window_proba.counts[[0, 7]].tolist() == [0, 0]
    assert comparison.timeline(7).empty


def test_class_whose_training_songs_have_no_windows():
    windows, y = make_windows(zero=[0, 3, 6, 9, 12, 15, 18, 21, 24])
    # Blues 27 is the only one to be heard.
    with pytest.raises(ValueError, match=r"Fold \d tests songs of class 'blues', but"):
        compare_votings(GroupVotingClassifier(GaussianNB()), windows, y, cv=3)


def test_one_split_leaves_the_other_songs_out():
    windows, y = make_windows()
    train, test = np.arange(20), np.arange(20, 30)
    comparison = compare_votings(
        GroupVotingClassifier(GaussianNB()), windows, y, cv=[(train, test)]
    )
    np.testing.assert_array_equal(comparison.fold, [-1] * 20 + [0] * 10)
    assert np.isnan(comparison.song_proba["mean"][train]).all()
    assert comparison.pooled["mean"]["n_songs"] == 10
    expected = GroupVotingClassifier(GaussianNB()).fit(windows[train], y[train])
    assert comparison.pooled["mean"]["accuracy"] == pytest.approx(
        expected.score(windows[test], y[test])
    )
    assert "of 10 songs in 1 fold." in str(comparison)


def test_labels_of_any_dtype():
    windows, y = make_windows()
    model = GroupVotingClassifier(GaussianNB())
    text = compare_votings(model, windows, y)
    numbers = compare_votings(model, windows, np.unique(y, return_inverse=True)[1] * 5)
    assert numbers.pooled == text.pooled
    assert set(numbers.verdicts("mean")) <= {0, 5, 10}


def test_inputs_are_not_changed():
    windows, y = make_windows()
    before = windows.values.copy()
    model = GroupVotingClassifier(GaussianNB(), voting="max")
    compare_votings(model, windows, y)
    assert model.voting == "max"
    assert not hasattr(model, "estimator_")
    np.testing.assert_array_equal(windows.values, before)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"estimator": GaussianNB()}, "expected a GroupVotingClassifier"),
        ({"votings": ["mode"]}, "Got the voting 'mode', but expected one of"),
        ({"votings": []}, "Got no votings"),
        ({"votings": ["mean", "mean"]}, r"named \['mean'\]\. Give them names"),
        ({"votings": {3: "mean"}}, "Got the name 3 of a voting"),
        ({"votings": ["mean", 3]}, "Got the voting 3"),
        ({"reference": "best"}, "Got reference='best', but expected"),
        ({"y": ["jazz"] * 30}, "at least 2 classes"),
        ({"y": ["jazz"] * 29}, "inconsistent numbers of samples"),
        ({"y": [["jazz"]] * 30}, "one label per song"),
        ({"groups": [None] * 30}, "without an artist for song 0"),
        ({"cv": RepeatedStratifiedKFold()}, "tests song 0 10 times"),
        ({"cv": []}, "makes no split"),
        ({"confidence": 95}, "Got confidence=95"),
        ({"n_bootstrap": 0}, "Got n_bootstrap=0"),
    ],
)
def test_bad_input(change, match):
    windows, y = make_windows()
    given = {
        "estimator": GroupVotingClassifier(GaussianNB()),
        "X": windows,
        "y": y,
        **change,
    }
    with pytest.raises(ValueError, match=match):
        compare_votings(**given)


def test_trained_votings_fit_windows_once_per_fold():
    votings = pytest.importorskip("skgenre.voting")
    windows, y = make_windows(60)
    model = GroupVotingClassifier(GaussianNB(), cv=3)
    stacked = votings.StackedVoting()
    comparison = compare_votings(
        model, windows, y, cv=3, votings={"mean": "mean", "stacked": stacked}
    )
    cv = [
        (np.flatnonzero(comparison.fold != i), np.flatnonzero(comparison.fold == i))
        for i in range(3)
    ]
    expected = cross_val_predict(
        clone(model).set_params(voting=stacked),
        windows,
        y,
        cv=cv,
        method="predict_proba",
    )
    np.testing.assert_allclose(comparison.song_proba["stacked"], expected)
    assert not hasattr(stacked, "classes_")


def test_a_classifier_that_knows_more_classes_than_y(tmp_path):
    windows, y = make_windows()

    class Foreign(GaussianNB):
        def fit(self, X, y, sample_weight=None):
            X, y = np.vstack([X, X[:2]]), [*y, "polka", "polka"]
            return super().fit(X, y)

    with pytest.raises(ValueError, match=r"knows the class\(es\) \['polka'\]"):
        compare_votings(GroupVotingClassifier(Foreign()), windows, y, cv=2)


def test_warnings_name_the_line_of_the_caller():
    windows, y = make_windows(zero=[0])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        y[y == "rock"] = "jazz"
        y[:3] = "rock"
        compare_votings(GroupVotingClassifier(GaussianNB()), windows, y, cv=5)
    assert [str(w.message)[:14] for w in caught] == ["No song is tes", "1 of 30 songs "]
    assert {w.filename for w in caught} == {__file__}


def unequal_windows():
    """Songs of class "long" have nine windows, those of "short" one."""
    rng = np.random.default_rng(0)
    y = np.array(["long", "short"] * 12)
    windows = SongWindows(rng.normal(size=(120, 2)), counts=np.where(y == "long", 9, 1))
    windows.values[windows.expand(y) == "long"] += 0.3
    return windows, y


@pytest.mark.parametrize("song_balanced", [False, True])
def test_a2_naive_bayes_with_classes_of_unequal_length(song_balanced):
    windows, y = unequal_windows()
    cv = StratifiedKFold(3, shuffle=True, random_state=1)
    model = GroupVotingClassifier(
        GaussianNB(), voting="naive_bayes", song_balanced=song_balanced
    )
    comparison = compare_votings(
        model, windows, y, votings="naive_bayes", reference="naive_bayes", cv=cv
    )
    expected = cross_val_predict(model, windows, y, cv=cv, method="predict_proba")
    np.testing.assert_allclose(comparison.song_proba["naive_bayes"], expected)


def test_a2_windows_without_information_leave_the_prior():
    # Half of the songs are short, whatever most windows are.
    windows, y = unequal_windows()
    windows.values[:] = 0
    comparison = compare_votings(
        GroupVotingClassifier(DummyClassifier(strategy="prior")),
        windows,
        y,
        votings="naive_bayes",
        reference="naive_bayes",
        cv=3,
    )
    np.testing.assert_allclose(comparison.song_proba["naive_bayes"], 0.5)


@pytest.mark.parametrize("missing", [None, np.nan, pd.NaT, pd.NA])
@pytest.mark.parametrize("kind", [list, pd.Series, lambda v: np.array(v, object)])
def test_a22_artists_that_are_missing_are_refused(missing, kind):
    windows, y = unequal_windows()
    artists = kind([missing, *"abcdefghijklmnopqrstuvw"])
    with pytest.raises(ValueError, match="without an artist for song 0"):
        compare_votings(GroupVotingClassifier(GaussianNB()), windows, y, groups=artists)


@pytest.mark.filterwarnings("ignore:Songs of class")
def test_a22_artists_1_and_text_1_are_two():
    windows, y = unequal_windows()
    artists = [1, 1, "1", "1", 2, 2, "2", "2", 3, 3, "3", "3"] * 2
    comparison = compare_votings(
        GroupVotingClassifier(GaussianNB()), windows, y, groups=artists, cv=3
    )
    assert "by 6 groups" in str(comparison)


@pytest.mark.filterwarnings("ignore:Songs of class")
def test_artists_is_another_name_of_groups():
    windows, y = unequal_windows()
    model, artists = GroupVotingClassifier(GaussianNB()), np.repeat(np.arange(6), 4)
    first = compare_votings(model, windows, y, groups=artists, cv=3)
    second = compare_votings(model, windows, y, artists=artists, cv=3)
    np.testing.assert_array_equal(first.fold, second.fold)
    with pytest.raises(ValueError, match="two names of the same"):
        compare_votings(model, windows, y, groups=artists, artists=artists)


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA])
def test_c_songs_without_label_are_named(missing):
    windows, y = unequal_windows()
    y = [missing, *y[1:]]
    with pytest.raises(ValueError, match=r"without a label for 1 of 24 .*song 0\)"):
        compare_votings(GroupVotingClassifier(GaussianNB()), windows, y)


def test_a16_songs_without_windows_have_no_verdict():
    windows, y = unequal_windows()
    counts = windows.counts.copy()
    counts[1] = 0  # a "short" song, whose only window is row 9
    heard = SongWindows(np.delete(windows.values, 9, axis=0), counts=counts)
    model = GroupVotingClassifier(GaussianNB(), song_balanced=True)
    with pytest.warns(UserWarning, match="have no verdict and count in no score: 1"):
        comparison = compare_votings(model, heard, y, cv=3)
    frame = comparison.predictions("mean")
    assert pd.isna(frame["verdict"][1])
    assert frame["error"][1] == "no windows"
    assert frame[["proba_long", "proba_short"]].iloc[1].isna().all()
    others = frame.drop(index=1)
    assert (others["error"] == "").all()
    assert (
        others["verdict"].tolist() == np.delete(comparison.verdicts("mean"), 1).tolist()
    )
    # Neither right nor wrong.
    assert comparison.pooled["mean"]["n_songs"] == 23
    right = (others["verdict"] == others["label"]).mean()
    assert comparison.pooled["mean"]["accuracy"] == pytest.approx(right)
    assert "there is no verdict: 1 song without windows." in str(comparison)


def test_b12_a_class_of_two_artists_is_said_before_trained_votings_are_fitted():
    rng = np.random.default_rng(0)
    y = np.repeat(["a", "b", "c"], 10)
    artists = [f"{label}{i % (2 if label == 'c' else 5)}" for i, label in enumerate(y)]
    windows = SongWindows(rng.normal(size=(90, 2)), counts=[3] * 30)
    arguments = {"groups": artists, "cv": 2, "votings": ["mean", StackedVoting()]}
    model = GroupVotingClassifier(CountingNB())
    CountingNB.n_fits = 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning, match="3 in all: 'c' has 2"):
            compare_votings(model, windows, y, **arguments)
    assert CountingNB.n_fits == 0
    with pytest.warns(UserWarning, match="Add artists, leave the class out") as caught:
        compare_votings(model, windows, y, **arguments)
    assert len(caught) == 1


def test_a_bar_of_folds(monkeypatch, capsys):
    module = sys.modules["skgenre.model_selection._compare_votings"]
    monkeypatch.setattr(module, "with_bar", partial(with_bar, patience=0.0))
    windows, y = make_windows()
    model = GroupVotingClassifier(GaussianNB())
    silent = compare_votings(model, windows, y, cv=3)
    assert capsys.readouterr().err == ""
    shown = compare_votings(model, windows, y, cv=3, verbose=1)
    assert shown.pooled == silent.pooled
    err = capsys.readouterr().err
    assert "cross-validation: 100%" in err
    assert "3/3" in err
    assert "fold/s" in err


def test_processes_read_the_files_of_this_folder(song_files, tmp_path, monkeypatch):
    """Those that were started in another folder know no such names."""
    folder = tmp_path / "songs"
    folder.mkdir()
    for i, song in enumerate(song_files.data):
        shutil.copy(song, folder / f"{i}{Path(song).suffix}")
    model = make_pipeline(
        FrameWindower(1.0),
        MFCCFeaturizer(summary=("mean", "std")),
        GroupVotingClassifier(GaussianNB()),
    )
    more = {"votings": ["mean"], "reference": "mean", "cv": 2}
    expected = compare_votings(model, song_files.data, song_files.target, **more)
    names = [f"{i}{Path(song).suffix}" for i, song in enumerate(song_files.data)]
    joblib.Parallel(n_jobs=2)(joblib.delayed(abs)(i) for i in range(4))
    monkeypatch.chdir(folder)
    found = compare_votings(model, names, song_files.target, n_jobs=2, **more)
    assert_array_equal(found.song_proba["mean"], expected.song_proba["mean"])
    assert found.window_proba.song_ids.tolist() == names
