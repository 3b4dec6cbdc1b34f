"""Each compiled loop beside a slow one."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

numba = pytest.importorskip("numba")

from skgenre._by_song import loops  # noqa: E402 - compiled where it is imported

# Rows are fetched 64 at a time: below, at and beyond a border.
N_ROWS = [0, 1, 63, 64, 65, 200]


def table(n_rows, dtype=np.float64, *, n_songs=7, seed=0):
    """Numbers of which many are equal, and the song of each row, in any order."""
    rng = np.random.default_rng(seed)
    values = rng.integers(-4, 5, size=(n_rows, 3)) / 8
    return values.astype(dtype), rng.integers(0, n_songs, n_rows)


@pytest.mark.parametrize("n_rows", N_ROWS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scattered", [False, True])
def test_rows_entered_in_the_table_of_songs(n_rows, dtype, scattered):
    values, codes = table(n_rows, dtype)
    sums, maxima = np.zeros((7, 3)), np.full((7, 3), -np.inf)
    votes = np.zeros((7, 3), np.intp)
    loops.add_rows(values, codes, scattered, sums)
    loops.raise_to_rows(values, codes, scattered, maxima)
    loops.count_winners(values, codes, scattered, votes)
    for song in range(7):
        own = values[codes == song].astype(float)
        # Multiples of 1/8: no sum of them is rounded.
        assert_array_equal(sums[song], own.sum(axis=0))
        assert_array_equal(maxima[song], own.max(axis=0, initial=-np.inf))
        # The first of equal ones wins, as with argmax.
        assert_array_equal(votes[song], np.eye(3)[own.argmax(axis=1)].sum(axis=0))


def test_a_table_goes_on_where_it_is():
    values, codes = table(100)
    sums = np.zeros((7, 3))
    for part in (slice(0, 40), slice(40, 100)):
        loops.add_rows(values[part], codes[part], True, sums)
    at_once = np.zeros((7, 3))
    loops.add_rows(values, codes, False, at_once)
    assert_array_equal(sums, at_once)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_nan_stays_in_maxima(place):
    values = np.zeros((3, 3))
    values[place] = [np.nan, 1, 2]
    maxima = np.full((7, 3), -np.inf)
    loops.raise_to_rows(values, np.zeros(3, int), False, maxima)
    assert_array_equal(maxima[0], [np.nan, 1, 2])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_medians(dtype):
    # Up to 32 windows are sorted side by side, more by numpy's way.
    counts = [1, 2, 3, 31, 32, 33, 140, 1]
    rng = np.random.default_rng(0)
    values = rng.random((sum(counts), 4)).astype(dtype)
    values[:20] = values[:20].round(1)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    medians = np.empty((len(counts), 4))
    loops.medians_of_runs(values, offsets, medians)
    songs = np.split(values.astype(float), offsets[1:-1])
    assert_array_equal(medians, [np.median(song, axis=0) for song in songs])


@pytest.mark.parametrize("n_songs", [1, 2, 2047, 2048, 2049, 5000])
@pytest.mark.parametrize("order_dtype", [np.int32, np.int64])
def test_order(n_songs, order_dtype):
    # The first pass looks at all but the last 11 bits of a song's number.
    codes = np.random.default_rng(0).integers(0, n_songs, 6000)
    order = np.empty(6000, order_dtype)
    loops.order_of_songs(codes, n_songs, order)
    expected = sorted(range(6000), key=lambda row: codes[row])  # stable
    assert_array_equal(order, expected)


def test_numbers_by_appearance():
    slots = np.array([4, 4, 0, 2, 0, 4, 3])
    codes, firsts = np.empty(7, np.intp), np.full(5, -9)
    found = loops.number_by_appearance(slots, np.full(5, -1, np.intp), codes, firsts)
    assert found == 4
    assert_array_equal(codes, [0, 0, 1, 2, 1, 0, 3])
    assert_array_equal(firsts, [0, 2, 3, 6, -9])


def test_without_a_folder_for_compiled_code(monkeypatch):
    njit = numba.njit

    def no_folder(**options):
        if options.get("cache"):
            raise RuntimeError("cannot cache function: no locator available")
        return njit(**options)

    monkeypatch.setattr(numba, "njit", no_folder)
    double = loops.compiled(lambda x: 2 * x)
    assert double(21) == 42


def test_other_threads_run_meanwhile():
    options = loops.add_rows.targetoptions
    assert options["nogil"]
    assert options["nopython"]
