import warnings

import numpy as np
import pytest
from described import analyse, describe, settings_of
from numpy.testing import assert_allclose, assert_array_equal
from signals import half_silent, noise, silence, tones
from threadpoolctl import threadpool_limits

from skgenre import SpectralFeaturizer
from skgenre.features._kernels import descriptors, mel_spectra
from skgenre.features._kernels.descriptors import DESCRIPTORS, Descriptor

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
    ours = describe(y, sample_rate, **stft)
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
@pytest.mark.parametrize("signal", [tones, noise, half_silent, silence])
def test_equal_to_librosa(signal, sample_rate):
    _assert_equal_to_librosa(signal(sample_rate, 3), sample_rate)


def test_equal_to_librosa_with_other_frames():
    _assert_equal_to_librosa(tones(22050, 2), 22050, n_fft=1024, hop_length=256)


def test_equal_to_librosa_on_real_audio(data_dir):
    import soundfile

    for path in ["esc10/audio/rooster", "gtzan3/audio/jazz", "gtzan3/audio/rock"]:
        song = sorted((data_dir / path).glob("*.ogg"))[0]
        y, sample_rate = soundfile.read(song, dtype="float32")
        _assert_equal_to_librosa(y[: 4 * sample_rate], sample_rate)


@pytest.mark.parametrize("name", list(DESCRIPTORS))
@pytest.mark.parametrize("change", [{}, {"n_mels": 20, "n_mfcc": 5, "n_fft": 1024}])
def test_each_entry_names_what_it_gives(name, change):
    entry = DESCRIPTORS[name]
    assert entry.name == name
    values = describe(noise(22050, 1), 22050, **change)[name]
    names = entry.names(settings_of(**change), 22050)
    assert values.shape[-1] == len(names) == len(set(names))
    assert all(row.startswith(name) for row in names)
    if entry.is_of_frames:
        assert values.shape[0] == 44


@pytest.mark.parametrize("name", list(DESCRIPTORS))
def test_company_changes_nothing(name):
    y = tones(22050, 1)
    alone = DESCRIPTORS[name].compute(analyse(y, 22050))
    together = describe(y, 22050)[name]
    assert_array_equal(alone.reshape(together.shape), together)


def test_what_is_shared_is_computed_once(monkeypatch):
    calls = []

    def counted(power, sample_rate, settings):
        calls.append(len(power))
        return mel_bands(power, sample_rate, settings)

    mel_bands = mel_spectra.mel_bands
    monkeypatch.setattr(mel_spectra, "mel_bands", counted)
    monkeypatch.setattr(mel_spectra, "has_numba", lambda: False)
    windows = noise(22050, 2).reshape(2, 22050)
    SpectralFeaturizer(["mel", "mfcc", "onset", "modulation"]).fit_transform(windows)
    assert calls == [44, 44]
    SpectralFeaturizer(["rms", "zcr", "chroma"]).fit_transform(windows)
    assert calls == [44, 44]


def test_a_new_descriptor_is_one_entry(monkeypatch):
    def no_zero_hop(name, settings, sample_rate, n_frames):
        if n_frames > 100:
            raise ValueError(f"Got {name!r} with {n_frames} STFT frames.")

    entry = Descriptor(
        "range",
        lambda window: np.stack(
            [window.frames.min(axis=1), window.frames.max(axis=1)], axis=1
        ),
        n_rows=lambda settings: 2,
        checks=(no_zero_hop,),
    )
    monkeypatch.setitem(DESCRIPTORS, "range", entry)
    windows = noise(22050, 1)[None]
    featurizer = SpectralFeaturizer(["range", "rms"], summary=["min", "max"])
    lowest, _, _, _, highest, _ = featurizer.fit_transform(windows)[0]
    assert (lowest, highest) == (windows.min(), windows.max())
    assert featurizer.get_feature_names_out()[:3].tolist() == [
        "range_0_min",
        "range_1_min",
        "rms_min",
    ]
    with pytest.raises(ValueError, match="Got 'range' with 173 STFT frames"):
        SpectralFeaturizer(["range"], hop_length=128).fit(windows)


def test_columns_by_statistic_then_what_is_of_the_window():
    names = descriptors.column_names(
        ("tempo", "zcr", "rms"),
        settings_of(),
        summary=("mean", "std"),
        sample_rate=22050,
    )
    assert names == [
        "zcr_mean",
        "rms_mean",
        "zcr_std",
        "rms_std",
        "tempo_bpm",
        "tempo_clarity",
    ]


def test_only_loud_frames_are_summarized():
    y = half_silent(22050, 2)
    level = describe(y, 22050)["rms"][:, 0]
    vector = descriptors.describe_windows(
        y[None],
        22050,
        features=("rms",),
        summary=("mean", "min"),
        silence_db=20.0,
        settings=settings_of(),
    )
    loud = level[level >= level.max() / 10]
    assert len(loud) < len(level)
    assert_allclose(vector[0], [loud.mean(), loud.min()], rtol=1e-6)


def test_last_bits_are_the_same_on_any_number_of_threads():
    windows = noise(22050, 5).reshape(1, -1)
    found = []
    for threads in (1, 2):
        with threadpool_limits(threads, user_api="blas"):
            vectors = descriptors.describe_windows(
                windows,
                22050,
                features=("mel", "chroma", "centroid"),
                summary=("mean", "std"),
                silence_db=None,
                settings=settings_of(),
            )
        found.append(vectors)
    assert_array_equal(found[0], found[1])
