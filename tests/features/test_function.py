import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from skgenre import (
    FrameWindower,
    FunctionFeaturizer,
    GroupVotingClassifier,
    MFCCFeaturizer,
    SongWindows,
    SpectralFeaturizer,
)
from skgenre.audio import _decode
from skgenre.features._stack import FeatureStack, append_song_statistics


def level(windows):
    return np.stack([windows.mean(axis=1), windows.std(axis=1)], axis=1)


def rate_and_scale(windows, sample_rate, scale=1.0):
    peak = np.abs(windows).max(axis=1)
    return np.stack([np.full(len(windows), sample_rate), scale * peak], axis=1)


def spoil(windows):
    windows *= 0
    return windows[:, :1]


@pytest.fixture
def songs():
    rng = np.random.default_rng(0)
    return [0.1 * rng.normal(size=n).astype(np.float32) for n in (44100, 66150, 30000)]


@pytest.fixture
def windows(songs):
    return FrameWindower(1.0).fit_transform(songs)


class TestFunctionFeaturizer:
    def test_rows_are_those_of_the_function(self, windows):
        features = FunctionFeaturizer(level).fit_transform(windows)
        assert features.counts.tolist() == [3, 5, 1]
        np.testing.assert_allclose(features.values, level(windows.values), atol=1e-7)
        assert features.feature_names.tolist() == ["feature_0", "feature_1"]

    def test_plain_array(self):
        X = np.random.default_rng(0).normal(size=(4, 100))
        values = FunctionFeaturizer(level).fit_transform(X)
        np.testing.assert_allclose(values, level(X), rtol=1e-5)

    def test_sample_rate_and_keywords(self, songs):
        windows = FrameWindower(1.0, sample_rate=8000).fit_transform(songs)
        featurizer = FunctionFeaturizer(rate_and_scale, kw_args={"scale": 2.0})
        features = featurizer.fit_transform(windows)
        assert (features.values[:, 0] == 8000).all()
        half = FunctionFeaturizer(rate_and_scale).fit_transform(windows)
        np.testing.assert_allclose(features.values[:, 1], 2 * half.values[:, 1])

    def test_batches_change_nothing(self, windows):
        sizes = []

        def spy(batch):
            sizes.append(len(batch))
            return level(batch)

        whole = FunctionFeaturizer(level).fit_transform(windows)
        batched = FunctionFeaturizer(spy, batch_size=2).fit_transform(windows)
        np.testing.assert_array_equal(whole.values, batched.values)
        assert max(sizes) == 2

    def test_names(self, windows):
        featurizer = FunctionFeaturizer(level, feature_names=["mean", "std"])
        table = featurizer.fit_transform(windows).to_frame()
        assert table.columns[-2:].tolist() == ["mean", "std"]
        with pytest.raises(ValueError, match="Got 1 feature_names, but expected 2"):
            FunctionFeaturizer(level, feature_names=["mean"]).fit(windows)

    def test_function_may_write_to_its_windows(self):
        X = np.random.default_rng(0).normal(size=(4, 100)).astype(np.float32)
        before = X.copy()
        FunctionFeaturizer(spoil).fit_transform(X)
        np.testing.assert_array_equal(X, before)

    def test_song_without_windows(self):
        windows = SongWindows(np.ones((1, 100), np.float32), [0, 1], sample_rate=100)
        features = FunctionFeaturizer(level).fit_transform(windows)
        assert features.counts.tolist() == [0, 1]

    def test_cache_and_jobs(self, windows, tmp_path):
        once = FunctionFeaturizer(level, memory=tmp_path).fit_transform(windows)
        again = FunctionFeaturizer(level, memory=tmp_path).fit_transform(windows)
        other = FunctionFeaturizer(level, n_jobs=2).fit_transform(windows)
        np.testing.assert_array_equal(once.values, again.values)
        np.testing.assert_array_equal(once.values, other.values)

    @pytest.mark.parametrize(
        ("func", "message"),
        [
            (lambda w: w.mean(axis=1), r"shape \(1,\), but expected \(1, n_features\)"),
            (lambda w: w[None], "a row per window"),
            (lambda w: w[:0], "a row per window"),
            (lambda w: np.full((len(w), 1), "a"), "but expected numbers"),
            (lambda w: np.full((len(w), 1), np.nan), "NaN or infinite features for 1"),
        ],
    )
    def test_bad_functions(self, func, message):
        with pytest.raises(ValueError, match=message):
            FunctionFeaturizer(func).fit(np.ones((2, 50), np.float32))

    def test_width_must_not_change(self):
        def widths(w):
            return w[:, : 1 + (len(w) > 1)]

        featurizer = FunctionFeaturizer(widths).fit(np.ones((2, 50), np.float32))
        with pytest.raises(ValueError, match=r"shape \(2, 2\), but expected \(2, 1\)"):
            featurizer.transform(np.ones((2, 50), np.float32))

    @pytest.mark.slow
    @pytest.mark.filterwarnings("ignore")
    def test_keras_embedding(self, windows):
        keras = pytest.importorskip("keras")

        keras.utils.set_random_seed(0)
        network = keras.Sequential(
            [
                keras.Input((22050, 1)),
                keras.layers.Conv1D(4, 64, strides=32, activation="relu"),
                keras.layers.GlobalAveragePooling1D(),
            ]
        )

        def embed(batch):
            return network(batch[..., None], training=False).numpy()

        features = FunctionFeaturizer(embed, batch_size=4).fit_transform(windows)
        assert features.values.shape == (9, 4)
        expected = network.predict(windows.values[..., None], verbose=0)
        np.testing.assert_allclose(features.values, expected, atol=1e-5)
        model = GroupVotingClassifier(LogisticRegression())
        assert model.fit(features, ["a", "b", "a"]).predict(features).shape == (3,)


class TestFeatureStack:
    def _stack(self, **kwargs):
        return FeatureStack(
            [
                ("mfcc", MFCCFeaturizer(3, summary=("mean",))),
                ("spectral", SpectralFeaturizer(["zcr", "rms"], silence_db=40)),
                ("level", FunctionFeaturizer(level)),
            ],
            **kwargs,
        )

    def test_columns_are_those_of_the_parts(self, windows):
        stack = self._stack()
        joined = stack.fit_transform(windows)
        parts = [part.fit_transform(windows).values for _, part in stack.featurizers]
        np.testing.assert_array_equal(joined.values, np.concatenate(parts, axis=1))
        names = stack.get_feature_names_out()
        assert joined.feature_names.tolist() == names.tolist()
        assert names[0] == "mfcc__mfcc_0_mean"
        assert names[-1] == "level__feature_1"

    def test_each_song_is_read_once(self, tmp_path, monkeypatch, songs):
        import soundfile

        from skgenre.audio import _plan

        paths = [tmp_path / f"{i}.wav" for i in range(len(songs))]
        for path, song in zip(paths, songs, strict=True):
            soundfile.write(path, song, 22050)
        read = []

        def spy(song, **kwargs):
            read.append(song)
            return _decode.read_blocks(song, **kwargs)

        monkeypatch.setattr(_plan, "read_blocks", spy)
        self._stack().fit_transform(FrameWindower(1.0).fit_transform(paths))
        assert read == paths

    def test_parameters_by_name(self):
        stack = self._stack()
        stack.set_params(mfcc__n_mfcc=5, song_summary=["mean"])
        assert stack.featurizers[0][1].n_mfcc == 5
        assert stack.get_params()["spectral__silence_db"] == 40
        stack.set_params(level=MFCCFeaturizer(2, summary=["max"]))
        assert isinstance(dict(stack.featurizers)["level"], MFCCFeaturizer)
        assert "mfcc__n_mfcc" not in stack.get_params(deep=False)
        assert clone(stack).featurizers[0][1] is not stack.featurizers[0][1]
        with pytest.raises(ValueError, match="Invalid parameter"):
            stack.set_params(chroma__tuning=0.1)

    def test_parts_are_not_fitted(self, windows):
        stack = self._stack().fit(windows)
        assert not hasattr(stack.featurizers[0][1], "sample_rate_")
        assert stack.featurizers_[0][1].sample_rate_ == 22050

    def test_plain_array_knows_its_rate(self):
        X = np.random.default_rng(0).normal(size=(3, 8000))
        stack = FeatureStack(
            [("spectral", SpectralFeaturizer(["centroid"]))], sample_rate=8000
        )
        alone = SpectralFeaturizer(["centroid"], sample_rate=8000)
        np.testing.assert_array_equal(stack.fit_transform(X), alone.fit_transform(X))

    def test_song_summary(self, windows):
        plain = self._stack().fit_transform(windows)
        stack = self._stack(song_summary=("mean", "std"))
        features = stack.fit_transform(windows)
        n_features = plain.values.shape[1]
        assert features.values.shape == (9, 3 * n_features)
        names = stack.get_feature_names_out()
        assert names[n_features] == "song_mfcc__mfcc_0_mean_mean"
        assert len(set(names)) == 3 * n_features
        for song, described in zip(plain, features, strict=True):
            np.testing.assert_array_equal(described[:, :n_features], song)
            mean, std = np.split(described[:, n_features:], 2, axis=1)
            np.testing.assert_allclose(mean[0], song.mean(axis=0), rtol=1e-5)
            np.testing.assert_allclose(std[0], song.std(axis=0), atol=1e-4)
            assert (described[:, n_features:] == described[0, n_features:]).all()

    def test_song_summary_needs_songs(self):
        X = np.random.default_rng(0).normal(size=(3, 22050))
        stack = self._stack(song_summary=("mean",)).fit(X)
        with pytest.raises(ValueError, match="which windows make a song"):
            stack.transform(X)

    def test_stack_in_a_stack(self, windows):
        inner = FeatureStack([("level", FunctionFeaturizer(level))])
        outer = FeatureStack([("inner", inner)], song_summary=["max"])
        assert outer.fit_transform(windows).values.shape == (9, 4)
        assert outer.get_feature_names_out()[0] == "inner__level__feature_0"
        inner.set_params(song_summary=["mean"])
        with pytest.raises(ValueError, match="outermost FeatureStack only"):
            FeatureStack([("inner", inner)]).fit(windows)

    def test_cached_by_all_parameters(self, windows, tmp_path):
        stack = self._stack(memory=tmp_path)
        first = stack.fit_transform(windows)
        np.testing.assert_array_equal(stack.fit_transform(windows).values, first.values)
        stack.set_params(mfcc__n_mfcc=4)
        assert stack.fit_transform(windows).values.shape[1] == 10

    @pytest.mark.parametrize(
        ("parts", "message"),
        [
            ([], "at least one"),
            ([MFCCFeaturizer()], "list of .name, featurizer. tuples"),
            ([("a", MFCCFeaturizer())], r"Got summary=None in 'a'"),
            ([("a", LogisticRegression())], "wrap others in FunctionFeaturizer"),
            ([("a", FunctionFeaturizer(level))] * 2, "not unique"),
            ([("a", FunctionFeaturizer(level, sample_rate=99))], "Leave it None there"),
        ],
    )
    def test_errors_say_what_to_do(self, parts, message, windows):
        with pytest.raises(ValueError, match=message):
            FeatureStack(parts).fit(windows)

    @pytest.mark.parametrize("statistics", ["mean", [], ["average"]])
    def test_song_summary_is_checked(self, statistics, windows):
        with pytest.raises(ValueError, match="song_summary"):
            self._stack(song_summary=statistics).fit(windows)

    def test_grid_search_through_the_stack(self, songs):
        model = Pipeline(
            [
                ("windows", FrameWindower(1.0)),
                ("stack", self._stack()),
                ("vote", GroupVotingClassifier(LogisticRegression())),
            ]
        )
        grid = {"stack__mfcc__n_mfcc": [2, 3], "stack__song_summary": [None, ["mean"]]}
        search = GridSearchCV(model, grid, cv=2).fit(songs * 2, ["a", "b", "a"] * 2)
        assert set(search.best_params_) == set(grid)


def test_song_statistics_of_no_windows():
    assert append_song_statistics(np.zeros((0, 3)), ("mean", "std")).shape == (0, 9)


@parametrize_with_checks(
    [
        FunctionFeaturizer(level),
        FeatureStack(
            [
                ("zcr", SpectralFeaturizer(["zcr"], summary=["mean"])),
                ("level", FunctionFeaturizer(level)),
            ]
        ),
    ]
)
def test_sklearn_checks(estimator, check):
    check(estimator)
