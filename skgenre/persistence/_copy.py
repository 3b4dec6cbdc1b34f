"""A copy of a model without what belongs to a machine or to the songs it has seen."""

import io
import pickle
import re
import types
from os import fspath
from pathlib import PurePath
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from skgenre.persistence._errors import ModelFileError
from skgenre.voting._window_fit import WindowModel

# Folders, files and workers of the machine that trained: none of another machine's.
OF_THE_MACHINE = ("memory", "output", "n_jobs")
# Of the last songs that were read: their paths, and what was wrong with them.
_OF_SONGS: dict[str, Any] = {"errors_": {}, "advice_": []}

# In the copy, what number an estimator has; by it `Again` says which is meant.
NUMBER = "_number_in_file"


class Again:
    """Stands for an estimator that the model holds a second time.

    Parameters
    ----------
    number : int
        Of the estimator.
    """

    def __init__(self, number: int) -> None:
        self.number = number


def lean_copy(model: Any) -> Any:
    """Copy a model, its arrays shared, without caches, workers and paths.

    Parameters
    ----------
    model : estimator
        Not changed.

    Returns
    -------
    estimator
        Equal in all that it predicts. An estimator that stands in it more than once,
        as in lists and by name, stands there once, and then as `Again`.

    Raises
    ------
    ModelFileError
        If there is a function in it that has no name, or something that cannot be
        copied.
    """
    buffer = io.BytesIO()
    writer = _Writer(buffer, protocol=5)
    try:
        writer.dump(model)
    except ModelFileError:
        raise
    except (TypeError, AttributeError, pickle.PicklingError) as error:
        raise ModelFileError(
            f"Got a {type(model).__name__} of which a part cannot be kept ({error}), "
            "but expected parameters and attributes that pickle can copy. Set such "
            "parameters to None before you save it."
        ) from error
    buffer.seek(0)
    return _Reader(buffer, writer.kept).load()


class _Writer(pickle.Pickler):
    """Takes estimators apart; arrays and networks are handed on as they are."""

    def __init__(self, file: io.BytesIO, protocol: int) -> None:
        super().__init__(file, protocol=protocol)
        self.kept: list[Any] = []
        self._numbers: dict[int, int] = {}

    def persistent_id(self, obj: Any) -> int | None:
        if type(obj).__module__.startswith(("skgenre.neural.", "keras.")):
            _check_network(obj)
            _check_callbacks(obj)
            return self._keep(obj)
        if isinstance(obj, BaseEstimator):
            if id(obj) in self._numbers:
                return self._keep(Again(self._numbers[id(obj)]))
            # The model holds it, so its id is nobody else's.
            self._numbers[id(obj)] = len(self._numbers)
        if isinstance(obj, types.MethodType):
            raise ModelFileError(
                f"Got the method {obj.__qualname__!r} as a parameter, but expected a "
                "function that can be found by name: no method is read from a model "
                "file. Keep the features that it gives, and save the model of those."
            )
        if isinstance(obj, types.FunctionType):
            check_function(obj)
            return self._keep(obj)
        if type(obj) is np.ndarray and not obj.dtype.hasobject:
            return self._keep(obj)
        if isinstance(obj, np.memmap):
            return self._keep(np.array(obj))
        return None

    def _keep(self, obj: Any) -> int:
        self.kept.append(obj)
        return len(self.kept) - 1

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, WindowModel):
            # The key would find what a memory keeps of the songs in training.
            return WindowModel, (obj.fitted, obj.classes)
        if not isinstance(obj, BaseEstimator):
            return NotImplemented
        make, arguments, state, *rest = obj.__reduce_ex__(5)
        if isinstance(state, dict):
            state = {**lean_state(obj, state), NUMBER: self._numbers[id(obj)]}
        return (make, arguments, state, *rest)


class _Reader(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, kept: list[Any]) -> None:
        super().__init__(file)
        self._kept = kept

    def persistent_load(self, pid: Any) -> Any:
        return self._kept[pid]


def lean_state(estimator: Any, state: dict[str, Any]) -> dict[str, Any]:
    """State of an estimator without what belongs to the machine or to songs.

    Parameters
    ----------
    estimator : BaseEstimator
        Whose state it is.
    state : dict of str to object
        Not changed.

    Returns
    -------
    dict of str to object
        Caches and workers None, errors and advice empty.
    """
    parameters = estimator.get_params(deep=False)
    lean = {
        # Paths are text in a file, which then opens on every system.
        name: None
        if name in OF_THE_MACHINE and name in parameters
        else fspath(value)
        if isinstance(value, PurePath)
        else value
        for name, value in state.items()
    }
    return lean | {name: empty for name, empty in _OF_SONGS.items() if name in lean}


def _check_network(network: Any) -> None:
    # Those of skgenre.neural are written by their classifiers, and do not come here.
    if hasattr(network, "to_json") and hasattr(network, "get_weights"):
        raise ModelFileError(
            f"Got the Keras model {network.name!r} as a parameter, but expected the "
            f"path of its file: {network.name}.save('ears.keras') writes one, which "
            "KerasFeaturizer('ears.keras', ...) takes and the model file names."
        )


def _check_callbacks(network: Any) -> None:
    if getattr(network, "callbacks", None):
        raise ModelFileError(
            f"Got a {type(network).__name__} with callbacks, but expected none: they "
            "are of its training, and a file holds no code. Save it after "
            "set_params(callbacks=None)."
        )


def check_function(function: types.FunctionType) -> None:
    """Complain of a function that another process could not find by its name.

    Parameters
    ----------
    function : function
        In a model.

    Raises
    ------
    ModelFileError
        If it is a lambda, is defined within another function or a class, or was typed
        in.
    """
    name = function.__qualname__
    where = function.__module__
    # `<lambda>`, `f.<locals>.g` and methods have no name of their own in a module.
    if name.isidentifier() and where not in ("__main__", "__mp_main__", None):
        return
    code = function.__code__
    raise ModelFileError(
        f"Got the function {name!r} ({code.co_filename}, line "
        f"{code.co_firstlineno}), but expected one that can be found by name: a model "
        "file holds no code. Define it with def in a module of its own, outside of "
        "functions and classes, and import it from there."
    )


def lean_print(model: Any) -> str:
    """Print a model with its parameters, those of the machine left out.

    Parameters
    ----------
    model : estimator
        Not changed.

    Returns
    -------
    str
        One line.
    """
    # Nor where things stood in memory.
    text = re.sub(r" at 0x[0-9a-f]+", "", repr(_bare(model)))
    return re.sub(r"\s+", " ", text)


def _bare(value: Any) -> Any:
    """An estimator with its parameters alone; not by `clone`, which copies networks."""
    if isinstance(value, BaseEstimator):
        parameters = value.get_params(deep=False).items()
        return type(value)(
            **{n: None if n in OF_THE_MACHINE else _bare(v) for n, v in parameters}
        )
    return type(value)(map(_bare, value)) if type(value) in (list, tuple) else value
