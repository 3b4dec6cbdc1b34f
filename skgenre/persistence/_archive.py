"""From named parts to one zip file and back: nothing unchecked, nothing half written.

::

    model.json ─── what the file holds, and of each other part its size and SHA-256
    estimator.skops ─── scikit-learn's parts
    networks/0.keras, ... ─── networks, in Keras' own format
"""

import hashlib
import io
import os
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from skgenre._files import let_go, remove_abandoned, unfinished
from skgenre.persistence._errors import ModelFileError

CARD = "model.json"
ESTIMATOR = "estimator.skops"

_NAME = re.compile(r"[a-z]+(/\d{1,6})?\.[a-z]{1,8}")
_LARGEST_CARD = 4_000_000  # bytes
_LARGEST_PART = 1 << 34
_MOST_PARTS = 10_000
# A part that deflates better than this is stored as it is, so a file that claims more
# is none of ours: what is read is never much larger than the file.
_MOST_RATIO = 64
_ENOUGH_TO_ASK = 1 << 20  # bytes under which a ratio does no harm
# Of all entries, so that equal models are equal files.
_WHEN = (1980, 1, 1, 0, 0, 0)
_HEAD = b"PK\x03\x04"


def network_part(number: int) -> str:
    """Name of the part that holds a network.

    Parameters
    ----------
    number : int
        From 0.

    Returns
    -------
    str
        Within the file.
    """
    return f"networks/{number}.keras"


def digest(data: bytes) -> dict[str, Any]:
    """Size and SHA-256 of a part, as the card has them.

    Parameters
    ----------
    data : bytes
        The part.

    Returns
    -------
    dict
        "size" and "sha256".
    """
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def write_archive(path: Path, parts: Mapping[str, bytes]) -> None:
    """Write parts as one file, in the place of what was there, or not at all.

    Parameters
    ----------
    path : Path
        Of the file.
    parts : dict of str to bytes
        In their order.

    Raises
    ------
    ModelFileError
        If the file cannot be written; what was there before is still there.
    """
    try:
        remove_abandoned(path)
        with unfinished(path) as (part, file):
            _write_zip(file, parts)
            file.flush()
            os.fsync(file.fileno())
            let_go(file)
            part.replace(path)
    except OSError as error:
        raise ModelFileError(
            f"Got {error.strerror or error} while {str(path)!r} was written, but "
            "expected a folder that is there, may be written to and has room. What "
            "was there before is unchanged."
        ) from error


def _write_zip(file: Any, parts: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in parts.items():
            entry = zipfile.ZipInfo(name, _WHEN)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data, compress_type=_method(data))


def _method(data: bytes) -> int:
    """Deflated where that helps and is no more than a reader will believe."""
    small = len(zlib.compress(data, 6))
    if small > 0.9 * len(data) or len(data) > _MOST_RATIO / 2 * small:
        return zipfile.ZIP_STORED
    return zipfile.ZIP_DEFLATED


# -- read -----------------------------------------------------------------------------


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a model file, its list of parts checked, and name it in what goes wrong.

    Parameters
    ----------
    path : Path
        Of the file.

    Yields
    ------
    zipfile.ZipFile
        Opened.

    Raises
    ------
    ModelFileError
        Whatever is wrong with it.
    """
    try:
        with (
            path.open("rb") as file,
            told("it is damaged, or no model file"),
            _checked_zip(file) as archive,
        ):
            yield archive
    except OSError as error:
        reason = f"it cannot be opened ({error.strerror or error})"
        raise ModelFileError(_cannot_load(path, reason)) from error
    except ModelFileError as error:
        raise ModelFileError(_cannot_load(path, str(error))) from error


def _cannot_load(path: Path, reason: str) -> str:
    return f"Got {str(path)!r}, which cannot be loaded: {reason}."


@contextmanager
def told(what: str) -> Iterator[None]:
    """Turn whatever a reader raises into one kind of error that says what was read.

    Parameters
    ----------
    what : str
        What is wrong then.

    Yields
    ------
    None
        While it is read.
    """
    try:
        yield
    except ModelFileError:
        raise
    # A reader of hostile bytes raises whatever its parsers do; memory may run out.
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise ModelFileError(f"{what} ({reason[:500]})") from error


def _checked_zip(file: BinaryIO) -> zipfile.ZipFile:
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if file.read(len(_HEAD)) != _HEAD:
        raise ModelFileError("it does not begin as a model file does")
    archive = zipfile.ZipFile(file)
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    if len(set(names)) < len(names) or len(names) > _MOST_PARTS:
        raise ModelFileError("its parts are too many, or two have one name")
    for entry in entries:
        _check_entry(entry)
    if min((entry.header_offset for entry in entries), default=0):
        # Two files in one: which of them is meant, nothing tells.
        raise ModelFileError("something stands in front of its parts")
    if sum(entry.compress_size for entry in entries) > size:
        raise ModelFileError("its parts are larger than the file")
    if CARD not in names:
        raise ModelFileError(f"it has no part {CARD!r}")
    return archive


def _check_entry(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    if not _NAME.fullmatch(name):
        raise ModelFileError(f"a part has the name {name!r}, as none of a model")
    if entry.flag_bits & 1:
        raise ModelFileError(f"{name!r} is encrypted")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ModelFileError(f"{name!r} is packed in a way that model files are not")
    limit = _LARGEST_CARD if name == CARD else _LARGEST_PART
    if entry.file_size > limit:
        raise ModelFileError(f"{name!r} is said to have {entry.file_size} bytes")
    unpacks = entry.file_size / max(1, entry.compress_size)
    if entry.file_size > _ENOUGH_TO_ASK and unpacks > _MOST_RATIO:
        raise ModelFileError(f"{name!r} would unpack to {unpacks:.0f} times its size")


def read_part(archive: zipfile.ZipFile, name: str) -> bytes:
    """Read one part, no further than the file's list says.

    Parameters
    ----------
    archive : zipfile.ZipFile
        From `opened`.
    name : str
        Of the part.

    Returns
    -------
    bytes
        The part, as its checksum in the zip says.
    """
    entry = archive.getinfo(name)
    with archive.open(entry) as file:
        data = file.read(entry.file_size)
        if len(data) != entry.file_size or file.read(1):
            raise ModelFileError(f"{name!r} has not the size it is said to have")
    return data


def read_parts(
    archive: zipfile.ZipFile, expected: Mapping[str, Mapping[str, Any]]
) -> dict[str, bytes]:
    """Read all parts but the card, each compared with what the card says of it.

    Parameters
    ----------
    archive : zipfile.ZipFile
        From `opened`.
    expected : dict of str to dict
        Size and SHA-256 of each part, by its name.

    Returns
    -------
    dict of str to bytes
        The parts.
    """
    there = set(archive.namelist()) - {CARD}
    if missing := sorted(expected.keys() - there):
        raise ModelFileError(f"the part {missing[0]!r} is missing")
    if extra := sorted(there - expected.keys()):
        raise ModelFileError(f"the part {extra[0]!r} is none that it lists")
    parts = {}
    for name in expected:
        # Before anything is read, as the list in the zip is anyone's to write.
        if archive.getinfo(name).file_size != expected[name]["size"]:
            raise ModelFileError(f"{name!r} has not the size that the card says")
        data = read_part(archive, name)
        if digest(data) != dict(expected[name]):
            raise ModelFileError(f"{name!r} has not the checksum that the card says")
        parts[name] = data
    return parts


# -- a zip within ---------------------------------------------------------------------


def packed(files: Mapping[str, bytes]) -> bytes:
    """Put files into a zip in memory, as they are.

    Parameters
    ----------
    files : dict of str to bytes
        In their order.

    Returns
    -------
    bytes
        The zip.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, _WHEN), data)
    return buffer.getvalue()


def unpacked(data: bytes, what: str) -> dict[str, bytes]:
    """Take files out of a zip in memory in which nothing is compressed.

    Parameters
    ----------
    data : bytes
        The zip.
    what : str
        Its name, for errors.

    Returns
    -------
    dict of str to bytes
        The files.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
        names = [entry.filename for entry in entries]
        if len(set(names)) < len(names):
            raise ModelFileError(f"{what}: two files have one name")
        for entry in entries:
            if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1:
                raise ModelFileError(f"{what}: {entry.filename!r} is compressed")
        # Else files might lie over each other, and be more than the whole.
        if sum(entry.file_size for entry in entries) > len(data):
            raise ModelFileError(f"{what}: its files are larger than the whole")
        return {name: archive.read(name) for name in names}
