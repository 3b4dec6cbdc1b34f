"""Find songs that are the same recording, whatever became of the files."""

import hashlib
import warnings
from collections.abc import Iterator
from numbers import Real
from typing import TYPE_CHECKING, Any, NamedTuple

import joblib
import numpy as np
from scipy.fft import irfft, next_fast_len, rfft
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from skgenre._audio import AudioError, read_song
from skgenre._audio_source import attempt
from skgenre._groups import checked_length
from skgenre._optional import require
from skgenre._windower import as_songs
from skgenre.model_selection._splitters import is_unknown

if TYPE_CHECKING:
    import pandas as pd

# Between 300 and 2000 Hz every codec, telephone and loudspeaker keeps what is heard.
_RATE, _N_FFT, _HOP, _LAG = 8000, 2048, 512, 4
_LOW, _HIGH, _N_BITS = 300.0, 2000.0, 32
_SILENCE = 1e-7  # of the loudest frame's energy
_BLOCK = 64  # songs per side that are compared at once
_BLOCK_VALUES = 2**24  # correlations at once, which bounds the memory


class DuplicatePair(NamedTuple):
    """Two songs that sound the same."""

    first: int
    second: int
    similarity: float
    offset_seconds: float
    overlap_seconds: float
    exact: bool


def find_duplicates(
    X: Any,
    *,
    min_similarity: float = 0.25,
    min_overlap_seconds: float = 5.0,
    sample_rate: float = 22050,
    max_seconds: float | None = None,
    on_error: str = "raise",
    n_jobs: int | None = None,
) -> "Duplicates":
    """Find songs that are the same recording.

    Copies are found that are encoded anew (ogg, mp3), resampled, louder or softer,
    clipped, filtered, or cut at either end. Other takes of a piece, cover versions, and
    copies that are played faster or at another pitch are not copies in this sense.

    Every song gets a fingerprint as in [1]_: 32 bits per frame of 64 ms, each saying
    whether the energy difference of two neighbouring bands, of 33 between 300 and
    2,000 Hz, has grown since 4 frames before. The fingerprints of every two songs are
    laid over each other at every offset, by fast Fourier transform. With b the share
    of bits that agree where they overlap, the similarity is 2 b - 1, at the best
    offset: 1 for copies, about 0 by chance.

    Parameters
    ----------
    X : sequence of paths or of float arrays of shape (n_samples,)
        Songs.
    min_similarity : float, default=0.25
        Pairs of at least this similarity are duplicates.
    min_overlap_seconds : float, default=5.0
        Songs must have this much in common; songs that are shorter are found if they
        are equal to the last sample. Chance similarity grows as it shrinks.
    sample_rate : float, default=22050
        Samples per second of waveforms; files know theirs. At least 4,000.
    max_seconds : float, default=None
        Compare only the first seconds of each song; all if None.
    on_error : {"raise", "warn"}, default="raise"
        Whether songs that cannot be read, or are silent, raise or are left without
        duplicates, with a warning.
    n_jobs : int, default=None
        Songs read at a time, as in joblib.

    Returns
    -------
    Duplicates
        Pairs, groups, and labels merged with those of artists.

    Raises
    ------
    AudioError
        If songs cannot be read and ``on_error="raise"``; it names all of them.

    Notes
    -----
    All pairs are compared, so the work grows with the square of the number of songs.

    Collections hold more copies than their makers know [2]_. A copy on both sides of
    a split is a leak; a copy with another label is a fault of the labels.

    References
    ----------
    .. [1] J. Haitsma and T. Kalker, "A highly robust audio fingerprinting system",
       ISMIR 2002.
    .. [2] B. L. Sturm, "The GTZAN dataset: its contents, its faults, their effects on
       evaluation, and its future use", arXiv:1306.1461, 2013.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.model_selection import find_duplicates
    >>> rng = np.random.default_rng(0)
    >>> first, other = rng.normal(size=(2, 10 * 8000))
    >>> duplicates = find_duplicates(
    ...     [first, other, 0.3 * first[2 * 8000 :]], sample_rate=8000
    ... )
    >>> print(duplicates)
    1 pair of duplicates among 3 songs:
    0 = 2 (similarity 0.81, from 2.0 s, 7.6 s in common)
    >>> duplicates.merge(["artist A", "artist B", "artist C"])
    array(['artist A', 'artist B', 'artist A'], dtype='<U8')
    """
    _check_parameters(min_similarity, min_overlap_seconds, sample_rate, on_error)
    songs, song_ids = as_songs(X)
    prints = joblib.Parallel(n_jobs=n_jobs)(
        joblib.delayed(attempt)(_read_fingerprint, song, sample_rate, max_seconds)
        for song in songs
    )
    errors = {
        song_id: str(error)
        for song_id, error in zip(song_ids, prints, strict=True)
        if isinstance(error, AudioError)
    }
    if errors:
        _report(errors, len(songs), on_error)
    heard = [i for i, p in enumerate(prints) if not isinstance(p, AudioError)]
    digests = np.array([prints[i][1] for i in heard], dtype=object)
    min_frames = max(1, round(min_overlap_seconds * _RATE / _HOP))
    pairs = []
    for i, j, similarity, lag, overlap in _similar_pairs(
        [prints[i][0] for i in heard], digests, min_similarity, min_frames
    ):
        pair = DuplicatePair(
            first=heard[i],
            second=heard[j],
            similarity=round(similarity, 4),
            offset_seconds=round(lag * _HOP / _RATE, 3),
            overlap_seconds=round(overlap * _HOP / _RATE, 3),
            exact=bool(digests[i] == digests[j]),
        )
        pairs.append(pair)
    return Duplicates(sorted(pairs), song_ids, errors=errors)


class Duplicates:
    """Songs that are the same recording: what `find_duplicates` returns.

    Parameters
    ----------
    pairs : list of tuple
        ``(first, second, similarity, offset_seconds, overlap_seconds, exact)``:
        positions of two songs, how similar they are, from which second of the first
        song (negative: of the second song) on they run together, for how long, and
        whether they are equal to the last sample.
    song_ids : list of length n_songs
        The songs' names: paths, or positions.
    errors : dict, default=None
        Why songs could not be read.

    Attributes
    ----------
    pairs, song_ids, errors
        As given.
    groups : int array of shape (n_songs,)
        Number of the recording of each song; copies of copies are copies.

    Examples
    --------
    >>> from skgenre.model_selection import Duplicates
    >>> duplicates = Duplicates([(0, 2, 0.9, 0.0, 30.0, False)], ["a", "b", "c"])
    >>> duplicates.groups
    array([0, 1, 0])
    >>> duplicates.conflicts(["jazz", "rock", "blues"])
    [(0, 2)]
    """

    def __init__(
        self, pairs: list, song_ids: Any, *, errors: dict[Any, str] | None = None
    ) -> None:
        self.pairs = [DuplicatePair(*pair) for pair in pairs]
        self.song_ids = list(song_ids)
        self.errors = {} if errors is None else errors
        self.groups: np.ndarray = _components(
            [(pair.first, pair.second) for pair in self.pairs], len(self.song_ids)
        )

    def __len__(self) -> int:
        return len(self.pairs)

    def __iter__(self) -> Iterator[DuplicatePair]:
        return iter(self.pairs)

    def merge(self, groups: Any = None) -> np.ndarray:
        """Join duplicates with what is known of their artists.

        Parameters
        ----------
        groups : array-like of shape (n_songs,), default=None
            The group of each song, such as its artist. Unknown ones (None, NaN or
            an empty string) are groups of their own.

        Returns
        -------
        array of shape (n_songs,)
            Labels for `groups` of a splitter: songs have the same if they are of one
            group, or duplicates, or so through others. Each label is the first that
            is known there; ``"song 3"`` and the like where none is. Numbers without
            `groups`.
        """
        if groups is None:
            return self.groups
        groups = checked_length(groups, len(self.song_ids), "groups", "song")
        values = groups.tolist()
        known = [i for i, group in enumerate(values) if not is_unknown(group)]
        links = [(pair.first, pair.second) for pair in self.pairs]
        first_of: dict[Any, int] = {}
        links += [(first_of.setdefault(values[i], i), i) for i in known]
        codes = _components(links, len(values))
        label_of = {code: f"song {i}" for i, code in reversed([*enumerate(codes)])}
        label_of |= {codes[i]: values[i] for i in reversed(known)}
        labels = [label_of[code] for code in codes]
        if len(known) == len(values):
            return np.array(labels, dtype=groups.dtype)
        return np.array([str(label) for label in labels])

    def conflicts(self, y: Any) -> list[tuple[int, int]]:
        """Duplicates that carry different labels, of which one must be wrong.

        Parameters
        ----------
        y : array-like of shape (n_songs,)
            The label of each song.

        Returns
        -------
        list of (int, int)
            Positions of the two songs of each such pair.
        """
        y = checked_length(y, len(self.song_ids), "y", "song")
        return [(p.first, p.second) for p in self.pairs if y[p.first] != y[p.second]]

    def to_frame(self) -> "pd.DataFrame":
        """Table of the pairs.

        Returns
        -------
        pandas.DataFrame
            Columns first, second (the songs' names), similarity, offset_seconds,
            overlap_seconds and exact.
        """
        pandas = require("pandas", "plot", "Duplicates.to_frame")
        frame = pandas.DataFrame(self.pairs, columns=list(DuplicatePair._fields))
        for column in ("first", "second"):
            frame[column] = [self.song_ids[i] for i in frame[column]]
        return frame

    def __repr__(self) -> str:
        return f"Duplicates(n_songs={len(self.song_ids)}, n_pairs={len(self)})"

    def __str__(self) -> str:
        count = f"{len(self)} pair" + "s" * (len(self) != 1)
        head = f"{count} of duplicates among {len(self.song_ids)} songs"
        lines = [
            f"{self.song_ids[p.first]} = {self.song_ids[p.second]} (similarity "
            f"{p.similarity:.2f}, from {p.offset_seconds:.1f} s, "
            f"{p.overlap_seconds:.1f} s in common{', exact' * p.exact})"
            for p in self.pairs
        ]
        return "\n".join([head + (":" if lines else "."), *lines])


# -- input ----------------------------------------------------------------------------


def _check_parameters(
    min_similarity: Any, min_overlap_seconds: Any, sample_rate: Any, on_error: Any
) -> None:
    if not isinstance(min_similarity, Real) or not 0 < float(min_similarity) <= 1:
        raise ValueError(
            f"Got min_similarity={min_similarity!r}, but expected a number above 0, "
            "which chance gives, up to 1."
        )
    if not isinstance(min_overlap_seconds, Real) or not float(min_overlap_seconds) > 0:
        raise ValueError(
            f"Got min_overlap_seconds={min_overlap_seconds!r}, but expected a positive "
            "number."
        )
    if not isinstance(sample_rate, Real) or float(sample_rate) < 2 * _HIGH:
        raise ValueError(
            f"Got sample_rate={sample_rate!r}, but expected at least {2 * _HIGH:g}: "
            f"fingerprints need what is heard up to {_HIGH:g} Hz."
        )
    if on_error not in ("raise", "warn"):
        raise ValueError(f"Got on_error={on_error!r}, but expected 'raise' or 'warn'.")


def _report(errors: dict[Any, str], n_songs: int, on_error: str) -> None:
    listed = "\n".join(f"  {song}: {reason}" for song, reason in errors.items())
    message = f"{len(errors)} of {n_songs} songs cannot be compared:\n{listed}"
    if on_error == "raise":
        fix = 'Repair or remove them, or go on without: on_error="warn".'
        raise AudioError(f"{message}\n{fix}", errors)
    warnings.warn(message, UserWarning, stacklevel=3)


# -- fingerprints ---------------------------------------------------------------------


def _read_fingerprint(song: Any, sample_rate: float, max_seconds: float | None) -> Any:
    """Fingerprint of a song, and a digest of its samples."""
    if hasattr(song, "dtype"):
        import soxr

        y = read_song(song, sample_rate=sample_rate, max_seconds=max_seconds)
        digest = hashlib.blake2b(np.ascontiguousarray(y).data, digest_size=16)
        y = y.astype(np.float32)
        if sample_rate != _RATE:
            y = soxr.resample(y, sample_rate, _RATE, quality="HQ")
    else:
        y = read_song(song, sample_rate=_RATE, max_seconds=max_seconds)
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
    n_frames = 1 + (len(y) - _N_FFT) // _HOP
    if n_frames <= _LAG:
        return np.zeros((0, _N_BITS), np.int8)
    frames = np.lib.stride_tricks.sliding_window_view(y, _N_FFT)[::_HOP]
    window = np.hanning(_N_FFT).astype(np.float32)
    hertz = np.geomspace(_LOW, _HIGH, _N_BITS + 2)  # 33 bands
    edges: Any = np.round(hertz * _N_FFT / _RATE).astype(int)
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


# -- comparison -----------------------------------------------------------------------


def _similar_pairs(
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


def _components(links: list[tuple[int, int]], n_songs: int) -> np.ndarray:
    """Number what is linked, in the order of first appearance."""
    first, second = np.array(links, dtype=int).reshape(-1, 2).T
    graph = coo_array((np.ones(len(links)), (first, second)), (n_songs, n_songs))
    _, codes = connected_components(graph, directed=False)
    _, start, numbers = np.unique(codes, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(start))[numbers]
