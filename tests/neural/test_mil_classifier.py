import copy
import pickle

import joblib
import keras
import numpy as np
import pytest
from keras_models import linear
from sklearn.base import clone, is_classifier

from skgenre import SongWindows
from skgenre.neural import (
    LinearSoftmaxPooling,
    MILClassifier,
    song_model,
    window_model,
)
from skgenre.neural._hold_out import held_out
from skgenre.neural._poolings.table import BY_NAME

FAST = {"epochs": 3, "learning_rate": 0.05, "random_state": 0}


@pytest.fixture(scope="module")
def ragged():
    """40 songs of 1 to 6 windows of 3 features, four genres, and their artists."""
    rng = np.random.default_rng(0)
    counts = rng.integers(1, 7, size=40)
    y = np.array(["jazz", "rock", "blues", "metal"] * 10)
    X = SongWindows(
        rng.normal(size=(counts.sum(), 3)).astype(np.float32),
        counts,
        starts=np.concatenate([2.5 * np.arange(n) for n in counts]),
        window_seconds=5.0,
    )
    centres = {"jazz": [3, 0, 0], "rock": [0, 3, 0], "blues": [0, 0, 3], "metal": 0}
    for label, centre in centres.items():
        X.values[X.expand(y) == label] += centre
    artists = np.array([f"{label} artist {i // 4 % 5}" for i, label in enumerate(y)])
    return X, y, artists


@pytest.fixture(scope="module", params=sorted(BY_NAME))
def fitted(request, ragged):
    X, y, _ = ragged
    space = "logit" if request.param in ("max", "gated_attention") else "proba"
    options = {"pooling": request.param, "pooling_space": space}
    return MILClassifier("dense", model__hidden=4, **options, **FAST).fit(X, y)


@pytest.mark.parametrize(
    "pooling", ["linear_softmax", "noisy_or", LinearSoftmaxPooling()]
)
def test_what_pools_probabilities_pools_no_logits(pooling, ragged):
    X, y, _ = ragged
    model = MILClassifier("linear", pooling=pooling, pooling_space="logit", **FAST)
    with pytest.raises(ValueError, match=r"pooling_space='logit', but .*probabilities"):
        model.fit(X, y)


# -- every pooling --------------------------------------------------------------------


def test_one_row_per_song(fitted, ragged):
    X, y, _ = ragged
    proba = fitted.predict_proba(X)
    assert proba.shape == (40, 4)
    np.testing.assert_allclose(proba.sum(axis=1), 1, atol=1e-6)
    assert fitted.classes_.tolist() == ["blues", "jazz", "metal", "rock"]
    assert set(fitted.predict(X)) <= set(y)
    assert fitted.n_epochs_ == len(fitted.history_["loss"]) == 3
    assert fitted.predict_window_proba(X).shape == (X.n_windows, 4)


def test_a_song_does_not_depend_on_the_others(fitted, ragged):
    X, _, _ = ragged
    together = fitted.predict_proba(X)
    rng = np.random.default_rng(1)
    longer = SongWindows(
        np.concatenate([rng.normal(size=(70, 3)), X.values]), [70, *X.counts]
    )
    np.testing.assert_allclose(
        fitted.predict_proba(longer)[1:], together, rtol=0, atol=1e-6
    )
    for song in (0, 7):
        alone = fitted.predict_proba(X[[song]])
        np.testing.assert_allclose(alone[0], together[song], rtol=0, atol=1e-6)


def test_order_of_windows_is_irrelevant(fitted, ragged):
    X, _, _ = ragged
    rng = np.random.default_rng(2)
    shuffled = np.concatenate([rng.permutation(song) for song in X])
    np.testing.assert_allclose(
        fitted.predict_proba(SongWindows(shuffled, X.counts)),
        fitted.predict_proba(X),
        rtol=0,
        atol=1e-6,
    )


def test_weights_of_windows_add_up_to_one(fitted, ragged):
    X, _, _ = ragged
    weights = fitted.attention_weights(X)
    assert weights.shape == (X.n_windows,)
    np.testing.assert_allclose(np.bincount(X.groups, weights), 1, atol=1e-5)
    table = fitted.timeline(X)
    assert list(table) == [
        "song",
        "start",
        "end",
        "blues",
        "jazz",
        "metal",
        "rock",
        "attention",
        "verdict",
    ]
    np.testing.assert_array_equal(table["attention"], weights)
    np.testing.assert_array_equal(table["verdict"], X.expand(fitted.predict(X)))
    assert table["end"][1] == 7.5


def test_saved_and_loaded(fitted, ragged, tmp_path):
    X, _, _ = ragged
    if fitted.pooling == "mean":
        again = copy.deepcopy(fitted)
    elif fitted.pooling == "max":
        joblib.dump(fitted, tmp_path / "model")
        again = joblib.load(tmp_path / "model")
    else:
        again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))
    np.testing.assert_array_equal(
        again.attention_weights(X), fitted.attention_weights(X)
    )


def test_one_window_per_song_is_the_network_of_windows(fitted, ragged):
    X, _, _ = ragged
    single = X.values[:9]
    songs = SongWindows(single, np.ones(9, int))
    np.testing.assert_allclose(
        fitted.predict_proba(songs),
        fitted.predict_window_proba(songs),
        rtol=0,
        atol=1e-6,
    )
    network = fitted.window_model_.predict_on_batch(fitted.scaler_(single))
    np.testing.assert_allclose(fitted.predict_proba(songs), network, atol=1e-6)


# -- known answers --------------------------------------------------------------------


@pytest.mark.parametrize("space", ["proba", "logit"])
@pytest.mark.parametrize("weights", [None, [1.0, 3.0, 0.5]])
def test_gradient_is_that_worked_by_hand(space, weights):
    """Mean pooling over a logistic regression, one step of gradient descent.

    With p_t = s(w . x_t + b), P = mean p_t and the loss -y log P - (1 - y) log(1 - P),
    dL/dw = (P - y) / (P (1 - P)) * mean_t p_t (1 - p_t) x_t. Where logits are pooled,
    P = s(mean_t (w . x_t + b)) and dL/dw = (P - y) mean_t x_t.
    """
    w, b, rate = np.array([0.5, -1.0]), 0.2, 0.7
    songs = [
        np.array([[1.0, 0.0], [0.0, 2.0]]),
        np.array([[-1.0, 1.0]]),
        np.array([[0.5, 0.5], [1.0, -1.0], [2.0, 0.0]]),
    ]
    y = np.array([0, 1, 1])
    gradient_w, gradient_b, loss = np.zeros(2), 0.0, 0.0
    for x, label, weight in zip(songs, y, weights or [1.0] * 3, strict=True):
        z = x @ w + b
        p = 1 / (1 + np.exp(-z))
        if space == "proba":
            P = p.mean()
            by_z = (P - label) / (P * (1 - P)) * p * (1 - p) / len(x)
        else:
            P = 1 / (1 + np.exp(-z.mean()))
            by_z = np.full(len(x), (P - label) / len(x))
        gradient_w += weight * by_z @ x / 3
        gradient_b += weight * by_z.sum() / 3
        loss -= weight * np.log(P if label else 1 - P) / 3
    X = SongWindows(np.concatenate(songs), [len(x) for x in songs])
    model = MILClassifier(
        linear(w, b),
        pooling_space=space,
        optimizer="sgd",
        learning_rate=rate,
        epochs=1,
        standardize=False,
    ).fit(X, y, sample_weight=weights)
    kernel, bias = model.window_model_.get_weights()
    np.testing.assert_allclose(kernel[:, 0], w - rate * gradient_w, rtol=1e-5)
    np.testing.assert_allclose(bias, b - rate * gradient_b, rtol=1e-5)
    np.testing.assert_allclose(model.history_["loss"], loss, rtol=1e-5)


@pytest.mark.slow
def test_batches_of_songs_make_the_same_step_as_all_at_once():
    """With plain gradient descent and a rate near 0, steps add up."""
    rng = np.random.default_rng(0)
    counts = rng.integers(1, 5, size=24)
    X = SongWindows(rng.normal(size=(counts.sum(), 2)), counts)
    y = np.arange(24) % 2

    def step(**options):
        model = MILClassifier(
            linear([0.3, -0.2]),
            optimizer="sgd",
            learning_rate=1e-3,
            epochs=1,
            standardize=False,
            random_state=0,
            **options,
        ).fit(X, y)
        return model.window_model_.get_weights()[0][:, 0] - [0.3, -0.2]

    whole = step(batch_size=24, batch_windows=1000)
    by_songs = step(batch_size=5) / 5
    by_windows = step(batch_size=24, batch_windows=9) / -(-counts.sum() // 9)
    np.testing.assert_allclose(by_songs, whole, rtol=2e-2)
    np.testing.assert_allclose(by_windows, whole, rtol=2e-2)


def test_known_weights_of_windows():
    x = np.array([[2.0], [-1.0], [0.5]])
    X = SongWindows(np.concatenate([x, [[1.0]]]), [3, 1])
    p = 1 / (1 + np.exp(-x[:, 0]))
    still = {"optimizer": "sgd", "learning_rate": 1e-12, "epochs": 1}
    still |= {"standardize": False}

    def fit(**options):
        model = MILClassifier(linear([1.0]), **still, **options)
        return model.fit(X, ["a", "b"])

    model = fit(pooling="max")
    assert model.attention_weights(X).tolist() == [1, 0, 0, 1]
    np.testing.assert_allclose(model.predict_proba(X)[0, 1], p[0], rtol=1e-6)
    model = fit(pooling="log_sum_exp", pooling__sharpness=2.0)
    np.testing.assert_allclose(
        model.predict_proba(X)[0, 1], np.log(np.exp(2 * p).mean()) / 2, rtol=1e-6
    )
    expected = np.exp(2 * p) / np.exp(2 * p).sum()
    np.testing.assert_allclose(model.attention_weights(X)[:3], expected, rtol=1e-5)
    model = fit(pooling="mean", pooling_space="logit")
    mean = 1 / (1 + np.exp(-x.mean()))
    np.testing.assert_allclose(model.predict_proba(X)[0, 1], mean, rtol=1e-6)


def test_poolings_by_class_give_the_weights_of_the_verdict(ragged):
    X, y, _ = ragged
    model = MILClassifier("linear", pooling="max", **FAST).fit(X, y)
    proba = model.predict_window_proba(X)
    verdicts = np.searchsorted(model.classes_, model.predict(X))
    weights = model.attention_weights(X)
    for song in range(5):
        own = X.groups == song
        best = proba[own][:, verdicts[song]].argmax()
        assert weights[own].argmax() == best


def test_same_as_song_model(ragged):
    rng = np.random.default_rng(0)
    X = SongWindows(rng.normal(size=(7, 13, 20)).astype(np.float32), [4, 2, 1])
    base = window_model((13, 20), 3, hidden=4)
    model = MILClassifier(base, learning_rate=1e-12, epochs=1, standardize=False)
    model.fit(X, ["a", "b", "c"])
    values, mask = X.to_padded()
    expected = song_model(base, pooling="mean").predict_on_batch([values, mask])
    np.testing.assert_allclose(model.predict_proba(X), expected, atol=1e-6)


@pytest.mark.slow
def test_what_matters_can_be_a_single_window():
    """A song is "b" if one of its windows is: the mean cannot tell, attention can."""
    rng = np.random.default_rng(0)
    counts = rng.integers(5, 12, size=60)
    X = SongWindows(rng.normal(size=(counts.sum(), 2)), counts)
    y = np.array(["a", "b"] * 30)
    X.values[X.offsets[:-1][y == "b"]] += 6
    options = {"epochs": 60, "learning_rate": 0.03, "random_state": 0}
    model = MILClassifier("dense", pooling="gated_attention", **options).fit(X, y)
    assert model.score(X, y) > 0.95
    weights = model.attention_weights(X)
    first = X.offsets[:-1][y == "b"]
    assert np.median(weights[first]) > 0.9


# -- data -----------------------------------------------------------------------------


@pytest.mark.parametrize("n_classes", [2, 10])
def test_number_of_classes(n_classes):
    rng = np.random.default_rng(0)
    y = np.arange(40) % n_classes
    X = SongWindows(rng.normal(size=(120, 12)), np.full(40, 3))
    X.values[np.arange(120), X.expand(y)] += 5
    model = MILClassifier("linear", epochs=40, learning_rate=0.05, random_state=0)
    model.fit(X, y)
    assert model.predict_proba(X).shape == (40, n_classes)
    assert model.predict_window_proba(X).shape == (120, n_classes)
    assert model.score(X, y) == 1
    assert model.window_model_.output_shape[1] == (1 if n_classes == 2 else 10)


def test_songs_without_windows(ragged):
    X, y, _ = ragged
    keep = np.ones(40, dtype=bool)
    keep[[0, 3, 39]] = False
    counts = np.where(keep, X.counts, 0)
    silent = SongWindows(X.values[np.repeat(keep, X.counts)], counts)
    with pytest.warns(UserWarning, match="3 of 40 songs have no windows.*left out"):
        model = MILClassifier("linear", **FAST).fit(silent, y)
    again = MILClassifier("linear", **FAST).fit(silent[keep], y[keep])
    with pytest.warns(UserWarning, match="3 of 40.*class shares.*: 0, 3, 39"):
        proba = model.predict_proba(silent)
    np.testing.assert_array_equal(proba[~keep], np.full((3, 4), 0.25, np.float32))
    np.testing.assert_array_equal(proba[keep], again.predict_proba(silent[keep]))
    with pytest.warns(UserWarning, match="3 of 40"):
        assert len(model.timeline(silent)) == counts.sum()
    nothing = SongWindows(np.zeros((0, 3)), [0, 0])
    with pytest.warns(UserWarning, match="2 of 2"):
        assert model.predict_proba(nothing).shape == (2, 4)
    with pytest.raises(ValueError, match="None of the songs has a window"):
        MILClassifier("linear").fit(nothing, ["a", "b"])
    with (
        pytest.warns(UserWarning, match="1 of 2"),
        pytest.raises(ValueError, match="songs with windows of at least 2 classes"),
    ):
        MILClassifier("linear").fit(SongWindows(np.ones((1, 3)), [1, 0]), ["a", "b"])


def test_windows_in_a_memory_map(ragged, tmp_path):
    X, y, _ = ragged
    stored = np.memmap(tmp_path / "v", np.float32, "w+", shape=X.values.shape)
    stored[:] = X.values
    stored.flags.writeable = False
    mapped = SongWindows(stored, X.counts)
    assert isinstance(mapped.values, np.memmap)
    model = MILClassifier("linear", **FAST).fit(mapped, y)
    again = MILClassifier("linear", **FAST).fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(mapped), again.predict_proba(X))


def test_matrices_take_a_convolutional_network():
    rng = np.random.default_rng(0)
    X = SongWindows(rng.normal(size=(9, 13, 20, 1)), [3, 5, 1])
    model = MILClassifier(model__hidden=3, epochs=1).fit(X, ["a", "b", "c"])
    assert [type(layer).__name__ for layer in model.window_model_.layers][:1] == (
        ["Conv2D"]
    )
    assert model.window_model_.layers[-2].units == 3


def test_errors_say_what_mends_them(ragged):
    X, y, _ = ragged
    matrices = SongWindows(np.zeros((3, 13, 20)), [1, 1, 1])
    for message, model, data in [
        ("summary=None", MILClassifier("cnn"), X),
        (r"summary=\('mean', 'std'\)", MILClassifier("dense"), matrices),
        ("n_mfcc", MILClassifier(), SongWindows(np.zeros((3, 5, 20)), [1, 1, 1])),
        (
            "put a featurizer before it",
            MILClassifier(),
            SongWindows(np.zeros((3, 100)), [1, 1, 1], sample_rate=22050),
        ),
        ("model__hiden, but dense_window_model", MILClassifier(model__hiden=3), X),
        ("pooling__size, which pooling='mean'", MILClassifier(pooling__size=3), X),
        (
            "sharpness=-1, but expected a positive",
            MILClassifier(pooling="log_sum_exp", pooling__sharpness=-1),
            X,
        ),
        ("learning=..., which is no parameter", MILClassifier(learning=3), X),
        (
            "Got model='lstm', but expected None, one of .*'linear'",
            MILClassifier("lstm"),
            X,
        ),
        (
            "Got pooling='median', but expected one of",
            MILClassifier(pooling="median"),
            X,
        ),
        ("'batch_windows' parameter", MILClassifier(batch_windows=0), X),
    ]:
        labels = y if data is X else ["a", "b", "c"]
        with pytest.raises(ValueError, match=message):
            model.fit(data, labels)
    model = MILClassifier("linear", **FAST).fit(X, y)
    with pytest.raises(ValueError, match=r"fitted on windows of shape \(3,\)"):
        model.predict(matrices)
    with pytest.raises(ValueError, match="fitted on songs of many windows"):
        model.predict(X.values)
    bad = X[:4].values.copy()
    bad[1, 2] = np.nan
    with pytest.raises(ValueError, match="Input X contains NaN"):
        model.predict(SongWindows(bad, [len(bad)]))


# -- training -------------------------------------------------------------------------


@pytest.mark.slow
def test_same_seed_same_probabilities(ragged):
    X, y, _ = ragged
    options = {**FAST, "validation_fraction": 0.25, "pooling": "attention"}

    def fit(seed):
        model = MILClassifier("dense", model__dropout=0.3, **options)
        return model.set_params(random_state=seed).fit(X, y).predict_proba(X)

    np.testing.assert_array_equal(fit(3), fit(3))
    assert np.abs(fit(3) - fit(4)).max() > 1e-4


def test_validation_by_artist_stops_and_keeps_the_best_epoch(ragged):
    X, y, artists = ragged
    rng = np.random.default_rng(0)
    y = rng.permutation(y)  # nothing to learn, so the validation loss soon rises
    artists = np.arange(40) // 2
    y[1::2] = y[::2]
    model = MILClassifier(
        "dense",
        epochs=60,
        learning_rate=0.1,
        validation_fraction=0.3,
        patience=3,
        random_state=0,
    ).fit(X, y, groups=artists)
    losses = model.history_["val_loss"]
    assert model.n_epochs_ == len(losses) < 60
    assert np.argmin(losses) == len(losses) - 4
    # The weights are those of the best epoch: its loss is found again.
    seed = int(np.random.RandomState(0).randint(2**31 - 1))
    train, valid = held_out(y, artists, 0.3, seed, "artist")
    assert not set(artists[train]) & set(artists[valid])
    proba = model.predict_proba(X)[valid]
    truth = np.searchsorted(model.classes_, y[valid])
    found = -np.log(proba[np.arange(len(valid)), truth]).mean()
    np.testing.assert_allclose(found, min(losses), rtol=1e-4)


@pytest.mark.slow
def test_class_and_sample_weights(ragged):
    X, y, _ = ragged
    odd = np.r_[np.arange(40), np.flatnonzero(y == "jazz").repeat(5)]
    more_jazz, y_more = X[odd], y[odd]

    def share(**options):
        weight = options.pop("sample_weight", None)
        model = MILClassifier("linear", **{**FAST, "epochs": 20}, **options)
        model.fit(more_jazz, y_more, sample_weight=weight)
        assert model.class_prior_.sum() == pytest.approx(1)
        return model.predict_proba(X)[:, 1].mean()

    plain, balanced = share(), share(class_weight="balanced")
    assert balanced < plain - 0.02
    assert share(class_weight={"jazz": 1 / 6}) == pytest.approx(balanced, abs=0.02)
    by_sample = share(sample_weight=np.where(y_more == "jazz", 1 / 6, 1))
    assert by_sample == pytest.approx(balanced, abs=0.02)
    # Songs of weight 0 might as well not be there.
    zero = (np.arange(len(y_more)) < 40).astype(float)
    model = MILClassifier("linear", **FAST).fit(more_jazz, y_more, sample_weight=zero)
    again = MILClassifier("linear", **FAST).fit(X, y)
    np.testing.assert_allclose(
        model.predict_proba(X), again.predict_proba(X), atol=1e-6
    )


def test_loss_and_metrics_are_those_of_all_songs(ragged):
    """Beside a computation with the weights, which so small a rate leaves as is."""
    X, y, _ = ragged
    options = {**FAST, "learning_rate": 1e-12, "epochs": 2, "batch_size": 7}
    metrics = ["accuracy", keras.metrics.CategoricalAccuracy(name="own")]
    model = MILClassifier("linear", loss="mse", metrics=metrics, **options)
    weight = np.linspace(0.5, 2, len(X))
    model.fit(X, y, sample_weight=weight)
    proba = model.predict_proba(X)
    wanted = y[:, None] == model.classes_
    losses = ((proba - wanted) ** 2).mean(axis=1)
    expected = np.mean(weight * losses)  # as Keras weighs
    np.testing.assert_allclose(model.history_["loss"], expected, rtol=1e-5)
    for name in ("accuracy", "own"):
        expected = np.average(model.predict(X) == y, weights=weight)
        np.testing.assert_allclose(model.history_[name], expected, rtol=1e-6)


def test_metrics_of_held_out_songs_are_noted(ragged):
    X, y, _ = ragged
    options = {**FAST, "validation_fraction": 0.25}
    model = MILClassifier("linear", metrics=["accuracy"], **options).fit(X, y)
    assert sorted(model.history_) == ["accuracy", "loss", "val_accuracy", "val_loss"]


def test_metrics_of_held_out_songs_are_those_of_all_of_them(ragged, monkeypatch):
    """In batches of at most 3 songs, whose weights differ."""
    X, y, _ = ragged
    held = []

    def noted(self, *args):
        parts = split(self, *args)
        held.append(parts[1])
        return parts

    split = MILClassifier._split
    monkeypatch.setattr(MILClassifier, "_split", noted)
    options = {**FAST, "validation_fraction": 0.25, "learning_rate": 1e-12}
    model = MILClassifier("linear", metrics=["accuracy"], batch_size=3, **options)
    weight = np.linspace(0.5, 2, len(X))
    model.fit(X, y, sample_weight=weight)
    (songs,) = held
    assert len(songs) % 3
    right = model.predict(X)[songs] == y[songs]
    expected = np.average(right, weights=weight[songs])
    np.testing.assert_allclose(model.history_["val_accuracy"], expected, rtol=1e-6)
    column = np.searchsorted(model.classes_, y[songs])
    losses = -np.log(model.predict_proba(X)[songs, column])
    expected = np.mean(weight[songs] * losses)
    np.testing.assert_allclose(model.history_["val_loss"], expected, rtol=1e-5)


def test_callbacks_are_called_and_stay_as_they_were(ragged):
    X, y, _ = ragged
    seen = []
    stop = keras.callbacks.EarlyStopping("loss", min_delta=1e9, patience=1)
    note = keras.callbacks.LambdaCallback(on_epoch_end=lambda e, logs: seen.append(e))
    model = MILClassifier("linear", callbacks=[stop, note], **FAST).fit(X, y)
    assert seen == [0, 1]
    assert model.n_epochs_ == 2
    assert stop.model is None
    assert clone(model).fit(X, y).n_epochs_ == 2
    with pytest.raises(ValueError, match="'callbacks' parameter of MILClassifier"):
        MILClassifier("linear", callbacks=stop).fit(X, y)


def test_divergence_is_an_error(ragged):
    X, y, _ = ragged
    far = SongWindows(X.values * 1e30, X.counts)
    model = MILClassifier("linear", standardize=False, pooling_space="logit", **FAST)
    with pytest.raises(ValueError, match=r"Training diverged.*standardize=True"):
        model.fit(far, y)


def test_progress_bar(ragged, capsys):
    X, y, _ = ragged
    MILClassifier("linear", verbose=1, **FAST).fit(X, y)
    shown = capsys.readouterr()
    assert "3/3" in shown.err
    assert "loss=" in shown.err
    assert shown.out == ""


def test_parameters():
    model = MILClassifier(model__hidden=3, pooling="attention", pooling__units=5)
    assert is_classifier(model)
    again = clone(model).set_params(model__hidden=7, epochs=2)
    assert again.get_params()["model__hidden"] == 7
    assert model.get_params()["model__hidden"] == 3
    assert again.get_params()["pooling__units"] == 5
    assert "epochs=2" in repr(again)
    with pytest.raises(ValueError, match="Invalid parameter 'hidden'"):
        again.set_params(hidden=3)
