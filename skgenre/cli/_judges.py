"""A recipe taken apart: what is computed once per song, and the votes over it.

::

    recipe ─► parts ─ features of all songs, once ─► each vote in each fold ─┐
                                 song probabilities of every voting ◄─ mean ─┘
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from skgenre._jobs import with_bar

if TYPE_CHECKING:
    from skgenre import GroupVotingClassifier, SongWindows
    from skgenre.model_selection import VotingComparison


@dataclass(frozen=True)
class Judge:
    """One vote of a recipe, and its share in the song's probabilities.

    Parameters
    ----------
    steps : tuple of (str, transformer)
        From songs to the vote.
    vote : GroupVotingClassifier
        Not fitted.
    share : float
        The shares of all judges add up to one.
    """

    steps: tuple[tuple[str, Any], ...]
    vote: "GroupVotingClassifier"
    share: float


def judges_of(model: Any) -> list[Judge]:
    """List the votes whose probabilities a recipe averages.

    Parameters
    ----------
    model : Pipeline, GroupVotingClassifier or soft VotingClassifier of such
        A recipe.

    Returns
    -------
    list of Judge
        One, or several for a recipe of several.

    Examples
    --------
    >>> from skgenre import recipes
    >>> from skgenre.cli._judges import judges_of
    >>> len(judges_of(recipes.fast())), len(judges_of(recipes.strong()))
    (1, 6)
    """
    return _judges(model, (), 1.0)


def _judges(model: Any, steps: tuple, share: float) -> list[Judge]:
    from sklearn.ensemble import VotingClassifier
    from sklearn.pipeline import Pipeline

    if isinstance(model, Pipeline):
        *first, (_, last) = model.steps
        return _judges(last, (*steps, *first), share)
    if isinstance(model, VotingClassifier):
        members = [member for _, member in model.estimators]
        each = share / len(members)
        return [judge for member in members for judge in _judges(member, steps, each)]
    return [Judge(steps, model, share)]


def features_of(judges: Sequence[Judge], songs: list[Any]) -> list["SongWindows"]:
    """Compute what each judge votes over; once for those of the same steps.

    Parameters
    ----------
    judges : sequence of Judge
        Of one recipe.
    songs : list
        Paths.

    Returns
    -------
    list of SongWindows
        One for each judge, of all songs; bad ones have no windows.
    """
    from sklearn.pipeline import Pipeline

    made: dict[tuple[int, ...], SongWindows] = {}
    for judge in judges:
        key = _same_steps(judge)
        if key not in made:
            made[key] = Pipeline(list(judge.steps)).fit_transform(songs)
    return [made[_same_steps(judge)] for judge in judges]


def _same_steps(judge: Judge) -> tuple[int, ...]:
    return tuple(id(step) for _, step in judge.steps)


@dataclass(frozen=True)
class Voted:
    """What a recipe says of all songs, by each voting.

    Parameters
    ----------
    song_proba : dict of str to array of shape (n_songs, n_classes)
        Out-of-fold probabilities of each voting.
    fold : int array of shape (n_songs,)
        The fold that tests each song.
    seconds : float
        What all fits and votes took.
    compared : list of VotingComparison
        Of each judge.
    """

    song_proba: dict[str, np.ndarray]
    fold: np.ndarray
    seconds: float
    compared: list["VotingComparison"]


def cross_validate(
    judges: Sequence[Judge],
    features: Sequence["SongWindows"],
    y: np.ndarray,
    *,
    votings: Sequence[str],
    cv: Any,
    groups: np.ndarray | None,
    seed: int,
    verbose: int = 0,
) -> Voted:
    """Fit each judge once a fold, vote by all votings, and average.

    Parameters
    ----------
    judges : sequence of Judge
        Of one recipe.
    features : sequence of SongWindows
        What each votes over.
    y : array of shape (n_songs,)
        The label of each song.
    votings : sequence of str
        Names of votings.
    cv : int or list of (train, test)
        How many folds, the same for the same seed; or their sides.
    groups : array of shape (n_songs,) or None
        What is kept in one fold.
    seed : int
        Decides the folds.
    verbose : int, default=0
        Whether to show how many folds, or votes of several, are done.

    Returns
    -------
    Voted
        As if the whole recipe was cross-validated with each voting.
    """
    from skgenre.model_selection import compare_votings

    start = time.perf_counter()
    # One bar: of votes, or of the folds of the only one.
    alone = len(judges) == 1
    votes = with_bar(
        zip(judges, features, strict=True),
        len(judges),
        what="cross-validation",
        unit="vote",
        verbose=0 if alone else verbose,
    )
    compared: list[VotingComparison] = [
        compare_votings(
            judge.vote,
            X,
            y,
            votings=list(votings),
            reference=votings[0],
            cv=cv,
            groups=groups,
            random_state=seed,
            verbose=verbose if alone else 0,
        )
        for judge, X in votes
    ]
    proba = {
        voting: np.sum(
            [
                judge.share * comparison.song_proba[voting]
                for judge, comparison in zip(judges, compared, strict=True)
            ],
            axis=0,
        )
        for voting in votings
    }
    return Voted(proba, compared[0].fold, time.perf_counter() - start, compared)
