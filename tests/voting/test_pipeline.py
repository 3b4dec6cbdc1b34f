import pytest
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre import GroupVotingClassifier
from skgenre.voting._pipeline import split_pipeline


def test_a_classifier_has_no_transformers():
    model = GroupVotingClassifier(GaussianNB())
    assert split_pipeline(model) == (None, model)
    transformers, classifier = split_pipeline(make_pipeline(model))
    assert transformers is None
    assert classifier is model


def test_a_pipeline_comes_apart_before_its_last_step():
    model, scale = GroupVotingClassifier(GaussianNB()), StandardScaler()
    transformers, classifier = split_pipeline(
        make_pipeline(scale, "passthrough", model)
    )
    assert classifier is model
    assert [step for _, step in transformers.steps] == [scale, "passthrough"]


@pytest.mark.parametrize(
    ("estimator", "names"),
    [
        (GaussianNB(), "estimator=GaussianNB that ends in GaussianNB"),
        (
            make_pipeline(StandardScaler(), GaussianNB()),
            "estimator=Pipeline that ends in GaussianNB",
        ),
        (None, "estimator=NoneType that ends in NoneType"),
    ],
)
def test_something_else_at_the_end(estimator, names):
    with pytest.raises(ValueError, match="GroupVotingClassifier") as caught:
        split_pipeline(estimator)
    assert str(caught.value) == (
        f"Got {names}, but expected a GroupVotingClassifier or a Pipeline that ends in "
        "one. Wrap the classifier of windows: GroupVotingClassifier(classifier)."
    )
