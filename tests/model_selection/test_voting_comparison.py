import pickle
import sys

import numpy as np
import pytest
from compared_songs import hand_made, make_windows
from sklearn.base import clone
from sklearn.metrics import accuracy_score, f1_score, log_loss
from sklearn.model_selection import StratifiedKFold
from sklearn.naive_bayes import GaussianNB

from skgenre import GroupVotingClassifier, SongWindows
from skgenre.model_selection import VotingComparison, compare_votings
from skgenre.voting._rules import VOTINGS


def test_scores_per_fold_and_pooled():
    windows, y = make_windows()
    comparison = compare_votings(
        GroupVotingClassifier(GaussianNB()), windows, y, cv=3, votings=["mean", "max"]
    )
    frame = comparison.to_frame()
    assert len(frame) == 3 * 3  # the reference is added
    for row in frame.itertuples():
        fold = comparison.fold == row.fold
        verdicts = comparison.verdicts(row.voting)
        assert row.n_songs == fold.sum()
        assert row.accuracy == accuracy_score(y[fold], verdicts[fold])
        proba = comparison.song_proba[row.voting]
        assert row.log_loss == pytest.approx(log_loss(y[fold], proba[fold]))
        assert row.f1_macro == pytest.approx(
            f1_score(y[fold], verdicts[fold], average="macro")
        )
    assert frame.groupby("fold")["window_accuracy"].nunique().tolist() == [1, 1, 1]
    summary = comparison.summary()
    assert summary.index.tolist() == ["majority", "mean", "max"]
    window_verdicts = comparison.classes[comparison.window_proba.values.argmax(axis=1)]
    assert (
        summary["window_accuracy"].tolist()
        == [accuracy_score(windows.expand(y), window_verdicts)] * 3
    )
    assert (summary["accuracy_low"] <= summary["accuracy"]).all()
    assert (summary["accuracy_high"] >= summary["accuracy"]).all()


def test_differences_by_hand():
    comparison = hand_made()
    (row,) = comparison.differences().itertuples()
    assert row.Index == "new"
    assert (row.n_better, row.n_worse) == (8, 2)
    assert row.difference == pytest.approx(6 / 20)
    assert row.p_value == pytest.approx(0.109375)
    assert row.difference_low < 0.3 < row.difference_high
    assert comparison.pooled["old"]["difference"] == 0
    assert comparison.pooled["old"]["p_value"] == 1


def test_differences_are_resampled_by_artist():
    def width(comparison):
        row = comparison.pooled["new"]
        return row["difference_high"] - row["difference_low"]

    assert width(hand_made(groups=np.arange(20) // 5)) > 1.3 * width(hand_made())
    assert width(hand_made(confidence=0.5)) < 0.6 * width(hand_made())


def test_text_table_needs_no_pandas(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    lines = str(hand_made()).splitlines()
    assert lines[0] == "2 votings over the same 20 windows of 20 songs in 2 folds."
    assert any("+30.0" in line and "0.109" in line for line in lines)
    assert max(map(len, lines)) <= 80
    with pytest.raises(ModuleNotFoundError, match=r'pip install "skgenre\[plot\]"'):
        hand_made().summary()


def test_representations():
    comparison = hand_made(groups=np.arange(20) // 5)
    assert "by 4 groups" in str(comparison)
    assert repr(comparison) == (
        "VotingComparison(votings=['old', 'new'], n_songs=20, reference='old')"
    )
    html = comparison._repr_html_()
    assert html.count("<table>") == 2
    assert str(pickle.loads(pickle.dumps(comparison))) == str(comparison)


def test_timeline_is_out_of_fold():
    windows, y = make_windows()
    comparison = compare_votings(GroupVotingClassifier(GaussianNB()), windows, y)
    frame = comparison.timeline(4, voting="mean")
    assert frame.columns.tolist() == [
        "song",
        "start",
        "end",
        "blues",
        "jazz",
        "rock",
        "verdict",
    ]
    assert frame["song"].unique().tolist() == ["jazz 4"]
    assert frame["end"].tolist() == (frame["start"] + 5).tolist()
    assert frame["verdict"].unique().tolist() == [comparison.verdicts("mean")[4]]


def test_accuracy_by_fold_by_hand():
    # Folds take turns: each mends four of ten songs, and spoils one.
    comparison = hand_made()
    shares = comparison.by_fold()
    assert {name: share.tolist() for name, share in shares.items()} == {
        "old": [0.6, 0.6],
        "new": [0.9, 0.9],
    }
    gains = comparison.by_fold("difference")
    np.testing.assert_allclose(gains["new"], 0.3)
    np.testing.assert_array_equal(gains["old"], 0)
    with pytest.raises(ValueError, match="Got kind='f1', but expected 'accuracy' or"):
        comparison.by_fold("f1")


def test_songs_that_no_fold_tests_are_not_counted():
    comparison = hand_made()
    comparison.fold = np.where(np.arange(20) < 10, -1, 0)
    # Of the last ten, the first voting gets all right, the second all but two.
    assert comparison.pooled["old"]["accuracy"] == 1
    assert comparison.pooled["new"]["accuracy"] == 0.8
    assert comparison.pooled["new"]["n_songs"] == 10
    assert "of 10 songs in 1 fold." in str(comparison)


def test_text_by_hand():
    lines = str(hand_made()).splitlines()
    assert lines[1] == (
        "Windows alone: 100.0 % right. Always 'jazz': 50.0 % of songs right."
    )
    # Each of these songs has one window.
    assert "votings cannot differ" in lines[2]
    assert lines[4].split("  ")[0] == "Songs"
    assert lines[5].split()[:3] == ["old", "60.0", "%"]
    assert lines[6].split()[:3] == ["new", "90.0", "%"]
    assert (
        lines[-1] == "Intervals: bootstrap over songs. Differences: percentage points."
    )


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"confidence": 0}, "Got confidence=0"),
        ({"n_bootstrap": 1.5}, r"Got n_bootstrap=1\.5"),
        ({"groups": [None, *range(19)]}, "without an artist for song 0"),
    ],
)
def test_parameters_are_checked(change, match):
    with pytest.raises(ValueError, match=match):
        hand_made(**change)


def test_reference_must_be_compared():
    comparison = hand_made()
    with pytest.raises(ValueError, match=r"Got reference='best'.*\['old', 'new'\]"):
        type(comparison)(
            y=comparison.y,
            song_proba=comparison.song_proba,
            window_proba=comparison.window_proba,
            fold=comparison.fold,
            reference="best",
        )


def rare(n_common=95, n_rare=5):
    """A model that always says "common" of songs of one window each."""
    n_songs = n_common + n_rare
    proba = np.tile([0.9, 0.1], (n_songs, 1))
    proba[-1] = [0.6, 0.4]
    return VotingComparison(
        y=["common"] * n_common + ["rare"] * n_rare,
        song_proba={"mean": proba, "max": proba},
        window_proba=SongWindows(proba, [1] * n_songs),
        fold=np.zeros(n_songs, int),
        reference="mean",
        n_bootstrap=50,
    )


def test_a14_what_the_majority_class_alone_gets():
    comparison = rare()
    assert comparison.baseline == ("common", 0.95)
    assert "Always 'common': 95.0 % of songs right." in str(comparison)
    assert comparison.pooled["mean"]["accuracy"] == 0.95
    assert comparison.pooled["mean"]["balanced_accuracy"] == 0.5
    assert comparison.recall("mean") == {"common": 1.0, "rare": 0.0}
    # One of five rare songs stands above all others, four tie with all of them.
    assert comparison.pooled["mean"]["auc"] == pytest.approx((1 + 4 * 0.5) / 5)


def test_a14_votings_cannot_differ_over_one_window():
    assert "so votings cannot differ: take shorter windows." in str(rare())
    many = hand_made()
    many.window_proba = SongWindows(np.zeros((40, 2)), [2] * 20)
    assert "cannot differ" not in str(many)


def test_c_all_right_is_an_interval_by_wilson():
    comparison = rare(n_common=20, n_rare=0 + 1)
    right = np.eye(2)[[0] * 20 + [1]]
    comparison.song_proba = {"mean": right, "max": right}
    row = comparison.pooled["mean"]
    # n / (n + z^2) of 21 songs.
    assert row["accuracy_low"] == pytest.approx(21 / (21 + 1.959964**2), abs=1e-6)
    assert row["accuracy_high"] == 1
    assert "84.5 to 100.0 %" in str(comparison)
    assert "Wilson's where all or none are right" in str(comparison)


def test_c_lines_fit_into_60_columns_at_words():
    text = rare().to_text(width=60)
    assert max(map(len, text.splitlines())) <= 60
    words = set(str(rare()).split())
    assert set(text.split()) <= words


@pytest.mark.parametrize("voting", list(VOTINGS))
def test_contributions_are_those_of_the_model_of_each_fold(voting):
    """Against one classifier a fold, fitted by hand and asked itself."""
    windows, y = make_windows()
    cv = list(StratifiedKFold(3).split(y, y))
    model = GroupVotingClassifier(GaussianNB(), voting=voting)
    found = compare_votings(model, windows, y, cv=cv).explained(voting)
    for train, test in cv:
        fitted = clone(model).fit(windows[train], y[train])
        expected = fitted.explained(windows[test])
        own = np.isin(windows.groups, test)
        assert found.kind == expected.kind
        np.testing.assert_allclose(
            found.contribution[own], expected.contribution, atol=1e-9
        )
        np.testing.assert_allclose(found.baseline[test], expected.baseline)
        np.testing.assert_allclose(found.score[test], expected.score)


def test_what_is_no_named_voting_is_not_explained():
    windows, y = make_windows()
    comparison = compare_votings(
        GroupVotingClassifier(GaussianNB()),
        windows,
        y,
        cv=3,
        # One has the name of a voting that it is not.
        votings={"mean": "max", "own": lambda proba, groups: mean_of(proba, groups)},
    )
    assert comparison.explained("own") is None
    assert comparison.explained("mean") is None
    assert comparison.explained() is not None  # the reference


def mean_of(proba, groups):
    return np.array([proba[groups == song].mean(axis=0) for song in np.unique(groups)])


def test_songs_that_no_fold_tests_are_explained_by_nothing():
    windows, y = make_windows()
    split = [(np.arange(len(y) // 2, len(y)), np.arange(len(y) // 2))]
    model = GroupVotingClassifier(GaussianNB())
    comparison = compare_votings(model, windows, y, cv=split, votings=["mean"])
    found = comparison.explained("mean")
    assert np.isnan(found.score[len(y) // 2 :]).all()
    assert np.isfinite(found.score[: len(y) // 2]).all()
    assert len(found.contribution) == comparison.window_proba.n_windows
