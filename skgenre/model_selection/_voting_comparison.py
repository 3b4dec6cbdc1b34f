"""VotingComparison: what several votings make of the same windows."""

import html
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from skgenre._optional import require
from skgenre.model_selection._checks import (
    check_choice,
    check_interval,
    checked_artists,
)
from skgenre.model_selection._statistics import (
    bootstrap_means,
    confusion_counts,
    mcnemar_exact,
    share_intervals,
    song_metrics,
)
from skgenre.model_selection._text_tables import (
    aligned,
    html_table,
    interval_head,
    percent,
    percent_interval,
    point_interval,
    wrapped,
)
from skgenre.windows._song_windows import SongWindows
from skgenre.windows._timeline import timeline_table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from skgenre.plotting import VotingComparisonDisplay

# What is said of a voting beside the reference, not of it alone.
_DIFFERENCE = (
    "difference",
    "difference_low",
    "difference_high",
    "n_better",
    "n_worse",
    "p_value",
)


class VotingComparison:
    """Votings compared on the same out-of-fold window probabilities.

    What `compare_votings` returns.

    Parameters
    ----------
    y : array-like of shape (n_songs,)
        The label of each song.
    song_proba : dict of str to array of shape (n_songs, n_classes)
        Out-of-fold probabilities of each voting, columns in sorted order of the
        labels. Rows of songs that no fold tests are not used.
    window_proba : SongWindows of length n_songs
        Out-of-fold probabilities of the windows.
    fold : int array of shape (n_songs,)
        The fold that tests each song; -1 if none does.
    groups : array-like of shape (n_songs,), default=None
        The artist of each song.
    reference : str, default="majority"
        The voting that others are compared with.
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
    y, song_proba, window_proba, fold, groups, reference, confidence
        As given, rows in the order of the songs in `X`.
    pooled : dict of str to dict
        Scores of each voting over all songs, and its paired difference to the
        reference.
    per_fold : list of dict
        Scores per fold and voting.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre import SongWindows
    >>> from skgenre.model_selection import VotingComparison
    >>> window_proba = SongWindows(
    ...     np.array([[0.9, 0.1], [0.4, 0.6], [0.4, 0.6], [0.2, 0.8]]), counts=[3, 1]
    ... )
    >>> comparison = VotingComparison(
    ...     y=["jazz", "rock"],
    ...     song_proba={"majority": [[1 / 3, 2 / 3], [0, 1]],
    ...                 "mean": [[0.57, 0.43], [0.2, 0.8]]},
    ...     window_proba=window_proba,
    ...     fold=[0, 0],
    ... )
    >>> comparison.verdicts("mean")
    array(['jazz', 'rock'], dtype='<U4')
    >>> comparison.pooled["mean"]["difference"], comparison.pooled["mean"]["p_value"]
    (0.5, 1.0)
    """

    def __init__(
        self,
        *,
        y: ArrayLike,
        song_proba: dict[str, Any],
        window_proba: SongWindows,
        fold: ArrayLike,
        groups: ArrayLike | None = None,
        reference: str = "majority",
        n_bootstrap: int = 2000,
        confidence: float = 0.95,
        random_state: int = 0,
    ) -> None:
        if reference not in song_proba:
            raise ValueError(
                f"Got reference={reference!r}, but expected one of the votings "
                f"{list(song_proba)}."
            )
        check_interval(confidence, n_bootstrap)
        self.y: np.ndarray = np.asarray(y)
        # The column of each song's label, (n_songs,).
        self.classes, self._class_index = np.unique(self.y, return_inverse=True)
        self.song_proba: dict[str, np.ndarray] = {
            k: np.asarray(p, float) for k, p in song_proba.items()
        }
        self.window_proba: SongWindows = window_proba
        self.fold: np.ndarray = np.asarray(fold)
        self.groups: np.ndarray | None = checked_artists(groups)
        self.reference: str = reference
        self.n_bootstrap: int = n_bootstrap
        self.confidence: float = confidence
        self.random_state: int = random_state

    # -- numbers ------------------------------------------------------------------

    @cached_property
    def per_fold(self) -> list[dict[str, Any]]:
        """Scores per fold and voting: a list of dicts."""
        return [
            {
                "fold": int(fold),
                "voting": name,
                **self._scores(name, self._tested & (self.fold == fold)),
            }
            for fold in np.unique(self.fold[self._tested])
            for name in self.song_proba
        ]

    @cached_property
    def pooled(self) -> dict[str, dict[str, Any]]:
        """Scores of each voting over all songs, and differences: a dict of dicts."""
        right, gains = self._right, self._gains
        # Both from the same draws of songs: (2 * n_votings,) each.
        groups = None if self.groups is None else self.groups[self._tested]
        low, high = bootstrap_means(
            np.concatenate([right, gains]).T,
            groups=groups,
            n_bootstrap=self.n_bootstrap,
            confidence=self.confidence,
            seed=self.random_state,
        )
        n_votings = len(self.song_proba)
        low[:n_votings], high[:n_votings] = share_intervals(
            right.T,
            low[:n_votings],
            high[:n_votings],
            groups=groups,
            confidence=self.confidence,
        )
        return {
            name: {
                **self._scores(name, self._tested),
                "accuracy_low": float(low[i]),
                "accuracy_high": float(high[i]),
                **_paired(gains[i], low[i + n_votings], high[i + n_votings]),
            }
            for i, name in enumerate(self.song_proba)
        }

    @property
    def _tested(self) -> np.ndarray:
        """Which songs some fold tests and judges, bool (n_songs,)."""
        # Class shares are no verdict, so songs without windows are neither right
        # nor wrong.
        return (self.fold >= 0) & (self.window_proba.counts > 0)

    @property
    def _unheard(self) -> np.ndarray:
        """Which songs a fold would test if they had windows, bool (n_songs,)."""
        return (self.fold >= 0) & (self.window_proba.counts == 0)

    @property
    def _right(self) -> np.ndarray:
        """Which tested songs each voting gets right, bool (n_votings, n_tested)."""
        right = [
            proba.argmax(axis=1) == self._class_index
            for proba in self.song_proba.values()
        ]
        return np.array(right)[:, self._tested]

    @property
    def _gains(self) -> np.ndarray:
        """1, 0 or -1 against the reference, float (n_votings, n_tested)."""
        right = self._right
        reference = list(self.song_proba).index(self.reference)
        return right.astype(float) - right[reference]

    def by_fold(
        self, kind: Literal["accuracy", "difference"] = "accuracy"
    ) -> dict[str, np.ndarray]:
        """Accuracy of each voting in each fold, which the picture shows as points.

        Parameters
        ----------
        kind : {"accuracy", "difference"}, default="accuracy"
            The accuracies, or their differences to that of the reference.

        Returns
        -------
        dict of str to array of shape (n_folds,)
            Shares of songs of each voting.
        """
        check_choice("kind", kind, ("accuracy", "difference"))
        shares: dict[str, list[float]] = {name: [] for name in self.song_proba}
        for row in self.per_fold:
            shares[row["voting"]].append(row["accuracy"])
        folds = {name: np.array(share) for name, share in shares.items()}
        if kind == "difference":
            against = folds[self.reference]
            return {name: share - against for name, share in folds.items()}
        return folds

    def _scores(self, name: str, songs: np.ndarray) -> dict[str, Any]:
        # None where all songs of a fold are without windows.
        windows = self._window_right[songs[self.window_proba.groups]]
        return {
            "n_songs": int(songs.sum()),
            **song_metrics(self._class_index[songs], self.song_proba[name][songs]),
            "window_accuracy": float(windows.mean()) if len(windows) else np.nan,
        }

    @cached_property
    def _window_right(self) -> np.ndarray:
        verdicts = self.window_proba.values.argmax(axis=1)
        return verdicts == self._class_index[self.window_proba.groups]

    def verdicts(self, voting: str) -> np.ndarray:
        """Out-of-fold label of each song.

        Parameters
        ----------
        voting : str
            Name of the voting.

        Returns
        -------
        array of shape (n_songs,)
            Labels; without meaning where ``fold`` is -1, and for songs without
            windows, of which `predictions` gives no verdict.
        """
        return self.classes[self.song_proba[voting].argmax(axis=1)]

    def recall(self, voting: str) -> dict[Any, float]:
        """Share of the songs of each class that get the right verdict.

        Parameters
        ----------
        voting : str
            Name of the voting.

        Returns
        -------
        dict of label to float
            Of classes that are tested.
        """
        tested = self._tested
        table = confusion_counts(
            self._class_index[tested],
            self.song_proba[voting][tested].argmax(axis=1),
            len(self.classes),
        )
        return {
            label: float(table[i, i] / table[i].sum())
            for i, label in enumerate(self.classes.tolist())
            if table[i].any()
        }

    @property
    def baseline(self) -> tuple[Any, float]:
        """The most frequent label, and its share of the songs tested.

        Whoever always says it is right so often.
        """
        counts = np.bincount(self._class_index[self._tested])
        most = int(counts.argmax())
        return self.classes[most].item(), float(counts[most] / counts.sum())

    # -- tables -------------------------------------------------------------------

    def to_frame(self) -> "pd.DataFrame":
        """Scores per fold and voting.

        Returns
        -------
        pandas.DataFrame
            Columns fold, voting, n_songs, accuracy, balanced_accuracy, f1_macro,
            auc, log_loss, ece and window_accuracy, which is the same for all votings.
        """
        pandas = require("pandas", "plot", "VotingComparison.to_frame")
        return pandas.DataFrame(self.per_fold)

    def summary(self) -> "pd.DataFrame":
        """Scores of each voting over all songs.

        Returns
        -------
        pandas.DataFrame
            One row per voting: the columns of `to_frame`, and the ends of the
            accuracy's confidence interval.
        """
        pandas = require("pandas", "plot", "VotingComparison.summary")
        scores = [
            {k: v for k, v in row.items() if k not in _DIFFERENCE}
            for row in self.pooled.values()
        ]
        index = pandas.Index(list(self.pooled), name="voting")
        return pandas.DataFrame(scores, index=index)

    def differences(self) -> "pd.DataFrame":
        """Paired differences to the reference, over all songs.

        Returns
        -------
        pandas.DataFrame
            One row per other voting: difference of accuracies with the ends of its
            confidence interval, the numbers of songs that only this voting and only
            the reference gets right, and the p-value of McNemar's exact test, not
            corrected for the number of votings.
        """
        pandas = require("pandas", "plot", "VotingComparison.differences")
        others = {k: v for k, v in self.pooled.items() if k != self.reference}
        gains = [{k: row[k] for k in _DIFFERENCE} for row in others.values()]
        index = pandas.Index(list(others), name="voting")
        return pandas.DataFrame(gains, index=index, columns=list(_DIFFERENCE))

    def predictions(self, voting: str | None = None) -> "pd.DataFrame":
        """Verdict on each song, or why there is none.

        Parameters
        ----------
        voting : str, default=None
            Name of the voting; the reference if None.

        Returns
        -------
        pandas.DataFrame
            One row per song: song, label, fold, n_windows, verdict, a column of
            probabilities per class, and error. Songs without windows, and those that
            no fold tests, have no verdict (it is missing) and no probabilities (NaN).
        """
        pandas = require("pandas", "plot", "VotingComparison.predictions")
        name = self.reference if voting is None else voting
        verdicts = self.verdicts(name).astype(object)
        verdicts[~self._tested] = None
        proba = np.where(self._tested[:, None], self.song_proba[name], np.nan)
        errors = np.where(self.fold < 0, "tested in no fold", "").astype(object)
        errors[self._unheard] = "no windows"
        frame = pandas.DataFrame(
            {
                "song": self.window_proba.song_ids,
                "label": self.y,
                "fold": self.fold,
                "n_windows": self.window_proba.counts,
                "verdict": verdicts,
            }
        )
        for label, column in zip(self.classes, proba.T, strict=True):
            frame[f"proba_{label}"] = column
        return frame.assign(error=errors)

    def timeline(self, song: int, *, voting: str | None = None) -> "pd.DataFrame":
        """Table of what each window of one song says, out of fold.

        Parameters
        ----------
        song : int
            Position of the song.
        voting : str, default=None
            The voting that gives the verdict; the reference if None.

        Returns
        -------
        pandas.DataFrame
            As from `GroupVotingClassifier.timeline`: song, start, end, one column of
            probabilities per class, verdict.
        """
        verdicts = self.verdicts(self.reference if voting is None else voting)
        return timeline_table(
            self.window_proba[[song]],
            verdicts[[song]],
            self.classes,
            "VotingComparison.timeline",
        )

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        kind: Literal["accuracy", "difference"] = "accuracy",
    ) -> "VotingComparisonDisplay":
        """Draw the accuracy of each voting, per fold and over all songs.

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
            The picture.
        """
        # Only now: most who compare votings draw nothing.
        from skgenre.plotting import VotingComparisonDisplay

        return VotingComparisonDisplay(self).plot(ax=ax, kind=kind)

    def __repr__(self) -> str:
        return (
            f"VotingComparison(votings={list(self.song_proba)}, "
            f"n_songs={len(self.y)}, reference={self.reference!r})"
        )

    def __str__(self) -> str:
        return self.to_text()

    def to_text(self, *, width: int | None = None) -> str:
        """All tables as text, as `print` shows them.

        Parameters
        ----------
        width : int, default=None
            Letters of a line. Columns at the right that do not fit are left out, and
            sentences wrapped; lines are as long as they need to be if None.

        Returns
        -------
        str
            Lines.
        """
        tables = [
            line for table in self._tables() for line in [*aligned(table, width), ""]
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

    def _tables(self) -> list[list[list[str]]]:
        if len(self.pooled) == 1:  # nothing to compare the reference with
            return [self._score_table()]
        return [self._score_table(), self._difference_table()]

    def _heading(self) -> list[str]:
        n_tested = int(self._tested.sum())
        n_folds = len(np.unique(self.fold[self._tested]))
        split = "1 fold" if n_folds == 1 else f"{n_folds} folds"
        if self.groups is not None:
            split += f" by {len(set(self.groups.tolist()))} groups"
        window_accuracy = self.pooled[self.reference]["window_accuracy"]
        label, share = self.baseline
        heading = [
            f"{len(self.pooled)} votings over the same {self.window_proba.n_windows:,} "
            f"windows of {n_tested} songs in {split}.",
            f"Windows alone: {percent(window_accuracy)} right. Always {label!r}: "
            f"{percent(share)} of songs right.",
        ]
        unheard = self._unheard
        if unheard.any():
            songs = "1 song" if unheard.sum() == 1 else f"{unheard.sum()} songs"
            heading.append(
                f"Left out, as there is no verdict: {songs} without windows."
            )
        if self.window_proba.counts.max(initial=0) <= 1:
            heading.append(
                "No song has two windows, so votings cannot differ: take shorter "
                "windows."
            )
        return heading

    def _score_table(self) -> list[list[str]]:
        head = ["Songs", "accuracy", interval_head(self.confidence)]
        head += ["balanced", "macro F1", "AUC", "log-loss", "ECE"]
        return [head] + [
            [
                name,
                percent(row["accuracy"]),
                percent_interval(row["accuracy_low"], row["accuracy_high"]),
                percent(row["balanced_accuracy"]),
                percent(row["f1_macro"]),
                f"{row['auc']:.3f}",
                f"{row['log_loss']:.3f}",
                percent(row["ece"]),
            ]
            for name, row in self.pooled.items()
        ]

    def _difference_table(self) -> list[list[str]]:
        head = [f"Against {self.reference}", "difference"]
        head += [interval_head(self.confidence), "better", "worse", "p (McNemar)"]
        return [head] + [
            [
                name,
                f"{100 * row['difference']:+.1f}",
                point_interval(
                    100 * row["difference_low"], 100 * row["difference_high"]
                ),
                f"{row['n_better']}",
                f"{row['n_worse']}",
                "< 0.001" if row["p_value"] < 0.001 else f"{row['p_value']:.3f}",
            ]
            for name, row in self.pooled.items()
            if name != self.reference
        ]

    def _footnote(self) -> str:
        unit = "songs" if self.groups is None else "groups of songs"
        wilson = ""
        if any(row["accuracy"] in (0, 1) for row in self.pooled.values()):
            # Every draw of songs is like any other.
            wilson = ", Wilson's where all or none are right"
        return (
            f"Intervals: bootstrap over {unit}{wilson}. Differences: percentage points."
        )


def _paired(gains: np.ndarray, low: float, high: float) -> dict[str, Any]:
    """What `_DIFFERENCE` names, of gains (n_tested,) against the reference."""
    n_better, n_worse = int((gains > 0).sum()), int((gains < 0).sum())
    return {
        "difference": float(gains.mean()),
        "difference_low": float(low),
        "difference_high": float(high),
        "n_better": n_better,
        "n_worse": n_worse,
        "p_value": mcnemar_exact(n_better, n_worse),
    }
