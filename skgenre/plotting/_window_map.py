"""WindowMapDisplay: windows of many songs on a plane, near each other if alike."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre._by_song.numbering import checked_length
from skgenre.plotting._axes import axes_or_new
from skgenre.plotting._colours import MARKERS, class_styles
from skgenre.plotting._words import file_name, lettered, short_names, shown
from skgenre.windows._song_windows import SongWindows

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH = 6.4  # inches
_LONGEST_LABEL, _LONGEST_SONG = 20, 24
_PERPLEXITY = 30.0  # of t-SNE, where there are windows enough


class WindowMapDisplay:
    """Windows as points of two coordinates, by class; lines join those of a song.

    Make it with `from_windows`. Each class has a colour and a shape. From the middle of
    each song, a larger point, a line goes to each of its windows, so that it is seen
    how far the windows of a song are apart.

    Parameters
    ----------
    points : array-like of shape (n_windows, 2)
        Where windows are; rows with NaN are left out and counted.
    groups : int array-like of shape (n_windows,)
        The song of each window, as a position in `y`.
    y : array-like of shape (n_songs,)
        The label of each song.
    names : array-like of shape (n_songs,), default=None
        What songs are called; their positions if None.
    axes_names : (str, str), default=("first coordinate", "second coordinate")
        What coordinates are.
    mark : sequence of int, default=()
        Songs, by position, that are ringed and named.
    note : str, default=""
        What else is to be said of the windows, below the title.

    Attributes
    ----------
    points : array of shape (n_windows, 2)
        As given.
    n_left_out : int
        Windows with NaN.
    ax_ : matplotlib Axes
        Where it is drawn.
    figure_ : matplotlib Figure
        The figure that holds it.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> import numpy as np
    >>> from skgenre import SongWindows
    >>> from skgenre.plotting import WindowMapDisplay
    >>> rng = np.random.default_rng(0)
    >>> windows = SongWindows(rng.normal(size=(20, 5)), counts=[5] * 4)
    >>> display = WindowMapDisplay.from_windows(windows, ["jazz", "rock"] * 2)
    >>> display.points.shape
    (20, 2)
    """

    def __init__(
        self,
        points: ArrayLike,
        groups: ArrayLike,
        y: ArrayLike,
        *,
        names: ArrayLike | None = None,
        axes_names: tuple[str, str] = ("first coordinate", "second coordinate"),
        mark: Sequence[int] = (),
        note: str = "",
    ) -> None:
        self.points = np.asarray(points, dtype=float)
        if self.points.ndim != 2 or self.points.shape[1] != 2:
            raise ValueError(
                f"Got points of shape {self.points.shape}, but expected (n_windows, 2)."
            )
        self.groups = checked_length(groups, len(self.points), "groups", "window")
        self.y = np.asarray(y)
        if len(self.groups) and not 0 <= self.groups.min() <= self.groups.max() < len(
            self.y
        ):
            raise ValueError(
                f"Got groups from {self.groups.min()} to {self.groups.max()}, but "
                f"expected positions among the {len(self.y)} songs of y."
            )
        self.names = np.arange(len(self.y)) if names is None else np.asarray(names)
        checked_length(self.names, len(self.y), "names", "song")
        self.axes_names = axes_names
        for song in mark:
            if not -len(self.y) <= song < len(self.y):
                raise ValueError(
                    f"Got mark={song}, but expected a position among the "
                    f"{len(self.y)} songs."
                )
        self.mark = [int(song) % len(self.y) for song in mark]
        self.note = note
        self._drawn = np.isfinite(self.points).all(axis=1)
        self.n_left_out = int((~self._drawn).sum())

    @classmethod
    def from_windows(
        cls,
        X: SongWindows | ArrayLike,
        y: ArrayLike,
        *,
        groups: ArrayLike | None = None,
        method: Literal["pca", "tsne"] | Any = "pca",
        mark: Sequence[int] = (),
        max_windows: int = 5000,
        random_state: int | None = 0,
        ax: "Axes | None" = None,
    ) -> Self:
        """Lay windows out on a plane, and draw them.

        Parameters
        ----------
        X : SongWindows, or array-like of shape (n_windows, *window_shape)
            Windows of features.
        y : array-like of shape (n_songs,)
            The label of each song; of an array with `groups`, of songs in the order of
            their first windows.
        groups : array-like of shape (n_windows,), default=None
            The song of each row, where `X` is an array; each row is a song of its own
            if None.
        method : {"pca", "tsne"} or transformer, default="pca"
            How: along the two directions of the largest variance; by t-SNE, which
            keeps neighbours and distorts distances; or by anything of scikit-learn's
            that has ``fit_transform`` to two columns or more, such as UMAP or LDA,
            which gets the labels of windows as well. It is cloned. Features are given
            mean 0 and deviation 1 before.
        mark : sequence of int, default=()
            Songs, by position, that are ringed and named.
        max_windows : int, default=5000
            Of more windows, so many are drawn by lot, and the picture says so.
        random_state : int or None, default=0
            Of the lots, and of t-SNE.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.

        Returns
        -------
        WindowMapDisplay
            Drawn. Windows with NaN are left out, and counted in the title.

        Raises
        ------
        ValueError
            If there are fewer than three windows, or features.
        """
        songs = _as_songs(X, groups).load()
        labels = checked_length(np.asarray(y), len(songs), "y", "song")
        rows, values, note = _chosen(songs, max_windows, random_state)
        points = np.full((len(rows), 2), np.nan)
        known = np.isfinite(values).all(axis=1)
        if known.sum() < 3:
            raise ValueError(
                f"Got {int(known.sum())} windows without NaN, but expected at least 3 "
                "to lay out on a plane."
            )
        owner = songs.groups[rows]
        points[known], axes_names = _laid_out(
            values[known], labels[owner[known]], method, random_state
        )
        display = cls(
            points,
            owner,
            labels,
            names=songs.song_ids,
            axes_names=axes_names,
            mark=mark,
            note=note,
        )
        return display.plot(ax=ax)

    def plot(self, ax: "Axes | None" = None) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.

        Returns
        -------
        WindowMapDisplay
            Itself, with `ax_` and `figure_`.
        """
        classes = np.unique(self.y).tolist()
        with lettered(classes, self.names.tolist()):
            names = short_names(classes, _LONGEST_LABEL)
            n_columns = _legend_columns(names)
            n_lines = -(-len(classes) // n_columns)
            size = (_WIDTH, 4.8 + 0.2 * n_lines)
            ax = axes_or_new(ax, size=size, caller="WindowMapDisplay")
            self.ax_, self.figure_ = ax, ax.figure
            handles = self._draw_classes(ax, classes)
            self._mark_songs(ax)
            ax.set(xlabel=self.axes_names[0], ylabel=self.axes_names[1])
            ax.spines[["top", "right"]].set_visible(False)
            ax.set_title(self._title(), loc="left", fontsize="medium")
            ax.legend(
                handles,
                names,
                loc="upper left",
                # Below the name of the axis.
                bbox_to_anchor=(-0.05, -0.13),
                ncols=n_columns,
                frameon=False,
                fontsize="small",
                handletextpad=0.2,
                columnspacing=1.0,
            )
        return self

    def _draw_classes(self, ax: "Axes", classes: list[Any]) -> list[Any]:
        from matplotlib.collections import LineCollection
        from matplotlib.lines import Line2D

        middles = self._middles()
        handles = []
        n_drawn = max(1, int(self._drawn.sum()))
        alpha = float(np.clip(60 / n_drawn**0.65, 0.25, 0.9))
        for i, (label, style) in enumerate(
            zip(classes, class_styles(classes), strict=True)
        ):
            # Shapes and colours turn at different rates, so that pairs differ.
            look = {"color": style["facecolor"], "marker": MARKERS[i % len(MARKERS)]}
            songs = np.flatnonzero(self.y == label)
            rows = np.flatnonzero(np.isin(self.groups, songs) & self._drawn)
            spokes = np.stack([middles[self.groups[rows]], self.points[rows]], axis=1)
            ax.add_collection(
                LineCollection(
                    list(spokes), color=look["color"], linewidth=0.5, alpha=0.35
                ),
                autolim=False,
            )
            ax.plot(*self.points[rows].T, ls="", ms=4, mew=0, alpha=alpha, **look)
            ax.plot(*middles[songs].T, ls="", ms=7, mec="black", mew=0.7, **look)
            handles.append(Line2D([], [], ls="", ms=7, mec="black", mew=0.7, **look))
        return handles

    def _middles(self) -> np.ndarray:
        """Mean of the points of each song, (n_songs, 2); NaN where there are none."""
        rows = self._drawn
        counts = np.bincount(self.groups[rows], minlength=len(self.y))
        sums = [
            np.bincount(self.groups[rows], weights=column, minlength=len(self.y))
            for column in self.points[rows].T
        ]
        middles = np.full((len(self.y), 2), np.nan)
        heard = counts > 0
        middles[heard] = np.stack(sums, axis=1)[heard] / counts[heard, None]
        return middles

    def _mark_songs(self, ax: "Axes") -> None:
        middles = self._middles()
        for song in self.mark:
            if np.isnan(middles[song]).any():
                continue
            rows = (self.groups == song) & self._drawn
            ax.plot(*self.points[rows].T, "o", ms=8, mfc="none", mec="black", mew=0.8)
            ax.annotate(
                shown(file_name(self.names[song]), _LONGEST_SONG),
                middles[song],
                xytext=(7, 7),
                textcoords="offset points",
                fontsize="small",
                weight="bold",
                bbox={
                    "facecolor": "white",
                    "alpha": 0.8,
                    "edgecolor": "none",
                    "pad": 1,
                },
                annotation_clip=True,
            )

    def _title(self) -> str:
        n_drawn = int(self._drawn.sum())
        n_songs = len(np.unique(self.groups[self._drawn]))
        title = f"{n_drawn:,} windows of {n_songs:,} songs"
        said = [self.note] if self.note else []
        if self.n_left_out:
            said.append(f"{self.n_left_out:,} with NaN are not drawn")
        n_without = len(self.y) - len(np.unique(self.groups))
        if n_without:
            have = "song has" if n_without == 1 else "songs have"
            said.append(f"{n_without:,} {have} no windows")
        return "\n".join([title, *said])


def _as_songs(X: Any, groups: ArrayLike | None) -> SongWindows:
    if isinstance(X, SongWindows):
        return X
    values = np.asarray(X)
    if groups is None:
        return SongWindows(values, np.ones(len(values), dtype=int))
    return SongWindows.from_arrays(values, groups)


def _chosen(
    songs: SongWindows, max_windows: int, seed: int | None
) -> tuple[np.ndarray, np.ndarray, str]:
    """Rows to be drawn, (n_rows,), their values as vectors, and what is to be said."""
    rows, note = np.arange(songs.n_windows), ""
    if len(rows) > max_windows:
        rng = np.random.default_rng(seed)
        rows = np.sort(rng.choice(len(rows), max_windows, replace=False))
        note = f"drawn by lot from {songs.n_windows:,} windows"
    values = np.asarray(songs.values[rows], dtype=float)
    return rows, values.reshape(len(rows), -1), note  # (n_rows, n_features)


def _laid_out(
    values: np.ndarray, labels: np.ndarray, method: Any, seed: int | None
) -> tuple[np.ndarray, tuple[str, str]]:
    """Coordinates of windows, (n_windows, 2), and what they are called."""
    if isinstance(method, str) and method not in ("pca", "tsne"):
        raise ValueError(
            f"Got method={method!r}, but expected 'pca', 'tsne' or a transformer."
        )
    if method == "pca":
        # One feature has one direction; the other coordinate is 0.
        pca = PCA(min(2, values.shape[1]), random_state=seed)
        points = make_pipeline(StandardScaler(), pca).fit_transform(values)
        shares = [*pca.explained_variance_ratio_, 0.0][:2]
        first, second = (
            f"{nth} principal component ({100 * share:.0f} % of variance)"
            for nth, share in zip(("first", "second"), shares, strict=True)
        )
        return np.pad(points, ((0, 0), (0, 2 - points.shape[1]))), (first, second)
    if method == "tsne":
        from sklearn.manifold import TSNE

        perplexity = min(_PERPLEXITY, (len(values) - 1) / 3)
        layout: Any = TSNE(perplexity=perplexity, random_state=seed, init="pca")
        name = "t-SNE"
    else:
        layout, name = clone(method), type(method).__name__
    model = make_pipeline(StandardScaler(), layout)
    points = np.asarray(model.fit_transform(values, labels), dtype=float)
    if points.ndim != 2 or points.shape[1] < 2:
        raise ValueError(
            f"Got {name} that gives shape {points.shape}, but expected two columns. "
            "Take more components or classes, or method='pca'."
        )
    return points[:, :2], (f"{name}, first axis", f"{name}, second axis")


def _legend_columns(names: list[str]) -> int:
    # About 13 small letters to the inch; a point takes the room of four.
    letters = max(map(len, names)) + 4
    return max(1, min(len(names), int(13 * _WIDTH / letters)))
