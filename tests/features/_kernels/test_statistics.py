import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats
from scipy.signal import savgol_coeffs

from skgenre.features._kernels import statistics

librosa = pytest.importorskip("librosa")


@pytest.mark.parametrize("order", [1, 2])
def test_deltas_are_librosas(order):
    features = np.random.default_rng(0).normal(size=(3, 4, 12)).astype(np.float32)
    result = statistics.append_deltas(features, order)
    assert result.shape == (3, 4 * (1 + order), 12)
    for i in range(3):
        expected = librosa.feature.delta(features[i], order=order)
        assert_allclose(result[i, 4 * order :], expected, atol=1e-5)
    with pytest.raises(
        ValueError,
        match=r"deltas=\d with windows of 8 STFT frames, but expected at least 9",
    ):
        statistics.append_deltas(features[..., :8], order)


def test_slope_of_a_line_and_curvature_of_a_parabola():
    t = np.arange(20.0)
    assert_allclose(statistics.slope(3 * t - 1, 1, axis=0), np.full(20, 3.0))
    assert_allclose(statistics.slope(t**2, 2, axis=0), np.full(20, 2.0), atol=1e-9)
    rows = np.stack([t, -t])
    assert_allclose(
        statistics.slope(rows, 1, axis=1), statistics.slope(rows.T, 1, axis=0).T
    )


@pytest.mark.parametrize("order", [1, 2])
def test_weights_of_slopes_are_those_of_savitzky_and_golay(order):
    expected = savgol_coeffs(9, order, deriv=order, use="dot")
    assert_allclose(statistics.slope_weights(order), expected, rtol=1e-6, atol=1e-9)


def test_no_deltas_need_no_frames():
    features = np.ones((1, 2, 3), np.float32)
    assert statistics.append_deltas(features, 0) is features


def test_statistics_by_hand():
    features = np.array([[[1.0, 2, 3, 4], [5, 5, 5, 5]]], np.float32)
    names = ("mean", "std", "min", "max", "median", "p25", "skew", "kurtosis")
    summary = statistics.summarize(features, names).reshape(len(names), 2)
    assert_allclose(
        summary,
        [
            [2.5, 5],
            [np.sqrt(1.25), 0],
            [1, 5],
            [4, 5],
            [2.5, 5],
            [1.75, 5],
            [0, 0],
            [-1.36, 0],  # E[d^4] / var^2 - 3 = 2.5625 / 1.5625 - 3
        ],
        rtol=1e-6,
    )


@pytest.mark.parametrize("name", list(statistics.STATISTICS))
def test_statistics_are_numpys_and_scipys(name):
    features = np.random.default_rng(0).gamma(2.0, size=(2, 3, 50)).astype(np.float32)
    if name.startswith("p"):
        expected = np.percentile(features, int(name[1:]), axis=2)
    elif name in ("skew", "kurtosis"):
        expected = getattr(stats, name)(features.astype(float), axis=2)
    else:
        expected = getattr(np, name)(features, axis=2)
    result = statistics.summarize(features, (name,))
    assert result.dtype == np.float32
    assert_allclose(result, expected, rtol=1e-4)


@pytest.mark.parametrize("name", list(statistics.STATISTICS))
def test_statistics_do_not_depend_on_neighbours_or_order(name):
    features = np.random.default_rng(0).normal(size=(3, 2, 12)).astype(np.float32)
    together = statistics.summarize(features, (name,))
    assert_array_equal(statistics.summarize(features[1:2], (name,))[0], together[1])
    backwards = statistics.summarize(features[..., ::-1], (name,))
    assert_allclose(backwards, together, rtol=1e-5, atol=1e-6)
