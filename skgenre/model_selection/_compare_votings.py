"""Compare votings: from one set of fits, on the same songs, song by song.

::

    X, y, cv ─► Fold, one each ─ fit once ─► window probabilities of its test songs
                                                      │
                     VotingComparison ◄─ gather ◄─ every voting
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from tempfile import TemporaryDirectory
from typing import Any

import joblib
import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.utils import check_consistent_length

from skgenre._by_song.marks import Marks
from skgenre._by_song.numbering import number_groups
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
    either_name,
)
from skgenre.model_selection._folds import Split, checked_splits
from skgenre.model_selection._gathering import gather, song_names
from skgenre.model_selection._voting_comparison import VotingComparison
from skgenre.voting._pipeline import split_pipeline
from skgenre.voting._rules import VOTINGS, aggregate
from skgenre.voting._trained import is_trained
from skgenre.voting._window_proba import align
from skgenre.windows._joining import joined_marks
from skgenre.windows._song_windows import SongWindows


def compare_votings(
    estimator: Any,
    X: Any,
    y: ArrayLike,
    *,
    votings: Any = None,
    cv: Any = 5,
    groups: ArrayLike | None = None,
    artists: ArrayLike | None = None,
    reference: str = "majority",
    n_bootstrap: int = 2000,
    confidence: float = 0.95,
    random_state: int | np.random.RandomState | None = 0,
    n_jobs: int | None = None,
    verbose: int = 0,
) -> VotingComparison:
    """Cross-validate many votings from one set of fits.

    In each fold the transformers and the classifier of windows are fitted once.
    Every voting then aggregates the same window probabilities, so votings differ by
    nothing but the voting, and are compared song by song.

    Parameters
    ----------
    estimator : GroupVotingClassifier or Pipeline that ends in one
        Its own voting does not matter.
    X : SongWindows, sequence of paths, or what else the pipeline takes
        Songs, one row each. Transformers are fitted and applied in every fold: give
        features instead of paths, or the featurizer a `memory`, where that is slow.
    y : array-like of shape (n_songs,)
        The label of each song.
    votings : dict, sequence or None, default=None
        What to compare: names of votings of `GroupVotingClassifier`, callables, or
        objects with `fit`; a dict gives them names of its own. None stands for every
        named voting.
    cv : int, splitter or iterable of (train, test), default=5
        An int is a number of shuffled folds that all hold the classes in equal
        shares, and no artist in two of them where `groups` is given
        (StratifiedGroupKFold). No song may be tested twice.
    groups : array-like of shape (n_songs,), default=None
        The artist of each song, for the split and for the intervals.
    artists : array-like of shape (n_songs,), default=None
        Another name of `groups`.
    reference : str, default="majority"
        The voting that others are compared with. Added if it is a named voting that
        is missing from `votings`.
    n_bootstrap : int, default=2000
        Draws for the intervals, of songs, or of artists where `groups` is given.
    confidence : float, default=0.95
        Confidence of the intervals.
    random_state : int, RandomState or None, default=0
        Decides the folds, if `cv` is an int, and the draws.
    n_jobs : int, default=None
        Folds at a time, as in joblib.
    verbose : int, default=0
        Above 0 shows how many folds are done, and how long the rest will take, if
        that is more than two seconds.

    Returns
    -------
    VotingComparison
        Tables, probabilities and a picture.

    Raises
    ------
    ValueError
        If a fold would test a class of which its training side has no song.

    Warns
    -----
    UserWarning
        If a fold tests no song of some class, or if songs have no windows. Those
        have no verdict, and count in no score. If a class has too few artists (or
        songs) for trained votings, before anything is fitted.

    See Also
    --------
    skgenre.plotting.VotingComparisonDisplay : The picture.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skgenre import GroupVotingClassifier, SongWindows
    >>> from skgenre.model_selection import compare_votings
    >>> rng = np.random.default_rng(0)
    >>> y = np.array(["jazz", "rock"] * 20)
    >>> songs = SongWindows(rng.normal(size=(200, 3)), counts=[5] * 40)
    >>> songs.values[songs.expand(y) == "rock"] += 0.5
    >>> model = GroupVotingClassifier(LogisticRegression())
    >>> print(compare_votings(model, songs, y, votings=["majority", "mean"]))
    2 votings over the same 200 windows of 40 songs in 5 folds.
    Windows alone: 62.5 % right. Always 'jazz': 50.0 % of songs right.
    <BLANKLINE>
    Songs     accuracy   95 % interval  balanced  macro F1    AUC  log-loss     ECE
    majority    82.5 %  70.0 to 92.5 %    82.5 %    82.5 %  0.858     0.507  15.5 %
    mean        85.0 %  72.5 to 95.0 %    85.0 %    85.0 %  0.892     0.577  26.7 %
    <BLANKLINE>
    Against majority  difference  95 % interval  better  worse  p (McNemar)
    mean                    +2.5  -7.5 to +12.5       3      2        1.000
    <BLANKLINE>
    Intervals: bootstrap over songs. Differences: percentage points.
    """
    check_interval(confidence, n_bootstrap)
    transformers, classifier = split_pipeline(estimator)
    named = _with_reference(_name_votings(votings), reference)
    y = checked_labels(y)
    groups = either_name(groups, artists)
    check_consistent_length(X, y, groups)
    artists = checked_artists(groups)
    classes = checked_classes(y)
    seed = drawn_seed(random_state)
    splits = checked_splits(cv, y, artists=artists, seed=seed, stacklevel=3)
    if any(map(is_trained, named.values())):
        _warn_few(y, artists, splits, stacklevel=3)
    with _memory_of(classifier, named) as memory:
        models = _Models(
            transformers=transformers,
            classifier=classifier,
            votings=named,
            memory=memory,
            classes=classes,
        )
        tasks = (
            joblib.delayed(_run_fold)(models, fold)
            for fold in _folds(all_anchored(X), y, artists, splits)
        )
        results = list(
            with_bar(
                run_jobs(tasks, n_jobs=n_jobs),
                len(splits),
                what="cross-validation",
                unit="fold",
                verbose=verbose,
            )
        )
    tests = [test for _, test in splits]
    window_proba = _gather_windows(
        [result.window_proba for result in results], tests, song_names(X), len(y)
    )
    _warn_silent(window_proba, tests, stacklevel=3)
    return VotingComparison(
        y=y,
        song_proba={
            name: gather([result.song_proba[name] for result in results], tests, y)
            for name in named
        },
        window_proba=window_proba,
        priors=np.array([result.priors for result in results]),
        fold=gather([np.full(len(t), i) for i, t in enumerate(tests)], tests, y),
        groups=artists,
        reference=reference,
        n_bootstrap=n_bootstrap,
        confidence=confidence,
        random_state=seed,
    )


# -- the votings ----------------------------------------------------------------------


def _name_votings(votings: Any) -> dict[str, Any]:
    """Give each voting a name, and check all of them."""
    if votings is None:
        return {name: name for name in VOTINGS}
    # One voting need not be in a list.
    if isinstance(votings, str) or is_trained(votings) or callable(votings):
        votings = [votings]
    if not isinstance(votings, dict):
        votings = _named_by_themselves(list(votings))
    if not votings:
        raise ValueError("Got no votings, but expected at least one, or None for all.")
    for name, voting in votings.items():
        _check_voting(name, voting)
    return dict(votings)


def _named_by_themselves(votings: list[Any]) -> dict[str, Any]:
    names = [_name_of(voting) for voting in votings]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(
            f"Got several votings named {twice}. Give them names of their own "
            "with a dict: votings={'name': voting, ...}."
        )
    return dict(zip(names, votings, strict=True))


def _name_of(voting: Any) -> str:
    if isinstance(voting, str):
        return voting
    return getattr(voting, "__name__", None) or type(voting).__name__


def _check_voting(name: Any, voting: Any) -> None:
    if not isinstance(name, str):
        raise ValueError(f"Got the name {name!r} of a voting, but expected a str.")
    if isinstance(voting, str) and voting in VOTINGS:
        return
    if isinstance(voting, str) or not (is_trained(voting) or callable(voting)):
        raise ValueError(
            f"Got the voting {voting!r}, but expected one of {sorted(VOTINGS)}, a "
            "callable, or an object with fit."
        )


def _with_reference(named: dict[str, Any], reference: str) -> dict[str, Any]:
    if reference in named:
        return named
    if reference not in VOTINGS:
        raise ValueError(
            f"Got reference={reference!r}, but expected one of the compared votings "
            f"{list(named)}, or of {sorted(VOTINGS)}."
        )
    # First, as tables and pictures start with what others are compared with.
    return {reference: reference, **named}


# -- the folds ------------------------------------------------------------------------


@dataclass(frozen=True)
class _Models:
    """What is fitted in every fold, and in which columns its results come."""

    transformers: Any  # or None
    classifier: Any
    votings: dict[str, Any]
    memory: Any  # joblib.Memory or what makes one, or None
    classes: np.ndarray  # (n_classes,)

    def voting_with(self, voting: Any) -> Any:
        """Return a classifier that is not fitted yet, with another voting."""
        memory = {} if self.memory is None else {"memory": self.memory}
        return clone(self.classifier).set_params(voting=voting, **memory)


@dataclass(frozen=True)
class _Fold:
    """The two sides of one fold; songs as X has them, or once they are transformed."""

    number: int
    X_train: Any
    y_train: np.ndarray  # (n_train,)
    X_test: Any
    y_test: np.ndarray  # (n_test,)
    artists: np.ndarray | None  # (n_train,)

    @property
    def fit_arguments(self) -> dict[str, np.ndarray]:
        """What fit gets besides X and y."""
        # An array without groups has a song per row; groups would make them windows.
        if self.artists is None or not isinstance(self.X_train, SongWindows):
            return {}
        return {"groups": self.artists}


@dataclass(frozen=True)
class _FoldResult:
    """What one fold says of the songs that it tests, columns as in all classes."""

    window_proba: SongWindows
    song_proba: dict[str, np.ndarray]  # (n_test, n_classes) of each voting
    priors: np.ndarray  # (2, n_classes): of songs and of windows on the training side


def _folds(
    X: Any, y: np.ndarray, artists: np.ndarray | None, splits: list[Split]
) -> Iterator[_Fold]:
    for number, (train, test) in enumerate(splits):
        yield _Fold(
            number,
            X_train=safe_indexing(X, train),
            y_train=y[train],
            X_test=safe_indexing(X, test),
            y_test=y[test],
            artists=None if artists is None else artists[train],
        )


@contextmanager
def _memory_of(classifier: Any, votings: dict[str, Any]) -> Iterator[Any]:
    """Give the classifier's own memory, or one for as long as it is needed."""
    memory = getattr(classifier, "memory", None)
    if memory is not None or not any(map(is_trained, votings.values())):
        yield memory
        return
    # Trained votings are fitted one by one, windows only once for all.
    with TemporaryDirectory() as folder:
        yield joblib.Memory(folder, verbose=0)


def _run_fold(models: _Models, fold: _Fold) -> _FoldResult:
    """Fit once, vote many times."""
    fold = _transformed(models.transformers, fold)
    _check_heard(fold)
    with warnings.catch_warnings():
        # Said once for all folds by the caller.
        warnings.filterwarnings("ignore", ".* songs have no windows", UserWarning)
        warnings.filterwarnings("ignore", ".* cannot learn from them", UserWarning)
        # Its own voting is not asked; by "mean" it would warn of unequal lengths.
        only_bayes = all(v == "naive_bayes" for v in models.votings.values())
        model = models.voting_with("naive_bayes" if only_bayes else "mean")
        model.fit(fold.X_train, fold.y_train, **fold.fit_arguments)
        proba = model.predict_window_proba(fold.X_test)  # (n_windows, n_known)
        check_known_classes(
            model.classes_, models.classes, who="The classifier of windows"
        )
        window_proba = _as_songs(
            align(proba, model.classes_, models.classes), fold.X_test
        )
        song_proba = {
            name: align(
                _vote(voting, proba, model=model, models=models, fold=fold),
                model.classes_,
                models.classes,
            )
            for name, voting in models.votings.items()
        }
        priors = np.array([model.class_prior_, model.window_prior_])
        priors = align(priors, model.classes_, models.classes)
    return _FoldResult(window_proba, song_proba, priors)


def _transformed(transformers: Any, fold: _Fold) -> _Fold:
    """Fit the transformers on the training side, and read both sides into memory."""
    X_train, X_test = fold.X_train, fold.X_test
    if transformers is not None:
        transformers = clone(transformers)
        X_train = transformers.fit_transform(X_train, fold.y_train)
        X_test = transformers.transform(X_test)
    # Read now, not once more for each trained voting.
    return replace(fold, X_train=_loaded(X_train), X_test=_loaded(X_test))


def _loaded(X: Any) -> Any:
    if isinstance(X, SongWindows):
        return X.load()
    # Tables keep their names of columns, lists become arrays.
    return X if hasattr(X, "shape") else np.asarray(X)


def _check_heard(fold: _Fold) -> None:
    """Check that each class that is tested has windows to train on."""
    if not isinstance(fold.X_train, SongWindows):
        return
    heard = set(fold.y_train[fold.X_train.counts > 0].tolist())
    deaf = sorted(set(fold.y_test.tolist()) - heard)
    if deaf:
        raise ValueError(
            f"Fold {fold.number} tests songs of class {deaf[0]!r}, but no song of it "
            "with a window is in its training side. Take fewer folds, or leave "
            "songs without windows out."
        )


def _vote(
    voting: Any, proba: np.ndarray, *, model: Any, models: _Models, fold: _Fold
) -> np.ndarray:
    """Song probabilities (n_test, n_known) by one voting, of the same windows."""
    if is_trained(voting):
        trained = models.voting_with(clone(voting))
        trained.fit(fold.X_train, fold.y_train, **fold.fit_arguments)
        return trained.predict_proba(fold.X_test)
    return aggregate(
        proba,
        _codes(fold.X_test),
        len(fold.y_test),
        voting=voting,
        prior=model.class_prior_,
        window_prior=model.window_prior_,
        window_weight=_marks(fold.X_test).weight,
    )


def _codes(X: Any) -> np.ndarray:
    """Number of the song of each window, (n_windows,)."""
    return X.groups if isinstance(X, SongWindows) else np.arange(len(X))


def _marks(X: Any) -> Marks:
    return X.marks if isinstance(X, SongWindows) else Marks()


def _as_songs(window_proba: np.ndarray, X: Any) -> SongWindows:
    """Put probabilities in the place of windows."""
    known = isinstance(X, SongWindows)
    marks = _marks(X)
    # A row of an array is a song of one window, of which nothing else is known.
    return SongWindows(
        window_proba.astype(float, copy=False),
        X.counts if known else np.ones(len(X), np.intp),
        starts=X.starts if known else None,
        window_seconds=X.window_seconds if known else None,
        ends=marks.ends,
        window_weight=marks.weight,
    )


# -- all folds together ---------------------------------------------------------------


def _gather_windows(
    parts: Sequence[SongWindows],
    tests: list[np.ndarray],
    song_ids: np.ndarray | None,
    n_songs: int,
) -> SongWindows:
    """Put the windows of the folds back in the order of songs."""
    tested = np.concatenate(tests)
    # Songs that no fold tests come last, without windows.
    order = np.concatenate([tested, np.setdiff1d(np.arange(n_songs), tested)])
    counts = np.zeros(n_songs, dtype=np.intp)
    counts[: len(tested)] = np.concatenate([part.counts for part in parts])
    marks = joined_marks(parts)
    gathered = SongWindows(
        np.concatenate([part.values for part in parts]),
        counts,
        song_ids=order if song_ids is None else song_ids[order],
        starts=np.concatenate([part.starts for part in parts]),
        window_seconds=parts[0].window_seconds,
        ends=marks.ends,
        window_weight=marks.weight,
    )
    return gathered[np.argsort(order)]


def _warn_few(
    y: np.ndarray, artists: np.ndarray | None, splits: list[Split], *, stacklevel: int
) -> None:
    """Say of which classes trained votings would learn nothing, before any fit."""
    codes = np.arange(len(y)) if artists is None else number_groups(artists, len(y))
    few = {
        label: len(set(codes[y == label].tolist()))
        for label in np.unique(y).tolist()
        for train, _ in splits
        if len(set(codes[train][y[train] == label].tolist())) < 2
    }
    if not few:
        return
    unit = "song" if artists is None else "artist"
    counts = listed([f"{label!r} has {n}" for label, n in few.items()])
    warnings.warn(
        f"Trained votings learn from {unit}s that their classifier has not heard, so "
        f"they need 2 {unit}s of each class in the training side of each fold, 3 in "
        f"all: {counts}. They learn nothing of it in some folds. Add {unit}s, leave "
        "the class out, or compare votings that are not trained.",
        UserWarning,
        stacklevel=stacklevel,
    )


def _warn_silent(
    window_proba: SongWindows, tests: list[np.ndarray], *, stacklevel: int
) -> None:
    tested = np.sort(np.concatenate(tests))
    silent = tested[window_proba.counts[tested] == 0]
    if len(silent):
        warnings.warn(
            f"{len(silent)} of {len(window_proba)} songs have no windows. They keep "
            "their rows, but have no verdict and count in no score: "
            f"{listed(window_proba.song_ids[silent])}.",
            UserWarning,
            stacklevel=stacklevel,
        )
