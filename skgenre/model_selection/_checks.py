"""What is checked before anything is fitted, each check in one wording."""

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_random_state

from skgenre._by_song.numbering import as_names, missing_names
from skgenre._wording import listed


def checked_labels(y: ArrayLike) -> np.ndarray:
    """Check that there is one label per song.

    Parameters
    ----------
    y : array-like of shape (n_songs,)
        The label of each song.

    Returns
    -------
    array of shape (n_songs,)
        The same.
    """
    # Tables and lists of lists have more than one axis, which is said below.
    labels = np.asarray(y) if getattr(y, "ndim", 1) != 1 else as_names(y)
    if labels.ndim != 1:
        raise ValueError(
            f"Got y of shape {labels.shape}, but expected one label per song, shape "
            "(n_songs,)."
        )
    missing = np.flatnonzero(missing_names(labels))
    if len(missing):
        raise ValueError(
            f"Got y without a label for {len(missing)} of {len(labels)} songs (None or "
            f"NaN: song {listed(missing)}), but expected one for each. Label them, or "
            "leave them out of X and y."
        )
    return labels


def checked_classes(y: np.ndarray) -> np.ndarray:
    """Check that there are classes to tell apart.

    Parameters
    ----------
    y : array of shape (n_songs,)
        The label of each song.

    Returns
    -------
    array of shape (n_classes,)
        The labels that occur, sorted.
    """
    try:
        classes = np.unique(y)
    except TypeError as error:
        kinds = sorted({type(label).__name__ for label in y.tolist()})
        raise ValueError(
            f"Got labels of several types ({', '.join(kinds)}) in y, but expected one: "
            "1 and '1' are two labels. Make them all text: [str(label) for label in y]."
        ) from error
    if len(classes) < 2:
        raise ValueError(
            f"Got songs of the class(es) {classes.tolist()} only, but expected at "
            "least 2 classes."
        )
    return classes


def checked_artists(artists: ArrayLike | None) -> np.ndarray | None:
    """Check that each song has an artist, if there are any.

    Parameters
    ----------
    artists : array-like of shape (n_songs,) or None
        The artist of each song.

    Returns
    -------
    array of shape (n_songs,) or None
        The same.
    """
    if artists is None:
        return None
    known = as_names(artists)
    missing = np.flatnonzero(missing_names(known))
    if len(missing):
        raise ValueError(
            f"Got groups without an artist for song {missing[0]}. Give songs "
            "of unknown artists a group each, as load_songs does."
        )
    return known


def either_name(
    groups: ArrayLike | None, artists: ArrayLike | None
) -> ArrayLike | None:
    """Take the artists by whichever of their two names they were given.

    Parameters
    ----------
    groups, artists : array-like of shape (n_songs,) or None
        What the user gave under each name.

    Returns
    -------
    array-like of shape (n_songs,) or None
        The artists.
    """
    if groups is not None and artists is not None:
        raise ValueError(
            "Got both groups= and artists=, which are two names of the same, but "
            "expected one. Give groups= the artist of each song."
        )
    return artists if groups is None else groups


def check_interval(confidence: float, n_bootstrap: int) -> None:
    """Check the parameters of confidence intervals.

    Parameters
    ----------
    confidence : float
        Between 0 and 1.
    n_bootstrap : int
        At least 1.
    """
    if not 0 < confidence < 1:
        raise ValueError(
            f"Got confidence={confidence!r}, but expected a number between 0 and 1."
        )
    if not isinstance(n_bootstrap, Integral) or n_bootstrap < 1:
        raise ValueError(
            f"Got n_bootstrap={n_bootstrap!r}, but expected an int of 1 or more."
        )


def check_n_folds(cv: Any) -> None:
    """Check that `cv` is a number of folds.

    Parameters
    ----------
    cv : object
        What the user gave.
    """
    # True is an int to Python, but not to people.
    if not isinstance(cv, Integral) or isinstance(cv, bool) or cv < 2:
        raise ValueError(
            f"Got cv={cv!r}, but expected an int of 2 or more: every split is made "
            "with as many folds."
        )


def check_choice(name: str, value: Any, choices: Sequence[str]) -> None:
    """Check that a parameter is one of a few words.

    Parameters
    ----------
    name : str
        The parameter.
    value : object
        What the user gave.
    choices : sequence of str
        What there is to choose from.
    """
    if value not in choices:
        *others, last = map(repr, choices)
        raise ValueError(
            f"Got {name}={value!r}, but expected {', '.join(others)} or {last}."
        )


def drawn_seed(random_state: Any) -> int:
    """Draw one seed, from which folds and intervals are drawn alike.

    Parameters
    ----------
    random_state : int, RandomState or None
        What the user gave.

    Returns
    -------
    int
        The same for the same int.
    """
    return int(check_random_state(random_state).randint(2**31 - 1))


def check_known_classes(known: np.ndarray, classes: np.ndarray, *, who: str) -> None:
    """Check that a fitted classifier knows no class that no song has.

    Parameters
    ----------
    known : array of shape (n_known,)
        Labels that it knows.
    classes : array of shape (n_classes,)
        Labels of the songs.
    who : str
        The classifier, as the start of a sentence.
    """
    unknown = sorted(set(known.tolist()) - set(classes.tolist()))
    if unknown:
        raise ValueError(
            f"{who} knows the class(es) {unknown}, of which y has no song."
        )
