"""The mel kernel: windows of audio to log mel spectra or MFCCs in one compiled pass.

Behind the FFT of `compiled_fft`, with eight STFT frames side by side all the way::

    power ─ sum_bands, decibels ─► levels of a window ─ clip, transform ─► MFCC

Compiled functions share no state: scratch belongs to a call, so that threads may run
them at the same time, and a window's features depend on nothing else.
"""

import math
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import numpy as np
from numba import types

from skgenre.features._kernels.compiled_fft import (
    ROW,
    TILE,
    fft_tables,
    first_pass,
    frame_power,
    gather,
    other_passes,
)
from skgenre.features._kernels.compiling import compiled
from skgenre.features._kernels.mel_settings import MelSettings
from skgenre.features._kernels.simd import (
    LANES,
    inlined,
    load,
    maximum,
    split_float32,
    spread,
    step,
    store,
    to_float32,
)
from skgenre.features._kernels.tables import (
    dct_matrix,
    fft_frequencies,
    hann,
    mel_edges,
    mel_filterbank,
    read_only,
)

_AMIN = 1e-10
_DB_AMIN = -100.0
_DB_PER_LOG = 10 / math.log(10)
_DB_PER_OCTAVE = 10 * math.log10(2)
_GROUP = 4  # cepstral coefficients summed at a time
_PARTIAL = 12  # bands of a partial sum
_COPIED = 16  # windows that are converted at a time


@inlined
def decibels(power):
    """10 log10 of float32, by Cephes' polynomial for log(1 + x)."""
    exponent, mantissa = split_float32(maximum(power, spread(np.float32(_AMIN))))
    x = mantissa - 1.0
    y = 7.0376836292e-2 * x - 1.1514610310e-1
    y = y * x + 1.1676998740e-1
    y = y * x - 1.2420140846e-1
    y = y * x + 1.4249322787e-1
    y = y * x - 1.6668057665e-1
    y = y * x + 2.0000714765e-1
    y = y * x - 2.4999993993e-1
    y = y * x + 3.3333331174e-1
    square = x * x
    log = x + (y * x * square - 0.5 * square)
    return _DB_PER_LOG * log + _DB_PER_OCTAVE * exponent


@step
def sum_bands(power, edges, weights, levels, stride, frame):
    """Levels of eight frames, mel band by mel band.

    Triangles overlap only with their neighbours: between two edges every bin is on
    the falling side of one band and on the rising side of the next.
    """
    falling = spread(power.dtype.type(0))
    for i in range(len(edges) - 1):
        rising = spread(power.dtype.type(0))
        for k in range(edges[i], edges[i + 1]):
            x = load(power, k * LANES)
            falling = falling + weights[2 * k] * x
            rising = rising + weights[2 * k + 1] * x
        if i > 0:
            store(levels, (i - 1) * stride + frame, decibels(to_float32(falling)))
        falling = rising


@step
def clip(levels, stride, n_frames, top_db):
    """Clip a window `top_db` under its own peak."""
    for i in range(0, len(levels), stride):
        for frame in range(i + n_frames, i + stride):
            levels[frame] = _DB_AMIN  # lanes without a frame must not be the peak
    peaks = spread(np.float32(_DB_AMIN))
    for i in range(0, len(levels), LANES):
        peaks = maximum(peaks, load(levels, i))
    lanes = np.empty(LANES, np.float32)
    store(lanes, 0, peaks)
    peak = lanes[0]
    for lane in range(1, LANES):
        peak = max(peak, lanes[lane])
    floor = spread(peak - top_db)
    for i in range(0, len(levels), LANES):
        store(levels, i, maximum(load(levels, i), floor))


@step
def transform(levels, stride, basis, out):
    """Cosine transform over the bands: rows of `basis` times `levels`."""
    n_mels, n_rows = basis.shape
    block = np.empty(_GROUP * LANES, np.float32)
    for frame in range(0, stride, LANES):
        for row in range(0, n_rows, _GROUP):
            a = b = c = d = spread(np.float32(0))
            for first in range(0, n_mels, _PARTIAL):
                # Sums of sums of a few bands round off less than one long sum.
                e = f = g = h = spread(np.float32(0))
                for m in range(first, min(first + _PARTIAL, n_mels)):
                    x = load(levels, m * stride + frame)
                    e = e + basis[m, row] * x
                    f = f + basis[m, row + 1] * x
                    g = g + basis[m, row + 2] * x
                    h = h + basis[m, row + 3] * x
                a, b, c, d = a + e, b + f, c + g, d + h
            store(block, 0, a)
            store(block, LANES, b)
            store(block, 2 * LANES, c)
            store(block, 3 * LANES, d)
            for i in range(min(_GROUP, out.shape[0] - row)):
                for lane in range(min(LANES, out.shape[1] - frame)):
                    out[row + i, frame + lane] = block[i * LANES + lane]


@step
def _finish(levels, stride, top_db, basis, out):
    """Levels of a window to its features: themselves, or their cosine transform."""
    n_rows, n_frames = out.shape
    clip(levels, stride, n_frames, top_db)
    if basis.shape[1] > 0:
        transform(levels, stride, basis, out)
    else:
        for row in range(n_rows):
            for frame in range(n_frames):
                out[row, frame] = levels[row * stride + frame]


def _of_audio(sources: int) -> Callable:
    """Make the kernel from audio to features; see `compiling`."""

    def features_of_audio(
        audio, starts, n_samples, hop, fft, taper, edges, weights, top_db, basis, out
    ):
        """Features of the windows ``audio[start : start + n_samples]``."""
        _ = sources
        n_columns, sample_at, twiddles, turns, place = fft
        n_fft = len(taper)
        n_frames = out.shape[2]
        dtype = taper.dtype
        n_rows = -(-min(hop, n_fft) // LANES) * LANES
        samples = np.empty(n_columns * hop + LANES, dtype)
        columns = np.empty(n_rows * n_columns, dtype)
        z = np.empty(n_fft // 2 * ROW, dtype)
        power = np.empty((n_fft // 2 + 1) * LANES, dtype)
        stride = -(-n_frames // LANES) * LANES
        levels = np.empty((len(edges) - 2) * stride, np.float32)
        for w in range(len(starts)):
            for first in range(0, n_frames, TILE):
                n = min(TILE, n_frames - first)
                n_used = -(-(n + (n_fft - 1) // hop) // LANES) * LANES
                begin, end = starts[w], starts[w] + n_samples
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
                for frame in range(0, n, LANES):
                    first_pass(columns, frame, sample_at, taper, twiddles, z)
                    other_passes(z, n_fft // 2, twiddles)
                    frame_power(z, place, turns, power)
                    sum_bands(power, edges, weights, levels, stride, first + frame)
            _finish(levels, stride, top_db, basis, out[w])

    return features_of_audio


def _of_power(sources: int) -> Callable:
    """Make the kernel from power spectra to features; see `compiling`."""

    def features_of_power(spectra, edges, weights, top_db, basis, out):
        """Features of one window from its power spectra (n_frames, n_bins)."""
        _ = sources
        n_frames, n_bins = spectra.shape
        power = np.zeros(n_bins * LANES, spectra.dtype)
        stride = -(-n_frames // LANES) * LANES
        levels = np.empty((len(edges) - 2) * stride, np.float32)
        for first in range(0, n_frames, LANES):
            for lane in range(min(LANES, n_frames - first)):
                for k in range(n_bins):
                    power[k * LANES + lane] = spectra[first + lane, k]
            sum_bands(power, edges, weights, levels, stride, first)
        _finish(levels, stride, top_db, basis, out)

    return features_of_power


def _signature(kernel: Callable, precision: str) -> Any:
    """Types of the arguments; arrays that are only read may be read-only."""

    def array(dtype, ndim=1, readonly=True):
        return types.Array(dtype, ndim, "C", readonly=readonly)

    single, integer, real = types.float32, types.int64, getattr(types, precision)
    bands = (array(integer), array(real), single, array(single, 2))
    if kernel is _of_power:
        return types.void(array(real, 2), *bands, array(single, 2, readonly=False))
    tables = (integer, array(integer), array(real), array(real), array(integer))
    return types.void(
        array(single),
        array(integer),
        integer,
        integer,
        types.Tuple(tables),
        array(real),
        *bands,
        array(single, 3, readonly=False),
    )


@lru_cache(maxsize=16)
def _bands(
    sample_rate: float,
    n_fft: int,
    n_mels: int,
    fmin: float,
    fmax: float,
    precision: str,
) -> tuple[np.ndarray, np.ndarray]:
    """First bin above each edge, and each bin's falling and rising weight."""
    filters = mel_filterbank(sample_rate, n_fft, n_mels, fmin, fmax)
    edges = np.searchsorted(
        fft_frequencies(sample_rate, n_fft), mel_edges(n_mels, fmin, fmax)
    ).astype(np.int64)
    weights = np.zeros((filters.shape[1], 2), precision)
    for i in range(n_mels):
        weights[edges[i] : edges[i + 1], 1] = filters[i, edges[i] : edges[i + 1]]
        falling = slice(edges[i + 1], edges[i + 2])
        weights[falling, 0] = filters[i, falling]
    return read_only(edges), read_only(weights.ravel())


@lru_cache(maxsize=16)
def _basis(n_mfcc: int | None, n_mels: int) -> np.ndarray:
    """Cosines (n_mels, n_rows), zeros up to whole groups; no row for no transform."""
    n_rows = 0 if n_mfcc is None else -(-n_mfcc // _GROUP) * _GROUP
    basis = np.zeros((n_mels, n_rows), np.float32)
    if n_mfcc is not None:
        basis[:, :n_mfcc] = dct_matrix(n_mfcc, n_mels).T
    return read_only(basis)


def mel_tables(sample_rate: float, settings: MelSettings) -> tuple:
    """What both kernels take after the audio or the power."""
    edges, weights = _bands(
        sample_rate,
        settings.n_fft,
        settings.n_mels,
        settings.fmin,
        settings.highest_hz(sample_rate),
        settings.precision,
    )
    top_db = np.float32(np.inf if settings.top_db is None else settings.top_db)
    return edges, weights, top_db, _basis(settings.n_mfcc, settings.n_mels)


def features_of_windows(
    windows: np.ndarray, sample_rate: float, settings: MelSettings
) -> np.ndarray:
    """Log mel spectra or MFCCs of windows, by the compiled FFT.

    Parameters
    ----------
    windows : float array of shape (n_windows, n_samples)
        Samples, all finite; may be a strided view.
    sample_rate : float
        Samples per second.
    settings : MelSettings
        Whose `n_fft` is one for which `has_fft`.

    Returns
    -------
    float32 array of shape (n_windows, n_mfcc or n_mels, n_frames)
        Decibels, or cepstral coefficients.
    """
    n_fft, hop, precision = settings.n_fft, settings.hop_length, settings.precision
    compute = compiled(_of_audio, _signature(_of_audio, precision))
    fft = tuple(fft_tables(n_fft, hop, precision))
    taper = hann(n_fft, precision) / 2  # see frame_power
    mel = mel_tables(sample_rate, settings)
    n_windows, n_samples = windows.shape
    n_frames = settings.count_frames(n_samples)
    out = np.empty((n_windows, settings.n_rows, n_frames), np.float32)
    for audio, starts, part in recordings(windows):
        compute(audio, starts, n_samples, hop, fft, taper, *mel, out[part])
    return out


def features_of_power(
    power: np.ndarray, sample_rate: float, settings: MelSettings, *, out: np.ndarray
) -> None:
    """Log mel spectrum or MFCCs of one window from its power spectra.

    Parameters
    ----------
    power : float32 or float64 array of shape (n_frames, 1 + n_fft // 2)
        Squared magnitudes, of the settings' precision.
    sample_rate : float
        Samples per second.
    settings : MelSettings
        All but `hop_length`.
    out : float32 array of shape (n_mfcc or n_mels, n_frames)
        To be filled.
    """
    compute = compiled(_of_power, _signature(_of_power, settings.precision))
    compute(power, *mel_tables(sample_rate, settings), out)


def recordings(
    windows: np.ndarray,
) -> Iterator[tuple[np.ndarray, np.ndarray, slice]]:
    """Windows as positions in contiguous float32 audio: (audio, starts, windows)."""
    if len(windows) == 0:
        return
    step, item = windows.strides
    is_recording = item == 4 and step >= 0 and step % 4 == 0 and windows.flags.aligned
    if windows.dtype == np.float32 and is_recording:
        # A view of one recording, however much its windows overlap: nothing is copied.
        span = (len(windows) - 1) * (step // 4) + windows.shape[1]
        audio = np.lib.stride_tricks.as_strided(
            windows, (span,), (item,), writeable=False
        )
        starts = np.arange(len(windows), dtype=np.int64) * (step // 4)
        yield audio, starts, slice(None)
        return
    for first in range(0, len(windows), _COPIED):
        part = slice(first, first + _COPIED)
        audio = np.ascontiguousarray(windows[part], np.float32)
        starts = np.arange(len(audio), dtype=np.int64) * windows.shape[1]
        yield audio.ravel(), starts, part
