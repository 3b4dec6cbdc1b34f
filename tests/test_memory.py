"""What is remembered: folders that cannot be used, entries that are not right."""

import pickle
import tempfile
import zlib

import joblib
import numpy as np
import pytest

from skgenre._memory import checksum, recall, sealed, unsealed, usable_memory


def test_none_stays_none():
    assert usable_memory(None) is None


@pytest.mark.parametrize("kind", [str, lambda path: path, joblib.Memory])
def test_b10_a_file_in_the_folders_place_is_skipped_with_one_warning(tmp_path, kind):
    path = tmp_path / "cache"
    memory = kind(path)  # a Memory makes its folder
    if path.exists():
        path.rename(tmp_path / "moved")
    path.write_text("no folder")
    with pytest.warns(UserWarning, match="Nothing is kept in memory='.*cache") as told:
        assert usable_memory(memory) is None
    assert len(told) == 1
    assert told[0].filename == __file__


def test_b10_a_folder_that_may_only_be_read(tmp_path, monkeypatch):
    def refuse(dir):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with pytest.warns(UserWarning, match=r"here \(Permission denied\)"):
        assert usable_memory(tmp_path) is None


def test_a_folder_is_made(tmp_path):
    memory = usable_memory(tmp_path / "a" / "b")
    assert isinstance(memory, joblib.Memory)
    assert (tmp_path / "a" / "b").is_dir()
    assert usable_memory(memory) is memory
    assert usable_memory(joblib.Memory(None)).location is None


def test_what_is_put_there_comes_back():
    value = np.arange(6, dtype=np.float32).reshape(2, 3)
    found, beside = unsealed(sealed("key", value, {"note": 1}), "key")
    assert found is value
    assert beside == {"note": 1}
    for empty in (np.zeros((0, 3)), np.zeros(())):
        assert unsealed(sealed("key", empty), "key")[0] is empty


def test_a24_every_flipped_bit_is_noticed():
    value = np.array([-235.9, 1.5], np.float32)
    key, crc, _, packed = sealed("key", value, "beside")
    raw = bytearray(value.tobytes())
    for bit in range(8 * len(raw)):
        flipped = bytearray(raw)
        flipped[bit // 8] ^= 1 << bit % 8
        spoiled = np.frombuffer(bytes(flipped), np.float32)
        assert unsealed((key, crc, spoiled, packed), "key") is None
    assert unsealed((key, crc ^ 1, value, packed), "key") is None
    assert unsealed((key, crc, value, packed + b"."), "key") is None


@pytest.mark.parametrize(
    "value",
    [
        np.arange(6, dtype=np.float32).reshape(2, 3),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(6, dtype=">i2")[::2],
        np.zeros((0, 3)),
        np.array(7),
        np.array([(1, 2.0)], [("a", "i4"), ("b", "f8")]),
    ],
    ids=lambda value: f"{value.dtype} {value.shape}",
)
def test_what_was_put_there_as_bytes_comes_back(value):
    key, crc, raw, packed = sealed("key", value, {"note": 1}, read_only=True)
    assert (type(raw), raw) == (bytes, value.tobytes())
    found, beside = unsealed((key, crc, raw, packed), "key")
    assert found.dtype == value.dtype
    np.testing.assert_array_equal(found, value)
    assert beside == {"note": 1}
    assert not found.flags.writeable


def test_a24_every_flipped_bit_of_bytes_is_noticed():
    value = np.array([-235.9, 1.5], np.float32)
    key, crc, raw, packed = sealed("key", value, "beside", read_only=True)
    for part in (raw, packed):
        for bit in range(8 * len(part)):
            flipped = bytearray(part)
            flipped[bit // 8] ^= 1 << bit % 8
            spoiled = [bytes(flipped) if p is part else p for p in (raw, packed)]
            assert unsealed((key, crc, *spoiled), "key") is None
    assert unsealed((key, crc ^ 1, raw, packed), "key") is None
    assert unsealed((key, crc, raw, packed), "other") is None
    assert unsealed((key, crc, bytearray(raw), packed), "key") is None


def test_objects_have_no_bytes_of_their_own():
    for read_only in (False, True):
        with pytest.raises(TypeError):
            sealed("key", np.array([{}]), read_only=read_only)


def test_a24_what_is_another_keys_or_nothing_of_ours():
    entry = sealed("key", np.eye(2))
    assert unsealed(entry, "other") is None
    for wrong in (None, np.eye(2), entry[:3], ("key", 1, "text", b""), (*entry, 1)):
        assert unsealed(wrong, "key") is None


def test_checksum_is_that_of_the_standard_library():
    value = np.array([[1, 2]], np.int16)
    expected = zlib.crc32(b"\x01\x00\x02\x00", zlib.crc32(b"<i2 (1, 2)", 7))
    assert checksum(value, 7) == expected
    # Neither memory order nor where it lies matters; shape and type do.
    square = np.arange(4.0).reshape(2, 2)
    assert checksum(np.asfortranarray(square)) == checksum(square)
    assert (
        len({checksum(a) for a in (square, square.ravel(), square.astype("i8"))}) == 3
    )


def test_beside_is_not_unpickled_before_it_is_checked():
    packed = pickle.dumps(ValueError)
    entry = ("key", checksum(np.eye(2)), np.eye(2), packed)
    assert unsealed(entry, "key") is None


def kept_ones(key, n, fresh):
    fresh.append((np.ones(n), "beside"))
    return sealed(key, *fresh[0])


@pytest.mark.parametrize("damage", [b"\xb1\xff", b"# first line: :94\nx = 1"])
def test_a_damaged_note_of_the_functions_code_costs_no_result(tmp_path, damage):
    joblib.memory._FUNCTION_HASHES.clear()  # or the note would not be written
    load = joblib.Memory(tmp_path, verbose=0).cache(kept_ones, ignore=["n", "fresh"])
    assert recall(load, "key", 3)[2] is False
    load = joblib.Memory(tmp_path, verbose=0).cache(kept_ones, ignore=["n", "fresh"])
    (note,) = tmp_path.rglob("func_code.py")
    note.write_bytes(damage)
    joblib.memory._FUNCTION_HASHES.clear()  # as in another process
    value, beside, damaged = recall(load, "key", 3)
    np.testing.assert_array_equal(value, np.ones(3))
    assert (beside, damaged) == ("beside", True)
    assert recall(load, "key", 3)[2] is False


def undecodable(key, fresh):
    b"\xb1".decode()


def test_an_error_of_the_function_itself_is_raised(tmp_path):
    load = joblib.Memory(tmp_path, verbose=0).cache(undecodable, ignore=["fresh"])
    with pytest.raises(UnicodeDecodeError):
        recall(load, "key")


@pytest.mark.parametrize(
    "error", [OSError(5, "No device"), KeyError("mine"), ValueError("mine")]
)
def test_what_a_function_raises_is_no_fault_of_the_memory(tmp_path, error, recwarn):
    calls = []

    def fails(key, fresh):
        calls.append(key)
        raise error

    with pytest.raises(type(error)):
        recall(joblib.Memory(tmp_path, verbose=0).cache(fails), "key")
    assert calls == ["key"]
    assert not [w for w in recwarn if "could not be kept" in str(w.message)]
