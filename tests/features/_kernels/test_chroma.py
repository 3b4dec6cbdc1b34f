import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skgenre.features._kernels.chroma import N_CHROMA, chroma, chroma_filterbank

librosa = pytest.importorskip("librosa")


@pytest.mark.parametrize("sample_rate", [22050, 44100])
@pytest.mark.parametrize(("n_fft", "tuning"), [(2048, 0.0), (1024, 0.3), (1001, -0.5)])
def test_filters_are_librosas(sample_rate, n_fft, tuning):
    filters = chroma_filterbank(sample_rate, n_fft, tuning)
    expected = librosa.filters.chroma(sr=sample_rate, n_fft=n_fft, tuning=tuning)
    assert_allclose(filters, expected, atol=1e-6)
    with pytest.raises(ValueError, match="read-only"):
        filters[0] = 1


@pytest.mark.parametrize(("hz", "pitch_class"), [(440.0, 9), (261.63, 0), (987.77, 11)])
def test_a_bin_belongs_to_its_pitch_class(hz, pitch_class):
    power = np.zeros((1, 4097), np.float32)
    power[0, round(hz * 8192 / 22050)] = 1
    pitches = chroma(power, 22050, n_fft=8192, tuning=0.0)[0]
    assert pitches.argmax() == pitch_class
    assert pitches.max() == 1


def test_gain_changes_nothing_and_silence_is_zero():
    power = np.random.default_rng(0).random((5, 513)).astype(np.float32)
    power[2] = 0
    pitches = chroma(power, 22050, n_fft=1024, tuning=0.0)
    assert pitches.shape == (5, N_CHROMA)
    assert_allclose(chroma(4 * power, 22050, n_fft=1024, tuning=0.0), pitches)
    assert_array_equal(pitches[2], 0)
    assert_array_equal(pitches[[0, 1, 3, 4]].max(axis=1), 1)


def test_an_octave_of_tuning_by_semitones():
    # Tuned a semitone up, what was A is G sharp: half up and half down differ by one.
    up = chroma_filterbank(22050, 8192, 0.5)
    down = chroma_filterbank(22050, 8192, -0.5)
    middle = slice(300, 1500)
    shifted = np.roll(up, 1, axis=0)
    assert (down.argmax(axis=0)[middle] == shifted.argmax(axis=0)[middle]).all()
