"""The classifier of windows: fitted, cached, and its out-of-fold probabilities."""

import hashlib
import pickle
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import joblib
import numpy as np
from sklearn.base import clone

from skgenre._content_hash import NoFingerprintError, fingerprint
from skgenre._memory import Sealed, recall, sealed, usable_memory
from skgenre.voting._inner_folds import whole_songs
from skgenre.voting._window_proba import align, window_proba


@dataclass(frozen=True)
class WindowData:
    """Windows, their labels, and what else the classifier's fit takes.

    Parameters
    ----------
    windows : array, sparse array or table of shape (n_windows, *window_shape)
        Windows.
    y : array of shape (n_windows,)
        The label of each window.
    arguments : dict of str to array of shape (n_windows,)
        Weights and groups, by the names that fit has for them.
    groups : int array of shape (n_windows,) or None
        What no split inside the classifier may divide: the song, or artist, of each
        window; None where each window is a song.
    labels : array of shape (n_classes,) or None
        What the numbers in `y` stand for, where the classifier knows numbers only.
    further : dict of str to object
        What else fit takes, the same for any part of the windows.
    """

    windows: Any
    y: np.ndarray
    arguments: dict[str, np.ndarray]
    groups: np.ndarray | None = None
    labels: np.ndarray | None = None
    further: dict[str, Any] = field(default_factory=dict)

    def take(self, rows: np.ndarray) -> "WindowData":
        """Return some of the windows with all that belongs to them."""
        return replace(
            self,
            windows=take_rows(self.windows, rows),
            y=self.y[rows],
            arguments={name: values[rows] for name, values in self.arguments.items()},
            groups=None if self.groups is None else self.groups[rows],
        )

    def fit(self, estimator: Any) -> Any:
        """Fit a clone of a classifier, whose own folds keep songs whole."""
        fitted = clone(estimator)
        if self.groups is None:
            return fitted.fit(self.windows, self.y, **self.arguments, **self.further)
        with whole_songs(fitted, self.y, self.groups):
            return fitted.fit(self.windows, self.y, **self.arguments, **self.further)

    def classes_of(self, fitted: Any) -> np.ndarray:
        """Labels of a fitted classifier's columns."""
        classes = np.asarray(fitted.classes_)
        return classes if self.labels is None else self.labels[classes]


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

    def __getstate__(self) -> dict[str, Any]:
        """State with the classifier itself: a pickle within would hide what it is."""
        return {"fitted": self.fitted, "classes": self.classes, "key": self.key}

    def __setstate__(self, state: dict[str, Any]) -> None:
        # Nothing else of what it may say: a pickle in it would be run.
        fitted, classes, key = (state[name] for name in ("fitted", "classes", "key"))
        self.__init__(fitted, classes, key=key)  # type: ignore[misc]


class WindowFit:
    """Fits a classifier of windows and remembers it, if there is a memory.

    Parameters
    ----------
    estimator : classifier
        Not changed.
    data : WindowData
        What it learns from.
    memory : str, path, joblib.Memory or None
        Where results are kept.
    """

    def __init__(self, estimator: Any, data: WindowData, *, memory: Any) -> None:
        self.estimator = estimator
        self.data = data
        self.memory = usable_memory(memory, stacklevel=5)
        self.key = ""  # fingerprint of all that the result depends on
        if self.memory is not None:
            try:
                content = fingerprint(*vars(data).values())
                self.key = fingerprint(estimator, content)
            except NoFingerprintError as error:
                warnings.warn(
                    f"Nothing of {type(estimator).__name__} is kept in memory=..., "
                    f"since it cannot be told from others like it ({error}). Set "
                    "memory=None, or let it make what it holds when it is fitted.",
                    UserWarning,
                    stacklevel=4,
                )
                self.memory = None

    def model(self) -> WindowModel:
        """Fit a clone of the classifier, or take it from the memory."""
        if self.memory is None:
            fitted = self.data.fit(self.estimator)
            return WindowModel(fitted, self.data.classes_of(fitted))
        load = self.memory.cache(
            _pickled_fit,
            ignore=["estimator", "data", "made", "fresh"],
            # A compressed file cannot be mapped.
            mmap_mode=None if getattr(self.memory, "compress", None) else "r",
        )
        made: list[Any] = []
        try:
            pickled, classes = _recall(load, self.key, self.estimator, self.data, made)
        except _NotCachedError as error:
            warnings.warn(
                f"The fitted {type(self.estimator).__name__} cannot be kept in "
                f"memory=..., because it cannot be pickled ({error}); it will be "
                "fitted again.",
                UserWarning,
                stacklevel=4,
            )
            return WindowModel(made[0], self.data.classes_of(made[0]))
        return WindowModel(
            made[0] if made else None,
            np.array(classes),
            key=self.key,
            pickled=None if made else pickled,
        )

    def out_of_fold(
        self,
        *,
        codes: np.ndarray,
        folds: list[tuple[np.ndarray, np.ndarray]],
        classes: np.ndarray,
        n_jobs: int | None,
    ) -> np.ndarray:
        """Probabilities of each window by a classifier that saw no window of its song.

        Parameters
        ----------
        codes : int array of shape (n_windows,)
            The song's number for each window.
        folds : list of (train, test)
            Numbers of songs.
        classes : array of shape (n_classes,)
            The label of each column wanted.
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
            joblib.delayed(_run_fold)(self, train, test) for train, test in rows
        )
        proba = np.zeros((len(codes), len(classes)))
        for (_, test), (part, known) in zip(rows, parts, strict=True):
            proba[test] = align(part, known, classes)
        return proba


def remembered_proba(model: WindowModel, windows: Any, *, memory: Any) -> np.ndarray:
    """Probabilities of a fitted classifier, or from the memory.

    Parameters
    ----------
    model : WindowModel
        Fitted.
    windows : array of shape (n_windows, *window_shape)
        At least one.
    memory : str, path, joblib.Memory or None
        Where results are kept.

    Returns
    -------
    float array of shape (n_windows, n_classes)
        Columns as in the model's `classes`.
    """
    kept = usable_memory(memory, stacklevel=5) if model.key else None
    if kept is None:
        return window_proba(model.fitted, windows)
    load = kept.cache(_proba_of, ignore=["model", "windows", "fresh"])
    return _recall(load, fingerprint(model.key, windows), model, windows)[0]


def _run_fold(fits: WindowFit, train: np.ndarray, test: np.ndarray) -> tuple:
    if fits.memory is None:
        return _fit_and_judge(fits.estimator, fits.data, train, test)
    key = fingerprint(
        fits.key,
        hashlib.md5(train.tobytes(), usedforsecurity=False).hexdigest(),
        hashlib.md5(test.tobytes(), usedforsecurity=False).hexdigest(),
    )
    load = fits.memory.cache(
        _fold_proba, ignore=["estimator", "data", "train", "test", "fresh"]
    )
    return _recall(load, key, fits.estimator, fits.data, train, test)


def _fit_and_judge(
    estimator: Any, data: WindowData, train: np.ndarray, test: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    fitted = data.take(train).fit(estimator)
    tested = take_rows(data.windows, test)
    return window_proba(fitted, tested), data.classes_of(fitted)


# What the memory keeps: it knows a result by the function and `key` alone.


def _recall(load: Any, key: str, *arguments: Any) -> tuple[Any, Any]:
    """Take a result from the memory, or compute it; say what was damaged."""
    value, beside, damaged = recall(load, key, *arguments)
    if damaged:
        warnings.warn(
            "A result in memory=... was damaged, or another's; it is computed again.",
            UserWarning,
            stacklevel=5,
        )
    return value, beside


def _fold_proba(
    key: str,
    estimator: Any,
    data: WindowData,
    train: np.ndarray,
    test: np.ndarray,
    fresh: list[Any],
) -> Sealed:
    fresh.append(_fit_and_judge(estimator, data, train, test))
    return sealed(key, *fresh[0])


def _pickled_fit(
    key: str, estimator: Any, data: WindowData, made: list[Any], fresh: list[Any]
) -> Sealed:
    fitted = data.fit(estimator)
    made.append(fitted)  # for the caller, who need not unpickle it
    try:
        # Unlike plain pickle it takes lambdas, by their code.
        kept = joblib.wrap_non_picklable_objects(fitted, keep_wrapper=False)
        pickled = pickle.dumps(kept, protocol=pickle.HIGHEST_PROTOCOL)
    except (TypeError, AttributeError, pickle.PicklingError) as error:
        raise _NotCachedError(str(error)) from error
    fresh.append((np.frombuffer(pickled, np.uint8), data.classes_of(fitted)))
    return sealed(key, *fresh[0])


def _proba_of(key: str, model: WindowModel, windows: Any, fresh: list[Any]) -> Sealed:
    fresh.append((window_proba(model.fitted, windows), None))
    return sealed(key, *fresh[0])


class _NotCachedError(Exception):
    """The result is there, but it cannot be kept."""


def take_rows(windows: Any, rows: np.ndarray) -> Any:
    """Take some rows of an array, sparse array or table.

    Parameters
    ----------
    windows : array, sparse array or table of shape (n_windows, *window_shape)
        Windows.
    rows : int array of shape (n_rows,)
        Which of them.

    Returns
    -------
    array, sparse array or table of shape (n_rows, *window_shape)
        In that order.
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
