"""The classifier of windows: fitted, cached, and its out-of-fold probabilities."""

import hashlib
import os
import pickle
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import joblib
import numpy as np
from scipy.special import expit, softmax
from sklearn.base import clone
from sklearn.utils.validation import check_memory

from skgenre.voting._content_hash import fingerprint

# Windows in a file are classified so many at a time.
BLOCK_BYTES = 2**25


class WindowModel:
    """A fitted classifier of windows, unpickled only when it is asked for.

    A search that finds a fold's probabilities in the memory never needs the classifier
    itself, which may be large.

    Parameters
    ----------
    fitted : classifier or None
        The classifier, if it is at hand.
    classes : array of shape (n_classes,)
        Its labels.
    key : str, default=""
        Fingerprint of all that it was fitted with, if known.
    pickled : uint8 array or None, default=None
        The classifier's pickle, if it is not at hand.
    """

    def __init__(
        self, fitted: Any, classes: Any, *, key: str = "", pickled: Any = None
    ) -> None:
        self._fitted = fitted
        self.classes = classes
        self.key = key
        self._pickled = pickled

    @property
    def fitted(self) -> Any:
        """The classifier."""
        if self._fitted is None:
            self._fitted = pickle.loads(self._pickled)
            self._pickled = None
        return self._fitted


class WindowFit:
    """Fits classifiers of windows and remembers them, if there is a memory.

    Parameters
    ----------
    memory : str, path, joblib.Memory or None
        Where results are kept.
    """

    def __init__(self, memory: Any) -> None:
        self.memory = None
        if memory is not None:
            if isinstance(memory, os.PathLike):
                memory = os.fspath(memory)
            self.memory = check_memory(memory)

    def key(self, *objects: Any) -> str:
        """Fingerprint of what a result depends on; empty without a memory."""
        return "" if self.memory is None else fingerprint(*objects)

    def fit(
        self, estimator: Any, windows: Any, y: Any, extra: dict, key: str
    ) -> WindowModel:
        """Fit a clone of the classifier, or take it from the memory."""
        if self.memory is None:
            fitted = clone(estimator).fit(windows, y, **extra)
            return WindowModel(fitted, fitted.classes_)
        load = self.memory.cache(
            _pickled_fit,
            ignore=["estimator", "windows", "y", "extra", "fresh"],
            # Not read before it is used; a compressed file cannot be mapped.
            mmap_mode=None if getattr(self.memory, "compress", None) else "r",
        )
        fresh: list[Any] = []
        try:
            pickled, classes = load(key, estimator, windows, y, extra, fresh)
        except _NotCachedError as error:
            warnings.warn(
                f"The fitted {type(estimator).__name__} cannot be kept in memory=..., "
                f"because it cannot be pickled ({error}); it will be fitted again.",
                UserWarning,
                stacklevel=4,
            )
            return WindowModel(fresh[0], fresh[0].classes_)
        fitted = fresh[0] if fresh else None
        return WindowModel(
            fitted,
            np.array(classes),
            key=key,
            pickled=None if fresh else np.asarray(pickled),
        )

    def predict(self, model: WindowModel, windows: Any) -> np.ndarray:
        """Probabilities of a fitted classifier, or from the memory."""
        if not model.key or self.memory is None:
            return window_proba(model.fitted, windows)
        load = self.memory.cache(_proba_of, ignore=["model", "windows"])
        return load(fingerprint(model.key, windows), model, windows)

    def out_of_fold(
        self,
        estimator: Any,
        windows: Any,
        y: np.ndarray,
        extra: dict,
        *,
        codes: np.ndarray,
        folds: list[tuple[np.ndarray, np.ndarray]],
        classes: np.ndarray,
        key: str,
        n_jobs: int | None,
    ) -> np.ndarray:
        """Probabilities of each window by a classifier that saw no window of its song.

        Parameters
        ----------
        estimator : classifier
            Not fitted.
        windows : array of shape (n_windows, *window_shape)
            Windows.
        y : array of shape (n_windows,)
            The label of each window.
        extra : dict of str to array of shape (n_windows,)
            Weights and groups for fit.
        codes : int array of shape (n_windows,)
            The song's number for each window.
        folds : list of (train, test)
            Numbers of songs.
        classes : array of shape (n_classes,)
            The label of each column wanted.
        key : str
            Fingerprint of the estimator and the data.
        n_jobs : int or None
            Folds at a time.

        Returns
        -------
        float array of shape (n_windows, n_classes)
            Probabilities.
        """
        n_songs = int(codes.max()) + 1
        rows = [
            (_rows_of(train, codes, n_songs), _rows_of(test, codes, n_songs))
            for train, test in folds
        ]
        rows = [(train, test) for train, test in rows if len(test)]
        parts = joblib.Parallel(n_jobs=n_jobs)(
            joblib.delayed(_run_fold)(
                self, estimator, windows, y, extra, train, test, classes, key
            )
            for train, test in rows
        )
        proba = np.zeros((len(codes), len(classes)))
        for (_, test), part in zip(rows, parts, strict=True):
            proba[test] = part
        return proba


def _run_fold(fits, estimator, windows, y, extra, train, test, classes, key):
    load = _fold_proba
    if fits.memory is not None:
        key = fingerprint(
            key,
            hashlib.md5(train.tobytes(), usedforsecurity=False).hexdigest(),
            hashlib.md5(test.tobytes(), usedforsecurity=False).hexdigest(),
        )
        load = fits.memory.cache(
            _fold_proba,
            ignore=["estimator", "windows", "y", "extra", "train", "test"],
        )
    proba, known = load(key, estimator, windows, y, extra, train, test)
    return align(proba, known, classes)


def _fold_proba(key, estimator, windows, y, extra, train, test):
    del key
    extra = {name: values[train] for name, values in extra.items()}
    fitted = clone(estimator).fit(take(windows, train), y[train], **extra)
    return window_proba(fitted, take(windows, test)), np.asarray(fitted.classes_)


def _pickled_fit(key, estimator, windows, y, extra, fresh):
    del key
    fitted = clone(estimator).fit(windows, y, **extra)
    fresh.append(fitted)  # for the caller, who need not unpickle it
    try:
        # Unlike plain pickle it takes lambdas, by their code.
        kept = joblib.wrap_non_picklable_objects(fitted, keep_wrapper=False)
        pickled = pickle.dumps(kept, protocol=pickle.HIGHEST_PROTOCOL)
    except (TypeError, AttributeError, pickle.PicklingError) as error:
        raise _NotCachedError(str(error)) from error
    return np.frombuffer(pickled, dtype=np.uint8), np.asarray(fitted.classes_)


def _proba_of(key, model, windows):
    del key
    return window_proba(model.fitted, windows)


class _NotCachedError(Exception):
    """The result is there, but it cannot be kept."""


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


def take(windows: Any, rows: np.ndarray) -> Any:
    """Some rows of an array, sparse array or table.

    Parameters
    ----------
    windows : array, sparse array or table of shape (n_windows, ...)
        Windows.
    rows : int array of shape (n_rows,)
        Positions.

    Returns
    -------
    array, sparse array or table of shape (n_rows, ...)
        The rows.
    """
    if hasattr(windows, "iloc"):
        return windows.iloc[rows]
    if not hasattr(windows, "__getitem__"):  # sparse, by coordinates
        windows = windows.tocsr()
    return windows[rows]


def _rows_of(songs: np.ndarray, codes: np.ndarray, n_songs: int) -> np.ndarray:
    chosen = np.zeros(n_songs, dtype=bool)
    chosen[songs[songs < n_songs]] = True
    return np.flatnonzero(chosen[codes])


@contextmanager
def phase(verbose: bool, name: str) -> Iterator[None]:
    """Print a line with the seconds that something took.

    Parameters
    ----------
    verbose : bool
        Whether to print.
    name : str
        What is done.

    Yields
    ------
    None
        While it is done.
    """
    start = time.perf_counter()
    yield
    if verbose:
        seconds = time.perf_counter() - start
        print(f"[GroupVotingClassifier] {name}: {seconds:.2f} s")  # noqa: T201
