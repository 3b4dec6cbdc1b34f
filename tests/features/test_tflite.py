import os
import pickle
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

from skgenre.features import TFLiteFeaturizer
from skgenre.features._tflite import example_model

tensorflow = pytest.importorskip("tensorflow")

N = 22050


def converted(function, *shape):
    """Write a function of TensorFlow as TFLite."""
    spec = tensorflow.TensorSpec(shape, tensorflow.float32)
    home = tensorflow.Module()
    home.f = tensorflow.function(function, input_signature=[spec])
    make = tensorflow.lite.TFLiteConverter.from_concrete_functions
    return make([home.f.get_concrete_function()], home).convert()


@pytest.fixture(scope="module")
def weights():
    rng = np.random.default_rng(0)
    return (
        (rng.normal(size=(N, 5)) / np.sqrt(N)).astype(np.float32),
        rng.normal(size=(5, 3)).astype(np.float32),
    )


@pytest.fixture(scope="module")
def dense(weights, tmp_path_factory):
    """Two layers for windows of one second, any number at a time."""
    first, second = weights

    def network(wave):
        hidden = tensorflow.nn.relu(wave @ first, name="hidden")
        return tensorflow.math.sigmoid(hidden @ second)

    path = tmp_path_factory.mktemp("models") / "dense.tflite"
    path.write_bytes(converted(network, None, N))
    return path


def hidden_of(windows, weights):
    return np.maximum(windows @ weights[0], 0)


def logits_of(windows, weights):
    return 1 / (1 + np.exp(-hidden_of(windows, weights) @ weights[1]))


def hidden_layer(path):
    """Name and number of the array behind the first product."""
    litert = pytest.importorskip("ai_edge_litert.interpreter")
    arrays = litert.Interpreter(str(path)).get_tensor_details()
    (found,) = [a for a in arrays if a["shape_signature"].tolist() == [-1, 5]]
    return found["name"], found["index"]


@pytest.mark.parametrize("more", [{}, {"n_jobs": 2}, {"batch_size": 2}, {"threads": 2}])
def test_features_are_those_of_the_network(dense, weights, windows, more):
    features = TFLiteFeaturizer(dense, model_rate=N, **more).fit_transform(windows)
    assert features.counts.tolist() == [3, 5, 1]
    assert_allclose(features.values, logits_of(windows.values, weights), atol=1e-5)
    assert features.feature_names.tolist() == ["dense_0", "dense_1", "dense_2"]


def test_what_is_within_is_what_was_computed(dense, weights, windows):
    """Where operations are fused, there would be something else, or nothing."""
    name, number = hidden_layer(dense)
    expected = hidden_of(windows.values, weights)
    for layers in (name, number, [name]):
        featurizer = TFLiteFeaturizer(dense, model_rate=N, layers=layers)
        assert_allclose(featurizer.fit_transform(windows).values, expected, atol=1e-5)
    for unknown in ("nothing", 999, -1):
        with pytest.raises(ValueError, match=f"dense.tflite has no {unknown!r}"):
            TFLiteFeaturizer(dense, model_rate=N, layers=unknown).fit(windows)


def test_a_network_of_one_window_at_a_time(weights, windows):
    content = converted(lambda wave: wave @ weights[0], 1, N)
    features = TFLiteFeaturizer(content, model_rate=N).fit_transform(windows)
    assert_allclose(features.values, windows.values @ weights[0], atol=1e-5)


def test_frames_of_a_waveform_without_rows(windows):
    """As some networks have it: (n_samples,) in, (n_frames, n_features) out."""

    def frames(wave):
        table = tensorflow.reshape(wave, (10, N // 10))
        return tensorflow.stack([tensorflow.reduce_sum(table, 1), table[:, 0]], axis=1)

    content = converted(frames, N)
    flat = TFLiteFeaturizer(content, model_rate=N).fit_transform(windows)
    mean = TFLiteFeaturizer(content, model_rate=N, pooling="mean").fit_transform(
        windows
    )
    table = windows.values.reshape(9, 10, N // 10)
    expected = np.stack([table.sum(axis=2), table[:, :, 0]], axis=2)
    assert_allclose(flat.values, expected.reshape(9, -1), atol=1e-4)
    assert_allclose(mean.values, expected.mean(axis=1), atol=1e-4)


def test_pickles_and_clones(dense, windows):
    featurizer = TFLiteFeaturizer(dense, model_rate=N).fit(windows)
    expected = featurizer.transform(windows).values
    again = pickle.loads(pickle.dumps(featurizer))
    assert_array_equal(again.transform(windows).values, expected)
    assert clone(featurizer).get_params() == featurizer.get_params()


def test_what_cannot_be_used_is_named(tmp_path, windows):
    with pytest.raises(ValueError, match="does not say its sample rate"):
        TFLiteFeaturizer(example_model()).fit(windows)
    path = tmp_path / "bad.tflite"
    path.write_bytes(b"<html>404</html>" * 10)
    with pytest.raises(ValueError, match=r"bad\.tflite, but expected a TFLite model"):
        TFLiteFeaturizer(path, model_rate=N).fit(windows)
    spectrogram = converted(lambda x: x * 2.0, 1, 96, 64)
    with pytest.raises(
        ValueError, match=r"shape \(1, 96, 64\), but expected waveforms"
    ):
        TFLiteFeaturizer(spectrogram, model_rate=N).fit(windows)


def test_what_is_missing_is_said(windows, monkeypatch):
    content = converted(lambda x: x + 1.0, None, 3)
    monkeypatch.setitem(sys.modules, "ai_edge_litert", None)
    with pytest.raises(ModuleNotFoundError, match=r'install "skgenre\[tflite\]"'):
        TFLiteFeaturizer(content, model_rate=N).fit(windows)


def test_it_is_quiet(dense, windows, capfd):
    for layers in (None, hidden_layer(dense)[0]):
        TFLiteFeaturizer(dense, model_rate=N, layers=layers).fit(windows)
    os.write(2, b"heard\n")
    assert capfd.readouterr() == ("", "heard\n")
