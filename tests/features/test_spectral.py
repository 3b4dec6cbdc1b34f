import pickle
import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.utils.estimator_checks import parametrize_with_checks

from skgenre import FrameWindower, MFCCFeaturizer, SongWindows, SpectralFeaturizer
from skgenre.features._kernels.descriptors import DESCRIPTORS, describe_frames
from skgenre.features._kernels.mel_spectra import spectra

SETTINGS = {
    "n_fft": 2048,
    "hop_length": 512,
    "n_mfcc": 20,
    "n_mels": 128,
    "fmin": 0.0,
    "fmax": None,
    "top_db": 80.0,
    "n_contrast_bands": 6,
    "tuning": 0.0,
}
# What the class promises, in the unit of each descriptor.
TOLERANCE = {
    "mfcc": 1e-3,
    "mfcc_delta": 1e-3,
    "mfcc_delta2": 1e-3,
    "mel": 1e-3,
    "mel_delta": 1e-3,
    "chroma": 1e-4,
    "contrast": 0.05,
    "centroid": 0.1,
    "bandwidth": 0.1,
    "flatness": 1e-4,
    "zcr": 0,
    "rms": 1e-6,
    "onset": 1e-3,
}


def _tones(sample_rate, seconds):
    """Notes with attacks, partials and a little noise: tonal, rhythmic, quiet."""
    t = np.arange(int(sample_rate * seconds)) / sample_rate
    rng = np.random.default_rng(1)
    y = np.zeros_like(t)
    for start in np.arange(0, seconds, 0.5):
        note = 220 * 2 ** (rng.integers(24) / 12)
        since = np.maximum(t - start, 0)
        envelope = np.exp(-4 * since) * (t >= start)
        y += envelope * sum(np.sin(2 * np.pi * note * h * t) / h for h in (1, 2, 3, 4))
    return (0.2 * y + 1e-3 * rng.normal(size=len(t))).astype(np.float32)


def _noise(sample_rate, seconds):
    rng = np.random.default_rng(0)
    n_samples = int(sample_rate * seconds)
    return (0.1 * rng.normal(size=n_samples)).astype(np.float32)


def _half_silent(sample_rate, seconds):
    y = _noise(sample_rate, seconds)
    y[len(y) // 2 :] = 0
    return y


def _silence(sample_rate, seconds):
    return np.zeros(int(sample_rate * seconds), np.float32)


def _describe(y, sample_rate, features=DESCRIPTORS, **changed):
    settings = {**SETTINGS, **changed}
    ((frames, power),) = spectra(y[None], settings["n_fft"], settings["hop_length"])
    return describe_frames(y, frames, power, sample_rate, features=features, **settings)


def _librosa(y, sample_rate, n_fft=2048, hop_length=512):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import librosa

        feature = librosa.feature
        stft = {"n_fft": n_fft, "hop_length": hop_length}
        audio = {"y": y, "sr": sample_rate, **stft}
        frames = {"frame_length": n_fft, "hop_length": hop_length}
        mel = librosa.power_to_db(feature.melspectrogram(**audio))
        mfcc = feature.mfcc(**audio, n_mfcc=20)
        found = {
            "mfcc": mfcc,
            "mfcc_delta": feature.delta(mfcc),
            "mfcc_delta2": feature.delta(mfcc, order=2),
            "mel": mel,
            "mel_delta": feature.delta(mel),
            "chroma": feature.chroma_stft(**audio, tuning=0.0),
            "contrast": feature.spectral_contrast(**audio),
            "centroid": feature.spectral_centroid(**audio),
            "bandwidth": feature.spectral_bandwidth(**audio),
            "rolloff": feature.spectral_rolloff(**audio),
            "flatness": feature.spectral_flatness(y=y, **stft),
            "zcr": feature.zero_crossing_rate(y, **frames),
            "rms": feature.rms(y=y, **frames),
            "onset": librosa.onset.onset_strength(**audio)[None],
        }
        envelope = found["onset"][0]
        tempo = feature.tempo(
            onset_envelope=envelope, sr=sample_rate, hop_length=hop_length
        )
        return found, float(tempo[0])


def _assert_equal_to_librosa(y, sample_rate, **stft):
    ours = _describe(y, sample_rate, **stft)
    theirs, tempo = _librosa(y, sample_rate, **stft)
    for name, tolerance in TOLERANCE.items():
        assert ours[name].shape == theirs[name].T.shape, name
        # float32 itself rounds an MFCC of -1,100 (silence) by more than 1e-4.
        rounding = 2e-6 * np.abs(theirs[name]).max()
        error = np.abs(ours[name] - theirs[name].T)
        if name == "contrast":
            # A power 80 dB under the peaks is near the rounding of a float32 FFT.
            error[theirs[name].T > 40] = 0
        error = error.max()
        assert error <= tolerance + rounding, f"{name}: {error}"
    bin_hz = sample_rate / stft.get("n_fft", 2048)
    assert np.abs(ours["rolloff"] - theirs["rolloff"].T).max() <= 1.001 * bin_hz
    assert ours["tempo"][0] == pytest.approx(tempo, rel=1e-9)


@pytest.mark.parametrize("sample_rate", [22050, 44100])
@pytest.mark.parametrize("signal", [_tones, _noise, _half_silent, _silence])
def test_equal_to_librosa(signal, sample_rate):
    _assert_equal_to_librosa(signal(sample_rate, 3), sample_rate)


def test_equal_to_librosa_with_other_frames():
    _assert_equal_to_librosa(_tones(22050, 2), 22050, n_fft=1024, hop_length=256)


def test_equal_to_librosa_on_real_audio(data_folder):
    import soundfile

    for path in ["esc10/audio/rooster", "gtzan3/audio/jazz", "gtzan3/audio/rock"]:
        song = sorted((data_folder / path).glob("*.ogg"))[0]
        y, sample_rate = soundfile.read(song, dtype="float32")
        _assert_equal_to_librosa(y[: 4 * sample_rate], sample_rate)


@pytest.fixture
def data_folder():
    import os
    from pathlib import Path

    folder = os.environ.get("SKGENRE_DATA")
    if not folder:
        pytest.skip("SKGENRE_DATA does not say where the recordings are")
    return Path(folder)


def test_mfcc_equal_those_of_the_mfcc_featurizer():
    windows = _noise(22050, 3)[:44100].reshape(2, 22050)
    ours = SpectralFeaturizer(["mfcc"], n_mfcc=13, n_fft=1024, summary=["mean", "p90"])
    theirs = MFCCFeaturizer(13, summary=["mean", "p90"])
    np.testing.assert_allclose(
        ours.fit_transform(windows), theirs.fit_transform(windows), atol=1e-4
    )


def test_names_belong_to_the_columns():
    windows = _tones(22050, 2).reshape(2, 22050)
    featurizer = SpectralFeaturizer(DESCRIPTORS, summary=("mean", "max"))
    values = featurizer.fit_transform(windows)
    names = featurizer.get_feature_names_out()
    assert values.shape == (2, len(names))
    assert len(set(names)) == len(names)
    column = dict(zip(names, values.T, strict=True))
    described = _describe(windows[0], 22050)
    assert column["contrast_3_max"][0] == pytest.approx(
        described["contrast"][:, 3].max()
    )
    assert column["mfcc_delta_2_mean"][0] == pytest.approx(
        described["mfcc_delta"][:, 2].mean(), abs=1e-5
    )
    assert column["tempo_bpm"][0] == pytest.approx(described["tempo"][0])


def test_order_of_features_is_that_asked_for():
    windows = _noise(22050, 1)[None]
    one = SpectralFeaturizer(["zcr", "rms"], summary=["mean"]).fit_transform(windows)
    two = SpectralFeaturizer(["rms", "zcr"], summary=["mean"]).fit_transform(windows)
    np.testing.assert_array_equal(one, two[:, ::-1])


def test_a_window_does_not_depend_on_its_neighbours():
    windows = np.stack([_noise(22050, 1), _tones(22050, 1), _silence(22050, 1)])
    featurizer = SpectralFeaturizer(DESCRIPTORS).fit(windows)
    together = featurizer.transform(windows)
    for window, features in zip(windows, together, strict=True):
        np.testing.assert_array_equal(featurizer.transform(window[None])[0], features)


def test_silence_db_describes_what_sounds():
    y = _noise(22050, 4)
    padded = np.concatenate([y[:22050], np.zeros(22050, np.float32)])[None]
    featurizer = SpectralFeaturizer(["centroid", "rms"], summary=["mean"])
    whole = featurizer.fit_transform(padded)
    loud = clone(featurizer).set_params(silence_db=60).fit_transform(padded)
    alone = clone(featurizer).fit_transform(y[None, :22050])
    np.testing.assert_allclose(loud, alone, rtol=0.05)
    assert whole[0, 0] < 0.6 * alone[0, 0]


def test_silence_db_of_silence_keeps_all_frames():
    silence = _silence(22050, 1)[None]
    kept = SpectralFeaturizer(DESCRIPTORS, silence_db=60).fit_transform(silence)
    np.testing.assert_array_equal(
        kept, SpectralFeaturizer(DESCRIPTORS).fit_transform(silence)
    )
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
    noise = np.random.default_rng(0).normal(size=len(t))
    y = (0.1 * (1.1 + np.sin(2 * np.pi * speed * t)) * noise).astype(np.float32)
    # Frames must be shorter than a period.
    featurizer = SpectralFeaturizer(["modulation"], n_fft=512, hop_length=256)
    values = featurizer.fit_transform(y[None])[0].reshape(32, -1)
    names = featurizer.get_feature_names_out()
    lowest_hz = [float(n.split("_")[2][:-2]) for n in names[: values.shape[1]]]
    found = lowest_hz[values.mean(axis=0).argmax()]
    assert found == max(hz for hz in lowest_hz if hz <= speed)


def test_modulation_does_not_depend_on_gain_or_length():
    y = _noise(22050, 8)
    featurizer = SpectralFeaturizer(["modulation"], top_db=None)
    long = featurizer.fit_transform(y[None])
    loud = featurizer.fit_transform(3 * y[None])
    short = featurizer.fit_transform(y[None, : len(y) // 2])
    np.testing.assert_allclose(loud, long, atol=0.1)
    assert np.abs(short - long).mean() < 3  # decibels, of a random signal


def test_fewer_speeds_where_frames_are_far_apart():
    y = _noise(22050, 2)[None]
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
    songs = [_tones(22050, 3), _noise(22050, 2)]
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
    features = SpectralFeaturizer(DESCRIPTORS).fit_transform(windows)
    assert features.counts.tolist() == [0, 1]


def test_input_is_not_changed():
    windows = _noise(22050, 2).reshape(2, 22050)
    before = windows.copy()
    SpectralFeaturizer(DESCRIPTORS, silence_db=30).fit_transform(windows)
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
        ({"features": ["tempo"], "hop_length": 8192}, "too few STFT frames per beat"),
    ],
)
def test_errors_say_what_to_do(parameters, message):
    with pytest.raises(ValueError, match=message):
        SpectralFeaturizer(**parameters).fit(_noise(22050, 1)[None])


@parametrize_with_checks([SpectralFeaturizer(["zcr", "rms", "flatness", "centroid"])])
def test_sklearn_checks(estimator, check):
    check(estimator)
