import numpy as np
import pytest
import soundfile
from numpy.testing import assert_allclose, assert_array_equal
from onnx_models import dense_model
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline

from skgenre import (
    FeatureStack,
    FrameWindower,
    GroupVotingClassifier,
    MFCCFeaturizer,
    SongWindows,
)
from skgenre.audio import _decode
from skgenre.features import OnnxFeaturizer
from skgenre.features._at_rates import AtRates

RATES = (16000, 48000)


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    """Three songs at 48,000 Hz."""
    folder = tmp_path_factory.mktemp("songs")
    rng = np.random.default_rng(0)
    for number, seconds in enumerate((3.2, 5.0, 0.7)):
        y = 0.1 * rng.normal(size=int(seconds * 48000))
        soundfile.write(folder / f"{number}.wav", y, 48000)
    return sorted(folder.iterdir())


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A network of windows of one second for each rate."""
    folder = tmp_path_factory.mktemp("models")
    return [
        dense_model(folder / f"at_{r}.onnx", r, about={"sample_rate": str(r)})[0]
        for r in RATES
    ]


def stack(models, **params):
    parts = [(model.stem, OnnxFeaturizer(model)) for model in models]
    mfcc = ("mfcc", MFCCFeaturizer(summary=("mean",)))
    return FeatureStack([mfcc, *parts], **params)


def windows_at(rate, paths, **params):
    return FrameWindower(1.0, sample_rate=rate, **params).fit_transform(paths)


@pytest.fixture
def n_decoded(monkeypatch):
    opened, calls = _decode.opened, []
    monkeypatch.setattr(
        _decode, "opened", lambda *args: calls.append(args[0]) or opened(*args)
    )
    return calls


def test_each_part_hears_the_song_at_its_own_rate(paths, models, n_decoded):
    together = stack(models).fit_transform(windows_at(22050, paths))
    assert len(n_decoded) == 3  # once each, for three rates
    alone = [
        MFCCFeaturizer(summary=("mean",)).fit_transform(windows_at(22050, paths)),
        OnnxFeaturizer(models[0]).fit_transform(windows_at(16000, paths)),
        OnnxFeaturizer(models[1]).fit_transform(windows_at(48000, paths)),
    ]
    for features in alone:
        assert_array_equal(features.counts, together.counts)
        assert_array_equal(features.starts, together.starts)
    assert_array_equal(np.hstack([f.values for f in alone]), together.values)


def test_a_featurizer_alone_too(paths, models):
    """Whatever rate windows are cut at, a network hears what it wants to hear."""
    own = OnnxFeaturizer(models[1]).fit_transform(windows_at(48000, paths)).values
    for rate in (22050, 8000):
        windows = windows_at(rate, paths)
        found = OnnxFeaturizer(models[1]).fit_transform(windows).values
        assert_array_equal(found, own)


def test_nested_stacks_jobs_and_caches_change_nothing(paths, models, tmp_path):
    windows = windows_at(22050, paths)
    expected = stack(models).fit_transform(windows).values
    for params in ({"n_jobs": 2}, {"memory": tmp_path}, {"memory": tmp_path}):
        found = stack(models, **params).fit_transform(windows).values
        assert_array_equal(found, expected)
    nested = FeatureStack(
        [("all", stack(models)), ("again", OnnxFeaturizer(models[0]))]
    )
    found = nested.fit_transform(windows)
    assert_array_equal(found.values[:, :-3], expected)
    assert_array_equal(found.values[:, -3:], expected[:, 13:16])
    assert len(found.feature_names) == found.window_shape[0]


def test_statistics_of_the_song_are_of_all_parts(paths, models):
    windows = windows_at(22050, paths)
    plain = stack(models).fit_transform(windows)
    more = stack(models, song_summary=("mean",)).fit_transform(windows)
    expected = np.stack([plain[song].mean(axis=0) for song in range(3)])
    for song in range(3):
        assert_allclose(more[song][0, 19:], expected[song], rtol=1e-4, atol=1e-5)


def test_a_pipeline_of_paths(paths, models):
    model = make_pipeline(
        FrameWindower(1.0), stack(models), GroupVotingClassifier(GaussianNB())
    )
    proba = model.fit(paths, ["a", "b", "a"]).predict_proba(paths)
    assert proba.shape == (3, 2)


def test_songs_of_a_low_rate_are_said(paths, models, tmp_path):
    y = 0.1 * np.random.default_rng(1).normal(size=22050 * 2)
    soundfile.write(tmp_path / "low.wav", y, 22050)
    songs = [*paths, tmp_path / "low.wav"]
    with pytest.warns(
        UserWarning, match=r"1 of the songs are at 22050 Hz or less, and"
    ):
        OnnxFeaturizer(models[1]).fit_transform(windows_at(22050, songs))


def test_windows_at_hand_of_a_low_rate_are_said(models):
    X = 0.1 * np.random.default_rng(0).normal(size=(4, 22050)).astype(np.float32)
    windows = SongWindows(X, [4], sample_rate=22050)
    message = r"windows are at 22050 Hz, and 48000 Hz are wanted: above 11025 Hz"
    for given in (X, windows):
        with pytest.warns(UserWarning, match=message):
            OnnxFeaturizer(models[1]).fit_transform(given)
        with pytest.warns(UserWarning, match=message):
            stack(models).fit_transform(given)
    # From a higher rate nothing is lost.
    assert OnnxFeaturizer(models[0]).fit_transform(windows).counts.tolist() == [4]


def test_a_bad_song_costs_no_other(paths, models, tmp_path):
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"no audio")
    windows = windows_at(22050, [*paths, bad], on_error="warn")
    with pytest.warns(UserWarning, match=r"bad\.wav"):
        found = stack(models).fit_transform(windows)
    assert found.counts[:3].all()
    assert found.counts[3] == 0


def test_functions_side_by_side():
    def level(windows, rate):
        return np.stack([windows[:, 0], np.full(len(windows), rate)], axis=1)

    both = AtRates((level, level), (None, 48000))
    assert both.other_rates(22050) == [48000]
    assert both.other_rates(48000) == []
    found = both(np.ones((2, 3)), 100.0)
    assert found.tolist() == [[1, 100, 1, 100]] * 2
    assert found.dtype == np.float32
