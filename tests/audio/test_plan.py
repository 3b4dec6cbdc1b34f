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


def plan(
    size=4,
    hop=2,
    *,
    tail="drop",
    short="pad",
    sample_rate=10.0,
    offset=0.0,
    silence_db=None,
):
    return WindowPlan(
        sample_rate=sample_rate,
        window_samples=size,
        hop_samples=hop,
        offset_seconds=offset,
        max_seconds=None,
        tail=tail,
        short=short,
        silence_db=silence_db,
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


@given(n_samples=st.integers(1, 300), size=st.integers(1, 60), hop=st.integers(1, 90))
def test_counts_of_aligned_windows_beside_a_slow_loop(n_samples, size, hop):
    starts = [start for start in range(0, n_samples, hop) if start + size <= n_samples]
    # One more at the end, unless the last ends there.
    n_windows = len(starts) + (bool(starts) and starts[-1] + size < n_samples)
    assert plan(size, hop, tail="align").count(n_samples) == max(1, n_windows)


def test_starts_by_hand():
    assert_allclose(plan(hop=2).starts(3), [0, 0.2, 0.4])
    assert_allclose(plan(hop=3, offset=1.5).starts(2), [1.5, 1.8])
    assert plan().starts(0).shape == (0,)
    assert_allclose(plan(hop=3, offset=1.5).starts(2, 4), [2.7, 3.0])


@settings(max_examples=300, deadline=None)
@given(
    n_samples=st.integers(1, 400),
    size=st.integers(1, 60),
    hop=st.integers(1, 90),
    tail=st.sampled_from(["drop", "pad", "align"]),
    short=st.sampled_from(["pad", "repeat"]),
    block=st.integers(1, 200),
    piece=st.integers(1, 100),
)
def test_blocks_are_the_windows(n_samples, size, hop, tail, short, block, piece):
    y = np.arange(1.0, n_samples + 1)
    cut = plan(size, hop, tail=tail, short=short, sample_rate=1.0)
    # Whole numbers of samples, so that the starts are exact.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            _plan,
            "read_blocks",
            lambda y, **_: (y[i : i + piece] for i in range(0, len(y), piece)),
        )
        whole = cut.windows(y)
        patch.setattr(_plan, "BLOCK_SAMPLES", block)
        in_blocks = cut.blocks(y)
        blocks = list(in_blocks)
        measured = cut.measure(y)
        assert cut.measure(y).n_windows == len(whole)
    starts = cut.starts(len(whole))
    if measured.starts is not None:
        assert tail == "align"
        starts = measured.starts
    # Reading in blocks and only measuring tell the same of the song.
    assert (in_blocks.facts.starts is None) == (measured.starts is None)
    assert_array_equal(
        starts if measured.starts is None else in_blocks.facts.starts, starts
    )
    assert in_blocks.facts.n_windows == measured.n_windows == len(whole)
    assert all(len(b) for b in blocks)
    assert_array_equal(np.concatenate(blocks), whole)
    longest = block + max(size, hop) + piece
    assert all((len(b) - 1) * hop < longest for b in blocks)
    # By hand: a window is the samples from its start on, k * hop but for the last.
    for k, (start, window) in enumerate(zip(starts, whole, strict=True)):
        first = round(start)
        assert first == k * hop or (tail == "align" and k == len(whole) - 1)
        inside = y[first : first + size]
        assert_array_equal(window[: len(inside)], inside)
    if tail == "align" and n_samples >= size:
        assert round(starts[-1]) + size == n_samples
    covered = (len(whole) - 1) * hop + size
    if tail == "pad" and hop <= size:
        assert covered >= n_samples > covered - max(hop, size)


@settings(max_examples=200, deadline=None)
@given(
    n_samples=st.integers(20, 300),
    size=st.integers(2, 40),
    hop=st.integers(1, 50),
    tail=st.sampled_from(["drop", "pad", "align"]),
    block=st.integers(1, 150),
    piece=st.integers(1, 100),
    quiet=st.lists(st.tuples(st.integers(0, 300), st.integers(1, 80)), max_size=3),
    level=st.sampled_from([0.0, 1e-4, 0.5]),
)
def test_silent_windows_beside_a_slow_loop(
    n_samples, size, hop, tail, block, piece, quiet, level
):
    y = np.random.default_rng(0).normal(size=n_samples)
    for start, length in quiet:
        y[start : start + length] *= level
    every = plan(size, hop, tail=tail, sample_rate=1.0)
    audible = dataclasses.replace(every, silence_db=40.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            _plan,
            "read_blocks",
            lambda y, **_: (y[i : i + piece] for i in range(0, len(y), piece)),
        )
        all_windows, facts = every.read(y)
        starts = (
            every.starts(len(all_windows)) if facts.starts is None else facts.starts
        )
        deviations = np.array([np.std(window) for window in all_windows])
        kept = deviations >= deviations.max() * 10 ** (-40 / 20)
        kept &= deviations > 0
        if not kept.any():
            with pytest.raises(AudioError, match="All its windows are silent"):
                audible.read(y)
            return
        whole, facts = audible.read(y)
        patch.setattr(_plan, "BLOCK_SAMPLES", block)
        blocks = audible.blocks(y)
        in_blocks = np.concatenate(list(blocks))
        measured = audible.measure(y)
    assert_array_equal(whole, all_windows[kept])
    assert_array_equal(in_blocks, whole)
    for found in (facts, blocks.facts, measured):
        assert found.n_windows == len(whole)
        own = every.starts(len(whole)) if found.starts is None else found.starts
        assert_array_equal(own, starts[kept])


def test_a17_silence_in_a_song_by_hand():
    # Windows of 4 at 0, 4, 8, 12: loud, digital silence, 60 dB down, 20 dB down.
    tone = np.array([1.0, -1, 1, -1])
    y = np.concatenate([tone, np.zeros(4), 1e-3 * tone, 0.1 * tone])
    cut = plan(4, 4, offset=0)
    assert len(cut.windows(y)) == 4
    assert cut.read(y).facts.n_silent == 1
    for silence_db, starts in [
        (100, [0, 0.8, 1.2]),
        (61, [0, 0.8, 1.2]),
        (59, [0, 1.2]),
        (19, [0]),
    ]:
        audible = dataclasses.replace(cut, silence_db=silence_db)
        windows, facts = audible.read(y)
        own = audible.starts(len(windows)) if facts.starts is None else facts.starts
        assert_allclose(own, starts)
        assert_array_equal(windows, [y[round(10 * t) :][:4] for t in starts])
        assert facts.n_silent == 0
        # A constant offset is not heard.
        assert audible.measure(y + 0.5).n_windows == len(starts)


def test_padding_is_silence_too():
    y = np.concatenate([np.tile([1.0, -1], 6), [1e-3]])
    assert len(plan(4, 4, tail="pad").windows(y)) == 4
    assert len(plan(4, 4, tail="pad", silence_db=40).windows(y)) == 3


def test_a_song_whose_sound_lies_behind_its_windows():
    y = np.concatenate([np.zeros(8), [0, 1.0, 0]])
    with pytest.raises(AudioError, match="Take tail='align' or 'pad', or"):
        plan(4, 4, silence_db=60).windows(y)
    windows, facts = plan(4, 4, silence_db=60, tail="align").read(y)
    assert windows.tolist() == [[0, 0, 1, 0]]
    assert_allclose(facts.starts, [0.7])


def test_aligned_windows_by_hand():
    y = np.array([1.0, 2, 3, 4, 5])
    windows, facts = plan(tail="align").read(y)
    assert windows.tolist() == [[1, 2, 3, 4], [2, 3, 4, 5]]
    assert_allclose(facts.starts, [0, 0.1])
    # Where the last window ends with the song anyway, and where none fits.
    for n_samples, expected in [(6, [0, 0.2]), (4, [0]), (3, [0])]:
        part = np.arange(1.0, n_samples + 1)
        windows, facts = plan(tail="align").read(part)
        assert facts.starts is None
        assert_allclose(plan().starts(len(windows)), expected)
    assert_array_equal(windows, [[1, 2, 3, 0]])
    assert plan(tail="align", offset=2.0).measure(np.arange(50.0) % 7).starts is None
    part = plan(tail="align", offset=2.0).measure(np.arange(27.0) % 7)
    assert_allclose(part.starts, [2, 2.2, 2.3])


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
    assert part.measure(y).n_windows == 5


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


# -- how much of a window sounds ------------------------------------------------------


def weighed(y, **parameters):
    """Weights of windows of 100 samples, side by side, at 100 Hz: stretches are 2."""
    settings = {"size": 100, "hop": 100, "sample_rate": 100.0, **parameters}
    cut = dataclasses.replace(plan(**settings), window_weight="heard")
    weight = cut.read(y).facts.window_weight
    blocks = cut.blocks(y)
    assert sum(map(len, blocks)) == len(weight)
    assert_array_equal(blocks.facts.window_weight, weight)
    assert_array_equal(cut.measure(y).window_weight, weight)
    return weight


def test_share_of_a_window_that_sounds_by_hand():
    y = np.random.default_rng(0).normal(size=250)
    assert_array_equal(weighed(y, tail="pad"), [1, 1, 0.5])
    assert_array_equal(weighed(y), [1, 1])
    assert_array_equal(weighed(y[:30]), [0.3])
    # What is repeated sounds; a constant offset does not.
    assert_array_equal(weighed(y[:30], short="repeat"), [1])
    y[110:150] = 0.3
    assert_array_equal(weighed(y, tail="pad"), [1, 0.6, 0.5])
    y[:100] = 0
    assert_array_equal(weighed(y, tail="pad"), [0, 0.6, 0.5])
    # The last stretch of the song may be a sample shorter than others.
    assert_array_equal(weighed(y[:227], tail="pad")[2:], [0.26])
    assert_array_equal(weighed(y[:228], tail="pad")[2:], [0.28])


def test_quiet_stretches_count_as_silence_where_quiet_windows_do():
    rng = np.random.default_rng(0)
    y = rng.choice([-1.0, 1.0], size=400) * np.tile([1, -1], 200)
    y[100:160] *= 1e-3  # 60 dB below
    y[200:300] *= 1e-3
    y[::2] *= 0.5  # no stretch of two equal samples
    assert_array_equal(weighed(y), [1, 1, 1, 1])
    heard = weighed(y, silence_db=40)
    assert len(heard) == 3  # the third window is left out
    assert heard[1] == 0.4
    # Two samples of one sign lie close together: less power than the whole window has.
    assert_array_equal(heard[[0, 2]], [1, 1])


def test_padding_of_a_window_that_is_left_out_is_no_other_windows():
    y = np.random.default_rng(0).normal(size=250)
    y[200:] *= 1e-6
    assert_array_equal(weighed(y, tail="pad", silence_db=60), [1, 1])


def test_weights_are_only_looked_for_when_asked():
    y = np.random.default_rng(0).normal(size=30)
    assert plan().read(y).facts.window_weight is None
