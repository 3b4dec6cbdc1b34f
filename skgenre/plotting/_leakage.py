"""LeakageDisplay: the accuracy of one model under leaky and honest splits."""

from typing import TYPE_CHECKING, Any, Self

from numpy.typing import ArrayLike

from skgenre.plotting._axes import axes_or_new, legend_above, rule_along
from skgenre.plotting._colours import BLUE, ORANGE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# How the points of each level look, how far beside the tick they stand, and where their
# numbers do: on the sides that a falling line leaves free.
_STYLES: dict[str, dict[str, Any]] = {
    "window": {"color": BLUE, "marker": "o", "label": "windows"},
    "song": {"color": ORANGE, "marker": "s", "label": "songs"},
}
_BESIDE = {"window": -0.09, "song": 0.09}
_NUMBERS: dict[str, dict[str, Any]] = {
    "window": {"xytext": (-8, -8), "ha": "right"},
    "song": {"xytext": (8, 8), "ha": "left"},
}


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

    # A LeakageReport is of a later room, which draws itself with this one.
    def __init__(self, report: Any) -> None:
        self.report = report

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: ArrayLike,
        *,
        ax: "Axes | None" = None,
        **kwargs: Any,
    ) -> Self:
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
        # Upwards, so only when asked: scikit-learn's form of a Display has it made
        # from an estimator, and the numbers are the report's.
        from skgenre.model_selection._leakage import leakage_report

        return cls(leakage_report(estimator, X, y, **kwargs)).plot(ax=ax)

    @classmethod
    def from_report(cls, report: Any, *, ax: "Axes | None" = None) -> Self:
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

    def plot(self, ax: "Axes | None" = None) -> Self:
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
        names = self._names()
        size = (1.8 + 1.7 * len(names), 4)
        ax = axes_or_new(ax, size=size, caller="LeakageDisplay")
        self.ax_, self.figure_ = ax, ax.figure
        for level in _STYLES:
            self._draw_level(ax, level)
        ax.set_xticks(range(len(names)), names)
        ax.set_xlim(-0.5, len(names) - 0.5)
        ax.set(xlabel="held out", ylabel="accuracy (%)")
        rule_along(ax, axis="y", bare=["top", "right"])
        legend_above(
            ax,
            title=f"share right, {100 * self.report.confidence:g} % interval",
            ncols=2,
            title_fontsize="small",
            alignment="left",
        )
        return self

    def _names(self) -> list[str]:
        """What each split holds out, a word a line: they stand close together."""
        return [name.replace(" ", "\n") for name in self.report.held_out.values()]

    def _draw_level(self, ax: "Axes", level: str) -> None:
        scores = [row for row in self.report.scores if row["level"] == level]
        x = [i + _BESIDE[level] for i in range(len(scores))]
        mean = [100 * row["accuracy"] for row in scores]
        low = [100 * (row["accuracy"] - row["low"]) for row in scores]
        high = [100 * (row["high"] - row["accuracy"]) for row in scores]
        # Rounding may put an end on the wrong side of the mean.
        ends = [[max(0, end) for end in side] for side in (low, high)]
        style = _STYLES[level]
        ax.errorbar(
            x, mean, yerr=ends, linestyle="", linewidth=2, markersize=7, **style
        )
        ax.plot(x, mean, color=style["color"], linestyle=":", linewidth=1)
        for position, value in zip(x, mean, strict=True):
            ax.annotate(
                f"{value:.1f}",
                (position, value),
                textcoords="offset points",
                va="center",
                color=style["color"],
                fontsize="small",
                **_NUMBERS[level],
            )
