import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skgenre import FrameWindower, SongWindows
from skgenre.windows._joining import joined_songs, regrouped_songs


@pytest.fixture
def recordings():
    """Five recordings of 2, 1, 0, 3 and 1 windows, of three patients."""
    return SongWindows(
        np.arange(14).reshape(7, 2),
        [2, 1, 0, 3, 1],
        song_ids=["a1", "b1", "a2", "c1", "a3"],
        starts=[0, 2, 0, 0, 2, 4, 0],
        window_seconds=2.0,
        feature_names=["x", "y"],
        errors={"a2": "It is silent."},
    )


PATIENTS = ["a", "b", "a", "c", "a"]


def test_recordings_of_a_patient_become_one_row(recordings):
    y = ["ill", "well", "ill", "well", "ill"]
    patients, labels = recordings.regroup(PATIENTS, y=y)
    assert patients.song_ids.tolist() == ["a", "b", "c"]
    assert labels.tolist() == ["ill", "well", "well"]
    assert patients.counts.tolist() == [3, 1, 3]
    assert_array_equal(patients[0], [[0, 1], [2, 3], [12, 13]])
    # Starts are those in the recordings, not sorted across them.
    assert patients.starts.tolist() == [0, 2, 0, 0, 0, 2, 4]
    assert_array_equal(recordings.values[patients.rows], patients.values)
    assert patients.errors == {"a": "a2: It is silent."}
    assert patients.window_seconds == 2.0
    assert patients.feature_names.tolist() == ["x", "y"]


def test_every_song_its_own_changes_nothing_but_names(recordings):
    same = recordings.regroup(np.arange(5))
    assert_array_equal(same.values, recordings.values)
    assert_array_equal(same.counts, recordings.counts)


def test_labels_that_disagree_are_named(recordings):
    with pytest.raises(ValueError, match=r"Song 'a' has 'ill' .*'well'"):
        recordings.regroup(PATIENTS, y=["ill", "well", "well", "well", "ill"])


def test_unknown_patients_are_refused(recordings):
    with pytest.raises(ValueError, match="row 2 is missing"):
        recordings.regroup(["a", "b", None, "c", "a"])


def test_audio_that_is_not_read_yet():
    windows = FrameWindower(1.0).fit_transform([np.sin(np.arange(30_000.0))])
    with pytest.raises(ValueError, match="Regroup features"):
        windows.regroup(["a"])


def test_parts_one_behind_the_other(recordings):
    whole = SongWindows.concat([recordings[:2], recordings[2:]])
    assert whole == recordings
    assert whole.errors == recordings.errors
    assert whole.feature_names.tolist() == ["x", "y"]


def test_songs_without_names_are_numbered_anew():
    a = SongWindows(np.zeros((3, 2)), [1, 2])
    b = SongWindows(np.ones((1, 2)), [0, 1], errors={0: "It is silent."})
    whole = SongWindows.concat([a, b])
    assert whole.song_ids.tolist() == [0, 1, 2, 3]
    assert whole.errors == {2: "It is silent."}


def test_what_does_not_fit_together(recordings):
    with pytest.raises(ValueError, match=r"names of songs twice, such as 'a1'"):
        SongWindows.concat([recordings, recordings])
    other = SongWindows(recordings.values, recordings.counts, window_seconds=3.0)
    with pytest.raises(ValueError, match="whose window_seconds differ"):
        SongWindows.concat([recordings, other])
    with pytest.raises(ValueError, match="Got no SongWindows"):
        SongWindows.concat([])


def test_pure_functions_give_arguments_of_the_container(recordings):
    codes = np.array([0, 1, 0, 2, 0])
    made = regrouped_songs(recordings, codes, np.array(["a", "b", "c"]))
    assert SongWindows(**made) == recordings.regroup(PATIENTS)
    assert SongWindows(**joined_songs([recordings])) == recordings


def test_two_lost_recordings_of_a_patient_are_both_said():
    lost = SongWindows(
        np.zeros((1, 2)),
        [0, 0, 1],
        song_ids=["a1", "a2", "b1"],
        errors={"a1": "It is silent.", "a2": "It is empty."},
    )
    patients = lost.regroup(["a", "a", "b"])
    assert patients.errors == {"a": "a1: It is silent.; a2: It is empty."}


def test_ends_of_those_that_know_them_and_of_those_that_do_not():
    whole = SongWindows([[1.0]], [1], starts=[1.0], window_seconds=2.0)
    cut = SongWindows([[2.0]], [1], starts=[0.0], ends=[0.5], window_seconds=2.0)
    for parts, ends in [((whole, cut), [3.0, 0.5]), ((cut, whole), [0.5, 3.0])]:
        assert_array_equal(SongWindows.concat(parts).ends, ends)
