"""One song, as a fitted model hears it: its windows, the verdict, what decided.

::

    song ─ Pipeline ─► VotingClassifier, CalibratedClassifierCV, a search ...
       └── each part that judges windows ──► JudgedPart ──┐
       └── the whole ──► probabilities and verdict ───────┴──► JudgedSong
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.ensemble import VotingClassifier
from sklearn.pipeline import Pipeline

from skgenre.audio._song import is_file
from skgenre.audio._source import AudioSource
from skgenre.voting._events import deciding_stretches
from skgenre.voting._explain import SHARE, explained
from skgenre.windows._song_windows import SongWindows

# Of all that speaks for a verdict, as `window_events` has it.
_SHARE_THAT_DECIDES = 0.5


@dataclass(frozen=True)
class JudgedPart:
    """What one classifier of a model says of a song's windows.

    Parameters
    ----------
    window_proba : array of shape (n_windows, n_classes)
        Probabilities of each window.
    starts, ends : array of shape (n_windows,) or None
        Where each window lies, in seconds; None if it is not known.
    contribution : array of shape (n_windows,) or None
        What each window contributes to the verdict, as `explain` says; None if it is
        not known.
    kind : str
        In which units: "share", "log-odds" or "leave one out".
    attention : array of shape (n_windows,) or None
        The weight of each window, of a network that has one.
    weight : float, default=1.0
        Of the part in the whole.
    verdict : int, default=None
        The column of what the part says of the song by itself.
    """

    window_proba: np.ndarray
    starts: np.ndarray | None = None
    ends: np.ndarray | None = None
    contribution: np.ndarray | None = None
    kind: str = SHARE
    attention: np.ndarray | None = None
    weight: float = 1.0
    verdict: int | None = None

    @property
    def has_times(self) -> bool:
        """Whether it is known where all windows lie."""
        if self.starts is None or self.ends is None:
            return False
        return bool(np.isfinite(self.starts + self.ends).all())

    def deciding(self) -> list[tuple[float, float]]:
        """Stretches of seconds that decided, as `window_events` finds them.

        Returns
        -------
        list of (float, float)
            Starts and ends; none where contributions or times are not known.
        """
        if self.contribution is None or not self.has_times:
            return []
        found = deciding_stretches(
            np.asarray(self.starts),
            np.asarray(self.ends),
            self.contribution,
            share=_SHARE_THAT_DECIDES,
        )
        return [(stretch.start, stretch.end) for stretch in found]


@dataclass(frozen=True)
class JudgedSong:
    """One song, what a model says of its windows, and the verdict.

    Parameters
    ----------
    name : object
        The song's name: a path, an id, or "song 3".
    classes : list of length n_classes
        The labels, in the order of all columns.
    parts : tuple of JudgedPart
        The classifiers that judge windows; none where the song has no windows.
    song_proba : array of shape (n_classes,) or None
        What the model says of the song; None where it is not heard.
    verdict : object
        The label that the model gives the song; None where it is not heard.
    reason : str, default=""
        Why the song is not heard.
    song : object, default=None
        The song itself, where it is known: a path, or samples.
    """

    name: Any
    classes: list[Any]
    parts: tuple[JudgedPart, ...]
    song_proba: np.ndarray | None
    verdict: Any
    reason: str = ""
    song: Any = None

    @property
    def window_proba(self) -> np.ndarray:
        """What the first part says of each window, (n_windows, n_classes)."""
        if not self.parts:
            return np.zeros((0, len(self.classes)))
        return self.parts[0].window_proba

    @property
    def starts(self) -> np.ndarray | None:
        """Where windows of the first part start, in seconds."""
        return self.parts[0].starts if self.parts else None

    @property
    def ends(self) -> np.ndarray | None:
        """Where windows of the first part end, in seconds."""
        return self.parts[0].ends if self.parts else None


def judge_song(
    estimator: Any, X: Any, *, song: int = 0, groups: ArrayLike | None = None
) -> JudgedSong:
    """Ask a fitted model about one song of many; only that one is read.

    Parameters
    ----------
    estimator : estimator
        Fitted: a classifier that judges windows and songs, such as
        GroupVotingClassifier or MILClassifier; a Pipeline that ends in one; or what is
        made of such ones: VotingClassifier, StackingClassifier, CalibratedClassifierCV,
        a classifier with a threshold, a search.
    X : path, SongWindows, sequence of paths, or what else the model takes
        The song, or songs.
    song : int, default=0
        The position of the song in `X`.
    groups : array-like of shape (n_windows,), default=None
        The song of each row, where `X` is a plain array of windows.

    Returns
    -------
    JudgedSong
        The song.

    Raises
    ------
    ValueError
        If there is no such song, or nothing in the model judges windows.
    AudioError
        If the song cannot be read, and its FrameWindower does not go on.
    """
    name, one = _one_song(X, song, groups)
    itself = _itself(name, one)
    try:
        with warnings.catch_warnings():
            # Why it has no windows stands in what is returned.
            warnings.filterwarnings("ignore", ".* songs could not be used", UserWarning)
            said = _ask(estimator, one)
    except _Unheard as unheard:
        classes = np.asarray(estimator.classes_).tolist()
        return JudgedSong(name, classes, (), None, None, str(unheard), itself)
    if not said.parts:
        raise ValueError(_nobody_judges(estimator))
    classes = np.asarray(estimator.classes_)
    column = said.verdict
    if column is None:
        column = int(said.proba.argmax())  # type: ignore[union-attr]
    return JudgedSong(
        name=name,
        classes=classes.tolist(),
        parts=_of_the_whole(said, column),
        song_proba=said.proba,
        verdict=classes[column],
        song=itself,
    )


class _Unheard(Exception):
    """A song has no windows; says why."""


class _Said(NamedTuple):
    proba: np.ndarray | None  # (n_classes,)
    verdict: int | None  # column, where it is not the likeliest
    parts: list[JudgedPart]
    is_mean: bool  # of what its parts say, so that their shares add up to it


def _ask(model: Any, one: Any) -> _Said:
    """Ask a model, or the parts of one, about a sequence of one song."""
    if isinstance(model, Pipeline):
        return _ask(model.steps[-1][1], _through(model, one))
    if isinstance(one, SongWindows):
        one = _checked(one)
    if hasattr(model, "predict_window_proba"):
        return _ask_judge(model, one)
    if isinstance(model, VotingClassifier) and model.voting == "soft":
        return _ask_soft(model, one)
    parts = [
        replace(part, weight=part.weight * weight)
        for weight, member in _members(model)
        for part in _ask(member, one).parts
    ]
    if not parts:
        return _Said(None, None, [], is_mean=False)
    proba = model.predict_proba(one)[0] if hasattr(model, "predict_proba") else None
    # A threshold may say something else than the largest probability.
    column = int(np.flatnonzero(model.classes_ == model.predict(one)[0])[0])
    return _Said(proba, column, parts, is_mean=False)


def _through(pipeline: Pipeline, one: Any) -> Any:
    return pipeline[:-1].transform(one) if len(pipeline.steps) > 1 else one


def _checked(one: SongWindows) -> SongWindows:
    one = one.load()
    if one.n_windows == 0:
        raise _Unheard(one.errors.get(one.song_ids[0], "It has no windows."))
    return one


def _ask_judge(judge: Any, one: Any) -> _Said:
    if not hasattr(judge, "predict_proba"):
        raise ValueError(_nobody_judges(judge))
    if isinstance(one, SongWindows) and hasattr(judge, "explained"):
        found = explained(judge, one)
        proba = found.song_proba[0]
        part = JudgedPart(
            window_proba=np.asarray(found.windows.values),
            starts=found.windows.starts,
            ends=found.windows.ends,
            contribution=found.contribution,
            kind=found.kind,
            attention=found.attention,
            verdict=int(proba.argmax()),
        )
        return _Said(proba, None, [part], is_mean=True)
    starts = ends = None
    if isinstance(one, SongWindows):
        starts, ends = one.starts, one.ends
    part = JudgedPart(judge.predict_window_proba(one), starts, ends)
    return _Said(judge.predict_proba(one)[0], None, [part], is_mean=True)


def _ask_soft(model: VotingClassifier, one: Any) -> _Said:
    """Average over the members, as they were weighted."""
    said = [(weight, _ask(member, one)) for weight, member in _members(model)]
    parts = [
        replace(part, weight=part.weight * weight)
        for weight, own in said
        for part in own.parts
    ]
    if len(parts) and all(own.is_mean for _, own in said):
        # A sum of weights and probabilities of songs, (n_classes,).
        proba = np.sum([w * np.asarray(own.proba) for w, own in said], axis=0)
        return _Said(proba, None, parts, is_mean=True)
    return _Said(model.predict_proba(one)[0], None, parts, is_mean=False)


def _members(model: Any) -> Iterator[tuple[float, Any]]:
    """Fitted parts of a model of models, and the weight of each."""
    if isinstance(model, VotingClassifier):
        weights = [
            1.0 if model.weights is None else model.weights[i]
            for i, (_, member) in enumerate(model.estimators)
            if not isinstance(member, str)  # "drop"
        ]
        shares = np.asarray(weights, float) / np.sum(weights)
        yield from zip(shares.tolist(), model.estimators_, strict=True)
        return
    if hasattr(model, "calibrated_classifiers_"):
        members = [part.estimator for part in model.calibrated_classifiers_]
    elif hasattr(model, "best_estimator_"):
        members = [model.best_estimator_]
    elif hasattr(model, "stack_method_"):
        members = list(model.estimators_)
    else:
        # FrozenEstimator keeps what it holds under the name of its parameter.
        found = getattr(model, "estimator_", getattr(model, "estimator", None))
        members = [] if found is None else [found]
    for member in members:
        yield 1.0 / len(members), member


def _of_the_whole(said: _Said, column: int) -> tuple[JudgedPart, ...]:
    """Let contributions be those to the verdict of the whole model."""
    if len(said.parts) == 1:
        (part,) = said.parts
        # Its own are to the verdict that it gives by itself.
        if part.contribution is None or part.verdict == column:
            return (part,)
    # Windows of each part give their share of the mean probability of the verdict.
    return tuple(
        replace(
            part,
            contribution=part.weight
            * part.window_proba[:, column]
            / max(len(part.window_proba), 1),
            kind=SHARE,
        )
        for part in said.parts
    )


def _nobody_judges(model: Any) -> str:
    return (
        f"Got {type(model).__name__}, in which nothing has predict_window_proba and "
        "predict_proba, but expected a classifier that judges windows and songs, such "
        "as MILClassifier or GroupVotingClassifier, or a Pipeline that ends in one. "
        "Wrap a classifier of windows: GroupVotingClassifier(classifier)."
    )


def _one_song(X: Any, song: int, groups: ArrayLike | None) -> tuple[Any, Any]:
    """Take the song's name and the song as a sequence of one."""
    if is_file(X):
        X = [X]
    if groups is not None:
        X = SongWindows.from_arrays(X, groups)
    if not -len(X) <= song < len(X):
        raise ValueError(
            f"Got song={song}, but expected a position among the {len(X)} songs."
        )
    song %= len(X)
    if isinstance(X, SongWindows):
        return X.song_ids[song], X[[song]]
    if hasattr(X, "iloc"):
        return X.index[song], X.iloc[[song]]
    # A slice of an array keeps its axes, and its dtype.
    one = X[song : song + 1] if hasattr(X, "shape") else [X[song]]
    name = one[0] if is_file(one[0]) else f"song {song}"
    return name, one


def _itself(name: Any, one: Any) -> Any:
    """Find the song to be heard: a path, or samples; None where it is not known."""
    if isinstance(one, SongWindows):
        source = one.source
        # Windows of features know the file by its name only.
        return source.songs()[0] if isinstance(source, AudioSource) else name
    return one[0] if isinstance(one, list | tuple) else name
