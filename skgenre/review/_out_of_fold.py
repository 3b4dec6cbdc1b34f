"""What a model says of songs that it was not trained on, and its windows' votes.

::

    model ─► parts ─ features of all songs, once ─► fitted anew in each fold ─┐
                         probabilities of songs, windows for each class ◄─────┘
"""

import copy
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.ensemble import VotingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline

from skgenre._jobs import with_bar
from skgenre._sklearn import safe_indexing
from skgenre.features import WindowFeaturizer
from skgenre.model_selection._heard import heard_songs
from skgenre.prediction._judge import Judgement, Listened, ask
from skgenre.review._folds import Split
from skgenre.voting._window_proba import align
from skgenre.windows import FrameWindower, SongWindows
from skgenre.windows._windowers import windowers_in


@dataclass(frozen=True)
class Part:
    """A part of a model whose probabilities are averaged with those of others.

    Parameters
    ----------
    model : estimator
        What is left of it behind steps that learn nothing from songs.
    X : SongWindows, or what the whole model takes
        What these steps make of the songs.
    share : float
        Its weight; those of all parts add up to one.
    """

    model: Any
    X: Any
    share: float


def parts_of(model: Any, X: Any, *, fitted: bool) -> list[Part]:
    """Take a model apart, and compute once what does not depend on the training songs.

    Parameters
    ----------
    model : classifier
        Fitted or not. It is not changed, but for what its featurizers note.
    X : sequence of songs, or SongWindows
        All songs.
    fitted : bool
        Whether to take the fitted members of a model of several.

    Returns
    -------
    list of Part
        One, or several of a soft VotingClassifier.
    """
    return list(_parts(model, X, 1.0, fitted, {}))


def _parts(
    model: Any, X: Any, share: float, fitted: bool, made: dict[Any, SongWindows]
) -> Iterator[Part]:
    if isinstance(model, Pipeline):
        model, X = _through(model, X, made)
    if isinstance(model, VotingClassifier) and model.voting == "soft":
        members = [m for _, m in model.estimators if not isinstance(m, str)]
        weights = [
            1.0 if model.weights is None else model.weights[i]
            for i, (_, member) in enumerate(model.estimators)
            if not isinstance(member, str)  # "drop"
        ]
        for member, weight in zip(
            model.estimators_ if fitted else members, weights, strict=True
        ):
            yield from _parts(member, X, share * weight / sum(weights), fitted, made)
    else:
        yield Part(model, X, share)


def _through(model: Pipeline, X: Any, made: dict[Any, SongWindows]) -> tuple[Any, Any]:
    """Take steps that learn nothing from songs; give what is left, and what it gets."""
    key: tuple[Any, ...] = (id(X),)
    left = list(model.steps)
    while left and isinstance(left[0][1], FrameWindower | WindowFeaturizer):
        _, step = left.pop(0)
        key = (*key, type(step), repr(sorted(step.get_params().items(), key=_name)))
        # Members of one model mostly have the same features.
        if key not in made:
            made[key] = _made(step, X)
        X = made[key]
    if not left:
        raise ValueError(
            f"Got a model that ends in {type(step).__name__}, but expected one that "
            "ends in a classifier."
        )
    return (left[0][1] if len(left) == 1 else Pipeline(left)), X


def _name(item: tuple[str, Any]) -> str:
    return item[0]


def _made(step: Any, X: Any) -> SongWindows:
    if isinstance(step, FrameWindower):
        step = copy.copy(step)
        step.on_error = "warn"
    with warnings.catch_warnings():
        # Each song that cannot be used is named in the review.
        warnings.filterwarnings("ignore", ".* songs could not be used", UserWarning)
        windows = clone(step).fit(X).transform(X)
        return windows if isinstance(step, FrameWindower) else windows.load()


def heard_by_all(parts: list[Part], *, n_jobs: int | None) -> np.ndarray:
    """Find the songs of which every part has windows.

    Parameters
    ----------
    parts : list of Part
        Of a model.
    n_jobs : int or None
        Songs at a time.

    Returns
    -------
    bool array of shape (n_songs,)
        True where all have some.
    """
    heard = [heard_songs([part.model], part.X, n_jobs=n_jobs) for part in parts]
    together: np.ndarray = np.min(heard, axis=0)
    return together


def errors_of(parts: list[Part]) -> dict[Any, str]:
    """List the songs that parts have no windows of, and why.

    Parameters
    ----------
    parts : list of Part
        Of a model.

    Returns
    -------
    dict
        Reasons by path, or position of songs in memory.
    """
    windows = [part.X for part in parts if isinstance(part.X, SongWindows)]
    return {song: why for own in windows for song, why in own.errors.items()}


# -- judge ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Judged:
    """What models say of songs.

    Parameters
    ----------
    proba : array of shape (n_songs, n_classes)
        Probabilities; NaN of songs that were not judged.
    votes : array of shape (n_songs, n_classes)
        Windows of which each class is the likeliest, of all parts together.
    listened : list of Listened or None, of length n_songs
        Verdicts and windows; None of songs that were not judged.
    """

    proba: np.ndarray
    votes: np.ndarray
    listened: list[Listened | None]


def judged_out_of_fold(
    parts: list[Part],
    y: np.ndarray,
    classes: np.ndarray,
    *,
    splits: list[Split],
    groups: np.ndarray | None,
    verbose: int = 0,
) -> Judged:
    """Fit each part in each fold, and ask it of the songs that are left out.

    Parameters
    ----------
    parts : list of Part
        Of a model that is not frozen.
    y : array of shape (n_songs,)
        Labels.
    classes : array of shape (n_classes,)
        All of them, sorted.
    splits : list of (train, test)
        Positions of songs that have windows.
    groups : array of shape (n_songs,) or None
        The artist of each song, for votings that are trained.
    verbose : int, default=0
        Whether to show how many fits are done.

    Returns
    -------
    Judged
        Of all songs.
    """
    judged = _nothing(len(y), len(classes))
    for _, test in splits:
        judged.proba[test] = 0.0
    judgements = [Judgement(len(test)) for _, test in splits]
    jobs = [(part, number) for number in range(len(splits)) for part in parts]
    for part, number in with_bar(
        jobs, len(jobs), what="judging songs", unit="fit", verbose=verbose
    ):
        train, test = splits[number]
        songs = safe_indexing(part.X, train)
        arguments = _groups_argument(part, groups, train)
        model = clone(part.model).fit(songs, y[train], **arguments)
        known = np.asarray(model.classes_)
        _ask(model, part, test, judged, judgements[number], known, classes)
    for judgement, (_, test) in zip(judgements, splits, strict=True):
        _note(judged, judgement, test)
    return judged


def judged_by_itself(parts: list[Part], heard: np.ndarray, classes: Any) -> Judged:
    """Ask a fitted model of all songs.

    Parameters
    ----------
    parts : list of Part
        Of a fitted model.
    heard : bool array of shape (n_songs,)
        Songs that have windows.
    classes : sequence of length n_classes
        Of the model.

    Returns
    -------
    Judged
        Of the songs heard.
    """
    judged = _nothing(len(heard), len(classes))
    judged.proba[heard] = 0.0
    songs, classes = np.flatnonzero(heard), np.asarray(classes)
    judgement = Judgement(len(songs))
    for part in parts if len(songs) else ():
        # Members of a VotingClassifier know classes by their numbers.
        _ask(part.model, part, songs, judged, judgement, classes, classes)
    _note(judged, judgement, songs)
    return judged


def _nothing(n_songs: int, n_classes: int) -> Judged:
    proba = np.full((n_songs, n_classes), np.nan)
    return Judged(proba, np.zeros((n_songs, n_classes)), [None] * n_songs)


def _ask(
    model: Any,
    part: Part,
    songs: np.ndarray,
    judged: Judged,
    judgement: Judgement,
    known: np.ndarray,
    classes: np.ndarray,
) -> None:
    """Add what a part says of some songs, in place."""
    n_before = len(judgement.parts)
    proba = ask(model, safe_indexing(part.X, songs), judgement, part.share)
    judged.proba[songs] += part.share * align(proba, known, classes)
    # A fold may not know all classes.
    judgement.parts[n_before:] = [
        heard._replace(proba=align(heard.proba, known, classes))
        for heard in judgement.parts[n_before:]
    ]
    # What a part says by itself is no verdict of all.
    judgement.said.clear()


def _note(judged: Judged, judgement: Judgement, songs: np.ndarray) -> None:
    """Keep what was heard of songs, of all parts, in place."""
    for heard in judgement.parts:
        own = np.repeat(songs, np.diff(heard.offsets))  # the song of each window
        np.add.at(judged.votes, (own, heard.proba.argmax(axis=1)), 1)
    names = [str(song) for song in songs.tolist()]
    found = judgement.listened(names, judged.proba[songs])
    for song, listened in zip(songs.tolist(), found, strict=True):
        judged.listened[song] = listened


def _groups_argument(
    part: Part, groups: np.ndarray | None, train: np.ndarray
) -> dict[str, Any]:
    """Artists for what trains a voting of its own, by the name that fit takes."""
    model, prefix = part.model, ""
    if isinstance(model, Pipeline):
        prefix, model = f"{model.steps[-1][0]}__", model.steps[-1][1]
    of_songs = isinstance(part.X, SongWindows) or bool(windowers_in(part.model))
    if groups is None or not of_songs or not hasattr(model, "predict_window_proba"):
        return {}
    return {f"{prefix}groups": groups[train]}


def check_fits_anew(model: Any) -> None:
    """Check that a model learns nothing from songs but in `fit`.

    Parameters
    ----------
    model : estimator
        Of which a clone is to be fitted.

    Raises
    ------
    ValueError
        If it cannot be fitted anew, or cannot predict probabilities.
    """
    if not hasattr(model, "predict_proba"):
        raise ValueError(
            f"Got {type(model).__name__}, which has no predict_proba, but expected a "
            "classifier that predicts probabilities of songs."
        )
    if any(_frozen(model)):
        raise ValueError(
            "Got a model with a FrozenEstimator, which stays as it was fitted, maybe "
            "on these songs, but expected one that can be fitted anew. Give the model "
            "in it."
        )


def _frozen(part: Any) -> Iterator[bool]:
    if isinstance(part, FrozenEstimator):
        yield True
    elif isinstance(part, list | tuple):
        for inner in part:
            yield from _frozen(inner)
    elif isinstance(part, BaseEstimator):
        for inner in part.get_params(deep=False).values():
            yield from _frozen(inner)
