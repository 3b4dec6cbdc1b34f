import dataclasses

import numpy as np
import pytest
import soundfile
import soxr
from numpy.testing import assert_allclose, assert_array_equal

from skgenre.audio import _decode, _plan
from skgenre.audio._echo import Echo, Resampler
from skgenre.audio._plan import WindowPlan

PLAN = WindowPlan(
    sample_rate=22050,
    window_samples=22050,
    hop_samples=11025,
    offset_seconds=0.0,
    max_seconds=None,
    tail="drop",
    short="pad",
)


def noise(seconds, rate=44100):
    return 0.1 * np.random.default_rng(0).normal(size=int(seconds * rate))


@pytest.fixture
def song(tmp_path):
    path = tmp_path / "song.wav"
    soundfile.write(path, np.stack([noise(9.3), noise(9.3)], axis=1), 44100)
    return path


def at_rates(plan, song, rates):
    """Windows of the plan, and of each rate."""
    blocks = plan.blocks_at(song, rates)
    found = [[] for _ in rates]
    own = []
    for block in blocks:
        own.append(block)
        for rows, echo in zip(found, blocks.echoes, strict=True):
            rows.append(echo.ready())
    for rows, echo in zip(found, blocks.echoes, strict=True):
        rows.append(echo.ready())
    return np.concatenate(own), [np.concatenate(rows) for rows in found]


def at_one(plan, song, rate):
    """Windows of a plan of that rate: what an echo must be equal to."""
    scale = rate / plan.sample_rate
    return dataclasses.replace(
        plan,
        sample_rate=rate,
        window_samples=round(plan.window_samples * scale),
        hop_samples=round(plan.hop_samples * scale),
    ).windows(song)


@pytest.mark.parametrize("block_samples", [2**22, 70_000, 30_000])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"tail": "pad"},
        {"tail": "align"},
        {"offset_seconds": 1.5, "max_seconds": 4.2},
        {"silence_db": 60.0},
        {"hop_samples": 33075},
        {"hop_samples": 2205},
        {"sample_rate": 44100, "window_samples": 44100, "hop_samples": 22050},
    ],
)
def test_windows_are_those_of_a_plan_of_that_rate(
    song, monkeypatch, changes, block_samples
):
    monkeypatch.setattr(_plan, "BLOCK_SAMPLES", block_samples)
    plan = dataclasses.replace(PLAN, **changes)
    rates = [16000, 48000, 44100]
    own, others = at_rates(plan, song, rates)
    assert_array_equal(own, plan.windows(song))
    for rate, windows in zip(rates, others, strict=True):
        expected = at_one(plan, song, rate)
        assert windows.shape == expected.shape
        assert_array_equal(windows[:-1], expected[:-1])
        # One that is moved back ends with the song at the plan's rate, to a sample.
        if plan.tail != "align":
            assert_array_equal(windows[-1], expected[-1])


def test_a_song_is_decoded_once(song, monkeypatch):
    opened, n_opened = _decode.opened, []
    monkeypatch.setattr(
        _decode, "opened", lambda *args: n_opened.append(1) or opened(*args)
    )
    at_rates(PLAN, song, [16000, 48000])
    assert len(n_opened) == 1


@pytest.mark.parametrize("short", ["pad", "repeat"])
def test_a_short_song_is_filled_up_at_each_rate(short):
    song = (noise(0.4, 32000), 32000)
    plan = dataclasses.replace(PLAN, short=short)
    _, (windows,) = at_rates(plan, song, [16000])
    assert windows.shape == (1, 16000)
    y = soxr.resample(song[0].astype(np.float32), 32000, 16000)
    expected = np.resize(y, 16000) if short == "repeat" else np.pad(y, (0, 9600))
    assert_allclose(windows[0], expected, atol=1e-6)


def test_nothing_of_a_high_rate_is_lost():
    """What lies above the windows' rate is in an echo of the song's own rate."""
    seconds = np.arange(3 * 48000) / 48000
    tone = 0.5 * np.sin(2 * np.pi * 20_000 * seconds)
    own, (windows,) = at_rates(PLAN, (tone, 48000), [48000])
    assert np.abs(own[1:-1]).max() < 1e-3
    assert_allclose(windows[1], tone[24000:72000], atol=1e-6)


def test_windows_lie_at_the_same_seconds_where_samples_do_not():
    """A click at the start of a window is there at every rate."""
    y = np.zeros(40_000)
    y[[1001, 2002, 3003]] = 1.0  # starts at 1,000 Hz
    plan = dataclasses.replace(
        PLAN, sample_rate=1000, window_samples=500, hop_samples=1001
    )
    _, (windows,) = at_rates(plan, (y, 1000), [333])
    for start, window in zip(1001 * np.arange(1, 4), windows[1:4], strict=True):
        first = round(start / 1000 * 333)
        assert np.abs(window).argmax() == round(start * 0.333) - first


def test_a_waveform_without_a_rate_is_at_the_plans():
    _, (windows,) = at_rates(PLAN, noise(3, 22050), [44100])
    y = soxr.resample(noise(3, 22050).astype(np.float32), 22050, 44100)
    assert_allclose(windows[2], y[44100:88200], atol=1e-4)


def test_an_echo_gives_windows_once_they_are_complete():
    echo = Echo(10, window_samples=4, repeat=False)
    echo.want(np.array([0.0, 0.2, 0.4]))
    echo.hear(np.arange(5.0), 10)
    assert echo.ready().tolist() == [[0, 1, 2, 3]]
    assert echo.ready().shape == (0, 4)
    echo.hear(np.arange(5.0, 7.0), 10)
    assert echo.ready().tolist() == [[2, 3, 4, 5]]
    echo.finish()
    assert echo.ready().tolist() == [[4, 5, 6, 0]]


def test_resampling_by_blocks_is_that_of_the_whole():
    y = noise(2).astype(np.float32)
    resampler = Resampler(44100, 16000)
    blocks = [resampler.push(block) for block in np.array_split(y, 7)]
    joined = np.concatenate([*blocks, resampler.finish()])
    whole = soxr.resample(y, 44100, 16000)
    assert len(joined) == 32000
    assert_allclose(joined[: len(whole)], whole, atol=1e-6)
