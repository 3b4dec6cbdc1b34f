"""Extraction: from any source, in blocks, in jobs, each song once."""

import os
import pickle
import re
import shutil
import threading
import warnings
from pathlib import Path

import joblib
import numpy as np
import pytest
import soundfile
from joblib._parallel_backends import ThreadingBackend
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    LeaveOneOut,
    StratifiedKFold,
    cross_val_predict,
    cross_val_score,
)
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
from skgenre.features import _extract
from skgenre.features._extract import _versions, map_windows

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


def test_features_of_isolated_files_are_those_of_the_others(tmp_path, crash_at):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.random.default_rng(0).uniform(-0.5, 0.5, 900), 100)
    found = []
    asked = crash_at("nothing")
    for isolate in (False, True):
        windower = FrameWindower(1.0, sample_rate=100, isolate=isolate)
        X = windower.fit_transform([path])
        found.append(map_windows(X, Loudest(), memory=tmp_path / "cache"))
    assert found[0] == found[1]
    assert len(CALLS) == 1
    assert not asked


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


# -- what the cache is keyed by --------------------------------------------------------

FACTOR = 1.0


def scaled(windows):
    return FACTOR * helper(windows)


def helper(windows):
    return peak(windows)


def negative(windows):
    return -peak(windows)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda featurizer, memory: featurizer.set_params(memory=memory),
        lambda featurizer, memory: FeatureStack([("own", featurizer)], memory=memory),
    ],
    ids=["FunctionFeaturizer", "FeatureStack"],
)
@pytest.mark.parametrize(
    ("name", "value"), [("FACTOR", 2.0), ("helper", negative), ("scaled", negative)]
)
def test_a3_edited_functions_are_computed_anew(
    windows, tmp_path, monkeypatch, wrap, name, value
):
    found = []
    for _ in range(2):
        featurizer = wrap(FunctionFeaturizer(scaled), tmp_path)
        found.append(featurizer.fit_transform(windows).values)
        assert_array_equal(found[-1], np.float32(scaled(windows.values)))
        monkeypatch.setitem(globals(), name, value)
    assert not np.array_equal(*found)


def with_weights(windows, model):
    return peak(windows) * np.load(model)


@pytest.mark.parametrize("as_stack", [False, True])
def test_a3_the_content_of_model_files(windows, tmp_path, as_stack):
    model = tmp_path / "weights.npy"
    for weight in (2.0, 3.0):
        np.save(model, weight)
        os.utime(model, ns=(int(weight), int(weight)))
        own = FunctionFeaturizer(with_weights, kw_args={"model": str(model)})
        own.set_params(memory=tmp_path / "cache")
        featurizer = (
            FeatureStack([("own", own)], memory=own.memory) if as_stack else own
        )
        features = featurizer.fit_transform(windows)
        np.testing.assert_allclose(
            features.values, weight * peak(windows.values), rtol=1e-6
        )


class Locked:
    """Loudest samples, by something whose content nobody can tell."""

    def __init__(self, scale):
        self.scale = scale
        self.lock = threading.Lock()

    def __call__(self, windows, sample_rate):
        return self.scale * peak(windows)


def test_a3_what_has_no_content_is_not_cached(windows, tmp_path):
    for scale in (1.0, 2.0):
        with pytest.warns(UserWarning, match=r"cannot be remembered.*lock") as told:
            features = map_windows(windows, Locked(scale), memory=tmp_path)
        assert len(told) == 1
        assert_array_equal(features.values, scale * peak(windows.values))
    assert not list(tmp_path.rglob("output.pkl"))


def test_versions_of_libraries_are_in_the_key(windows, tmp_path, monkeypatch):
    map_windows(windows, Loudest(), memory=tmp_path)
    monkeypatch.setattr(_extract, "_versions", lambda: ["soxr 99"])
    map_windows(windows, Loudest(), memory=tmp_path)
    assert len(CALLS) == 6
    packages = [version.split()[0] for version in _versions()]
    assert packages == ["skgenre", "numpy", "scipy", "numba", "soundfile", "soxr"]


@pytest.mark.parametrize("memory", [None, "cache"])
def test_a_file_that_changes_while_it_is_read(tmp_path, memory):
    path = tmp_path / "song.wav"
    soundfile.write(path, np.sin(np.arange(300) / 3), 100)
    windows = FrameWindower(1.0, sample_rate=100).fit_transform([str(path)])
    memory = memory and tmp_path / memory

    def recording(windows, sample_rate):
        with path.open("ab") as file:
            file.write(b"more")
        return peak(windows)

    with pytest.raises(AudioError, match=r"song.wav: It changed while it was read"):
        map_windows(windows, recording, memory=memory)
    assert not list(tmp_path.rglob("output.pkl"))


# -- damaged entries -------------------------------------------------------------------


def entries(folder):
    """Files of the cache by the first number of the features in them."""
    paths = folder.rglob("output.pkl")
    return {float(np.frombuffer(joblib.load(path)[2])[0]): path for path in paths}


@pytest.mark.parametrize("prefer", ["threads", "processes"])
def test_a24_a_flipped_bit_is_noticed(windows, tmp_path, prefer):
    expected = map_windows(windows, Loudest(), memory=tmp_path)
    kept = entries(tmp_path)
    assert len(kept) == 3
    value, path = max(kept.items())
    raw = bytearray(path.read_bytes())
    raw[raw.index(np.float64(value).tobytes()) + 7] ^= 0x40  # of the exponent
    path.write_bytes(raw)
    spoiled = entries(tmp_path)
    assert set(spoiled) != set(kept)
    with pytest.warns(UserWarning, match="1 entries of the cache") as told:
        again = map_windows(
            windows, Loudest(), memory=tmp_path, n_jobs=2, prefer=prefer
        )
    assert len(told) == 1
    assert again == expected
    assert set(entries(tmp_path)) == set(kept)  # mended
    assert map_windows(windows, Loudest(), memory=tmp_path) == expected


def test_a24_every_byte_of_an_entry(tmp_path):
    windows = FrameWindower(1.0, sample_rate=20).fit_transform(
        [np.sin(np.arange(20.0))]
    )
    expected = map_windows(windows, Loudest(), memory=tmp_path)
    (path,) = tmp_path.rglob("output.pkl")
    raw = path.read_bytes()
    for position in range(0, len(raw), 3):
        spoiled = bytearray(raw)
        spoiled[position] ^= 1 << position % 8
        path.write_bytes(spoiled)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert map_windows(windows, Loudest(), memory=tmp_path) == expected


def test_a24_swapped_entries_are_noticed(windows, tmp_path):
    expected = map_windows(windows, Loudest(), memory=tmp_path)
    one, two, _ = entries(tmp_path).values()
    content = one.read_bytes(), two.read_bytes()
    two.write_bytes(content[0])
    one.write_bytes(content[1])
    with pytest.warns(UserWarning, match="2 entries of the cache"):
        assert map_windows(windows, Loudest(), memory=tmp_path) == expected


def test_b10_a_cache_that_cannot_be_used(windows, tmp_path):
    (tmp_path / "cache").write_text("a file")
    featurizer = FunctionFeaturizer(peak, memory=str(tmp_path / "cache")).fit(windows)
    with pytest.warns(UserWarning, match="Nothing is kept in memory") as told:
        features = featurizer.transform(windows)
    assert len(told) == 1
    assert told[0].filename == __file__
    assert_array_equal(features.values, np.float32(peak(windows.values)))


def test_facts_of_songs_are_cached_too(tmp_path):
    song = np.sin(np.arange(230.0))
    windower = FrameWindower(1.0, sample_rate=100, tail="align")
    for _ in range(2):
        features = map_windows(
            windower.fit_transform([song]), Loudest(), memory=tmp_path
        )
        assert features.starts.tolist() == [0, 0.5, 1, 1.3]
    assert [n for n, _ in CALLS] == [3, 1]


# -- one song's errors -----------------------------------------------------------------


def spoil_quiet(windows):
    if np.abs(windows).max() < 0.05:
        raise RuntimeError("too quiet for me")
    return peak(windows)


def nan_of_quiet(windows):
    loudest = peak(windows)
    return np.where(loudest < 0.05, np.nan, loudest)


def no_room_for_quiet(windows):
    if np.abs(windows).max() < 0.05:
        raise MemoryError("Unable to allocate 9 GiB")
    return peak(windows)


def one_row_of_quiet(windows):
    return peak(windows)[: 1 if np.abs(windows).max() < 0.05 else None]


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize(
    ("func", "reason"),
    [
        (
            spoil_quiet,
            r"too quiet for me, in line \d+ of test_extract.py",
        ),
        (nan_of_quiet, "NaN or infinite features for 3 of 3 windows"),
        (no_room_for_quiet, r"fit into memory \(Unable to allocate 9 GiB\)"),
        (one_row_of_quiet, r"func gave an array of shape \(1, 1\)"),
    ],
)
def test_b2_what_a_function_raises_is_that_songs_error(func, reason, n_jobs):
    loud = np.sin(np.arange(200.0))
    featurizer = FunctionFeaturizer(func, n_jobs=n_jobs)
    windower = FrameWindower(1.0, sample_rate=100, on_error="warn")
    windows = windower.fit_transform([loud, 0.01 * loud, loud])
    featurizer.fit(FrameWindower(1.0, sample_rate=100).fit_transform([loud])[:1])
    with pytest.warns(UserWarning, match="1 of 3 songs could not be used"):
        features = featurizer.transform(windows)
    assert features.counts.tolist() == [3, 0, 3]
    assert list(featurizer.errors_) == [1]
    assert re.search(reason, featurizer.errors_[1])
    windows = windower.set_params(on_error="raise").fit_transform([loud, 0.01 * loud])
    with pytest.raises(AudioError, match=reason):
        featurizer.transform(windows)
    # Windows in memory have no policy; the song is named all the same.
    with pytest.raises(AudioError, match=r"1 of 2 songs could not be used:\n  1: "):
        featurizer.transform(windows.load())


def test_b2_where_a_function_went_wrong_stays_known():
    quiet = 0.01 * np.sin(np.arange(200.0))
    windows = FrameWindower(1.0, sample_rate=100).fit_transform([quiet])
    with pytest.raises(AudioError) as caught:
        map_windows(windows, lambda w, rate: spoil_quiet(w), n_jobs=1)
    assert isinstance(caught.value.__cause__, RuntimeError)


@pytest.mark.parametrize(
    "bad", [[[1.0, 2.0], [3.0]], np.array(["a", None], dtype=object), {"a": 1}, 7]
)
@pytest.mark.parametrize("memory", [None, "cache"])
def test_b2_a_song_of_no_kind_is_that_songs_error(tmp_path, bad, memory):
    loud = np.sin(np.arange(200.0))
    windows = FrameWindower(1.0, sample_rate=100, on_error="warn").fit_transform(
        [loud, bad, loud]
    )
    with pytest.warns(UserWarning, match="1 of 3 songs could not be used"):
        features = map_windows(windows, Loudest(), memory=memory and tmp_path / memory)
    assert features.counts.tolist() == [3, 0, 3]
    assert list(features.errors) == [1]


@pytest.mark.parametrize(
    "featurizer",
    [
        MFCCFeaturizer(summary=STATISTICS),
        MFCCFeaturizer(),
        SpectralFeaturizer(),
        FunctionFeaturizer(peak),
        FeatureStack(
            [("mfcc", MFCCFeaturizer(summary=STATISTICS))], song_summary=["mean"]
        ),
    ],
    ids=lambda featurizer: type(featurizer).__name__,
)
@pytest.mark.parametrize("stored", [False, True])
def test_b2_bad_songs_alone_have_the_same_shape(tones, featurizer, stored, tmp_path):
    windower = FrameWindower(0.5, on_error="warn")
    if stored:
        featurizer = clone(featurizer).set_params(output=tmp_path / "features.npy")
    shape = featurizer.fit_transform(windower.fit_transform(tones)).window_shape
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        alone = featurizer.transform(windower.fit_transform(["none.wav"]))
    assert alone.counts.tolist() == [0]
    assert alone.window_shape == shape
    assert alone.errors == {"none.wav": "There is no such file."}


def test_b2_predict_of_a_bad_song_and_leave_one_out(song_files):
    paths = [*song_files.data[:6], "none.wav", *song_files.data[6:12]]
    y = [*song_files.target[:6], song_files.target[0], *song_files.target[6:12]]
    model = make_pipeline(
        FrameWindower(1.0, on_error="warn"),
        MFCCFeaturizer(summary=STATISTICS),
        GroupVotingClassifier(LogisticRegression(max_iter=1000)),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(paths, y)
        proba = model.predict_proba(["none.wav"])
        folds = cross_val_predict(
            model, paths, y, cv=LeaveOneOut(), method="predict_proba"
        )
    # Nothing is known of it but the classes' shares of songs.
    np.testing.assert_allclose(proba, [[7 / 13, 6 / 13]])
    np.testing.assert_allclose(folds[6], [6 / 12, 6 / 12])
    assert folds.shape == (13, 2)
    np.testing.assert_allclose(folds.sum(axis=1), 1)


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


def test_processes_read_the_files_of_this_folder(song_files, tmp_path, monkeypatch):
    """Those that were started in another folder, where a name means another file."""
    for folder, song in zip("ab", song_files.data, strict=False):
        (tmp_path / folder).mkdir()
        shutil.copy(song, tmp_path / folder / "song.wav")
    featurizer = FunctionFeaturizer(peak, n_jobs=2)
    found = []
    for folder in "ab":
        monkeypatch.chdir(tmp_path / folder)
        windows = FrameWindower(1.0).fit_transform(["song.wav"] * 4)
        found.append(featurizer.fit_transform(windows))
        alone = FunctionFeaturizer(peak).fit_transform(windows[:1])
        assert found[-1][:1] == alone
        assert windows.song_ids[0] == "song.wav"
    assert found[0] != found[1]


def test_windows_stay_those_of_the_folder_that_they_were_cut_in(
    song_files, tmp_path, monkeypatch
):
    shutil.copy(song_files.data[0], tmp_path / "song.wav")
    monkeypatch.chdir(tmp_path)
    windows = FrameWindower(1.0).fit_transform(["song.wav", Path("song.wav")])
    monkeypatch.chdir(tmp_path.parent)
    assert_array_equal(windows[0], windows[1])


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


class AllAtOnce(ThreadingBackend):
    """A backend that cannot give results one by one, as Ray's."""

    supports_return_generator = False


def test_b16_backends_without_generators(windows, tmp_path):
    joblib.register_parallel_backend("all_at_once", AllAtOnce)
    expected = map_windows(windows, Loudest())
    with joblib.parallel_config(backend="all_at_once"):
        with pytest.raises(ValueError, match="return_as"):
            joblib.Parallel(return_as="generator")
        assert map_windows(windows, Loudest()) == expected
        assert map_windows(windows, Loudest(), n_jobs=2) == expected
        stored = map_windows(windows, Loudest(), output=tmp_path / "features.npy")
    assert stored == expected


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
