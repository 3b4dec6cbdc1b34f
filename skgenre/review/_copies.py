"""Look for copies of one recording, as long or as short as songs are."""

from typing import Any, Literal

import numpy as np

from skgenre.datasets import survey_songs
from skgenre.model_selection import Duplicates, find_duplicates

# Half of a song that is shorter than twice what find_duplicates wants of it in common.
_SHORT_SECONDS = 10.0
# Of clips, of which many hold a second of sound only. As chance agrees more often in
# less, they must agree more. Measured on ESC-10, 400 clips of 5 s, with 60 copies: what
# is found beside copies are two pairs that run together for 4 s, at 0.69 and 0.79. In
# 0.6 s, chance gave 0.47 among 268 spoken sentences of 2 s, and below 0.4 in 1 s.
_SHORT: dict[str, Any] = {"min_overlap_seconds": 1.0, "min_similarity": 0.5}


def find_copies(
    songs: Any,
    *,
    max_seconds: float | None = None,
    on_error: Literal["raise", "warn"] = "warn",
    isolate: bool = False,
    n_jobs: int | None = None,
    verbose: int = 0,
) -> Duplicates:
    """Find songs that are the same recording, clips of few seconds too.

    Parameters
    ----------
    songs : sequence of paths or of what else stands for songs
        As of `find_duplicates`.
    max_seconds : float or None, default=None
        Only so much of each song's start.
    on_error : {"raise", "warn"}, default="warn"
        As of `find_duplicates`.
    isolate : bool, default=False
        Whether files are decoded in processes of their own.
    n_jobs : int or None, default=None
        Songs at a time.
    verbose : int, default=0
        Whether to show bars.

    Returns
    -------
    Duplicates
        Pairs and groups.

    Notes
    -----
    Songs of which a second of sound is in common are found, and no shorter ones unless
    they are equal to the last sample: in less, chance agrees as well as copies do.

    """
    are_short = _are_short(songs, isolate=isolate, n_jobs=n_jobs)
    limits: dict[str, Any] = _SHORT if are_short else {}
    return find_duplicates(
        songs,
        max_seconds=max_seconds,
        on_error=on_error,
        isolate=isolate,
        n_jobs=n_jobs,
        verbose=verbose,
        **limits,
    )


def _are_short(songs: Any, *, isolate: bool, n_jobs: int | None) -> bool:
    """Whether half of the songs are clips; what cannot be read is said elsewhere."""
    survey = survey_songs(songs, decode=False, isolate=isolate, n_jobs=n_jobs)
    seconds = survey.seconds
    known = seconds[np.isfinite(seconds)]
    return len(known) > 0 and float(np.median(known)) < _SHORT_SECONDS
