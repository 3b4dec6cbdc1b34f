"""ReliabilityDisplay: whether verdicts are right as often as they are sure."""

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from skgenre.plotting._axes import axes_or_new, legend_above, rule_along, split_rows
from skgenre.plotting._colours import LINES
from skgenre.plotting._unheard import unheard_songs
from skgenre.plotting._words import lettered, short_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LONGEST_LABEL = 30


class ReliabilityDisplay:
    """Share of right verdicts by their confidence, with intervals and numbers of songs.

    Make it with `from_estimator`, `from_predictions` or `from_comparison`. The
    confidence of a verdict is its probability. Above the diagonal verdicts are right
    more often than they say, below it less often. The calibration error (ECE) is the
    mean distance from the diagonal, over songs; it is that of `compare_votings`.

    Parameters
    ----------
    reliabilities : dict of str to Reliability
        Of one model or several, by name.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where shares are drawn.
    counts_ax_ : matplotlib Axes
        Where numbers of songs are drawn, below.
    figure_ : matplotlib Figure
        The figure that holds it.

    References
    ----------
    .. [1] C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, "On calibration of modern
       neural networks", ICML 2017.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> from skgenre.plotting import ReliabilityDisplay
    >>> display = ReliabilityDisplay.from_predictions(
    ...     ["jazz", "jazz", "rock", "jazz"],
    ...     [[0.9, 0.1], [0.9, 0.1], [0.4, 0.6], [0.4, 0.6]],
    ... )
    >>> display.ax_.get_ylabel()
    'verdicts that are right (%)'
    >>> round(display.reliabilities["verdicts"].ece, 3)
    0.1
    """

    # A Reliability is of a later room, which draws itself with this one.
    def __init__(self, reliabilities: dict[str, Any]) -> None:
        self.reliabilities = dict(reliabilities)
        if not self.reliabilities:
            raise ValueError("Got nothing to draw, but expected at least one model.")

    @classmethod
    def from_predictions(
        cls,
        y: ArrayLike,
        song_proba: ArrayLike,
        *,
        classes: Sequence[Any] | None = None,
        name: str = "verdicts",
        n_bins: int = 10,
        ax: "Axes | None" = None,
    ) -> Self:
        """Draw probabilities of songs whose labels are known.

        Parameters
        ----------
        y : array-like of shape (n_songs,)
            The label of each song.
        song_proba : array-like of shape (n_songs, n_classes)
            Probabilities; rows with NaN, of songs without a verdict, are left out.
        classes : sequence of length n_classes, default=None
            The label of each column; those in `y`, sorted, if None.
        name : str, default="verdicts"
            What is drawn.
        n_bins : int, default=10
            Bins of equal width.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None. It is split.

        Returns
        -------
        ReliabilityDisplay
            Drawn.
        """
        # Upwards, so only when asked: the numbers are those of comparisons.
        from skgenre.model_selection._reliability import reliability

        labels = np.asarray(y)
        proba = np.asarray(song_proba, dtype=float)
        columns = np.unique(labels) if classes is None else np.asarray(classes)
        if proba.shape != (len(labels), len(columns)):
            raise ValueError(
                f"Got song_proba of shape {proba.shape}, but expected ({len(labels)}, "
                f"{len(columns)}): a row per song, a column for each of "
                f"{columns.tolist()}. Say which labels columns are of with classes=..."
            )
        judged = np.isfinite(proba).all(axis=1)
        # The column of each label; -1, always wrong, where there is none.
        position = {label: i for i, label in enumerate(columns.tolist())}
        index = np.array([position.get(label, -1) for label in labels.tolist()])
        found = reliability(index[judged], proba[judged], n_bins=n_bins)
        return cls({name: found}).plot(ax=ax)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: ArrayLike,
        *,
        n_bins: int = 10,
        ax: "Axes | None" = None,
    ) -> Self:
        """Ask a fitted model about songs, and draw how far it can be believed.

        Parameters
        ----------
        estimator : classifier of songs
            Fitted on other songs. Songs that have no windows are left out.
        X : SongWindows, sequence of paths, or what else the model takes
            Songs.
        y : array-like of shape (n_songs,)
            The label of each song.
        n_bins : int, default=10
            Bins of equal width.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None. It is split.

        Returns
        -------
        ReliabilityDisplay
            Drawn.
        """
        with warnings.catch_warnings():
            # They are left out, as the class shares that they get are no verdict.
            warnings.filterwarnings("ignore", ".*(no windows|could not be used)")
            proba = np.array(estimator.predict_proba(X), dtype=float)
            proba[unheard_songs(estimator, X)] = np.nan
        return cls.from_predictions(
            y,
            proba,
            classes=np.asarray(estimator.classes_).tolist(),
            name=type(estimator).__name__,
            n_bins=n_bins,
            ax=ax,
        )

    @classmethod
    def from_comparison(
        cls,
        comparison: Any,
        names: str | Sequence[str] | None = None,
        *,
        ax: "Axes | None" = None,
    ) -> Self:
        """Draw out-of-fold probabilities of votings, or models, of a comparison.

        Parameters
        ----------
        comparison : VotingComparison or ModelComparison
            What `compare_votings` or `compare_models` returns.
        names : str or sequence of str, default=None
            Which votings, or models; the reference if None.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None. It is split.

        Returns
        -------
        ReliabilityDisplay
            Drawn.
        """
        if names is None:
            names = comparison.reference
        chosen = [names] if isinstance(names, str) else list(names)
        return cls({name: comparison.reliability(name) for name in chosen}).plot(ax=ax)

    def plot(self, ax: "Axes | None" = None) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None. It is split.

        Returns
        -------
        ReliabilityDisplay
            Itself, with `ax_`, `counts_ax_` and `figure_`.
        """
        names = list(self.reliabilities)
        with lettered(names):
            ax = axes_or_new(
                ax, size=(6.0, 4.8 + 0.2 * len(names)), caller="ReliabilityDisplay"
            )
            self.ax_, self.counts_ax_ = split_rows(ax, [3.0, 1.0], 0)
            self.figure_ = ax.figure
            ax.plot([0, 100], [0, 100], color="black", lw=0.8, ls=":", label="ideal")
            labels = short_names(names, _LONGEST_LABEL)
            for i, (label, found) in enumerate(
                zip(labels, self.reliabilities.values(), strict=True)
            ):
                self._draw_shares(ax, label, found, LINES[i % len(LINES)])
                self._draw_counts(self.counts_ax_, found, LINES[i % len(LINES)])
            self._dress(ax, self.counts_ax_)
        return self

    def _draw_shares(
        self, ax: "Axes", label: str, found: Any, style: dict[str, Any]
    ) -> None:
        filled = found.n_songs > 0
        x, y = 100 * found.confidence[filled], 100 * found.accuracy[filled]
        # Rounding may put an end on the wrong side of the share.
        below = np.maximum(y - 100 * found.low[filled], 0)
        above = np.maximum(100 * found.high[filled] - y, 0)
        ax.errorbar(
            x,
            y,
            # Lists, as matplotlib 3.9 takes an array of one for a number.
            yerr=[below.tolist(), above.tolist()],
            capsize=3,
            linewidth=1.5,
            markersize=6,
            label=f"{label} (ECE {100 * found.ece:.1f} points)",
            **style,
        )

    def _draw_counts(self, ax: "Axes", found: Any, style: dict[str, Any]) -> None:
        edges = np.linspace(0, 100, len(found.n_songs) + 1)
        if len(self.reliabilities) > 1:
            look = {"color": style["color"], "linestyle": style["linestyle"]}
            ax.stairs(found.n_songs, edges, linewidth=1.5, **look)
            return
        ax.stairs(found.n_songs, edges, fill=True, color=style["color"], alpha=0.6)
        middles = (edges[1:] + edges[:-1]) / 2
        for x, n in zip(middles, found.n_songs, strict=True):
            if n:
                ax.annotate(
                    f"{n:,}",
                    (x, n),
                    xytext=(0, 1),
                    textcoords="offset points",
                    ha="center",
                    va="bottom",
                    fontsize="small",
                )

    def _dress(self, ax: "Axes", counts: "Axes") -> None:
        found = next(iter(self.reliabilities.values()))
        ax.set(ylabel="verdicts that are right (%)", ylim=(-3, 103), xlim=(0, 100))
        rule_along(ax, axis="y", bare=["top", "right"])
        legend_above(
            ax,
            title=f"Right verdicts by confidence, {100 * found.level:g} % interval",
            ncols=1 if len(self.reliabilities) > 2 else 2,
            alignment="left",
        )
        counts.set(ylabel="songs", xlabel="confidence: probability of the verdict (%)")
        counts.margins(y=0.3)
        counts.set_ylim(bottom=0)
        counts.locator_params(axis="y", nbins=3, integer=True)
        counts.spines[["top", "right"]].set_visible(False)
