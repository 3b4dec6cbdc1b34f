"""A pipeline taken apart: what comes before the voting, the voting, one song of it."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.pipeline import Pipeline

from skgenre.audio._excerpt import Excerpt
from skgenre.audio._song import is_file
from skgenre.voting._classifier import GroupVotingClassifier
from skgenre.windows._song_windows import SongWindows


def split_pipeline(estimator: Any) -> tuple[Pipeline | None, GroupVotingClassifier]:
    """Take the transformers, None if there are none, and the classifier.

    Parameters
    ----------
    estimator : GroupVotingClassifier or Pipeline that ends in one
        Fitted or not.

    Returns
    -------
    transformers : Pipeline or None
        All steps before the last.
    classifier : GroupVotingClassifier
        The last step.

    Raises
    ------
    ValueError
        If the last step is something else.
    """
    transformers, classifier = _split(estimator)
    if not isinstance(classifier, GroupVotingClassifier):
        raise ValueError(
            f"Got estimator={type(estimator).__name__} that ends in "
            f"{type(classifier).__name__}, but expected a GroupVotingClassifier or a "
            "Pipeline that ends in one. Wrap the classifier of windows: "
            "GroupVotingClassifier(classifier)."
        )
    return transformers, classifier


def _split(estimator: Any) -> tuple[Pipeline | None, Any]:
    if not isinstance(estimator, Pipeline):
        return None, estimator
    transformers = estimator[:-1] if len(estimator.steps) > 1 else None
    return transformers, estimator.steps[-1][1]


def _check_judge(classifier: Any) -> None:
    wanted = ("predict_window_proba", "predict_proba")
    lacking = [name for name in wanted if not hasattr(classifier, name)]
    if lacking:
        raise ValueError(
            f"Got {type(classifier).__name__}, which has no {lacking[0]}, but expected "
            "a classifier that judges windows and songs, such as MILClassifier or "
            "GroupVotingClassifier, or a Pipeline that ends in one. Wrap a classifier "
            "of windows: GroupVotingClassifier(classifier)."
        )


@dataclass(frozen=True)
class JudgedSong:
    """One song, what the classifier says of its windows, and the verdict.

    Parameters
    ----------
    name : object
        The song's name: a path, an id, or "song 3".
    classes : list of length n_classes
        The labels, in the order of all columns.
    window_proba : array of shape (n_windows, n_classes)
        What the classifier says of each window.
    song_proba : array of shape (n_classes,)
        What the voting says of the song.
    verdict : object
        The label that the voting gives the song.
    starts, ends : array of shape (n_windows,) or None
        Where each window lies, in seconds; None if it is not known.
    """

    name: Any
    classes: list[Any]
    window_proba: np.ndarray
    song_proba: np.ndarray
    verdict: Any
    starts: np.ndarray | None = None
    ends: np.ndarray | None = None


def judge_song(
    estimator: Any, X: Any, *, song: int = 0, groups: ArrayLike | None = None
) -> JudgedSong:
    """Ask a fitted classifier about one song of many; only that one is read.

    Parameters
    ----------
    estimator : GroupVotingClassifier, MILClassifier or Pipeline that ends in one
        Fitted; any classifier with `predict_window_proba` and `predict_proba`.
    X : path, SongWindows, sequence of paths, or what else the pipeline takes
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
        If there is no such song.
    """
    transformers, classifier = _split(estimator)
    _check_judge(classifier)
    name, one = _one_song(X, song, groups)
    if transformers is not None:
        one = transformers.transform(one)
    starts = ends = None
    if isinstance(one, SongWindows):
        one = one.load()
        starts = one.starts
        ends = ends_within(starts, one.window_seconds, song_seconds(name))
    song_proba = classifier.predict_proba(one)[0]  # (n_classes,)
    return JudgedSong(
        name=name,
        classes=classifier.classes_.tolist(),
        window_proba=classifier.predict_window_proba(one),
        song_proba=song_proba,
        verdict=classifier.classes_[song_proba.argmax()],
        starts=starts,
        ends=ends,
    )


def song_seconds(song: Any) -> float | None:
    """Where a song ends, by what its file says of its length.

    Parameters
    ----------
    song : object
        A path, an excerpt, or something else, of which nothing is known.

    Returns
    -------
    float or None
        Seconds of the file, None if it cannot be told from the file's head.
    """
    if isinstance(song, Excerpt):
        ends = [end for end in (song_seconds(song.path), song.end) if end is not None]
        return min(ends, default=None)
    if not isinstance(song, str | Path):
        return None
    import soundfile

    try:
        name = str(song) if os.name == "nt" else os.fsencode(song)
        return float(soundfile.info(name).duration) or None
    except (OSError, RuntimeError, ValueError, TypeError):
        return None  # no such file, or one that soundfile cannot read


def ends_within(
    starts: np.ndarray, window_seconds: float | None, seconds: float | None
) -> np.ndarray:
    """Where windows end, and not behind their song: what is padded was not heard.

    Parameters
    ----------
    starts : float array of shape (n_windows,)
        In seconds.
    window_seconds : float or None
        Length of a window.
    seconds : float or None
        Length of the song, if it is known.

    Returns
    -------
    float array of shape (n_windows,)
        In seconds; NaN if the length of windows is not known.
    """
    ends = starts + (np.nan if window_seconds is None else window_seconds)
    if seconds is None:
        return ends
    # A window that starts behind the end that a file gives: the file is wrong.
    return np.where(starts < seconds, np.minimum(ends, seconds), ends)


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
