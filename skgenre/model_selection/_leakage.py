"""How much a leaky split flatters a model: windows, songs and artists held out."""

import warnings
from numbers import Integral
from typing import Any

import joblib
import numpy as np
from sklearn.base import clone
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.utils import check_consistent_length, check_random_state

from skgenre._by_song.numbering import number_groups
from skgenre._wording import listed
from skgenre.features._base import WindowFeaturizer
from skgenre.model_selection._folds import checked_splits
from skgenre.model_selection._leakage_report import LeakageReport
from skgenre.model_selection._statistics import check_interval
from skgenre.voting._pipeline import split_pipeline
from skgenre.voting._rules import aggregate
from skgenre.voting._trained import is_trained
from skgenre.voting._window_proba import align
from skgenre.windows._frame_windower import FrameWindower
from skgenre.windows._song_windows import SongWindows


def leakage_report(
    estimator: Any,
    X: Any,
    y: Any,
    *,
    artists: Any = None,
    cv: int = 5,
    random_state: Any = 0,
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
    artists : array-like of shape (n_songs,), default=None
        The artist of each song, or whatever else must not be on both sides; unknown
        ones (None, NaN or an empty string) are each an artist of their own. Without,
        only windows and songs are held out.
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
    if not isinstance(cv, Integral) or isinstance(cv, bool) or cv < 2:
        raise ValueError(
            f"Got cv={cv!r}, but expected an int of 2 or more: every split is made "
            "with as many folds."
        )
    transformers, classifier = split_pipeline(estimator)
    if is_trained(classifier.voting):
        raise ValueError(
            f"Got voting={classifier.voting!r}, which is trained, but expected a name "
            "or a callable: under a random split a song's windows are tested by "
            "several models. Set voting='mean' for the report."
        )
    y = np.asarray(y)
    if y.ndim != 1:
        raise ValueError(f"y must have one label per song. Got shape {y.shape}.")
    check_consistent_length(X, y, artists)
    later, windows = _extract(transformers, X)
    windows, y, artists = _with_windows(windows, y, artists)
    classes = np.unique(y)
    if len(classes) < 2:
        raise ValueError(
            f"Got songs of the class(es) {classes.tolist()} only, but expected at "
            "least 2 classes."
        )
    seed = int(check_random_state(random_state).randint(2**31 - 1))
    folds = _window_folds(windows, y, artists, int(cv), seed)
    jobs = [(split, k) for split in folds for k in range(folds[split].max() + 1)]
    results = joblib.Parallel(n_jobs=n_jobs)(
        joblib.delayed(_test_windows)(
            later, classifier, windows, y, folds[split] == k, classes
        )
        for split, k in jobs
    )
    window_proba, song_proba = {}, {}
    for split, fold in folds.items():
        of_split = [
            (fold == k, *result)
            for (name, k), result in zip(jobs, results, strict=True)
            if name == split
        ]
        gathered = np.empty((windows.n_windows, len(classes)))
        voted = np.empty((len(y), len(classes)))
        for tested, proba, _ in of_split:
            gathered[tested] = proba
        if split == "window":
            # A song's windows come from all folds, so no one fold's prior is theirs.
            prior = np.bincount(np.searchsorted(classes, y)) / len(y)
            of_split = [(np.ones(windows.n_windows, bool), gathered, prior)]
        for tested, proba, prior in of_split:
            songs, codes = np.unique(windows.groups[tested], return_inverse=True)
            voted[songs] = aggregate(
                proba, codes, len(songs), voting=classifier.voting, prior=prior
            )
        window_proba[split], song_proba[split] = gathered, voted
    return LeakageReport(
        y=y,
        groups=windows.groups,
        window_proba=window_proba,
        song_proba=song_proba,
        artists=artists,
        cv=int(cv),
        n_bootstrap=n_bootstrap,
        confidence=confidence,
        random_state=seed,
    )


def _extract(transformers: Any, X: Any) -> tuple[Any, SongWindows]:
    """Run the steps that learn nothing; return the others, or None, and windows."""
    steps = [] if transformers is None else list(transformers.steps)
    while steps and isinstance(steps[0][1], FrameWindower | WindowFeaturizer):
        X = clone(steps.pop(0)[1]).fit_transform(X)
    if not isinstance(X, SongWindows):
        raise ValueError(
            f"Got {type(X).__name__} as X, but expected SongWindows, or a pipeline "
            "that starts with FrameWindower. Make one of an array of windows with "
            "SongWindows.from_arrays(X, groups, y=y)."
        )
    return (Pipeline(steps) if steps else None), X.load()


def _with_windows(windows: SongWindows, y: np.ndarray, artists: Any) -> tuple:
    heard = windows.counts > 0
    if artists is not None:
        artists = np.asarray(artists)
    if heard.all():
        return windows, y, artists
    if not heard.any():
        raise ValueError("None of the songs has a window; nothing can be tested.")
    warnings.warn(
        f"{(~heard).sum()} of {len(y)} songs have no windows and are left out: "
        f"{listed(windows.song_ids[~heard])}.",
        UserWarning,
        stacklevel=3,
    )
    return windows[heard], y[heard], None if artists is None else artists[heard]


def _window_folds(
    windows: SongWindows, y: np.ndarray, artists: Any, cv: int, seed: int
) -> dict[str, np.ndarray]:
    """Fold that tests each window, (n_windows,), under each split."""
    folds = {"window": np.empty(windows.n_windows, int)}
    kfold = StratifiedKFold(cv, shuffle=True, random_state=seed)
    y_windows = windows.expand(y)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        for k, (_, test) in enumerate(kfold.split(y_windows, y_windows)):
            folds["window"][test] = k
    groups: dict[str, Any] = {"song": None}
    if artists is not None:
        groups["artist"] = number_groups(artists, len(y))
    for split, codes in groups.items():
        fold = np.empty(len(y), int)
        with warnings.catch_warnings():
            # Accuracy over all folds does not mind a fold without a class.
            warnings.filterwarnings("ignore", "No song is tested", UserWarning)
            splits = checked_splits(cv, windows, y, codes, seed)
        for k, (_, test) in enumerate(splits):
            fold[test] = k
        folds[split] = windows.expand(fold)
    return folds


def _test_windows(later, classifier, windows, y, tested, classes):
    """Fit on the other windows; probabilities of those tested, and the prior."""
    train, train_y = _select(windows, ~tested, y)
    test, _ = _select(windows, tested, y)
    if later is not None:
        later = clone(later)
        n_tested = test.n_windows
        train, test = later.fit_transform(train, train_y), later.transform(test)
        if not isinstance(test, SongWindows) or test.n_windows != n_tested:
            raise ValueError(
                f"{type(later.steps[-1][1]).__name__} changes which windows there are, "
                "but expected SongWindows with the same. Do that before the report."
            )
    model = clone(classifier).fit(train, train_y)
    proba = model.predict_window_proba(test)
    proba, prior = (
        align(p, model.classes_, classes).astype(float, copy=False)
        for p in (proba, model.class_prior_[None])
    )
    return proba, prior[0]


def _select(windows: SongWindows, kept: np.ndarray, y: np.ndarray) -> tuple:
    """Some of the windows, and the songs that have any of them."""
    counts = np.bincount(windows.groups[kept], minlength=len(windows))
    some = counts > 0
    selected = SongWindows(
        windows.values[kept],
        counts[some],
        song_ids=windows.song_ids[some],
        starts=windows.starts[kept],
        window_seconds=windows.window_seconds,
        sample_rate=windows.sample_rate,
        feature_names=windows.feature_names,
    )
    return selected, y[some]
