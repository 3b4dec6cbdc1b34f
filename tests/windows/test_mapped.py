"""Memory maps travel as the name of their file."""

import os
import pickle

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skgenre import SongWindows
from skgenre.windows._mapped import as_mapped


@pytest.fixture
def mapped(tmp_path):
    """A file of 600 windows of 50 numbers, mapped."""
    values = np.random.default_rng(0).normal(size=(600, 50))
    np.save(tmp_path / "values.npy", values)
    return np.load(tmp_path / "values.npy", mmap_mode="r")


def test_b20_what_travels_is_the_name_of_the_file(mapped):
    windows = SongWindows(mapped, [100, 200, 300])
    assert mapped.nbytes == 240_000
    for part in (windows, windows[1:], windows[:2]):
        sent = pickle.dumps(part)
        assert len(sent) < 10_000
        again = pickle.loads(sent)
        assert isinstance(again.values, np.memmap)
        assert not again.values.flags.writeable
        assert again == part
        assert len(pickle.dumps(again)) < 10_000  # and on


@pytest.mark.parametrize(
    "view",
    [
        lambda a: a[3:7],
        lambda a: a[5:, 2:9],
        lambda a: a[::2, ::3],
        lambda a: a.T,
        lambda a: a[:, None, :],
        lambda a: a.view(np.int64),
        lambda a: np.asarray(a),
        lambda a: a[10:20][2:4],
    ],
)
def test_b20_views_by_hand(mapped, view):
    found = as_mapped(view(mapped))
    assert_array_equal(found.load(), view(mapped))


def test_b20_raw_files_with_an_offset(tmp_path):
    path = tmp_path / "raw.bin"
    np.arange(100, dtype=np.int16).tofile(path)
    values = np.memmap(path, np.int16, mode="r+", offset=20, shape=(9, 10))
    values[0, 0] = -7
    again = pickle.loads(pickle.dumps(SongWindows(values, [4, 5]))).values
    assert again[0].tolist() == [-7, *range(11, 20)]
    assert_array_equal(again, values)


def test_what_is_in_memory_only_travels_as_it_is(mapped, tmp_path):
    private = np.load(tmp_path / "values.npy", mmap_mode="c")
    private[0] = 5
    for values in (np.eye(3), mapped[[3, 1]], mapped[::-1], mapped[:0], private):
        assert as_mapped(values) is None
    assert (
        pickle.loads(pickle.dumps(SongWindows(private, [600]))).values[0] == 5
    ).all()


def test_a_file_that_is_gone_or_was_changed(mapped, tmp_path):
    sent = pickle.dumps(SongWindows(mapped, [600]))
    os.utime(tmp_path / "values.npy", ns=(1, 1))
    with pytest.raises(ValueError, match="was changed since"):
        pickle.loads(sent)
    (tmp_path / "values.npy").unlink()
    with pytest.raises(FileNotFoundError, match="where all workers see it"):
        pickle.loads(sent)
    # Who has it open has it still.
    assert pickle.loads(pickle.dumps(SongWindows(mapped, [600]))).n_windows == 600
