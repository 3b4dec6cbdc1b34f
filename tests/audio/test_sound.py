import numpy as np
import pytest

from skgenre.audio._sound import _PASSED_AT_ONCE, Sound, frames_at_once


class Ramp(Sound):
    """Frames 0, 1, 2...: as many as there are."""

    n_channels = 1

    def __init__(self, n_frames):
        self.n_frames, self.position, self.asked = n_frames, 0, []

    def read(self, n_frames):
        self.asked.append(n_frames)
        start = self.position
        self.position = min(start + n_frames, self.n_frames)
        return np.arange(start, self.position)[:, None]

    def close(self):
        self.n_frames = 0


@pytest.mark.parametrize("n_frames", [0, 1, _PASSED_AT_ONCE, _PASSED_AT_ONCE + 1])
def test_frames_are_passed_over_by_reading_them(n_frames):
    sound = Ramp(3 * _PASSED_AT_ONCE)
    assert sound.skip(n_frames) == n_frames
    assert max(sound.asked, default=0) <= _PASSED_AT_ONCE  # little at a time
    assert sound.read(2)[:, 0].tolist() == [n_frames, n_frames + 1]


def test_no_more_is_passed_over_than_there_is():
    for n_frames in (0, 5, _PASSED_AT_ONCE, _PASSED_AT_ONCE + 5):
        sound = Ramp(n_frames)
        assert sound.skip(3 * _PASSED_AT_ONCE) == n_frames
        assert len(sound.read(1)) == 0


def test_it_is_closed_whatever_happens():
    with Ramp(5) as sound:
        assert sound.n_frames == 5
    assert sound.n_frames == 0
    with pytest.raises(KeyError), Ramp(5) as sound:
        raise KeyError
    assert sound.n_frames == 0


def test_a_subclass_says_how():
    assert (Sound().notes, Sound().as_int16) == ((), False)
    for call in (lambda: Sound().read(1), Sound().close):
        with pytest.raises(NotImplementedError):
            call()


def test_many_channels_are_few_frames_at_a_time():
    assert [frames_at_once(1000, n) for n in (1, 2, 4, 1024, 2**20)] == [
        1000,
        1000,
        500,
        1,
        1,
    ]
    sound = Ramp(5000)
    sound.n_channels = 1024
    assert sound.skip(3000) == 3000
    assert max(sound.asked) == _PASSED_AT_ONCE // 512
