import dataclasses
import pickle

import joblib
import numpy as np
import pytest

from skgenre.features._kernels.mel_settings import MelSettings

SETTINGS = MelSettings(
    n_fft=1024, hop_length=512, n_mels=40, fmin=0.0, fmax=None, top_db=80.0
)


@pytest.mark.parametrize("n_fft", [64, 65, 1024])
@pytest.mark.parametrize("hop_length", [1, 7, 64, 500])
@pytest.mark.parametrize("n_samples", [1, 63, 64, 1000])
def test_frames_are_as_many_as_views(n_fft, hop_length, n_samples):
    settings = dataclasses.replace(SETTINGS, n_fft=n_fft, hop_length=hop_length)
    padded = np.zeros(n_samples + 2 * (n_fft // 2))
    frames = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::hop_length]
    assert settings.count_frames(n_samples) == len(frames)


def test_what_follows_from_the_settings():
    assert SETTINGS.n_rows == 40
    assert dataclasses.replace(SETTINGS, n_mfcc=13).n_rows == 13
    assert SETTINGS.highest_hz(22050) == 11025
    assert dataclasses.replace(SETTINGS, fmax=8000.0).highest_hz(22050) == 8000
    assert SETTINGS.frame_rate(51200) == 100


def test_equal_settings_share_a_cache():
    same = pickle.loads(pickle.dumps(SETTINGS))
    assert same == SETTINGS
    assert hash(same) == hash(SETTINGS)
    assert joblib.hash(same) == joblib.hash(SETTINGS)
    other = dataclasses.replace(SETTINGS, precision="float64")
    assert joblib.hash(other) != joblib.hash(SETTINGS)


def test_settings_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        SETTINGS.n_fft = 2
