"""SongWindows: a ragged, song-indexed container of windows."""

import html
import numbers
import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NoReturn, Self, overload

import numpy as np
from numpy.typing import ArrayLike

from skgenre._by_song.marks import Marks, checked_weight
from skgenre._by_song.numbering import (
    as_ids,
    checked_length,
    collapse_labels,
    factorize_groups,
    order_in_time,
    rows_of_songs,
)
from skgenre.windows._checks import warn_single_windows
from skgenre.windows._joining import joined_songs, regrouped_songs
from skgenre.windows._seconds import as_seconds
from skgenre.windows._source import ArraySource, WindowSource
from skgenre.windows._stored import open_stored, write_stored
from skgenre.windows._tables import columns_of, windows_table

if TYPE_CHECKING:
    import pandas as pd

# Who asks is not known: a classifier of windows, or a tool around a vote.
_NO_MATRIX = (
    "Got SongWindows, but expected a matrix with a row per song, which songs are not: "
    "they differ in their number of windows. A classifier of windows goes into "
    "GroupVotingClassifier. A scaler, PCA or selector goes inside the vote, "
    "GroupVotingClassifier(make_pipeline(StandardScaler(), classifier)), or into "
    "WindowTransformer in front of it. BaggingClassifier, AdaBoostClassifier and the "
    "like go inside the vote as well. What looks at features, such as "
    "permutation_importance, takes .values and the labels .expand(y). The README's "
    "table of scikit-learn's tools has each. Other forms: .to_frame(), .to_padded()."
)


class _ShapeOfSongs(tuple[int]):
    """``(n_songs,)``, which says why there are no columns when it is asked for them."""

    __slots__ = ()

    def __getitem__(self, key: Any) -> Any:
        try:
            return super().__getitem__(key)
        except IndexError:
            raise IndexError(_NO_MATRIX) from None


class SongWindows:
    """Windows of many songs, indexed by song.

    A sequence of songs: ``len(w)`` is the number of songs, and indexing with
    a slice, an integer array or a boolean mask gives the `SongWindows` of those
    songs with every window of theirs, so scikit-learn's splitters can never put
    two windows of one song on both sides. ``w[3]`` is the array of song 3's
    windows.

    Parameters
    ----------
    values : array of shape (n_windows, *window_shape)
        The windows, those of one song together, songs in order. May be a
        memory map; it is not copied. Or a source that reads them when they are asked
        for, see `from_source`.
    counts : array-like of shape (n_songs,)
        Number of windows of each song, zero allowed.
    song_ids : array-like of shape (n_songs,), default=None
        A name for each song, for people and tables; positions if None.
    starts : array-like of shape (n_windows,), default=None
        Start of each window in its song, in seconds; NaN if None.
    rows : array-like of shape (n_windows,), default=None
        Row of the table that each window came from; 0, 1, 2, ... if None.
    window_seconds : float, default=None
        Length of every window in seconds, where known.
    sample_rate : float, default=None
        Samples per second where the windows hold audio.
    feature_names : array-like of str of shape (n_features,), default=None
        Names of the columns where a window is a vector of features.
    errors : dict, default=None
        Why a song has no windows: ``{song_id: reason}``.
    ends : array-like of shape (n_windows,), default=None
        End of each window in its song, in seconds, where some end before they are
        `window_seconds` long, as one that was padded does.
    window_weight : array-like of shape (n_windows,), default=None
        How much each window counts in a vote, 0 or more; all the same if None. Nothing
        else looks at it.

    Attributes
    ----------
    source : WindowSource
        What the windows are read from.
    is_lazy : bool
        Whether windows are read from files when asked for. If they are audio,
        `values`, `groups`, `counts` and `starts` decode every song; `values` is not
        kept.

    See Also
    --------
    FrameWindower : Cuts songs into windows, lazily.
    SongWindows.from_arrays : From windows and the song each belongs to.
    SongWindows.from_frame : From the table of song, label and features.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre import SongWindows
    >>> w = SongWindows(np.arange(10).reshape(5, 2), counts=[2, 3])
    >>> w
    SongWindows(n_songs=2, n_windows=5, window_shape=(2,), dtype=int64)
    >>> w[0]
    array([[0, 1],
           [2, 3]])
    >>> w.groups
    array([0, 0, 1, 1, 1])
    >>> w.expand(["rock", "jazz"])
    array(['rock', 'rock', 'jazz', 'jazz', 'jazz'], dtype='<U4')
    """

    # numpy must not turn the container into an object array of its songs.
    __array_ufunc__ = None

    def __init__(
        self,
        values: ArrayLike | WindowSource,
        counts: ArrayLike | None = None,
        *,
        song_ids: ArrayLike | None = None,
        starts: ArrayLike | None = None,
        rows: ArrayLike | None = None,
        window_seconds: float | None = None,
        sample_rate: float | None = None,
        feature_names: ArrayLike | None = None,
        errors: dict[Any, str] | None = None,
        ends: ArrayLike | None = None,
        window_weight: ArrayLike | None = None,
    ) -> None:
        if isinstance(values, WindowSource):
            self.source: WindowSource = values
        else:
            self.source = ArraySource(
                values,
                counts,
                starts=starts,
                sample_rate=sample_rate,
                errors=errors,
                marks=Marks(ends=ends, weight=window_weight),  # type: ignore[arg-type]
            )
        self.song_ids: np.ndarray = as_ids(song_ids, len(self.source))
        self.window_seconds = window_seconds
        self.feature_names = self._checked_names(feature_names)
        self._rows: np.ndarray | None = (
            None
            if rows is None
            else checked_length(rows, self.n_windows, "rows", "window")
        )

    def _checked_names(self, feature_names: ArrayLike | None) -> np.ndarray | None:
        if feature_names is None:
            return None
        if len(self.window_shape) != 1:
            raise ValueError(
                "feature_names needs windows that are vectors. "
                f"Got windows of shape {self.window_shape}."
            )
        n_features = self.window_shape[0]
        return checked_length(feature_names, n_features, "feature_names", "column")

    # -- construction ---------------------------------------------------------

    @classmethod
    def from_source(
        cls,
        source: WindowSource,
        *,
        song_ids: ArrayLike | None = None,
        rows: ArrayLike | None = None,
        window_seconds: float | None = None,
        feature_names: ArrayLike | None = None,
    ) -> Self:
        """Windows that are read from `source` when they are asked for.

        Parameters
        ----------
        source : WindowSource
            Reads the windows of one song.
        song_ids : array-like of shape (n_songs,), default=None
            A name for each song; positions if None.
        rows : array of shape (n_windows,), default=None
            Row of the table that each window came from; 0, 1, 2, ... if None.
        window_seconds : float, default=None
            Length of every window in seconds.
        feature_names : array of str of shape (n_features,), default=None
            Names of the columns where a window is a vector of features.

        Returns
        -------
        SongWindows
            The lazy container.
        """
        return cls(
            source,
            song_ids=song_ids,
            rows=rows,
            window_seconds=window_seconds,
            feature_names=feature_names,
        )

    @classmethod
    def from_arrays(
        cls,
        values: ArrayLike,
        groups: ArrayLike,
        *,
        y: ArrayLike | None = None,
        starts: ArrayLike | None = None,
        window_weight: ArrayLike | None = None,
        **kwargs: Any,
    ) -> Any:
        """Windows from an array and the song that each row belongs to.

        Parameters
        ----------
        values : array-like of shape (n_windows, *window_shape)
            One window a row, in any order.
        groups : array-like of shape (n_windows,)
            The song of each row, of any dtype, in any order. Songs come in the
            order of their first appearance, their windows in the order of `starts`,
            or of the rows where these are not given.
        y : array-like of shape (n_windows,), default=None
            The label of each row. All windows of a song must agree.
        starts : array-like of shape (n_windows,), default=None
            Start of each window in its song: seconds, or timedelta.
        window_weight : array-like of shape (n_windows,), default=None
            How much each row counts in a vote, 0 or more; all the same if None.
        **kwargs
            `window_seconds`, `sample_rate` and `feature_names` of `SongWindows`.

        Returns
        -------
        windows : SongWindows
            The windows by song; ``windows.rows`` says which row each came from.
        y_songs : array of shape (n_songs,)
            The label of each song, in the order of `windows`. Only if `y` is given.

        Examples
        --------
        >>> w, y = SongWindows.from_arrays(
        ...     [[1.0], [2.0], [3.0]], ["b", "a", "b"], y=["rock", "jazz", "rock"]
        ... )
        >>> w.song_ids, w[0], y
        (array(['b', 'a'], dtype='<U1'), array([[1.], [3.]]),
         array(['rock', 'jazz'], dtype='<U4'))
        """
        data = np.asarray(values)
        codes, song_ids = factorize_groups(groups, len(data))
        if starts is not None:
            starts = checked_length(
                as_seconds(starts, name="starts"), len(data), "starts", "window"
            )
        order = order_in_time(codes, starts)
        rows = np.arange(len(data)) if order is None else order
        if starts is not None:
            starts = starts[rows]
        weight = checked_weight(window_weight, len(data))
        warn_single_windows(codes, song_ids)
        windows = cls(
            data if order is None else data[order],
            np.bincount(codes, minlength=len(song_ids)),
            song_ids=song_ids,
            starts=starts,
            rows=rows,
            window_weight=None if weight is None else weight[rows],
            **kwargs,
        )
        if y is None:
            return windows
        labels = checked_length(y, len(data), "y", "window")
        return windows, windows.collapse(labels[rows])

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        *,
        song: str | ArrayLike,
        label: str | None = None,
        start: str | None = None,
        end: str | None = None,
        features: list[str] | None = None,
    ) -> Any:
        """Windows from the table of song, label and features that people keep.

        Parameters
        ----------
        frame : table of pandas, polars, pyarrow or the like
            One row a window.
        song : str or array-like of shape (n_windows,)
            The column that names the song of each row, or the names themselves.
        label : str, default=None
            The column that holds the song's label.
        start, end : str, default=None
            The columns that hold the window's start and end: seconds, or timedelta.
        features : list of str, default=None
            The feature columns; every column not named above if None. Numbers or
            truth values, where what is missing becomes NaN; or vectors of one length,
            which become several columns.

        Returns
        -------
        windows : SongWindows
            The windows by song, with `feature_names`.
        y : array of shape (n_songs,)
            The label of each song. Only if `label` is given.

        Examples
        --------
        >>> import pandas as pd
        >>> table = pd.DataFrame(
        ...     {"name": ["a", "a", "b"], "label": ["rock", "rock", "jazz"],
        ...      "mfcc1": [0.1, 0.2, 0.7], "mfcc2": [1.0, 2.0, 3.0]}
        ... )
        >>> w, y = SongWindows.from_frame(table, song="name", label="label")
        >>> w
        SongWindows(n_songs=2, n_windows=3, window_shape=(2,), dtype=float64)
        >>> w.to_frame()
          song  start  end  mfcc1  mfcc2
        0    a    NaN  NaN    0.1    1.0
        1    a    NaN  NaN    0.2    2.0
        2    b    NaN  NaN    0.7    3.0
        """
        columns = columns_of(
            frame, song=song, label=label, start=start, end=end, features=features
        )
        return cls.from_arrays(
            columns.values,
            columns.songs,
            y=columns.labels,
            starts=columns.starts,
            window_seconds=columns.window_seconds,
            feature_names=columns.feature_names,
        )

    # -- the sequence of songs --------------------------------------------------

    def __len__(self) -> int:
        return len(self.song_ids)

    @property
    def shape(self) -> tuple[int]:
        """Length of the sequence of songs, as scikit-learn counts rows."""
        return _ShapeOfSongs((len(self),))

    @property
    def is_lazy(self) -> bool:
        """Whether windows are read when asked for."""
        return self.source.is_lazy

    @property
    def sample_rate(self) -> float | None:
        """Samples per second; None if the windows hold no audio."""
        return self.source.sample_rate

    @property
    def errors(self) -> dict[Any, str]:
        """Why songs have no windows, ``{song_id: reason}``, once they were read."""
        if not self.source.errors:
            return {}
        # The source may be of more songs, of which these were taken.
        own = set(self.song_ids.tolist())
        return {k: v for k, v in self.source.errors.items() if k in own}

    @overload
    def __getitem__(self, key: int) -> np.ndarray: ...

    @overload
    def __getitem__(self, key: slice | list[int] | np.ndarray) -> "SongWindows": ...

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, tuple):
            # scikit-learn indexes whatever has a shape as X[key, ...].
            key, *rest = key
            if any(k is not Ellipsis and k != slice(None) for k in rest):
                raise IndexError(
                    "SongWindows is indexed by song only: w[songs]. Index w.values "
                    "for single windows or features."
                )
        if isinstance(key, numbers.Integral):
            return self._song(int(key))
        positions = np.arange(len(self))[key if isinstance(key, slice) else _ints(key)]
        return self._take(positions)

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self._song(i) for i in range(len(self)))

    def _song(self, position: int) -> np.ndarray:
        if not -len(self) <= position < len(self):
            raise IndexError(f"Song {position} of {len(self)} songs does not exist.")
        return self.source.read(position % len(self))

    def _take(self, positions: np.ndarray) -> "SongWindows":
        rows = None
        # Rows of audio are not worth decoding it: they are 0, 1, 2, ... there.
        if self._rows is not None or not self.is_lazy:
            rows = self.rows[rows_of_songs(self.offsets, positions)]
        return self.from_source(
            self.source.take(positions),
            song_ids=self.song_ids[positions],
            rows=rows,
            window_seconds=self.window_seconds,
            feature_names=self.feature_names,
        )

    # -- the windows ------------------------------------------------------------

    @property
    def values(self) -> np.ndarray:
        """All windows, ``(n_windows, *window_shape)``; reads them if lazy."""
        return self.source.load()[0]

    @property
    def counts(self) -> np.ndarray:
        """Number of windows of each song, ``(n_songs,)``."""
        return self.source.measure()[0]

    @property
    def starts(self) -> np.ndarray:
        """Start of each window in its song in seconds, ``(n_windows,)``."""
        return self.source.measure()[1]

    @property
    def ends(self) -> np.ndarray:
        """End of each window in its song in seconds, not behind the song's."""
        known = self.marks.ends
        if known is not None:
            return known
        seconds = self.window_seconds
        return self.starts + (np.nan if seconds is None else seconds)

    @property
    def window_weight(self) -> np.ndarray | None:
        """How much each window counts in a vote, None if all count the same."""
        return self.marks.weight

    @property
    def marks(self) -> Marks:
        """Ends that differ and weights, where there are any."""
        return self.source.marks()

    @property
    def offsets(self) -> np.ndarray:
        """First row of each song in `values`, and the end, ``(n_songs + 1,)``."""
        return np.concatenate([[0], np.cumsum(self.counts)])

    @property
    def groups(self) -> np.ndarray:
        """Position of the song of each window, ``(n_windows,)``, non-decreasing."""
        return np.repeat(np.arange(len(self)), self.counts)

    @property
    def rows(self) -> np.ndarray:
        """Row of the table that each window came from, ``(n_windows,)``."""
        return np.arange(self.n_windows) if self._rows is None else self._rows

    @property
    def n_windows(self) -> int:
        """Number of windows of all songs."""
        return int(self.counts.sum())

    @property
    def window_shape(self) -> tuple[int, ...]:
        """Shape of one window."""
        return tuple(self.source.window_shape)

    def load(self) -> "SongWindows":
        """Read every window into memory.

        Returns
        -------
        SongWindows
            Equal to this container, with `values` in memory.
        """
        if not self.is_lazy:
            return self
        values, counts, starts = self.source.load()
        # Of this reading: asking the source would read audio again.
        marks = self.source.marks_of(counts.tolist())
        return SongWindows(
            values,
            counts,
            song_ids=self.song_ids,
            starts=starts,
            rows=self._rows,
            window_seconds=self.window_seconds,
            sample_rate=self.sample_rate,
            feature_names=self.feature_names,
            errors=self.source.errors,
            ends=marks.ends,
            window_weight=marks.weight,
        )

    # -- other songs ---------------------------------------------------------------

    def regroup(self, names: ArrayLike, *, y: ArrayLike | None = None) -> Any:
        """Make one song of several, such as one patient of many recordings.

        Parameters
        ----------
        names : array-like of shape (n_songs,)
            What each song belongs to, of any dtype. The new songs come in the order of
            first appearance; their windows in the order of the songs they are of.
        y : array-like of shape (n_songs,), default=None
            The label of each song. All songs that become one must agree.

        Returns
        -------
        windows : SongWindows of length n_names
            The same windows, with the starts that they have in their recordings, and
            the names for `song_ids`. ``windows.rows`` are the rows of the windows in
            this container.
        y_names : array of shape (n_names,)
            The label of each new song. Only if `y` is given.

        See Also
        --------
        SongWindows.concat : Songs of several containers, one behind the other.

        Examples
        --------
        >>> import numpy as np
        >>> w = SongWindows(np.arange(5), [2, 1, 2], song_ids=["p1_a", "p2_a", "p1_b"])
        >>> patients, y = w.regroup(["p1", "p2", "p1"], y=["ill", "well", "ill"])
        >>> patients.song_ids, patients[0], y
        (array(['p1', 'p2'], dtype='<U2'), array([0, 1, 3, 4]),
         array(['ill', 'well'], dtype='<U4'))
        """
        if self.source.dtype is None:
            raise ValueError(
                "These windows are audio that is yet to be read, one recording at a "
                "time. Regroup features: featurizer.fit_transform(windows)."
            )
        codes, new_ids = factorize_groups(names, len(self))
        regrouped = SongWindows(**regrouped_songs(self.load(), codes, new_ids))
        if y is None:
            return regrouped
        labels = checked_length(y, len(self), "y", "song")
        return regrouped, collapse_labels(labels, codes, new_ids)

    @classmethod
    def concat(cls, parts: Iterable["SongWindows"]) -> "SongWindows":
        """Put the songs of several containers one behind the other.

        Parameters
        ----------
        parts : iterable of SongWindows
            Of the same window shape, window length, sample rate and feature names.

        Returns
        -------
        SongWindows
            In memory. Songs keep their names; where no part has names, they are
            numbered anew.

        Raises
        ------
        ValueError
            If windows differ in kind, or two songs have one name.

        See Also
        --------
        SongWindows.regroup : Makes one song of several.

        Examples
        --------
        >>> import numpy as np
        >>> a = SongWindows(np.zeros((3, 2)), [1, 2])
        >>> SongWindows.concat([a, a])
        SongWindows(n_songs=4, n_windows=6, window_shape=(2,), dtype=float64)
        """
        return cls(**joined_songs([part.load() for part in parts]))

    # -- on disk ------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str]) -> "SongWindows":
        """Write windows of features to a file, in which they may stay.

        Parameters
        ----------
        path : str or Path
            Ends in ``.npy``. The windows go there, and what is known of their songs
            behind them, where numpy does not read. The file appears when it is
            complete, in place of one of that name.

        Returns
        -------
        SongWindows
            The same songs. Their windows are read from the file when asked for, and
            pickling keeps the file's name instead of them.

        See Also
        --------
        SongWindows.open : Finds them again.

        Examples
        --------
        >>> import tempfile
        >>> import numpy as np
        >>> w = SongWindows(np.eye(3), [1, 2], song_ids=["so_what", "help"])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     w.save(f"{folder}/features.npy")
        ...     SongWindows.open(f"{folder}/features.npy") == w
        SongWindows(n_songs=2, n_windows=3, window_shape=(3,), dtype=float64, on disk)
        True
        """
        if self.sample_rate is not None:
            raise ValueError(
                "These windows hold audio, which overlaps and would take more room "
                "than its files. Save features: featurizer.fit_transform(windows)."
            )
        return SongWindows(**write_stored(self, path))

    @classmethod
    def open(cls, path: str | os.PathLike[str], *, check: bool = False) -> Self:
        """Find windows that `save` or a featurizer's `output` wrote.

        Parameters
        ----------
        path : str or Path
            The ``.npy`` file.
        check : bool, default=False
            Read the whole file once, now, and compare it with its checksums. They
            are compared when windows are asked for in any case, block by block.

        Returns
        -------
        SongWindows
            The songs. Their windows are read from the file when asked for.

        Raises
        ------
        ValueError
            If the file is none of windows, or not what was written; for windows
            that have changed, when they are read.
        """
        return cls(**open_stored(path, check=check))

    # -- labels -------------------------------------------------------------------

    def expand(self, y: ArrayLike) -> np.ndarray:
        """Repeat one label per song for each of its windows.

        Parameters
        ----------
        y : array-like of shape (n_songs,)
            One value per song.

        Returns
        -------
        array of shape (n_windows,)
            The song's value for each window, in the order of `values`.
        """
        return np.repeat(checked_length(y, len(self), "y", "song"), self.counts)

    def collapse(self, y_windows: ArrayLike) -> np.ndarray:
        """Give each song the label that all its windows carry.

        Parameters
        ----------
        y_windows : array-like of shape (n_windows,)
            One label per window, in the order of `values`.

        Returns
        -------
        array of shape (n_songs,)
            One label per song.

        Raises
        ------
        ValueError
            If the windows of a song disagree, or a song has no window.
        """
        labels = checked_length(y_windows, self.n_windows, "y_windows", "window")
        empty = np.flatnonzero(self.counts == 0)
        if len(empty):
            name = self.song_ids.tolist()[empty[0]]
            raise ValueError(
                f"Song {name!r} has no window to take a label from. Select the "
                "others first: w[w.counts > 0]."
            )
        return collapse_labels(labels, self.groups, self.song_ids)

    # -- other forms ---------------------------------------------------------------

    def to_padded(self) -> tuple[np.ndarray, np.ndarray]:
        """Return one array with every song padded with zeros to the longest.

        Returns
        -------
        values : array of shape (n_songs, max_windows, *window_shape)
            The windows of each song, zeros behind them.
        mask : bool array of shape (n_songs, max_windows)
            True where there is a window.
        """
        loaded = self.load()
        longest = int(loaded.counts.max(initial=0))
        mask = np.arange(longest) < loaded.counts[:, None]
        padded = np.zeros((*mask.shape, *loaded.window_shape), loaded.values.dtype)
        padded[mask] = loaded.values
        return padded, mask

    def to_frame(self) -> "pd.DataFrame":
        """Return a table with a row per window: song, start, end, features.

        Returns
        -------
        pandas.DataFrame
            Windows that are matrices are flattened to columns ``feature_0``,
            ``feature_1``, ...; audio windows give no feature columns.
        """
        is_audio = self.sample_rate is not None
        return windows_table(
            songs=self.expand(self.song_ids),
            starts=self.starts,
            ends=self.ends,
            values=None if is_audio else self.values,
            feature_names=self.feature_names,
            caller="SongWindows.to_frame",
        )

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NoReturn:
        raise TypeError(_NO_MATRIX)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SongWindows):
            return NotImplemented
        a, b = self.load(), other.load()
        return (
            np.array_equal(a.song_ids, b.song_ids)
            and np.array_equal(a.counts, b.counts)
            and np.array_equal(a.starts, b.starts, equal_nan=True)
            and np.array_equal(a.ends, b.ends, equal_nan=True)
            and _same(a.window_weight, b.window_weight)
            and np.array_equal(a.values, b.values)
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        parts = [f"n_songs={len(self)}"]
        # Songs that nobody counted yet are not decoded to be printed.
        if self.source.is_measured:
            parts.append(f"n_windows={self.n_windows}")
        parts.append(f"window_shape={self.window_shape}")
        if self.source.dtype is None:
            parts.append("lazy")
        else:
            parts.append(f"dtype={self.source.dtype}")
            parts += ["on disk"] if self.is_lazy else []
        if self.errors:
            parts.append(f"errors={len(self.errors)}")
        return f"SongWindows({', '.join(parts)})"

    def _repr_html_(self) -> str:
        shown = min(len(self), 5)
        head = "<th>song</th><th>windows</th>"
        counts = self.counts[:shown] if self.source.is_measured else ["?"] * shown
        body = "".join(
            f"<tr><td>{html.escape(str(name))}</td><td>{count}</td></tr>"
            for name, count in zip(self.song_ids[:shown], counts, strict=True)
        )
        if shown < len(self):
            body += f"<tr><td>... {len(self) - shown} more songs</td><td></td></tr>"
        return (
            f"<div><code>{html.escape(repr(self))}</code>"
            f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )


def _same(a: np.ndarray | None, b: np.ndarray | None) -> bool:
    if a is None or b is None:
        return a is b
    return np.array_equal(a, b)


def _ints(key: Any) -> np.ndarray:
    key = np.asarray(key)
    return key.astype(np.intp) if key.size == 0 and key.dtype != bool else key
