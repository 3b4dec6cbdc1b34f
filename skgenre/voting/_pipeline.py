"""A pipeline taken apart: what comes before the voting, and the voting."""

from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike
from sklearn.pipeline import Pipeline

from skgenre.voting._classifier import GroupVotingClassifier

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
