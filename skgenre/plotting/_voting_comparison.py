"""VotingComparisonDisplay: the accuracy of votings, per fold and over all songs."""

from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike

from skgenre.plotting._axes import axes_or_new, legend_above, rule_along
from skgenre.plotting._colours import BLUE, GREY, ORANGE
from skgenre.plotting._words import lettered, short_names, shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Kind = Literal["accuracy", "difference"]
_LONGEST_NAME = 28


class VotingComparisonDisplay:
    """Accuracy of votings, or models: small points are folds, large ones all songs.

    Make it with `from_estimator` or `from_comparison`.

    Parameters
    ----------
    comparison : VotingComparison or ModelComparison
        What `compare_votings` or `compare_models` returns.

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

    # A VotingComparison is of a later room, which draws itself with this one.
    def __init__(self, comparison: Any) -> None:
        self.comparison = comparison

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: ArrayLike,
        *,
        kind: Kind = "accuracy",
        ax: "Axes | None" = None,
        **kwargs: Any,
    ) -> Self:
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
        # Upwards, so only when asked: scikit-learn's form of a Display has it made
        # from an estimator, and the numbers are the comparison's.
        from skgenre.model_selection._compare_votings import compare_votings

        return cls(compare_votings(estimator, X, y, **kwargs)).plot(ax=ax, kind=kind)

    @classmethod
    def from_comparison(
        cls, comparison: Any, *, kind: Kind = "accuracy", ax: "Axes | None" = None
    ) -> Self:
        """Draw what `compare_votings` or `compare_models` returned.

        Parameters
        ----------
        comparison : VotingComparison or ModelComparison
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

    def plot(self, ax: "Axes | None" = None, *, kind: Kind = "accuracy") -> Self:
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
        scores = self._scores(kind)
        names = short_names(list(scores), _LONGEST_NAME)
        reference = shown(self.comparison.reference, _LONGEST_NAME)
        size = (7, 1.6 + 0.42 * len(scores))
        with lettered(list(scores), self.comparison.reference):
            ax = axes_or_new(ax, size=size, caller="VotingComparisonDisplay")
            self.ax_, self.figure_ = ax, ax.figure
            self._draw_votings(ax, scores, kind)
            if kind == "accuracy":
                label = "accuracy (% of songs)"
                self._draw_window_accuracy(ax, scores)
            else:
                label = f"accuracy minus that of {reference} (points)"
                ax.axvline(0, color="black", linewidth=1, zorder=1.5)
            ax.set_xlabel(label)
            ax.set_yticks(range(len(scores)), names)
            ax.set_ylim(len(scores) - 0.4, -0.6)
            rule_along(ax, axis="x", bare=["top", "right", "left"])
            legend_above(ax, ncols=2, handletextpad=0.4, columnspacing=1.2)
        return self

    def _scores(self, kind: Kind) -> dict[str, dict[str, Any]]:
        """Scores of each voting that is drawn: of all, or of all but the reference."""
        if kind not in ("accuracy", "difference"):
            raise ValueError(
                f"Got kind={kind!r}, but expected 'accuracy' or 'difference'."
            )
        scores = dict(self.comparison.pooled)
        if kind == "difference":
            del scores[self.comparison.reference]
            if not scores:
                raise ValueError(
                    "Got kind='difference' with one voting, but expected a second one "
                    f"to compare with {self.comparison.reference!r}."
                )
        return scores

    def _draw_votings(
        self, ax: "Axes", scores: dict[str, dict[str, Any]], kind: Kind
    ) -> None:
        folds = self.comparison.by_fold(kind)
        # Under the interval, folds of equal accuracy beside rather than on each other.
        spread = np.linspace(0.14, 0.34, len(next(iter(folds.values()))))
        form = "{:.1f}" if kind == "accuracy" else "{:+.1f}"
        for i, (name, row) in enumerate(scores.items()):
            mean, low, high = (
                100 * row[key] for key in (kind, f"{kind}_low", f"{kind}_high")
            )
            ax.plot(
                100 * folds[name],
                i + spread,
                "o",
                color=GREY,
                alpha=0.7,
                markersize=4,
                mew=0,
                label=None if i else "one fold",
            )
            self._draw_interval(ax, i, mean, (low, high))
            # Beside the axes, whatever the values are.
            beside = ax.get_yaxis_transform()
            ax.text(1.02, i, form.format(mean), transform=beside, va="center")

    def _draw_interval(
        self, ax: "Axes", i: int, mean: float, ends: tuple[float, float]
    ) -> None:
        confidence = f"{100 * self.comparison.confidence:g} % interval"
        ax.plot(ends, [i, i], color=BLUE, linewidth=2.2, solid_capstyle="butt")
        ax.plot(
            [mean],
            [i],
            "o-",
            color=BLUE,
            markersize=8,
            linewidth=2.2,
            # Named once in the legend, not once for each voting.
            label=None if i else f"all songs, {confidence}",
        )

    def _draw_window_accuracy(
        self, ax: "Axes", scores: dict[str, dict[str, Any]]
    ) -> None:
        # The same for all votings: it is of the windows that they vote over.
        # Models need not hear windows.
        row = next(iter(scores.values()))
        window_accuracy = 100 * row.get("window_accuracy", np.nan)
        if np.isfinite(window_accuracy):
            ax.axvline(
                window_accuracy,
                color=ORANGE,
                linestyle="--",
                linewidth=1.5,
                zorder=0,
                label=f"windows alone ({window_accuracy:.1f})",
            )
