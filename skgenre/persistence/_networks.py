"""Networks of a model file: by Keras, and looked through before Keras reads them.

A network is a zip of its configuration in JSON, its weights in HDF5 and a note of the
version. Keras builds what the configuration names, and HDF5 can lead out of a file.
"""

import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from skgenre._optional import require
from skgenre.persistence._archive import unpacked
from skgenre.persistence._errors import ModelFileError

_CONFIG, _WEIGHTS, _NOTE = "config.json", "model.weights.h5", "metadata.json"
_HOME = "skgenre.neural."


def needs_keras(cls: type) -> bool:
    """Whether objects of a class hold networks, or parts of some.

    Parameters
    ----------
    cls : type
        Of something in a model.

    Returns
    -------
    bool
        True for what is of `skgenre.neural`, or derived from it.
    """
    return any(base.__module__.startswith(_HOME) for base in cls.__mro__)


@contextmanager
def networks_apart(parts: Sequence[Any]) -> Iterator[list[bytes]]:
    """Write the networks of a model to files of their own while it is written.

    Parameters
    ----------
    parts : sequence of object
        Of the model.

    Yields
    ------
    list of bytes
        Which fills.
    """
    if not any(needs_keras(type(part)) for part in parts):
        yield []
        return
    from skgenre.neural._saving import NetworkFiles, networks_in

    with networks_in(NetworkFiles()) as files:
        yield files.files


@contextmanager
def networks_there(
    files: Sequence[bytes], names: Sequence[str], trusted: Sequence[str]
) -> Iterator[None]:
    """Find networks in files while a model is read; each file must be used.

    Parameters
    ----------
    files : sequence of bytes
        Each a network.
    names : sequence of str
        Of the types in the model.
    trusted : sequence of str
        Names that the user vouches for.

    Yields
    ------
    None
        While the model is read.
    """
    if not files and not any(name.startswith(_HOME) for name in names):
        yield
        return
    from skgenre.neural._saving import NetworkFiles, networks_in

    for data in files:
        check_network(data, trusted)
    with networks_in(NetworkFiles(files, trusted=trusted)) as opened:
        yield
    if len(opened.used) < len(files):
        raise ModelFileError("it holds a network without a use")


def check_network(data: bytes, trusted: Sequence[str]) -> None:
    """Look through a network in Keras' own format.

    Parameters
    ----------
    data : bytes
        The file.
    trusted : sequence of str
        Names of layers and functions that the user vouches for.

    Raises
    ------
    ModelFileError
        If it names what could run code, or its weights lead out of the file.
    """
    from skgenre.neural._saving import check_config

    files = unpacked(data, "a network")
    if files.keys() != {_CONFIG, _WEIGHTS, _NOTE}:
        raise ModelFileError(f"a network in it has the files {sorted(files)}")
    try:
        check_config(json.loads(files[_CONFIG]), trusted)
    except TypeError as error:
        raise ModelFileError(str(error)) from error
    _check_weights(files[_WEIGHTS])


def _check_weights(data: bytes) -> None:
    h5py = require("h5py", "keras", "load_model")
    with h5py.File(io.BytesIO(data), "r") as file:
        total = 0
        for item in _items(h5py, file):
            if isinstance(item, h5py.Dataset):
                total += _checked_size(item)
        # Else arrays might be declared that are not there, and need all memory.
        if total > len(data):
            raise ModelFileError("a network in it has weights that are not there")


def _items(h5py: Any, file: Any) -> Iterator[Any]:
    """All groups and arrays, each once; no link may lead out of the file."""
    seen = set()
    waiting = [file]
    while waiting:
        group = waiting.pop()
        address = h5py.h5o.get_info(group.id).addr
        if address in seen:
            continue
        seen.add(address)
        yield group
        if isinstance(group, h5py.Group):
            for name in group:
                if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                    raise ModelFileError("a network in it has weights by a link")
                waiting.append(group[name])


def _checked_size(weights: Any) -> int:
    if weights.external or weights.is_virtual or weights.chunks is not None:
        raise ModelFileError("a network in it has weights that are elsewhere or packed")
    if weights.dtype.kind not in "biuf":
        raise ModelFileError(f"a network in it has weights of type {weights.dtype}")
    return weights.size * weights.dtype.itemsize
