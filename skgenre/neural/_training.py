"""From batches to a trained Keras model, and from windows to what it says of them."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from tqdm.auto import tqdm

from skgenre._keras import load_keras
from skgenre.neural._batches import SongBatches, WindowBatches

keras: Any = load_keras("skgenre.neural")

SCHEDULES = ("constant", "cosine")
_WARM_UP = 0.1  # of all steps
_PREDICT_BATCH = 128  # windows


def make_optimizer(
    optimizer: Any,
    *,
    learning_rate: float,
    schedule: str,
    weight_decay: float,
    n_steps: int,
    **settings: Any,
) -> Any:
    """Make a Keras optimiser.

    Parameters
    ----------
    optimizer : str, type or keras.optimizers.Optimizer
        A name, a class, or an instance, which is copied as it is.
    learning_rate : float
        The highest rate.
    schedule : {"constant", "cosine"}
        "cosine": rises from a tenth for a tenth of the steps, then falls to 0 by half
        a cosine.
    weight_decay : float
        Share of the weights that is taken off at each step, times the rate.
    n_steps : int
        Steps of all epochs.
    **settings
        Of the optimiser, before all others.

    Returns
    -------
    keras.optimizers.Optimizer
        New.
    """
    if isinstance(optimizer, keras.optimizers.Optimizer):
        return type(optimizer).from_config(optimizer.get_config())
    rate: Any = learning_rate
    if schedule == "cosine":
        warm = max(1, int(_WARM_UP * n_steps))
        rate = keras.optimizers.schedules.CosineDecay(
            learning_rate / 10,
            decay_steps=max(1, n_steps - warm),
            warmup_target=learning_rate,
            warmup_steps=warm,
        )
    given = {"learning_rate": rate, **settings}
    if weight_decay:
        given.setdefault("weight_decay", weight_decay)
    if isinstance(optimizer, type):
        return optimizer(**given)
    return type(keras.optimizers.get(optimizer))(**given)


def new_metric(metric: Any) -> Any:
    """Copy a metric, which counts for one network only.

    Parameters
    ----------
    metric : str, callable or keras.metrics.Metric
        What `keras.Model.compile` takes.

    Returns
    -------
    str, callable or keras.metrics.Metric
        A new one of the same settings; names and functions as they are.
    """
    if isinstance(metric, keras.metrics.Metric):
        return type(metric).from_config(metric.get_config())
    return metric


def train(
    model: Any,
    batches: WindowBatches | SongBatches,
    validation: WindowBatches | SongBatches | None = None,
    *,
    epochs: int,
    patience: int | None = None,
    verbose: int = 0,
    callbacks: Iterable[Any] = (),
    initial_epoch: int = 0,
) -> dict[str, list[float]]:
    """Train a compiled model.

    Parameters
    ----------
    model : keras.Model
        Compiled.
    batches : WindowBatches or SongBatches
        To learn from.
    validation : WindowBatches or SongBatches, default=None
        With it, training stops once its loss has not fallen for `patience` epochs,
        and the weights of the best epoch are taken.
    epochs : int
        The most passes over the data.
    patience : int, default=None
        Epochs; None to run all.
    verbose : int, default=0
        Whether to show a progress bar.
    callbacks : sequence of keras.callbacks.Callback, default=()
        Called as by `keras.Model.fit`.
    initial_epoch : int, default=0
        Epochs before this training.

    Returns
    -------
    dict of str to list of float
        The loss, a mean over all rows of the epoch (over all songs, where batches are
        of songs), and other metrics.
    """
    # Not Model.fit: on small data it spends most of the time on setting up epochs.
    called = keras.callbacks.CallbackList(callbacks, model=model, epochs=epochs)
    history: dict[str, list[float]] = {}
    best = _Best(initial_epoch)
    model.stop_training = False
    # Variables that are made within the first step make TensorFlow trace it twice.
    model.optimizer.build(model.trainable_variables)
    called.on_train_begin()
    with tqdm(total=epochs, unit="epoch", disable=not verbose) as bar:
        for epoch in range(initial_epoch, initial_epoch + epochs):
            called.on_epoch_begin(epoch)
            logs = _run(model.train_on_batch, model, batches, epoch, called)
            _check_loss(logs["loss"], epoch)
            if validation is not None:
                # Always the same epoch, so that losses can be compared.
                found = _run(model.test_on_batch, model, validation, 0)
                logs |= {f"val_{name}": value for name, value in found.items()}
                best.note(model, epoch, logs["val_loss"])
                if patience is not None and epoch - best.epoch >= patience:
                    model.stop_training = True
            for name, value in logs.items():
                history.setdefault(name, []).append(value)
            called.on_epoch_end(epoch, logs)
            bar.set_postfix({k: f"{v:.3f}" for k, v in logs.items() if "loss" in k})
            bar.update()
            if model.stop_training:  # callbacks may want it, too
                break
    if best.weights is not None:
        model.set_weights(best.weights)
    called.on_train_end()
    return history


@dataclass
class _Best:
    """The epoch with the smallest validation loss, and the weights it ended with."""

    epoch: int
    loss: float = math.inf
    weights: list[np.ndarray] | None = None

    def note(self, model: Any, epoch: int, loss: float) -> None:
        if loss < self.loss:
            self.epoch, self.loss, self.weights = epoch, loss, model.get_weights()


def _check_loss(loss: float, epoch: int) -> None:
    if not math.isfinite(loss):
        raise ValueError(
            f"Training diverged: the loss of epoch {epoch + 1} is {loss}. Take a "
            "smaller learning_rate, or standardize=True."
        )


def _run(
    step: Any,
    model: Any,
    batches: WindowBatches | SongBatches,
    epoch: int,
    called: Any = None,
) -> dict[str, float]:
    """Run one epoch; its mean loss over all rows, and its metrics over all rows.

    What Keras gives back after a step depends on its version: the mean since the last
    reset, or, since 3.13, the last batch alone. So metrics are reset before each step
    here, and put together by what they are made of.
    """
    total = weight = 0.0
    states = _MetricStates(model)
    for number, (inputs, targets, weights) in enumerate(batches.epoch(epoch)):
        if called is not None:
            called.on_train_batch_begin(number)
        model.reset_metrics()
        found = step(inputs, targets, sample_weight=weights, return_dict=True)
        share = batches.share(targets)
        total += share * float(found["loss"])
        weight += share
        states.add()
        if called is not None:
            # As Model.fit has it: means of the epoch up to here.
            called.on_train_batch_end(number, {"loss": total / weight, **states.logs()})
    return {"loss": total / weight, **states.logs()}


class _MetricStates:
    """Metrics of an epoch, from those of its batches.

    Whatever a metric is, its variables are sums over rows (a mean's total and count,
    the hits by threshold of an area under a curve), so those of an epoch are the sums
    of those of its batches.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._sums: list[np.ndarray] = []

    def _variables(self) -> list[Any]:
        metrics = [metric for metric in self._model.metrics if metric.name != "loss"]
        return [variable for metric in metrics for variable in metric.variables]

    def add(self) -> None:
        """Add the last batch's."""
        states = [np.asarray(variable, dtype=float) for variable in self._variables()]
        # Keras makes the variables of metrics within the first step.
        before = self._sums or [np.zeros(state.shape) for state in states]
        self._sums = [a + b for a, b in zip(before, states, strict=True)]

    def logs(self) -> dict[str, float]:
        """Values over all batches so far; nothing if there is only the loss."""
        if not self._sums:
            return {}
        for variable, state in zip(self._variables(), self._sums, strict=True):
            variable.assign(state)
        found = self._model.get_metrics_result()
        return {name: float(value) for name, value in found.items() if name != "loss"}


def predict(model: Any, windows: Any, scaler: Any) -> list[np.ndarray]:
    """Run a network on windows, a batch at a time.

    Parameters
    ----------
    model : keras.Model
        Of one output or several.
    windows : array of shape (n_windows, *window_shape)
        At least one; may be a memory map.
    scaler : callable
        Standardises a batch.

    Returns
    -------
    list of float32 arrays of shape (n_windows, ...)
        Each output.
    """
    parts: list[Any] = []
    for start in range(0, windows.shape[0], _PREDICT_BATCH):
        batch = scaler(windows[start : start + _PREDICT_BATCH])
        outputs = model.predict_on_batch(batch)
        parts.append(outputs if isinstance(outputs, list | tuple) else [outputs])
    return [np.concatenate(output) for output in zip(*parts, strict=True)]
