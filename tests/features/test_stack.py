import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

from skgenre import (
    FeatureStack,
    FrameWindower,
    FunctionFeaturizer,
    GroupVotingClassifier,
    MFCCFeaturizer,
    SpectralFeaturizer,
)
from skgenre.audio import _decode
from skgenre.features._stack import append_song_statistics


def level(windows):
    return np.stack([windows.mean(axis=1), windows.std(axis=1)], axis=1)


def _stack(**kwargs):
    return FeatureStack(
        [
            ("mfcc", MFCCFeaturizer(3, summary=("mean",))),
            ("spectral", SpectralFeaturizer(["zcr", "rms"], silence_db=40)),
            ("level", FunctionFeaturizer(level)),
        ],
        **kwargs,
    )


def test_columns_are_those_of_the_parts(windows):
    stack = _stack()
    joined = stack.fit_transform(windows)
    parts = [part.fit_transform(windows).values for _, part in stack.featurizers]
    np.testing.assert_array_equal(joined.values, np.concatenate(parts, axis=1))
    names = stack.get_feature_names_out()
    assert joined.feature_names.tolist() == names.tolist()
    assert names[0] == "mfcc__mfcc_0_mean"
    assert names[-1] == "level__feature_1"


def test_each_song_is_read_once(tmp_path, monkeypatch, waveforms):
    import soundfile

    from skgenre.audio import _plan

    paths = [tmp_path / f"{i}.wav" for i in range(len(waveforms))]
    for path, song in zip(paths, waveforms, strict=True):
        soundfile.write(path, song, 22050)
    read = []

    def spy(song, **kwargs):
        read.append(song)
        return _decode.read_blocks(song, **kwargs)

    monkeypatch.setattr(_plan, "read_blocks", spy)
    _stack().fit_transform(FrameWindower(1.0).fit_transform(paths))
    assert read == paths


def test_parameters_by_name():
    stack = _stack()
    stack.set_params(mfcc__n_mfcc=5, song_summary=["mean"])
    assert stack.featurizers[0][1].n_mfcc == 5
    assert stack.get_params()["spectral__silence_db"] == 40
    stack.set_params(level=MFCCFeaturizer(2, summary=["max"]))
    assert isinstance(dict(stack.featurizers)["level"], MFCCFeaturizer)
    assert "mfcc__n_mfcc" not in stack.get_params(deep=False)
    assert clone(stack).featurizers[0][1] is not stack.featurizers[0][1]
    with pytest.raises(ValueError, match="Invalid parameter"):
        stack.set_params(chroma__tuning=0.1)


def test_parts_are_not_fitted(windows):
    stack = _stack().fit(windows)
    assert not hasattr(stack.featurizers[0][1], "sample_rate_")
    assert stack.featurizers_[0][1].sample_rate_ == 22050


def test_plain_array_knows_its_rate():
    X = np.random.default_rng(0).normal(size=(3, 8000))
    stack = FeatureStack(
        [("spectral", SpectralFeaturizer(["centroid"]))], sample_rate=8000
    )
    alone = SpectralFeaturizer(["centroid"], sample_rate=8000)
    np.testing.assert_array_equal(stack.fit_transform(X), alone.fit_transform(X))


def test_song_summary(windows):
    plain = _stack().fit_transform(windows)
    stack = _stack(song_summary=("mean", "std"))
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


def test_song_summary_needs_songs():
    X = np.random.default_rng(0).normal(size=(3, 22050))
    stack = _stack(song_summary=("mean",)).fit(X)
    with pytest.raises(ValueError, match="which windows make a song"):
        stack.transform(X)


def test_stack_in_a_stack(windows):
    inner = FeatureStack([("level", FunctionFeaturizer(level))])
    outer = FeatureStack([("inner", inner)], song_summary=["max"])
    assert outer.fit_transform(windows).values.shape == (9, 4)
    assert outer.get_feature_names_out()[0] == "inner__level__feature_0"
    inner.set_params(song_summary=["mean"])
    with pytest.raises(ValueError, match="outermost FeatureStack only"):
        FeatureStack([("inner", inner)]).fit(windows)


def test_cached_by_all_parameters(windows, tmp_path):
    stack = _stack(memory=tmp_path)
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
def test_errors_say_what_to_do(parts, message, windows):
    with pytest.raises(ValueError, match=message):
        FeatureStack(parts).fit(windows)


@pytest.mark.parametrize("statistics", ["mean", [], ["average"]])
def test_song_summary_is_checked(statistics, windows):
    with pytest.raises(ValueError, match="song_summary"):
        _stack(song_summary=statistics).fit(windows)


def test_grid_search_through_the_stack(waveforms):
    model = Pipeline(
        [
            ("windows", FrameWindower(1.0)),
            ("stack", _stack()),
            # Features that are not scaled take longer to converge.
            ("vote", GroupVotingClassifier(LogisticRegression(max_iter=10_000))),
        ]
    )
    grid = {"stack__mfcc__n_mfcc": [2, 3], "stack__song_summary": [None, ["mean"]]}
    search = GridSearchCV(model, grid, cv=2).fit(waveforms * 2, ["a", "b", "a"] * 2)
    assert set(search.best_params_) == set(grid)


def test_song_statistics_of_no_windows():
    assert append_song_statistics(np.zeros((0, 3)), ("mean", "std")).shape == (0, 9)
