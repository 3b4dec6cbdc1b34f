import numpy as np
import pytest

from skgenre.model_selection._reliability import reliability
from skgenre.model_selection._statistics import expected_calibration_error


def test_bins_by_hand():
    # Bin (0.5, 0.6]: confidences 0.6 and 0.55, one right. Bin (0.8, 0.9]: 0.9, right.
    proba = np.array([[0.6, 0.4], [0.45, 0.55], [0.9, 0.1]])
    found = reliability(np.array([0, 0, 0]), proba)
    assert found.n_songs.tolist() == [0, 0, 0, 0, 0, 2, 0, 0, 1, 0]
    assert found.confidence[[5, 8]] == pytest.approx([0.575, 0.9])
    assert found.accuracy[[5, 8]].tolist() == [0.5, 1.0]
    assert np.isnan(found.accuracy[[0, 9]]).all()
    # Wilson's interval of 1 of 2 is 0.5 -/+ half with z = 1.96: 0.0945 to 0.9055.
    assert found.low[5] == pytest.approx(0.0945, abs=1e-4)
    assert found.high[5] == pytest.approx(0.9055, abs=1e-4)


@pytest.mark.parametrize("n_bins", [1, 4, 10, 15])
def test_error_is_the_mean_distance_of_bins(n_bins):
    rng = np.random.default_rng(0)
    proba = rng.dirichlet(np.ones(4), size=300)
    y = rng.integers(0, 4, 300)
    found = reliability(y, proba, n_bins=n_bins)
    gap = np.abs(np.nan_to_num(found.accuracy - found.confidence))
    assert found.ece == expected_calibration_error(y, proba, n_bins=n_bins)
    assert found.ece == pytest.approx((found.n_songs * gap).sum() / 300)


def test_no_songs():
    found = reliability(np.zeros(0, int), np.zeros((0, 2)))
    assert found.n_songs.sum() == 0
    assert found.ece == 0
