"""Descriptors of one window of audio, by name."""

from skgenre.features._kernels.descriptors import DESCRIPTORS
from skgenre.features._kernels.mel_settings import MelSettings
from skgenre.features._kernels.mel_spectra import spectra
from skgenre.features._kernels.window_analysis import DescriptorSettings, WindowAnalysis

MEL = {
    "n_fft": 2048,
    "hop_length": 512,
    "n_mels": 128,
    "fmin": 0.0,
    "fmax": None,
    "top_db": 80.0,
}
OTHERS = {"n_mfcc": 20, "n_contrast_bands": 6, "tuning": 0.0}


def settings_of(**changed):
    """Settings of librosa, but for what is changed."""
    mel = {name: changed.get(name, value) for name, value in MEL.items()}
    others = {name: changed.get(name, value) for name, value in OTHERS.items()}
    return DescriptorSettings(mel=MelSettings(**mel), **others)


def analyse(y, sample_rate, **changed):
    """Analysis of one window."""
    settings = settings_of(**changed)
    ((frames, power),) = spectra(y[None], settings.mel)
    return WindowAnalysis(
        y, frames, power=power, sample_rate=sample_rate, settings=settings
    )


def describe(y, sample_rate, features=tuple(DESCRIPTORS), **changed):
    """Descriptors of one window, (n_frames, n_rows) each, by name."""
    analysis = analyse(y, sample_rate, **changed)
    found = {name: DESCRIPTORS[name].compute(analysis) for name in features}
    return {
        name: values[:, None]
        if DESCRIPTORS[name].is_of_frames and values.ndim == 1
        else values
        for name, values in found.items()
    }
