"""What is checked before anything is fitted, each check in one wording."""

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_random_state


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
    labels = np.asarray(y)
    if labels.ndim != 1:
        raise ValueError(
            f"Got y of shape {labels.shape}, but expected one label per song, shape "
            "(n_songs,)."
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
    classes = np.unique(y)
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
    known = np.asarray(artists)
    # NaN, whatever its type, is not equal to itself.
    missing = [artist is None or artist != artist for artist in known.tolist()]
    if any(missing):
        raise ValueError(
            f"Got groups without an artist for song {missing.index(True)}. Give songs "
            "of unknown artists a group each, as load_songs does."
        )
    return known


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
