"""Which songs a model hears anything of: those with windows, that can be read."""

import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skgenre.features import FunctionFeaturizer
from skgenre.windows import FrameWindower, SongWindows
from skgenre.windows._windowers import windowers_in


def heard_songs(models: Iterable[Any], X: Any, *, n_jobs: int | None) -> np.ndarray:
    """Find the songs that have windows in all models.

    A song that cannot be read has no windows. A model gives it the class shares, which
    are no verdict, and a model that is made of several does not even say so. So songs
    are cut into windows once before anything is fitted, by each kind of windower that
    the models hold, and nothing but the number of windows is kept.

    Parameters
    ----------
    models : iterable of estimator
        Not fitted, and not changed.
    X : SongWindows, sequence of songs or what else the models take
        One row a song.
    n_jobs : int or None
        Songs at a time.

    Returns
    -------
    bool array of shape (n_songs,)
        True for all songs where neither `X` nor a model cuts windows.
    """
    if isinstance(X, SongWindows):
        # Windows of audio are read one song at a time, and not kept.
        measured = X if X.source.is_measured else _read(X, n_jobs=n_jobs)
        return measured.counts > 0
    n_songs = X.shape[0] if hasattr(X, "shape") else len(X)
    heard = np.ones(n_songs, dtype=bool)
    for windower in _windowers(models):
        heard &= _counts(windower, X, n_jobs=n_jobs) > 0
    return heard


def _windowers(models: Iterable[Any]) -> list[FrameWindower]:
    """Windowers that may give a song no windows, one of each kind."""
    found = {
        repr(sorted(windower.get_params().items())): windower
        for windower in windowers_in(list(models))
        if _may_leave_out(windower)
    }
    return list(found.values())


def _may_leave_out(windower: FrameWindower) -> bool:
    # Such a windower gives each song a window, or raises, as it does in the first fit.
    strict = windower.on_error == "raise" and windower.short != "drop"
    return not strict or windower.silence_db is not None


def _counts(windower: FrameWindower, X: Any, *, n_jobs: int | None) -> np.ndarray:
    """Number of windows of each song, (n_songs,)."""
    # Another one, as errors_ of the user's is of the songs that the user transformed.
    own = FrameWindower(**windower.get_params())
    return _read(own.fit_transform(X), n_jobs=n_jobs).counts


def _read(windows: SongWindows, *, n_jobs: int | None) -> SongWindows:
    """Read all songs, and keep nothing but how many windows each has."""
    with warnings.catch_warnings():
        # Who has no windows is said by the caller, with what follows from it.
        warnings.simplefilter("ignore", UserWarning)
        return FunctionFeaturizer(_nothing, n_jobs=n_jobs).fit_transform(windows)


def _nothing(windows: NDArray[np.floating]) -> NDArray[np.floating]:
    """One number for each window, which costs nothing."""
    return np.zeros((len(windows), 1), np.float32)
