"""TimelineDisplay: what the windows of a song say, second by second."""

import math
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from skgenre._optional import require
from skgenre.plotting._axes import axes_or_new
from skgenre.plotting._colours import class_styles
from skgenre.voting._judge_song import JudgedSong, judge_song

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend
    from matplotlib.patches import StepPatch
    from matplotlib.text import Text

_NOT_CLASSES = ("song", "start", "end", "verdict")
_LONGEST_NAME = 42
_LONGEST_LABEL = 18


class TimelineDisplay:
    """Class probabilities of a song's windows over its seconds, and the verdict.

    Make it with `from_estimator` or `from_timeline`. Windows that overlap share
    their common seconds half and half, so that each is drawn where it is nearest.

    Parameters
    ----------
    window_proba : array of shape (n_windows, n_classes)
        What the classifier says of each window.
    classes : sequence of length n_classes
        The labels, in the order of the columns.
    starts, ends : array of shape (n_windows,), default=None
        Where each window lies, in seconds; windows are counted if None or NaN.
    verdict : object, default=None
        The label that the voting gives the song.
    song : object, default=None
        The song's name; of a path, the name of the file is shown.
    song_proba : array of shape (n_classes,), default=None
        What the voting says of the song; drawn as a bar beside the windows.
    truth : object, default=None
        The song's label, where it is known.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where it is drawn.
    figure_ : matplotlib Figure
        The figure that holds it.
    legend_ : matplotlib Legend or None
        The classes.

    See Also
    --------
    plot_timelines : Several songs in one figure.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> import numpy as np
    >>> from skgenre.plotting import TimelineDisplay
    >>> proba = np.array([[0.6, 0.4], [0.9, 0.1], [0.3, 0.7]])
    >>> display = TimelineDisplay(
    ...     proba, ["jazz", "rock"], starts=[0, 2.5, 5], ends=[5, 7.5, 10],
    ...     verdict="jazz", song="So What",
    ... ).plot()
    >>> display.ax_.get_xlabel()
    'time (s)'
    """

    def __init__(
        self,
        window_proba: ArrayLike,
        classes: Sequence[Any],
        *,
        starts: ArrayLike | None = None,
        ends: ArrayLike | None = None,
        verdict: Any = None,
        song: Any = None,
        song_proba: ArrayLike | None = None,
        truth: Any = None,
    ) -> None:
        self.window_proba = np.asarray(window_proba, dtype=float)
        self.classes = list(classes)
        if self.window_proba.ndim != 2 or self.window_proba.shape[1] != len(classes):
            raise ValueError(
                f"Got window_proba of shape {self.window_proba.shape}, but expected "
                f"(n_windows, {len(classes)}) for {len(classes)} classes."
            )
        nowhere = np.full(len(self.window_proba), np.nan)
        self.starts = nowhere if starts is None else np.asarray(starts, dtype=float)
        self.ends = nowhere if ends is None else np.asarray(ends, dtype=float)
        self.verdict = verdict
        self.song = song
        self.song_proba: np.ndarray | None = (
            None if song_proba is None else np.asarray(song_proba, dtype=float)
        )
        self.truth = truth

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        *,
        song: int = 0,
        groups: ArrayLike | None = None,
        truth: Any = None,
        ax: "Axes | None" = None,
        legend: bool = True,
    ) -> Self:
        """Draw what a fitted classifier says of one song.

        Parameters
        ----------
        estimator : GroupVotingClassifier, MILClassifier or Pipeline that ends in one
            Fitted, on other songs than this one if the picture is to be honest.
        X : path, SongWindows, sequence of paths, or what else the pipeline takes
            The song, or songs.
        song : int, default=0
            The position of the song in `X`. Only this one is read.
        groups : array-like of shape (n_windows,), default=None
            The song of each row, where `X` is a plain array of windows.
        truth : object, default=None
            The song's label, where it is known.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.
        legend : bool, default=True
            Name the classes at the right.

        Returns
        -------
        TimelineDisplay
            Drawn.
        """
        judged = judge_song(estimator, X, song=song, groups=groups)
        return cls._of(judged, truth=truth).plot(ax=ax, legend=legend)

    @classmethod
    def from_timeline(
        cls,
        timeline: "pd.DataFrame",
        *,
        song: Any = None,
        song_proba: ArrayLike | None = None,
        truth: Any = None,
        ax: "Axes | None" = None,
        legend: bool = True,
    ) -> Self:
        """Draw one song of the table that `GroupVotingClassifier.timeline` gives.

        Parameters
        ----------
        timeline : pandas.DataFrame
            Columns song, start, end, one per class, verdict.
        song : object, default=None
            The song's name in the table, where it holds several.
        song_proba : array-like of shape (n_classes,), default=None
            What the voting says of the song.
        truth : object, default=None
            The song's label, where it is known.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.
        legend : bool, default=True
            Name the classes at the right.

        Returns
        -------
        TimelineDisplay
            Drawn.
        """
        one, names = _one_song(timeline, song)
        classes = [c for c in one.columns if c not in _NOT_CLASSES]
        has_verdict = "verdict" in one.columns and len(one)
        display = cls(
            one[classes].to_numpy(),
            classes,
            starts=one["start"].to_numpy(),
            ends=one["end"].to_numpy(),
            verdict=one["verdict"].iloc[0] if has_verdict else None,
            song=names[0] if song is None and len(names) else song,
            song_proba=song_proba,
            truth=truth,
        )
        return display.plot(ax=ax, legend=legend)

    @classmethod
    def _of(cls, judged: JudgedSong, *, truth: Any) -> Self:
        return cls(
            judged.window_proba,
            judged.classes,
            starts=judged.starts,
            ends=judged.ends,
            verdict=judged.verdict,
            song=judged.name,
            song_proba=judged.song_proba,
            truth=truth,
        )

    def plot(self, ax: "Axes | None" = None, *, legend: bool = True) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.
        legend : bool, default=True
            Name the classes at the right.

        Returns
        -------
        TimelineDisplay
            Itself, with `ax_`, `figure_` and `legend_`.
        """
        ax = axes_or_new(ax, size=(8, 3), caller="TimelineDisplay")
        self.ax_, self.figure_ = ax, ax.figure
        self.legend_: Legend | None = None
        handles = self._draw_windows(ax)
        # Where the axes end, as a share of their width, and the legend may start.
        right = 1.02
        if self.song_proba is not None:
            self._draw_song(ax.inset_axes((right, 0, 0.04, 1)), self.song_proba)
            right = 1.08
        # The empty line under the name is where the verdict stands.
        title = ax.set_title(
            f"{self._name()}\n", loc="left", fontsize="medium", weight="bold"
        )
        verdict = ax.text(0, 1.03, self._verdict(), transform=ax.transAxes, va="bottom")
        # Longer than the axes are wide, they would run out of the picture.
        _shrink(title, verdict, within=ax)
        ax.spines[["top", "right"]].set_visible(False)
        if legend and handles:
            # The first class lies at the bottom of the stack.
            self.legend_ = ax.legend(
                handles[::-1],
                [_short(label) for label in self.classes[::-1]],
                bbox_to_anchor=(right, 0.5),
                loc="center left",
                frameon=False,
            )
        return self

    def _draw_windows(self, ax: "Axes") -> "list[StepPatch]":
        edges, unit = self._edges()
        handles = self._stack(ax, self.window_proba, edges)
        ax.set(xlabel=unit, ylabel="probability", ylim=(0, 1), yticks=[0, 0.5, 1])
        if len(edges) > 1:
            ax.set_xlim(edges[0], edges[-1])
            ax.locator_params(axis="x", nbins=7, steps=[1, 2, 5, 10])
        else:
            ax.set_xticks([])
            ax.text(0.5, 0.5, "no windows", transform=ax.transAxes, ha="center")
        return handles

    def _edges(self) -> tuple[np.ndarray, str]:
        """Where one window's stretch ends and the next one's starts."""
        n_windows = len(self.window_proba)
        if n_windows == 0:
            return np.zeros(1), "time (s)"
        if not (np.isfinite(self.starts).all() and np.isfinite(self.ends).all()):
            return np.arange(n_windows + 1) + 0.5, "window"
        # Windows may overlap: each is drawn where no other's centre is nearer.
        centres = (self.starts + self.ends) / 2  # (n_windows,)
        inner = (centres[1:] + centres[:-1]) / 2  # (n_windows - 1,)
        return np.concatenate([self.starts[:1], inner, self.ends[-1:]]), "time (s)"

    def _stack(
        self, ax: "Axes", proba: np.ndarray, edges: np.ndarray
    ) -> "list[StepPatch]":
        """Stack the classes over each other, (n_steps, n_classes), between edges."""
        if len(edges) < 2:
            return []
        tops = np.cumsum(proba, axis=1)  # (n_steps, n_classes)
        handles = []
        for i, style in enumerate(class_styles(self.classes)):
            below = tops[:, i - 1] if i else np.zeros(len(tops))
            step = ax.stairs(
                tops[:, i], edges, baseline=below, fill=True, linewidth=0, **style
            )
            step.set_edgecolor("white")  # of hatches
            handles.append(step)
        # Lines between classes, for those who see no difference of their colours.
        for i in range(len(self.classes) - 1):
            ax.stairs(tops[:, i], edges, baseline=None, color="white", linewidth=0.6)
        return handles

    def _draw_song(self, ax: "Axes", song_proba: np.ndarray) -> None:
        # (1, n_classes): one step, as wide as the bar
        self._stack(ax, np.atleast_2d(song_proba), np.array([0.0, 1.0]))
        ax.set(xlim=(0, 1), ylim=(0, 1), yticks=[], xticks=[0.5])
        ax.set_xticklabels(["song"])
        # Down beside the axis label, clear of the last second's number.
        ax.tick_params(length=0, pad=19)
        ax.spines[:].set_visible(False)

    def _name(self) -> str:
        name = "" if self.song is None else str(self.song)
        if "/" in name or "\\" in name:
            name = Path(name.replace("\\", "/")).stem
        if len(name) > _LONGEST_NAME:
            name = f"{name[: _LONGEST_NAME - 3]}..."
        return _verbatim(name)

    def _verdict(self) -> str:
        if self.verdict is None:
            return ""
        verdict = f"verdict: {self.verdict}"
        if self.song_proba is not None:
            share = self.song_proba[self.classes.index(self.verdict)]
            verdict += f" ({100 * share:.0f} %)"
        if self.truth is not None:
            right = self.truth == self.verdict
            verdict += ", right" if right else f", but it is {self.truth}"
        return _verbatim(verdict)


def _shrink(*texts: "Text", within: "Axes") -> None:
    """Make letters smaller until lines end where the axes do."""
    if within.get_figure() is None:
        return
    # Before a layout is made: about the width that it will leave.
    widest = within.get_window_extent().width
    for text in texts:
        width = text.get_window_extent().width
        if width > widest > 0:
            text.set_fontsize(max(6.0, float(text.get_fontsize()) * widest / width))


def _short(label: Any) -> str:
    """A name that leaves the picture most of its width."""
    return "\n".join(textwrap.wrap(str(label), _LONGEST_LABEL)[:3]) or str(label)


def _verbatim(text: str) -> str:
    # A dollar sign would start a formula.
    return text.replace("$", r"\$")


def _one_song(timeline: "pd.DataFrame", song: Any) -> "tuple[pd.DataFrame, np.ndarray]":
    """Take one song out of a table, and the names of all in it."""
    lost = [c for c in ("song", "start", "end") if c not in timeline.columns]
    if lost:
        raise ValueError(
            f"Got a table without the column(s) {lost}, but expected song, start, end, "
            "one column per class and verdict, as from timeline(X)."
        )
    names = timeline["song"].unique()
    if song is None and len(names) > 1:
        raise ValueError(
            f"Got a table of {len(names)} songs, but expected one. Choose it with "
            f"song={names[0]!r}."
        )
    if song is None:
        return timeline, names
    one = timeline[timeline["song"] == song]
    if len(one) == 0:
        raise ValueError(
            f"Got song={song!r}, which the table does not hold, but expected one "
            f"of its {len(names)} songs, such as {list(names[:3])}."
        )
    return one, names


def plot_timelines(
    estimator: Any,
    X: Any,
    *,
    songs: Sequence[int] | None = None,
    y: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    n_cols: int = 2,
) -> "Figure":
    """Draw what a fitted classifier says of several songs, in one figure.

    Parameters
    ----------
    estimator : GroupVotingClassifier, MILClassifier or Pipeline that ends in one
        Fitted.
    X : SongWindows, sequence of paths, or what else the pipeline takes
        Songs.
    songs : sequence of int, default=None
        Positions of the songs to draw; the first six if None.
    y : array-like of shape (n_songs,), default=None
        The label of each song in `X`, where known.
    groups : array-like of shape (n_windows,), default=None
        The song of each row, where `X` is a plain array of windows.
    n_cols : int, default=2
        Songs beside each other.

    Returns
    -------
    matplotlib Figure
        One set of axes per song and one legend.

    See Also
    --------
    TimelineDisplay : One song.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> import numpy as np
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from skgenre import GroupVotingClassifier, SongWindows
    >>> from skgenre.plotting import plot_timelines
    >>> rng = np.random.default_rng(0)
    >>> y = np.array(["jazz", "rock"] * 10)
    >>> windows = SongWindows(rng.normal(size=(100, 3)), counts=[5] * 20)
    >>> model = GroupVotingClassifier(GaussianNB()).fit(windows, y)
    >>> figure = plot_timelines(model, windows, songs=[0, 1], y=y)
    >>> [ax.get_ylabel() for ax in figure.axes]
    ['probability', '']
    """
    if songs is None:
        n_songs = len(X) if groups is None else len(set(np.asarray(groups).tolist()))
        songs = range(min(6, n_songs))
    displays = [
        TimelineDisplay._of(
            judge_song(estimator, X, song=song, groups=groups),
            truth=None if y is None else np.asarray(y)[song],
        )
        for song in songs
    ]
    return draw_timelines(displays, n_cols=n_cols)


def draw_timelines(displays: Sequence[TimelineDisplay], *, n_cols: int = 2) -> "Figure":
    """Draw several songs in one figure with one legend.

    Parameters
    ----------
    displays : sequence of TimelineDisplay
        With the same classes.
    n_cols : int, default=2
        Songs beside each other.

    Returns
    -------
    matplotlib Figure
        One set of axes per song and one legend.
    """
    if not displays:
        raise ValueError("Got no songs to draw, but expected at least one.")
    pyplot = require("matplotlib.pyplot", "plot", "plot_timelines")
    n_cols = min(n_cols, len(displays))
    n_rows = math.ceil(len(displays) / n_cols)
    figure, grid = pyplot.subplots(
        n_rows,
        n_cols,
        figsize=(5 * n_cols, 2.2 * n_rows + 0.6),
        layout="constrained",
        squeeze=False,
    )
    for i, ax in enumerate(grid.flat):
        if i >= len(displays):
            ax.set_axis_off()
            continue
        displays[i].plot(ax=ax, legend=False)
        # The axes share what they show: one label is enough for songs side by side.
        if i % n_cols:
            ax.set_ylabel("")
    _draw_legend(figure, displays[0].classes)
    return figure


def _draw_legend(figure: "Figure", classes: list[Any]) -> None:
    """Name the classes once, below all songs."""
    from matplotlib.patches import Patch

    # About 12 letters to the inch; a coloured box takes the room of seven.
    letters = min(_LONGEST_LABEL, max(len(str(label)) for label in classes)) + 7
    n_cols = max(1, int(12 * figure.get_figwidth() / letters))
    figure.legend(
        handles=[Patch(edgecolor="white", **style) for style in class_styles(classes)],
        labels=[_short(label) for label in classes],
        loc="outside lower center",
        ncols=min(len(classes), n_cols),
        frameon=False,
    )
