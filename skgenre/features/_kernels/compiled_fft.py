"""The compiled FFT of the mel kernel: eight STFT frames at a time, from audio to power.

Eight frames go through every step side by side, one per SIMD lane, so that each step is
the textbook's with `Lanes` for numbers::

    audio ─ gather ─► columns of hops ─ first_pass, other_passes ─► half-size spectra
        ─ frame_power ─► power

The n_fft real samples of a frame are n_fft / 2 complex numbers to the FFT: even samples
are real parts, odd samples imaginary parts. It runs in place, decimating in frequency,
which leaves the bins in digit-reversed order; ``place`` says where each is.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from skgenre.features._kernels.simd import LANES, inlined, interleave, load, step, store
from skgenre.features._kernels.tables import read_only

_SMALLEST_FFT = 32
TILE = 8 * LANES  # frames that are gathered at a time
ROW = 2 * LANES  # a complex number of eight frames: real parts, imaginary parts
_SQRT_HALF = math.sqrt(0.5)


@inlined
def _shuffle_rows(a, b, c, d, e, f, g, h):
    return (
        *interleave(a, e),
        *interleave(b, f),
        *interleave(c, g),
        *interleave(d, h),
    )


@step
def gather(audio, begin, end, position, hop, n_used, samples, columns, n_columns):
    """Put the audio from `position` on into columns of one hop each.

    ``columns[j, i] = audio[position + i * hop + j]``, and 0 outside of begin..end.
    Frame f's sample n then is ``columns[n % hop, f + n // hop]``: neighbouring frames
    are neighbours in memory, and overlapping frames share what they share. Only the
    first `n_used` columns are filled; `samples` is scratch.
    """
    n_samples = n_used * hop + LANES
    first = max(begin - position, 0)
    last = max(min(end - position, n_samples), first)
    inside = audio[position + first : position + last]
    for i in range(first):
        samples[i] = 0
    for i in range(last - first):
        samples[first + i] = inside[i]
    for i in range(last, n_samples):
        samples[i] = 0
    for i in range(0, n_used, LANES):
        for j in range(0, len(columns) // n_columns, LANES):
            x = i * hop + j
            # Three perfect shuffles transpose eight by eight.
            block = _shuffle_rows(
                load(samples, x),
                load(samples, x + hop),
                load(samples, x + 2 * hop),
                load(samples, x + 3 * hop),
                load(samples, x + 4 * hop),
                load(samples, x + 5 * hop),
                load(samples, x + 6 * hop),
                load(samples, x + 7 * hop),
            )
            a, b, c, d, e, f, g, h = _shuffle_rows(*_shuffle_rows(*block))
            y = j * n_columns + i
            store(columns, y, a)
            store(columns, y + n_columns, b)
            store(columns, y + 2 * n_columns, c)
            store(columns, y + 3 * n_columns, d)
            store(columns, y + 4 * n_columns, e)
            store(columns, y + 5 * n_columns, f)
            store(columns, y + 6 * n_columns, g)
            store(columns, y + 7 * n_columns, h)


@inlined
def _dft4(ar, ai, br, bi, cr, ci, dr, di):
    """Fourier transform of four complex numbers."""
    sr, si, tr, ti = ar + cr, ai + ci, br + dr, bi + di
    # -1j * (b - d)
    ur, ui, vr, vi = ar - cr, ai - ci, bi - di, dr - br
    return sr + tr, si + ti, ur + vr, ui + vi, sr - tr, si - ti, ur - vr, ui - vi


@inlined
def _get(z, row):
    """Read a complex number of each of the eight frames."""
    return load(z, row * ROW), load(z, row * ROW + LANES)


@inlined
def _put(z, row, xr, xi):
    store(z, row * ROW, xr)
    store(z, row * ROW + LANES, xi)


@inlined
def _put_turned(z, row, xr, xi, twiddles, k):
    wr, wi = twiddles[2 * k], twiddles[2 * k + 1]
    _put(z, row, wr * xr - wi * xi, wr * xi + wi * xr)


@inlined
def _get_tapered(columns, frame, sample_at, taper, k):
    real = taper[2 * k] * load(columns, sample_at[2 * k] + frame)
    return real, taper[2 * k + 1] * load(columns, sample_at[2 * k + 1] + frame)


@step
def first_pass(columns, frame, sample_at, taper, twiddles, z):
    """Taper eight frames, and the first radix-4 pass of their FFT."""
    m = len(taper) // 8
    for p in range(m):
        a, b, c, d = p, p + m, p + 2 * m, p + 3 * m
        ar, ai, br, bi, cr, ci, dr, di = _dft4(
            *_get_tapered(columns, frame, sample_at, taper, a),
            *_get_tapered(columns, frame, sample_at, taper, b),
            *_get_tapered(columns, frame, sample_at, taper, c),
            *_get_tapered(columns, frame, sample_at, taper, d),
        )
        _put(z, a, ar, ai)
        _put_turned(z, b, br, bi, twiddles, p)
        _put_turned(z, c, cr, ci, twiddles, 2 * p)
        _put_turned(z, d, dr, di, twiddles, 3 * p)


@step
def _radix4_pass(z, start, stop, n, twiddles):
    """Split each transform of length n into four of a quarter, interleaved bins."""
    m = n // 4
    turn = len(twiddles) // 2 // n
    for block in range(start, stop, n):
        for p in range(m):
            a, b, c, d = block + p, block + p + m, block + p + 2 * m, block + p + 3 * m
            ar, ai, br, bi, cr, ci, dr, di = _dft4(
                *_get(z, a), *_get(z, b), *_get(z, c), *_get(z, d)
            )
            _put(z, a, ar, ai)
            _put_turned(z, b, br, bi, twiddles, p * turn)
            _put_turned(z, c, cr, ci, twiddles, 2 * p * turn)
            _put_turned(z, d, dr, di, twiddles, 3 * p * turn)


@step
def _last_pass_4(z, start, stop):
    """Transforms of length four, which need no twiddles."""
    for a in range(start, stop, 4):
        ar, ai, br, bi, cr, ci, dr, di = _dft4(
            *_get(z, a), *_get(z, a + 1), *_get(z, a + 2), *_get(z, a + 3)
        )
        _put(z, a, ar, ai)
        _put(z, a + 1, br, bi)
        _put(z, a + 2, cr, ci)
        _put(z, a + 3, dr, di)


@step
def _last_pass_8(z, start, stop):
    """Transforms of length eight: two of length four, of even and of odd numbers."""
    for a in range(start, stop, 8):
        ar, ai, br, bi, cr, ci, dr, di = _dft4(
            *_get(z, a), *_get(z, a + 2), *_get(z, a + 4), *_get(z, a + 6)
        )
        er, ei, fr, fi, gr, gi, hr, hi = _dft4(
            *_get(z, a + 1), *_get(z, a + 3), *_get(z, a + 5), *_get(z, a + 7)
        )
        # The odd ones turned by 0, 1/8, 2/8 and 3/8 of a circle, clockwise.
        fr, fi = _SQRT_HALF * (fr + fi), _SQRT_HALF * (fi - fr)
        hr, hi = _SQRT_HALF * (hi - hr), -_SQRT_HALF * (hr + hi)
        _put(z, a, ar + er, ai + ei)
        _put(z, a + 1, br + fr, bi + fi)
        _put(z, a + 2, cr + gi, ci - gr)
        _put(z, a + 3, dr + hr, di + hi)
        _put(z, a + 4, ar - er, ai - ei)
        _put(z, a + 5, br - fr, bi - fi)
        _put(z, a + 6, cr - gi, ci + gr)
        _put(z, a + 7, dr - hr, di - hi)


@step
def other_passes(z, n, twiddles):
    """The passes after the first, one quarter after the other to stay in L1 cache."""
    quarter = n // 4
    for start in range(0, n, quarter):
        stop = start + quarter
        length = quarter
        while length > 8:
            _radix4_pass(z, start, stop, length, twiddles)
            length //= 4
        if length == 8:
            _last_pass_8(z, start, stop)
        else:
            _last_pass_4(z, start, stop)


@step
def frame_power(z, place, turns, power):
    """Squared magnitudes of a frame's spectrum from the half as long transform z.

    With E and O the spectra of even and odd samples, z[k] = E[k] + 1j O[k], and the
    frame's are E[k] + w O[k] and, n - k being the mirror of k, conj(E[k] - w O[k]).
    Halves are taken by the taper.
    """
    n = len(place) - 1
    for k in range(n // 2 + 1):
        ar, ai = _get(z, place[k])
        br, bi = _get(z, place[n - k])
        er, ei, dr, di = ar + br, ai - bi, ai + bi, br - ar  # even, odd
        wr, wi = turns[2 * k], turns[2 * k + 1]
        dr, di = wr * dr - wi * di, wr * di + wi * dr
        xr, xi, yr, yi = er + dr, ei + di, er - dr, ei - di
        store(power, k * LANES, xr * xr + xi * xi)
        store(power, (n - k) * LANES, yr * yr + yi * yi)


def has_fft(n_fft: int) -> bool:
    """Say whether the kernel has an FFT of this length: powers of two from 32."""
    return n_fft >= _SMALLEST_FFT and n_fft & (n_fft - 1) == 0


class FFT(NamedTuple):
    """Tables of an FFT; complex ones hold real and imaginary parts in turns."""

    n_columns: int
    sample_at: np.ndarray  # where in the gathered columns frame 0 has its samples
    twiddles: np.ndarray
    turns: np.ndarray  # of the odd samples' spectrum against the even samples'
    place: np.ndarray  # rows of bins 0 to half in the transform of half the length


@lru_cache(maxsize=16)
def fft_tables(n_fft: int, hop: int, precision: str) -> FFT:
    """Tables of an FFT of `n_fft` samples, of type `precision`, every `hop` samples."""
    half = n_fft // 2
    n = np.arange(n_fft, dtype=np.int64)
    n_columns = -(-(TILE + (n_fft - 1) // hop) // LANES) * LANES
    return FFT(
        n_columns,
        read_only(n % hop * n_columns + n // hop),
        _circle(np.arange(half) / half, precision),
        _circle(np.arange(half // 2 + 1) / n_fft, precision),
        # The last is bin `half`, which is bin 0 again.
        read_only(np.append(np.argsort(_order_of_bins(half)), 0).astype(np.int64)),
    )


def _circle(part: np.ndarray, precision: str) -> np.ndarray:
    turned = np.exp(-2j * np.pi * part)
    return read_only(turned.view(float).astype(precision))


def _order_of_bins(n: int) -> np.ndarray:
    """Bins in the order in which the passes leave them."""
    if n <= 8:
        return np.arange(n)
    quarter = _order_of_bins(n // 4)
    return np.concatenate([4 * quarter + i for i in range(4)])
