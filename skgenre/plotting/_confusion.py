"""ConfusionDisplay: which class is taken for which, and by which songs."""

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from skgenre._by_song.numbering import checked_length
from skgenre.plotting._axes import axes_or_new
from skgenre.plotting._unheard import unheard_songs
from skgenre.plotting._words import lettered, short_names, shown
from skgenre.windows._song_windows import SongWindows

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH = 6.4  # inches
_LONGEST_LABEL = 20
_SMALLEST, _LARGEST = 5.0, 10.0  # points
# Columns of more classes are too narrow for names: they get numbers.
_MOST_NAMED = 25
_NO_VERDICT = "no verdict"


class ConfusionDisplay:
    """Songs by label (row) and verdict (column), shaded by the share of the row.

    Make it with `from_estimator`, `from_predictions` or `from_comparison`. What stands
    in a cell is the number of songs, at the right the recall: the share of the songs
    of a label, as far as they were judged, that got the right verdict. Songs without a
    verdict stand in a column of their own.

    Parameters
    ----------
    y : array-like of shape (n_songs,)
        The label of each song.
    verdicts : array-like of shape (n_songs,)
        What was said of each; None or NaN where nothing was.
    classes : sequence, default=None
        Labels in the order of rows and columns; all that occur, sorted, if None.
    names : array-like of shape (n_songs,), default=None
        What songs are called; their positions if None.

    Attributes
    ----------
    classes : list of length n_classes
        The labels.
    counts : int array of shape (n_classes, n_classes)
        Songs by label and verdict.
    unjudged : int array of shape (n_classes,)
        Songs of each label without a verdict.
    recall : float array of shape (n_classes,)
        Share of right verdicts; NaN of labels without judged songs.
    ax_ : matplotlib Axes
        Where it is drawn.
    figure_ : matplotlib Figure
        The figure that holds it.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> from skgenre.plotting import ConfusionDisplay
    >>> display = ConfusionDisplay.from_predictions(
    ...     ["jazz", "jazz", "rock"], ["jazz", "rock", "rock"],
    ...     names=["So What", "Spain", "Help"],
    ... )
    >>> display.recall
    array([0.5, 1. ])
    >>> display.songs("jazz", "rock")
    ['Spain']
    """

    def __init__(
        self,
        y: ArrayLike,
        verdicts: ArrayLike,
        *,
        classes: Sequence[Any] | None = None,
        names: ArrayLike | None = None,
    ) -> None:
        self.y = _as_list(y)
        self.verdicts = [None if _is_missing(v) else v for v in _as_list(verdicts)]
        checked_length(np.arange(len(self.verdicts)), len(self.y), "verdicts", "song")
        n_songs = len(self.y)
        self.names = list(range(n_songs)) if names is None else _as_list(names)
        checked_length(np.arange(len(self.names)), n_songs, "names", "song")
        self.classes = self._found_classes() if classes is None else list(classes)
        self._rows = self._columns_of(self.y, "label")
        self._columns = self._columns_of(self.verdicts, "verdict")
        n_classes = len(self.classes)
        every = np.zeros((n_classes, n_classes + 1), dtype=int)
        np.add.at(every, (self._rows, self._columns), 1)
        self.counts = every[:, :n_classes]
        self.unjudged = every[:, n_classes]
        judged = self.counts.sum(axis=1)
        right = self.counts.diagonal().astype(float)
        self.recall = np.divide(
            right, judged, out=np.full(n_classes, np.nan), where=judged > 0
        )

    def _found_classes(self) -> list[Any]:
        found = {*self.y, *self.verdicts} - {None}
        try:
            return sorted(found)
        except TypeError:  # of several types
            return sorted(found, key=str)

    def _columns_of(self, labels: list[Any], what: str) -> np.ndarray:
        """Position of each label among the classes, the one behind them for None."""
        position = {label: i for i, label in enumerate(self.classes)}
        if what == "verdict":
            position[None] = len(self.classes)
        unknown = next((label for label in labels if label not in position), None)
        if unknown is not None or (None in labels and None not in position):
            raise ValueError(
                f"Got the {what} {unknown!r}, but expected one of the classes "
                f"{self.classes}."
            )
        return np.array([position[label] for label in labels], dtype=int)

    # -- construction -----------------------------------------------------------------

    @classmethod
    def from_predictions(
        cls,
        y: ArrayLike,
        verdicts: ArrayLike,
        *,
        classes: Sequence[Any] | None = None,
        names: ArrayLike | None = None,
        ax: "Axes | None" = None,
    ) -> Self:
        """Draw verdicts on songs whose labels are known.

        Parameters
        ----------
        y, verdicts : array-like of shape (n_songs,)
            The label of each song, and what was said of it; None or NaN for nothing.
        classes : sequence, default=None
            Labels in the order of rows and columns; all that occur, sorted, if None.
        names : array-like of shape (n_songs,), default=None
            What songs are called; their positions if None.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.

        Returns
        -------
        ConfusionDisplay
            Drawn.
        """
        return cls(y, verdicts, classes=classes, names=names).plot(ax=ax)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: ArrayLike,
        *,
        names: ArrayLike | None = None,
        ax: "Axes | None" = None,
    ) -> Self:
        """Ask a fitted model about songs, and draw what it says.

        Parameters
        ----------
        estimator : classifier of songs
            Fitted on other songs. Songs that have no windows get no verdict.
        X : SongWindows, sequence of paths, or what else the model takes
            Songs.
        y : array-like of shape (n_songs,)
            The label of each song.
        names : array-like of shape (n_songs,), default=None
            What songs are called; their ids or paths if None.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.

        Returns
        -------
        ConfusionDisplay
            Drawn.
        """
        if names is None:
            names = X.song_ids if isinstance(X, SongWindows) else _paths(X)
        with warnings.catch_warnings():
            # The picture shows them in a column of their own.
            warnings.filterwarnings("ignore", ".*(no windows|could not be used)")
            verdicts = np.asarray(estimator.predict(X)).astype(object)
            verdicts[unheard_songs(estimator, X)] = None
        classes = np.asarray(estimator.classes_).tolist()
        extra = sorted(set(_as_list(y)) - set(classes), key=str)
        return cls(y, verdicts, classes=classes + extra, names=names).plot(ax=ax)

    @classmethod
    def from_comparison(
        cls, comparison: Any, name: str | None = None, *, ax: "Axes | None" = None
    ) -> Self:
        """Draw out-of-fold verdicts of one voting, or model, of a comparison.

        Parameters
        ----------
        comparison : VotingComparison or ModelComparison
            What `compare_votings` or `compare_models` returns.
        name : str, default=None
            Which voting, or model; the reference if None.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.

        Returns
        -------
        ConfusionDisplay
            Drawn. Songs that no fold tests are left out.
        """
        name = comparison.reference if name is None else name
        tested = comparison.fold >= 0
        verdicts = comparison.verdicts(name).astype(object)
        verdicts[~comparison.heard] = None
        display = cls(
            comparison.y[tested],
            verdicts[tested],
            classes=comparison.classes.tolist(),
            names=comparison.song_ids[tested],
        )
        return display.plot(ax=ax)

    def songs(self, label: Any, verdict: Any) -> list[Any]:
        """Name the songs behind a cell.

        Parameters
        ----------
        label : object
            What the songs are.
        verdict : object
            What was said of them; None for those without a verdict.

        Returns
        -------
        list
            Names, in the order given.

        Raises
        ------
        ValueError
            If there is no such class.
        """
        (row,) = self._columns_of([label], "label")
        (column,) = self._columns_of([verdict], "verdict")
        behind = np.flatnonzero((self._rows == row) & (self._columns == column))
        return [self.names[song] for song in behind]

    # -- drawing ----------------------------------------------------------------------

    def plot(self, ax: "Axes | None" = None) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.

        Returns
        -------
        ConfusionDisplay
            Itself, with `ax_` and `figure_`.
        """
        n_classes = len(self.classes)
        if not n_classes:
            raise ValueError("Got no songs to draw, but expected at least one.")
        row = max(0.17, min(0.42, 3.8 / n_classes))  # inches
        with lettered(self.classes):
            names = short_names(self.classes, _LONGEST_LABEL)
            letters = max(map(len, names)) if n_classes <= _MOST_NAMED else 3
            size = (_WIDTH, 1.2 + 0.08 * letters + row * n_classes)
            ax = axes_or_new(ax, size=size, caller="ConfusionDisplay")
            self.ax_, self.figure_ = ax, ax.figure
            self._draw_cells(ax)
            self._name_axes(ax, names)
        return self

    def _shares(self) -> np.ndarray:
        judged = self.counts.sum(axis=1, keepdims=True)
        return self.counts / np.maximum(judged, 1)

    def _draw_cells(self, ax: "Axes") -> None:
        from matplotlib.patches import Rectangle

        shares = self._shares()
        ax.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
        n_classes = len(self.classes)
        # Right verdicts are framed, so that they are found without the shade.
        for i in range(n_classes):
            ax.add_patch(
                Rectangle(
                    (i - 0.5, i - 0.5),
                    1,
                    1,
                    fill=False,
                    edgecolor="black",
                    linewidth=0.8 if n_classes < 30 else 0.4,
                )
            )
        digits = len(str(self.counts.max(initial=0)))
        size = self._font(ax, letters=digits + 0.6)
        for i, j in np.argwhere(self.counts).tolist():
            # What is wider than its cell would be read as its neighbour's.
            if self._font(ax, letters=len(str(self.counts[i, j])), least=0.0) < size:
                continue
            ax.text(
                j,
                i,
                str(self.counts[i, j]),
                ha="center",
                va="center",
                fontsize=size,
                color="white" if shares[i, j] > 0.55 else "black",
            )
        if self.unjudged.any():
            for i in np.flatnonzero(self.unjudged).tolist():
                ax.text(
                    n_classes + 0.2,
                    i,
                    str(self.unjudged[i]),
                    ha="center",
                    va="center",
                    fontsize=size,
                )

    def _font(self, ax: "Axes", *, letters: float, least: float = _SMALLEST) -> float:
        """Size at which so many letters fit into a cell, of the axes about."""
        box = ax.get_window_extent()
        points = 72 / ax.figure.dpi
        n_columns = len(self.classes) + 1.2 * bool(self.unjudged.any())
        # Names at both sides take some of the width yet.
        wide = 0.75 * box.width * points / n_columns / (0.65 * letters)
        tall = 0.75 * self._row_points(ax)
        return float(np.clip(min(wide, tall), least, _LARGEST))

    def _row_points(self, ax: "Axes") -> float:
        return ax.get_window_extent().height * 72 / ax.figure.dpi / len(self.classes)

    def _name_axes(self, ax: "Axes", names: list[str]) -> None:
        n_classes = len(self.classes)
        songs = self.counts.sum(axis=1) + self.unjudged
        rows = [f"{name} ({n})" for name, n in zip(names, songs, strict=True)]
        size = float(np.clip(0.75 * self._row_points(ax), _SMALLEST, _LARGEST))
        places: list[float] = [*range(n_classes)]
        columns = list(names)
        if n_classes > _MOST_NAMED:
            columns = [str(i) for i in range(1, n_classes + 1)]
            rows = [f"{row}  {i}" for row, i in zip(rows, columns, strict=True)]
        if self.unjudged.any():
            places, columns = [*places, n_classes + 0.2], [*columns, _NO_VERDICT]
            ax.set_xlim(-0.5, n_classes + 0.7)
        wide = self._font(ax, letters=max(map(len, columns)) + 1.0)
        fits = wide >= _LARGEST - 1
        narrow = self._font(ax, letters=1.7)
        ax.set_xticks(
            places,
            columns,
            rotation=0 if fits else 90,
            fontsize=_LARGEST - 1 if fits else narrow,
        )
        ax.set_yticks(range(n_classes), rows, fontsize=size)
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
        ax.set(xlabel="verdict", ylabel="label (songs)")
        beside = ax.get_yaxis_transform()
        for i, recall in enumerate(self.recall):
            text = "-" if np.isnan(recall) else f"{100 * recall:.0f} %"
            ax.text(
                1.02, i, text, transform=beside, va="center", ha="left", fontsize=size
            )
        ax.annotate(
            "recall",
            (1.02, 1),
            xycoords="axes fraction",
            xytext=(0, 6),
            textcoords="offset points",
            fontsize=size,
        )
        ax.set_title(self._title(), loc="left", fontsize="medium")

    def _title(self) -> str:
        judged, right = int(self.counts.sum()), int(np.trace(self.counts))
        title = f"{right} of {judged} songs right"
        if judged:
            title += f" ({100 * right / judged:.1f} %)"
        if self.unjudged.any():
            title += f", {self.unjudged.sum()} without a verdict"
        return shown(title)


def _as_list(values: Any) -> list[Any]:
    """Labels as what Python has for them: equal ones are one key."""
    return values.tolist() if hasattr(values, "tolist") else list(values)


def _is_missing(label: Any) -> bool:
    # NaN, pandas' NA and NaT are not equal to themselves.
    if label is None:
        return True
    try:
        return bool(label != label)
    except TypeError:
        return True


def _paths(X: Any) -> list[Any] | None:
    from skgenre.audio._song import is_file

    songs = list(X) if isinstance(X, list | tuple | np.ndarray) else []
    return songs if songs and all(map(is_file, songs)) else None
