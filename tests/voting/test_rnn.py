"""RNNVoting: its network beside a slow loop and beside Keras."""

import importlib.util
import sys

import numpy as np
import pytest
from scipy.special import expit
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_val_score
from voting_songs import make_proba, make_sequences

from skgenre import SongWindows
from skgenre.voting._rnn import RNNVoting, _network, last_states

has_keras = importlib.util.find_spec("keras") is not None
needs_keras = pytest.mark.skipif(not has_keras, reason="Keras is not installed")


def test_states_beside_a_slow_loop():
    rng = np.random.default_rng(0)
    units, values = 2, rng.normal(size=(9, 3))
    kernel, recurrent = rng.normal(size=(3, 6)), rng.normal(size=(2, 6))
    bias = rng.normal(size=(2, 6))
    expected = []
    for song in np.split(values, [4, 4, 6]):
        h = np.zeros(units)
        for x in song:
            new, old = x @ kernel + bias[0], h @ recurrent + bias[1]
            update = expit(new[:2] + old[:2])
            reset = expit(new[2:4] + old[2:4])
            h = update * h + (1 - update) * np.tanh(new[4:] + reset * old[4:])
        expected.append(h)
    got = last_states(values, np.array([0, 4, 4, 6, 9]), kernel, recurrent, bias)
    np.testing.assert_allclose(got, expected)
    # A song of no windows leaves the state where it starts.
    np.testing.assert_array_equal(got[1], 0)


def with_weights(classes=("falls", "rises")):
    """A voting as fit leaves it, without Keras."""
    rng = np.random.default_rng(0)
    voting = RNNVoting(units=2)
    voting.classes_ = np.array(classes)
    voting.class_prior_ = np.full(2, 0.5)
    shapes = [(1, 6), (2, 6), (2, 6), (2, 2), (2,)]
    voting.weights_ = [rng.normal(size=shape) for shape in shapes]
    return voting


def test_predicts_without_keras(monkeypatch):
    monkeypatch.setitem(sys.modules, "keras", None)
    songs, _ = make_sequences(10)
    proba = with_weights().predict_proba(songs)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    # The order of windows counts, that of songs does not.
    backwards = SongWindows(
        np.concatenate([song[::-1] for song in songs]), songs.counts
    )
    assert not np.allclose(with_weights().predict_proba(backwards), proba)
    np.testing.assert_allclose(with_weights().predict_proba(songs[::-1]), proba[::-1])
    with pytest.raises(NotFittedError):
        RNNVoting().predict_proba(songs)


@pytest.mark.slow
@needs_keras
def test_rnn_is_the_network_of_keras():
    import keras

    model = _network(keras, 2, 3, 4, [1, 2, 3])
    rng = np.random.default_rng(0)
    for weight in model.weights:
        weight.assign(rng.normal(size=weight.shape))
    songs = SongWindows(rng.normal(size=(9, 2)), [4, 2, 3])
    values, mask = songs.to_padded()
    values[~mask] = 99  # padding changes nothing
    expected = model.predict_on_batch([values.astype("float32"), mask])
    *unit, kernel, bias = model.get_weights()
    scores = last_states(songs.values, songs.offsets, *unit) @ kernel + bias
    got = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(got, expected, atol=1e-5)


@pytest.mark.slow
@needs_keras
def test_rnn_learns_and_leaves_global_seeds_alone():
    songs, y = make_sequences(20)
    np.random.seed(7)  # noqa: NPY002 - the state that must not move
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    voting = RNNVoting(units=4, epochs=30, random_state=3).fit(songs, y)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002
    assert voting.loss_curve_[-1] < voting.loss_curve_[0]
    other = RNNVoting(units=4, epochs=30, random_state=4).fit(songs, y)
    assert not np.allclose(other.weights_[0], voting.weights_[0])


@pytest.mark.slow
@needs_keras
def test_rnn_hears_the_order():
    songs, y = make_sequences()
    voting = RNNVoting(units=8, epochs=60, random_state=0)
    assert cross_val_score(voting, songs, y, cv=2).mean() > 0.9


def test_missing_package(monkeypatch):
    proba, y = make_proba()
    monkeypatch.setitem(sys.modules, "keras", None)
    for name in [m for m in sys.modules if m.startswith("keras.")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(ModuleNotFoundError, match=r"skgenre\[keras\]"):
        RNNVoting().fit(proba, y)
