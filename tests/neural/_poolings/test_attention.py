import numpy as np
import pytest

from skgenre.neural import AttentionPooling


@pytest.mark.parametrize("gated", [False, True])
def test_attention_is_that_of_the_paper(gated, proba):
    features = np.random.default_rng(1).normal(size=(2, 4, 5)).astype(np.float32)
    layer = AttentionPooling(units=6, gated=gated)
    pooled = np.asarray(layer(proba, features=features))
    arrays = {v.name: np.asarray(v, dtype=float) for v in layer.weights}
    h = features[0].astype(float)
    hidden = np.tanh(h @ arrays["hidden_kernel"] + arrays["hidden_bias"])
    if gated:
        hidden /= 1 + np.exp(-(h @ arrays["gate_kernel"] + arrays["gate_bias"]))
    scores = np.exp(hidden @ arrays["score_kernel"])
    expected = (scores / scores.sum() * proba[0]).sum(axis=0)
    np.testing.assert_allclose(pooled[0], expected, rtol=1e-5)


def test_without_features_it_looks_at_the_values(proba):
    layer = AttentionPooling(units=2, seed=0)
    pooled = np.asarray(layer(proba))
    np.testing.assert_array_equal(np.asarray(layer(proba, features=proba)), pooled)


def test_the_seed_decides_the_first_weights(proba):
    def weights(seed, gated=True):
        layer = AttentionPooling(units=2, gated=gated, seed=seed)
        layer(proba)
        return np.concatenate([w.ravel() for w in layer.get_weights()])

    np.testing.assert_array_equal(weights(3), weights(3))
    assert not np.array_equal(weights(3), weights(4))
    # V and U are drawn apart.
    hidden, _, gate, *_ = np.split(weights(3), [6, 8, 14])
    assert not np.array_equal(hidden, gate)


def test_classes_may_listen_to_windows_of_their_own(proba):
    features = np.random.default_rng(1).normal(size=(2, 4, 5)).astype(np.float32)
    layer = AttentionPooling(units=6, per_class=True, seed=0)
    pooled = np.asarray(layer(proba, features=features))
    arrays = {v.name: np.asarray(v, dtype=float) for v in layer.weights}
    assert arrays["score_kernel"].shape == (6, 3)
    hidden = np.tanh(features[0] @ arrays["hidden_kernel"] + arrays["hidden_bias"])
    for unit in range(3):
        scores = np.exp(hidden @ arrays["score_kernel"][:, unit])
        expected = scores / scores.sum() @ proba[0, :, unit].astype(float)
        np.testing.assert_allclose(pooled[0, unit], expected, rtol=1e-5)


def test_the_same_w_for_all_classes_is_plain_attention(proba):
    plain, own = (AttentionPooling(4, seed=0, per_class=p) for p in (False, True))
    plain(proba), own(proba)
    *first, score = plain.get_weights()
    own.set_weights([*first, np.tile(score, (1, 3))])
    np.testing.assert_allclose(np.asarray(own(proba)), plain(proba), rtol=1e-5)
