import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

numba = pytest.importorskip("numba")
simd = pytest.importorskip("skgenre.features._kernels.simd")

LANES = simd.LANES
load, store, spread = simd.load, simd.store, simd.spread
maximum, interleave = simd.maximum, simd.interleave
split_float32, to_float32 = simd.split_float32, simd.to_float32


@numba.njit
def calculate(x, y, number, out):
    a, b = load(x, 0), load(y, 0)
    store(out, 0, a + b)
    store(out, 8, a - b)
    store(out, 16, a * b)
    store(out, 24, number * a - b * number)
    store(out, 32, maximum(a, b))
    store(out, 40, spread(number))


@numba.njit
def interleaved(x, y, out):
    first, second = interleave(load(x, 0), load(y, 0))
    store(out, 0, first)
    store(out, 8, second)


@numba.njit
def split(x, exponents, mantissas):
    exponent, mantissa = split_float32(load(x, 0))
    store(exponents, 0, exponent)
    store(mantissas, 0, mantissa)


@numba.njit
def rounded(x, out):
    store(out, 0, to_float32(load(x, 0)))


@numba.njit
def moved(x, source, out, target):
    store(out, target, load(x, source))


@numba.njit
def compared(x, y, out):
    a, b = load(x, 0), load(y, 0)
    store(out, 0, simd.minimum(a, b))
    store(out, 8, simd.is_less(a, b))
    store(out, 16, simd.square_root(a))
    return simd.any_less(a, b)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_comparisons_and_roots_lane_by_lane(dtype):
    x, y = np.random.default_rng(0).random((2, LANES)).astype(dtype)
    out = np.empty(3 * LANES, dtype)
    assert compared(x, y, out)
    assert_array_equal(out.reshape(3, LANES), [np.minimum(x, y), x < y, np.sqrt(x)])
    for lane in range(LANES):
        larger = x.copy()
        larger[lane] += 1
        # Less in one lane only, in whichever, and equal in all.
        assert compared(x, larger, out)
        assert not compared(larger, x, out)
    assert not compared(x, x, out)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_arithmetic_lane_by_lane(dtype):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, LANES)).astype(dtype)
    number = dtype(1.7)
    out = np.empty(6 * LANES, dtype)
    calculate(x, y, number, out)
    expected = [x + y, x - y, x * y, number * x - y * number, np.maximum(x, y)]
    # One instruction may multiply and add, with one rounding for two.
    tolerance = 4 * np.finfo(dtype).eps
    got = out.reshape(6, LANES)
    assert_allclose(got[:5], expected, rtol=tolerance, atol=tolerance)
    assert_array_equal(got[5], np.full(LANES, number))


def test_any_eight_neighbours_can_be_loaded():
    x = np.arange(20, dtype=np.float32)
    out = np.full(20, -1, np.float32)
    moved(x, 3, out, 5)
    assert_array_equal(out[5:13], x[3:11])
    assert_array_equal(np.delete(out, np.s_[5:13]), -1)


def test_interleaving_is_a_perfect_shuffle():
    x, y = np.arange(16, dtype=np.float32).reshape(2, LANES)
    out = np.empty(16, np.float32)
    interleaved(x, y, out)
    assert_array_equal(out, np.stack([x, y], axis=1).ravel())


def test_splitting_is_exact():
    x = np.array([1, 2, 3, 0.75, 1e-10, 1e10, 2**0.5, 0.7], np.float32)
    exponents, mantissas = np.empty((2, LANES), np.float32)
    split(x, exponents, mantissas)
    assert_array_equal(np.ldexp(mantissas, exponents.astype(int)), x)
    assert_array_equal(exponents[:4], [0, 1, 2, 0])
    assert (mantissas >= np.float32(0.70710677)).all()
    assert (mantissas < np.float32(1.4142137)).all()


def test_rounding_to_float32():
    x = np.random.default_rng(0).normal(size=LANES)
    out = np.empty(LANES, np.float32)
    rounded(x, out)
    assert_array_equal(out, x.astype(np.float32))
    rounded(out, out)
    assert_array_equal(out, x.astype(np.float32))
