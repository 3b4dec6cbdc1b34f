import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.fft import dct
from scipy.signal import get_window

from skgenre.features._kernels import tables

librosa = pytest.importorskip("librosa")


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


def test_edges_are_equally_spaced_in_mel():
    edges = tables.mel_edges(3, 0.0, 1000.0)
    # 1000 Hz is 15 mel, so a step of 15 / 4 mel of 200 / 3 Hz each.
    assert_allclose(edges, [0, 250, 500, 750, 1000])


def test_frequencies_of_bins():
    assert tables.fft_frequencies(8000, 8).tolist() == [0, 1000, 2000, 3000, 4000]
    assert len(tables.fft_frequencies(8000, 9)) == 5


@pytest.mark.parametrize("n_fft", [2, 9, 1024])
def test_taper_is_the_periodic_one(n_fft):
    assert_allclose(tables.hann(n_fft, "float64"), get_window("hann", n_fft))
    assert tables.hann(n_fft, "float32").dtype == np.float32


def test_cosines_are_the_orthonormal_dct():
    basis = tables.dct_matrix(5, 12)
    assert_allclose(basis, dct(np.eye(12), axis=0, norm="ortho")[:5], atol=1e-7)
    assert_allclose(basis @ basis.T, np.eye(5), atol=1e-6)


def test_tables_from_the_cache_cannot_be_spoilt():
    for table in (
        tables.hann(64, "float32"),
        tables.dct_matrix(3, 4),
        tables.mel_filterbank(8000, 64, 4, 0.0, 4000.0),
    ):
        with pytest.raises(ValueError, match="read-only"):
            table[0] = 1
