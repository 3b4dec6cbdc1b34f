"""LeakageDisplay: the accuracy of one model under leaky and honest splits."""

from typing import Any

from skgenre._optional import require
from skgenre.plotting._colours import BLUE, ORANGE

_HELD_OUT = {
    "window": "random\nwindows",
    "song": "whole\nsongs",
    "artist": "whole\nartists",
}
_STYLES = {
    "window": {"color": BLUE, "marker": "o", "label": "windows"},
    "song": {"color": ORANGE, "marker": "s", "label": "songs"},
}
_BESIDE = {"window": -0.09, "song": 0.09}


class LeakageDisplay:
    """Accuracy of windows and of songs by what was held out, with intervals.

    Make it with `from_estimator` or `from_report`.

    Parameters
    ----------
    report : LeakageReport
        What `leakage_report` returns.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where it is drawn.
    figure_ : matplotlib Figure
        The figure that holds it.

    See Also
    --------
    skgenre.model_selection.leakage_report : The numbers.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> import numpy as np
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from skgenre import GroupVotingClassifier, SongWindows
    >>> from skgenre.plotting import LeakageDisplay
    >>> rng = np.random.default_rng(0)
    >>> y = np.array(["jazz", "rock"] * 10)
    >>> windows = SongWindows(rng.normal(size=(100, 3)), counts=[5] * 20)
    >>> display = LeakageDisplay.from_estimator(
    ...     GroupVotingClassifier(GaussianNB()), windows, y
    ... )
    >>> [label.get_text().split() for label in display.ax_.get_xticklabels()]
    [['random', 'windows'], ['whole', 'songs']]
    """

    def __init__(self, report: Any) -> None:
        self.report = report

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any, y: Any, *, ax: Any = None, **kwargs: Any
    ) -> "LeakageDisplay":
        """Cross-validate a classifier under each split, and draw.

        Parameters
        ----------
        estimator : GroupVotingClassifier or Pipeline that ends in one
            The model.
        X : SongWindows, sequence of paths, or what else the pipeline takes
            Songs.
        y : array-like of shape (n_songs,)
            The label of each song.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.
        **kwargs
            Further parameters of `leakage_report`.

        Returns
        -------
        LeakageDisplay
            Drawn.
        """
        from skgenre.model_selection import leakage_report

        return cls(leakage_report(estimator, X, y, **kwargs)).plot(ax=ax)

    @classmethod
    def from_report(cls, report: Any, *, ax: Any = None) -> "LeakageDisplay":
        """Draw what `leakage_report` returned.

        Parameters
        ----------
        report : LeakageReport
            The numbers.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.

        Returns
        -------
        LeakageDisplay
            Drawn.
        """
        return cls(report).plot(ax=ax)

    def plot(self, ax: Any = None) -> "LeakageDisplay":
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.

        Returns
        -------
        LeakageDisplay
            Itself, with `ax_` and `figure_`.
        """
        pyplot = require("matplotlib.pyplot", "plot", "LeakageDisplay")
        splits = list(self.report.song_proba)
        if ax is None:
            size = (1.8 + 1.7 * len(splits), 4)
            _, ax = pyplot.subplots(figsize=size, layout="constrained")
        self.ax_, self.figure_ = ax, ax.figure
        for level, style in _STYLES.items():
            self._draw_level(ax, level, splits, style)
        ax.set_xticks(range(len(splits)), [_HELD_OUT[split] for split in splits])
        ax.set_xlim(-0.5, len(splits) - 0.5)
        ax.set(xlabel="held out", ylabel="accuracy (%)")
        ax.tick_params(axis="x", length=0)
        ax.spines[["top", "right"]].set_visible(False)
        ax.grid(axis="y", color="#DDDDDD", linewidth=0.6)
        ax.set_axisbelow(True)
        ax.legend(
            title=f"share right, {100 * self.report.confidence:g} % interval",
            loc="lower left",
            bbox_to_anchor=(0, 1),
            borderaxespad=0.2,
            ncols=2,
            frameon=False,
            fontsize="small",
            title_fontsize="small",
            alignment="left",
        )
        return self

    def _draw_level(self, ax: Any, level: str, splits: list, style: dict) -> None:
        rows = [row for row in self.report.scores if row["level"] == level]
        x = [i + _BESIDE[level] for i in range(len(splits))]
        mean = [100 * row["accuracy"] for row in rows]
        low = [100 * (row["accuracy"] - row["low"]) for row in rows]
        high = [100 * (row["high"] - row["accuracy"]) for row in rows]
        # Rounding may put an end on the wrong side of the mean.
        ends = [[max(0, end) for end in side] for side in (low, high)]
        ax.errorbar(
            x, mean, yerr=ends, linestyle="", linewidth=2, markersize=7, **style
        )
        ax.plot(x, mean, color=style["color"], linestyle=":", linewidth=1)
        for position, value in zip(x, mean, strict=True):
            ax.annotate(
                f"{value:.1f}",
                (position, value),
                # On the sides of the points that a falling line leaves free.
                xytext=(-8, -8) if level == "window" else (8, 8),
                textcoords="offset points",
                ha="right" if level == "window" else "left",
                va="center",
                color=style["color"],
                fontsize="small",
            )
