"""From Keras objects to configurations and arrays, for pickles and files, and back.

::

    network ─ pack ─► {"config", "weights"}           in a pickle
                  └─► {"network": number}             in a model file, which holds it
                                                      in Keras' own format beside
"""

import importlib
import tempfile
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from skgenre._keras import load_keras

# What is unpickled may need its layers; poolings come with those who pack them.
from skgenre.neural import _layers as _layers

keras: Any = load_keras("skgenre.neural")

# Layers that hold code, or load it, and Keras' marks of functions without a name.
_CODE = {
    "FlaxLayer",
    "JaxLayer",
    "Lambda",
    "TFSMLayer",
    "TorchModuleWrapper",
    "__lambda__",
    "__typespec__",
}
# Where layers are that only compute. Those of other places may read files.
_LAYERS = tuple(
    f"keras.src.layers.{place}."
    for place in (
        "activations",
        "attention",
        "convolutional",
        "core",
        "merging",
        "normalization",
        "pooling",
        "regularization",
        "reshaping",
        "rnn",
    )
)
_KINDS = ("activations", "constraints", "initializers", "losses", "metrics")
_MODULES = {
    *(f"keras.{kind}" for kind in _KINDS),
    "keras.dtype_policies",
    "keras.optimizers",
    "keras.optimizers.schedules",
    "keras.regularizers",
}
# Keras' own class of models, and as what scikeras registers it where it copies one.
_FUNCTIONAL = "keras.src.models.functional.Functional"
_AS_COPIED = ">Functional"
_MODELS = {"keras.Model", "keras.Sequential", "keras.DTypePolicy", _FUNCTIONAL}
# Values that Keras writes as objects.
_VALUES = {
    "__bytes__",
    "__ellipsis__",
    "__keras_tensor__",
    "__numpy__",
    "__slice__",
    "__tensor__",
}


class NetworkFiles:
    """Networks of one model file, each in Keras' own format, by their numbers.

    Parameters
    ----------
    files : iterable of bytes, default=()
        What is in the file; empty where one is written.
    trusted : iterable of str, default=()
        Names of layers and functions that the user vouches for.
    """

    def __init__(
        self, files: Iterable[bytes] = (), *, trusted: Iterable[str] = ()
    ) -> None:
        self.files = list(files)
        self.trusted = frozenset(trusted)
        self.used: set[int] = set()
        self._numbers: dict[int, tuple[int, Any]] = {}

    def put(self, network: Any) -> int:
        """Write a network; the same one once.

        Parameters
        ----------
        network : keras.Model
            Built.

        Returns
        -------
        int
            Its number.
        """
        if id(network) not in self._numbers:
            # Kept, so that no other network gets its id.
            self._numbers[id(network)] = (len(self.files), network)
            self.files.append(_written(network))
        return self._numbers[id(network)][0]

    def get(self, number: int) -> Any:
        """Read a network.

        Parameters
        ----------
        number : int
            Of the network.

        Returns
        -------
        keras.Model
            Not compiled.
        """
        if type(number) is not int or not 0 <= number < len(self.files):
            raise ValueError(f"Got network {number!r} of {len(self.files)}.")
        self.used.add(number)
        return _read(self.files[number], custom_objects(self.trusted))


_open: ContextVar[NetworkFiles | None] = ContextVar("networks", default=None)


@contextmanager
def networks_in(files: NetworkFiles) -> Iterator[NetworkFiles]:
    """Keep networks that are packed meanwhile in files, and find them there.

    Parameters
    ----------
    files : NetworkFiles
        Of a model file.

    Yields
    ------
    NetworkFiles
        The same.
    """
    token = _open.set(files)
    try:
        yield files
    finally:
        _open.reset(token)


def pack(part: Any) -> dict[str, Any]:
    """Take a layer or a model apart.

    Parameters
    ----------
    part : keras.layers.Layer, keras.Model, or what else of Keras has a configuration
        Built.

    Returns
    -------
    dict
        Its configuration and the arrays of its weights, without an optimiser's; or,
        while a model file is written, the number of the network there.

    Raises
    ------
    TypeError
        If there is a layer in it that holds code, such as Lambda.
    """
    with warnings.catch_warnings():
        # Of functions without a name, which are refused below.
        warnings.filterwarnings("ignore", message="The object being serialized")
        config = _without_training(keras.saving.serialize_keras_object(part))
    refuse_code(config)
    files = _open.get()
    if files is not None and isinstance(part, keras.Model):
        return {"network": files.put(part)}
    # get_weights has no optimiser's: it is some twice the size, and done with.
    weights = part.get_weights() if isinstance(part, keras.Layer) else []
    return {"config": config, "weights": weights}


def unpack(packed: dict[str, Any]) -> Any:
    """Put a layer or a model together again.

    Parameters
    ----------
    packed : dict
        From `pack`.

    Returns
    -------
    keras.layers.Layer or keras.Model
        Equal to what was packed, not compiled.

    Raises
    ------
    TypeError
        If there is a layer in it that holds code.
    """
    files = _open.get()
    if files is not None and "network" in packed:
        return files.get(packed["network"])
    config = _without_training(packed["config"])
    refuse_code(config)
    known = None
    if files is not None:
        check_config(config, files.trusted)
        known = custom_objects(files.trusted)
    part = keras.saving.deserialize_keras_object(
        config, custom_objects=known, safe_mode=True
    )
    if packed["weights"]:
        part.set_weights(packed["weights"])
    return part


class PackedKeras:
    """A Keras object in the state of an estimator, as pickles and files take it.

    Parameters
    ----------
    part : keras object
        Packed.
    """

    def __init__(self, part: Any) -> None:
        # The class is named, so that its module is imported before it is needed.
        self.kind = None if _is_of_keras(type(part)) else type(part)
        self.packed = pack(part)


def packed_state(state: dict[str, Any]) -> dict[str, Any]:
    """Pack the Keras objects among the parameters and attributes of an estimator.

    Parameters
    ----------
    state : dict of str to object
        Not changed.

    Returns
    -------
    dict of str to object
        With `PackedKeras` in their places, in lists of metrics too.
    """
    return _mapped(state, _is_keras, PackedKeras)


def unpacked_state(state: dict[str, Any]) -> dict[str, Any]:
    """Undo `packed_state`.

    Parameters
    ----------
    state : dict of str to object
        Not changed.

    Returns
    -------
    dict of str to object
        With Keras objects.
    """
    return _mapped(
        state,
        lambda value: isinstance(value, PackedKeras),
        lambda value: unpack(value.packed),
    )


def _mapped(
    state: dict[str, Any], wanted: Callable[[Any], bool], change: Callable[[Any], Any]
) -> dict[str, Any]:
    mapped = {}
    for name, value in state.items():
        if type(value) is list and any(map(wanted, value)):
            value = [change(v) if wanted(v) else v for v in value]
        mapped[name] = change(value) if wanted(value) else value
    return mapped


def _is_keras(value: Any) -> bool:
    kinds = (
        keras.Layer,  # models too
        keras.optimizers.Optimizer,
        keras.losses.Loss,
        keras.metrics.Metric,
    )
    return isinstance(value, kinds)


def _is_of_keras(cls: type) -> bool:
    return cls.__module__.partition(".")[0] == "keras"


def _without_training(config: dict[str, Any]) -> dict[str, Any]:
    """Leave out how a network was compiled: what it predicts does not need it."""
    return {name: part for name, part in config.items() if name != "compile_config"}


# -- Keras' own format ----------------------------------------------------------------


def _written(network: Any) -> bytes:
    # A copy that was never compiled: the optimiser's arrays are done with.
    config = _without_training(keras.saving.serialize_keras_object(network))
    bare = keras.saving.deserialize_keras_object(config, safe_mode=True)
    bare.set_weights(network.get_weights())
    with _file_of_keras() as path:
        bare.save(path)
        return path.read_bytes()


def _read(data: bytes, known: dict[str, Any]) -> Any:
    with _file_of_keras() as path:
        path.write_bytes(data)
        return keras.saving.load_model(
            path, custom_objects=known, compile=False, safe_mode=True
        )


@contextmanager
def _file_of_keras() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        # Some versions write and read weights in a way that NumPy 2 warns of.
        warnings.simplefilter("ignore", DeprecationWarning)
        yield Path(folder, "network.keras")


# -- what a configuration may name ----------------------------------------------------


def refuse_code(config: Any) -> None:
    """Complain of layers that hold code.

    Parameters
    ----------
    config : dict
        Of a Keras object, with all within.

    Raises
    ------
    TypeError
        If there is one; it says which, and what to write instead.
    """
    for inner in _dicts(config):
        if inner.get("class_name") in _CODE:
            settings = inner.get("config")
            name = settings.get("name", "") if isinstance(settings, dict) else ""
            raise TypeError(
                f"Got a network with {inner['class_name']} {name!r}, which holds code "
                "that no pickle or file of a model may bring along. Write it as a "
                "layer of your own, a class with call and get_config under "
                "@keras.saving.register_keras_serializable(), in a module."
            )


def check_config(config: Any, trusted: Iterable[str]) -> None:
    """Complain of a configuration that names what is not known to be harmless.

    Keras looks up classes and functions by what a configuration says. Here only its
    layers that compute, their initialisers and the like, the layers of this package,
    and what is trusted, may be named.

    Parameters
    ----------
    config : dict
        From a file that anyone may have written.
    trusted : iterable of str
        Names, ``"package.module.Name"``, that the user vouches for.

    Raises
    ------
    TypeError
        If there is something else; all of it is named.
    """
    refuse_code(config)
    trusted = set(trusted)
    asked = {
        name
        for inner in _dicts(config)
        if "class_name" in inner
        for name in _unknown(inner, trusted)
    }
    # A string alone may stand for what somebody has registered in this process.
    registered = {
        name
        for name, part in keras.saving.get_custom_objects().items()
        if not (name == _AS_COPIED and _is_of_keras(part))
    }
    known = {_registered_name(name) for name in trusted}
    asked |= {
        text
        for text in _strings(config)
        if text in registered - known and not text.startswith("skgenre>")
    }
    if asked:
        raise TypeError(
            f"a network in it names {', '.join(sorted(asked))}, which can run code "
            "that is not known to be harmless. If you trust those who made the file "
            f"and these packages, give load_model(path, trusted={sorted(asked)})"
        )


def _unknown(inner: dict[str, Any], trusted: set[str]) -> list[str]:
    kind, module = inner["class_name"], inner.get("module")
    name = f"{module}.{kind}"
    registered = inner.get("registered_name")
    if kind in _VALUES and module is None:
        return []
    if kind == "function":
        kind = inner.get("config")
        name = f"{module}.{kind}"
        is_known = module == "builtins" or module in _MODULES
        is_known = is_known and registered in (None, "function", kind)
        is_known = is_known and any(
            hasattr(getattr(keras, place), str(kind)) for place in _KINDS
        )
    else:
        is_known = _computes(str(module), str(kind))
        is_known = is_known and registered in (
            (None, kind, _AS_COPIED) if name == _FUNCTIONAL else (None, kind)
        )
        # Its own layers are the only ones that register by this name.
        if str(module).startswith("skgenre.") and registered is not None:
            is_known = registered.startswith("skgenre>")
    return [] if is_known or name in trusted else [name]


def _computes(module: str, kind: str) -> bool:
    if module == "keras.layers":
        home = f"{getattr(getattr(keras.layers, kind, None), '__module__', '')}."
        return home.startswith(_LAYERS)
    return module in _MODULES or f"{module}.{kind}" in _MODELS


def custom_objects(trusted: Iterable[str]) -> dict[str, Any]:
    """Import the classes and functions that the user vouches for, as Keras wants them.

    Parameters
    ----------
    trusted : iterable of str
        Names, ``"package.module.Name"``; others than Keras' are left alone.

    Returns
    -------
    dict of str to object
        By the names that they are registered by.
    """
    found = {}
    for name in trusted:
        module, _, kind = name.rpartition(".")
        thing = getattr(importlib.import_module(module), kind, None) if module else None
        if thing is not None and not _is_of_keras(thing):
            found[keras.saving.get_registered_name(thing)] = thing
    return found


def _registered_name(name: str) -> str:
    return next(iter(custom_objects([name])), name)


def _dicts(config: Any) -> Iterator[dict[str, Any]]:
    waiting = [config]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
            waiting += value.values()
        elif isinstance(value, list | tuple):
            waiting += value


def _strings(config: Any) -> set[str]:
    return {
        value
        for inner in _dicts({"": config})
        for value in inner.values()
        if isinstance(value, str)
    }
