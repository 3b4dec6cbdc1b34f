import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skgenre.features._kernels import rhythm

librosa = pytest.importorskip("librosa")


def test_onset_strength_by_hand():
    decibels = np.array([[0, 0], [2, 4], [1, 5], [1, 9]], np.float32)
    # Rises of (2, 4), (-1, 1) and (0, 4): means of what is above zero.
    assert rhythm.onset_strength(decibels, 0).tolist() == [0, 3, 0.5, 2]
    assert rhythm.onset_strength(decibels, 2).tolist() == [0, 0, 0, 3]
    assert rhythm.onset_strength(decibels, 9).tolist() == [0, 0, 0, 0]


def test_onset_strength_is_librosas():
    decibels = np.random.default_rng(0).normal(size=(50, 8)).astype(np.float32)
    expected = librosa.onset.onset_strength(S=decibels.T, sr=22050, hop_length=512)
    # librosa's default n_fft is 2048, so that the lag is two frames.
    assert_allclose(rhythm.onset_strength(decibels, 2), expected, atol=1e-6)


@pytest.mark.parametrize("period", [20, 43, 60])
def test_tempo_is_librosas(period):
    rng = np.random.default_rng(period)
    envelope = 0.1 * rng.random(400)
    envelope[::period] += 1
    frame_rate = 22050 / 512
    bpm, clarity = rhythm.tempo(envelope, frame_rate)
    expected = librosa.feature.tempo(onset_envelope=envelope, sr=22050, hop_length=512)
    assert bpm == pytest.approx(float(expected[0]), rel=1e-9)
    assert 0.1 < clarity < 1


def test_tempo_of_regular_beats_is_theirs():
    envelope = np.zeros(1000)
    envelope[::50] = 1
    # A beat each half second, where frames come 100 times a second.
    bpm, _ = rhythm.tempo(envelope, 100.0)
    assert bpm == pytest.approx(120)


def test_no_onsets_are_not_clear():
    bpm, clarity = rhythm.tempo(np.zeros(100), 43.0)
    assert np.isfinite(bpm)
    assert clarity == 0


def test_frames_of_eight_seconds():
    assert rhythm.memory_frames(43.07) == 344
    assert rhythm.memory_frames(0.1) == 0


def test_modulation_bands_end_at_half_the_frame_rate():
    assert rhythm.modulation_edges(8.0) == (0.5, 1, 2, 4)
    assert rhythm.modulation_edges(1e6)[-1] == 200


@pytest.mark.parametrize(("hz", "expected"), [(0.7, 0), (1.5, 1), (3.0, 2), (6.0, 3)])
def test_modulation_of_a_pulse_is_in_its_band(hz, expected):
    t = np.arange(400) / 40
    decibels = (3 * np.sin(2 * np.pi * hz * t))[:, None] + np.zeros((1, 4))
    speeds = rhythm.modulation(decibels.astype(np.float32), 40.0).reshape(4, -1)
    assert (speeds.argmax(axis=1) == expected).all()


def test_modulation_of_a_constant_is_the_floor():
    decibels = np.full((100, 3), -20, np.float32)
    # 10 log10 of what is added to all powers, 0.01.
    assert_allclose(rhythm.modulation(decibels, 40.0), -20, atol=1e-4)


def test_modulation_averages_neighbours_to_32_bands():
    wide = np.random.default_rng(0).normal(size=(100, 64)).astype(np.float32)
    narrow = wide.reshape(100, 32, 2).mean(axis=2)
    assert_allclose(
        rhythm.modulation(wide, 40.0), rhythm.modulation(narrow, 40.0), atol=1e-4
    )
    few = rhythm.modulation(wide[:, :5], 40.0)
    assert few.shape == (5 * 6,)
    # Bands do not see each other.
    assert_array_equal(rhythm.modulation(wide[:, :1], 40.0), few[:6])
