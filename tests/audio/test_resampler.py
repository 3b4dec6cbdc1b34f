import numpy as np
import pytest
import soxr
from numpy.testing import assert_allclose, assert_array_equal

from skgenre import AudioError
from skgenre.audio import _resampler
from skgenre.audio._resampler import Resampler


def noise(n_samples):
    return np.random.default_rng(0).uniform(-0.5, 0.5, n_samples).astype(np.float32)


def resampled(blocks, native_rate, sample_rate):
    resampler = Resampler(native_rate, sample_rate)
    parts = [part for block in blocks for part in resampler.push(block)]
    return np.concatenate([*parts, resampler.finish()]), parts


def test_resampling_by_blocks_is_that_of_the_whole():
    y = noise(88200)
    joined, _ = resampled(np.array_split(y, 7), 44100, 16000)
    whole = soxr.resample(y, 44100, 16000)
    assert len(joined) == 32000
    assert_allclose(joined[: len(whole)], whole, atol=1e-6)


def test_a_block_comes_out_in_bounded_parts(monkeypatch):
    y = noise(3000)
    whole, _ = resampled([y], 400, 22050)
    assert len(whole) == -(-3000 * 22050 // 400)
    monkeypatch.setattr(_resampler, "_RESAMPLED_AT_ONCE", 1000)
    again, parts = resampled([y], 400, 22050)
    assert_array_equal(again, whole)
    # What soxr holds back is as much again.
    assert max(map(len, parts)) < len(whole) / 3


def test_rates_that_no_recording_has():
    Resampler(22050, 64 * 22050)
    Resampler(4096 * 8000, 8000)
    for rates in ((22050, 64 * 22050 + 1), (4096 * 8000 + 1, 8000)):
        with pytest.raises(AudioError, match="Its header is wrong, or"):
            Resampler(*rates)
