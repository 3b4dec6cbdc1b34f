from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from described import describe, settings_of
from numpy.testing import assert_allclose, assert_array_equal
from signals import half_silent, noise, silence, tones

from skgenre import SpectralFeaturizer
from skgenre.features._kernels import mel_spectra
from skgenre.features._kernels.descriptors import DESCRIPTORS

compiled_frames = pytest.importorskip("skgenre.features._kernels.compiled_frames")

NAMES = compiled_frames.NAMES
# Of the numpy twin, less than half of what the class promises of librosa.
TOLERANCE = {
    "mfcc": 3e-4,
    "mfcc_delta": 3e-4,
    "mfcc_delta2": 3e-4,
    "mel": 5e-4,
    "mel_delta": 1e-4,
    "chroma": 1e-5,
    "contrast": 0.02,  # valleys are rounding of the float32 FFT
    "centroid": 0.02,
    "bandwidth": 0.02,
    "flatness": 3e-6,
    "zcr": 0,
    "rms": 1e-6,
    "onset": 1e-4,
}
FRAMES = [
    {},
    {"n_fft": 1024, "hop_length": 300, "n_mels": 40, "n_mfcc": 13},
    {"n_fft": 512, "hop_length": 700, "n_mels": 20, "tuning": 0.2},
    {"n_fft": 4096, "hop_length": 128, "top_db": None, "n_contrast_bands": 3},
]


def compute(windows, names=NAMES, rate=22050, **change):
    """Descriptors (n_windows, n_rows, n_frames) by name."""
    settings = settings_of(**change)
    places, n_rows = {}, {}
    for name in names:
        places[name] = sum(n_rows.values())
        n_rows[name] = len(DESCRIPTORS[name].names(settings, rate))
    rows = compiled_frames.describe_audio(
        windows, rate, places=places, n_rows=sum(n_rows.values()), settings=settings
    )
    return {
        name: rows[:, first : first + n_rows[name]] for name, first in places.items()
    }


@pytest.mark.parametrize("signal", [tones, noise, half_silent, silence])
@pytest.mark.parametrize("change", FRAMES)
def test_each_is_that_of_numpy(signal, change):
    y = signal(22050, 2)
    got = compute(y[None], **change)
    expected = describe(y, 22050, features=NAMES, **change)
    for name, tolerance in TOLERANCE.items():
        error = np.abs(got[name][0].T - expected[name])
        assert error.max() <= tolerance, name
    bin_hz = 22050 / change.get("n_fft", 2048)
    error = np.abs(got["rolloff"][0].T - expected["rolloff"])
    assert error.max() <= 1.001 * bin_hz


@pytest.mark.parametrize("name", NAMES)
def test_company_changes_nothing(name):
    windows = np.stack([noise(22050, 1), tones(22050, 1), silence(22050, 1)])
    needed = compiled_frames.NEEDS.get(name)
    alone = compute(windows, [name] if needed is None else [name, needed])
    assert_array_equal(alone[name], compute(windows)[name])
    assert_array_equal(alone[name][1:2], compute(windows[1:2])[name])


def test_windows_of_one_recording_are_not_copied_and_stand_alone():
    y = noise(22050, 3)
    view = np.lib.stride_tricks.sliding_window_view(y, 22050)[::5000]
    for name, rows in compute(view).items():
        assert_array_equal(rows, compute(view.copy())[name])
        assert_array_equal(rows, compute(view.astype(float))[name])


def test_threads_do_not_disturb_each_other():
    windows = tones(22050, 2).reshape(2, 22050)
    expected = compute(windows)
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(compute, [windows] * 12):
            for name in NAMES:
                assert_array_equal(found[name], expected[name])


@pytest.mark.parametrize("n_samples", [1, 7, 2047, 2048, 5000])
def test_windows_shorter_than_frames(n_samples):
    y = noise(22050, 1)[:n_samples]
    names = [name for name in NAMES if "delta" not in name]
    expected = describe(y, 22050, features=names)
    for name, rows in compute(y[None], names).items():
        assert_allclose(rows[0].T, expected[name], atol=0.02, rtol=1e-5)


@pytest.mark.parametrize("silence_db", [None, 60.0, 20.0])
def test_vectors_are_those_without_numba(silence_db, monkeypatch):
    windows = np.stack([half_silent(22050, 2), tones(22050, 2), noise(22050, 2)])
    featurizer = SpectralFeaturizer(
        tuple(DESCRIPTORS),
        summary=("mean", "std", "p10", "p90", "skew"),
        silence_db=silence_db,
        n_mels=64,
    ).fit(windows)
    got = featurizer.transform(windows)
    monkeypatch.setattr(mel_spectra, "has_numba", lambda: False)
    expected = featurizer.transform(windows)
    # A roll-off may be another bin where two are level.
    names = featurizer.get_feature_names_out()
    same = np.array(["rolloff" not in name for name in names])
    assert_allclose(got[:, same], expected[:, same], rtol=2e-4, atol=2e-3)
    assert_allclose(got[:, ~same], expected[:, ~same], rtol=0.01, atol=0.1)


def test_gain_changes_levels_only():
    y = tones(22050, 1)[None]
    shapes = ["chroma", "centroid", "bandwidth", "zcr"]
    loud, quiet = compute(1e4 * y, shapes), compute(1e-2 * y, shapes)
    for name in shapes:
        assert_allclose(loud[name], quiet[name], rtol=1e-4, atol=1e-5)
