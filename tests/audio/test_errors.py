import pickle

import numpy as np
import pytest

from skgenre import AudioError
from skgenre.audio._decode import read_song
from skgenre.audio._errors import SilentSong


def test_error_survives_pickling():
    error = AudioError("1 of 2 songs", {"a.wav": "There is no such file."})
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == "1 of 2 songs"
    assert again.errors == error.errors


def test_errors_may_be_left_out():
    assert AudioError("Bad.").errors == {}
    assert isinstance(AudioError("Bad."), ValueError)


def test_silence_is_told_from_other_faults():
    with pytest.raises(SilentSong, match="silent: every sample is 0"):
        read_song(np.zeros(9000), sample_rate=8000)
    with pytest.raises(AudioError) as caught:
        read_song(np.full(9000, np.nan), sample_rate=8000)
    assert not isinstance(caught.value, SilentSong)
    again = pickle.loads(pickle.dumps(SilentSong("It is silent.")))
    assert isinstance(again, SilentSong)
