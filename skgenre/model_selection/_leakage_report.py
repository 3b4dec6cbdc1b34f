"""What a leaked split does to a score: the numbers, told and drawn."""

import html
from functools import cached_property
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from skgenre._by_song.numbering import as_names, is_unknown, number_groups
from skgenre._optional import require
from skgenre.model_selection._checks import check_interval
from skgenre.model_selection._statistics import bootstrap_means, share_intervals
from skgenre.model_selection._text_tables import (
    aligned,
    html_table,
    interval_head,
    percent,
    percent_interval,
    point_interval,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from skgenre.plotting import LeakageDisplay

# What each split holds out, in words, from the leakiest to the strictest: the report,
# its tables and its picture say it so.
SPLITS = {
    "window": "random windows",
    "song": "whole songs",
    "artist": "whole artists",
}
# What is counted.
_LEVELS = ("window", "song")


class LeakageReport:
    """One model under several splits: what `leakage_report` returns.

    Parameters
    ----------
    y : array-like of shape (n_songs,)
        The label of each song.
    groups : int array of shape (n_windows,)
        The song of each window, a position in `y`.
    window_proba : dict of str to array of shape (n_windows, n_classes)
        Out-of-fold probabilities of windows under each split: "window", "song", and
        "artist" if there are any; columns in sorted order of the labels.
    song_proba : dict of str to array of shape (n_songs, n_classes)
        What was voted from them.
    artists : array-like of shape (n_songs,), default=None
        The artist of each song.
    cv : int, default=5
        Number of folds.
    n_bootstrap : int, default=2000
        Draws for the intervals.
    confidence : float, default=0.95
        Confidence of the intervals.
    random_state : int, default=0
        Seed of the draws.

    Attributes
    ----------
    scores : list of dict
        Accuracy by level ("window" or "song": what is counted) and split (what is
        held out), with the ends of its interval.
    inflation : list of dict
        For each level, and each split with each stricter one: by how many points the
        accuracy of the former is higher, and the interval of that.
    held_out : dict of str to str
        What each split holds out, in words, from the leakiest to the strictest.
    sentence : str
        The same in plain words.
    y, groups, window_proba, song_proba, artists, cv, confidence
        As given.

    Examples
    --------
    >>> import numpy as np
    >>> from skgenre.model_selection import LeakageReport
    >>> right, wrong = [[0.9, 0.1]], [[0.2, 0.8]]
    >>> report = LeakageReport(
    ...     y=["jazz"] * 4 + ["rock"], groups=np.arange(5),
    ...     window_proba={"window": right * 4 + wrong, "song": right * 3 + wrong * 2},
    ...     song_proba={"window": right * 4 + wrong, "song": right * 3 + wrong * 2},
    ... )
    >>> [(row["split"], row["accuracy"]) for row in report.scores if
    ...  row["level"] == "song"]
    [('window', 1.0), ('song', 0.8)]
    >>> report.inflation[0]["points"]
    20.0
    """

    def __init__(
        self,
        *,
        y: ArrayLike,
        groups: ArrayLike,
        window_proba: dict[str, Any],
        song_proba: dict[str, Any],
        artists: ArrayLike | None = None,
        cv: int = 5,
        n_bootstrap: int = 2000,
        confidence: float = 0.95,
        random_state: int = 0,
    ) -> None:
        _check_splits(window_proba, song_proba)
        check_interval(confidence, n_bootstrap)
        self.y: np.ndarray = np.asarray(y)
        # The column of each song's label, (n_songs,).
        self.classes, self._class_index = np.unique(self.y, return_inverse=True)
        self.groups: np.ndarray = np.asarray(groups)
        # From the leakiest to the strictest, however they came.
        self.held_out = {s: words for s, words in SPLITS.items() if s in window_proba}
        self.window_proba = _as_floats(window_proba, self.held_out)
        self.song_proba = _as_floats(song_proba, self.held_out)
        self.artists: np.ndarray | None = None if artists is None else as_names(artists)
        self.cv = cv
        self.n_bootstrap = n_bootstrap
        self.confidence = confidence
        self.random_state = random_state

    # -- numbers ------------------------------------------------------------------

    @cached_property
    def scores(self) -> list[dict[str, Any]]:
        """Accuracy by level and split: a list of dicts."""
        n_splits = len(self.held_out)
        return [
            {"level": level, "split": split, "n": len(self._song_of(level))}
            | {"accuracy": float(mean), "low": float(low), "high": float(high)}
            for level in _LEVELS
            for split, (mean, low, high) in zip(
                self.held_out, self._estimates[level][:n_splits], strict=True
            )
        ]

    @cached_property
    def inflation(self) -> list[dict[str, Any]]:
        """Points between splits by level: a list of dicts."""
        n_splits = len(self.held_out)
        return [
            {"level": level, "split": leaky, "against": strict}
            | {
                # Points that are whole stay so, in spite of the product.
                name: round(100 * float(share), 10)
                for name, share in zip(("points", "low", "high"), ends, strict=True)
            }
            for level in _LEVELS
            for (leaky, strict), ends in zip(
                self._pairs, self._estimates[level][n_splits:], strict=True
            )
        ]

    @property
    def _pairs(self) -> list[tuple[str, str]]:
        """Each split with each stricter one."""
        return list(combinations(self.held_out, 2))

    @cached_property
    def _estimates(self) -> dict[str, np.ndarray]:
        """Mean, low and high end by level, (n_splits + n_pairs, 3), as shares.

        First the accuracy of each split, then the differences of each pair.
        """
        return {level: self._estimates_of(level) for level in _LEVELS}

    def _estimates_of(self, level: str) -> np.ndarray:
        right = self._right(level)
        # Differences are columns of their own: of the same songs in the same draws
        # they vary less than two accuracies do.
        values = np.column_stack(
            [right[split] for split in self.held_out]
            + [right[leaky] - right[strict] for leaky, strict in self._pairs]
        )  # (n_windows or n_songs, n_splits + n_pairs)
        low, high = bootstrap_means(
            values,
            groups=self._clusters[self._song_of(level)],
            n_bootstrap=self.n_bootstrap,
            confidence=self.confidence,
            seed=self.random_state,
        )
        n_splits = len(self.held_out)
        low[:n_splits], high[:n_splits] = share_intervals(
            values[:, :n_splits],
            low[:n_splits],
            high[:n_splits],
            groups=self._clusters[self._song_of(level)],
            confidence=self.confidence,
        )
        return np.column_stack([values.mean(axis=0), low, high])

    def _song_of(self, level: str) -> np.ndarray:
        """Position of the song of whatever is counted, (n_windows,) or (n_songs,)."""
        return self.groups if level == "window" else np.arange(len(self.y))

    def _right(self, level: str) -> dict[str, np.ndarray]:
        """1 where the verdict is right, else 0, (n_windows,) or (n_songs,)."""
        proba = self.window_proba if level == "window" else self.song_proba
        truth = self._class_index[self._song_of(level)]
        return {s: (p.argmax(axis=1) == truth).astype(float) for s, p in proba.items()}

    @cached_property
    def _clusters(self) -> np.ndarray:
        """What is drawn together: artists, or songs where they are unknown."""
        if self.artists is None:
            return np.arange(len(self.y))
        return number_groups(self.artists, len(self.y))

    def _score(self, level: str, split: str) -> dict[str, Any]:
        return next(
            row for row in self.scores if (row["level"], row["split"]) == (level, split)
        )

    def _gain(self, level: str, leaky: str, strict: str) -> dict[str, Any]:
        wanted = (level, leaky, strict)
        return next(
            row
            for row in self.inflation
            if (row["level"], row["split"], row["against"]) == wanted
        )

    # -- words and tables -----------------------------------------------------------

    @cached_property
    def sentence(self) -> str:
        """What the numbers say, in plain words."""
        leakiest = next(iter(self.held_out))
        shown = percent(self._score("window", leakiest)["accuracy"])
        losses = " and ".join(
            self._loss(leaky, strict, is_first=leaky == leakiest)
            for leaky, strict in pairwise(self.held_out)
        )
        return (
            f"{self._finding()}: it shows {shown} of windows right, against {losses}. "
            f"{self._expectation()}"
        )

    @property
    def _ends(self) -> tuple[str, str]:
        """The leakiest and the strictest split."""
        leakiest, *_, strictest = self.held_out
        return leakiest, strictest

    def _finding(self) -> str:
        leakiest, strictest = self._ends
        total = self._gain("window", leakiest, strictest)
        words = self.held_out[leakiest]
        if total["low"] > 0:
            return f"Here a split by {words} flatters the model"
        if total["high"] < 0:
            return f"Here a split by {words} does not flatter the model"
        return (
            f"Here {len(self.y)} songs show no sure difference between a split by "
            f"{words} and one by {self.held_out[strictest]}"
        )

    def _loss(self, leaky: str, strict: str, *, is_first: bool) -> str:
        """What is lost from one split to the next stricter one."""
        gain = self._gain("window", leaky, strict)
        return (
            f"{percent(self._score('window', strict)['accuracy'])} when "
            f"{self.held_out[strict]} are held out ({'' if is_first else 'another '}"
            f"{_signed(-gain['points'])} points, "
            f"{interval_head(self.confidence)} {_signed(-gain['high'])} to "
            f"{_signed(-gain['low'])})"
        )

    def _expectation(self) -> str:
        leakiest, strictest = self._ends
        honest = self._score("song", strictest)
        return (
            f"Of new songs{' by new artists' if strictest == 'artist' else ''}, expect "
            f"{percent(honest['accuracy'])} to get the right verdict "
            f"({percent_interval(honest['low'], honest['high'])}), where that "
            f"split shows {percent(self._score('song', leakiest)['accuracy'])}."
        )

    def to_frame(self) -> "pd.DataFrame":
        """Table of the scores and of what they are inflated by.

        Returns
        -------
        pandas.DataFrame
            One row per level and split: level, split, n, accuracy, low, high, and
            inflation, inflation_low and inflation_high, in points against the
            strictest split (0 for that one).
        """
        pandas = require("pandas", "plot", "LeakageReport.to_frame")
        return pandas.DataFrame([row | self._against(row) for row in self.scores])

    def _against(self, score: dict[str, Any]) -> dict[str, float]:
        """By what one score is inflated against the strictest split."""
        _, strictest = self._ends
        gain = {"points": 0.0, "low": 0.0, "high": 0.0}
        if score["split"] != strictest:
            gain = self._gain(score["level"], score["split"], strictest)
        return {
            "inflation": gain["points"],
            "inflation_low": gain["low"],
            "inflation_high": gain["high"],
        }

    def plot(self, ax: "Axes | None" = None) -> "LeakageDisplay":
        """Draw the accuracy under each split.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; a new figure if None.

        Returns
        -------
        LeakageDisplay
            The picture.
        """
        # Only now: most who read a report draw nothing.
        from skgenre.plotting import LeakageDisplay

        return LeakageDisplay(self).plot(ax=ax)

    def __repr__(self) -> str:
        return (
            f"LeakageReport(n_songs={len(self.y)}, n_windows={len(self.groups)}, "
            f"splits={list(self.held_out)})"
        )

    def __str__(self) -> str:
        body = ["\n".join(aligned(table)) for table in self._tables()]
        return "\n\n".join([self._heading(), *body, self.sentence])

    def _repr_html_(self) -> str:
        return (
            f"<div><p>{html.escape(self._heading())}</p>"
            f"{''.join(map(html_table, self._tables()))}"
            f"<p>{html.escape(self.sentence)}</p></div>"
        )

    def _heading(self) -> str:
        songs = f"{len(self.groups):,} windows of {len(self.y)} songs"
        if self.artists is not None:
            n_unknown = sum(map(is_unknown, self.artists.tolist()))
            # Unknown ones are numbered too, each on its own.
            songs += f" by {self._clusters.max() + 1 - n_unknown} artists"
            songs += f" and {n_unknown} songs by unknown ones" * (n_unknown > 0)
        return f"{songs}, {self.cv} folds each."

    def _tables(self) -> list[list[list[str]]]:
        return [self._score_table(), self._inflation_table()]

    def _score_table(self) -> list[list[str]]:
        interval = interval_head(self.confidence)
        table = [["Held out", "windows right", interval, "songs right", interval]]
        for split, words in self.held_out.items():
            scores = [self._score(level, split) for level in _LEVELS]
            cells = [
                [
                    percent(score["accuracy"]),
                    percent_interval(score["low"], score["high"]),
                ]
                for score in scores
            ]
            table.append([words, *cells[0], *cells[1]])
        return table

    def _inflation_table(self) -> list[list[str]]:
        interval = interval_head(self.confidence)
        table = [["Inflation (points)", "windows", interval, "songs", interval]]
        for leaky, strict in self._pairs:
            gains = [self._gain(level, leaky, strict) for level in _LEVELS]
            cells = [
                [f"{gain['points']:+.1f}", point_interval(gain["low"], gain["high"])]
                for gain in gains
            ]
            words = f"{self.held_out[leaky]} - {self.held_out[strict]}"
            table.append([words, *cells[0], *cells[1]])
        return table


def _check_splits(window_proba: dict[str, Any], song_proba: dict[str, Any]) -> None:
    unknown = set(window_proba) - set(SPLITS)
    if unknown or len(window_proba) < 2 or set(window_proba) != set(song_proba):
        raise ValueError(
            f"Got probabilities of windows under the splits {list(window_proba)} "
            f"and of songs under {list(song_proba)}, but expected the same at "
            f"least two of {list(SPLITS)}."
        )


def _as_floats(proba: dict[str, Any], splits: dict[str, str]) -> dict[str, np.ndarray]:
    return {split: np.asarray(proba[split], float) for split in splits}


def _signed(points: float) -> str:
    # Adding 0 turns -0.0 into 0.0.
    return f"{round(points, 1) + 0:+.1f}"
