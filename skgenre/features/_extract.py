"""Extraction: from songs to the features of their windows, one song at a time.

::

    source.songs() ─ a job per song: reader.blocks ─ compute ─ finish ─► source.checked
        ─ rows that grow in memory or in a file ─► SongWindows of features

What a song is on its way to a worker, a path or an array, is the source's affair.
"""

import hashlib
import importlib.metadata
import threading
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import joblib
import numpy as np

from skgenre._content_hash import NoFingerprintError, fingerprint, is_users_code
from skgenre._jobs import run_jobs, with_bar
from skgenre._memory import Sealed, recall, sealed, usable_memory
from skgenre.audio._errors import AudioError, error_of_song
from skgenre.audio._facts import Read, with_facts
from skgenre.audio._plan import WindowPlan
from skgenre.audio._song import identity, is_file
from skgenre.features._at_rates import AtRates
from skgenre.windows._growing_rows import FileRows, MemoryRows
from skgenre.windows._song_windows import SongWindows
from skgenre.windows._source import RateReader
from skgenre.windows._stored import place_rows, plain_names, songs_table

# Part of every cache key: to be raised when features of the same name change.
_VERSION = 2
# Rates that differ by less are as good as the same.
_CLOSE = 0.8
# What samples, and so features, are computed with.
_PACKAGES = ("skgenre", "numpy", "scipy", "numba", "soundfile", "soxr")


class Extraction(NamedTuple):
    """What is done to each song: the same for all, so hashed and sent once."""

    reader: Any  # a SongReader, or a RateReader
    compute: Callable
    finish: Callable | None
    sample_rate: float | None


class _Extracted(NamedTuple):
    """What a job gives: features or the song's error; whether an entry was damaged."""

    result: np.ndarray | Read | AudioError
    cause: Exception | None = None
    damaged: bool = False


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
        it should be a small picklable object. Of no windows it gives no rows of the
        same shape. What it raises is that song's error.
    finish : callable, default=None
        ``finish(features)`` of all windows of a song gives its features.
    feature_names : array of str, default=None
        Names of the features, where a window's are a vector.
    memory : str, Path or joblib.Memory, default=None
        Caches the result of each song.
    output : str or Path, default=None
        A ``.npy`` file for the features; in memory if None. Where it holds those of
        other songs or settings, it stays as it is, and a file beside it is written.
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
    source = windows.source
    extraction = Extraction(source.reader, compute, finish, source.sample_rate)
    key = None
    made_of = ""
    if output is not None:
        plain_names(windows.song_ids)  # complains before the work
        key = _key(extraction)
        made_of = _made_of(windows, key)
    jobs = _jobs(source.songs(), extraction, key, memory)
    running = run_jobs(jobs, n_jobs=n_jobs, prefer=prefer)
    results = with_bar(
        running, len(windows), what="features", verbose=verbose, patience=0.0
    )
    causes: list[Exception] = []
    with MemoryRows() if output is None else FileRows(output) as rows:
        counts = []
        try:
            opened = _with_low_rates(_opened(results, causes), extraction)
            found = _at_hand(windows, opened)
            for features in source.checked(found):
                counts.append(0 if features is None else len(features))
                if features is not None:
                    rows.append(features)
        except AudioError as error:
            # Where the first of the songs went wrong, for who wrote the function.
            raise error from (causes[0] if causes else None)
        if not rows.is_begun:
            rows.append(_no_features(windows, compute, finish))
        marks = source.marks_of(counts)
        described: dict[str, Any] = {
            "counts": np.array(counts, dtype=np.intp),
            "starts": source.starts_of(counts),
            # Audio that is yet to be read comes from no table.
            "rows": None if source.dtype is None else windows.rows,
            "song_ids": windows.song_ids,
            "window_seconds": windows.window_seconds,
            "feature_names": feature_names if len(rows.row_shape) == 1 else None,
            "errors": windows.errors,
            "ends": marks.ends,
            "window_weight": marks.weight,
        }
        if isinstance(rows, FileRows):
            table = songs_table(**described, made_of=made_of)
            return SongWindows(**place_rows(rows, table, stacklevel=4))
        values: Any = rows.finish()  # not None: there was an array at least
        return SongWindows(values, **described)


# -- jobs -----------------------------------------------------------------------------


def _jobs(
    songs: Iterable[Any], extraction: Extraction, key: str | None, memory: Any
) -> Iterator[Any]:
    """A joblib task for each song, which looks into the cache first."""
    kept = usable_memory(memory, stacklevel=6)
    cached = None
    if kept is not None:
        # Hashed once for all songs, which is most of what a song in the cache costs.
        key = key or _key(extraction)
        if key is not None:
            cached = kept.cache(_sealed_song, ignore=["song", "extraction", "fresh"])
            # joblib would print a page for each entry that cannot be loaded.
            cached.warn = _take_note
    task = joblib.delayed(_attempt_song)
    return (task(song, extraction, key, cached) for song in songs)


def _key(extraction: Extraction) -> str | None:
    """Hash what is done to each song; None, with a warning, if that cannot be told."""
    reader = extraction.reader
    if isinstance(reader, WindowPlan):
        # In which process a file is decoded changes nothing that is heard.
        reader = replace(reader, isolate=False)
    try:
        return fingerprint(_VERSION, _versions(), reader, *extraction[1:])
    except NoFingerprintError as error:
        warnings.warn(
            f"Features cannot be remembered, since what computes them holds something "
            f"without content of its own ({error}); all is computed instead. Let the "
            "function make or load it when it is called, or keep it out of what is "
            "pickled with __getstate__.",
            UserWarning,
            stacklevel=5,
        )
        return None


@lru_cache(maxsize=1)
def _versions() -> list[str]:
    versions = []
    for package in _PACKAGES:
        try:
            versions.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(package)
    return versions


def _made_of(windows: SongWindows, key: str | None) -> str:
    """Tell features of these songs and settings from all others."""
    if key is None:
        return uuid4().hex
    songs = [repr(identity(song)) for song in windows.source.songs()]
    names = windows.song_ids.tolist()
    return hashlib.md5(repr([key, names, songs]).encode()).hexdigest()


# -- a song ---------------------------------------------------------------------------


def _attempt_song(
    song: Any, extraction: Extraction, key: str | None, cached: Any
) -> _Extracted:
    try:
        if cached is None:
            return _Extracted(_extract_song(song, extraction))
        return _remembered_song(song, extraction, key, cached)
    except AudioError as error:
        cause = error.__cause__
        return _Extracted(error, cause if isinstance(cause, Exception) else None)


def _remembered_song(
    song: Any, extraction: Extraction, key: str | None, cached: Any
) -> _Extracted:
    """Take a song's features from the cache, or put them there."""
    known_by = f"{key} {identity(song)}"
    _NOTES.damaged = False
    features, facts, damaged = recall(cached, known_by, song, extraction)
    return _Extracted(
        features if facts is None else Read(features, facts),
        damaged=damaged or _NOTES.damaged,
    )


def _sealed_song(
    known_by: str, song: Any, extraction: Extraction, fresh: list[Any]
) -> Sealed:
    """Extract a song's features: what the cache keeps, and knows by `known_by`."""
    extracted = _extract_song(song, extraction)
    features, facts = extracted, None
    if isinstance(extracted, Read):
        features, facts = extracted.result, extracted.facts
    fresh.append((features, facts))
    return sealed(known_by, features, facts, read_only=True)


# What joblib had to say of an entry, in the thread that asked for it.
_NOTES = threading.local()


def _take_note(message: str) -> None:
    del message
    _NOTES.damaged = True


def _extract_song(song: Any, extraction: Extraction) -> Any:
    """Features of a song's windows, with what reading told where it told something."""
    reader, compute, finish, sample_rate = extraction
    before = identity(song) if is_file(song) else None
    if (
        isinstance(compute, AtRates)
        and isinstance(reader, RateReader)
        and sample_rate is not None
        and compute.other_rates(sample_rate)
    ):
        blocks = reader.blocks_at(song, compute.other_rates(sample_rate))
        features = _computed(compute.of_song, blocks, _read(blocks), sample_rate)
    else:
        blocks = reader.blocks(song)
        parts = [_computed(compute, block, sample_rate) for block in _read(blocks)]
        features = parts[0] if len(parts) == 1 else np.concatenate(parts)
    if finish is not None:
        features = _computed(finish, features)
    if before is not None and identity(song) != before:
        raise AudioError("It changed while it was read. Run again when it is complete.")
    return with_facts(features, blocks)


def _read(blocks: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """Windows of one song; whatever goes wrong with it is an error of this song."""
    try:
        yield from blocks
    except AudioError:
        raise
    except Exception as error:
        raise error_of_song(error) from error


def _computed(function: Callable, *args: Any) -> np.ndarray:
    """Features; what a function raises is an error of the song that it was given."""
    try:
        features = function(*args)
    except AudioError:
        raise
    except MemoryError as error:
        raise error_of_song(error) from error
    except Exception as error:
        raise AudioError(
            f"Its features cannot be computed ({_told(error)})."
        ) from error
    if features.dtype.kind == "f" and not np.isfinite(features).all():
        bad = ~np.isfinite(features.reshape(len(features), -1)).all(axis=1)
        raise AudioError(
            f"Got NaN or infinite features for {int(bad.sum())} of {len(features)} "
            "windows, but expected finite numbers. Mind windows of silence, or put "
            "np.nan_to_num behind what computes them."
        )
    return features


def _told(error: Exception) -> str:
    """What an error says, and where in the user's code it came from."""
    said = f"{type(error).__name__}: {error}"
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if is_users_code(frame.filename)]
    if not own:
        return said
    last = own[-1]
    return f"{said}, in line {last.lineno} of {Path(last.filename).name}, {last.name}"


# -- results --------------------------------------------------------------------------


def _opened(results: Iterable[_Extracted], causes: list[Exception]) -> Iterator[Any]:
    """Features or errors, and at the end one warning of entries that were damaged."""
    n_damaged = 0
    for extracted in results:
        n_damaged += extracted.damaged
        if extracted.cause is not None:
            causes.append(extracted.cause)
        yield extracted.result
    if n_damaged:
        warnings.warn(
            f"{n_damaged} entries of the cache in memory=... were not what had been "
            "put there, and were computed anew. The disk may be failing.",
            UserWarning,
            stacklevel=4,
        )


def _with_low_rates(results: Iterator[Any], extraction: Extraction) -> Iterator[Any]:
    """Say at the end how many songs have less than what is wanted of them."""
    if not isinstance(extraction.compute, AtRates) or extraction.sample_rate is None:
        yield from results
        return
    compute, own_rate = extraction.compute, extraction.sample_rate
    if not isinstance(extraction.reader, RateReader):
        warn_of_low_rate(compute, own_rate, stacklevel=5)
        yield from results
        return
    wanted = max([own_rate, *compute.other_rates(own_rate)])
    low: list[float] = []
    for result in results:
        if isinstance(result, Read):
            rate = result.facts.native_rate or own_rate
            low += [rate] if rate < _CLOSE * wanted else []
        yield result
    if low:
        warnings.warn(
            f"{len(low)} of the songs are at {max(low):g} Hz or less, and {wanted:g} "
            f"Hz are wanted: above {max(low) / 2:g} Hz there is nothing in them. "
            "Recordings at a higher rate would tell more.",
            UserWarning,
            stacklevel=5,
        )


def warn_of_low_rate(compute: Callable, sample_rate: float, *, stacklevel: int) -> None:
    """Say that windows at hand have a lower rate than what is wanted of them.

    Parameters
    ----------
    compute : callable
        What is done to them.
    sample_rate : float
        Of the windows.
    stacklevel : int
        Of the warning; 2 is the caller.
    """
    if not isinstance(compute, AtRates):
        return
    wanted = max([sample_rate, *compute.other_rates(sample_rate)])
    if sample_rate < _CLOSE * wanted:
        warnings.warn(
            f"The windows are at {sample_rate:g} Hz, and {wanted:g} Hz are wanted: "
            f"above {sample_rate / 2:g} Hz there is nothing in them. Cut them with "
            f"FrameWindower(sample_rate={wanted:g}), or give files, which are read at "
            "the rate that is wanted.",
            UserWarning,
            stacklevel=stacklevel,
        )


def _at_hand(windows: SongWindows, results: Iterator[Any]) -> Iterator[Any]:
    """Report songs whose windows were in memory; readers of files do it themselves."""
    if windows.source.dtype is None:
        yield from results
        return
    bad: dict[Any, str] = {}
    for song_id, result in zip(windows.song_ids.tolist(), results, strict=True):
        if isinstance(result, AudioError):
            bad[song_id] = str(result)
        yield None if isinstance(result, AudioError) else result
    if bad:
        listed = "\n".join(f"  {song_id}: {reason}" for song_id, reason in bad.items())
        raise AudioError(
            f"{len(bad)} of {len(windows)} songs could not be used:\n{listed}\nLeave "
            "these out.",
            bad,
        )


def _no_features(
    windows: SongWindows, compute: Callable, finish: Callable | None
) -> np.ndarray:
    """Features of no window, of the shape that there would be."""
    nothing = compute(
        np.zeros((0, *windows.window_shape), np.float32), windows.source.sample_rate
    )
    return nothing if finish is None else finish(nothing)
