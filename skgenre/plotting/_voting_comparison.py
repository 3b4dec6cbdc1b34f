"""VotingComparisonDisplay: the accuracy of votings, per fold and over all songs."""

from typing import Any

import numpy as np

from skgenre._optional import require
from skgenre.plotting._colours import BLUE, GREY, ORANGE


class VotingComparisonDisplay:
    """Accuracy of votings: small points are folds, large ones all songs.

    Make it with `from_estimator` or `from_comparison`.

    Parameters
    ----------
    comparison : VotingComparison
        What `compare_votings` returns.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where it is drawn.
    figure_ : matplotlib Figure
        The figure that holds it.

    See Also
    --------
    skgenre.model_selection.compare_votings : The numbers.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> import numpy as np
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from skgenre import GroupVotingClassifier, SongWindows
    >>> from skgenre.plotting import VotingComparisonDisplay
    >>> rng = np.random.default_rng(0)
    >>> y = np.array(["jazz", "rock"] * 10)
    >>> windows = SongWindows(rng.normal(size=(100, 3)), counts=[5] * 20)
    >>> display = VotingComparisonDisplay.from_estimator(
    ...     GroupVotingClassifier(GaussianNB()), windows, y, votings=["mean", "max"]
    ... )
    >>> [label.get_text() for label in display.ax_.get_yticklabels()]
    ['majority', 'mean', 'max']
    """

    def __init__(self, comparison: Any) -> None:
        self.comparison = comparison

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any,
        *,
        kind: str = "accuracy",
        ax: Any = None,
        **kwargs: Any,
    ) -> "VotingComparisonDisplay":
        """Compare votings of a classifier by cross-validation, and draw.

        Parameters
        ----------
        estimator : GroupVotingClassifier or Pipeline that ends in one
            Its own voting does not matter.
        X : SongWindows, sequence of paths, or what else the pipeline takes
            Songs.
        y : array-like of shape (n_songs,)
            The label of each song.
        kind : {"accuracy", "difference"}, default="accuracy"
            As in `plot`.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.
        **kwargs
            Further parameters of `compare_votings`.

        Returns
        -------
        VotingComparisonDisplay
            Drawn.
        """
        from skgenre.model_selection import compare_votings

        return cls(compare_votings(estimator, X, y, **kwargs)).plot(ax=ax, kind=kind)

    @classmethod
    def from_comparison(
        cls, comparison: Any, *, kind: str = "accuracy", ax: Any = None
    ) -> "VotingComparisonDisplay":
        """Draw what `compare_votings` returned.

        Parameters
        ----------
        comparison : VotingComparison
            The numbers.
        kind : {"accuracy", "difference"}, default="accuracy"
            As in `plot`.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.

        Returns
        -------
        VotingComparisonDisplay
            Drawn.
        """
        return cls(comparison).plot(ax=ax, kind=kind)

    def plot(
        self, ax: Any = None, *, kind: str = "accuracy"
    ) -> "VotingComparisonDisplay":
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.
        kind : {"accuracy", "difference"}, default="accuracy"
            The accuracies, or their paired differences to the reference, which show
            far smaller effects: votings are right and wrong on the same songs.

        Returns
        -------
        VotingComparisonDisplay
            Itself, with `ax_` and `figure_`.
        """
        if kind not in ("accuracy", "difference"):
            raise ValueError(
                f"Got kind={kind!r}, but expected 'accuracy' or 'difference'."
            )
        rows = dict(self.comparison.pooled)
        if kind == "difference":
            del rows[self.comparison.reference]
            if not rows:
                raise ValueError(
                    "Got kind='difference' with one voting, but expected a second one "
                    f"to compare with {self.comparison.reference!r}."
                )
        pyplot = require("matplotlib.pyplot", "plot", "VotingComparisonDisplay")
        if ax is None:
            size = (7, 1.6 + 0.42 * len(rows))
            _, ax = pyplot.subplots(figsize=size, layout="constrained")
        self.ax_, self.figure_ = ax, ax.figure
        self._draw_rows(ax, rows, kind)
        if kind == "accuracy":
            label = "accuracy (% of songs)"
            self._draw_line(ax, rows)
        else:
            label = f"accuracy minus that of {self.comparison.reference} (points)"
            ax.axvline(0, color="black", linewidth=1, zorder=1.5)
        ax.set_xlabel(label)
        ax.set_yticks(range(len(rows)), list(rows))
        ax.set_ylim(len(rows) - 0.4, -0.6)
        ax.tick_params(axis="y", length=0)
        ax.spines[["top", "right", "left"]].set_visible(False)
        ax.grid(axis="x", color="#DDDDDD", linewidth=0.6)
        ax.set_axisbelow(True)
        ax.legend(
            loc="lower left",
            bbox_to_anchor=(0, 1),
            borderaxespad=0.2,
            ncols=3,
            frameon=False,
            fontsize="small",
            handletextpad=0.4,
            columnspacing=1.2,
        )
        return self

    def _draw_rows(self, ax: Any, rows: dict, kind: str) -> None:
        folds = self._by_fold(kind)
        # Under the interval, folds of equal accuracy beside rather than on each other.
        spread = np.linspace(0.14, 0.34, len(next(iter(folds.values()))))
        confidence = f"{100 * self.comparison.confidence:g} % interval"
        for i, (name, row) in enumerate(rows.items()):
            mean, low, high = (
                100 * row[key] for key in (kind, f"{kind}_low", f"{kind}_high")
            )
            ax.plot(
                *(folds[name], i + spread, "o"),
                **{"color": GREY, "alpha": 0.7, "markersize": 4, "mew": 0},
                label=None if i else "one fold",
            )
            ax.plot(
                *([low, high], [i, i]),
                **{"color": BLUE, "linewidth": 2.2, "solid_capstyle": "butt"},
            )
            ax.plot(
                *([mean], [i], "o-"),
                **{"color": BLUE, "markersize": 8, "linewidth": 2.2},
                label=None if i else f"all songs, {confidence}",
            )
            text = f"{mean:.1f}" if kind == "accuracy" else f"{mean:+.1f}"
            ax.text(
                *(1.02, i, text),
                transform=ax.get_yaxis_transform(),
                va="center",
            )

    def _by_fold(self, kind: str) -> dict[str, np.ndarray]:
        accuracy: dict[str, list[float]] = {}
        for row in self.comparison.per_fold:
            accuracy.setdefault(row["voting"], []).append(100 * row["accuracy"])
        folds = {name: np.array(values) for name, values in accuracy.items()}
        if kind == "difference":
            against = folds[self.comparison.reference]
            return {name: values - against for name, values in folds.items()}
        return folds

    def _draw_line(self, ax: Any, rows: dict) -> None:
        window_accuracy = 100 * next(iter(rows.values()))["window_accuracy"]
        if np.isfinite(window_accuracy):
            ax.axvline(
                window_accuracy,
                color=ORANGE,
                linestyle="--",
                linewidth=1.5,
                zorder=0,
                label=f"windows alone ({window_accuracy:.1f})",
            )
