"""From what the user calls a network of windows to a Keras model that fits the data."""

import inspect
from collections.abc import Callable, Iterable
from typing import Any

from skgenre._keras import load_keras
from skgenre.neural._window_models import resnet_window_model, window_model

keras: Any = load_keras("skgenre.neural")


def dense_window_model(
    input_shape: tuple[int, ...],
    n_classes: int,
    hidden: int | Iterable[int] = 32,
    dropout: float = 0.0,
) -> Any:
    """Network of windows that are vectors: dense layers of rectified units.

    Parameters
    ----------
    input_shape : tuple of int
        (n_features,).
    n_classes : int
        One sigmoid unit for 2, softmax otherwise.
    hidden : int or sequence of int, default=32
        Units of each hidden layer.
    dropout : float, default=0.0
        Share of units that are left out in training, after each hidden layer.

    Returns
    -------
    keras.Model
        Not compiled.
    """
    if len(input_shape) != 1:
        raise ValueError(
            f"A dense network needs windows that are vectors. Got windows of shape "
            f"{input_shape}: set the featurizer's summary=('mean', 'std'), or take "
            "model='cnn'."
        )
    layers: list[Any] = [keras.Input(input_shape)]
    for units in [hidden] if isinstance(hidden, int) else hidden:
        layers.append(keras.layers.Dense(units, activation="relu"))
        if dropout:
            layers.append(keras.layers.Dropout(dropout))
    if n_classes == 2:
        layers.append(keras.layers.Dense(1, activation="sigmoid"))
    else:
        layers.append(keras.layers.Dense(n_classes, activation="softmax"))
    return keras.Sequential(layers)


def linear_window_model(input_shape: tuple[int, ...], n_classes: int) -> Any:
    """Logistic regression as a network.

    Parameters
    ----------
    input_shape : tuple of int
        (n_features,).
    n_classes : int
        One sigmoid unit for 2, softmax otherwise.

    Returns
    -------
    keras.Model
        Not compiled.
    """
    return dense_window_model(input_shape, n_classes, hidden=())


# A new network is one line; None means "dense" for vectors and "cnn" for others.
WINDOW_MODELS: dict[str, Callable[..., Any]] = {
    "linear": linear_window_model,
    "dense": dense_window_model,
    "cnn": window_model,
    "resnet": resnet_window_model,
}


def resolve(
    model: str | Callable[..., Any] | None, window_shape: tuple[int, ...]
) -> Callable[..., Any]:
    """The function that builds a network.

    Parameters
    ----------
    model : None, str, callable or keras.Model
        What the user gave.
    window_shape : tuple of int
        Decides where that is None: "dense" for vectors, "cnn" for others.

    Returns
    -------
    callable or keras.Model
        A function, or the model as it was given.
    """
    if model is None:
        model = "dense" if len(window_shape) == 1 else "cnn"
    if callable(model):
        return model
    if isinstance(model, str) and model in WINDOW_MODELS:
        return WINDOW_MODELS[model]
    kind = ValueError if isinstance(model, str) else TypeError
    raise kind(
        f"Got model={model!r}, but expected None, one of {list(WINDOW_MODELS)}, a "
        "function that builds a Keras model, or a Keras model."
    )


def build(
    model: Any,
    window_shape: tuple[int, ...],
    n_classes: int,
    settings: dict[str, Any],
    **offered: Callable[[], Any],
) -> Any:
    """Build a network of windows.

    Parameters
    ----------
    model : None, str, callable or keras.Model
        A Keras model is copied with its weights, others are called with
        `input_shape`, `n_classes`, and `meta`, `compile_kwargs` or `params` as in
        scikeras, as far as they take them.
    window_shape : tuple of int
        Shape of a window.
    n_classes : int
        Classes.
    settings : dict
        Further arguments of the function.
    **offered : callable
        What gives further arguments, which it gets only if it names them.

    Returns
    -------
    keras.Model
        A new one.
    """
    builder = resolve(model, window_shape)
    if isinstance(builder, keras.Model):
        if settings:
            raise ValueError(
                f"Got {_names(settings)}, but model is a Keras model that is built "
                "already. Give the function that builds it."
            )
        # Training must not change what the user holds, nor a second fit start from it.
        built = keras.models.clone_model(builder)
        built.set_weights(builder.get_weights())
        return built
    parameters = inspect.signature(builder).parameters
    takes_all = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    unknown = settings.keys() - parameters.keys()
    if unknown and not takes_all:
        name = getattr(builder, "__name__", repr(builder))
        raise ValueError(
            f"Got {_names(unknown)}, but {name} takes only {list(parameters)}."
        )
    given = {"input_shape": tuple(window_shape), "n_classes": n_classes}
    given = {name: value for name, value in given.items() if name in parameters}
    # Not made unless they are wanted: scikeras' cost time, and may not be known yet.
    given |= {name: make() for name, make in offered.items() if name in parameters}
    built = builder(**{**given, **settings})
    if not isinstance(built, keras.Model):
        raise TypeError(
            f"The function in the 'model' parameter must give a Keras model. Got "
            f"{type(built).__name__} instead."
        )
    return built


def _names(settings: Iterable[str]) -> str:
    return ", ".join(f"model__{name}" for name in sorted(settings))


def n_units(model: Any, n_classes: int) -> int:
    """Units of a network's output, which must fit the number of classes.

    Parameters
    ----------
    model : keras.Model
        Built.
    n_classes : int
        Classes.

    Returns
    -------
    int
        `n_classes`, or 1 for two classes.
    """
    shape = model.output_shape
    # Of several outputs it is a list.
    fits = isinstance(shape, tuple) and len(shape) == 2
    if not fits or shape[1] not in ({1, 2} if n_classes == 2 else {n_classes}):
        one = " or 1" if n_classes == 2 else ""
        raise ValueError(
            f"The network of windows must give (rows, {n_classes}{one}) "
            f"probabilities, one per class. Got output shape {shape}."
        )
    last = getattr(model.layers[-1], "activation", None)
    # Other layers, such as an Activation, are trusted to know what they give.
    if last is keras.activations.linear and isinstance(
        model.layers[-1], keras.layers.Dense
    ):
        raise ValueError(
            "The network of windows must give probabilities. Got a last layer without "
            "activation: give it activation='sigmoid' if it has one unit, 'softmax' "
            "otherwise."
        )
    return shape[1]
