"""Extraction: from any source, in blocks, in jobs, each song once."""

import os
import pickle
from pathlib import Path

import joblib
import numpy as np
import pytest
import soundfile
from numpy.testing import assert_array_equal
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline

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
from skgenre.features._extract import map_windows

STATISTICS = ("mean", "std")


@pytest.fixture
def tones():
    rng = np.random.default_rng(0)
    return [
        np.sin(np.arange(n) / pitch) + 0.1 * rng.normal(size=n)
        for n, pitch in [(30_000, 3), (22_050, 5), (90_000, 8), (41_000, 13)]
    ]


def peak(windows):
    return np.abs(windows).max(axis=1, keepdims=True)


class Loudest:
    """Loudest sample of each window, and how often it was asked."""

    def __init__(self, scale=1.0):
        self.scale = scale

    def __call__(self, windows, sample_rate):
        CALLS.append((len(windows), sample_rate))
        return self.scale * peak(windows)


class Hidden(list):
    """A list that hashes do not see, as what is counted must change nothing."""

    def __reduce__(self):
        return Hidden, ()


CALLS: list = Hidden()
STOP_AT: list = Hidden([2])


@pytest.fixture(autouse=True)
def _from_zero():
    CALLS.clear()
    STOP_AT[0] = 2


# -- sources ---------------------------------------------------------------------------


@pytest.fixture
def windows():
    """Lazy windows of audio: songs of 2, 1 and 3 windows of 100 samples."""
    rng = np.random.default_rng(0)
    songs = [rng.normal(size=n) for n in (150, 100, 210)]
    return FrameWindower(1.0, sample_rate=100).fit_transform(songs)


def test_audio_by_hand(windows):
    features = map_windows(windows, Loudest(2.0), feature_names=["loudest"])
    assert_array_equal(features.values, 2 * peak(windows.values))
    assert not features.is_lazy
    assert features.counts.tolist() == [2, 1, 3]
    assert features.starts.tolist() == [0, 0.5, 0, 0, 0.5, 1]
    assert features.window_seconds == 1
    assert features.sample_rate is None
    assert features.feature_names.tolist() == ["loudest"]
    assert [n for n, _ in CALLS] == [2, 1, 3]
    assert {rate for _, rate in CALLS} == {100}


def test_every_source_gives_the_same(windows, tmp_path):
    expected = map_windows(windows, Loudest())
    in_memory = windows.load()
    assert in_memory.sample_rate == 100
    assert map_windows(in_memory, Loudest()) == expected
    # Windows of features may be made into others too.
    stored = SongWindows(
        in_memory.values, [2, 1, 3], starts=in_memory.starts, window_seconds=1.0
    ).save(tmp_path / "windows.npy")
    assert map_windows(stored, Loudest()) == expected
    assert CALLS[-1] == (3, None)
    # Some songs, in another order.
    assert map_windows(windows[[2, 0]], Loudest()) == expected[[2, 0]]
    assert map_windows(in_memory[[2, 0]], Loudest()) == expected[[2, 0]]


def test_songs_and_rows_keep_their_names():
    windows = SongWindows.from_arrays(
        np.arange(8.0).reshape(4, 2), ["b", "a", "b", "a"], sample_rate=10
    )
    features = map_windows(windows, Loudest())
    assert features.song_ids.tolist() == ["b", "a"]
    assert features.rows.tolist() == [0, 2, 1, 3]
    assert features.values.tolist() == [[1], [5], [3], [7]]


def test_what_is_made_of_all_windows_of_a_song(windows):
    features = map_windows(windows, Loudest(), finish=lambda all_: all_.cumsum(axis=0))
    loudest = peak(windows.values)[:, 0]
    assert_array_equal(
        features.values[:, 0],
        np.concatenate([np.cumsum(loudest[a:b]) for a, b in [(0, 2), (2, 3), (3, 6)]]),
    )


def test_names_are_for_vectors(windows):
    matrices = map_windows(
        windows, lambda song, _: song.reshape(len(song), 50, 2), feature_names=["a"]
    )
    assert matrices.window_shape == (50, 2)
    assert matrices.feature_names is None


def test_songs_that_cannot_be_read(tmp_path):
    missing = str(tmp_path / "none.wav")
    y = np.sin(np.arange(300.0))
    windower = FrameWindower(1.0, sample_rate=100, on_error="warn")
    with pytest.warns(UserWarning, match="1 of 2 songs could not be used"):
        features = map_windows(windower.fit_transform([missing, y]), Loudest())
    assert features.counts.tolist() == [0, 5]
    assert features.errors == {missing: "There is no such file."}
    with pytest.warns(UserWarning, match="1 of 1 songs"):
        alone = map_windows(windower.fit_transform([missing]), Loudest())
    assert alone.counts.tolist() == [0]
    assert alone.window_shape == (1,)
    # The others are read first.
    CALLS.clear()
    windower.set_params(on_error="raise")
    with pytest.raises(AudioError, match="1 of 2 songs could not be used"):
        map_windows(windower.fit_transform([missing, y]), Loudest())
    assert CALLS == [(5, 100)]


def test_features_of_one_shape(windows):
    with pytest.raises(ValueError, match="Every window must give the same"):
        map_windows(windows, lambda song, _: np.zeros((len(song), len(song))))


def test_progress_is_shown_when_asked_for(windows, capsys):
    map_windows(windows, Loudest(), verbose=1)
    assert "features: 100%" in capsys.readouterr().err
    map_windows(windows, Loudest())
    assert not capsys.readouterr().err


# -- cache -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", [str, Path, lambda path: joblib.Memory(path, verbose=0)]
)
def test_each_song_is_extracted_once(windows, tmp_path, kind):
    memory = kind(tmp_path)
    expected = map_windows(windows, Loudest(), memory=memory)
    assert len(CALLS) == 3
    # Neither the order of songs nor the other songs matter, nor names of columns.
    assert map_windows(windows[[2, 0]], Loudest(), memory=memory) == expected[[2, 0]]
    map_windows(windows, Loudest(), memory=memory, feature_names=["loudest"])
    assert len(CALLS) == 3


def test_cache_knows_what_is_done_to_a_song(windows, tmp_path):
    songs = windows.source.songs()
    rng = np.random.default_rng(0)
    variants = {
        "as is": (windows, Loudest(), None),
        "other parameters": (windows, Loudest(2.0), None),
        "another end": (windows, Loudest(), np.sort),
        "another rate": (
            FrameWindower(1.0, sample_rate=50).fit_transform(songs),
            Loudest(),
            None,
        ),
        "other windows": (
            FrameWindower(1.0, hop_seconds=0.7, sample_rate=100).fit_transform(songs),
            Loudest(),
            None,
        ),
        "in memory": (windows.load(), Loudest(), None),
        "other songs": (
            FrameWindower(1.0, sample_rate=100).fit_transform(
                [song + rng.normal(size=len(song)) for song in songs]
            ),
            Loudest(),
            None,
        ),
    }
    for given, compute, finish in variants.values():
        before = len(CALLS)
        expected = map_windows(given, compute, finish=finish)
        cached = map_windows(given, compute, finish=finish, memory=tmp_path)
        assert cached == expected
        assert len(CALLS) == before + 2 * len(given)


def test_cache_sees_that_a_file_has_changed(tmp_path):
    path = tmp_path / "song.wav"
    windower = FrameWindower(1.0, sample_rate=100)
    for n_samples in (300, 400):
        soundfile.write(path, np.sin(np.arange(n_samples) / 3), 100)
        os.utime(path, ns=(n_samples, n_samples))
        for _ in range(2):
            features = map_windows(
                windower.fit_transform([str(path)]), Loudest(), memory=tmp_path / "c"
            )
        assert features.n_windows == (n_samples - 50) // 50
    assert len(CALLS) == 2


class Interrupted(Loudest):
    """Stops at the third song."""

    def __call__(self, windows, sample_rate):
        if len(CALLS) in STOP_AT:
            raise KeyboardInterrupt
        return super().__call__(windows, sample_rate)


def test_an_interrupted_run_goes_on(windows, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        map_windows(windows, Interrupted(), memory=tmp_path)
    STOP_AT[0] = -1
    map_windows(windows, Interrupted(), memory=tmp_path)
    assert [n for n, _ in CALLS] == [2, 1, 3]


# -- blocks ----------------------------------------------------------------------------


def test_long_songs_come_in_several_calls(windows, monkeypatch):
    expected = map_windows(windows, Loudest())
    CALLS.clear()
    monkeypatch.setattr(_plan, "BLOCK_SAMPLES", 50)
    assert map_windows(windows, Loudest()) == expected
    assert sum(n for n, _ in CALLS) == 6


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


@pytest.mark.parametrize("prefer", ["threads", "processes"])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_number_of_jobs_changes_nothing(windows, prefer, n_jobs):
    expected = map_windows(windows, Loudest())
    assert map_windows(windows, Loudest(), n_jobs=n_jobs, prefer=prefer) == expected
    # In order of songs, however long each takes; and only threads share this list.
    in_here = n_jobs == 1 or prefer == "threads"
    assert sum(n for n, _ in CALLS) == (12 if in_here else 6)


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


def test_little_travels_to_workers(song_files):
    windows = FrameWindower().fit_transform(song_files.data)
    featurizer = MFCCFeaturizer(summary=STATISTICS).fit(windows)
    assert len(pickle.dumps(windows.source.reader)) < 500
    assert len(pickle.dumps(featurizer._window_function())) < 500


# -- what reading tells ----------------------------------------------------------------


@pytest.fixture
def cut_off(tmp_path):
    """A file that holds 3 of 10 seconds at 100 Hz, and a whole one of 4.3 s."""
    rng = np.random.default_rng(0)
    for name, n_samples in [("cut.wav", 1000), ("whole.wav", 430)]:
        soundfile.write(tmp_path / name, 0.1 * rng.normal(size=n_samples), 100)
    path = tmp_path / "cut.wav"
    path.write_bytes(path.read_bytes()[: 44 + 600])
    return [str(path), str(tmp_path / "whole.wav")]


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a5_notes_come_from_workers_and_from_the_cache(cut_off, tmp_path, n_jobs):
    windows = FrameWindower(1.0, sample_rate=100).fit_transform(cut_off)
    expected = (
        f"1 of 2 songs were read, but:\n  {cut_off[0]}: It has 3.00 s, but its header "
        "promises 10.00 s: the file is cut off or damaged. Fetch it again."
    )
    for _ in range(2):  # computed, then remembered
        with pytest.warns(UserWarning, match="1 of 2 songs were read") as caught:
            features = map_windows(
                windows, Loudest(), memory=tmp_path / "cache", n_jobs=n_jobs
            )
        assert [str(warning.message) for warning in caught] == [expected]
        assert features.counts.tolist() == [5, 7]


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("block", [50, 2**22])
def test_a17_features_have_the_starts_of_their_windows(
    tmp_path, monkeypatch, n_jobs, block
):
    monkeypatch.setattr(_plan, "BLOCK_SAMPLES", block)
    rng = np.random.default_rng(0)
    songs = [rng.normal(size=n) for n in (630, 100, 275)]
    songs[0][200:400] = 0
    windower = FrameWindower(1.0, sample_rate=100, tail="align", silence_db=60)
    windows = windower.fit_transform(songs)
    # Without those at 2, 2.5 and 3; the last moved back from 5.5 and 2 to the end.
    expected = [0, 0.5, 1, 1.5, 3.5, 4, 4.5, 5, 5.3, 0, 0, 0.5, 1, 1.5, 1.75]
    for memory in (None, tmp_path, tmp_path):
        features = map_windows(windows, Loudest(), memory=memory, n_jobs=n_jobs)
        assert features.counts.tolist() == [9, 1, 5]
        np.testing.assert_allclose(features.starts, expected)
        assert_array_equal(features.values, peak(windows.load().values))
        # Of some songs, in another order.
        part = map_windows(windows[[2, 0]], Loudest(), memory=memory, n_jobs=n_jobs)
        assert part == features[[2, 0]]
    in_memory = map_windows(windows.load(), Loudest())
    assert in_memory == features
