"""Let a TFLite file give a layer from within, so that the rest may stay fused.

A FlatBuffer is changed in one place: the number of the array that comes out. Fields as
in ``tensorflow/lite/schema/schema.fbs``.
"""

import struct
from collections.abc import Iterator

# Numbers of fields: of a model, of a graph in it, of an array.
_GRAPHS = 2
_ARRAYS, _OUTPUTS = 0, 2
_NAME = 3


def with_output(content: bytes, name: str) -> bytes:
    """Change the first output of a network.

    Parameters
    ----------
    content : bytes
        The file.
    name : str
        Of the array that is to come out.

    Returns
    -------
    bytes
        The file, of the same size.

    Raises
    ------
    ValueError
        If it holds no array of that name.
    """
    graphs = _field(content, _follow(content, 0), _GRAPHS)
    graph = next(_items(content, graphs))
    arrays = list(_items(content, _field(content, graph, _ARRAYS)))
    names = [_text(content, _field(content, array, _NAME)) for array in arrays]
    if name not in names:
        raise ValueError(f"the network has no array {name!r}")
    first = _field(content, graph, _OUTPUTS) + 4  # behind how many there are
    number = struct.pack("<i", names.index(name))
    return content[:first] + number + content[first + 4 :]


def _follow(content: bytes, position: int) -> int:
    """Where an offset leads."""
    return position + struct.unpack_from("<I", content, position)[0]


def _field(content: bytes, table: int, number: int) -> int:
    """Where the vector, text or table of a field is."""
    fields = table - struct.unpack_from("<i", content, table)[0]
    offset = struct.unpack_from("<H", content, fields + 4 + 2 * number)[0]
    return _follow(content, table + offset)


def _items(content: bytes, vector: int) -> Iterator[int]:
    """Where the tables of a vector are."""
    length = struct.unpack_from("<I", content, vector)[0]
    for item in range(length):
        yield _follow(content, vector + 4 + 4 * item)


def _text(content: bytes, position: int) -> str:
    length = struct.unpack_from("<I", content, position)[0]
    return content[position + 4 : position + 4 + length].decode()
