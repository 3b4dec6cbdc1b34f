import numpy as np
import pytest

from skgenre import FrameWindower, SongWindows
from skgenre.plotting._unheard import unheard_songs


def test_songs_without_windows():
    songs = SongWindows(np.zeros((3, 2)), counts=[1, 0, 2])
    assert unheard_songs(None, songs).tolist() == [False, True, False]


def test_songs_too_short_for_a_windower_of_the_model():
    windower = FrameWindower(
        window_seconds=1.0, sample_rate=8000, short="drop", on_error="warn"
    )
    songs = [np.sin(np.arange(n)) for n in (4000, 8000)]
    with pytest.warns(UserWarning, match="1 of 2 songs"):
        unheard = unheard_songs(windower.fit(songs), songs)
    assert unheard.tolist() == [True, False]
    assert unheard_songs(None, songs).tolist() == [False, False]
