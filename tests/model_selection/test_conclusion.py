import numpy as np
import pytest

from skgenre.model_selection import ModelComparison, VotingComparison
from skgenre.windows import SongWindows


def made(right, *, groups=None, seconds=None, y=None, **kwargs):
    """A comparison of models of which it is known on which songs they are right."""
    n_songs = len(next(iter(right.values())))
    y = np.arange(n_songs) % 2 if y is None else np.asarray(y)
    truth = np.eye(2)[y]
    proba = {
        name: np.where(np.asarray(hits, bool)[:, None], truth, 1 - truth)
        for name, hits in right.items()
    }
    return ModelComparison(
        y=y,
        song_proba=proba,
        fold=np.zeros(n_songs, int),
        groups=groups,
        seconds=seconds,
        **kwargs,
    )


def hits(n_right, n_songs, *, first=0):
    """The first songs right, all but some."""
    right = np.zeros(n_songs, bool)
    right[first : first + n_right] = True
    return right


def test_a_clear_winner():
    comparison = made({"old": hits(50, 100), "new": hits(90, 100)})
    row = comparison.pooled["new"]
    assert comparison.conclusion() == (
        "'new' is the best of 2 models with 90.0 % of 100 songs right, +40.0 points "
        f"against 'old' (95 % interval {100 * row['difference_low']:+.1f} to "
        f"{100 * row['difference_high']:+.1f}). By paired interval and McNemar's test, "
        "the other is worse: take 'new'."
    )


def test_the_reference_may_be_the_best():
    text = made({"a": hits(90, 100), "b": hits(40, 100), "c": hits(50, 100)})
    said = text.conclusion()
    assert said.startswith("'a' is the best of 3 models with 90.0 % of 100 songs right")
    assert "it is the one that others are compared with" in said
    assert "for 2 comparisons at once, all 2 others are worse: take 'a'." in said
    assert "a little too good, as the best of many" in said


def test_ties_take_the_simplest():
    # "b" mends 3 songs of "a" and spoils 2: a coin's toss.
    b = hits(80, 100)
    b[:2], b[80:83] = False, True
    comparison = made({"a": hits(80, 100), "b": b, "bad": hits(20, 100)})
    said = comparison.conclusion()
    assert said.startswith("'b' is the best of 3 models with 81.0 %")
    assert "'a' cannot be told apart from it on these songs" in said
    assert said.endswith("take 'a', the simplest of them.")
    assert "on these songs, 'bad' is worse (" in said


def test_equal_verdicts_are_ties():
    said = made({"a": hits(80, 100), "b": hits(80, 100)}).conclusion()
    assert said.startswith("Both models get 80.0 % of 100 songs right (95 % interval ")
    assert said.endswith("): take 'a', the simplest.")
    assert "+0.0" not in said
    # Two of three: the reference gets as many as the best, which is the faster.
    right = {"a": hits(80, 100), "b": hits(80, 100), "bad": hits(20, 100)}
    said = made(right, seconds={"a": 9.0, "b": 1.0, "bad": 1.0}).conclusion()
    assert "as the best of many; 'a' gets as many. 'a' cannot be told apart" in said


def test_ties_take_the_fastest_where_seconds_are_known():
    right = {"slow": hits(81, 100), "fast": hits(80, 100), "quick": hits(79, 100)}
    seconds = {"slow": 60.0, "fast": 1.1, "quick": 1.0}
    said = made(right, seconds=seconds).conclusion()
    # A tenth of a second is nothing: of the two the more accurate.
    assert said.endswith("take 'fast', the fastest (1.1 s) of them.")


def test_one_model():
    said = made({"only": hits(80, 100)}).conclusion()
    assert said.startswith("'only' gets 80.0 % of 100 songs right (95 % interval ")
    assert said.endswith(
        "it is the only model, so there is nothing to compare it with."
    )


def test_few_songs_tell_little():
    # Five of five mended: McNemar's p is 2 / 2**5, and the bootstrap leaves out 0.
    comparison = made({"old": hits(7, 12), "new": hits(12, 12)})
    assert comparison.pooled["new"]["difference_low"] > 0
    said = comparison.conclusion()
    assert "'old' cannot be told apart from it" in said
    assert said.endswith("With 12 songs, one song is 8.3 points.")


def test_nothing_is_better_than_the_most_frequent_label():
    y = [0] * 95 + [1] * 5
    said = made({"a": hits(95, 100), "b": hits(94, 100)}, y=y).conclusion()
    assert "'a' is not clearly better than always saying 0 (95.0 %)." in said


def test_many_comparisons_need_more_evidence():
    # Ten mended and one spoilt: p = 24 / 2**11 = 0.0117, enough for one comparison.
    b = hits(80, 101)
    b[0], b[80:90] = False, True
    a = hits(80, 101)
    assert "the other is worse" in made({"a": a, "b": b}).conclusion()
    # Not for nine: 0.05 / 9 = 0.0056.
    many = {f"a{i}": a for i in range(9)}
    said = made({**many, "b": b}).conclusion()
    assert "for 9 comparisons at once" in said
    assert "'a0', 'a1', 'a2', 'a3', 'a4' and 4 more cannot be told apart" in said


def test_songs_of_one_artist_are_one_piece_of_evidence():
    right = {"old": hits(60, 100), "new": hits(100, 100)}
    assert "the other is worse" in made(right).conclusion()
    # All 40 songs that are mended are by one of five artists.
    groups = np.r_[np.zeros(40), np.ones(20), np.full(40, 2)]
    assert "cannot be told apart" in made(right, groups=groups).conclusion()


@pytest.mark.parametrize("order", [["new", "mean"], ["mean", "new"]])
def test_the_simplest_voting_is_a_closed_one(order):
    truth = np.eye(2)[np.arange(40) % 2]
    comparison = VotingComparison(
        y=np.arange(40) % 2,
        song_proba=dict.fromkeys(order, truth),
        window_proba=SongWindows(truth, np.ones(40, int)),
        fold=np.zeros(40, int),
        reference=order[0],
    )
    said = comparison.conclusion()
    assert said.startswith("Both votings get 100.0 % of 40 songs right")
    assert "take 'mean', the simplest" in said
