"""Which windows decided: what each contributes to the verdict on its song.

::

    window_proba, song_proba ─► verdict and second choice ─► a rule per voting
        sums and means: terms that add up to the song's score
        all others:     the probability lost without the window
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from skgenre._by_song.marks import counted_songs
from skgenre._by_song.numbering import sorted_order
from skgenre._optional import require
from skgenre.voting._rules import aggregate, clipped_log, clipped_log_odds
from skgenre.voting._window_proba import align
from skgenre.windows._song_windows import SongWindows

if TYPE_CHECKING:
    import pandas as pd

SHARE, LOG_ODDS, LEAVE_ONE_OUT = "share", "log-odds", "leave one out"

# Windows of songs without one of theirs that are judged at a time.
_ROWS = 2**20


@dataclass(frozen=True)
class Explained:
    """What a classifier says of songs and their windows, and which windows decided.

    Parameters
    ----------
    windows : SongWindows of windows of shape (n_classes,)
        Probabilities of each window, those of a song together.
    classes : array of shape (n_classes,)
        The label of each column.
    song_proba : float array of shape (n_songs, n_classes)
        Probabilities of each song.
    contribution : float array of shape (n_windows,)
        What each window contributes to the verdict on its song, in units of `kind`. 0
        for a window that does not count in the vote.
    baseline : float array of shape (n_songs,)
        What the score holds before any window is heard, as the prior of naive Bayes;
        NaN where nothing adds up.
    score : float array of shape (n_songs,)
        What the contributions of a song's windows and its baseline add up to.
    kind : {"share", "log-odds", "leave one out"}
        "share": the score is the probability of the verdict, to which each window
        gives its share. "log-odds": the score compares the verdict with the second
        choice, natural logarithm; a window above 0 speaks for the verdict, one below 0
        for the other. "leave one out": nothing adds up; each is what the probability
        of the verdict, which is the score, loses without the window.
    attention : float array of shape (n_windows,), default=None
        The weight of each window in the pooling, where there is one.
    """

    windows: SongWindows
    classes: np.ndarray
    song_proba: np.ndarray
    contribution: np.ndarray
    baseline: np.ndarray
    score: np.ndarray
    kind: str
    attention: np.ndarray | None = None

    @property
    def verdicts(self) -> np.ndarray:
        """The verdict on each song, (n_songs,)."""
        return self.classes[self.song_proba.argmax(axis=1)]

    @property
    def second_choices(self) -> np.ndarray:
        """The likeliest other class of each song, (n_songs,)."""
        return self.classes[two_best(self.song_proba)[1]]

    def to_frame(self) -> "pd.DataFrame":
        """Return a table with a row per window.

        Returns
        -------
        pandas.DataFrame
            Columns song, start and end (seconds), verdict, probability (of the verdict
            for the song), second (choice), window_probability (of the verdict for this
            window), contribution, baseline, score and kind; and attention and weight
            where there are any.
        """
        pandas = require("pandas", "plot", "explain")
        windows, songs = self.windows, self.windows.groups
        verdict = self.song_proba.argmax(axis=1)
        table: dict[str, Any] = {
            "song": windows.expand(windows.song_ids),
            "start": windows.starts,
            "end": windows.ends,
            "verdict": self.verdicts[songs],
            "probability": _picked(self.song_proba, verdict)[songs],
            "second": self.second_choices[songs],
            "window_probability": _picked(windows.values, verdict[songs]),
            "contribution": self.contribution,
            "baseline": self.baseline[songs],
            "score": self.score[songs],
            "kind": np.full(len(songs), self.kind, dtype=object),
        }
        if self.attention is not None:
            table["attention"] = self.attention
        if windows.window_weight is not None:
            table["weight"] = windows.window_weight
        return pandas.DataFrame(table)


def explained(classifier: Any, windows: SongWindows) -> Explained:
    """Judge songs of features, and say which windows decided, in one go.

    Parameters
    ----------
    classifier : GroupVotingClassifier or MILClassifier
        Fitted; any with ``explained(windows)``.
    windows : SongWindows
        What a Pipeline hands to its last step.

    Returns
    -------
    Explained
        Probabilities, verdicts and contributions, of one pass over the windows.

    Raises
    ------
    ValueError
        If the classifier cannot say which windows decided.
    """
    if not hasattr(classifier, "explained"):
        raise ValueError(
            f"Got {type(classifier).__name__}, but expected a classifier that says "
            "which windows decided, such as GroupVotingClassifier or MILClassifier."
        )
    return classifier.explained(windows)


def two_best(song_proba: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the likeliest class of each song, and the likeliest other one.

    Parameters
    ----------
    song_proba : float array of shape (n_songs, n_classes)
        Probabilities.

    Returns
    -------
    first, second : int arrays of shape (n_songs,)
        Columns; the first of several that are equal.
    """
    first = song_proba.argmax(axis=1)
    others = song_proba.copy()
    others[np.arange(len(others)), first] = -1
    return first, others.argmax(axis=1)


def _picked(table: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """One number of each row, (n_rows,)."""
    return table[np.arange(len(table)), columns]


def rows_in_order(table: "pd.DataFrame", codes: np.ndarray) -> "pd.DataFrame":
    """Put rows that stand song by song back in the order of windows.

    Parameters
    ----------
    table : pandas.DataFrame
        A row per window, songs in order.
    codes : int array of shape (n_windows,)
        The song's number for each window, in the order wanted.

    Returns
    -------
    pandas.DataFrame
        The same rows.
    """
    order = sorted_order(codes)
    if order is None:
        return table
    return table.iloc[np.argsort(order)].reset_index(drop=True)


# -- votings --------------------------------------------------------------------------


@dataclass(frozen=True)
class Vote:
    """A vote that was held: over which windows, by which voting, with what result.

    Parameters
    ----------
    windows : SongWindows of windows of shape (n_classes,)
        Probabilities of each window.
    song_proba : float array of shape (n_songs, n_classes)
        What the voting made of them.
    voting : str, callable or fitted estimator
        The voting.
    classes : array of shape (n_classes,)
        The label of each column.
    prior, window_prior : array of shape (n_classes,)
        Share of each class among songs, and among the windows in fit.
    """

    windows: SongWindows
    song_proba: np.ndarray
    voting: Any
    classes: np.ndarray
    prior: np.ndarray
    window_prior: np.ndarray

    @property
    def weight(self) -> np.ndarray:
        """How much each window counts, (n_windows,)."""
        weight = self.windows.window_weight
        return np.ones(self.windows.n_windows) if weight is None else weight

    def mean_weight(self) -> np.ndarray:
        """Share of each window in the weight of its song, (n_windows,)."""
        songs = self.windows.groups
        total = np.bincount(songs, weights=self.weight, minlength=len(self.windows))
        return self.weight / np.where(total > 0, total, 1)[songs]

    def judge(self, rows: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """Vote over windows that are put together anew.

        Parameters
        ----------
        rows : int array of shape (n_rows,)
            Windows, song by song.
        counts : int array of shape (n_new_songs,)
            How many each has, at least one of a weight above 0 among them.

        Returns
        -------
        float array of shape (n_new_songs, n_classes)
            Probabilities.
        """
        marks = self.windows.marks.take(rows)
        proba = self.windows.values[rows]
        if isinstance(self.voting, str) or not hasattr(self.voting, "predict_proba"):
            return aggregate(
                proba,
                np.repeat(np.arange(len(counts)), counts),
                len(counts),
                voting=self.voting,
                prior=self.prior,
                window_prior=self.window_prior,
                window_weight=marks.weight,
            )
        songs = SongWindows(
            proba,
            counts,
            starts=self.windows.starts[rows],
            window_seconds=self.windows.window_seconds,
            ends=marks.ends,
            window_weight=marks.weight,
        )
        voted = self.voting.predict_proba(songs)
        return align(voted, self.voting.classes_, self.classes)


def explain_vote(vote: Vote) -> Explained:
    """Say what each window contributes to the verdict on its song.

    Parameters
    ----------
    vote : Vote
        That was held.

    Returns
    -------
    Explained
        Exact where the voting is a sum or a mean.
    """
    shares = _SHARES.get(vote.voting) if isinstance(vote.voting, str) else None
    if shares is not None:
        return _of_shares(vote, shares(vote))
    evidence = _evidence(vote)
    if evidence is not None:
        return _of_evidence(vote, evidence, _log_prior(vote))
    return explain_by_leaving_out(
        vote.windows,
        vote.classes,
        vote.song_proba,
        judge=vote.judge,
        alone=vote.prior,
    )


def _unheard(vote: Vote) -> np.ndarray:
    """Which songs have no window that counts, (n_songs,)."""
    return ~counted_songs(
        vote.windows.groups, len(vote.windows), vote.windows.window_weight
    )


def _of_shares(vote: Vote, shares: np.ndarray) -> Explained:
    """Of what each window gives to each class, (n_windows, n_classes)."""
    first, _ = two_best(vote.song_proba)
    songs = vote.windows.groups
    contribution = _picked(shares, first[songs])
    # A song of which nothing was heard has its probability from the start.
    baseline = np.where(_unheard(vote), _picked(vote.song_proba, first), 0.0)
    return Explained(
        windows=vote.windows,
        classes=vote.classes,
        song_proba=vote.song_proba,
        contribution=contribution,
        baseline=baseline,
        score=_score(contribution, songs, baseline),
        kind=SHARE,
    )


def _of_evidence(vote: Vote, evidence: np.ndarray, base: np.ndarray) -> Explained:
    """Of what each window adds to the logarithm of each class."""
    first, second = two_best(vote.song_proba)
    songs = vote.windows.groups
    contribution = _picked(evidence, first[songs]) - _picked(evidence, second[songs])
    # A song of which nothing was heard has the class shares from the start.
    unheard = _unheard(vote)
    with np.errstate(divide="ignore"):
        shares = np.log(vote.song_proba[unheard])
    baseline = base[first] - base[second]
    baseline[unheard] = _picked(shares, first[unheard])
    baseline[unheard] -= _picked(shares, second[unheard])
    return Explained(
        windows=vote.windows,
        classes=vote.classes,
        song_proba=vote.song_proba,
        contribution=contribution,
        baseline=baseline,
        score=_score(contribution, songs, baseline),
        kind=LOG_ODDS,
    )


def _score(
    contribution: np.ndarray, songs: np.ndarray, baseline: np.ndarray
) -> np.ndarray:
    sums = np.bincount(songs, weights=contribution, minlength=len(baseline))
    return sums + baseline


def _mean_shares(vote: Vote) -> np.ndarray:
    shares = vote.mean_weight()[:, None] * np.asarray(vote.windows.values, dtype=float)
    total = np.bincount(
        vote.windows.groups, weights=shares.sum(axis=1), minlength=len(vote.windows)
    )
    # Rows of rounded tables add up to nearly one.
    return shares / np.where(total > 0, total, 1)[vote.windows.groups, None]


def _majority_shares(vote: Vote) -> np.ndarray:
    won = vote.windows.values.argmax(axis=1)
    return vote.mean_weight()[:, None] * (won[:, None] == np.arange(len(vote.classes)))


# Votings whose probabilities are sums over windows.
_SHARES: dict[str, Callable[[Vote], np.ndarray]] = {
    "mean": _mean_shares,
    "majority": _majority_shares,
}


def _evidence(vote: Vote) -> np.ndarray | None:
    """What each window adds to each class, (n_windows, n_classes); None if no sum."""
    proba = vote.windows.values
    if hasattr(vote.voting, "window_evidence"):
        return _trained_evidence(vote)
    if vote.voting == "mean_log_proba":
        return vote.mean_weight()[:, None] * clipped_log(proba)
    if vote.voting == "mean_log_odds":
        return vote.mean_weight()[:, None] * clipped_log_odds(proba)
    if vote.voting == "naive_bayes":
        ratio = clipped_log(proba) - clipped_log(vote.window_prior)
        return vote.weight[:, None] * ratio
    return None


def _trained_evidence(vote: Vote) -> np.ndarray:
    """Ask a trained voting for the evidence of windows, of songs that it can judge."""
    heard = ~_unheard(vote)
    evidence = np.zeros((vote.windows.n_windows, len(vote.classes)))
    rows = heard[vote.windows.groups]
    if rows.any():
        evidence[rows] = vote.voting.window_evidence(vote.windows[heard])
    return evidence


def _log_prior(vote: Vote) -> np.ndarray:
    """What stands in the score before any window, (n_classes,)."""
    bayes = vote.voting == "naive_bayes" or hasattr(vote.voting, "window_evidence")
    if not bayes:
        return np.zeros(len(vote.classes))
    with np.errstate(divide="ignore"):
        return np.log(np.where(vote.window_prior > 0, vote.prior, 0))


# -- leaving one out ------------------------------------------------------------------


def explain_by_leaving_out(
    windows: SongWindows,
    classes: np.ndarray,
    song_proba: np.ndarray,
    *,
    judge: Callable[[np.ndarray, np.ndarray], np.ndarray],
    alone: np.ndarray,
    attention: np.ndarray | None = None,
) -> Explained:
    """Say what the probability of the verdict loses without each window.

    A song of n windows is judged n times, without one of them each: n * (n - 1)
    windows in all.

    Parameters
    ----------
    windows : SongWindows of windows of shape (n_classes,)
        Probabilities of each window.
    classes : array of shape (n_classes,)
        The label of each column.
    song_proba : float array of shape (n_songs, n_classes)
        What was made of all windows.
    judge : callable
        ``judge(rows, counts)`` gives the probabilities of songs put together anew.
    alone : array of shape (n_classes,)
        Probabilities of a song without windows.
    attention : float array of shape (n_windows,), default=None
        The weight of each window in the pooling, where there is one.

    Returns
    -------
    Explained
        Of kind "leave one out".
    """
    first = song_proba.argmax(axis=1)
    score = _picked(song_proba, first).astype(float)
    songs = windows.groups
    weight = windows.window_weight
    counting = np.arange(len(songs))
    if weight is not None:
        counting = np.flatnonzero(weight > 0)
    contribution = np.zeros(len(songs))
    counts = np.bincount(songs[counting], minlength=len(windows))
    ends = np.cumsum(counts)
    only = ends[counts == 1] - 1
    left = counting[only]
    contribution[left] = (score - alone[first])[songs[left]]
    for out, rows, sizes in _without_each(counts, ends - counts):
        window = counting[out]
        without = judge(counting[rows], sizes)
        song = songs[window]
        contribution[window] = score[song] - _picked(without, first[song])
    return Explained(
        windows=windows,
        classes=classes,
        song_proba=song_proba,
        contribution=contribution,
        baseline=np.full(len(windows), np.nan),
        score=score,
        kind=LEAVE_ONE_OUT,
        attention=attention,
    )


def _without_each(
    counts: np.ndarray, firsts: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Songs without one of their windows: which, the rows that stay, their number."""
    held: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    n_rows = 0
    for n_windows, first in zip(counts.tolist(), firsts.tolist(), strict=True):
        if n_windows < 2:
            continue
        step = max(1, _ROWS // n_windows)
        for start in range(0, n_windows, step):
            out = np.arange(start, min(start + step, n_windows))
            # (n_out, n_windows - 1): all windows but one, in order
            stay = np.arange(n_windows - 1) + (np.arange(n_windows - 1) >= out[:, None])
            sizes = np.full(len(out), n_windows - 1)
            held.append((first + out, first + stay.ravel(), sizes))
            n_rows += stay.size
            if n_rows >= _ROWS:
                yield _together(held)
                held, n_rows = [], 0
    if held:
        yield _together(held)


def _together(
    parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    out, rows, sizes = (np.concatenate(column) for column in zip(*parts, strict=True))
    return out, rows, sizes
