"""Compiled steps of spectral shape: eight frames side by side, from power to sums.

The numpy twins are `spectral_shape`, `chroma`, `rhythm.onset_strength` and
`statistics.slope`. Each step leaves the sums of eight frames in a scratch of a few rows
of `LANES` numbers; what is divided or rooted is so in `compiled_frames`.
"""

import math

import numpy as np

from skgenre.features._kernels.compiled_mel import decibels
from skgenre.features._kernels.simd import (
    LANES,
    any_less,
    is_less,
    load,
    maximum,
    minimum,
    split_float32,
    spread,
    square_root,
    step,
    store,
)

_AMIN = 1e-10
_SILENT_SAMPLE = 1e-10
_PARTIAL = 32  # bins of a partial sum: sums of sums round off less than one long sum
_BLOCK = 8  # mantissas that are multiplied before a logarithm is taken
_FILTERS = 4  # of chroma, summed at a time
_N_CHROMA = 12
_DB_PER_OCTAVE = 10 * math.log10(2)


@step
def take_roots(power, magnitude):
    """Magnitudes of eight frames."""
    for i in range(0, len(power), LANES):
        store(magnitude, i, square_root(load(power, i)))


@step
def sum_moments(magnitude, hz, sums):
    """Sum of magnitudes, and of magnitudes times hertz: rows 0 and 1 of `sums`."""
    total = weighted = spread(np.float32(0))
    for first in range(0, len(hz), _PARTIAL):
        a = b = spread(np.float32(0))
        for k in range(first, min(first + _PARTIAL, len(hz))):
            x = load(magnitude, k * LANES)
            a = a + x
            b = b + hz[k] * x
        total, weighted = total + a, weighted + b
    store(sums, 0, total)
    store(sums, LANES, weighted)


@step
def sum_deviations(magnitude, hz, centroid, sums):
    """Sum of magnitudes times squared distance from the centroid: row 2."""
    middle = load(centroid, 0)
    total = spread(np.float32(0))
    for first in range(0, len(hz), _PARTIAL):
        a = spread(np.float32(0))
        for k in range(first, min(first + _PARTIAL, len(hz))):
            distance = spread(hz[k]) - middle
            a = a + load(magnitude, k * LANES) * (distance * distance)
        total = total + a
    store(sums, 2 * LANES, total)


@step
def count_under(magnitude, share, sums):
    """Bins up to which magnitudes add up to less than `share` of all: row 3."""
    threshold = share * load(sums, 0)
    total = count = spread(np.float32(0))
    for i in range(0, len(magnitude), LANES):
        total = total + load(magnitude, i)
        count = count + is_less(total, threshold)
    store(sums, 3 * LANES, count)


@step
def sum_decibels(power, sums):
    """Sum of power in decibels, and of power, at least 1e-10: rows 4 and 5.

    The mantissas of neighbouring bins are multiplied, so that one logarithm does for
    eight of them; exponents are small integers and add up without rounding.
    """
    exponents = logs = total = spread(np.float32(0))
    amin = spread(np.float32(_AMIN))
    for first in range(0, len(power), _BLOCK * LANES):
        product, a = spread(np.float32(1)), spread(np.float32(0))
        for i in range(first, min(first + _BLOCK * LANES, len(power)), LANES):
            x = maximum(load(power, i), amin)
            exponent, mantissa = split_float32(x)
            exponents = exponents + exponent
            product = product * mantissa
            a = a + x
        logs = logs + decibels(product)
        total = total + a
    store(sums, 4 * LANES, logs + _DB_PER_OCTAVE * exponents)
    store(sums, 5 * LANES, total)


@step
def sum_squares(columns, frame, sample_at, sums):
    """Sum of the squares of eight frames' samples: row 6."""
    total = spread(np.float32(0))
    for first in range(0, len(sample_at), _PARTIAL):
        a = spread(np.float32(0))
        for n in range(first, min(first + _PARTIAL, len(sample_at))):
            x = load(columns, sample_at[n] + frame)
            a = a + x * x
        total = total + a
    store(sums, 6 * LANES, total)


@step
def sum_pitches(power, filters, pitches):
    """Sums of power by pitch class; ``filters[12 * k + i]`` is class i's at bin k."""
    for row in range(0, _N_CHROMA, _FILTERS):
        a = b = c = d = spread(np.float32(0))
        for k in range(len(power) // LANES):
            x = load(power, k * LANES)
            i = k * _N_CHROMA + row
            a = a + filters[i] * x
            b = b + filters[i + 1] * x
            c = c + filters[i + 2] * x
            d = d + filters[i + 3] * x
        store(pitches, row * LANES, a)
        store(pitches, (row + 1) * LANES, b)
        store(pitches, (row + 2) * LANES, c)
        store(pitches, (row + 3) * LANES, d)


@step
def _find_outermost(power, first, stop, low, high):
    """The smallest and the largest of a band."""
    a = b = load(power, first * LANES)
    for i in range((first + 1) * LANES, stop * LANES, LANES):
        x = load(power, i)
        a, b = minimum(a, x), maximum(b, x)
    store(low, 0, a)
    store(high, 0, b)


@step
def _find_largest(power, first, stop, n_outer, high):
    """The `n_outer` largest of a band, in order."""
    last = (n_outer - 1) * LANES
    for j in range(0, last + 1, LANES):
        store(high, j, spread(np.float32(-1)))
    for i in range(first * LANES, stop * LANES, LANES):
        x = load(power, i)
        # Spectra fall: few bins are larger than those before, most cost a comparison.
        if any_less(load(high, last), x):
            for j in range(0, last + 1, LANES):
                kept = load(high, j)
                store(high, j, maximum(kept, x))
                x = minimum(kept, x)


@step
def _find_smallest(power, first, stop, n_outer, low):
    """The `n_outer` smallest of a band, in order, from its upper end."""
    last = (n_outer - 1) * LANES
    for j in range(0, last + 1, LANES):
        store(low, j, spread(np.float32(np.inf)))
    for i in range((stop - 1) * LANES, first * LANES - 1, -LANES):
        x = load(power, i)
        if any_less(x, load(low, last)):
            for j in range(0, last + 1, LANES):
                kept = load(low, j)
                store(low, j, minimum(kept, x))
                x = maximum(kept, x)


@step
def find_extremes(power, bands, valleys, peaks, stride, frame, low, high):
    """Decibels of the mean of each band's outermost magnitudes.

    Power is sorted like magnitude, and only the outermost are rooted. ``bands[i]`` are
    the first bin, the one after the last, and how many are outermost.
    """
    for band in range(len(bands)):
        n_outer = bands[band, 2]
        first, stop = bands[band, 0], bands[band, 1]
        if n_outer == 1:
            _find_outermost(power, first, stop, low, high)
        else:
            _find_smallest(power, first, stop, n_outer, low)
            _find_largest(power, first, stop, n_outer, high)
        a = b = spread(np.float32(0))
        for j in range(0, n_outer * LANES, LANES):
            a = a + square_root(load(low, j))
            b = b + square_root(load(high, j))
        share = np.float32(1) / np.float32(n_outer)
        store(valleys, band * stride + frame, decibels(share * a))
        store(peaks, band * stride + frame, decibels(share * b))


@step
def sum_rises(levels, stride, n_frames, rises):
    """Mean over the mel bands of how much each frame's level rises to the next."""
    n_mels = len(levels) // stride
    for frame in range(0, n_frames - 1, LANES):
        total = spread(np.float32(0))
        for i in range(frame, n_mels * stride, stride):
            rise = load(levels, i + 1) - load(levels, i)
            total = total + maximum(rise, spread(np.float32(0)))
        store(rises, frame, np.float32(1) / np.float32(n_mels) * total)


@step
def take_slopes(rows, weights, out):
    """Weighted sums of nine neighbouring frames; at the ends, those of the nearest.

    A line, or parabola, fitted to the nine frames at an end has one slope, or
    curvature, all along.
    """
    n_frames = rows.shape[1]
    half = len(weights) // 2
    for row in range(len(rows)):
        start = row * n_frames
        frame = half
        while frame + LANES <= n_frames - half:
            total = spread(np.float32(0))
            for i in range(len(weights)):
                total = total + weights[i] * load(rows, start + frame + i - half)
            store(out, start + frame, total)
            frame += LANES
        for rest in range(frame, n_frames - half):
            number = np.float32(0)
            for i in range(len(weights)):
                number += weights[i] * rows[row, rest + i - half]
            out[row, rest] = number
        for frame in range(half):
            out[row, frame] = out[row, half]
            out[row, n_frames - 1 - frame] = out[row, n_frames - 1 - half]


@step
def count_crossings(audio, begin, end, n_fft, hop, crossings, out):
    """Share of neighbours in each frame of ``audio[begin:end]`` of unlike sign."""
    n_samples = end - begin
    before, count = audio[begin] < -_SILENT_SAMPLE, 0
    for i in range(n_samples):
        negative = audio[begin + i] < -_SILENT_SAMPLE
        count += negative != before
        crossings[i] = count
        before = negative
    # Beyond its ends the window goes on with its first and last sample.
    for frame in range(len(out)):
        first = frame * hop - n_fft // 2
        last = min(max(first + n_fft - 1, 0), n_samples - 1)
        first = min(max(first, 0), n_samples - 1)
        out[frame] = (crossings[last] - crossings[first]) / n_fft
