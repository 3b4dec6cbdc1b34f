import inspect
import os
import pickle

import numpy as np
import pytest
import soundfile
from joblib import Memory
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import config_context
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from skgenre import (
    AudioError,
    FeatureStack,
    FrameWindower,
    FunctionFeaturizer,
    GroupVotingClassifier,
    MelSpectrogramFeaturizer,
    MFCCFeaturizer,
    SongWindows,
)
from skgenre.features import WindowFeaturizer


class PeakFeaturizer(WindowFeaturizer):
    """What somebody else would write: the largest samples of each window."""

    def __init__(self, n_peaks=1, **shared):
        super().__init__(**shared)
        self.n_peaks = n_peaks

    def _check_window(self, n_samples, sample_rate):
        if self.n_peaks > n_samples:
            raise ValueError(f"Got n_peaks={self.n_peaks}, but there are {n_samples}.")
        self.half_ = sample_rate / 2

    def _compute(self, windows, sample_rate):
        CALLS.append(len(windows))
        assert self.half_ == sample_rate / 2
        return np.sort(np.abs(windows), axis=1)[:, -self.n_peaks :]

    def _feature_names(self):
        return [f"peak_{i}" for i in range(self.n_peaks)]


class Hidden(list):
    """A list that hashes do not see, as what is counted must change nothing."""

    def __reduce__(self):
        return Hidden, ()


CALLS = Hidden()


class LevelFeaturizer(WindowFeaturizer):
    """Without parameters of its own, and a matrix for each window."""

    def _compute(self, windows, sample_rate):
        halves = windows[:, : windows.shape[1] // 2 * 2].reshape(len(windows), 2, -1)
        return halves[:, :, None].std(axis=3)  # (n_windows, 2, 1)

    def _feature_names(self):
        return ["first", "second"]


class AsideFeaturizer(WindowFeaturizer):
    """Forgot the axis of windows."""

    def _compute(self, windows, sample_rate):
        return windows.max(axis=1)

    def _feature_names(self):
        return ["max"]


class TestOwnFeaturizer:
    def expected(self, windows, n_peaks=2):
        return np.sort(np.abs(windows.load().values), axis=1)[:, -n_peaks:]

    def test_songs_in_songs_out(self, windows):
        featurizer = PeakFeaturizer(2)
        features = featurizer.fit_transform(windows)
        assert isinstance(features, SongWindows)
        assert features.counts.tolist() == [3, 5, 1]
        assert_array_equal(features.values, self.expected(windows))
        assert features.feature_names.tolist() == ["peak_0", "peak_1"]
        assert features.values.dtype == np.float32
        assert featurizer.sample_rate_ == 22050
        assert featurizer.errors_ == {}

    def test_array_in_array_out(self, windows):
        X = windows.load().values
        featurizer = PeakFeaturizer(2, sample_rate=8000).fit(X)
        assert featurizer.half_ == 4000
        assert_array_equal(featurizer.transform(X), self.expected(windows))
        assert featurizer.transform(X.astype(float)).dtype == np.float32

    def test_matrices(self, windows):
        features = LevelFeaturizer().fit_transform(windows)
        assert features.values.shape == (9, 2, 1)
        assert features.feature_names is None

    def test_shared_parameters_are_parameters(self):
        featurizer = PeakFeaturizer(3, n_jobs=2)
        assert featurizer.get_params() == {
            "n_peaks": 3,
            "sample_rate": None,
            "memory": None,
            "output": None,
            "n_jobs": 2,
            "verbose": 0,
        }
        assert repr(featurizer) == "PeakFeaturizer(n_jobs=2, n_peaks=3)"
        copied = clone(featurizer.set_params(memory="here", n_peaks=4))
        assert copied.get_params() == featurizer.get_params()
        assert "verbose" in LevelFeaturizer().get_params()
        with pytest.raises(TypeError, match="unexpected keyword argument 'njobs'"):
            PeakFeaturizer(njobs=2)
        with pytest.raises(ValueError, match="Invalid parameter 'njobs'"):
            featurizer.set_params(njobs=2)

    def test_a_subclass_of_a_subclass_passes_on_all(self):
        class Twice(PeakFeaturizer):
            def __init__(self, factor=2, **shared):
                super().__init__(**shared)
                self.factor = factor

        assert list(inspect.signature(Twice).parameters)[:3] == [
            "factor",
            "n_peaks",
            "sample_rate",
        ]
        assert clone(Twice(3, n_peaks=5)).get_params()["n_peaks"] == 5

    def test_parameters_are_checked(self, windows):
        with pytest.raises(ValueError, match="'n_jobs' parameter of PeakFeaturizer"):
            PeakFeaturizer(n_jobs="many").fit(windows)
        with pytest.raises(ValueError, match="Got n_peaks=30000, but there are 22050"):
            PeakFeaturizer(30000).fit(windows)

    def test_in_a_pipeline(self, waveforms):
        model = Pipeline(
            [
                ("windows", FrameWindower(1.0)),
                ("peaks", PeakFeaturizer()),
                ("vote", GroupVotingClassifier(LogisticRegression())),
            ]
        )
        # The second song is twice as loud.
        songs = [waveforms[0], 2 * waveforms[1]] * 4
        search = GridSearchCV(model, {"peaks__n_peaks": [1, 3]}, cv=2)
        search.fit(songs, ["quiet", "loud"] * 4)
        assert search.predict(songs[:2]).tolist() == ["quiet", "loud"]

    def test_cache_by_song_and_parameters(self, windows, tmp_path):
        featurizer = PeakFeaturizer(2, memory=tmp_path).fit(windows)
        CALLS.clear()
        first = featurizer.transform(windows)
        assert CALLS == [3, 5, 1]
        # What features do not depend on is no part of the key, nor is the last run.
        again = PeakFeaturizer(2, memory=str(tmp_path), verbose=0, n_jobs=1)
        assert again.fit(windows).transform(windows) == first
        featurizer.errors_ = {"a song": "of another run"}
        assert featurizer.transform(windows) == first
        assert CALLS == [3, 5, 1]
        PeakFeaturizer(1, memory=tmp_path).fit(windows).transform(windows)
        assert CALLS == [3, 5, 1] * 2

    def test_cache_is_used_where_a_pipeline_fits(self, tmp_path):
        # scikit-learn 1.9 hangs on a step what knows of that one fit.
        y = ["loud", "loud", "quiet", "quiet"]
        paths = write_songs(tmp_path, loud_first=True)
        peak = PeakFeaturizer(memory=tmp_path / "cache")
        steps = [("windows", FrameWindower(0.5)), ("features", peak)]
        vote = ("vote", GroupVotingClassifier(LogisticRegression()))
        flat = Pipeline([*steps, vote])
        expected = flat.fit(paths, y).predict_proba(paths)
        CALLS.clear()
        for model in (flat, Pipeline([("windowed", Pipeline(steps)), vote])):
            again = clone(model).fit(paths, y)
            assert_array_equal(again.predict_proba(paths), expected)
        assert CALLS == []

    def test_processes_and_pickles_change_nothing(self, windows):
        featurizer = PeakFeaturizer(2).fit(windows)
        expected = featurizer.transform(windows)
        two_jobs = clone(featurizer).set_params(n_jobs=2)
        assert two_jobs._prefer() == "processes"
        CALLS.clear()
        assert two_jobs.fit(windows).transform(windows) == expected
        assert CALLS == []  # it happened elsewhere
        loaded = pickle.loads(pickle.dumps(featurizer))
        assert loaded.transform(windows) == expected

    def test_only_what_matters_is_sent(self, windows, tmp_path):
        featurizer = PeakFeaturizer(2, memory=Memory(tmp_path), n_jobs=2)
        sent = featurizer.fit(windows)._window_function().keywords["featurizer"]
        assert (sent.memory, sent.n_jobs, sent.n_peaks) == (None, None, 2)
        assert featurizer.n_jobs == 2

    def test_output_in_a_file(self, windows, tmp_path):
        featurizer = PeakFeaturizer(2, output=tmp_path / "peaks.npy")
        features = featurizer.fit_transform(windows)
        assert_array_equal(features.values, self.expected(windows))
        assert SongWindows.open(tmp_path / "peaks.npy") == features

    def test_song_without_windows(self):
        windows = SongWindows(np.ones((1, 100), np.float32), [0, 1], sample_rate=100)
        features = PeakFeaturizer(2).fit_transform(windows)
        assert features.counts.tolist() == [0, 1]
        assert_array_equal(features.values, [[1, 1]])

    def test_in_a_stack(self, windows):
        stack = FeatureStack([("peaks", PeakFeaturizer(2)), ("one", PeakFeaturizer())])
        features = stack.fit_transform(windows)
        assert_array_equal(features.values[:, :2], self.expected(windows))
        assert stack.get_feature_names_out()[2] == "one__peak_0"

    def test_a_row_per_window_is_expected(self, windows):
        message = r"Got .* shape \(3,\) from AsideFeaturizer, but expected \(3, n_"
        with pytest.raises(ValueError, match=message):
            AsideFeaturizer().fit_transform(windows)

    def test_what_is_missing_is_said(self, windows):
        bare = WindowFeaturizer().fit(windows)
        with pytest.raises(NotImplementedError, match="has to define _compute"):
            bare._window_function()(windows.load().values, 22050)
        with pytest.raises(NotImplementedError, match="has to define _feature_names"):
            bare.get_feature_names_out()


@parametrize_with_checks([PeakFeaturizer()])
def test_scikit_learn_takes_an_own_featurizer(estimator, check):
    check(estimator)


@pytest.mark.parametrize("featurizer", [MFCCFeaturizer(), MelSpectrogramFeaturizer(40)])
def test_array_in_array_out(audio, featurizer):
    from_array = clone(featurizer).fit_transform(audio.values)
    assert isinstance(from_array, np.ndarray)
    assert_allclose(from_array, featurizer.fit_transform(audio).values, atol=1e-4)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_jobs_and_laziness_change_nothing(audio, n_jobs):
    featurizer = MFCCFeaturizer(summary=("mean", "std"))
    expected = featurizer.fit_transform(audio)
    parallel = clone(featurizer).set_params(n_jobs=n_jobs)
    for X in (audio, audio.load()):
        features = parallel.fit_transform(X)
        assert features == expected
        assert_array_equal(features.song_ids, audio.song_ids)
        assert_array_equal(features.starts, audio.starts)
        assert features.window_seconds == 2.0


def test_songs_do_not_see_each_other(audio):
    featurizer = MFCCFeaturizer(summary=("mean",)).fit(audio)
    whole = featurizer.transform(audio)
    assert featurizer.transform(audio[[2]]) == whole[[2]]
    assert featurizer.transform(audio[[3, 1]]) == whole[[3, 1]]


@pytest.mark.parametrize("location", [str, lambda path: path])
def test_cache_reuses_songs_and_sees_changes(
    song_files, tmp_path, location, monkeypatch
):
    paths = song_files.data[:3]
    featurizer = MFCCFeaturizer(summary=("mean",), memory=location(tmp_path))
    expected = featurizer.fit_transform(FrameWindower().fit_transform(paths))

    calls = []
    from skgenre.audio import _plan

    read_blocks = _plan.read_blocks

    def counted(song, **parameters):
        calls.append(song)
        return read_blocks(song, **parameters)

    monkeypatch.setattr(_plan, "read_blocks", counted)
    # A new windower of the same parameters, one more song: only that is read.
    more = [*paths[::-1], song_files.data[3]]
    features = clone(featurizer).fit_transform(FrameWindower().fit_transform(more))
    assert calls == [song_files.data[3]]
    assert_array_equal(features[:3].values, expected[::-1].values)
    # Other parameters, other windows.
    clone(featurizer).set_params(n_mfcc=5).fit_transform(
        FrameWindower().fit_transform(paths[:1])
    )
    featurizer.fit_transform(FrameWindower(2.0).fit_transform(paths[:1]))
    assert calls[1:] == paths[:1] * 2
    # A waveform is known by its samples.
    y = np.random.default_rng(0).normal(size=9000)
    for song in (y, y.copy(), y + 1e-3):
        MFCCFeaturizer(memory=tmp_path).fit_transform(
            FrameWindower(0.2).fit_transform([song])
        )
    assert len(calls) == 5


def test_a_changed_file_is_read_again(tmp_path):
    import soundfile

    path = tmp_path / "song.wav"
    rng = np.random.default_rng(0)
    featurizer = MFCCFeaturizer(summary=("mean",), memory=tmp_path / "cache")
    results = []
    for n_samples in (9000, 9001):
        soundfile.write(path, 0.1 * rng.normal(size=n_samples), 22050)
        windows = FrameWindower(0.2).fit_transform([path])
        results.append(featurizer.fit_transform(windows))
    assert results[0] != results[1]


def test_a_bad_file_never_costs_the_good_ones(song_files, tmp_path):
    paths = [song_files.data[0], str(tmp_path / "missing.wav"), song_files.data[1]]
    featurizer = MFCCFeaturizer(summary=("mean",), memory=tmp_path / "cache")
    windows = FrameWindower(on_error="raise").fit_transform(paths)
    with pytest.raises(AudioError, match=r"1 of 3 songs.*\n.*missing.wav"):
        featurizer.fit_transform(windows)
    # The good ones were extracted and cached before the error.
    assert len(list((tmp_path / "cache").rglob("output.pkl"))) == 2
    windows = FrameWindower(on_error="warn").fit_transform(paths)
    with pytest.warns(UserWarning, match="1 of 3 songs"):
        features = featurizer.fit_transform(windows)
    assert (features.counts > 0).tolist() == [True, False, True]
    assert list(featurizer.errors_) == [paths[1]]
    with pytest.warns(UserWarning, match="1 of 1 songs"):
        alone = featurizer.transform(windows[[1]])
    assert alone.counts.tolist() == [0]
    assert alone.window_shape == features.window_shape


def test_progress_bar(audio, capsys):
    MFCCFeaturizer(verbose=1).fit_transform(audio[:2])
    assert "2/2" in capsys.readouterr().err


def test_wrong_windows(audio):
    featurizer = MFCCFeaturizer().fit(audio)
    other = FrameWindower(1.0).fit_transform(
        [np.random.default_rng(0).normal(size=9**5)]
    )
    with pytest.raises(
        ValueError, match=r"Got windows of 22050 samples, but expected 44100"
    ):
        featurizer.transform(other)
    with pytest.raises(
        ValueError, match=r"Got windows of shape .* expected windows of audio"
    ):
        MFCCFeaturizer().fit(featurizer.transform(audio))
    with pytest.raises(
        ValueError, match=r"Got windows of shape .* expected windows of audio"
    ):
        MFCCFeaturizer().fit(SongWindows(np.eye(2), [2], feature_names=["a", "b"]))


# -- the memory of a Pipeline ---------------------------------------------------------


def model_with(memory, featurizer):
    return Pipeline(
        [
            ("windows", FrameWindower(0.5)),
            ("features", featurizer),
            ("vote", GroupVotingClassifier(LogisticRegression())),
        ],
        memory=str(memory),
    )


def write_songs(folder, loud_first):
    """Four recordings under the same names: two loud ones, two quiet ones."""
    paths = []
    for i in range(4):
        paths.append(str(folder / f"song_{i}.wav"))
        level = 0.5 if (i < 2) is loud_first else 0.05
        tone = level * np.sin(np.arange(22_050) / (9 + i))
        soundfile.write(paths[-1], tone, 22_050)
        os.utime(paths[-1], ns=(int(loud_first), int(loud_first)))
    return paths


def test_a8_a_pipelines_memory_sees_recordings_that_were_replaced(tmp_path):
    y = ["loud", "loud", "quiet", "quiet"]
    model = model_with(tmp_path / "cache", PeakFeaturizer())
    paths = write_songs(tmp_path, loud_first=True)
    assert model.fit(paths, y).predict(paths).tolist() == y
    n_calls = len(CALLS)
    model.fit(paths, y)
    assert len(CALLS) == n_calls  # remembered
    write_songs(tmp_path, loud_first=False)
    # Under the same names stands now what was of the other class.
    assert model.predict(paths).tolist() == y[::-1]
    assert model.fit(paths, y[::-1]).predict(paths).tolist() == y[::-1]


# A step that is a Pipeline is known by the names of files alone: how to do without.
def nested_and_cut_first(folder):
    features = Pipeline([("peak", PeakFeaturizer())])
    vote = GroupVotingClassifier(LogisticRegression())
    model = Pipeline([("features", features), ("vote", vote)], memory=str(folder))
    return model, FrameWindower(0.5).transform


def nested_with_the_featurizers_memory(folder):
    peak = PeakFeaturizer(memory=str(folder))
    features = Pipeline([("windows", FrameWindower(0.5)), ("peak", peak)])
    vote = GroupVotingClassifier(LogisticRegression())
    return Pipeline([("features", features), ("vote", vote)]), list


@pytest.mark.parametrize(
    "made", [nested_and_cut_first, nested_with_the_featurizers_memory]
)
def test_a8_remedies_for_a_pipeline_in_a_pipeline(tmp_path, made):
    y = ["loud", "loud", "quiet", "quiet"]
    model, given = made(tmp_path / "cache")
    paths = write_songs(tmp_path, loud_first=True)
    model.fit(given(paths), y)
    n_calls = len(CALLS)
    first = clone(model).fit(given(paths), y)
    assert len(CALLS) == n_calls  # remembered
    write_songs(tmp_path, loud_first=False)
    again = clone(model).fit(given(paths), y)
    expected = PeakFeaturizer().fit_transform(FrameWindower(0.5).transform(paths))
    assert again[0].transform(given(paths)) == expected
    # "loud" was learned of the loud ones, and then of the quiet ones.
    assert first[-1].estimator_.coef_.max() < 0 < again[-1].estimator_.coef_.min()


def test_a8_a_pipeline_in_a_pipeline_is_known_by_names_alone(tmp_path):
    # When this fails, joblib or scikit-learn look into files: the note in
    # FrameWindower's docstring can go.
    paths = write_songs(tmp_path, loud_first=True)
    windowed = [("windows", FrameWindower(0.5)), ("peak", PeakFeaturizer())]
    vote = GroupVotingClassifier(LogisticRegression())
    steps = [("features", Pipeline(windowed)), ("vote", vote)]
    model = Pipeline(steps, memory=str(tmp_path / "cache"))
    model.fit(paths, ["loud", "loud", "quiet", "quiet"])
    write_songs(tmp_path, loud_first=False)
    n_calls = len(CALLS)
    model.fit(paths, ["loud", "loud", "quiet", "quiet"])
    assert len(CALLS) == n_calls


def test_a8_what_travels_stays_small(tmp_path):
    paths = write_songs(tmp_path, loud_first=True)
    windows = FrameWindower(0.5).transform(paths * 100)
    sent = pickle.dumps(windows.source)
    assert len(sent) < 400 * 100
    assert pickle.loads(sent).load()[0].shape == (1200, 11025)
    assert not hasattr(pickle.loads(sent), "_files")


def level(windows):
    return LEVEL * np.abs(windows).max(axis=1, keepdims=True)


LEVEL = 1.0


@pytest.mark.parametrize("own", ["function", "class"])
def test_a3_a_pipelines_memory_sees_code(tmp_path, monkeypatch, own):
    paths = write_songs(tmp_path, loud_first=True)
    featurizer = PeakFeaturizer() if own == "class" else FunctionFeaturizer(level)
    values = []
    for _ in range(2):
        model = model_with(tmp_path / "cache", featurizer)
        model.fit(paths, ["a", "a", "b", "b"])
        values.append(model[:-1].fit_transform(paths).values)
        monkeypatch.setitem(globals(), "LEVEL", 2.0)
        monkeypatch.setattr(
            PeakFeaturizer, "_compute", lambda self, w, rate: 2 * w.max(axis=1)[:, None]
        )
    assert (values[0] != values[1]).any()


# -- set_output -----------------------------------------------------------------------


@pytest.mark.parametrize("how", ["config", "pipeline"])
def test_b1_songs_pass_as_they_are_and_arrays_become_tables(song_files, how):
    pd = pytest.importorskip("pandas")
    X, y = song_files.data, song_files.target
    model = Pipeline(
        [
            ("windows", FrameWindower(1.0)),
            ("features", MFCCFeaturizer(2, summary=("mean",))),
            ("vote", GroupVotingClassifier(GaussianNB())),
        ]
    )
    expected = clone(model).fit(X, y).predict_proba(X)
    if how == "pipeline":
        model.set_output(transform="pandas")
    with config_context(transform_output="pandas" if how == "config" else "default"):
        assert_array_equal(model.fit(X, y).predict_proba(X), expected)
        features = model[:-1].transform(X)
        assert isinstance(features, SongWindows)
        assert isinstance(model[0].transform(X), SongWindows)
        array = features.values
        loaded = model[0].transform(X[:1]).load().values
        table = model[1].transform(loaded)
        assert isinstance(table, pd.DataFrame)
        assert table.columns.tolist() == ["mfcc_0_mean", "mfcc_1_mean"]
        assert_array_equal(table.to_numpy(), array[: len(table)])
        # Matrices of windows are no table.
        assert MFCCFeaturizer(2).fit_transform(loaded).ndim == 3
        stack = FeatureStack([("mfcc", MFCCFeaturizer(2, summary=("mean",)))])
        assert isinstance(stack.fit_transform(model[0].transform(X)), SongWindows)
        if how == "config":
            assert stack.transform(loaded).columns[0] == "mfcc__mfcc_0_mean"
