"""review_songs: a model and songs in, the songs worth a look out.

::

    songs ─► copies ─► folds ─► models that have not heard a song judge it ─► Review
"""

from collections.abc import Sequence
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.utils import Bunch, check_consistent_length
from sklearn.utils.validation import check_is_fitted

from skgenre._by_song.numbering import as_names
from skgenre.audio._song import is_file, shown
from skgenre.datasets._unit import MUSIC, Unit
from skgenre.features import WindowFeaturizer
from skgenre.model_selection import Duplicates
from skgenre.model_selection._checks import checked_labels
from skgenre.review._copies import find_copies
from skgenre.review._folds import Folds, review_folds
from skgenre.review._out_of_fold import (
    Judged,
    Part,
    check_fits_anew,
    errors_of,
    heard_by_all,
    judged_by_itself,
    judged_out_of_fold,
    parts_of,
)
from skgenre.review._ranking import Evidence, ranked_rows
from skgenre.review._review import Review
from skgenre.windows import SongWindows
from skgenre.windows._windowers import with_windowers


def review_songs(
    model: Any,
    X: Any,
    y: ArrayLike | None = None,
    *,
    groups: ArrayLike | None = None,
    names: Sequence[str] | None = None,
    duplicates: Duplicates | bool = True,
    n_folds: int = 10,
    random_state: int = 0,
    isolate: bool = False,
    n_jobs: int | None = None,
    verbose: int = 0,
) -> Review:
    """Find the songs that are worth a look: suspected labels, copies, doubtful ones.

    A label is only ever judged by models that were trained without the song, its
    copies, and other songs of its artist: clones of `model` are fitted in folds. What
    was fitted before is not used.

    First come copies of one recording with different labels. Then songs of which the
    verdict is not the label, the least likely label first, and other copies take
    turns. Last come songs whose verdict has a small margin, or few of the windows.

    Parameters
    ----------
    model : classifier
        What predicts probabilities of songs: a recipe, a Pipeline from songs on, what
        `load_model` gives. Fitted or not, where there are labels.
    X : Bunch, SongWindows, sequence of paths, or what else the model takes
        Songs; what `load_songs` and `load_table` return has labels, groups and names.
    y : array-like of shape (n_songs,), default=None
        The label of each song. Where there are none, the model judges the songs as it
        is, which must be fitted: margins, windows and copies are looked at only, and
        it is too sure of songs that it was trained on.
    groups : array-like of shape (n_songs,), default=None
        The artist of each song; unknown ones are each their own.
    names : sequence of str of length n_songs, default=None
        What songs are called; their paths, or positions, if None.
    duplicates : Duplicates or bool, default=True
        Songs that are the same recording, from `find_duplicates`; True to look for
        them, where `X` holds songs and no windows.
    n_folds : int, default=10
        Folds, at most. More find more, and take longer.
    random_state : int, default=0
        Decides the folds.
    isolate : bool, default=False
        Decode files in processes of their own, as `FrameWindower` does with
        ``isolate=True``, however the model was made: a file whose decoder crashes is
        one that cannot be judged.
    n_jobs : int, default=None
        Songs read at a time, as in joblib.
    verbose : int, default=0
        Above 0 shows progress bars, where that takes more than two seconds.

    Returns
    -------
    Review
        The songs with a reason to look at them.

    Raises
    ------
    ValueError
        If there is nothing to judge by: one class only, a model that cannot be fitted
        anew, no song with windows.
    NotFittedError
        If there are no labels, and the model is not fitted.

    See Also
    --------
    read_review : Takes the table back when it is filled in.
    skgenre.model_selection.find_duplicates : Finds copies.

    Notes
    -----
    The order of suspected labels was chosen on planted errors; see the benchmarks.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skgenre import GroupVotingClassifier, SongWindows
    >>> from skgenre.review import review_songs
    >>> rng = np.random.default_rng(0)
    >>> y = np.array(["jazz", "rock"] * 20)
    >>> songs = SongWindows(rng.normal(size=(200, 3)), counts=[5] * 40)
    >>> songs.values[songs.expand(y) == "rock"] += 3
    >>> y[7] = "jazz"
    >>> review = review_songs(GroupVotingClassifier(LogisticRegression()), songs, y)
    >>> review.rows[0].song, review.rows[0].label, review.rows[0].verdict
    ('song 7', 'jazz', 'rock')
    >>> print(review.rows[0].reasons)
    Labelled jazz (1 %), but rock (99 %) to models that had not been trained on it.
    They are as sure as where they are right to say rock (92 % on average).
    """
    songs = _as_songs(X, y, groups, names)
    if songs.y is None:
        check_is_fitted(model)
    else:
        check_fits_anew(model)
        model = clone(model)
    if isolate:
        model = with_windowers(model, isolate=True)
    copies = _copies(duplicates, songs, isolate=isolate, n_jobs=n_jobs, verbose=verbose)
    for featurizer in featurizers_in(model):
        featurizer.set_params(verbose=verbose)
    parts = parts_of(model, songs.X, fitted=songs.y is None)
    heard = heard_by_all(parts, n_jobs=n_jobs)
    if not heard.any():
        raise ValueError(
            f"Got {len(heard)} songs of which none has windows, but expected some. "
            "Give files that can be read."
        )
    unheard = _unheard(parts, heard, songs)
    if songs.y is None:
        classes = list(model.classes_)
        judged = judged_by_itself(parts, heard, classes)
        return _review(songs, classes, judged, copies, unheard, _BY_ITSELF)
    _check_two_classes(songs.y[heard])
    classes = np.unique(songs.y).tolist()
    folds = _folds(songs, copies, heard, n_folds=n_folds, seed=random_state)
    judged = judged_out_of_fold(
        parts,
        songs.y,
        np.array(classes),
        splits=folds.splits,
        groups=None if songs.groups is None else copies.merge(songs.groups),
        verbose=verbose,
    )
    errors = {**unheard, **_alone(folds, songs)}
    method = _method(folds, songs)
    return _review(songs, classes, judged, copies, errors, method)


_BY_ITSELF = (
    "Without labels, the model judged the songs as it is: it is too sure of those that "
    "it was trained on."
)


# -- songs ----------------------------------------------------------------------------


class _Songs(NamedTuple):
    """Songs, and what is known of them."""

    X: Any
    y: np.ndarray | None  # (n_songs,)
    groups: np.ndarray | None  # (n_songs,)
    names: list[str]
    words: Unit


def _as_songs(
    X: Any, y: ArrayLike | None, groups: ArrayLike | None, names: Sequence[str] | None
) -> _Songs:
    words = MUSIC
    if isinstance(X, Bunch):
        bunch, X = X, X.data
        y = bunch.get("target") if y is None else y
        groups = bunch.get("groups") if groups is None else groups
        names = bunch.get("names") if names is None else names
        words = bunch.get("unit", MUSIC)
    if not isinstance(X, SongWindows) and not hasattr(X, "shape"):
        X = list(X)
    named = names_of(X) if names is None else [str(name) for name in names]
    artists = None if groups is None else as_names(groups)
    labels = None if y is None else checked_labels(y)
    check_consistent_length(X, labels, artists, named)
    return _Songs(X, labels, artists, named, words)


def _check_two_classes(y: np.ndarray) -> None:
    if len(np.unique(y)) < 2:
        raise ValueError(
            f"Got songs of one class only, {y.tolist()[0]!r}, but expected two at "
            "least, of which one could be taken for the other."
        )


def names_of(X: Any) -> list[str]:
    """Name songs that nobody named.

    Parameters
    ----------
    X : SongWindows or sequence of songs
        Songs of any kind.

    Returns
    -------
    list of str of length n_songs
        Their paths, or their positions.
    """
    if isinstance(X, SongWindows):
        ids = X.song_ids.tolist()
        return [shown(i) if isinstance(i, str) else f"song {i}" for i in ids]
    return [
        shown(str(song)) if is_file(song) else f"song {i}" for i, song in enumerate(X)
    ]


def _copies(
    duplicates: Duplicates | bool,
    songs: _Songs,
    *,
    isolate: bool,
    n_jobs: int | None,
    verbose: int,
) -> Duplicates:
    if isinstance(duplicates, Duplicates):
        if len(duplicates.song_ids) != len(songs.names):
            raise ValueError(
                f"Got duplicates of {len(duplicates.song_ids)} songs, but expected "
                f"those of the {len(songs.names)} songs in X."
            )
        return duplicates
    # Windows do not tell, as they may be of features.
    if not duplicates or isinstance(songs.X, SongWindows):
        return Duplicates([], songs.names)
    return find_copies(songs.X, isolate=isolate, n_jobs=n_jobs, verbose=verbose)


def featurizers_in(model: Any) -> list[WindowFeaturizer]:
    """Find what makes features, shows bars and may keep what it made.

    Parameters
    ----------
    model : estimator
        Of any parts.

    Returns
    -------
    list of WindowFeaturizer
        In the model, and in its parts.
    """
    steps = model.get_params(deep=True).values()
    return [step for step in steps if isinstance(step, WindowFeaturizer)]


def _unheard(parts: list[Part], heard: np.ndarray, songs: _Songs) -> dict[str, str]:
    """Songs that cannot be judged, and why."""
    reasons = errors_of(parts)
    return {
        songs.names[i]: reasons.get(_id(songs.X, i), "It has no windows.")
        for i in np.flatnonzero(~heard).tolist()
    }


def _id(X: Any, i: int) -> Any:
    if isinstance(X, SongWindows):
        return X.song_ids[i]
    return str(X[i]) if is_file(X[i]) else i


# -- folds ----------------------------------------------------------------------------


def _folds(
    songs: _Songs, copies: Duplicates, heard: np.ndarray, *, n_folds: int, seed: int
) -> Folds:
    """Folds of the songs heard, by their positions among all."""
    if not isinstance(n_folds, Integral) or n_folds < 2:
        raise ValueError(f"Got n_folds={n_folds!r}, but expected 2 or more.")
    known = np.flatnonzero(heard)
    groups = None if songs.groups is None else copies.merge(songs.groups)[known]
    y: Any = songs.y
    folds = review_folds(
        y[known],
        groups=groups,
        recordings=copies.groups[known],
        n_folds=int(n_folds),
        seed=seed,
    )
    splits = [(known[train], known[test]) for train, test in folds.splits]
    return Folds(splits, known[folds.alone], folds.torn)


def _alone(folds: Folds, songs: _Songs) -> dict[str, str]:
    words = songs.words
    return {
        songs.names[i]: f"No other {words.song} of its {words.label} could be learned "
        "from, so its label cannot be judged."
        for i in folds.alone.tolist()
    }


def _method(folds: Folds, songs: _Songs) -> str:
    words = songs.words
    who = "the song and its copies"
    if songs.groups is not None:
        who = f"the song, its copies and its {words.group}"
    text = (
        f"Each was judged by a model fitted anew without {who}, in "
        f"{len(folds.splits)} folds."
    ).replace("the song", f"the {words.song}")
    return " ".join([text, *folds.notes(words)])


# -- what comes out -------------------------------------------------------------------


def _review(
    songs: _Songs,
    classes: list[Any],
    judged: Judged,
    copies: Duplicates,
    errors: dict[str, str],
    method: str,
) -> Review:
    y = None if songs.y is None else np.searchsorted(classes, songs.y)
    evidence = Evidence(
        names=songs.names,
        classes=[shown(str(label)) for label in classes],
        proba=judged.proba,
        votes=judged.votes,
        y=y,
        pairs=list(copies),
        words=songs.words,
    )
    rows = tuple(ranked_rows(evidence))
    listened = dict(zip(songs.names, judged.listened, strict=True))
    return Review(
        rows=rows,
        n_songs=len(songs.names),
        agreement=evidence.agreement(),
        method=method,
        errors=errors,
        classes=tuple(evidence.classes),
        listened={
            row.song: heard
            for row in rows
            if (heard := listened.get(row.song)) is not None
        },
    )
