import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.fft import dct

from skgenre.features._kernels import mel_spectra
from skgenre.features._kernels.mel_settings import MelSettings

librosa = pytest.importorskip("librosa")

KERNEL = {"n_fft": 1024, "hop_length": 512, "n_mels": 128, "fmin": 0.0, "fmax": None}
SETTINGS = MelSettings(**KERNEL, top_db=80.0)


@pytest.fixture(scope="module")
def windows():
    """Noise, a chord, a click in silence, and one window 90 dB below the others."""
    rng = np.random.default_rng(0)
    t = np.arange(22050) / 22050
    chord = sum(np.sin(2 * np.pi * f * t) for f in (220, 277, 330)) / 4
    click = np.zeros(22050)
    click[9000:9010] = 1
    quiet = 3e-5 * rng.normal(size=22050)
    stacked = [0.3 * rng.normal(size=22050), chord, click, quiet]
    return np.stack(stacked).astype(np.float32)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"n_fft": 2048},
        {"n_fft": 1001},
        {"hop_length": 300},
        {"n_mels": 40, "fmin": 100.0, "fmax": 8000.0},
        {"n_fft": 512, "hop_length": 1024, "n_mels": 20},
    ],
)
@pytest.mark.parametrize("top_db", [80.0, 30.0, None])
def test_each_window_is_librosas_of_that_window_alone(windows, change, top_db):
    kernel = {**KERNEL, **change}
    settings = MelSettings(**kernel, top_db=top_db)
    power = mel_spectra.mel_spectrogram(windows, 22050, settings)
    decibels = mel_spectra.to_decibels(power.copy(), top_db)
    mfcc = mel_spectra.cepstrum(decibels, 13)
    for i, window in enumerate(windows):
        expected = librosa.feature.melspectrogram(y=window, sr=22050, **kernel)
        assert_allclose(power[i], expected, rtol=1e-3, atol=1e-6 * expected.max())
        expected = librosa.power_to_db(expected, top_db=top_db)
        if top_db is not None:
            assert_allclose(decibels[i], expected, atol=2e-3)
            expected = librosa.feature.mfcc(S=expected, n_mfcc=13)
            assert_allclose(mfcc[i], expected, atol=2e-3)


def test_top_db_is_each_windows_own(windows):
    decibels = mel_spectra.to_decibels(
        mel_spectra.mel_spectrogram(windows, 22050, SETTINGS), 80.0
    )
    alone = mel_spectra.to_decibels(
        mel_spectra.mel_spectrogram(windows[3:], 22050, SETTINGS), 80.0
    )
    assert_allclose(decibels[3:], alone, atol=0)
    batch = librosa.power_to_db(
        librosa.feature.melspectrogram(y=windows, sr=22050, **KERNEL)
    )
    # Before 1.0, librosa clips the quiet window under the loud ones' peak.
    if int(librosa.__version__.partition(".")[0]) < 1:
        assert np.abs(batch[3] - decibels[3]).max() > 10
    else:
        assert_allclose(batch, decibels, atol=1e-2)


def test_cepstrum_is_the_orthonormal_dct():
    decibels = np.random.default_rng(0).normal(size=(2, 30, 5)).astype(np.float32)
    expected = dct(decibels, axis=1, norm="ortho")[:, :7]
    assert_allclose(mel_spectra.cepstrum(decibels, 7), expected, atol=1e-5)


def test_silence_and_strided_windows(windows):
    silent = mel_spectra.mel_spectrogram(
        np.zeros((1, 4096), np.float32), 22050, SETTINGS
    )
    assert_allclose(mel_spectra.to_decibels(silent, 80.0), -100)
    view = np.lib.stride_tricks.sliding_window_view(windows[0], 8000)[::3000]
    assert_allclose(
        mel_spectra.mel_spectrogram(view, 22050, SETTINGS),
        mel_spectra.mel_spectrogram(view.copy(), 22050, SETTINGS),
    )


@pytest.mark.parametrize("n_fft", [64, 65])
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_spectra_are_those_of_a_slow_loop(n_fft, precision):
    settings = MelSettings(
        n_fft=n_fft,
        hop_length=20,
        n_mels=4,
        fmin=0.0,
        fmax=None,
        top_db=None,
        precision=precision,
    )
    window = np.random.default_rng(0).normal(size=200)
    ((frames, power),) = mel_spectra.spectra(window[None], settings)
    assert power.dtype == precision
    assert len(frames) == len(power) == settings.count_frames(200)
    padded = np.pad(window, n_fft // 2)
    taper = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)
    for i, bins in enumerate(power):
        frame = padded[20 * i : 20 * i + n_fft]
        assert_allclose(frames[i], frame, rtol=1e-6)
        expected = np.abs(np.fft.rfft(frame * taper)) ** 2
        assert_allclose(bins, expected, rtol=1e-4, atol=1e-4)


def test_bands_are_sums_over_the_filters():
    settings = MelSettings(
        n_fft=512, hop_length=512, n_mels=40, fmin=0.0, fmax=None, top_db=None
    )
    power = np.random.default_rng(0).random((3, 257)).astype(np.float32)
    filters = librosa.filters.mel(sr=22050, n_fft=512, n_mels=40)
    result = mel_spectra.mel_bands(power, 22050, settings)
    assert_allclose(result, power @ filters.T, rtol=1e-5)
    out = np.zeros((3, 40), np.float32)
    assert mel_spectra.mel_bands(power, 22050, settings, out=out) is out
    assert_array_equal(out, result)
