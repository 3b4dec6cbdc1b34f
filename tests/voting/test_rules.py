import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import expit, logit
from scipy.stats import gmean

from skgenre import vote
from skgenre._by_song import dispatch, reductions
from skgenre.voting import _rules
from skgenre.voting._rules import VOTINGS, aggregate, check_window_proba

ORDER_FREE = sorted(VOTINGS)

# The worked example of the source answer; its columns in the order of classes_.
CLASSES = ["blues", "jazz", "metal", "rock"]
WINDOWS_IN_SOURCE_ORDER = np.array(
    [
        [0.5, 0.2, 0.3, 0.9],
        [0.9, 0.2, 0.3, 0.3],
        [0.5, 0.2, 0.3, 0.7],
        [0.1, 0.2, 0.3, 0.5],
        [0.9, 0.2, 0.3, 0.4],
    ]
)


def uniform(n_classes):
    return np.full(n_classes, 1 / n_classes)


def one_song(proba, voting, prior=None):
    (song,) = vote(proba, ["a song"] * len(proba), voting=voting, prior=prior)[1]
    return song


@pytest.mark.parametrize(
    ("voting", "scores", "winner"),
    [
        ("majority", [0.4, 0, 0, 0.6], "rock"),
        ("mean", [0.58, 0.2, 0.3, 0.56], "blues"),
        ("mean_log_odds", [0.6081, 0.2, 0.3, 0.5887], "blues"),
    ],
)
def test_worked_example_of_the_source(voting, scores, winner):
    # There the columns are blues, jazz, metal, rock, as LabelBinarizer sorts them.
    # Its windows are one sigmoid per class, which `vote` would not take for shares.
    codes = np.zeros(5, int)
    (song,) = aggregate(
        WINDOWS_IN_SOURCE_ORDER, codes, 1, voting=voting, prior=uniform(4)
    )
    assert_allclose(song, np.array(scores) / np.sum(scores), atol=5e-5)
    assert CLASSES[song.argmax()] == winner


def test_every_voting_by_hand():
    p = np.array([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.2, 0.5, 0.3], [0.8, 0.1, 0.1]])
    prior = np.array([0.5, 0.3, 0.2])
    scores = {
        "mean": p.mean(axis=0),
        "median": [0.45, 0.35, 0.2],
        "max": [0.8, 0.6, 0.3],
        "mean_log_proba": gmean(p, axis=0),
        "mean_log_odds": expit(logit(p).mean(axis=0)),
        "naive_bayes": p.prod(axis=0) / prior**3,
    }
    for voting, score in scores.items():
        expected = np.array(score) / np.sum(score)
        assert_allclose(one_song(p, voting, prior), expected, rtol=1e-12)
    # Two votes each for the first and second class: the larger mean wins.
    assert_allclose(one_song(p, "majority"), [0.5, 0.5, 0])
    assert one_song(p, "majority").argmax() == 0
    assert one_song(p[:, [1, 0, 2]], "majority").argmax() == 1


def probabilities(max_windows=12, dtype=np.float64):
    shape = st.tuples(st.integers(1, max_windows), st.integers(2, 5))
    elements = st.floats(2**-10, 1, width=32)
    return hnp.arrays(dtype, shape, elements=elements).map(
        lambda p: p / p.sum(axis=1, keepdims=True)
    )


@pytest.mark.parametrize("voting", ORDER_FREE)
@given(p=probabilities(), data=st.data())
def test_properties(voting, p, data):
    n = len(p)
    groups = np.array(data.draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)))
    songs, song_proba = vote(p, groups, voting=voting)
    assert_allclose(song_proba.sum(axis=1), 1)
    assert (song_proba >= 0).all()
    # Each song is voted alone.
    for song, row in zip(songs, song_proba, strict=True):
        assert_allclose(row, one_song(p[groups == song], voting), rtol=1e-9, atol=1e-12)
    # The order of the windows does not matter.
    shuffled = data.draw(st.permutations(range(n)))
    names, rows = vote(p[shuffled], groups[shuffled], voting=voting)
    again = dict(zip(names.tolist(), rows, strict=True))
    for song, row in zip(songs, song_proba, strict=True):
        assert_allclose(again[song], row, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("voting", ["mean", "median", "max", "mean_log_proba"])
@given(p=probabilities())
def test_one_window_is_its_own_verdict(voting, p):
    assert_allclose(vote(p, np.arange(len(p)), voting=voting)[1], p, rtol=1e-6)


@given(p=probabilities(), copies=st.integers(1, 5))
def test_repeating_all_windows_changes_only_naive_bayes(p, copies):
    repeated = np.tile(p, (copies, 1))
    for voting in set(ORDER_FREE) - {"naive_bayes"}:
        assert_allclose(
            one_song(repeated, voting), one_song(p, voting), rtol=1e-9, atol=1e-12
        )


def test_naive_bayes_is_bayes_rule():
    # Windows that each say what the prior says carry no evidence.
    prior = np.array([0.6, 0.3, 0.1])
    assert_allclose(one_song(np.tile(prior, (7, 1)), "naive_bayes", prior), prior)
    # Two windows of odds 3:1 under an even prior make odds of 9:1.
    p = np.array([[0.75, 0.25]] * 2)
    assert_allclose(one_song(p, "naive_bayes"), [0.9, 0.1])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("voting", ORDER_FREE)
def test_certain_windows_stay_finite(voting, dtype):
    p = np.eye(3, dtype=dtype)[[0, 0, 1]]
    song = one_song(p, voting)
    assert np.isfinite(song).all()
    assert song.argmax() == 0 or voting == "max"


def test_medians_that_are_all_zero_fall_back_to_the_mean():
    assert_allclose(one_song(np.eye(3), "median"), [1 / 3] * 3)


def test_float32_stays_close_to_float64():
    p = np.random.default_rng(0).dirichlet(np.ones(10), size=5000)
    groups = np.repeat(np.arange(50), 100)
    for voting in ORDER_FREE:
        exact = vote(p, groups, voting=voting)[1]
        assert_allclose(
            vote(p.astype(np.float32), groups, voting=voting)[1], exact, atol=2e-3
        )


def test_groups_of_any_dtype_in_any_order():
    p = np.array([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]])
    songs, song_proba = vote(p, ["so what", "help", "so what"])
    assert songs.tolist() == ["so what", "help"]
    assert_allclose(song_proba, [[0.7, 0.3], [0.2, 0.8]])
    songs, same = vote(p, np.array([("a", 1), ("b", 2), ("a", 1), 0], dtype=object)[:3])
    assert songs.tolist() == [("a", 1), ("b", 2)]
    assert_array_equal(same, song_proba)


def test_callable():
    seen = []

    def first_window(window_proba, groups):
        seen.append((window_proba.copy(), groups.copy()))
        return 2 * window_proba[np.searchsorted(groups, np.unique(groups))]

    p = np.array([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]])
    _, song_proba = vote(p, ["b", "a", "b"], voting=first_window)
    assert_allclose(song_proba, [[0.9, 0.1], [0.2, 0.8]])
    assert_array_equal(seen[0][0], p[[0, 2, 1]])
    assert_array_equal(seen[0][1], [0, 0, 1])


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (np.ones(2), r"must return song_proba of shape \(1, 2\). Got shape \(2,\)"),
        ([[1.0, -1.0]], "finite numbers, 0 or more"),
        ([[np.nan, 1.0]], "finite numbers"),
        ([[0.0, 0.0]], "not all 0"),
    ],
)
def test_callable_that_returns_nonsense(result, message):
    with pytest.raises(ValueError, match=message):
        vote([[0.5, 0.5]], ["a"], voting=lambda p, groups: result)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[0.5, 1.5]], ["a"]), r"\[0\.5, 1\.5\] in row 0 .*a softmax is missing"),
        (([[0.5, np.nan]], ["a"]), "between 0 and 1.*NaN or infinity"),
        (([0.5, 0.5], ["a", "a"]), r"\(n_windows, n_classes\).*of hard labels"),
        (([[0.5], [0.5]], ["a", "a"]), "two classes or more"),
        (([[0.5, 0.5]], ["a", "b"]), r"'groups'.*expected shape \(1,\)"),
    ],
)
def test_wrong_input(arguments, message):
    with pytest.raises(ValueError, match=message):
        vote(*arguments)


def test_wrong_prior_and_voting():
    with pytest.raises(ValueError, match="'prior' parameter must hold 2 shares"):
        vote([[0.5, 0.5]], ["a"], prior=[1.0])
    with pytest.raises(ValueError, match="'voting' parameter"):
        vote([[0.5, 0.5]], ["a"], voting="loudest")


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i8", "bool"])
def test_probabilities_are_floats(dtype):
    proba = check_window_proba(np.eye(2, dtype=dtype))
    assert proba.dtype == (dtype if dtype in ("f4", "f8") else float)
    assert_array_equal(proba, np.eye(2))
    exact = np.eye(2)
    assert check_window_proba(exact) is exact


@pytest.mark.parametrize("row", [0, 3, 6, 7])
def test_every_block_of_probabilities_is_looked_at(row, monkeypatch):
    monkeypatch.setattr(_rules, "_BLOCK", 3)
    proba = np.full((8, 2), 0.5)
    for wrong in (-0.1, 1.1, np.nan):
        proba[row, 1] = wrong
        with pytest.raises(ValueError, match="must lie between 0 and 1"):
            check_window_proba(proba)
    # Sums of rounded shares may be a little more than 1.
    proba[row] = [0.333, 0.667 + 5e-3]
    assert check_window_proba(proba) is proba
    assert check_window_proba(np.zeros((0, 2))).shape == (0, 2)


@pytest.mark.parametrize(
    ("proba", "cause"),
    [
        # found.md A10, A21
        ([[0.9, 0.7], [0.8, 0.9], [0.1, 0.3]], "one sigmoid per class"),
        ([[0.5, 0.5], [0.0, 0.0]], "Rows of zeros"),
        ([[-0.1, -2.3], [-0.7, -0.7]], "log-probabilities: apply np.exp"),
        ([[2.0, -1.5], [0.3, 0.1]], "logits: a softmax is missing"),
        ([[60.0, 40.0], [10.0, 90.0]], "percentages: divide by 100"),
        ([[3.0, 1.0], [2.0, 2.0]], "logits or counts"),
        ([[np.nan, 0.5]], "NaN or infinity"),
        ([[np.inf, 0.5]], "NaN or infinity"),
    ],
)
def test_what_is_no_distribution_is_refused_with_its_likely_cause(proba, cause):
    with pytest.raises(ValueError, match=cause):
        vote(proba, ["a"] * len(proba))


def test_the_first_wrong_row_is_named():
    proba = np.full((5, 2), 0.5)
    proba[3:] = 0.9
    with pytest.raises(ValueError, match=r"\[0.9, 0.9\] in row 3 \(2 of 5 rows"):
        vote(proba, ["a"] * 5)


@pytest.mark.parametrize(
    ("row", "is_fine"),
    [
        ([0.5, 0.509], True),
        ([0.5, 0.491], True),
        ([0.5, 0.511], False),
        ([0.5, 0.489], False),
        ([1.004, -0.004], False),
        ([1.0, 0.0], True),
    ],
)
def test_tables_are_rounded_but_no_more(row, is_fine):
    if is_fine:
        assert_allclose(vote([row], ["a"])[1], [np.divide(row, sum(row))])
        return
    with pytest.raises(ValueError, match="must lie between 0 and 1"):
        vote([row], ["a"])


def test_ties_go_to_the_larger_mean_among_the_winners():
    # The first two win a window each; the third wins none, and has the largest mean.
    p = np.array([[0.46, 0.10, 0.44], [0.05, 0.49, 0.46]])
    share = one_song(p, "majority")
    assert share.argmax() == 1
    assert_allclose(share, [0.5, 0.5, 0.0])


def test_ties_of_weights_that_rounding_divides():
    # 0.1 + 0.2 is more than 0.3, by a step of the last digit.
    p = [[0.6, 0.4], [0.6, 0.4], [0.1, 0.9]]
    song = vote(p, ["a"] * 3, voting="majority", window_weight=[0.1, 0.2, 0.3])[1]
    assert song.argmax() == 1


def test_the_evidence_of_thousands_of_windows_is_no_overflow():
    p = np.tile([[0.98, 0.01, 0.01]], (3000, 1))
    assert_allclose(one_song(p, "naive_bayes"), [1, 0, 0])
    unlikely = np.tile([[0.2, 0.4, 0.4]], (3000, 1))
    assert_allclose(one_song(unlikely, "naive_bayes"), [0, 0.5, 0.5])


def test_medians_of_which_one_is_zero_stay_medians():
    p = [[0.0, 0.9, 0.1], [0.0, 0.6, 0.4], [0.4, 0.3, 0.3]]
    assert_allclose(one_song(p, "median"), np.array([0, 6, 3]) / 9)


def test_shares_are_made_to_add_up_to_one():
    with pytest.warns(UserWarning, match="weight 0"):
        song = vote([[0.1, 0.9]], ["a"], prior=[3, 1], window_weight=[0])[1]
    assert_allclose(song, [[0.75, 0.25]])
    for prior in ([0, 0], [1, -1], [np.nan, 1], [1, 1, 1]):
        with pytest.raises(ValueError, match="'prior' parameter must hold 2 shares"):
            vote([[0.1, 0.9]], ["a"], prior=prior)


def test_songs_without_windows_get_the_prior():
    prior = np.array([0.7, 0.3])
    p = np.array([[0.1, 0.9]])
    result = aggregate(p, np.array([1]), 3, voting="mean", prior=prior)
    assert_allclose(result, [prior, [0.1, 0.9], prior])


def test_no_song_has_a_window():
    prior = np.array([0.7, 0.3])
    p, codes = np.zeros((0, 2)), np.zeros(0, int)
    for voting in [*ORDER_FREE, lambda p, groups: p]:
        assert_array_equal(
            aggregate(p, codes, 2, voting=voting, prior=prior), [prior] * 2
        )


def test_a_class_without_a_share_is_never_the_verdict():
    prior = np.array([0.5, 0.5, 0])
    p = np.array([[0.1, 0.2, 0.7]] * 4)
    assert one_song(p, "naive_bayes", prior)[2] == 0


def test_a_discount_for_each_song():
    p, codes = np.array([[0.8, 0.2]] * 3), np.array([0, 1, 1])
    got = VOTINGS["naive_bayes"](
        p, codes, np.array([1, 2]), prior=np.full(2, 0.5), discount=np.array([2.0, 0.5])
    )
    # Odds of 4 to the power of discount times windows.
    assert_allclose(got, [[16 / 17, 1 / 17], [4 / 5, 1 / 5]])


def test_votings_are_fixed():
    with pytest.raises(TypeError):
        VOTINGS["loudest"] = None


def windows_of_songs(dtype=np.float64, n_songs=60, seed=0):
    """Windows in no order of songs of 1 to 45 windows; equal numbers now and then."""
    rng = np.random.default_rng(seed)
    counts = rng.integers(1, 46, n_songs)
    codes = rng.permutation(np.repeat(np.arange(n_songs), counts))
    p = rng.dirichlet(np.ones(4), size=len(codes)).round(2)
    p[:, -1] = np.maximum(1 - p[:, :-1].sum(axis=1), 0)
    return p.astype(dtype), codes


def aggregated(p, codes, voting):
    n_songs = codes.max() + 1
    return aggregate(p, codes, n_songs, voting=voting, prior=uniform(p.shape[1]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("voting", ORDER_FREE)
def test_compiled_loops_give_the_same_numbers(voting, dtype, monkeypatch):
    pytest.importorskip("numba")
    p, codes = windows_of_songs(dtype)
    expected = aggregated(p, codes, voting)
    monkeypatch.setattr(dispatch, "COMPILED_FROM", 0)
    result = aggregated(p, codes, voting)
    assert result.dtype == expected.dtype == np.float64
    assert_allclose(result, expected, rtol=1e-12)
    # Arrays that others may not write to, in any layout.
    p.setflags(write=False)
    assert_array_equal(aggregated(p, codes, voting), result)
    assert_array_equal(aggregated(np.asfortranarray(p), codes, voting), result)


@pytest.mark.parametrize("voting", ORDER_FREE)
@pytest.mark.parametrize("compiled_from", [0, 2**24])
def test_unsorted_equals_sorted(voting, compiled_from, monkeypatch):
    monkeypatch.setattr(dispatch, "COMPILED_FROM", compiled_from)
    p, codes = windows_of_songs()
    order = np.argsort(codes, kind="stable")
    expected = aggregated(p[order], codes[order], voting)
    assert_array_equal(aggregated(p, codes, voting), expected)


@pytest.mark.parametrize("voting", ORDER_FREE)
@pytest.mark.parametrize("compiled_from", [0, 2**24])
@pytest.mark.parametrize("n_rows", [1, 7, 45])
def test_borders_of_blocks_do_not_show(voting, compiled_from, n_rows, monkeypatch):
    monkeypatch.setattr(dispatch, "COMPILED_FROM", compiled_from)
    p, codes = windows_of_songs()
    expected = aggregated(p, codes, voting)
    monkeypatch.setattr(reductions, "_BLOCK", n_rows * p.shape[1])
    assert_array_equal(aggregated(p, codes, voting), expected)


@pytest.mark.parametrize("compiled_from", [0, 2**24])
@pytest.mark.parametrize("voting", ["mean", "max", "mean_log_proba"])
def test_nan_is_not_hidden(voting, compiled_from, monkeypatch):
    monkeypatch.setattr(dispatch, "COMPILED_FROM", compiled_from)
    p = np.array([[0.5, 0.5], [np.nan, 0.2], [0.3, 0.7], [0.4, 0.6]])
    result = aggregated(p, np.array([0, 0, 0, 1]), voting)
    assert np.isnan(result[0]).all()
    assert np.isfinite(result[1]).all()


@pytest.mark.slow
@pytest.mark.parametrize("compiled_from", [0, 2**24])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_memory_is_bounded_by_one_copy(dtype, compiled_from, monkeypatch):
    monkeypatch.setattr(dispatch, "COMPILED_FROM", compiled_from)
    rng = np.random.default_rng(0)
    p = rng.random((1_000_000, 10), dtype=np.float32).astype(dtype)
    p /= p.sum(axis=1, keepdims=True)
    codes = np.repeat(np.arange(100_000), 10)
    for groups in (codes, rng.permutation(codes)):
        for voting in ORDER_FREE:
            vote(p[:100], groups[:100], voting=voting)  # compiles
            tracemalloc.start()
            vote(p, groups, voting=voting)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            assert peak <= 1.1 * p.nbytes, voting


# -- weights --------------------------------------------------------------------------


@pytest.mark.parametrize("voting", ORDER_FREE)
@pytest.mark.parametrize("seed", range(3))
def test_a_window_of_weight_2_counts_as_two(voting, seed):
    rng = np.random.default_rng(seed)
    proba = rng.dirichlet(np.ones(3), size=40)
    groups = rng.integers(0, 8, size=40)
    weight = rng.integers(0, 4, size=40)
    weight[np.unique(groups, return_index=True)[1]] = 1  # no song without any
    copies = np.repeat(np.arange(40), weight)
    options = {"voting": voting, "prior": [0.5, 0.3, 0.2]}
    songs, weighed = vote(proba, groups, window_weight=weight, **options)
    names, copied = vote(proba[copies], groups[copies], **options)
    assert_array_equal(np.sort(songs), np.sort(names))
    where = [names.tolist().index(name) for name in songs.tolist()]
    assert_allclose(weighed, copied[where], rtol=1e-12)
    # Only shares of the weight matter, but where windows are evidence.
    if voting != "naive_bayes":
        tenth = vote(proba, groups, window_weight=weight / 10, **options)[1]
        assert_allclose(tenth, weighed, rtol=1e-9)


@pytest.mark.parametrize("voting", ORDER_FREE)
def test_weights_of_one_change_nothing(voting):
    rng = np.random.default_rng(0)
    proba = rng.dirichlet(np.ones(3), size=40).astype(np.float32)
    groups = rng.integers(0, 8, size=40)
    plain = vote(proba, groups, voting=voting)[1]
    weighed = vote(proba, groups, voting=voting, window_weight=np.ones(40))[1]
    assert_allclose(weighed, plain, rtol=1e-6)


def test_weighted_votings_by_hand():
    proba, groups = [[0.9, 0.1], [0.2, 0.8], [0.4, 0.6]], ["a"] * 3

    def voted(voting, weight):
        return vote(proba, groups, voting=voting, window_weight=weight)[1][0, 0]

    assert voted("mean", [1, 0.5, 0.5]) == pytest.approx((0.9 + 0.1 + 0.2) / 2)
    assert voted("majority", [1, 0.3, 0.3]) == pytest.approx(1 / 1.6)
    # 0.1 + 0.2 for the second class against 0.3 for the first is a tie, which goes to
    # the larger mean: 0.27 + 0.02 + 0.08 of 0.6.
    assert voted("majority", [0.3, 0.1, 0.2]) == pytest.approx(0.5)
    assert voted("majority", [0.3, 0.1, 0.2]) > 0.5
    odds = (0.9 / 0.1) * (0.2 / 0.8) ** 0.5
    assert voted("naive_bayes", [1, 0.5, 0]) == pytest.approx(odds / (1 + odds))
    assert voted("max", [0.01, 1, 1]) == pytest.approx(0.9 / 1.7)
    assert voted("max", [0, 1, 1]) == pytest.approx(0.4 / 1.2)


@pytest.mark.parametrize("voting", [*ORDER_FREE, lambda proba, groups: proba[groups]])
def test_songs_of_weightless_windows_get_the_prior(voting):
    if callable(voting):

        def voting(proba, groups):
            assert groups.tolist() == [0, 0]  # the windows that count
            return proba.mean(axis=0, keepdims=True)

    proba = [[0.9, 0.1], [0.2, 0.8], [0.4, 0.6]]
    with pytest.warns(UserWarning, match="1 of 2 songs have windows of weight 0 only"):
        _, voted = vote(
            proba,
            ["a", "b", "b"],
            voting=voting,
            prior=[0.25, 0.75],
            window_weight=[0, 1, 1],
        )
    assert_array_equal(voted[0], [0.25, 0.75])
    assert voted[1, 1] > 0.5
