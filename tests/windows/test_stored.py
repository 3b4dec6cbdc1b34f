"""Windows kept in a file: saved, written by a featurizer, opened, sent to workers."""

import os
import pickle
import shutil

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre import (
    AudioError,
    FrameWindower,
    GroupVotingClassifier,
    MFCCFeaturizer,
    SongWindows,
)
from skgenre.windows._stored import StoredWindows, plain_names

STATISTICS = ("mean", "std")


# -- written by a featurizer ----------------------------------------------------------


@pytest.fixture
def features_of(song_files):
    def make(**parameters):
        paths = [*song_files.data[:6], "no_such_song.wav", *song_files.data[6:]]
        windower = FrameWindower(1.0, on_error="warn")
        featurizer = MFCCFeaturizer(summary=STATISTICS, **parameters)
        with pytest.warns(UserWarning, match="1 of 31 songs"):
            return featurizer.fit_transform(windower.fit_transform(paths))

    return make


def test_output(features_of, tmp_path):
    expected = features_of()
    path = tmp_path / "features.npy"
    stored = features_of(output=path)
    assert "on disk" in repr(stored)
    assert stored == expected
    assert [p.name for p in tmp_path.iterdir()] == ["features.npy"]
    assert_array_equal(np.load(path), expected.values)
    for again in (SongWindows.open(path), pickle.loads(pickle.dumps(stored))):
        assert again == expected
        assert again.errors == expected.errors != {}
        assert_array_equal(again.feature_names, expected.feature_names)
        assert again.window_seconds == expected.window_seconds
    assert again.to_frame().equals(expected.to_frame())


def test_stored_windows_stay_in_their_file(features_of, tmp_path):
    stored = features_of(output=tmp_path / "features.npy")
    for part in (stored, stored[3:20]):
        assert isinstance(part.values, np.memmap)
        assert not part.values.flags.owndata
    assert isinstance(stored[4], np.memmap)
    chosen = stored[[20, 3, 3, 6, 5]]
    assert chosen.is_lazy
    assert chosen == features_of()[[20, 3, 3, 6, 5]]
    assert chosen[[True, False, False, True, True]].counts.tolist()[1] == 0
    # What travels to a worker is the file's name.
    assert len(pickle.dumps(chosen)) < 10_000 < stored.values.nbytes


def test_models_run_from_a_file(song_files, features_of, tmp_path):
    y = song_files.target
    model = GroupVotingClassifier(make_pipeline(StandardScaler(), LogisticRegression()))
    cv = StratifiedKFold(3, shuffle=True, random_state=0)
    features = features_of()
    heard = features.counts > 0
    expected = cross_val_score(model, features[heard], y, cv=cv)
    stored = features_of(output=tmp_path / "features.npy")[heard]
    assert_array_equal(cross_val_score(model, stored, y, cv=cv), expected)
    assert_array_equal(cross_val_score(model, stored, y, cv=cv, n_jobs=2), expected)


# -- the source -----------------------------------------------------------------------


@pytest.fixture
def stored(tmp_path):
    """Songs of 2, 1 and 3 windows, in a file."""
    np.save(tmp_path / "windows.npy", np.arange(12).reshape(6, 2))
    return StoredWindows(
        tmp_path / "windows.npy", np.array([2, 1, 3]), np.array([0.0, 1, 0, 0, 1, 2])
    )


def test_songs_by_hand(stored):
    assert len(stored) == 3
    assert stored.n_rows == 6
    assert stored.window_shape == (2,)
    assert stored.sample_rate is None
    assert stored.read(1).tolist() == [[4, 5]]
    part = stored.take(np.array([2, 0]))
    assert len(part) == 2
    assert part.n_rows == 6  # of the file
    values, counts, starts = part.load()
    assert values.tolist() == [[6, 7], [8, 9], [10, 11], [0, 1], [2, 3]]
    assert counts.tolist() == [3, 2]
    assert starts.tolist() == [0, 1, 2, 0, 1]
    assert part.take(np.array([1])).read(0).tolist() == [[0, 1], [2, 3]]
    assert len(stored) == 3  # taking leaves it as it was


def test_only_other_orders_are_copied(stored):
    whole = stored.load()[0]
    neighbours = stored.take(np.array([1, 2])).load()[0]
    assert isinstance(neighbours, np.memmap)
    assert np.shares_memory(neighbours, whole)
    assert not np.shares_memory(stored.take(np.array([2, 1])).load()[0], whole)


def test_windows_do_not_travel(stored):
    state = stored.__getstate__()
    assert "_values" not in state
    again = pickle.loads(pickle.dumps(stored.take(np.array([2]))))
    assert again.read(0).tolist() == [[6, 7], [8, 9], [10, 11]]


# -- names ----------------------------------------------------------------------------


def test_names_that_can_be_written():
    names = np.array(["a", "b"])
    assert plain_names(names) is names
    assert plain_names(names.astype(object)).dtype.kind == "U"
    assert plain_names(np.array([5, 3], dtype=object)).dtype.kind == "i"
    assert plain_names(np.array([], dtype=object)).dtype.kind == "U"
    for wrong in (["a", 3], [("a", 1), ("b", 2)], [1.5, None]):
        mixed = np.empty(2, dtype=object)
        mixed[:] = wrong
        with pytest.raises(ValueError, match="all strings or all whole numbers"):
            plain_names(mixed)


# -- saved and opened -----------------------------------------------------------------


def test_what_is_not_known_stays_unknown(tmp_path):
    windows = SongWindows(np.zeros((3, 2, 2), np.float32), [1, 0, 2])
    again = windows.save(tmp_path / "windows.npy")
    assert again == windows
    assert again.feature_names is None
    assert again.window_seconds is None
    assert again.errors == {}
    assert again.values.dtype == np.float32
    assert again.song_ids.dtype.kind == "i"


def test_a_file_is_found_from_any_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    stored = SongWindows(np.eye(2), [2]).save("windows.npy")
    travelling = pickle.dumps(stored)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert pickle.loads(travelling) == stored


def test_save_and_open(tmp_path):
    windows, _ = SongWindows.from_arrays(
        np.arange(12).reshape(6, 2),
        ["b", "a", "b", "c", "a", "b"],
        y=list("xyxxyx"),
        starts=[0, 0, 1, 0, 1, 2],
        feature_names=["first", "second"],
    )
    stored = windows.save(tmp_path / "w.npy")
    assert stored == windows
    assert_array_equal(stored.rows, [0, 2, 5, 1, 4, 3])
    assert_array_equal(stored[[2, 0]].rows, [3, 0, 2, 5])
    assert_array_equal(stored[[2, 0]].load().rows, [3, 0, 2, 5])
    assert stored[[2]].to_frame().equals(windows[[2]].to_frame())
    empty = windows[:0].save(tmp_path / "empty.npy")
    assert empty == windows[:0]


def test_a_file_that_is_gone_or_new(features_of, tmp_path):
    path = tmp_path / "features.npy"
    stored = features_of(output=path)
    travelling = pickle.dumps(stored)
    expected = np.array(stored.values)
    # The same songs and settings again: another file, with the same in it.
    features_of(output=path)
    os.utime(path, ns=(1, 1))
    assert_array_equal(pickle.loads(travelling).values, expected)
    assert_array_equal(stored.values, expected)
    shutil.copy(path, tmp_path / "copy.npy")
    assert_array_equal(SongWindows.open(tmp_path / "copy.npy").values, expected)
    stored[:3].save(path)
    with pytest.raises(ValueError, match="was written anew since"):
        pickle.loads(travelling)
    assert_array_equal(stored.values, expected)
    path.unlink()
    with pytest.raises(FileNotFoundError, match="where all workers see it"):
        pickle.loads(travelling)
    with pytest.raises(FileNotFoundError, match=r"features.npy"):
        SongWindows.open(path)


def test_what_cannot_be_written(song_files, tmp_path):
    windows = FrameWindower(1.0).fit_transform(song_files.data[:2])
    features = MFCCFeaturizer(output=tmp_path / "features.bin")
    with pytest.raises(ValueError, match=r"features.bin', but expected one with"):
        features.fit_transform(windows)
    features.set_params(output=tmp_path / "no_such_folder" / "features.npy")
    with pytest.raises(OSError, match="a folder that exists"):
        features.fit_transform(windows)
    with pytest.raises(ValueError, match="These windows hold audio"):
        windows.save(tmp_path / "audio.npy")
    mixed = FrameWindower(1.0).fit_transform(
        [song_files.data[0], np.sin(np.arange(30_000) / 3)]
    )
    features.set_params(output=tmp_path / "features.npy")
    with pytest.raises(ValueError, match=r"Got \['int', 'str'\]"):
        features.fit_transform(mixed)
    # A run that fails leaves what was there, and nothing half done.
    features.fit_transform(windows)
    before = sorted(tmp_path.iterdir())
    bad = FrameWindower(1.0).fit_transform([song_files.data[0], "no_such_song.wav"])
    with pytest.raises(AudioError, match="1 of 2 songs"):
        features.fit_transform(bad)
    assert sorted(tmp_path.iterdir()) == before
    assert len(SongWindows.open(tmp_path / "features.npy")) == 2
