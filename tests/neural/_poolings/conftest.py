import numpy as np
import pytest


@pytest.fixture
def proba():
    """Probabilities of two songs of four windows, of three units."""
    return np.random.default_rng(0).uniform(size=(2, 4, 3)).astype(np.float32)


@pytest.fixture
def mask():
    """Of the second song's windows two are padding."""
    return np.arange(4) < np.array([4, 2])[:, None]
