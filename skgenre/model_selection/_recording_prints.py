"""Fingerprints of recordings, and how far two of them agree."""

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft

from skgenre.audio._decode import read_song

if TYPE_CHECKING:
    pass

# Between 300 and 2000 Hz every codec, telephone and loudspeaker keeps what is heard.
RATE, _N_FFT, HOP, _LAG = 8000, 2048, 512, 4
_LOW, HIGH, _N_BITS = 300.0, 2000.0, 32
_SILENCE = 1e-7  # of the loudest frame's energy
_BLOCK = 64  # songs per side that are compared at once
_BLOCK_VALUES = 2**24  # correlations at once, which bounds the memory


def read_fingerprint(song: Any, sample_rate: float, max_seconds: float | None) -> Any:
    """Fingerprint of a song, and a digest of its samples."""
    if hasattr(song, "dtype"):
        import soxr

        y = read_song(song, sample_rate=sample_rate, max_seconds=max_seconds)
        digest = hashlib.blake2b(np.ascontiguousarray(y).data, digest_size=16)
        y = y.astype(np.float32)
        if sample_rate != RATE:
            y = soxr.resample(y, sample_rate, RATE, quality="HQ")
    else:
        y = read_song(song, sample_rate=RATE, max_seconds=max_seconds)
        digest = hashlib.blake2b(np.ascontiguousarray(y).data, digest_size=16)
    return fingerprint(y), digest.hexdigest()


def fingerprint(y: np.ndarray) -> np.ndarray:
    """Fingerprint of a waveform.

    Parameters
    ----------
    y : float array of shape (n_samples,)
        Samples, 8,000 per second.

    Returns
    -------
    int8 array of shape (n_frames, 32)
        1 or -1, and 0 where nothing is heard.
    """
    n_frames = 1 + (len(y) - _N_FFT) // HOP
    if n_frames <= _LAG:
        return np.zeros((0, _N_BITS), np.int8)
    frames = np.lib.stride_tricks.sliding_window_view(y, _N_FFT)[::HOP]
    window = np.hanning(_N_FFT).astype(np.float32)
    hertz = np.geomspace(_LOW, HIGH, _N_BITS + 2)  # 33 bands
    edges: Any = np.round(hertz * _N_FFT / RATE).astype(int)
    energy = np.empty((n_frames, _N_BITS + 1))
    for start in range(0, n_frames, 1024):
        power = np.abs(rfft(frames[start : start + 1024] * window, axis=1)) ** 2
        bands = np.add.reduceat(power[:, : edges[-1]], edges[:-1], axis=1)
        energy[start : start + 1024] = bands
    total = energy.sum(axis=1)
    audible = total > _SILENCE * total.max()
    slope = np.diff(np.log(energy + 1e-12 * total.max() + 1e-30), axis=1)
    bits = np.sign(slope[_LAG:] - slope[:-_LAG]).astype(np.int8)
    bits[~(audible[_LAG:] & audible[:-_LAG])] = 0
    return bits


def similar_pairs(
    prints: list[np.ndarray], digests: np.ndarray, least: float, min_frames: int
) -> Iterator[tuple[int, int, float, int, int]]:
    """Pairs i < j: similarity, offset and overlap in frames at the best offset."""
    lengths = np.array([len(p) for p in prints], dtype=int)
    # Songs of about the same length together, which keeps transforms short.
    order = np.argsort(lengths, kind="stable")
    longest = int(lengths.max(initial=1))
    side = int(np.clip(np.sqrt(_BLOCK_VALUES / (2 * longest)), 1, _BLOCK))
    blocks = [order[i : i + side] for i in range(0, len(order), side)]
    for b, columns in enumerate(blocks):
        for rows in blocks[: b + 1]:
            n_lags = max(1, lengths[rows].max() + lengths[columns].max() - 1)
            size = next_fast_len(int(n_lags), real=True)
            similarity, overlap = _correlate(prints, rows, columns, size, min_frames)
            best = similarity.argmax(axis=2)
            score = np.take_along_axis(similarity, best[..., None], 2)[..., 0]
            same = digests[rows][:, None] == digests[columns][None, :]
            for r, c in np.argwhere((score >= least) | same):
                i, j = int(rows[r]), int(columns[c])
                if i == j or (rows is columns and r > c):
                    continue
                lag = int(best[r, c])
                value, frames = float(score[r, c]), int(overlap[r, c, lag])
                if same[r, c]:
                    value, lag, frames = 1.0, 0, int(lengths[i])
                # Frame n + lag of the row's song is frame n of the column's.
                lag = lag - size if lag >= lengths[i] else lag
                if i > j:
                    i, j, lag = j, i, -lag
                yield i, j, min(value, 1.0), lag, frames


def _correlate(prints, rows, columns, size, min_frames):
    """Similarity and overlap at all offsets, (n_rows, n_columns, size) each."""
    left = _spectra(prints, rows, size)
    right = left if rows is columns else _spectra(prints, columns, size)
    # (size // 2 + 1, n_rows, 32) @ (size // 2 + 1, 32, n_columns)
    agree = _product(left[:, :, :_N_BITS], right[:, :, :_N_BITS], size)
    # The last channel says where anything is heard: in how many frames in both.
    overlap = np.rint(_product(left[:, :, _N_BITS:], right[:, :, _N_BITS:], size))
    enough = overlap >= min_frames
    similarity = np.full(agree.shape, -1.0, np.float32)
    np.divide(agree, _N_BITS * overlap, out=similarity, where=enough)
    return similarity, overlap


def _spectra(prints, songs, size):
    """Transforms of the fingerprints, (size // 2 + 1, n_songs, 33)."""
    padded = np.zeros((len(songs), _N_BITS + 1, size), np.float32)
    for k, song in enumerate(songs):
        bits = prints[song]
        padded[k, :_N_BITS, : len(bits)] = bits.T
        padded[k, _N_BITS, : len(bits)] = bits.any(axis=1)
    return np.ascontiguousarray(rfft(padded, axis=2).transpose(2, 0, 1))


def _product(left, right, size):
    product = left @ right.conj().transpose(0, 2, 1)
    return irfft(product.transpose(1, 2, 0), size, axis=2)
