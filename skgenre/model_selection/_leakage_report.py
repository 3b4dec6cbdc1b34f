"""What a leaked split does to a score: the numbers, told and drawn."""

import html
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from skgenre._by_song.numbering import is_unknown, number_groups
from skgenre._optional import require
from skgenre.model_selection._statistics import bootstrap_means, check_interval
from skgenre.model_selection._text_tables import aligned, html_table

if TYPE_CHECKING:
    import pandas as pd


_SPLITS = {
    "window": "random windows",
    "song": "whole songs",
    "artist": "whole artists",
}
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
        y: Any,
        groups: Any,
        window_proba: dict[str, Any],
        song_proba: dict[str, Any],
        artists: Any = None,
        cv: int = 5,
        n_bootstrap: int = 2000,
        confidence: float = 0.95,
        random_state: int = 0,
    ) -> None:
        unknown = sorted(set(window_proba) - set(_SPLITS))
        if unknown or len(window_proba) < 2 or set(window_proba) != set(song_proba):
            raise ValueError(
                f"Got probabilities of windows under the splits {list(window_proba)} "
                f"and of songs under {list(song_proba)}, but expected the same at "
                f"least two of {list(_SPLITS)}."
            )
        check_interval(confidence, n_bootstrap)
        self.y: np.ndarray = np.asarray(y)
        self.classes, self._codes = np.unique(self.y, return_inverse=True)
        self.groups: np.ndarray = np.asarray(groups)
        # From the leakiest to the strictest, however they came.
        splits = [split for split in _SPLITS if split in window_proba]
        self.window_proba = {s: np.asarray(window_proba[s], float) for s in splits}
        self.song_proba = {s: np.asarray(song_proba[s], float) for s in splits}
        self.artists: np.ndarray | None = (
            None if artists is None else np.asarray(artists)
        )
        self.cv = cv
        self.n_bootstrap = n_bootstrap
        self.confidence = confidence
        self.random_state = random_state

    # -- numbers ------------------------------------------------------------------

    @cached_property
    def scores(self) -> list[dict[str, Any]]:
        """Accuracy by level and split: a list of dicts."""
        return self._numbers[0]

    @cached_property
    def inflation(self) -> list[dict[str, Any]]:
        """Points between splits by level: a list of dicts."""
        return self._numbers[1]

    @cached_property
    def _numbers(self) -> tuple[list[dict], list[dict]]:
        splits = list(self.song_proba)
        between = [
            (leaky, strict)
            for i, leaky in enumerate(splits)
            for strict in splits[i + 1 :]
        ]
        scores, inflation = [], []
        for level in _LEVELS:
            right = self._right(level)
            values = np.column_stack(
                [right[split] for split in splits]
                + [right[leaky] - right[strict] for leaky, strict in between]
            )
            clusters = self._clusters
            low, high = bootstrap_means(
                values,
                groups=clusters[self.groups] if level == "window" else clusters,
                n_bootstrap=self.n_bootstrap,
                confidence=self.confidence,
                seed=self.random_state,
            )
            mean = values.mean(axis=0)
            for i, split in enumerate(splits):
                row = {"level": level, "split": split, "n": len(values)}
                row |= {"accuracy": float(mean[i])}
                scores.append(row | {"low": float(low[i]), "high": float(high[i])})
            for i, (leaky, strict) in enumerate(between, start=len(splits)):
                ends = {"points": mean[i], "low": low[i], "high": high[i]}
                inflation.append(
                    {"level": level, "split": leaky, "against": strict}
                    | {name: round(100 * float(v), 10) for name, v in ends.items()}
                )
        return scores, inflation

    def _right(self, level: str) -> dict[str, np.ndarray]:
        proba = self.window_proba if level == "window" else self.song_proba
        truth = self._codes[self.groups] if level == "window" else self._codes
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
        splits = list(self.song_proba)
        strictest = splits[-1]
        total = self._gain("window", splits[0], strictest)
        parts = []
        for leaky, strict in pairwise(splits):
            another = "another " * (leaky != splits[0])
            gain = self._gain("window", leaky, strict)
            parts.append(
                f"{100 * self._score('window', strict)['accuracy']:.1f} % when "
                f"{_SPLITS[strict]} are held out ({another}"
                f"{_signed(-gain['points'])} points, "
                f"{self._percent} interval {_signed(-gain['high'])} to "
                f"{_signed(-gain['low'])})"
            )
        if total["low"] > 0:
            head = f"Here a split by {_SPLITS[splits[0]]} flatters the model"
        elif total["high"] < 0:
            head = f"Here a split by {_SPLITS[splits[0]]} does not flatter the model"
        else:
            head = (
                f"Here {len(self.y)} songs show no sure difference between a split by "
                f"{_SPLITS[splits[0]]} and one by {_SPLITS[strictest]}"
            )
        leaky_score = self._score("window", splits[0])["accuracy"]
        honest = self._score("song", strictest)
        whom = "artists" if strictest == "artist" else "music"
        return (
            f"{head}: it shows {100 * leaky_score:.1f} % of windows right, against "
            f"{' and '.join(parts)}. Of new songs"
            f"{' by new artists' if whom == 'artists' else ''}, expect "
            f"{100 * honest['accuracy']:.1f} % to get the right verdict "
            f"({100 * honest['low']:.1f} to {100 * honest['high']:.1f} %), where that "
            f"split shows {100 * self._score('song', splits[0])['accuracy']:.1f} %."
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
        strictest = list(self.song_proba)[-1]
        rows = []
        for row in self.scores:
            gain = {"points": 0.0, "low": 0.0, "high": 0.0}
            if row["split"] != strictest:
                gain = self._gain(row["level"], row["split"], strictest)
            names = {"points": "inflation"}
            names |= {end: f"inflation_{end}" for end in ("low", "high")}
            rows.append({**row, **{names[key]: gain[key] for key in names}})
        return pandas.DataFrame(rows)

    def plot(self, ax: Any = None) -> Any:
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
        from skgenre.plotting import LeakageDisplay

        return LeakageDisplay(self).plot(ax=ax)

    def __repr__(self) -> str:
        return (
            f"LeakageReport(n_songs={len(self.y)}, n_windows={len(self.groups)}, "
            f"splits={list(self.song_proba)})"
        )

    def __str__(self) -> str:
        tables = [self._score_table(), self._inflation_table()]
        body = ["\n".join(aligned(table)) for table in tables]
        return "\n\n".join([self._heading(), *body, self.sentence])

    def _repr_html_(self) -> str:
        tables = [self._score_table(), self._inflation_table()]
        return (
            f"<div><p>{html.escape(self._heading())}</p>"
            f"{''.join(map(html_table, tables))}"
            f"<p>{html.escape(self.sentence)}</p></div>"
        )

    def _heading(self) -> str:
        songs = f"{len(self.groups):,} windows of {len(self.y)} songs"
        if self.artists is not None:
            lost = sum(map(is_unknown, self.artists.tolist()))
            songs += f" by {self._clusters.max() + 1 - lost} artists"
            songs += f" and {lost} songs by unknown ones" * (lost > 0)
        return f"{songs}, {self.cv} folds each."

    def _score_table(self) -> list[list[str]]:
        interval = f"{self._percent} interval"
        table = [["Held out", "windows right", interval, "songs right", interval]]
        for split in self.song_proba:
            row = [_SPLITS[split]]
            for level in _LEVELS:
                score = self._score(level, split)
                row.append(f"{100 * score['accuracy']:.1f} %")
                row.append(f"{100 * score['low']:.1f} to {100 * score['high']:.1f} %")
            table.append(row)
        return table

    def _inflation_table(self) -> list[list[str]]:
        interval = f"{self._percent} interval"
        table = [["Inflation (points)", "windows", interval, "songs", interval]]
        splits = list(self.song_proba)
        for i, leaky in enumerate(splits):
            for strict in splits[i + 1 :]:
                row = [f"{_SPLITS[leaky]} - {_SPLITS[strict]}"]
                for level in _LEVELS:
                    gain = self._gain(level, leaky, strict)
                    row.append(f"{gain['points']:+.1f}")
                    row.append(f"{gain['low']:+.1f} to {gain['high']:+.1f}")
                table.append(row)
        return table

    @property
    def _percent(self) -> str:
        return f"{100 * self.confidence:g} %"


def _signed(points: float) -> str:
    # Adding 0 turns -0.0 into 0.0.
    return f"{round(points, 1) + 0:+.1f}"


# -- the three splits -----------------------------------------------------------------
