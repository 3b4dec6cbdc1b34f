"""What X and groups hold: windows, the song of each, and what a row stands for."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils.validation import (
    check_consistent_length,
    column_or_1d,
    validate_data,
)

from skgenre._by_song.numbering import collapse_labels, factorize_groups, sorted_order
from skgenre._wording import listed
from skgenre.windows._song_windows import SongWindows


@dataclass
class Rows:
    """What X holds: windows, the song of each, and what the rows of X are."""

    windows: Any  # what the window classifier gets, one row per window
    codes: np.ndarray  # (n_windows,), the song's number
    song_ids: np.ndarray  # (n_songs,)
    rows_are_songs: bool
    window_shape: tuple[int, ...]
    starts: np.ndarray | None = None  # (n_windows,), seconds
    window_seconds: float | None = None

    @property
    def n_rows(self) -> int:
        """Number of rows of X."""
        return len(self.song_ids) if self.rows_are_songs else len(self.codes)

    @property
    def counts(self) -> np.ndarray:
        """Number of windows of each song."""
        return np.bincount(self.codes, minlength=len(self.song_ids))

    def spread(self, song_values: np.ndarray) -> np.ndarray:
        """Give each row of X the value of its song."""
        return song_values if self.rows_are_songs else song_values[self.codes]

    def by_song(self, row_values: np.ndarray) -> np.ndarray:
        """Give each song the one label of its rows."""
        if self.rows_are_songs:
            return row_values
        return collapse_labels(row_values, self.codes, self.song_ids)

    def warn_unheard(self, stacklevel: int) -> None:
        """Warn of songs without windows, which get the class shares at predict."""
        unheard = self.song_ids[self.counts == 0]
        if len(unheard):
            warnings.warn(
                f"{len(unheard)} of {len(self.song_ids)} songs have no windows and get "
                f"the class shares of the training songs: {listed(unheard)}.",
                UserWarning,
                stacklevel=stacklevel,
            )

    def with_values(self, values: np.ndarray) -> SongWindows:
        """Put other values in the place of the windows, such as probabilities."""
        order = sorted_order(self.codes)
        starts = self.starts
        if order is not None:
            values = values[order]
            starts = None if starts is None else starts[order]
        return SongWindows(
            values,
            self.counts,
            song_ids=self.song_ids,
            starts=starts,
            window_seconds=self.window_seconds,
        )


def read_rows(model: Any, X: Any, groups: Any, *, reset: bool) -> Rows:
    """Read X and groups, and note on the model what they are, or compare with it.

    Parameters
    ----------
    model : GroupVotingClassifier
        Gets `window_shape_`, `n_features_in_` and `feature_names_in_`.
    X : SongWindows, or array-like of shape (n_windows, *window_shape)
        Songs, or windows.
    groups : array-like of shape (n_rows,) or None
        The song of each window; the artist of each song if `X` is a SongWindows.
    reset : bool
        Whether this is fit.

    Returns
    -------
    Rows
        Windows and the song of each.
    """
    if isinstance(X, SongWindows):
        X = X.load()
        if groups is not None:
            check_consistent_length(X, groups)
        if reset:
            # A fit on a table before this one may have left names behind.
            model.__dict__.pop("feature_names_in_", None)
            model.__dict__.pop("n_features_in_", None)
            if len(X.window_shape) == 1:
                model.n_features_in_ = X.window_shape[0]
            model._has_songs = True
            model.window_shape_ = X.window_shape
        check_window_shape(model, X.window_shape)
        return Rows(
            *(X.values, X.groups, X.song_ids, True, X.window_shape),
            starts=X.starts,
            window_seconds=X.window_seconds,
        )
    windows = read_array(model, X, reset=reset)
    window_shape = tuple(windows.shape[1:])
    if reset:
        model._has_songs = groups is not None
    if groups is None:
        if model._has_songs:
            raise ValueError(
                f"This {type(model).__name__} was fitted on songs of many windows, "
                "so it needs groups to know which windows make a song: pass "
                "groups=..., or a SongWindows (SongWindows.from_arrays(X, groups))."
                " scikit-learn's named scorers cannot pass groups to predict: keep "
                "the default scoring, or use SongWindows, with which all work."
            )
        songs = np.arange(windows.shape[0])
        return Rows(windows, songs, songs, True, window_shape)
    codes, song_ids = factorize_groups(groups, windows.shape[0])
    return Rows(windows, codes, song_ids, False, window_shape)


def read_array(model: Any, X: Any, *, reset: bool) -> Any:
    """Check an array of windows, and note on the model what it is.

    Parameters
    ----------
    model : GroupVotingClassifier
        Gets `window_shape_`, `n_features_in_` and `feature_names_in_`.
    X : array-like of shape (n_windows, *window_shape)
        Windows.
    reset : bool
        Whether this is fit.

    Returns
    -------
    array, sparse array or table of shape (n_windows, *window_shape)
        The same.
    """
    if not hasattr(X, "shape"):
        X = np.asarray(X)
    if getattr(getattr(X, "dtype", None), "kind", "f") in "SU":
        raise ValueError(
            "X holds strings. If they are paths of songs, put FrameWindower and "
            "MFCCFeaturizer before this classifier in a Pipeline."
        )
    if len(X.shape) < 2:
        raise ValueError(
            "X must be a SongWindows or an array of windows, (n_windows, "
            f"n_features). Got {type(X).__name__} of shape {X.shape}. Reshape your "
            "data with X.reshape(-1, 1) if it has a single feature or "
            "X.reshape(1, -1) if it is a single window."
        )
    if X.shape[0] == 0:
        raise ValueError(
            f"Found array with 0 sample(s) (shape={X.shape}) while a minimum of 1 "
            "is required: X holds no window."
        )
    if len(X.shape) == 2:
        # Names and number of features are scikit-learn's to keep; the window
        # classifier checks the values.
        validate_data(model, X, skip_check_array=True, reset=reset)
    if reset:
        model.window_shape_ = tuple(X.shape[1:])
    elif len(X.shape) != 2:
        check_window_shape(model, tuple(X.shape[1:]))
    return X


def check_window_shape(model: Any, window_shape: tuple[int, ...]) -> None:
    """Raise if windows differ in shape from those in fit.

    Parameters
    ----------
    model : GroupVotingClassifier
        Has `window_shape_`.
    window_shape : tuple of int
        Shape of one window.
    """
    if window_shape != model.window_shape_:
        raise ValueError(
            f"{type(model).__name__} was fitted on windows of shape "
            f"{model.window_shape_}. Got windows of shape {window_shape}; use the "
            "windower and featurizer that it was fitted with."
        )


def read_labels(X: Any, y: Any, rows: Rows) -> np.ndarray:
    """Check that there is one label per row of X.

    Parameters
    ----------
    X : object
        What `rows` was read from.
    y : array-like of shape (n_rows,)
        Labels.
    rows : Rows
        What X holds.

    Returns
    -------
    array of shape (n_rows,)
        Labels.
    """
    y = np.asarray(y)
    if y.ndim == 2 and y.shape[1] == 1:
        y = column_or_1d(y, warn=True)
    if y.ndim != 1 or len(y) != rows.n_rows:
        unit = "song" if isinstance(X, SongWindows) else "row of X"
        hint = ""
        if isinstance(X, SongWindows) and y.shape == (len(rows.codes),):
            hint = " It looks like one per window; use X.collapse(y)."
        raise ValueError(
            f"y must have one label per {unit}: expected shape ({rows.n_rows},). "
            f"Got shape {y.shape}.{hint}"
        )
    if y.dtype.kind == "f" and not np.isfinite(y).all():
        raise ValueError("Input y contains infinity or NaN, but expected labels.")
    return y
