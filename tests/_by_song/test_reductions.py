"""Reductions beside slow loops; the same bits in every order, block and loop."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from skgenre._by_song import dispatch, reductions
from skgenre._by_song.reductions import (
    max_by_song,
    mean_of_runs,
    median_by_song,
    runs_of_songs,
    songs_by_length,
    sum_by_song,
    weighted_median_by_song,
    weighted_sum_by_song,
    weighted_wins_by_song,
    wins_by_song,
)


def roots(values, codes, n_songs):
    return sum_by_song(values, codes, n_songs, np.sqrt)


# Each with what it does to the windows (n, n_columns) of one song. Sums are taken row
# by row: numpy's own may add in another order.
REDUCTIONS = {
    sum_by_song: lambda own: np.cumsum(own, axis=0)[-1],
    roots: lambda own: np.cumsum(np.sqrt(own), axis=0)[-1],
    max_by_song: lambda own: own.max(axis=0),
    wins_by_song: lambda own: np.bincount(own.argmax(axis=1), minlength=4),
    median_by_song: lambda own: np.median(own, axis=0),
}
both = pytest.mark.parametrize("compiled_from", [0, 2**24])
each = pytest.mark.parametrize("reduction", REDUCTIONS, ids=lambda f: f.__name__)


def rows_of(dtype=np.float64, n_songs=60, seed=0):
    """Rows in no order of songs of 1 to 45 windows; equal numbers now and then."""
    rng = np.random.default_rng(seed)
    counts = rng.integers(1, 46, n_songs)
    codes = rng.permutation(np.repeat(np.arange(n_songs), counts))
    return rng.random((len(codes), 4)).round(2).astype(dtype), codes


@each
@both
def test_beside_a_slow_loop(reduction, compiled_from, monkeypatch):
    monkeypatch.setattr(dispatch, "COMPILED_FROM", compiled_from)
    values, codes = rows_of()
    result = reduction(values, codes, 60)
    of_song = REDUCTIONS[reduction]
    assert_array_equal(result, [of_song(values[codes == song]) for song in range(60)])


@each
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_compiled_loops_give_the_same_bits(reduction, dtype, monkeypatch):
    pytest.importorskip("numba")
    values, codes = rows_of(dtype)
    expected = reduction(values, codes, 60)
    monkeypatch.setattr(dispatch, "COMPILED_FROM", 0)
    result = reduction(values, codes, 60)
    assert result.dtype == expected.dtype
    if reduction is not wins_by_song:
        assert result.dtype == np.float64
    assert_array_equal(result, expected)
    # Arrays that others may not write to, in any layout.
    values.setflags(write=False)
    assert_array_equal(reduction(values, codes, 60), result)
    assert_array_equal(reduction(np.asfortranarray(values), codes, 60), result)


@each
@both
def test_unsorted_equals_sorted(reduction, compiled_from, monkeypatch):
    monkeypatch.setattr(dispatch, "COMPILED_FROM", compiled_from)
    values, codes = rows_of()
    order = np.argsort(codes, kind="stable")
    expected = reduction(values[order], codes[order], 60)
    assert_array_equal(reduction(values, codes, 60), expected)


@each
@both
@pytest.mark.parametrize("n_rows", [1, 7, 45])
def test_borders_of_blocks_do_not_show(reduction, compiled_from, n_rows, monkeypatch):
    monkeypatch.setattr(dispatch, "COMPILED_FROM", compiled_from)
    values, codes = rows_of()
    expected = reduction(values, codes, 60)
    monkeypatch.setattr(reductions, "_BLOCK", n_rows * values.shape[1])
    assert_array_equal(reduction(values, codes, 60), expected)
    # Fewer numbers than columns: still a row at a time.
    monkeypatch.setattr(reductions, "_BLOCK", 1)
    assert_array_equal(reduction(values, codes, 60), expected)


@both
def test_long_songs_and_single_windows(compiled_from, monkeypatch):
    # Beyond the length up to which the compiled medians are sorted side by side.
    monkeypatch.setattr(dispatch, "COMPILED_FROM", compiled_from)
    values = np.random.default_rng(1).random((206, 3))
    codes = np.repeat([0, 1, 2, 3], [1, 32, 33, 140])
    for reduction, of_song in {median_by_song: np.median, max_by_song: np.max}.items():
        expected = [of_song(values[codes == song], axis=0) for song in range(4)]
        assert_array_equal(reduction(values, codes, 4), expected)


@both
def test_songs_without_rows_add_up_to_nothing(compiled_from, monkeypatch):
    monkeypatch.setattr(dispatch, "COMPILED_FROM", compiled_from)
    values, codes = np.array([[0.5, 1.5], [2.0, 1.0]]), np.array([3, 1])
    assert_array_equal(
        sum_by_song(values, codes, 5), [[0, 0], [2, 1], [0, 0], [0.5, 1.5], [0, 0]]
    )
    assert_array_equal(
        wins_by_song(values, codes, 5), [[0, 0], [1, 0], [0, 0], [0, 1], [0, 0]]
    )


@pytest.mark.parametrize("dtype", ["i8", "u1", "f2", ">f8", ">f4"])
def test_numbers_that_no_loop_is_compiled_for(dtype, monkeypatch):
    monkeypatch.setattr(dispatch, "COMPILED_FROM", 0)
    values, codes = rows_of()
    values = (values * 100).astype(dtype)
    exact = values.astype(float)
    for reduction in (sum_by_song, max_by_song, wins_by_song, median_by_song):
        result = reduction(values, codes, 60)
        assert_array_equal(result, reduction(exact, codes, 60))


@both
def test_nan_is_not_hidden(compiled_from, monkeypatch):
    monkeypatch.setattr(dispatch, "COMPILED_FROM", compiled_from)
    values = np.array([[0.5, 0.5], [np.nan, 0.2], [0.3, 0.7], [0.4, 0.6]])
    codes = np.array([0, 0, 0, 1])
    for reduction in (sum_by_song, max_by_song):
        result = reduction(values, codes, 2)
        assert np.isnan(result[0, 0])
        assert np.isfinite(result[:, 1]).all()
        assert np.isfinite(result[1]).all()


def test_mean_of_runs_by_hand():
    values = np.array([[1, 2], [3, 4], [5, 0]], dtype=np.float32)
    means = mean_of_runs(values, np.array([0, 2, 3]))
    assert means.dtype == np.float64
    assert_array_equal(means, [[2, 3], [5, 0]])


counts_of_songs = st.lists(st.integers(0, 6), min_size=1, max_size=12)


@given(counts_of_songs)
def test_songs_by_length_takes_each_song_once(counts):
    offsets = np.concatenate([[0], np.cumsum(counts)])
    values = np.arange(3 * sum(counts)).reshape(-1, 3)
    seen = []
    for songs, windows in songs_by_length(values, offsets):
        assert windows.shape == (len(songs), counts[songs[0]], 3)
        for song, own in zip(songs.tolist(), windows, strict=True):
            assert_array_equal(own, values[offsets[song] : offsets[song + 1]])
            seen.append(song)
    assert sorted(seen) == list(range(len(counts)))


@given(counts=counts_of_songs, block=st.integers(1, 30), data=st.data())
def test_runs_of_songs_are_all_rows_in_order(counts, block, data):
    codes = np.repeat(np.arange(len(counts)), counts)
    codes = np.array(data.draw(st.permutations(codes.tolist())), dtype=np.intp)
    values = np.arange(2 * len(codes)).reshape(-1, 2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reductions, "_BLOCK", block)
        runs = list(runs_of_songs(values, codes, len(counts)))
    taken = np.concatenate([np.arange(len(counts))[songs] for songs, _, _ in runs])
    assert_array_equal(taken, np.arange(len(counts)))
    for songs, rows, offsets in runs:
        # No more than fit, but one song at least.
        assert songs.stop - songs.start == 1 or len(rows) <= block // 2
        for song, own in zip(
            range(songs.start, songs.stop),
            np.split(rows, offsets[1:-1]),
            strict=True,
        ):
            assert_array_equal(own, values[codes == song])


def test_memory_is_that_of_a_block():
    rng = np.random.default_rng(0)
    values = rng.random((400_000, 8))
    codes = np.repeat(np.arange(40_000), 10)
    for order in (codes, rng.permutation(codes)):
        for reduction in (sum_by_song, max_by_song, wins_by_song):
            tracemalloc.start()
            reduction(values, order, 40_000)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            # A column, the order of rows and the result, but never all rows again.
            assert peak <= 0.75 * values.nbytes, reduction


# -- weights --------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_whole_weights_are_copies_of_rows(seed):
    rng = np.random.default_rng(seed)
    codes = rng.permutation(np.repeat(np.arange(20), rng.integers(1, 9, size=20)))
    values = rng.integers(0, 5, size=(len(codes), 3)) / 4  # ties, sums that are exact
    weight = rng.integers(1, 4, size=len(codes))
    copies = np.repeat(np.arange(len(codes)), weight)
    of_copies = values[copies], codes[copies], 20
    weighed = values, codes, 20, weight.astype(float)
    assert_array_equal(weighted_sum_by_song(*weighed), sum_by_song(*of_copies))
    assert_array_equal(
        weighted_sum_by_song(*weighed, np.sqrt) > 0,
        sum_by_song(*of_copies, np.sqrt) > 0,
    )
    assert_array_equal(weighted_wins_by_song(*weighed), wins_by_song(*of_copies))
    assert_array_equal(weighted_median_by_song(*weighed), median_by_song(*of_copies))


def test_weighted_median_by_hand():
    values = np.array([[0.1], [0.5], [0.9]])
    codes = np.zeros(3, int)

    def median(*weight):
        return weighted_median_by_song(values, codes, 1, np.array(weight)).item()

    assert median(1, 1, 1) == 0.5
    assert median(0.2, 0.2, 0.6) == 0.9
    # 0.1 + 0.2 is not 0.3 to the last digit, and half of the weight all the same.
    assert median(0.1, 0.2, 0.3) == pytest.approx(0.7)
    assert median(0.3, 0.1, 0.2) == pytest.approx(0.3)


def test_no_weights_are_the_sum():
    values, codes = np.array([[0.1], [0.2], [0.7]]), np.array([1, 0, 1])
    assert_array_equal(
        weighted_sum_by_song(values, codes, 2, None), sum_by_song(values, codes, 2)
    )


@pytest.mark.parametrize("compiled_from", [0, 2**24])
def test_maxima_below_zero(compiled_from, monkeypatch):
    monkeypatch.setattr(dispatch, "COMPILED_FROM", compiled_from)
    values = np.array([[-1.0, -2.0], [-3.0, -0.5], [-4.0, -4.0]])
    maxima = max_by_song(values, np.array([0, 0, 1]), 2)
    assert_array_equal(maxima, [[-1.0, -0.5], [-4.0, -4.0]])


def test_weighted_sums_of_what_is_made_of_the_values():
    values, weight = np.array([[4.0], [9.0], [16.0]]), np.array([1.0, 2.0, 0.5])
    sums = weighted_sum_by_song(values, np.array([0, 0, 1]), 2, weight, np.sqrt)
    assert_array_equal(sums, [[8.0], [2.0]])
