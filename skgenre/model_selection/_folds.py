"""Folds of songs that are checked before anything is fitted."""

import warnings
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, check_cv

from skgenre._wording import listed


def checked_splits(
    cv: Any, X: Any, y: np.ndarray, groups: np.ndarray | None, seed: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    if isinstance(cv, Integral):
        kind = StratifiedKFold if groups is None else StratifiedGroupKFold
        cv = kind(int(cv), shuffle=True, random_state=seed)
    cv = check_cv(cv, y, classifier=True)
    rows = np.arange(len(y))
    with warnings.catch_warnings():
        # Said below, fold by fold, for every splitter.
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        splits = [
            (rows[train], rows[test])
            for train, test in cv.split(np.zeros((len(y), 1)), y, groups)
        ]
    if not splits:
        raise ValueError(f"Got cv={cv!r}, which makes no split.")
    tests = np.bincount(np.concatenate([t for _, t in splits]), minlength=len(y))
    if tests.max() > 1:
        raise ValueError(
            f"Got cv={cv!r}, which tests song {tests.argmax()} {tests.max()} times, "
            "but expected each to be tested once at most: the intervals take songs for "
            "independent. Compare once per repetition instead."
        )
    untested: dict[Any, list[int]] = {}
    for number, (train, test) in enumerate(splits):
        if len(test) == 0:
            raise ValueError(f"Fold {number} tests no song at all. Take fewer folds.")
        _check_fold(number, y[train], y[test], y, groups)
        for label in sorted(set(y.tolist()) - set(y[test].tolist())):
            untested.setdefault(label, []).append(number)
    if untested and len(splits) > 1:
        lost = "; ".join(
            f"{label!r} in fold {listed(folds)}" for label, folds in untested.items()
        )
        warnings.warn(
            f"No song is tested of class {lost}. Balanced accuracy and macro F1 "
            "leave the class out there. Take fewer folds, or StratifiedGroupKFold.",
            UserWarning,
            stacklevel=3,
        )
    return splits


def _check_fold(number, y_train, y_test, y, groups) -> None:
    lost = sorted(set(y_test.tolist()) - set(y_train.tolist()))
    if not lost:
        return
    label = lost[0]
    members = y == label
    if members.sum() == 1:
        fix = "There is one such song in all; add songs or leave the class out."
    elif groups is not None and len(set(groups[members].tolist())) == 1:
        only = groups[members].tolist()[0]
        fix = (
            f"All are of one group, {only!r}, so no split by groups can both train and "
            "test the class. Add songs of others, or leave groups out."
        )
    else:
        fix = "Take StratifiedGroupKFold(shuffle=True), or fewer folds."
    raise ValueError(
        f"Fold {number} would test songs of class {label!r}, of which none is in its "
        f"training side. {fix}"
    )
