"""What featurizers by networks share, with a network that is a function of numpy."""

from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skgenre._content_hash import fingerprint
from skgenre.features._model_file import ModelFile
from skgenre.features._network import AboutModel, InputShape, Network, NetworkFeaturizer


@dataclass(frozen=True)
class Sums(Network):
    """Gives the sum and the last sample of each piece, and notes what it was given."""

    shape: tuple = (None, None)
    given: list = field(default_factory=list, compare=False)

    def input_shape(self):
        return InputShape.of(self.shape, name="sums")

    def run(self, batch):
        self.given.append(batch)
        flat = batch[None] if batch.ndim == 1 else batch
        rows = flat.reshape(len(flat), -1)
        table = np.stack([rows.sum(axis=1), rows[:, -1]], axis=1)
        if "frames" in self.layers:
            # (n, 3 frames, 2 features)
            table = np.stack([table, 2 * table, 6 * table], axis=1)
        if "rows lost" in self.layers:
            table = table[:1]
        if "nan" in self.layers:
            table = table * np.nan
        return [table[0] if batch.ndim == 1 else table]


def sums(*, layer="sums", shape=(None, None), rate=100.0, n_samples=None, **more):
    settings = {"pooling": None, "batch_size": 8, "n_features": 2, **more}
    return Sums(
        ModelFile("abc", None), (layer,), rate, n_samples, shape=shape, **settings
    )


@pytest.fixture
def X():
    return np.random.default_rng(0).normal(size=(5, 20)).astype(np.float32)


def by_hand(X):
    return np.stack([X.sum(axis=1), X[:, -1]], axis=1)


SHAPES = [(None, None), (None, 20), (None, 1, None), (None, 20, 1), (1, 20), (3, 20)]


@pytest.mark.parametrize("shape", [*SHAPES, (None,), (20,)])
def test_windows_come_in_the_shape_that_the_network_wants(X, shape):
    network = sums(shape=shape)
    assert_allclose(network(X, 100.0), by_hand(X), atol=1e-5)
    for batch in network.given:
        assert batch.ndim == len(shape)
        for got, wanted in zip(batch.shape, shape, strict=True):
            assert wanted in (None, got)


def test_batches_are_no_larger_than_asked_for(X):
    network = sums(batch_size=2)
    network(X, 100.0)
    assert [len(batch) for batch in network.given] == [2, 2, 1]


def test_windows_of_another_rate_are_resampled(X):
    network = sums(rate=50.0)
    network(X, 100.0)
    assert network.given[0].shape == (5, 10)


def test_long_windows_are_the_mean_of_their_pieces(X):
    # Pieces of 8 samples at 0, 4, 8 and 12.
    pieces = [by_hand(X[:, start : start + 8]) for start in (0, 4, 8, 12)]
    assert_allclose(sums(n_samples=8)(X, 100.0), np.mean(pieces, axis=0), atol=1e-5)


def test_short_windows_are_repeated(X):
    expected = by_hand(np.hstack([X, X, X[:, :5]]))
    assert_allclose(sums(n_samples=45)(X, 100.0), expected, atol=1e-5)


def test_no_windows_have_the_columns_that_others_have(X):
    assert sums()(X[:0], 100.0).shape == (0, 2)


@pytest.mark.parametrize(
    ("pooling", "factors"), [(None, [1, 2, 6]), ("mean", [3]), ("max", [6])]
)
def test_frames_are_side_by_side_or_pooled(pooling, factors):
    X = np.arange(1.0, 9.0, dtype=np.float32).reshape(2, 4)
    found = sums(layer="frames", pooling=pooling)(X, 100.0)
    assert_allclose(found, np.hstack([f * by_hand(X) for f in factors]))


def test_a_layer_without_a_row_for_each_window_is_refused(X):
    with pytest.raises(ValueError, match=r"shape \(1, 2\) from layer 'rows lost'"):
        sums(layer="rows lost")(X, 100.0)


def test_nan_is_refused(X):
    with pytest.raises(ValueError, match="NaN or infinite features for 5 of 5 windows"):
        sums(layer="nan")(X, 100.0)


@pytest.mark.parametrize("shape", [(), (None, 96, 64), (None, 1, 128, 128)])
def test_spectrograms_are_refused(shape):
    with pytest.raises(ValueError, match="expected waveforms"):
        InputShape.of(shape, name="cnn.onnx")


def test_it_is_known_by_what_features_depend_on():
    key = fingerprint(sums())
    moved = Sums(ModelFile("abc", "elsewhere"), ("sums",), 100.0, None, None, 8, 2)
    assert fingerprint(moved) == key
    assert fingerprint(sums(batch_size=3, threads=2)) == key
    for other in (
        sums(layer="frames"),
        sums(rate=50.0),
        sums(n_samples=8),
        sums(pooling="mean"),
    ):
        assert fingerprint(other) != key


class SumsFeaturizer(NetworkFeaturizer):
    _network_type = Sums
    told = MappingProxyType({"sample_rate": None, "seconds": None})
    shape = (None, None)

    def _about(self, file):
        return AboutModel({"wave": self.shape}, {"sums": (None, 2)}, dict(self.told))


def featurizer(**params):
    return SumsFeaturizer(b"content", **{"sample_rate": 100, **params})


def test_rate_and_seconds_are_said_or_asked_for(X, monkeypatch):
    with pytest.raises(ValueError, match="does not say its sample rate"):
        featurizer().fit(X)
    assert featurizer(model_rate=50).fit(X).model_info_["sample_rate"] == 50.0
    monkeypatch.setattr(SumsFeaturizer, "told", {"sample_rate": 16.0, "seconds": 0.5})
    info = featurizer().fit(X).model_info_
    assert (info["sample_rate"], info["seconds"]) == (16.0, 0.5)
    assert featurizer(model_seconds=2).fit(X).model_info_["seconds"] == 2.0
    with pytest.raises(ValueError, match="model_rate=50, but the model says 16 Hz"):
        featurizer(model_rate=50).fit(X)


def test_a_fixed_length_is_what_it_hears_at_a_time(X, monkeypatch):
    monkeypatch.setattr(SumsFeaturizer, "shape", (None, 8))
    fitted = featurizer(model_rate=100).fit(X)
    assert fitted.model_info_["seconds"] == 0.08
    pieces = [by_hand(X[:, start : start + 8]) for start in (0, 4, 8, 12)]
    assert_allclose(fitted.transform(X), np.mean(pieces, axis=0), atol=1e-5)
    assert featurizer(model_rate=100, model_seconds=0.08).fit(X)
    with pytest.raises(ValueError, match=r"takes 8 samples at 100 Hz, 0\.08 s"):
        featurizer(model_rate=100, model_seconds=1.0).fit(X)


@pytest.mark.parametrize("layers", [[], [1], ()])
def test_layers_are_names(X, layers):
    with pytest.raises(ValueError, match=r"expected names of layers, such as \['sums'"):
        featurizer(model_rate=100, layers=layers).fit(X)


def test_names_are_those_of_the_model(X, monkeypatch):
    told = {"sample_rate": 100.0, "name": "ears"}
    monkeypatch.setattr(SumsFeaturizer, "told", told)
    names = featurizer().fit(X).get_feature_names_out()
    assert names.tolist() == ["ears_0", "ears_1"]


def test_a_network_that_fails_says_for_which_windows(X, monkeypatch):
    def fail(self, batch):
        raise RuntimeError("kernel size is larger than the input")

    monkeypatch.setattr(Sums, "run", fail)
    with pytest.raises(
        ValueError, match=r"windows of 0\.2 s, but the model failed: kernel"
    ):
        featurizer(model_rate=100).fit(X)
