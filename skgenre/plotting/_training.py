"""TrainingDisplay: how a network's loss fell, and which epoch was taken."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.pipeline import Pipeline

from skgenre.plotting._axes import axes_or_new, legend_above, split_rows
from skgenre.plotting._colours import BLUE, ORANGE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HELD_OUT = "val_"
_SIDES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("", {"color": BLUE, "marker": "o", "linestyle": "-", "label": "trained on"}),
    (
        _HELD_OUT,
        {"color": ORANGE, "marker": "s", "linestyle": "--", "label": "held out"},
    ),
)


class TrainingDisplay:
    """Loss and metrics of each epoch, of songs trained on and of songs held out.

    Make it with `from_estimator` or `from_history`. A line marks the epoch whose
    weights the network has: that of the smallest loss on what was held out, or the
    last one where nothing was.

    Parameters
    ----------
    history : dict of str to sequence of float
        "loss" and other metrics of each epoch, as `history_` of networks has them;
        "val_loss" and so on of what was held out.
    name : str, default=""
        Of the network, for the title.

    Attributes
    ----------
    chosen_epoch : int
        The epoch that is marked, counted from 1.
    ax_ : matplotlib Axes
        Where the loss is drawn.
    axes_ : list of matplotlib Axes
        One for each metric, the loss first.
    figure_ : matplotlib Figure
        The figure that holds it.

    See Also
    --------
    sklearn.model_selection.LearningCurveDisplay : Scores by number of songs.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> from skgenre.plotting import TrainingDisplay
    >>> history = {"loss": [0.9, 0.5, 0.3], "val_loss": [0.8, 0.6, 0.7]}
    >>> TrainingDisplay.from_history(history).chosen_epoch
    2
    """

    def __init__(
        self, history: Mapping[str, Sequence[float]], *, name: str = ""
    ) -> None:
        self.history = {
            key: np.asarray(values, dtype=float) for key, values in history.items()
        }
        lengths = {key: len(values) for key, values in self.history.items()}
        if (
            not self.history.get("loss", np.zeros(0)).size
            or len({*lengths.values()}) > 1
        ):
            raise ValueError(
                f"Got a history of {lengths}, but expected 'loss' of at least one "
                "epoch, and as many numbers of every other metric."
            )
        self.name = name
        held = self.history.get(f"{_HELD_OUT}loss")
        self.chosen_epoch = len(self.history["loss"])
        if held is not None and np.isfinite(held).any():
            # The first of several that are equal, as training has it.
            self.chosen_epoch = int(np.nanargmin(held)) + 1

    @classmethod
    def from_estimator(cls, estimator: Any, *, ax: "Axes | None" = None) -> Self:
        """Draw how the network in a fitted model was trained.

        Parameters
        ----------
        estimator : estimator
            Fitted: a KerasWindowClassifier or MILClassifier, or a Pipeline, a
            GroupVotingClassifier or another model that holds one.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None. It is split where there are metrics.

        Returns
        -------
        TrainingDisplay
            Drawn.

        Raises
        ------
        ValueError
            If there is no network, or several.
        """
        found = list({id(part): part for part in _networks(estimator)}.values())
        if len(found) != 1:
            raise ValueError(
                f"Got {type(estimator).__name__} that holds {len(found) or 'no'} "
                "fitted networks with a history_, but expected one. Take the one to "
                "draw: TrainingDisplay.from_history(network.history_)."
            )
        (network,) = found
        return cls(network.history_, name=type(network).__name__).plot(ax=ax)

    @classmethod
    def from_history(
        cls,
        history: Mapping[str, Sequence[float]],
        *,
        name: str = "",
        ax: "Axes | None" = None,
    ) -> Self:
        """Draw losses and metrics of epochs.

        Parameters
        ----------
        history : dict of str to sequence of float
            As `history_` of networks, or ``History.history`` of Keras.
        name : str, default=""
            Of the network, for the title.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None. It is split where there are metrics.

        Returns
        -------
        TrainingDisplay
            Drawn.
        """
        return cls(history, name=name).plot(ax=ax)

    def plot(self, ax: "Axes | None" = None) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None. It is split where there are metrics.

        Returns
        -------
        TrainingDisplay
            Itself, with `ax_`, `axes_` and `figure_`.
        """
        metrics = self._metrics()
        size = (6.4, 1.0 + 2.4 + 1.6 * (len(metrics) - 1))
        ax = axes_or_new(ax, size=size, caller="TrainingDisplay")
        heights = [2.4, *[1.6] * (len(metrics) - 1)]
        self.axes_ = split_rows(ax, heights, 0)
        self.ax_, self.figure_ = ax, ax.figure
        for row, metric in zip(self.axes_, metrics, strict=True):
            self._draw_metric(row, metric)
        n_epochs = len(self.history["loss"])
        ax.set_xlim(0.5, n_epochs + 0.5)
        ax.locator_params(axis="x", integer=True, nbins=10)
        self.axes_[-1].set_xlabel("epoch")
        title = f"epoch {self.chosen_epoch} of {n_epochs} is taken"
        title = f"{self.name}: {title}" if self.name else title
        legend_above(ax, ncols=3, title=title, alignment="left")
        return self

    def _metrics(self) -> list[str]:
        named = [key.removeprefix(_HELD_OUT) for key in self.history]
        return list(dict.fromkeys(["loss", *named]))

    def _draw_metric(self, ax: "Axes", metric: str) -> None:
        n_epochs = len(self.history["loss"])
        epochs = np.arange(1, n_epochs + 1)
        # Points of many epochs would be one band.
        every = max(1, n_epochs // 20)
        for prefix, style in _SIDES:
            values = self.history.get(prefix + metric)
            if values is not None:
                ax.plot(epochs, values, markersize=4, markevery=every, **style)
        ax.axvline(
            self.chosen_epoch, color="black", linewidth=1, linestyle=":", label="taken"
        )
        ax.set_ylabel(metric.replace("_", " "))
        ax.spines[["top", "right"]].set_visible(False)
        ax.grid(axis="y", color="#DDDDDD", linewidth=0.6)
        ax.set_axisbelow(True)


def _networks(part: Any) -> Iterator[Any]:
    """Find what has a history, however deep in a model."""
    if isinstance(getattr(part, "history_", None), dict):
        yield part
        return
    inner: list[Any] = []
    if isinstance(part, Pipeline):
        inner = [step for _, step in part.steps]
    elif hasattr(part, "estimators_"):
        inner = list(part.estimators_)
    elif hasattr(part, "calibrated_classifiers_"):
        inner = [each.estimator for each in part.calibrated_classifiers_]
    else:
        for name in ("best_estimator_", "estimator_", "estimator"):
            if hasattr(part, name):
                inner = [getattr(part, name)]
                break
    for each in inner:
        yield from _networks(each)
