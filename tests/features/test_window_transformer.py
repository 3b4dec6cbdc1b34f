import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.feature_selection import (
    RFE,
    RFECV,
    SelectFromModel,
    SelectKBest,
    SequentialFeatureSelector,
)
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold, cross_val_score
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    OneHotEncoder,
    StandardScaler,
)

from skgenre import (
    FrameWindower,
    GroupVotingClassifier,
    MFCCFeaturizer,
    SongWindows,
)
from skgenre.features import WindowTransformer


@pytest.fixture
def named():
    """Two songs of 2 and 1 windows with names, and one that could not be read."""
    return SongWindows(
        [[1.0, 10.0], [3.0, 10.0], [5.0, 40.0]],
        [2, 0, 1],
        song_ids=["so_what", "bad", "help"],
        starts=[0.0, 2.5, 1.0],
        window_seconds=5.0,
        feature_names=["loudness", "pitch"],
        errors={"bad": "File is empty."},
    )


def test_a_scaler_is_fitted_on_windows_by_hand(named):
    scaler = WindowTransformer(StandardScaler())
    scaled = scaler.fit_transform(named)
    # Means 3 and 20, variances (4 + 0 + 4) / 3 and (100 + 100 + 400) / 3.
    expected = [[-2 / (8 / 3) ** 0.5, -10 / 200**0.5], [0, -10 / 200**0.5]]
    assert_allclose(scaled[0], expected)
    assert_allclose(scaled[2], [[2 / (8 / 3) ** 0.5, 20 / 200**0.5]])


def test_songs_starts_names_and_errors_stay(named):
    scaled = WindowTransformer(StandardScaler()).fit_transform(named)
    assert scaled.song_ids.tolist() == ["so_what", "bad", "help"]
    assert scaled.counts.tolist() == [2, 0, 1]
    assert scaled.starts.tolist() == [0.0, 2.5, 1.0]
    assert scaled.window_seconds == 5.0
    assert scaled.feature_names.tolist() == ["loudness", "pitch"]
    assert scaled.errors == {"bad": "File is empty."}
    assert named.values.tolist() == [[1.0, 10.0], [3.0, 10.0], [5.0, 40.0]]


def test_songs_without_any_window_pass(named):
    fitted = WindowTransformer(PCA(1)).fit(named)
    nothing = fitted.transform(named[[1]])
    assert nothing.values.shape == (0, 1)
    assert nothing.song_ids.tolist() == ["bad"]


def test_a_selector_gets_the_label_of_each_window(songs):
    X, y, _ = songs
    selector = WindowTransformer(SelectKBest(k=2))
    by_hand = SelectKBest(k=2).fit_transform(X.values, X.expand(y))
    assert_array_equal(selector.fit_transform(X, y).values, by_hand)


def test_names_are_the_transformers():
    named = SongWindows(np.eye(3), [1, 2], feature_names=["a", "b", "c"])
    selector = WindowTransformer(SelectKBest(lambda X, y: np.array([1, 3, 2]), k=2))
    kept = selector.fit_transform(named, [0, 1])
    assert kept.feature_names.tolist() == ["b", "c"]
    assert selector.get_feature_names_out().tolist() == ["b", "c"]
    assert WindowTransformer(PCA(2)).fit_transform(named).feature_names.tolist() == [
        *("pca0", "pca1")
    ]
    logs = WindowTransformer(FunctionTransformer(np.log1p)).fit_transform(named)
    assert logs.feature_names.tolist() == ["a", "b", "c"]
    sums = FunctionTransformer(lambda X: X.sum(axis=1, keepdims=True))
    assert WindowTransformer(sums).fit_transform(named).feature_names.tolist() == [
        "feature_0"
    ]


def test_names_in_another_order_are_refused(named):
    fitted = WindowTransformer(StandardScaler()).fit(named)
    swapped = SongWindows(
        named.values[:, ::-1], named.counts, feature_names=["pitch", "loudness"]
    )
    with pytest.raises(ValueError, match=r"'loudness' in column 0\. Got 'pitch'"):
        fitted.transform(swapped)


def test_plain_arrays_pass_through_the_transformer(songs):
    X, y, _ = songs
    labels = X.expand(y)
    for transformer in (StandardScaler(), SelectKBest(k=1), PCA(2)):
        fitted = WindowTransformer(transformer).fit(X.values, labels)
        expected = clone(transformer).fit(X.values, labels).transform(X.values)
        assert_array_equal(fitted.transform(X.values), expected)
        # What windows taught serves songs too, and the other way round.
        assert_array_equal(fitted.transform(X.values[:3]), expected[:3])


def test_columns_and_unions_of_transformers(songs):
    X, y, _ = songs
    columns = ColumnTransformer(
        [("scaled", StandardScaler(), [0, 1]), ("left", "passthrough", [2])]
    )
    found = WindowTransformer(columns).fit_transform(X, y)
    assert_array_equal(found.values[:, 2], X.values[:, 2])
    assert_allclose(found.values[:, :2].mean(axis=0), 0, atol=1e-6)
    union = FeatureUnion([("pca", PCA(2)), ("best", SelectKBest(k=1))])
    assert WindowTransformer(union).fit_transform(X, y).window_shape == (3,)


def test_selectors_that_fit_a_classifier(songs):
    X, y, _ = songs
    inner = LogisticRegression()
    for selector in (RFE(inner, n_features_to_select=2), SelectFromModel(inner)):
        assert len(WindowTransformer(selector).fit_transform(X, y)) == 40


@pytest.mark.parametrize(
    "selector",
    [
        RFECV(LogisticRegression()),
        SequentialFeatureSelector(LogisticRegression(), cv=3),
        make_pipeline(StandardScaler(), RFECV(LogisticRegression())),
        SequentialFeatureSelector(LogisticRegression(), cv=StratifiedGroupKFold(2)),
    ],
)
def test_folds_of_its_own_would_divide_songs_and_are_refused(songs, selector):
    X, y, _ = songs
    with pytest.raises(ValueError, match=r"both sides of a split.*inside the vote"):
        WindowTransformer(selector).fit(X, y)
    # On plain arrays nobody says which windows are of one song.
    if not isinstance(getattr(selector, "cv", None), StratifiedGroupKFold):
        WindowTransformer(selector).fit(X.values, X.expand(y))


def test_the_same_as_inside_the_vote(songs):
    X, y, _ = songs
    outside = make_pipeline(
        WindowTransformer(StandardScaler()),
        WindowTransformer(SelectKBest(k=2)),
        GroupVotingClassifier(LogisticRegression()),
    )
    inside = GroupVotingClassifier(
        make_pipeline(StandardScaler(), SelectKBest(k=2), LogisticRegression())
    )
    assert_allclose(
        outside.fit(X, y).predict_proba(X), inside.fit(X, y).predict_proba(X)
    )


def test_search_clone_set_params_and_pickle(songs):
    X, y, artists = songs
    model = make_pipeline(
        WindowTransformer(SelectKBest()), GroupVotingClassifier(LogisticRegression())
    )
    model.set_params(windowtransformer__transformer__k=1)
    assert clone(model)[0].transformer.k == 1
    search = GridSearchCV(
        model,
        {"windowtransformer__transformer__k": [1, 3]},
        cv=StratifiedGroupKFold(2),
        error_score="raise",
    ).fit(X, y, groups=artists)
    assert search.best_params_ == {"windowtransformer__transformer__k": 3}
    again = pickle.loads(pickle.dumps(search))
    assert_array_equal(again.predict(X), search.predict(X))
    assert cross_val_score(model, X, y, cv=3, error_score="raise").shape == (3,)


def test_what_changes_the_number_of_rows_is_refused(named):
    half = FunctionTransformer(lambda X: X[::2])
    with pytest.raises(ValueError, match=r"Got an array of shape \(2, 2\).*3 rows"):
        WindowTransformer(half).fit_transform(named)


def test_sparse_results_are_refused_with_the_remedy(named):
    with pytest.raises(ValueError, match="sparse_output=False"):
        WindowTransformer(OneHotEncoder()).fit_transform(named)
    dense = OneHotEncoder(sparse_output=False)
    # Three loudnesses and two pitches were heard.
    assert WindowTransformer(dense).fit_transform(named).window_shape == (5,)


def test_no_transformer_is_refused():
    with pytest.raises(ValueError, match="'transformer' parameter"):
        WindowTransformer(LogisticRegression()).fit(np.eye(2))


def test_audio_stays_audio_for_the_featurizer_behind():
    rng = np.random.default_rng(0)
    waves = [rng.normal(size=30_000), rng.normal(size=50_000)]
    louder = WindowTransformer(FunctionTransformer(_doubled))
    features = MFCCFeaturizer(summary=("mean",), top_db=None)
    model = make_pipeline(FrameWindower(1.0), louder, features)
    doubled = model.fit_transform(waves)
    by_hand = make_pipeline(FrameWindower(1.0), features).fit_transform(
        [2 * wave for wave in waves]
    )
    assert_allclose(doubled.values, by_hand.values, rtol=1e-4, atol=1e-3)


def _doubled(windows):
    return 2 * windows


def test_set_output_leaves_songs_and_makes_tables_of_arrays(named):
    pd = pytest.importorskip("pandas")
    scaler = WindowTransformer(StandardScaler()).set_output(transform="pandas")
    assert isinstance(scaler.fit_transform(named), SongWindows)
    table = scaler.fit(named.values).transform(named.values)
    assert isinstance(table, pd.DataFrame)
    inner = StandardScaler().set_output(transform="pandas")
    assert isinstance(WindowTransformer(inner).fit_transform(named), SongWindows)
