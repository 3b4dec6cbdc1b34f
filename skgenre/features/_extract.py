"""Extraction: from songs to the features of their windows, one song at a time."""

import os
from collections.abc import Callable
from typing import Any

import joblib
import numpy as np
from sklearn.utils.validation import check_memory

from skgenre.audio._source import AudioSource, attempt, identity
from skgenre.windows._growing_rows import FileRows, MemoryRows
from skgenre.windows._song_windows import SongWindows

# Part of every cache key: to be raised when features of the same name change.
_VERSION = 1


def map_windows(
    windows: SongWindows,
    recipe: Callable,
    *,
    finish: Callable | None = None,
    feature_names: Any = None,
    memory: Any = None,
    output: Any = None,
    n_jobs: int | None = None,
    prefer: str = "processes",
    verbose: int = 0,
) -> SongWindows:
    """Replace every song's windows of audio by what `recipe` makes of them.

    Parameters
    ----------
    windows : SongWindows
        Audio. Lazy songs are read inside the jobs, some minutes at a time, so no
        more than `n_jobs` pieces of audio are ever in memory.
    recipe : callable
        ``recipe(windows, sample_rate)`` turns (n_windows, n_samples) into an array
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
        # Loads here what only writing needs, and complains before the work.
        from skgenre.windows._stored import open_stored, plain_names, write_songs

        plain_names(windows.song_ids)
    source = windows.source if isinstance(windows.source, AudioSource) else None
    plan = None if source is None else source.plan
    settings = (plan, recipe, finish, windows.sample_rate)
    # Hashed once for all songs, which is most of what a song in the cache costs.
    key = None if memory is None else joblib.hash((_VERSION, *settings))
    extract = check_memory(
        os.fspath(memory) if isinstance(memory, os.PathLike) else memory
    ).cache(_extract_song, ignore=["song", "settings"])
    parallel = joblib.Parallel(n_jobs=n_jobs, prefer=prefer, return_as="generator")
    results = parallel(
        joblib.delayed(_attempt_song)(extract, song, key, settings)
        for song in (windows if source is None else source.songs)
    )
    results = _with_progress(results, len(windows), verbose)
    counts = []
    with MemoryRows() if output is None else FileRows(output) as rows:
        for features in results if source is None else source.checked(results):
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
        starts=(
            windows.starts
            if plan is None
            else np.concatenate([plan.starts(n) for n in counts])
        ),
        rows=windows.rows if plan is None else None,
        window_seconds=windows.window_seconds,
        feature_names=feature_names if values.ndim == 2 else None,
        errors=dict(windows.errors),
    )
    if output is None:
        return extracted
    write_songs(output, extracted)
    return open_stored(output)


def _attempt_song(extract: Callable, song: Any, key: str | None, settings: Any) -> Any:
    # The identity costs a hash of the samples for waveforms: only for a cache.
    return attempt(extract, song, key and (key, *identity(song)), settings)


def _extract_song(song: Any, key: Any, settings: tuple) -> np.ndarray:
    del key  # what the cache knows the song and the settings by
    plan, recipe, finish, sample_rate = settings
    blocks = [song] if plan is None else plan.blocks(song)
    parts = [recipe(block, sample_rate) for block in blocks]
    features = parts[0] if len(parts) == 1 else np.concatenate(parts)
    return features if finish is None else finish(features)


def _with_progress(results: Any, total: int, verbose: int) -> Any:
    if not verbose:
        return results
    from tqdm.auto import tqdm

    return tqdm(results, total=total, unit="song", desc="features")
