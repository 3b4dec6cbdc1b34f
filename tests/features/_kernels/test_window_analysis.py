import pickle

import joblib
import numpy as np
import pytest
from described import analyse, settings_of
from numpy.testing import assert_allclose, assert_array_equal
from scipy.fft import dct
from signals import noise, tones

from skgenre.features._kernels import mel_spectra, rhythm


@pytest.fixture(scope="module")
def analysis():
    return analyse(tones(22050, 1), 22050, n_mfcc=5, n_mels=30, n_fft=1024)


def test_shapes(analysis):
    assert analysis.power.shape == analysis.magnitude.shape == (44, 513)
    assert analysis.mel.shape == (44, 30)
    assert analysis.mfcc.shape == (44, 5)
    assert analysis.onset.shape == analysis.rms.shape == (44,)
    assert analysis.hz.shape == (513,)
    assert analysis.hz.dtype == np.float32
    assert analysis.frame_rate == 22050 / 512


def test_magnitudes_are_those_of_the_spectrum(analysis):
    frame = analysis.frames[20].astype(float)
    taper = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(1024) / 1024)
    expected = np.abs(np.fft.rfft(frame * taper))
    assert_allclose(analysis.magnitude[20], expected, rtol=1e-3, atol=1e-4)
    assert_allclose(analysis.hz, np.fft.rfftfreq(1024, 1 / 22050), rtol=1e-6)


def test_coefficients_are_of_the_levels(analysis):
    expected = dct(analysis.mel, axis=1, norm="ortho")[:, :5]
    assert_allclose(analysis.mfcc, expected, atol=1e-3)


def test_levels_and_coefficients_are_those_of_the_other_kernel(analysis):
    settings = analysis.settings.mel
    levels = mel_spectra.mel_features(analysis.window[None], 22050, settings)[0]
    assert_allclose(analysis.mel.T, levels, atol=1e-3)


def test_onsets_lag_half_a_frame(analysis):
    assert_array_equal(analysis.onset, rhythm.onset_strength(analysis.mel, 1))


def test_centroid_of_a_tone_is_its_frequency():
    y = np.sin(2 * np.pi * 2000 * np.arange(22050) / 22050).astype(np.float32)
    centroid, bandwidth = analyse(y, 22050).centroid_and_bandwidth
    assert_allclose(centroid[5:-5], 2000, rtol=0.01)
    assert (bandwidth[5:-5] < 100).all()


def test_each_is_computed_once():
    analysis = analyse(noise(22050, 1), 22050)
    for name in ("mel", "mfcc", "onset", "magnitude", "hz", "rms"):
        assert getattr(analysis, name) is getattr(analysis, name)
    assert analysis.centroid_and_bandwidth is analysis.centroid_and_bandwidth


def test_settings_are_part_of_a_cache_key():
    settings = settings_of()
    assert joblib.hash(pickle.loads(pickle.dumps(settings))) == joblib.hash(settings)
    for change in ({"tuning": 0.1}, {"n_mfcc": 7}, {"fmin": 20.0}):
        assert joblib.hash(settings_of(**change)) != joblib.hash(settings)
