import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from skgenre.windows._growing_rows import (
    FileRows,
    MemoryRows,
    checked_path,
    map_rows,
)


@pytest.fixture(params=["memory", "file"])
def grow(request, tmp_path):
    """Make rows that grow, in memory or in a file."""
    return (
        MemoryRows
        if request.param == "memory"
        else lambda: FileRows(tmp_path / "rows.npy")
    )


@settings(max_examples=40, deadline=None)  # each writes a file to the disk
@given(
    sizes=st.lists(st.integers(0, 40), min_size=1, max_size=12),
    shape=st.sampled_from([(), (3,), (2, 4)]),
    dtype=st.sampled_from(["f4", "f8", "i2"]),
)
@pytest.mark.parametrize("kind", ["memory", "file"])
def test_all_rows_in_order(kind, tmp_path_factory, sizes, shape, dtype):
    values = np.arange(sum(sizes) * np.prod(shape, dtype=int)).astype(dtype)
    values = values.reshape(-1, *shape)
    path = tmp_path_factory.getbasetemp() / "all_rows.npy"
    with MemoryRows() if kind == "memory" else FileRows(path) as growing:
        for part in np.split(values, np.cumsum(sizes)[:-1]):
            growing.append(part)
        assert growing.n_rows == sum(sizes)
        grown = growing.finish()
    assert grown.dtype == dtype
    assert_array_equal(grown, values)
    if kind == "file":
        assert_array_equal(np.load(path), values)


def test_what_is_appended_is_copied(grow):
    first = np.ones((2, 3))
    with grow() as growing:
        growing.append(first)
        first[:] = 7
        growing.append(first[:, :])
        grown = growing.finish()
    assert grown[:, 0].tolist() == [1, 1, 7, 7]


def test_any_layout(grow):
    part = np.arange(24.0).reshape(4, 6)
    with grow() as growing:
        growing.append(part[:, ::2])
        growing.append(np.asfortranarray(part[:, ::2]))
        grown = growing.finish()
    assert_array_equal(grown, np.concatenate([part[:, ::2]] * 2))


def test_nothing_appended(grow, tmp_path):
    with grow() as growing:
        assert growing.finish() is None
    assert list(tmp_path.iterdir()) == []


def test_no_rows(grow):
    with grow() as growing:
        growing.append(np.zeros((0, 5), np.float32))
        grown = growing.finish()
    assert grown.shape == (0, 5)
    assert grown.dtype == np.float32


@pytest.mark.parametrize(
    ("other", "found"),
    [
        (np.zeros((9, 4)), "shape (4,) and dtype float64"),
        (np.zeros((9, 3), np.float32), "shape (3,) and dtype float32"),
        (np.zeros((9, 3, 1)), "shape (3, 1) and dtype float64"),
    ],
)
def test_rows_that_differ(grow, other, found):
    with grow() as growing:
        growing.append(np.zeros((2, 3)))
        with pytest.raises(ValueError, match="must give the same") as caught:
            growing.append(other)
    assert str(caught.value) == (
        f"A song's features have {found} per window, but the first song's have (3,) "
        "and float64. Every window must give the same."
    )


@pytest.mark.parametrize("other", [np.zeros((1, 1)), np.zeros((1, 3), np.float32)])
def test_rows_that_differ_and_fit_in_what_is_left(other):
    growing = MemoryRows()
    growing.append(np.zeros((100, 3)))
    growing.append(np.zeros((1, 3)))  # makes room for more
    with pytest.raises(ValueError, match="Every window must give the same"):
        growing.append(other)


def test_memory_grows_in_steps():
    growing = MemoryRows()
    sizes = set()
    for _ in range(1000):
        growing.append(np.zeros((1, 2)))
        sizes.add(len(growing._rows))
    # By an eighth each time: not a thousand times, and never much too large.
    assert len(sizes) < 60
    assert max(sizes) <= 1125
    assert growing.finish().shape == (1000, 2)


# -- files ----------------------------------------------------------------------------


def test_a_file_appears_when_it_is_complete(tmp_path):
    path = tmp_path / "rows.npy"
    np.save(path, np.zeros(3))
    with FileRows(path) as growing:
        growing.append(np.eye(2))
        assert np.load(path).shape == (3,)  # what was there before
        (unfinished,) = tmp_path.glob("*.part")
        assert unfinished.name.startswith("rows.npy.")
        grown = growing.finish()
        assert isinstance(grown, np.memmap)
        assert not grown.flags.writeable
    assert_array_equal(np.load(path), np.eye(2))
    assert [found.name for found in tmp_path.iterdir()] == ["rows.npy"]


def test_a_run_that_fails_leaves_what_was_there(tmp_path):
    path = tmp_path / "rows.npy"
    np.save(path, np.zeros(3))
    with pytest.raises(RuntimeError), FileRows(path) as growing:  # noqa: PT012
        growing.append(np.eye(2))
        raise RuntimeError
    assert np.load(path).shape == (3,)
    assert [found.name for found in tmp_path.iterdir()] == ["rows.npy"]


def test_two_runs_do_not_meet(tmp_path):
    path = tmp_path / "rows.npy"
    with FileRows(path) as one, FileRows(path) as other:
        for growing, value in ((one, 1.0), (other, 2.0), (one, 1.0)):
            growing.append(np.full((1, 2), value))
        other.finish()
        assert_array_equal(np.load(path), [[2, 2]])
        one.finish()
    assert_array_equal(np.load(path), [[1, 1], [1, 1]])


def test_names_of_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert checked_path("rows.npy") == tmp_path / "rows.npy"
    with pytest.raises(ValueError, match="expected one with") as caught:
        checked_path("rows.bin")
    assert str(caught.value) == "Got the path 'rows.bin', but expected one with '.npy'."


def test_a_folder_that_does_not_exist(tmp_path):
    path = tmp_path / "none" / "rows.npy"
    with pytest.raises(OSError, match="Give a file in a folder that exists"):
        FileRows(path).__enter__()


def test_files_are_mapped(tmp_path):
    np.save(tmp_path / "some.npy", np.eye(2))
    some = map_rows(tmp_path / "some.npy")
    assert isinstance(some, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        some[:] = 0
    # Of no rows there is nothing to map; not every numpy says so.
    np.save(tmp_path / "none.npy", np.zeros((0, 3)))
    assert map_rows(tmp_path / "none.npy").shape == (0, 3)


def test_files_that_cannot_be_mapped_are_read(tmp_path, monkeypatch):
    np.save(tmp_path / "none.npy", np.zeros((0, 3)))

    def refuse(path, mmap_mode=None, load=np.load):
        if mmap_mode is not None:
            raise ValueError("cannot mmap an empty file")
        return load(path)

    monkeypatch.setattr(np, "load", refuse)
    assert map_rows(tmp_path / "none.npy").shape == (0, 3)


# -- killed runs, full disks, names that are taken ------------------------------------


def test_a23_what_killed_runs_left_is_removed_and_what_others_write_is_not(tmp_path):
    path = tmp_path / "rows.npy"
    for name in ("rows.npy.skgenre.part", "rows.npy.0.part"):
        (tmp_path / name).write_bytes(b"left by a run that was killed")
    (tmp_path / "other.npy.0.part").write_bytes(b"of another file")
    with FileRows(path) as other:
        other.append(np.eye(2))
        with FileRows(path) as growing:
            growing.append(np.eye(3))
            assert len(list(tmp_path.glob("rows.npy.*.part"))) == 2
            growing.finish()
        other.finish()
    assert np.load(path).shape == (2, 2)
    names = sorted(found.name for found in tmp_path.iterdir())
    assert names == ["other.npy.0.part", "rows.npy"]


def test_a23_a_full_disk_leaves_what_was_there(tmp_path):
    resource = pytest.importorskip("resource")
    path = tmp_path / "rows.npy"
    np.save(path, np.zeros(3))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        with (  # noqa: PT012
            pytest.raises(OSError, match=r"rows.npy' \(File too large\). What was"),
            FileRows(path) as growing,
        ):
            for _ in range(100):
                growing.append(np.zeros((10, 10)))
            growing.finish()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert np.load(path).shape == (3,)
    assert [found.name for found in tmp_path.iterdir()] == ["rows.npy"]


@pytest.mark.parametrize("has_links", [True, False])
def test_a4_a_name_that_is_taken(tmp_path, monkeypatch, has_links):
    if not has_links:
        monkeypatch.setattr(os, "link", no_link)
    path = tmp_path / "rows.npy"
    for taken in (False, True):
        with FileRows(path) as growing:
            growing.append(np.full((2, 2), float(taken)))
            growing.complete(b"tail")
            assert growing.put_new(path) is not taken
    assert np.load(path).tolist() == [[0, 0], [0, 0]]
    assert path.read_bytes().endswith(b"tail")
    assert [found.name for found in tmp_path.iterdir()] == ["rows.npy"]


def no_link(source, target):
    raise PermissionError(1, "Operation not permitted")


def test_numpy_reads_no_more_than_the_rows(tmp_path):
    path = tmp_path / "rows.npy"
    with FileRows(path) as growing:
        growing.append(np.eye(3))
        growing.complete(b"what comes behind")
        growing.put(path)
    for mode in (None, "r"):
        assert_array_equal(np.load(path, mmap_mode=mode), np.eye(3))


def test_checksum_of_what_was_written(grow, tmp_path):
    sums = []
    for parts in ([np.eye(2), np.eye(2)], [np.eye(2), np.eye(2)[::-1]]):
        with FileRows(tmp_path / "rows.npy") as growing:
            for part in parts:
                growing.append(part)
            sums.append(growing.sums.sums().tolist())
    assert sums[0] != sums[1]


def test_shape_of_a_row(grow):
    with grow() as growing:
        assert not growing.is_begun
        assert growing.row_shape == ()
        growing.append(np.zeros((0, 3, 2)))
        assert growing.is_begun
        assert growing.row_shape == (3, 2)
        growing.finish()


def test_nothing_to_complete(tmp_path):
    with (
        pytest.raises(ValueError, match="Got no rows to write"),
        FileRows(tmp_path / "rows.npy") as growing,
    ):
        growing.complete()
