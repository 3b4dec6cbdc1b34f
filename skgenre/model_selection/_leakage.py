"""How much a leaky split flatters a model: windows, songs and artists held out.

::

    X ─ steps that learn nothing, once ─► windows ─ three splits ─► fold of each window
          LeakageReport ◄─ vote ◄─ probabilities of tested windows ◄─ fit, fold by fold
"""

import warnings
from dataclasses import dataclass
from typing import Any, NamedTuple

import joblib
import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.utils import check_consistent_length

from skgenre._by_song.numbering import as_names, number_groups
from skgenre.features._base import WindowFeaturizer
from skgenre.model_selection._checks import (
    check_interval,
    check_n_folds,
    checked_classes,
    checked_labels,
    drawn_seed,
    either_name,
)
from skgenre.model_selection._folds import checked_splits
from skgenre.model_selection._leakage_report import LeakageReport
from skgenre.voting._pipeline import split_pipeline
from skgenre.voting._rules import aggregate
from skgenre.voting._trained import is_trained
from skgenre.voting._window_proba import align
from skgenre.windows._checks import warn_unheard
from skgenre.windows._frame_windower import FrameWindower
from skgenre.windows._song_windows import SongWindows


def leakage_report(
    estimator: Any,
    X: Any,
    y: ArrayLike,
    *,
    groups: ArrayLike | None = None,
    artists: ArrayLike | None = None,
    cv: int = 5,
    random_state: int | np.random.RandomState | None = 0,
    n_bootstrap: int = 2000,
    confidence: float = 0.95,
    n_jobs: int | None = None,
) -> LeakageReport:
    """Measure what a model gains from windows or artists on both sides of a split.

    The same model is cross-validated three times. Only what may lie on both sides of
    the split differs:

    ================  ===================================  ===========================
    held out          trained and tested on                classes in equal shares
    ================  ===================================  ===========================
    random windows    windows of the same songs            StratifiedKFold of windows
    whole songs       other songs of the same artists      StratifiedKFold of songs
    whole artists     songs of other artists               StratifiedGroupKFold
    ================  ===================================  ===========================

    Under each, out-of-fold probabilities of all windows are gathered, which gives the
    accuracy over windows. The model's voting gives every song a verdict from them;
    where windows were split at random, from windows that different folds tested.

    Parameters
    ----------
    estimator : GroupVotingClassifier or Pipeline that ends in one
        The model. Its voting must be a name or a callable, not one that is trained.
    X : SongWindows, sequence of paths, or what else the pipeline takes
        Songs, one row each. `FrameWindower` and featurizers at the pipeline's start,
        which learn nothing, are run once; other steps are fitted in each fold.
    y : array-like of shape (n_songs,)
        The label of each song.
    groups : array-like of shape (n_songs,), default=None
        The artist of each song, or whatever else must not be on both sides; unknown
        ones (None, NaN or an empty string) are each an artist of their own. Without,
        only windows and songs are held out.
    artists : array-like of shape (n_songs,), default=None
        Another name of `groups`.
    cv : int, default=5
        Number of folds.
    random_state : int, RandomState or None, default=0
        Decides folds and draws.
    n_bootstrap : int, default=2000
        Draws for the intervals: of artists, or of songs where none are given.
    confidence : float, default=0.95
        Confidence of the intervals.
    n_jobs : int, default=None
        Folds at a time, as in joblib.

    Returns
    -------
    LeakageReport
        Scores, inflation, a sentence, a table and a picture.

    Raises
    ------
    ValueError
        If the model votes over no windows, or a fold would test a class of which its
        training side has no song.

    Warns
    -----
    UserWarning
        If songs have no windows. They are left out.

    See Also
    --------
    StratifiedGroupShuffleSplit : Honest splits.
    find_duplicates : The same recordings under other names, a leak as well.

    Notes
    -----
    What holding artists out costs was called the artist effect [1]_: on one collection
    accuracy fell from 71 to 27 percent [2]_. The intervals say how the numbers vary
    with the songs that are tested, not with those that are trained on.

    References
    ----------
    .. [1] E. Pampalk, A. Flexer and G. Widmer, "Improvements of audio-based music
       similarity and genre classification", ISMIR 2005.
    .. [2] A. Flexer and D. Schnitzer, "Effects of album and artist filters in audio
       similarity computed for very large music databases", Computer Music Journal
       34(3), 2010.

    Examples
    --------
    Windows of a song are alike in what has nothing to do with its genre:

    >>> import numpy as np
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from skgenre import GroupVotingClassifier, SongWindows
    >>> from skgenre.model_selection import leakage_report
    >>> rng = np.random.default_rng(0)
    >>> y = np.array(["jazz", "rock"] * 20)
    >>> songs = SongWindows(rng.normal(size=(200, 5)), counts=[5] * 40)
    >>> songs.values[:] += 2 * rng.normal(size=(40, 5))[songs.groups]
    >>> songs.values[songs.expand(y) == "rock"] += 0.7
    >>> model = GroupVotingClassifier(KNeighborsClassifier(1))
    >>> print(leakage_report(model, songs, y))
    200 windows of 40 songs, 5 folds each.
    <BLANKLINE>
    Held out        windows right   95 % interval  songs right   95 % interval
    random windows         81.0 %  74.0 to 87.5 %       90.0 %  80.0 to 97.5 %
    whole songs            60.0 %  49.0 to 71.0 %       57.5 %  42.5 to 72.5 %
    <BLANKLINE>
    Inflation (points)            windows   95 % interval  songs   95 % interval
    random windows - whole songs    +21.0  +12.5 to +30.0  +32.5  +17.5 to +47.5
    <BLANKLINE>
    Here a split by random windows flatters the model: it shows 81.0 % of windows
    right, against 60.0 % when whole songs are held out (-21.0 points, 95 % interval
    -30.0 to -12.5). Of new songs, expect 57.5 % to get the right verdict (42.5 to
    72.5 %), where that split shows 90.0 %.
    """
    check_interval(confidence, n_bootstrap)
    check_n_folds(cv)
    transformers, classifier = split_pipeline(estimator)
    _check_voting(classifier.voting)
    y = checked_labels(y)
    groups = either_name(groups, artists)
    check_consistent_length(X, y, groups)
    later, windows = _extract(transformers, X)
    known = None if groups is None else as_names(groups)
    songs = _heard(_Songs(windows, y, known))
    models = _Models(later, classifier, checked_classes(songs.y))
    seed = drawn_seed(random_state)
    folds = _window_folds(songs, int(cv), seed)
    tested = _tested_windows(models, songs, folds, n_jobs=n_jobs)
    window_proba = {
        split: _gathered(parts, songs.windows.n_windows)
        for split, parts in tested.items()
    }
    return LeakageReport(
        y=songs.y,
        groups=songs.windows.groups,
        window_proba=window_proba,
        song_proba={
            split: _voted(split, parts, window_proba[split], models, songs)
            for split, parts in tested.items()
        },
        artists=songs.artists,
        cv=int(cv),
        n_bootstrap=n_bootstrap,
        confidence=confidence,
        random_state=seed,
    )


@dataclass(frozen=True)
class _Songs:
    """The songs that are split in three ways."""

    windows: SongWindows
    y: np.ndarray  # (n_songs,)
    artists: np.ndarray | None  # (n_songs,)


@dataclass(frozen=True)
class _Models:
    """What is fitted in every fold, and in which columns its results come."""

    later: Pipeline | None
    classifier: Any
    classes: np.ndarray  # (n_classes,)


class _Tested(NamedTuple):
    """What one fold says of the windows that it tests."""

    tested: np.ndarray  # bool (n_windows,)
    proba: np.ndarray  # (n_tested, n_classes)
    prior: np.ndarray  # (n_classes,)
    window_prior: np.ndarray  # (n_classes,)


def _check_voting(voting: Any) -> None:
    if is_trained(voting):
        raise ValueError(
            f"Got voting={voting!r}, which is trained, but expected a name "
            "or a callable: under a random split a song's windows are tested by "
            "several models. Set voting='mean' for the report."
        )


def _extract(transformers: Any, X: Any) -> tuple[Pipeline | None, SongWindows]:
    """Run the steps that learn nothing; return the others, or None, and windows."""
    steps = [] if transformers is None else list(transformers.steps)
    while steps and isinstance(steps[0][1], FrameWindower | WindowFeaturizer):
        # A clone: the caller's pipeline stays as it is.
        X = clone(steps.pop(0)[1]).fit_transform(X)
    if not isinstance(X, SongWindows):
        raise ValueError(
            f"Got {type(X).__name__} as X, but expected SongWindows, or a pipeline "
            "that starts with FrameWindower. Make one of an array of windows with "
            "SongWindows.from_arrays(X, groups, y=y)."
        )
    return (Pipeline(steps) if steps else None), X.load()


def _heard(songs: _Songs) -> _Songs:
    """Leave out songs without windows, with a warning."""
    heard = songs.windows.counts > 0
    if heard.all():
        return songs
    if not heard.any():
        raise ValueError("None of the songs has a window; nothing can be tested.")
    warn_unheard(songs.windows.song_ids, heard, fate="are left out", stacklevel=4)
    artists = None if songs.artists is None else songs.artists[heard]
    return _Songs(songs.windows[heard], songs.y[heard], artists)


# -- the three splits -----------------------------------------------------------------


def _window_folds(songs: _Songs, n_folds: int, seed: int) -> dict[str, np.ndarray]:
    """Fold that tests each window, (n_windows,), under each split."""
    folds = {
        "window": _folds_of_windows(songs, n_folds, seed),
        "song": _folds_of_songs(songs, None, n_folds, seed),
    }
    if songs.artists is not None:
        artists = number_groups(songs.artists, len(songs.y))
        folds["artist"] = _folds_of_songs(songs, artists, n_folds, seed)
    return folds


def _folds_of_windows(songs: _Songs, n_folds: int, seed: int) -> np.ndarray:
    kfold = StratifiedKFold(n_folds, shuffle=True, random_state=seed)
    y_windows = songs.windows.expand(songs.y)
    fold = np.empty(len(y_windows), int)
    with warnings.catch_warnings():
        # Accuracy over all folds does not mind a fold without a class.
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        for k, (_, test) in enumerate(kfold.split(y_windows, y_windows)):
            fold[test] = k
    return fold


def _folds_of_songs(
    songs: _Songs, artists: np.ndarray | None, n_folds: int, seed: int
) -> np.ndarray:
    with warnings.catch_warnings():
        # As above.
        warnings.filterwarnings("ignore", "No song is tested", UserWarning)
        splits = checked_splits(n_folds, songs.y, artists=artists, seed=seed)
    fold = np.empty(len(songs.y), int)
    for k, (_, test) in enumerate(splits):
        fold[test] = k
    return songs.windows.expand(fold)


# -- one fold -------------------------------------------------------------------------


def _tested_windows(
    models: _Models, songs: _Songs, folds: dict[str, np.ndarray], *, n_jobs: int | None
) -> dict[str, list[_Tested]]:
    """Fit and test every fold of every split, some at a time."""
    # Folds of all splits in one list, so that no core waits for the end of a split.
    jobs = [
        (split, fold == k) for split, fold in folds.items() for k in np.unique(fold)
    ]
    results = joblib.Parallel(n_jobs=n_jobs)(
        joblib.delayed(_test_windows)(models, songs, tested) for _, tested in jobs
    )
    parts: dict[str, list[_Tested]] = {split: [] for split in folds}
    for (split, _), result in zip(jobs, results, strict=True):
        parts[split].append(result)
    return parts


def _test_windows(models: _Models, songs: _Songs, tested: np.ndarray) -> _Tested:
    """Fit on the other windows; probabilities of those tested, and the prior."""
    train, y_train = _select(songs, ~tested)
    test, _ = _select(songs, tested)
    if models.later is not None:
        train, test = _transformed(models.later, train, y_train, test)
    model = clone(models.classifier).fit(train, y_train)
    # (n_tested, n_classes) and (2, n_classes)
    proba, priors = (
        align(known, model.classes_, models.classes).astype(float, copy=False)
        for known in (
            model.predict_window_proba(test),
            np.vstack([model.class_prior_, model.window_prior_]),
        )
    )
    return _Tested(tested, proba, prior=priors[0], window_prior=priors[1])


def _transformed(
    later: Pipeline, train: SongWindows, y_train: np.ndarray, test: SongWindows
) -> tuple[Any, SongWindows]:
    """Fit the steps that learn on the training side, and apply them to both."""
    later, n_tested = clone(later), test.n_windows
    train, test = later.fit_transform(train, y_train), later.transform(test)
    if not isinstance(test, SongWindows) or test.n_windows != n_tested:
        raise ValueError(
            f"{type(later.steps[-1][1]).__name__} changes which windows there are, "
            "but expected SongWindows with the same. Do that before the report."
        )
    return train, test


def _select(songs: _Songs, kept: np.ndarray) -> tuple[SongWindows, np.ndarray]:
    """Take some of the windows, and the songs that have any of them."""
    windows = songs.windows
    counts = np.bincount(windows.groups[kept], minlength=len(windows))
    # Songs without windows here are no news, which the classifier would warn of.
    some = counts > 0
    marks = windows.marks.take(kept)
    selected = SongWindows(
        windows.values[kept],
        counts[some],
        song_ids=windows.song_ids[some],
        starts=windows.starts[kept],
        window_seconds=windows.window_seconds,
        sample_rate=windows.sample_rate,
        feature_names=windows.feature_names,
        ends=marks.ends,
        window_weight=marks.weight,
    )
    return selected, songs.y[some]


# -- all folds of a split -------------------------------------------------------------


def _gathered(parts: list[_Tested], n_windows: int) -> np.ndarray:
    """Probabilities of all windows, (n_windows, n_classes), each by its fold."""
    gathered = np.empty((n_windows, len(parts[0].prior)))
    for part in parts:
        gathered[part.tested] = part.proba
    return gathered


def _voted(
    split: str,
    parts: list[_Tested],
    window_proba: np.ndarray,
    models: _Models,
    songs: _Songs,
) -> np.ndarray:
    """Probabilities of all songs, (n_songs, n_classes)."""
    if split == "window":
        # A song's windows come from all folds, so no one fold's prior is theirs.
        prior = np.bincount(np.searchsorted(models.classes, songs.y)) / len(songs.y)
        every = np.ones(len(window_proba), bool)
        # Of equal folds the mean is the share of all windows, as each was weighted.
        window_prior = np.mean([part.window_prior for part in parts], axis=0)
        parts = [_Tested(every, window_proba, prior=prior, window_prior=window_prior)]
    voted = np.empty((len(songs.y), len(models.classes)))
    for part in parts:
        # Numbered anew: a fold tests some of the songs.
        song, codes = np.unique(songs.windows.groups[part.tested], return_inverse=True)
        voted[song] = aggregate(
            part.proba,
            codes,
            len(song),
            voting=models.classifier.voting,
            prior=part.prior,
            window_prior=part.window_prior,
            window_weight=songs.windows.marks.take(part.tested).weight,
        )
    return voted
