"""Windows kept in a file: saved, written by a featurizer, opened, sent to workers."""

import os
import pickle
import random
import shutil
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre import (
    AudioError,
    FrameWindower,
    FunctionFeaturizer,
    GroupVotingClassifier,
    MFCCFeaturizer,
    SongWindows,
)
from skgenre.windows._stored import StoredWindows, plain_names, songs_table

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


# -- one file for one set of songs ----------------------------------------------------


@pytest.fixture
def loud_songs():
    """Eight songs of 2 s whose features differ."""
    rng = np.random.default_rng(0)
    return [(i + 1) * rng.normal(size=200) / 50 for i in range(8)]


WINDOWER = FrameWindower(1.0, sample_rate=100)


def loudness(windows):
    return np.abs(windows).mean(axis=1, keepdims=True)


def test_a4_other_songs_get_a_file_beside(loud_songs, tmp_path):
    path = tmp_path / "features.npy"
    featurizer = FunctionFeaturizer(loudness, output=path)
    expected = FunctionFeaturizer(loudness)
    features = featurizer.fit_transform(WINDOWER.fit_transform(loud_songs[:5]))
    for _ in range(2):
        with pytest.warns(
            UserWarning, match="holds the features of other songs"
        ) as told:
            others = featurizer.transform(WINDOWER.transform(loud_songs[5:]))
        assert len(told) == 1
        assert told[0].filename == __file__
        assert others == expected.fit_transform(WINDOWER.transform(loud_songs[5:]))
    assert SongWindows.open(path) == features
    assert len(SongWindows.open(path)) == 5
    beside = [found for found in tmp_path.iterdir() if found != path]
    assert len(beside) == 1  # the same songs again, the same file
    assert beside[0].name in str(told[0].message)
    assert SongWindows.open(beside[0]) == others
    # The same songs with other settings are others too.
    featurizer.set_params(func=lambda windows: 2 * loudness(windows))
    with pytest.warns(UserWarning, match="or of other settings"):
        twice = featurizer.fit_transform(WINDOWER.transform(loud_songs[:5]))
    assert_array_equal(twice.values, 2 * features.values)
    # The same songs and settings are put in the place of what was there.
    featurizer.set_params(func=loudness)
    assert featurizer.fit_transform(WINDOWER.transform(loud_songs[:5])) == features
    assert len(list(tmp_path.iterdir())) == 3


def test_a4_a_file_of_somebody_else_is_left_alone(loud_songs, tmp_path):
    path = tmp_path / "features.npy"
    np.save(path, np.eye(3))
    with pytest.warns(UserWarning, match="stays as it is"):
        FunctionFeaturizer(loudness, output=path).fit_transform(
            WINDOWER.transform(loud_songs)
        )
    assert_array_equal(np.load(path), np.eye(3))


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_a4_cross_validation_with_one_output(song_files, tmp_path, n_jobs):
    model = make_pipeline(
        FrameWindower(1.0),
        MFCCFeaturizer(summary=STATISTICS),
        GroupVotingClassifier(make_pipeline(StandardScaler(), LogisticRegression())),
    )
    X, y = song_files.data, song_files.target
    cv = StratifiedKFold(3)
    expected = cross_val_predict(model, X, y, cv=cv, method="predict_proba")
    model.set_params(mfccfeaturizer__output=tmp_path / "features.npy")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "'.*' holds the features of other songs")
        for _ in range(2):
            found = cross_val_predict(
                model, X, y, cv=cv, method="predict_proba", n_jobs=n_jobs
            )
            assert_array_equal(found, expected)
    # A file for the songs of each fit and of each prediction.
    kept = [SongWindows.open(path) for path in tmp_path.iterdir()]
    assert sorted(map(len, kept)) == [10, 10, 10, 20, 20, 20]


def test_a4_a_live_container_keeps_what_it_holds(tmp_path):
    path = tmp_path / "w.npy"
    first = SongWindows(np.ones((4, 2)), [1, 3]).save(path)
    second = SongWindows(np.zeros((4, 2)), [1, 3]).save(path)
    assert (first.values == 1).all()
    assert (second.values == 0).all()
    assert SongWindows.open(path) == second


def test_a19_names_of_features_tell_the_order_of_statistics(song_files, tmp_path):
    windows = FrameWindower(2.0).fit_transform(song_files.data[:2])
    names = {}
    for summary in (("mean", "std"), ("std", "mean")):
        featurizer = MFCCFeaturizer(2, summary=summary)
        names[summary] = featurizer.fit_transform(windows).feature_names.tolist()
        stored = featurizer.set_params(output=tmp_path / f"{summary[0]}.npy")
        stored = stored.fit_transform(windows)
        assert stored.feature_names.tolist() == names[summary]
    mean, std = ["mfcc_0_mean", "mfcc_1_mean"], ["mfcc_0_std", "mfcc_1_std"]
    assert names == {("mean", "std"): mean + std, ("std", "mean"): std + mean}


# -- damaged, old and foreign files ---------------------------------------------------


def test_a23_windows_and_songs_are_one_file(tmp_path):
    path = tmp_path / "w.npy"
    windows = SongWindows(np.eye(3), [1, 2], song_ids=["so_what", "help"]).save(path)
    assert [found.name for found in tmp_path.iterdir()] == ["w.npy"]
    # Rows of another run under the table of this one cannot come about by copying,
    # and are not opened if somebody makes them.
    raw = path.read_bytes()
    np.save(path, np.zeros((3, 3)))
    with pytest.raises(ValueError, match="does not say which songs"):
        SongWindows.open(path)
    path.write_bytes(raw[:-1])
    with pytest.raises(ValueError, match="does not say which songs"):
        SongWindows.open(path)
    spoiled = bytearray(raw)
    spoiled[-40] ^= 1
    path.write_bytes(spoiled)
    with pytest.raises(ValueError, match=r"table of songs in .* is damaged"):
        SongWindows.open(path)
    path.write_bytes(raw)
    assert SongWindows.open(path) == windows


def test_a23_pairs_of_version_0_1_are_opened_with_a_warning(tmp_path):
    path = tmp_path / "w.npy"
    np.save(path, np.eye(3))
    table = songs_table(
        counts=np.array([1, 2]),
        starts=np.full(3, np.nan),
        rows=None,
        song_ids=np.array(["a", "b"]),
        window_seconds=None,
        feature_names=None,
        errors={},
    )
    del table["made_of"]
    np.savez(tmp_path / "w.songs.npz", **table)
    with pytest.warns(UserWarning, match="nothing tells whether the two were"):
        windows = SongWindows.open(path)
    assert windows == SongWindows(np.eye(3), [1, 2], song_ids=["a", "b"])
    np.save(path, np.eye(2))
    with (
        pytest.warns(UserWarning, match=r"0\.1\.0"),
        pytest.raises(ValueError, match=r"Got 2 windows .* with 3. They were not"),
    ):
        SongWindows.open(path)


# -- two runs at once, and runs that are killed ---------------------------------------

SAVING = """
import sys
import numpy as np
from skgenre import SongWindows
path, value = sys.argv[1], float(sys.argv[2])
n_songs = int(10 * value)
windows = SongWindows(
    np.full((3 * n_songs, 4000), value), [3] * n_songs,
    song_ids=[f"{value}_{i}" for i in range(n_songs)],
)
print("ready", flush=True)
while True:
    windows.save(path)
"""


def saving(path, value):
    process = subprocess.Popen(
        [sys.executable, "-c", SAVING, str(path), str(value)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    process.stdout.readline()
    return process


def assert_whole(path):
    """Whatever run it is of: windows, their number and their names are of that run."""
    windows = SongWindows.open(path)
    (value,) = np.unique(windows.values)
    assert len(windows) == 10 * value
    assert windows.song_ids.tolist() == [f"{value}_{i}" for i in range(len(windows))]


@pytest.mark.slow
def test_a23_two_runs_at_once_and_kills_at_any_moment(tmp_path):
    path = tmp_path / "w.npy"
    rng = random.Random(0)
    for _ in range(6):
        runs = [saving(path, value) for value in (1, 2)]
        until = time.monotonic() + 0.5 + rng.random()
        try:
            while time.monotonic() < until:
                if path.exists():
                    assert_whole(path)
        finally:
            for run in runs:
                run.kill()
                run.communicate()
        assert_whole(path)
    SongWindows(np.full((30, 1), 1.0), [3] * 10).save(path)
    # What the killed runs left is gone with the next that writes.
    assert [found.name for found in tmp_path.iterdir()] == ["w.npy"]
