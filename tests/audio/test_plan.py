import dataclasses
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from skgenre import AudioError
from skgenre.audio import _plan
from skgenre.audio._plan import DroppedSong, WindowPlan


def plan(size=4, hop=2, *, tail="drop", short="pad", sample_rate=10.0, offset=0.0):
    return WindowPlan(
        sample_rate=sample_rate,
        window_samples=size,
        hop_samples=hop,
        offset_seconds=offset,
        max_seconds=None,
        tail=tail,
        short=short,
    )


@pytest.mark.parametrize(
    ("n_samples", "hop", "drop", "pad"),
    [
        # Windows of 4 samples: of 0..3, 2..5, 4..7, ... with a hop of 2.
        (1, 2, 1, 1),
        (4, 2, 1, 1),
        (5, 2, 1, 2),
        (6, 2, 2, 2),
        (7, 2, 2, 3),
        (11, 4, 2, 3),
        # A hop wider than the window: at 4 samples the second starts behind the end.
        (5, 6, 1, 1),
        (7, 6, 1, 2),
        (10, 6, 2, 2),
        (12, 6, 2, 2),
        (13, 6, 2, 3),
    ],
)
def test_counts_by_hand(n_samples, hop, drop, pad):
    assert plan(hop=hop, tail="drop").count(n_samples) == drop
    assert plan(hop=hop, tail="pad").count(n_samples) == pad


@given(n_samples=st.integers(1, 300), size=st.integers(1, 60), hop=st.integers(1, 90))
def test_counts_beside_a_slow_loop(n_samples, size, hop):
    starts = range(0, n_samples, hop)
    whole = sum(start + size <= n_samples for start in starts)
    assert plan(size, hop).count(n_samples) == max(1, whole)
    # To pad is to go on until every sample that a window can reach has one.
    n_windows = 1
    while (n_windows - 1) * hop + size < n_samples and n_windows * hop < n_samples:
        n_windows += 1
    assert plan(size, hop, tail="pad").count(n_samples) == n_windows


def test_starts_by_hand():
    assert_allclose(plan(hop=2).starts(3), [0, 0.2, 0.4])
    assert_allclose(plan(hop=3, offset=1.5).starts(2), [1.5, 1.8])
    assert plan().starts(0).shape == (0,)


@settings(max_examples=300, deadline=None)
@given(
    n_samples=st.integers(1, 400),
    size=st.integers(1, 60),
    hop=st.integers(1, 90),
    tail=st.sampled_from(["drop", "pad"]),
    short=st.sampled_from(["pad", "repeat"]),
    block=st.integers(1, 200),
    piece=st.integers(1, 100),
)
def test_blocks_are_the_windows(n_samples, size, hop, tail, short, block, piece):
    y = np.arange(1.0, n_samples + 1)
    cut = plan(size, hop, tail=tail, short=short, sample_rate=1.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            _plan,
            "read_blocks",
            lambda y, **_: (y[i : i + piece] for i in range(0, len(y), piece)),
        )
        whole = cut.windows(y)
        patch.setattr(_plan, "BLOCK_SAMPLES", block)
        blocks = list(cut.blocks(y))
        assert cut.count_windows(y) == len(whole)
    assert all(len(b) for b in blocks)
    assert_array_equal(np.concatenate(blocks), whole)
    longest = block + max(size, hop) + piece
    assert all((len(b) - 1) * hop < longest for b in blocks)
    # By hand: window k is the samples from k * hop on.
    for k, window in enumerate(whole):
        inside = y[k * hop : k * hop + size]
        assert_array_equal(window[: len(inside)], inside)
    covered = (len(whole) - 1) * hop + size
    if tail == "pad" and hop <= size:
        assert covered >= n_samples > covered - max(hop, size)


def test_what_is_padded_and_repeated_by_hand():
    y = np.array([1.0, 2, 3])
    assert_array_equal(plan(short="pad").windows(y), [[1, 2, 3, 0]])
    assert_array_equal(plan(7, short="repeat").windows(y), [[1, 2, 3, 1, 2, 3, 1]])
    y = np.array([1.0, 2, 3, 4, 5])
    assert_array_equal(plan(tail="drop").windows(y), [[1, 2, 3, 4]])
    assert_array_equal(plan(tail="pad").windows(y), [[1, 2, 3, 4], [3, 4, 5, 0]])
    # Only songs shorter than a window are repeated; behind others are zeros.
    padded = plan(tail="pad", short="repeat").windows(y)
    assert_array_equal(padded, [[1, 2, 3, 4], [3, 4, 5, 0]])


def test_windows_of_a_waveform_are_a_view():
    y = np.sin(np.arange(50.0))
    assert np.shares_memory(plan().windows(y), y)
    assert_array_equal(y, np.sin(np.arange(50.0)))


def test_a_part_of_a_song():
    y = np.sin(np.arange(100.0))
    part = dataclasses.replace(plan(10, 5), offset_seconds=2.0, max_seconds=3.0)
    windows = part.windows(y)
    assert_array_equal(windows, [y[i : i + 10] for i in (20, 25, 30, 35, 40)])
    assert part.count_windows(y) == 5


@pytest.mark.parametrize(
    ("short", "error", "message"),
    [
        (
            "raise",
            AudioError,
            "It lasts 0.30 s, less than one window of 0.40 s. Take short='pad' or "
            "'repeat'.",
        ),
        (
            "drop",
            DroppedSong,
            "It lasts 0.30 s, less than one window of 0.40 s, and short='drop'.",
        ),
    ],
)
def test_songs_that_are_too_short(short, error, message):
    with pytest.raises(error) as caught:
        plan(short=short).count(3)
    assert str(caught.value) == message
    assert type(caught.value) is error
    # A dropped song is an error of audio too, so that whoever reads it finds it.
    assert isinstance(caught.value, AudioError)
    assert plan(short=short).count(4) == 1


def test_a_plan_is_small_and_stays_what_it_is():
    one = plan()
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.hop_samples = 3
    again = pickle.loads(pickle.dumps(one))
    assert again == one
    assert len({again, one, plan(hop=3)}) == 2
    assert len(pickle.dumps(one)) < 300
