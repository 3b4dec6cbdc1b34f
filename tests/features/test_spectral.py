import pickle

import numpy as np
import pytest
from described import describe
from signals import noise, silence, tones
from sklearn.base import clone

from skgenre import FrameWindower, MFCCFeaturizer, SongWindows, SpectralFeaturizer
from skgenre.features._kernels.descriptors import DESCRIPTORS

ALL = tuple(DESCRIPTORS)


def test_mfcc_equal_those_of_the_mfcc_featurizer():
    windows = noise(22050, 3)[:44100].reshape(2, 22050)
    ours = SpectralFeaturizer(["mfcc"], n_mfcc=13, n_fft=1024, summary=["mean", "p90"])
    theirs = MFCCFeaturizer(13, summary=["mean", "p90"])
    np.testing.assert_allclose(
        ours.fit_transform(windows), theirs.fit_transform(windows), atol=1e-4
    )


def test_names_belong_to_the_columns():
    windows = tones(22050, 2).reshape(2, 22050)
    featurizer = SpectralFeaturizer(ALL, summary=("mean", "max"))
    values = featurizer.fit_transform(windows)
    names = featurizer.get_feature_names_out()
    assert values.shape == (2, len(names))
    assert len(set(names)) == len(names)
    column = dict(zip(names, values.T, strict=True))
    described = describe(windows[0], 22050)
    assert column["contrast_3_max"][0] == pytest.approx(
        described["contrast"][:, 3].max(), abs=1e-3
    )
    assert column["mfcc_delta_2_mean"][0] == pytest.approx(
        described["mfcc_delta"][:, 2].mean(), abs=1e-5
    )
    assert column["tempo_bpm"][0] == pytest.approx(described["tempo"][0])


def test_order_of_features_is_that_asked_for():
    windows = noise(22050, 1)[None]
    one = SpectralFeaturizer(["zcr", "rms"], summary=["mean"]).fit_transform(windows)
    two = SpectralFeaturizer(["rms", "zcr"], summary=["mean"]).fit_transform(windows)
    np.testing.assert_array_equal(one, two[:, ::-1])


def test_a_window_does_not_depend_on_its_neighbours():
    windows = np.stack([noise(22050, 1), tones(22050, 1), silence(22050, 1)])
    featurizer = SpectralFeaturizer(ALL).fit(windows)
    together = featurizer.transform(windows)
    for window, features in zip(windows, together, strict=True):
        np.testing.assert_array_equal(featurizer.transform(window[None])[0], features)


def test_silence_db_describes_what_sounds():
    y = noise(22050, 4)
    padded = np.concatenate([y[:22050], np.zeros(22050, np.float32)])[None]
    featurizer = SpectralFeaturizer(["centroid", "rms"], summary=["mean"])
    whole = featurizer.fit_transform(padded)
    loud = clone(featurizer).set_params(silence_db=60).fit_transform(padded)
    alone = clone(featurizer).fit_transform(y[None, :22050])
    np.testing.assert_allclose(loud, alone, rtol=0.05)
    assert whole[0, 0] < 0.6 * alone[0, 0]


def test_silence_db_of_silence_keeps_all_frames():
    zeros = silence(22050, 1)[None]
    kept = SpectralFeaturizer(ALL, silence_db=60).fit_transform(zeros)
    np.testing.assert_array_equal(kept, SpectralFeaturizer(ALL).fit_transform(zeros))
    assert np.isfinite(kept).all()


def test_tempo_of_a_metronome():
    y = np.zeros(22050 * 12, np.float32)
    y[:: 22050 // 2] = 1  # two clicks a second: 120 beats per minute
    y[1 :: 22050 // 2] = -1
    featurizer = SpectralFeaturizer(["tempo"], hop_length=256)
    (bpm, clarity) = featurizer.fit_transform(y[None])[0]
    assert bpm == pytest.approx(120, abs=2)
    assert clarity > 0.5


@pytest.mark.parametrize("speed", [1.5, 3.0, 6.0, 20.0])
def test_modulation_of_a_pulsating_noise_is_its_speed(speed):
    t = np.arange(22050 * 4) / 22050
    steady = np.random.default_rng(0).normal(size=len(t))
    y = (0.1 * (1.1 + np.sin(2 * np.pi * speed * t)) * steady).astype(np.float32)
    # Frames must be shorter than a period.
    featurizer = SpectralFeaturizer(["modulation"], n_fft=512, hop_length=256)
    values = featurizer.fit_transform(y[None])[0].reshape(32, -1)
    names = featurizer.get_feature_names_out()
    lowest_hz = [float(n.split("_")[2][:-2]) for n in names[: values.shape[1]]]
    found = lowest_hz[values.mean(axis=0).argmax()]
    assert found == max(hz for hz in lowest_hz if hz <= speed)


def test_modulation_does_not_depend_on_gain_or_length():
    y = noise(22050, 8)
    featurizer = SpectralFeaturizer(["modulation"], top_db=None)
    long = featurizer.fit_transform(y[None])
    loud = featurizer.fit_transform(3 * y[None])
    short = featurizer.fit_transform(y[None, : len(y) // 2])
    np.testing.assert_allclose(loud, long, atol=0.1)
    assert np.abs(short - long).mean() < 3  # decibels, of a random signal


def test_fewer_speeds_where_frames_are_far_apart():
    y = noise(22050, 2)[None]
    near = SpectralFeaturizer(["modulation"], hop_length=256)
    far = SpectralFeaturizer(["modulation"], hop_length=1024)
    assert near.fit_transform(y).shape == (1, 32 * 8)
    assert far.fit_transform(y).shape == (1, 32 * 4)
    assert far.get_feature_names_out()[-1] == "modulation_31_4hz"


def test_chroma_of_a_tone_is_its_pitch_class():
    y = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050).astype(np.float32)[None]
    values = SpectralFeaturizer(["chroma"], summary=["median"]).fit_transform(y)
    assert values.argmax() == 9  # A, counted from C


def test_songs_in_songs_out(tmp_path):
    songs = [tones(22050, 3), noise(22050, 2)]
    windows = FrameWindower(1.0).fit_transform(songs)
    featurizer = SpectralFeaturizer(memory=tmp_path)
    features = featurizer.fit_transform(windows)
    assert isinstance(features, SongWindows)
    assert features.counts.tolist() == [5, 3]
    assert features.feature_names.tolist() == list(featurizer.get_feature_names_out())
    again = pickle.loads(pickle.dumps(featurizer)).transform(windows)
    np.testing.assert_array_equal(again.values, features.values)
    two_jobs = clone(featurizer).set_params(memory=None, n_jobs=2)
    # Matrix products may round otherwise in a process with fewer threads.
    np.testing.assert_allclose(
        two_jobs.fit_transform(windows).values, features.values, rtol=1e-5, atol=1e-5
    )


def test_song_without_windows():
    windows = SongWindows(np.ones((1, 22050), np.float32), [0, 1], sample_rate=22050)
    features = SpectralFeaturizer(ALL).fit_transform(windows)
    assert features.counts.tolist() == [0, 1]


def test_input_is_not_changed():
    windows = noise(22050, 2).reshape(2, 22050)
    before = windows.copy()
    SpectralFeaturizer(ALL, silence_db=30).fit_transform(windows)
    np.testing.assert_array_equal(windows, before)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"features": ["mfc"]}, r"Got features=\['mfc'\], but expected a sequence"),
        ({"features": "mfcc"}, "Got 'mfcc' instead"),
        ({"features": ["rms", "rms"]}, "each name only once"),
        ({"features": []}, r"Got features=\[\]"),
        ({"summary": ["average"]}, "Got summary="),
        ({"fmin": 12000}, "expected fmin < fmax <= 11025"),
        ({"n_mfcc": 30, "n_mels": 20}, "Got n_mfcc=30 with n_mels=20"),
        ({"n_contrast_bands": 7}, "Got n_contrast_bands=7.*Take fewer bands"),
        ({"n_fft": 128}, "Take n_fft of at least 221"),
        ({"hop_length": 20000}, "expected at least 9"),
        (
            {"features": ["tempo"], "hop_length": 8192},
            "Got 'tempo' .* too few STFT frames per beat",
        ),
        (
            {"features": ["mel_delta"], "hop_length": 8192},
            "Got 'mel_delta' with windows",
        ),
    ],
)
def test_errors_say_what_to_do(parameters, message):
    with pytest.raises(ValueError, match=message):
        SpectralFeaturizer(**parameters).fit(noise(22050, 1)[None])


# -- rates and lengths -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("rate", "n_fft", "n_octaves"),
    [
        (1000, 256, 2),  # octaves start at 200 and 400 Hz; 800 Hz is not there
        (4000, 1024, 4),
        (8000, 2048, 5),
        (12_800, 2048, 5),  # the sixth would start at half the rate, 6,400 Hz
        (12_801, 2048, 6),
        (22_050, 2048, 6),
        (204_800, 2048, 6),
        (250_000, 4096, 6),
    ],
)
def test_b5_frames_and_octaves_fit_the_rate(rate, n_fft, n_octaves):
    windows = 0.1 * np.random.default_rng(0).normal(size=(2, 2 * rate))
    featurizer = SpectralFeaturizer(["contrast"], summary=["mean"], sample_rate=rate)
    features = featurizer.fit_transform(windows.astype(np.float32))
    assert features.shape == (2, n_octaves + 1)
    explicit = SpectralFeaturizer(
        ["contrast"],
        summary=["mean"],
        sample_rate=rate,
        n_fft=n_fft,
        hop_length=n_fft // 4,
        n_contrast_bands=n_octaves,
    )
    np.testing.assert_array_equal(
        features, explicit.fit_transform(windows.astype(np.float32))
    )
    with pytest.raises(ValueError, match=f"Got n_contrast_bands={n_octaves + 9}"):
        explicit.set_params(n_contrast_bands=n_octaves + 9).fit(windows)


@pytest.mark.parametrize("rate", [1000, 6000, 12_800, 48_000, 250_000])
def test_b5_all_descriptors_at_all_rates(rate):
    windows = 0.1 * np.random.default_rng(0).normal(size=(1, 3 * rate))
    featurizer = SpectralFeaturizer(list(DESCRIPTORS), n_mels=40, sample_rate=rate)
    features = featurizer.fit_transform(windows)
    assert features.shape[1] == len(featurizer.get_feature_names_out())
    assert np.isfinite(features).all()


@pytest.mark.parametrize(
    "featurizer",
    [MFCCFeaturizer(n_fft=2048), SpectralFeaturizer(["zcr"])],
    ids=lambda featurizer: type(featurizer).__name__,
)
def test_c_frames_longer_than_windows_are_said(featurizer):
    with pytest.warns(UserWarning, match="Got n_fft=2048 with windows of 2000") as told:
        featurizer.fit(np.zeros((1, 2000)))
    assert len(told) == 1
    featurizer.fit(np.zeros((1, 2048)))


def test_c_empty_mel_bands_are_said():
    # librosa.filters.mel(sr=22050, n_fft=256, n_mels=128) has 20 rows of zeros.
    X = np.zeros((1, 22_050))
    said = r"Got n_mels=128 with n_fft=256 .* 20 of 128 mel bands hold none"
    with pytest.warns(UserWarning, match=said):
        MFCCFeaturizer(n_fft=256).fit(X)
    with pytest.warns(UserWarning, match=said):
        SpectralFeaturizer(["mel"], n_fft=256).fit(X)
    SpectralFeaturizer(["zcr"], n_fft=256).fit(X)  # has no mel bands
