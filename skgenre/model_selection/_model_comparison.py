"""ModelComparison: what several models make of the same songs."""

import html
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from skgenre._optional import require
from skgenre.model_selection._comparison_scores import ComparisonScores
from skgenre.model_selection._comparison_text import (
    difference_table,
    footnote,
    joint_table,
    left_out,
    score_table,
    split_text,
)
from skgenre.model_selection._paired_scores import DIFFERENCE
from skgenre.model_selection._text_tables import aligned, html_table, percent, wrapped

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from skgenre.plotting import (
        ConfusionDisplay,
        ReliabilityDisplay,
        VotingComparisonDisplay,
    )


class ModelComparison(ComparisonScores):
    """Models compared on the same songs, each by out-of-fold probabilities.

    What `compare_models` returns.

    Parameters
    ----------
    y : array-like of shape (n_songs,)
        The label of each song.
    song_proba : dict of str to array of shape (n_songs, n_classes)
        Out-of-fold probabilities of each model, columns in sorted order of the
        labels. Rows of songs that no fold tests are not used.
    fold : int array of shape (n_songs,)
        The fold that tests each song; -1 if none does.
    groups : array-like of shape (n_songs,), default=None
        The artist of each song.
    heard : bool array of shape (n_songs,), default=None
        Which songs have windows in all models. Others have no verdict and count in no
        score. All songs if None.
    reference : str, default=None
        The model that others are compared with; the first if None.
    seconds : dict of str to float, default=None
        What each model took, if that is known.
    song_ids : array-like of shape (n_songs,), default=None
        Names of the songs; their positions if None.
    n_bootstrap : int, default=2000
        Draws for the intervals.
    confidence : float, default=0.95
        Confidence of the intervals.
    random_state : int, default=0
        Seed of the draws.

    Attributes
    ----------
    classes : array of shape (n_classes,)
        The labels, in the order of all columns.
    y, song_proba, fold, groups, heard, reference, seconds, song_ids, confidence
        As given, rows in the order of the songs in `X`.
    pooled : dict of str to dict
        Scores of each model over all songs, and its paired difference to the
        reference.
    per_fold : list of dict
        Scores per fold and model.

    See Also
    --------
    VotingComparison : Votings over the same windows.

    Examples
    --------
    >>> from skgenre.model_selection import ModelComparison
    >>> comparison = ModelComparison(
    ...     y=["jazz", "rock"],
    ...     song_proba={"old": [[0.4, 0.6], [0, 1]], "new": [[0.6, 0.4], [0.2, 0.8]]},
    ...     fold=[0, 1],
    ... )
    >>> comparison.verdicts("new")
    array(['jazz', 'rock'], dtype='<U4')
    >>> comparison.pooled["new"]["difference"], comparison.pooled["new"]["p_value"]
    (0.5, 1.0)
    """

    def to_frame(self) -> "pd.DataFrame":
        """Scores per fold and model.

        Returns
        -------
        pandas.DataFrame
            Columns fold, model, n_songs, accuracy, balanced_accuracy, f1_macro,
            auc, log_loss and ece.
        """
        pandas = require("pandas", "plot", f"{type(self).__name__}.to_frame")
        return pandas.DataFrame(self.per_fold)

    def summary(self) -> "pd.DataFrame":
        """Scores of each model over all songs.

        Returns
        -------
        pandas.DataFrame
            One row per model: the columns of `to_frame`, and the ends of the
            accuracy's confidence interval.
        """
        pandas = require("pandas", "plot", f"{type(self).__name__}.summary")
        scores = [
            {k: v for k, v in row.items() if k not in DIFFERENCE}
            for row in self.pooled.values()
        ]
        index = pandas.Index(list(self.pooled), name=self._kind)
        return pandas.DataFrame(scores, index=index)

    def differences(self) -> "pd.DataFrame":
        """Paired differences to the reference, over all songs.

        Returns
        -------
        pandas.DataFrame
            One row per other model: difference of accuracies with the ends of its
            confidence interval, the numbers of songs that only this model and only
            the reference gets right, and the p-value of McNemar's exact test, not
            corrected for the number of models.
        """
        pandas = require("pandas", "plot", f"{type(self).__name__}.differences")
        others = {k: v for k, v in self.pooled.items() if k != self.reference}
        gains = [{k: row[k] for k in DIFFERENCE} for row in others.values()]
        index = pandas.Index(list(others), name=self._kind)
        return pandas.DataFrame(gains, index=index, columns=list(DIFFERENCE))

    def predictions(self, name: str | None = None) -> "pd.DataFrame":
        """Verdict on each song, or why there is none.

        Parameters
        ----------
        name : str, default=None
            Name of the model; the reference if None.

        Returns
        -------
        pandas.DataFrame
            One row per song: song, label, fold, n_windows, verdict, a column of
            probabilities per class, and error. Songs without windows, and those that
            no fold tests, have no verdict (it is missing) and no probabilities (NaN).
        """
        pandas = require("pandas", "plot", f"{type(self).__name__}.predictions")
        name = self.reference if name is None else name
        verdicts = self.verdicts(name).astype(object)
        verdicts[~self._tested] = None
        proba = np.where(self._tested[:, None], self.song_proba[name], np.nan)
        errors = np.where(self.fold < 0, "tested in no fold", "").astype(object)
        errors[self._unheard] = "no windows"
        frame = pandas.DataFrame(
            {
                "song": self.song_ids,
                "label": self.y,
                "fold": self.fold,
                "verdict": verdicts,
            }
        )
        for label, column in zip(self.classes, proba.T, strict=True):
            frame[f"proba_{label}"] = column
        return frame.assign(error=errors)

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        kind: Literal["accuracy", "difference"] = "accuracy",
    ) -> "VotingComparisonDisplay":
        """Draw the accuracy of each model, per fold and over all songs.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.
        kind : {"accuracy", "difference"}, default="accuracy"
            The accuracies, or their paired differences to the reference, which show
            far smaller effects: models are right and wrong on the same songs.

        Returns
        -------
        VotingComparisonDisplay
            The picture.
        """
        # Only now: most who compare draw nothing.
        from skgenre.plotting import VotingComparisonDisplay

        return VotingComparisonDisplay(self).plot(ax=ax, kind=kind)

    def plot_confusion(
        self, name: str | None = None, *, ax: "Axes | None" = None
    ) -> "ConfusionDisplay":
        """Draw which label is taken for which; its ``songs`` names those of a cell.

        Parameters
        ----------
        name : str, default=None
            Name of the model; the reference if None.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.

        Returns
        -------
        ConfusionDisplay
            The picture.
        """
        from skgenre.plotting import ConfusionDisplay

        return ConfusionDisplay.from_comparison(self, name, ax=ax)

    def plot_reliability(
        self, names: str | Sequence[str] | None = None, *, ax: "Axes | None" = None
    ) -> "ReliabilityDisplay":
        """Draw whether verdicts are right as often as they are sure.

        Parameters
        ----------
        names : str or sequence of str, default=None
            Names of the models; the reference if None.
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.

        Returns
        -------
        ReliabilityDisplay
            The picture.
        """
        from skgenre.plotting import ReliabilityDisplay

        return ReliabilityDisplay.from_comparison(self, names, ax=ax)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({self._kind}s={list(self.song_proba)}, "
            f"n_songs={len(self.y)}, reference={self.reference!r})"
        )

    def __str__(self) -> str:
        return self.to_text()

    def to_text(self, *, width: int | None = None, joint: bool = False) -> str:
        """All tables as text, as `print` shows them.

        Parameters
        ----------
        width : int, default=None
            Letters of a line. Columns at the right that do not fit are left out, and
            sentences wrapped; lines are as long as they need to be if None.
        joint : bool, default=False
            Whether scores and differences stand in one table.

        Returns
        -------
        str
            Lines.
        """
        tables = [
            line
            for table in self._tables(joint=joint)
            for line in [*aligned(table, width), ""]
        ]
        heading, footnote = self._heading(), [self._footnote()]
        if width is not None:
            heading = [part for line in heading for part in wrapped(line, width)]
            footnote = wrapped(footnote[0], width)
        return "\n".join([*heading, "", *tables, *footnote])

    def _repr_html_(self) -> str:
        heading = "<br>".join(map(html.escape, self._heading()))
        footnote = html.escape(self._footnote())
        body = "".join(map(html_table, self._tables()))
        return f"<div><p>{heading}</p>{body}<p>{footnote}</p></div>"

    def _tables(self, *, joint: bool = False) -> list[list[list[str]]]:
        scores = score_table(self.pooled, confidence=self.confidence)
        if len(self.pooled) == 1:  # nothing to compare the reference with
            return [scores]
        table = joint_table if joint else difference_table
        differences = table(
            self.pooled, reference=self.reference, confidence=self.confidence
        )
        return [differences] if joint else [scores, differences]

    def _heading(self) -> list[str]:
        tested = self._tested
        split = split_text(self.fold[tested], self.groups)
        label, share = self.baseline
        return [
            f"{len(self.pooled)} models on the same {int(tested.sum())} songs in "
            f"{split}. Always {label!r}: {percent(share)} of songs right.",
            *left_out(int(self._unheard.sum())),
        ]

    def _footnote(self) -> str:
        return footnote(self.pooled, grouped=self.groups is not None)
