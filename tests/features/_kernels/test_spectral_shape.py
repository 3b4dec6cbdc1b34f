import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skgenre.features._kernels import spectral_shape

librosa = pytest.importorskip("librosa")

HZ = np.array([0, 100, 200, 300], np.float32)


@pytest.fixture
def magnitude():
    return np.random.default_rng(0).random((6, 1025)).astype(np.float32)


@pytest.fixture
def hz():
    return np.linspace(0, 11025, 1025, dtype=np.float32)


def test_centroid_and_bandwidth_by_hand():
    magnitude = np.array([[0, 1, 0, 1], [0, 0, 5, 0], [0, 0, 0, 0]], np.float32)
    centroid, bandwidth = spectral_shape.centroid_and_bandwidth(magnitude, HZ)
    assert_allclose(centroid, [200, 200, 0])
    assert_allclose(bandwidth, [100, 0, 0])


def test_rolloff_by_hand():
    # 85 percent of 10 is 8.5: reached at the third bin, the second, the first.
    magnitude = np.array([[4, 4, 1, 1], [1, 8, 1, 0], [0, 0, 0, 0]], np.float32)
    assert spectral_shape.rolloff(magnitude, HZ).tolist() == [200, 100, 0]


def test_flatness_by_hand():
    power = np.array([[3, 3, 3, 3], [1, 4, 1, 4], [0, 0, 0, 0]], np.float32)
    # The geometric mean of 1 and 4 is 2, the arithmetic 2.5.
    assert_allclose(spectral_shape.flatness(power), [1, 0.8, 1], rtol=1e-6)


def test_rms_by_hand():
    frames = np.array([[3, 4, 0, 0], [1, -1, 1, -1], [0, 0, 0, 0]], np.float32)
    assert_allclose(spectral_shape.rms(frames), [2.5, 1, 0])


def test_zero_crossings_by_hand():
    window = np.array([1, -1, 1, -1, 1, 1, 1, 1], np.float32)
    # Frames of 4 samples around samples 0, 2, 4, 6 and 8, edges repeated: of
    # [1 1 1 -1], [1 -1 1 -1], [1 -1 1 1], [1 1 1 1], [1 1 1 1].
    rate = spectral_shape.zero_crossing_rate(window, 4, 2)
    assert_allclose(rate, [0.25, 0.75, 0.5, 0, 0])
    # Digital silence has no sign.
    noise = 1e-11 * np.array([1, -1] * 8, np.float32)
    assert_array_equal(spectral_shape.zero_crossing_rate(noise, 4, 2), 0)


@pytest.mark.parametrize("n_bands", [1, 4, 6])
def test_contrast_is_librosas(magnitude, hz, n_bands):
    expected = librosa.feature.spectral_contrast(
        S=magnitude.T, freq=hz, n_bands=n_bands
    )
    result = spectral_shape.contrast(magnitude, hz, n_bands)
    assert result.shape == (6, n_bands + 1)
    assert_allclose(result, expected.T, atol=1e-4)


def test_bands_of_contrast_by_hand():
    hz = np.arange(0, 901, 100.0)
    # To 200 Hz, with 200 left to the next; 200 to 400 with a bin below, without 400;
    # from 400 on with a bin below. Two percent of a few bins are one.
    assert spectral_shape.contrast_bands(hz, 2) == [(0, 2, 1), (1, 4, 1), (3, 10, 1)]
    last = spectral_shape.contrast_bands(np.arange(0, 11026, 10.0), 6)[-1]
    assert last == (639, 1103, 9)  # 0.02 * 464 is 9.28


def test_contrast_of_flat_and_silent_frames_is_zero(hz):
    magnitude = np.ones((2, 1025), np.float32)
    magnitude[1] = 0
    assert_allclose(spectral_shape.contrast(magnitude, hz, 6), 0, atol=1e-5)


def test_contrast_of_a_peak_is_its_height(hz):
    magnitude = np.full((1, 1025), 0.1, np.float32)
    magnitude[0, 41] = 1  # 441 Hz, in the octave from 400 to 800 Hz
    result = spectral_shape.contrast(magnitude, hz, 6)[0]
    # One of 38 bins is its outer 2 percent: 10 log10 of 1 / 0.1.
    assert_allclose(result, [0, 0, 10, 0, 0, 0, 0], atol=1e-4)


@pytest.mark.parametrize("gain", [0.5, 8.0])
def test_shapes_do_not_depend_on_gain(magnitude, hz, gain):
    for shape in (
        lambda m: spectral_shape.centroid_and_bandwidth(m, hz)[0],
        lambda m: spectral_shape.centroid_and_bandwidth(m, hz)[1],
        lambda m: spectral_shape.rolloff(m, hz),
        lambda m: spectral_shape.flatness(m**2),
        lambda m: spectral_shape.contrast(m, hz, 6),
    ):
        assert_allclose(shape(gain * magnitude), shape(magnitude), rtol=1e-4, atol=1e-4)


def test_frames_stand_alone(magnitude, hz):
    whole = spectral_shape.contrast(magnitude, hz, 6)
    assert_array_equal(spectral_shape.contrast(magnitude[2:3], hz, 6), whole[2:3])
