"""What a fitted classifier says of windows: probabilities, columns by class."""

from typing import Any

import numpy as np
from scipy.special import expit, softmax

from skgenre.voting._rules import check_window_proba

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
    if proba.shape != expected:
        raise ValueError(
            f"{type(fitted).__name__} must give probabilities of shape {expected}. "
            f"Got shape {proba.shape}."
        )
    # A classifier that was fitted on one class has one column, which must be 1.
    if proba.shape[1] > 1:
        check_window_proba(proba, what=f"What {type(fitted).__name__} says of windows")
    return proba


def _window_proba(fitted: Any, windows: Any) -> np.ndarray:
    if hasattr(fitted, "predict_proba"):
        proba = np.asarray(fitted.predict_proba(windows))
        # scikeras drops the axis of a single row.
        return proba[None] if proba.ndim == 1 and windows.shape[0] == 1 else proba
    scores = np.asarray(fitted.decision_function(windows))
    if scores.ndim == 1:
        return np.column_stack([expit(-scores), expit(scores)])
    # keras.wrappers.SKLearnClassifier calls probabilities decisions.
    if (scores >= 0).all() and np.allclose(scores.sum(axis=1), 1, atol=1e-3):
        return scores
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
