import pickle

import numpy as np
import pytest
from embedding_files import install_toy, made_up_wheel

from skgenre import FeatureStack, FrameWindower, MFCCFeaturizer
from skgenre.embeddings import PretrainedFeaturizer, PretrainedModelError, get_model
from skgenre.embeddings._models import MODELS
from skgenre.features import OnnxFeaturizer

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")


@pytest.fixture
def toy(tmp_path, monkeypatch):
    return install_toy(tmp_path, monkeypatch)


@pytest.fixture
def windows():
    rng = np.random.default_rng(0)
    songs = [rng.normal(size=n).astype(np.float32) / 9 for n in (80_000, 50_000)]
    return FrameWindower(3.0, sample_rate=16_000).fit_transform(songs)


def test_equals_the_featurizer_of_its_file(toy, windows):
    found = PretrainedFeaturizer("toy").fit_transform(windows)
    expected = OnnxFeaturizer(get_model("toy"), layers="pools").fit_transform(windows)
    np.testing.assert_array_equal(found.values, expected.values)
    tags = PretrainedFeaturizer("toy", layers=["tags"]).fit_transform(windows)
    assert tags.window_shape == (5,)
    assert ((tags.values > 0) & (tags.values < 1)).all()


def test_it_says_what_it_listens_with(toy, windows):
    ears = PretrainedFeaturizer("toy").fit(windows)
    assert ears.model_info_ == {
        "name": "toy",
        "license": "ISC",
        "citation": "nobody, 2026",
        "trained_on": "numbers made up",
        "labels": list("abcde"),
        "sample_rate": 16_000,
        "seconds": 3.0,
        "sha256": toy.sha256,
    }
    assert ears.layers_ == ["pools"]
    names = ears.get_feature_names_out()
    assert names[[0, -1]].tolist() == ["toy_0", f"toy_{ears.n_features_out_ - 1}"]


def test_a_pickle_holds_neither_the_network_nor_its_place(toy, windows):
    ears = PretrainedFeaturizer("toy").fit(windows)
    content = pickle.dumps(ears)
    assert str(toy.path.parent).encode() not in content
    assert len(content) < 10_000
    loaded = pickle.loads(content)
    np.testing.assert_array_equal(
        loaded.transform(windows).values, ears.transform(windows).values
    )


def test_where_it_is_not_installed_the_command_is_told(
    toy, windows, tmp_path, monkeypatch
):
    content = pickle.dumps(PretrainedFeaturizer("toy").fit(windows))
    monkeypatch.setenv("SKGENRE_HOME", str(tmp_path / "elsewhere"))
    with pytest.raises(PretrainedModelError, match="skgenre embeddings install toy"):
        pickle.loads(content).transform(windows)
    with pytest.raises(PretrainedModelError, match="skgenre embeddings install toy"):
        PretrainedFeaturizer("toy").fit(windows)


def test_another_network_of_that_name_is_refused(toy, windows, tmp_path, monkeypatch):
    content = pickle.dumps(PretrainedFeaturizer("toy").fit(windows))
    other = tmp_path / "other"
    other.mkdir()
    install_toy(other, monkeypatch, trained_on="something else")
    with pytest.raises(PretrainedModelError, match="than it was fitted with") as caught:
        pickle.loads(content).transform(windows)
    assert toy.sha256 in str(caught.value)


def test_features_kept_are_found_by_the_content_of_the_network(
    toy, windows, tmp_path, monkeypatch
):
    ears = PretrainedFeaturizer("toy", memory=str(tmp_path / "cache"))
    first = ears.fit_transform(windows).values
    # The same network elsewhere, and more at a time: nothing is computed.
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "models").mkdir(parents=True)
    for file in toy.path.parent.iterdir():
        (elsewhere / "models" / file.name).write_bytes(file.read_bytes())
    monkeypatch.setenv("SKGENRE_HOME", str(elsewhere))
    again = PretrainedFeaturizer("toy", batch_size=8, memory=str(tmp_path / "cache"))
    np.testing.assert_array_equal(again.fit_transform(windows).values, first)


def test_it_stacks(toy, windows):
    stack = FeatureStack(
        [
            ("ears", PretrainedFeaturizer("toy")),
            ("mfcc", MFCCFeaturizer(summary=("mean",))),
        ]
    )
    found = stack.fit_transform(windows)
    alone = PretrainedFeaturizer("toy").fit_transform(windows)
    n = alone.window_shape[0]
    np.testing.assert_array_equal(found.values[:, :n], alone.values)
    assert found.window_shape == (n + 13,)


def test_in_a_stack_it_hears_a_file_at_its_own_rate(toy, tmp_path):
    """What windows at 8 kHz have lost, the network still hears."""
    soundfile = pytest.importorskip("soundfile")
    high = np.sin(2 * np.pi * 6000 * np.arange(44_100 * 4) / 44_100) / 4
    path = tmp_path / "high.wav"
    soundfile.write(path, high, 44_100, subtype="FLOAT")
    own = FrameWindower(3.0, sample_rate=16_000).fit_transform([path])
    expected = PretrainedFeaturizer("toy").fit_transform(own).values
    low = FrameWindower(3.0, sample_rate=8000).fit_transform([path])
    stack = FeatureStack(
        [
            ("ears", PretrainedFeaturizer("toy")),
            ("mfcc", MFCCFeaturizer(summary=("mean",))),
        ]
    )
    found = stack.fit_transform(low).values[:, : expected.shape[1]]
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_threads_and_batches_change_nothing(toy, windows):
    expected = PretrainedFeaturizer("toy").fit_transform(windows).values
    for settings in ({"batch_size": 1}, {"threads": 2}, {"n_jobs": 2}):
        found = PretrainedFeaturizer("toy", **settings).fit_transform(windows).values
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_names_that_nobody_knows(windows):
    with pytest.raises(PretrainedModelError, match="expected one of 'musicnn-msd'"):
        PretrainedFeaturizer("vggish").fit(windows)
    with pytest.raises(ValueError, match="layers"):
        PretrainedFeaturizer(layers=3).fit(windows)


def test_windows_of_other_lengths_and_rates(toy, tmp_path, monkeypatch):
    del tmp_path, monkeypatch
    tone = np.sin(2 * np.pi * 440 * np.arange(44_100 * 6) / 44_100).astype("f")
    long = FrameWindower(6.0, sample_rate=44_100).fit_transform([tone])
    found = PretrainedFeaturizer("toy").fit_transform(long)
    assert found.counts.tolist() == [1]
    # A tone sounds the same at the network's own rate and length, but for the edges.
    slow = np.sin(2 * np.pi * 440 * np.arange(16_000 * 3) / 16_000).astype("f")
    short = FrameWindower(3.0, sample_rate=16_000).fit_transform([slow])
    expected = PretrainedFeaturizer("toy").fit_transform(short).values
    n = expected.shape[1] // 2
    np.testing.assert_allclose(
        found.values[:, :n], expected[:, :n], atol=0.1 * np.abs(expected).max()
    )


def test_wheels_of_toys_are_not_those_of_others(tmp_path):
    assert made_up_wheel(tmp_path)[1].name not in MODELS
