"""Fingerprints of recordings, and how far two of them agree."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft

from skgenre._jobs import one_blas_thread, with_bar
from skgenre.audio._decode import read_blocks

# Between 300 and 2000 Hz every codec, telephone and loudspeaker keeps what is heard.
RATE, _N_FFT, HOP, _LAG = 8000, 2048, 512, 4
_LOW, HIGH, _N_BITS = 300.0, 2000.0, 32
_SILENCE = 1e-7  # of the loudest frame's energy
_FRAMES_AT_ONCE = 1024
_BLOCK = 64  # songs per side that are compared at once
# Correlations, and values of spectra, at once: these bound the memory, however long a
# song is. About 16 bytes and 12 bytes each.
_BLOCK_VALUES = 2**23
_SPECTRA_VALUES = 2**22


def read_fingerprint(
    song: Any, sample_rate: float, max_seconds: float | None, *, isolate: bool = False
) -> tuple[np.ndarray, str]:
    """Fingerprint of a song, and a digest of its samples.

    Files are heard piece by piece: one of hours takes 4 kB a second of it.

    Parameters
    ----------
    song : path or float array of shape (n_samples,)
        The song.
    sample_rate : float
        Samples per second, if it is an array.
    max_seconds : float or None
        Only so much of its start; all if None.
    isolate : bool, default=False
        Decode files in a process of their own.

    Returns
    -------
    bits : int8 array of shape (n_frames, 32)
        The fingerprint.
    digest : str
        The same for songs that are equal to the last sample.
    """
    is_waveform = hasattr(song, "dtype")
    blocks = read_blocks(
        song,
        sample_rate=sample_rate if is_waveform else RATE,
        max_seconds=max_seconds,
        isolate=isolate,
    )
    digest = hashlib.blake2b(digest_size=16)
    heard = _digested(blocks, digest)
    if is_waveform:  # files are resampled while they are decoded
        heard = _resampled(heard, sample_rate)
    return _bits(_energies(heard)), digest.hexdigest()


def _digested(blocks: Iterable[np.ndarray], digest: Any) -> Iterator[np.ndarray]:
    for block in blocks:
        digest.update(np.ascontiguousarray(block).data)
        yield block


def _resampled(
    blocks: Iterable[np.ndarray], sample_rate: float
) -> Iterator[np.ndarray]:
    """Of a waveform, which is one block."""
    for block in blocks:
        y = block.astype(np.float32)
        if sample_rate != RATE:
            import soxr

            y = soxr.resample(y, sample_rate, RATE, quality="HQ")
        yield y


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
    return _bits(_energies([y]))


def _energies(blocks: Iterable[np.ndarray]) -> np.ndarray:
    """Energy of each frame in 33 bands, (n_frames, 33), whatever blocks it comes in."""
    rest = np.zeros(0, np.float32)
    found = np.empty((0, _N_BITS + 1))
    n_found = 0
    for block in blocks:
        rest = np.concatenate([rest, block]) if len(rest) else block
        n_frames = 1 + (len(rest) - _N_FFT) // HOP
        if n_frames > 0:
            energy = _band_energy(rest, n_frames)
            # A copy: a view would keep the whole block.
            rest = rest[n_frames * HOP :].copy()
            if n_found + n_frames > len(found):
                # Where it is: pieces that are joined at the end take twice the memory.
                room = n_found + max(n_frames, n_found // 2)
                found.resize((room, _N_BITS + 1), refcheck=False)
            found[n_found : n_found + n_frames] = energy
            n_found += n_frames
    found.resize((n_found, _N_BITS + 1), refcheck=False)
    return found


def _bits(energy: np.ndarray) -> np.ndarray:
    """Fingerprint of a song by its energies, (n_frames - _LAG, 32)."""
    if len(energy) <= _LAG:
        return np.zeros((0, _N_BITS), np.int8)
    total = energy.sum(axis=1)  # (n_frames,)
    audible = total > _SILENCE * total.max()
    floor = 1e-12 * total.max() + 1e-30
    bits = np.empty((len(energy) - _LAG, _N_BITS), np.int8)
    for start in range(0, len(bits), _FRAMES_AT_ONCE):
        some = slice(start, start + _FRAMES_AT_ONCE)
        heard = energy[start : start + _FRAMES_AT_ONCE + _LAG]
        # Differences of neighbouring bands, (n_frames, 32).
        slope = np.diff(np.log(heard + floor), axis=1)
        bits[some] = np.sign(slope[_LAG:] - slope[:-_LAG])
    bits[~(audible[_LAG:] & audible[:-_LAG])] = 0
    return bits


def _band_energy(y: np.ndarray, n_frames: int) -> np.ndarray:
    """Energy of each frame in 33 bands, (n_frames, 33)."""
    # (n_frames, _N_FFT): a view, nothing is copied
    frames = np.lib.stride_tricks.sliding_window_view(y, _N_FFT)[::HOP]
    taper = np.hanning(_N_FFT).astype(np.float32)
    hertz = np.geomspace(_LOW, HIGH, _N_BITS + 2)
    edges: Any = np.round(hertz * _N_FFT / RATE).astype(int)
    energy = np.empty((n_frames, _N_BITS + 1))
    # Some at a time: spectra take 16 times the memory of the song.
    for start in range(0, n_frames, _FRAMES_AT_ONCE):
        some = slice(start, start + _FRAMES_AT_ONCE)
        power = np.abs(rfft(frames[some] * taper, axis=1)) ** 2
        energy[some] = np.add.reduceat(power[:, : edges[-1]], edges[:-1], axis=1)
    return energy


class SimilarPair(NamedTuple):
    """Two songs whose fingerprints agree: positions, and all else in frames."""

    first: int
    second: int
    similarity: float
    lag: int
    overlap: int


def similar_pairs(
    prints: list[np.ndarray],
    digests: np.ndarray,
    *,
    least: float,
    min_frames: int,
    verbose: int = 0,
) -> Iterator[SimilarPair]:
    """Pairs i < j of songs that agree, at the offset at which they agree best.

    Parameters
    ----------
    prints : list of int8 array of shape (n_frames, 32)
        The fingerprint of each song.
    digests : array of shape (n_songs,)
        What equal songs have in common.
    least : float
        Similarity that a pair must have.
    min_frames : int
        Frames that a pair must have in common.
    verbose : int, default=0
        Above 0 shows a progress bar, if it takes more than two seconds.

    Yields
    ------
    SimilarPair
        With the frame of the first song (negative: of the second) from which on they
        run together.
    """
    lengths = np.array([len(p) for p in prints], dtype=int)
    blocks = _blocks(lengths)
    sides = [
        (firsts, seconds)
        for b, seconds in enumerate(blocks)
        for firsts in blocks[: b + 1]
    ]
    for firsts, seconds in with_bar(
        sides, len(sides), what="comparing songs", unit="block", verbose=verbose
    ):
        yield from _similar_between(
            prints,
            firsts,
            seconds,
            same=digests[firsts][:, None] == digests[seconds][None, :],
            least=least,
            min_frames=min_frames,
        )


def _blocks(lengths: np.ndarray) -> list[np.ndarray]:
    """Songs of about the same length together, which keeps transforms short."""
    order = np.argsort(lengths, kind="stable")
    longest = int(lengths.max(initial=1))
    side = int(np.clip(np.sqrt(_BLOCK_VALUES / (2 * longest)), 1, _BLOCK))
    return [order[i : i + side] for i in range(0, len(order), side)]


def _similar_between(
    prints: list[np.ndarray],
    firsts: np.ndarray,
    seconds: np.ndarray,
    *,
    same: np.ndarray,
    least: float,
    min_frames: int,
) -> Iterator[SimilarPair]:
    """Similar pairs of a song of one block and a song of another, or of the same."""
    longest = (max(len(prints[i]) for i in block) for block in (firsts, seconds))
    size = next_fast_len(max(1, sum(longest) - 1), real=True)
    similarity, overlap = _correlate(prints, firsts, seconds, size, min_frames)
    best = similarity.argmax(axis=2)  # (n_firsts, n_seconds)
    score = np.take_along_axis(similarity, best[..., None], 2)[..., 0]
    for r, c in np.argwhere((score >= least) | same):
        i, j = int(firsts[r]), int(seconds[c])
        # Within one block each pair comes twice.
        if i == j or (firsts is seconds and r > c):
            continue
        lag = int(best[r, c])
        value, n_frames = float(score[r, c]), int(overlap[r, c, lag])
        # Frame n + lag of the first song is frame n of the second; offsets before its
        # start lie at the end of the transform.
        lag = lag - size if lag >= len(prints[i]) else lag
        # Equal songs are so however little is heard in them.
        if same[r, c]:
            value, lag, n_frames = 1.0, 0, len(prints[i])
        if i > j:
            i, j, lag = j, i, -lag
        yield SimilarPair(i, j, min(value, 1.0), lag, n_frames)


def _correlate(
    prints: list[np.ndarray],
    firsts: np.ndarray,
    seconds: np.ndarray,
    size: int,
    min_frames: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Similarity and overlap at all offsets, (n_firsts, n_seconds, size) each."""
    # In how many frames anything is heard in both.
    heard = [slice(_N_BITS, _N_BITS + 1)]
    overlap = _correlation(prints, firsts, seconds, heard, size)
    np.rint(overlap, out=overlap)
    step = _SPECTRA_VALUES // (size * (len(firsts) + len(seconds)))
    step = min(max(step, 1), _N_BITS)
    some = [slice(i, min(i + step, _N_BITS)) for i in range(0, _N_BITS, step)]
    similarity = _correlation(prints, firsts, seconds, some, size)
    enough = overlap >= min_frames
    np.divide(similarity, overlap, out=similarity, where=enough)
    similarity *= np.float32(1 / _N_BITS)
    np.copyto(similarity, np.float32(-1), where=~enough)
    return similarity, overlap


def _correlation(
    prints: list[np.ndarray],
    firsts: np.ndarray,
    seconds: np.ndarray,
    channels: list[slice],
    size: int,
) -> np.ndarray:
    """Correlations of channels, some at a time, (n_firsts, n_seconds, size)."""
    total: Any = None
    for some in channels:
        left = _spectra(prints, firsts, some, size)
        right = left if firsts is seconds else _spectra(prints, seconds, some, size)
        product = _product(left, right)
        if total is None:
            total = product
        else:
            total += product
    return irfft(total.transpose(1, 2, 0), size, axis=2)


def _spectra(
    prints: list[np.ndarray], songs: np.ndarray, channels: slice, size: int
) -> np.ndarray:
    """Transforms of channels of fingerprints, (size // 2 + 1, n_songs, n_channels).

    Behind the bits there is a channel that says where anything is heard.
    """
    n_channels = channels.stop - channels.start
    padded = np.zeros((len(songs), n_channels, size), np.float32)
    for k, song in enumerate(songs):
        bits = prints[song]
        if channels.start == _N_BITS:
            padded[k, 0, : len(bits)] = bits.any(axis=1)
        else:
            padded[k, :, : len(bits)] = bits[:, channels].T
    # Frequencies first: a product of matrices at each.
    return np.ascontiguousarray(rfft(padded, axis=2).transpose(2, 0, 1))


def _product(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Products of spectra at each frequency, (n_frequencies, n_firsts, n_seconds)."""
    # Hundreds of matrices of 64 rows.
    with one_blas_thread():
        return left @ right.conj().transpose(0, 2, 1)
