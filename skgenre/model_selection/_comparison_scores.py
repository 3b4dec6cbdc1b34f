"""The numbers of a comparison: who is right on which songs, scores and differences."""

from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike

from skgenre.model_selection._checks import (
    check_choice,
    check_interval,
    checked_artists,
)
from skgenre.model_selection._conclusion import Evidence, conclude
from skgenre.model_selection._paired_scores import pooled_scores
from skgenre.model_selection._reliability import Reliability, reliability
from skgenre.model_selection._statistics import confusion_counts, song_metrics


class ComparisonScores:
    """Scores of candidates on the same songs; parameters as of `ModelComparison`."""

    # What is compared: in heads of columns and in sentences.
    _kind: ClassVar[str] = "model"

    def __init__(
        self,
        *,
        y: ArrayLike,
        song_proba: dict[str, Any],
        fold: ArrayLike,
        groups: ArrayLike | None = None,
        heard: ArrayLike | None = None,
        reference: str | None = None,
        seconds: dict[str, float] | None = None,
        song_ids: ArrayLike | None = None,
        n_bootstrap: int = 2000,
        confidence: float = 0.95,
        random_state: int = 0,
    ) -> None:
        reference = next(iter(song_proba)) if reference is None else reference
        if reference not in song_proba:
            raise ValueError(
                f"Got reference={reference!r}, but expected one of the {self._kind}s "
                f"{list(song_proba)}."
            )
        check_interval(confidence, n_bootstrap)
        self.y: np.ndarray = np.asarray(y)
        # The column of each song's label, (n_songs,).
        self.classes, self._class_index = np.unique(self.y, return_inverse=True)
        self.song_proba: dict[str, np.ndarray] = {
            k: np.asarray(p, float) for k, p in song_proba.items()
        }
        self.fold: np.ndarray = np.asarray(fold)
        self.groups: np.ndarray | None = checked_artists(groups)
        self._heard = None if heard is None else np.asarray(heard, dtype=bool)
        self._song_ids = None if song_ids is None else np.asarray(song_ids)
        self.reference: str = reference
        self.seconds: dict[str, float] | None = seconds
        self.n_bootstrap: int = n_bootstrap
        self.confidence: float = confidence
        self.random_state: int = random_state

    @property
    def heard(self) -> np.ndarray:
        """Which songs have windows in all models, bool (n_songs,)."""
        return np.ones(len(self.y), bool) if self._heard is None else self._heard

    @property
    def song_ids(self) -> np.ndarray:
        """Names of the songs, (n_songs,)."""
        return np.arange(len(self.y)) if self._song_ids is None else self._song_ids

    # -- numbers ------------------------------------------------------------------

    @cached_property
    def per_fold(self) -> list[dict[str, Any]]:
        """Scores per fold and model: a list of dicts."""
        return [
            {
                "fold": int(fold),
                self._kind: name,
                **self._scores(name, self._tested & (self.fold == fold)),
            }
            for fold in np.unique(self.fold[self._tested])
            for name in self.song_proba
        ]

    @cached_property
    def pooled(self) -> dict[str, dict[str, Any]]:
        """Scores of each model over all songs, and differences: a dict of dicts."""
        tested = self._tested
        scores = {name: self._scores(name, tested) for name in self.song_proba}
        if self.seconds is not None:
            for name, row in scores.items():
                row["seconds"] = float(self.seconds[name])
        return pooled_scores(
            scores,
            self._right,
            reference=self.reference,
            groups=self._tested_groups,
            n_bootstrap=self.n_bootstrap,
            confidence=self.confidence,
            seed=self.random_state,
        )

    @property
    def _tested(self) -> np.ndarray:
        """Which songs some fold tests and judges, bool (n_songs,)."""
        # Class shares are no verdict, so songs without windows are neither right
        # nor wrong.
        return (self.fold >= 0) & self.heard

    @property
    def _unheard(self) -> np.ndarray:
        """Which songs a fold would test if they had windows, bool (n_songs,)."""
        return (self.fold >= 0) & ~self.heard

    @property
    def _tested_groups(self) -> np.ndarray | None:
        return None if self.groups is None else self.groups[self._tested]

    @property
    def _right(self) -> np.ndarray:
        """Which tested songs each model gets right, bool (n_models, n_tested)."""
        right = [
            proba.argmax(axis=1) == self._class_index
            for proba in self.song_proba.values()
        ]
        return np.array(right)[:, self._tested]

    def by_fold(
        self, kind: Literal["accuracy", "difference"] = "accuracy"
    ) -> dict[str, np.ndarray]:
        """Accuracy of each model in each fold, which the picture shows as points.

        Parameters
        ----------
        kind : {"accuracy", "difference"}, default="accuracy"
            The accuracies, or their differences to that of the reference.

        Returns
        -------
        dict of str to array of shape (n_folds,)
            Shares of songs of each model.
        """
        check_choice("kind", kind, ("accuracy", "difference"))
        shares: dict[str, list[float]] = {name: [] for name in self.song_proba}
        for row in self.per_fold:
            shares[row[self._kind]].append(row["accuracy"])
        folds = {name: np.array(share) for name, share in shares.items()}
        if kind == "difference":
            against = folds[self.reference]
            return {name: share - against for name, share in folds.items()}
        return folds

    def _scores(self, name: str, songs: np.ndarray) -> dict[str, Any]:
        return {
            "n_songs": int(songs.sum()),
            **song_metrics(self._class_index[songs], self.song_proba[name][songs]),
        }

    def verdicts(self, name: str) -> np.ndarray:
        """Out-of-fold label of each song.

        Parameters
        ----------
        name : str
            Name of the model.

        Returns
        -------
        array of shape (n_songs,)
            Labels; without meaning where ``fold`` is -1, and for songs without
            windows, of which `predictions` gives no verdict.
        """
        return self.classes[self.song_proba[name].argmax(axis=1)]

    def recall(self, name: str) -> dict[Any, float]:
        """Share of the songs of each class that get the right verdict.

        Parameters
        ----------
        name : str
            Name of the model.

        Returns
        -------
        dict of label to float
            Of classes that are tested.
        """
        tested = self._tested
        table = confusion_counts(
            self._class_index[tested],
            self.song_proba[name][tested].argmax(axis=1),
            len(self.classes),
        )
        return {
            label: float(table[i, i] / table[i].sum())
            for i, label in enumerate(self.classes.tolist())
            if table[i].any()
        }

    def reliability(self, name: str, *, n_bins: int = 10) -> Reliability:
        """Sort verdicts into bins of their confidence, of songs that are tested.

        Parameters
        ----------
        name : str
            Name of the model.
        n_bins : int, default=10
            Bins of equal width; with 10, its ``ece`` is that of `pooled`.

        Returns
        -------
        Reliability
            Numbers of songs, confidence, and share of right verdicts of each bin.
        """
        tested = self._tested
        return reliability(
            self._class_index[tested], self.song_proba[name][tested], n_bins=n_bins
        )

    @property
    def baseline(self) -> tuple[Any, float]:
        """The most frequent label, and its share of the songs tested.

        Whoever always says it is right so often.
        """
        counts = np.bincount(self._class_index[self._tested])
        most = int(counts.argmax())
        return self.classes[most].item(), float(counts[most] / counts.sum())

    def conclusion(self) -> str:
        """Say which is best, which cannot be told apart from it, and what to take.

        Others are worse than the best where the paired interval of the difference
        leaves out 0 and McNemar's exact test agrees, both at a confidence that holds
        for all comparisons together. Of those that are not worse, the fastest is the
        one to take, or the one that is named first if seconds are not known.

        Returns
        -------
        str
            A few sentences.
        """
        evidence = Evidence(
            right=self._right,
            pooled=self.pooled,
            reference=self.reference,
            simplest=self._simplest_first(),
            kind=self._kind,
            groups=self._tested_groups,
            always=self.baseline,
            n_bootstrap=self.n_bootstrap,
            confidence=self.confidence,
            seed=self.random_state,
        )
        return conclude(evidence)

    def _simplest_first(self) -> list[str]:
        return list(self.song_proba)
