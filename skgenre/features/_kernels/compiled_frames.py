"""The descriptor kernel: windows of audio to all descriptors of frames in one pass.

Each eight frames' power spectrum is read by every step while it is in cache::

    power ─┬ sum_bands ─► levels ─ clip ─┬─► mel ─ take_slopes ─► mel_delta
           │                             ├ transform ─► mfcc ─► mfcc_delta, mfcc_delta2
           │                             └ sum_rises ─► onset
           ├ sum_moments, ... ─► centroid, bandwidth, rolloff, flatness, rms, chroma
           └ find_extremes ─► valleys, peaks ─ clip ─► contrast
"""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numba import types

from skgenre.features._kernels.chroma import N_CHROMA, chroma_filterbank
from skgenre.features._kernels.compiled_fft import (
    ROW,
    TILE,
    fft_tables,
    first_pass,
    frame_power,
    gather,
    other_passes,
)
from skgenre.features._kernels.compiled_mel import (
    clip,
    mel_tables,
    recordings,
    sum_bands,
    transform,
)
from skgenre.features._kernels.compiled_shape import (
    count_crossings,
    count_under,
    find_extremes,
    sum_decibels,
    sum_deviations,
    sum_moments,
    sum_pitches,
    sum_rises,
    sum_squares,
    take_roots,
    take_slopes,
)
from skgenre.features._kernels.compiling import compiled
from skgenre.features._kernels.simd import LANES, step
from skgenre.features._kernels.spectral_shape import (
    CONTRAST_TOP_DB,
    ROLL_PERCENT,
    contrast_bands,
)
from skgenre.features._kernels.statistics import slope_weights
from skgenre.features._kernels.tables import fft_frequencies, hann, read_only
from skgenre.features._kernels.window_analysis import DescriptorSettings

# What the kernel computes, in the order in which it is told where to put each.
NAMES = (
    "mel",
    "mfcc",
    "mel_delta",
    "mfcc_delta",
    "mfcc_delta2",
    "onset",
    "chroma",
    "contrast",
    "centroid",
    "bandwidth",
    "rolloff",
    "flatness",
    "rms",
    "zcr",
)
(
    _MEL,
    _MFCC,
    _MEL_DELTA,
    _MFCC_DELTA,
    _MFCC_DELTA2,
    _ONSET,
    _CHROMA,
    _CONTRAST,
    _CENTROID,
    _BANDWIDTH,
    _ROLLOFF,
    _FLATNESS,
    _RMS,
    _ZCR,
) = range(len(NAMES))
# What slopes are taken of has rows too, whether wanted or not.
NEEDS = {"mel_delta": "mel", "mfcc_delta": "mfcc", "mfcc_delta2": "mfcc"}
_SUMS = 7  # rows of scratch, see compiled_shape
_TINY = float(np.finfo(np.float32).tiny)
_PER_DB = math.log(10) / 10


@step
def _centre(sums, centroid):
    """Centroids of eight frames, of their sums; 0 where they are silent."""
    for lane in range(LANES):
        total = sums[lane]
        if total < _TINY:
            total = sums[lane] = np.float32(1)
        centroid[lane] = sums[LANES + lane] / total


@step
def _put_shape(sums, centroid, hz, at, out, frame, n):
    """What is divided and rooted of the sums of `n` frames, to their rows of `out`."""
    n_bins = len(hz)
    for lane in range(n):
        if at[_CENTROID] >= 0:
            out[at[_CENTROID], frame + lane] = centroid[lane]
        if at[_BANDWIDTH] >= 0:
            variance = sums[2 * LANES + lane] / sums[lane]
            out[at[_BANDWIDTH], frame + lane] = math.sqrt(variance)
        if at[_ROLLOFF] >= 0:
            k = min(int(sums[3 * LANES + lane]), n_bins - 1)
            out[at[_ROLLOFF], frame + lane] = hz[k]
        if at[_FLATNESS] >= 0:
            level = sums[4 * LANES + lane] / n_bins
            mean = sums[5 * LANES + lane] / n_bins
            out[at[_FLATNESS], frame + lane] = math.exp(_PER_DB * level) / mean


@step
def _put_rms(sums, n_fft, row, frame, n):
    for lane in range(n):
        row[frame + lane] = math.sqrt(sums[6 * LANES + lane] / n_fft)


@step
def _put_pitches(pitches, out, frame, n):
    """Pitch classes of `n` frames, over the strongest of each."""
    for lane in range(n):
        peak = pitches[lane]
        for i in range(1, N_CHROMA):
            peak = max(peak, pitches[i * LANES + lane])
        if peak < _TINY:
            peak = np.float32(1)
        for i in range(N_CHROMA):
            out[i, frame + lane] = pitches[i * LANES + lane] / peak


@step
def _finish_mel(levels, stride, tables, lag, rises, at, out):
    """Levels of a window to all that is made of them."""
    n_frames = out.shape[1]
    n_mels = len(tables.basis)
    levels = levels[: n_mels * stride]
    clip(levels, stride, n_frames, tables.top_db)
    if at[_MEL] >= 0:
        for row in range(n_mels):
            for frame in range(n_frames):
                out[at[_MEL] + row, frame] = levels[row * stride + frame]
    if at[_MEL_DELTA] >= 0:
        i, j = at[_MEL], at[_MEL_DELTA]
        take_slopes(out[i : i + n_mels], tables.slopes[0], out[j : j + n_mels])
    if at[_ONSET] >= 0:
        sum_rises(levels, stride, n_frames, rises)
        row = out[at[_ONSET]]
        shift = min(1 + lag, n_frames)
        row[:shift] = 0
        for frame in range(shift, n_frames):
            row[frame] = rises[frame - shift]


@step
def _finish_mfcc(levels, stride, tables, at, out):
    """Cosine transform of clipped levels, its slopes and its curvatures."""
    n_mfcc = tables.n_mfcc
    i, j, k = at[_MFCC], at[_MFCC_DELTA], at[_MFCC_DELTA2]
    rows = out[i : i + n_mfcc]
    transform(levels, stride, tables.basis, rows)
    if j >= 0:
        take_slopes(rows, tables.slopes[0], out[j : j + n_mfcc])
    if k >= 0:
        take_slopes(rows, tables.slopes[1], out[k : k + n_mfcc])


@step
def _finish_contrast(valleys, peaks, stride, out):
    """Valleys and peaks each are clipped under their own loudest, as librosa does."""
    n_bands, n_frames = out.shape
    top_db = np.float32(CONTRAST_TOP_DB)
    clip(valleys, stride, n_frames, top_db)
    clip(peaks, stride, n_frames, top_db)
    for row in range(n_bands):
        for frame in range(n_frames):
            i = row * stride + frame
            out[row, frame] = peaks[i] - valleys[i]


class _Tables(NamedTuple):
    """Constants of the descriptors, as the kernel is given them."""

    edges: np.ndarray
    weights: np.ndarray
    top_db: np.float32
    basis: np.ndarray
    n_mfcc: int
    hz: np.ndarray
    filters: np.ndarray
    bands: np.ndarray
    slopes: np.ndarray


class _Scratch(NamedTuple):
    """What is known of eight frames, and of the window that they are of."""

    magnitude: np.ndarray
    sums: np.ndarray
    centroid: np.ndarray
    pitches: np.ndarray
    low: np.ndarray
    high: np.ndarray
    levels: np.ndarray  # of the window, as are the next
    rises: np.ndarray
    valleys: np.ndarray
    peaks: np.ndarray


@step
def _describe_spectra(power, tables, scratch, stride, at, out, frame, n):
    """What the power of `n` frames, eight at most, says."""
    hz, sums, centroid = tables.hz, scratch.sums, scratch.centroid
    has_moments = at[_CENTROID] >= 0 or at[_BANDWIDTH] >= 0 or at[_ROLLOFF] >= 0
    if at[_MEL] >= 0 or at[_MFCC] >= 0 or at[_ONSET] >= 0:
        edges, weights = tables.edges, tables.weights
        sum_bands(power, edges, weights, scratch.levels, stride, frame)
    if has_moments:
        take_roots(power, scratch.magnitude)
        sum_moments(scratch.magnitude, hz, sums)
        if at[_ROLLOFF] >= 0:
            count_under(scratch.magnitude, np.float32(ROLL_PERCENT), sums)
        _centre(sums, centroid)
        if at[_BANDWIDTH] >= 0:
            sum_deviations(scratch.magnitude, hz, centroid, sums)
    if at[_FLATNESS] >= 0:
        sum_decibels(power, sums)
    if has_moments or at[_FLATNESS] >= 0:
        _put_shape(sums, centroid, hz, at, out, frame, n)
    if at[_CHROMA] >= 0:
        sum_pitches(power, tables.filters, scratch.pitches)
        _put_pitches(scratch.pitches, out[at[_CHROMA] :], frame, n)
    if at[_CONTRAST] >= 0:
        find_extremes(
            power,
            tables.bands,
            scratch.valleys,
            scratch.peaks,
            stride,
            frame,
            scratch.low,
            scratch.high,
        )


@step
def _finish(tables, scratch, stride, lag, at, out):
    """What needs all frames of a window."""
    levels = scratch.levels
    if at[_MEL] >= 0 or at[_MFCC] >= 0 or at[_ONSET] >= 0:
        _finish_mel(levels, stride, tables, lag, scratch.rises, at, out)
    if at[_MFCC] >= 0:
        _finish_mfcc(levels, stride, tables, at, out)
    if at[_CONTRAST] >= 0:
        i = at[_CONTRAST]
        rows = out[i : i + len(tables.bands)]
        _finish_contrast(scratch.valleys, scratch.peaks, stride, rows)


def _of_audio(sources: int) -> Callable:
    """Make the kernel from audio to descriptors; see `compiling`."""

    def descriptors_of_audio(
        audio,
        starts,
        n_samples,
        hop,
        fft,
        taper,
        edges,
        weights,
        top_db,
        basis,
        n_mfcc,
        hz,
        filters,
        bands,
        slopes,
        at,
        out,
    ):
        """Descriptors of the windows ``audio[start : start + n_samples]``."""
        _ = sources
        n_columns, sample_at, twiddles, turns, place = fft
        n_fft = len(taper)
        n_frames = out.shape[2]
        stride = -(-n_frames // LANES) * LANES
        n_used_rows = -(-min(hop, n_fft) // LANES) * LANES
        samples = np.empty(n_columns * hop + LANES, np.float32)
        columns = np.empty(n_used_rows * n_columns, np.float32)
        z = np.empty(n_fft // 2 * ROW, np.float32)
        power = np.empty((n_fft // 2 + 1) * LANES, np.float32)
        crossings = np.empty(n_samples if at[_ZCR] >= 0 else 0, np.int32)
        tables = _Tables(
            edges, weights, top_db, basis, n_mfcc, hz, filters, bands, slopes
        )
        n_outer = 0
        for band in range(len(bands)):
            n_outer = max(n_outer, bands[band, 2])
        scratch = _Scratch(
            np.empty(len(power), np.float32),
            np.zeros(_SUMS * LANES, np.float32),
            np.empty(LANES, np.float32),
            np.empty(N_CHROMA * LANES, np.float32),
            np.empty(n_outer * LANES, np.float32),
            np.empty(n_outer * LANES, np.float32),
            # A rise is read one frame beyond.
            np.zeros(len(basis) * stride + LANES, np.float32),
            np.empty(stride, np.float32),
            np.empty(len(bands) * stride, np.float32),
            np.empty(len(bands) * stride, np.float32),
        )
        has_spectra = False
        for name in range(_RMS):
            has_spectra = has_spectra or at[name] >= 0
        # Without descriptors of frames' samples there is nothing to gather.
        n_gathered = n_frames if has_spectra or at[_RMS] >= 0 else 0
        for w in range(len(starts)):
            begin, end = starts[w], starts[w] + n_samples
            for first in range(0, n_gathered, TILE):
                n = min(TILE, n_frames - first)
                n_used = -(-(n + (n_fft - 1) // hop) // LANES) * LANES
                position = begin + first * hop - n_fft // 2
                gather(
                    audio,
                    begin,
                    end,
                    position,
                    hop,
                    n_used,
                    samples,
                    columns,
                    n_columns,
                )
                for inner in range(0, n, LANES):
                    frame = first + inner
                    here = min(LANES, n_frames - frame)
                    if at[_RMS] >= 0:
                        sum_squares(columns, inner, sample_at, scratch.sums)
                        _put_rms(scratch.sums, n_fft, out[w, at[_RMS]], frame, here)
                    if has_spectra:
                        first_pass(columns, inner, sample_at, taper, twiddles, z)
                        other_passes(z, n_fft // 2, twiddles)
                        frame_power(z, place, turns, power)
                        _describe_spectra(
                            power, tables, scratch, stride, at, out[w], frame, here
                        )
            _finish(tables, scratch, stride, n_fft // (2 * hop), at, out[w])
            if at[_ZCR] >= 0:
                row = out[w, at[_ZCR]]
                count_crossings(audio, begin, end, n_fft, hop, crossings, row)

    return descriptors_of_audio


def _signature() -> Any:
    """Types of the arguments; arrays that are only read may be read-only."""

    def array(dtype, ndim=1, readonly=True):
        return types.Array(dtype, ndim, "C", readonly=readonly)

    single, integer = types.float32, types.int64
    numbers, places = array(single), array(integer)
    return types.void(
        numbers,  # audio
        places,  # starts
        integer,  # n_samples
        integer,  # hop
        types.Tuple((integer, places, numbers, numbers, places)),  # fft
        numbers,  # taper
        places,  # edges
        numbers,  # weights
        single,  # top_db
        array(single, 2),  # basis
        integer,  # n_mfcc
        numbers,  # hz
        numbers,  # filters
        array(integer, 2),  # bands
        array(single, 2),  # slopes
        places,  # at
        array(single, 3, readonly=False),  # out
    )


@lru_cache(maxsize=16)
def _bins(
    sample_rate: float, n_fft: int, tuning: float, n_contrast_bands: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Hertz of bins, chroma's filters bin by bin, bands of contrast (0 for none)."""
    hz = fft_frequencies(sample_rate, n_fft).astype(np.float32)
    filters = chroma_filterbank(sample_rate, n_fft, tuning).T.ravel()
    bands = np.empty((0, 3), np.int64)
    if n_contrast_bands:
        bands = np.array(contrast_bands(hz, n_contrast_bands), np.int64)
    return read_only(hz), read_only(filters.copy()), read_only(bands)


def describe_audio(
    windows: np.ndarray,
    sample_rate: float,
    *,
    places: dict[str, int],
    n_rows: int,
    settings: DescriptorSettings,
) -> np.ndarray:
    """Descriptors of each frame of windows, by the compiled FFT.

    Parameters
    ----------
    windows : float array of shape (n_windows, n_samples)
        Samples, all finite; may be a strided view.
    sample_rate : float
        Samples per second.
    places : dict of int
        First row of each descriptor, by its name in `NAMES`; with those of `NEEDS`.
    n_rows : int
        How many rows there are.
    settings : DescriptorSettings
        Whose `n_fft` is one for which `has_fft`.

    Returns
    -------
    float32 array of shape (n_windows, n_rows, n_frames)
        Rows as `places` says.
    """
    mel = settings.mel
    compute = compiled(_of_audio, _signature())
    at = np.array([places.get(name, -1) for name in NAMES], np.int64)
    n_bands = settings.n_contrast_bands if "contrast" in places else 0
    cepstral = replace(mel, n_mfcc=settings.n_mfcc if "mfcc" in places else 1)
    n_windows, n_samples = windows.shape
    out = np.empty((n_windows, n_rows, mel.count_frames(n_samples)), np.float32)
    arguments = (
        n_samples,
        mel.hop_length,
        tuple(fft_tables(mel.n_fft, mel.hop_length, "float32")),
        hann(mel.n_fft, "float32") / 2,  # see frame_power
        *mel_tables(sample_rate, cepstral),
        settings.n_mfcc,
        *_bins(sample_rate, mel.n_fft, settings.tuning, n_bands),
        np.stack([slope_weights(1), slope_weights(2)]),
        at,
    )
    for audio, starts, part in recordings(windows):
        compute(audio, starts, *arguments, out[part])
    return out
