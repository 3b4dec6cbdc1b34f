"""What X and groups hold: windows, the song of each, and what a row stands for."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from sklearn.utils.validation import check_consistent_length, validate_data

from skgenre._arrays import as_plain
from skgenre._by_song.marks import Marks, counted_songs
from skgenre._by_song.numbering import (
    as_names,
    collapse_labels,
    factorize_groups,
    number_groups,
    sorted_order,
)
from skgenre.windows._checks import GET_CLASS_SHARES, warn_unheard, warn_weightless
from skgenre.windows._song_windows import SongWindows


@dataclass(frozen=True)
class SongInput:
    """What X and groups hold; nothing is changed once it is read.

    Parameters
    ----------
    windows : array, sparse array or table of shape (n_windows, *window_shape)
        What a classifier of windows gets.
    codes : int array of shape (n_windows,)
        The song's number for each window.
    song_ids : array of shape (n_songs,)
        The songs' names.
    is_song_windows : bool
        Whether X is a `SongWindows`.
    has_songs : bool
        Whether X or groups say which windows make a song. If not, each row of X is a
        song of one window.
    artists : array of shape (n_songs,) or None
        The artist of each song.
    starts : array of shape (n_windows,) or None
        Seconds.
    window_seconds : float or None
        Length of every window.
    feature_names : array of str of shape (n_features,) or None
        Names of the columns of windows that are vectors, where a `SongWindows` has any.
    marks : Marks
        Where windows end, and how much they count in a vote.
    """

    windows: Any
    codes: np.ndarray
    song_ids: np.ndarray
    is_song_windows: bool = False
    has_songs: bool = False
    artists: np.ndarray | None = None
    starts: np.ndarray | None = None
    window_seconds: float | None = None
    feature_names: np.ndarray | None = None
    marks: Marks = field(default_factory=Marks)

    @property
    def rows_are_songs(self) -> bool:
        """Whether a row of X is a song, not one of its windows."""
        return self.is_song_windows or not self.has_songs

    @property
    def n_songs(self) -> int:
        """Number of songs."""
        return len(self.song_ids)

    @property
    def n_rows(self) -> int:
        """Number of rows of X."""
        return self.n_songs if self.rows_are_songs else len(self.codes)

    @property
    def window_shape(self) -> tuple[int, ...]:
        """Shape of one window."""
        return tuple(self.windows.shape[1:])

    @cached_property
    def counts(self) -> np.ndarray:
        """Number of windows of each song, (n_songs,)."""
        return np.bincount(self.codes, minlength=self.n_songs)

    @property
    def heard(self) -> np.ndarray:
        """Which songs have windows, bool (n_songs,)."""
        return self.counts > 0

    @property
    def counted(self) -> np.ndarray:
        """Which songs have windows that count in a vote, bool (n_songs,)."""
        return counted_songs(self.codes, self.n_songs, self.marks.weight)

    def of_rows(self, song_values: np.ndarray) -> np.ndarray:
        """Give each row of X the value of its song."""
        return song_values if self.rows_are_songs else song_values[self.codes]

    def of_songs(self, row_values: np.ndarray) -> np.ndarray:
        """Give each song the one label of its rows."""
        if self.rows_are_songs:
            return row_values
        return collapse_labels(row_values, self.codes, self.song_ids)

    def of_windows(self, row_values: np.ndarray) -> np.ndarray:
        """Give each window the value of its row."""
        return row_values[self.codes] if self.rows_are_songs else row_values

    def mean_of_songs(self, row_values: np.ndarray) -> np.ndarray:
        """Give each song the mean of its rows' numbers."""
        if self.rows_are_songs:
            return row_values
        return np.bincount(self.codes, weights=row_values) / self.counts

    def group_of_windows(self) -> np.ndarray:
        """Number of what no split may divide, for each window: artist, or else song."""
        if self.artists is None:
            return self.codes
        return number_groups(self.artists, self.n_songs)[self.codes]

    def with_values(self, values: np.ndarray) -> SongWindows:
        """Put other values in the place of the windows, such as probabilities."""
        order = sorted_order(self.codes)
        starts, marks = self.starts, self.marks
        if order is not None:
            values = values[order]
            starts = None if starts is None else starts[order]
            marks = marks.take(order)
        return SongWindows(
            values,
            self.counts,
            song_ids=self.song_ids,
            starts=starts,
            window_seconds=self.window_seconds,
            ends=marks.ends,
            window_weight=marks.weight,
        )

    def without_windows(self, window_shape: tuple[int, ...]) -> SongWindows:
        """Leave all windows away, of which there would be some of another shape."""
        nothing = np.zeros((0, *window_shape))
        return SongWindows(nothing, np.zeros(self.n_songs, dtype=np.intp))

    def warn_unheard(self, stacklevel: int) -> None:
        """Warn of songs without windows, which get the class shares at predict."""
        warn_unheard(
            self.song_ids, self.heard, fate=GET_CLASS_SHARES, stacklevel=stacklevel + 1
        )

    def warn_uncounted(self, stacklevel: int) -> None:
        """Warn of songs that get the class shares at predict, for lack of windows."""
        self.warn_unheard(stacklevel=stacklevel + 1)
        warn_weightless(
            self.song_ids[self.heard & ~self.counted],
            self.n_songs,
            fate=GET_CLASS_SHARES,
            stacklevel=stacklevel + 1,
        )


def read_songs(
    X: Any, groups: Any = None, *, caller: str, needs_groups: bool = False
) -> SongInput:
    """Read X and groups.

    Parameters
    ----------
    X : SongWindows, or array-like of shape (n_windows, *window_shape)
        Songs, or windows.
    groups : array-like of shape (n_rows,) or None
        The song of each window; the artist of each song if `X` is a SongWindows.
    caller : str
        Who asks, for errors.
    needs_groups : bool, default=False
        Whether an array without `groups` is an error, as after a fit on songs.

    Returns
    -------
    SongInput
        Windows and the song of each.
    """
    if isinstance(X, SongWindows):
        songs = X.load()
        if groups is not None:
            check_consistent_length(songs, groups)
        return SongInput(
            songs.values,
            songs.groups,
            songs.song_ids,
            is_song_windows=True,
            has_songs=True,
            artists=None if groups is None else as_names(groups),
            starts=songs.starts,
            window_seconds=songs.window_seconds,
            feature_names=songs.feature_names,
            marks=songs.marks,
        )
    windows = checked_windows(X)
    if groups is not None:
        codes, song_ids = factorize_groups(groups, windows.shape[0])
        return SongInput(windows, codes, song_ids, has_songs=True)
    if needs_groups:
        raise ValueError(
            f"This {caller} was fitted on songs of many windows, "
            "so it needs groups to know which windows make a song: pass "
            "groups=..., or a SongWindows (SongWindows.from_arrays(X, groups))."
            " scikit-learn's named scorers cannot pass groups to predict: keep "
            "the default scoring, or use SongWindows, with which all work."
        )
    each_its_own = np.arange(windows.shape[0])
    return SongInput(windows, each_its_own, each_its_own)


def checked_windows(X: Any) -> Any:
    """Check that X is an array of windows; their values are the classifier's affair.

    Parameters
    ----------
    X : array-like of shape (n_windows, *window_shape)
        Windows.

    Returns
    -------
    array, sparse array or table of shape (n_windows, *window_shape)
        The same.
    """
    if not hasattr(X, "shape") or isinstance(X, np.ndarray):
        X = as_plain(X, what="X")
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
    return X


class SeesWindows:
    """Mixin of estimators: what they keep of the windows in fit, and compare later.

    Attributes
    ----------
    window_shape_ : tuple of int
        Shape of one window.
    n_features_in_ : int
        Features per window, where windows are vectors.
    feature_names_in_ : array of str of shape (n_features_in_,)
        Names of the features, where `X` in fit was a table with names.
    """

    window_shape_: tuple[int, ...]
    n_features_in_: int
    _has_songs: bool  # whether fit knew which windows make a song
    _named_by_songs: bool  # whether feature_names_in_ are those of a SongWindows

    def _see(self, given: SongInput, *, reset: bool) -> None:
        """Keep what X is in fit (`reset`), or compare with it."""
        if reset:
            self._has_songs = given.has_songs
        if given.is_song_windows:
            self._see_song_windows(given, reset=reset)
        else:
            self._see_windows(given.windows, reset=reset)

    def _see_song_windows(self, given: SongInput, *, reset: bool) -> None:
        if reset:
            self._forget(given.window_shape)
            if len(given.window_shape) == 1:
                self.n_features_in_ = given.window_shape[0]
            if given.feature_names is not None:
                self._named_by_songs = True
                self.feature_names_in_ = np.asarray(given.feature_names, dtype=object)
        self._compare_shape(given.window_shape)
        known = getattr(self, "feature_names_in_", None)
        # Names that one side does not know cannot be compared.
        if known is None or given.feature_names is None:
            return
        names = np.asarray(given.feature_names, dtype=object)
        if not np.array_equal(known, names):
            at = int(np.argmax(known != names))
            raise ValueError(
                f"{type(self).__name__} was fitted on windows whose features are "
                f"{str(known[at])!r} in column {at}. Got {str(names[at])!r} there; "
                "give the same features in the same order, such as "
                "SongWindows.from_frame(table, features=[...])."
            )

    def _see_windows(self, windows: Any, *, reset: bool) -> None:
        """Keep shape and names of an array's windows in fit, or compare with them."""
        window_shape = tuple(windows.shape[1:])
        if reset:
            self._forget(window_shape)
        # An array without names is no stranger to songs that have names.
        of_songs = self._named_by_songs and not hasattr(windows, "columns")
        if len(window_shape) == 1 and not of_songs:
            # Names and number of features are scikit-learn's to keep.
            validate_data(self, windows, skip_check_array=True, reset=reset)
        else:
            self._compare_shape(window_shape)

    def _forget(self, window_shape: tuple[int, ...]) -> None:
        """Start anew: a fit on a table before this one may have left names behind."""
        vars(self).pop("feature_names_in_", None)
        vars(self).pop("n_features_in_", None)
        self.window_shape_ = window_shape
        self._named_by_songs = False

    def _compare_shape(self, window_shape: tuple[int, ...]) -> None:
        if window_shape != self.window_shape_:
            raise ValueError(
                f"{type(self).__name__} was fitted on windows of shape "
                f"{self.window_shape_}. Got windows of shape {window_shape}; use the "
                "windower and featurizer that it was fitted with."
            )
