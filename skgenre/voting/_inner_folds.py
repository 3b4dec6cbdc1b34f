"""Folds inside a classifier of windows, which must not divide a song either.

A search, a calibration or a stack inside the vote sees windows. Split at random,
windows of one song would be on both sides, and its choice would be made for that.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.ensemble import VotingClassifier
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import Pipeline
from sklearn.utils.metadata_routing import get_routing_for_object

from skgenre._sklearn import BaseSearchCV

_DEFAULT_FOLDS = 5  # what scikit-learn takes for cv=None


@contextmanager
def whole_songs(estimator: Any, y: np.ndarray, groups: np.ndarray) -> Iterator[None]:
    """Let every `cv` of an estimator keep songs whole, while it is fitted.

    Parameters
    ----------
    estimator : classifier
        Changed meanwhile: a number of folds becomes as many folds of whole songs, a
        splitter by groups the folds that it makes of them.
    y : array of shape (n_windows,)
        The label of each window.
    groups : int array of shape (n_windows,)
        The song, or artist, of each window.

    Yields
    ------
    None
        While it is fitted.
    """
    before = {}
    for name, owner in _with_folds(estimator):
        cv = owner.cv
        folds = _folds_by_song(owner, cv, y, groups)
        if folds is not None:
            before[name] = cv
            estimator.set_params(**{name: folds})
    try:
        yield
    finally:
        # A fitted search shall show the cv that it was given.
        if before:
            estimator.set_params(**before)


def _with_folds(estimator: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Parts that are fitted on all windows and split them by a `cv` of their own."""
    if isinstance(estimator, Pipeline):
        parts = estimator.steps
    elif isinstance(estimator, VotingClassifier):
        parts = estimator.estimators
    else:
        parts = []
    for name, part in parts:
        yield from _with_folds(part, f"{prefix}{name}__")
    if not parts and hasattr(estimator, "get_params"):
        params = estimator.get_params(deep=True)
        if "cv" in params:
            yield f"{prefix}cv", estimator
        inner = [name for name, value in params.items() if _splits_rows(name, value)]
        if inner and not getattr(estimator, "keeps_songs_whole", False):
            warnings.warn(
                f"{type(estimator).__name__} fits parts that have a cv of their own "
                f"({', '.join(inner)}) on some of the windows: there, windows of one "
                "song may be on both sides of a split. Put the part with the cv "
                "outermost, or take cv=StratifiedGroupKFold(...) with metadata "
                "routing.",
                UserWarning,
                stacklevel=2,
            )


def _splits_rows(name: str, value: Any) -> bool:
    is_number = value is None or isinstance(value, Integral)
    return name.endswith("__cv") and is_number and not isinstance(value, bool)


def _folds_by_song(
    owner: Any, cv: Any, y: np.ndarray, groups: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray]] | None:
    """Folds of windows by whole songs; None where `cv` stays as it is."""
    what = f"{type(owner).__name__} inside the vote"
    if cv is None or (isinstance(cv, Integral) and not isinstance(cv, bool)):
        wanted = _DEFAULT_FOLDS if cv is None else int(cv)
        fewest = min(
            len(np.unique(groups[y == label])) for label in np.unique(y).tolist()
        )
        if fewest < 2:
            warnings.warn(
                f"{what} has cv={cv!r}, but a class has one song (artist) only, so its "
                "folds divide the windows of that song. Add songs, or leave the class "
                "out.",
                UserWarning,
                stacklevel=5,
            )
            return None
        splitter = StratifiedGroupKFold(min(wanted, fewest))
        return list(splitter.split(groups, y, groups))
    if not hasattr(cv, "split"):
        return None  # folds of the user's own, or "prefit"
    if get_routing_for_object(cv).consumes("split", ["groups"]):
        # A search gets groups in fit and splits by itself.
        if isinstance(owner, BaseSearchCV):
            return None
        return list(cv.split(groups, y, groups))
    warnings.warn(
        f"{what} has cv={cv!r}, which puts windows of one song on both sides of a "
        "split: what it finds best may only be best at recognising songs. Give it a "
        "number of folds, or cv=StratifiedGroupKFold(...).",
        UserWarning,
        stacklevel=5,
    )
    return None
