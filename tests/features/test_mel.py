import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skgenre import MelSpectrogramFeaturizer, MFCCFeaturizer

librosa = pytest.importorskip("librosa")


@pytest.mark.parametrize("fmax", [None, 8000.0])
def test_equal_to_librosa_on_each_window(audio, fmax):
    featurizer = MelSpectrogramFeaturizer(64, fmin=40.0, fmax=fmax, deltas=2)
    features = featurizer.fit_transform(audio)
    assert features.values.dtype == np.float32
    for windows, mels in zip(audio, features, strict=True):
        for window, mel in zip(windows, mels, strict=True):
            expected = librosa.power_to_db(
                librosa.feature.melspectrogram(
                    y=window, n_fft=1024, hop_length=512, n_mels=64, fmin=40, fmax=fmax
                )
            )
            assert_allclose(mel[:64], expected, atol=2e-3)
            assert_allclose(mel[64:128], librosa.feature.delta(expected), atol=2e-3)
            assert_allclose(
                mel[128:], librosa.feature.delta(expected, order=2), atol=2e-3
            )


def test_mfcc_are_its_cosine_transform(audio):
    mel = MelSpectrogramFeaturizer(n_mels=40).fit_transform(audio)
    mfcc = MFCCFeaturizer(5, n_mels=40).fit_transform(audio)
    for levels, coefficients in zip(mel.values, mfcc.values, strict=True):
        expected = librosa.feature.mfcc(S=levels, n_mfcc=5)
        assert_allclose(coefficients, expected, atol=1e-3)


def test_names_and_shapes():
    windows = 0.1 * np.random.default_rng(0).normal(size=(2, 22050))
    featurizer = MelSpectrogramFeaturizer(3, deltas=1)
    assert featurizer.fit_transform(windows).shape == (2, 6, 44)
    assert featurizer.get_feature_names_out().tolist() == [
        "mel_0",
        "mel_1",
        "mel_2",
        "delta_mel_0",
        "delta_mel_1",
        "delta_mel_2",
    ]
    channels = MelSpectrogramFeaturizer(3, channel_axis=True).fit_transform(windows)
    assert channels.shape == (2, 3, 44, 1)
    assert channels.flags.c_contiguous
    plain = MelSpectrogramFeaturizer(3).fit_transform(windows)
    assert_array_equal(channels[..., 0], plain)


def test_summary_is_by_statistic_then_by_row():
    windows = 0.1 * np.random.default_rng(0).normal(size=(2, 22050))
    matrix = MelSpectrogramFeaturizer(3).fit_transform(windows)
    featurizer = MelSpectrogramFeaturizer(3, summary=["max", "min"])
    vector = featurizer.fit_transform(windows)
    assert_array_equal(vector, np.hstack([matrix.max(axis=2), matrix.min(axis=2)]))
    assert featurizer.get_feature_names_out()[[0, 5]].tolist() == [
        "mel_0_max",
        "mel_2_min",
    ]


def test_a_sparse_mel_bank_still_fits():
    # 128 bands over 129 bins: some bands hold no bin and stay at the floor.
    windows = np.random.default_rng(0).normal(size=(1, 4096))
    featurizer = MelSpectrogramFeaturizer(n_fft=256, hop_length=128)
    with pytest.warns(UserWarning, match="20 of 128 mel bands hold none"):
        features = featurizer.fit_transform(windows)
    assert np.isfinite(features).all()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_mels": 0}, "'n_mels' parameter"),
        ({"fmin": 9000.0, "fmax": 8000.0}, "expected fmin < fmax <= 11025"),
        ({"summary": ("mean",), "channel_axis": True}, "Drop one of the two"),
        ({"deltas": 2, "hop_length": 8000}, "Got deltas=2 with windows of 3 STFT"),
        ({"precision": "half"}, "'precision' parameter"),
    ],
)
def test_wrong_parameters(parameters, message):
    windows = np.random.default_rng(0).normal(size=(2, 22050))
    with pytest.raises(ValueError, match=message):
        MelSpectrogramFeaturizer(**parameters).fit(windows)
