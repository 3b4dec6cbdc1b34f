"""What a fit takes beside windows and labels, under which name."""

import numpy as np
import pytest
import sklearn
from numpy.testing import assert_allclose
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    RandomizedSearchCV,
    StratifiedGroupKFold,
    StratifiedKFold,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre import GroupVotingClassifier
from skgenre.voting._fit_arguments import groups_name, weight_name


class TakesGroups(ClassifierMixin, BaseEstimator):
    def fit(self, X, y, groups=None):
        self.classes_ = np.unique(y)
        self.groups_ = groups
        return self

    def predict_proba(self, X):
        return np.full((len(X), len(self.classes_)), 1 / len(self.classes_))


class TakesAnything(TakesGroups):
    def fit(self, X, y, **fit_params):
        return super().fit(X, y)


def nested(estimator):
    return make_pipeline(StandardScaler(), make_pipeline(StandardScaler(), estimator))


def test_names_of_weights():
    logistic = LogisticRegression()
    assert weight_name(logistic) == "sample_weight"
    one = make_pipeline(StandardScaler(), logistic)
    assert weight_name(one) == "logisticregression__sample_weight"
    two = nested(logistic)
    assert weight_name(two) == "pipeline__logisticregression__sample_weight"
    assert weight_name(TakesAnything()) == "sample_weight"
    with sklearn.config_context(enable_metadata_routing=True):
        assert weight_name(two) == "sample_weight"


@pytest.mark.parametrize("estimator", [TakesGroups(), nested(TakesGroups())])
def test_fits_without_weights(estimator):
    with pytest.raises(
        ValueError, match=r"fit takes sample_weight. Got TakesGroups\.$"
    ):
        weight_name(estimator)


def test_names_of_groups():
    assert groups_name(LogisticRegression()) is None
    assert groups_name(nested(LogisticRegression())) is None
    assert groups_name(TakesGroups()) == "groups"
    assert groups_name(nested(TakesGroups())) == "pipeline__takesgroups__groups"


@pytest.mark.parametrize(
    ("cv", "takes"),
    [
        (GroupKFold(2), True),
        (StratifiedGroupKFold(2), True),
        (StratifiedKFold(2), False),
        (3, False),
        (None, False),
    ],
)
def test_searches_take_groups_for_their_splitter(cv, takes):
    grid = GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=cv)
    drawn = RandomizedSearchCV(LogisticRegression(), {"C": [1.0]}, n_iter=1, cv=cv)
    for search in (grid, drawn):
        assert groups_name(search) == ("groups" if takes else None)
    name = groups_name(make_pipeline(StandardScaler(), grid))
    assert name == ("gridsearchcv__groups" if takes else None)


def test_groups_under_metadata_routing():
    with sklearn.config_context(enable_metadata_routing=True):
        # What counts is who asks, wherever it is, not who could.
        assert groups_name(TakesGroups()) is None
        asks = TakesGroups().set_fit_request(groups=True)
        assert groups_name(asks) == groups_name(nested(asks)) == "groups"
        search = GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=GroupKFold(2))
        assert groups_name(search) == "groups"
        assert groups_name(nested(LogisticRegression())) is None


# -- through GroupVotingClassifier -----------------------------------------------------


def test_estimators_get_the_song_or_the_artist_of_each_window(songs):
    X, y, artists = songs
    model = GroupVotingClassifier(nested(TakesGroups()))
    of_songs = model.fit(X, y).estimator_[-1][-1].groups_
    np.testing.assert_array_equal(of_songs, X.groups)
    of_artists = model.fit(X, y, groups=artists).estimator_[-1][-1].groups_
    number = np.unique(artists, return_index=True, return_inverse=True)[2]
    same = of_artists[:, None] == of_artists
    np.testing.assert_array_equal(same, X.expand(number)[:, None] == X.expand(number))


@pytest.mark.parametrize("routing", [False, True])
def test_song_balanced_reaches_through_pipelines(songs, routing):
    X, y, _ = songs
    inner = LogisticRegression()
    with sklearn.config_context(enable_metadata_routing=routing):
        scaler = StandardScaler()
        if routing:
            inner.set_fit_request(sample_weight=True)
            scaler.set_fit_request(sample_weight=False)
        pipeline = make_pipeline(scaler, make_pipeline(inner))
        model = GroupVotingClassifier(pipeline, song_balanced=True).fit(X, y)
    scaled = StandardScaler().fit_transform(X.values)
    weight = X.n_windows / 40 / X.counts[X.groups]
    expected = LogisticRegression().fit(scaled, X.expand(y), sample_weight=weight)
    assert_allclose(model.estimator_[-1][-1].coef_, expected.coef_)


def test_weights_need_a_classifier_that_takes_them(songs):
    X, y, _ = songs
    model = GroupVotingClassifier(KNeighborsClassifier(), song_balanced=True)
    with pytest.raises(ValueError, match=r"fit takes sample_weight. Got KNeigh"):
        model.fit(X, y)
