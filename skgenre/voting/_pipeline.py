"""A pipeline taken apart: what comes before the voting, and the voting."""

from typing import Any

from sklearn.pipeline import Pipeline

from skgenre.voting._classifier import GroupVotingClassifier


def split_pipeline(estimator: Any) -> tuple[Any, Any]:
    """Take the transformers, None if there are none, and the classifier."""
    transformers, classifier = None, estimator
    if isinstance(estimator, Pipeline):
        classifier = estimator.steps[-1][1]
        transformers = estimator[:-1] if len(estimator.steps) > 1 else None
    if not isinstance(classifier, GroupVotingClassifier):
        raise ValueError(
            f"Got estimator={type(estimator).__name__} that ends in "
            f"{type(classifier).__name__}, but expected a GroupVotingClassifier or a "
            "Pipeline that ends in one. Wrap the classifier of windows: "
            "GroupVotingClassifier(classifier)."
        )
    return transformers, classifier
