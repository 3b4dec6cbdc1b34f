import copy
import pickle

import joblib
import keras
import numpy as np
import pytest
from scikeras import wrappers
from sklearn.base import clone, is_classifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from voting_songs import Tally

import skgenre
from skgenre import GroupVotingClassifier, SongWindows, StackedVoting
from skgenre.features import WindowTransformer
from skgenre.neural import KerasWindowClassifier, window_model
from skgenre.neural._hold_out import held_out

FAST = {"epochs": 3, "learning_rate": 0.05, "random_state": 0}


@pytest.fixture(scope="module")
def windows():
    """60 windows of three genres, 4 of each of 15 songs: X, y and songs."""
    rng = np.random.default_rng(0)
    song = np.arange(60) // 4
    y = np.array(["jazz", "rock", "blues"])[song % 3]
    X = rng.normal(size=(60, 5)).astype(np.float32)
    X[np.arange(60), song % 3] += 3
    return X, y, song


@pytest.fixture(scope="module")
def fitted(windows):
    X, y, _ = windows
    return KerasWindowClassifier("dense", model__hidden=4, **FAST).fit(X, y)


def test_it_is_a_classifier_to_scikit_learn():
    assert is_classifier(KerasWindowClassifier())
    # This is what it mends; if it fails, scikeras has mended it.
    assert not is_classifier(wrappers.KerasClassifier())


def test_fitted(fitted, windows):
    X, y, _ = windows
    proba = fitted.predict_proba(X)
    assert proba.shape == (60, 3)
    np.testing.assert_allclose(proba.sum(axis=1), 1, atol=1e-6)
    assert fitted.classes_.tolist() == ["blues", "jazz", "rock"]
    assert fitted.classes_.dtype == y.dtype
    assert fitted.predict_proba(X[:1]).shape == (1, 3)
    assert fitted.n_epochs_ == len(fitted.history_["loss"]) == 3
    assert fitted.window_shape_ == (5,)
    verdicts = fitted.classes_[proba.argmax(axis=1)]
    np.testing.assert_array_equal(fitted.predict(X), verdicts)
    assert fitted.score(X, y) == (verdicts == y).mean()
    # A classifier fitted on float32 takes what can be made float32.
    wide = fitted.predict_proba(X.astype(float))
    np.testing.assert_allclose(wide, proba, atol=1e-6)


@pytest.mark.parametrize("through", ["pickle", "joblib", "deepcopy"])
def test_saved_and_loaded(fitted, windows, through, tmp_path):
    X, y, _ = windows
    if through == "pickle":
        again = pickle.loads(pickle.dumps(fitted))
    elif through == "joblib":
        joblib.dump(fitted, tmp_path / "model")
        again = joblib.load(tmp_path / "model")
    else:
        again = copy.deepcopy(fitted)
    np.testing.assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))
    if through == "pickle":
        assert len(again.partial_fit(X, y).history_["loss"]) == 4


@pytest.mark.slow
def test_same_seed_same_probabilities(windows):
    X, y, song = windows
    options = {"validation_fraction": 0.3, "mixup": 0.2, "model__dropout": 0.3}

    def fit(seed):
        model = KerasWindowClassifier("dense", **{**FAST, **options})
        model.set_params(random_state=seed)
        return model.fit(X, y, groups=song).predict_proba(X)

    np.testing.assert_array_equal(fit(3), fit(3))
    assert np.abs(fit(3) - fit(4)).max() > 1e-4


def test_random_state_may_be_an_object(windows):
    X, y, _ = windows
    states = [np.random.RandomState(0) for _ in range(2)]
    proba = [
        KerasWindowClassifier("linear", **{**FAST, "random_state": state})
        .fit(X, y)
        .predict_proba(X)
        for state in states
    ]
    np.testing.assert_array_equal(*proba)


def test_whole_songs_are_held_out_and_the_best_epoch_kept(windows):
    X, _, song = windows
    y = np.random.default_rng(0).integers(2, size=15)[song]  # nothing to learn
    model = KerasWindowClassifier(
        "dense",
        epochs=60,
        learning_rate=0.1,
        validation_fraction=0.3,
        patience=3,
        random_state=0,
    ).fit(X, y, groups=song)
    losses = model.history_["val_loss"]
    assert model.n_epochs_ == len(losses) < 60
    assert np.argmin(losses) == len(losses) - 4
    train, valid = held_out(y, song, 0.3, 0, "song")
    assert not set(song[train]) & set(song[valid])
    proba = model.predict_proba(X[valid])
    found = -np.log(proba[np.arange(len(valid)), y[valid]]).mean()
    np.testing.assert_allclose(found, min(losses), rtol=1e-4)
    # The standardisation was not learned on what is held out.
    np.testing.assert_allclose(model.scaler_.mean, X[train].mean(axis=0), rtol=1e-4)


def test_validation_without_songs_is_refused(windows):
    X, y, song = windows
    model = KerasWindowClassifier("linear", validation_fraction=0.2, **FAST)
    with pytest.raises(ValueError, match=r"without groups.*groups=range\(len\(y\)\)"):
        model.fit(X, y)
    with pytest.raises(ValueError, match="validation_fraction, which holds out whole"):
        KerasWindowClassifier("linear", validation_split=0.2).fit(X, y)
    with pytest.raises(ValueError, match="one value per window"):
        model.fit(X, y, groups=song[:-1])


@pytest.mark.slow
def test_class_and_sample_weights(windows):
    X, y, _ = windows
    odd = np.r_[np.arange(60), np.flatnonzero(y == "jazz").repeat(5)]
    X_odd, y_odd = X[odd] * 0.3, y[odd]

    def share(sample_weight=None, **options):
        model = KerasWindowClassifier("linear", **{**FAST, "epochs": 15}, **options)
        model.fit(X_odd, y_odd, sample_weight=sample_weight)
        return model.predict_proba(X * 0.3)[:, 1].mean()

    plain, balanced = share(), share(class_weight="balanced")
    assert balanced < plain - 0.02
    weight = np.where(y_odd == "jazz", 1 / 6, 1)
    before = weight.copy()
    by_sample = share(weight, class_weight={"rock": 1.0})
    assert by_sample == pytest.approx(balanced, abs=0.01)
    np.testing.assert_array_equal(weight, before)
    zero = (np.arange(len(y_odd)) < 60).astype(float)
    model = KerasWindowClassifier("linear", **FAST).fit(X_odd, y_odd, zero)
    again = KerasWindowClassifier("linear", **FAST).fit(X * 0.3, y)
    np.testing.assert_allclose(
        model.predict_proba(X), again.predict_proba(X), atol=1e-6
    )


def test_partial_fit_goes_on(windows):
    X, y, _ = windows
    model = KerasWindowClassifier("linear", **FAST)
    jazz = y == "jazz"
    model.partial_fit(X[jazz], y[jazz], classes=["blues", "jazz", "rock"])
    model.partial_fit(X, y)
    assert len(model.history_["loss"]) == model.n_epochs_ == 2
    assert model.predict_proba(X).shape == (60, 3)
    with pytest.raises(ValueError, match=r"Got label 'metal'.*all classes"):
        model.partial_fit(X, np.full(60, "metal"))


def test_warm_start_keeps_the_network(windows):
    X, y, song = windows
    model = KerasWindowClassifier(
        "linear",
        warm_start=True,
        schedule="cosine",
        validation_fraction=0.3,
        **FAST,
    ).fit(X, y, groups=song)
    network, losses = model.model_, model.history_["loss"]
    model.fit(X, y, groups=song)
    assert model.model_ is network
    assert model.history_["loss"][0] < losses[0]
    # The schedule starts anew: there is still something learned.
    assert model.history_["loss"][-1] < model.history_["loss"][0]
    assert len(model.history_["val_loss"]) == 3


def test_initialize_builds_without_training(windows):
    X, y, _ = windows
    given = builder((5,), 3, meta={"n_classes_": 3, "X_shape_": (1, 5)})
    model = KerasWindowClassifier(given, **FAST).initialize(X, y)
    expected = given.predict_on_batch(model.scaler_(X))
    np.testing.assert_allclose(model.predict_proba(X), expected, atol=1e-6)


def builder(input_shape, n_classes, units=3, meta=None):
    assert meta["n_classes_"] == n_classes == 3
    assert meta["X_shape_"][1:] == input_shape == (5,)
    return keras.Sequential(
        [
            keras.Input(input_shape),
            keras.layers.Dense(units, activation="relu"),
            keras.layers.Dense(n_classes, activation="softmax"),
        ]
    )


def compiled(meta, compile_kwargs):
    model = builder((5,), 3, meta=meta)
    model.compile("sgd", loss="sparse_categorical_crossentropy")
    assert compile_kwargs["loss"] is None
    return model


def test_functions_as_for_scikeras(windows):
    X, y, _ = windows
    model = KerasWindowClassifier(
        builder,
        model__units=7,
        optimizer="sgd",
        optimizer__momentum=0.9,
        metrics=["accuracy"],
        **FAST,
    ).fit(X, y)
    assert model.model_.layers[0].units == 7
    assert float(model.model_.optimizer.momentum) == pytest.approx(0.9)
    assert float(model.model_.optimizer.learning_rate) == pytest.approx(0.05)
    assert len(model.history_["accuracy"]) == 3
    model = KerasWindowClassifier(compiled, **FAST).fit(X, y)
    assert model.model_.loss == "sparse_categorical_crossentropy"
    assert pickle.loads(pickle.dumps(model)).predict(X).shape == (60,)
    with pytest.raises(ValueError, match="mixup and label_smoothing need targets"):
        KerasWindowClassifier(compiled, mixup=0.2, **FAST).fit(X, y)


def test_a_keras_model_is_copied(windows):
    X, y, _ = windows
    given = builder((5,), 3, meta={"n_classes_": 3, "X_shape_": (1, 5)})
    before = given.get_weights()
    model = KerasWindowClassifier(given, **{**FAST, "learning_rate": 1e-12})
    model.fit(X, y)
    for old, new, trained in zip(
        before, given.get_weights(), model.model_.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(old, new)
        np.testing.assert_allclose(old, trained, atol=1e-6)


def test_callbacks_are_called(windows):
    X, y, _ = windows
    called = []

    class Watch(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            called.append((epoch, sorted(logs)))
            self.model.stop_training = epoch == 1

        def on_train_batch_end(self, batch, logs=None):
            called.append(batch)

    model = KerasWindowClassifier("linear", callbacks=[Watch], **FAST).fit(X, y)
    assert called == [0, 1, (0, ["loss"]), 0, 1, (1, ["loss"])]
    assert model.n_epochs_ == 2


def test_matrices_and_tables(windows):
    pandas = pytest.importorskip("pandas")
    X, y, _ = windows
    table = pandas.DataFrame(X, columns=list("abcde"))
    model = KerasWindowClassifier("linear", **FAST).fit(table, y)
    assert model.feature_names_in_.tolist() == list("abcde")
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(table[list("edcba")])
    matrices = np.random.default_rng(0).normal(size=(6, 13, 20))
    model = KerasWindowClassifier(model__hidden=3, epochs=1)
    model.fit(matrices, ["a", "b"] * 3)
    assert model.predict_proba(matrices).shape == (6, 2)
    with pytest.raises(ValueError, match=r"fitted on windows of shape \(13, 20\)"):
        model.predict(matrices[:, :, :9])


def test_a_memory_map_is_not_copied(windows, tmp_path, monkeypatch):
    X, y, _ = windows
    stored = np.memmap(tmp_path / "v", np.float32, "w+", shape=X.shape)
    stored[:] = X
    seen = []
    learn = skgenre.neural._window_classifier.WindowScaler.learn

    def watch(values, rows, **options):
        seen.append(np.shares_memory(values, stored))
        return learn(values, rows, **options)

    monkeypatch.setattr("skgenre.neural._window_classifier.WindowScaler.learn", watch)
    weights = np.ones(60)
    model = KerasWindowClassifier("linear", **FAST).fit(stored, y, weights)
    assert seen == [True]
    assert model.predict(stored).shape == (60,)


def test_errors_say_what_mends_them(windows):
    X, y, _ = windows
    songs = SongWindows(X, [60])
    with pytest.raises(TypeError, match="GroupVotingClassifier, or take MIL"):
        KerasWindowClassifier().fit(songs, ["jazz"])
    for message, model, data in [
        ("summary=None", KerasWindowClassifier("cnn"), X),
        ("summary=", KerasWindowClassifier("dense"), X[:, :, None]),
        ("model__hiden, but dense", KerasWindowClassifier(model__hiden=3), X),
        ("write model__hidden", KerasWindowClassifier(hidden=3), X),
        ("build_fn=.*takes model", KerasWindowClassifier(build_fn=builder), X),
        ("'mixup' parameter", KerasWindowClassifier(mixup=-1), X),
        ("'lstm'", KerasWindowClassifier("lstm"), X),
        ("one per class. Got output", KerasWindowClassifier(lambda: two_units()), X),
        ("activation='softmax'|'softmax'", KerasWindowClassifier(no_activation), X),
    ]:
        with pytest.raises(ValueError, match=message):
            model.fit(data, y)
    with pytest.raises(TypeError, match=r"must give a Keras model\. Got int"):
        KerasWindowClassifier(lambda: 3).fit(X, y)
    with pytest.raises(TypeError, match="Got model=3, but expected None"):
        KerasWindowClassifier(3).fit(X, y)
    with pytest.raises(ValueError, match="Got only one class: 'jazz'"):
        KerasWindowClassifier().fit(X[:3], ["jazz"] * 3)


def two_units():
    layers = keras.layers
    return keras.Sequential([keras.Input((5,)), layers.Dense(2, activation="softmax")])


def no_activation():
    return keras.Sequential([keras.Input((5,)), keras.layers.Dense(3)])


# -- songs reach it -------------------------------------------------------------------


class Watched(KerasWindowClassifier):
    """Notes the groups that fit gets."""

    got = Tally()  # for all instances, clones too

    def fit(self, X, y, sample_weight=None, groups=None):
        self.got.append(groups)
        return super().fit(X, y, sample_weight, groups)


@pytest.fixture
def got():
    Watched.got.clear()
    return Watched.got


def test_voting_hands_on_songs_and_artists(windows, got):
    X, y, song = windows
    songs, y_songs = SongWindows.from_arrays(X, song, y=y)
    network = Watched("linear", validation_fraction=0.34, **{**FAST, "epochs": 1})
    model = GroupVotingClassifier(make_pipeline(StandardScaler(), network))
    model.fit(songs, y_songs)
    np.testing.assert_array_equal(got[0], song)
    model.fit(X, y, groups=song)
    np.testing.assert_array_equal(got[1], song)
    artists = np.array([f"artist {i // 3}" for i in range(15)], dtype=object)
    artists[13:] = None  # each is its song
    model.fit(songs, y_songs, groups=artists)
    expected = np.r_[np.repeat([0, 1, 2, 3], 12), [4] * 4, [5] * 4, [6] * 4]
    np.testing.assert_array_equal(got[2], expected)


def test_out_of_fold_fits_get_the_songs_of_their_windows(windows, got):
    X, y, song = windows
    songs, y_songs = SongWindows.from_arrays(X, song, y=y)
    network = Watched("linear", validation_fraction=0.34, **{**FAST, "epochs": 1})
    GroupVotingClassifier(network, voting=StackedVoting(), cv=2).fit(songs, y_songs)
    assert [len(groups) for groups in got] == [60, 28, 32]
    for groups in got[1:]:
        assert (np.bincount(groups)[np.unique(groups)] == 4).all()


@pytest.mark.slow
def test_a_memory_tells_artists_apart(windows, got, tmp_path):
    X, y, song = windows
    songs, y_songs = SongWindows.from_arrays(X, song, y=y)
    network = Watched("linear", validation_fraction=0.34, **{**FAST, "epochs": 1})
    model = GroupVotingClassifier(network, memory=tmp_path)
    model.fit(songs, y_songs)
    model.fit(songs, y_songs)
    assert len(got) == 1
    model.fit(songs, y_songs, groups=np.arange(15) // 3)
    assert len(got) == 2


def test_a_search_gets_songs_only_if_its_splitter_asks(windows):
    from sklearn.linear_model import LogisticRegression

    X, y, song = windows
    songs, y_songs = SongWindows.from_arrays(X, song, y=y)
    seen = []

    class Splitter(GroupKFold):
        def split(self, X, y=None, groups=None):
            seen.append(groups)
            return super().split(X, y, groups)

    def fit(cv):
        search = GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=cv)
        GroupVotingClassifier(search).fit(songs, y_songs)

    fit(Splitter(3))
    fit(3)  # by song all the same
    with pytest.warns(UserWarning, match="windows of one song on both sides"):
        fit(KFold(3))
    np.testing.assert_array_equal(seen, [song])


def test_plain_scikeras_votes_too(windows):
    X, y, song = windows
    songs, y_songs = SongWindows.from_arrays(X[:, :, None], song, y=y)
    matrices = SongWindows(
        np.random.default_rng(0).normal(size=(60, 13, 20)), songs.counts
    )
    network = wrappers.KerasClassifier(
        window_model,
        model__hidden=3,
        loss="sparse_categorical_crossentropy",
        epochs=1,
        verbose=0,
    )
    model = GroupVotingClassifier(network).fit(matrices, y_songs)
    assert model.predict_proba(matrices).shape == (15, 3)
    one = SongWindows(matrices.values[:1], [1])
    assert model.predict_proba(one).shape == (1, 3)


def test_progress_bar(windows, capsys):
    X, y, _ = windows
    KerasWindowClassifier("linear", verbose=1, **FAST).fit(X, y)
    shown = capsys.readouterr()
    assert "3/3" in shown.err
    assert "loss=" in shown.err
    assert shown.out == ""


def test_parameters():
    model = KerasWindowClassifier(model__hidden=3, mixup=0.2)
    again = clone(model).set_params(model__hidden=7, epochs=2)
    assert again.get_params()["model__hidden"] == 7
    assert again.get_params()["mixup"] == 0.2
    assert model.get_params()["model__hidden"] == 3
    with pytest.raises(ValueError, match="Invalid parameter hidden"):
        again.set_params(hidden=3)


# -- what is in the middle of the network ---------------------------------------------


def hidden_by_hand(fitted, X, n_layers):
    """Standardised by hand, then as many dense layers with ReLU as are asked for."""
    dense = [part for part in fitted.model_.layers if hasattr(part, "kernel")]
    rows = fitted.scaler_(X)
    for part in dense[:n_layers]:
        kernel, bias = part.get_weights()
        rows = np.maximum(rows @ kernel + bias, 0)
    return rows


def test_embed_gives_the_layer_before_the_last(fitted, windows):
    X, _, _ = windows
    dense = [part for part in fitted.model_.layers if hasattr(part, "kernel")]
    embedded = fitted.embed(X)
    assert embedded.shape == (60, 4)
    expected = hidden_by_hand(fitted, X, len(dense) - 1)
    np.testing.assert_allclose(embedded, expected, atol=1e-5)
    first = fitted.embed(X, layer=dense[0].name)
    np.testing.assert_allclose(first, hidden_by_hand(fitted, X, 1), atol=1e-5)
    # What the last layer makes of it is what the network says.
    kernel, bias = dense[-1].get_weights()
    logits = embedded @ kernel + bias
    proba = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(fitted.predict_proba(X), proba, atol=1e-5)


def test_embed_of_songs_is_of_songs(fitted, windows):
    X, _, song = windows
    songs = SongWindows(X, np.bincount(song), starts=np.tile(np.arange(4.0), 15))
    embedded = fitted.embed(songs)
    assert embedded.counts.tolist() == [4] * 15
    np.testing.assert_allclose(embedded.values, fitted.embed(X), atol=1e-6)
    np.testing.assert_array_equal(embedded.starts, songs.starts)
    some = fitted.embed(songs[3:5]).values
    np.testing.assert_allclose(some, embedded[3:5].values, atol=1e-6)


def test_a_network_of_one_set_serves_another(fitted, windows):
    X, y, song = windows
    songs = SongWindows(X, np.bincount(song))
    ears = WindowTransformer(FunctionTransformer(fitted.embed))
    model = make_pipeline(ears, GroupVotingClassifier(LogisticRegression()))
    labels = np.where(songs.collapse(y) == "jazz", "yes", "no")
    again = clone(model).fit(songs, labels)
    assert again.score(songs, labels) > 0.8
    kept = pickle.loads(pickle.dumps(again))
    np.testing.assert_array_equal(kept.predict_proba(songs), again.predict_proba(songs))
    expected = fitted.embed(songs).values
    np.testing.assert_allclose(again[:-1].transform(songs).values, expected, atol=1e-6)


def test_embed_of_images(matrices):
    network = KerasWindowClassifier(
        window_model, model__hidden=6, epochs=1, random_state=0
    )
    network.fit(np.concatenate([matrices] * 2)[..., None], list("aabbab") * 2)
    songs = SongWindows(matrices[..., None], [2, 4])
    assert network.embed(songs).window_shape == (6,)
    assert network.embed(matrices[..., None]).shape == (6, 6)


def test_what_embed_cannot_give(fitted, windows):
    X, y, _ = windows
    with pytest.raises(ValueError, match="Got layer='nothing', but expected one of"):
        fitted.embed(X, layer="nothing")
    linear = KerasWindowClassifier("linear", **FAST).fit(X, y)
    with pytest.raises(ValueError, match="expected one before the last"):
        linear.embed(X)
