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

from skgenre import GroupVotingClassifier, StackedVoting
from skgenre.voting._fit_arguments import groups_name, needs_numbers, weight_name


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


# -- searches, routing and other packages: found.md B4, B17, B18, B19 ------------------


@pytest.mark.parametrize("routing", [False, True])
@pytest.mark.parametrize("kind", ["search", "pipeline", "search over pipeline"])
def test_song_balanced_reaches_through_searches(songs, routing, kind):
    if routing and "over" in kind and sklearn.__version__.startswith("1.7"):
        pytest.skip("scikit-learn 1.7 routes no weights to Pipeline.score")
    X, y, _ = songs
    C = "C" if kind == "search" else "logisticregression__C"
    model = LogisticRegression()
    if "pipeline" in kind:
        model = make_pipeline(StandardScaler(), model)
    if "search" in kind:
        model = GridSearchCV(model, {C: [1e-4, 1.0]}, cv=3)
    with sklearn.config_context(enable_metadata_routing=routing):
        vote = GroupVotingClassifier(model, song_balanced=True).fit(X, y)
    assert_allclose(vote.window_prior_, 0.25)
    plain = GroupVotingClassifier(model).fit(X, y)
    assert not np.allclose(vote.predict_window_proba(X), plain.predict_window_proba(X))


@pytest.mark.parametrize("routing", [False, True])
def test_weights_through_a_pipeline_are_those_by_hand(songs, routing):
    X, y, _ = songs
    weight = X.n_windows / len(X) / X.counts
    scaled = StandardScaler().fit(X.values).transform(X.values)
    by_hand = LogisticRegression().fit(
        scaled, X.expand(y), sample_weight=weight[X.groups]
    )
    with sklearn.config_context(enable_metadata_routing=routing):
        model = GroupVotingClassifier(
            make_pipeline(StandardScaler(), LogisticRegression()), song_balanced=True
        ).fit(X, y)
    assert_allclose(
        model.predict_window_proba(X), by_hand.predict_proba(scaled), atol=1e-6
    )


def test_an_estimator_that_asks_to_do_without_weights_is_heard(songs):
    X, y, _ = songs
    with sklearn.config_context(enable_metadata_routing=True):
        without = LogisticRegression().set_fit_request(sample_weight=False)
        model = GroupVotingClassifier(without, song_balanced=True)
        with pytest.raises(ValueError, match="not asked to do without"):
            model.fit(X, y)
        routing = GroupVotingClassifier(without).get_metadata_routing()
        assert not routing.consumes("fit", ["sample_weight"])
        asks = LogisticRegression().set_fit_request(sample_weight=True)
        routing = GroupVotingClassifier(asks).get_metadata_routing()
        assert routing.consumes("fit", ["sample_weight"]) == {"sample_weight"}


class Stops(TakesGroups):
    """A classifier whose fit takes windows to stop by."""

    def fit(self, X, y, eval_set=None, groups=None):
        self.eval_set_ = eval_set
        return super().fit(X, y, groups)


def test_more_arguments_of_fit_are_handed_on(songs):
    X, y, _ = songs
    held = [(X[:2].values, X[:2].expand(y[:2]))]
    model = GroupVotingClassifier(Stops()).fit(X[2:], y[2:], eval_set=held)
    assert model.estimator_.eval_set_ is held
    piped = make_pipeline(StandardScaler(), Stops())
    model = GroupVotingClassifier(piped).fit(X[2:], y[2:], stops__eval_set=held)
    assert model.estimator_[-1].eval_set_ is held
    with pytest.raises(TypeError, match="unexpected keyword argument 'eval_sets'"):
        GroupVotingClassifier(Stops()).fit(X, y, eval_sets=held)


@pytest.mark.parametrize("voting", ["mean", StackedVoting()])
def test_xgboost_takes_labels_that_are_strings(songs, voting, tmp_path):
    xgboost = pytest.importorskip("xgboost")
    X, y, _ = songs
    model = GroupVotingClassifier(
        make_pipeline(StandardScaler(), xgboost.XGBClassifier(n_estimators=5)),
        voting=voting,
        memory=tmp_path,
    )
    assert model.fit(X, y).classes_.tolist() == ["blues", "jazz", "metal", "rock"]
    assert model.score(X, y) > 0.7
    numbers = np.unique(y, return_inverse=True)[1]
    plain = xgboost.XGBClassifier(n_estimators=5)
    plain.fit(StandardScaler().fit_transform(X.values), X.expand(numbers))
    assert_allclose(
        model.predict_window_proba(X),
        plain.predict_proba(StandardScaler().fit_transform(X.values)),
    )
    # From the memory the labels come back too.
    assert model.fit(X, y).predict(X[:3]).dtype.kind == "U"


def test_who_knows_numbers_only():
    skorch_like = type(
        "Net", (LogisticRegression,), {"__module__": "skorch.classifier"}
    )
    assert needs_numbers(skorch_like())
    assert needs_numbers(make_pipeline(StandardScaler(), skorch_like()))
    assert needs_numbers(GridSearchCV(skorch_like(), {"C": [1.0]}))
    assert not needs_numbers(LogisticRegression())
