import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.fft import dct

from skgenre.features._kernels import mel_spectra, statistics, tables

librosa = pytest.importorskip("librosa")

KERNEL = {"n_fft": 1024, "hop_length": 512, "n_mels": 128, "fmin": 0.0, "fmax": None}


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
    "parameters",
    [
        (22050, 1024, 128, 0.0, 11025.0),
        (22050, 2048, 40, 50.0, 8000.0),
        (44100, 2205, 64, 20.0, 20000.0),
        (8000, 255, 10, 300.0, 3400.0),
    ],
)
def test_mel_filterbank_is_librosas(parameters):
    sr, n_fft, n_mels, fmin, fmax = parameters
    expected = librosa.filters.mel(
        sr=sr, n_fft=n_fft, n_mels=n_mels, fmin=fmin, fmax=fmax
    )
    assert_allclose(tables.mel_filterbank(*parameters), expected, atol=1e-8)


def test_mel_scale_is_its_own_inverse():
    hz = np.array([0.0, 440.0, 999.9, 1000.0, 6400.0, 16000.0])
    mel = tables.hz_to_mel(hz)
    assert_allclose(tables.mel_to_hz(mel), hz)
    # Slaney's scale by hand: 200/3 Hz a mel below 1 kHz, 27 mels for a factor 6.4.
    assert_allclose(mel[[1, 3, 4]], [6.6, 15.0, 42.0])


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
    power = mel_spectra.mel_spectrogram(windows, 22050, **kernel)
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
    # librosa on the batch clips the quiet window under the loud ones' peak.
    decibels = mel_spectra.to_decibels(
        mel_spectra.mel_spectrogram(windows, 22050, **KERNEL), 80.0
    )
    alone = mel_spectra.to_decibels(
        mel_spectra.mel_spectrogram(windows[3:], 22050, **KERNEL), 80.0
    )
    assert_allclose(decibels[3:], alone, atol=0)
    batch = librosa.power_to_db(
        librosa.feature.melspectrogram(y=windows, sr=22050, **KERNEL)
    )
    assert np.abs(batch[3] - decibels[3]).max() > 10


def test_cepstrum_is_the_orthonormal_dct():
    decibels = np.random.default_rng(0).normal(size=(2, 30, 5)).astype(np.float32)
    expected = dct(decibels, axis=1, norm="ortho")[:, :7]
    assert_allclose(mel_spectra.cepstrum(decibels, 7), expected, atol=1e-5)


def test_silence_and_strided_windows(windows):
    silent = mel_spectra.mel_spectrogram(
        np.zeros((1, 4096), np.float32), 22050, **KERNEL
    )
    assert_allclose(mel_spectra.to_decibels(silent, 80.0), -100)
    view = np.lib.stride_tricks.sliding_window_view(windows[0], 8000)[::3000]
    assert_allclose(
        mel_spectra.mel_spectrogram(view, 22050, **KERNEL),
        mel_spectra.mel_spectrogram(view.copy(), 22050, **KERNEL),
    )


@pytest.mark.parametrize("order", [1, 2])
def test_deltas_are_librosas(order):
    features = np.random.default_rng(0).normal(size=(3, 4, 12)).astype(np.float32)
    result = statistics.append_deltas(features, order)
    assert result.shape == (3, 4 * (1 + order), 12)
    for i in range(3):
        expected = librosa.feature.delta(features[i], order=order)
        assert_allclose(result[i, 4 * order :], expected, atol=1e-5)
    with pytest.raises(ValueError, match=r"at least 9 STFT frames. Got 8"):
        statistics.append_deltas(features[..., :8], order)


def test_statistics_by_hand():
    features = np.array([[[1.0, 2, 3, 4], [5, 5, 5, 5]]], np.float32)
    names = ("mean", "std", "min", "max", "median", "p25", "skew", "kurtosis")
    summary = statistics.summarize(features, names).reshape(len(names), 2)
    assert_allclose(
        summary,
        [
            [2.5, 5],
            [np.sqrt(1.25), 0],
            [1, 5],
            [4, 5],
            [2.5, 5],
            [1.75, 5],
            [0, 0],
            [-1.36, 0],  # E[d^4] / var^2 - 3 = 2.5625 / 1.5625 - 3
        ],
        rtol=1e-6,
    )
