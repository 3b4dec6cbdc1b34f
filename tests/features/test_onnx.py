import json
import pickle
import shutil
import sys
import warnings

import joblib
import numpy as np
import pytest
import soxr
from numpy.lib.stride_tricks import sliding_window_view
from numpy.testing import assert_allclose, assert_array_equal
from onnx_models import dense_model, level_model
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from skgenre import AudioError, FrameWindower, GroupVotingClassifier
from skgenre.features import OnnxFeaturizer, _onnx, _sessions

RATE = {"sample_rate": "22050"}


@pytest.fixture
def dense(tmp_path):
    """A network of windows of one second, and what it computes."""
    return dense_model(tmp_path / "dense.onnx", 22050, about=RATE)


def test_features_are_those_of_the_network(dense, windows):
    path, compute = dense
    features = OnnxFeaturizer(path).fit_transform(windows)
    assert features.counts.tolist() == [3, 5, 1]
    expected = compute(windows.values)["logits"]
    assert_allclose(features.values, expected, atol=1e-5)
    assert features.feature_names.tolist() == ["dense_0", "dense_1", "dense_2"]


def test_layers_side_by_side_and_from_within(dense, windows):
    path, compute = dense
    expected = compute(windows.values)
    both = OnnxFeaturizer(path, layers=["hidden", "logits"]).fit_transform(windows)
    assert_allclose(both.values[:, :5], expected["hidden"], atol=1e-5)
    assert_allclose(both.values[:, 5:], expected["logits"], atol=1e-5)
    within = OnnxFeaturizer(str(path), layers="product").fit_transform(windows)
    assert_allclose(np.tanh(within.values), expected["hidden"], atol=1e-5)
    content = OnnxFeaturizer(path.read_bytes(), layers="product")
    assert_array_equal(content.fit_transform(windows).values, within.values)
    with pytest.raises(ValueError, match=r"has no 'nothing'. Its outputs are"):
        OnnxFeaturizer(path, layers=["hidden", "nothing"]).fit(windows)


def test_layers_from_within_need_onnx(dense, windows, monkeypatch):
    path, _ = dense
    monkeypatch.setitem(sys.modules, "onnx", None)
    monkeypatch.setattr(_sessions, "_shared", type(_sessions._shared)())
    with pytest.raises(ModuleNotFoundError, match=r'install "skgenre\[onnx\]"'):
        OnnxFeaturizer(path, layers=["product"]).fit(windows)
    assert OnnxFeaturizer(path, layers=["hidden"]).fit(windows)


def slow_features(X, compute, *, rate, model_rate, n_samples):
    """Each window alone: resampled, cut by hand, averaged."""
    rows = []
    for window in X:
        y = soxr.resample(window.astype(np.float32), rate, model_rate)
        y = np.tile(y, -(-n_samples // len(y)))[: max(len(y), n_samples)]
        starts = [*range(0, len(y) - n_samples, n_samples // 2), len(y) - n_samples]
        pieces = [y[start : start + n_samples] for start in starts]
        rows.append(compute(np.array(pieces))["logits"].mean(axis=0))
    return np.array(rows)


@pytest.mark.parametrize("n_samples", [16000, 11000, 40000])
def test_windows_are_resampled_cut_and_averaged(tmp_path, n_samples):
    path, compute = dense_model(
        tmp_path / "model.onnx", n_samples, about={"sample_rate": "16000"}
    )
    X = 0.1 * np.random.default_rng(0).normal(size=(3, 44100)).astype(np.float32)
    found = OnnxFeaturizer(path).fit_transform(X)
    expected = slow_features(
        X, compute, rate=22050, model_rate=16000, n_samples=n_samples
    )
    assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("batch_size", [1, 2, 3, 100])
def test_features_do_not_depend_on_the_batch(dense, windows, batch_size):
    path, _ = dense
    features = OnnxFeaturizer(path, batch_size=batch_size).fit_transform(windows)
    expected = OnnxFeaturizer(path).fit_transform(windows)
    assert_allclose(features.values, expected.values, atol=1e-6, rtol=0)


@pytest.mark.parametrize("n_rows", [1, 4])
def test_networks_of_a_fixed_batch(tmp_path, windows, n_rows):
    path, compute = dense_model(
        tmp_path / "fixed.onnx", 22050, n_rows=n_rows, about=RATE
    )
    features = OnnxFeaturizer(path).fit_transform(windows)
    assert_allclose(features.values, compute(windows.values)["logits"], atol=1e-5)


def test_windows_of_a_long_song_share_their_pieces(tmp_path):
    """What overlaps is computed once, and the features are the same."""
    path, compute = dense_model(
        tmp_path / "half.onnx", 500, about={"sample_rate": "1000"}
    )
    song = np.random.default_rng(0).normal(size=10_000).astype(np.float32)
    X = sliding_window_view(song, 1000)[::500]
    featurizer = OnnxFeaturizer(path, sample_rate=1000).fit(X)
    expected = np.mean(
        [compute(X[:, start : start + 500])["logits"] for start in (0, 250, 500)],
        axis=0,
    )
    assert_allclose(featurizer.transform(X), expected, atol=1e-5)


def test_jobs_and_cache_change_nothing(dense, windows, tmp_path):
    path, _ = dense
    once = OnnxFeaturizer(path).fit_transform(windows)
    for more in ({"n_jobs": 2}, {"memory": tmp_path / "kept"}, {"threads": 2}):
        other = OnnxFeaturizer(path, **more).fit_transform(windows)
        assert_allclose(other.values, once.values, atol=1e-6)
    with joblib.parallel_config("loky", n_jobs=2):
        other = OnnxFeaturizer(path).fit_transform(windows)
    assert_allclose(other.values, once.values, atol=1e-6)


def test_the_cache_knows_the_network_by_its_content(
    dense, windows, tmp_path, monkeypatch
):
    path, _ = dense
    memory = tmp_path / "kept"
    once = OnnxFeaturizer(path, memory=memory).fit_transform(windows)
    moved = tmp_path / "elsewhere" / "renamed.onnx"
    moved.parent.mkdir()
    shutil.copy(path, moved)
    runs = []
    run = _onnx.OnnxNetwork.run
    monkeypatch.setattr(
        _onnx.OnnxNetwork, "run", lambda self, b: runs.append(len(b)) or run(self, b)
    )
    for model in (moved, path.read_bytes()):
        again = OnnxFeaturizer(model, memory=memory, batch_size=3)
        assert_array_equal(again.fit_transform(windows).values, once.values)
    assert runs == [1, 1]  # that of fit
    # Another network under the same name, and another layer.
    layers = OnnxFeaturizer(path, memory=memory, layers=["hidden"])
    assert layers.fit_transform(windows).window_shape == (5,)
    dense_model(path, 22050, about=RATE, seed=1)
    other = OnnxFeaturizer(path, memory=memory).fit_transform(windows)
    assert abs(other.values - once.values).max() > 0.1


def test_a_pipelines_memory_knows_the_network_by_its_content(dense, windows, tmp_path):
    path, _ = dense
    X = windows.values
    model = make_pipeline(
        OnnxFeaturizer(path),
        GroupVotingClassifier(LogisticRegression()),
        memory=str(tmp_path / "pipeline"),
    )
    before = model.fit(X, ["a", "b", "c"] * 3).predict_proba(X)
    dense_model(path, 22050, about=RATE, seed=1)
    after = clone(model).fit(X, ["a", "b", "c"] * 3).predict_proba(X)
    assert abs(after - before).max() > 0.01


def test_what_the_file_tells(tmp_path, windows):
    about = {
        "name": "ears",
        "license": "ISC",
        "labels": json.dumps(["a", "b"]),
        "seconds": "0.5",
        "trained_on": "MSD",
    }
    path = level_model(tmp_path / "level.onnx", **about)
    featurizer = OnnxFeaturizer(path).fit(windows)
    info = featurizer.model_info_
    assert info["license"] == "ISC"
    assert info["labels"] == ["a", "b"]
    assert info["citation"] is None
    assert (info["sample_rate"], info["seconds"]) == (16000.0, 0.5)
    assert info["layers"] == {"level": (None, 2)}
    assert info["inputs"] == {"wave": (None, None)}
    assert len(info["sha256"]) == 64
    assert featurizer.get_feature_names_out().tolist() == ["ears_0", "ears_1"]


@pytest.mark.parametrize(
    ("about", "message"),
    [
        ({"labels": "rock, jazz"}, "Got labels='rock, jazz' in the metadata of"),
        ({"seconds": "three"}, "Got seconds='three' in the metadata of"),
    ],
)
def test_what_the_file_tells_wrong(tmp_path, windows, about, message):
    path = level_model(tmp_path / "level.onnx", **about)
    with pytest.raises(ValueError, match=message):
        OnnxFeaturizer(path).fit(windows)


def test_damaged_and_missing_files_are_named(tmp_path, dense, windows):
    path, _ = dense
    with pytest.raises(FileNotFoundError, match=r"no\.onnx is not there"):
        OnnxFeaturizer(tmp_path / "no.onnx").fit(windows)
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(ValueError, match=r"dense\.onnx, but expected an ONNX model"):
        OnnxFeaturizer(path).fit(windows)


def test_weights_in_another_file_are_refused_and_the_remedy_works(dense, windows):
    onnx = pytest.importorskip("onnx")
    path, compute = dense
    model = onnx.load(path)
    two = path.with_name("two.onnx")
    settings = {"save_as_external_data": True, "size_threshold": 0}
    onnx.save(model, two, location="weights", **settings)
    with pytest.raises(ValueError, match=r"two\.onnx, which keeps weights in another"):
        OnnxFeaturizer(two).fit(windows)
    one = onnx.load(two)
    # What a file says of itself is no place of weights.
    onnx.helper.set_model_props(one, {"location": "here", **RATE})
    onnx.save(one, path)
    features = OnnxFeaturizer(path).fit_transform(windows)
    assert_allclose(features.values, compute(windows.values)["logits"], atol=1e-5)


def test_a_fitted_one_wants_the_network_that_it_was_fitted_with(dense, windows):
    path, _ = dense
    featurizer = OnnxFeaturizer(path).fit(windows)
    dense_model(path, 22050, about=RATE, seed=1)
    with pytest.raises(ValueError, match="than it was fitted with"):
        featurizer.transform(windows)
    path.unlink()
    sha256 = featurizer.model_info_["sha256"]
    with pytest.raises(FileNotFoundError, match=f"with sha256 {sha256}"):
        featurizer.transform(windows)


def test_pickles_and_clones(dense, windows, tmp_path):
    path, _ = dense
    featurizer = OnnxFeaturizer(path, layers=["hidden"]).fit(windows)
    expected = featurizer.transform(windows).values
    again = pickle.loads(pickle.dumps(featurizer))
    assert_array_equal(again.transform(windows).values, expected)
    copy = clone(featurizer)
    assert not hasattr(copy, "model_info_")
    assert copy.get_params() == featurizer.get_params()
    # Content travels with it.
    inside = OnnxFeaturizer(path.read_bytes(), layers=["hidden"]).fit(windows)
    kept = pickle.dumps(inside)
    path.unlink()
    assert_array_equal(pickle.loads(kept).transform(windows).values, expected)


def test_errors_name_the_song_and_the_file(dense, tmp_path, monkeypatch):
    path, _ = dense
    featurizer = OnnxFeaturizer(path).fit(np.zeros((2, 22050)))
    run = _onnx.OnnxNetwork.run

    def fail(self, batch):
        if batch.min() > 0.15:
            raise RuntimeError("bad allocation")
        return run(self, batch)

    monkeypatch.setattr(_onnx.OnnxNetwork, "run", fail)
    songs = [
        0.1 + 0.01 * np.sin(np.arange(22050)),
        0.2 + 0.01 * np.sin(np.arange(22050)),
    ]
    with pytest.raises(AudioError, match=r"song 1: .*dense\.onnx.*bad allocation"):
        featurizer.transform(FrameWindower(1.0).fit_transform(songs))


def test_what_is_missing_is_said(dense, windows, monkeypatch):
    path, _ = dense
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.setattr(_sessions, "_shared", type(_sessions._shared)())
    with pytest.raises(ModuleNotFoundError, match=r"OnnxFeaturizer needs onnxruntime"):
        OnnxFeaturizer(path).fit(windows)


def test_it_is_quiet(dense, windows, capfd):
    path, _ = dense
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        OnnxFeaturizer(path).fit_transform(windows)
    assert capfd.readouterr() == ("", "")
