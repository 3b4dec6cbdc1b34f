"""The table of descriptors, and a window's vector of them, all from one STFT.

::

    spectra ─► WindowAnalysis ─┬ of frames ─► (n_frames, n_rows) ─ summarize ┬─► vector
                               └ of the window ─► (n_columns,) ──────────────┘

Where numba is, and the kernel of `compiled_frames` knows all that is wanted, that takes
the place of `WindowAnalysis`, which is for the rest, and to check it by.
A new descriptor is one entry of `DESCRIPTORS`; its columns, names and checks follow.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from skgenre._jobs import one_blas_thread
from skgenre.features._kernels import mel_spectra, rhythm, spectral_shape, statistics
from skgenre.features._kernels.checks import check_coefficients, check_slopes
from skgenre.features._kernels.chroma import N_CHROMA, chroma
from skgenre.features._kernels.window_analysis import (
    DescriptorSettings,
    HeardWindow,
    WindowAnalysis,
)

# (name, settings, sample_rate, n_frames) -> None, raising ValueError.
Check = Callable[[str, DescriptorSettings, float, int], None]


@dataclass(frozen=True)
class Descriptor:
    """One descriptor: how it is computed, what its columns are called, what it needs.

    Parameters
    ----------
    name : str
        What users call it.
    compute : callable
        ``compute(analysis)`` gives an array of shape (n_frames,) or (n_frames, n_rows);
        of shape (n_columns,) if it describes the window as a whole.
    n_rows : callable, default=None
        ``n_rows(settings)``, where there are several rows per frame: they are numbered.
    columns : callable, default=None
        ``columns(settings, sample_rate)`` names the columns of a descriptor of the
        window as a whole, which have no statistics over frames.
    checks : tuple of callables, default=()
        ``check(name, settings, sample_rate, n_frames)`` complain about settings that
        the descriptor cannot do with.
    """

    name: str
    compute: Callable[[Any], np.ndarray]
    n_rows: Callable[[DescriptorSettings], int] | None = None
    columns: Callable[[DescriptorSettings, float], list[str]] | None = None
    checks: tuple[Check, ...] = ()

    @property
    def is_of_frames(self) -> bool:
        """Whether there is a value, or a few, for each STFT frame."""
        return self.columns is None

    @property
    def hears_mel(self) -> bool:
        """Whether it is made of mel bands."""
        kinds = ("mel", "mel_delta", "mfcc", "mfcc_delta", "mfcc_delta2")
        return self.name in (*kinds, "onset", "tempo", "modulation")

    def names(self, settings: DescriptorSettings, sample_rate: float) -> list[str]:
        """Names of its rows, or of its columns if it is of the whole window.

        Parameters
        ----------
        settings : DescriptorSettings
            How descriptors are computed.
        sample_rate : float
            Samples per second.

        Returns
        -------
        list of str
            As many as `compute` gives rows or columns.
        """
        if self.columns is not None:
            return self.columns(settings, sample_rate)
        if self.n_rows is None:
            return [self.name]
        return [f"{self.name}_{i}" for i in range(self.n_rows(settings))]


def _coefficients(name: str, settings: DescriptorSettings, *unused: float) -> None:
    del name, unused
    check_coefficients(settings.n_mfcc, settings.mel.n_mels)


def _slopes(
    name: str, settings: DescriptorSettings, sample_rate: float, n_frames: int
) -> None:
    del settings, sample_rate
    check_slopes(repr(name), n_frames)


def _octaves(
    name: str, settings: DescriptorSettings, sample_rate: float, n_frames: int
) -> None:
    del n_frames
    # Bands end at 200 Hz and each octave above; the last one has no end.
    n_bands, n_fft = settings.n_contrast_bands, settings.mel.n_fft
    lowest = spectral_shape.CONTRAST_FMIN
    highest = lowest * 2.0 ** (n_bands - 1)
    if highest >= sample_rate / 2:
        raise ValueError(
            f"Got n_contrast_bands={n_bands} at sample_rate={sample_rate}: the last "
            f"band would start at {highest:g} Hz, but expected less than "
            f"{sample_rate / 2:g} Hz. Take fewer bands."
        )
    if sample_rate / n_fft > lowest / 2:
        raise ValueError(
            f"Got {name!r} with n_fft={n_fft} at sample_rate={sample_rate}, so bands "
            "hold too few FFT bins. Take n_fft of at least "
            f"{int(np.ceil(2 * sample_rate / lowest))}."
        )


def _beats(
    name: str, settings: DescriptorSettings, sample_rate: float, n_frames: int
) -> None:
    del n_frames
    frame_rate = settings.mel.frame_rate(sample_rate)
    # Two lags at least, and a frame at least for each beat of the fastest tempo.
    if rhythm.memory_frames(frame_rate) < 2 or frame_rate * 60 < rhythm.MAX_BPM:
        raise ValueError(
            f"Got {name!r} with hop_length={settings.mel.hop_length} at sample_rate="
            f"{sample_rate}, too few STFT frames per beat. Take a shorter hop_length, "
            "or leave it out of features."
        )


def _modulation_columns(settings: DescriptorSettings, sample_rate: float) -> list[str]:
    edges = rhythm.modulation_edges(settings.mel.frame_rate(sample_rate))
    # All speeds of the lowest band first, as the kernel gives them.
    return [
        f"modulation_{band}_{hz:g}hz"
        for band in range(min(settings.mel.n_mels, rhythm.MODULATION_BANDS))
        for hz in edges[:-1]
    ]


# In the order in which error messages name them.
_ALL = (
    Descriptor(
        "mfcc",
        lambda window: window.mfcc,
        n_rows=lambda settings: settings.n_mfcc,
        checks=(_coefficients,),
    ),
    Descriptor(
        "mfcc_delta",
        lambda window: statistics.slope(window.mfcc, 1, axis=0),
        n_rows=lambda settings: settings.n_mfcc,
        checks=(_coefficients, _slopes),
    ),
    Descriptor(
        "mfcc_delta2",
        lambda window: statistics.slope(window.mfcc, 2, axis=0),
        n_rows=lambda settings: settings.n_mfcc,
        checks=(_coefficients, _slopes),
    ),
    Descriptor(
        "mel",
        lambda window: window.mel,
        n_rows=lambda settings: settings.mel.n_mels,
    ),
    Descriptor(
        "mel_delta",
        lambda window: statistics.slope(window.mel, 1, axis=0),
        n_rows=lambda settings: settings.mel.n_mels,
        checks=(_slopes,),
    ),
    Descriptor(
        "chroma",
        lambda window: chroma(
            window.power,
            window.sample_rate,
            n_fft=window.settings.mel.n_fft,
            tuning=window.settings.tuning,
        ),
        n_rows=lambda settings: N_CHROMA,
    ),
    Descriptor(
        "contrast",
        lambda window: spectral_shape.contrast(
            window.magnitude, window.hz, window.settings.n_contrast_bands
        ),
        n_rows=lambda settings: settings.n_contrast_bands + 1,
        checks=(_octaves,),
    ),
    Descriptor("centroid", lambda window: window.centroid_and_bandwidth[0]),
    Descriptor("bandwidth", lambda window: window.centroid_and_bandwidth[1]),
    Descriptor(
        "rolloff",
        lambda window: spectral_shape.rolloff(window.magnitude, window.hz),
    ),
    Descriptor("flatness", lambda window: spectral_shape.flatness(window.power)),
    Descriptor(
        "zcr",
        lambda window: spectral_shape.zero_crossing_rate(
            window.window, window.settings.mel.n_fft, window.settings.mel.hop_length
        ),
    ),
    Descriptor("rms", lambda window: window.rms),
    Descriptor("onset", lambda window: window.onset),
    Descriptor(
        "tempo",
        lambda window: np.array(rhythm.tempo(window.onset, window.frame_rate)),
        columns=lambda settings, sample_rate: ["tempo_bpm", "tempo_clarity"],
        checks=(_beats,),
    ),
    Descriptor(
        "modulation",
        lambda window: rhythm.modulation(window.mel, window.frame_rate),
        columns=_modulation_columns,
        checks=(_beats,),
    ),
)
DESCRIPTORS: dict[str, Descriptor] = {entry.name: entry for entry in _ALL}
# What descriptors of windows as a whole are made of.
_MADE_OF = {"tempo": "onset", "modulation": "mel"}
_BLOCK = 8  # windows whose rows of frames are held at a time


def fitted_frame(sample_rate: float) -> int:
    """Length of STFT frames for a sample rate: 2,048, as everybody has it, if possible.

    Parameters
    ----------
    sample_rate : float
        Samples per second.

    Returns
    -------
    int
        A power of two. Frames last no more than 0.26 s, in which rhythms would be
        lost, and hold two bins per 200 Hz, which contrast needs.
    """
    n_fft = 2048
    while n_fft > 16 and sample_rate < 8000 * n_fft / 2048:
        n_fft //= 2
    while sample_rate / n_fft > spectral_shape.CONTRAST_FMIN / 2:
        n_fft *= 2
    return n_fft


def fitted_octaves(sample_rate: float) -> int:
    """Octaves of contrast for a sample rate: six, or as many as it has.

    Parameters
    ----------
    sample_rate : float
        Samples per second.

    Returns
    -------
    int
        At least one.
    """
    n_bands = 6
    lowest = spectral_shape.CONTRAST_FMIN
    while n_bands > 1 and lowest * 2.0 ** (n_bands - 1) >= sample_rate / 2:
        n_bands -= 1
    return n_bands


def check_descriptors(
    features: tuple[str, ...],
    settings: DescriptorSettings,
    *,
    sample_rate: float,
    n_samples: int,
) -> None:
    """Complain about settings with which a descriptor cannot be computed.

    Parameters
    ----------
    features : tuple of str
        Keys of `DESCRIPTORS`.
    settings : DescriptorSettings
        How descriptors are computed.
    sample_rate : float
        Samples per second.
    n_samples : int
        Length of windows.

    Raises
    ------
    ValueError
        By the first descriptor that complains.
    """
    n_frames = settings.mel.count_frames(n_samples)
    for name in features:
        for check in DESCRIPTORS[name].checks:
            check(name, settings, sample_rate, n_frames)


def column_names(
    features: tuple[str, ...],
    settings: DescriptorSettings,
    *,
    summary: tuple[str, ...],
    sample_rate: float,
) -> list[str]:
    """Names of the columns of `describe_windows`.

    Parameters
    ----------
    features, summary : tuple of str
        Keys of `DESCRIPTORS` and of `STATISTICS`.
    settings : DescriptorSettings
        How descriptors are computed.
    sample_rate : float
        Samples per second.

    Returns
    -------
    list of str
        All rows' first statistic, then all rows' second, and so on; then what
        describes windows as a whole.
    """
    of_frames, of_windows = _by_kind(features)
    rows = [row for entry in of_frames for row in entry.names(settings, sample_rate)]
    names = [f"{row}_{statistic}" for statistic in summary for row in rows]
    return names + [
        column for entry in of_windows for column in entry.names(settings, sample_rate)
    ]


def _by_kind(features: tuple[str, ...]) -> tuple[list[Descriptor], list[Descriptor]]:
    """Descriptors of frames, and of whole windows, each in the order asked for."""
    entries = [DESCRIPTORS[name] for name in features]
    return (
        [entry for entry in entries if entry.is_of_frames],
        [entry for entry in entries if not entry.is_of_frames],
    )


def describe_windows(
    windows: np.ndarray,
    sample_rate: float,
    *,
    features: tuple[str, ...],
    summary: tuple[str, ...],
    silence_db: float | None,
    settings: DescriptorSettings,
) -> np.ndarray:
    """Vector of each window: statistics of its frames, and what needs all of them.

    Parameters
    ----------
    windows : float array of shape (n_windows, n_samples)
        Samples; may be a strided view.
    sample_rate : float
        Samples per second.
    features, summary : tuple of str
        Keys of `DESCRIPTORS` and of `STATISTICS`.
    silence_db : float or None
        Frames this far under the window's loudest are left out of the statistics.
    settings : DescriptorSettings
        How descriptors are computed.

    Returns
    -------
    float32 array of shape (n_windows, n_features)
        Columns as `column_names` says.
    """
    # Of no windows there still are columns: describe one of silence, and leave it.
    described = windows if len(windows) else np.zeros((1, windows.shape[1]), np.float32)
    describe = _describe_compiled if _can_compile(features, settings) else _describe
    with one_blas_thread():
        vectors = describe(
            described,
            sample_rate,
            features=features,
            summary=summary,
            silence_db=silence_db,
            settings=settings,
        )
    return vectors[: len(windows)]


def _can_compile(features: tuple[str, ...], settings: DescriptorSettings) -> bool:
    if not mel_spectra.has_numba():
        return False
    # numba takes half a second to import, which only this needs.
    from skgenre.features._kernels.compiled_fft import has_fft
    from skgenre.features._kernels.compiled_frames import NAMES

    return has_fft(settings.mel.n_fft) and {*features} <= {*NAMES, *_MADE_OF}


def _describe_compiled(
    windows: np.ndarray,
    sample_rate: float,
    *,
    features: tuple[str, ...],
    summary: tuple[str, ...],
    silence_db: float | None,
    settings: DescriptorSettings,
) -> np.ndarray:
    """Vectors of windows by one compiled pass over their audio."""
    from skgenre.features._kernels.compiled_frames import NEEDS, describe_audio

    of_frames, of_windows = _by_kind(features)
    n_rows = [len(entry.names(settings, sample_rate)) for entry in of_frames]
    n_wanted = sum(n_rows)
    places = {
        entry.name: end - n
        for entry, end, n in zip(of_frames, np.cumsum(n_rows), n_rows, strict=True)
    }
    needed = [_MADE_OF[entry.name] for entry in of_windows]
    needed += [NEEDS[name] for name in features if name in NEEDS]
    if silence_db is not None and of_frames:
        needed.append("rms")
    n_all = n_wanted
    for name in needed:
        if name not in places:
            places[name] = n_all
            n_all += len(DESCRIPTORS[name].names(settings, sample_rate))
    vectors = []
    for first in range(0, len(windows), _BLOCK):
        rows = describe_audio(
            windows[first : first + _BLOCK],
            sample_rate,
            places=places,
            n_rows=n_all,
            settings=settings,
        )  # (n_windows, n_all, n_frames)
        columns = [_of_whole(rows, places, of_windows, sample_rate, settings)]
        if of_frames:
            level = rows[:, places["rms"]] if silence_db is not None else None
            wanted = rows[:, :n_wanted]
            columns.insert(0, _summarize_loud(wanted, level, summary, silence_db))
        vectors.append(np.concatenate(columns, axis=1))
    return np.concatenate(vectors).astype(np.float32, copy=False)


def _of_whole(
    rows: np.ndarray,
    places: dict[str, int],
    descriptors: list[Descriptor],
    sample_rate: float,
    settings: DescriptorSettings,
) -> np.ndarray:
    """Descriptors of windows as a whole from rows of their frames."""
    vectors = np.empty((len(rows), 0), np.float32)
    if not descriptors:
        return vectors
    mel, onset = places.get("mel"), places.get("onset")
    found = []
    for window in rows:
        heard = HeardWindow(
            frame_rate=settings.mel.frame_rate(sample_rate),
            mel=None if mel is None else window[mel : mel + settings.mel.n_mels].T,
            onset=None if onset is None else window[onset],
        )
        found.append(np.concatenate([entry.compute(heard) for entry in descriptors]))
    return np.array(found, np.float32)


def _summarize_loud(
    rows: np.ndarray,
    level: np.ndarray | None,
    summary: tuple[str, ...],
    silence_db: float | None,
) -> np.ndarray:
    """Statistics of rows (n_windows, n_rows, n_frames) over the frames that sound."""
    if level is None or silence_db is None:
        return statistics.summarize(rows, summary)
    loud = level >= level.max(axis=1, keepdims=True) * 10 ** (-silence_db / 20)
    whole = loud.all(axis=1)
    vectors = np.empty((len(rows), rows.shape[1] * len(summary)), np.float32)
    if whole.any():
        kept = rows if whole.all() else rows[whole]
        vectors[whole] = statistics.summarize(kept, summary)
    for i in np.flatnonzero(~whole):
        vectors[i] = statistics.summarize(rows[i : i + 1, :, loud[i]], summary)[0]
    return vectors


def _describe(
    windows: np.ndarray,
    sample_rate: float,
    *,
    features: tuple[str, ...],
    summary: tuple[str, ...],
    silence_db: float | None,
    settings: DescriptorSettings,
) -> np.ndarray:
    """Vectors of windows in numpy, one after the other."""
    stft = mel_spectra.spectra(windows, settings.mel)
    vectors = []
    for window, (frames, power) in zip(windows, stft, strict=True):
        # Not kept in a variable: the next FFT then gets the same, warm memory.
        vectors.append(
            _vector_of(
                WindowAnalysis(
                    window,
                    frames,
                    power=power,
                    sample_rate=sample_rate,
                    settings=settings,
                ),
                features=features,
                summary=summary,
                silence_db=silence_db,
            )
        )
    return np.array(vectors, np.float32)


def _vector_of(
    analysis: WindowAnalysis,
    *,
    features: tuple[str, ...],
    summary: tuple[str, ...],
    silence_db: float | None,
) -> np.ndarray:
    of_frames, of_windows = _by_kind(features)
    vector = [entry.compute(analysis) for entry in of_windows]
    if of_frames:
        matrix = describe_frames(analysis, of_frames)[_loud(analysis, silence_db)]
        # summarize wants (n_windows, n_rows, n_frames)
        vector.insert(0, statistics.summarize(matrix.T[None], summary)[0])
    return np.concatenate(vector)  # (n_features,)


def describe_frames(
    analysis: WindowAnalysis, descriptors: list[Descriptor]
) -> np.ndarray:
    """Descriptors of each frame of one window, side by side.

    Parameters
    ----------
    analysis : WindowAnalysis
        The window.
    descriptors : list of Descriptor
        Those of frames that are wanted, at least one.

    Returns
    -------
    array of shape (n_frames, n_rows)
        Rows in the order of `descriptors`.
    """
    found = [entry.compute(analysis) for entry in descriptors]
    # (n_frames, n_rows) each
    columns = [rows[:, None] if rows.ndim == 1 else rows for rows in found]
    return np.concatenate(columns, axis=1)


def _loud(analysis: WindowAnalysis, silence_db: float | None) -> np.ndarray | slice:
    if silence_db is None:
        return slice(None)
    level = analysis.rms
    # At least the loudest frame is left, all of them where all are silent.
    return level >= level.max() * 10 ** (-silence_db / 20)
