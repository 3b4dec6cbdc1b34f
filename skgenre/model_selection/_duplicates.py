"""Find songs that are the same recording, whatever became of the files."""

import os
import warnings
from collections.abc import Iterator, Sequence
from functools import partial
from numbers import Real
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import joblib
import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from skgenre._by_song.numbering import as_names, checked_length, is_unknown
from skgenre._jobs import run_jobs, with_bar
from skgenre._optional import require
from skgenre.audio._decode import AudioError
from skgenre.audio._source import attempt
from skgenre.model_selection._checks import check_choice
from skgenre.model_selection._recording_prints import (
    HIGH,
    HOP,
    RATE,
    read_fingerprint,
    similar_pairs,
)
from skgenre.windows._frame_windower import as_songs

if TYPE_CHECKING:
    import pandas as pd


class DuplicatePair(NamedTuple):
    """Two songs that sound the same."""

    first: int
    second: int
    similarity: float
    offset_seconds: float
    overlap_seconds: float
    exact: bool


def find_duplicates(
    X: Sequence[str | os.PathLike[str] | np.ndarray] | np.ndarray,
    *,
    min_similarity: float = 0.25,
    min_overlap_seconds: float = 5.0,
    sample_rate: float = 22050,
    max_seconds: float | None = None,
    on_error: Literal["raise", "warn"] = "raise",
    isolate: bool = False,
    n_jobs: int | None = None,
    verbose: int = 0,
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
    isolate : bool, default=False
        Decode each file in a process of its own, as `FrameWindower` has it: one that
        crashes its decoder is an error of that file, and the others are compared.
    n_jobs : int, default=None
        Songs read at a time, as in joblib.
    verbose : int, default=0
        Above 0 shows progress bars while songs are read and compared, where that takes
        more than two seconds.

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
    _check_parameters(min_similarity, min_overlap_seconds, sample_rate)
    check_choice("on_error", on_error, ("raise", "warn"))
    songs, song_ids = as_songs(X)
    tasks = (
        joblib.delayed(attempt)(
            partial(read_fingerprint, isolate=isolate), song, sample_rate, max_seconds
        )
        for song in songs
    )
    prints = list(
        with_bar(
            run_jobs(tasks, n_jobs=n_jobs),
            len(songs),
            what="looking for copies",
            verbose=verbose,
        )
    )
    errors = {
        song_id: str(error)
        for song_id, error in zip(song_ids, prints, strict=True)
        if isinstance(error, AudioError)
    }
    if errors:
        _report(errors, len(songs), on_error)
    heard = {i: p for i, p in enumerate(prints) if not isinstance(p, AudioError)}
    min_frames = max(1, round(min_overlap_seconds * RATE / HOP))
    pairs = _pairs(heard, min_similarity, min_frames, verbose)
    # They come in the order of the songs' lengths.
    return Duplicates(sorted(pairs), song_ids, errors=errors)


def _pairs(
    prints: dict[int, tuple[np.ndarray, str]],
    min_similarity: float,
    min_frames: int,
    verbose: int,
) -> Iterator[DuplicatePair]:
    """Compare the fingerprints, by position of their songs, in frames and seconds."""
    positions = list(prints)
    digests = np.array([digest for _, digest in prints.values()], dtype=object)
    for i, j, similarity, lag, overlap in similar_pairs(
        [bits for bits, _ in prints.values()],
        digests,
        least=min_similarity,
        min_frames=min_frames,
        verbose=verbose,
    ):
        yield DuplicatePair(
            first=positions[i],
            second=positions[j],
            similarity=round(similarity, 4),
            offset_seconds=round(lag * HOP / RATE, 3),
            overlap_seconds=round(overlap * HOP / RATE, 3),
            exact=bool(digests[i] == digests[j]),
        )


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
        self,
        pairs: Sequence[tuple[int, int, float, float, float, bool]],
        song_ids: Sequence[Any] | np.ndarray,
        *,
        errors: dict[Any, str] | None = None,
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

    def merge(self, groups: ArrayLike | None = None) -> np.ndarray:
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
        artists = checked_length(as_names(groups), len(self.song_ids), "groups", "song")
        values = artists.tolist()
        known = [i for i, artist in enumerate(values) if not is_unknown(artist)]
        links = [(pair.first, pair.second) for pair in self.pairs]
        # Each artist's songs are linked to the first of them.
        first_of: dict[Any, int] = {}
        links += [(first_of.setdefault(values[i], i), i) for i in known]
        merged = _components(links, len(values)).tolist()
        # From the back: of several labels the first stays.
        label_of: dict[int, Any] = {
            number: f"song {i}" for i, number in reversed([*enumerate(merged)])
        }
        label_of |= {merged[i]: values[i] for i in reversed(known)}
        labels = [label_of[number] for number in merged]
        if len(known) == len(values) and artists.dtype.kind != "O":
            return np.array(labels, dtype=artists.dtype)
        # Names that are made up are text, so all are; 1 and "1" stay two.
        texts = {label: str(label) for label in labels}
        if len(set(texts.values())) < len(texts):
            texts = {label: repr(label) for label in labels}
        return np.array([texts[label] for label in labels])

    def conflicts(self, y: ArrayLike) -> list[tuple[int, int]]:
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
        label = checked_length(as_names(y), len(self.song_ids), "y", "song")
        return [
            (pair.first, pair.second)
            for pair in self.pairs
            if label[pair.first] != label[pair.second]
        ]

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


def _check_parameters(
    min_similarity: Any, min_overlap_seconds: Any, sample_rate: Any
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
    if not isinstance(sample_rate, Real) or float(sample_rate) < 2 * HIGH:
        raise ValueError(
            f"Got sample_rate={sample_rate!r}, but expected at least {2 * HIGH:g}: "
            f"fingerprints need what is heard up to {HIGH:g} Hz."
        )


def _report(errors: dict[Any, str], n_songs: int, on_error: str) -> None:
    listed = "\n".join(f"  {song}: {reason}" for song, reason in errors.items())
    message = f"{len(errors)} of {n_songs} songs cannot be compared:\n{listed}"
    if on_error == "raise":
        fix = 'Repair or remove them, or go on without: on_error="warn".'
        raise AudioError(f"{message}\n{fix}", errors)
    warnings.warn(message, UserWarning, stacklevel=3)


def _components(links: list[tuple[int, int]], n_songs: int) -> np.ndarray:
    """Number what is linked, in the order of first appearance."""
    first, second = np.array(links, dtype=int).reshape(-1, 2).T
    graph = coo_array((np.ones(len(links)), (first, second)), (n_songs, n_songs))
    _, numbers = connected_components(graph, directed=False)  # (n_songs,)
    _, start, which = np.unique(numbers, return_index=True, return_inverse=True)
    # The rank of each component's first song.
    return np.argsort(np.argsort(start))[which]
