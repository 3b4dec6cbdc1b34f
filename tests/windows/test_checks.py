import warnings

import numpy as np
import pandas as pd
import pytest

from skgenre import SongWindows
from skgenre.windows._checks import (
    GET_CLASS_SHARES,
    NOTHING_TO_FIT,
    checked_y,
    one_class,
    warn_single_windows,
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


# -- names of windows for names of songs: found.md A12 ---------------------------------


def test_names_that_count_windows_are_said():
    names = np.array(
        [f"jazz.{song:05}.{window}.wav" for song in range(9) for window in range(10)]
    )
    with pytest.warns(UserWarning, match=r"90 songs has one window.*9 different ones"):
        warn_single_windows(np.arange(90), names)


@pytest.mark.parametrize(
    ("codes", "names"),
    [
        (np.arange(30), np.array([f"rec_{i:03}.wav" for i in range(30)])),
        (np.arange(60), np.array([f"{g}.{i:05}.wav" for g in "ab" for i in range(30)])),
        (np.arange(30), np.array([f"1-{i}7-A-0.wav" for i in range(30)])),
        (np.arange(30), np.arange(30)),
        (np.arange(6), np.array([f"a1.{i}.wav" for i in range(6)])),
        (np.arange(60) // 2, np.array([f"a{i % 3}.{i}.wav" for i in range(30)])),
        (np.arange(30), np.array([*range(29), None], dtype=object)),
    ],
)
def test_names_of_songs_are_not(codes, names):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_single_windows(codes, names)


def test_the_well_known_table(data_dir):
    table = pd.read_csv(data_dir / "gtzan3" / "features_3_sec.csv")
    table = table.drop(columns=["label", "length"])
    with pytest.warns(UserWarning, match="Each of the 1,948 songs has one window"):
        windows = SongWindows.from_frame(table, song="filename")
    assert len(windows) == 1948
    song = table["filename"].str.replace(r"\.\d+\.wav$", "", regex=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        songs = SongWindows.from_frame(table.drop(columns="filename"), song=song)
    assert len(songs) == 195
