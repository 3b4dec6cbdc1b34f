import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    StratifiedGroupKFold,
    cross_val_score,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.fixes import parse_version
from voting_songs import Recorder, make_songs

from skgenre import (
    FrameWindower,
    GroupVotingClassifier,
    MFCCFeaturizer,
    NaiveBayesVoting,
    SongWindows,
    StackedVoting,
    vote,
)
from skgenre.model_selection import compare_votings
from skgenre.voting._judge_song import judge_song
from skgenre.voting._rules import VOTINGS


@pytest.fixture
def model():
    return GroupVotingClassifier(LogisticRegression())


def flat(songs):
    """Give the windows of `songs` as people have them, rows in random order."""
    X, y, _ = songs
    order = np.random.default_rng(1).permutation(X.n_windows)
    groups = np.array([f"song {i}" for i in X.groups])
    return X.values[order], X.expand(y)[order], groups[order]


@pytest.mark.parametrize("voting", sorted(VOTINGS))
def test_fits_windows_and_votes_over_their_probabilities(songs, model, voting):
    X, y, _ = songs
    model.set_params(voting=voting).fit(X, y)
    window_model = LogisticRegression().fit(X.values, X.expand(y))
    window_proba = window_model.predict_proba(X.values)
    prior = np.full(4, 0.25)
    _, expected = vote(
        window_proba,
        X.groups,
        voting=voting,
        prior=prior,
        window_prior=np.unique(X.expand(y), return_counts=True)[1],
    )
    assert_allclose(model.predict_window_proba(X), window_proba)
    assert_allclose(model.predict_proba(X), expected)
    assert_allclose(np.exp(model.predict_log_proba(X)), expected)
    assert_array_equal(model.predict(X), model.classes_[expected.argmax(axis=1)])
    assert model.score(X, y) == np.mean(model.predict(X) == y) > 0.6
    assert model.classes_.tolist() == ["blues", "jazz", "metal", "rock"]
    assert_allclose(model.class_prior_, prior)
    assert model.window_shape_ == (3,)
    assert model.n_features_in_ == 3


def test_flat_windows_get_their_songs_verdict(songs, model):
    X, y, _ = songs
    values, labels, groups = flat(songs)
    model.fit(values, labels, groups=groups)
    verdicts = model.predict(values, groups=groups)
    assert verdicts.shape == labels.shape
    by_song = clone(model).fit(X, y)
    expected = dict(
        zip((f"song {i}" for i in range(40)), by_song.predict(X), strict=True)
    )
    assert verdicts.tolist() == [expected[g] for g in groups]
    # Each song counts once, however many windows it has.
    assert model.score(values, labels, groups=groups) == by_song.score(X, y)
    proba = model.predict_proba(values, groups=groups)
    for g in np.unique(groups):
        assert len(np.unique(proba[groups == g], axis=0)) == 1
    # A model fitted on flat windows takes songs too, and the other way round.
    assert_allclose(model.predict_proba(X), by_song.predict_proba(X), rtol=1e-3)
    assert_allclose(
        by_song.predict_proba(values, groups=groups), proba, rtol=1e-3, atol=1e-6
    )


@pytest.mark.parametrize("method", ["predict", "predict_proba", "timeline"])
@pytest.mark.parametrize("fitted_on", ["songs", "groups"])
def test_windows_are_never_scored_as_songs(songs, model, method, fitted_on):
    X, y, _ = songs
    values, labels, groups = flat(songs)
    if fitted_on == "songs":
        model.fit(X, y)
    else:
        model.fit(values, labels, groups=groups)
    with pytest.raises(ValueError, match="needs groups to know which windows make a"):
        getattr(model, method)(values)
    with pytest.raises(ValueError, match="needs groups"):
        model.score(values, labels)
    # The window classifier itself may be asked.
    assert model.predict_window_proba(values).shape == (len(values), 4)


def test_without_groups_every_row_is_its_own_song(songs, model):
    values, labels, _ = flat(songs)
    model.fit(values, labels)
    expected = model.predict_window_proba(values)
    assert_allclose(model.predict_proba(values), expected, rtol=1e-6)


@pytest.mark.parametrize("position", [0, 20, -1])
def test_one_window_per_song_is_the_window_classifier(songs, model, position):
    X, y, _ = songs
    single = SongWindows(X.values[X.offsets[:-1]], np.ones(40, int))
    model.fit(single, y)
    assert_allclose(
        model.predict_proba(single)[position],
        model.estimator_.predict_proba(single.values)[position],
    )


def test_songs_without_windows(model):
    rng = np.random.default_rng(0)
    X = SongWindows(rng.normal(size=(8, 2)), [2, 0, 3, 3], song_ids=list("abcd"))
    y = ["rock", "rock", "jazz", "rock"]
    with pytest.warns(UserWarning, match=r"1 of 4 songs have no windows.*fit: b\."):
        model.fit(X, y)
    with pytest.warns(UserWarning, match="1 of 4 songs have no windows and get"):
        proba = model.predict_proba(X)
    assert proba.shape == (4, 2)
    assert_allclose(proba[1], model.class_prior_)
    assert_allclose(model.class_prior_, [0.25, 0.75])
    only_empty = X[[1]]
    with pytest.warns(UserWarning, match="1 of 1 songs"):
        assert model.predict(only_empty).tolist() == ["rock"]


def test_a_class_whose_songs_all_lack_windows(model):
    X = SongWindows(np.random.default_rng(0).normal(size=(4, 2)), [2, 2, 0])
    with pytest.warns(UserWarning, match=r"class\(es\) \['metal'\] cannot be learned"):
        model.fit(X, ["rock", "jazz", "metal"])
    assert model.classes_.tolist() == ["jazz", "metal", "rock"]
    assert_allclose(model.predict_window_proba(X)[:, 1], 0)
    with pytest.warns(UserWarning, match="have no windows"):
        assert model.predict_proba(X).shape == (3, 3)
    with pytest.raises(ValueError, match="None of the songs has a window"):
        model.fit(X[[2, 2]], ["rock", "jazz"])


def test_song_balanced_equals_weights_by_hand(songs):
    X, y, _ = songs
    model = GroupVotingClassifier(LogisticRegression(), song_balanced=True).fit(X, y)
    weight = 1 / X.counts[X.groups]
    expected = LogisticRegression().fit(
        X.values, X.expand(y), sample_weight=weight * len(weight) / 40
    )
    assert_allclose(model.estimator_.coef_, expected.coef_)
    plain = GroupVotingClassifier(LogisticRegression()).fit(X, y)
    assert not np.allclose(model.estimator_.coef_, plain.estimator_.coef_, rtol=1e-3)


def test_sample_weight_is_the_songs(songs, model):
    X, y, _ = songs
    weight = np.random.default_rng(0).uniform(0.5, 2, size=40)
    model.fit(X, y, sample_weight=weight)
    expected = LogisticRegression().fit(
        X.values, X.expand(y), sample_weight=X.expand(weight)
    )
    assert_allclose(model.estimator_.coef_, expected.coef_)
    right = model.predict(X) == y
    score = model.score(X, y, sample_weight=weight)
    assert_allclose(score, np.average(right, weights=weight))


def test_timeline(songs, model):
    X, y, _ = songs
    table = model.fit(X, y).timeline(X[:2])
    assert table.columns.tolist()[:3] == ["song", "start", "end"]
    assert table["song"].tolist() == X[:2].expand([0, 1]).tolist()
    assert_allclose(table["end"] - table["start"], 5)
    assert_allclose(table[model.classes_], model.predict_window_proba(X[:2]))
    verdicts = X[:2].expand(model.predict(X[:2]))
    assert table["verdict"].tolist() == verdicts.tolist()


def test_timeline_of_flat_windows(songs, model):
    values, labels, groups = flat(songs)
    table = model.fit(values, labels, groups=groups).timeline(values, groups=groups)
    assert table["song"].tolist() == groups.tolist()
    assert table["start"].isna().all()
    assert_array_equal(table["verdict"], model.predict(values, groups=groups))


def test_integer_labels_and_two_classes(songs):
    X, y, _ = songs
    labels = np.where(np.isin(y, ["rock", "metal"]), 7, -3)
    model = GroupVotingClassifier(LogisticRegression(), voting="majority")
    model.fit(X, labels)
    assert model.classes_.tolist() == [-3, 7]
    assert set(model.predict(X).tolist()) == {-3, 7}


def test_matrix_windows_reach_the_classifier(songs):
    class SeesShape(DummyClassifier):
        def fit(self, X, y, sample_weight=None):
            self.shape_ = X.shape
            return super().fit(X, y, sample_weight)

    X, y, _ = songs
    images = SongWindows(np.zeros((X.n_windows, 4, 5, 1)), X.counts)
    model = GroupVotingClassifier(SeesShape()).fit(images, y)
    assert model.estimator_.shape_ == (X.n_windows, 4, 5, 1)
    assert model.predict(images).shape == (40,)
    assert not hasattr(model, "n_features_in_")


def test_frozen_and_dummy_classifiers(songs):
    X, y, _ = songs
    forest = RandomForestClassifier(5, random_state=0).fit(X.values, X.expand(y))
    model = GroupVotingClassifier(FrozenEstimator(forest))
    kept = np.isin(y, ["rock", "jazz"])
    model.fit(X[kept], y[kept])
    # The forest knows two classes more than these songs have.
    assert model.classes_.tolist() == ["blues", "jazz", "metal", "rock"]
    assert_allclose(model.predict_window_proba(X), forest.predict_proba(X.values))
    assert_allclose(model.class_prior_, [0, 0.5, 0, 0.5])
    dummy = GroupVotingClassifier(DummyClassifier()).fit(X, y)
    assert_allclose(dummy.predict_proba(X), 0.25, atol=0.1)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.zeros(39, int), r"one label per song: expected shape \(40,\). Got shape"),
        (["rock"] * 40, "at least 2 classes. Got only one class: 'rock'"),
        (None, "requires y to be passed"),
        (np.linspace(0, 1, 40), "Unknown label type"),
    ],
)
def test_wrong_labels(songs, model, y, message):
    with pytest.raises(ValueError, match=message):
        model.fit(songs[0], y)


def test_window_labels_are_told_from_song_labels(songs, model):
    X, y, _ = songs
    with pytest.raises(ValueError, match=r"use X.collapse\(y\)"):
        model.fit(X, X.expand(y))


def test_two_labels_in_one_song(songs, model):
    values, labels, groups = flat(songs)
    labels = labels.copy()
    row = np.flatnonzero(groups == groups[0])[-1]
    labels[row] = "rock" if labels[row] != "rock" else "jazz"
    with pytest.raises(ValueError, match=f"Song '{groups[0]}' has"):
        model.fit(values, labels, groups=groups)


@pytest.mark.parametrize(
    ("X", "groups", "message"),
    [
        (["a.wav", "b.wav"], None, "put FrameWindower and MFCCFeaturizer before"),
        (np.zeros((0, 3)), None, "minimum of 1 is required"),
        (np.zeros(5), None, "Reshape your data"),
        (np.eye(2), ["a"], r"'groups'.*expected shape \(2,\)"),
        (np.eye(2), ["a", None], "row 1 is missing"),
    ],
)
def test_wrong_windows(model, X, groups, message):
    with pytest.raises(ValueError, match=message):
        model.fit(X, ["rock", "jazz"][: len(X)], groups=groups)


def test_another_window_shape_at_predict(songs, model):
    X, y, _ = songs
    model.fit(X, y)
    other = SongWindows(np.zeros((2, 4)), [1, 1])
    with pytest.raises(ValueError, match=r"fitted on windows of shape \(3,\). Got .*4"):
        model.predict(other)
    with pytest.raises(ValueError, match="expecting 3 features"):
        model.predict(np.zeros((2, 4)), groups=[0, 1])


def test_matrices_need_a_summary_for_vector_classifiers(songs, model):
    X, y, _ = songs
    images = SongWindows(np.zeros((X.n_windows, 4, 5)), X.counts)
    with pytest.raises(ValueError, match="dim 3") as caught:
        model.fit(images, y)
    assert "summary=('mean', 'std')" in caught.value.__notes__[0]


def test_a_class_not_seen_in_fit_is_no_silent_zero(songs, model):
    X, y, _ = songs
    model.fit(X[y != "metal"], y[y != "metal"])
    with pytest.warns(UserWarning, match=r"class\(es\) \['metal'\], of which no song"):
        score = model.score(X, y)
    assert score == np.mean(model.predict(X) == y)


@pytest.mark.parametrize("voting", ["loudest", 3])
def test_wrong_voting(songs, model, voting):
    with pytest.raises(ValueError, match="'voting' parameter"):
        model.set_params(voting=voting).fit(songs[0], songs[1])


def test_wrong_estimator(songs):
    with pytest.raises(ValueError, match="'estimator' parameter"):
        GroupVotingClassifier(StandardScaler()).fit(songs[0], songs[1])


def test_timeline_of_classes_called_like_columns():
    pytest.importorskip("pandas")
    songs, y = make_songs()
    y = np.array([{"blues": "song", "jazz": "start", "rock": "verdict"}[v] for v in y])
    model = GroupVotingClassifier(GaussianNB()).fit(songs, y)
    table = model.timeline(songs)
    assert table.columns.tolist() == [
        "song",
        "start",
        "end",
        "class song",
        "class start",
        "class verdict",
        "verdict",
    ]
    np.testing.assert_array_equal(table["start"], songs.starts)
    table = compare_votings(model, songs, y, cv=3).timeline(4)
    assert "class start" in table.columns


# -- votings that learn ---------------------------------------------------------------


def test_flat_windows_with_groups():
    songs, y = make_songs()
    order = np.random.default_rng(0).permutation(songs.n_windows)
    X, window_y, groups = (
        songs.values[order],
        songs.expand(y)[order],
        songs.groups[order],
    )
    flat = GroupVotingClassifier(GaussianNB(), voting=StackedVoting(), cv=3)
    flat.fit(X, window_y, groups=groups)
    # The same songs in the same order, as a container.
    again, again_y = SongWindows.from_arrays(X, groups, y=window_y)
    other = clone(flat).fit(again, again_y)
    np.testing.assert_allclose(
        flat.predict_proba(X, groups=groups),
        _spread(other.predict_proba(again), again, groups),
    )
    overlap = GroupVotingClassifier(GaussianNB(), voting=NaiveBayesVoting("overlap"))
    with pytest.raises(ValueError, match="start of each window"):
        overlap.fit(X, window_y, groups=groups).predict(X, groups=groups)


def _spread(song_proba, songs, groups):
    position = {song: i for i, song in enumerate(songs.song_ids.tolist())}
    return song_proba[[position[g] for g in groups.tolist()]]


def test_rows_as_songs():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 2)), np.arange(40) % 2
    X[:, 0] += 2 * y
    model = GroupVotingClassifier(LogisticRegression(), voting=StackedVoting())
    assert cross_val_score(model, X, y).mean() > 0.7


def test_number_of_jobs_changes_nothing():
    songs, y = make_songs()
    one = GroupVotingClassifier(GaussianNB(), voting=Recorder()).fit(songs, y)
    with joblib.parallel_config("threading"):
        two = GroupVotingClassifier(GaussianNB(), voting=Recorder(), n_jobs=2)
        two.fit(songs, y)
    assert one.voting_.window_proba_ == two.voting_.window_proba_


# -- flat windows in scikit-learn's tools, metadata routing on -------------------------


@pytest.fixture
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


@pytest.mark.usefixtures("routing")
def test_groups_reach_every_method_without_a_request(songs, model):
    values, labels, groups = flat(songs)
    cv = StratifiedGroupKFold(4)
    scores = cross_val_score(model, values, labels, params={"groups": groups}, cv=cv)
    for score, (train, test) in zip(
        scores, cv.split(values, labels, groups), strict=True
    ):
        model.fit(values[train], labels[train], groups=groups[train])
        expected = model.score(values[test], labels[test], groups=groups[test])
        assert score == expected
    assert np.mean(scores) > 0.5


@pytest.mark.usefixtures("routing")
def test_stock_scorers_cannot_pass_groups_and_say_so(songs, model):
    values, labels, groups = flat(songs)
    with pytest.raises((ValueError, TypeError), match="groups"):
        cross_val_score(
            model,
            values,
            labels,
            params={"groups": groups},
            cv=GroupKFold(4),
            scoring="accuracy",
            error_score="raise",
        )


# The scorer of a Pipeline's own score forwards metadata since scikit-learn 1.8.
routed_pipelines = pytest.mark.skipif(
    parse_version(sklearn.__version__) < parse_version("1.8"),
    reason="scikit-learn 1.7 does not route metadata to Pipeline.score",
)


@routed_pipelines
@pytest.mark.usefixtures("routing")
def test_flat_windows_in_a_grid_search_over_a_pipeline(songs, model):
    values, labels, groups = flat(songs)
    pipeline = make_pipeline(StandardScaler(), model)
    search = GridSearchCV(
        pipeline,
        {"groupvotingclassifier__voting": ["mean", "majority", "naive_bayes"]},
        cv=StratifiedGroupKFold(4),
    ).fit(values, labels, groups=groups)
    assert search.best_score_ > 0.5
    assert search.score(values, labels, groups=groups) > 0.5


@routed_pipelines
@pytest.mark.usefixtures("routing")
@pytest.mark.parametrize("cv", [GroupKFold(5), StratifiedGroupKFold(5)])
def test_real_window_table(data_dir, cv):
    table = pd.read_csv(data_dir / "gtzan3" / "features_3_sec.csv")
    song = table["filename"].str.rsplit(".", n=2).str[0]
    numbers = table.drop(columns=["filename", "length", "label"])
    model = make_pipeline(
        StandardScaler(), GroupVotingClassifier(LogisticRegression(max_iter=1000))
    )
    flat_scores = cross_val_score(
        model, numbers, table["label"], params={"groups": song}, cv=cv
    )
    w, y = SongWindows.from_frame(
        table.drop(columns=["filename", "length"]), song=song, label="label"
    )
    inside = GroupVotingClassifier(
        make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    )
    for (train, test), score in zip(
        cv.split(numbers, table["label"], song), flat_scores, strict=True
    ):
        songs_in, songs_out = np.unique(song[train]), np.unique(song[test])
        is_in, is_out = (np.isin(w.song_ids, s) for s in (songs_in, songs_out))
        inside.fit(w[is_in], y[is_in])
        assert inside.score(w[is_out], y[is_out]) == score
    assert flat_scores.mean() > 0.85
    search = GridSearchCV(
        model, {"groupvotingclassifier__voting": ["mean", "majority"]}, cv=cv
    )
    assert search.fit(numbers, table["label"], groups=song).best_score_ > 0.85


@pytest.mark.usefixtures("routing")
def test_a_fold_that_leaves_a_class_out_is_named(songs, model):
    # Songs sorted by class, two groups: each side of the split lacks classes.
    values, labels, _ = flat(songs)
    halves = np.isin(labels, ["rock", "metal"]).astype(int)
    with pytest.warns(UserWarning, match=r"class\(es\) \['blues', 'jazz'\]"):
        cross_val_score(
            model.set_params(estimator=LogisticRegression()),
            values,
            labels,
            params={"groups": _songs_within(halves, labels)},
            cv=[(np.flatnonzero(halves), np.flatnonzero(halves == 0))],
            error_score="raise",
        )


def _songs_within(halves, labels):
    return np.array(
        [f"{half} {label}" for half, label in zip(halves, labels, strict=True)]
    )


def test_classes_of_very_unequal_length_are_said():
    """found.md A2: 47 windows against 6 gave a balanced accuracy of 0.50."""
    rng = np.random.default_rng(0)
    y = np.array(["a", "b"] * 30)
    counts = np.where(y == "b", 6, 47)
    X = SongWindows(
        rng.normal(np.repeat(np.where(y == "b", 0.4, -0.4), counts))[:, None], counts
    )
    hint = r"'a' have 47 windows on average, those of 'b' 6,.*song_balanced=True"
    with pytest.warns(UserWarning, match=hint):
        tilted = GroupVotingClassifier(LogisticRegression()).fit(X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        even = GroupVotingClassifier(LogisticRegression(), song_balanced=True)
        even.fit(X, y)
        GroupVotingClassifier(LogisticRegression(), voting="naive_bayes").fit(X, y)
    test_y = np.array(["a", "b"] * 200)
    means = np.repeat(np.where(test_y == "b", 0.4, -0.4), 6)
    test = SongWindows(rng.normal(means)[:, None], [6] * 400)
    assert balanced_accuracy_score(test_y, tilted.predict(test)) < 0.6
    assert balanced_accuracy_score(test_y, even.predict(test)) > 0.75


# -- weights and ends -----------------------------------------------------------------


@pytest.fixture
def padded(tmp_path):
    """Paths of songs of 2.3 s: two windows of 1 s, and one of which 0.3 s sound."""
    soundfile = pytest.importorskip("soundfile")
    rng = np.random.default_rng(0)
    y = np.array(["hum", "hiss"] * 6)
    paths = []
    for i, label in enumerate(y.tolist()):
        noise = rng.normal(size=2300) * 0.1
        noise = np.cumsum(noise) * 0.1 if label == "hum" else noise
        paths.append(str(tmp_path / f"{i}.wav"))
        soundfile.write(paths[-1], noise, 1000)
    return paths, y


def heard_model(voting, **parameters):
    return make_pipeline(
        FrameWindower(1.0, hop_seconds=1.0, sample_rate=1000, tail="pad", **parameters),
        MFCCFeaturizer(n_mfcc=4, summary=("mean",), n_fft=256, hop_length=128),
        GroupVotingClassifier(GaussianNB(), voting=voting),
    )


@pytest.mark.parametrize("voting", [*sorted(VOTINGS), NaiveBayesVoting()])
def test_windows_are_weighed_by_what_sounds_from_paths_on(padded, voting):
    paths, y = padded
    model = heard_model(voting, window_weight="heard").fit(paths, y)
    found = model.predict_proba(paths)
    plain = heard_model(voting).fit(paths, y)
    features = plain[:-1].transform(paths)
    window_proba = plain[-1].predict_window_proba(features)
    # The fit is the same; in the vote the third window counts 0.3.
    _, expected = vote(
        window_proba,
        features.groups,
        voting="naive_bayes" if isinstance(voting, NaiveBayesVoting) else voting,
        prior=[0.5, 0.5],
        window_weight=np.tile([1, 1, 0.3], 12),
    )
    assert_allclose(found, expected, rtol=1e-9)
    if voting not in ("max", "median", "majority"):
        unweighed = plain.predict_proba(paths)
        assert not np.allclose(found, unweighed, rtol=1e-9, atol=0)


@pytest.mark.parametrize("voting", ["mean", NaiveBayesVoting("fit"), StackedVoting()])
def test_a_song_of_silence_alone_gets_no_verdict_of_its_own(padded, voting):
    paths, y = padded
    model = heard_model(voting, window_weight="heard").fit(paths, y)
    features = model[:-1].transform(paths)
    silent = SongWindows(
        features.values,
        features.counts,
        window_weight=np.where(features.groups == 3, 0, features.window_weight),
    )
    with pytest.warns(
        UserWarning, match=r"1 of 12 songs have windows of weight 0 only"
    ):
        found = model[-1].predict_proba(silent)
    assert_allclose(found[3], [0.5, 0.5])
    others = np.arange(12) != 3
    assert_allclose(found[others], model.predict_proba(paths)[others])


def test_comparisons_weigh_windows_too(padded):
    paths, y = padded
    model = heard_model("mean", window_weight="heard")
    found = compare_votings(
        model, paths, y, votings=["mean", NaiveBayesVoting()], cv=3, n_bootstrap=10
    )
    assert_allclose(found.window_proba.window_weight, np.tile([1, 1, 0.3], 12))
    assert_allclose(found.window_proba.ends, np.tile([1, 2, 2.3], 12))
    own = found.window_proba
    _, expected = vote(own.values, own.groups, window_weight=own.window_weight)
    assert_allclose(found.song_proba["mean"], expected)


def test_timelines_and_pictures_end_with_the_song(padded):
    paths, y = padded
    model = heard_model("mean").fit(paths, y)
    table = model[-1].timeline(model[:-1].transform(paths))
    assert_allclose(table["end"], np.tile([1, 2, 2.3], 12))
    judged = judge_song(model, paths, song=4)
    assert_allclose(judged.ends, [1, 2, 2.3])
    # Where reading stopped, however long the file is.
    cut = heard_model("mean", offset_seconds=0.2, max_seconds=1.5).fit(paths, y)
    assert_allclose(judge_song(cut, paths, song=4).ends, [1.2, 1.7])
    table = cut[-1].timeline(cut[:-1].transform(paths))
    assert_allclose(table["end"], np.tile([1.2, 1.7], 12))
