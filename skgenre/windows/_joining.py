"""Songs made of other songs: several that become one, and several containers.

Both give the arguments of a new `SongWindows`.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from skgenre._by_song.marks import Marks
from skgenre._by_song.numbering import as_ids, rows_of_songs

# What windows must have in common to stand in one container.
_SHARED = ("window_shape", "window_seconds", "sample_rate", "feature_names")


def regrouped_songs(
    windows: Any, codes: np.ndarray, new_ids: np.ndarray
) -> dict[str, Any]:
    """Put songs of one number together.

    Parameters
    ----------
    windows : SongWindows of length n_songs
        In memory.
    codes : int array of shape (n_songs,)
        The number of the new song that each belongs to.
    new_ids : array of shape (n_new_songs,)
        Names of the new songs.

    Returns
    -------
    dict
        Arguments of `SongWindows`.
    """
    # Songs of one name side by side, each with all of its windows.
    songs = np.argsort(codes, kind="stable")
    rows = rows_of_songs(windows.offsets, songs)
    counts = np.bincount(codes, weights=windows.counts, minlength=len(new_ids))
    new_name = dict(
        zip(windows.song_ids.tolist(), new_ids[codes].tolist(), strict=True)
    )
    errors: dict[Any, str] = {}
    for song, reason in windows.errors.items():
        name = new_name[song]
        # A patient may have lost one recording of many: say which.
        before = f"{errors[name]}; " if name in errors else ""
        errors[name] = f"{before}{song}: {reason}"
    marks = windows.marks.take(rows)
    return {
        "values": windows.values[rows],
        "counts": counts.astype(np.intp),
        "song_ids": new_ids,
        "starts": windows.starts[rows],
        "rows": np.arange(windows.n_windows)[rows],
        "window_seconds": windows.window_seconds,
        "sample_rate": windows.sample_rate,
        "feature_names": windows.feature_names,
        "errors": errors,
        "ends": marks.ends,
        "window_weight": marks.weight,
    }


def joined_songs(parts: list[Any]) -> dict[str, Any]:
    """Put the songs of several containers one behind the other.

    Parameters
    ----------
    parts : list of SongWindows
        In memory.

    Returns
    -------
    dict
        Arguments of `SongWindows`.
    """
    if not parts:
        raise ValueError("Got no SongWindows to put together, but expected some.")
    for what in _SHARED:
        first, *others = (getattr(part, what) for part in parts)
        for other in others:
            if not np.array_equal(first, other):
                raise ValueError(
                    f"Got parts whose {what} differ, {first} and {other}, but "
                    "expected windows that were cut and described alike."
                )
    song_ids, errors = _joined_names(parts)
    marks = joined_marks(parts)
    return {
        "values": np.concatenate([part.values for part in parts]),
        "counts": np.concatenate([part.counts for part in parts]),
        "song_ids": song_ids,
        "starts": np.concatenate([part.starts for part in parts]),
        **{what: getattr(parts[0], what) for what in _SHARED[1:]},
        "errors": errors,
        "ends": marks.ends,
        "window_weight": marks.weight,
    }


def joined_marks(parts: Sequence[Any]) -> Marks:
    """Put the marks of several containers one behind the other.

    Parameters
    ----------
    parts : sequence of SongWindows
        In memory.

    Returns
    -------
    Marks
        Of the windows of all.
    """
    own = [part.marks for part in parts]
    if any(marks.ends is not None for marks in own):
        # Of the others too: there they are starts and the window's length.
        own = [Marks(part.ends, part.window_weight) for part in parts]
    return Marks.joined(own, [part.n_windows for part in parts])


def _joined_names(parts: list[Any]) -> tuple[np.ndarray, dict[Any, str]]:
    """Names of all songs, numbers where they only count, and their errors."""
    if all(np.array_equal(part.song_ids, np.arange(len(part))) for part in parts):
        first = np.cumsum([0, *(len(part) for part in parts)])
        errors = {
            int(start) + song: reason
            for start, part in zip(first[:-1], parts, strict=True)
            for song, reason in part.errors.items()
        }
        return np.arange(first[-1]), errors
    names = [name for part in parts for name in part.song_ids.tolist()]
    twice = [name for name, n in Counter(names).items() if n > 1]
    if twice:
        raise ValueError(
            f"Got {len(twice)} names of songs twice, such as {twice[0]!r}, but "
            "expected each song once. If they are parts of one song, give the parts "
            "names of their own and make them one with regroup."
        )
    errors = {}
    for part in parts:
        errors |= part.errors
    return as_ids(names, len(names)), errors
