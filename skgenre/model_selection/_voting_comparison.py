"""VotingComparison: what several votings make of the same windows."""

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from skgenre._by_song.marks import counted_songs
from skgenre.model_selection._comparison_text import left_out, split_text
from skgenre.model_selection._model_comparison import ModelComparison
from skgenre.model_selection._text_tables import percent
from skgenre.voting._explain import Explained, Vote, explain_vote
from skgenre.voting._rules import VOTINGS
from skgenre.windows._song_windows import SongWindows
from skgenre.windows._timeline import timeline_table

if TYPE_CHECKING:
    import pandas as pd


class VotingComparison(ModelComparison):
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
    priors : array of shape (n_folds, 2, n_classes), default=None
        Shares of the classes among songs and among windows on the training side of
        each fold, by which "naive_bayes" is explained.

    Attributes
    ----------
    classes : array of shape (n_classes,)
        The labels, in the order of all columns.
    y, song_proba, window_proba, fold, groups, reference, confidence, priors
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

    _kind: ClassVar[str] = "voting"

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
        priors: ArrayLike | None = None,
    ) -> None:
        self.priors = None if priors is None else np.asarray(priors, dtype=float)
        self.window_proba: SongWindows = window_proba
        super().__init__(
            y=y,
            song_proba=song_proba,
            fold=fold,
            groups=groups,
            reference=reference,
            n_bootstrap=n_bootstrap,
            confidence=confidence,
            random_state=random_state,
        )

    @property
    def heard(self) -> np.ndarray:
        """Which songs have windows, bool (n_songs,)."""
        return self.window_proba.counts > 0

    @property
    def song_ids(self) -> np.ndarray:
        """Names of the songs, (n_songs,)."""
        return self.window_proba.song_ids

    def _scores(self, name: str, songs: np.ndarray) -> dict[str, Any]:
        # None where all songs of a fold are without windows.
        windows = self._window_right[songs[self.window_proba.groups]]
        return {
            **super()._scores(name, songs),
            "window_accuracy": float(windows.mean()) if len(windows) else np.nan,
        }

    @cached_property
    def _window_right(self) -> np.ndarray:
        verdicts = self.window_proba.values.argmax(axis=1)
        return verdicts == self._class_index[self.window_proba.groups]

    def _simplest_first(self) -> list[str]:
        # Rules of one line in the order of the table, then what is trained or new.
        names = list(self.song_proba)
        closed = [name for name in VOTINGS if name in names]
        return closed + [name for name in names if name not in VOTINGS]

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
        return super().verdicts(voting)

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
        return super().recall(voting)

    def to_frame(self) -> "pd.DataFrame":
        """Scores per fold and voting.

        Returns
        -------
        pandas.DataFrame
            Columns fold, voting, n_songs, accuracy, balanced_accuracy, f1_macro,
            auc, log_loss, ece and window_accuracy, which is the same for all votings.
        """
        return super().to_frame()

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
        frame = super().predictions(voting)
        frame.insert(3, "n_windows", self.window_proba.counts)
        return frame

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

    def explained(self, voting: str | None = None) -> Explained | None:
        """Say what each window contributes to the out-of-fold verdict on its song.

        Parameters
        ----------
        voting : str, default=None
            Name of the voting; the reference if None.

        Returns
        -------
        Explained or None
            None where it cannot be told any more: of votings that are trained or
            functions, which each fold had one of its own of.
        """
        name = self.reference if voting is None else voting
        if name not in VOTINGS:
            return None
        folds = np.unique(self.fold[self.fold >= 0]).tolist()
        votes = [self._vote(name, fold) for fold in folds]
        if not all(map(_holds, votes)):
            return None
        found = [explain_vote(vote) for vote in votes]
        songs = np.concatenate([np.flatnonzero(self.fold == fold) for fold in folds])
        windows = self.window_proba
        contribution = np.zeros(windows.n_windows)
        baseline, score = np.full((2, len(windows)), np.nan)
        baseline[songs] = np.concatenate([part.baseline for part in found])
        score[songs] = np.concatenate([part.score for part in found])
        for fold, part in zip(folds, found, strict=True):
            contribution[self.fold[windows.groups] == fold] = part.contribution
        return Explained(
            windows=windows,
            classes=self.classes,
            song_proba=self.song_proba[name],
            contribution=contribution,
            baseline=baseline,
            score=score,
            kind=found[0].kind,
        )

    def _vote(self, name: str, fold: int) -> Vote:
        """What was voted in one fold."""
        songs = np.flatnonzero(self.fold == fold)
        n_classes = len(self.classes)
        same = np.full((2, n_classes), 1 / n_classes)
        prior, window_prior = same if self.priors is None else self.priors[fold]
        return Vote(
            windows=self.window_proba[songs],
            song_proba=self.song_proba[name][songs],
            voting=name,
            classes=self.classes,
            prior=prior,
            window_prior=window_prior,
        )

    def _heading(self) -> list[str]:
        n_tested = int(self._tested.sum())
        split = split_text(self.fold[self._tested], self.groups)
        window_accuracy = self.pooled[self.reference]["window_accuracy"]
        label, share = self.baseline
        heading = [
            f"{len(self.pooled)} votings over the same {self.window_proba.n_windows:,} "
            f"windows of {n_tested} songs in {split}.",
            f"Windows alone: {percent(window_accuracy)} right. Always {label!r}: "
            f"{percent(share)} of songs right.",
        ]
        heading += left_out(int(self._unheard.sum()))
        if self.window_proba.counts.max(initial=0) <= 1:
            heading.append(
                "No song has two windows, so votings cannot differ: take shorter "
                "windows."
            )
        return heading


def _holds(vote: Vote) -> bool:
    """Whether the rule of this name, and no other, gives what was voted."""
    windows = vote.windows
    heard = counted_songs(windows.groups, len(windows), windows.window_weight)
    if not heard.any():
        return True
    rows = np.flatnonzero(heard[windows.groups])
    again = vote.judge(rows, windows.counts[heard])
    return np.allclose(again, vote.song_proba[heard], rtol=0, atol=1e-6)
