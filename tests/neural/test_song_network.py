import copy
import pickle

import numpy as np
import pytest
from keras_models import linear, run, softmax_network

from skgenre.neural import MaxPooling
from skgenre.neural._scaling import WindowScaler
from skgenre.neural._song_network import SongNetwork

COUNTS = np.array([3, 1, 5, 2, 9])


@pytest.fixture(params=["proba", "logit"])
def space(request):
    return request.param


@pytest.fixture
def windows():
    return np.random.default_rng(0).normal(size=(COUNTS.sum(), 3)).astype(np.float32)


def plain(windows):
    return np.asarray(windows, np.float32)


def songs_of(values):
    return np.split(values, np.cumsum(COUNTS)[:-1])


def softmax(logits):
    shares = np.exp(logits)
    return shares / shares.sum(axis=-1, keepdims=True)


def test_mean_of_windows_song_by_song(space, windows):
    model = softmax_network()
    network = SongNetwork.build(model, "mean", space=space)
    window_values = network.window_values(windows, plain)
    values, proba, features = window_values
    np.testing.assert_allclose(proba, run(model, windows), rtol=1e-5)
    np.testing.assert_array_equal(features, windows)
    expected = np.array([song.mean(axis=0) for song in songs_of(values)])
    if space == "logit":
        expected = softmax(expected)
    song_proba = network.song_proba(window_values, COUNTS)
    np.testing.assert_allclose(song_proba, expected, rtol=1e-5)


def test_weights_stand_where_their_windows_do(windows):
    network = SongNetwork.build(linear([1.0, 2.0, 0.0]), "max", space="proba")
    window_values = network.window_values(windows, plain)
    weights = network.weights(window_values, COUNTS)
    assert weights.shape == (20, 1)
    for values, own in zip(songs_of(window_values[0]), songs_of(weights), strict=True):
        assert own.tolist() == (values == values.max()).tolist()


@pytest.mark.parametrize("pool_cells", [1, 8, 4096])
def test_songs_are_pooled_some_at_a_time(pool_cells, windows, monkeypatch):
    network = SongNetwork.build(softmax_network(), "log_sum_exp", space="proba")
    window_values = network.window_values(windows, plain)
    expected = network.song_proba(window_values, COUNTS)
    monkeypatch.setattr("skgenre.neural._song_network._POOL_CELLS", pool_cells)
    np.testing.assert_allclose(
        network.song_proba(window_values, COUNTS), expected, rtol=1e-6
    )


def test_no_windows_at_all(space):
    network = SongNetwork.build(softmax_network(), "attention", space=space)
    nothing = network.window_values(np.zeros((0, 3)), plain)
    assert [part.shape for part in nothing] == [(0, 3), (0, 3), (0, 3)]
    none = np.zeros(0, int)
    assert network.song_proba(nothing, none).shape == (0, 3)
    assert network.weights(nothing, none).shape == (0, 1)


def test_windows_are_standardised(windows):
    network = SongNetwork.build(softmax_network(), "mean", space="proba")
    scaler = WindowScaler.learn(windows, np.arange(20))
    np.testing.assert_array_equal(
        network.window_values(windows, scaler)[2], scaler(windows)
    )


@pytest.mark.parametrize(
    "through", [copy.deepcopy, lambda network: pickle.loads(pickle.dumps(network))]
)
def test_copies_share_nothing(through, space, windows):
    network = SongNetwork.build(softmax_network(), "autopool", space=space)
    before = network.song_proba(network.window_values(windows, plain), COUNTS)
    again = through(network)
    found = again.song_proba(again.window_values(windows, plain), COUNTS)
    np.testing.assert_array_equal(found, before)
    again.pooling.set_weights([w + 5 for w in again.pooling.get_weights()])
    after = network.song_proba(network.window_values(windows, plain), COUNTS)
    np.testing.assert_array_equal(after, before)


def test_training_songs_trains_the_parts(windows):
    model = softmax_network()
    network = SongNetwork.build(model, "attention", space="proba", units=2)
    before = [*model.get_weights(), *network.pooling.get_weights()]
    network.songs.compile("sgd", loss="categorical_crossentropy")
    index = np.array([[0, 1], [2, 0]], np.int32)
    mask = np.array([[True, True], [True, False]])
    network.songs.train_on_batch((mask, index, windows[:3]), np.eye(3)[[0, 2]])
    after = [*model.get_weights(), *network.pooling.get_weights()]
    changed = [not np.array_equal(w, v) for w, v in zip(before, after, strict=True)]
    assert all(changed)


def test_a_pooling_that_is_given_is_copied():
    layer = MaxPooling()
    network = SongNetwork.build(softmax_network(), layer, space="proba")
    assert network.pooling is not layer
    with pytest.raises(ValueError, match="pooling__size, which pooling='mean'"):
        SongNetwork.build(softmax_network(), "mean", space="proba", size=3)
