import numpy as np
import pytest
from numpy.testing import assert_allclose

from skgenre import FrameWindower, MFCCFeaturizer

librosa = pytest.importorskip("librosa")


@pytest.mark.parametrize("n_fft", [None, 2048])
def test_equal_to_librosa_on_each_window(audio, n_fft):
    features = MFCCFeaturizer(n_fft=n_fft, deltas=1).fit_transform(audio)
    assert features.values.dtype == np.float32
    for windows, mfccs in zip(audio, features, strict=True):
        for window, mfcc in zip(windows, mfccs, strict=True):
            expected = librosa.feature.mfcc(
                y=window, sr=22050, n_mfcc=13, n_fft=n_fft or 1024, hop_length=512
            )
            assert_allclose(mfcc[:13], expected, atol=2e-3)
            assert_allclose(mfcc[13:], librosa.feature.delta(expected), atol=2e-3)


def test_shape_of_the_source_answer():
    rng = np.random.default_rng(0)
    minutes = [rng.normal(size=60 * 22050).astype(np.float32) for _ in range(2)]
    windows = FrameWindower().fit_transform(minutes)
    features = MFCCFeaturizer(channel_axis=True).fit_transform(windows)
    values, mask = features.to_padded()
    assert values.shape == (2, 23, 13, 216, 1)
    assert mask.all()


@pytest.mark.slow
def test_shape_of_the_source_answer_on_real_songs(data_dir):
    paths = sorted((data_dir / "gtzan3" / "audio").glob("*/*.ogg"))[::25]
    songs = [np.concatenate([librosa.load(p, sr=22050)[0]] * 2) for p in paths]
    windows = FrameWindower(max_seconds=60).fit_transform(songs)
    features = MFCCFeaturizer(channel_axis=True).fit_transform(windows)
    assert features.to_padded()[0].shape == (8, 23, 13, 216, 1)


def test_summary_is_the_statistic_of_the_matrix(audio):
    matrix = MFCCFeaturizer(deltas=1).fit_transform(audio)
    featurizer = MFCCFeaturizer(deltas=1, summary=["mean", "max"])
    vector = featurizer.fit_transform(audio)
    assert_allclose(vector.values[:, :26], matrix.values.mean(axis=2), rtol=1e-5)
    assert_allclose(vector.values[:, 26:], matrix.values.max(axis=2))
    names = featurizer.get_feature_names_out()
    assert names[[0, 13, 26, 51]].tolist() == [
        "mfcc_0_mean",
        "delta_mfcc_0_mean",
        "mfcc_0_max",
        "delta_mfcc_12_max",
    ]
    assert vector.to_frame().columns[3] == "mfcc_0_mean"


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_mfcc": 129}, "n_mfcc=129 with n_mels=128, but expected n_mfcc <= n_mels"),
        ({"n_mfcc": 0}, "'n_mfcc' parameter"),
        ({"hop_length": 0}, "'hop_length' parameter"),
        ({"hop_length": -512}, "'hop_length' parameter"),
        ({"n_fft": 1}, "'n_fft' parameter"),
        ({"fmin": 9000.0, "fmax": 8000.0}, "expected fmin < fmax <= 11025"),
        ({"fmax": 20000.0}, "expected fmin < fmax <= 11025"),
        ({"summary": "mean"}, "'summary' parameter"),
        ({"summary": ("average",)}, r"Got summary=\('average',\)"),
        ({"summary": ()}, r"Got summary=\(\), but expected None or a sequence"),
        ({"summary": ("mean", "mean")}, "expected each name only once"),
        ({"summary": ("mean",), "channel_axis": True}, "Drop one of the two"),
        ({"deltas": 3}, "'deltas' parameter"),
        ({"deltas": 1, "hop_length": 8000}, "6 STFT frames, but expected at least 9"),
        ({"sample_rate": 44100}, "windows are at 22050"),
    ],
)
def test_wrong_parameters(audio, parameters, message):
    with pytest.raises(ValueError, match=message):
        MFCCFeaturizer(**parameters).fit(audio)
