import sys
from concurrent.futures import ThreadPoolExecutor

import joblib
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skgenre import MFCCFeaturizer, SongWindows
from skgenre.features._kernels import mel_spectra, tables
from skgenre.features._kernels.mel_settings import MelSettings

librosa = pytest.importorskip("librosa")
compiled_mel = pytest.importorskip("skgenre.features._kernels.compiled_mel")

SETTINGS = {"n_fft": 1024, "hop_length": 512, "n_mels": 128, "fmin": 0.0, "fmax": None}


@pytest.fixture(scope="module")
def windows():
    """Seconds of decaying notes over a noise floor, as music is."""
    rng = np.random.default_rng(0)
    t = np.arange(22050) / 22050
    songs = []
    for _ in range(3):
        notes = sum(
            np.sin(2 * np.pi * hz * t) * np.exp(-decay * (t - start)) * (t >= start)
            for hz, decay, start in zip(
                rng.uniform(80, 2000, 12),
                rng.uniform(2, 20, 12),
                rng.uniform(0, 1, 12),
                strict=True,
            )
        )
        songs.append(0.1 * notes + 3e-3 * rng.normal(size=len(t)))
    return np.stack(songs).astype(np.float32)


def mfcc(windows, precision="float32", top_db=80.0, n_mfcc=13, **change):
    settings = MelSettings(
        **{**SETTINGS, **change}, top_db=top_db, n_mfcc=n_mfcc, precision=precision
    )
    return mel_spectra.mel_features(windows, 22050, settings)


def log_mel(windows, precision="float32", top_db=80.0, **change):
    return mfcc(windows, precision, top_db, n_mfcc=None, **change)


def numpy_log_mel(windows, precision="float32", top_db=80.0, **change):
    settings = MelSettings(**{**SETTINGS, **change}, top_db=top_db, precision=precision)
    power = mel_spectra.mel_spectrogram(windows, 22050, settings)
    return mel_spectra.to_decibels(power, top_db)


@pytest.mark.parametrize(("precision", "atol"), [("float32", 1e-3), ("float64", 3e-4)])
@pytest.mark.parametrize("top_db", [80.0, 30.0])
@pytest.mark.parametrize(
    "change",
    [
        {},
        {"n_fft": 2048},
        {"n_fft": 512, "hop_length": 300, "n_mels": 40},
        {"n_fft": 256, "hop_length": 1500, "n_mels": 20},
        {"n_mels": 41, "fmin": 100.0, "fmax": 8000.0, "hop_length": 7},
        {"n_fft": 1000},
        {"n_fft": 1001, "n_mels": 13},
    ],
)
def test_mfcc_is_librosas(windows, change, top_db, precision, atol):
    got = mfcc(windows, precision, top_db, **change)
    settings = {**SETTINGS, **change}
    for window, features in zip(windows, got, strict=True):
        mel = librosa.feature.melspectrogram(y=window, sr=22050, **settings)
        levels = librosa.power_to_db(mel, top_db=top_db)
        expected = librosa.feature.mfcc(S=levels, n_mfcc=13)
        assert_allclose(features, expected, rtol=0, atol=atol)


@pytest.mark.parametrize("n_fft", [32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 100])
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_any_length_of_fft_is_numpys(windows, n_fft, precision):
    change = {"n_fft": n_fft, "hop_length": 200, "n_mels": 9}
    got = log_mel(windows, precision, None, **change)
    expected = numpy_log_mel(windows, precision, None, **change)
    assert got.shape == expected.shape
    assert got.dtype == expected.dtype == np.float32
    assert_allclose(got, expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize("n_samples", [1, 5, 511, 512, 4095, 40000])
@pytest.mark.parametrize("n_mfcc", [1, 4, 13, 16])
def test_any_number_of_frames_and_coefficients(n_samples, n_mfcc):
    windows = np.random.default_rng(0).normal(size=(2, n_samples)).astype(np.float32)
    expected = mel_spectra.cepstrum(numpy_log_mel(windows, n_mels=16), n_mfcc)
    got = mfcc(windows, n_mels=16, n_mfcc=n_mfcc)
    assert got.shape == (2, n_mfcc, 1 + n_samples // 512)
    assert_allclose(got, expected, rtol=0, atol=1e-4)


def test_logarithm_of_all_sizes():
    # A window of one level: its power is the square of the scale.
    noise = np.random.default_rng(0).normal(size=4000).astype(np.float32)
    scales = np.geomspace(1e-4, 1e12, 200, dtype=np.float32)
    windows = scales[:, None] * noise
    expected = numpy_log_mel(windows, "float64", None, n_mels=20)
    assert_allclose(log_mel(windows, "float64", None, n_mels=20), expected, atol=5e-5)
    assert np.ptp(expected) > 200


def test_silence_is_the_floor():
    assert_array_equal(log_mel(np.zeros((2, 3000), np.float32)), np.float32(-100))


def test_windows_stand_alone_whatever_their_memory(windows):
    together = mfcc(windows)
    alone = np.concatenate([mfcc(window[None]) for window in windows])
    assert_array_equal(together, alone)
    assert_array_equal(together, mfcc(windows.astype(float)))
    assert_array_equal(together, mfcc(windows[::-1])[::-1])
    assert_array_equal(together, mfcc(np.asfortranarray(windows)))
    view = np.lib.stride_tricks.sliding_window_view(windows.ravel(), 8000)[::3001]
    assert_array_equal(mfcc(view), mfcc(view.copy()))
    many = np.repeat(windows, 7, axis=0).astype(float)  # more than are converted once
    assert_array_equal(mfcc(many), np.repeat(together, 7, axis=0))
    assert mfcc(windows[:0]).shape == (0, 13, 44)


def test_neighbours_of_a_window_are_not_heard():
    # In a recording, samples follow the window's end; alone, there are zeros.
    recording = np.random.default_rng(0).normal(size=9000).astype(np.float32)
    view = np.lib.stride_tricks.sliding_window_view(recording, 3000)[::1500]
    changed = recording.copy()
    changed[3000:] = 7
    assert_array_equal(log_mel(view)[0], log_mel(changed[None, :3000])[0])


def test_threads_do_not_disturb_each_other(windows):
    expected = mfcc(windows)
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(mfcc, [windows] * 40))
    for result in results:
        assert_array_equal(result, expected)


def test_banded_weights_are_the_filters():
    for parameters in [(22050, 1024, 128, 0.0, 11025.0), (8000, 256, 9, 300.0, 3400.0)]:
        filters = tables.mel_filterbank(*parameters)
        edges, weights = compiled_mel._bands(*parameters, "float32")
        dense = np.zeros_like(filters)
        for band in range(len(filters)):
            for k in range(edges[band], edges[band + 1]):
                dense[band, k] += weights[2 * k + 1]
            for k in range(edges[band + 1], edges[band + 2]):
                dense[band, k] += weights[2 * k]
        # What rounding leaves of a filter beyond its edges is not worth a sum.
        assert_allclose(dense, filters, rtol=0, atol=1e-9)


def test_without_numba_the_values_are_the_same(windows, monkeypatch):
    expected = mfcc(windows), log_mel(windows, n_fft=1001)
    monkeypatch.setattr(mel_spectra, "has_numba", lambda: False)
    # 1e-4 dB in each band can add up to 1e-3 in the first coefficient; it does not.
    assert_allclose(mfcc(windows), expected[0], rtol=0, atol=2e-4)
    assert_allclose(log_mel(windows, n_fft=1001), expected[1], rtol=0, atol=1e-4)
    assert mfcc(windows).flags.c_contiguous


def test_numba_is_used_where_it_can_compile(monkeypatch):
    has_numba = mel_spectra.has_numba.__wrapped__
    assert has_numba()
    monkeypatch.setattr("numba.config.DISABLE_JIT", 1)
    assert not has_numba()
    monkeypatch.setitem(sys.modules, "numba", None)
    assert not has_numba()


def test_precision_is_a_parameter_and_part_of_the_cache_key(windows, tmp_path):
    songs = SongWindows(windows, [2, 1], sample_rate=22050)
    single = MFCCFeaturizer(memory=str(tmp_path)).fit(songs)
    double = MFCCFeaturizer(precision="float64", memory=str(tmp_path)).fit(songs)
    assert joblib.hash(single._window_function()) != joblib.hash(
        double._window_function()
    )
    assert_array_equal(single.transform(songs).values, mfcc(windows))
    assert_array_equal(double.transform(songs).values, mfcc(windows, "float64"))
    with pytest.raises(ValueError, match="'precision' parameter of MFCCFeaturizer"):
        MFCCFeaturizer(precision="half").fit(windows)
