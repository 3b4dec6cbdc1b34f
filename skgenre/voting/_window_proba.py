"""What a fitted classifier says of windows: probabilities, columns by class."""

from typing import Any

import numpy as np
from scipy.special import expit, softmax

# Windows in a file are classified so many at a time.
BLOCK_BYTES = 2**25


def window_proba(fitted: Any, windows: Any) -> np.ndarray:
    """Probabilities of windows, by `predict_proba` or else `decision_function`.

    Parameters
    ----------
    fitted : classifier
        Fitted on windows.
    windows : array of shape (n_windows, *window_shape)
        At least one.

    Returns
    -------
    float array of shape (n_windows, n_classes)
        Columns as in the classifier's `classes_`.
    """
    size = BLOCK_BYTES // windows[:1].nbytes if isinstance(windows, np.memmap) else 0
    if 0 < size < len(windows):
        # A classifier may copy what it gets, to float64 and more than once: windows
        # that stay in their file for their size go there piece by piece.
        parts = [
            _window_proba(fitted, windows[first : first + size])
            for first in range(0, len(windows), size)
        ]
        proba = np.concatenate(parts)
    else:
        proba = _window_proba(fitted, windows)
    expected = (windows.shape[0], len(fitted.classes_))
    if proba.shape != expected or not np.isfinite(proba).all():
        raise ValueError(
            f"{type(fitted).__name__} must give finite probabilities of "
            f"shape {expected}. Got shape {proba.shape}, "
            f"{int(np.sum(~np.isfinite(proba)))} of them not finite."
        )
    return proba


def _window_proba(fitted: Any, windows: Any) -> np.ndarray:
    if hasattr(fitted, "predict_proba"):
        proba = np.asarray(fitted.predict_proba(windows))
        # scikeras drops the axis of a single row.
        return proba[None] if proba.ndim == 1 and windows.shape[0] == 1 else proba
    scores = np.asarray(fitted.decision_function(windows))
    if scores.ndim == 1:
        return np.column_stack([expit(-scores), expit(scores)])
    return softmax(scores, axis=1)


def align(proba: np.ndarray, known: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Put columns in the order of all classes; 0 for a class that is not known.

    Parameters
    ----------
    proba : float array of shape (n_rows, n_known)
        Probabilities.
    known : array of shape (n_known,)
        The label of each column.
    classes : array of shape (n_classes,)
        All labels, sorted.

    Returns
    -------
    float array of shape (n_rows, n_classes)
        Probabilities.
    """
    if np.array_equal(known, classes):
        return proba
    full = np.zeros((len(proba), len(classes)), proba.dtype)
    full[:, np.searchsorted(classes, known)] = proba
    return full
