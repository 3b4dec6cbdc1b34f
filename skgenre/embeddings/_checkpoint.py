"""Variables of a TensorFlow checkpoint, read without TensorFlow.

::

    .index ─ a sorted table: name ─► dtype, shape, offset, size ─┐
    .data-00000-of-00001 ─────────────────── bytes ◄─────────────┘

Format: ``tensorflow/core/util/tensor_bundle`` and, for the table, LevelDB's
``doc/table_format.md``. What networks of this package need is read: float32, one
shard, and blocks that are not compressed, as TensorFlow writes them.
"""

import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

_MAGIC = 0xDB4775248B80FB57
_FOOTER = 48  # bytes
_FLOAT32 = 1  # in DataType of TensorFlow
# Fields of BundleEntryProto, of TensorShapeProto within, and of its dimensions.
_DTYPE, _SHAPE, _SHARD, _OFFSET, _SIZE = 1, 2, 3, 4, 5
_DIM, _DIM_SIZE = 2, 1


def read_variables(index: bytes, data: bytes) -> dict[str, NDArray[np.float32]]:
    """Read the variables of a checkpoint that has one shard.

    Parameters
    ----------
    index : bytes
        Content of the file that ends in ``.index``.
    data : bytes
        Content of the file that ends in ``.data-00000-of-00001``.

    Returns
    -------
    dict of str to float32 array
        By name; variables of other types are left out.

    Raises
    ------
    ValueError
        If it is no such checkpoint.
    """
    variables = {}
    for name, value in _table(index):
        if not name:  # the head of the whole
            continue
        entry = _message(value)
        if _one(entry, _DTYPE) != _FLOAT32:
            continue
        start, size = _one(entry, _OFFSET), _one(entry, _SIZE)
        if _one(entry, _SHARD) or start + size > len(data):
            raise ValueError(f"the variable {name.decode()!r} is not in the data")
        dims = _message(_one(entry, _SHAPE, b"")).get(_DIM, [])
        shape = [_one(_message(dim), _DIM_SIZE) for dim in dims]
        values = np.frombuffer(data[start : start + size], "<f4")
        variables[name.decode()] = values.reshape(shape).astype(np.float32)
    return variables


def _table(index: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of a table, in order."""
    footer = index[-_FOOTER:]
    if len(footer) < _FOOTER or struct.unpack("<Q", footer[-8:])[0] != _MAGIC:
        raise ValueError("the index is none of a TensorFlow checkpoint")
    # Two handles stand in the footer: of blocks about the table, and of its index.
    _, _, position = _handle(footer, 0)
    offset, size, _ = _handle(footer, position)
    for _, handle in _entries(_block(index, offset, size)):
        offset, size, _ = _handle(handle, 0)
        yield from _entries(_block(index, offset, size))


def _block(index: bytes, offset: int, size: int) -> bytes:
    compressed = index[offset + size : offset + size + 1]
    if compressed != b"\0":
        raise ValueError("the index is damaged, or compressed")
    return index[offset : offset + size]


def _handle(data: bytes, position: int) -> tuple[int, int, int]:
    """Offset and size of a block, and where the next thing begins."""
    offset, position = _varint(data, position)
    size, position = _varint(data, position)
    return offset, size, position


def _entries(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of a block; each key says what it shares with the last one."""
    n_restarts = struct.unpack("<I", block[-4:])[0]
    position, end, key = 0, len(block) - 4 * (n_restarts + 1), b""
    while position < end:
        shared, position = _varint(block, position)
        own, position = _varint(block, position)
        size, position = _varint(block, position)
        key = key[:shared] + block[position : position + own]
        position += own
        yield key, block[position : position + size]
        position += size


# -- protocol buffers -----------------------------------------------------------------


def _varint(data: bytes, position: int) -> tuple[int, int]:
    """A number in groups of seven bits, the lowest first."""
    number = shift = 0
    while True:
        if position >= len(data):
            raise ValueError("the index is cut off")
        byte = data[position]
        position += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, position
        shift += 7


def _message(data: bytes) -> dict[int, list[Any]]:
    """Fields of a message: numbers, or bytes."""
    fields: dict[int, list[Any]] = {}
    position = 0
    while position < len(data):
        tag, position = _varint(data, position)
        number, kind = tag >> 3, tag & 7
        value: Any
        if kind == 0:
            value, position = _varint(data, position)
        else:
            size, position = _size_of(kind, data, position)
            value, position = data[position : position + size], position + size
        fields.setdefault(number, []).append(value)
    return fields


def _size_of(kind: int, data: bytes, position: int) -> tuple[int, int]:
    if kind == 2:
        return _varint(data, position)
    if kind not in (1, 5):
        raise ValueError("the index is damaged")
    return (8 if kind == 1 else 4), position


def _one(fields: dict[int, list[Any]], number: int, default: Any = 0) -> Any:
    # What is zero is not written.
    return fields.get(number, [default])[-1]
