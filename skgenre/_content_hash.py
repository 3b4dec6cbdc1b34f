"""Hashes of estimators and data, which see into functions.

What the hash of a function follows, code of the user's on the left only::

    code, defaults, closure ── globals it reads ── functions and classes it calls
                            └─ modules it names ── what it takes from them
    what lies in a library: its name and the library's version
"""

import dis
import hashlib
import importlib
import importlib.metadata
import importlib.util
import sys
import sysconfig
import types
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, lru_cache, partial
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from joblib.hashing import NumpyHasher, Pickler


class NoFingerprintError(TypeError):
    """Something cannot be told apart from others like it: it cannot be remembered."""


def fingerprint(*objects: Any) -> str:
    """Hash objects by their content, functions and classes by their code.

    joblib.hash knows a function by its name alone, and no lambda at all. Here a
    function stands for its bytecode, constants, defaults and closure, and for what it
    uses: globals, functions and classes of the user, in whatever module. What belongs
    to an installed package stands for its name and the package's version.

    Parameters
    ----------
    *objects : object
        Estimators, arrays, parameters.

    Returns
    -------
    str
        The same for equal content.

    Raises
    ------
    NoFingerprintError
        If there is something in it of which no content can be told, such as a lock or
        an open file.
    """
    try:
        return _CodeHasher({}).hash((sklearn.__version__, np.__version__, *objects))
    except NoFingerprintError:
        raise
    # Whatever an object's own pickling raises.
    except Exception as error:
        raise NoFingerprintError(f"{type(error).__name__}: {error}") from error


class KnownByContent:
    """Mixin of what says itself by what it is known: a file by its content, say."""

    def content_key(self) -> tuple[Any, ...]:
        """Values that are equal where the content is."""
        raise NotImplementedError(f"{type(self).__name__} has to define content_key.")


def contents_of_files(*parameters: Any) -> list[str]:
    """Hash the files and folders that parameters name, such as those of a model.

    Parameters
    ----------
    *parameters : object
        Strings and paths, also in dicts, lists, tuples and `functools.partial`.

    Returns
    -------
    list of str
        A hash of the content of each file that exists, and of the names, sizes and
        times of change of what is in each folder.
    """
    found: list[str] = []
    for parameter in parameters:
        if isinstance(parameter, dict):
            found += contents_of_files(*parameter.values())
        elif isinstance(parameter, list | tuple):
            found += contents_of_files(*parameter)
        elif isinstance(parameter, partial):
            found += contents_of_files(*parameter.args, parameter.keywords)
        elif isinstance(parameter, str | Path):
            found += [content] if (content := _file_content(parameter)) else []
    return found


# Most of what is hashed: not worth a second look.
_PLAIN = frozenset(
    {str, int, float, bool, type(None), bytes, complex, tuple, list, dict, np.ndarray}
)


class _CodeHasher(NumpyHasher):
    """Hasher of joblib that looks into functions and classes.

    Parameters
    ----------
    known : dict of int to (object, str)
        Functions and classes that were hashed on the way, or are being hashed, by
        their id; the objects, so that no other gets their id.
    """

    def __init__(self, known: dict[int, tuple[Any, str]]) -> None:
        # A memory map is the array that it maps.
        super().__init__("md5", coerce_mmap=True)
        self._known = known

    def save(self, obj: Any) -> None:
        kind = type(obj)
        if kind is set or kind is frozenset:
            # In an order that does not change with the seed of the strings' hashes.
            obj = (kind.__name__, sorted(self._digest(item) for item in obj))
        elif kind is str:
            obj = _with_model(obj)
        elif kind not in _PLAIN:
            obj = self._content(obj)
        super().save(obj)

    def _batch_setitems(self, items: Iterable[tuple[Any, Any]], *args: Any) -> None:
        pairs = list(items)
        if not all(type(key) is str for key, _ in pairs):
            pairs = [(self._digest(key), value) for key, value in pairs]
        # Not by joblib, which takes the TypeError of a value that cannot be pickled
        # for one of keys that have no order, and goes on without that value.
        Pickler._batch_setitems(self, iter(sorted(pairs, key=itemgetter(0))), *args)

    def _content(self, obj: Any) -> Any:
        """What is hashed in the place of an object."""
        if isinstance(obj, types.FunctionType):
            if not is_users_code(obj.__code__.co_filename):
                return self._of_library(obj)
            return ("function", self._once(obj, _function_content))
        if isinstance(obj, types.MethodType):
            return ("method", obj.__func__, obj.__self__)
        if isinstance(obj, type):
            if not is_users_code(_file_of(obj.__module__)):
                return _named(obj)
            return ("class", self._once(obj, _class_content))
        if isinstance(obj, types.ModuleType):
            return ("module", *_module_content(obj))
        if isinstance(obj, Path):
            return ("path", str(obj))
        if isinstance(obj, KnownByContent):
            return ("content", obj.content_key())
        inner = _wrapped_function(obj) if callable(obj) else None
        return obj if inner is None else ("wrapped", type(obj), inner)

    def _of_library(self, function: types.FunctionType) -> tuple[Any, ...]:
        # What a library made at run time may hold functions of the user.
        made: tuple[Any, ...] = ()
        if function.__closure__ or "<locals>" in function.__qualname__:
            made = (_cells(function), function.__defaults__, function.__kwdefaults__)
        return (*_named(function), self._digest(made) if made else "")

    def _once(self, obj: Any, content: Callable[[Any], Any]) -> str:
        """Digest of a function or class, which may use itself."""
        if id(obj) not in self._known:
            self._known[id(obj)] = (obj, f"itself: {obj.__qualname__}")
            self._known[id(obj)] = (obj, self._digest(content(obj)))
        return self._known[id(obj)][1]

    def _digest(self, obj: Any) -> str:
        # A hasher of its own: one would remember which parts are the same object, and
        # that differs between code that was compiled and code that was loaded.
        return _CodeHasher(self._known).hash(obj)


# -- functions ------------------------------------------------------------------------


def _function_content(function: types.FunctionType) -> tuple[Any, ...]:
    code = function.__code__
    return (
        "function",
        function.__qualname__,
        _code_content(code),
        function.__defaults__,
        function.__kwdefaults__,
        _cells(function),
        vars(function),
        _used(function),
    )


def _cells(function: types.FunctionType) -> list[Any]:
    cells = []
    for cell in function.__closure__ or ():
        try:
            cells.append(cell.cell_contents)
        except ValueError:  # not yet assigned
            cells.append("empty cell")
    return cells


def _code_content(code: types.CodeType) -> str:
    """Everything of code but where it stands in its file."""
    parts = [code.co_code.hex(), code.co_exceptiontable.hex(), *code.co_names]
    parts += [*code.co_varnames, *code.co_freevars, str(code.co_flags)]
    return "|".join([*parts, *map(_constant, code.co_consts)])


def _constant(value: Any) -> str:
    if isinstance(value, types.CodeType):
        return _code_content(value)
    if isinstance(value, tuple):
        return f"({','.join(map(_constant, value))})"
    if isinstance(value, frozenset):
        return f"{{{','.join(sorted(map(_constant, value)))}}}"
    if isinstance(value, str):
        value = _with_model(value)
    return f"{type(value).__name__}:{value!r}"


def _used(function: types.FunctionType) -> dict[str, Any]:
    """What a function finds outside of itself, by name."""
    attributes: set[str] = set()
    outside: dict[str, Any] = {}
    for code in _codes(function.__code__):
        attributes.update(code.co_names)
        instructions = list(dis.get_instructions(code))
        for position, instruction in enumerate(instructions):
            if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
                name = instruction.argval
                if name in function.__globals__:
                    outside[name] = function.__globals__[name]
            elif instruction.opname == "IMPORT_NAME":
                level = instructions[position - 2].argval
                module = _imported(instruction.argval, level, function.__globals__)
                if module is not None:
                    outside[module.__name__] = module
    used: dict[str, Any] = {}
    seen: set[str] = set()
    for name, value in outside.items():
        used[name] = value
        if isinstance(value, types.ModuleType):
            used[name] = _taken_from(value, attributes, seen)
    return used


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


def _taken_from(module: types.ModuleType, names: set[str], seen: set[str]) -> Any:
    """What code takes from a module of the user's, going by the names it uses."""
    if module.__name__ in seen or not is_users_code(_file_of(module.__name__)):
        return _named_module(module)
    seen.add(module.__name__)
    taken = {name: vars(module)[name] for name in names if name in vars(module)}
    for name, value in taken.items():
        if isinstance(value, types.ModuleType):
            taken[name] = _taken_from(value, names, seen)
    return (module.__name__, taken)


def _imported(name: str, level: Any, where: dict[str, Any]) -> types.ModuleType | None:
    """Module that code imports while it runs, if it is the user's."""
    try:
        if isinstance(level, int) and level:
            name = importlib.util.resolve_name(
                "." * level + name, where.get("__package__")
            )
        if name in sys.modules:
            return sys.modules[name]
        spec = importlib.util.find_spec(name.partition(".")[0])
        # Libraries are not loaded for the sake of their version.
        if spec is None or not is_users_code(spec.origin or ""):
            return None
        return importlib.import_module(name)
    except (ImportError, ValueError):
        return None


def _wrapped_function(obj: Any) -> types.FunctionType | None:
    """The function in an object of numba, functools or the like."""
    for attribute in ("py_func", "__wrapped__"):
        try:
            inner = getattr(obj, attribute, None)
        # Objects may answer whatever they like.
        except Exception:
            continue
        if isinstance(inner, types.FunctionType):
            return inner
    return None


# -- classes --------------------------------------------------------------------------

# What Python itself writes into a class.
_OF_PYTHON = frozenset(
    {
        "__module__",
        "__qualname__",
        "__doc__",
        "__firstlineno__",
        "__hash__",
        "__dict__",
        "__weakref__",
        "__slots__",
        "__match_args__",
        "__annotations__",
        "__annotate__",
        "__annotate_func__",
        "__annotations_cache__",
        "__static_attributes__",
        "__abstractmethods__",
        "_abc_impl",
        "__parameters__",
        "__orig_bases__",
        "__dataclass_fields__",
        "__dataclass_params__",
        "__signature__",
    }
)
_SLOTS = (types.MemberDescriptorType, types.GetSetDescriptorType)


def _class_content(cls: type) -> tuple[Any, ...]:
    body = {
        name: _member(value)
        for name, value in vars(cls).items()
        if name not in _OF_PYTHON and not isinstance(value, _SLOTS)
    }
    return ("class", cls.__qualname__, list(cls.__bases__), body)


def _member(value: Any) -> Any:
    """Functions of a method, property or the like."""
    if isinstance(value, staticmethod | classmethod):
        return (type(value).__name__, value.__func__)
    if isinstance(value, property):
        return ("property", value.fget, value.fset, value.fdel)
    if isinstance(value, cached_property):
        return ("cached_property", value.func)
    return value


# -- files of models ------------------------------------------------------------------

# What ends like this and is there is taken for a model, wherever it is named.
_MODELS = (
    ".ckpt",
    ".h5",
    ".hdf5",
    ".joblib",
    ".keras",
    ".npy",
    ".npz",
    ".onnx",
    ".pb",
    ".pickle",
    ".pkl",
    ".pt",
    ".pth",
    ".safetensors",
    ".skops",
    ".tflite",
)


def _with_model(text: str) -> str:
    if not text.endswith(_MODELS):
        return text
    return f"{text} {_file_content(text)}"


def _file_content(name: str | Path) -> str:
    """Hash of a file or folder; empty if there is none of that name."""
    try:
        path = Path(name).absolute()
        if not str(name) or not path.exists():
            return ""
        if path.is_dir():
            inside = sorted(
                (str(p.relative_to(path)), p.stat().st_size, p.stat().st_mtime_ns)
                for p in path.rglob("*")
                if p.is_file()
            )
            return hashlib.md5(repr(inside).encode(), usedforsecurity=False).hexdigest()
        status = path.stat()
        return _read_content(path, status.st_size, status.st_mtime_ns, status.st_ino)
    except (OSError, ValueError):
        # Too long for a name, or not to be read.
        return ""


@lru_cache(maxsize=256)
def _read_content(path: Path, *state: int) -> str:
    del state  # what the file is remembered by
    with path.open("rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()


# -- modules and libraries ------------------------------------------------------------


def _module_content(module: types.ModuleType) -> tuple[str, str]:
    """Name and source of a module of the user's; version of a library."""
    file = _file_of(module.__name__)
    if is_users_code(file) and Path(file).is_file():
        return (module.__name__, Path(file).read_bytes().hex())
    return _named_module(module)


def _named_module(module: types.ModuleType) -> tuple[str, str]:
    return (module.__name__, _version(module.__name__.partition(".")[0]))


def _named(obj: Any) -> tuple[str, str, str, str]:
    """Stand-in for a function or class of a library."""
    module = obj.__module__ or ""
    return (
        "library",
        module,
        obj.__qualname__,
        _version(module.partition(".")[0]),
    )


def _file_of(module: str | None) -> str:
    loaded = sys.modules.get(module or "")
    if loaded is None or module == "__main__":
        # What was typed in or executed has no file, and is the user's.
        return "<here>"
    return getattr(loaded, "__file__", None) or "built in"


@lru_cache(maxsize=4096)
def is_users_code(file: str) -> bool:
    """Tell code that the user wrote from what is installed.

    Parameters
    ----------
    file : str
        Where the code stands, as code objects and tracebacks name it.

    Returns
    -------
    bool
        True also for what was typed in or executed, which has no file.
    """
    if file == "built in" or file.startswith("<frozen"):
        return False
    if file.startswith("<"):
        return True
    path = Path(file).absolute()
    return not (
        {"site-packages", "dist-packages"} & set(path.parts)
        or any(path.is_relative_to(home) for home in _libraries())
    )


@lru_cache(maxsize=1)
def _libraries() -> list[Path]:
    paths = sysconfig.get_paths()
    homes = [paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    return [Path(__file__).parent, *(Path(home).absolute() for home in homes)]


@lru_cache(maxsize=256)
def _version(package: str) -> str:
    if package in sys.stdlib_module_names:
        return f"{sys.version_info.major}.{sys.version_info.minor}"
    version = getattr(sys.modules.get(package), "__version__", None)
    if isinstance(version, str):
        return version
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""
