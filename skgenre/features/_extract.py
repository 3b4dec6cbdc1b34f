"""Extraction: from songs to the features of their windows, one song at a time.

::

    source.songs() ─ a job per song: reader.blocks ─ compute ─ finish ─► source.checked
        ─ rows that grow in memory or in a file ─► SongWindows of features

What a song is on its way to a worker, a path or an array, is the source's affair.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import joblib
import numpy as np
from sklearn.utils.validation import check_memory

from skgenre.audio._facts import with_facts
from skgenre.audio._source import attempt, identity
from skgenre.windows._growing_rows import FileRows, MemoryRows
from skgenre.windows._song_windows import SongWindows
from skgenre.windows._source import SongReader
from skgenre.windows._stored import plain_names, write_songs

# Part of every cache key: to be raised when features of the same name change.
_VERSION = 1


class Extraction(NamedTuple):
    """What is done to each song: the same for all, so hashed and sent once."""

    reader: SongReader
    compute: Callable
    finish: Callable | None
    sample_rate: float | None


def map_windows(
    windows: SongWindows,
    compute: Callable,
    *,
    finish: Callable | None = None,
    feature_names: Any = None,
    memory: Any = None,
    output: Any = None,
    n_jobs: int | None = None,
    prefer: str = "processes",
    verbose: int = 0,
) -> SongWindows:
    """Replace every song's windows of audio by what `compute` makes of them.

    Parameters
    ----------
    windows : SongWindows
        Audio. Lazy songs are read inside the jobs, some minutes at a time, so no
        more than `n_jobs` pieces of audio are ever in memory.
    compute : callable
        ``compute(windows, sample_rate)`` turns (n_windows, n_samples) into an array
        with a row per window, each of its own window alone: a long song comes in
        several calls. Travels to worker processes and is part of the cache's key, so
        it should be a small picklable object.
    finish : callable, default=None
        ``finish(features)`` of all windows of a song gives its features.
    feature_names : array of str, default=None
        Names of the features, where a window's are a vector.
    memory : str, Path or joblib.Memory, default=None
        Caches the result of each song.
    output : str or Path, default=None
        A ``.npy`` file for the features; in memory if None.
    n_jobs : int, default=None
        Songs at a time, as in joblib.
    prefer : {"processes", "threads"}, default="processes"
        What jobs are, unless `joblib.parallel_config` says it.
    verbose : int, default=0
        Above 0 shows a progress bar.

    Returns
    -------
    SongWindows
        With the songs' ids, starts and errors.
    """
    if output is not None:
        plain_names(windows.song_ids)  # complains before the work
    source = windows.source
    extraction = Extraction(source.reader, compute, finish, source.sample_rate)
    jobs = _jobs(source.songs(), extraction, memory)
    parallel = joblib.Parallel(n_jobs=n_jobs, prefer=prefer, return_as="generator")
    results = _with_progress(parallel(jobs), len(windows), verbose)
    with MemoryRows() if output is None else FileRows(output) as rows:
        counts = []
        for features in source.checked(results):
            counts.append(0 if features is None else len(features))
            if features is not None:
                rows.append(features)
        values = rows.finish()
    if values is None:
        reasons = "; ".join(f"{k}: {v}" for k, v in list(windows.errors.items())[:5])
        raise ValueError(f"None of the {len(windows)} songs has a window. {reasons}")
    extracted = SongWindows(
        values,
        counts,
        song_ids=windows.song_ids,
        starts=source.starts_of(counts),
        # Audio that is yet to be read comes from no table.
        rows=None if source.dtype is None else windows.rows,
        window_seconds=windows.window_seconds,
        feature_names=feature_names if values.ndim == 2 else None,
        errors=windows.errors,
    )
    if output is None:
        return extracted
    write_songs(output, extracted)
    return SongWindows.open(output)


def _jobs(songs: Iterable[Any], extraction: Extraction, memory: Any) -> Iterator[Any]:
    """A joblib task for each song, which looks into the cache first."""
    # Hashed once for all songs, which is most of what a song in the cache costs.
    key = None if memory is None else joblib.hash((_VERSION, *extraction))
    extract = check_memory(
        os.fspath(memory) if isinstance(memory, os.PathLike) else memory
    ).cache(_extract_song, ignore=["song", "extraction"])
    return (
        joblib.delayed(_attempt_song)(extract, song, key, extraction) for song in songs
    )


def _attempt_song(
    extract: Callable, song: Any, key: str | None, extraction: Extraction
) -> Any:
    # The identity costs a hash of the samples for waveforms: only for a cache.
    return attempt(extract, song, key and (key, *identity(song)), extraction)


def _extract_song(song: Any, key: Any, extraction: Extraction) -> Any:
    del key  # what the cache knows the song and the extraction by
    reader, compute, finish, sample_rate = extraction
    blocks = reader.blocks(song)
    parts = [compute(block, sample_rate) for block in blocks]
    features = parts[0] if len(parts) == 1 else np.concatenate(parts)
    # Starts and notes of the song travel, and are cached, with its features.
    return with_facts(features if finish is None else finish(features), blocks)


def _with_progress(results: Iterable[Any], total: int, verbose: int) -> Iterable[Any]:
    if not verbose:
        return results
    from tqdm.auto import tqdm

    return tqdm(results, total=total, unit="song", desc="features")
