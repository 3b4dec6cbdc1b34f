import keras
import numpy as np
import pytest
from keras_models import run, tiny_resnet

from skgenre.neural._layers import (
    AddUpToOne,
    EachWindow,
    OverFrames,
    SpectrogramMasking,
    shares,
)

# -- SpectrogramMasking ---------------------------------------------------------------


@pytest.mark.parametrize("axis", [1, 2])
def test_masks_hide_runs_of_one_axis(axis):
    rng = np.random.default_rng(0)
    windows = rng.normal(size=(200, 20, 30, 2)).astype(np.float32)
    size = windows.shape[axis]
    layer = SpectrogramMasking(0.25, axis=axis, n_masks=1, seed=0)
    masked = np.asarray(layer(windows, training=True))
    changed = masked != windows
    other = 3 - axis
    # Whole bands, or whole frames, in all channels.
    assert (changed.all(axis=(other, 3)) == changed.any(axis=(other, 3))).all()
    hidden = changed.any(axis=(other, 3))  # (200, size)
    lengths = hidden.sum(axis=1)
    assert lengths.max() <= np.ceil(0.25 * size)
    assert lengths.mean() == pytest.approx(0.125 * size, rel=0.2)
    edges = np.diff(np.pad(hidden.astype(int), ((0, 0), (1, 1))), axis=1)
    assert ((edges == 1).sum(axis=1) <= 1).all()  # one run each
    # Every place is hidden now and then, and windows differ.
    assert hidden.any(axis=0).all()
    assert len(np.unique(hidden, axis=0)) > 50
    mean = np.broadcast_to(windows.mean(axis=(1, 2), keepdims=True), windows.shape)
    np.testing.assert_allclose(masked[changed], mean[changed], atol=1e-6)


def test_masks_only_in_training():
    windows = np.random.default_rng(0).normal(size=(3, 5, 6, 1)).astype(np.float32)
    layer = SpectrogramMasking(1.0)
    np.testing.assert_array_equal(np.asarray(layer(windows)), windows)


def test_settings_of_masks_are_saved():
    layer = SpectrogramMasking(0.3, axis=1, n_masks=4, seed=5, name="bands")
    copy = SpectrogramMasking.from_config(layer.get_config())
    assert copy.get_config() == layer.get_config()
    assert (copy.share, copy.axis, copy.n_masks, copy.seed) == (0.3, 1, 4, 5)


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_share_out_of_range(share):
    with pytest.raises(ValueError, match=f"Got share={share}"):
        SpectrogramMasking(share)


# -- EachWindow -----------------------------------------------------------------------


def test_a_window_at_a_time_is_what_timedistributed_does(small_network, matrices):
    songs = matrices.reshape(2, 3, 12, 17)
    expected = keras.layers.TimeDistributed(small_network)(songs)
    np.testing.assert_allclose(
        np.asarray(EachWindow(small_network)(songs)), np.asarray(expected), atol=1e-6
    )


def test_batch_normalisation_learns_from_the_windows_of_all_songs(matrices):
    """As from the same windows without songs; TimeDistributed sees one place a time."""
    network, again = (tiny_resnet((12, 17), 3, dropout=0, n_masks=0) for _ in range(2))
    again.set_weights(network.get_weights())
    EachWindow(network)(matrices.reshape(2, 3, 12, 17), training=True)
    again(matrices, training=True)
    for one, other in zip(network.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


# -- OverFrames, AddUpToOne -----------------------------------------------------------


@pytest.mark.parametrize("statistic", ["mean", "max"])
def test_statistics_over_frames(statistic):
    windows = np.random.default_rng(0).normal(size=(2, 3, 5, 4)).astype(np.float32)
    layer = OverFrames(statistic)
    expected = getattr(windows, statistic)(axis=2)
    np.testing.assert_allclose(run(layer, windows), expected, atol=1e-6)
    assert OverFrames.from_config(layer.get_config()).statistic == statistic


def test_rows_are_divided_by_their_sum_and_zeros_stay():
    proba = np.array([[0.5, 1.5], [0.0, 0.0], [0.2, 0.8]], np.float32)
    expected = [[0.25, 0.75], [0.0, 0.0], [0.2, 0.8]]
    np.testing.assert_allclose(run(AddUpToOne(), proba), expected, rtol=1e-6)
    np.testing.assert_allclose(np.asarray(shares(proba, empty=0.5))[1], 0.5)


def test_the_gradient_of_a_song_without_windows_is_a_number():
    tensorflow = pytest.importorskip("tensorflow")
    if keras.backend.backend() != "tensorflow":
        pytest.skip("another backend")
    proba = tensorflow.Variable(np.array([[0.0, 0.0], [1.0, 3.0]], np.float32))
    with tensorflow.GradientTape() as tape:
        first = shares(proba, empty=0.5)[:, 0]
    # d/da a / (a + b) = b / (a + b)^2
    expected = [[0, 0], [3 / 16, -1 / 16]]
    np.testing.assert_allclose(tape.gradient(first, proba), expected, rtol=1e-6)
