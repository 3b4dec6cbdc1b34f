import pickle
import shutil

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

from skgenre.features import KerasFeaturizer

keras = pytest.importorskip("keras")

# Of Keras itself, where it writes a file.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ impl:DeprecationWarning")

N = 22050


def model(seed=0, name="ears"):
    """Frames of 50 samples, a dense layer on each, the largest over time."""
    rng = np.random.default_rng(seed)
    network = keras.Sequential(
        [
            keras.Input((N, 1)),
            keras.layers.Conv1D(4, 50, strides=50, name="frames"),
            keras.layers.GlobalMaxPooling1D(name="peak"),
            keras.layers.Dense(2, name="verdict"),
        ],
        name=name,
    )
    network.set_weights([rng.normal(size=w.shape) / 7 for w in network.get_weights()])
    return network


def by_hand(windows, network):
    kernel, bias, second, shift = network.get_weights()
    frames = windows.reshape(len(windows), -1, 50) @ kernel[:, 0] + bias
    peak = frames.max(axis=1)
    return {"frames": frames, "peak": peak, "verdict": peak @ second + shift}


@pytest.fixture(scope="module")
def network():
    return model()


@pytest.fixture
def path(network, tmp_path):
    network.save(tmp_path / "ears.keras")
    return tmp_path / "ears.keras"


def test_features_are_those_of_the_model(network, path, windows):
    expected = by_hand(windows.values, network)
    for given in (network, path, str(path)):
        featurizer = KerasFeaturizer(given, model_rate=N)
        features = featurizer.fit_transform(windows)
        assert features.counts.tolist() == [3, 5, 1]
        assert_allclose(features.values, expected["verdict"], atol=1e-5)
        assert features.feature_names.tolist() == ["ears_0", "ears_1"]
    assert featurizer.model_info_["layers"] == {
        "verdict": (None, 2),
        "frames": (None, 441, 4),
        "peak": (None, 4),
    }


@pytest.mark.parametrize("batch_size", [1, 2, 8])
def test_layers_by_name(network, path, windows, batch_size):
    expected = by_hand(windows.values, network)
    settings = {"model_rate": N, "batch_size": batch_size}
    both = KerasFeaturizer(path, layers=["peak", "verdict"], **settings)
    joined = np.hstack([expected["peak"], expected["verdict"]])
    assert_allclose(both.fit_transform(windows).values, joined, atol=1e-5)
    mean = KerasFeaturizer(network, layers="frames", pooling="mean", **settings)
    frames = expected["frames"]
    assert_allclose(mean.fit_transform(windows).values, frames.mean(axis=1), atol=1e-5)
    with pytest.raises(
        ValueError, match=r"has no 'nothing'. Its layers are \['frames'"
    ):
        KerasFeaturizer(path, layers="nothing", **settings).fit(windows)


def test_jobs_change_nothing(path, windows):
    once = KerasFeaturizer(path, model_rate=N).fit_transform(windows)
    twice = KerasFeaturizer(path, model_rate=N, n_jobs=2).fit_transform(windows)
    assert_allclose(twice.values, once.values, atol=1e-6)


def test_the_cache_knows_the_model_by_its_content(path, windows, tmp_path):
    settings = {"model_rate": N, "memory": tmp_path / "kept"}
    once = KerasFeaturizer(path, **settings).fit_transform(windows)
    shutil.move(path, tmp_path / "moved.keras")
    moved = KerasFeaturizer(tmp_path / "moved.keras", **settings)
    assert_array_equal(moved.fit_transform(windows).values, once.values)
    model(seed=1).save(path)
    other = KerasFeaturizer(path, **settings).fit_transform(windows)
    assert abs(other.values - once.values).max() > 0.1


def test_a_model_that_was_trained_on_is_another_one(windows, tmp_path):
    network = model()
    featurizer = KerasFeaturizer(network, model_rate=N, memory=tmp_path / "kept")
    featurizer.fit(windows)
    for seed in (0, 1):
        network.set_weights(model(seed).get_weights())
        expected = by_hand(windows.values, network)["verdict"]
        assert_allclose(featurizer.transform(windows).values, expected, atol=1e-5)


def test_pickles_and_clones(network, path, windows):
    for given in (network, path):
        featurizer = KerasFeaturizer(given, model_rate=N, layers="peak").fit(windows)
        expected = featurizer.transform(windows).values
        again = pickle.loads(pickle.dumps(featurizer))
        assert_array_equal(again.transform(windows).values, expected)
        copy = clone(featurizer)
        assert not hasattr(copy, "model_info_")
        assert_array_equal(copy.fit_transform(windows).values, expected)


class Own(keras.Model):
    def call(self, inputs):
        return inputs


def test_what_cannot_be_used_is_named(path, windows):
    with pytest.raises(ValueError, match="does not say its sample rate"):
        KerasFeaturizer(path).fit(windows)
    with pytest.raises(ValueError, match="does not know how its layers are joined"):
        KerasFeaturizer(Own(), model_rate=N).fit(windows)
    with pytest.raises(ValueError, match="FunctionFeaturizer takes functions"):
        KerasFeaturizer(len, model_rate=N).fit(windows)
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(ValueError, match=r"ears\.keras, but expected a \.keras file"):
        KerasFeaturizer(path, model_rate=N).fit(windows)
