"""Sources of windows: one protocol, three kinds that give the same."""

import dataclasses
import pickle

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skgenre import FrameWindower, SongWindows
from skgenre.windows._source import (
    ArraySource,
    WholeSongs,
    WindowsAtHand,
    WindowSource,
)

KINDS = ["in memory", "in a file", "audio"]
# Songs of 2, 1, 0 and 3 windows of 100 samples.
COUNTS = [2, 1, 0, 3]
STARTS = [0, 0.5, 0, 0, 0.5, 1]


def audio_source():
    rng = np.random.default_rng(0)
    songs = [rng.normal(size=n) for n in (150, 100, 40, 210)]
    windower = FrameWindower(1.0, sample_rate=100, short="drop")
    return windower.fit_transform(songs).source


@pytest.fixture
def sources(tmp_path):
    """The same songs from all three kinds of sources."""
    audio = audio_source()
    with pytest.warns(UserWarning, match="1 of 4 songs"):
        values, counts, starts = audio.load()
    in_memory = ArraySource(values, counts, starts=starts)
    stored = SongWindows.from_source(in_memory).save(tmp_path / "windows.npy")
    return {"in memory": in_memory, "in a file": stored.source, "audio": audio}


@pytest.fixture(params=KINDS)
def source(request, sources):
    return sources[request.param]


# Reading audio reports the song without windows each time; that is tested elsewhere.
reads_audio = pytest.mark.filterwarnings("ignore:1 of:UserWarning")


@reads_audio
def test_every_kind_is_a_source(source, sources):
    assert isinstance(source, WindowSource)
    assert len(source) == 4
    assert source.window_shape == (100,)
    values, counts, starts = source.load()
    assert_array_equal(values, sources["in memory"].values)
    assert_array_equal(counts, COUNTS)
    assert_array_equal(starts, STARTS)
    assert_array_equal(source.measure()[0], COUNTS)
    assert_array_equal(source.measure()[1], STARTS)
    assert source.is_measured
    assert_array_equal(source.starts_of(COUNTS), STARTS)


@reads_audio
@pytest.mark.parametrize("positions", [[1, 2, 3], [3, 0], [2], [1, 1, 3], []])
def test_some_songs(source, sources, positions):
    part = source.take(np.array(positions, dtype=np.intp))
    assert type(part) is type(source)
    assert len(part) == len(positions)
    assert part.errors is source.errors
    windows = [source.read(i) for i in positions]
    values, counts, starts = part.load()
    assert_array_equal(counts, [len(own) for own in windows])
    assert_array_equal(values, np.concatenate([np.zeros((0, 100)), *windows]))
    assert_array_equal(starts, sources["in memory"].take(positions).starts)
    for position, own in enumerate(windows):
        assert_array_equal(part.read(position), own)
    # Parts of parts.
    if len(positions) > 1:
        assert_array_equal(part.take(np.array([1])).load()[0], windows[1])


@reads_audio
def test_the_reader_turns_songs_into_windows(source, sources):
    songs = [song for song, n in zip(source.songs(), COUNTS, strict=True) if n]
    read = [np.concatenate(list(source.reader.blocks(song))) for song in songs]
    assert_array_equal(np.concatenate(read), sources["in memory"].values)
    # It is what travels to workers.
    assert len(pickle.dumps(source.reader)) < 300


@reads_audio
def test_sources_pickle(source):
    again = pickle.loads(pickle.dumps(source))
    for known, expected in zip(again.load(), source.load(), strict=True):
        assert_array_equal(known, expected)


def test_only_what_is_read_when_asked_for_is_lazy(sources):
    assert [sources[kind].is_lazy for kind in KINDS] == [False, True, True]
    assert [sources[kind].is_measured for kind in KINDS] == [True, True, False]
    assert [sources[kind].dtype for kind in KINDS] == [np.float64, np.float64, None]
    assert [sources[kind].sample_rate for kind in KINDS] == [None, None, 100]


def test_what_is_no_source():
    assert not isinstance(np.zeros(3), WindowSource)
    assert not isinstance([], WindowSource)
    assert not isinstance(WindowsAtHand(), WindowSource)


# -- windows at hand ------------------------------------------------------------------


def test_whole_songs():
    windows = np.arange(6).reshape(3, 2)
    (block,) = WholeSongs().blocks(windows)
    assert block is windows
    assert WholeSongs() == WholeSongs()
    with pytest.raises(dataclasses.FrozenInstanceError):
        WholeSongs().size = 3


def test_windows_at_hand_are_never_bad():
    source = ArraySource(np.eye(3), [2, 1])
    assert list(source.checked(iter([1, None]))) == [1, None]
    results = source.checked(["good", ValueError("broken feature"), "never made"])
    assert next(results) == "good"
    with pytest.raises(ValueError, match="broken feature"):
        next(results)
    assert source.errors == {}


def test_starts_do_not_depend_on_what_is_made_of_windows():
    source = ArraySource(np.eye(3), [2, 1], starts=[0, 2, 0])
    assert source.starts_of([1, 1]).tolist() == [0, 2, 0]


# -- in memory ------------------------------------------------------------------------


def test_array_source_by_hand():
    values = np.arange(12).reshape(6, 2)
    source = ArraySource(values, [1, 0, 3, 2], sample_rate=8000, errors={1: "Short."})
    assert source.values is values
    assert source.offsets.tolist() == [0, 1, 1, 4, 6]
    assert source.read(2).tolist() == [[2, 3], [4, 5], [6, 7]]
    assert source.read(1).shape == (0, 2)
    assert [len(song) for song in source.songs()] == [1, 0, 3, 2]
    assert source.sample_rate == 8000
    assert source.take(np.array([2])).sample_rate == 8000
    assert source.take(np.array([0])).errors == {1: "Short."}
    assert np.isnan(source.starts).all()
    assert source.starts.dtype == float


def test_neighbours_are_views():
    source = ArraySource(np.arange(12).reshape(6, 2), [1, 0, 3, 2])
    assert np.shares_memory(source.take(np.array([1, 2, 3])).values, source.values)
    assert not np.shares_memory(source.take(np.array([3, 2])).values, source.values)
    assert np.shares_memory(source.read(2), source.values)
    assert all(
        np.shares_memory(song, source.values) for song in source.songs() if song.size
    )


def test_what_is_given_is_not_kept():
    counts, starts = np.array([1, 2]), np.array([0.0, 0, 1])
    source = ArraySource(np.eye(3), counts, starts=starts)
    counts[0], starts[0] = 9, 9
    assert source.counts.tolist() == [1, 2]
    assert source.starts.tolist() == [0, 0, 1]


def test_no_songs():
    source = ArraySource(np.zeros((0, 3)), [])
    assert len(source) == 0
    assert source.counts.dtype == np.intp
    assert list(source.songs()) == []
    assert source.take(np.zeros(0, np.intp)).window_shape == (3,)


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ([2], "Got shape (3, 3), but counts add up to 2."),
        ([-1, 4], "0 or more. Got array([-1,  4]) instead."),
        ([[3]], "must be a 1-D array of numbers of windows"),
        ([3.0], "must be a 1-D array of numbers of windows"),
        (None, "must be a 1-D array of numbers of windows"),
    ],
)
def test_wrong_counts(counts, message):
    with pytest.raises(ValueError, match="parameter of SongWindows") as caught:
        ArraySource(np.eye(3), counts)
    assert message in str(caught.value)


def test_wrong_starts():
    with pytest.raises(ValueError, match=r"'starts'.*expected shape \(3,\)"):
        ArraySource(np.eye(3), [3], starts=[0, 1])


def test_sources_pickled_before_there_were_marks_have_none():
    source = ArraySource(np.zeros((3, 2)), [1, 2])
    state = {k: v for k, v in source.__getstate__().items() if k != "_marks"}
    old = ArraySource.__new__(ArraySource)
    old.__setstate__(state)
    assert old.marks() == (None, None)
    assert_array_equal(old.take(np.array([1])).values, np.zeros((2, 2)))
