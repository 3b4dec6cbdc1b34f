"""A pipeline taken apart: what comes before the voting, the voting, one song of it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.pipeline import Pipeline

from skgenre.audio._song import is_file
from skgenre.voting._classifier import GroupVotingClassifier
from skgenre.windows._song_windows import SongWindows

if TYPE_CHECKING:
    import pandas as pd


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


def explain(model: Any, X: Any, *, groups: ArrayLike | None = None) -> "pd.DataFrame":
    """Say which windows decided the verdicts on songs.

    Parameters
    ----------
    model : GroupVotingClassifier, MILClassifier or Pipeline that ends in one
        Fitted.
    X : SongWindows, sequence of paths, or what else the model takes
        Songs.
    groups : array-like of shape (n_windows,), default=None
        The song of each row, where `X` is a plain array of windows.

    Returns
    -------
    pandas.DataFrame
        One row per window, see `GroupVotingClassifier.explain`.

    Raises
    ------
    ValueError
        If the model cannot say which windows decided.

    See Also
    --------
    window_events : Merges windows that decided into events.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skgenre import GroupVotingClassifier, SongWindows
    >>> from skgenre.features import WindowTransformer
    >>> from skgenre.voting import explain
    >>> songs = SongWindows([[0.0], [0.1], [1.0], [0.9], [0.2]], [2, 3])
    >>> vote = GroupVotingClassifier(GaussianNB())
    >>> model = make_pipeline(WindowTransformer(StandardScaler()), vote)
    >>> explain(model.fit(songs, ["jazz", "rock"]), songs)["verdict"].tolist()
    ['jazz', 'jazz', 'rock', 'rock', 'rock']
    """
    transformers, classifier = _split(model)
    if transformers is not None:
        X = transformers.transform(X)
    if not hasattr(classifier, "explain"):
        raise ValueError(
            f"Got {type(classifier).__name__}, but expected a classifier that says "
            "which windows decided, such as GroupVotingClassifier or MILClassifier, or "
            "a Pipeline that ends in one."
        )
    return classifier.explain(X) if groups is None else classifier.explain(X, groups)


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
        starts, ends = one.starts, one.ends
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
