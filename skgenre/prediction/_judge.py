"""Ask a fitted model about songs: every part of it, each song's error its own.

::

    songs ─ FrameWindower ─► ─ featurizer ─► GroupVotingClassifier, MILClassifier
       └── each part of a VotingClassifier ──► probabilities of songs, averaged
"""

import copy
import warnings
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from sklearn.ensemble import VotingClassifier
from sklearn.pipeline import Pipeline

from skgenre._sklearn import safe_indexing
from skgenre.prediction._events import joined
from skgenre.prediction._verdicts import Event, Verdict
from skgenre.voting._events import Stretch, deciding_stretches
from skgenre.voting._explain import explained
from skgenre.windows import FrameWindower, SongWindows
from skgenre.windows._windowers import windowers_in

# Of all that speaks for a verdict, as `window_events` has it.
_SHARE = 0.5
# Of a window; a few samples may be missing.
_FULL = 0.99


class Heard(NamedTuple):
    """Windows of one part of a model."""

    offsets: np.ndarray  # (n_songs + 1,): windows of song i are offsets[i:i + 2]
    starts: np.ndarray  # (n_windows,), seconds
    ends: np.ndarray  # (n_windows,)
    contribution: np.ndarray  # (n_windows,), to this part's verdict
    proba: np.ndarray  # (n_windows, n_classes)
    weight: float  # of this part in the whole
    window_seconds: float | None

    def of(self, song: int) -> slice:
        """Where the windows of a song are."""
        return slice(self.offsets[song], self.offsets[song + 1])


@dataclass
class Judgement:
    """What a model says of some songs; filled by `judge`.

    Parameters
    ----------
    n_songs : int
        How many there are.
    """

    n_songs: int
    parts: list[Heard] = field(default_factory=list)
    bad: dict[int, str] = field(default_factory=dict)
    said: dict[int, int] = field(default_factory=dict)  # class, where it is no argmax

    def listened(self, names: list[str], proba: np.ndarray) -> list["Listened"]:
        """Verdicts, and what was heard of each song.

        Parameters
        ----------
        names : list of str of length n_songs
            What songs are called.
        proba : array of shape (n_songs, n_classes)
            Of songs; rows of bad ones are not looked at.

        Returns
        -------
        list of Listened of length n_songs
            In the order of songs.
        """
        return [
            Listened(verdict, self._windows(song, verdict.best))
            for song, verdict in enumerate(self.verdicts(names, proba))
        ]

    def _windows(self, song: int, best: int | None) -> tuple["WindowsOfSong", ...]:
        if best is None:
            return ()
        return tuple(
            WindowsOfSong(
                part.starts[own],
                part.ends[own],
                part.proba[own],
                self._contribution(part, own, best),
            )
            for part in self.parts
            for own in [part.of(song)]
        )

    def verdicts(self, names: list[str], proba: np.ndarray) -> list[Verdict]:
        """Of each song, or why there is none.

        Parameters
        ----------
        names : list of str of length n_songs
            What songs are called.
        proba : array of shape (n_songs, n_classes)
            Of songs; rows of bad ones are not looked at.

        Returns
        -------
        list of Verdict of length n_songs
            In the order of songs.
        """
        return [
            Verdict(name, error=self.bad[song])
            if song in self.bad
            else self._verdict(name, song, proba[song])
            for song, name in enumerate(names)
        ]

    def _verdict(self, name: str, song: int, proba: np.ndarray) -> Verdict:
        n_windows = [part.offsets[song + 1] - part.offsets[song] for part in self.parts]
        best = self.said.get(song, int(proba.argmax()))
        return Verdict(
            name,
            proba=tuple(proba.tolist()),
            windows=int(max(n_windows, default=0)),
            events=self._events(song, best),
            note=self._note(song),
            said=self.said.get(song),
        )

    def _note(self, song: int) -> str:
        """Say where nothing but a part of a window was heard."""
        for part in self.parts:
            own = part.of(song)
            heard = (part.ends[own] - part.starts[own]).sum()
            if part.window_seconds is not None and heard < _FULL * part.window_seconds:
                return (
                    f"It lasts {heard:.2f} s, less than a window of "
                    f"{part.window_seconds:g} s."
                )
        return ""

    def _events(self, song: int, best: int) -> tuple[Event, ...]:
        stretches: list[Stretch] = []
        total = 0.0
        for part in self.parts:
            own = part.of(song)
            contribution = self._contribution(part, own, best)
            if not np.isfinite(part.starts[own] + part.ends[own]).all():
                continue
            total += contribution[contribution > 0].sum()
            stretches += deciding_stretches(
                part.starts[own], part.ends[own], contribution, share=_SHARE
            )
        return joined(stretches, total=total)

    def _contribution(self, part: Heard, own: slice, best: int) -> np.ndarray:
        """What windows of a part give to the verdict, (n_windows,)."""
        if len(self.parts) == 1:
            return part.contribution[own]
        # The verdict is that of all parts, to which windows of each give their share
        # of its mean probability.
        proba = part.proba[own, best]
        return part.weight * proba / max(len(proba), 1)


class WindowsOfSong(NamedTuple):
    """Windows of one song, as one part of a model heard them."""

    starts: np.ndarray  # (n_windows,), seconds
    ends: np.ndarray  # (n_windows,)
    proba: np.ndarray  # (n_windows, n_classes)
    contribution: np.ndarray  # (n_windows,), to the verdict


class Listened(NamedTuple):
    """A verdict, and the windows it was made of: of each part of a model."""

    verdict: Verdict
    windows: tuple[WindowsOfSong, ...] = ()


def judge(model: Any, songs: list[Any], names: list[str]) -> list[Verdict]:
    """Ask a model about songs.

    Parameters
    ----------
    model : estimator
        Fitted; a Pipeline from songs on, or what holds such ones.
    songs : list of length n_songs
        Paths, or what else the model takes.
    names : list of str of length n_songs
        What they are called.

    Returns
    -------
    list of Verdict of length n_songs
        In the order of songs. What cannot be read has no verdict, and costs no other
        song its own.
    """
    return [heard.verdict for heard in listen(model, songs, names)]


def listen(model: Any, songs: list[Any], names: list[str]) -> list[Listened]:
    """Ask a model about songs, and keep what it says of their windows.

    Parameters
    ----------
    model, songs, names
        As for `judge`.

    Returns
    -------
    list of Listened of length n_songs
        In the order of songs.
    """
    judgement = Judgement(len(songs))
    with warnings.catch_warnings():
        # Each song's row says it.
        warnings.filterwarnings("ignore", ".* songs could not be used", UserWarning)
        proba = ask(model, songs, judgement, 1.0)
    return judgement.listened(names, proba)


def ask(model: Any, X: Any, judgement: Judgement, weight: float) -> np.ndarray:
    """Ask each part of a model; note windows and bad songs.

    Parameters
    ----------
    model : estimator
        Fitted.
    X : SongWindows or what else it takes
        Songs.
    judgement : Judgement
        Of as many songs; filled.
    weight : float
        Of the model in the whole.

    Returns
    -------
    array of shape (n_songs, n_classes)
        Probabilities; NaN of songs without windows.
    """
    if isinstance(model, Pipeline):
        X = _through(model.steps[:-1], X)
        return ask(model.steps[-1][1], X, judgement, weight)
    if isinstance(model, VotingClassifier) and model.voting == "soft":
        return _ask_all(model, X, judgement, weight)
    if hasattr(model, "best_estimator_"):
        return ask(model.best_estimator_, X, judgement, weight)
    if isinstance(X, SongWindows) and hasattr(model, "explained"):
        return _ask_voter(model, X, judgement, weight)
    return _ask_whole(model, X, judgement)


def _ask_all(
    model: VotingClassifier, X: Any, judgement: Judgement, weight: float
) -> np.ndarray:
    """Average over the members, as they were weighted."""
    weights = [
        1.0 if model.weights is None else model.weights[i]
        for i, (_, member) in enumerate(model.estimators)
        if not isinstance(member, str)  # "drop"
    ]
    shares = np.asarray(weights, float) / np.sum(weights)
    proba = [
        ask(member, X, judgement, weight * share)
        for member, share in zip(model.estimators_, shares, strict=True)
    ]
    # What a member says by itself is no verdict.
    judgement.said.clear()
    averaged: np.ndarray = np.average(proba, axis=0, weights=weights)
    return averaged


def _ask_voter(
    model: Any, windows: SongWindows, judgement: Judgement, weight: float
) -> np.ndarray:
    """Ask what votes over windows, of songs that have some."""
    windows = windows.load()
    heard = _heard(windows, judgement)
    proba = np.full((len(windows), len(model.classes_)), np.nan)
    if len(heard):
        own = explained(model, windows[heard])
        proba[heard] = own.song_proba
        judgement.parts.append(
            Heard(
                offsets=windows.offsets,
                starts=own.windows.starts,
                ends=own.windows.ends,
                contribution=own.contribution,
                proba=own.windows.values,
                weight=weight,
                window_seconds=windows.window_seconds,
            )
        )
    return proba


def _heard(windows: SongWindows, judgement: Judgement) -> np.ndarray:
    """Positions of the songs that have windows; why others have none is noted."""
    for song in np.flatnonzero(windows.counts == 0).tolist():
        reason = windows.errors.get(windows.song_ids[song], "It has no windows.")
        judgement.bad.setdefault(song, reason)
    return np.flatnonzero(windows.counts > 0)


def _ask_whole(model: Any, X: Any, judgement: Judgement) -> np.ndarray:
    """Ask a model that cannot be taken apart, of songs that can be read."""
    if isinstance(X, SongWindows):
        X = X.load()
        _heard(X, judgement)
    for windower in _different(windowers_in(model)):
        _heard(_tolerant(windower).transform(X), judgement)
    good = [song for song in range(judgement.n_songs) if song not in judgement.bad]
    proba = np.full((judgement.n_songs, len(model.classes_)), np.nan)
    if good:
        songs = safe_indexing(X, good)
        proba[good] = model.predict_proba(songs)
        # A threshold may say something else than the largest probability.
        said = np.searchsorted(model.classes_, model.predict(songs))
        judgement.said.update(zip(good, said.tolist(), strict=True))
    return proba


def _different(windowers: list[FrameWindower]) -> list[FrameWindower]:
    """Those that cut songs differently."""
    return list({str(w.get_params()): w for w in windowers}.values())


def _through(steps: list[tuple[str, Any]], X: Any) -> Any:
    for _, step in steps:
        if isinstance(step, Pipeline):
            X = _through(step.steps, X)
        elif step is not None and not isinstance(step, str):  # "passthrough"
            tolerant = _tolerant(step) if isinstance(step, FrameWindower) else step
            X = tolerant.transform(X)
    return X


def _tolerant(windower: FrameWindower) -> FrameWindower:
    """Go on with the good songs."""
    tolerant = copy.copy(windower)
    tolerant.on_error = "warn"
    return tolerant
