"""Hashes of estimators and data, which see into functions."""

import types
from typing import Any

import numpy as np
import sklearn
from joblib.hashing import NumpyHasher


def fingerprint(*objects: Any) -> str:
    """Hash objects by their content, functions by their code.

    joblib.hash knows a function by its name alone, and no lambda at all. Here a
    function stands for its bytecode, constants, defaults, closure and the plain
    values and functions of its own module that it uses.

    Parameters
    ----------
    *objects : object
        Estimators, arrays, parameters.

    Returns
    -------
    str
        The same for equal content. Code of classes counts only if they are defined
        in ``__main__``, as in a notebook.
    """
    return _CodeHasher("md5").hash((sklearn.__version__, *objects))


class _CodeHasher(NumpyHasher):
    """Hasher of joblib that looks into functions."""

    def __init__(self, hash_name: str) -> None:
        super().__init__(hash_name)
        self._open: set[int] = set()  # functions being hashed, against recursion

    def save(self, obj: Any) -> None:
        if isinstance(obj, types.FunctionType):
            if id(obj) in self._open:
                obj = ("function", obj.__qualname__)
            else:
                self._open.add(id(obj))
                super().save(_function_content(obj))
                self._open.discard(id(obj))
                return
        elif isinstance(obj, type) and obj.__module__ == "__main__":
            if id(obj) not in self._open:
                self._open.add(id(obj))
                methods = [
                    (name, value)
                    for name, value in sorted(vars(obj).items())
                    if isinstance(value, types.FunctionType)
                ]
                super().save(("class", obj.__qualname__, methods))
                self._open.discard(id(obj))
            obj = ("class", obj.__qualname__)
        elif isinstance(obj, types.ModuleType):
            obj = ("module", obj.__name__)
        super().save(obj)


_PLAIN = (int, float, complex, str, bytes, tuple, list, dict, set, np.ndarray)


def _function_content(function: types.FunctionType) -> tuple:
    code = function.__code__
    cells = []
    for cell in function.__closure__ or ():
        try:
            cells.append(cell.cell_contents)
        except ValueError:  # not yet assigned
            cells.append("empty cell")
    used: dict[str, Any] = {}
    for name in sorted(_names(code)):
        value = function.__globals__.get(name)
        if isinstance(value, types.FunctionType):
            here = value.__module__ == function.__module__
            used[name] = value if here else (value.__module__, value.__qualname__)
        elif isinstance(value, _PLAIN):
            used[name] = value
    return (
        "function",
        function.__qualname__,
        _code_content(code),
        function.__defaults__,
        function.__kwdefaults__,
        cells,
        used,
    )


def _code_content(code: types.CodeType) -> tuple:
    """Everything of code but where it stands in its file."""
    constants = tuple(
        _code_content(c) if isinstance(c, types.CodeType) else (type(c).__name__, c)
        for c in code.co_consts
    )
    return (code.co_code, constants, code.co_names, code.co_varnames, code.co_freevars)


def _names(code: types.CodeType) -> set[str]:
    inner = [c for c in code.co_consts if isinstance(c, types.CodeType)]
    return set(code.co_names).union(*map(_names, inner))
