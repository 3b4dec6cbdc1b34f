import numpy as np
import pytest
from scipy import stats as scipy_stats
from sklearn import metrics

from skgenre.model_selection import _statistics as stats


@pytest.mark.parametrize(
    ("n_better", "n_worse", "p_value"),
    [
        (0, 0, 1.0),
        (1, 0, 1.0),
        (5, 5, 1.0),
        (5, 0, 2 / 2**5),
        # 2 * (C(10, 0) + C(10, 1) + C(10, 2)) / 2^10 = 2 * 56 / 1024
        (8, 2, 0.109375),
        (2, 8, 0.109375),
    ],
)
def test_mcnemar_by_hand(n_better, n_worse, p_value):
    assert stats.mcnemar_exact(n_better, n_worse) == pytest.approx(p_value, abs=1e-12)


def test_ece_by_hand():
    # Bin (0.5, 0.6]: confidence 0.6, 1 of 2 right. Bin (0.8, 0.9]: 0.9, 2 of 2.
    proba = np.array([[0.6, 0.4], [0.4, 0.6], [0.9, 0.1], [0.1, 0.9]])
    y = np.array([0, 0, 0, 1])
    expected = 2 / 4 * abs(0.5 - 0.6) + 2 / 4 * abs(1 - 0.9)
    assert stats.expected_calibration_error(y, proba) == pytest.approx(expected)


def test_ece_cancels_only_within_a_bin():
    # One right and one wrong of confidence 0.85 and 0.95: no bin is calibrated.
    proba = np.array([[0.85, 0.15], [0.95, 0.05]])
    y = np.array([1, 0])
    assert stats.expected_calibration_error(y, proba) == pytest.approx(0.45)
    assert stats.expected_calibration_error(y, proba, n_bins=1) == pytest.approx(0.4)


@pytest.mark.parametrize("top", [0.6, 0.7, 0.8, 0.9, 1.0])
def test_ece_inner_edges_belong_to_the_bin_below(top):
    # A hair under the edge and the edge share a bin, so one right, one wrong cancel.
    proba = np.array([[top, 1 - top], [top - 0.01, 1.01 - top]])
    y = np.array([0, 1])
    expected = abs(1 - (2 * top - 0.01)) / 2
    assert stats.expected_calibration_error(y, proba) == pytest.approx(expected)


def test_ece_limits():
    certain = np.eye(3)
    assert stats.expected_calibration_error(np.arange(3), certain) == 0
    assert stats.expected_calibration_error((np.arange(3) + 1) % 3, certain) == 1


def test_scores_equal_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    y = np.tile(np.arange(4), 25)
    proba = rng.dirichlet(np.ones(4), 100)
    proba[:30] = np.eye(4)[rng.integers(4, size=30)]
    verdicts = proba.argmax(axis=1)
    scores = stats.song_metrics(y, proba)
    assert scores["accuracy"] == metrics.accuracy_score(y, verdicts)
    assert scores["balanced_accuracy"] == pytest.approx(
        metrics.balanced_accuracy_score(y, verdicts)
    )
    assert scores["f1_macro"] == pytest.approx(
        metrics.f1_score(y, verdicts, average="macro")
    )
    assert scores["log_loss"] == pytest.approx(metrics.log_loss(y, proba))


def test_scores_leave_out_a_class_that_does_not_occur():
    y, verdicts = np.array([0, 0, 1]), np.array([0, 1, 1])
    table = stats.confusion_counts(y, verdicts, 3)
    np.testing.assert_array_equal(table, [[1, 1, 0], [0, 1, 0], [0, 0, 0]])
    assert stats.balanced_accuracy(table) == 0.75
    assert stats.macro_f1(table) == pytest.approx(2 / 3)


def test_log_loss_by_hand():
    proba = np.array([[0.5, 0.5], [0.25, 0.75]])
    assert stats.log_loss(np.array([0, 0]), proba) == pytest.approx(1.5 * np.log(2))
    impossible = stats.log_loss(np.array([0]), np.array([[0.0, 1.0]]))
    assert impossible == pytest.approx(52 * np.log(2))
    assert f"{stats.log_loss(np.array([0]), np.array([[1.0, 0.0]])):.3f}" == "0.000"


def test_bootstrap_of_a_constant_has_no_width():
    low, high = stats.bootstrap_means(np.full((7, 2), [0.25, 1.0]), n_bootstrap=50)
    np.testing.assert_allclose(low, [0.25, 1.0])
    np.testing.assert_allclose(high, [0.25, 1.0])


def test_bootstrap_is_near_the_binomial_interval():
    right = np.repeat([[1.0], [0.0]], [70, 30], axis=0)
    low, high = stats.bootstrap_means(right, n_bootstrap=5000)
    half = 1.96 * np.sqrt(0.7 * 0.3 / 100)
    assert low[0] == pytest.approx(0.7 - half, abs=0.011)
    assert high[0] == pytest.approx(0.7 + half, abs=0.011)


def test_bootstrap_of_clusters_is_wider():
    # Ten artists, ten songs each, all right or all wrong: ten independent values.
    right = np.repeat([1.0] * 6 + [0.0] * 4, 10)[:, None]
    artists = np.repeat(list("abcdefghij"), 10)
    low, high = stats.bootstrap_means(right)
    wide_low, wide_high = stats.bootstrap_means(right, groups=artists)
    assert (wide_high - wide_low)[0] > 2.5 * (high - low)[0]


def test_bootstrap_with_a_group_per_song_is_that_of_songs():
    values = np.random.default_rng(0).normal(size=(20, 3))
    by_song = stats.bootstrap_means(values, seed=4)
    by_group = stats.bootstrap_means(values, groups=np.arange(20)[::-1] * 7, seed=4)
    np.testing.assert_allclose(by_song, by_group)
    assert not np.allclose(by_song, stats.bootstrap_means(values, seed=5))


def test_bootstrap_columns_share_draws():
    values = np.random.default_rng(0).normal(size=(20, 1))
    low, high = stats.bootstrap_means(np.hstack([values, -values]), n_bootstrap=999)
    np.testing.assert_allclose(low[0], -high[1])


def test_bootstrap_of_one_group_has_no_width():
    values = np.arange(5.0)[:, None]
    low, high = stats.bootstrap_means(values, groups=["only"] * 5)
    assert low[0] == high[0] == 2


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a14_auc_is_that_of_scikit_learn(n_classes):
    rng = np.random.default_rng(n_classes)
    y = np.concatenate([np.arange(n_classes), rng.integers(0, n_classes, 40)])
    # Rounded, so that some are equal.
    proba = rng.dirichlet(np.ones(n_classes), len(y)).round(1)
    expected = np.mean(
        [metrics.roc_auc_score(y == c, proba[:, c]) for c in range(n_classes)]
    )
    assert stats.macro_auc(y, proba) == pytest.approx(expected)
    assert np.isnan(stats.macro_auc(np.zeros(3, int), proba[:3]))


@pytest.mark.parametrize(("n_right", "n"), [(0, 10), (10, 10), (7, 10), (1, 1)])
def test_c_wilson_is_that_of_scipy(n_right, n):
    expected = scipy_stats.binomtest(n_right, n).proportion_ci(0.9, method="wilson")
    low, high = stats.wilson_interval(n_right / n, n, 0.9)
    assert low == pytest.approx(expected.low, abs=1e-12)
    assert high == pytest.approx(expected.high, abs=1e-12)


def test_c_shares_of_one_count_artists_as_draws():
    right = np.ones((12, 1))
    ends = np.ones(1)
    groups = np.repeat(["a", "b", "c"], 4)
    low, high = stats.share_intervals(right, ends, ends, groups=groups, confidence=0.95)
    assert (low[0], high[0]) == stats.wilson_interval(1, 3, 0.95)
