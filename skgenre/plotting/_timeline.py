"""TimelineDisplay: what the windows of a song say, second by second."""

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike

from skgenre._optional import require
from skgenre.audio._errors import AudioError
from skgenre.plotting._axes import axes_or_new, split_rows
from skgenre.plotting._colours import BLUE, ORANGE
from skgenre.plotting._song_axes import Above, Sound, draw_sound, hear
from skgenre.plotting._stack import (
    DECIDED,
    deciding_handle,
    draw_stack,
    legend_names,
    main_classes,
    name_bands,
    stack_bands,
)
from skgenre.plotting._steps import Steps, find_steps, merged
from skgenre.plotting._words import file_name, lettered, shown
from skgenre.voting._explain import SHARE
from skgenre.voting._judge_song import JudgedPart, JudgedSong, judge_song

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.legend import Legend
    from matplotlib.text import Text

Below = Literal["contribution", "attention"] | None

_NOT_CLASSES = ("song", "start", "end", "verdict")
_LONGEST_NAME = 42
# Heights of the rows, relative to each other, and in inches.
_ABOVE, _MAIN, _BELOW = 1.1, 2.4, 0.9


class TimelineDisplay:
    """Class probabilities of a song's windows over its seconds, and the verdict.

    Make it with `from_estimator` or `from_timeline`. Windows that overlap share
    their common seconds half and half, so that each is drawn where it is nearest; where
    no window is, nothing is drawn. A black bar marks the stretches that decided: the
    fewest windows that make up half of all that speaks for the verdict. Of more than
    ten classes the likeliest nine are drawn each on its own.

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
    contribution : array of shape (n_windows,), default=None
        What each window contributes to the verdict, as `skgenre.voting.explain` says.
    kind : str, default="share"
        In which units: that table's column of this name.
    attention : array of shape (n_windows,), default=None
        The weight of each window in the verdict, of a network that has one.
    deciding : sequence of (float, float), default=None
        Seconds from and to which windows decided; found by the contributions if None.
    waveform : array of shape (n_samples,), default=None
        The song, for ``above`` of `plot`.
    sample_rate : float, default=22050
        Samples of the waveform per second.
    waveform_start : float, default=0.0
        The second at which the waveform begins.
    n_parts : int, default=1
        Classifiers of which `window_proba` is the mean.
    reason : str, default=""
        Why the song has no windows, if it has none.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where windows are drawn.
    above_ax_, below_ax_ : matplotlib Axes or None
        Where the sound, and contributions or attention, are drawn.
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
        contribution: ArrayLike | None = None,
        kind: str = SHARE,
        attention: ArrayLike | None = None,
        deciding: Sequence[tuple[float, float]] | None = None,
        waveform: ArrayLike | None = None,
        sample_rate: float = 22050,
        waveform_start: float = 0.0,
        n_parts: int = 1,
        reason: str = "",
    ) -> None:
        self.window_proba = np.asarray(window_proba, dtype=float)
        self.classes = list(classes)
        if self.window_proba.ndim != 2 or self.window_proba.shape[1] != len(classes):
            raise ValueError(
                f"Got window_proba of shape {self.window_proba.shape}, but expected "
                f"(n_windows, {len(classes)}) for {len(classes)} classes."
            )
        nowhere = np.full(len(self.window_proba), np.nan)
        self.starts = nowhere if starts is None else self._row("starts", starts)
        self.ends = nowhere if ends is None else self._row("ends", ends)
        self.verdict = verdict
        self.song = song
        self.song_proba: np.ndarray | None = (
            None if song_proba is None else np.asarray(song_proba, dtype=float)
        )
        self.truth = truth
        self.contribution: np.ndarray | None = (
            None if contribution is None else self._row("contribution", contribution)
        )
        self.kind = kind
        self.attention: np.ndarray | None = (
            None if attention is None else self._row("attention", attention)
        )
        self.deciding = deciding
        self.waveform: np.ndarray | None = (
            None if waveform is None else np.asarray(waveform, dtype=float)
        )
        self.sample_rate = sample_rate
        self.waveform_start = waveform_start
        self.n_parts = n_parts
        self.reason = reason

    def _row(self, name: str, values: ArrayLike) -> np.ndarray:
        row = np.asarray(values, dtype=float)
        if row.shape != (len(self.window_proba),):
            raise ValueError(
                f"Got {name} of shape {row.shape}, but expected one number for each of "
                f"the {len(self.window_proba)} windows."
            )
        return row

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        *,
        song: int = 0,
        groups: ArrayLike | None = None,
        truth: Any = None,
        above: Above = None,
        below: Below = None,
        audio: Any = None,
        ax: "Axes | None" = None,
        legend: bool = True,
    ) -> Self:
        """Draw what a fitted model says of one song.

        Parameters
        ----------
        estimator : estimator
            Fitted, on other songs than this one if the picture is to be honest: a
            GroupVotingClassifier or MILClassifier, a Pipeline that ends in one, or what
            is made of such ones (VotingClassifier, CalibratedClassifierCV, a search).
            Of several that judge windows the mean is drawn, second by second.
        X : path, SongWindows, sequence of paths, or what else the model takes
            The song, or songs.
        song : int, default=0
            The position of the song in `X`. Only this one is read.
        groups : array-like of shape (n_windows,), default=None
            The song of each row, where `X` is a plain array of windows.
        truth : object, default=None
            The song's label, where it is known.
        above : {"mel", "waveform"} or None, default=None
            Draw the song's sound above: its mel spectrogram, or its waveform.
        below : {"contribution", "attention"} or None, default=None
            Draw below what each window contributes to the verdict, or the weight that
            a network gives it.
        audio : path, waveform or (waveform, rate), default=None
            The song's sound for `above`, where `X` does not lead to it.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None. With `above` or `below` it is split.
        legend : bool, default=True
            Name the classes at the right.

        Returns
        -------
        TimelineDisplay
            Drawn.

        Raises
        ------
        ValueError
            If nothing in the model judges windows, or the sound is not known.
        """
        judged = judge_song(estimator, X, song=song, groups=groups)
        display = cls.from_judged(judged, truth=truth)
        if above is not None:
            display.hear(judged.song if audio is None else audio, estimator)
        return display.plot(ax=ax, above=above, below=below, legend=legend)

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
    def from_judged(cls, judged: JudgedSong, *, truth: Any = None) -> Self:
        """Take what a model said of a song; nothing is drawn yet.

        Parameters
        ----------
        judged : JudgedSong
            As `skgenre.voting._judge_song.judge_song` gives it.
        truth : object, default=None
            The song's label, where it is known.

        Returns
        -------
        TimelineDisplay
            To be drawn by `plot`.
        """
        part, deciding = _as_one(judged)
        return cls(
            part.window_proba,
            judged.classes,
            starts=part.starts,
            ends=part.ends,
            verdict=judged.verdict,
            song=judged.name,
            song_proba=judged.song_proba,
            truth=truth,
            contribution=part.contribution,
            kind=part.kind,
            attention=part.attention,
            deciding=deciding,
            n_parts=max(1, len(judged.parts)),
            reason=judged.reason,
        )

    def hear(self, song: Any, model: Any) -> None:
        """Take the song's sound, to be drawn above.

        Parameters
        ----------
        song : path, Excerpt, waveform or (waveform, rate)
            Where the sound is. If there is nothing to hear, the picture says why.
        model : estimator
            Its FrameWindower says from where to where, and at which rate.
        """
        if self.reason:
            return
        try:
            sound = hear(song, model)
        except AudioError as error:
            self.reason = str(error)
            return
        self.waveform, self.sample_rate = sound.samples, sound.sample_rate
        self.waveform_start = sound.start

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        above: Above = None,
        below: Below = None,
        legend: bool = True,
        classes: Sequence[Any] | None = None,
    ) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None. With `above` or `below` it is split.
        above : {"mel", "waveform"} or None, default=None
            Draw the song's sound above.
        below : {"contribution", "attention"} or None, default=None
            Draw below what each window contributes, or its weight.
        legend : bool, default=True
            Name the classes at the right.
        classes : sequence, default=None
            Those that are drawn each on its own; the likeliest ones if None.

        Returns
        -------
        TimelineDisplay
            Itself, with `ax_`, `figure_` and `legend_`.
        """
        chosen = self.main_classes() if classes is None else list(classes)
        self._columns = sorted(self.classes.index(label) for label in chosen)
        self._check(above, below)
        heights = {"above": _ABOVE, "main": _MAIN, "below": _BELOW}
        rows = {"above": above, "main": "stack", "below": below}
        heights = {row: height for row, height in heights.items() if rows[row]}
        size = (7.5, 0.7 + sum(heights.values()))
        with lettered(self.classes, self.song, self.verdict, self.truth, self.reason):
            ax = axes_or_new(ax, size=size, caller="TimelineDisplay")
            main = list(heights).index("main")
            split = split_rows(ax, list(heights.values()), main)
            axes = dict(zip(heights, split, strict=True))
            self.ax_, self.figure_ = ax, ax.figure
            self.above_ax_, self.below_ax_ = axes.get("above"), axes.get("below")
            self._draw(above, below, legend=legend)
        return self

    def _check(self, above: Above, below: Below) -> None:
        if above not in ("mel", "waveform", None):
            raise ValueError(
                f"Got above={above!r}, but expected 'mel', 'waveform' or None."
            )
        if below not in ("contribution", "attention", None):
            raise ValueError(
                f"Got below={below!r}, but expected 'contribution', 'attention' or "
                "None."
            )
        if above and self.waveform is None and not self.reason:
            raise ValueError(
                f"Got above={above!r} without a waveform, but expected "
                "TimelineDisplay(..., waveform=..., sample_rate=...)."
            )
        if below and getattr(self, below) is None and len(self.window_proba):
            raise ValueError(
                f"Got below={below!r}, which this model does not tell, but expected "
                "a model that does: "
                + (
                    "MILClassifier gives windows weights."
                    if below == "attention"
                    else "GroupVotingClassifier and MILClassifier explain verdicts."
                )
            )

    # -- drawing ----------------------------------------------------------------------

    def _draw(self, above: Above, below: Below, *, legend: bool) -> None:
        ax = self.ax_
        steps = find_steps(self.starts, self.ends)
        bands, names = self._draw_windows(ax, steps)
        if self.above_ax_ is not None:
            self._draw_above(self.above_ax_, above)
        if self.below_ax_ is not None:
            self._draw_below(self.below_ax_, below, steps)
        self._limit(steps)
        self._mark_deciding()
        self._title(self.above_ax_ or ax)
        # Where the axes end, as a share of their width, and the legend may start.
        right = 1.02
        if self.song_proba is not None and len(self.window_proba):
            self._draw_song(ax.inset_axes((right, 0, 0.04, 1)), self.song_proba)
            right = 1.08
        self.legend_: Legend | None = None
        if legend and bands:
            self._draw_legend(bands, legend_names(names), right)

    def _draw_legend(self, bands: list[Any], names: list[str], right: float) -> None:
        # The first class lies at the bottom of the stack.
        handles, labels = bands[::-1], names[::-1]
        if self.find_deciding():
            handles, labels = [deciding_handle(), *handles], [DECIDED, *labels]
        self.legend_ = self.ax_.legend(
            handles,
            labels,
            bbox_to_anchor=(right, 0.5),
            loc="center left",
            frameon=False,
            borderaxespad=0.2,
            fontsize="medium" if len(handles) < 6 else "small",
        )

    def main_classes(self) -> list[Any]:
        """Find the classes to be drawn each on its own.

        Returns
        -------
        list
            All of up to ten; else the verdict, the truth and the likeliest others.
        """
        always = [
            self.classes.index(label)
            for label in (self.verdict, self.truth)
            if label in self.classes
        ]
        return [self.classes[i] for i in main_classes(self.window_proba, always)]

    def _draw_windows(self, ax: "Axes", steps: Steps) -> tuple[list[Any], list[str]]:
        proba = steps.along(self.window_proba)
        heights, names, styles = stack_bands(proba, self.classes, self._columns)
        bands = draw_stack(ax, heights, steps.edges, styles)
        label = "probability"
        if self.n_parts > 1:
            label += f"\n(mean of {self.n_parts})"
        ax.set(ylabel=label, ylim=(0, 1), yticks=[0, 0.5, 1])
        if bands:
            name_bands(ax, heights, steps.edges, names, styles)
        else:
            reason = textwrap.fill(shown(self.reason, 200), 60)
            ax.text(
                0.5,
                0.5,
                f"no windows\n{reason}".strip(),
                transform=ax.transAxes,
                ha="center",
                va="center",
            )
        ax.spines[["top", "right"]].set_visible(False)
        return bands, names

    def _limit(self, steps: Steps) -> None:
        """Show the whole song where it is known, else from first to last window."""
        lowest = self.below_ax_ or self.ax_
        lowest.set_xlabel("time (s)" if steps.in_seconds else "window")
        ends = list(steps.edges[[0, -1]]) if len(steps.rows) else []
        if self.above_ax_ is not None and self.waveform is not None:
            sound = self._sound(self.waveform)
            ends += [sound.start, sound.end]
            lowest.set_xlabel("time (s)")
        if ends:
            self.ax_.set_xlim(min(ends), max(ends))
            # specshow, which shares the axis, leaves it without numbers.
            ticker = require("matplotlib.ticker", "plot", "TimelineDisplay")
            every = ticker.MaxNLocator(7, steps=[1, 2, 5, 10])
            self.ax_.xaxis.set_major_locator(every)
            self.ax_.xaxis.set_major_formatter(ticker.ScalarFormatter())
        else:
            self.ax_.set_xticks([])

    def _sound(self, waveform: np.ndarray) -> Sound:
        return Sound(waveform, self.sample_rate, self.waveform_start)

    def _draw_above(self, ax: "Axes", above: Above) -> None:
        if self.waveform is not None:
            draw_sound(ax, self._sound(self.waveform), above)
        else:
            ax.set(yticks=[])
            ax.text(0.5, 0.5, "no sound", transform=ax.transAxes, ha="center")
        ax.spines[["top", "right"]].set_visible(False)

    def _draw_below(self, ax: "Axes", below: Below, steps: Steps) -> None:
        values = self.attention if below == "attention" else self.contribution
        if values is not None and len(values):
            heights = np.nan_to_num(steps.along(values))  # (n_steps,)
            for sign, colour, hatch in ((1, BLUE, None), (-1, ORANGE, "////")):
                ax.stairs(
                    np.where(sign * heights > 0, heights, 0),
                    steps.edges,
                    fill=True,
                    edgecolor="white",
                    linewidth=0.4,
                    facecolor=colour,
                    hatch=hatch,
                )
            ax.axhline(0, color="black", linewidth=0.8)
        units = "weight" if below == "attention" else self.kind
        ax.set_ylabel(f"{below}\n({units})", fontsize="small")
        ax.locator_params(axis="y", nbins=3)
        ax.tick_params(axis="y", labelsize="small")
        ax.spines[["top", "right"]].set_visible(False)

    def find_deciding(self) -> list[tuple[float, float]]:
        """Find the stretches that are marked.

        Returns
        -------
        list of (float, float)
            Starts and ends in seconds, in order.
        """
        if self.deciding is not None:
            return list(self.deciding)
        return JudgedPart(
            self.window_proba, self.starts, self.ends, self.contribution
        ).deciding()

    def _mark_deciding(self) -> None:
        """Draw a bar along the stretches that decided, and lines through the sound."""
        for start, end in self.find_deciding():
            self.ax_.plot(
                [start, end],
                [1.0, 1.0],
                color="black",
                linewidth=4,
                solid_capstyle="butt",
                transform=self.ax_.get_xaxis_transform(),
                clip_on=False,
                gid="deciding",
            )
            if self.above_ax_ is not None:
                for second in (start, end):
                    # White on black is seen on whatever lies below.
                    for colour, dashes in (("black", "-"), ("white", (0, (4, 4)))):
                        self.above_ax_.axvline(
                            second, color=colour, linestyle=dashes, linewidth=1.0
                        )

    def _title(self, ax: "Axes") -> None:
        # Between the axes and the name there is room for the verdict.
        title = ax.set_title(
            self._name(), loc="left", fontsize="medium", weight="bold", pad=19
        )
        verdict = ax.annotate(
            self._verdict(),
            (0, 1),
            xycoords="axes fraction",
            xytext=(0, 4),
            textcoords="offset points",
            va="bottom",
        )
        # Longer than the axes are wide, they would run out of the picture.
        _shrink(title, verdict, within=ax)

    def _draw_song(self, ax: "Axes", song_proba: np.ndarray) -> None:
        # (1, n_classes): one step, as wide as the bar
        heights, _, styles = stack_bands(
            np.atleast_2d(song_proba), self.classes, self._columns
        )
        draw_stack(ax, heights, np.array([0.0, 1.0]), styles)
        ax.set(xlim=(0, 1), ylim=(0, 1), yticks=[], xticks=[0.5])
        ax.set_xticklabels(["song"])
        # Down beside the axis label, clear of the last second's number.
        ax.tick_params(length=0, pad=4 if self.below_ax_ is not None else 19)
        ax.spines[:].set_visible(False)

    def _name(self) -> str:
        return "" if self.song is None else shown(file_name(self.song), _LONGEST_NAME)

    def _verdict(self) -> str:
        if self.verdict is None:
            return "no verdict" if not len(self.window_proba) else ""
        verdict = f"verdict: {self.verdict}"
        if self.song_proba is not None:
            share = self.song_proba[self.classes.index(self.verdict)]
            verdict += f" ({100 * share:.0f} %)"
        if self.truth is not None:
            right = self.truth == self.verdict
            verdict += ", right" if right else f", but it is {self.truth}"
        return shown(verdict)


def _as_one(judged: JudgedSong) -> tuple[JudgedPart, list[tuple[float, float]]]:
    """Take all parts as one, and the stretches that decided."""
    if not judged.parts:
        return JudgedPart(np.zeros((0, len(judged.classes)))), []
    if len(judged.parts) == 1:
        return judged.parts[0], judged.parts[0].deciding()
    proba, starts, ends, speed = merged(judged.parts)
    whole = JudgedPart(proba, starts, ends, speed, kind=f"{SHARE} per s")
    stretches = sorted(pair for part in judged.parts for pair in part.deciding())
    joined: list[tuple[float, float]] = []
    for start, end in stretches:
        if joined and start <= joined[-1][1]:
            start, end = joined[-1][0], max(end, joined.pop()[1])
        joined.append((start, end))
    return whole, joined


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
