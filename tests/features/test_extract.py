"""Extraction: in blocks, in jobs, to a file, each song once."""

import os
import pickle
import shutil
from pathlib import Path

import joblib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgenre import (
    AudioError,
    FeatureStack,
    FrameWindower,
    FunctionFeaturizer,
    GroupVotingClassifier,
    MFCCFeaturizer,
    SongWindows,
    SpectralFeaturizer,
)
from skgenre.audio import _plan
from skgenre.audio._plan import WindowPlan
from skgenre.voting import _window_proba

STATISTICS = ("mean", "std")


@pytest.fixture
def tones():
    rng = np.random.default_rng(0)
    return [
        np.sin(np.arange(n) / pitch) + 0.1 * rng.normal(size=n)
        for n, pitch in [(30_000, 3), (22_050, 5), (90_000, 8), (41_000, 13)]
    ]


# -- blocks ----------------------------------------------------------------------------


@settings(max_examples=300, deadline=None)
@given(
    n_samples=st.integers(1, 400),
    size=st.integers(1, 60),
    hop=st.integers(1, 90),
    tail=st.sampled_from(["drop", "pad"]),
    short=st.sampled_from(["pad", "repeat"]),
    block=st.integers(1, 200),
    piece=st.integers(1, 100),
)
def test_blocks_are_the_windows(n_samples, size, hop, tail, short, block, piece):
    y = np.arange(1.0, n_samples + 1)
    plan = WindowPlan(1.0, size, hop, 0.0, None, tail, short)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            _plan,
            "read_blocks",
            lambda y, **_: (y[i : i + piece] for i in range(0, len(y), piece)),
        )
        whole = plan.windows(y)
        patch.setattr(_plan, "BLOCK_SAMPLES", block)
        blocks = list(plan.blocks(y))
        assert plan.count_windows(y) == len(whole)
    assert all(len(b) for b in blocks)
    assert_array_equal(np.concatenate(blocks), whole)
    longest = block + max(size, hop) + piece
    assert all((len(b) - 1) * hop < longest for b in blocks)
    # By hand: window k is the samples from k * hop on.
    for k, window in enumerate(whole):
        inside = y[k * hop : k * hop + size]
        assert_array_equal(window[: len(inside)], inside)
    covered = (len(whole) - 1) * hop + size
    if tail == "pad" and hop <= size:
        assert covered >= n_samples > covered - max(hop, size)


@pytest.mark.parametrize(
    "featurizer",
    [
        MFCCFeaturizer(),
        MFCCFeaturizer(summary=STATISTICS, deltas=1),
        SpectralFeaturizer(),
        FeatureStack(
            [("mfcc", MFCCFeaturizer(summary=STATISTICS))], song_summary=STATISTICS
        ),
    ],
    ids=lambda featurizer: type(featurizer).__name__,
)
def test_features_do_not_know_of_blocks(tones, featurizer, monkeypatch):
    windows = FrameWindower(0.5).fit_transform(tones)
    whole = featurizer.fit_transform(windows)
    monkeypatch.setattr(_plan, "BLOCK_SAMPLES", 15_000)
    assert featurizer.fit_transform(windows) == whole


# -- jobs ------------------------------------------------------------------------------


def peak(windows):
    return np.abs(windows).max(axis=1, keepdims=True)


@pytest.mark.parametrize("backend", ["threading", "loky", "sequential"])
@pytest.mark.parametrize(
    "featurizer",
    [MFCCFeaturizer(summary=STATISTICS), FunctionFeaturizer(peak)],
    ids=lambda featurizer: type(featurizer).__name__,
)
def test_backends_give_the_same(song_files, backend, featurizer):
    windows = FrameWindower(1.0).fit_transform(song_files.data[:5])
    expected = featurizer.fit_transform(windows)
    with joblib.parallel_config(backend=backend, n_jobs=2):
        assert featurizer.fit_transform(windows) == expected


class Logged:
    """Peak of each window, and a line in a file for every song."""

    def __init__(self, path):
        self.path = path

    def __call__(self, windows):
        with Path(self.path).open("a") as file:
            file.write(f"{joblib.hash(windows)}\n")
        return peak(windows)


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_five_folds_extract_each_song_once(song_files, tmp_path, n_jobs):
    log = tmp_path / "log"
    log.touch()
    model = make_pipeline(
        FrameWindower(1.0),
        FunctionFeaturizer(Logged(log), memory=tmp_path / "cache"),
        GroupVotingClassifier(LogisticRegression()),
    )
    X, y = song_files.data, song_files.target
    scores = cross_val_score(model, X, y, cv=StratifiedKFold(5), n_jobs=n_jobs)
    assert len(scores) == 5
    lines = log.read_text().splitlines()
    probe = max(set(lines), key=lines.count)  # fit tries the function on a tone
    songs = [line for line in lines if line != probe]
    if n_jobs is None:
        assert len(songs) == len(X)
    # Folds that run side by side may meet at a song before either has stored it.
    assert len(set(songs)) == len(X)
    assert len(songs) <= 2 * len(X)


# -- to a file -------------------------------------------------------------------------


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
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "features.npy",
        "features.songs.npz",
    ]
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


def test_prediction_from_a_file_comes_in_pieces(songs, tmp_path, monkeypatch):
    X, y, _ = songs
    model = GroupVotingClassifier(LogisticRegression()).fit(X, y)
    expected = model.predict_proba(X)
    stored = X.save(tmp_path / "features.npy")
    sizes = []

    def spy(self, X, predict_proba=LogisticRegression.predict_proba):
        sizes.append(len(X))
        return predict_proba(self, X)

    monkeypatch.setattr(LogisticRegression, "predict_proba", spy)
    monkeypatch.setattr(_window_proba, "BLOCK_BYTES", 20 * X.values[:1].nbytes)
    assert_array_equal(model.predict_proba(stored), expected)
    assert max(sizes) == 20
    assert sum(sizes) == X.n_windows


def test_little_travels_to_workers(song_files):
    windows = FrameWindower().fit_transform(song_files.data)
    featurizer = MFCCFeaturizer(summary=STATISTICS).fit(windows)
    assert len(pickle.dumps(windows.source.reader)) < 500
    assert len(pickle.dumps(featurizer._window_function())) < 500


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
    os.utime(path, ns=(1, 1))
    with pytest.raises(ValueError, match="was written anew since"):
        pickle.loads(travelling)
    features_of(output=path)
    assert_array_equal(stored.values, expected)
    shutil.copy(path, tmp_path / "copy.npy")
    with pytest.raises(FileNotFoundError, match=r"copy.songs.npz.*keep them together"):
        SongWindows.open(tmp_path / "copy.npy")
    shutil.copy(tmp_path / "features.songs.npz", tmp_path / "copy.songs.npz")
    assert_array_equal(SongWindows.open(tmp_path / "copy.npy").values, expected)
    np.save(tmp_path / "copy.npy", expected[1:])
    with pytest.raises(ValueError, match="were not written together"):
        SongWindows.open(tmp_path / "copy.npy")
    path.unlink()
    with pytest.raises(FileNotFoundError, match="where all workers see it"):
        pickle.loads(travelling)
    with pytest.raises(FileNotFoundError, match=r"features.npy"):
        SongWindows.open(path)


def test_what_cannot_be_written(song_files, tones, tmp_path):
    windows = FrameWindower(1.0).fit_transform(song_files.data[:2])
    features = MFCCFeaturizer(output=tmp_path / "features.bin")
    with pytest.raises(ValueError, match=r"features.bin', but expected one with"):
        features.fit_transform(windows)
    features.set_params(output=tmp_path / "no_such_folder" / "features.npy")
    with pytest.raises(OSError, match="a folder that exists"):
        features.fit_transform(windows)
    with pytest.raises(ValueError, match="These windows hold audio"):
        windows.save(tmp_path / "audio.npy")
    mixed = FrameWindower(1.0).fit_transform([song_files.data[0], tones[0]])
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
