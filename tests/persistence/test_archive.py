import io
import os
import struct
import zipfile

import numpy as np
import pytest

from skgenre import ModelFileError
from skgenre.persistence._archive import (
    CARD,
    digest,
    network_part,
    opened,
    packed,
    read_part,
    read_parts,
    told,
    unpacked,
    write_archive,
)

PARTS = {CARD: b"{}", "estimator.skops": b"abc" * 500, "networks/0.keras": b"\x00\x01"}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "some.skgenre"
    write_archive(path, PARTS)
    return path


def parts_of(path):
    with opened(path) as archive:
        return {name: read_part(archive, name) for name in archive.namelist()}


def raw(path, files, **changed):
    """A zip as anyone may write it."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name)
            archive.writestr(entry, data, compress_type=changed.get("method", 0))
    return path


def test_parts_come_back_in_their_order(file):
    assert parts_of(file) == PARTS
    assert list(parts_of(file)) == list(PARTS)
    assert network_part(3) == "networks/3.keras"


def test_what_deflates_is_deflated_but_no_more_than_is_believed(tmp_path):
    noise = np.random.default_rng(0).bytes(4000)
    parts = {
        CARD: b"{}",
        "a.bin": b"abcd efgh " * 5 + noise,
        "b.bin": b"\0" * 2_000_000,
    }
    parts["c.bin"] = b"".join(b"%d %d, " % (i, i * i) for i in range(500))
    path = tmp_path / "some.skgenre"
    write_archive(path, parts)
    with zipfile.ZipFile(path) as archive:
        kinds = {entry.filename: entry.compress_type for entry in archive.infolist()}
    assert kinds["b.bin"] == kinds["a.bin"] == zipfile.ZIP_STORED
    assert kinds["c.bin"] == zipfile.ZIP_DEFLATED
    assert parts_of(path) == parts


def test_equal_parts_are_equal_files(tmp_path, file):
    write_archive(tmp_path / "again", PARTS)
    assert (tmp_path / "again").read_bytes() == file.read_bytes()


# -- hostile and damaged files --------------------------------------------------------

NAMES = [
    "../model.json",
    "/etc/passwd",
    "networks/../../x.keras",
    "C:\\x.keras",
    "a/b/c.keras",
    "networks/",
    "Estimator.skops",
    "estimator.skops.pickle",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_that_lead_elsewhere_are_refused(tmp_path, name):
    path = raw(tmp_path / "x", {CARD: b"{}", name: b"x"})
    with pytest.raises(ModelFileError, match="has the name"), opened(path):
        pass


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    files = {CARD: b"{}", "estimator.skops": b"\0" * 30_000_000}
    path = raw(tmp_path / "x", files, method=zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 50_000
    with pytest.raises(ModelFileError, match="times its size"), opened(path):
        pass


def test_a_part_is_no_larger_than_it_is_said_to_be(tmp_path):
    """The list says 1,000 bytes, and a million come out."""
    files = {CARD: b"{}", "estimator.skops": b"\0" * 1_000_000}
    path = raw(tmp_path / "x", files, method=zipfile.ZIP_DEFLATED)
    data = path.read_bytes().replace(struct.pack("<I", 1_000_000), b"\xe8\3\0\0")
    path.write_bytes(data)
    with opened(path) as archive:
        assert archive.getinfo("estimator.skops").file_size == 1000
    with pytest.raises(ModelFileError), opened(path) as archive:
        read_part(archive, "estimator.skops")


def test_other_compressions_are_refused(tmp_path):
    path = raw(tmp_path / "x", {CARD: b"{}" * 99}, method=zipfile.ZIP_LZMA)
    with pytest.raises(ModelFileError, match="packed in a way"), opened(path):
        pass


def test_a_card_of_many_megabytes_is_refused(tmp_path):
    path = raw(tmp_path / "x", {CARD: b" " * 5_000_000})
    with pytest.raises(ModelFileError, match="is said to have"), opened(path):
        pass


def test_two_parts_of_one_name_are_refused(tmp_path):
    path = tmp_path / "x"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(CARD, b"{}")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr(CARD, b"[]")
    with pytest.raises(ModelFileError, match="two have one name"), opened(path):
        pass


@pytest.mark.parametrize("data", [b"", b"PK", b"no zip at all", b"PK\3\4" + b"x" * 99])
def test_what_is_no_zip_is_refused_and_named(tmp_path, data):
    path = tmp_path / "genres.skgenre"
    path.write_bytes(data)
    with pytest.raises(ModelFileError, match=r"genres\.skgenre"), opened(path):
        pass


def test_something_before_the_zip_is_refused(file):
    file.write_bytes(b"#!/bin/sh\n" + file.read_bytes())
    with pytest.raises(ModelFileError, match="does not begin"), opened(file):
        pass


def test_a_zip_without_a_card_is_none(tmp_path):
    path = raw(tmp_path / "x", {"estimator.skops": b"x"})
    with pytest.raises(ModelFileError, match=r"no part 'model\.json'"), opened(path):
        pass


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_truncated_files_are_refused(file, share):
    data = file.read_bytes()
    file.write_bytes(data[: int(share * len(data))])
    with pytest.raises(ModelFileError):
        parts_of(file)


@pytest.mark.parametrize("name", ["nothing", ""])
def test_what_cannot_be_opened_is_said(tmp_path, name):
    with pytest.raises(ModelFileError, match="cannot be opened"):
        parts_of(tmp_path / name)


# -- parts against the card -----------------------------------------------------------


def listed(parts):
    return {name: digest(data) for name, data in parts.items() if name != CARD}


def test_parts_are_compared_with_the_card(file):
    with opened(file) as archive:
        found = read_parts(archive, listed(PARTS))
    assert found == {name: data for name, data in PARTS.items() if name != CARD}


WRONG = {
    "missing": ({**PARTS, "other.bin": b""}, "is missing"),
    "extra": ({CARD: b""}, "is none that it lists"),
    "size": ({**PARTS, "networks/0.keras": b"x"}, "not the size"),
    "content": ({**PARTS, "networks/0.keras": b"xy"}, "not the checksum"),
}


@pytest.mark.parametrize(("parts", "message"), WRONG.values(), ids=list(WRONG))
def test_what_differs_from_the_card_is_refused(file, parts, message):
    with pytest.raises(ModelFileError, match=message), opened(file) as archive:
        read_parts(archive, listed(parts))


# -- a zip within ---------------------------------------------------------------------


def test_files_within_come_back():
    files = {"schema.json": b"{}", "0.npy": b"\x93NUMPY"}
    assert unpacked(packed(files), "it") == files


def test_a_zip_within_holds_nothing_compressed():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("schema.json", b" " * 100_000_000)
    with pytest.raises(ModelFileError, match="is compressed"):
        unpacked(buffer.getvalue(), "it")


def test_files_within_do_not_lie_over_each_other():
    """One file of a megabyte, listed twice."""
    data = packed({"a": b"\0" * 1_000_000, "b": b"\0" * 10})
    at = data.index(b"PK\1\2")
    second = data.index(b"PK\1\2", at + 4)
    sizes = data[at + 20 : at + 28]
    forged = bytearray(data)
    forged[second + 20 : second + 28] = sizes
    with pytest.raises(ModelFileError, match="larger than the whole"):
        unpacked(bytes(forged), "it")


def test_whatever_a_reader_raises_is_told_as_one_kind():
    for error in (KeyError("x"), RecursionError("deep"), MemoryError(), OSError("y")):
        with (
            pytest.raises(ModelFileError, match="it is bad") as caught,
            told("it is bad"),
        ):
            raise error
        assert caught.value.__cause__ is error
    with pytest.raises(ModelFileError, match=r"^kept$"), told("it is bad"):
        raise ModelFileError("kept")


def test_one_model_in_front_of_another_is_refused(file, tmp_path):
    other = tmp_path / "other.skgenre"
    write_archive(other, {**PARTS, "estimator.skops": b"another"})
    both = tmp_path / "both.skgenre"
    both.write_bytes(file.read_bytes() + other.read_bytes())
    with (
        pytest.raises(ModelFileError, match=r"both\.skgenre.* in front of its parts"),
        opened(both),
    ):
        pass


@pytest.mark.skipif(os.name == "nt", reason="there are no such locks on Windows")
def test_what_a_killed_run_left_is_gone_with_the_next(tmp_path, file):
    for name in (f"{file.name}.skgenre.part", f"{file.name}.0.part"):
        (tmp_path / name).write_bytes(b"half")
    write_archive(file, PARTS)
    assert [path.name for path in tmp_path.iterdir()] == [file.name]
