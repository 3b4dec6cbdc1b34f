from functools import lru_cache

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skgenre.features._kernels import rhythm, spectral_shape, statistics
from skgenre.features._kernels.chroma import chroma, chroma_filterbank

numba = pytest.importorskip("numba")
shape = pytest.importorskip("skgenre.features._kernels.compiled_shape")
LANES = 8


@pytest.fixture(params=[17, 64, 1025])
def power(request):
    """Eight frames of a spectrum of three lengths, with zeros and a silent frame."""
    rng = np.random.default_rng(request.param)
    power = rng.gamma(0.5, size=(LANES, request.param)).astype(np.float32)
    power[1, ::3] = 0
    power[2] = 0
    power[3] = np.sort(power[3])
    power[4] = np.sort(power[4])[::-1]
    return power


@lru_cache
def called(step):
    """Let Python call a step, which it cannot by itself."""

    @numba.njit
    def call(*args):
        step(*args)

    return call


def run(step, *args):
    called(step)(*args)


def side_by_side(power):
    return np.ascontiguousarray(power.T).ravel()


def test_sums_are_numpys(power):
    n_bins = power.shape[1]
    hz = np.linspace(0, 11025, n_bins, dtype=np.float32)
    magnitude = np.empty(power.size, np.float32)
    sums = np.zeros(7 * LANES, np.float32)
    run(shape.take_roots, side_by_side(power), magnitude)
    rooted = np.sqrt(power)
    assert_array_equal(magnitude.reshape(n_bins, LANES).T, rooted)
    run(shape.sum_moments, magnitude, hz, sums)
    double = rooted.astype(float)
    assert_allclose(sums[:8], double.sum(axis=1), rtol=1e-6)
    assert_allclose(sums[8:16], double @ hz.astype(float), rtol=1e-6)
    centroid = np.full(LANES, 4000, np.float32)
    run(shape.sum_deviations, magnitude, hz, centroid, sums)
    expected = double @ (hz.astype(float) - 4000) ** 2
    assert_allclose(sums[16:24], expected, rtol=1e-5)
    run(shape.count_under, magnitude, np.float32(0.85), sums)
    assert_array_equal(hz[sums[24:32].astype(int)], spectral_shape.rolloff(rooted, hz))
    run(shape.sum_decibels, side_by_side(power), sums)
    clipped = np.maximum(power, 1e-10).astype(float)
    levels = (10 * np.log10(clipped)).sum(axis=1)
    assert_allclose(sums[32:40], levels, rtol=1e-6, atol=1e-3)
    assert_allclose(sums[40:48], clipped.sum(axis=1), rtol=1e-6)


def test_pitches_are_those_of_chroma():
    power = np.random.default_rng(0).random((LANES, 513)).astype(np.float32)
    filters = np.ascontiguousarray(chroma_filterbank(22050, 1024, 0.0).T).ravel()
    pitches = np.empty(12 * LANES, np.float32)
    run(shape.sum_pitches, side_by_side(power), filters, pitches)
    got = pitches.reshape(12, LANES).T
    expected = chroma(power, 22050, n_fft=1024, tuning=0.0)
    assert_allclose(got / got.max(axis=1, keepdims=True), expected, rtol=1e-5)


@pytest.mark.parametrize("n_outer", [1, 2, 3, 9, 16])
def test_extremes_are_those_of_sorting(power, n_outer):
    n_bins = power.shape[1]
    bands = np.array([[0, n_bins, n_outer], [1, n_bins, 1]])
    low, high = np.empty((2, n_outer * LANES), np.float32)
    stride = 2 * LANES
    valleys, peaks = np.zeros((2, 2 * stride), np.float32)
    run(
        shape.find_extremes,
        side_by_side(power),
        bands,
        valleys,
        peaks,
        stride,
        LANES,
        low,
        high,
    )
    ordered = np.sqrt(np.sort(power.astype(float), axis=1))
    for found, expected in [
        (valleys, ordered[:, :n_outer]),
        (peaks, ordered[:, -n_outer:]),
    ]:
        levels = 10 * np.log10(np.maximum(expected.mean(axis=1), 1e-10))
        assert_allclose(found[LANES : 2 * LANES], levels, rtol=0, atol=1e-4)
        assert_array_equal(found[:LANES], 0)  # other frames are left alone


@pytest.mark.parametrize("n_frames", [1, 2, 8, 9, 30])
def test_rises_are_onsets_before_their_lag(n_frames):
    stride, n_mels = -(-n_frames // 8) * 8, 5
    levels = np.zeros(n_mels * stride + LANES, np.float32)
    rows = levels[: n_mels * stride].reshape(n_mels, stride)
    rows[:, :n_frames] = np.random.default_rng(0).normal(size=(n_mels, n_frames))
    rises = np.empty(stride, np.float32)
    run(shape.sum_rises, levels[: n_mels * stride], stride, n_frames, rises)
    expected = rhythm.onset_strength(rows[:, :n_frames].T, 0)[1:]
    assert_allclose(rises[: n_frames - 1], expected, rtol=1e-5)


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("n_frames", [9, 10, 16, 17, 40])
def test_slopes_are_those_of_savitzky_and_golay(order, n_frames):
    rows = np.random.default_rng(0).normal(size=(3, n_frames)).astype(np.float32)
    out = np.full_like(rows, np.nan)
    run(shape.take_slopes, rows, statistics.slope_weights(order), out)
    expected = statistics.slope(rows.astype(float), order, axis=1)
    assert_allclose(out, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize(("n_fft", "hop"), [(4, 2), (32, 16), (32, 50), (256, 7)])
def test_crossings_are_those_of_the_window_alone(n_fft, hop):
    audio = np.random.default_rng(0).normal(size=150).astype(np.float32)
    audio[40:80] = 0
    audio[60] = -1e-11  # silence has no sign
    begin, end = 20, 120
    expected = spectral_shape.zero_crossing_rate(audio[begin:end], n_fft, hop)
    out = np.empty(len(expected), np.float32)
    crossings = np.empty(end - begin, np.int32)
    run(shape.count_crossings, audio, begin, end, n_fft, hop, crossings, out)
    assert_array_equal(out, expected.astype(np.float32))


def test_squares_are_of_all_samples_of_eight_frames():
    columns = np.random.default_rng(0).normal(size=(40, LANES)).astype(np.float32)
    sums = np.zeros(7 * LANES, np.float32)
    run(shape.sum_squares, columns.ravel(), 0, np.arange(40) * LANES, sums)
    assert_allclose(sums[48:], (columns**2).sum(axis=0), rtol=1e-6)
