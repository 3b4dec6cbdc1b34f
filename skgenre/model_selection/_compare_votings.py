"""Compare votings: from one set of fits, on the same songs, song by song."""

import warnings
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import joblib
import numpy as np
from sklearn.base import clone
from sklearn.utils import check_consistent_length, check_random_state

from skgenre._sklearn import safe_indexing
from skgenre._wording import listed
from skgenre.model_selection._folds import checked_splits
from skgenre.model_selection._statistics import check_interval
from skgenre.model_selection._voting_comparison import VotingComparison
from skgenre.voting._pipeline import split_pipeline
from skgenre.voting._rules import VOTINGS, aggregate
from skgenre.voting._trained import is_trained
from skgenre.voting._window_proba import align
from skgenre.windows._song_windows import SongWindows


def compare_votings(
    estimator: Any,
    X: Any,
    y: Any,
    *,
    votings: Any = None,
    cv: Any = 5,
    groups: Any = None,
    reference: str = "majority",
    n_bootstrap: int = 2000,
    confidence: float = 0.95,
    random_state: Any = 0,
    n_jobs: int | None = None,
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
        get the class shares of the training songs.

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
    Windows alone: 62.5 % right.
    <BLANKLINE>
    Songs     accuracy   95 % interval  balanced  macro F1  log-loss     ECE
    majority    82.5 %  70.0 to 92.5 %    82.5 %    82.5 %     0.507  15.5 %
    mean        85.0 %  72.5 to 95.0 %    85.0 %    85.0 %     0.577  26.7 %
    <BLANKLINE>
    Against majority  difference  95 % interval  better  worse  p (McNemar)
    mean                    +2.5  -7.5 to +12.5       3      2        1.000
    <BLANKLINE>
    Intervals: bootstrap over songs. Differences: percentage points.
    """
    check_interval(confidence, n_bootstrap)
    transformers, classifier = split_pipeline(estimator)
    named = _with_reference(_name_votings(votings), reference)
    y = np.asarray(y)
    if y.ndim != 1:
        raise ValueError(
            f"y must have one label per song. Got an array of shape {y.shape}."
        )
    check_consistent_length(X, y, groups)
    groups = _checked_groups(groups)
    classes = np.unique(y)
    if len(classes) < 2:
        raise ValueError(
            f"Got songs of the class(es) {classes.tolist()} only, but expected at "
            "least 2 classes."
        )
    seed = int(check_random_state(random_state).randint(2**31 - 1))
    splits = checked_splits(cv, X, y, groups, seed)
    with ExitStack() as stack:
        memory = getattr(classifier, "memory", None)
        if memory is None and any(map(is_trained, named.values())):
            # Trained votings are fitted one by one, windows only once for all.
            memory = stack.enter_context(TemporaryDirectory())
            memory = joblib.Memory(memory, verbose=0)
        run = joblib.Parallel(n_jobs=n_jobs)
        folds = run(
            joblib.delayed(_run_fold)(
                (transformers, classifier, named, memory),
                *(safe_indexing(X, train), y[train]),
                *(safe_indexing(X, test), y[test]),
                groups=None if groups is None else groups[train],
                number=number,
                classes=classes,
            )
            for number, (train, test) in enumerate(splits)
        )
    tests = [test for _, test in splits]
    window_proba = _gather_windows([w for w, _ in folds], tests, _song_ids(X), len(y))
    silent = np.concatenate(tests)[
        np.concatenate([windows.counts for windows, _ in folds]) == 0
    ]
    if len(silent):
        warnings.warn(
            f"{len(silent)} of {len(y)} songs have no windows. They keep their rows, "
            "with the class shares of the training songs: "
            f"{listed(window_proba.song_ids[np.sort(silent)])}.",
            UserWarning,
            stacklevel=2,
        )
    return VotingComparison(
        y=y,
        song_proba={
            name: _gather([song_proba[name] for _, song_proba in folds], tests, y)
            for name in named
        },
        window_proba=window_proba,
        fold=_gather([np.full(len(t), i) for i, t in enumerate(tests)], tests, y),
        groups=groups,
        reference=reference,
        n_bootstrap=n_bootstrap,
        confidence=confidence,
        random_state=seed,
    )


def _name_votings(votings: Any) -> dict[str, Any]:
    if votings is None:
        return {name: name for name in VOTINGS}
    if isinstance(votings, str) or is_trained(votings) or callable(votings):
        votings = [votings]
    if not isinstance(votings, dict):
        votings = list(votings)
        names = [_name_of(voting) for voting in votings]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(
                f"Got several votings named {twice}. Give them names of their own "
                "with a dict: votings={'name': voting, ...}."
            )
        votings = dict(zip(names, votings, strict=True))
    if not votings:
        raise ValueError("Got no votings, but expected at least one, or None for all.")
    for name, voting in votings.items():
        if not isinstance(name, str):
            raise ValueError(f"Got the name {name!r} of a voting, but expected a str.")
        if isinstance(voting, str) and voting in VOTINGS:
            continue
        if isinstance(voting, str) or not (is_trained(voting) or callable(voting)):
            raise ValueError(
                f"Got the voting {voting!r}, but expected one of {sorted(VOTINGS)}, a "
                "callable, or an object with fit."
            )
    return dict(votings)


def _name_of(voting: Any) -> str:
    if isinstance(voting, str):
        return voting
    return getattr(voting, "__name__", None) or type(voting).__name__


def _with_reference(named: dict[str, Any], reference: str) -> dict[str, Any]:
    if reference in named:
        return named
    if reference not in VOTINGS:
        raise ValueError(
            f"Got reference={reference!r}, but expected one of the compared votings "
            f"{list(named)}, or of {sorted(VOTINGS)}."
        )
    return {reference: reference, **named}


def _checked_groups(groups: Any) -> np.ndarray | None:
    if groups is None:
        return None
    groups = np.asarray(groups)
    missing = [g is None or g != g for g in groups.tolist()]
    if any(missing):
        raise ValueError(
            f"Got groups without an artist for song {missing.index(True)}. Give songs "
            "of unknown artists a group each, as load_songs does."
        )
    return groups


def _song_ids(X: Any) -> Any:
    if isinstance(X, SongWindows):
        return X.song_ids
    if isinstance(X, list | tuple | np.ndarray) and all(
        isinstance(song, str | Path) for song in X
    ):
        return np.array([str(song) for song in X])
    return None


def _run_fold(models, X_train, y_train, X_test, y_test, *, groups, number, classes):
    """Fit once, vote many times.

    Returns the test songs' window probabilities as SongWindows and each voting's
    song probabilities, (n_test, n_classes), columns as in `classes`.
    """
    transformers, classifier, votings, memory = models
    if transformers is not None:
        transformers = clone(transformers)
        X_train = transformers.fit_transform(X_train, y_train)
        X_test = transformers.transform(X_test)
    train, test = _loaded(X_train), _loaded(X_test)
    if isinstance(train, SongWindows):
        heard = set(y_train[train.counts > 0].tolist())
        deaf = sorted(set(y_test.tolist()) - heard)
        if deaf:
            raise ValueError(
                f"Fold {number} tests songs of class {deaf[0]!r}, but no song of it "
                "with a window is in its training side. Take fewer folds, or leave "
                "songs without windows out."
            )
    extra = {} if memory is None else {"memory": memory}
    # An array without groups has a song per row; groups would make them windows.
    routed = {}
    if groups is not None and isinstance(train, SongWindows):
        routed = {"groups": groups}
    with warnings.catch_warnings():
        # Said once for all folds by the caller.
        warnings.filterwarnings("ignore", ".* songs have no windows", UserWarning)
        model = clone(classifier).set_params(voting="mean", **extra)
        model.fit(train, y_train, **routed)
        proba = model.predict_window_proba(test)
        unknown = sorted(set(model.classes_.tolist()) - set(classes.tolist()))
        if unknown:
            raise ValueError(
                f"The classifier of windows knows the class(es) {unknown}, of which y "
                "has no song."
            )
        codes = test.groups if isinstance(test, SongWindows) else np.arange(len(test))
        song_proba = {}
        for name, voting in votings.items():
            if is_trained(voting):
                trained = clone(classifier).set_params(voting=clone(voting), **extra)
                voted = trained.fit(train, y_train, **routed).predict_proba(test)
            else:
                voted = aggregate(
                    proba,
                    codes,
                    len(y_test),
                    voting=voting,
                    prior=model.class_prior_,
                )
            song_proba[name] = align(voted, model.classes_, classes)
    window_proba = SongWindows(
        align(proba, model.classes_, classes).astype(float, copy=False),
        np.bincount(codes, minlength=len(y_test)),
        starts=test.starts if isinstance(test, SongWindows) else None,
        window_seconds=getattr(test, "window_seconds", None),
    )
    return window_proba, song_proba


def _loaded(X: Any) -> Any:
    if isinstance(X, SongWindows):
        return X.load()
    return X if hasattr(X, "shape") else np.asarray(X)


def _gather(parts: list, tests: list, y: np.ndarray) -> np.ndarray:
    """Put rows of the folds back in the order of the songs; -1 or NaN where none."""
    first = parts[0]
    empty = -1 if first.dtype.kind == "i" else np.nan
    rows = np.full((len(y), *first.shape[1:]), empty, dtype=first.dtype)
    rows[np.concatenate(tests)] = np.concatenate(parts)
    return rows


def _gather_windows(parts: list, tests: list, song_ids: Any, n_songs: int) -> Any:
    tested = np.concatenate(tests)
    order = np.concatenate([tested, np.setdiff1d(np.arange(n_songs), tested)])
    counts = np.zeros(n_songs, dtype=np.intp)
    counts[: len(tested)] = np.concatenate([part.counts for part in parts])
    gathered = SongWindows(
        np.concatenate([part.values for part in parts]),
        counts,
        song_ids=order if song_ids is None else song_ids[order],
        starts=np.concatenate([part.starts for part in parts]),
        window_seconds=parts[0].window_seconds,
    )
    return gathered[np.argsort(order)]
