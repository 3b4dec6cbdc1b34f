"""What skops writes of a model, made lasting; and looked through before it is read.

skops keeps a tree of nodes in JSON (each names a type, and the loader that makes it)
and the arrays beside it. Here names become those that last, an estimator that stands
in a model twice is written once, and numbers replace addresses in memory::

    lean copy ─ skops.io.dumps ─► nodes, arrays ─ lasting ─► estimator.skops
    estimator.skops ─ checked ─► nodes, arrays ─ skops.io.loads ─► model
"""

import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from skgenre._optional import require
from skgenre.persistence._archive import packed, unpacked
from skgenre.persistence._copy import NUMBER, Again
from skgenre.persistence._errors import ModelFileError
from skgenre.persistence._names import (
    current_name,
    names_to_ask_for,
    staying_name,
)

_SCHEMA = "schema.json"
# The first protocol that knows that trees are not harmless, and all nodes by it.
_OLDEST_PROTOCOL = 2
_TREE = "sklearn.tree._tree.Tree"
_FILE = re.compile(r"\d{1,9}\.(npy|bin)")

# What may make an object, and of which types.
_LOADERS = {
    "DictNode": {
        "builtins.dict",
        "collections.OrderedDict",
        "sklearn.utils._bunch.Bunch",
    },
    "ListNode": {"builtins.list"},
    "SetNode": {"builtins.set"},
    "TupleNode": {"builtins.tuple"},
    "BytesNode": {"builtins.bytes"},
    "BytearrayNode": {"builtins.bytearray"},
    "SliceNode": {"builtins.slice"},
    "JsonNode": {"builtins.str"},
    "PartialNode": {"functools.partial"},
    "MaskedArrayNode": {"numpy.ma.MaskedArray", "numpy.ma.core.MaskedArray"},
    "DTypeNode": {"numpy.dtype"},
    "RandomStateNode": {"numpy.random.mtrand.RandomState"},
    "RandomGeneratorNode": {"numpy.random._generator.Generator"},
    "TreeNode": {_TREE},
    "CachedNode": {"None.None"},
}
_OF_ONE_LOADER = frozenset().union(*_LOADERS.values())
# These make whatever is known or trusted, and is not made by one of those above.
_KEY_TYPES = ("builtins.str", "builtins.int", "builtins.float", "builtins.bool")
_MOST_CLASSES = 1_000_000
_OBJECTS = ("ObjectNode", "ConstructorFromReduceNode")
# These give a class itself, or call it.
_CALLED = ("TypeNode", "ConstructorFromReduceNode")
_LOSSES = ("sklearn._loss._loss.", "sklearn.linear_model._sgd_fast.")


def load_skops(caller: str) -> Any:
    """Import skops, or say which extra brings it.

    Parameters
    ----------
    caller : str
        What needs it.

    Returns
    -------
    module
        `skops.io`.
    """
    return require("skops.io", "model", caller)


# -- write ----------------------------------------------------------------------------


def written(model: Any) -> bytes:
    """Write a model as skops does, by names that last and each estimator once.

    Parameters
    ----------
    model : object
        From `lean_copy`.

    Returns
    -------
    bytes
        A file of skops.
    """
    data = load_skops("save_model").dumps(model)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        schema = json.loads(archive.read(_SCHEMA))
        tidy = _Tidy(archive)
        tidy.node(schema)
    files = {_SCHEMA: json.dumps(schema, separators=(",", ":")).encode(), **tidy.files}
    return packed(files)


class _Tidy:
    """Goes through nodes in the order in which they are loaded, and changes them."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._ids: dict[int, int] = {}  # of objects, from addresses
        self._numbered: dict[int, int] = {}  # ids of estimators, by their numbers
        self._names: dict[str, str] = {}  # of files
        self.files: dict[str, bytes] = {}

    def node(self, node: dict[str, Any]) -> None:
        content: Any = node.get("content")
        known: int | None = self._ids.get(node.get("__id__", -1))
        name = f"{node['__module__']}.{node['__class__']}"
        if name == _name_of(Again):
            number = json.loads(content["content"]["number"]["content"])
            _become_reference(node, self._numbered[number])
            return
        is_object = node["__loader__"] in ("ObjectNode", "TreeNode")
        if known is not None and is_object:
            _become_reference(node, known)
            return
        self._rename(node, name)
        if node["__loader__"] == "ObjectNode" and isinstance(content, dict):
            number = content.get("content", {})
            if isinstance(number, dict) and NUMBER in number:
                at = list(number).index(NUMBER)
                marker = number.pop(NUMBER)
                content["key_types"]["content"].pop(at)
                self._numbered[json.loads(marker["content"])] = node["__id__"]
        self._children(node)

    def _rename(self, node: dict[str, Any], name: str) -> None:
        if "__id__" in node:
            node["__id__"] = self._ids.setdefault(node["__id__"], len(self._ids) + 1)
        node["__module__"], _, node["__class__"] = staying_name(name).rpartition(".")
        if isinstance(node.get("file"), str):
            node["file"] = self._file(node["file"])

    def _file(self, name: str) -> str:
        if name not in self._names:
            ending = name.rpartition(".")[2]
            self._names[name] = f"{len(self._names)}.{ending}"
            self.files[self._names[name]] = self._archive.read(name)
        return self._names[name]

    def _children(self, value: Any) -> None:
        values = value.values() if isinstance(value, dict) else value
        for child in list(values):
            if isinstance(child, dict) and "__loader__" in child:
                self.node(child)
            elif isinstance(child, dict | list):
                self._children(child)


def _become_reference(node: dict[str, Any], to: int) -> None:
    node.clear()
    node.update(
        {
            "__class__": "None",
            "__module__": "None",
            "__loader__": "CachedNode",
            "__id__": to,
        }
    )


def _name_of(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


# -- read -----------------------------------------------------------------------------


def checked(data: bytes, trusted: Sequence[str]) -> tuple[bytes, list[str]]:
    """Look through a file of skops, and write down anew what was looked at.

    Parameters
    ----------
    data : bytes
        The file.
    trusted : sequence of str
        Names that the user vouches for.

    Returns
    -------
    data : bytes
        A file of skops with nothing else in it.
    names : list of str
        All types and functions in it, which are known or trusted.
    """
    files = unpacked(data, "estimator")
    schema = json.loads(files.pop(_SCHEMA))
    protocol = schema.get("protocol") if isinstance(schema, dict) else None
    if type(protocol) is not int or protocol < _OLDEST_PROTOCOL:
        raise ModelFileError(f"its estimator is of protocol {protocol!r}")
    names: set[str] = set()
    types: set[str] = set()
    used: set[str] = set()
    for node in _nodes(schema):
        found = _check_node(node, files)
        names |= found
        types |= found if node["__loader__"] in _CALLED else set()
        used |= {node["file"]} if "file" in node else set()
    if extra := sorted(files.keys() - used):
        raise ModelFileError(f"its estimator has a file {extra[0]!r} without a use")
    canonical = packed({_SCHEMA: json.dumps(schema).encode(), **files})
    unknown = load_skops("load_model").get_untrusted_types(data=canonical)
    asked = names_to_ask_for(names, unknown, trusted, types)
    if asked:
        raise ModelFileError(_ask_for(asked))
    return canonical, sorted(names)


def _nodes(schema: Any) -> Iterator[dict[str, Any]]:
    """All nodes, wherever they stand; not recursive, as nothing bounds the depth."""
    waiting = [schema]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if "__loader__" in value:
                yield value
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def _check_node(node: dict[str, Any], files: dict[str, bytes]) -> set[str]:
    """Check a node, name its type by where it is now, and say that name."""
    loader = node["__loader__"]
    name = current_name(f"{node.get('__module__')}.{node.get('__class__')}")
    if not isinstance(loader, str) or not _makes(loader, name):
        raise ModelFileError(
            f"it holds {name!r} by {loader!r}, which may hide code. Where that is a "
            "sparse array, make it an array (densify) before the model is saved; where "
            "it is a bound method, give a function"
        )
    if "file" in node:
        _check_file(node["file"], loader, files)
    if loader == "JsonNode" and not isinstance(node.get("content"), str):
        raise ModelFileError("it holds a value that is not written as text")
    if loader == "DictNode":
        _check_key_types(node["key_types"])
    if loader == "TreeNode":
        _check_tree_arguments(node["__reduce__"]["args"], files)
    if loader == "CachedNode":
        return set()
    node["__module__"], _, node["__class__"] = name.rpartition(".")
    return {name}


def _makes(loader: str, name: str) -> bool:
    """Whether a loader may make things of that name, if the name is trusted."""
    if loader in _LOADERS:
        return name in _LOADERS[loader]
    if loader == "NdArrayNode":
        return _is_numpy(name)
    if loader == "LossNode":
        return name.startswith(_LOSSES)
    if loader in ("FunctionNode", "TypeNode"):
        return name != _TREE
    return loader in _OBJECTS and name not in _OF_ONE_LOADER


def _is_numpy(name: str) -> bool:
    module, _, kind = name.rpartition(".")
    found = getattr(np, kind, None)
    if module != "numpy" or not isinstance(found, type):
        return False
    return found is np.ndarray or (
        issubclass(found, np.generic) and not issubclass(found, np.object_)
    )


def _alone(node: dict[str, Any], loader: str) -> None:
    """Make sure that a node is what stands there, and no other one by its number."""
    node.pop("__id__", None)
    if node.get("__loader__") != loader:
        raise ModelFileError(f"it holds a {node.get('__loader__')} as {loader}")


def _check_key_types(types: dict[str, Any]) -> None:
    # They are called with the keys.
    _alone(types, "ListNode")
    for kind in types["content"]:
        _alone(kind, "TypeNode")
        name = f"{kind['__module__']}.{kind['__class__']}"
        if name not in _KEY_TYPES and not _is_numpy(name):
            raise ModelFileError(f"it holds a dict with keys of {name!r}")


def _check_tree_arguments(arguments: dict[str, Any], files: dict[str, bytes]) -> None:
    """A tree is made of features, classes of each output, and outputs, in C."""
    _alone(arguments, "TupleNode")
    n_features, n_classes, n_outputs = arguments["content"]
    _alone(n_features, "JsonNode")
    _alone(n_classes, "NdArrayNode")
    _alone(n_outputs, "JsonNode")
    outputs = json.loads(n_outputs["content"])
    classes = np.load(io.BytesIO(files[n_classes["file"]]), allow_pickle=False)
    fits = type(outputs) is int and outputs > 0 and classes.shape == (outputs,)
    if not fits or type(json.loads(n_features["content"])) is not int:
        raise ModelFileError("it holds a tree of no classes, outputs and features")
    if (classes < 1).any() or (classes > _MOST_CLASSES).any():
        raise ModelFileError(f"it holds a tree of {classes.tolist()} classes")


def _check_file(name: Any, loader: str, files: dict[str, bytes]) -> None:
    if not isinstance(name, str) or not _FILE.fullmatch(name) or name not in files:
        raise ModelFileError(f"it holds a file {name!r} that is not there")
    if loader not in ("NdArrayNode", "BytesNode", "BytearrayNode"):
        raise ModelFileError(f"it holds a file by {loader!r}")
    if loader == "NdArrayNode":
        _check_array(name, files[name])


def _check_array(name: str, data: bytes) -> None:
    """Compare what an array says that it is with what there is, before it is read."""
    file = io.BytesIO(data)
    major, _ = np.lib.format.read_magic(file)
    read_header = {
        1: np.lib.format.read_array_header_1_0,
        2: np.lib.format.read_array_header_2_0,
    }.get(major)
    if read_header is None:
        raise ModelFileError(f"its array {name!r} is of a kind that NumPy pickles")
    shape, _, dtype = read_header(file)
    if dtype.hasobject:
        raise ModelFileError(f"its array {name!r} holds pickled objects")
    size = dtype.itemsize
    for length in shape:
        size *= length
    if min(shape, default=0) < 0 or size != len(data) - file.tell():
        raise ModelFileError(f"its array {name!r} has not the size that it says")


def _ask_for(names: Iterable[str]) -> str:
    listed = [staying_name(name) for name in names]
    return (
        f"it holds {', '.join(listed)}, which can run code that is not known to be "
        "harmless. If you trust those who made the file and these packages, give "
        f"load_model(path, trusted={listed})"
    )
