import keras
import numpy as np
import pytest
from keras_models import linear, run, softmax_network

from skgenre.neural._batches import WindowBatches
from skgenre.neural._training import make_optimizer, predict, train

# -- optimiser -----------------------------------------------------------------------


def test_cosine_schedule_rises_and_falls():
    optimizer = make_optimizer(
        "adamw",
        learning_rate=1.0,
        schedule="cosine",
        weight_decay=0.1,
        n_steps=100,
        beta_1=0.5,
    )
    rate = keras.optimizers.schedules.deserialize(
        optimizer.get_config()["learning_rate"]
    )
    rates = [float(rate(step)) for step in (0, 5, 10, 55, 100)]
    np.testing.assert_allclose(rates, [0.1, 0.55, 1.0, 0.5, 0.0], atol=1e-3)
    assert isinstance(optimizer, keras.optimizers.AdamW)
    assert optimizer.weight_decay == pytest.approx(0.1)
    assert optimizer.beta_1 == 0.5


def test_an_optimizer_instance_is_copied():
    given = keras.optimizers.SGD(0.3)
    settings = {"schedule": "constant", "weight_decay": 0.0, "n_steps": 9}
    made = make_optimizer(given, learning_rate=1.0, **settings)
    assert made is not given
    assert float(made.learning_rate) == pytest.approx(0.3)
    made = make_optimizer(keras.optimizers.SGD, learning_rate=0.2, **settings)
    assert float(made.learning_rate) == pytest.approx(0.2)


# -- training -------------------------------------------------------------------------

X = np.array([[1.0], [-1.0], [2.0], [0.5]], np.float32)
Y = np.array([[1.0], [0.0], [1.0], [0.0]], np.float32)


def batches(targets=Y, **options):
    settings = {"scaler": np.asarray, "batch_size": 2, "targets": targets, **options}
    return WindowBatches(X, np.arange(4), **settings)


def compiled(weight=1.0, rate=0.1):
    model = linear([weight])
    model.compile(keras.optimizers.SGD(rate), loss="binary_crossentropy")
    return model


def one_epoch_by_hand():
    """Gradient descent, two windows a step: dL/dw = mean (p - y) x, dL/db alike."""
    w, b, losses = 1.0, 0.0, []
    for rows in ([0, 1], [2, 3]):
        x, y = X[rows, 0], Y[rows, 0]
        p = 1 / (1 + np.exp(-(w * x + b)))
        losses.append(-np.log(np.where(y == 1, p, 1 - p)).mean())
        w, b = w - 0.1 * ((p - y) * x).mean(), b - 0.1 * (p - y).mean()
    return w, b, losses


def test_steps_worked_by_hand():
    model = compiled()
    train(model, batches(), epochs=1)
    kernel, bias = model.get_weights()
    w, b, _ = one_epoch_by_hand()
    np.testing.assert_allclose([kernel[0, 0], bias[0]], [w, b], rtol=1e-5)


def test_the_loss_of_an_epoch_is_that_of_all_its_batches():
    history = train(compiled(), batches(), epochs=1)
    *_, losses = one_epoch_by_hand()
    np.testing.assert_allclose(history["loss"], [np.mean(losses)], rtol=1e-5)


def test_training_stops_and_takes_the_best_weights():
    """What is learned is the opposite of what is held out, so epoch 1 is the best."""
    model = compiled()
    wrong = batches(targets=1 - Y)
    history = train(model, batches(), wrong, epochs=50, patience=3)
    assert len(history["loss"]) == len(history["val_loss"]) == 4
    assert np.argmin(history["val_loss"]) == 0
    again = compiled()
    train(again, batches(), epochs=1)
    np.testing.assert_array_equal(model.get_weights()[0], again.get_weights()[0])
    patient = train(compiled(), batches(), wrong, epochs=6, patience=None)
    assert len(patient["loss"]) == 6


def test_callbacks_are_told_and_may_stop():
    told = []

    class Watch(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            told.append("begin")

        def on_epoch_begin(self, epoch, logs=None):
            told.append(epoch)

        def on_train_batch_end(self, batch, logs=None):
            told.append(f"batch {batch}")

        def on_epoch_end(self, epoch, logs=None):
            told.append(sorted(logs))
            self.model.stop_training = True

        def on_train_end(self, logs=None):
            told.append("end")

    train(compiled(), batches(), epochs=9, initial_epoch=4, callbacks=[Watch()])
    assert told == ["begin", 4, "batch 0", "batch 1", ["loss"], "end"]


def test_divergence_is_an_error():
    with pytest.raises(ValueError, match=r"diverged: the loss of epoch 1 is nan"):
        train(compiled(weight=np.nan), batches(), epochs=3)


def test_a_progress_bar_if_wanted(capsys):
    train(compiled(), batches(), epochs=2)
    assert capsys.readouterr().err == ""
    train(compiled(), batches(), epochs=2, verbose=1)
    assert "2/2" in capsys.readouterr().err


# -- prediction -----------------------------------------------------------------------


def test_prediction_goes_through_windows_a_batch_at_a_time(monkeypatch):
    monkeypatch.setattr("skgenre.neural._training._PREDICT_BATCH", 3)
    model = softmax_network()
    windows = np.random.default_rng(0).normal(size=(8, 3)).astype(np.float32)
    sizes = []

    def double(batch):
        sizes.append(len(batch))
        return 2 * batch

    (proba,) = predict(model, windows, double)
    np.testing.assert_allclose(proba, run(model, 2 * windows), rtol=1e-5)
    assert sizes == [3, 3, 2]
    two = keras.Model(model.inputs, [model.outputs[0], model.inputs[0]])
    proba, same = predict(two, windows, np.asarray)
    np.testing.assert_array_equal(same, windows)
    np.testing.assert_allclose(proba, run(model, windows), rtol=1e-5)
