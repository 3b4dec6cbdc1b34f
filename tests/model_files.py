"""Model files as somebody may forge them: changed inside, every checksum right."""

import io
import json

import numpy as np

from skgenre.persistence._archive import (
    CARD,
    ESTIMATOR,
    digest,
    opened,
    packed,
    read_part,
    unpacked,
    write_archive,
)


def read(path):
    """All parts of a file."""
    with opened(path) as archive:
        return {name: read_part(archive, name) for name in archive.namelist()}


def write(path, parts):
    """Write parts, the card's list made right."""
    card = json.loads(parts[CARD])
    card["parts"] = {name: digest(data) for name, data in parts.items() if name != CARD}
    write_archive(path, {**parts, CARD: json.dumps(card).encode()})
    return path


def forge(path, change):
    """Change nodes and arrays of the estimator in a file: ``change(schema, files)``."""
    parts = read(path)
    files = unpacked(parts[ESTIMATOR], "it")
    schema = json.loads(files["schema.json"])
    changed = change(schema, files)
    files["schema.json"] = json.dumps(schema if changed is None else changed).encode()
    parts[ESTIMATOR] = packed(files)
    return write(path, parts)


def nodes(schema):
    """All nodes of a schema."""
    if isinstance(schema, dict):
        if "__loader__" in schema:
            yield schema
        for value in schema.values():
            yield from nodes(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from nodes(value)


def node(schema, name):
    """The first node of a class."""
    return next(n for n in nodes(schema) if n["__class__"] == name)


def attribute(schema, cls, name):
    """The node of an attribute of the first estimator of a class."""
    return node(schema, cls)["content"]["content"][name]


def npy(array, **options):
    """An array as NumPy saves it."""
    buffer = io.BytesIO()
    np.save(buffer, array, **options)
    return buffer.getvalue()
