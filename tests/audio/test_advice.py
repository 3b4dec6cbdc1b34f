"""What is said of songs and windows that do not fit each other."""

import dataclasses

import pytest

from skgenre.audio._advice import (
    advise,
    count_half_overlapping,
    fitting_length,
    is_slower,
    rate_warning,
    round_length_above,
    slower_rate,
)
from skgenre.audio._facts import SongFacts
from skgenre.audio._plan import WindowPlan


def plan(window_seconds=5.0, hop_seconds=2.5, *, sample_rate=22050, short="pad"):
    return WindowPlan(
        sample_rate=sample_rate,
        window_samples=int(window_seconds * sample_rate),
        hop_samples=int(hop_seconds * sample_rate),
        offset_seconds=0.0,
        max_seconds=None,
        tail="drop",
        short=short,
    )


def songs(*, n_windows, seconds, n_songs=4, rate=22050, n_silent=0):
    facts = SongFacts(seconds, rate, n_windows, n_silent)
    return [facts] * n_songs


def test_all_is_well():
    assert advise(plan(), []) == []
    assert advise(plan(), songs(n_windows=11, seconds=30)) == []
    # One song of one window is all that was asked for.
    assert advise(plan(), songs(n_windows=1, seconds=5, n_songs=1)) == []
    assert advise(plan(), songs(n_windows=0, seconds=1)) == []


@pytest.mark.parametrize(
    ("seconds", "window_seconds", "end"),
    [
        # 5 s give windows of 1 s at 0, 0.5, ..., 4: nine. 2 s would give four.
        (5.0, 5.0, "; window_seconds=1 would give about 9."),
        # 30 s: windows of 10 s at 0, 5, ..., 20.
        (30.0, 30.0, "; window_seconds=10 would give about 5."),
        (2.0, 5.0, "; window_seconds=0.5 would give about 7."),
        (0.6, 0.5, "."),
    ],
)
def test_a14_songs_of_one_window(seconds, window_seconds, end):
    found = advise(
        plan(window_seconds, 0.5 * window_seconds),
        songs(n_windows=1, seconds=seconds, n_songs=400),
    )
    assert found[0] == (
        f"400 of 400 songs have one window of {window_seconds:g} s, so votings cannot "
        f"differ{end}"
    )


def test_a_few_songs_of_one_window_are_no_matter():
    several = songs(n_windows=3, seconds=10)
    assert advise(plan(), several + songs(n_windows=1, seconds=6, n_songs=4)) == []
    (said,) = advise(plan(), several + songs(n_windows=1, seconds=6, n_songs=5))
    assert said.startswith("5 of 9 songs have one window")


def test_a14_files_at_a_lower_rate():
    slow = songs(n_windows=9, seconds=30, rate=4000)
    expected = (
        "The files are at 4,000 Hz, read at 22,050, so above 2,000 Hz there is nothing "
        "in them: set sample_rate=4000."
    )
    assert rate_warning(plan(), slow) == expected
    assert advise(plan(), slow) == [expected]
    # Most files, not some of them; waveforms without a rate do not count.
    fine = songs(n_windows=9, seconds=30)
    assert rate_warning(plan(), slow + fine) is None
    assert rate_warning(plan(), slow + fine[:3]) == expected
    bare = songs(n_windows=9, seconds=30, rate=None)
    assert rate_warning(plan(), slow + bare * 9) == expected
    assert rate_warning(plan(), bare) is None
    assert rate_warning(plan(), []) is None


def test_rates_that_are_not_far_off_are_advice_alone():
    speech = songs(n_windows=9, seconds=30, rate=16000)
    assert rate_warning(plan(), speech) is None
    assert advise(plan(), speech) == [
        "4 of 4 files are at 16,000 Hz or near it, read at 22,050: set "
        "sample_rate=16000."
    ]
    for rate in (20000, 22050, 44100):
        assert advise(plan(), songs(n_windows=9, seconds=30, rate=rate)) == []


@pytest.mark.parametrize(
    ("seconds", "length", "n_windows"),
    [
        (60, 5, 23),
        (5, 5, 1),
        (7.5, 5, 2),
        (7.5 - 1e-7, 5, 2),  # a sample is missing
        (7.4, 5, 1),
        (0.3, 5, 1),  # filled up
    ],
)
def test_windows_that_overlap_by_half(seconds, length, n_windows):
    assert count_half_overlapping(seconds, length) == n_windows


def test_lengths_between_limits():
    # 15 s: five windows of 5 s, at 0, 2.5, ..., 10. Of 10 s, two.
    assert fitting_length(15, longest=60) == 5
    assert fitting_length(15, longest=4) == 3
    assert fitting_length(14.9, longest=5) == 3
    assert fitting_length(2.5, longest=5) == 0.5
    assert fitting_length(2.5, longest=5, shortest=0.512) is None
    assert fitting_length(0.6, longest=5) is None
    assert round_length_above(0.512) == 1
    assert round_length_above(0.25) == 0.25
    assert round_length_above(99) == 99


def test_slower_rates():
    assert slower_rate([44100, 44100, 8000], 22050) is None
    assert slower_rate([], 22050) is None
    # Half of them is not most.
    assert slower_rate([44100, 8000], 22050) is None
    assert slower_rate([8000, 16000, 16000, 44100], 22050) == (16000, 3)
    assert is_slower(16000, 22050)
    assert not is_slower(17640, 22050)


def test_a_rate_that_was_meant_in_khz():
    files = songs(n_windows=9, seconds=30, rate=44100)
    assert rate_warning(plan(sample_rate=50), files) == (
        "The files are at 44,100 Hz, read at 50, which leaves nothing above 25 Hz. "
        "Rates are in Hz: set sample_rate=22050."
    )
    # Low rates are right for what is recorded at them.
    machine = songs(n_windows=9, seconds=30, rate=100)
    assert rate_warning(plan(sample_rate=100), machine) is None
    assert rate_warning(plan(sample_rate=8000), files) is None


def test_a_hop_longer_than_the_window():
    expected = (
        "Windows of 5 s start every 60 s, so 55 s between any two are not heard: a "
        "hop_seconds of 5 or less hears everything."
    )
    # Known before anything is read.
    assert advise(plan(5, 60), []) == [expected]
    assert advise(plan(5, 60), songs(n_windows=9, seconds=600)) == [expected]
    assert advise(plan(5, 5), []) == []


@pytest.mark.parametrize(
    ("short", "how"), [("pad", "filled up with zeros"), ("repeat", "repeated to fill")]
)
def test_songs_shorter_than_a_window(short, how):
    several = songs(n_windows=3, seconds=10) + songs(
        n_windows=1, seconds=3.5, n_songs=1
    )
    (said,) = advise(plan(short=short), several)
    assert said.startswith("1 of 5 songs are shorter than a window of 5 s and ")
    assert how in said
    assert "(the shortest lasts 3.50 s), so their window ends behind their end." in said
    assert advise(plan(short="drop"), several) == []
    assert advise(plan(), songs(n_windows=3, seconds=5 - 1e-5, n_songs=1)) == []


def test_silence_without_weight_is_no_matter():
    silent = songs(n_windows=10, seconds=30, n_silent=2)
    heard = dataclasses.replace(plan(), window_weight="heard")
    assert len(advise(plan(), silent)) == 1
    assert advise(heard, silent) == []


def test_windows_of_digital_silence():
    silent = songs(n_windows=10, seconds=30, n_silent=2, n_songs=3)
    (said,) = advise(plan(), silent + songs(n_windows=11, seconds=30, n_songs=2))
    assert said == (
        "6 of 52 windows, in 3 of 5 songs, hold digital silence and vote like all "
        "others: silence_db=60 leaves them out."
    )
