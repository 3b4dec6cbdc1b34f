"""SongWindows: a ragged, song-indexed container of windows."""

import html
import numbers
from typing import TYPE_CHECKING, Any

import numpy as np

from skgenre._by_song.numbering import (
    as_ids,
    checked_length,
    collapse_labels,
    factorize_groups,
    sorted_order,
)
from skgenre._optional import require

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    import pandas as pd
from skgenre._by_song.numbering import rows_of_songs
from skgenre.windows._source import WindowSource


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
        memory map; it is not copied.
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

    Attributes
    ----------
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
        values: np.ndarray,
        counts: Any,
        *,
        song_ids: Any = None,
        starts: Any = None,
        rows: Any = None,
        window_seconds: float | None = None,
        sample_rate: float | None = None,
        feature_names: Any = None,
        errors: dict[Any, str] | None = None,
    ) -> None:
        values = values if isinstance(values, np.ndarray) else np.asarray(values)
        counts = np.asarray(counts)
        if counts.size == 0:
            counts = counts.astype(np.intp)
        if counts.ndim != 1 or counts.dtype.kind not in "iu" or (counts < 0).any():
            raise ValueError(
                "The 'counts' parameter of SongWindows must be a 1-D array of numbers "
                f"of windows, 0 or more. Got {counts!r} instead."
            )
        if values.ndim < 1 or values.shape[0] != counts.sum():
            raise ValueError(
                "The 'values' parameter of SongWindows must have one row per window. "
                f"Got shape {values.shape}, but counts add up to {counts.sum()}."
            )
        self._values: np.ndarray | None = values
        self._counts: np.ndarray | None = counts.astype(np.intp)
        self._source: WindowSource | None = None
        n_windows = len(values)
        self._starts: np.ndarray | None = (
            np.full(n_windows, np.nan)
            if starts is None
            else checked_length(starts, n_windows, "starts", "window").astype(float)
        )
        self._rows = (
            None if rows is None else checked_length(rows, n_windows, "rows", "window")
        )
        self.song_ids = as_ids(song_ids, len(counts))
        self.window_seconds = window_seconds
        self.sample_rate = sample_rate
        self.feature_names = None
        if feature_names is not None:
            if values.ndim != 2:
                raise ValueError(
                    "feature_names needs windows that are vectors. "
                    f"Got windows of shape {values.shape[1:]}."
                )
            self.feature_names = checked_length(
                feature_names, values.shape[1], "feature_names", "column"
            )
        self.errors = {} if errors is None else errors

    # -- construction ---------------------------------------------------------

    @classmethod
    def from_source(
        cls,
        source: WindowSource,
        *,
        song_ids: Any = None,
        rows: np.ndarray | None = None,
        window_seconds: float | None = None,
        feature_names: np.ndarray | None = None,
        errors: dict[Any, str] | None = None,
    ) -> "SongWindows":
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
        errors : dict, default=None
            Filled with ``{song_id: reason}`` while songs are read.

        Returns
        -------
        SongWindows
            The lazy container.
        """
        windows = cls.__new__(cls)
        windows._values = windows._counts = windows._starts = None
        windows._rows = rows
        windows._source = source
        windows.song_ids = as_ids(song_ids, len(source))
        windows.window_seconds = window_seconds
        windows.sample_rate = source.sample_rate
        windows.feature_names = feature_names
        windows.errors = {} if errors is None else errors
        return windows

    @classmethod
    def from_arrays(
        cls, values: Any, groups: Any, *, y: Any = None, starts: Any = None, **kwargs
    ) -> Any:
        """Windows from an array and the song that each row belongs to.

        Parameters
        ----------
        values : array-like of shape (n_windows, *window_shape)
            One window a row, in any order.
        groups : array-like of shape (n_windows,)
            The song of each row, of any dtype, in any order. Songs come in the
            order of their first appearance, windows in the order of the rows.
        y : array-like of shape (n_windows,), default=None
            The label of each row. All windows of a song must agree.
        starts : array-like of shape (n_windows,), default=None
            Start of each window in its song, in seconds.
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
        values = np.asarray(values)
        codes, song_ids = factorize_groups(groups, len(values))
        order = sorted_order(codes)
        rows = np.arange(len(values)) if order is None else order
        if order is not None:
            values = values[order]
        if starts is not None:
            starts = checked_length(starts, len(values), "starts", "window")[rows]
        windows = cls(
            values,
            np.bincount(codes, minlength=len(song_ids)),
            song_ids=song_ids,
            starts=starts,
            rows=rows,
            **kwargs,
        )
        if y is None:
            return windows
        y = checked_length(y, len(values), "y", "window")
        return windows, windows.collapse(y[rows])

    @classmethod
    def from_frame(
        cls,
        frame: "pd.DataFrame",
        *,
        song: Any,
        label: str | None = None,
        start: str | None = None,
        end: str | None = None,
        features: list[str] | None = None,
    ) -> Any:
        """Windows from the table of song, label and features that people keep.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a window.
        song : str or array-like of shape (n_windows,)
            The column that names the song of each row, or the names themselves.
        label : str, default=None
            The column that holds the song's label.
        start, end : str, default=None
            The columns that hold the window's start and end in seconds.
        features : list of str, default=None
            The feature columns; every column not named above if None.

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
        named = {"song": song, "label": label, "start": start, "end": end}
        columns = [c for c in named.values() if isinstance(c, str)]
        for column in [*columns, *(features or [])]:
            if column not in frame.columns:
                raise ValueError(
                    f"The table has no column {column!r}. "
                    f"Got the columns {list(frame.columns)}."
                )
        if features is None:
            features = [c for c in frame.columns if c not in columns]
        text = [c for c in features if frame[c].dtype.kind not in "biuf"]
        if text:
            raise ValueError(
                f"The feature column(s) {text} do not hold numbers. Drop them from the "
                "table, or name the columns wanted with features=[...]."
            )
        window_seconds = None
        if start is not None and end is not None:
            length = (frame[end] - frame[start]).to_numpy(dtype=float)
            if len(length) and np.allclose(length, length[0], rtol=0, atol=1e-6):
                window_seconds = float(np.median(length))
        return cls.from_arrays(
            frame[features].to_numpy(),
            frame[song] if isinstance(song, str) else song,
            y=None if label is None else frame[label],
            starts=None if start is None else frame[start],
            window_seconds=window_seconds,
            feature_names=features,
        )

    # -- the sequence of songs --------------------------------------------------

    def __len__(self) -> int:
        return len(self.song_ids)

    @property
    def shape(self) -> tuple[int]:
        """Length of the sequence of songs, as scikit-learn counts rows."""
        return (len(self),)

    @property
    def is_lazy(self) -> bool:
        """Whether windows are read when asked for."""
        return self._source is not None

    @property
    def source(self) -> WindowSource | None:
        """What a lazy container reads from; None if windows are in memory."""
        return self._source

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

    def __iter__(self) -> "Iterator[np.ndarray]":
        return (self._song(i) for i in range(len(self)))

    def _song(self, position: int) -> np.ndarray:
        if not -len(self) <= position < len(self):
            raise IndexError(f"Song {position} of {len(self)} songs does not exist.")
        position %= len(self)
        if self._source is not None:
            return self._source.read(position)
        offsets = self.offsets
        return self.values[offsets[position] : offsets[position + 1]]

    def _take(self, positions: np.ndarray) -> "SongWindows":
        song_ids = self.song_ids[positions]
        if self._source is not None:
            return self.from_source(
                self._source.take(positions),
                song_ids=song_ids,
                rows=(
                    None
                    if self._rows is None
                    else self._rows[rows_of_songs(self.offsets, positions)]
                ),
                window_seconds=self.window_seconds,
                feature_names=self.feature_names,
                errors=self.errors,
            )
        rows = rows_of_songs(self.offsets, positions)
        kept = set(song_ids.tolist()) if self.errors else set()
        return SongWindows(
            self.values[rows],
            self.counts[positions],
            song_ids=song_ids,
            starts=self.starts[rows],
            rows=self.rows[rows],
            window_seconds=self.window_seconds,
            sample_rate=self.sample_rate,
            feature_names=self.feature_names,
            errors={k: v for k, v in self.errors.items() if k in kept},
        )

    # -- the windows ------------------------------------------------------------

    @property
    def values(self) -> np.ndarray:
        """All windows, ``(n_windows, *window_shape)``; reads them if lazy."""
        if self._values is None:
            return self.load().values
        return self._values

    @property
    def counts(self) -> np.ndarray:
        """Number of windows of each song, ``(n_songs,)``."""
        self._measure()
        if self._counts is None:  # pragma: no cover - _measure sets it
            raise RuntimeError("The windows were not measured.")
        return self._counts

    @property
    def starts(self) -> np.ndarray:
        """Start of each window in its song in seconds, ``(n_windows,)``."""
        self._measure()
        if self._starts is None:  # pragma: no cover - _measure sets it
            raise RuntimeError("The windows were not measured.")
        return self._starts

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
        if self._values is None and self._source is not None:
            return tuple(self._source.window_shape)
        return tuple(self.values.shape[1:])

    def _measure(self) -> None:
        """Count a lazy container's windows once; the audio itself is let go."""
        if self._counts is None and self._source is not None:
            self._counts, self._starts = self._source.measure()

    def load(self) -> "SongWindows":
        """Read every window into memory.

        Returns
        -------
        SongWindows
            Equal to this container, with `values` in memory.
        """
        if self._source is None:
            return self
        loaded = self._source.load()
        loaded.song_ids = self.song_ids
        loaded.window_seconds = self.window_seconds
        loaded.feature_names = self.feature_names
        loaded._rows = self._rows
        loaded.errors = self.errors
        return loaded

    # -- on disk ------------------------------------------------------------------

    def save(self, path: "str | os.PathLike") -> "SongWindows":
        """Write windows of features to a file, in which they may stay.

        Parameters
        ----------
        path : str or Path
            Ends in ``.npy``. The windows go there, and what is known of their songs
            to ``NAME.songs.npz`` beside it. Both appear when they are complete.

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
        from skgenre.windows._stored import save_windows

        if self.sample_rate is not None:
            raise ValueError(
                "These windows hold audio, which overlaps and would take more room "
                "than its files. Save features: featurizer.fit_transform(windows)."
            )
        return save_windows(self, path)

    @classmethod
    def open(cls, path: "str | os.PathLike") -> "SongWindows":
        """Find windows that `save` or a featurizer's `output` wrote.

        Parameters
        ----------
        path : str or Path
            The ``.npy`` file.

        Returns
        -------
        SongWindows
            The songs. Their windows are read from the file when asked for.
        """
        from skgenre.windows._stored import open_stored

        return open_stored(path)

    # -- labels -------------------------------------------------------------------

    def expand(self, y: Any) -> np.ndarray:
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

    def collapse(self, y_windows: Any) -> np.ndarray:
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
        y_windows = checked_length(y_windows, self.n_windows, "y_windows", "window")
        empty = np.flatnonzero(self.counts == 0)
        if len(empty):
            name = self.song_ids.tolist()[empty[0]]
            raise ValueError(
                f"Song {name!r} has no window to take a label from. Select the "
                "others first: w[w.counts > 0]."
            )
        return collapse_labels(y_windows, self.groups, self.song_ids)

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
        pandas = require("pandas", "plot", "SongWindows.to_frame")

        seconds = np.nan if self.window_seconds is None else self.window_seconds
        table = {
            "song": self.expand(self.song_ids),
            "start": self.starts,
            "end": self.starts + seconds,
        }
        if self.sample_rate is not None:
            return pandas.DataFrame(table)
        flat = self.values.reshape(self.n_windows, -1)
        if self.feature_names is None:
            names = [f"feature_{i}" for i in range(flat.shape[1])]
        else:
            names = list(self.feature_names)
        features = pandas.DataFrame(flat, columns=names)
        return pandas.concat([pandas.DataFrame(table), features], axis=1)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        raise TypeError(
            "SongWindows is ragged: songs differ in their number of windows, so it is "
            "no array. Wrap a classifier of windows in GroupVotingClassifier, or use "
            ".values (all windows), .to_padded() or .to_frame()."
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SongWindows):
            return NotImplemented
        a, b = self.load(), other.load()
        return (
            np.array_equal(a.song_ids, b.song_ids)
            and np.array_equal(a.counts, b.counts)
            and np.array_equal(a.starts, b.starts, equal_nan=True)
            and np.array_equal(a.values, b.values)
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        parts = [f"n_songs={len(self)}"]
        # Songs that nobody counted yet are not decoded to be printed.
        in_audio_files = self._source is not None and self._source.dtype is None
        if self._counts is not None or not in_audio_files:
            parts.append(f"n_windows={self.n_windows}")
        parts.append(f"window_shape={self.window_shape}")
        if in_audio_files:
            parts.append("lazy")
        elif self._source is not None:
            parts += [f"dtype={self._source.dtype}", "on disk"]
        else:
            parts.append(f"dtype={self.values.dtype}")
        if self.errors:
            parts.append(f"errors={len(self.errors)}")
        return f"SongWindows({', '.join(parts)})"

    def _repr_html_(self) -> str:
        shown = min(len(self), 5)
        head = "<th>song</th><th>windows</th>"
        counts = ["?"] * shown if self._counts is None else self._counts[:shown]
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


def _ints(key: Any) -> np.ndarray:
    key = np.asarray(key)
    return key.astype(np.intp) if key.size == 0 and key.dtype != bool else key
