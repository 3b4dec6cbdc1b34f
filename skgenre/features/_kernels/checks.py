"""What settings of features must be: each check, and its wording, once."""

import warnings
from collections.abc import Iterable
from typing import Any

from skgenre.features._kernels.mel_settings import MelSettings
from skgenre.features._kernels.tables import mel_filterbank

SLOPE_FRAMES = 9  # over which a slope is taken, librosa's default


def check_names(
    parameter: str, names: Any, *, allowed: Iterable[str], optional: bool = False
) -> None:
    """Complain unless `names` is a sequence of allowed names, each once.

    Parameters
    ----------
    parameter : str
        What the caller calls it.
    names : sequence of str, or None
        To be checked.
    allowed : iterable of str
        What may be named, in the order of the message.
    optional : bool, default=False
        Whether None is fine too.

    Raises
    ------
    ValueError
        For a string, nothing, an unknown name or a name that comes twice.
    """
    if optional and names is None:
        return
    expected = f"{'None or ' if optional else ''}a sequence of {list(allowed)}"
    # A string is a sequence too, of letters.
    if isinstance(names, str) or len(names) == 0 or set(names) - set(allowed):
        raise ValueError(f"Got {parameter}={names!r}, but expected {expected}.")
    if len(set(names)) < len(names):
        raise ValueError(
            f"Got {parameter}={names!r}, but expected each name only once."
        )


def check_band(fmin: float, fmax: float | None, *, sample_rate: float) -> None:
    """Complain unless mel bands lie in the part of the spectrum that there is.

    Parameters
    ----------
    fmin : float
        Lowest frequency in hertz.
    fmax : float or None
        Highest frequency in hertz; half the sample rate if None.
    sample_rate : float
        Samples per second.

    Raises
    ------
    ValueError
        If not ``fmin < fmax <= sample_rate / 2``.
    """
    nyquist = sample_rate / 2
    if not fmin < (nyquist if fmax is None else fmax) <= nyquist:
        raise ValueError(
            f"Got fmin={fmin} and fmax={fmax} at sample_rate={sample_rate}, but "
            f"expected fmin < fmax <= {nyquist}."
        )


def check_coefficients(n_mfcc: int, n_mels: int) -> None:
    """Complain about more cepstral coefficients than mel bands.

    Parameters
    ----------
    n_mfcc, n_mels : int
        Number of coefficients and of bands.

    Raises
    ------
    ValueError
        If ``n_mfcc > n_mels``.
    """
    if n_mfcc > n_mels:
        raise ValueError(
            f"Got n_mfcc={n_mfcc} with n_mels={n_mels}, but expected n_mfcc <= "
            "n_mels: there are no more coefficients than mel bands."
        )


def check_slopes(asked_by: str, n_frames: int) -> None:
    """Complain about windows that are too short for slopes over nine frames.

    Parameters
    ----------
    asked_by : str
        What asks for slopes, as the caller calls it: ``deltas=1``.
    n_frames : int
        STFT frames of a window.

    Raises
    ------
    ValueError
        If there are fewer than nine.
    """
    if n_frames < SLOPE_FRAMES:
        raise ValueError(
            f"Got {asked_by} with windows of {n_frames} STFT frames, but expected at "
            f"least {SLOPE_FRAMES}. Take longer windows or a shorter hop_length, or go "
            f"without {asked_by}."
        )


def warn_of_frames(settings: MelSettings, n_samples: int, *, stacklevel: int) -> None:
    """Say that windows are shorter than an STFT frame, which then holds zeros too.

    Parameters
    ----------
    settings : MelSettings
        With the length of frames.
    n_samples : int
        Length of windows.
    stacklevel : int
        Of the warning, counted from here.
    """
    if settings.n_fft > n_samples:
        warnings.warn(
            f"Got n_fft={settings.n_fft} with windows of {n_samples} samples, but "
            "expected no more than those: every STFT frame is filled up with zeros. "
            "Take longer windows or a smaller n_fft.",
            UserWarning,
            stacklevel=stacklevel + 1,
        )


def warn_of_empty_bands(
    settings: MelSettings, sample_rate: float, *, stacklevel: int
) -> None:
    """Say that mel bands lie between two bins of the FFT, where nothing is heard.

    Parameters
    ----------
    settings : MelSettings
        With the number of bands.
    sample_rate : float
        Samples per second.
    stacklevel : int
        Of the warning, counted from here.
    """
    filters = mel_filterbank(
        sample_rate,
        settings.n_fft,
        settings.n_mels,
        settings.fmin,
        settings.highest_hz(sample_rate),
    )
    n_empty = int((filters.max(axis=1) == 0).sum())
    if n_empty:
        warnings.warn(
            f"Got n_mels={settings.n_mels} with n_fft={settings.n_fft} at sample_rate="
            f"{sample_rate:g}, but expected bands as wide as an FFT bin: {n_empty} of "
            f"{settings.n_mels} mel bands hold none and say nothing. Take a smaller "
            "n_mels, a larger n_fft or a higher fmin.",
            UserWarning,
            stacklevel=stacklevel + 1,
        )
