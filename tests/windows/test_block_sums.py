import zlib
from pathlib import Path

import numpy as np
import pytest

from skgenre import SongWindows
from skgenre.windows import _block_sums
from skgenre.windows._block_sums import BlockSums, CheckedBlocks

rng = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(_block_sums, "BLOCK", 64)


@pytest.mark.parametrize("cuts", [[], [1], [64], [63, 65, 65], [10, 150, 151]])
def test_sums_are_those_of_blocks_however_the_bytes_come(cuts):
    content = rng.bytes(200)
    sums = BlockSums()
    for first, stop in zip([0, *cuts], [*cuts, 200], strict=True):
        sums.add(memoryview(content[first:stop]))
    expected = [zlib.crc32(content[i : i + 64]) for i in (0, 64, 128, 192)]
    assert sums.sums().tolist() == expected


def test_no_bytes_have_no_sums():
    sums = BlockSums()
    sums.add(memoryview(b""))
    assert sums.sums().shape == (0,)


def test_only_blocks_of_rows_that_are_asked_for_are_read():
    values = rng.integers(0, 255, (40, 8)).astype(np.uint8)  # 5 blocks of 8 rows
    sums = BlockSums()
    sums.add(values.reshape(-1).data)
    blocks = CheckedBlocks(values, sums.sums(), Path("w.npy"))
    values[16] ^= 1  # the first row of block 2
    blocks.check(np.array([0, 24, 16]), np.array([16, 40, 16]))
    for first, stop in ((15, 17), (23, 24), (0, 40)):
        with pytest.raises(ValueError, match=r"'w\.npy'.*in bytes 128 to 192 of them"):
            blocks.check(np.array([first]), np.array([stop]))
    values[16] ^= 1
    blocks.check(np.array([0]), np.array([40]))
    values[16] ^= 1  # a block is compared once
    blocks.check(np.array([0]), np.array([40]))


def test_every_byte_of_a_file_counts(tmp_path):
    path = tmp_path / "w.npy"
    windows = SongWindows(rng.normal(size=(5, 2)), [2, 3], song_ids=["a", "b"])
    windows.save(path)
    whole = path.read_bytes()
    header = whole.index(b"\n")
    for position in range(len(whole)):
        damaged = bytearray(whole)
        damaged[position] ^= 1 << rng.integers(8)
        path.write_bytes(damaged)
        try:
            opened = SongWindows.open(path, check=True)
        except ValueError as error:
            assert "w.npy" in str(error)  # noqa: PT017
        else:
            # Blanks of numpy's header may be other blanks.
            assert position < header
            assert opened == windows


def test_a_damaged_song_is_an_error_when_it_is_read_and_costs_no_other(tmp_path):
    path = tmp_path / "w.npy"
    windows = SongWindows(rng.normal(size=(6, 8)), [2, 2, 2])  # 2 blocks a song
    windows.save(path)
    damaged = bytearray(path.read_bytes())
    damaged[128 + 128 + 5] ^= 4  # numpy's header has 128 bytes
    path.write_bytes(damaged)
    opened = SongWindows.open(path)
    np.testing.assert_array_equal(opened[0], windows[0])
    np.testing.assert_array_equal(opened[[2, 0]].values, windows[[2, 0]].values)
    for use in (lambda: opened[1], lambda: opened.values, opened[1:].load):
        with pytest.raises(ValueError, match=r"other windows in '.*w\.npy' than were"):
            use()
    with pytest.raises(ValueError, match="other windows"):
        SongWindows.open(path, check=True)
