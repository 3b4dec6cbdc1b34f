"""Compare models: on one set of folds, on the same songs, song by song.

::

    models, X, y ─► songs that all can hear ─► folds ─► each model fitted in each
                                                                  │
                       ModelComparison ◄─ gather ◄─ probabilities of its test songs
"""

import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import joblib
import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils import check_consistent_length

from skgenre._jobs import run_jobs, with_bar
from skgenre._sklearn import safe_indexing
from skgenre._wording import listed
from skgenre.audio._song import all_anchored
from skgenre.model_selection._checks import (
    check_interval,
    check_known_classes,
    checked_artists,
    checked_classes,
    checked_labels,
    drawn_seed,
)
from skgenre.model_selection._folds import Split, checked_splits
from skgenre.model_selection._gathering import gather, song_names
from skgenre.model_selection._heard import heard_songs
from skgenre.model_selection._model_comparison import ModelComparison
from skgenre.voting._window_proba import align
from skgenre.windows import FrameWindower, SongWindows


def compare_models(
    models: Mapping[str, Any],
    X: Any,
    y: ArrayLike,
    *,
    cv: Any = 5,
    groups: ArrayLike | None = None,
    reference: str | None = None,
    heard: ArrayLike | None = None,
    n_bootstrap: int = 2000,
    confidence: float = 0.95,
    random_state: int | np.random.RandomState | None = 0,
    n_jobs: int | None = None,
    verbose: int = 0,
) -> ModelComparison:
    """Cross-validate many models on one set of folds.

    Every model is fitted on the same songs of each fold and judges the same others, so
    that models are compared song by song.

    Parameters
    ----------
    models : dict of str to classifier
        Whatever predicts probabilities of songs: recipes, Pipelines on paths,
        `GroupVotingClassifier`, `MILClassifier`, any classifier of scikit-learn whose
        rows are songs. Put simple ones first.
    X : SongWindows, sequence of paths, array, or what else all models take
        Songs, one row each. Where models start from paths, give their featurizers a
        `memory`, or each fold computes features anew.
    y : array-like of shape (n_songs,)
        The label of each song.
    cv : int, splitter or iterable of (train, test), default=5
        An int is a number of shuffled folds that all hold the classes in equal
        shares, and no artist in two of them where `groups` is given
        (StratifiedGroupKFold). No song may be tested twice.
    groups : array-like of shape (n_songs,), default=None
        The artist of each song, for the split and for the intervals. A
        `GroupVotingClassifier` or `MILClassifier`, also at the end of a Pipeline,
        keeps artists together in its own folds, too.
    reference : str, default=None
        The model that others are compared with; the first if None.
    heard : bool array of shape (n_songs,), default=None
        Which songs have windows. Others are left out of all fits, and count in no
        score of any model. If None, it is found out: a `SongWindows` knows, and else
        all songs are read once for each kind of `FrameWindower` in the models that may
        leave songs out.
    n_bootstrap : int, default=2000
        Draws for the intervals, of songs, or of artists where `groups` is given.
    confidence : float, default=0.95
        Confidence of the intervals.
    random_state : int, RandomState or None, default=0
        Decides the folds, if `cv` is an int, and the draws.
    n_jobs : int, default=None
        Fits at a time, as in joblib.
    verbose : int, default=0
        Above 0 shows how many fits are done, one a model and fold, and how long the
        rest will take, if that is more than two seconds.

    Returns
    -------
    ModelComparison
        Tables, probabilities, a conclusion and a picture. Its `seconds` are those of
        all fits and predictions of a model; what one takes from a cache is not in
        them.

    Raises
    ------
    ValueError
        If a fold would test a class of which its training side has no song.

    Warns
    -----
    UserWarning
        If a fold tests no song of some class, or if songs have no windows.

    See Also
    --------
    compare_votings : Many votings from one set of fits.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.dummy import DummyClassifier
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skgenre import GroupVotingClassifier, SongWindows
    >>> from skgenre.model_selection import compare_models
    >>> rng = np.random.default_rng(0)
    >>> y = np.array(["jazz", "rock"] * 20)
    >>> songs = SongWindows(rng.normal(size=(200, 3)), counts=[5] * 40)
    >>> songs.values[songs.expand(y) == "rock"] += 0.5
    >>> models = {
    ...     "shares": GroupVotingClassifier(DummyClassifier()),
    ...     "logistic": GroupVotingClassifier(LogisticRegression()),
    ... }
    >>> comparison = compare_models(models, songs, y)
    >>> comparison.pooled["logistic"]["accuracy"]
    0.85
    >>> print(comparison.conclusion())
    'logistic' is the best of 2 models with 85.0 % of 40 songs right, +35.0 points
    against 'shares' (95 % interval +15.0 to +52.5). By paired interval and McNemar's
    test, the other is worse: take 'logistic'. With 40 songs, one song is 2.5 points.
    """
    check_interval(confidence, n_bootstrap)
    models = _checked_models(models)
    reference = next(iter(models)) if reference is None else reference
    if reference not in models:
        raise ValueError(
            f"Got reference={reference!r}, but expected one of the models "
            f"{list(models)}."
        )
    y = checked_labels(y)
    check_consistent_length(X, y, groups, heard)
    artists = checked_artists(groups)
    classes = checked_classes(y)
    seed = drawn_seed(random_state)
    splits = checked_splits(cv, y, artists=artists, seed=seed, stacklevel=3)
    if heard is None:
        heard = heard_songs(models.values(), X, n_jobs=n_jobs)
    heard = np.asarray(heard, dtype=bool)
    names = song_names(X)
    _warn_unheard(heard, names)
    songs = _Songs(all_anchored(X), y, artists, classes)
    heard_splits = _of_heard(splits, y, heard)
    jobs = [(name, split) for name in models for split in heard_splits]
    tasks = (
        joblib.delayed(_run_fold)(name, models[name], songs, split)
        for name, split in jobs
    )
    results = list(
        with_bar(
            run_jobs(tasks, n_jobs=n_jobs),
            len(jobs),
            what="cross-validation",
            unit="fit",
            verbose=verbose,
        )
    )
    of_model = {
        name: [r for (whose, _), r in zip(jobs, results, strict=True) if whose == name]
        for name in models
    }
    tests = [test for _, test in heard_splits]
    fold = np.full(len(y), -1)
    for number, (_, test) in enumerate(splits):
        fold[test] = number
    return ModelComparison(
        y=y,
        song_proba={
            name: gather([result.song_proba for result in found], tests, y)
            for name, found in of_model.items()
        },
        fold=fold,
        groups=artists,
        heard=heard,
        reference=reference,
        seconds={n: sum(r.seconds for r in found) for n, found in of_model.items()},
        song_ids=names,
        n_bootstrap=n_bootstrap,
        confidence=confidence,
        random_state=seed,
    )


def _checked_models(models: Any) -> dict[str, Any]:
    if not isinstance(models, Mapping) or not models:
        raise ValueError(
            f"Got models={models!r}, but expected a dict of names to classifiers, such "
            "as {'fast': recipes.fast()}."
        )
    for name, model in models.items():
        if not isinstance(name, str):
            raise ValueError(f"Got the name {name!r} of a model, but expected a str.")
        if not hasattr(model, "predict_proba"):
            raise ValueError(
                f"Got models[{name!r}]={type(model).__name__}, which has no "
                "predict_proba, but expected a classifier that predicts "
                "probabilities of songs. Wrap it: CalibratedClassifierCV(model), or "
                "GroupVotingClassifier(model) if its rows are windows."
            )
    return dict(models)


# -- songs without windows ------------------------------------------------------------


def _warn_unheard(heard: np.ndarray, names: np.ndarray | None) -> None:
    unheard = np.flatnonzero(~heard)
    if len(unheard):
        shown = unheard if names is None else names[unheard]
        warnings.warn(
            f"{len(unheard)} of {len(heard)} songs have no windows. They are left out "
            f"of all models, and count in no score: {listed(shown)}.",
            UserWarning,
            stacklevel=3,
        )


def _of_heard(splits: list[Split], y: np.ndarray, heard: np.ndarray) -> list[Split]:
    """Leave songs out on both sides, and folds that then test nothing."""
    kept = [(train[heard[train]], test[heard[test]]) for train, test in splits]
    for number, (train, test) in enumerate(kept):
        lost = sorted(set(y[test].tolist()) - set(y[train].tolist()))
        if lost:
            raise ValueError(
                f"Fold {number} tests songs of class {lost[0]!r}, but no song of it "
                "with a window is in its training side. Take fewer folds, or leave "
                "songs without windows out."
            )
    kept = [(train, test) for train, test in kept if len(test)]
    if not kept:
        raise ValueError(
            f"None of {len(y)} songs has windows, but expected some to compare models "
            "on. Give files that can be read."
        )
    return kept


# -- one fold -------------------------------------------------------------------------


@dataclass(frozen=True)
class _Songs:
    """All songs, and in which columns results come."""

    X: Any
    y: np.ndarray  # (n_songs,)
    artists: np.ndarray | None  # (n_songs,)
    classes: np.ndarray  # (n_classes,)


@dataclass(frozen=True)
class _FoldResult:
    """What a model says of the songs of one fold, and how long it took."""

    song_proba: np.ndarray  # (n_test, n_classes)
    seconds: float


def _run_fold(name: str, model: Any, songs: _Songs, split: Split) -> _FoldResult:
    train, test = split
    X_train, X_test = safe_indexing(songs.X, train), safe_indexing(songs.X, test)
    arguments = {}
    keyword = _groups_keyword(model, songs.X)
    if songs.artists is not None and keyword is not None:
        arguments[keyword] = songs.artists[train]
    start = time.perf_counter()
    fitted = clone(model).fit(X_train, songs.y[train], **arguments)
    proba = np.asarray(fitted.predict_proba(X_test), dtype=float)
    seconds = time.perf_counter() - start
    if proba.shape != (len(test), len(fitted.classes_)):
        raise ValueError(
            f"Got {name!r}, which gives probabilities of shape {proba.shape} for "
            f"{len(test)} songs of {len(fitted.classes_)} classes, but expected a row "
            "per song and a column per class."
        )
    check_known_classes(fitted.classes_, songs.classes, who=f"The model {name!r}")
    return _FoldResult(align(proba, fitted.classes_, songs.classes), seconds)


def _groups_keyword(model: Any, X: Any) -> str | None:
    """By what name fit takes the artist of each song, if it does."""
    steps = model.steps if isinstance(model, Pipeline) else [("", model)]
    step, last = steps[-1]
    # Only where rows are songs of windows would groups be artists to them.
    of_songs = isinstance(X, SongWindows) or any(
        isinstance(part, FrameWindower) for _, part in steps
    )
    if not of_songs or not hasattr(last, "predict_window_proba"):
        return None
    return f"{step}__groups" if step else "groups"
