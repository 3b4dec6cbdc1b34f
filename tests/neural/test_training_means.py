"""Losses and metrics of an epoch are those of all its rows: found.md A1.

Each is compared with a computation of its own from the network's outputs, over 40
batches of unequal size, with the weights that training kept.
"""

import numpy as np
import pytest

keras = pytest.importorskip("keras")
pytest.importorskip("scikeras")

from skgenre import SongWindows  # noqa: E402
from skgenre.neural import KerasWindowClassifier, MILClassifier  # noqa: E402
from skgenre.voting import RNNVoting  # noqa: E402

STILL = 1e-12  # a rate at which weights do not move


def cross_entropy(proba, class_index, weights=None):
    losses = -np.log(proba[np.arange(len(proba)), class_index])
    return np.average(losses) if weights is None else np.mean(weights * losses)


@pytest.fixture(scope="module")
def windows():
    """1,000 rows, those of the last batch unlike the others."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, size=1001)
    X = rng.normal(size=(1001, 4)) + np.eye(3, 4)[y]
    return X, np.array(["a", "b", "c"])[y], y


@pytest.mark.parametrize("weighted", [False, True])
def test_loss_of_windows_is_that_of_all_rows(windows, weighted):
    X, labels, y = windows
    weights = np.random.default_rng(1).uniform(0.5, 2, 1001) if weighted else None
    model = KerasWindowClassifier(
        "linear",
        epochs=2,
        batch_size=26,  # 38 of 26 and one of 13
        learning_rate=STILL,
        random_state=0,
        metrics=["accuracy", keras.metrics.AUC(name="area")],
    ).fit(X, labels, sample_weight=weights)
    proba = model.predict_proba(X)
    expected = cross_entropy(proba, y, weights)
    np.testing.assert_allclose(model.history_["loss"], expected, rtol=1e-4)
    right = np.mean(proba.argmax(axis=1) == y)
    np.testing.assert_allclose(model.history_["accuracy"], right, atol=2e-3)
    # An area under a curve is no mean over batches.
    area = keras.metrics.AUC()
    area.update_state(np.eye(3)[y], proba)
    np.testing.assert_allclose(model.history_["area"], float(area.result()), atol=1e-5)


def test_first_loss_by_hand():
    """The issue's case: the last batch alone was reported, 0.933 and 0.669."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(1000, 3)), rng.integers(0, 2, size=1000)
    model = KerasWindowClassifier(
        "linear", epochs=2, learning_rate=1e-9, random_state=0
    ).fit(X, y)
    expected = cross_entropy(model.predict_proba(X), y)
    np.testing.assert_allclose(model.history_["loss"], [expected] * 2, rtol=1e-5)


def test_validation_follows_all_rows_and_the_best_weights_are_kept(windows):
    X, labels, y = windows
    groups = np.arange(1001) // 7
    model = KerasWindowClassifier(
        "linear",
        epochs=6,
        batch_size=17,
        learning_rate=0.05,
        validation_fraction=0.4,
        patience=None,
        random_state=0,
    ).fit(X, labels, groups=groups)
    held = model._split(labels, groups, model._random_state)[1]
    assert len(held) > 20 * 17  # some twenty batches
    loss = cross_entropy(model.predict_proba(X[held]), y[held])
    assert min(model.history_["val_loss"]) == pytest.approx(loss, rel=1e-4)


def test_callbacks_see_means_of_all_rows_so_far(windows):
    X, labels, y = windows
    seen = []

    class Notes(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(logs["loss"])

        def on_epoch_end(self, epoch, logs=None):
            seen.append(logs["loss"])

    model = KerasWindowClassifier(
        "linear",
        epochs=1,
        batch_size=100,
        learning_rate=STILL,
        shuffle=False,
        random_state=0,
        callbacks=[Notes()],
    ).fit(X, labels)
    proba = model.predict_proba(X)
    expected = [cross_entropy(proba[:n], y[:n]) for n in [*range(100, 1001, 100), 1001]]
    np.testing.assert_allclose(seen, [*expected, expected[-1]], rtol=1e-4)


@pytest.mark.parametrize("validated", [False, True])
def test_loss_of_songs_is_that_of_all_songs(validated):
    """120 songs of 1 to 9 windows, three to a batch: 40 batches of unequal size."""
    rng = np.random.default_rng(0)
    counts = rng.integers(1, 10, size=121)
    y = rng.integers(0, 3, size=121)
    X = SongWindows(
        rng.normal(size=(counts.sum(), 4)) + np.eye(3, 4)[np.repeat(y, counts)], counts
    )
    model = MILClassifier(
        "linear",
        epochs=3,
        batch_size=3,
        batch_windows=20,
        learning_rate=0.02 if validated else STILL,
        validation_fraction=0.4 if validated else None,
        patience=None,
        random_state=0,
    ).fit(X, y)
    if not validated:
        loss = cross_entropy(model.predict_proba(X), y)
        np.testing.assert_allclose(model.history_["loss"], loss, rtol=1e-4)
        return
    seed = int(np.random.RandomState(0).randint(2**31 - 1))
    held = model._split(y, None, np.arange(121), seed)[1]
    loss = cross_entropy(model.predict_proba(X[held]), y[held])
    assert min(model.history_["val_loss"]) == pytest.approx(loss, rel=1e-4)


def test_loss_curve_of_the_recurrent_voting_is_that_of_all_songs():
    """41 batches, the last of one song."""
    rng = np.random.default_rng(0)
    y = np.array(["a", "b"] * 62)[:121]
    counts = rng.integers(1, 6, size=121)
    rock = np.where(np.repeat(y, counts) == "b", 0.6, 0.4)
    rock = rock + rng.uniform(-0.3, 0.3, size=len(rock))
    songs = SongWindows(np.column_stack([1 - rock, rock]), counts)
    voting = RNNVoting(
        4, epochs=2, batch_size=3, learning_rate=STILL, random_state=0
    ).fit(songs, y)
    loss = cross_entropy(voting.predict_proba(songs), (y == "b").astype(int))
    np.testing.assert_allclose(voting.loss_curve_, loss, rtol=1e-4)
