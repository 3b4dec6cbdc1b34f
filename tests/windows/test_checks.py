import warnings

import numpy as np
import pytest

from skgenre.windows._checks import (
    GET_CLASS_SHARES,
    NOTHING_TO_FIT,
    checked_y,
    one_class,
    warn_unheard,
)


def test_one_class():
    assert one_class("HMMVoting", "songs", np.array(["rock"])) == (
        "HMMVoting needs songs of at least 2 classes. Got only one class: 'rock'."
    )
    # The label as people wrote it, not numpy's np.int64(3).
    assert one_class("X", "windows", np.array([3])).endswith("class: 3.")


def test_y_is_needed():
    y = ["rock"]
    assert checked_y(y, caller="X") is y
    with pytest.raises(ValueError, match="the target y is None") as caught:
        checked_y(None, caller="GroupVotingClassifier")
    assert str(caught.value) == (
        "GroupVotingClassifier requires y to be passed, but the target y is None."
    )


def test_songs_without_windows_are_named():
    ids = np.array([f"song {i}" for i in range(9)])
    heard = np.arange(9) == 4
    with pytest.warns(UserWarning, match="have no windows") as caught:
        warn_unheard(ids, heard, fate="are left out", consequence=" So.", stacklevel=1)
    assert str(caught[0].message) == (
        "8 of 9 songs have no windows and are left out: "
        "song 0, song 1, song 2, song 3, song 5 and 3 more. So."
    )


def test_the_warning_points_at_the_caller():
    def caller():
        warn_unheard(
            np.array(["a"]), np.array([False]), fate=GET_CLASS_SHARES, stacklevel=3
        )

    with pytest.warns(UserWarning, match="1 of 1 songs .* training songs: a") as caught:
        caller()
    assert caught[0].filename == __file__


def test_nothing_to_say():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_unheard(np.array(["a"]), np.array([True]), fate="", stacklevel=1)
        warn_unheard(np.array([]), np.array([], bool), fate="", stacklevel=1)
    assert NOTHING_TO_FIT == "None of the songs has a window; nothing can be fitted."
